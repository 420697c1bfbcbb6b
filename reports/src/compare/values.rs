//! The values of one number on both sides.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pairs::Matched;
use crate::recorded::{MetricRow, RecordedRun};

/// Which number of a run: its phase, metric and statistic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Which {
    pub(super) phase: Arc<str>,
    pub(super) metric: Arc<str>,
    pub(super) stat: Arc<str>,
}

/// What runs say on one number. `None` is a number that does not exist because it is worse than any: a
/// percentile among failures, a recovery that did not come.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    /// Base and other in the same world.
    Pairs(Vec<(Option<f64>, Option<f64>)>),
    /// Independent runs.
    Samples(Vec<Option<f64>>, Vec<Option<f64>>),
}

/// A number with its unit, and in how many pairs (or runs) nobody had anything to observe.
pub(super) struct Values {
    pub(super) unit: Arc<str>,
    pub(super) seen: Seen,
    pub(super) unobserved: u64,
}

type Numbers<'a> = BTreeMap<Which, &'a MetricRow>;

fn numbers(run: &RecordedRun) -> Numbers<'_> {
    let which = |row: &MetricRow| Which {
        phase: row.phase.clone(),
        metric: row.metric.clone(),
        stat: row.stat.clone(),
    };
    run.metrics.iter().map(|row| (which(row), row)).collect()
}

fn value(row: &MetricRow) -> Option<f64> {
    row.value.filter(|value| value.is_finite())
}

/// Every number that a run of either side has, in order.
pub(super) fn values(matched: &Matched<'_>) -> BTreeMap<Which, Values> {
    let (base, other): (Vec<Numbers<'_>>, Vec<Numbers<'_>>) = match matched {
        Matched::Pairs(pairs, _) => {
            pairs.iter().map(|(base, other)| (numbers(base), numbers(other))).unzip()
        }
        Matched::Samples(base, other) => (
            base.iter().map(|run| numbers(run)).collect(),
            other.iter().map(|run| numbers(run)).collect(),
        ),
    };
    let units: BTreeMap<Which, Arc<str>> = other
        .iter()
        .chain(&base)
        .flatten()
        .map(|(which, row)| (which.clone(), row.unit.clone()))
        .collect();
    let paired = matches!(matched, Matched::Pairs(..));
    let seen = |which: &Which| {
        let of = |runs: &[Numbers<'_>]| -> Vec<Option<Option<f64>>> {
            runs.iter().map(|run| run.get(which).map(|row| value(row))).collect()
        };
        let (base, other) = (of(&base), of(&other));
        if paired {
            let pairs: Vec<_> = base.iter().zip(&other).filter_map(|(b, o)| (*b).zip(*o)).collect();
            let unobserved = base.len() - pairs.len();
            return (Seen::Pairs(pairs), unobserved);
        }
        let runs = base.len() + other.len();
        let (base, other): (Vec<_>, Vec<_>) =
            (base.into_iter().flatten().collect(), other.into_iter().flatten().collect());
        let unobserved = runs - base.len() - other.len();
        (Seen::Samples(base, other), unobserved)
    };
    units
        .into_iter()
        .map(|(which, unit)| {
            let (seen, unobserved) = seen(&which);
            (which, Values { unit, seen, unobserved: unobserved as u64 })
        })
        .collect()
}
