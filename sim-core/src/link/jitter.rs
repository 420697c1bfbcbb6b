//! Jitter: how much one message's delay departs from the base delay of its pair.

use crate::dist::Law;
use crate::ratio::Ratio;
use crate::time::Span;

/// How delays vary from message to message. Every kind has a least factor, so that a lower bound on
/// the base delay stays one on the delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jitter {
    /// Not at all.
    None,
    /// Evenly between `1 - share` and `1 + share` times the base delay.
    Uniform {
        /// The largest departure, below 1.
        share: Ratio,
    },
    /// Longer by a lognormal share of the base delay; never shorter.
    LogNormal {
        /// The median of that share.
        share: Ratio,
        /// The standard deviation of its logarithm.
        sigma: f64,
    },
}

impl Jitter {
    /// What pings between 242 cities show: a deviation of 0.57 % of the round trip at the median and
    /// of 7.8 % at the ninetieth percentile.
    pub const MEASURED: Self =
        Self::LogNormal { share: Ratio::from_millionths(5_700), sigma: 2.04 };

    /// Checks the ranges of the parameters.
    ///
    /// # Errors
    /// Says what is permitted.
    pub fn validate(&self) -> Result<(), &'static str> {
        match *self {
            Self::Uniform { share } if share.is_one() => Err("uniform jitter is below 100%"),
            Self::LogNormal { sigma, .. } if !(0.0..=4.0).contains(&sigma) => {
                Err("the sigma of lognormal jitter is between 0 and 4")
            }
            _ => Ok(()),
        }
    }
}

/// Entries of a table of quantiles.
pub(super) const QUANTILES: u32 = 1 << QUANTILE_BITS;
const QUANTILE_BITS: u32 = 12;

/// The entry that uniform `bits` select.
pub(super) const fn quantile_index(bits: u64) -> usize {
    (bits >> (64 - QUANTILE_BITS)) as usize
}

/// Factors are fixed-point numbers with 32 bits after the point.
const POINT: u32 = 32;
const ONE: u64 = 1 << POINT;
/// No delay grows more than a thousandfold.
const FACTOR_MAX: u64 = 1_000 * ONE;

/// Jitter made ready: integers only.
#[derive(Clone, Debug)]
pub(super) enum Factors {
    One,
    Between { low: u64, width: u64 },
    Table(Vec<u64>),
}

impl Factors {
    pub(super) fn new(jitter: Jitter) -> Self {
        match jitter {
            Jitter::None => Self::One,
            Jitter::Uniform { share } => {
                let departure = share.of(ONE);
                Self::Between { low: ONE - departure, width: 2 * departure }
            }
            Jitter::LogNormal { share: median, sigma } => {
                // The law is drawn in fixed point as if its unit were a nanosecond.
                let law = Law::LogNormal { median: Span::from_nanos(median.of(ONE)), sigma };
                let above = law.quantiles(QUANTILES).into_iter().map(Span::as_nanos);
                Self::Table(above.map(|x| ONE.saturating_add(x).min(FACTOR_MAX)).collect())
            }
        }
    }

    /// The delay of a message with this `base`.
    pub(super) fn apply(&self, base: Span, draw: u64) -> Span {
        match self {
            Self::One => base,
            Self::Between { low, width } => times(base, low + scaled(*width, draw)),
            Self::Table(factors) => times(base, factors[quantile_index(draw)]),
        }
    }

    /// The least delay of any message with this `base`.
    pub(super) fn least(&self, base: Span) -> Span {
        match self {
            Self::One => base,
            Self::Between { low, .. } => times(base, *low),
            Self::Table(factors) => times(base, factors[0]),
        }
    }
}

/// `value * bits / 2^64`: an even share of `value`.
pub(super) fn scaled(value: u64, bits: u64) -> u64 {
    ((u128::from(value) * u128::from(bits)) >> 64) as u64
}

fn times(base: Span, factor: u64) -> Span {
    let product = (u128::from(base.as_nanos()) * u128::from(factor)) >> POINT;
    Span::from_nanos(u64::try_from(product).unwrap_or(u64::MAX))
}
