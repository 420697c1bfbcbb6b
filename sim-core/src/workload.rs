//! Workload: what the nodes are asked to do and when, the same for every protocol.
//!
//! Operations are open loop: their times are fixed before the run and do not wait for answers. Each
//! kind has its own streams, so that a rate added or changed leaves the times and targets of the other
//! kinds as they were.

use thiserror::Error;

use crate::dist::poisson::Poisson;
use crate::dist::zipf::Zipf;
use crate::key::Key;
use crate::node::NodeIx;
use crate::op::{Command, OpId, Value};
use crate::seed::{Draw, Purpose, Rng, Seed, Stream};
use crate::session::Sessions;
use crate::time::{Span, Time};
use crate::world::Operation;

/// What the nodes are asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadSpec {
    /// Searches for the nodes closest to a key.
    pub lookups: Option<Lookups>,
    /// Stores; each chooses one of the records evenly and gives it a new version.
    pub puts: Option<Rate>,
    /// Reads.
    pub gets: Option<Gets>,
    /// One store of every record, at a stated time.
    pub publish: Option<Publish>,
    /// The records that stores and reads speak of.
    pub records: Records,
    /// How long after its boot a node is left alone. Nodes that are up when a run starts are settled.
    pub settle: Span,
}

/// How often: a Poisson process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// At each node that is up, one `every` so long on average.
    PerNode {
        /// The mean gap.
        every: Span,
    },
    /// In a network of the target size, one `every` so long on average; each node has an equal part
    /// in it, so that the rate follows the population.
    Network {
        /// The mean gap.
        every: Span,
    },
}

/// Searches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lookups {
    /// How often.
    pub rate: Rate,
    /// For what.
    pub target: Target,
}

/// What a search is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Any point of the identifier space.
    RandomKey,
    /// The key of a record, whether it was stored yet or not.
    Record(Popularity),
}

/// Reads. Each asks for a record that was stored before; there is none while nothing was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gets {
    /// How often.
    pub rate: Rate,
    /// For which of the records stored before.
    pub popularity: Popularity,
    /// A record is asked for only when its first store began at least so long ago.
    pub lag: Span,
}

/// Which of many records is asked for. The first record to be stored has the first rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Popularity {
    /// Each alike.
    Uniform,
    /// Rank `r` in proportion to `r^-exponent`.
    Zipf {
        /// 0.91 for names in the domain name system, 0.6 to 1.2 elsewhere.
        exponent: f64,
    },
}

/// One store of every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish {
    /// When the first may be stored.
    pub at: Time,
    /// Over how long the stores are spread, evenly.
    pub over: Span,
}

/// The records of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Records {
    /// How many there are.
    pub count: u32,
    /// The length of the shortest value, in bytes.
    pub bytes_min: u32,
    /// The length of the longest; each record draws its own, evenly.
    pub bytes_max: u32,
    /// Values, or provider announcements.
    pub kind: RecordKind,
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// A value under a key: stores are puts, reads are gets.
    Value,
    /// A provider of a key: stores announce the asking node, reads search for providers.
    Provider,
}

impl Default for Records {
    fn default() -> Self {
        Self { count: 1_000, bytes_min: 1_024, bytes_max: 1_024, kind: RecordKind::Value }
    }
}

impl Default for WorkloadSpec {
    /// Nothing is asked of anybody.
    fn default() -> Self {
        Self {
            lookups: None,
            puts: None,
            gets: None,
            publish: None,
            records: Records::default(),
            settle: Span::ZERO,
        }
    }
}

/// Why a workload is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WorkloadError {
    /// A rate is infinite.
    #[error("operations come `every` so long: longer than zero")]
    Rate,
    /// The number of records is out of range.
    #[error("there are 1 to {} records", Zipf::RANKS_MAX)]
    Records,
    /// The lengths of values are in the wrong order.
    #[error("the shortest value is at most as long as the longest")]
    Bytes,
    /// An exponent is out of range.
    #[error("an exponent of popularity is between 0 and {}", Zipf::EXPONENT_MAX)]
    Exponent,
    /// Reads of what nobody stores.
    #[error("reads ask for what was stored before: state `puts` or `publish`")]
    NothingToRead,
    /// More operations than numbers.
    #[error("more than {} operations; lower a rate or the duration", OpId::MAX_COUNT)]
    TooMany,
}

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

impl WorkloadSpec {
    /// Checks the ranges of all parameters.
    ///
    /// # Errors
    /// Names what is out of range.
    pub fn validate(&self) -> Result<(), WorkloadError> {
        let rates = [self.lookups.map(|l| l.rate), self.puts, self.gets.map(|g| g.rate)];
        for rate in rates.into_iter().flatten() {
            let (Rate::PerNode { every } | Rate::Network { every }) = rate;
            if every == Span::ZERO {
                return Err(WorkloadError::Rate);
            }
        }
        let target = self.lookups.map(|lookups| lookups.target);
        let stores = self.puts.is_some() || self.publish.is_some();
        let named = stores || self.gets.is_some() || matches!(target, Some(Target::Record(_)));
        if named && !(1..=Zipf::RANKS_MAX).contains(&self.records.count) {
            return Err(WorkloadError::Records);
        }
        if self.records.bytes_min > self.records.bytes_max {
            return Err(WorkloadError::Bytes);
        }
        let asked = match target {
            Some(Target::Record(popularity)) => Some(popularity),
            _ => None,
        };
        for popularity in [asked, self.gets.map(|gets| gets.popularity)].into_iter().flatten() {
            let Popularity::Zipf { exponent } = popularity else { continue };
            if !(0.0..=Zipf::EXPONENT_MAX).contains(&exponent) {
                return Err(WorkloadError::Exponent);
            }
        }
        if self.gets.is_some() && !stores { Err(WorkloadError::NothingToRead) } else { Ok(()) }
    }

    /// All operations, in order of time and then of node.
    pub(crate) fn draw(&self, stage: &Stage<'_>) -> Result<Vec<Operation>, WorkloadError> {
        self.validate()?;
        let records = self.draw_records(stage.seed);
        let mut operations = Vec::new();
        if let Some(publish) = self.publish {
            self.publish_all(publish, stage, &records, &mut operations);
        }
        if let Some(rate) = self.puts {
            self.strokes(Kind::Put, rate, stage, |stroke| {
                let record = &records[Rng::from_state(stroke.word).index(records.len())];
                operations.push(self.store(stroke.at, stroke.node, record));
            })?;
        }
        if let Some(gets) = &self.gets {
            let stored = first_stores(&operations);
            let chooser = Chooser::new(gets.popularity, stored.len())?;
            self.strokes(Kind::Get, gets.rate, stage, |Stroke { at, node, word }| {
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
            self.strokes(Kind::Lookup, lookups.rate, stage, |Stroke { at, node, word }| {
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
        operations.sort_by_key(|operation| (operation.at, operation.node));
        number_versions(&mut operations);
        Ok(operations)
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
    /// time nobody is found is not stored.
    fn publish_all(
        &self,
        publish: Publish,
        stage: &Stage<'_>,
        records: &[Record],
        operations: &mut Vec<Operation>,
    ) {
        for (number, record) in (0..).zip(records) {
            let mut stream = stream_of(stage.seed, Kind::Publish, number);
            let spread = Span::from_nanos(stream.below(publish.over.as_nanos().max(1)));
            let at = publish.at.saturating_add(spread);
            let up = |node: &NodeIx| stage.sessions.up_at(*node, at);
            let mut guesses =
                (0..GUESSES_MAX).map(|_| NodeIx::from_usize(stream.index(stage.sessions.len())));
            let all = || (0..stage.sessions.len()).map(NodeIx::from_usize);
            if at < Time::ZERO.saturating_add(stage.duration)
                && let Some(node) = guesses.find(up).or_else(|| all().find(up))
            {
                operations.push(self.store(at, node, record));
            }
        }
    }

    /// Shows every stroke of a Poisson process at every node while it is up.
    fn strokes(
        &self,
        kind: Kind,
        rate: Rate,
        stage: &Stage<'_>,
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
                    visit(Stroke { at, node, word: stream.next_u64() });
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

#[cfg(test)]
mod tests;
