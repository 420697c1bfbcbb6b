//! From runs of two sides to rows, without the verdicts.

use std::sync::Arc;

use super::Choice;
use super::key;
use super::pairs::{Matched, matched};
use super::row::Row;
use super::side::Side;
use super::values::{Seen, Values, Which, values};
use super::verdict::{Family, Method, Verdict};
use crate::metrics::{self, Direction};
use crate::stats::difference::{Difference, pairing_gain};
use crate::stats::mean;
use crate::stats::order::{rank_p, sign_p};
use crate::stats::relative::Relative;

/// Two sides.
pub(super) struct Between<'a> {
    pub(super) base: &'a Side<'a>,
    pub(super) other: &'a Side<'a>,
    /// Their numbers, from 1.
    pub(super) numbers: (usize, usize),
}

impl Between<'_> {
    /// The rows that the choice asks for, and what must be said about them.
    pub(super) fn rows(&self, choice: &Choice, rows: &mut Vec<Row>, notices: &mut Vec<String>) {
        for (point_number, (point, base)) in self.base.points.iter().enumerate() {
            let Some(other) = self.other.at(point) else { continue };
            let matched = matched(base, other);
            notices.extend(self.notice(point, &matched));
            let point: Arc<str> = point.as_str().into();
            for (which, values) in values(&matched) {
                let Some(family) = key::family(&which, choice) else { continue };
                let blank = self.blank(&which, &values, family);
                let row = Row { point: point.clone(), point_number, ..blank };
                let row = judged(row, &values.seen);
                // What neither side has any of (no learning, no failure) is nothing to look at first.
                let family = if choice.metrics.is_empty() && row.is_zero() {
                    Family::Further
                } else {
                    family
                };
                rows.push(Row { family, ..row });
            }
        }
        let common = self.base.points.iter().filter(|(point, _)| self.other.at(point).is_some());
        let (common, all) = (common.count(), self.base.points.len().max(self.other.points.len()));
        if common < all {
            notices.push(format!(
                "{}: {common} of {all} points of the sweep are in common",
                self.name()
            ));
        }
    }

    /// `[2] against [1]`.
    fn name(&self) -> String {
        format!("[{}] against [{}]", self.numbers.1, self.numbers.0)
    }

    fn notice(&self, point: &str, matched: &Matched<'_>) -> Option<String> {
        let at = if point.is_empty() { String::new() } else { format!(" at {point}") };
        let name = self.name();
        match matched {
            Matched::Pairs(_, [0, 0]) => None,
            Matched::Pairs(_, [base, other]) => Some(format!(
                "{name}{at}: {base} and {other} runs without a partner of the same world and seed are left out"
            )),
            Matched::Samples(..) => Some(format!(
                "{name}{at}: the runs met different worlds, so they are compared as independent samples \
                (Welch's t), which takes more seeds than pairs would"
            )),
        }
    }

    fn blank(&self, which: &Which, values: &Values, family: Family) -> Row {
        Row {
            point: Arc::from(""),
            phase: which.phase.clone(),
            metric: which.metric.clone(),
            stat: which.stat.clone(),
            unit: values.unit.clone(),
            direction: metrics::direction(&which.metric, &which.stat),
            base: self.base.label.clone(),
            other: self.other.label.clone(),
            other_number: self.numbers.1,
            point_number: 0,
            family,
            method: None,
            n_pairs: 0,
            n_base: 0,
            n_other: 0,
            mean_base: None,
            mean_other: None,
            mean_diff: None,
            interval: None,
            relative: None,
            p: None,
            p_holm: None,
            verdict: Verdict::NoData,
            missing_base: 0,
            missing_other: 0,
            unobserved: values.unobserved,
            higher_in: 0,
            lower_in: 0,
            pairing_gain: None,
        }
    }
}

fn judged(row: Row, seen: &Seen) -> Row {
    match seen {
        Seen::Pairs(pairs) => {
            let (base, other): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
            let row = Row { n_pairs: pairs.len() as u64, ..counted(row, &base, &other) };
            let both: Option<Vec<(f64, f64)>> = pairs.iter().map(|(b, o)| (*b).zip(*o)).collect();
            match both {
                Some(pairs) => of_pairs(row, &pairs),
                None => of_signs(row, pairs),
            }
        }
        Seen::Samples(base, other) => {
            let row = counted(row, base, other);
            match (all(base), all(other)) {
                (Some(base), Some(other)) => of_samples(row, &base, &other),
                _ => of_ranks(row, base, other),
            }
        }
    }
}

/// The values, if each has a number.
fn all(values: &[Option<f64>]) -> Option<Vec<f64>> {
    values.iter().copied().collect()
}

fn counted(row: Row, base: &[Option<f64>], other: &[Option<f64>]) -> Row {
    let missing = |values: &[Option<f64>]| values.iter().filter(|v| v.is_none()).count() as u64;
    Row {
        n_base: base.len() as u64,
        n_other: other.len() as u64,
        missing_base: missing(base),
        missing_other: missing(other),
        mean_base: all(base).and_then(|values| mean(&values)),
        mean_other: all(other).and_then(|values| mean(&values)),
        ..row
    }
}

fn of_pairs(row: Row, pairs: &[(f64, f64)]) -> Row {
    let higher_in = pairs.iter().filter(|(base, other)| other > base).count() as u64;
    let lower_in = pairs.iter().filter(|(base, other)| other < base).count() as u64;
    Row {
        relative: Relative::of_pairs(pairs),
        pairing_gain: pairing_gain(pairs),
        ..with(Row { higher_in, lower_in, ..row }, Method::PairedT, Difference::of_pairs(pairs))
    }
}

fn of_samples(row: Row, base: &[f64], other: &[f64]) -> Row {
    let (higher_in, lower_in) = orders(base, other);
    let difference = Difference::of_samples(base, other);
    Row {
        relative: Relative::of_samples(base, other),
        ..with(Row { higher_in, lower_in, ..row }, Method::Welch, difference)
    }
}

fn with(row: Row, method: Method, difference: Option<Difference>) -> Row {
    let Some(difference) = difference else { return row };
    Row {
        method: difference.p.map(|_| method),
        mean_diff: Some(difference.mean),
        interval: difference.interval,
        p: difference.p,
        ..row
    }
}

/// What stands for a value without a number; `None` where no value is worse than another.
fn worst(direction: Direction) -> Option<f64> {
    match direction {
        Direction::LowerIsBetter => Some(f64::INFINITY),
        Direction::HigherIsBetter => Some(f64::NEG_INFINITY),
        Direction::Neither => None,
    }
}

fn of_signs(row: Row, pairs: &[(Option<f64>, Option<f64>)]) -> Row {
    let Some(worst) = worst(row.direction) else { return row };
    let value = |value: Option<f64>| value.unwrap_or(worst);
    let higher_in = pairs.iter().filter(|(b, o)| value(*o) > value(*b)).count() as u64;
    let lower_in = pairs.iter().filter(|(b, o)| value(*o) < value(*b)).count() as u64;
    let several = pairs.len() > 1;
    let p = several.then(|| sign_p(higher_in, lower_in));
    Row { method: p.map(|_| Method::Sign), p, higher_in, lower_in, ..row }
}

fn of_ranks(row: Row, base: &[Option<f64>], other: &[Option<f64>]) -> Row {
    let Some(worst) = worst(row.direction) else { return row };
    let filled = |values: &[Option<f64>]| -> Vec<f64> {
        values.iter().map(|value| value.unwrap_or(worst)).collect()
    };
    let (base, other) = (filled(base), filled(other));
    let (higher_in, lower_in) = orders(&base, &other);
    let several = base.len() > 1 && other.len() > 1;
    let p = several.then(|| rank_p(&base, &other));
    Row { method: p.map(|_| Method::RankSum), p, higher_in, lower_in, ..row }
}

/// Of all combinations of a run of the base and one of the other: in how many is the other higher, and
/// in how many lower?
fn orders(base: &[f64], other: &[f64]) -> (u64, u64) {
    let all = || base.iter().flat_map(|b| other.iter().map(move |o| (b, o)));
    let higher = all().filter(|(b, o)| o > b).count() as u64;
    (higher, all().filter(|(b, o)| o < b).count() as u64)
}
