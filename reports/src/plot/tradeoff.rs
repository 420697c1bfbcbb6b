//! F6: what a lookup's speed costs, over the values of a sweep.

use super::canvas::Canvas;
use super::data::{self, FigureData};
use super::page::{Drawing, Page, Setting};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::Scale;
use super::theme::Ink;
use crate::entry::{self, Entry, say_seeds};
use crate::metrics::Stat;
use crate::phase::MEASURE;
use crate::stats;
use indexmap::IndexMap;

pub(super) const TITLE: &str = "F6 Cost against latency";

const HEIGHT: i32 = 340;

const READING: &str = "A mark is an entry at one point of the sweep, as the mean over seeds. Left is cheap, low is \
    fast; the line joins the points of a protocol that no mixture of others beats. Latency is the median of all \
    lookups, failures counted as endless.";

/// An entry at a point.
struct Mark {
    /// The entry and its point, as they are called.
    label: String,
    cost: f64,
    latency: f64,
}

/// The points of one protocol entry.
struct Cloud {
    label: String,
    marks: Vec<Mark>,
}

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<Drawing>, String> {
    let varied = |entry: &Entry<'_>| entry.point.keys().any(|path| path.starts_with("protocol."));
    let clouds = clouds(entries);
    let marks = || clouds.iter().flat_map(|cloud| &cloud.marks);
    if !entries.iter().any(varied) || marks().count() < 2 {
        return Ok(None);
    }
    let layout = setting.layout();
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let range = |read: fn(&Mark) -> f64| {
        let values = || marks().map(read);
        (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max))
    };
    let ((_, slowest), (cheapest, dearest)) = (range(|m| m.latency), range(|m| m.cost));
    let height = layout.height(HEIGHT);
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!(
            "n = {} marks, each over {}, in the phase measure.",
            marks().count(),
            say_seeds(seeds)
        ),
        legend: clouds.iter().map(|cloud| cloud.label.clone()).collect(),
        body: height + AXIS_HEIGHT,
        data: table(&clouds),
    };
    let drawing = page.draw(setting, |canvas, top| {
        let x = if dearest > cheapest * 8.0 {
            Scale::log(cheapest, dearest, layout.left, layout.right)
        } else {
            Scale::linear(0.0, dearest * 1.08, layout.left, layout.right)
        };
        let panel = Panel { x, y: Scale::linear(0.0, slowest * 1.08, top + height, top + 6) };
        let ticks = panel.x.ticks(6);
        panel.draw_y(canvas, &panel.y.ticks(6), "Lookup latency, p50 of all (ms)");
        panel.draw_x_grid(canvas, &ticks);
        for (nth, cloud) in clouds.iter().enumerate() {
            draw_cloud(canvas, &panel, nth, cloud);
        }
        panel.draw_x(canvas, &ticks, "Bytes a node and second");
    })?;
    Ok(Some(drawing))
}

fn clouds(entries: &[Entry<'_>]) -> Vec<Cloud> {
    let mut found: IndexMap<u32, Cloud> = IndexMap::new();
    for entry in entries {
        let mean = |metric: &str, stat: Stat| {
            let value =
                |run: &&crate::recorded::RecordedRun| run.metric(MEASURE, metric, stat)?.value;
            // A median among the failures has no place on an axis.
            let values: Option<Vec<f64>> = entry.runs.iter().map(value).collect();
            stats::mean(&values?)
        };
        let cost = mean("net.bytes_per_node_s", Stat::Mean);
        let latency = mean("lookup.latency_ms", Stat::P50All);
        let (Some(cost), Some(latency)) = (cost, latency) else { continue };
        let label = entry::label(entry.protocol, entry.variant, &IndexMap::new());
        let cloud = found.entry(entry.number).or_insert(Cloud { label, marks: Vec::new() });
        cloud.marks.push(Mark { label: entry.label(), cost, latency });
    }
    found.into_values().collect()
}

/// The lower left part of the convex hull: from the cheapest to the fastest.
fn hull(marks: &[Mark]) -> Vec<(f64, f64)> {
    let mut sorted: Vec<(f64, f64)> = marks.iter().map(|m| (m.cost, m.latency)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut lower: Vec<(f64, f64)> = Vec::new();
    for point in sorted {
        // What is dearer and no faster is not on it.
        if lower.last().is_some_and(|last| point.1 >= last.1) {
            continue;
        }
        while let [.., a, b] = lower[..]
            && (b.0 - a.0) * (point.1 - a.1) <= (b.1 - a.1) * (point.0 - a.0)
        {
            lower.pop();
        }
        lower.push(point);
    }
    lower
}

fn draw_cloud(canvas: &mut Canvas<'_>, panel: &Panel, nth: usize, cloud: &Cloud) {
    let line: Vec<(i32, i32)> =
        hull(&cloud.marks).into_iter().map(|(x, y)| panel.at(x, y)).collect();
    canvas.path(&line, Ink::Series(nth), 2);
    for mark in &cloud.marks {
        canvas.marker(nth, panel.at(mark.cost, mark.latency));
    }
}

fn table(clouds: &[Cloud]) -> FigureData {
    let mut data =
        FigureData::new(&["entry and point", "bytes a node and second", "latency p50 of all (ms)"]);
    for mark in clouds.iter().flat_map(|cloud| &cloud.marks) {
        data.row([
            mark.label.clone(),
            data::number(Some(mark.cost)),
            data::number(Some(mark.latency)),
        ]);
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hull_joins_what_nothing_beats() {
        let mark = |(cost, latency)| Mark { label: String::new(), cost, latency };
        let marks: Vec<Mark> =
            [(1.0, 10.0), (2.0, 9.0), (3.0, 2.0), (4.0, 2.5), (5.0, 1.0), (2.0, 20.0)]
                .map(mark)
                .into();
        assert_eq!(hull(&marks), [(1.0, 10.0), (3.0, 2.0), (5.0, 1.0)]);
    }
}
