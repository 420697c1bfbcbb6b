//! What range queries cost, beside how much of their answer they find.

use super::canvas::{Anchor, Canvas, Type};
use super::data::{self, FigureData};
use super::label;
use super::latency::measured;
use super::page::{Drawing, Page, Setting, say_counts};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::Scale;
use super::theme::Ink;
use crate::entry::{Entry, say_seeds};
use crate::metrics::Stat;
use crate::num;
use crate::phase::MEASURE;
use crate::recorded::{BinRow, RecordedRun};
use crate::stats::Estimate;

pub(super) const TITLE: &str = "Range queries: recall and what it costs";

const READING: &str = "One row per protocol entry. Recall: of the records that had to be found, the \
    share that was; further right is better. Messages and latency are the price; further left is \
    better, but only against entries of equal recall.";

const NAME: f64 = 13.0;
const ROW: i32 = 48;
const HEAD: i32 = 26;
const NUMBER: f64 = 12.0;

/// Where the panels stand beside each other.
const SPANS: [(i32, i32); 3] = [(36, 276), (336, 576), (636, 862)];
/// Where each stands when they are below each other.
const NARROW_SPAN: (i32, i32) = (36, 340);

/// What a panel shows.
struct Shown {
    head: &'static str,
    axis: &'static str,
    metric: &'static str,
    stat: Stat,
    factor: f64,
    log: bool,
}

const SHOWN: [Shown; 3] = [
    Shown {
        head: "Recall",
        axis: "% of records, mean",
        metric: "range.recall",
        stat: Stat::Mean,
        factor: 100.0,
        log: false,
    },
    Shown {
        head: "Messages per range query",
        axis: "mean, log scale",
        metric: "range.messages",
        stat: Stat::Mean,
        factor: 1.0,
        log: true,
    },
    Shown {
        head: "Latency, median of all",
        axis: "ms, log scale",
        metric: "range.latency_ms",
        stat: Stat::P50All,
        factor: 1.0,
        log: true,
    },
];

/// What an entry has in a panel.
enum Value {
    Number(Estimate),
    /// Why there is no number.
    Missing(&'static str),
}

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<Drawing>, String> {
    let layout = setting.layout();
    let n: Vec<u64> = entries.iter().map(issued).collect();
    if n.iter().all(|n| *n == 0) {
        return Ok(None);
    }
    let columns = SHOWN.map(|shown| {
        let values: Vec<Value> = entries.iter().map(|entry| value(entry, &shown)).collect();
        (shown, values)
    });
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let interval = if seeds > 1 {
        "Whiskers are 95 % intervals over seeds (Student t)."
    } else {
        "One seed: no interval."
    };
    let rows = i32::try_from(entries.len()).unwrap_or(0);
    let narrow = layout.is_narrow();
    let height = HEAD + rows * ROW + 6 + AXIS_HEIGHT;
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!(
            "n = {}, begun in measure, {}. A number is the mean over seeds; one without an answer has \
            a recall of 0, a failed one takes for ever. {interval}",
            say_counts(&n, "range queries"),
            say_seeds(seeds)
        ),
        legend: Vec::new(),
        body: if narrow { 3 * height } else { height },
        data: table(entries, &columns, &n),
    };
    let drawing = page.draw(setting, |canvas, top| {
        for (nth, (shown, values)) in columns.iter().enumerate() {
            let (span, top) = place(nth, narrow, (top, height));
            let middle = i32::midpoint(span.0, span.1);
            let head = Type { bold: true, ..Type::new(NAME, Ink::Text, Anchor::Middle) };
            canvas.text(shown.head, (middle, top + 10), head);
            draw_panel(canvas, (shown, values), span, top + HEAD);
            // Beside each other, the panels share the names.
            if narrow || nth == 0 {
                draw_names(canvas, entries, layout.room(span.0), (span.0, top + HEAD));
            }
        }
    })?;
    Ok(Some(drawing))
}

/// Where the nth panel stands, from left to right, and its top; panels are so high.
fn place(nth: usize, narrow: bool, (top, height): (i32, i32)) -> ((i32, i32), i32) {
    if narrow {
        (NARROW_SPAN, top + i32::try_from(nth).unwrap_or(0) * height)
    } else {
        (SPANS[nth % SPANS.len()], top)
    }
}

fn draw_names(canvas: &mut Canvas<'_>, entries: &[Entry<'_>], room: i32, (x, top): (i32, i32)) {
    for (entry, nth) in entries.iter().zip(0..) {
        let name = label::fit(&entry.label(), NAME, room);
        let at = (x, top + nth * ROW + 12);
        canvas.text(&name, at, Type::new(NAME, Ink::Text, Anchor::Left));
    }
}

const LATENCY: &str = "range.latency_ms";

/// The range queries that began in the measured interval, of all seeds.
fn issued(entry: &Entry<'_>) -> u64 {
    measured(entry, LATENCY).n()
}

/// Did the protocol say of every range query that it knows none?
fn unsupported(entry: &Entry<'_>) -> bool {
    let of = |row: &&BinRow| *row.metric == *LATENCY && *row.phase == *MEASURE;
    let mut rows = entry.runs.iter().flat_map(|run| run.bins.iter().filter(of));
    rows.all(|row| *row.group == *"unsupported")
}

fn table(entries: &[Entry<'_>], columns: &[(Shown, Vec<Value>)], n: &[u64]) -> FigureData {
    let heads =
        ["Protocol", "Recall (%)", "Messages per range query", "Median latency of all (ms)"];
    let mut table = FigureData::new(&[&heads[..], &["Range queries"]].concat());
    for (nth, entry) in entries.iter().enumerate() {
        let cells = columns.iter().map(|(_, values)| match &values[nth] {
            Value::Number(estimate) => data::estimate(*estimate),
            Value::Missing(why) => (*why).to_owned(),
        });
        let cells: Vec<String> = cells.collect();
        table.row([entry.label()].into_iter().chain(cells).chain([n[nth].to_string()]));
    }
    table
}

fn value(entry: &Entry<'_>, shown: &Shown) -> Value {
    if issued(entry) == 0 {
        return Value::Missing("none issued");
    }
    if shown.log && unsupported(entry) {
        return Value::Missing("not supported");
    }
    let read = |run: &&RecordedRun| Some(run.metric(MEASURE, shown.metric, shown.stat)?.value);
    let found: Vec<Option<f64>> = entry.runs.iter().filter_map(read).collect();
    let per_seed: Option<Vec<f64>> = found.into_iter().map(|v| Some(v? * shown.factor)).collect();
    match per_seed.map(|per_seed| Estimate::over_seeds(&per_seed)) {
        Some(Some(estimate)) => Value::Number(estimate),
        Some(None) => Value::Missing("nothing to find"),
        None => Value::Missing("half or more failed"),
    }
}

fn scale(shown: &Shown, values: &[Value], (from, to): (i32, i32)) -> Scale {
    if !shown.log {
        return Scale::linear(0.0, 100.0, from, to);
    }
    let means = || {
        let mean = |value: &Value| match value {
            Value::Number(estimate) => Some(estimate.mean).filter(|mean| *mean > 0.0),
            Value::Missing(_) => None,
        };
        values.iter().filter_map(mean)
    };
    let low = means().min_by(f64::total_cmp).unwrap_or(1.0);
    let high = means().max_by(f64::total_cmp).unwrap_or(10.0);
    // The smallest stands off the axis.
    Scale::log(low / 1.5, high * 1.2, from, to)
}

fn draw_panel(
    canvas: &mut Canvas<'_>,
    (shown, values): (&Shown, &[Value]),
    span: (i32, i32),
    top: i32,
) {
    let rows = i32::try_from(values.len()).unwrap_or(0);
    let x = scale(shown, values, span);
    let panel = Panel { x, y: Scale::linear(0.0, 1.0, top + rows * ROW + 6, top) };
    let ticks = panel.x.ticks(4);
    for (nth, value) in values.iter().enumerate() {
        let row = top + i32::try_from(nth).unwrap_or(0) * ROW;
        // Lines of the grid leave the names free.
        for tick in &ticks {
            let at = x.pixel(tick.value);
            canvas.line((at, row + 22), (at, row + ROW), Ink::Grid, 1);
        }
        draw_value(canvas, &x, (nth, row + 34), value);
    }
    canvas.line((span.0, panel.y.from), (span.1, panel.y.from), Ink::Muted, 1);
    panel.draw_x(canvas, &ticks, shown.axis);
}

fn draw_value(canvas: &mut Canvas<'_>, x: &Scale, (nth, y): (usize, i32), value: &Value) {
    let estimate = match value {
        Value::Number(estimate) => estimate,
        Value::Missing(why) => {
            let note = Type::new(NUMBER, Ink::Muted, Anchor::Left);
            return canvas.text(why, (x.from + 8, y), note);
        }
    };
    let at = x.pixel(estimate.mean);
    canvas.path(&[(x.from, y), (at, y)], Ink::Series(nth), 2);
    let mut reach = (at - 6, at + 6);
    if let Some(half) = estimate.half_width {
        let (low, high) = (x.pixel(estimate.mean - half), x.pixel(estimate.mean + half));
        canvas.line((low, y), (high, y), Ink::Text, 1);
        for end in [low, high] {
            canvas.line((end, y - 5), (end, y + 5), Ink::Text, 1);
        }
        reach = (reach.0.min(low), reach.1.max(high));
    }
    canvas.marker(nth, (at, y));
    let text = num::significant(estimate.mean, 3);
    let width = label::width(&text, NUMBER);
    // Beside the marker, on the side where there is room; over a stem, on a patch of ground.
    if reach.1 + 8 + width <= x.to + 20 {
        return canvas.text(&text, (reach.1 + 8, y), Type::new(NUMBER, Ink::Text, Anchor::Left));
    }
    // With a whisker from end to end, there is room nowhere else.
    let end = (reach.0 - 6).max(x.from + width + 4);
    canvas.rect((end - width - 3, y - 8), (end + 2, y + 8), Ink::Ground, 1.0);
    canvas.text(&text, (end, y), Type::new(NUMBER, Ink::Text, Anchor::Right));
}
