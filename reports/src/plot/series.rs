//! Lines over time.

use super::canvas::Canvas;
use super::panel::Panel;
use super::theme::Ink;
use crate::entry::Entry;
use crate::num;
use crate::phase;
use crate::recorded::SeriesRow;

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

/// A window of a run: its start and end, the share that succeeded, and of how many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) share: f64,
    pub(super) n: u64,
}

/// The windows in which the runs of an entry observed that metric.
pub(super) fn windows(entry: &Entry<'_>, metric: &str) -> Vec<Window> {
    let rows = entry.runs.iter().flat_map(|run| &run.series);
    let of_metric = rows.filter(|row| *row.metric == *metric && row.group.is_empty());
    let window = |row: &SeriesRow| {
        let (from, to, n) = (row.t_start_s, row.t_end_s, row.n);
        Some(Window { from, to, share: row.value?, n })
    };
    of_metric.filter_map(window).collect()
}

/// Bins of time for a share of so many observations: windows of the tables put together to about `BINS`,
/// long enough for `IN_BIN` observations on average, and never across the beginning or end of a phase.
pub(super) fn bins(entries: &[Entry<'_>], observations: u64) -> Vec<(f64, f64)> {
    const BINS: f64 = 72.0;
    const IN_BIN: f64 = 20.0;
    let Some(run) = entries.iter().find_map(|e| e.runs.first()) else { return Vec::new() };
    let phases = phase::phases(&run.intervals);
    let mut fixed: Vec<f64> =
        phases.iter().flat_map(|p| p.spans.iter().flat_map(|span| [span.0, span.1])).collect();
    let rows = entries.iter().flat_map(|e| &e.runs).flat_map(|run| &run.series);
    let mut edges: Vec<f64> = rows.flat_map(|row| [row.t_start_s, row.t_end_s]).collect();
    edges.extend(&fixed);
    edges.push(0.0);
    for times in [&mut fixed, &mut edges] {
        times.sort_by(f64::total_cmp);
        times.dedup();
    }
    let end = edges.last().copied().unwrap_or(0.0);
    let step = (end / BINS).max(IN_BIN * end / num::float(observations.max(1)));
    let mut bins: Vec<(f64, f64)> = Vec::new();
    for pair in edges.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        match bins.last_mut() {
            // A hair of room: windows that make a whole step in decimals do not in binary.
            Some(last) if to - last.0 <= step * 1.000_001 && !is_among(&fixed, from) => last.1 = to,
            _ => bins.push((from, to)),
        }
    }
    bins
}

fn is_among(sorted: &[f64], time: f64) -> bool {
    sorted.binary_search_by(|known| known.total_cmp(&time)).is_ok()
}

/// The share of successes in each bin in percent, and of how many, from the windows that lie in it.
pub(super) fn shares(bins: &[(f64, f64)], windows: &[Window]) -> Vec<(Option<f64>, u64)> {
    let mut sums = vec![(0_u64, 0_u64); bins.len()];
    for window in windows {
        let middle = f64::midpoint(window.from, window.to);
        let at = bins.partition_point(|bin| bin.1 <= middle);
        if let Some(sum) = sums.get_mut(at) {
            sum.0 += num::nearest_count(window.share * num::float(window.n));
            sum.1 += window.n;
        }
    }
    let share = |(ok, n)| ((n > 0).then(|| 100.0 * num::float(ok) / num::float(n)), n);
    sums.into_iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Interval;
    use crate::recorded::RecordedRun;

    fn window(from: f64, to: f64, share: f64, n: u64) -> Window {
        Window { from, to, share, n }
    }

    #[test]
    fn shares_are_of_all_observations() {
        let bins = [(0.0, 10.0), (10.0, 20.0), (20.0, 30.0)];
        let windows =
            [window(0.0, 5.0, 1.0, 1), window(5.0, 10.0, 0.0, 3), window(20.0, 30.0, 0.0, 2)];
        assert_eq!(shares(&bins, &windows), [(Some(25.0), 4), (None, 0), (Some(0.0), 2)]);
    }

    fn run(end: u32, fault: (f64, f64)) -> RecordedRun {
        let interval = |kind: &str, t_start_s, t_end_s| Interval {
            kind: kind.into(),
            label: kind.into(),
            t_start_s,
            t_end_s,
        };
        let row = |t: u32| SeriesRow {
            t_start_s: f64::from(t),
            t_end_s: f64::from(t + 1),
            metric: "lookup.success_ratio".into(),
            group: "".into(),
            value: Some(0.5),
            unit: "ratio".into(),
            n: 10,
        };
        RecordedRun {
            intervals: vec![
                interval("measure", 0.0, f64::from(end)),
                interval("fault", fault.0, fault.1),
            ],
            series: (0..end).map(row).collect(),
            ..RecordedRun::default()
        }
    }

    #[test]
    fn bins_are_windows_put_together_and_end_with_phases() {
        let run = run(100, (33.0, 47.0));
        let recorded = crate::recorded::Recorded { runs: vec![run], ..Default::default() };
        let entries = crate::entry::entries(&recorded);
        // A thousand observations in 100 s: two seconds hold twenty.
        let found = bins(&entries, 1000);
        assert!(found.windows(2).all(|pair| pair[0].1.total_cmp(&pair[1].0).is_eq()));
        assert!(found.iter().all(|bin| bin.1 - bin.0 <= 2.0), "{found:?}");
        assert!(found.contains(&(32.0, 33.0)) && found.contains(&(33.0, 35.0)), "{found:?}");
        assert_eq!(found.len(), 17 + 7 + 27);
        let windows = windows(&entries[0], "lookup.success_ratio");
        let shares = shares(&found, &windows);
        assert_eq!(shares.iter().map(|share| share.1).sum::<u64>(), 1000);
    }
}
