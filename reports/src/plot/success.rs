//! F4: what succeeds, over time.

use super::canvas::Canvas;
use super::data::{self, FigureData};
use super::page::{Drawing, Page, Setting, say_counts};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::Scale;
use super::series::{self, Line, Window};
use super::timeline::Timeline;
use crate::entry::{Entry, say_seeds};
use crate::num;
use crate::stats;

pub(super) const TITLE: &str = "F4 Success over time";

const FIRST_HEIGHT: i32 = 240;
const OTHER_HEIGHT: i32 = 110;
const GAP: i32 = 22;

const READING: &str = "Share of the operations begun at a time that succeed; failures and abandoned ones \
    count as not. Shades are the phases named above them; a protocol that recovers returns to its level before.";

/// A panel of shares: its title, what is counted, the metric and what must be said to read it.
const SHARES: [(&str, &str, &str, &str); 3] = [
    ("Lookups (%)", "lookups", "lookup.success_ratio", ""),
    ("Gets (%)", "gets", "get.success_ratio", ""),
    ("Joins (%)", "joins", "join.prompt_ratio", " Joins count when they are done within a minute."),
];

const OVERLAY_READING: &str =
    " Connected is the share of live nodes in the overlay's largest part.";

/// A panel.
struct Lines {
    title: &'static str,
    /// When each point was.
    bins: Vec<(f64, f64)>,
    /// Of each entry: value and observations in each bin.
    values: Vec<Vec<(Option<f64>, u64)>>,
}

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<Drawing>, String> {
    let Some(timeline) = Timeline::of(entries) else { return Ok(None) };
    let mut panels: Vec<Lines> = Vec::new();
    let mut counts: Vec<String> = Vec::new();
    let mut reading = READING.to_owned();
    for (title, what, metric, more) in SHARES {
        let windows: Vec<Vec<Window>> =
            entries.iter().map(|entry| series::windows(entry, metric)).collect();
        let n: Vec<u64> = windows.iter().map(|w| w.iter().map(|w| w.n).sum()).collect();
        let Some(most) = n.iter().max().copied().filter(|most| *most > 0) else { continue };
        let bins = series::bins(entries, most);
        let values = windows.iter().map(|windows| series::shares(&bins, windows)).collect();
        panels.push(Lines { title, bins, values });
        counts.push(say_counts(&n, what));
        reading.push_str(more);
    }
    if panels.is_empty() {
        return Ok(None);
    }
    if let Some(overlay) = overlay_panel(entries) {
        panels.push(overlay);
        reading.push_str(OVERLAY_READING);
    }
    let others = i32::try_from(panels.len()).unwrap_or(1) - 1;
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let page = Page {
        title: TITLE,
        reading,
        count: format!(
            "n = {} of the whole run, pooled over {}.",
            counts.join(", "),
            say_seeds(seeds)
        ),
        legend: entries.iter().map(Entry::label).collect(),
        body: timeline.lanes_height() + FIRST_HEIGHT + others * (GAP + OTHER_HEIGHT) + AXIS_HEIGHT,
        data: table(entries, &panels),
    };
    let drawing = page.draw(setting, |canvas, top| {
        let top = top + timeline.lanes_height();
        timeline.name_phases(canvas, top);
        stack(canvas, &timeline, top, &panels);
    })?;
    Ok(Some(drawing))
}

impl Lines {
    /// The line of an entry, each value at the middle of its bin.
    fn line(&self, values: &[(Option<f64>, u64)]) -> Line {
        let middle = |bin: &(f64, f64)| f64::midpoint(bin.0, bin.1);
        self.bins.iter().zip(values).map(|(bin, (value, _))| (middle(bin), *value)).collect()
    }
}

/// The panels below each other, with the axis of time under the last.
fn stack(canvas: &mut Canvas<'_>, timeline: &Timeline, mut top: i32, panels: &[Lines]) {
    for (nth, content) in panels.iter().enumerate() {
        let height = if nth == 0 { FIRST_HEIGHT } else { OTHER_HEIGHT };
        let y = Scale::linear(0.0, 100.0, top + height, top + 6);
        let panel = Panel { x: timeline.scale, y };
        timeline.shade(canvas, &panel);
        panel.draw_x_grid(canvas, &timeline.ticks());
        panel.draw_y(canvas, &panel.y.ticks(if nth == 0 { 5 } else { 2 }), content.title);
        for (series, values) in content.values.iter().enumerate() {
            series::draw(canvas, &panel, series, &content.line(values));
        }
        if nth + 1 == panels.len() {
            panel.draw_x(canvas, &timeline.ticks(), &timeline.title());
        }
        top += height + GAP;
    }
}

/// The share of live nodes in the largest component, mean over seeds in each window that has a reading.
fn overlay_panel(entries: &[Entry<'_>]) -> Option<Lines> {
    let read: Vec<Vec<Window>> = entries
        .iter()
        .map(|entry| series::windows(entry, "overlay.largest_component_ratio"))
        .collect();
    let mut bins: Vec<(f64, f64)> = read.iter().flatten().map(|w| (w.from, w.to)).collect();
    bins.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    bins.dedup();
    if bins.is_empty() {
        return None;
    }
    let at = |windows: &[Window], bin: (f64, f64)| {
        let inside = windows.iter().filter(|w| (w.from, w.to) == bin);
        let mut shares: Vec<f64> = inside.clone().map(|w| 100.0 * w.share).collect();
        stats::sort(&mut shares);
        (stats::mean(&shares), inside.map(|w| w.n).sum())
    };
    let line = |windows: &Vec<Window>| bins.iter().map(|bin| at(windows, *bin)).collect();
    let values = read.iter().map(line).collect();
    Some(Lines { title: "Connected (%)", bins, values })
}

fn table(entries: &[Entry<'_>], panels: &[Lines]) -> FigureData {
    let heads = ["What", "Protocol", "From (s)", "To (s)", "Share (%)", "n"];
    let mut table = FigureData::new(&heads);
    let points = panels.iter().map(|panel| panel.bins.len() * panel.values.len()).sum();
    for panel in panels {
        for (entry, values) in entries.iter().zip(&panel.values) {
            let points = panel.bins.iter().zip(values).step_by(data::step(points));
            for ((from, to), (value, n)) in points.filter(|(_, (value, _))| value.is_some()) {
                let times = [*from, *to].map(|t| num::significant(t, 5));
                let share = value.map_or(String::new(), |share| data::percent(share / 100.0));
                let what = [panel.title.trim_end_matches(" (%)").to_owned(), entry.label()];
                table.row(what.into_iter().chain(times).chain([share, n.to_string()]));
            }
        }
    }
    table
}
