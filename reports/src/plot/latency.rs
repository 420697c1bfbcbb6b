//! F1: how long lookups take, over all of them.

use super::canvas::{Anchor, Canvas, Type};
use super::data::{self, FigureData};
use super::label;
use super::page::{Drawing, Page, Setting, say_counts};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::Scale;
use super::theme::Ink;
use crate::entry::{Entry, say_seeds};
use crate::histogram::Histogram;
use crate::metrics::Stat;
use crate::num;
use crate::phase::MEASURE;
use crate::recorded::{BinRow, RecordedRun};
use crate::stats;

pub(super) const TITLE: &str = "F1 Lookup latency, over all lookups";

const HEIGHT: i32 = 330;

const READING: &str = "Share of all lookups answered within a time. Higher and further left is better; \
    a curve ends at the success ratio, because a failed lookup is never answered.";

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<Drawing>, String> {
    let layout = setting.layout();
    let curves: Vec<Histogram> =
        entries.iter().map(|entry| measured(entry, "lookup.latency_ms")).collect();
    let ranges = || curves.iter().filter_map(Histogram::range);
    // A bin that begins at 0 has no place on this scale; most of it is at its end.
    let low = ranges().map(|r| r.0.max(0.05)).min_by(f64::total_cmp);
    let high = ranges().map(|r| r.1).max_by(f64::total_cmp);
    let (Some(low), Some(high)) = (low, high) else { return Ok(None) };
    let legend = entries.iter().map(legend).collect();
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let n: Vec<u64> = curves.iter().map(Histogram::n).collect();
    let over = if seeds > 1 { "means over seeds and " } else { "" };
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!(
            "n = {}, begun in measure, pooled over {}; percentiles are {over}of all lookups, failures as infinite.",
            say_counts(&n, "lookups"),
            say_seeds(seeds)
        ),
        legend,
        body: layout.height(HEIGHT) + AXIS_HEIGHT,
        data: table(entries, &curves),
    };
    let drawing = page.draw(setting, |canvas, top| {
        let panel = Panel {
            x: Scale::log(low, high, layout.left, layout.right),
            y: Scale::linear(0.0, 100.0, top + layout.height(HEIGHT), top + 6),
        };
        let ticks = panel.x.ticks(0);
        panel.draw_x_grid(canvas, &ticks);
        panel.draw_y(canvas, &panel.y.ticks(5), "Lookups answered (%)");
        panel.draw_x(canvas, &ticks, "Latency (ms, log scale)");
        for (nth, curve) in curves.iter().enumerate() {
            draw_curve(canvas, &panel, nth, curve);
        }
        draw_ends(canvas, &panel, &curves);
    })?;
    Ok(Some(drawing))
}

/// What the operations of a metric took that began in the measured interval, of all seeds.
pub(super) fn measured(entry: &Entry<'_>, metric: &str) -> Histogram {
    let of = |row: &&BinRow| *row.metric == *metric && *row.phase == *MEASURE;
    Histogram::of(entry.runs.iter().flat_map(|run| run.bins.iter().filter(of)))
}

/// The curve at the percentiles that people ask for; from bins, within 2.5 %.
fn table(entries: &[Entry<'_>], curves: &[Histogram]) -> FigureData {
    const PERCENTS: [u32; 9] = [1, 5, 10, 25, 50, 75, 90, 95, 99];
    let mut columns = vec!["Protocol".to_owned()];
    columns.extend(PERCENTS.map(|percent| format!("p{percent} of all (ms)")));
    columns.extend(["Answered (%)", "Lookups"].map(str::to_owned));
    let mut table = FigureData { columns, rows: Vec::new() };
    for (entry, curve) in entries.iter().zip(curves) {
        let said = |percent| match curve.percentile(percent) {
            None if curve.n() > 0 => "never".to_owned(),
            value => data::number(value),
        };
        let ends = [data::percent(curve.plateau()), curve.n().to_string()];
        table.row([entry.label()].into_iter().chain(PERCENTS.map(said)).chain(ends));
    }
    table
}

/// Percentiles are taken in each run and then averaged, as everywhere.
fn legend(entry: &Entry<'_>) -> String {
    let say = |stat: Stat| {
        let value =
            |run: &&RecordedRun| Some(run.metric(MEASURE, "lookup.latency_ms", stat)?.value);
        let found: Vec<Option<f64>> = entry.runs.iter().filter_map(value).collect();
        let ended: Vec<f64> = found.iter().copied().flatten().collect();
        match (found.len() - ended.len(), stats::mean(&ended)) {
            (0, Some(mean)) => format!("{} ms", num::significant(mean, 3)),
            (0, None) => "no lookups".to_owned(),
            (never, _) if found.len() == never => "never".to_owned(),
            (never, _) => format!("never in {never} of {}", say_seeds(found.len())),
        }
    };
    let [p50, p90, p99] = [Stat::P50All, Stat::P90All, Stat::P99All].map(say);
    format!("{}: p50 {p50}, p90 {p90}, p99 {p99}", entry.label())
}

fn draw_curve(canvas: &mut Canvas<'_>, panel: &Panel, nth: usize, curve: &Histogram) {
    let mut points: Vec<(i32, i32)> = Vec::new();
    for x in panel.x.from..=panel.x.to {
        let y = panel.y.pixel(100.0 * curve.at(panel.x.value(x)));
        // A flat stretch needs only its two ends.
        if let [.., before, last] = points[..]
            && before.1 == y
            && last.1 == y
        {
            points.pop();
        }
        points.push((x, y));
    }
    canvas.path(&points, Ink::Series(nth), 2);
    for percent in [10, 25, 50, 75, 90] {
        if let Some(ms) = curve.percentile(percent) {
            canvas.marker(nth, panel.at(ms, 100.0 * curve.at(ms)));
        }
    }
}

/// The success ratio at the end of each curve.
fn draw_ends(canvas: &mut Canvas<'_>, panel: &Panel, curves: &[Histogram]) {
    let drawn: Vec<(usize, &Histogram)> =
        curves.iter().enumerate().filter(|(_, c)| c.n() > 0).collect();
    let wanted: Vec<i32> =
        drawn.iter().map(|(_, curve)| panel.y.pixel(100.0 * curve.plateau())).collect();
    let placed = label::spread(&wanted, 16, (panel.y.to, panel.y.from));
    for ((nth, curve), y) in drawn.iter().zip(placed) {
        canvas.marker(*nth, (panel.x.to + 12, y));
        let text = format!("{:.1} %", 100.0 * curve.plateau());
        canvas.text(&text, (panel.x.to + 22, y), Type::new(12.0, Ink::Text, Anchor::Left));
    }
}
