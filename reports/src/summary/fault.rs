//! What a fault did: the success of operations before, during and after it.

use serde::Serialize;

use super::over_seeds;
use crate::entry::Entry;
use crate::metrics::Stat;
use crate::num;
use crate::phase;
use crate::recorded::MetricRow;
use crate::stats::Estimate;

/// A fault phase.
#[derive(Clone, Debug, Serialize)]
pub struct FaultSummary {
    /// Its name.
    pub label: String,
    /// Start and end of each time it struck.
    pub spans_s: Vec<(f64, f64)>,
    /// One per protocol entry.
    pub rows: Vec<FaultRow>,
}

/// What a fault did to one protocol entry. Shares are of lookups, or of all operations where the
/// workload has no lookups.
#[derive(Clone, Debug, Serialize)]
pub struct FaultRow {
    /// The protocol.
    pub protocol: String,
    /// Its variant.
    pub variant: String,
    /// Success ratio since the warm-up or the previous fault, until this one.
    pub before: Option<Estimate>,
    /// Success ratio during the fault.
    pub during: Option<Estimate>,
    /// Success ratio from the fault's end to the next fault or the end.
    pub after: Option<Estimate>,
    /// Share of the joins begun then that found their place within a minute; `None` where nobody joined.
    pub joins_before: Option<Estimate>,
    /// The same for joins begun during the fault.
    pub joins_during: Option<Estimate>,
    /// The same for joins begun between the fault's end and the next fault or the end.
    pub joins_after: Option<Estimate>,
    /// Joins begun during the fault, over all seeds.
    pub joins_begun: u64,
    /// Time to 95 % of the level before: the mean over the faults that a seed recovered from, over seeds.
    pub time_to_95_s: Option<Estimate>,
    /// Faults that were followed by a recovery or by none, over all seeds.
    pub healed: u64,
    /// Of these, how many were not recovered from before the run ended.
    pub not_recovered: u64,
}

pub(super) fn faults(entries: &[Entry<'_>]) -> Vec<FaultSummary> {
    let Some(run) = entries.iter().find_map(|entry| entry.runs.first()) else { return Vec::new() };
    phase::phases(&run.intervals)
        .into_iter()
        .filter(phase::Phase::is_fault)
        .map(|phase| FaultSummary {
            rows: entries.iter().map(|entry| row(entry, &phase.label)).collect(),
            label: phase.label,
            spans_s: phase.spans,
        })
        .collect()
}

const TIME: &str = "recovery.time_to_95_s";

fn row(entry: &Entry<'_>, label: &str) -> FaultRow {
    let share = |metric| over_seeds(entry, label, metric, Stat::Ratio);
    let counted = |metric, sum: fn(&MetricRow) -> u64| -> u64 {
        let rows = entry.runs.iter().filter_map(|run| run.metric(label, metric, Stat::Count));
        rows.map(sum).sum()
    };
    let healed = counted(TIME, |row| row.n);
    let recovered = counted(TIME, |row| row.value.map_or(0, num::nearest_count));
    FaultRow {
        protocol: entry.protocol.to_owned(),
        variant: entry.variant.to_owned(),
        before: share("recovery.success_before_ratio"),
        during: share("recovery.success_during_ratio"),
        after: share("recovery.success_after_ratio"),
        joins_before: share("recovery.joins_before_ratio"),
        joins_during: share("recovery.joins_during_ratio"),
        joins_after: share("recovery.joins_after_ratio"),
        joins_begun: counted("recovery.joins_during_ratio", |row| row.n),
        healed,
        not_recovered: healed.saturating_sub(recovered),
        time_to_95_s: over_seeds(entry, label, TIME, Stat::Mean),
    }
}
