//! F8: a number over two parameters of a sweep, as a map.

use super::canvas::{Anchor, Canvas, Type};
use super::data::{self, FigureData};
use super::label;
use super::page::{Drawing, Page, Setting};
use super::theme::Ink;
use crate::entry::{self, Entry, say_seeds};
use crate::metrics::Stat;
use crate::phase::MEASURE;
use crate::recorded::{RecordedRun, point};
use crate::stats;
use indexmap::IndexMap;

pub(super) const TITLE: &str = "F8 Lookup latency over two parameters";

const CELL: i32 = 38;
const HEAD: i32 = 26;
const FOOT: i32 = 46;
const GAP: i32 = 14;
const SMALL: f64 = 12.0;

/// So many maps fit.
const MAPS_MAX: usize = 4;

const READING: &str = "A cell is the median latency of all lookups in milliseconds, failures counted as endless, as the \
    mean over seeds; dark is fast. An empty cell has no number: the median lookup failed in some run.";

/// One protocol entry with whatever else is swept fixed.
struct Map {
    label: String,
    /// By value of the second and first axis.
    cells: Vec<Vec<Option<f64>>>,
}

/// The two axes: path, and values in order.
type Axes = [(String, Vec<String>); 2];

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<Drawing>, String> {
    let Some(axes) = axes(entries) else { return Ok(None) };
    let all = maps(entries, &axes);
    let shown = &all[..all.len().min(MAPS_MAX)];
    let values = || shown.iter().flat_map(|map| map.cells.iter().flatten().flatten()).copied();
    if values().next().is_none() {
        return Ok(None);
    }
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let layout = setting.layout();
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let more = if shown.len() < all.len() {
        format!(" The first {MAPS_MAX} of {} maps are drawn.", all.len())
    } else {
        String::new()
    };
    let rows = i32::try_from(axes[1].1.len()).unwrap_or(1);
    let each = HEAD + rows * CELL + FOOT + GAP;
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!("n = {} for every cell, in the phase measure.{more}", say_seeds(seeds)),
        legend: Vec::new(),
        body: each * i32::try_from(shown.len()).unwrap_or(1),
        data: table(shown, &axes),
    };
    let drawing = page.draw(setting, |canvas, mut top| {
        for map in shown {
            let title = Type::new(13.0, Ink::Text, Anchor::Left);
            let text = label::fit(&map.label, 13.0, layout.room(layout.margin));
            canvas.text(&text, (layout.margin, top + 10), title);
            let area = ((layout.left, top + HEAD), layout.right);
            draw_map(canvas, map, &axes, area, (low, high));
            top += each;
        }
    })?;
    Ok(Some(drawing))
}

/// The first two axes of the sweep that have several values.
fn axes(entries: &[Entry<'_>]) -> Option<Axes> {
    let mut found: IndexMap<String, Vec<String>> = IndexMap::new();
    for (path, value) in entries.iter().flat_map(|entry| entry.point) {
        let values = found.entry(path.clone()).or_default();
        if !value.is_empty() && !values.contains(value) {
            values.push(value.clone());
        }
    }
    let mut axes =
        found.into_iter().filter(|(_, values)| values.len() > 1).map(|(path, mut values)| {
            values.sort_by(|a, b| point::compare(a, b));
            (path, values)
        });
    Some([axes.next()?, axes.next()?])
}

fn maps(entries: &[Entry<'_>], axes: &Axes) -> Vec<Map> {
    let mut found: IndexMap<(u32, String), Map> = IndexMap::new();
    for entry in entries {
        let place = |axis: &(String, Vec<String>)| {
            let value = entry.point.get(&axis.0)?;
            axis.1.iter().position(|known| known == value)
        };
        let (Some(column), Some(row)) = (place(&axes[0]), place(&axes[1])) else { continue };
        let mut rest = entry.point.clone();
        rest.retain(|path, _| axes.iter().all(|axis| axis.0 != *path));
        let label = entry::label(entry.protocol, entry.variant, &rest);
        let empty = vec![vec![None; axes[0].1.len()]; axes[1].1.len()];
        let map = found
            .entry((entry.number, label.clone()))
            .or_insert_with(|| Map { label, cells: empty });
        map.cells[row][column] = latency(&entry.runs);
    }
    found.into_values().collect()
}

fn latency(runs: &[&RecordedRun]) -> Option<f64> {
    let value = |run: &&RecordedRun| run.metric(MEASURE, "lookup.latency_ms", Stat::P50All)?.value;
    let values: Option<Vec<f64>> = runs.iter().map(value).collect();
    stats::mean(&values?)
}

fn draw_map(
    canvas: &mut Canvas<'_>,
    map: &Map,
    axes: &Axes,
    ((left, top), right): ((i32, i32), i32),
    (low, high): (f64, f64),
) {
    let columns = i32::try_from(axes[0].1.len()).unwrap_or(1);
    let width = ((right - left) / columns).min(96);
    let text = Type::new(SMALL, Ink::Text, Anchor::Middle);
    for ((row, cells), name) in (0..).zip(&map.cells).zip(&axes[1].1) {
        let y = top + row * CELL;
        let said = Type { anchor: Anchor::Right, ..text };
        canvas.text(name.trim_matches('"'), (left - 8, y + CELL / 2), said);
        for (column, cell) in (0..).zip(cells) {
            let (from, to) =
                ((left + column * width, y), (left + (column + 1) * width - 2, y + CELL - 2));
            let Some(value) = cell else {
                canvas.rect(from, to, Ink::Grid, 1.0);
                continue;
            };
            let share = if high > low { (value - low) / (high - low) } else { 0.0 };
            canvas.rect(from, to, Ink::heat(share), 1.0);
            let at = (i32::midpoint(from.0, to.0), y + CELL / 2);
            canvas.text(&data::number(Some(*value)), at, Type { ink: Ink::on_heat(share), ..text });
        }
    }
    let bottom = top + i32::try_from(axes[1].1.len()).unwrap_or(1) * CELL;
    for (column, name) in (0..).zip(&axes[0].1) {
        let at = (left + column * width + width / 2, bottom + 10);
        canvas.text(name.trim_matches('"'), at, text);
    }
    let names = format!("{} (across), {} (down)", axes[0].0, axes[1].0);
    let room = right - left;
    canvas.text(
        &label::fit(&names, SMALL, room),
        (left, bottom + 31),
        Type { anchor: Anchor::Left, ..text },
    );
}

fn table(maps: &[Map], axes: &Axes) -> FigureData {
    let mut data = FigureData::new(&["entry", &axes[0].0, &axes[1].0, "latency p50 of all (ms)"]);
    for map in maps {
        for (cells, row) in map.cells.iter().zip(&axes[1].1) {
            for (cell, column) in cells.iter().zip(&axes[0].1) {
                let clean = |text: &String| text.trim_matches('"').to_owned();
                data.row([map.label.clone(), clean(column), clean(row), data::number(*cell)]);
            }
        }
    }
    data
}
