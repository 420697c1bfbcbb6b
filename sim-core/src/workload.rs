//! Workload: what the nodes are asked to do and when, the same for every protocol.
//!
//! Operations are open loop: their times are fixed before the run and do not wait for answers. Each
//! kind has its own streams, so that a rate added or changed leaves the times and targets of the other
//! kinds as they were.

mod batch;
mod choose;
mod draw;

use thiserror::Error;

use crate::dist::zipf::Zipf;
use crate::keyset::{KeySet, KeySetError};
use crate::op::OpId;
use crate::time::{Span, Time};
pub(crate) use draw::{Drawn, Stage, order, random_key};

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
    /// Further batches of records, each stored once; at most [`WAVES_MAX`]. `puts` leaves them alone, reads
    /// and removals choose among all that was stored.
    pub waves: Vec<Wave>,
    /// Removals.
    pub deletes: Option<Deletes>,
    /// Range queries.
    pub ranges: Option<Ranges>,
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
    /// How long after its last store a publisher leaves and never comes back; longer than zero. `None`:
    /// publishers come and go as all others. Bootstrap nodes never leave, so where publishers do, none
    /// of them is one.
    pub publisher_leaves: Option<Span>,
}

/// A further batch of records, such as keys that are distributed otherwise than those before.
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    /// When the first may be stored.
    pub at: Time,
    /// Over how long the stores are spread, evenly.
    pub over: Span,
    /// How many records it has.
    pub count: u32,
    /// Where their names lie; `None`: keys are uniform over all 256 bits.
    pub key_set: Option<KeySet>,
}

/// Removals. Each chooses evenly among the records stored before, whether removed since or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletes {
    /// How often.
    pub rate: Rate,
    /// A record is removed only when its first store began at least so long ago.
    pub lag: Span,
}

/// Range queries over the names of the records stored before.
///
/// In order of names, each begins at any of them that has `keys - 1` behind it, evenly chosen; where
/// fewer than `keys` were stored, it covers them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranges {
    /// How often.
    pub rate: Rate,
    /// How many stored records a query covers at the time when it is asked.
    pub keys: u32,
    /// How it says where it ends.
    pub mode: RangeMode,
    /// A record counts as stored when its first store began at least so long ago.
    pub lag: Span,
}

/// How a range query says where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeMode {
    /// By its largest name.
    Bounds,
    /// By a number of records.
    Count,
}

/// The records of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Records {
    /// How many there are.
    pub count: u32,
    /// The length of the shortest value, in bytes.
    pub bytes_min: u32,
    /// The length of the longest; each record draws its own, evenly.
    pub bytes_max: u32,
    /// Values, or provider announcements.
    pub kind: RecordKind,
    /// Where their names lie; `None`: keys are uniform over all 256 bits.
    pub key_set: Option<KeySet>,
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
        let kind = RecordKind::Value;
        Self { count: 1_000, bytes_min: 1_024, bytes_max: 1_024, kind, key_set: None }
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
            waves: Vec::new(),
            deletes: None,
            ranges: None,
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
    #[error("there are 1 to {} records, waves included", Zipf::RANKS_MAX)]
    Records,
    /// Too many waves, or one of no record.
    #[error("there are at most {WAVES_MAX} waves, each of at least one record")]
    Waves,
    /// A range query that covers nothing.
    #[error("a range query covers at least one record")]
    RangeKeys,
    /// Provider announcements are neither removed nor read in order.
    #[error("removals and range queries speak of values, not of providers")]
    Providers,
    /// A key set out of range, or without enough names.
    #[error(transparent)]
    KeySet(#[from] KeySetError),
    /// The lengths of values are in the wrong order.
    #[error("the shortest value is at most as long as the longest")]
    Bytes,
    /// An exponent is out of range.
    #[error("an exponent of popularity is between 0 and {}", Zipf::EXPONENT_MAX)]
    Exponent,
    /// Reads of what nobody stores.
    #[error("reads and removals ask for what was stored before: state `puts`, `publish` or a wave")]
    NothingToRead,
    /// A publisher would leave before it could send anything.
    #[error("a publisher leaves some time after its store: longer than zero")]
    PublisherLeaves,
    /// More operations than numbers.
    #[error("more than {} operations; lower a rate or the duration", OpId::MAX_COUNT)]
    TooMany,
}

/// The most waves of a workload.
pub const WAVES_MAX: usize = 32;

impl WorkloadSpec {
    /// Checks the ranges of all parameters.
    ///
    /// # Errors
    /// Names what is out of range.
    pub fn validate(&self) -> Result<(), WorkloadError> {
        for rate in self.rates() {
            let (Rate::PerNode { every } | Rate::Network { every }) = rate;
            if every == Span::ZERO {
                return Err(WorkloadError::Rate);
            }
        }
        self.validate_records()?;
        if self.publish.is_some_and(|publish| publish.publisher_leaves == Some(Span::ZERO)) {
            return Err(WorkloadError::PublisherLeaves);
        }
        for popularity in
            [self.searched(), self.gets.map(|gets| gets.popularity)].into_iter().flatten()
        {
            let Popularity::Zipf { exponent } = popularity else { continue };
            if !(0.0..=Zipf::EXPONENT_MAX).contains(&exponent) {
                return Err(WorkloadError::Exponent);
            }
        }
        if self.ranges.is_some_and(|ranges| ranges.keys == 0) {
            return Err(WorkloadError::RangeKeys);
        }
        let reads = self.gets.is_some() || self.deletes.is_some() || self.ranges.is_some();
        let stores = self.stores_records() || !self.waves.is_empty();
        if reads && !stores { Err(WorkloadError::NothingToRead) } else { Ok(()) }
    }

    fn validate_records(&self) -> Result<(), WorkloadError> {
        let ordered = self.deletes.is_some() || self.ranges.is_some();
        if ordered && self.records.kind == RecordKind::Provider {
            return Err(WorkloadError::Providers);
        }
        let named = self.stores_records() || self.searched().is_some();
        if named && self.records.count == 0 {
            return Err(WorkloadError::Records);
        }
        if self.waves.len() > WAVES_MAX || self.waves.iter().any(|wave| wave.count == 0) {
            return Err(WorkloadError::Waves);
        }
        if self.records_in_all() > u64::from(Zipf::RANKS_MAX) {
            return Err(WorkloadError::Records);
        }
        if self.records.bytes_min > self.records.bytes_max {
            return Err(WorkloadError::Bytes);
        }
        let sets = self.waves.iter().filter_map(|wave| wave.key_set.as_ref());
        for set in self.records.key_set.iter().chain(sets) {
            set.validate()?;
        }
        Ok(())
    }

    /// Every rate that is stated.
    fn rates(&self) -> impl Iterator<Item = Rate> {
        let rates = [
            self.lookups.map(|part| part.rate),
            self.puts,
            self.gets.map(|part| part.rate),
            self.deletes.map(|part| part.rate),
            self.ranges.map(|part| part.rate),
        ];
        rates.into_iter().flatten()
    }

    /// Are the records stored by anything? Waves have their own.
    const fn stores_records(&self) -> bool {
        self.puts.is_some() || self.publish.is_some()
    }

    /// How searches choose among the records, if they do.
    const fn searched(&self) -> Option<Popularity> {
        match self.lookups {
            Some(Lookups { target: Target::Record(popularity), .. }) => Some(popularity),
            _ => None,
        }
    }

    /// The records of the workload, where it speaks of them, and those of all waves.
    fn records_in_all(&self) -> u64 {
        let named = self.stores_records() || self.searched().is_some();
        let own = if named { u64::from(self.records.count) } else { 0 };
        self.waves.iter().fold(own, |sum, wave| sum + u64::from(wave.count))
    }

    /// How many operations a run of a steady population of `nodes` has on average.
    pub fn operations_expected(&self, nodes: u32, duration: Span) -> u64 {
        let published = self.publish.map_or(0, |_| u64::from(self.records.count));
        let batches = self.waves.iter().fold(published, |sum, wave| sum + u64::from(wave.count));
        self.rates().fold(batches, |sum, rate| {
            let (nodes, every) = match rate {
                Rate::PerNode { every } => (u128::from(nodes), every),
                Rate::Network { every } => (1, every),
            };
            let every = u128::from(every.as_nanos().max(1));
            let count = nodes * u128::from(duration.as_nanos()) / every;
            sum.saturating_add(u64::try_from(count).unwrap_or(u64::MAX))
        })
    }
}

#[cfg(test)]
mod tests;
