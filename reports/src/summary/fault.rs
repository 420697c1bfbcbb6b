//! What a fault did: the success of operations before, during and after it.

use serde::Serialize;

use crate::entry::Entry;
use crate::model::{Interval, Run};
use crate::num;
use crate::phase;
use crate::recovery;
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
    /// Time to 95 % of the level before, over the seeds that recovered.
    pub time_to_95_s: Option<Estimate>,
    /// Faults that were followed by a recovery or by none, over all seeds.
    pub healed: u64,
    /// Of these, how many were not recovered from before the run ended.
    pub not_recovered: u64,
}

pub(super) fn faults(entries: &[Entry<'_>]) -> Vec<FaultSummary> {
    let Some(run) = entries.iter().find_map(|entry| entry.runs.first()) else { return Vec::new() };
    phase::phases(run)
        .into_iter()
        .filter(phase::Phase::is_fault)
        .map(|phase| FaultSummary {
            rows: entries.iter().map(|entry| row(entry, &phase.label)).collect(),
            label: phase.label,
            spans_s: phase.spans,
        })
        .collect()
}

fn row(entry: &Entry<'_>, label: &str) -> FaultRow {
    let ratio = |span: fn(&[Interval], &Interval) -> (f64, f64)| {
        let per_seed: Vec<f64> =
            entry.runs.iter().filter_map(|run| success(run, label, span)).collect();
        Estimate::over_seeds(&per_seed)
    };
    let recoveries = || entry.runs.iter().flat_map(|r| &r.recoveries).filter(|r| r.phase == label);
    let times: Vec<f64> = recoveries().filter_map(|r| r.time_to_95_s).collect();
    FaultRow {
        protocol: entry.protocol.to_owned(),
        variant: entry.variant.to_owned(),
        before: ratio(recovery::span_before),
        during: ratio(|_, fault| (fault.t_start_s, fault.t_end_s)),
        after: ratio(recovery::span_after),
        healed: recoveries().count() as u64,
        not_recovered: recoveries().filter(|r| r.time_to_95_s.is_none()).count() as u64,
        time_to_95_s: Estimate::over_seeds(&times),
    }
}

/// Over the operations started in the spans that belong to the faults of that name.
fn success(run: &Run, label: &str, span: fn(&[Interval], &Interval) -> (f64, f64)) -> Option<f64> {
    let faults = run.intervals.iter().filter(|i| i.kind == "fault" && i.label == label);
    let spans: Vec<(f64, f64)> = faults.map(|fault| span(&run.intervals, fault)).collect();
    let lookups_only = run.operations.iter().any(|o| o.op == "find_node");
    let (mut ok, mut n) = (0, 0);
    for o in &run.operations {
        let inside = spans.iter().any(|(from, to)| o.t_start_s >= *from && o.t_start_s < *to);
        if inside && (!lookups_only || o.op == "find_node") {
            n += 1;
            ok += u64::from(o.outcome == "ok");
        }
    }
    (n > 0).then(|| num::float(ok) / num::float(n))
}
