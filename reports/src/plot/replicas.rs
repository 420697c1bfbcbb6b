//! F5: how many live replicas keys have, and how many have none, over time.

use std::collections::BTreeMap;

use super::canvas::Canvas;
use super::data::{self, FigureData};
use super::page::{Drawing, Page, Setting, say_counts};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::Scale;
use super::series::{self, Line};
use super::theme::Ink;
use super::timeline::Timeline;
use crate::entry::{Entry, say_seeds};
use crate::metrics::compute;
use crate::num;
use crate::recorded::ReplicaRow;

pub(super) const TITLE: &str = "F5 Live replicas of stored keys over time";

const FIRST_HEIGHT: i32 = 230;
const LOST_HEIGHT: i32 = 110;
const GAP: i32 = 22;

const READING: &str = "Above: a line is the mean over keys, the band around it runs from the 10th to the \
    90th percentile of keys. Below: the share of keys without a live replica; they are lost unless a holder returns.";

/// What an entry's keys have at one time, over all seeds.
struct Moment {
    t_s: f64,
    mean: f64,
    low: f64,
    high: f64,
    lost: f64,
    keys: u64,
}

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<Drawing>, String> {
    let Some(timeline) = Timeline::of(entries) else { return Ok(None) };
    let moments: Vec<Vec<Moment>> = entries.iter().map(of_entry).collect();
    let all = || moments.iter().flatten();
    let most = |m: &Vec<Moment>| m.iter().map(|m| m.keys).max().unwrap_or(0);
    let keys: Vec<u64> = moments.iter().map(most).collect();
    if keys.iter().all(|n| *n == 0) {
        return Ok(None);
    }
    let highest = all().map(|m| m.high.max(m.mean)).fold(1.0, f64::max);
    let worst = all().map(|m| m.lost).fold(0.0, f64::max);
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!(
            "n = up to {} at a sample, pooled over {}.",
            say_counts(&keys, "keys"),
            say_seeds(seeds)
        ),
        legend: entries.iter().map(Entry::label).collect(),
        body: timeline.lanes_height() + FIRST_HEIGHT + GAP + LOST_HEIGHT + AXIS_HEIGHT,
        data: table(entries, &moments),
    };
    let drawing = page.draw(setting, |canvas, top| {
        let top = top + timeline.lanes_height();
        timeline.name_phases(canvas, top);
        let y = Scale::linear(0.0, highest * 1.05, top + FIRST_HEIGHT, top + 6);
        draw_replicas(canvas, &timeline, Panel { x: timeline.scale, y }, &moments);
        let top = top + FIRST_HEIGHT + GAP;
        let y = Scale::linear(0.0, (worst * 1.15).clamp(1.0, 100.0), top + LOST_HEIGHT, top + 6);
        draw_lost(canvas, &timeline, Panel { x: timeline.scale, y }, &moments);
    })?;
    Ok(Some(drawing))
}

fn of_entry(entry: &Entry<'_>) -> Vec<Moment> {
    let mut by_time: BTreeMap<u64, Vec<&ReplicaRow>> = BTreeMap::new();
    for row in entry.runs.iter().flat_map(|run| &run.replicas) {
        // Times are not negative, so their bits are in their order.
        by_time.entry((row.t_s + 0.0).to_bits()).or_default().push(row);
    }
    by_time.into_iter().filter_map(|(bits, rows)| moment(f64::from_bits(bits), &rows)).collect()
}

fn moment(t_s: f64, rows: &[&ReplicaRow]) -> Option<Moment> {
    let mean = compute::replicas_mean(rows.iter().copied())?;
    let mut counts: Vec<(u32, u64)> = rows.iter().map(|r| (r.replicas_live, r.keys)).collect();
    counts.sort_unstable();
    let keys: u64 = counts.iter().map(|c| c.1).sum();
    let lost: u64 = counts.iter().filter(|c| c.0 == 0).map(|c| c.1).sum();
    Some(Moment {
        t_s,
        mean,
        low: compute::replicas_percentile(&counts, keys, 10)?,
        high: compute::replicas_percentile(&counts, keys, 90)?,
        lost: 100.0 * num::float(lost) / num::float(keys),
        keys,
    })
}

fn table(entries: &[Entry<'_>], moments: &[Vec<Moment>]) -> FigureData {
    let heads = ["Protocol", "Time (s)", "Mean replicas", "10th percentile", "90th percentile"];
    let mut table = FigureData::new(&[&heads[..], &["Keys lost (%)", "Keys"]].concat());
    let step = data::step(moments.iter().map(Vec::len).sum());
    for (entry, moments) in entries.iter().zip(moments) {
        for m in moments.iter().step_by(step) {
            let numbers = [m.t_s, m.mean, m.low, m.high, m.lost].map(|v| num::significant(v, 4));
            let cells = [entry.label()].into_iter().chain(numbers);
            table.row(cells.chain([m.keys.to_string()]));
        }
    }
    table
}

fn draw_replicas(
    canvas: &mut Canvas<'_>,
    timeline: &Timeline,
    panel: Panel,
    moments: &[Vec<Moment>],
) {
    timeline.shade(canvas, &panel);
    panel.draw_x_grid(canvas, &timeline.ticks());
    panel.draw_y(canvas, &panel.y.ticks(5), "Live replicas of a key");
    for (nth, moments) in moments.iter().enumerate() {
        let above = moments.iter().map(|m| panel.at(m.t_s, m.high));
        let below = moments.iter().rev().map(|m| panel.at(m.t_s, m.low));
        let band: Vec<(i32, i32)> = above.chain(below).collect();
        canvas.area(&band, Ink::Series(nth), 0.18);
    }
    for (nth, moments) in moments.iter().enumerate() {
        let line: Line = moments.iter().map(|m| (m.t_s, Some(m.mean))).collect();
        series::draw(canvas, &panel, nth, &line);
    }
}

fn draw_lost(canvas: &mut Canvas<'_>, timeline: &Timeline, panel: Panel, moments: &[Vec<Moment>]) {
    timeline.shade(canvas, &panel);
    panel.draw_x_grid(canvas, &timeline.ticks());
    panel.draw_y(canvas, &panel.y.ticks(3), "Keys lost (%)");
    for (nth, moments) in moments.iter().enumerate() {
        let line: Line = moments.iter().map(|m| (m.t_s, Some(m.lost))).collect();
        series::draw(canvas, &panel, nth, &line);
    }
    panel.draw_x(canvas, &timeline.ticks(), &timeline.title());
}
