//! The result in one screen: what `dhtlab run` prints, and the same as a document for `--json`.
//!
//! A number is the mean over seeds of a run's statistic, with half the width of its Student-t
//! interval. Percentiles are taken in each run and then averaged as replicates; they are never
//! pooled.

mod fault;
mod table;
pub(crate) mod text;

use indexmap::IndexMap;
use serde::Serialize;

use crate::entry::{self, Entry, entries};
use crate::metrics::{self, Stat};
use crate::phase::{self, MEASURE, WHOLE_RUN};
use crate::recorded::{Recorded, RecordedRun};
use crate::stats::{CONFIDENCE, Estimate};

pub use fault::{FaultRow, FaultSummary};
pub(crate) use table::{Shown, shown_tables};
pub use text::{Style, WIDTH};

/// What a finished scenario shows.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The scenario's name.
    pub scenario: String,
    /// Every seed, sorted.
    pub seeds: Vec<u64>,
    /// The confidence of every interval.
    pub confidence: f64,
    /// The interval measured.
    pub phase: String,
    /// Its start; `None` when no run has it.
    pub t_start_s: Option<f64>,
    /// Its end.
    pub t_end_s: Option<f64>,
    /// What a reader must know before trusting a number.
    pub notices: Vec<String>,
    /// Runs that did not complete, and why.
    pub incomplete: Vec<String>,
    /// One per protocol entry, in the order of the scenario.
    pub entries: Vec<EntrySummary>,
    /// One per fault phase, by start.
    pub faults: Vec<FaultSummary>,
}

/// A protocol entry over its seeds.
#[derive(Clone, Debug, Serialize)]
pub struct EntrySummary {
    /// The protocol.
    pub protocol: String,
    /// Its variant.
    pub variant: String,
    /// The point of the sweep: path and value of each axis.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub point: IndexMap<String, String>,
    /// Runs, one per seed.
    pub runs: u64,
    /// Lookups issued in the phase, over all seeds.
    pub lookups: u64,
    /// Range queries issued in the phase, over all seeds.
    #[serde(skip_serializing_if = "is_zero")]
    pub ranges: u64,
    /// Stores of many records issued in the phase, over all seeds.
    #[serde(skip_serializing_if = "is_zero")]
    pub batch_stores: u64,
    /// Reads of many records issued in the phase, over all seeds.
    #[serde(skip_serializing_if = "is_zero")]
    pub batch_reads: u64,
    /// The numbers of the table, in its order; those without data are left out.
    pub values: Vec<SummaryValue>,
}

/// A number of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SummaryValue {
    /// The metric.
    pub metric: &'static str,
    /// The phase it is of.
    pub phase: &'static str,
    /// The statistic taken in each run.
    pub stat: Stat,
    /// The unit.
    pub unit: &'static str,
    /// Over seeds.
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// The numbers of the table: metric, statistic and whether it is of the whole run.
const VALUES: [(&str, Stat, &str); 11] = [
    ("lookup.success_ratio", Stat::Ratio, MEASURE),
    ("lookup.exact_ratio", Stat::Ratio, MEASURE),
    ("lookup.hops", Stat::Mean, MEASURE),
    ("lookup.latency_ms", Stat::P50, MEASURE),
    ("lookup.latency_ms", Stat::P99, MEASURE),
    ("net.msgs_per_node_s", Stat::Mean, MEASURE),
    ("net.bytes_per_node_s", Stat::Mean, MEASURE),
    ("put.success_ratio", Stat::Ratio, MEASURE),
    ("get.success_ratio", Stat::Ratio, MEASURE),
    ("store.replicas_live", Stat::Mean, MEASURE),
    // Most joins lie in the warm-up, so this one is of the whole run.
    ("join.success_ratio", Stat::Ratio, WHOLE_RUN),
];

/// The numbers that are added for a scenario about range queries, deletes, rings or learned placement.
const ORDER_VALUES: [(&str, Stat, &str); 8] = [
    ("range.success_ratio", Stat::Ratio, MEASURE),
    ("range.recall", Stat::Mean, MEASURE),
    ("range.latency_ms", Stat::P50, MEASURE),
    ("range.messages", Stat::Mean, MEASURE),
    ("keys.gini", Stat::Ratio, MEASURE),
    ("keys.max_over_mean", Stat::Ratio, MEASURE),
    ("net.learning_bytes_per_node_s", Stat::Mean, MEASURE),
    ("net.migration_bytes_per_node_s", Stat::Mean, MEASURE),
];

/// The numbers that are added for a scenario that stores or reads many records at once.
const BATCH_VALUES: [(&str, Stat, &str); 9] = [
    ("put_many.success_ratio", Stat::Ratio, MEASURE),
    ("put_many.items_ratio", Stat::Mean, MEASURE),
    ("put_many.latency_ms", Stat::P50, MEASURE),
    ("put_many.rpcs", Stat::Mean, MEASURE),
    ("get_many.recall", Stat::Mean, MEASURE),
    ("get_many.ghost_ratio", Stat::Mean, MEASURE),
    ("get_many.missing_keys_ratio", Stat::Mean, MEASURE),
    ("get_many.latency_ms", Stat::P50, MEASURE),
    ("get_many.rpcs", Stat::Mean, MEASURE),
];

/// The metrics and statistics that a reader looks at first, each in its phase, in the order of the tables.
pub(crate) fn looked_at() -> impl Iterator<Item = (&'static str, Stat, &'static str)> {
    VALUES.iter().chain(&ORDER_VALUES).chain(&BATCH_VALUES).copied()
}

impl Summary {
    /// Of these results, with what a reader must know before trusting a number.
    pub fn of(recorded: &Recorded, notices: &[String]) -> Self {
        let entries = entries(recorded);
        let mut seeds: Vec<u64> = recorded.runs.iter().map(|r| r.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let span = recorded.runs.iter().find_map(|run| {
            let measure = phase::phase(&run.intervals, MEASURE)?;
            Some((measure.spans.first()?.0, measure.spans.last()?.1))
        });
        Self {
            scenario: recorded.scenario.clone(),
            seeds,
            confidence: CONFIDENCE,
            phase: MEASURE.to_owned(),
            t_start_s: span.map(|s| s.0),
            t_end_s: span.map(|s| s.1),
            notices: notices.to_vec(),
            incomplete: incomplete(&recorded.runs),
            faults: fault::faults(&entries),
            entries: entries.iter().map(summarise).collect(),
        }
    }

    /// The text for a terminal: aligned, at most [`WIDTH`] columns for names of usual length.
    pub fn text(&self, style: Style) -> String {
        text::render(self, style)
    }
}

impl EntrySummary {
    /// The name of the entry.
    pub fn label(&self) -> String {
        entry::label(&self.protocol, &self.variant, &self.point)
    }
}

fn incomplete(runs: &[RecordedRun]) -> Vec<String> {
    let bad = runs.iter().filter(|run| run.status != "complete");
    bad.map(|r| format!("{} ({}), seed {}: {}", r.protocol, r.variant, r.seed, r.status)).collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Operations that began in the measured interval, over all seeds: those behind a ratio of all issued.
fn issued(entry: &Entry<'_>, ratio: &str) -> u64 {
    let n = |run: &&RecordedRun| run.metric(MEASURE, ratio, Stat::Ratio).map_or(0, |row| row.n);
    entry.runs.iter().map(n).sum()
}

fn summarise(entry: &Entry<'_>) -> EntrySummary {
    // Tables of a scenario that has nothing to do with order hold none of what is about order.
    let values = VALUES.iter().chain(&ORDER_VALUES).chain(&BATCH_VALUES);
    EntrySummary {
        protocol: entry.protocol.to_owned(),
        variant: entry.variant.to_owned(),
        point: entry.point.clone(),
        runs: entry.runs.len() as u64,
        lookups: issued(entry, "lookup.success_ratio"),
        ranges: issued(entry, "range.success_ratio"),
        batch_stores: issued(entry, "put_many.success_ratio"),
        batch_reads: issued(entry, "get_many.success_ratio"),
        values: values.filter_map(|value| estimate(entry, *value)).collect(),
    }
}

fn estimate(
    entry: &Entry<'_>,
    (metric, stat, phase): (&'static str, Stat, &'static str),
) -> Option<SummaryValue> {
    let info = metrics::info(metric)?;
    // What is of the whole run stands there under that label.
    let row = if info.whole_run() { WHOLE_RUN } else { phase };
    let estimate = over_seeds(entry, row, metric, stat)?;
    Some(SummaryValue { metric, phase, stat, unit: info.unit, estimate })
}

/// A statistic over the seeds that have a value.
fn over_seeds(entry: &Entry<'_>, phase: &str, metric: &str, stat: Stat) -> Option<Estimate> {
    let value = |run: &&RecordedRun| run.metric(phase, metric, stat)?.value;
    let per_seed: Vec<f64> = entry.runs.iter().filter_map(value).collect();
    Estimate::over_seeds(&per_seed)
}
