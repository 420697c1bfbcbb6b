//! Relative differences with an interval: how many per cent of the base's mean.
//!
//! The base's mean is itself an estimate, so dividing both ends of the difference's interval by it would
//! claim too much. Fieller's theorem gives the interval of the ratio of two means exactly for normal
//! values, it is asymmetric where the ratio is, and it says when there is none: when the base's mean is
//! not clearly away from zero (E. C. Fieller, Some problems in interval estimation, Journal of the Royal
//! Statistical Society B 16, 1954, pages 175 to 185). The delta method would give a symmetric interval
//! there and hide this. For independent samples the degrees of freedom are those of Satterthwaite at the
//! ratio found (A. C. Tamhane and B. R. Logan, Biometrical Journal 46, 2004).

use serde::Serialize;

use super::difference::{Error, rounding};
use super::{critical, mean, sd};
use crate::num;

/// The difference of two means as a share of the base's mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Relative {
    /// 0.1 is ten per cent more than the base.
    pub share: f64,
    /// Its 95 % interval; `None` with one value on a side, and where the base's mean may be zero.
    pub interval: Option<(f64, f64)>,
}

/// Means with the variances and the covariance of the means.
struct Means {
    base: f64,
    other: f64,
    var_base: f64,
    var_other: f64,
    covariance: f64,
}

impl Relative {
    /// From pairs of (base, other), one per seed; `None` without pairs, or when the base's mean is not
    /// above zero.
    pub fn of_pairs(pairs: &[(f64, f64)]) -> Option<Self> {
        let base: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
        let other: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
        let found = Self::without(&base, &other)?;
        let (Some(base_sd), Some(other_sd)) = (sd(&base), sd(&other)) else { return Some(found) };
        let none = rounding(&[&base, &other]);
        if pairs.iter().all(|(base, other)| (other - base).abs() <= none) {
            return Some(Self { share: 0.0, interval: Some((0.0, 0.0)) });
        }
        let (centre_base, centre_other) = (mean(&base)?, mean(&other)?);
        let n = num::float_len(pairs.len());
        let products: f64 = pairs.iter().map(|(b, o)| (b - centre_base) * (o - centre_other)).sum();
        let means = Means {
            base: centre_base,
            other: centre_other,
            var_base: base_sd * base_sd / n,
            var_other: other_sd * other_sd / n,
            covariance: products / (n - 1.0) / n,
        };
        Some(Self { interval: means.fieller(n - 1.0), ..found })
    }

    /// From two independent samples; `None` when a side is empty, or the base's mean is not above zero.
    pub fn of_samples(base: &[f64], other: &[f64]) -> Option<Self> {
        let found = Self::without(base, other)?;
        let (Some(base_sd), Some(other_sd)) = (sd(base), sd(other)) else { return Some(found) };
        let (n_base, n_other) = (num::float_len(base.len()), num::float_len(other.len()));
        let means = Means {
            base: mean(base)?,
            other: mean(other)?,
            var_base: base_sd * base_sd / n_base,
            var_other: other_sd * other_sd / n_other,
            covariance: 0.0,
        };
        let ratio = 1.0 + found.share;
        let scaled = (ratio * ratio * means.var_base, n_base);
        let df = Error::welch(scaled, (means.var_other, n_other)).df;
        Some(Self { interval: means.fieller(df), ..found })
    }

    fn without(base: &[f64], other: &[f64]) -> Option<Self> {
        let (base, other) = (mean(base)?, mean(other)?);
        (base > 0.0).then(|| Self { share: (other - base) / base, interval: None })
    }
}

impl Means {
    /// All ratios `r` with `(other - r base)^2 <= t^2 Var(other - r base)`, minus one: a stretch between
    /// the roots of a quadratic when the base's mean is clearly above zero, else no interval.
    fn fieller(&self, df: f64) -> Option<(f64, f64)> {
        let t = critical(df);
        let square = t * t;
        let a = self.base * self.base - square * self.var_base;
        let b = self.base * self.other - square * self.covariance;
        let c = self.other * self.other - square * self.var_other;
        if a <= 0.0 {
            return None;
        }
        let root = (b * b - a * c).max(0.0).sqrt();
        Some(((b - root) / a - 1.0, (b + root) / a - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() < within, "{a} against {b}");
    }

    /// A base that is the same in every seed is a constant: the interval is that of the difference,
    /// divided by it.
    #[test]
    fn a_constant_base_only_scales_the_interval() {
        let pairs = [(2.0, 3.0), (2.0, 4.0), (2.0, 5.0), (2.0, 3.5)];
        let relative = Relative::of_pairs(&pairs).unwrap();
        let difference = super::super::difference::Difference::of_pairs(&pairs).unwrap();
        let (low, high) = difference.interval.unwrap();
        near(relative.share, difference.mean / 2.0, 1e-12);
        near(relative.interval.unwrap().0, low / 2.0, 1e-9);
        near(relative.interval.unwrap().1, high / 2.0, 1e-9);
    }

    /// The definition: at both ends, the mean of other - r base is as far from zero as t allows.
    #[test]
    fn the_ends_are_where_the_test_would_just_reject() {
        let pairs = [(2.0, 3.0), (2.2, 4.0), (1.7, 5.0), (2.4, 3.5), (2.1, 4.4)];
        let t = critical(4.0);
        let relative = Relative::of_pairs(&pairs).unwrap();
        let (low, high) = relative.interval.unwrap();
        for end in [low, high] {
            let left: Vec<f64> = pairs.iter().map(|(b, o)| o - (1.0 + end) * b).collect();
            let error = sd(&left).unwrap() / 5.0_f64.sqrt();
            near((mean(&left).unwrap() / error).abs(), t, 1e-9);
        }
        assert!(low < relative.share && relative.share < high);
    }

    #[test]
    fn a_base_that_may_be_zero_has_no_interval() {
        let unsure = Relative::of_pairs(&[(-1.0, 1.0), (3.0, 2.0), (0.5, 1.5)]).unwrap();
        assert_eq!(unsure.interval, None);
        assert_eq!(Relative::of_pairs(&[(0.0, 1.0), (0.0, 2.0)]), None);
        assert_eq!(Relative::of_samples(&[0.0, 0.0], &[1.0]), None);
        assert_eq!(Relative::of_pairs(&[]), None);
        assert_eq!(Relative::of_pairs(&[(1.0, 2.0)]).unwrap().interval, None);
        assert_eq!(Relative::of_samples(&[2.0, 4.0], &[6.0]).unwrap().interval, None);
        near(Relative::of_samples(&[2.0, 4.0], &[6.0]).unwrap().share, 1.0, 1e-12);
    }

    #[test]
    fn equal_sides_differ_by_nothing() {
        let same = Relative::of_pairs(&[(1.0, 1.0), (2.0, 2.0), (4.0, 4.0)]).unwrap();
        assert_eq!(same, Relative { share: 0.0, interval: Some((0.0, 0.0)) });
    }
}
