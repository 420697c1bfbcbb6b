//! Zipf's law over ranks: rank `r` (from 1) with weight `r^-exponent`.

use crate::dist::special::float;
use crate::seed::Draw;
use crate::time::Span;

/// A table of cumulated integer weights, so that each draw is exact with respect to the table and
/// needs no float.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zipf {
    /// `cumulated[r]` is the weight of ranks `0..=r`; strictly ascending.
    cumulated: Vec<u64>,
}

/// The weight of the first rank, unless there are so many ranks that their sum could leave 64 bits.
const FIRST: u64 = 1 << 47;

impl Zipf {
    /// The largest permitted exponent; steeper laws ask for the first rank almost only.
    pub const EXPONENT_MAX: f64 = 4.0;

    /// The largest permitted number of ranks.
    pub const RANKS_MAX: u32 = 1 << 26;

    /// The law over `ranks` ranks; exponent 0 is uniform. `None` when there are no ranks, more than
    /// [`RANKS_MAX`](Self::RANKS_MAX), or the exponent is not between 0 and
    /// [`EXPONENT_MAX`](Self::EXPONENT_MAX).
    pub fn new(ranks: u32, exponent: f64) -> Option<Self> {
        if ranks == 0 || ranks > Self::RANKS_MAX || !(0.0..=Self::EXPONENT_MAX).contains(&exponent)
        {
            return None;
        }
        let first = float(FIRST.min(u64::MAX / 4 / u64::from(ranks)));
        let mut sum = 0;
        let cumulated = (1..=ranks)
            .map(|rank| {
                let weight = first * libm::pow(f64::from(rank), -exponent);
                sum += crate::dist::span(weight).max(Span::from_nanos(1)).as_nanos();
                sum
            })
            .collect();
        Some(Self { cumulated })
    }

    /// How many ranks there are.
    pub fn ranks(&self) -> u32 {
        u32::try_from(self.cumulated.len()).unwrap_or(u32::MAX)
    }

    /// A rank from 0, the most popular.
    pub fn sample(&self, draw: &mut impl Draw) -> u32 {
        self.sample_among(self.ranks(), draw)
    }

    /// A rank from 0 to `ranks` exclusive: the law restricted to its first `ranks` ranks.
    ///
    /// # Panics
    /// When `ranks` is zero or more than there are.
    pub fn sample_among(&self, ranks: u32, draw: &mut impl Draw) -> u32 {
        let cumulated = &self.cumulated[..ranks as usize];
        let point = draw.below(*cumulated.last().expect("a law over no ranks"));
        u32::try_from(cumulated.partition_point(|sum| *sum <= point)).unwrap_or(u32::MAX)
    }
}
