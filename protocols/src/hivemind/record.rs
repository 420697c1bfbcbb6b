//! What is stored under a key: a plain value, or a dictionary in which each subkey expires on its own.
//!
//! Source: `hivemind/dht/storage.py`.

use std::sync::Arc;

use dhtlab_core::author::{Time, Value};

use super::entries::Entries;
use super::msgpack;

/// The values under one key, by subkey. Cloning shares them until one side changes, so messages carry
/// dictionaries at the price of a pointer.
///
/// Departure: subkeys are walked in their own order; the original walks them in the order in which
/// they were stored.
#[derive(Clone, Debug, Default)]
pub struct Dictionary(Arc<Inner>);

#[derive(Clone, Debug, Default)]
struct Inner {
    /// The latest expiration that was ever offered, be it refused.
    latest: Time,
    entries: Entries,
}

impl Dictionary {
    /// The empty dictionary.
    pub fn new() -> Self {
        Self::default()
    }

    /// The dictionary that a message says: no clock is looked at, so expired entries are in it, though
    /// nobody will see them.
    pub fn decoded(latest: Time, entries: impl IntoIterator<Item = (u64, Value, Time)>) -> Self {
        let mut inner = Inner { latest, entries: Entries::default() };
        for (subkey, value, expires) in entries {
            inner.entries.restore(subkey, value, expires);
        }
        Self(Arc::new(inner))
    }

    /// What the other side makes of this dictionary when a message carries it: expired entries are
    /// left out, and nothing is due before it expires.
    pub fn packed(&self, now: Time) -> Self {
        if self.0.entries.is_fresh(now) {
            return self.clone();
        }
        Self::decoded(self.latest(), self.entries(now))
    }

    /// What storing all of this dictionary, subkey by subkey, makes of an empty one.
    pub(super) fn adopted(&self, now: Time) -> Self {
        let packed = self.packed(now);
        let latest = packed.0.entries.live(now).map(|entry| entry.expires).max();
        let latest = latest.unwrap_or(Time::ZERO);
        if packed.latest() == latest {
            return packed;
        }
        Self(Arc::new(Inner { latest, entries: packed.0.entries.clone() }))
    }

    /// The latest expiration that was ever offered, be it refused; the origin of time for none.
    pub fn latest(&self) -> Time {
        self.0.latest
    }

    /// Stores `value` under `subkey` as [`Timed::store`](super::timed::Timed::store) does.
    pub fn store(
        &mut self,
        subkey: u64,
        value: Value,
        expires: Time,
        now: Time,
        bug: bool,
    ) -> bool {
        self.store_near((subkey, value, expires), now, bug, &mut (0, 0))
    }

    /// As [`store`](Self::store), with a hint where to look, which moves on to the next subkey.
    fn store_near(
        &mut self,
        entry: (u64, Value, Time),
        now: Time,
        bug: bool,
        hint: &mut (usize, usize),
    ) -> bool {
        let ((subkey, _, expires), mut at) = (entry, *hint);
        if expires <= self.latest()
            && !self.0.entries.is_changed_by(subkey, expires, now, bug, &mut at)
        {
            *hint = at;
            return false;
        }
        let inner = Arc::make_mut(&mut self.0);
        inner.latest = inner.latest.max(expires);
        inner.entries.store(entry, now, bug, hint)
    }

    /// Stores all of `other`, subkey by subkey: of each, the later expiration stays. Says whether all
    /// were stored; if `lazy`, the first that is not is the last.
    pub(super) fn store_all(&mut self, other: &Self, now: Time, bug: bool, lazy: bool) -> bool {
        let (mut all, mut hint) = (true, (0, 0));
        for entry in other.entries(now) {
            all &= self.store_near(entry, now, bug, &mut hint);
            if !all && lazy {
                break;
            }
        }
        all
    }

    /// Stores all of `other`, subkey by subkey: of each, the later expiration stays.
    pub fn merge(&mut self, other: &Self, now: Time, bug: bool) {
        if !Arc::ptr_eq(&self.0, &other.0) {
            self.store_all(other, now, bug, false);
        }
    }

    /// The value under `subkey` and its expiration.
    pub fn get(&self, subkey: u64, now: Time) -> Option<(Value, Time)> {
        self.0.entries.peek(subkey, now)
    }

    /// The subkeys that have not expired, in their order, with values and expirations.
    pub fn entries(&self, now: Time) -> impl Iterator<Item = (u64, Value, Time)> {
        self.0.entries.live(now).map(|entry| (entry.subkey, entry.value, entry.expires))
    }

    /// A hash of all entries, expired ones included.
    pub(super) fn digest(&self) -> u64 {
        self.0.entries.digest()
    }

    /// The number of subkeys that have not expired.
    pub fn len(&self, now: Time) -> usize {
        self.0.entries.len(now)
    }

    /// Have all subkeys expired?
    pub fn is_empty(&self, now: Time) -> bool {
        self.len(now) == 0
    }

    /// The bytes of this dictionary in a message, subkeys being texts of `subkey_bytes` bytes.
    pub fn wire_bytes(&self, subkey_bytes: u32, now: Time) -> u32 {
        let entries = &self.0.entries;
        if entries.is_whole(now) {
            return msgpack::dictionary_len_of(subkey_bytes, entries.len(now), entries.bytes());
        }
        msgpack::dictionary_len(subkey_bytes, self.entries(now).map(|(_, value, _)| value.bytes))
    }
}

impl PartialEq for Dictionary {
    /// The same entries, expired ones included, and the same latest expiration.
    fn eq(&self, other: &Self) -> bool {
        let same = || self.entries(Time::ZERO).eq(other.entries(Time::ZERO));
        Arc::ptr_eq(&self.0, &other.0) || self.latest() == other.latest() && same()
    }
}

impl Eq for Dictionary {}

/// What is stored under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// One value, whose expiration the tier knows.
    Plain(Value),
    /// Values by subkey.
    Dictionary(Dictionary),
}

impl Stored {
    /// Its bytes in a message. `Value::bytes` counts the value as serialised.
    pub fn wire_bytes(&self, subkey_bytes: u32, now: Time) -> u32 {
        match self {
            Self::Plain(value) => value.bytes,
            Self::Dictionary(dictionary) => dictionary.wire_bytes(subkey_bytes, now),
        }
    }
}
