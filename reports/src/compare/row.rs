//! One number on two sides, and what can be said about the difference.

use std::sync::Arc;

use serde::Serialize;

use super::verdict::{Family, Method, Verdict};
use super::{LEVEL, key};
use crate::metrics::Direction;
use crate::num;
use crate::stats::relative::Relative;

/// A row of `compare.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The point of the sweep, such as `protocol.k=8 network.nodes=1000`; empty without one.
    pub point: Arc<str>,
    /// The phase, or `run` for numbers of the whole run.
    pub phase: Arc<str>,
    /// The metric.
    pub metric: Arc<str>,
    /// The statistic taken in each run.
    pub stat: Arc<str>,
    /// The unit.
    pub unit: Arc<str>,
    /// Which way is better.
    pub direction: Direction,
    /// The name of the base.
    pub base: Arc<str>,
    /// The name of the other.
    pub other: Arc<str>,
    /// The other's number, from 1.
    #[serde(skip)]
    pub other_number: usize,
    /// The place of the point among those of the base.
    #[serde(skip)]
    pub(crate) point_number: usize,
    /// Which verdicts it is adjusted with.
    pub family: Family,
    /// How it was judged; `None` where it could not be.
    pub method: Option<Method>,
    /// Pairs of runs in which both sides were observed; 0 for independent samples.
    pub n_pairs: u64,
    /// Runs of the base behind it.
    pub n_base: u64,
    /// Runs of the other behind it.
    pub n_other: u64,
    /// The mean over those runs of the base; `None` when one of them has no number.
    pub mean_base: Option<f64>,
    /// The same for the other.
    pub mean_other: Option<f64>,
    /// Other minus base.
    pub mean_diff: Option<f64>,
    /// Its 95 % interval, not adjusted for the number of rows.
    pub interval: Option<(f64, f64)>,
    /// The difference as a share of the base's mean.
    pub relative: Option<Relative>,
    /// The two-sided p-value of this row alone.
    pub p: Option<f64>,
    /// The same adjusted by Holm over the rows of its family; the verdict rests on it.
    pub p_holm: Option<f64>,
    /// What is to be thought of the other.
    pub verdict: Verdict,
    /// Runs of the base whose number is worse than any: a percentile among failures, no recovery.
    pub missing_base: u64,
    /// The same for the other.
    pub missing_other: u64,
    /// Pairs (or runs of independent samples) in which a side had nothing to observe.
    pub unobserved: u64,
    /// Pairs, or combinations of two runs, in which the other is higher.
    pub higher_in: u64,
    /// The same for lower.
    pub lower_in: u64,
    /// Variance of the difference as of independent samples, over that of pairs.
    pub pairing_gain: Option<f64>,
}

impl Row {
    /// The order of `compare.csv`.
    pub(super) fn place(&self) -> (usize, usize, &str, &str, &str) {
        (self.other_number, self.point_number, &self.phase, &self.metric, &self.stat)
    }

    /// The order of the table of key rows.
    pub(crate) fn key_place(&self) -> usize {
        key::place(&self.metric, &self.stat).unwrap_or(usize::MAX)
    }

    /// The verdict that the adjusted p-value gives.
    pub(super) fn decided(&self) -> Verdict {
        let n = self.n_base.min(self.n_other);
        let none = self.missing_base == self.n_base && self.missing_other == self.n_other;
        if n == 0 || none {
            return Verdict::NoData;
        }
        let Some(p) = self.p_holm else { return Verdict::Undecided };
        if p >= LEVEL {
            return Verdict::NoDetectableDifference;
        }
        match (self.direction, self.is_higher()) {
            (Direction::HigherIsBetter, true) | (Direction::LowerIsBetter, false) => {
                Verdict::Better
            }
            (Direction::HigherIsBetter, false) | (Direction::LowerIsBetter, true) => Verdict::Worse,
            (Direction::Neither, true) => Verdict::Higher,
            (Direction::Neither, false) => Verdict::Lower,
        }
    }

    /// Was every value of both sides zero?
    pub(super) fn is_zero(&self) -> bool {
        let none = |mean: Option<f64>| mean.is_some_and(|mean| mean.abs() < f64::MIN_POSITIVE);
        none(self.mean_base) && none(self.mean_other) && self.higher_in + self.lower_in == 0
    }

    fn is_higher(&self) -> bool {
        self.mean_diff.map_or(self.higher_in > self.lower_in, |difference| difference > 0.0)
    }

    /// `lookup.hops`, or with its statistic where that is not the plain one.
    pub fn name(&self) -> String {
        match &*self.stat {
            "mean" | "ratio" => self.metric.to_string(),
            stat => format!("{} {stat}", self.metric),
        }
    }

    /// `30 pairs`, or `30 and 25 runs`.
    pub fn say_n(&self) -> String {
        match (self.n_pairs, self.n_base, self.n_other) {
            (0, base, other) => format!("{base} and {other} runs"),
            (1, ..) => "1 pair".to_owned(),
            (pairs, ..) => format!("{pairs} pairs"),
        }
    }

    /// In how many pairs, or combinations of two runs, the other is higher or lower, whichever is more.
    pub fn say_order(&self) -> String {
        let (word, most) = if self.lower_in > self.higher_in {
            ("lower", self.lower_in)
        } else {
            ("higher", self.higher_in)
        };
        match self.n_pairs {
            0 => format!("{word} in {most} of {} combinations of runs", self.n_base * self.n_other),
            pairs => format!("{word} in {most} of {pairs} pairs"),
        }
    }

    /// Which values have no number; `None` when all have one.
    pub fn say_missing(&self) -> Option<String> {
        (self.missing_base + self.missing_other > 0).then(|| {
            format!(
                "no number in {} of {} runs of the base and {} of {} of the other: worse than any number",
                self.missing_base, self.n_base, self.missing_other, self.n_other
            )
        })
    }

    /// One sentence, such as `better: chord has lower lookup.hops than kademlia by 0.31 hops [0.28, 0.34]
    /// (12 %), n = 30 pairs`.
    pub fn say(&self) -> String {
        let (verdict, name, n) = (self.verdict.name(), self.name(), self.say_n());
        let (base, other) = (&self.base, &self.other);
        let Some(difference) = self.mean_diff else {
            let missing =
                self.say_missing().map_or(String::new(), |missing| format!("; {missing}"));
            if self.n_base.min(self.n_other) == 0 {
                return format!("{verdict}: {name} of {other} against {base}, n = {n}");
            }
            let order = self.say_order();
            return format!("{verdict}: {name} of {other} against {base} is {order}{missing}");
        };
        let found = self.shown_as_size();
        let turned = |v: f64| if found && difference < 0.0 { -v } else { v } + 0.0;
        let decimals = self.decimals();
        let interval = self.interval.map_or(" (no interval)".to_owned(), |(low, high)| {
            let (one, two) = (turned(low), turned(high));
            format!(" [{:.decimals$}, {:.decimals$}]", one.min(two), one.max(two))
        });
        let unit = if *self.unit == *"ratio" { String::new() } else { format!(" {}", self.unit) };
        let share = self.relative.map_or(String::new(), |relative| {
            format!(" ({} %)", num::significant(turned(relative.share) * 100.0, 2))
        });
        let what = if found {
            let word = if difference > 0.0 { "higher" } else { "lower" };
            format!("{other} has {word} {name} than {base} by")
        } else {
            format!("{name} of {other} minus that of {base} is")
        };
        let size = turned(difference);
        format!("{verdict}: {what} {size:.decimals$}{unit}{interval}{share}, n = {n}")
    }

    /// A difference that was found is said as a size with a word; one that was not, with its sign.
    fn shown_as_size(&self) -> bool {
        matches!(self.verdict, Verdict::Better | Verdict::Worse | Verdict::Higher | Verdict::Lower)
    }

    /// Decimals that show the interval to two digits, and the difference to three where it has none.
    pub(crate) fn decimals(&self) -> usize {
        let difference = self.mean_diff.unwrap_or(0.0);
        match self.interval.map(|(low, high)| (high - low) / 2.0) {
            Some(half) if half > 0.0 => num::decimals(half, 2),
            _ => num::decimals(difference, 3),
        }
    }
}
