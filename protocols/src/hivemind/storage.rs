//! The records a node holds, in two tiers: what it was asked to keep, and what it remembers.
//!
//! Source: `hivemind/dht/storage.py`, and the handlers of `hivemind/dht/protocol.py`.

use dhtlab_core::author::{Key, Time, Value};

use super::record::{Dictionary, Stored};
use super::timed::Timed;

/// Defects of the original that reach down to the storage. Both are reproduced with its own code at
/// 4bd43b77, and off in Kwaai-AI-Lab/KwaaiNet 9190d4a2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flaws {
    /// A store that is refused for being older than what is there removes the newer value when the
    /// older would have expired.
    pub stale_store: bool,
    /// Storing a dictionary stops at the first subkey that is refused.
    pub lazy_dictionary_store: bool,
}

/// The records of one tier.
#[derive(Clone, Debug)]
pub struct Tier {
    records: Timed<Key, Stored>,
}

impl Tier {
    /// The empty tier, of at most `max` records.
    pub const fn new(max: Option<u32>) -> Self {
        Self { records: Timed::new(max) }
    }

    /// Stores a value as all there is under `key`, if it expires later than what is there, be that a
    /// dictionary; says whether it did.
    pub fn store_plain(
        &mut self,
        key: Key,
        value: Value,
        expires: Time,
        now: Time,
        flaws: Flaws,
    ) -> bool {
        self.put(key, Stored::Plain(value), expires, now, flaws)
    }

    /// As [`store_plain`](Self::store_plain), of anything, as a cache takes over what was found.
    pub fn put(
        &mut self,
        key: Key,
        stored: Stored,
        expires: Time,
        now: Time,
        flaws: Flaws,
    ) -> bool {
        self.records.store(key, stored, expires, now, flaws.stale_store)
    }

    /// Stores a value under `subkey` of the dictionary under `key`, which takes the place of a plain
    /// value that expires earlier; says whether it did.
    pub fn store_subkey(
        &mut self,
        key: Key,
        subkey: u64,
        value: Value,
        expires: Time,
        now: Time,
        flaws: Flaws,
    ) -> bool {
        let longer = match self.records.get(&key, now) {
            Some((Stored::Dictionary(dictionary), _)) if expires > dictionary.latest() => {
                Some(Stored::Dictionary(dictionary.clone()))
            }
            Some((Stored::Dictionary(_), _)) => None,
            Some((Stored::Plain(_), old)) if old >= expires => return false,
            Some((Stored::Plain(_), _)) | None => {
                let mut dictionary = Dictionary::new();
                dictionary.store(subkey, value, expires, now, flaws.stale_store);
                return self.put(key, Stored::Dictionary(dictionary), expires, now, flaws);
            }
        };
        if let Some(same) = longer {
            self.put(key, same, expires, now, flaws);
        }
        self.dictionary_mut(&key, now).is_some_and(|dictionary| {
            dictionary.store(subkey, value, expires, now, flaws.stale_store)
        })
    }

    /// Stores every subkey of `dictionary`; says whether all were stored. The defect stops at the
    /// first that is not.
    pub fn store_dictionary(
        &mut self,
        key: Key,
        dictionary: &Dictionary,
        now: Time,
        flaws: Flaws,
    ) -> bool {
        if let Some(all) = self.store_whole(key, dictionary, now, flaws) {
            return all;
        }
        let mut all = true;
        for (subkey, value, expires) in dictionary.entries(now) {
            all &= self.store_subkey(key, subkey, value, expires, now, flaws);
            if !all && flaws.lazy_dictionary_store {
                break;
            }
        }
        all
    }

    /// What [`store_dictionary`](Self::store_dictionary) comes to where nothing may be dropped in its
    /// midst, without a look at the tier for every subkey; `None` where that is not so.
    fn store_whole(
        &mut self,
        key: Key,
        dictionary: &Dictionary,
        now: Time,
        flaws: Flaws,
    ) -> Option<bool> {
        if self.records.is_bounded() || dictionary.is_empty(now) {
            return None;
        }
        let (bug, lazy) = (flaws.stale_store, flaws.lazy_dictionary_store);
        let (stored, all) = match self.records.get_mut(&key, now) {
            None => (dictionary.adopted(now), true),
            Some((Stored::Dictionary(kept), expires)) if expires <= kept.latest() => {
                let before = kept.latest();
                let all = kept.store_all(dictionary, now, bug, lazy);
                if kept.latest() <= before {
                    return Some(all);
                }
                (kept.clone(), all)
            }
            Some(_) => return None,
        };
        let latest = stored.latest();
        self.put(key, Stored::Dictionary(stored), latest, now, flaws);
        Some(all)
    }

    /// The record under `key` and its expiration; clears up first.
    pub fn get(&mut self, key: &Key, now: Time) -> Option<(&Stored, Time)> {
        self.records.get(key, now)
    }

    /// The record under `key` and its expiration.
    pub fn peek(&self, key: &Key, now: Time) -> Option<(&Stored, Time)> {
        self.records.peek(key, now)
    }

    /// The dictionary under `key`, for changes that leave the expiration of the record alone: a
    /// search that starts with a dictionary of its own storage merges what it finds into that one.
    pub fn dictionary_mut(&mut self, key: &Key, now: Time) -> Option<&mut Dictionary> {
        match self.records.get_mut(key, now) {
            Some((Stored::Dictionary(dictionary), _)) => Some(dictionary),
            _ => None,
        }
    }

    /// Removes the record under `key`; gives it if it had not expired.
    pub fn remove(&mut self, key: &Key, now: Time) -> Option<Stored> {
        self.records.remove(key, now)
    }

    /// Removes what expired before `now`.
    pub fn purge(&mut self, now: Time) {
        self.records.purge(now);
    }

    /// The number of records that have not expired.
    pub fn len(&self, now: Time) -> usize {
        self.records.len(now)
    }

    /// Have all records expired?
    pub fn is_empty(&self, now: Time) -> bool {
        self.records.is_empty(now)
    }

    /// All records that have not expired, in the order of keys, with their expirations.
    pub fn live(&self, now: Time) -> impl Iterator<Item = (Key, &Stored, Time)> {
        self.records.live(now)
    }
}

/// Both tiers of a node. A find is answered from both alike; only the storage is handed over.
#[derive(Clone, Debug)]
pub struct Tiers {
    /// What others stored here, what was handed over, and own replicas.
    pub storage: Tier,
    /// What was found, pushed by others who found it, or seen while storing.
    pub cache: Tier,
}

impl Tiers {
    /// Empty tiers with bounds on their records; hivemind bounds only the cache, and by default
    /// neither.
    pub const fn new(storage_max: Option<u32>, cache_max: Option<u32>) -> Self {
        Self { storage: Tier::new(storage_max), cache: Tier::new(cache_max) }
    }

    /// The tier that a store request names.
    pub fn tier_mut(&mut self, in_cache: bool) -> &mut Tier {
        if in_cache { &mut self.cache } else { &mut self.storage }
    }

    /// The record of the tier where it expires later, of the storage if equal; with its expiration.
    pub fn find(&mut self, key: &Key, now: Time) -> Option<(&Stored, Time)> {
        let stored = self.storage.get(key, now);
        let cached = self.cache.get(key, now);
        match (stored, cached) {
            (Some(stored), Some(cached)) if cached.1 > stored.1 => Some(cached),
            (Some(stored), _) => Some(stored),
            (None, cached) => cached,
        }
    }

    /// As [`find`](Self::find), without clearing up.
    pub fn peek(&self, key: &Key, now: Time) -> Option<(&Stored, Time)> {
        let stored = self.storage.peek(key, now);
        let cached = self.cache.peek(key, now);
        match (stored, cached) {
            (Some(stored), Some(cached)) if cached.1 > stored.1 => Some(cached),
            (Some(stored), _) => Some(stored),
            (None, cached) => cached,
        }
    }
}
