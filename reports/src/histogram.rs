//! A distribution over all operations, failures included, as `hist.csv` tells it. Histograms of several
//! runs add up.

use std::collections::BTreeMap;

use crate::num;
use crate::recorded::BinRow;

/// The values of the operations that ended well, in bins, and the number of all operations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    bins: Vec<Bin>,
    ok: u64,
    n: u64,
}

/// So many values from `lo` to below `hi`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// The smallest value in it.
    pub lo: f64,
    /// All values are below.
    pub hi: f64,
    /// So many.
    pub count: u64,
}

impl Bin {
    /// Its geometric middle, or the middle of one that begins at 0: within 2.5 % of every latency in it.
    fn middle(self) -> f64 {
        if self.lo > 0.0 { libm::sqrt(self.lo * self.hi) } else { f64::midpoint(self.lo, self.hi) }
    }

    /// Which share of it is below `x`, on the scale on which it is drawn.
    fn below(self, x: f64) -> f64 {
        let share = if self.lo > 0.0 {
            libm::log(x / self.lo) / libm::log(self.hi / self.lo)
        } else {
            (x - self.lo) / (self.hi - self.lo)
        };
        share.clamp(0.0, 1.0)
    }
}

impl Histogram {
    /// Of these rows, which are of one metric in one phase, of any runs.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a BinRow>) -> Self {
        let mut counts: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        let mut all = Self::default();
        for row in rows {
            all.n += row.count;
            if let (Some(lo), Some(hi), "ok") = (row.bin_lo, row.bin_hi, &*row.group)
                && lo >= 0.0
                && hi > lo
            {
                // Not negative, so their bits are in their order.
                *counts.entry(((lo + 0.0).to_bits(), hi.to_bits())).or_default() += row.count;
                all.ok += row.count;
            }
        }
        let bin = |((lo, hi), count)| Bin { lo: f64::from_bits(lo), hi: f64::from_bits(hi), count };
        all.bins = counts.into_iter().map(bin).collect();
        all
    }

    /// All operations.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Those that ended well.
    pub fn ok(&self) -> u64 {
        self.ok
    }

    /// Their values, by size.
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// The share of all operations that ended well: where the curve ends.
    pub fn plateau(&self) -> f64 {
        if self.n == 0 { 0.0 } else { num::float(self.ok) / num::float(self.n) }
    }

    /// Share of all operations that ended well within `x`; within a bin, values are taken to lie evenly.
    pub fn at(&self, x: f64) -> f64 {
        let before = self.bins.partition_point(|bin| bin.hi <= x);
        let whole: u64 = self.bins[..before].iter().map(|bin| bin.count).sum();
        let part = self.bins.get(before).filter(|bin| bin.lo < x);
        let part = part.map_or(0.0, |bin| num::float(bin.count) * bin.below(x));
        if self.n == 0 { 0.0 } else { (num::float(whole) + part) / num::float(self.n) }
    }

    /// The percentile over all operations by nearest rank, to the middle of its bin; `None` among the
    /// failures.
    pub fn percentile(&self, percent: u32) -> Option<f64> {
        let rank = (u128::from(self.n) * u128::from(percent)).div_ceil(100).max(1);
        let mut seen = 0;
        let found = self.bins.iter().find(|bin| {
            seen += u128::from(bin.count);
            seen >= rank
        });
        found.map(|bin| bin.middle())
    }

    /// From where to where the values lie.
    pub fn range(&self) -> Option<(f64, f64)> {
        Some((self.bins.first()?.lo, self.bins.last()?.hi))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bins;
    use crate::stats;

    fn row(group: &str, bin: Option<(f64, f64)>, count: u64) -> BinRow {
        BinRow {
            phase: "measure".into(),
            metric: "lookup.latency_ms".into(),
            group: group.into(),
            bin_lo: bin.map(|b| b.0),
            bin_hi: bin.map(|b| b.1),
            count,
            unit: "ms".into(),
        }
    }

    fn of_latencies(ok: &[f64], failed: u64) -> Histogram {
        let edges = bins::latency_edges();
        let mut rows = vec![row("timeout", None, failed)];
        for ms in ok {
            let bin = bins::bin(&edges, *ms);
            rows.push(row("ok", Some((edges[bin], edges[bin + 1])), 1));
        }
        Histogram::of(&rows)
    }

    #[test]
    fn the_curve_plateaus_at_the_success_ratio() {
        let rows = [
            row("ok", Some((10.0, 20.0)), 2),
            row("ok", Some((40.0, 80.0)), 1),
            row("timeout", Some((40.0, 80.0)), 1),
            row("origin_left", None, 4),
        ];
        let histogram = Histogram::of(&rows);
        assert_eq!((histogram.n(), histogram.ok()), (8, 3));
        assert_eq!(histogram.range(), Some((10.0, 80.0)));
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} against {b}");
        near(histogram.plateau(), 0.375);
        near(histogram.at(10.0), 0.0);
        near(histogram.at(libm::sqrt(200.0)), 0.125);
        near(histogram.at(20.0), 0.25);
        near(histogram.at(1e9), 0.375);
        assert_eq!(histogram.percentile(50), None);
        assert_eq!(Histogram::default().percentile(50), None);
    }

    proptest! {
        /// What is read from bins is within 2.5 % of the value itself, and the same however runs are pooled.
        #[test]
        fn percentiles_are_within_two_and_a_half_percent(
            logs in prop::collection::vec(-0.9..7.0_f64, 1..300), failed in 0..50_u64,
            percent in 1..=100_u32,
        ) {
            let mut ok: Vec<f64> = logs.iter().map(|log| libm::pow(10.0, *log)).collect();
            let histogram = of_latencies(&ok, failed);
            stats::sort(&mut ok);
            let n = ok.len() + usize::try_from(failed).unwrap();
            let exact = stats::percentile_censored(&ok, n, percent);
            let read = histogram.percentile(percent);
            prop_assert_eq!(exact.is_some(), read.is_some());
            if let (Some(exact), Some(read)) = (exact, read) {
                prop_assert!((read / exact - 1.0).abs() <= 0.025, "{} against {}", read, exact);
            }
        }
    }
}
