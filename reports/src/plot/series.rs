//! Lines over time.

use super::canvas::Canvas;
use super::panel::Panel;
use super::theme::Ink;
use crate::entry::Entry;
use crate::num;
use crate::phase;

/// A line: times and values, with `None` where nothing was observed.
pub(super) type Line = Vec<(f64, Option<f64>)>;

/// Draws a line, interrupted where nothing was observed, with markers at distances that tell series
/// apart.
pub(super) fn draw(canvas: &mut Canvas<'_>, panel: &Panel, nth: usize, line: &Line) {
    let ink = Ink::Series(nth);
    for part in line.split(|point| point.1.is_none()) {
        let points: Vec<(i32, i32)> =
            part.iter().filter_map(|(t, value)| Some(panel.at(*t, (*value)?))).collect();
        canvas.path(&points, ink, 2);
        if let [alone] = points[..] {
            canvas.marker(nth, alone);
        }
    }
    let every = (line.len() / 10).max(3);
    let first = (nth * every / 3) % every;
    for (t, value) in line.iter().skip(first).step_by(every) {
        if let Some(value) = value {
            canvas.marker(nth, panel.at(*t, *value));
        }
    }
}

/// Ends of time bins for a share of observations: about `BINS` of them, long enough for
/// `IN_BIN` observations on average, and never across the beginning or end of a phase.
pub(super) fn bins(entries: &[Entry<'_>], observations: usize) -> Vec<(f64, f64)> {
    const BINS: f64 = 72.0;
    const IN_BIN: f64 = 20.0;
    let Some(run) = entries.iter().find_map(|e| e.runs.first()) else { return Vec::new() };
    let mut edges: Vec<f64> = vec![0.0];
    for phase in phase::phases(run) {
        edges.extend(phase.spans.iter().flat_map(|span| [span.0, span.1]));
    }
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    let end = edges.last().copied().unwrap_or(0.0);
    let sparse = IN_BIN * end / num::float_len(observations.max(1));
    let step = (end / BINS).max(sparse);
    let mut bins = Vec::new();
    for pair in edges.windows(2) {
        let length = pair[1] - pair[0];
        let parts = num::nearest_count(length / step).clamp(1, 1000);
        let at = |nth: u64| pair[0] + length * num::float(nth) / num::float(parts);
        bins.extend((0..parts).map(|nth| (at(nth), at(nth + 1))));
    }
    bins
}

/// The share of successes in each bin, at the bin's middle. Observations are times and outcomes.
pub(super) fn shares(bins: &[(f64, f64)], mut observed: Vec<(f64, bool)>) -> Line {
    observed.sort_by(|a, b| a.0.total_cmp(&b.0));
    let end = bins.last().map_or(0.0, |bin| bin.1);
    bins.iter()
        .map(|&(from, to)| {
            let until = if to >= end { f64::INFINITY } else { to };
            let first = observed.partition_point(|o| o.0 < from);
            let last = observed.partition_point(|o| o.0 < until);
            let inside = &observed[first..last];
            let ok = inside.iter().filter(|o| o.1).count();
            let share = num::float_len(ok) / num::float_len(inside.len());
            (f64::midpoint(from, to), (!inside.is_empty()).then_some(100.0 * share))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_all_observations() {
        let bins = [(0.0, 10.0), (10.0, 20.0), (20.0, 30.0)];
        let observed = vec![(25.0, false), (1.0, true), (2.0, false), (30.0, false)];
        let line = shares(&bins, observed);
        assert_eq!(line, [(5.0, Some(50.0)), (15.0, None), (25.0, Some(0.0))]);
    }
}
