//! Integer histograms that merge exactly: whatever the threads, the bins are the same.

use crate::ratio::Ratio;

/// A histogram with bins of equal relative width.
///
/// Values below `2^precision` have a bin each; above, each doubling is divided into `2^precision`
/// bins, so that a value read from a bin is off by less than one part in `2^(precision + 1)`. Count,
/// sum, least and greatest are exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    precision: u32,
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
    /// The counts of each doubling, from the exact values on; empty where nothing fell.
    doublings: Vec<Vec<u64>>,
}

/// A bin: `lo..=hi` and how many values fell into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// The least value of the bin.
    pub lo: u64,
    /// The greatest value of the bin.
    pub hi: u64,
    /// How many values.
    pub count: u64,
}

/// Bins narrower than 0.1 % of their values.
pub const PRECISION_DEFAULT: u32 = 10;

impl Default for Histogram {
    fn default() -> Self {
        Self::new(PRECISION_DEFAULT)
    }
}

impl Histogram {
    /// An empty histogram whose bins are `2^-precision` of their values wide.
    ///
    /// # Panics
    /// When `precision` is above 16, which would take 25 MB.
    pub fn new(precision: u32) -> Self {
        assert!(precision <= 16, "a histogram of more than 16 bits");
        Self { precision, count: 0, sum: 0, min: u64::MAX, max: 0, doublings: Vec::new() }
    }

    /// Counts `value`.
    pub fn record(&mut self, value: u64) {
        self.record_many(value, 1);
    }

    /// Counts `value` `times` times.
    pub fn record_many(&mut self, value: u64, times: u64) {
        if times == 0 {
            return;
        }
        let (doubling, bin) = self.place(value);
        if self.doublings.len() <= doubling {
            self.doublings.resize_with(doubling + 1, Vec::new);
        }
        let bins = &mut self.doublings[doubling];
        if bins.is_empty() {
            bins.resize(1 << self.precision, 0);
        }
        bins[bin] += times;
        self.count += times;
        self.sum += u128::from(value) * u128::from(times);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Adds what `other` counted.
    ///
    /// # Panics
    /// When the two have different precisions.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.precision, other.precision, "histograms of different precision");
        if self.doublings.len() < other.doublings.len() {
            self.doublings.resize_with(other.doublings.len(), Vec::new);
        }
        for (mine, theirs) in self.doublings.iter_mut().zip(&other.doublings) {
            if mine.is_empty() {
                mine.clone_from(theirs);
            } else {
                mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
            }
        }
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The exact sum of all values.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The exact least value.
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }

    /// The exact greatest value.
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// The exact mean, rounded down.
    pub fn mean(&self) -> Option<u64> {
        let mean = self.sum.checked_div(u128::from(self.count))?;
        u64::try_from(mean).ok()
    }

    /// The value of nearest rank: the least one that at least the share `q` of all values do not
    /// exceed, to within the width of its bin. The shares 0 and 1 give the exact least and greatest.
    pub fn quantile(&self, q: Ratio) -> Option<u64> {
        let parts = u128::from(self.count) * u128::from(q.numerator());
        let rank = parts.div_ceil(u128::from(q.denominator())).max(1);
        let mut seen = 0;
        let bin = self.bins().find(|bin| {
            seen += u128::from(bin.count);
            seen >= rank
        })?;
        if q.is_zero() {
            return self.min();
        }
        if rank == u128::from(self.count) {
            return self.max();
        }
        Some(bin.lo.midpoint(bin.hi).clamp(self.min, self.max))
    }

    /// The bins that are not empty, in ascending order.
    pub fn bins(&self) -> impl Iterator<Item = Bin> {
        self.doublings.iter().enumerate().flat_map(move |(doubling, bins)| {
            bins.iter().enumerate().filter(|(_, count)| **count > 0).map(move |(bin, count)| {
                let (lo, hi) = self.range(doubling, bin);
                Bin { lo, hi, count: *count }
            })
        })
    }

    /// The doubling and the bin in it that `value` falls into. Doubling 0 are the exact values;
    /// doubling `d` begins at `2^(precision + d - 1)` with bins `2^(d - 1)` wide.
    fn place(&self, value: u64) -> (usize, usize) {
        let bits = u64::BITS - value.leading_zeros();
        let doubling = bits.saturating_sub(self.precision);
        let bin =
            if doubling == 0 { value } else { (value >> (doubling - 1)) - (1 << self.precision) };
        (doubling as usize, usize::try_from(bin).unwrap_or(usize::MAX))
    }

    fn range(&self, doubling: usize, bin: usize) -> (u64, u64) {
        if doubling == 0 {
            return (bin as u64, bin as u64);
        }
        let shift = doubling - 1;
        let lo = ((1_u64 << self.precision) + bin as u64) << shift;
        (lo, lo + ((1 << shift) - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filled(precision: u32, values: &[u64]) -> Histogram {
        let mut histogram = Histogram::new(precision);
        for value in values {
            histogram.record(*value);
        }
        histogram
    }

    /// Values of all magnitudes.
    fn values() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec((any::<u64>(), 0..64_u32).prop_map(|(v, shift)| v >> shift), 1..300)
    }

    proptest! {
        #[test]
        fn quantiles_agree_with_the_sorted_values(
            mut all in values(), precision in 0..=12_u32, n in 0..=100_u64,
        ) {
            let histogram = filled(precision, &all);
            all.sort_unstable();
            let rank = (all.len() as u64 * n).div_ceil(100).max(1);
            let exact = all[usize::try_from(rank - 1).unwrap()];
            let read = histogram.quantile(Ratio::new(n, 100).unwrap()).unwrap();
            prop_assert!(read.abs_diff(exact) <= exact >> precision, "{read} {exact}");
            prop_assert_eq!(histogram.count(), all.len() as u64);
            prop_assert_eq!(histogram.sum(), all.iter().map(|v| u128::from(*v)).sum::<u128>());
            prop_assert_eq!(histogram.min(), all.first().copied());
            prop_assert_eq!(histogram.max(), all.last().copied());
            for bin in histogram.bins() {
                let inside = all.iter().filter(|v| (bin.lo..=bin.hi).contains(v)).count();
                prop_assert_eq!(bin.count, inside as u64);
            }
        }

        #[test]
        fn merging_equals_counting_together(a in values(), b in values()) {
            let mut merged = filled(10, &a);
            merged.merge(&filled(10, &b));
            let mut other = filled(10, &b);
            other.merge(&filled(10, &a));
            let together = filled(10, &[a, b].concat());
            prop_assert_eq!(&merged, &together);
            prop_assert_eq!(&other, &together);
        }
    }

    #[test]
    fn an_empty_histogram_has_no_quantiles() {
        let empty = Histogram::default();
        assert_eq!((empty.quantile(Ratio::ONE), empty.mean(), empty.min()), (None, None, None));
        assert_eq!(empty.bins().count(), 0);
    }

    #[test]
    fn small_values_are_exact() {
        let histogram = filled(PRECISION_DEFAULT, &[1, 2, 2, 3, 1_000]);
        let at = |percent| histogram.quantile(Ratio::new(percent, 100).unwrap()).unwrap();
        assert_eq!([at(0), at(20), at(50), at(61), at(99)], [1, 1, 2, 3, 1_000]);
    }
}
