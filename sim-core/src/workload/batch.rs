//! Batches of records: what they are called, how long they are, and their one store each.

use std::collections::BTreeMap;

use crate::key::Key;
use crate::node::NodeIx;
use crate::seed::{Draw, Purpose, Seed, Stream};
use crate::time::{Span, Time};
use crate::workload::draw::{Kind, Stage, random_key, stream_of};
use crate::workload::{KeySet, WorkloadError, WorkloadSpec};
use crate::world::Operation;

/// A record: its key, and the length of its value.
#[derive(Clone, Copy)]
pub(super) struct Record {
    pub(super) key: Key,
    pub(super) bytes: u32,
}

/// All records of a workload.
pub(super) struct Batches {
    /// Those that `puts` and `publish` speak of; empty where nothing does.
    pub(super) own: Vec<Record>,
    /// Those of each wave.
    pub(super) waves: Vec<Vec<Record>>,
}

/// The bits of a record's number within its wave: 26, as many as [`Zipf`](crate::dist::zipf::Zipf) can rank.
const WAVE_BITS: u32 = 26;
/// Where the records of waves begin among all records.
const WAVES_START: u64 = 1 << 32;

/// One store of each record of a batch.
pub(super) struct Once<'a> {
    pub(super) kind: Kind,
    /// The number of the first record among those of its kind.
    pub(super) first: u32,
    pub(super) at: Time,
    pub(super) over: Span,
    pub(super) records: &'a [Record],
    /// How long after its last store a publisher leaves for good.
    pub(super) leaves: Option<Span>,
}

/// The number of the first record of a wave among those of all waves.
pub(super) fn first_of_wave(wave: u32) -> u32 {
    wave << WAVE_BITS
}

impl WorkloadSpec {
    /// The records, each from its own stream; the names of a batch from one stream of their own.
    pub(super) fn draw_batches(&self, seed: Seed) -> Result<Batches, WorkloadError> {
        let named = self.stores_records() || self.searched().is_some();
        let own = if named {
            let set = self.records.key_set.as_ref();
            let names = draw_names(seed, 0, set, self.records.count, None)?;
            self.draw_records(seed, 0, self.records.count, names.as_deref())
        } else {
            Vec::new()
        };
        let largest = |records: &[Record]| records.iter().map(|record| record.key.name()).max();
        // Sequential names go on from what was stored before, not from what is only searched for.
        let mut above = if self.stores_records() { largest(&own) } else { None };
        let mut waves = Vec::with_capacity(self.waves.len());
        for (number, wave) in (0..).zip(&self.waves) {
            let set = wave.key_set.as_ref();
            let names = draw_names(seed, u64::from(number) + 1, set, wave.count, above)?;
            let first = WAVES_START | u64::from(first_of_wave(number));
            let records = self.draw_records(seed, first, wave.count, names.as_deref());
            above = above.max(largest(&records));
            waves.push(records);
        }
        Ok(Batches { own, waves })
    }

    /// `count` records from number `first`, called `names` where a key set gave them.
    fn draw_records(
        &self,
        seed: Seed,
        first: u64,
        count: u32,
        names: Option<&[u64]>,
    ) -> Vec<Record> {
        let spread = u64::from(self.records.bytes_max - self.records.bytes_min);
        (0..count)
            .map(|number| {
                let mut stream = Stream::new(seed, Purpose::RecordKeys, first + u64::from(number));
                let random = random_key(&mut stream);
                let key = names.map_or(random, |names| Key::named(names[number as usize]));
                let above = u32::try_from(stream.below(spread + 1)).unwrap_or(0);
                Record { key, bytes: self.records.bytes_min + above }
            })
            .collect()
    }

    /// Each record is stored once by a node that is up, chosen evenly among those. A record for whose
    /// time nobody is found is not stored. Those who leave for good come into `departures`; who left
    /// by then stores nothing.
    pub(super) fn store_once(
        &self,
        once: &Once<'_>,
        stage: &Stage<'_>,
        departures: &mut BTreeMap<NodeIx, Time>,
        operations: &mut Vec<Operation>,
    ) {
        let mut stores: Vec<(Time, usize, Stream)> = (once.first..)
            .zip(0..once.records.len())
            .map(|(number, place)| {
                let mut stream = stream_of(stage.seed, once.kind, number);
                let spread = Span::from_nanos(stream.below(once.over.as_nanos().max(1)));
                (once.at.saturating_add(spread), place, stream)
            })
            .collect();
        // In order of time: who has left by then publishes nothing more.
        stores.sort_unstable_by_key(|(at, place, _)| (*at, *place));
        let end = Time::ZERO.saturating_add(stage.duration);
        for (at, place, mut stream) in stores {
            let up = |node: &NodeIx| {
                let gone = departures.get(node).is_some_and(|left| *left <= at);
                let stays = once.leaves.is_some() && stage.bootstrap.contains(node);
                stage.sessions.up_at(*node, at) && !gone && !stays
            };
            let mut guesses =
                (0..GUESSES_MAX).map(|_| NodeIx::from_usize(stream.index(stage.sessions.len())));
            let all = || (0..stage.sessions.len()).map(NodeIx::from_usize);
            if at < end
                && let Some(node) = guesses.find(up).or_else(|| all().find(up))
            {
                operations.push(self.store(at, node, &once.records[place]));
                if let Some(after) = once.leaves {
                    departures.insert(node, at.saturating_add(after));
                }
            }
        }
    }
}

/// How often a live node is guessed before all are searched.
const GUESSES_MAX: u32 = 1_000;

/// The names of a batch, from its own stream; `None` without a key set.
fn draw_names(
    seed: Seed,
    batch: u64,
    set: Option<&KeySet>,
    count: u32,
    above: Option<u64>,
) -> Result<Option<Vec<u64>>, WorkloadError> {
    let Some(set) = set else { return Ok(None) };
    let mut stream = Stream::new(seed, Purpose::RecordNames, batch);
    Ok(Some(set.draw(&mut stream, count as usize, above)?))
}
