//! F2: how many hops lookups take.

use super::canvas::Canvas;
use super::data::{self, FigureData};
use super::latency::measured;
use super::page::{Drawing, Page, Setting, say_counts};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::{Scale, Tick};
use super::theme::Ink;
use crate::entry::{Entry, say_seeds};
use crate::num;

pub(super) const TITLE: &str = "F2 Hops of the lookups that succeeded";

const HEIGHT: i32 = 300;

/// More groups of bars than this are joined.
const GROUPS_MAX: u32 = 40;

/// No lookup has more hops: they are counted in 16 bits.
const HOPS_MAX: usize = 65_535;

const READING: &str = "A bar is the share of successful lookups whose closest node was found at that \
    depth: 1 is known from the own table, else one more than the node that first named it.";

/// Lookups by their hops.
struct Counts {
    by_hops: Vec<u64>,
    n: u64,
}

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<Drawing>, String> {
    let layout = setting.layout();
    let counts: Vec<Counts> = entries.iter().map(count).collect();
    if counts.iter().all(|c| c.n == 0) {
        return Ok(None);
    }
    let used = |h: &usize| counts.iter().any(|c| c.by_hops.get(*h).is_some_and(|n| *n > 0));
    let longest = counts.iter().map(|c| c.by_hops.len()).max().unwrap_or(0);
    let first = (0..longest).find(used).unwrap_or(0);
    let width = (longest - first).div_ceil(GROUPS_MAX as usize).max(1);
    let groups: Vec<usize> = (first..longest).step_by(width).collect();
    let share = |c: &Counts, low: usize| {
        let n: u64 = c.by_hops.iter().skip(low).take(width).sum();
        100.0 * num::float(n) / num::float(c.n.max(1))
    };
    let bars: Vec<Vec<f64>> =
        counts.iter().map(|c| groups.iter().map(|low| share(c, *low)).collect()).collect();
    let highest = bars.iter().flatten().copied().fold(0.0, f64::max);
    let n: Vec<u64> = counts.iter().map(|c| c.n).collect();
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!(
            "n = {}, begun in measure, pooled over {}.",
            say_counts(&n, "successful lookups"),
            say_seeds(seeds)
        ),
        legend: entries.iter().zip(&counts).map(|(e, c)| legend(e, c)).collect(),
        body: layout.height(HEIGHT) + AXIS_HEIGHT,
        data: table(entries, &counts),
    };
    let drawing = page.draw(setting, |canvas, top| {
        let slots = num::float_len(groups.len());
        let panel = Panel {
            x: Scale::linear(0.0, slots, layout.left, layout.right),
            y: Scale::linear(0.0, (highest * 1.1).min(100.0), top + layout.height(HEIGHT), top + 6),
        };
        panel.draw_y(canvas, &panel.y.ticks(7), "Successful lookups (%)");
        draw_bars(canvas, &panel, &bars);
        let ticks: Vec<Tick> = groups
            .iter()
            .enumerate()
            .map(|(slot, low)| Tick {
                value: num::float_len(slot) + 0.5,
                text: if width == 1 { low.to_string() } else { format!("{low}+") },
            })
            .collect();
        panel.draw_x(canvas, &ticks, "Hops");
        canvas.line((layout.left, panel.y.from), (layout.right, panel.y.from), Ink::Muted, 1);
    })?;
    Ok(Some(drawing))
}

fn count(entry: &Entry<'_>) -> Counts {
    let histogram = measured(entry, "lookup.hops");
    let mut by_hops: Vec<u64> = Vec::new();
    for bin in histogram.bins() {
        // Bins of a count begin at it.
        let at = usize::try_from(num::nearest_count(bin.lo)).unwrap_or(HOPS_MAX).min(HOPS_MAX);
        if by_hops.len() <= at {
            by_hops.resize(at + 1, 0);
        }
        by_hops[at] += bin.count;
    }
    Counts { by_hops, n: histogram.ok() }
}

fn table(entries: &[Entry<'_>], counts: &[Counts]) -> FigureData {
    let mut table = FigureData::new(&["Protocol", "Hops", "Lookups", "Share (%)"]);
    for (entry, counts) in entries.iter().zip(counts) {
        for (hops, n) in counts.by_hops.iter().enumerate().filter(|(_, n)| **n > 0) {
            let share = data::percent(num::float(*n) / num::float(counts.n));
            table.row([entry.label(), hops.to_string(), n.to_string(), share]);
        }
    }
    table
}

fn legend(entry: &Entry<'_>, counts: &Counts) -> String {
    let sum: u64 = (0_u64..).zip(&counts.by_hops).map(|(hops, n)| hops * n).sum();
    let mean = num::float(sum) / num::float(counts.n.max(1));
    let label = entry.label();
    if counts.n == 0 { format!("{label}: none") } else { format!("{label}: mean {mean:.2} hops") }
}

fn draw_bars(canvas: &mut Canvas<'_>, panel: &Panel, bars: &[Vec<f64>]) {
    let slots = bars.first().map_or(1, Vec::len);
    let slot_width = (panel.x.to - panel.x.from) / i32::try_from(slots).unwrap_or(1).max(1);
    let series = i32::try_from(bars.len()).unwrap_or(1).max(1);
    // At most 60 pixels, or one series would look like a wall.
    let width = ((slot_width * 4 / 5) / series).clamp(1, 60);
    for (nth, heights) in bars.iter().enumerate() {
        let place = i32::try_from(nth).unwrap_or(0);
        for (slot, height) in heights.iter().enumerate() {
            let middle = panel.x.pixel(num::float_len(slot) + 0.5);
            let left = middle - series * width / 2 + place * width;
            let top = panel.y.pixel(*height);
            if top >= panel.y.from {
                continue;
            }
            let gap = i32::from(width > 4);
            canvas.rect((left, top), (left + width - gap, panel.y.from), Ink::Series(nth), 1.0);
            if width >= 12 {
                canvas.marker(nth, (left + width / 2, top - 8));
            }
        }
    }
}
