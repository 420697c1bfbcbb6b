//! Workload: what the nodes are asked to do and when, the same for every protocol.
//!
//! Operations are open loop: their times are fixed before the run and do not wait for answers. Each
//! kind has its own streams, so that a rate added or changed leaves the times and targets of the other
//! kinds as they were.

mod draw;

use thiserror::Error;

use crate::dist::zipf::Zipf;
use crate::op::OpId;
use crate::time::{Span, Time};
pub(crate) use draw::{Drawn, Stage};

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
    /// How long after its last store a publisher leaves and never comes back; longer than zero. `None`:
    /// publishers come and go as all others. Bootstrap nodes never leave, so where publishers do, none
    /// of them is one.
    pub publisher_leaves: Option<Span>,
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
    /// A publisher would leave before it could send anything.
    #[error("a publisher leaves some time after its store: longer than zero")]
    PublisherLeaves,
    /// More operations than numbers.
    #[error("more than {} operations; lower a rate or the duration", OpId::MAX_COUNT)]
    TooMany,
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
        if self.publish.is_some_and(|publish| publish.publisher_leaves == Some(Span::ZERO)) {
            return Err(WorkloadError::PublisherLeaves);
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

    /// How many operations a run of a steady population of `nodes` has on average.
    pub fn operations_expected(&self, nodes: u32, duration: Span) -> u64 {
        let rates = [self.lookups.map(|l| l.rate), self.puts, self.gets.map(|g| g.rate)];
        let published = self.publish.map_or(0, |_| u64::from(self.records.count));
        rates.into_iter().flatten().fold(published, |sum, rate| {
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
