//! F7: how evenly load lies on servers.

use super::canvas::{Anchor, Canvas, Type};
use super::data::{self, FigureData};
use super::page::{Drawing, Page, Setting, say_counts};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::Scale;
use super::theme::Ink;
use crate::entry::{Entry, say_seeds};
use crate::metrics::{balance, compute};
use crate::num;
use crate::recorded::RecordedRun;
use crate::stats::{self, Estimate, Share};

pub(super) const TITLE: &str = "F7 Balance of load over servers";

const HEIGHT: i32 = 360;

const READING: &str = "Share of all load that the least loaded servers carry together. The nearer a \
    curve to the straight line, the more evenly load lies; Gini is 0 on the line and 1 when one \
    server carries all.";

/// What is carried.
#[derive(Clone, Copy, PartialEq)]
enum Load {
    /// Records held at the end of the run.
    Records,
    /// Messages handled, against time in the network.
    Messages,
}

/// The curves of an entry's runs, and what is said about them.
struct Curves {
    runs: Vec<Vec<(f64, f64)>>,
    gini: Option<Estimate>,
    max_over_mean: Option<Estimate>,
    servers: u64,
}

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<Drawing>, String> {
    let layout = setting.layout();
    let stores = |entry: &Entry<'_>| entry.runs.iter().any(|run| holds_records(run));
    let load = if entries.iter().any(stores) { Load::Records } else { Load::Messages };
    let curves: Vec<Curves> = entries.iter().map(|entry| Curves::of(entry, load)).collect();
    if curves.iter().all(|c| c.runs.is_empty()) {
        return Ok(None);
    }
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let n: Vec<u64> = curves.iter().map(|c| c.servers).collect();
    let (what, axes) = load.say();
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!(
            "n = {} over {}; load is {what}{}.",
            say_counts(&n, "servers"),
            say_seeds(seeds),
            if seeds > 1 {
                "; a curve is the mean over seeds, ±: half the 95 % interval (Student t)"
            } else {
                ""
            }
        ),
        legend: entries.iter().zip(&curves).map(|(e, c)| legend(e, c)).collect(),
        body: layout.height(HEIGHT) + AXIS_HEIGHT,
        data: table(entries, &curves),
    };
    let drawing = page.draw(setting, |canvas, top| {
        let panel = Panel {
            x: Scale::linear(0.0, 100.0, layout.left, layout.right),
            y: Scale::linear(0.0, 100.0, top + layout.height(HEIGHT), top + 6),
        };
        let ticks = panel.x.ticks(5);
        panel.draw_x_grid(canvas, &ticks);
        panel.draw_y(canvas, &panel.y.ticks(5), axes.1);
        panel.draw_x(canvas, &ticks, axes.0);
        draw_even(canvas, &panel);
        for (nth, curve) in curves.iter().enumerate().filter(|(_, c)| !c.runs.is_empty()) {
            draw_curve(canvas, &panel, nth, curves.len(), curve);
        }
    })?;
    Ok(Some(drawing))
}

fn holds_records(run: &RecordedRun) -> bool {
    balance::keys(&run.node_load).last().is_some_and(|most| *most > 0.0)
}

impl Load {
    /// What it is, and the titles of the two axes.
    fn say(self) -> (&'static str, (&'static str, &'static str)) {
        match self {
            Self::Records => (
                "records held at the end of the run",
                ("Servers, least loaded first (%)", "Records (%)"),
            ),
            Self::Messages => (
                "messages handled over the whole run",
                ("Server time in the network, least loaded first (%)", "Messages handled (%)"),
            ),
        }
    }

    fn shares(self, run: &RecordedRun) -> Vec<Share> {
        match self {
            Self::Records => {
                let one = |load| Share { load, weight: 1.0 };
                balance::keys(&run.node_load).into_iter().map(one).collect()
            }
            Self::Messages => compute::server_load(&run.node_load),
        }
    }
}

impl Curves {
    fn of(entry: &Entry<'_>, load: Load) -> Self {
        let shares: Vec<Vec<Share>> = entry.runs.iter().map(|run| load.shares(run)).collect();
        let over_seeds = |figure: fn(&[Share]) -> Option<f64>| {
            let per_seed: Vec<f64> = shares.iter().filter_map(|shares| figure(shares)).collect();
            Estimate::over_seeds(&per_seed)
        };
        let curves = shares.iter().map(|shares| stats::lorenz(shares));
        Self {
            runs: curves.filter(|curve| !curve.is_empty()).collect(),
            gini: over_seeds(stats::gini),
            max_over_mean: over_seeds(max_over_mean),
            servers: shares.iter().map(|shares| shares.len() as u64).sum(),
        }
    }

    /// The mean over runs at a share of servers, both in percent.
    fn at(&self, percent: f64) -> f64 {
        let sum: f64 = self.runs.iter().map(|curve| between(curve, percent / 100.0)).sum();
        100.0 * sum / num::float_len(self.runs.len().max(1))
    }
}

/// The largest rate over the mean rate.
fn max_over_mean(shares: &[Share]) -> Option<f64> {
    let largest = shares.iter().map(|s| s.load / s.weight).max_by(f64::total_cmp)?;
    let load: f64 = shares.iter().map(|s| s.load).sum();
    let weight: f64 = shares.iter().map(|s| s.weight).sum();
    (load > 0.0).then(|| largest * weight / load)
}

/// The height of a curve between its points.
fn between(curve: &[(f64, f64)], x: f64) -> f64 {
    let next = curve.partition_point(|point| point.0 < x);
    match (next.checked_sub(1).and_then(|before| curve.get(before)), curve.get(next)) {
        (Some(a), Some(b)) if b.0 > a.0 => a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0),
        (_, Some(b)) => b.1,
        (Some(a), None) => a.1,
        (None, None) => 0.0,
    }
}

fn legend(entry: &Entry<'_>, curves: &Curves) -> String {
    let label = entry.label();
    let say = |found: Option<Estimate>| found.map_or("none".to_owned(), data::estimate);
    if curves.runs.is_empty() {
        return format!("{label}: nothing carried");
    }
    format!("{label}: Gini {}, max/mean {}", say(curves.gini), say(curves.max_over_mean))
}

/// What the least loaded servers carry together.
fn table(entries: &[Entry<'_>], curves: &[Curves]) -> FigureData {
    const PERCENTS: [u32; 7] = [10, 25, 50, 75, 90, 95, 99];
    let mut columns = ["Protocol", "Gini", "Max/mean"].map(str::to_owned).to_vec();
    columns.extend(PERCENTS.map(|percent| format!("Load of the least loaded {percent} % (%)")));
    columns.push("Servers".to_owned());
    let mut table = FigureData { columns, rows: Vec::new() };
    for (entry, curves) in entries.iter().zip(curves).filter(|(_, c)| !c.runs.is_empty()) {
        let figures = [curves.gini, curves.max_over_mean];
        let said = figures.map(|found| found.map_or(String::new(), data::estimate));
        let shares = PERCENTS.map(|p| format!("{:.1}", curves.at(f64::from(p))));
        let cells = [entry.label()].into_iter().chain(said).chain(shares);
        table.row(cells.chain([curves.servers.to_string()]));
    }
    table
}

/// The line on which all servers carry the same.
fn draw_even(canvas: &mut Canvas<'_>, panel: &Panel) {
    canvas.line(panel.at(0.0, 0.0), panel.at(100.0, 100.0), Ink::Muted, 1);
    let (x, y) = panel.at(50.0, 50.0);
    canvas.text("all equal", (x - 12, y - 10), Type::new(12.0, Ink::Muted, Anchor::Right));
}

fn draw_curve(canvas: &mut Canvas<'_>, panel: &Panel, nth: usize, of: usize, curves: &Curves) {
    let points: Vec<(i32, i32)> = (panel.x.from..=panel.x.to)
        .step_by(2)
        .map(|x| (x, panel.y.pixel(curves.at(panel.x.value(x)))))
        .collect();
    canvas.path(&points, Ink::Series(nth), 2);
    // Series take turns, so that markers of curves that lie on each other do not.
    let shift = 25.0 * num::float_len(nth) / num::float_len(of);
    for percent in [22.0, 47.0, 72.0] {
        let at = percent + shift;
        canvas.marker(nth, panel.at(at, curves.at(at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_straight_between_its_points() {
        let curve = [(0.0, 0.0), (0.5, 0.1), (1.0, 1.0)];
        for (x, y) in [(0.0, 0.0), (0.25, 0.05), (0.5, 0.1), (0.75, 0.55), (1.0, 1.0)] {
            assert!((between(&curve, x) - y).abs() < 1e-12, "{x}");
        }
        assert!(between(&[], 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_largest_rate_is_over_the_mean_rate() {
        let share = |load, weight| Share { load, weight };
        let found = max_over_mean(&[share(1.0, 1.0), share(6.0, 2.0), share(1.0, 1.0)]);
        assert_eq!(found, Some(1.5));
        assert_eq!(max_over_mean(&[share(0.0, 1.0)]), None);
    }
}
