//! What a fault did: the success of operations before, during and after it.

use serde::Serialize;

use crate::entry::Entry;
use crate::model::{Interval, Join, Run};
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
    /// Share of the joins begun then that found their place within a minute; `None` where nobody joined.
    pub joins_before: Option<Estimate>,
    /// The same for joins begun during the fault.
    pub joins_during: Option<Estimate>,
    /// The same for joins begun between the fault's end and the next fault or the end.
    pub joins_after: Option<Estimate>,
    /// Joins begun during the fault, over all seeds.
    pub joins_begun: u64,
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

/// From when to when, for a fault among all intervals.
type Span = fn(&[Interval], &Interval) -> (f64, f64);

fn row(entry: &Entry<'_>, label: &str) -> FaultRow {
    let over_seeds = |share: fn(&Run, &str, Span) -> Option<f64>, span: Span| {
        let per_seed: Vec<f64> =
            entry.runs.iter().filter_map(|run| share(run, label, span)).collect();
        Estimate::over_seeds(&per_seed)
    };
    let during: Span = |_, fault| (fault.t_start_s, fault.t_end_s);
    let begun = |run: &&Run| joins(run, label, during).count() as u64;
    let recoveries = || entry.runs.iter().flat_map(|r| &r.recoveries).filter(|r| r.phase == label);
    let times: Vec<f64> = recoveries().filter_map(|r| r.time_to_95_s).collect();
    FaultRow {
        protocol: entry.protocol.to_owned(),
        variant: entry.variant.to_owned(),
        before: over_seeds(success, recovery::span_before),
        during: over_seeds(success, during),
        after: over_seeds(success, recovery::span_after),
        joins_before: over_seeds(joined, recovery::span_before),
        joins_during: over_seeds(joined, during),
        joins_after: over_seeds(joined, recovery::span_after),
        joins_begun: entry.runs.iter().map(begun).sum(),
        healed: recoveries().count() as u64,
        not_recovered: recoveries().filter(|r| r.time_to_95_s.is_none()).count() as u64,
        time_to_95_s: Estimate::over_seeds(&times),
    }
}

/// Over the operations started in the spans that belong to the faults of that name.
fn success(run: &Run, label: &str, span: Span) -> Option<f64> {
    let spans = spans(run, label, span);
    let lookups_only = run.operations.iter().any(|o| o.op == "find_node");
    let kept = run.operations.iter().filter(|o| !lookups_only || o.op == "find_node");
    share(kept.filter(|o| holds(&spans, o.t_start_s)).map(|o| o.outcome == "ok"))
}

/// Over the joins begun in those spans.
fn joined(run: &Run, label: &str, span: Span) -> Option<f64> {
    share(joins(run, label, span).map(Join::is_prompt))
}

fn joins<'a>(run: &'a Run, label: &str, span: Span) -> impl Iterator<Item = &'a Join> {
    let spans = spans(run, label, span);
    run.joins.iter().filter(move |join| holds(&spans, join.t_start_s))
}

fn spans(run: &Run, label: &str, span: Span) -> Vec<(f64, f64)> {
    let faults = run.intervals.iter().filter(|i| i.kind == "fault" && i.label == label);
    faults.map(|fault| span(&run.intervals, fault)).collect()
}

fn holds(spans: &[(f64, f64)], t_s: f64) -> bool {
    spans.iter().any(|(from, to)| t_s >= *from && t_s < *to)
}

fn share(said: impl Iterator<Item = bool>) -> Option<f64> {
    let (ok, n) = said.fold((0, 0), |(ok, n), yes| (ok + u64::from(yes), n + 1));
    (n > 0).then(|| num::float(ok) / num::float(n))
}
