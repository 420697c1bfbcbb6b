//! How far apart two means are: Student's t over pairs, Welch's t where there are none.
//!
//! Two protocols that met the same world share its luck: hard seeds are hard for both. The difference
//! within a pair is free of that luck, so its spread, and the interval, is smaller than that of two
//! independent samples.

use serde::Serialize;

use super::order::{rank_p, sign_p};
use super::{critical, mean, sd};
use crate::num;
use crate::student::two_sided_tail;

/// A spread that is smaller than this share of the values is what rounding leaves of none.
const ROUNDING: f64 = 1e-12;

/// The difference of two means, other minus base.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The mean of the base.
    pub mean_base: f64,
    /// The mean of the other.
    pub mean_other: f64,
    /// Other minus base.
    pub mean: f64,
    /// Its 95 % interval, not adjusted for the number of comparisons; `None` where one value on a side
    /// says nothing about its spread.
    pub interval: Option<(f64, f64)>,
    /// The two-sided p-value; `None` where there is no interval.
    pub p: Option<f64>,
}

impl Difference {
    /// From pairs of (base, other), one per seed; `None` without pairs.
    ///
    /// Differences without any spread have no t. Their interval is a point, and whether the point
    /// differs from zero is left to the exact sign test, which does not call two equal seeds certain.
    pub fn of_pairs(pairs: &[(f64, f64)]) -> Option<Self> {
        let base: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
        let other: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
        let differences: Vec<f64> = pairs.iter().map(|(base, other)| other - base).collect();
        let (mean_base, mean_other) = (mean(&base)?, mean(&other)?);
        let centre = mean(&differences)?;
        let without = Self { mean_base, mean_other, mean: centre, interval: None, p: None };
        let Some(sd) = sd(&differences) else { return Some(without) };
        if sd <= rounding(&[&base, &other]) {
            let zero = centre.abs() <= rounding(&[&base, &other]);
            let centre = if zero { 0.0 } else { centre };
            let n = pairs.len() as u64;
            let p = if zero { 1.0 } else { sign_p(n, 0) };
            return Some(Self {
                mean: centre,
                interval: Some((centre, centre)),
                p: Some(p),
                ..without
            });
        }
        let error = sd / num::float_len(pairs.len()).sqrt();
        Some(without.with_error(error, num::float_len(pairs.len() - 1)))
    }

    /// From two independent samples, by Welch's t with the degrees of freedom of Welch and Satterthwaite
    /// (B. L. Welch, Biometrika 34, 1947, pages 28 to 35); `None` when a side is empty.
    ///
    /// Without spread on both sides there is no t; the exact rank test stands in.
    pub fn of_samples(base: &[f64], other: &[f64]) -> Option<Self> {
        let (mean_base, mean_other) = (mean(base)?, mean(other)?);
        let centre = mean_other - mean_base;
        let without = Self { mean_base, mean_other, mean: centre, interval: None, p: None };
        let Some(error) = Error::of_samples(base, other) else { return Some(without) };
        if error.standard <= rounding(&[base, other]) {
            let p =
                if centre.abs() <= rounding(&[base, other]) { 1.0 } else { rank_p(base, other) };
            return Some(Self { interval: Some((centre, centre)), p: Some(p), ..without });
        }
        Some(without.with_error(error.standard, error.df))
    }

    fn with_error(self, error: f64, df: f64) -> Self {
        let half = critical(df) * error;
        Self {
            interval: Some((self.mean - half, self.mean + half)),
            p: Some(two_sided_tail(df, self.mean / error)),
            ..self
        }
    }
}

/// The standard error of a difference of means, with its degrees of freedom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Error {
    pub(super) standard: f64,
    pub(super) df: f64,
}

impl Error {
    /// Of two independent samples; `None` with fewer than two values on a side.
    pub(super) fn of_samples(base: &[f64], other: &[f64]) -> Option<Self> {
        let share = |values: &[f64]| Some((sd(values)?, num::float_len(values.len())));
        let ((sd_base, n_base), (sd_other, n_other)) = (share(base)?, share(other)?);
        Some(Self::welch(
            (sd_base * sd_base / n_base, n_base),
            (sd_other * sd_other / n_other, n_other),
        ))
    }

    /// Of two squared standard errors, each with the number of values behind it.
    pub(super) fn welch((base, n_base): (f64, f64), (other, n_other): (f64, f64)) -> Self {
        let sum = base + other;
        let parts = base * base / (n_base - 1.0) + other * other / (n_other - 1.0);
        let df = if parts > 0.0 { sum * sum / parts } else { n_base + n_other - 2.0 };
        Self { standard: sum.sqrt(), df }
    }
}

/// What pairing is worth: the variance of the difference of means as of independent samples, over that
/// of pairs. At 4, pairs need a quarter of the seeds; below 1 the two sides have opposite luck. `None`
/// below two pairs, and where one of the variances is zero.
pub fn pairing_gain(pairs: &[(f64, f64)]) -> Option<f64> {
    let base: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
    let other: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let differences: Vec<f64> = pairs.iter().map(|(base, other)| other - base).collect();
    let (base_sd, other_sd, paired) = (sd(&base)?, sd(&other)?, sd(&differences)?);
    let none = rounding(&[&base, &other]);
    let apart = base_sd * base_sd + other_sd * other_sd;
    (paired > none && apart > none * none).then(|| apart / (paired * paired))
}

/// What rounding may leave of zero among values of this size.
pub(super) fn rounding(sides: &[&[f64]]) -> f64 {
    ROUNDING * sides.iter().copied().flatten().fold(0.0, |most: f64, v| most.max(v.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() < within, "{a} against {b}");
    }

    /// The ten sleepers of Cushny and Peebles, from Student's own paper (Biometrika 6, 1908, page 20).
    const SLEEP: [(f64, f64); 10] = [
        (0.7, 1.9),
        (-1.6, 0.8),
        (-0.2, 1.1),
        (-1.2, 0.1),
        (-0.1, -0.1),
        (3.4, 4.4),
        (3.7, 5.5),
        (0.8, 1.6),
        (0.0, 4.6),
        (2.0, 3.4),
    ];

    /// As printed in the manual of R for `t.test` on these data: paired, t = 4.0621 on 9 degrees,
    /// p = 0.002833, interval 0.7001142 to 2.4598858; Welch, t = 1.8608 on 17.776 degrees,
    /// p = 0.07939, interval -0.2054832 to 3.3654832.
    #[test]
    fn students_sleepers_give_the_published_numbers() {
        let paired = Difference::of_pairs(&SLEEP).unwrap();
        near(paired.mean, 1.58, 1e-12);
        near(paired.p.unwrap(), 0.002_833, 5e-7);
        near(paired.interval.unwrap().0, 0.700_114_2, 5e-8);
        near(paired.interval.unwrap().1, 2.459_885_8, 5e-8);
        let (base, other): (Vec<f64>, Vec<f64>) = SLEEP.iter().copied().unzip();
        let welch = Difference::of_samples(&base, &other).unwrap();
        near(welch.mean, 1.58, 1e-12);
        near(welch.p.unwrap(), 0.079_39, 5e-6);
        near(welch.interval.unwrap().0, -0.205_483_2, 5e-8);
        near(welch.interval.unwrap().1, 3.365_483_2, 5e-8);
        near(Error::of_samples(&base, &other).unwrap().df, 17.776, 5e-4);
        // Sample variances 3.200556 and 4.009, of the differences 1.512889.
        near(pairing_gain(&SLEEP).unwrap(), (3.200_556 + 4.009) / 1.512_889, 1e-4);
    }

    #[test]
    fn one_value_gives_no_interval_and_none_gives_nothing() {
        let one = Difference::of_pairs(&[(1.0, 3.0)]).unwrap();
        near(one.mean, 2.0, 1e-12);
        assert_eq!((one.interval, one.p), (None, None));
        assert_eq!(Difference::of_pairs(&[]), None);
        let lonely = Difference::of_samples(&[1.0], &[2.0, 3.0]).unwrap();
        assert_eq!((lonely.interval, lonely.p), (None, None));
        assert_eq!(Difference::of_samples(&[], &[1.0]), None);
        assert_eq!(pairing_gain(&[(1.0, 2.0)]), None);
    }

    #[test]
    fn equal_in_every_seed_is_no_difference() {
        let same = Difference::of_pairs(&[(1.0, 1.0); 30]).unwrap();
        assert_eq!((same.interval, same.p), (Some((0.0, 0.0)), Some(1.0)));
        let same = Difference::of_samples(&[1.0; 9], &[1.0; 4]).unwrap();
        assert_eq!((same.interval, same.p), (Some((0.0, 0.0)), Some(1.0)));
        assert_eq!(pairing_gain(&[(1.0, 1.0); 30]), None);
    }

    /// The same step in every seed: certain with thirty seeds, not with two, whatever rounding does.
    #[test]
    fn the_same_difference_in_every_seed_is_judged_by_signs() {
        let step = |n: u32| {
            let pairs: Vec<(f64, f64)> =
                (1..=n).map(|seed| (f64::from(seed) / 7.0, f64::from(seed) / 7.0 + 0.1)).collect();
            Difference::of_pairs(&pairs).unwrap()
        };
        near(step(2).p.unwrap(), 0.5, 1e-12);
        near(step(6).p.unwrap(), 1.0 / 32.0, 1e-12);
        assert!(step(30).p.unwrap() < 1e-8);
        near(step(30).interval.unwrap().0, 0.1, 1e-9);
        let apart = Difference::of_samples(&[1.0; 3], &[2.0; 3]).unwrap();
        near(apart.p.unwrap(), 2.0 / 20.0, 1e-12);
    }
}
