//! The drawing of a workload: strokes of Poisson processes, and what each asks for.

use std::collections::BTreeMap;

use crate::dist::poisson::Poisson;
use crate::dist::zipf::Zipf;
use crate::key::Key;
use crate::node::NodeIx;
use crate::op::{Command, OpId, Value};
use crate::seed::{Draw, Purpose, Rng, Seed, Stream};
use crate::session::Sessions;
use crate::time::{Span, Time};
use crate::workload::{
    Lookups, Popularity, Publish, Rate, RecordKind, Records, Target, WorkloadError, WorkloadSpec,
};
use crate::world::Operation;

/// The streams of a kind of operation: its number above the 32 bits of a slot.
#[derive(Clone, Copy)]
enum Kind {
    Lookup = 1,
    Put = 2,
    Get = 3,
    Publish = 4,
}

/// What a workload is drawn over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) seed: Seed,
    pub(crate) sessions: &'a Sessions,
    pub(crate) bootstrap: &'a [NodeIx],
    /// The slot of each identity; those of one slot follow each other.
    pub(crate) slots: &'a [u32],
    /// The target population, for rates of the whole network.
    pub(crate) nodes: u32,
    pub(crate) duration: Span,
}

/// A stroke of a Poisson process at a node, with a word for whatever is still to be chosen.
#[derive(Clone, Copy)]
struct Stroke {
    at: Time,
    node: NodeIx,
    word: u64,
}

/// A workload, drawn.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// All operations, in order of time and then of node.
    pub(crate) operations: Vec<Operation>,
    /// Who leaves for good, and when: publishers, where they do not stay.
    pub(crate) departures: BTreeMap<NodeIx, Time>,
}

impl WorkloadSpec {
    /// All operations and departures.
    pub(crate) fn draw(&self, stage: &Stage<'_>) -> Result<Drawn, WorkloadError> {
        self.validate()?;
        let records = self.draw_records(stage.seed);
        let mut operations = Vec::new();
        let mut departures = BTreeMap::new();
        if let Some(publish) = self.publish {
            departures = self.publish_all(publish, stage, &records, &mut operations);
        }
        let departures = departures;
        // Strokes after a departure are drawn and passed over, so that nobody else's shift.
        let stays = |stroke: &Stroke| departures.get(&stroke.node).is_none_or(|t| stroke.at < *t);
        if let Some(rate) = self.puts {
            self.strokes(Kind::Put, rate, stage, stays, |stroke| {
                let record = &records[Rng::from_state(stroke.word).index(records.len())];
                operations.push(self.store(stroke.at, stroke.node, record));
            })?;
        }
        if let Some(gets) = &self.gets {
            let stored = first_stores(&operations);
            let chooser = Chooser::new(gets.popularity, stored.len())?;
            self.strokes(Kind::Get, gets.rate, stage, stays, |Stroke { at, node, word }| {
                let known = stored.partition_point(|(t, _)| t.saturating_add(gets.lag) < at);
                if known > 0 {
                    let (_, key) = stored[chooser.choose(known, word)];
                    let command = match self.records.kind {
                        RecordKind::Value => Command::Get { key },
                        RecordKind::Provider => Command::GetProviders { key },
                    };
                    operations.push(Operation { at, node, command });
                }
            })?;
        }
        if let Some(lookups) = &self.lookups {
            let chooser = match lookups.target {
                Target::RandomKey => None,
                Target::Record(popularity) => Some(Chooser::new(popularity, records.len())?),
            };
            self.strokes(Kind::Lookup, lookups.rate, stage, stays, |Stroke { at, node, word }| {
                let target = match &chooser {
                    Some(chooser) => records[chooser.choose(records.len(), word)].key,
                    None => random_key(&mut Rng::from_state(word)),
                };
                operations.push(Operation { at, node, command: Command::FindNode { target } });
            })?;
        }
        if operations.len() > OpId::MAX_COUNT as usize {
            return Err(WorkloadError::TooMany);
        }
        // In place; the key tells apart what one node is to publish in one nanosecond.
        operations.sort_unstable_by_key(|operation| {
            (operation.at, operation.node, operation.command.kind(), operation.command.key())
        });
        number_versions(&mut operations);
        Ok(Drawn { operations, departures })
    }

    /// The records, each from its own stream.
    fn draw_records(&self, seed: Seed) -> Vec<Record> {
        let Records { count, bytes_min, bytes_max, .. } = self.records;
        let by_key = matches!(self.lookups, Some(Lookups { target: Target::Record(_), .. }));
        if self.puts.is_none() && self.publish.is_none() && !by_key {
            return Vec::new();
        }
        (0..count)
            .map(|number| {
                let mut stream = Stream::new(seed, Purpose::RecordKeys, u64::from(number));
                let key = random_key(&mut stream);
                let above = stream.below(u64::from(bytes_max - bytes_min) + 1);
                Record { key, bytes: bytes_min + u32::try_from(above).unwrap_or(0) }
            })
            .collect()
    }

    fn store(&self, at: Time, node: NodeIx, record: &Record) -> Operation {
        let key = record.key;
        let command = match self.records.kind {
            RecordKind::Value => {
                Command::Put { key, value: Value { version: 0, bytes: record.bytes } }
            }
            RecordKind::Provider => Command::Provide { key },
        };
        Operation { at, node, command }
    }

    /// Each record is stored once by a node that is up, chosen evenly among those. A record for whose
    /// time nobody is found is not stored. Gives those who leave for good, with the time.
    fn publish_all(
        &self,
        publish: Publish,
        stage: &Stage<'_>,
        records: &[Record],
        operations: &mut Vec<Operation>,
    ) -> BTreeMap<NodeIx, Time> {
        let mut stores: Vec<(Time, u32, Stream)> = (0..)
            .zip(records)
            .map(|(number, _)| {
                let mut stream = stream_of(stage.seed, Kind::Publish, number);
                let spread = Span::from_nanos(stream.below(publish.over.as_nanos().max(1)));
                (publish.at.saturating_add(spread), number, stream)
            })
            .collect();
        // In order of time: who has left by then publishes nothing more.
        stores.sort_unstable_by_key(|(at, number, _)| (*at, *number));
        let end = Time::ZERO.saturating_add(stage.duration);
        let mut departures = BTreeMap::new();
        for (at, number, mut stream) in stores {
            let up = |node: &NodeIx| {
                let gone = departures.get(node).is_some_and(|left| *left <= at);
                let stays = publish.publisher_leaves.is_some() && stage.bootstrap.contains(node);
                stage.sessions.up_at(*node, at) && !gone && !stays
            };
            let mut guesses =
                (0..GUESSES_MAX).map(|_| NodeIx::from_usize(stream.index(stage.sessions.len())));
            let all = || (0..stage.sessions.len()).map(NodeIx::from_usize);
            if at < end
                && let Some(node) = guesses.find(up).or_else(|| all().find(up))
            {
                operations.push(self.store(at, node, &records[number as usize]));
                if let Some(after) = publish.publisher_leaves {
                    departures.insert(node, at.saturating_add(after));
                }
            }
        }
        // As with sessions: what would end after the run does not end.
        departures.retain(|_, at| *at < end);
        departures
    }

    /// Shows every stroke of a Poisson process at every node while it is up, of those that `counts`.
    fn strokes(
        &self,
        kind: Kind,
        rate: Rate,
        stage: &Stage<'_>,
        counts: impl Fn(&Stroke) -> bool,
        mut visit: impl FnMut(Stroke),
    ) -> Result<(), WorkloadError> {
        let process = Poisson {
            every: match rate {
                Rate::PerNode { every } => every,
                Rate::Network { every } => every.saturating_mul(u64::from(stage.nodes.max(1))),
            },
        };
        let end = Time::ZERO.saturating_add(stage.duration);
        let mut current: Option<(u32, Stream)> = None;
        let mut count = 0_u32;
        for (number, slot) in stage.slots.iter().enumerate() {
            let node = NodeIx::from_usize(number);
            // The identities of one slot go on with its stream.
            if current.as_ref().is_none_or(|(open, _)| open != slot) {
                current = Some((*slot, stream_of(stage.seed, kind, *slot)));
            }
            let Some((_, stream)) = &mut current else { continue };
            for session in stage.sessions.of(node) {
                let settled = session.up == Time::ZERO;
                let wait = if settled { Span::ZERO } else { self.settle };
                let mut at = process.next(session.up.saturating_add(wait), stream);
                while at < session.down.min(end) {
                    count += 1;
                    if count > OpId::MAX_COUNT {
                        return Err(WorkloadError::TooMany);
                    }
                    let stroke = Stroke { at, node, word: stream.next_u64() };
                    if counts(&stroke) {
                        visit(stroke);
                    }
                    at = process.next(at, stream);
                }
            }
        }
        Ok(())
    }
}

/// How often a live node is guessed before all are searched.
const GUESSES_MAX: u32 = 1_000;

/// A record: its key, and the length of its value.
struct Record {
    key: Key,
    bytes: u32,
}

fn stream_of(seed: Seed, kind: Kind, index: u32) -> Stream {
    Stream::new(seed, Purpose::Workload, (kind as u64) << 32 | u64::from(index))
}

fn random_key(draw: &mut impl Draw) -> Key {
    Key::from_words(std::array::from_fn(|_| draw.next_u64()))
}

/// When each key was first stored, in order of time.
fn first_stores(operations: &[Operation]) -> Vec<(Time, Key)> {
    let mut stores: Vec<(Key, Time)> =
        operations.iter().map(|operation| (operation.command.key(), operation.at)).collect();
    stores.sort_unstable();
    stores.dedup_by_key(|(key, _)| *key);
    let mut first: Vec<(Time, Key)> = stores.into_iter().map(|(key, at)| (at, key)).collect();
    first.sort_unstable();
    first
}

/// Gives each store a version of its own, in order of time from 1: the number of the operation would
/// do as well, but would change with the rates of other kinds.
fn number_versions(operations: &mut [Operation]) {
    let mut next = 1;
    for operation in operations {
        if let Command::Put { value, .. } = &mut operation.command {
            value.version = next;
            next += 1;
        }
    }
}

/// Chooses among the first so many ranks.
enum Chooser {
    Uniform,
    Zipf(Zipf),
}

impl Chooser {
    fn new(popularity: Popularity, ranks: usize) -> Result<Self, WorkloadError> {
        let Popularity::Zipf { exponent } = popularity else { return Ok(Self::Uniform) };
        let ranks = u32::try_from(ranks.max(1)).unwrap_or(u32::MAX);
        Zipf::new(ranks, exponent).map(Self::Zipf).ok_or(WorkloadError::Exponent)
    }

    fn choose(&self, ranks: usize, word: u64) -> usize {
        let mut draw = Rng::from_state(word);
        match self {
            Self::Uniform => draw.index(ranks),
            Self::Zipf(law) => {
                law.sample_among(u32::try_from(ranks).unwrap_or(u32::MAX), &mut draw) as usize
            }
        }
    }
}
