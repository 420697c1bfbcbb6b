//! The records of one virtual node, in the order of their places.

use std::collections::BTreeMap;

use dhtlab_core::author::{Key, Time, Value};

use super::message::Item;
use super::ring::up_to;

/// A record that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) value: Value,
    /// When the owner last said that it still counts on this copy; for copies only.
    pub(super) refreshed: Time,
    /// Do the replicas lack it?
    pub(super) fresh: bool,
}

/// Records by place and key.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    items: BTreeMap<(u64, Key), Held>,
}

impl Store {
    /// Keeps a record; a version older than what is there is not taken. True when the key is new.
    pub(super) fn put(&mut self, place: u64, (key, value): Item, now: Time) -> bool {
        let held = Held { value, refreshed: now, fresh: true };
        match self.items.entry((place, key)) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(held);
                true
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                if entry.get().value.version < value.version {
                    entry.insert(held);
                } else {
                    entry.get_mut().refreshed = now;
                }
                false
            }
        }
    }

    /// What is kept at a place under `key`.
    pub(super) fn get(&self, place: u64, key: Key) -> Option<Value> {
        self.items.get(&(place, key)).map(|held| held.value)
    }

    /// Removes what is kept under `key`.
    pub(super) fn remove(&mut self, place: u64, key: Key) -> Option<Value> {
        self.items.remove(&(place, key)).map(|held| held.value)
    }

    /// All records, in the order of places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Item)> {
        self.items.iter().map(|((place, key), held)| (*place, (*key, held.value)))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Up to `most` records whose places lie in `(from, to]`.
    pub(super) fn within(&self, (from, to): (u64, u64), most: usize) -> Vec<(u64, Item)> {
        // The stretch in the order of places: what is behind `from`, then what is before `to`.
        let first = self.items.range((from, Key::MIN)..);
        let round = self.items.range(..(from, Key::MIN));
        first
            .chain(round)
            .filter(|((place, _), _)| up_to(*place, from, to))
            .take(most)
            .map(|((place, key), held)| (*place, (*key, held.value)))
            .collect()
    }

    /// Changes the places of all records.
    pub(super) fn replace(&mut self, place: impl Fn(Key) -> u64) {
        let items = std::mem::take(&mut self.items);
        self.items = items.into_iter().map(|((_, key), held)| ((place(key), key), held)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_versions_are_not_taken_and_stretches_go_over_the_top() {
        let mut store = Store::default();
        let key = Key::named;
        let value = |version| Value { version, bytes: 1 };
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
        assert_eq!(places((9, 9)), [9, u64::MAX, 5], "the whole ring, from its start on");
        assert_eq!(places((5, 8)), [0_u64; 0]);
    }
}
