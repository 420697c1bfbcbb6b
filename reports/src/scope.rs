//! What a scenario is about: whether its results need what only ordered rings show.
//!
//! Tables and the summary of a scenario without range queries, deletes and ordered rings stay byte for
//! byte as they were before there were any; scripts and stored results rely on that.

use crate::model::Results;

/// Gauges of rings and of learned placement begin with one of these.
const GAUGES: [&str; 4] = ["learning.", "migration.", "model.", "ring."];

/// Metrics that every run has a value for, but that only stand in tables of an [`Scope::ordered`]
/// scenario.
const ORDERED_ONLY: [&str; 13] = [
    "get.messages",
    "get.skew_miss_ratio",
    "keys.cv",
    "keys.gini",
    "keys.max_over_mean",
    "keys.p1_over_mean",
    "keys.p99_over_mean",
    "learning.bytes",
    "migration.bytes",
    "net.learning_bytes_per_node_s",
    "net.maintenance_bytes_per_node_s",
    "net.migration_bytes_per_node_s",
    "put.messages",
];

/// What the runs of a scenario, taken together, are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Range queries are asked.
    pub ranges: bool,
    /// Many records at once are stored or read.
    pub batches: bool,
    /// Range queries or removals are asked for, or a protocol keeps its records in order.
    pub ordered: bool,
}

impl Scope {
    /// As it was decided before the runs, or else as the runs turned out.
    pub(crate) fn of(results: &Results) -> Self {
        if let Some(columns) = &results.columns {
            return columns.scope;
        }
        let mut operations = results.runs.iter().flat_map(|run| &run.operations);
        let ranges = operations.clone().any(|o| o.op == "range");
        let batches = operations.clone().any(|o| o.batch.is_some());
        let learns = |purpose| matches!(purpose, "learning" | "migration");
        let ordered = ranges
            || operations.any(|o| o.op == "delete")
            || results.runs.iter().any(|run| {
                run.traffic.iter().any(|t| learns(t.purpose))
                    || run.samples.iter().any(|s| GAUGES.iter().any(|g| s.metric.starts_with(g)))
            });
        Self { ranges, batches, ordered }
    }

    /// Does the metric stand in the tables of this scenario?
    pub(crate) fn shows(self, metric: &str) -> bool {
        self.ordered || !ORDERED_ONLY.contains(&metric)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics;
    use crate::model::{Run, Sample, Traffic};

    fn of(run: Run) -> Scope {
        Scope::of(&Results { runs: vec![Run::default(), run], ..Results::default() })
    }

    #[test]
    fn one_run_decides_for_all() {
        assert!(!of(Run::default()).ordered);
        let sample = |metric| Sample { t_s: 1.0, metric, value: 1.0, unit: "", n: 1 };
        assert!(of(Run { samples: vec![sample("ring.x")], ..Run::default() }).ordered);
        assert!(!of(Run { samples: vec![sample("table.x")], ..Run::default() }).ordered);
        let sent = |purpose| Traffic {
            t_start_s: 0.0,
            t_end_s: 1.0,
            msg_type: "M",
            purpose,
            count: 1,
            bytes: 1,
        };
        assert!(of(Run { traffic: vec![sent("learning")], ..Run::default() }).ordered);
        assert!(!of(Run { traffic: vec![sent("join")], ..Run::default() }).shows("keys.gini"));
    }

    #[test]
    fn what_is_held_back_exists() {
        assert!(ORDERED_ONLY.is_sorted());
        assert!(ORDERED_ONLY.iter().all(|name| metrics::info(name).is_some()));
    }
}
