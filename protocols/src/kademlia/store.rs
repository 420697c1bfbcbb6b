//! What a node keeps for others and itself: records and provider entries, both bounded.

use std::collections::BTreeMap;

use dhtlab_core::author::{Key, NodeIx, Span, Time, Value};
use smallvec::SmallVec;

use super::contacts::Contacts;
use super::message::Parcel;
use super::params::Params;

/// A record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The content.
    pub value: Value,
    /// Who published it; `None` when that was not said.
    pub publisher: Option<NodeIx>,
    /// From then on nobody reads it; [`Time::NEVER`] for the publisher's own copy.
    pub expires: Time,
    /// Somebody stored it here since the last replication run: all holders have it afresh, so the
    /// next run leaves it out.
    pub skip: bool,
}

impl Record {
    /// The record as it is sent at `now`.
    pub fn parcel(&self, now: Time) -> Parcel {
        let ttl = if self.expires == Time::NEVER { Span::MAX } else { self.expires.since(now) };
        Parcel { value: self.value, publisher: self.publisher, ttl }
    }
}

/// A provider of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Provider {
    node: NodeIx,
    expires: Time,
}

/// Whether a store took something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It did, or had it already.
    Yes,
    /// There is no room, or it is too large.
    No,
}

/// The records and provider entries of one node.
#[derive(Clone, Debug, Default)]
pub struct Store {
    records: BTreeMap<Key, Record>,
    providers: BTreeMap<Key, SmallVec<[Provider; 2]>>,
    /// Keys this node provides itself.
    provided: Vec<Key>,
    /// When own records are published again.
    pub(super) publish_at: Option<Time>,
}

impl Store {
    /// The record under `key` that is alive at `now`; an expired one is removed on this occasion.
    pub fn record(&mut self, key: Key, now: Time) -> Option<Record> {
        let record = *self.records.get(&key)?;
        if record.expires <= now {
            self.records.remove(&key);
            return None;
        }
        Some(record)
    }

    /// Keeps `record` under `key`, in the place of an earlier one.
    pub fn keep(&mut self, key: Key, record: Record, params: &Params) -> Kept {
        let room = self.records.len() < params.records_max as usize;
        if record.value.bytes > params.value_bytes_max || !(room || self.records.contains_key(&key))
        {
            return Kept::No;
        }
        self.records.insert(key, record);
        Kept::Yes
    }

    /// All records, in order of key.
    pub fn records(&self) -> impl Iterator<Item = (Key, &Record)> {
        self.records.iter().map(|(key, record)| (*key, record))
    }

    /// Is there no record?
    pub fn has_no_records(&self) -> bool {
        self.records.is_empty()
    }

    /// Removes expired records, and returns the keys of those that a run at `now` passes on: all but
    /// the freshly stored; those published by `me` only if `publish` says that it is time, the others
    /// only if `replicate` says that holders pass records on at all.
    pub fn due_records(
        &mut self,
        me: NodeIx,
        publish: bool,
        replicate: bool,
        now: Time,
    ) -> Vec<Key> {
        self.records.retain(|_, record| record.expires > now);
        let mut due = Vec::new();
        for (key, record) in &mut self.records {
            let own = record.publisher == Some(me);
            if !record.skip && if own { publish } else { replicate } {
                due.push(*key);
            }
            record.skip = false;
        }
        due
    }

    /// Notes `provider` for `key` until `expires`; when there are enough already, it is ignored.
    pub fn add_provider(&mut self, key: Key, provider: NodeIx, expires: Time, p: &Params) -> Kept {
        if !self.providers.contains_key(&key)
            && self.providers.len() >= p.provided_keys_max as usize
        {
            return Kept::No;
        }
        let list = self.providers.entry(key).or_default();
        if let Some(known) = list.iter_mut().find(|known| known.node == provider) {
            known.expires = expires;
        } else if list.len() < p.providers_max as usize {
            list.push(Provider { node: provider, expires });
        } else {
            return Kept::No;
        }
        Kept::Yes
    }

    /// The providers of `key` that are alive at `now`, at most `limit`; expired ones are removed.
    pub fn providers(&mut self, key: Key, limit: usize, now: Time) -> Contacts {
        let Some(list) = self.providers.get_mut(&key) else { return Contacts::EMPTY };
        list.retain(|provider| provider.expires > now);
        let alive = list.iter().take(limit).map(|provider| provider.node).collect();
        if list.is_empty() {
            self.providers.remove(&key);
        }
        alive
    }

    /// This node provides `key` itself; says whether that is new.
    pub fn provide(&mut self, key: Key) -> bool {
        let Err(at) = self.provided.binary_search(&key) else { return false };
        self.provided.insert(at, key);
        true
    }

    /// The keys this node provides, in order.
    pub fn provided(&self) -> &[Key] {
        &self.provided
    }
}

/// When a record that arrives at `now` with `parcel` expires at a holder with `between` table
/// entries between itself and the key.
///
/// A holder among the R closest keeps it for the whole life; the farther beyond, the shorter, by
/// halves: that is how copies from path caching fade. Never longer than the sender says.
pub fn expiry(parcel: &Parcel, between: usize, now: Time, params: &Params) -> Time {
    let beyond = between.saturating_sub(params.replication as usize);
    let secs = params.record_ttl.as_nanos() / 1_000_000_000;
    let shift = u32::try_from(beyond).unwrap_or(u32::MAX);
    let own = Span::from_secs(secs.checked_shr(shift).unwrap_or(0));
    now.saturating_add(own.min(parcel.ttl))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kademlia::presets::PRESETS;

    fn key(n: u64) -> Key {
        Key::from_words([n, 0, 0, 0])
    }

    fn record(version: u64, expires: Time) -> Record {
        let value = Value { version, bytes: 10 };
        Record { value, publisher: None, expires, skip: false }
    }

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    proptest! {
        #[test]
        fn nothing_is_read_at_or_after_its_expiry(life in 0_u64..100, read in 0_u64..100) {
            let mut store = Store::default();
            store.keep(key(1), record(1, at(life)), &PRESETS[0].params());
            prop_assert_eq!(store.record(key(1), at(read)).is_some(), read < life);
            store.add_provider(key(1), NodeIx::new(1), at(life), &PRESETS[0].params());
            prop_assert_eq!(store.providers(key(1), 20, at(read)).len(), usize::from(read < life));
        }

        #[test]
        fn an_expiry_never_exceeds_the_shrunken_life_nor_the_sender(
            between in 0_usize..300, ttl in 0_u64..400_000, now in 0_u64..1_000_000,
        ) {
            let params = PRESETS[0].params();
            let value = Value { version: 1, bytes: 1 };
            let parcel = Parcel { value, publisher: None, ttl: Span::from_secs(ttl) };
            let expires = expiry(&parcel, between, at(now), &params);
            prop_assert!(expires <= at(now + ttl));
            let beyond = between.saturating_sub(20);
            let life = 48 * 3_600 / 2_u64.saturating_pow(u32::try_from(beyond).unwrap());
            prop_assert!(expires <= at(now + life));
            prop_assert!(expires == at(now + ttl) || expires == at(now + life));
        }

        #[test]
        fn bounds_hold(adds in prop::collection::vec((0_u64..6, 0_u32..40), 0..200)) {
            let mut params = PRESETS[0].params();
            (params.providers_max, params.provided_keys_max, params.records_max) = (5, 4, 3);
            let mut store = Store::default();
            let mut seen: BTreeMap<Key, Vec<NodeIx>> = BTreeMap::new();
            for (k, node) in adds {
                let node = NodeIx::new(node);
                let kept = store.add_provider(key(k), node, Time::NEVER, &params);
                let full = seen.len() >= 4 && !seen.contains_key(&key(k));
                let list = if full { &mut Vec::new() } else { seen.entry(key(k)).or_default() };
                let expected = !full && (list.contains(&node) || list.len() < 5);
                prop_assert_eq!(kept == Kept::Yes, expected);
                if expected && !list.contains(&node) {
                    list.push(node);
                }
                store.keep(key(k), record(k, Time::NEVER), &params);
                prop_assert!(store.records().count() <= 3);
            }
            for (k, list) in seen {
                prop_assert_eq!(&*store.providers(k, 32, Time::ZERO), &list[..]);
            }
        }
    }

    #[test]
    fn a_run_leaves_out_what_was_stored_since_the_last_and_own_records_until_they_are_due() {
        let mut store = Store::default();
        let params = PRESETS[0].params();
        let me = NodeIx::new(0);
        store.keep(key(1), record(1, Time::NEVER), &params);
        store.keep(key(2), Record { skip: true, ..record(2, Time::NEVER) }, &params);
        store.keep(key(3), Record { publisher: Some(me), ..record(3, Time::NEVER) }, &params);
        store.keep(key(4), record(4, at(5)), &params);
        assert_eq!(store.due_records(me, false, true, at(5)), [key(1)]);
        assert_eq!(store.due_records(me, true, true, at(6)), [key(1), key(2), key(3)]);
        assert_eq!(store.due_records(me, true, false, at(7)), [key(3)]);
    }

    #[test]
    fn a_value_that_is_too_large_is_refused_and_a_full_store_still_replaces() {
        let mut params = PRESETS[0].params();
        params.records_max = 1;
        let mut store = Store::default();
        let large = Value { version: 1, bytes: params.value_bytes_max + 1 };
        let kept = store.keep(key(1), Record { value: large, ..record(1, at(1)) }, &params);
        assert_eq!(kept, Kept::No);
        assert_eq!(store.keep(key(1), record(1, at(1)), &params), Kept::Yes);
        assert_eq!(store.keep(key(2), record(1, at(1)), &params), Kept::No);
        assert_eq!(store.keep(key(1), record(2, at(1)), &params), Kept::Yes);
    }
}
