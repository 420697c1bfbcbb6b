//! What succeeds before, during and after a fault.

use crate::model::{Interval, Join, Run};
use crate::phase::Phase;
use crate::recovery;

/// From when to when, for a fault among all intervals.
pub(super) type Side = fn(&[Interval], &Interval) -> (f64, f64);

/// When each thing of a kind was begun, and whether it succeeded.
pub(super) type Begun = fn(&Run) -> Vec<(f64, bool)>;

pub(super) const BEFORE: Side = recovery::span_before;
pub(super) const DURING: Side = |_, fault| (fault.t_start_s, fault.t_end_s);
pub(super) const AFTER: Side = recovery::span_after;

/// Lookups, or all operations where the workload has no lookups.
pub(super) const OPERATIONS: Begun = |run| {
    let lookups_only = run.operations.iter().any(|o| o.op == "find_node");
    let kept = run.operations.iter().filter(|o| !lookups_only || o.op == "find_node");
    kept.map(|o| (o.t_start_s, o.outcome == "ok")).collect()
};

/// Joins, which succeed within a minute or count as failed.
pub(super) const JOINS: Begun =
    |run| run.joins.iter().map(|join| (join.t_start_s, Join::is_prompt(join))).collect();

/// What was said of all that was begun on that side of the faults of a name.
pub(super) fn said(run: &Run, phase: &Phase, side: Side, begun: Begun) -> Vec<bool> {
    if !phase.is_fault() {
        return Vec::new();
    }
    let faults = run.intervals.iter().filter(|i| i.kind == "fault" && i.label == phase.label);
    let spans: Vec<(f64, f64)> = faults.map(|fault| side(&run.intervals, fault)).collect();
    let inside = |t: f64| spans.iter().any(|(from, to)| t >= *from && t < *to);
    begun(run).into_iter().filter(|(t, _)| inside(*t)).map(|(_, ok)| ok).collect()
}
