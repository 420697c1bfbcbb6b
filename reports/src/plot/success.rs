//! F4: what succeeds, over time.

use super::canvas::Canvas;
use super::page::{Page, Setting, say_counts};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::Scale;
use super::series::{self, Line};
use super::timeline::Timeline;
use crate::entry::{Entry, say_seeds};
use crate::model::Run;
use crate::stats;

pub(super) const TITLE: &str = "F4 Success over time";

const FIRST_HEIGHT: i32 = 240;
const OTHER_HEIGHT: i32 = 110;
const GAP: i32 = 22;

const READING: &str = "Share of the operations begun at a time that succeed; failures and abandoned ones \
    count as not. Shades are the phases named above them; a protocol that recovers returns to its level before.";

const JOINS: &str = "Joins (%)";
const JOINS_READING: &str = " Joins count when they are done within a minute.";

const OVERLAY_READING: &str =
    " Connected is the share of live nodes in the overlay's largest part.";

/// A panel's title and the lines of the entries.
struct Lines {
    title: &'static str,
    lines: Vec<Line>,
}

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<String>, String> {
    let layout = setting.layout();
    let Some(timeline) = Timeline::of(entries, layout) else { return Ok(None) };
    let lookups = outcomes(entries, |run| operations(run, "find_node"));
    let gets = outcomes(entries, |run| operations(run, "get"));
    let joins =
        outcomes(entries, |run| run.joins.iter().map(|j| (j.t_start_s, j.is_prompt())).collect());
    let counts =
        [("lookups", &lookups), ("gets", &gets), ("joins", &joins)].map(|(name, found)| {
            let n: Vec<u64> = found.iter().map(|o| o.len() as u64).collect();
            n.iter().any(|n| *n > 0).then(|| say_counts(&n, name))
        });
    let mut panels: Vec<Lines> = Vec::new();
    panels.extend(share_panel(entries, "Lookups (%)", lookups));
    panels.extend(share_panel(entries, "Gets (%)", gets));
    panels.extend(share_panel(entries, JOINS, joins));
    if panels.is_empty() {
        return Ok(None);
    }
    let overlay = overlay_panel(entries);
    let mut reading = READING.to_owned();
    if panels.iter().any(|panel| panel.title == JOINS) {
        reading.push_str(JOINS_READING);
    }
    if overlay.is_some() {
        reading.push_str(OVERLAY_READING);
    }
    panels.extend(overlay);
    let others = i32::try_from(panels.len()).unwrap_or(1) - 1;
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    let page = Page {
        title: TITLE,
        reading,
        count: format!(
            "n = {} of the whole run, pooled over {}.",
            counts.join(", "),
            say_seeds(seeds)
        ),
        legend: entries.iter().map(Entry::label).collect(),
        body: timeline.lanes_height()
            + layout.height(FIRST_HEIGHT)
            + others * (GAP + layout.height(OTHER_HEIGHT))
            + AXIS_HEIGHT,
    };
    let svg = page.draw(setting, |canvas, top| {
        let top = top + timeline.lanes_height();
        timeline.name_phases(canvas, top);
        stack(canvas, &timeline, top, &panels);
    })?;
    Ok(Some(svg))
}

/// The panels below each other, with the axis of time under the last.
fn stack(canvas: &mut Canvas<'_>, timeline: &Timeline, mut top: i32, panels: &[Lines]) {
    for (nth, content) in panels.iter().enumerate() {
        let layout = timeline.layout;
        let height = layout.height(if nth == 0 { FIRST_HEIGHT } else { OTHER_HEIGHT });
        let y = Scale::linear(0.0, 100.0, top + height, top + 6);
        let panel = Panel { x: timeline.scale, y };
        timeline.shade(canvas, &panel);
        panel.draw_x_grid(canvas, &timeline.ticks());
        panel.draw_y(canvas, &panel.y.ticks(if nth == 0 { 5 } else { 2 }), content.title);
        for (series, line) in content.lines.iter().enumerate() {
            series::draw(canvas, &panel, series, line);
        }
        if nth + 1 == panels.len() {
            panel.draw_x(canvas, &timeline.ticks(), &timeline.title());
        }
        top += height + GAP;
    }
}

fn operations(run: &Run, op: &str) -> Vec<(f64, bool)> {
    let of_kind = run.operations.iter().filter(|o| o.op == op);
    of_kind.map(|o| (o.t_start_s, o.outcome == "ok")).collect()
}

/// The observations of each entry, of all seeds.
fn outcomes(
    entries: &[Entry<'_>],
    read: impl Fn(&Run) -> Vec<(f64, bool)>,
) -> Vec<Vec<(f64, bool)>> {
    entries.iter().map(|e| e.runs.iter().flat_map(|run| read(run)).collect()).collect()
}

fn share_panel(
    entries: &[Entry<'_>],
    title: &'static str,
    observed: Vec<Vec<(f64, bool)>>,
) -> Option<Lines> {
    let most = observed.iter().map(Vec::len).max().filter(|n| *n > 0)?;
    let bins = series::bins(entries, most);
    let lines = observed.into_iter().map(|o| series::shares(&bins, o)).collect();
    Some(Lines { title, lines })
}

/// The share of live nodes in the largest component, mean over seeds at each sample time.
fn overlay_panel(entries: &[Entry<'_>]) -> Option<Lines> {
    let lines: Vec<Line> = entries.iter().map(overlay).collect();
    let any = lines.iter().any(|line| !line.is_empty());
    any.then_some(Lines { title: "Connected (%)", lines })
}

fn overlay(entry: &Entry<'_>) -> Line {
    let samples = entry.runs.iter().flat_map(|run| &run.samples);
    let mut read: Vec<(f64, f64)> = samples
        .filter(|s| s.metric == "overlay.largest_component_ratio")
        .map(|s| (s.t_s, 100.0 * s.value))
        .collect();
    read.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let at_once = read.chunk_by(|a, b| a.0 >= b.0);
    at_once
        .map(|group| {
            let values: Vec<f64> = group.iter().map(|r| r.1).collect();
            (group[0].0, stats::mean(&values))
        })
        .collect()
}
