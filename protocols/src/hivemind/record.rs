//! What is stored under a key: a plain value, or a dictionary in which each subkey expires on its own.
//!
//! Source: `hivemind/dht/storage.py`.

use std::sync::Arc;

use dhtlab_core::author::{Time, Value};

use super::msgpack;
use super::timed::Timed;

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
    entries: Timed<u64, Value>,
}

impl Dictionary {
    /// The empty dictionary.
    pub fn new() -> Self {
        Self::default()
    }

    /// The dictionary that a message says: no clock is looked at, so expired entries are in it, though
    /// nobody will see them.
    pub fn decoded(latest: Time, entries: impl IntoIterator<Item = (u64, Value, Time)>) -> Self {
        let mut inner = Inner { latest, entries: Timed::default() };
        for (subkey, value, expires) in entries {
            inner.entries.restore(subkey, value, expires);
        }
        Self(Arc::new(inner))
    }

    /// What the other side makes of this dictionary when a message carries it: expired entries are
    /// left out, and nothing is due before it expires.
    pub fn packed(&self, now: Time) -> Self {
        let entries = &self.0.entries;
        if entries.is_exact() && entries.len(now) == entries.len(Time::ZERO) {
            return self.clone();
        }
        Self::decoded(self.latest(), self.entries(now))
    }

    /// The latest expiration that was ever offered, be it refused; the origin of time for none.
    pub fn latest(&self) -> Time {
        self.0.latest
    }

    /// Stores `value` under `subkey` as [`Timed::store`] does.
    pub fn store(
        &mut self,
        subkey: u64,
        value: Value,
        expires: Time,
        now: Time,
        bug: bool,
    ) -> bool {
        if expires <= self.latest() && !self.0.entries.is_changed_by(&subkey, expires, now, bug) {
            return false;
        }
        let inner = Arc::make_mut(&mut self.0);
        inner.latest = inner.latest.max(expires);
        inner.entries.store(subkey, value, expires, now, bug)
    }

    /// Stores all of `other`, subkey by subkey: of each, the later expiration stays.
    pub fn merge(&mut self, other: &Self, now: Time, bug: bool) {
        if Arc::ptr_eq(&self.0, &other.0) {
            return;
        }
        for (subkey, value, expires) in other.entries(now) {
            self.store(subkey, value, expires, now, bug);
        }
    }

    /// The value under `subkey` and its expiration.
    pub fn get(&self, subkey: u64, now: Time) -> Option<(Value, Time)> {
        self.0.entries.peek(&subkey, now).map(|(value, expires)| (*value, expires))
    }

    /// The subkeys that have not expired, in their order, with values and expirations.
    pub fn entries(&self, now: Time) -> impl Iterator<Item = (u64, Value, Time)> {
        self.0.entries.live(now).map(|(subkey, value, expires)| (subkey, *value, expires))
    }

    /// The number of subkeys that have not expired.
    pub fn len(&self, now: Time) -> usize {
        self.0.entries.len(now)
    }

    /// Have all subkeys expired?
    pub fn is_empty(&self, now: Time) -> bool {
        self.0.entries.is_empty(now)
    }

    /// The bytes of this dictionary in a message, subkeys being texts of `subkey_bytes` bytes.
    pub fn wire_bytes(&self, subkey_bytes: u32, now: Time) -> u32 {
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
