//! Which interval a moment belongs to.
//!
//! An interval holds the moments from its start up to, but not including, its end; the last end of
//! the run is included, because gauges are read there too. Intervals with the same label are one
//! phase: a fault that strikes three times under one name is judged as one.

use crate::model::Interval;

/// The label under which numbers of the whole run stand, such as `load.gini`.
pub const WHOLE_RUN: &str = "run";

/// The label of the interval that is measured.
pub const MEASURE: &str = "measure";

/// All intervals of one label.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// The label.
    pub label: String,
    /// `warmup`, `measure` or `fault`.
    pub kind: String,
    /// Start and end of each interval, by start.
    pub spans: Vec<(f64, f64)>,
    run_end_s: f64,
}

impl Phase {
    /// Does the moment belong to it?
    pub fn contains(&self, t_s: f64) -> bool {
        self.spans.iter().any(|&(start, end)| within(t_s, start, end, self.run_end_s))
    }

    /// Does the bin belong to it? Bins never straddle an interval's end, so their middle decides.
    pub fn contains_bin(&self, t_start_s: f64, t_end_s: f64) -> bool {
        self.contains(f64::midpoint(t_start_s, t_end_s))
    }

    /// Is it an injected fault?
    pub fn is_fault(&self) -> bool {
        self.kind == "fault"
    }
}

fn within(t: f64, start: f64, end: f64, run_end: f64) -> bool {
    t >= start && (t < end || (t <= end && end >= run_end))
}

/// When the run ends that has these intervals.
pub fn run_end(intervals: &[Interval]) -> f64 {
    intervals.iter().map(|i| i.t_end_s).fold(0.0, f64::max)
}

fn sorted(intervals: &[Interval]) -> Vec<&Interval> {
    let mut intervals: Vec<&Interval> = intervals.iter().collect();
    intervals.sort_by(|a, b| {
        let order = a.t_start_s.total_cmp(&b.t_start_s).then(a.t_end_s.total_cmp(&b.t_end_s));
        order.then_with(|| a.kind.cmp(&b.kind)).then_with(|| a.label.cmp(&b.label))
    });
    intervals
}

/// The phases of a run with these intervals, by start.
pub fn phases(intervals: &[Interval]) -> Vec<Phase> {
    let run_end_s = run_end(intervals);
    let mut found: Vec<Phase> = Vec::new();
    for interval in sorted(intervals) {
        let span = (interval.t_start_s, interval.t_end_s);
        if let Some(phase) = found.iter_mut().find(|p| p.label == interval.label) {
            phase.spans.push(span);
        } else {
            found.push(Phase {
                label: interval.label.clone(),
                kind: interval.kind.clone(),
                spans: vec![span],
                run_end_s,
            });
        }
    }
    found
}

/// The phase of that label.
pub fn phase(intervals: &[Interval], label: &str) -> Option<Phase> {
    phases(intervals).into_iter().find(|p| p.label == label)
}

/// All of a run, under the label [`WHOLE_RUN`].
pub fn whole_run() -> Phase {
    let label = WHOLE_RUN.to_owned();
    Phase { kind: label.clone(), label, spans: vec![(0.0, f64::INFINITY)], run_end_s: 0.0 }
}

/// Says the most specific label of a moment: a fault before `measure` before `warmup`; of several
/// faults the shortest, then the one that began last.
#[derive(Debug)]
pub struct Labels<'a> {
    by_rank: Vec<&'a Interval>,
    run_end_s: f64,
}

impl<'a> Labels<'a> {
    /// For a run with these intervals.
    pub fn new(intervals: &'a [Interval]) -> Self {
        let mut by_rank = sorted(intervals);
        by_rank.reverse();
        by_rank.sort_by(|a, b| {
            let length = |i: &Interval| i.t_end_s - i.t_start_s;
            rank(&a.kind).cmp(&rank(&b.kind)).then(length(a).total_cmp(&length(b)))
        });
        Self { by_rank, run_end_s: run_end(intervals) }
    }

    /// The label; empty outside every interval.
    pub fn at(&self, t_s: f64) -> &'a str {
        let found =
            self.by_rank.iter().find(|i| within(t_s, i.t_start_s, i.t_end_s, self.run_end_s));
        found.map_or("", |interval| interval.label.as_str())
    }
}

fn rank(kind: &str) -> u8 {
    match kind {
        "fault" => 0,
        "measure" => 2,
        "warmup" => 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(kind: &str, label: &str, t_start_s: f64, t_end_s: f64) -> Interval {
        Interval { kind: kind.into(), label: label.into(), t_start_s, t_end_s }
    }

    fn run() -> Vec<Interval> {
        vec![
            interval("fault", "blip", 40.0, 50.0),
            interval("fault", "outage", 30.0, 60.0),
            interval("fault", "blip", 80.0, 90.0),
            interval("measure", "measure", 10.0, 100.0),
            interval("warmup", "warmup", 0.0, 10.0),
        ]
    }

    #[test]
    fn the_most_specific_label_wins() {
        let run = run();
        let labels = Labels::new(&run);
        let said: Vec<_> =
            [0.0, 9.9, 10.0, 30.0, 45.0, 50.0, 60.0, 85.0, 100.0].map(|t| labels.at(t)).into();
        assert_eq!(
            said,
            [
                "warmup", "warmup", "measure", "outage", "blip", "outage", "measure", "blip",
                "measure"
            ]
        );
        assert_eq!(labels.at(100.1), "");
    }

    #[test]
    fn intervals_of_one_label_are_one_phase() {
        let blip = phase(&run(), "blip").unwrap();
        assert_eq!(blip.spans, [(40.0, 50.0), (80.0, 90.0)]);
        assert!(blip.contains(40.0) && !blip.contains(50.0) && blip.contains(80.0));
        assert!(blip.is_fault());
        assert_eq!(phase(&run(), "nothing"), None);
    }

    #[test]
    fn the_last_moment_of_the_run_belongs_to_it() {
        let measure = phase(&run(), MEASURE).unwrap();
        assert!(measure.contains(100.0));
        let warmup = phase(&run(), "warmup").unwrap();
        assert!(!warmup.contains(10.0));
    }
}
