//! How long after a fault's end operations succeed as before.
//!
//! The rule, for one fault:
//! * **Which operations.** `find_node` where the workload has any before the fault, otherwise all.
//! * **The level before** is the success ratio of those started after the warm-up, or after the end
//!   of the previous fault, and before this fault began; where faults overlap, before the first of
//!   them. At least [`OPERATIONS_MIN`] are needed.
//! * **The window** looks forward and is as long as [`WINDOW_OPERATIONS`] operations took before the
//!   fault, but between [`WINDOW_MIN_S`] and [`WINDOW_MAX_S`] seconds. It looks forward so that
//!   failures during the fault do not delay the answer.
//! * **The answer** is the earliest moment, among the heal itself and the starts of operations after
//!   it, from which on a window that ends within the run holds at least [`OPERATIONS_MIN`] operations
//!   and at least [`LEVEL`] of the level before.

use crate::model::{Interval, Operation, Recovery};
use crate::num;

/// The share of the level before that counts as recovered.
pub const LEVEL: f64 = 0.95;
/// A success ratio of fewer operations is noise, and no answer is given.
pub const OPERATIONS_MIN: usize = 10;
/// So many operations, at the rate before the fault, make a window.
pub const WINDOW_OPERATIONS: u32 = 100;
/// The shortest window.
pub const WINDOW_MIN_S: f64 = 10.0;
/// The longest window.
pub const WINDOW_MAX_S: f64 = 600.0;

/// What became of the success ratio after a fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recovered {
    /// It was back so many seconds after the heal.
    After(f64),
    /// It was not back before the run ended.
    NotReached,
    /// Too few operations before the fault to say.
    Unknown,
}

/// One recovery per fault interval that ends within the run and has a level before it, by start.
pub fn recoveries(operations: &[Operation], intervals: &[Interval]) -> Vec<Recovery> {
    let run_end_s = intervals.iter().map(|i| i.t_end_s).fold(0.0, f64::max);
    let mut faults: Vec<&Interval> = intervals.iter().filter(|i| i.kind == "fault").collect();
    faults.sort_by(|a, b| a.t_start_s.total_cmp(&b.t_start_s).then_with(|| a.label.cmp(&b.label)));
    faults
        .into_iter()
        .filter(|fault| fault.t_end_s < run_end_s)
        .filter_map(|fault| {
            let before = span_before(intervals, fault);
            let time_to_95_s = match time_to_level(operations, before, fault.t_end_s, run_end_s) {
                Recovered::After(seconds) => Some(seconds),
                Recovered::NotReached => None,
                Recovered::Unknown => return None,
            };
            Some(Recovery { phase: fault.label.clone(), healed_at_s: fault.t_end_s, time_to_95_s })
        })
        .collect()
}

/// From when to when the level before a fault is read. Of faults that overlap, the level before is
/// that before the first of them.
pub fn span_before(intervals: &[Interval], fault: &Interval) -> (f64, f64) {
    let faults = || intervals.iter().filter(|i| i.kind == "fault");
    let mut to = fault.t_start_s;
    // Each step goes back to the start of a fault under way at that moment, so there are few.
    while let Some(earlier) =
        faults().filter(|i| i.t_start_s < to && i.t_end_s > to).map(|i| i.t_start_s).next()
    {
        to = earlier;
    }
    let quiet_since = intervals
        .iter()
        .filter(|i| i.kind == "fault" || i.kind == "warmup")
        .map(|i| i.t_end_s)
        .filter(|end| *end <= to)
        .fold(0.0, f64::max);
    (quiet_since, to)
}

/// From a fault's end to the next fault or the end of the run.
pub fn span_after(intervals: &[Interval], fault: &Interval) -> (f64, f64) {
    let run_end_s = intervals.iter().map(|i| i.t_end_s).fold(0.0, f64::max);
    let next = intervals
        .iter()
        .filter(|i| i.kind == "fault" && i.t_end_s > fault.t_end_s)
        .map(|i| i.t_start_s.max(fault.t_end_s))
        .fold(run_end_s, f64::min);
    (fault.t_end_s, next)
}

/// Time from the heal to the level before, by the rule of this module.
pub fn time_to_level(
    operations: &[Operation],
    before_s: (f64, f64),
    healed_at_s: f64,
    run_end_s: f64,
) -> Recovered {
    let (from, to) = before_s;
    let inside = |o: &&Operation| o.t_start_s >= from && o.t_start_s < to;
    let lookups_only = operations.iter().filter(inside).any(|o| o.op == "find_node");
    let kept = |o: &&Operation| !lookups_only || o.op == "find_node";

    let before: Vec<&Operation> = operations.iter().filter(inside).filter(kept).collect();
    if before.len() < OPERATIONS_MIN {
        return Recovered::Unknown;
    }
    let succeeded = before.iter().filter(|o| o.outcome == "ok").count();
    let goal = LEVEL * num::float_len(succeeded) / num::float_len(before.len());
    let pace_s = (to - from) / num::float_len(before.len());
    let window_s = (pace_s * f64::from(WINDOW_OPERATIONS)).clamp(WINDOW_MIN_S, WINDOW_MAX_S);

    let mut after: Vec<(f64, bool)> = operations
        .iter()
        .filter(kept)
        .filter(|o| o.t_start_s >= healed_at_s)
        .map(|o| (o.t_start_s, o.outcome == "ok"))
        .collect();
    after.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    first_good_window(&after, healed_at_s, run_end_s, window_s, goal)
        .map_or(Recovered::NotReached, Recovered::After)
}

/// Slides the window over operations sorted by start; each enters and leaves it once.
fn first_good_window(
    after: &[(f64, bool)],
    healed_at_s: f64,
    run_end_s: f64,
    window_s: f64,
    goal: f64,
) -> Option<f64> {
    let mut first = 0;
    let mut last = 0;
    let mut succeeded = 0_u64;
    let starts = std::iter::once(healed_at_s).chain(after.iter().map(|o| o.0));
    for start in starts {
        if start + window_s > run_end_s {
            return None;
        }
        while last < after.len() && after[last].0 < start + window_s {
            succeeded += u64::from(after[last].1);
            last += 1;
        }
        while first < last && after[first].0 < start {
            succeeded -= u64::from(after[first].1);
            first += 1;
        }
        let n = last - first;
        if n >= OPERATIONS_MIN && num::float(succeeded) >= goal * num::float_len(n) {
            return Some(start - healed_at_s);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(t_start_s: f64, ok: bool, op: &'static str) -> Operation {
        Operation {
            lookup_id: 0,
            op,
            t_start_s,
            latency_ms: Some(1.0),
            hops: 1,
            rpcs_sent: 1,
            rpcs_timed_out: 0,
            messages: 2,
            bytes: 100,
            outcome: if ok { "ok" } else { "timeout" },
            exact: None,
            recall_at_k: None,
            range_items: None,
            range_recall: None,
            range_precision: None,
            range_holders: None,
            range_complete: None,
            batch: None,
            origin_region: String::new(),
        }
    }

    /// One lookup a second; those started within `bad` fail.
    fn lookups(until: u32, bad: std::ops::Range<u32>) -> Vec<Operation> {
        (0..until).map(|t| operation(f64::from(t), !bad.contains(&t), "find_node")).collect()
    }

    fn intervals(fault_s: (f64, f64), end: f64) -> Vec<Interval> {
        let of = |kind: &str, label: &str, t_start_s, t_end_s| Interval {
            kind: kind.into(),
            label: label.into(),
            t_start_s,
            t_end_s,
        };
        vec![
            of("warmup", "warmup", 0.0, 100.0),
            of("measure", "measure", 100.0, end),
            of("fault", "cut", fault_s.0, fault_s.1),
        ]
    }

    fn time(operations: &[Operation], intervals: &[Interval]) -> Recovered {
        let fault = intervals.iter().find(|i| i.kind == "fault").expect("a fault");
        let end = intervals.iter().map(|i| i.t_end_s).fold(0.0, f64::max);
        time_to_level(operations, span_before(intervals, fault), fault.t_end_s, end)
    }

    fn near(found: Recovered, planted: f64) {
        let Recovered::After(found) = found else { panic!("{found:?}") };
        assert!((found - planted).abs() < 1e-9, "{found} against {planted}");
    }

    #[test]
    fn an_instant_recovery_takes_no_time() {
        near(time(&lookups(1000, 300..400), &intervals((300.0, 400.0), 1000.0)), 0.0);
    }

    /// Failures go on for 60 s after the heal. A window of 100 lookups may hold 5 failures, so it is
    /// good from the start of the 55th second on.
    #[test]
    fn lasting_failures_delay_it() {
        near(time(&lookups(1000, 300..460), &intervals((300.0, 400.0), 1000.0)), 55.0);
    }

    #[test]
    fn the_goal_is_relative_to_the_level_before() {
        let mut half: Vec<Operation> = lookups(1000, 300..460);
        for second in half.iter_mut().skip(1).step_by(2) {
            second.outcome = "timeout";
        }
        let Recovered::After(found) = time(&half, &intervals((300.0, 400.0), 1000.0)) else {
            panic!("half of the lookups succeed again")
        };
        assert!((54.0..=60.0).contains(&found), "{found}");
    }

    #[test]
    fn what_never_recovers_is_said_so() {
        let never = lookups(1000, 300..1000);
        let intervals = intervals((300.0, 400.0), 1000.0);
        assert_eq!(time(&never, &intervals), Recovered::NotReached);
        let rows = recoveries(&never, &intervals);
        assert_eq!((rows.len(), rows[0].time_to_95_s), (1, None));
    }

    #[test]
    fn no_level_before_means_no_answer() {
        let at_start = intervals((100.0, 200.0), 1000.0);
        assert_eq!(time(&lookups(1000, 100..200), &at_start), Recovered::Unknown);
        assert_eq!(recoveries(&lookups(1000, 100..200), &at_start), []);
    }

    #[test]
    fn a_fault_until_the_end_has_no_recovery() {
        assert_eq!(recoveries(&lookups(1000, 300..1000), &intervals((300.0, 1000.0), 1000.0)), []);
    }

    #[test]
    fn gets_of_lost_keys_do_not_hide_recovered_lookups() {
        let mut mixed = lookups(1000, 300..400);
        mixed.extend((0..1000).map(|t| operation(f64::from(t), t < 300, "get")));
        near(time(&mixed, &intervals((300.0, 400.0), 1000.0)), 0.0);
    }

    #[test]
    fn overlapping_faults_share_the_level_before() {
        let mut intervals = intervals((300.0, 400.0), 1000.0);
        let second = Interval { t_start_s: 350.0, t_end_s: 450.0, ..intervals[2].clone() };
        intervals.push(second.clone());
        assert_eq!(span_before(&intervals, &second), (100.0, 300.0));
        assert_eq!(span_after(&intervals, &intervals[2]), (400.0, 400.0));
        assert_eq!(span_after(&intervals, &second), (450.0, 1000.0));
    }

    #[test]
    fn the_order_of_operations_does_not_matter() {
        let mut shuffled = lookups(1000, 300..460);
        shuffled.reverse();
        near(time(&shuffled, &intervals((300.0, 400.0), 1000.0)), 55.0);
    }
}
