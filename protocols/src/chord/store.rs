//! The records of one virtual node, in the order of their places.
//!
//! A record is either *answered for* (its place is the virtual node's own, or it waits to be handed
//! to the owner) or a *copy* held for an owner that vouches for it from time to time. A removed one
//! leaves a mark for a while, so that no copy under way brings it back.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use dhtlab_core::author::{Key, Span, Time, Value};

use super::message::Item;
use super::ring::up_to;

/// A record that is held, or the mark of one that was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) value: Value,
    /// Was it removed?
    pub(super) gone: bool,
    /// Is it held for somebody else?
    pub(super) copy: bool,
    /// When it was stored, removed or taken over here.
    pub(super) changed: Time,
    /// When the owner last said that it still counts on this copy.
    pub(super) refreshed: Time,
}

/// Where a record is in a store.
pub(super) type Slot = (u64, Key);

/// Records by place and key.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    items: BTreeMap<Slot, Held>,
}

impl Store {
    /// Keeps a record for its user; a version older than what is there is not taken. True when the key
    /// is new.
    pub(super) fn put(&mut self, place: u64, (key, value): Item, now: Time) -> bool {
        let fresh = Held { value, gone: false, copy: false, changed: now, refreshed: now };
        match self.items.entry((place, key)) {
            Entry::Vacant(entry) => {
                entry.insert(fresh);
                true
            }
            Entry::Occupied(mut entry) => {
                let held = *entry.get();
                if held.gone || held.copy || held.value.version < value.version {
                    let newer = held.gone || held.value.version < value.version;
                    entry.insert(Held { value: if newer { value } else { held.value }, ..fresh });
                }
                held.gone
            }
        }
    }

    /// Takes a record from another holder, to answer for or as a copy. What was removed here stays
    /// removed, unless its owner has it again.
    pub(super) fn take(&mut self, place: u64, (key, value): Item, copy: bool, now: Time) {
        let fresh = Held { value, gone: false, copy, changed: now, refreshed: now };
        let entry = match self.items.entry((place, key)) {
            Entry::Vacant(entry) => {
                entry.insert(fresh);
                return;
            }
            Entry::Occupied(entry) => entry.into_mut(),
        };
        let older = value.version <= entry.value.version;
        if entry.gone {
            if entry.copy || !older {
                *entry = fresh;
            }
        } else if !older {
            *entry = Held { copy: copy && entry.copy, ..fresh };
        } else {
            entry.refreshed = now;
            if !copy {
                entry.copy = false;
                entry.changed = now;
            }
        }
    }

    /// Removes a record for its user and leaves a mark. `all`: also when there is no such record, as
    /// one may be under way.
    pub(super) fn erase(&mut self, place: u64, key: Key, all: bool, now: Time) {
        let value = match self.items.get(&(place, key)) {
            Some(held) => held.value,
            None if all => Value { version: u64::MAX, bytes: 0 },
            None => return,
        };
        let mark = Held { value, gone: true, copy: false, changed: now, refreshed: now };
        self.items.insert((place, key), mark);
    }

    /// Takes from another holder that version `value` of a record was removed.
    pub(super) fn take_mark(&mut self, place: u64, (key, value): Item, copy: bool, now: Time) {
        let mark = Held { value, gone: true, copy, changed: now, refreshed: now };
        match self.items.entry((place, key)) {
            Entry::Vacant(entry) => {
                entry.insert(mark);
            }
            Entry::Occupied(mut entry) => {
                let held = entry.get();
                if held.value.version <= value.version || (copy && held.copy) {
                    entry.insert(mark);
                }
            }
        }
    }

    /// What is kept at a place under `key`.
    pub(super) fn get(&self, place: u64, key: Key) -> Option<Value> {
        self.items.get(&(place, key)).filter(|held| !held.gone).map(|held| held.value)
    }

    /// What is held in a slot, be it a record or a mark.
    pub(super) fn held(&self, slot: &Slot) -> Option<&Held> {
        self.items.get(slot)
    }

    /// Removes what is kept under `key`, and its mark.
    pub(super) fn remove(&mut self, place: u64, key: Key) -> Option<Value> {
        self.items.remove(&(place, key)).filter(|held| !held.gone).map(|held| held.value)
    }

    /// A record that was handed to its owner is a copy from here on.
    pub(super) fn lend(&mut self, slot: &Slot, now: Time) {
        if let Some(held) = self.items.get_mut(slot) {
            held.copy = true;
            held.refreshed = now;
        }
    }

    /// All records, copies included, in the order of places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Item)> {
        let present = self.items.iter().filter(|(_, held)| !held.gone);
        present.map(|((place, key), held)| (*place, (*key, held.value)))
    }

    /// All that this store answers for, marks included.
    pub(super) fn answered_for(&self) -> impl Iterator<Item = (&Slot, &Held)> {
        self.items.iter().filter(|(_, held)| !held.copy)
    }

    /// How many records there are, copies included.
    pub(super) fn len(&self) -> usize {
        self.items.values().filter(|held| !held.gone).count()
    }

    /// All slots whose places lie in `(from, to]`, in the order of the ring.
    fn along(&self, (from, to): (u64, u64)) -> impl Iterator<Item = (&Slot, &Held)> {
        // What is behind `from`, then what is before it where the stretch goes over the top.
        let behind = from.checked_add(1).map(|first| match from.cmp(&to) {
            std::cmp::Ordering::Less => self.items.range((first, Key::MIN)..=(to, Key::MAX)),
            _ => self.items.range((first, Key::MIN)..),
        });
        let before = (from >= to).then(|| self.items.range(..=(to, Key::MAX)));
        behind.into_iter().flatten().chain(before.into_iter().flatten())
    }

    /// Up to `most` records whose places lie in `(from, to]`, copies included.
    pub(super) fn within(&self, stretch: (u64, u64), most: usize) -> Vec<(u64, Item)> {
        let present = self.along(stretch).filter(|(_, held)| !held.gone).take(most);
        present.map(|((place, key), held)| (*place, (*key, held.value))).collect()
    }

    /// What this store answers for although its place lies in `(from, to]`, marks included.
    pub(super) fn strays(&self, stretch: (u64, u64)) -> impl Iterator<Item = (&Slot, &Held)> {
        self.along(stretch).filter(|(_, held)| !held.copy)
    }

    /// What this store answers for within a stretch and what changed after `since`; all records where
    /// that is `None`.
    pub(super) fn changed(&self, stretch: (u64, u64), since: Option<Time>) -> Vec<Slot> {
        let news = |held: &Held| since.map_or(!held.gone, |since| held.changed >= since);
        let mine = self.along(stretch).filter(|(_, held)| !held.copy && news(held));
        mine.map(|(slot, _)| *slot).collect()
    }

    /// Records with names from `lo` to `hi` that this store answers for, or that lie in its own
    /// stretch; the smallest `most` by name.
    pub(super) fn named(&self, (lo, hi): (u64, u64), most: usize) -> Vec<Item> {
        let answered = self.items.iter().filter(|(_, held)| !held.gone && !held.copy);
        let wanted = answered.filter(|((_, key), _)| (lo..=hi).contains(&key.name()));
        let mut found: Vec<Item> = wanted.map(|((_, key), held)| (*key, held.value)).collect();
        found.sort_unstable_by_key(|(key, _)| (key.name(), *key));
        found.truncate(most);
        found
    }

    /// Answers from here on for all copies in a stretch.
    pub(super) fn promote(&mut self, (from, to): (u64, u64), now: Time) {
        for ((place, _), held) in &mut self.items {
            if held.copy && up_to(*place, from, to) {
                held.copy = false;
                held.changed = now;
            }
        }
    }

    /// The owner vouches for the copies of a stretch.
    pub(super) fn vouch(&mut self, (from, to): (u64, u64), now: Time) {
        for ((place, _), held) in &mut self.items {
            if held.copy && up_to(*place, from, to) {
                held.refreshed = now;
            }
        }
    }

    /// Drops marks, and with `copies` those copies, that are as old as `patience`; marks live longer, so
    /// that they outlive the copies that they are for. True when some of either are left.
    pub(super) fn expire(&mut self, now: Time, patience: Span, copies: bool) -> bool {
        let old = |at: Time, span: Span| at + span <= now;
        self.items.retain(|_, held| {
            if held.gone {
                !old(held.changed, patience * 2)
            } else {
                !(copies && held.copy && old(held.refreshed, patience))
            }
        });
        self.items.values().any(|held| held.gone || held.copy)
    }

    /// Changes the places of all records.
    pub(super) fn replace(&mut self, place: impl Fn(Key) -> u64) {
        let items = std::mem::take(&mut self.items);
        self.items = items.into_iter().map(|((_, key), held)| ((place(key), key), held)).collect();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(version: u64) -> Value {
        Value { version, bytes: 1 }
    }

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    #[test]
    fn older_versions_are_not_taken_and_stretches_go_over_the_top() {
        let mut store = Store::default();
        let key = Key::named;
        assert!(store.put(5, (key(1), value(2)), Time::ZERO));
        assert!(!store.put(5, (key(1), value(1)), Time::ZERO));
        assert_eq!(store.get(5, key(1)), Some(value(2)));
        store.put(u64::MAX, (key(2), value(1)), Time::ZERO);
        store.put(9, (key(3), value(1)), Time::ZERO);
        let places = |stretch| -> Vec<u64> {
            store.within(stretch, 10).into_iter().map(|(place, _)| place).collect()
        };
        assert_eq!(places((8, 5)), [9, u64::MAX, 5]);
        assert_eq!(places((5, 9)), [9]);
        assert_eq!(places((9, 9)), [u64::MAX, 5, 9], "the whole ring, from its start on");
        assert_eq!(places((5, 8)), [0_u64; 0]);
        assert_eq!(places((u64::MAX, 4)), [0_u64; 0]);
        assert_eq!(places((u64::MAX, 5)), [5]);
    }

    #[test]
    fn what_was_removed_stays_removed_until_its_user_stores_it_again() {
        let (mut store, key) = (Store::default(), Key::named(1));
        store.erase(5, key, false, at(0));
        assert!(store.held(&(5, key)).is_none(), "nothing was there");
        store.put(5, (key, value(3)), at(1));
        store.erase(5, key, false, at(2));
        store.take(5, (key, value(3)), false, at(3));
        assert_eq!(store.get(5, key), None);
        assert!(store.put(5, (key, value(3)), at(4)), "its user stores it again");
        store.take_mark(5, (key, value(2)), false, at(5));
        assert_eq!(store.get(5, key), Some(value(3)), "an older one was removed");
    }

    #[test]
    fn copies_expire_unless_vouched_for_and_are_answered_for_when_promoted() {
        let mut store = Store::default();
        for place in [10, 20, 30] {
            store.take(place, (Key::named(place), value(1)), true, at(0));
        }
        store.vouch((15, 25), at(50));
        store.promote((25, 30), at(55));
        assert!(store.expire(at(60), Span::from_secs(60), true));
        let left: Vec<u64> = store.iter().map(|(place, _)| place).collect();
        assert_eq!(left, [20, 30]);
        assert_eq!(store.changed((0, 100), Some(at(54))), [(30, Key::named(30))]);
        assert_eq!(store.named((0, 100), 10).len(), 1, "copies are for their owner to tell");
    }

    proptest! {
        #[test]
        fn a_stretch_holds_what_a_filter_finds(
            places in prop::collection::vec(prop_oneof![0..12_u64, (u64::MAX - 12)..=u64::MAX], 0..30),
            from in prop_oneof![0..12_u64, (u64::MAX - 12)..=u64::MAX],
            to in prop_oneof![0..12_u64, (u64::MAX - 12)..=u64::MAX],
        ) {
            let mut store = Store::default();
            for (number, place) in (0..).zip(&places) {
                store.put(*place, (Key::named(number), value(1)), Time::ZERO);
            }
            let mut found: Vec<u64> = store.within((from, to), 99).iter().map(|(p, _)| *p).collect();
            let steps: Vec<u64> =
                found.iter().map(|p| p.wrapping_sub(from).wrapping_sub(1)).collect();
            prop_assert!(steps.is_sorted(), "in the order of the ring");
            found.sort_unstable();
            let mut expected: Vec<u64> =
                places.into_iter().filter(|place| up_to(*place, from, to)).collect();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
