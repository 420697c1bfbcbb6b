//! Means with their intervals, quantiles and inequality.

use serde::Serialize;

use crate::num;
use crate::student::t_two_sided;

/// The confidence of every interval that is printed or drawn.
pub const CONFIDENCE: f64 = 0.95;

/// The mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / num::float_len(values.len()))
}

/// The standard deviation of a sample (divisor n - 1); `None` below two values.
pub fn sd(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let centre = mean(values)?;
    let squares: f64 = values.iter().map(|v| (v - centre) * (v - centre)).sum();
    Some((squares / num::float_len(values.len() - 1)).sqrt())
}

/// A mean over seeds, with half the width of its Student-t interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean over seeds.
    pub mean: f64,
    /// Half the width of the interval; `None` with one seed, where nothing can be said.
    pub half_width: Option<f64>,
    /// Seeds.
    pub n: u64,
}

impl Estimate {
    /// From one value per seed; `None` without values.
    pub fn over_seeds(values: &[f64]) -> Option<Self> {
        let mean = mean(values)?;
        let n = values.len() as u64;
        let half_width =
            sd(values).map(|sd| t_two_sided(n - 1, CONFIDENCE) * sd / num::float(n).sqrt());
        Some(Self { mean, half_width, n })
    }

    /// `0.95 ± 0.01 (n = 10)`, or `0.95 (n = 1: no interval)`.
    pub fn say(&self) -> String {
        let mean = num::significant(self.mean, 4);
        match self.half_width {
            Some(half) => format!("{mean} ± {} (n = {})", num::significant(half, 2), self.n),
            None => format!("{mean} (n = 1: no interval)"),
        }
    }
}

/// Sorts floats; the order is total, so the result does not depend on the order of the input.
pub fn sort(values: &mut [f64]) {
    values.sort_unstable_by(f64::total_cmp);
}

/// The rank, from 1, of a percentile among `n` sorted values: the nearest-rank rule, in integers.
///
/// # Panics
/// When `percent` is above 100.
pub fn nearest_rank(n: usize, percent: u32) -> usize {
    assert!(percent <= 100, "a percentile above 100");
    (n * percent as usize).div_ceil(100).max(1)
}

/// The percentile of sorted values by nearest rank: always one of the values.
pub fn percentile(sorted: &[f64], percent: u32) -> Option<f64> {
    if sorted.is_empty() {
        return None;
    }
    sorted.get(nearest_rank(sorted.len(), percent) - 1).copied()
}

/// The percentile over `n` operations of which only `sorted.len()` ended well; the others took for
/// ever. `None` when the percentile falls among those.
///
/// # Panics
/// When there are more values than operations.
pub fn percentile_censored(sorted: &[f64], n: usize, percent: u32) -> Option<f64> {
    assert!(sorted.len() <= n, "more successes than operations");
    if n == 0 {
        return None;
    }
    sorted.get(nearest_rank(n, percent) - 1).copied()
}

/// What one node carried, and for how long it was there to carry it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Messages, bytes or keys.
    pub load: f64,
    /// Seconds in the network; equal for all nodes gives the textbook curve.
    pub weight: f64,
}

/// The Lorenz curve: cumulated share of node time against cumulated share of load, least loaded
/// first, from (0, 0) to (1, 1). Empty when nothing was carried.
///
/// Node time instead of nodes, so that a node that was there for a minute is not called idle.
pub fn lorenz(shares: &[Share]) -> Vec<(f64, f64)> {
    let mut kept: Vec<Share> = shares.iter().copied().filter(|s| s.weight > 0.0).collect();
    kept.sort_unstable_by(|a, b| {
        let order = (a.load / a.weight).total_cmp(&(b.load / b.weight));
        order.then(a.weight.total_cmp(&b.weight))
    });
    let load: f64 = kept.iter().map(|s| s.load).sum();
    let weight: f64 = kept.iter().map(|s| s.weight).sum();
    if load <= 0.0 || weight <= 0.0 {
        return Vec::new();
    }
    let mut at = (0.0, 0.0);
    let mut curve = vec![at];
    for share in &kept {
        at = (at.0 + share.weight / weight, at.1 + share.load / load);
        curve.push(at);
    }
    curve
}

/// The Gini coefficient: 0 when all carry the same per second, towards 1 when one carries all.
pub fn gini(shares: &[Share]) -> Option<f64> {
    let curve = lorenz(shares);
    if curve.is_empty() {
        return None;
    }
    let twice_area: f64 =
        curve.windows(2).map(|step| (step[1].0 - step[0].0) * (step[1].1 + step[0].1)).sum();
    Some((1.0 - twice_area).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal_time(loads: &[f64]) -> Vec<Share> {
        loads.iter().map(|&load| Share { load, weight: 10.0 }).collect()
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} against {b}");
    }

    #[test]
    fn one_seed_has_no_interval() {
        let one = Estimate::over_seeds(&[0.5]).unwrap();
        assert_eq!(one.half_width, None);
        assert_eq!(one.say(), "0.5000 (n = 1: no interval)");
        assert_eq!(Estimate::over_seeds(&[]), None);
    }

    /// Worked by hand: mean 3, sd sqrt(2.5), t(4) = 2.776445.
    #[test]
    fn interval_over_five_seeds() {
        let five = Estimate::over_seeds(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        near(five.mean, 3.0);
        let half = five.half_width.unwrap();
        assert!((half - 2.776_445 * 2.5_f64.sqrt() / 5.0_f64.sqrt()).abs() < 1e-5, "{half}");
    }

    #[test]
    fn percentiles_are_values_of_the_sample() {
        let sorted = [15.0, 20.0, 35.0, 40.0, 50.0];
        let read = |p| percentile(&sorted, p).unwrap();
        near(read(0), 15.0);
        near(read(5), 15.0);
        near(read(30), 20.0);
        near(read(40), 20.0);
        near(read(50), 35.0);
        near(read(100), 50.0);
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(nearest_rank(100, 99), 99);
        assert_eq!(nearest_rank(101, 99), 100);
    }

    #[test]
    fn a_percentile_among_failures_is_missing() {
        let ok = [1.0, 2.0, 3.0];
        assert_eq!(percentile_censored(&ok, 4, 50), Some(2.0));
        assert_eq!(percentile_censored(&ok, 4, 75), Some(3.0));
        assert_eq!(percentile_censored(&ok, 4, 76), None);
        assert_eq!(percentile_censored(&[], 4, 50), None);
        assert_eq!(percentile_censored(&[], 0, 50), None);
    }

    #[test]
    fn gini_of_known_shapes() {
        near(gini(&equal_time(&[4.0; 7])).unwrap(), 0.0);
        // One of n carries all: (n - 1) / n.
        near(gini(&equal_time(&[0.0, 0.0, 0.0, 9.0])).unwrap(), 0.75);
        // Loads 1..=n: (n - 1) / 3n.
        let ramp: Vec<f64> = (1..=10).map(f64::from).collect();
        near(gini(&equal_time(&ramp)).unwrap(), 9.0 / 30.0);
        assert_eq!(gini(&equal_time(&[0.0, 0.0])), None);
        assert_eq!(gini(&[]), None);
    }

    #[test]
    fn short_stays_are_not_idleness() {
        let same_rate = [Share { load: 1.0, weight: 1.0 }, Share { load: 1000.0, weight: 1000.0 }];
        near(gini(&same_rate).unwrap(), 0.0);
    }

    #[test]
    fn lorenz_runs_from_nothing_to_all() {
        let curve = lorenz(&equal_time(&[3.0, 1.0]));
        assert_eq!(curve.first(), Some(&(0.0, 0.0)));
        near(curve[1].0, 0.5);
        near(curve[1].1, 0.25);
        near(curve[2].1, 1.0);
    }
}
