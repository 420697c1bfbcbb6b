//! F3 and F9: a number against what a sweep varies, hops against the number of nodes and success against
//! churn.

use super::canvas::Canvas;
use super::data::{self, FigureData};
use super::page::{Drawing, Page, Setting};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::{Scale, Tick};
use super::theme::Ink;
use crate::entry::{self, Entry, say_seeds};
use crate::metrics::Stat;
use crate::phase::MEASURE;
use crate::recorded::RecordedRun;
use crate::recorded::point::magnitude;
use crate::stats::Estimate;
use indexmap::IndexMap;

const HEIGHT: i32 = 320;

/// More lines than this cannot be told apart.
const LINES_MAX: usize = 12;

/// Beyond this ratio of the largest to the smallest value the axis is logarithmic.
const LOG_FROM: f64 = 8.0;

/// What a figure of this kind shows.
pub(super) struct Subject {
    pub(super) title: &'static str,
    /// Does the axis of the sweep belong to it?
    pub(super) varies: fn(&str) -> bool,
    metric: &'static str,
    stat: Stat,
    /// What the numbers are multiplied by.
    unit: f64,
    axis: &'static str,
    reading: &'static str,
    /// What theory says of a run, where it says something of this metric.
    theory: fn(&RecordedRun) -> Option<f64>,
}

/// F3.
pub(super) const HOPS: Subject = Subject {
    title: "F3 Hops against the number of nodes",
    varies: |path| path == "network.nodes",
    metric: "lookup.hops",
    stat: Stat::Mean,
    unit: 1.0,
    axis: "Hops, mean",
    reading: "A mark is the mean over seeds of the hops of successful lookups, its bar the 95 % interval. Where \
        hops grow with the logarithm of the number of nodes, marks lie on a straight line.",
    theory: |run| run.hops_theory,
};

/// F9.
pub(super) const CHURN: Subject = Subject {
    title: "F9 Success against churn",
    varies: |path| path.starts_with("churn."),
    metric: "lookup.success_ratio",
    stat: Stat::Ratio,
    unit: 100.0,
    axis: "Lookups that succeed (%)",
    reading: "A mark is the mean over seeds of the share of lookups that succeed, its bar the 95 % interval. What \
        falls off on one side of the figure does not stand that much churn.",
    theory: |_| None,
};

/// What one entry does along the axis, with everything else fixed.
struct Line {
    label: String,
    marks: Vec<Mark>,
}

/// A number over seeds at one value of the axis.
struct Mark {
    x: f64,
    found: Estimate,
    /// What theory says there.
    theory: Option<f64>,
}

const THEORY: &str = " A fine line is what theory gives for full tables without churn; `dhtlab explain F3` has \
    the laws.";

pub(super) fn draw(
    entries: &[Entry<'_>],
    setting: &Setting,
    subject: &Subject,
) -> Result<Option<Drawing>, String> {
    let Some((path, values)) = axis(entries, subject) else { return Ok(None) };
    let all = lines(entries, &path, subject);
    let shown = &all[..all.len().min(LINES_MAX)];
    let Some(top) =
        shown.iter().flat_map(|line| &line.marks).map(|mark| reach(&mark.found).1).reduce(f64::max)
    else {
        return Ok(None);
    };
    let theory = shown.iter().flat_map(|line| &line.marks).any(|mark| mark.theory.is_some());
    let layout = setting.layout();
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let more = if shown.len() < all.len() {
        format!(" The first {LINES_MAX} of {} lines are drawn.", all.len())
    } else {
        String::new()
    };
    let height = layout.height(HEIGHT);
    let page = Page {
        title: subject.title,
        reading: format!("{}{}", subject.reading, if theory { THEORY } else { "" }),
        count: format!("n = {} for every mark, in the phase measure.{more}", say_seeds(seeds)),
        legend: shown.iter().map(|line| line.label.clone()).collect(),
        body: height + AXIS_HEIGHT,
        data: table(shown, (&path, &values), subject, theory),
    };
    let drawing = page.draw(setting, |canvas, y| {
        let (low, high) = (values[0].0, values[values.len() - 1].0);
        let x = if low > 0.0 && high / low >= LOG_FROM {
            Scale::log(low, high, layout.left, layout.right)
        } else {
            let room = (high - low) * 0.04;
            Scale::linear(low - room, high + room, layout.left, layout.right)
        };
        let high = (top * subject.unit * 1.08).max(f64::MIN_POSITIVE);
        let high = if subject.unit > 1.0 { high.min(100.0) } else { high };
        let panel = Panel { x, y: Scale::linear(0.0, high, y + height, y + 6) };
        let ticks: Vec<Tick> =
            values.iter().map(|(value, text)| Tick { value: *value, text: text.clone() }).collect();
        panel.draw_y(canvas, &panel.y.ticks(6), subject.axis);
        panel.draw_x_grid(canvas, &ticks);
        for (nth, line) in shown.iter().enumerate() {
            draw_line(canvas, &panel, nth, line, subject.unit);
        }
        panel.draw_x(canvas, &ticks, &path);
    })?;
    Ok(Some(drawing))
}

/// The axis of the sweep and its values by size, if it has at least two.
fn axis(entries: &[Entry<'_>], subject: &Subject) -> Option<(String, Vec<(f64, String)>)> {
    let mut paths = entries.iter().flat_map(|entry| entry.point.keys());
    let path = paths.find(|path| (subject.varies)(path))?.clone();
    let set = entries.iter().filter_map(|entry| entry.point.get(&path));
    let mut values: Vec<(f64, String)> = set
        .filter_map(|text| Some((magnitude(text)?, text.trim_matches('"').to_owned())))
        .collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    values.dedup_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    (values.len() > 1).then_some((path, values))
}

fn lines(entries: &[Entry<'_>], path: &str, subject: &Subject) -> Vec<Line> {
    let mut found: IndexMap<String, Line> = IndexMap::new();
    for entry in entries {
        let Some(value) = entry.point.get(path).and_then(|text| magnitude(text)) else { continue };
        let per_seed = entry
            .runs
            .iter()
            .filter_map(|run| run.metric(MEASURE, subject.metric, subject.stat)?.value);
        let Some(estimate) = Estimate::over_seeds(&per_seed.collect::<Vec<f64>>()) else {
            continue;
        };
        let mut rest = entry.point.clone();
        rest.shift_remove(path);
        let label = entry::label(entry.protocol, entry.variant, &rest);
        let theory = entry.runs.first().and_then(|run| (subject.theory)(run));
        let line = found.entry(format!("{} {label}", entry.number));
        let line = line.or_insert_with(|| Line { label, marks: Vec::new() });
        line.marks.push(Mark { x: value, found: estimate, theory });
    }
    let mut lines: Vec<Line> = found.into_values().collect();
    for line in &mut lines {
        line.marks.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    lines
}

/// The ends of the interval; the mean where there is none.
fn reach(estimate: &Estimate) -> (f64, f64) {
    let half = estimate.half_width.unwrap_or(0.0);
    (estimate.mean - half, estimate.mean + half)
}

fn draw_line(canvas: &mut Canvas<'_>, panel: &Panel, nth: usize, line: &Line, unit: f64) {
    let ink = Ink::Series(nth);
    let theory = line.marks.iter().filter_map(|mark| Some(panel.at(mark.x, mark.theory? * unit)));
    canvas.path(&theory.collect::<Vec<_>>(), ink, 1);
    let points: Vec<(i32, i32)> =
        line.marks.iter().map(|mark| panel.at(mark.x, mark.found.mean * unit)).collect();
    canvas.path(&points, ink, 2);
    for (mark, at) in line.marks.iter().zip(&points) {
        let (low, high) = reach(&mark.found);
        canvas.line(panel.at(mark.x, low * unit), panel.at(mark.x, high * unit), ink, 2);
        canvas.marker(nth, *at);
    }
}

fn table(
    lines: &[Line],
    (path, values): (&str, &[(f64, String)]),
    subject: &Subject,
    theory: bool,
) -> FigureData {
    let mut data = FigureData::new(&["entry", path, subject.axis, "n"]);
    data.columns.extend(theory.then(|| "theory".to_owned()));
    for line in lines {
        for mark in &line.marks {
            let text = values.iter().find(|(value, _)| value.total_cmp(&mark.x).is_eq());
            let scaled = Estimate {
                mean: mark.found.mean * subject.unit,
                half_width: mark.found.half_width.map(|half| half * subject.unit),
                n: mark.found.n,
            };
            let cells = [
                line.label.clone(),
                text.map_or(String::new(), |(_, text)| text.clone()),
                data::estimate(scaled),
                mark.found.n.to_string(),
            ];
            data.row(cells.into_iter().chain(theory.then(|| data::number(mark.theory))));
        }
    }
    data
}
