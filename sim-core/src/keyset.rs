//! Key sets: the names of the records of a run, for experiments in which the order of names matters.
//!
//! A key set says how names lie in the range of 64 bits; whoever stores them decides what a name
//! means. Every name is a whole number and all names of one draw differ, so that sets can be counted
//! without ties. Floats shape the laws inside this module and never leave it; `exp`, `pow` and the
//! normal quantile come from `libm` and [`dist::normal`](crate::dist::normal).
#![expect(
    clippy::float_arithmetic,
    reason = "the shapes of the laws; every name is a whole number before it leaves"
)]

mod sample;
pub mod sosd;

use std::sync::Arc;

use thiserror::Error;

use crate::seed::{Draw, Stream};

/// The factor between a lognormal variate and a name. At 2^38 the names of `mu = 0, sigma = 2` start
/// near 10^7 and end near 10^15 for a million records: few are equal, and a `mu` greater by 1 moves
/// every name to 2.7 times its place instead of being scaled away.
pub const LOGNORMAL_UNIT: u64 = 1 << 38;

/// The distance of neighbours in [`KeySet::Sequential`] while there is room.
pub const SEQUENTIAL_STRIDE: u64 = 1 << 24;

/// How often the duplicates of a draw are drawn again, all together, before the set is refused.
pub const REDRAWS_MAX: u32 = 16;

/// How the names of the records lie in the 64-bit range.
#[derive(Clone, Debug, PartialEq)]
pub enum KeySet {
    /// Uniform over all names.
    Uniform,
    /// Normal; what falls outside of the range is drawn again.
    Normal {
        /// The mean, as a share of the range: 0 to 1.
        mean: f64,
        /// The standard deviation, as a share of the range: 1e-9 to 1.
        sd: f64,
    },
    /// Lognormal: [`LOGNORMAL_UNIT`]` * exp(mu + sigma * Z)`; what falls outside is drawn again.
    LogNormal {
        /// The mean of the logarithm: -10 to 10.
        mu: f64,
        /// The standard deviation of the logarithm: 0.01 to 4. The range-query literature uses 2 for
        /// 64-bit names (the SOSD benchmark).
        sigma: f64,
    },
    /// Gaussian clusters around uniform centres. The records are dealt out evenly, so all clusters
    /// have equally many, plus or minus one.
    Clusters {
        /// How many: 1 to 1 000 000. Experiments use 50.
        count: u32,
        /// The standard deviation of each, as a share of the range: 1e-12 to 1. Tight is 0.001.
        width: f64,
    },
    /// The gaps between neighbours follow a Zipf law by rank, in random order: the `r`-th largest of
    /// all gaps is `r^-exponent` of the largest. Together they fill the lower half of the range.
    ///
    /// (Gaps drawn independently with `P(gap = g) ~ g^-exponent` are rougher: with 1.5, 200,000 keys
    /// and a thousand quantile leaves they give a Gini coefficient of .29 over 500 hosts of 10
    /// virtual nodes, where these give the published .25.)
    ZipfGaps {
        /// `s`: 0.1 to 4. Experiments use 1.5: a few huge gaps between dense runs.
        exponent: f64,
    },
    /// A time series: ascending, above all that was there before.
    Sequential,
    /// Against learners: dense runs of consecutive names at even distances, nothing between them.
    Step {
        /// How many runs: 1 to 1 000 000. Two are the worst for a linear root.
        plateaus: u32,
    },
    /// Drawn without replacement from names that somebody measured. Duplicates count once.
    Given(Arc<[u64]>),
}

/// Why a key set cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeySetError {
    /// A parameter outside its permitted range.
    #[error("{set}: {parameter} = {value} is not permitted; it must be {permitted}")]
    Parameter {
        /// The name of the key set.
        set: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: String,
        /// What is permitted.
        permitted: &'static str,
    },
    /// Fewer different names than records.
    #[error("{set}: {asked} records need names, but there are only {there} different ones")]
    TooFew {
        /// The name of the key set.
        set: &'static str,
        /// How many records there are.
        asked: usize,
        /// How many different names.
        there: usize,
    },
    /// The law is so narrow that duplicates remained after [`REDRAWS_MAX`] rounds.
    #[error(
        "{set}: {left} of {asked} names are still duplicates after {REDRAWS_MAX} rounds; widen the law"
    )]
    Crowded {
        /// The name of the key set.
        set: &'static str,
        /// How many records there are.
        asked: usize,
        /// How many of them have no name of their own.
        left: usize,
    },
    /// No room above the largest name so far.
    #[error("{asked} names do not fit above {above}")]
    Full {
        /// How many records there are.
        asked: usize,
        /// The largest name so far.
        above: u64,
    },
}

impl KeySet {
    /// The name in scenario files.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Normal { .. } => "normal",
            Self::LogNormal { .. } => "lognormal",
            Self::Clusters { .. } => "clusters",
            Self::ZipfGaps { .. } => "zipf-gaps",
            Self::Sequential => "sequential",
            Self::Step { .. } => "step",
            Self::Given(_) => "given",
        }
    }

    /// Checks every parameter against its permitted range.
    ///
    /// # Errors
    /// Names the first parameter that is out of range, its value, and what is permitted.
    pub fn validate(&self) -> Result<(), KeySetError> {
        match *self {
            Self::Normal { mean, sd } => {
                self.check("mean", mean, 0.0, 1.0, "between 0 and 1")?;
                self.check("sd", sd, 1e-9, 1.0, "between 1e-9 and 1")
            }
            Self::LogNormal { mu, sigma } => {
                self.check("mu", mu, -10.0, 10.0, "between -10 and 10")?;
                self.check("sigma", sigma, 0.01, 4.0, "between 0.01 and 4")
            }
            Self::Clusters { count, width } => {
                self.check("count", f64::from(count), 1.0, 1e6, "between 1 and 1000000")?;
                self.check("width", width, 1e-12, 1.0, "between 1e-12 and 1")
            }
            Self::ZipfGaps { exponent } => {
                self.check("exponent", exponent, 0.1, 4.0, "between 0.1 and 4")
            }
            Self::Step { plateaus } => {
                self.check("plateaus", f64::from(plateaus), 1.0, 1e6, "between 1 and 1000000")
            }
            Self::Given(ref names) if names.is_empty() => {
                Err(self.refusal("names", "0".to_owned(), "at least one"))
            }
            Self::Uniform | Self::Sequential | Self::Given(_) => Ok(()),
        }
    }

    fn check(
        &self,
        parameter: &'static str,
        value: f64,
        low: f64,
        high: f64,
        permitted: &'static str,
    ) -> Result<(), KeySetError> {
        if (low..=high).contains(&value) {
            Ok(())
        } else {
            Err(self.refusal(parameter, value.to_string(), permitted))
        }
    }

    const fn refusal(
        &self,
        parameter: &'static str,
        value: String,
        permitted: &'static str,
    ) -> KeySetError {
        KeySetError::Parameter { set: self.name(), parameter, value, permitted }
    }

    /// `count` different names, in the order in which records are numbered: a random order, except
    /// that sequential names ascend.
    ///
    /// `above` is the largest name there is already; sequential names continue from it, the other
    /// sets ignore it (and may therefore name an earlier record again).
    ///
    /// # Errors
    /// A parameter out of range, a law too narrow for `count` names, fewer given names than `count`,
    /// or no room above `above`.
    pub fn draw(
        &self,
        stream: &mut Stream,
        count: usize,
        above: Option<u64>,
    ) -> Result<Vec<u64>, KeySetError> {
        self.validate()?;
        match *self {
            Self::Uniform => self.distinct(stream, count, |stream, _| stream.next_u64()),
            Self::Normal { mean, sd } => {
                self.distinct(stream, count, |stream, _| sample::normal(mean, sd, stream))
            }
            Self::LogNormal { mu, sigma } => {
                self.distinct(stream, count, |stream, _| sample::lognormal(mu, sigma, stream))
            }
            Self::Clusters { count: clusters, width } => {
                let centres: Vec<f64> = (0..clusters).map(|_| sample::share(stream)).collect();
                let mut names = self.distinct(stream, count, |stream, index| {
                    sample::normal(centres[index % centres.len()], width, stream)
                })?;
                stream.shuffle(&mut names);
                Ok(names)
            }
            Self::ZipfGaps { exponent } => Ok(sample::zipf_gaps(exponent, count, stream)),
            Self::Sequential => sample::sequential(count, above),
            Self::Step { plateaus } => Ok(sample::step(plateaus, count, stream)),
            Self::Given(ref names) => self.given(names, stream, count),
        }
    }

    /// Independent draws by `one`, which is told the record's index; duplicates are drawn again.
    fn distinct(
        &self,
        stream: &mut Stream,
        count: usize,
        one: impl Fn(&mut Stream, usize) -> u64,
    ) -> Result<Vec<u64>, KeySetError> {
        let mut names: Vec<u64> = (0..count).map(|index| one(stream, index)).collect();
        let mut left = sample::duplicates(&names);
        for _ in 0..REDRAWS_MAX {
            if left.is_empty() {
                return Ok(names);
            }
            for &index in &left {
                names[index] = one(stream, index);
            }
            left = sample::duplicates(&names);
        }
        if left.is_empty() {
            return Ok(names);
        }
        Err(KeySetError::Crowded { set: self.name(), asked: count, left: left.len() })
    }

    /// `count` of `names` without replacement.
    fn given(
        &self,
        names: &[u64],
        stream: &mut Stream,
        count: usize,
    ) -> Result<Vec<u64>, KeySetError> {
        let mut pool = names.to_vec();
        pool.sort_unstable();
        pool.dedup();
        if pool.len() < count {
            return Err(KeySetError::TooFew { set: self.name(), asked: count, there: pool.len() });
        }
        for place in 0..count {
            let other = place + stream.index(pool.len() - place);
            pool.swap(place, other);
        }
        pool.truncate(count);
        Ok(pool)
    }
}

#[cfg(test)]
mod tests;
