//! A map whose values expire: the newest expiration wins, and the earliest goes first when it is full.
//!
//! Source: `hivemind/utils/timed_storage.py`. What follows from it and surprises: a value is still
//! there at the very instant it expires; an equal expiration does not replace; a newcomer that is the
//! earliest of a full map is dropped at once, and yet its store counts as a success.
//!
//! Departure: here whatever is due is gone before a store, so that reading changes nothing. The
//! original clears up only when it is read and when a key is new; with its defect on, a key that a
//! late store has cut short may come back to life there if nobody looked in between.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use dhtlab_core::author::Time;

/// Entries of the queue that no key points to are thrown out when there are more than this and half
/// of the queue is of that kind.
const GHOSTS_MIN: usize = 16;

#[derive(Clone, Debug)]
struct Slot<V> {
    value: V,
    expires: Time,
    /// When it is removed: `expires`, or earlier where a late store has cut it short.
    due: Time,
}

/// A map from keys to values that expire.
#[derive(Clone, Debug)]
pub struct Timed<K, V> {
    slots: BTreeMap<K, Slot<V>>,
    /// What is due when. An entry counts if it is that of its key's slot; others are ghosts.
    queue: BinaryHeap<Reverse<(Time, K)>>,
    max: Option<u32>,
}

impl<K: Copy + Ord, V> Timed<K, V> {
    /// The empty map, of at most `max` keys.
    pub const fn new(max: Option<u32>) -> Self {
        Self { slots: BTreeMap::new(), queue: BinaryHeap::new(), max }
    }

    /// Stores `value` until `expires`, unless that is over or the key has a value that lives at least
    /// as long; says whether it did.
    ///
    /// With `bug` a refused store still moves the key's place in the queue to its own, earlier,
    /// expiration, when the newer value is removed: the defect of the original.
    pub fn store(&mut self, key: K, value: V, expires: Time, now: Time, bug: bool) -> bool {
        self.purge(now);
        if expires < now {
            return false;
        }
        let stored = match self.slots.get_mut(&key) {
            Some(slot) if slot.expires >= expires => {
                if !bug || slot.due == expires {
                    return false;
                }
                slot.due = expires;
                false
            }
            Some(slot) => {
                *slot = Slot { value, expires, due: expires };
                true
            }
            None => {
                self.slots.insert(key, Slot { value, expires, due: expires });
                true
            }
        };
        self.queue_up(key, expires);
        self.shrink();
        stored
    }

    /// Is there a most of keys?
    pub(super) const fn is_bounded(&self) -> bool {
        self.max.is_some()
    }

    fn queue_up(&mut self, key: K, due: Time) {
        self.queue.push(Reverse((due, key)));
        if self.queue.len() > GHOSTS_MIN.max(2 * self.slots.len()) {
            let slots = &self.slots;
            self.queue
                .retain(|Reverse((due, key))| slots.get(key).is_some_and(|slot| slot.due == *due));
        }
    }

    /// Takes the earliest entry off the queue, and its key off the map unless it is a ghost.
    fn pop(&mut self) {
        if let Some(Reverse((due, key))) = self.queue.pop()
            && self.slots.get(&key).is_some_and(|slot| slot.due == due)
        {
            self.slots.remove(&key);
        }
    }

    fn shrink(&mut self) {
        while self.max.is_some_and(|max| self.slots.len() > max as usize) {
            self.pop();
        }
    }

    /// Removes what was due before `now`.
    pub fn purge(&mut self, now: Time) {
        while self.queue.peek().is_some_and(|Reverse((due, _))| *due < now) {
            self.pop();
        }
    }

    /// Would [`store`](Self::store) change anything?
    #[cfg(test)]
    pub(super) fn is_changed_by(&self, key: &K, expires: Time, now: Time, bug: bool) -> bool {
        let slot = self.slots.get(key).filter(|slot| slot.due >= now);
        let refused =
            slot.is_some_and(|slot| slot.expires >= expires && (!bug || slot.due == expires));
        expires >= now && !refused
    }

    /// The value under `key` and its expiration; clears up first.
    pub fn get(&mut self, key: &K, now: Time) -> Option<(&V, Time)> {
        self.purge(now);
        self.peek(key, now)
    }

    /// As [`get`](Self::get), for changes in place.
    pub fn get_mut(&mut self, key: &K, now: Time) -> Option<(&mut V, Time)> {
        self.purge(now);
        self.slots.get_mut(key).map(|slot| (&mut slot.value, slot.expires))
    }

    /// The value under `key` and its expiration.
    pub fn peek(&self, key: &K, now: Time) -> Option<(&V, Time)> {
        let slot = self.slots.get(key).filter(|slot| slot.due >= now)?;
        Some((&slot.value, slot.expires))
    }

    /// The key that is due first, with its value and expiration.
    pub fn first(&mut self, now: Time) -> Option<(K, &V, Time)> {
        self.purge(now);
        loop {
            let Reverse((due, key)) = *self.queue.peek()?;
            if self.slots.get(&key).is_some_and(|slot| slot.due == due) {
                return self.slots.get(&key).map(|slot| (key, &slot.value, slot.expires));
            }
            self.queue.pop();
        }
    }

    /// Removes `key`; gives its value if it was still there.
    pub fn remove(&mut self, key: &K, now: Time) -> Option<V> {
        self.slots.remove(key).filter(|slot| slot.due >= now).map(|slot| slot.value)
    }

    /// The number of keys that are not due.
    pub fn len(&self, now: Time) -> usize {
        if self.queue.peek().is_none_or(|Reverse((due, _))| *due >= now) {
            return self.slots.len();
        }
        self.live(now).count()
    }

    /// Is there no key that is not due?
    pub fn is_empty(&self, now: Time) -> bool {
        self.live(now).next().is_none()
    }

    /// All that is not due, in the order of keys: the key, the value, the expiration.
    pub fn live(&self, now: Time) -> impl Iterator<Item = (K, &V, Time)> {
        let live = self.slots.iter().filter(move |(_, slot)| slot.due >= now);
        live.map(|(key, slot)| (*key, &slot.value, slot.expires))
    }

    /// Is every key due exactly when its value expires?
    #[cfg(test)]
    pub(super) fn is_exact(&self) -> bool {
        self.slots.values().all(|slot| slot.due == slot.expires)
    }
}

impl<K: Ord, V> Default for Timed<K, V> {
    /// The empty map without a bound.
    fn default() -> Self {
        Self { slots: BTreeMap::new(), queue: BinaryHeap::new(), max: None }
    }
}
