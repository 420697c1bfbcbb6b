//! F1: how long lookups take, over all of them.

use super::canvas::{Anchor, Canvas, Type};
use super::label;
use super::page::{Page, Setting, say_counts};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::Scale;
use super::theme::Ink;
use crate::entry::{Entry, say_seeds};
use crate::model::Run;
use crate::num;
use crate::phase::{self, MEASURE};
use crate::stats::Ecdf;

pub(super) const TITLE: &str = "F1 Lookup latency, over all lookups";

const HEIGHT: i32 = 330;

const READING: &str = "Share of all lookups answered within a time. Higher and further left is better; \
    a curve ends at the success ratio, because a failed lookup is never answered.";

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<String>, String> {
    let layout = setting.layout();
    let curves: Vec<Ecdf> = entries.iter().map(of_entry).collect();
    let ranges = || curves.iter().filter_map(Ecdf::range);
    let low = ranges().map(|r| r.0).min_by(f64::total_cmp);
    let high = ranges().map(|r| r.1).max_by(f64::total_cmp);
    let (Some(low), Some(high)) = (low, high) else { return Ok(None) };
    let legend = entries.iter().zip(&curves).map(|(e, c)| legend(e, c)).collect();
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let n: Vec<u64> = curves.iter().map(|c| c.n() as u64).collect();
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!(
            "n = {}, begun in measure, pooled over {}; percentiles count failures as infinite.",
            say_counts(&n, "lookups"),
            say_seeds(seeds)
        ),
        legend,
        body: layout.height(HEIGHT) + AXIS_HEIGHT,
    };
    let svg = page.draw(setting, |canvas, top| {
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
    Ok(Some(svg))
}

/// The lookups that began in the measured interval, of all seeds.
fn of_entry(entry: &Entry<'_>) -> Ecdf {
    let mut answered = Vec::new();
    let mut n = 0;
    for run in &entry.runs {
        for o in measured(run) {
            n += 1;
            answered.extend(o.latency_ms.filter(|_| o.outcome == "ok"));
        }
    }
    Ecdf::new(answered, n)
}

/// Lookups that began in the measured interval.
pub(super) fn measured(run: &Run) -> impl Iterator<Item = &crate::model::Operation> {
    let measure = phase::phase(run, MEASURE);
    run.operations
        .iter()
        .filter(|o| o.op == "find_node")
        .filter(move |o| measure.as_ref().is_some_and(|m| m.contains(o.t_start_s)))
}

fn legend(entry: &Entry<'_>, curve: &Ecdf) -> String {
    let say = |percent| {
        let found = curve.percentile(percent);
        found.map_or("never".to_owned(), |ms| format!("{} ms", num::significant(ms, 3)))
    };
    format!("{}: p50 {}, p90 {}, p99 {}", short(entry), say(50), say(90), say(99))
}

/// The label, cut so that the numbers after it have room.
fn short(entry: &Entry<'_>) -> String {
    label::fit(&entry.label(), 13.0, 480)
}

fn draw_curve(canvas: &mut Canvas<'_>, panel: &Panel, nth: usize, curve: &Ecdf) {
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
            canvas.marker(nth, panel.at(ms, f64::from(percent)));
        }
    }
}

/// The success ratio at the end of each curve.
fn draw_ends(canvas: &mut Canvas<'_>, panel: &Panel, curves: &[Ecdf]) {
    let drawn: Vec<(usize, &Ecdf)> = curves.iter().enumerate().filter(|(_, c)| c.n() > 0).collect();
    let wanted: Vec<i32> =
        drawn.iter().map(|(_, curve)| panel.y.pixel(100.0 * curve.plateau())).collect();
    let placed = label::spread(&wanted, 16, (panel.y.to, panel.y.from));
    for ((nth, curve), y) in drawn.iter().zip(placed) {
        canvas.marker(*nth, (panel.x.to + 12, y));
        let text = format!("{:.1} %", 100.0 * curve.plateau());
        canvas.text(&text, (panel.x.to + 22, y), Type::new(12.0, Ink::Text, Anchor::Left));
    }
}
