//! Announcements and reads of batches against the truth: what was missed, and whose authors are gone.
//!
//! A record of a batch is told apart by its key and subkey; the two are a *pair*, and a pair may have several
//! writers. A pair is *due* to a read when one of its writers is up at the read's end, and the last
//! announcement that this writer completed before the read began is still valid at its end, by true time.
//!
//! Reads are judged whenever the engine stands still: by then all shards have told what they knew, no
//! fault has changed who is held down since, and what a read found need not be kept for longer.

use std::collections::BTreeMap;

use dhtlab_core::batch::{Batch, Entry};
use dhtlab_core::engine::Engine;
use dhtlab_core::key::Key;
use dhtlab_core::node::NodeIx;
use dhtlab_core::op::{Command, OpId, Outcome};
use dhtlab_core::protocol::Protocol;
use dhtlab_core::time::Time;
use dhtlab_core::world::World;

use super::ledger::{EndedBatches, Ledger, OpEntry};

/// What a read of a batch is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Worth {
    /// Pairs that had to be found.
    pub(super) due: u32,
    /// Of these, the pairs reported in the version that was due or a newer one.
    pub(super) hits: u32,
    /// Entries reported.
    pub(super) reported: u32,
    /// Of these, the entries of a version that was stored under that pair, each pair once.
    pub(super) right: u32,
    /// Of the right ones, those of a pair none of whose writers is up.
    pub(super) ghosts: u32,
    /// Keys with at least one pair that was due.
    pub(super) due_keys: u32,
    /// Of these, the keys for which nothing right was reported.
    pub(super) missing_keys: u32,
}

impl Worth {
    /// Everything that was reported had been stored.
    pub(super) const fn is_right(&self) -> bool {
        self.right == self.reported
    }

    /// The share of the pairs due that was reported; `None` where none was due.
    pub(super) fn recall(&self) -> Option<f64> {
        share(self.hits, self.due)
    }

    /// The share of the pairs reported whose writers are gone; `None` where none was reported.
    pub(super) fn ghost_ratio(&self) -> Option<f64> {
        share(self.ghosts, self.right)
    }

    /// The share of the keys with something due for which nothing was reported; `None` without such keys.
    pub(super) fn missing_keys_ratio(&self) -> Option<f64> {
        share(self.missing_keys, self.due_keys)
    }
}

fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

/// An announcement of one pair that was completed.
#[derive(Clone, Copy, Debug)]
struct Store {
    version: u64,
    acked: Time,
    /// Until when it is valid, by true time.
    until: Time,
}

/// Somebody who announces a pair, with what was completed, in order of versions.
#[derive(Debug)]
struct Writer {
    node: NodeIx,
    stores: Vec<Store>,
}

impl Writer {
    /// The version that a read must find, or a newer one, if the writer is up.
    fn due(&self, begun: Time, ended: Time) -> Option<u64> {
        let last = self.stores.iter().rev().find(|store| store.acked < begun)?;
        (last.until > ended).then_some(last.version)
    }
}

/// A key and a subkey.
#[derive(Debug)]
struct Pair {
    key: Key,
    subkey: Option<u64>,
    /// By node.
    writers: Vec<Writer>,
}

/// A read that ended.
#[derive(Clone, Copy, Debug)]
struct Read<'a> {
    items: Batch,
    begun: Time,
    ended: Time,
    entries: &'a [Entry],
}

/// All that was announced so far, and what reads of it were worth.
#[derive(Debug, Default)]
pub(super) struct Batches {
    pairs: Vec<Pair>,
    /// The numbers of all pairs of a key.
    of_key: BTreeMap<Key, Vec<u32>>,
    /// Every version that is ever stored, ascending, and its pair.
    versions: Vec<(u64, u32)>,
    worth: BTreeMap<OpId, Worth>,
    /// The newest version that the read under judgement reported of each pair; zero: none.
    found: Vec<u64>,
}

impl Batches {
    /// Nothing was announced yet of what will be in `world`.
    pub(super) fn new(world: &World) -> Self {
        let mut batches = Self::default();
        let mut known: BTreeMap<(Key, Option<u64>), u32> = BTreeMap::new();
        for operation in &world.operations {
            let Command::PutMany { items } = operation.command else { continue };
            for item in items.of(&world.items) {
                let next = number(batches.pairs.len());
                let pair = *known.entry((item.key, item.subkey)).or_insert(next);
                if pair == next {
                    let (key, subkey) = (item.key, item.subkey);
                    batches.pairs.push(Pair { key, subkey, writers: Vec::new() });
                    batches.of_key.entry(key).or_default().push(pair);
                }
                let writers = &mut batches.pairs[pair as usize].writers;
                if let Err(at) = writers.binary_search_by_key(&operation.node, |one| one.node) {
                    writers.insert(at, Writer { node: operation.node, stores: Vec::new() });
                }
                batches.versions.push((item.value.version, pair));
            }
        }
        batches.versions.sort_unstable();
        batches.found = vec![0; batches.pairs.len()];
        batches
    }

    /// What the read `op` was worth, if it ended.
    pub(super) fn worth(&self, op: OpId) -> Option<&Worth> {
        self.worth.get(&op)
    }

    /// Takes in everything that ended since the last time.
    pub(super) fn settle<P: Protocol>(&mut self, engine: &mut Engine<P, Ledger<'_>>) {
        if self.pairs.is_empty() {
            return;
        }
        let ended: Vec<EndedBatches> = engine.observers_mut().map(Ledger::take_batches).collect();
        for entry in ended.iter().flat_map(|shard| &shard.stores) {
            self.store(engine.world(), entry);
        }
        let sight = engine.sight();
        for (entry, entries) in ended.iter().flat_map(|shard| &shard.reads) {
            let command = engine.world().operations[entry.op.index()].command;
            let (Command::GetMany { items, .. }, Some(record)) = (command, entry.record) else {
                continue;
            };
            if matches!(record.outcome, Outcome::NoContacts | Outcome::Unsupported) {
                continue;
            }
            let read = Read { items, begun: entry.at, ended: record.at, entries };
            let live = |node| sight.live(node, record.at);
            let worth = self.weigh(engine.world(), read, live);
            self.worth.insert(entry.op, worth);
        }
    }

    /// Takes in a store that ended, if all of it was done.
    fn store(&mut self, world: &World, entry: &OpEntry) {
        let planned = &world.operations[entry.op.index()];
        let (Command::PutMany { items }, Some(record)) = (planned.command, entry.record) else {
            return;
        };
        let done = record.batch.map_or(0, |batch| batch.done);
        if record.outcome != Outcome::Done || done < items.len() {
            return;
        }
        for item in items.of(&world.items) {
            let Some(pair) = self.pair_of(item.value.version) else { continue };
            let writers = &mut self.pairs[pair as usize].writers;
            let Ok(at) = writers.binary_search_by_key(&planned.node, |one| one.node) else {
                continue;
            };
            let until = entry.at.saturating_add(item.lifetime);
            let store = Store { version: item.value.version, acked: record.at, until };
            let stores = &mut writers[at].stores;
            let place = stores.partition_point(|one| one.version < store.version);
            stores.insert(place, store);
        }
    }

    /// The pair that a version was stored under.
    fn pair_of(&self, version: u64) -> Option<u32> {
        let at = self.versions.binary_search_by_key(&version, |(version, _)| *version).ok()?;
        Some(self.versions[at].1)
    }

    fn weigh(&mut self, world: &World, read: Read<'_>, live: impl Fn(NodeIx) -> bool) -> Worth {
        let items = read.items.of(&world.items);
        let mut worth = Worth { reported: number(read.entries.len()), ..Worth::default() };
        let mut reported = Vec::new();
        for entry in read.entries {
            let Some(item) = items.get(entry.item as usize) else { continue };
            let Some(number) = self.pair_of(entry.value.version) else { continue };
            let pair = &self.pairs[number as usize];
            let found = &mut self.found[number as usize];
            if pair.key == item.key && pair.subkey == entry.subkey && *found == 0 {
                *found = entry.value.version;
                reported.push(number);
                worth.right += 1;
                worth.ghosts += u32::from(!pair.writers.iter().any(|one| live(one.node)));
            }
        }
        for item in items {
            let Some(pairs) = self.of_key.get(&item.key) else { continue };
            let (mut due, mut any) = (false, false);
            for number in pairs {
                let found = self.found[*number as usize];
                any |= found > 0;
                // Of several writers the oldest announcement will do: any of them says the same.
                let writers = self.pairs[*number as usize].writers.iter();
                let wanted = writers
                    .filter_map(|one| one.due(read.begun, read.ended).filter(|_| live(one.node)));
                let Some(wanted) = wanted.min() else { continue };
                due = true;
                worth.due += 1;
                worth.hits += u32::from(found >= wanted);
            }
            worth.due_keys += u32::from(due);
            worth.missing_keys += u32::from(due && !any);
        }
        for number in reported {
            self.found[number as usize] = 0;
        }
        worth
    }
}

fn number(len: usize) -> u32 {
    u32::try_from(len).expect("fewer than 2^32 records in batches")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dhtlab_core::group::{Announce, GroupSpec, Watch};
    use dhtlab_core::seed::Seed;
    use dhtlab_core::time::Span;
    use dhtlab_core::world::{Operation, WorldSpec};

    /// Two holders of both blocks, and of the index, and a reader.
    fn world() -> World {
        let every = Span::from_secs(60);
        let of = || "model".to_owned();
        let (announce, watch) = (
            Announce {
                of: of(),
                blocks: 2,
                span: 2,
                every,
                lifetime: every,
                value_bytes: 9,
                index: true,
            },
            Watch { of: of(), every, latest: true, index: true },
        );
        let idle = GroupSpec {
            name: "holder".to_owned(),
            nodes: 2,
            client: false,
            announce: None,
            watch: None,
            heartbeat: None,
        };
        let reader =
            GroupSpec { name: "reader".to_owned(), nodes: 1, watch: Some(watch), ..idle.clone() };
        let groups = vec![GroupSpec { announce: Some(announce), ..idle }, reader];
        let spec = WorldSpec { groups, ..WorldSpec::still(Seed(1), 4, Span::from_mins(3)) };
        World::draw(&spec).unwrap()
    }

    /// The stores of both holders: first of blocks, then of the index, in order of time.
    fn stores(world: &World) -> Vec<(Operation, Batch)> {
        let batch = |op: &Operation| match op.command {
            Command::PutMany { items } => Some((*op, items)),
            _ => None,
        };
        world.operations.iter().filter_map(batch).collect()
    }

    fn store(at: u64, version: u64) -> Store {
        Store { version, acked: Time::from_nanos(at), until: Time::from_nanos(at + 100) }
    }

    #[test]
    fn only_the_last_announcement_completed_before_a_read_is_due_and_only_while_it_is_valid() {
        let node = NodeIx::new(0);
        let writer = Writer { node, stores: vec![store(10, 1), store(50, 4), store(30, 6)] };
        let due = |begun, ended| writer.due(Time::from_nanos(begun), Time::from_nanos(ended));
        assert_eq!(due(10, 11), None, "not completed before");
        assert_eq!(due(11, 12), Some(1));
        assert_eq!(due(11, 109), Some(1));
        assert_eq!(due(11, 110), None, "expired at its end");
        // A later version that was completed earlier counts, and hides the one before.
        assert_eq!(due(40, 60), Some(6));
        assert_eq!(due(60, 129), Some(6));
        assert_eq!(due(60, 130), None, "of the last, not of any");
    }

    #[test]
    fn a_read_is_weighed_by_pairs_by_keys_and_by_who_is_there() {
        let world = world();
        let mut batches = Batches::new(&world);
        let stores = stores(&world);
        let blocks: Vec<_> = stores.iter().filter(|(_, items)| items.len() == 2).take(2).collect();
        let index: Vec<_> = stores.iter().filter(|(_, items)| items.len() == 1).take(2).collect();
        let nodes = [blocks[0].0.node, blocks[1].0.node];
        assert_ne!(nodes[0], nodes[1], "each announces before one does so again");
        for (op, items) in blocks.iter().chain(&index) {
            for item in items.of(&world.items) {
                let pair = batches.pair_of(item.value.version).unwrap();
                let writers = &mut batches.pairs[pair as usize].writers;
                let writer = writers.iter_mut().find(|one| one.node == op.node).unwrap();
                writer.stores.push(store(10, item.value.version));
            }
        }
        let Some(Command::GetMany { items: read, .. }) = world
            .operations
            .iter()
            .map(|op| op.command)
            .find(|command| matches!(command, Command::GetMany { .. }))
        else {
            panic!("somebody reads")
        };
        let entry = |number: u32, batch: Batch, at: usize| {
            let item = batch.of(&world.items)[at];
            Entry { item: number, subkey: item.subkey, value: item.value }
        };
        let all = [
            entry(0, blocks[0].1, 0),
            entry(0, blocks[1].1, 0),
            entry(1, blocks[0].1, 1),
            entry(1, blocks[1].1, 1),
            entry(2, index[1].1, 0),
        ];
        let mut weigh = |entries: &[Entry], dead: Option<NodeIx>| {
            let (begun, ended) = (Time::from_nanos(20), Time::from_nanos(30));
            batches.weigh(&world, Read { items: read, begun, ended, entries }, |node| {
                Some(node) != dead
            })
        };
        let whole = Worth {
            due: 5,
            hits: 5,
            reported: 5,
            right: 5,
            ghosts: 0,
            due_keys: 3,
            missing_keys: 0,
        };
        assert_eq!(weigh(&all, None), whole);
        // The blocks of the dead are ghosts; the index has another writer.
        assert_eq!(weigh(&all, Some(nodes[0])), Worth { due: 3, hits: 3, ghosts: 2, ..whole });
        let lacking = Worth { hits: 3, reported: 3, right: 3, missing_keys: 1, ..whole };
        assert_eq!(weigh(&[all[0], all[1], all[4]], None), lacking, "a key is missing");
        let nothing = Worth { hits: 0, reported: 0, right: 0, missing_keys: 3, ..whole };
        assert_eq!(weigh(&[], None), nothing);
        let twice = [&all[..], &all[..1]].concat();
        assert_eq!(weigh(&twice, None), Worth { reported: 6, ..whole });
        let elsewhere = Entry { item: 1, ..all[0] };
        let moved = weigh(&[&all[1..], &[elsewhere]].concat(), None);
        assert_eq!(moved, Worth { hits: 4, right: 4, ..whole });
        assert!(!moved.is_right() && whole.is_right());
    }
}
