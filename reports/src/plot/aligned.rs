//! F12: what succeeds around the end of each fault.

use super::canvas::{Anchor, Canvas, Type};
use super::data::{self, FigureData};
use super::label;
use super::page::{Drawing, Page, Setting};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::Scale;
use super::series::Line;
use super::theme::Ink;
use crate::entry::{Entry, say_seeds};
use crate::metrics::Stat;
use crate::model::Interval;
use crate::recorded::RecordedRun;
use crate::stats::{self, Estimate};

pub(super) const TITLE: &str = "F12 Recovery, aligned on the end of the fault";

const HEIGHT: i32 = 220;
const GAP: i32 = 14;
/// Room for the name of the fault.
const HEAD: i32 = 24;

const READING: &str = "Share of lookups that succeed, by the time since the fault ended (0), mean over seeds. A marker \
    on the line at 95 % of the level before says when it was back, where it was.";

/// What one entry does around the end of a fault.
struct Around {
    line: Line,
    /// Seconds to 95 % of the level before, over the seeds that came back.
    back: Option<Estimate>,
}

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<Drawing>, String> {
    let Some(first) = entries.iter().find_map(|entry| entry.runs.first()) else { return Ok(None) };
    let faults = ended(&first.intervals);
    let found: Vec<(&Interval, Vec<Around>)> = faults
        .into_iter()
        .map(|fault| (fault, entries.iter().map(|entry| around(entry, fault)).collect::<Vec<_>>()))
        .filter(|(_, all)| all.iter().any(|one| one.line.iter().any(|point| point.1.is_some())))
        .collect();
    if found.is_empty() {
        return Ok(None);
    }
    let layout = setting.layout();
    let height = layout.height(HEIGHT);
    let panels = i32::try_from(found.len()).unwrap_or(1);
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!("n = {} for every line.", say_seeds(seeds)),
        legend: entries.iter().map(Entry::label).collect(),
        body: panels * (HEAD + height + AXIS_HEIGHT) + (panels - 1) * GAP,
        data: table(entries, &found),
    };
    let drawing = page.draw(setting, |canvas, mut top| {
        for (fault, all) in &found {
            let name = Type::new(13.0, Ink::Text, Anchor::Left);
            let text = label::fit(&fault.label, 13.0, layout.room(layout.left));
            canvas.text(&text, (layout.left, top + 8), name);
            top += HEAD;
            let times = || all.iter().flat_map(|one| &one.line).map(|point| point.0 / 60.0);
            let low = times().fold(0.0, f64::min);
            let high = times().fold(1.0, f64::max);
            let panel = Panel {
                x: Scale::linear(low, high, layout.left, layout.right),
                y: Scale::linear(0.0, 100.0, top + height, top + 6),
            };
            let ticks = panel.x.ticks(if layout.is_narrow() { 4 } else { 8 });
            panel.draw_y(canvas, &panel.y.ticks(5), "Lookups (%)");
            panel.draw_x_grid(canvas, &ticks);
            let zero = panel.x.pixel(0.0);
            canvas.line((zero, panel.y.to), (zero, panel.y.from), Ink::Muted, 2);
            for (nth, one) in all.iter().enumerate() {
                draw_around(canvas, &panel, nth, one);
            }
            panel.draw_x(canvas, &ticks, "Minutes since the end of the fault");
            top += height + AXIS_HEIGHT + GAP;
        }
    })?;
    Ok(Some(drawing))
}

/// The faults that end before the run does.
fn ended(intervals: &[Interval]) -> Vec<&Interval> {
    let end = intervals.iter().map(|i| i.t_end_s).fold(0.0, f64::max);
    intervals.iter().filter(|i| i.kind == "fault" && i.t_end_s < end).collect()
}

/// From one length of the fault before its beginning to two after its end.
fn around(entry: &Entry<'_>, fault: &Interval) -> Around {
    let length = fault.t_end_s - fault.t_start_s;
    let (from, until) = (fault.t_start_s - length, fault.t_end_s + 2.0 * length);
    let mut seen: Vec<(f64, f64)> = Vec::new();
    for run in &entry.runs {
        let inside = run.series.iter().filter(|row| {
            *row.metric == *"lookup.success_ratio" && row.t_start_s >= from && row.t_end_s <= until
        });
        let point = |row: &crate::recorded::SeriesRow| {
            let middle = f64::midpoint(row.t_start_s, row.t_end_s);
            Some((middle - fault.t_end_s, 100.0 * row.value?))
        };
        seen.extend(inside.filter_map(point));
    }
    seen.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let at_once = seen.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    let mean = |group: &[(f64, f64)]| {
        let values: Vec<f64> = group.iter().map(|point| point.1).collect();
        (group[0].0, stats::mean(&values))
    };
    let time =
        |run: &&RecordedRun| run.metric(&fault.label, "recovery.time_to_95_s", Stat::Mean)?.value;
    let times: Vec<f64> = entry.runs.iter().filter_map(time).collect();
    Around { line: at_once.map(mean).collect(), back: Estimate::over_seeds(&times) }
}

fn draw_around(canvas: &mut Canvas<'_>, panel: &Panel, nth: usize, one: &Around) {
    let minutes: Line = one.line.iter().map(|(t, value)| (t / 60.0, *value)).collect();
    let points: Vec<(i32, i32)> =
        minutes.iter().filter_map(|(t, value)| Some(panel.at(*t, (*value)?))).collect();
    canvas.path(&points, Ink::Series(nth), 2);
    let Some(back) = one.back else { return };
    let before = minutes.iter().filter(|point| point.0 < 0.0).filter_map(|point| point.1);
    let level = before.fold(0.0, f64::max) * 0.95;
    canvas.marker(nth, panel.at(back.mean / 60.0, level));
}

fn table(entries: &[Entry<'_>], found: &[(&Interval, Vec<Around>)]) -> FigureData {
    let heads = ["fault", "entry", "minutes since its end", "lookups that succeed (%)"];
    let mut data = FigureData::new(&heads);
    let points = found.iter().flat_map(|(_, all)| all).map(|one| one.line.len()).sum();
    let step = data::step(points);
    for (fault, all) in found {
        for (entry, one) in entries.iter().zip(all) {
            for (t, value) in one.line.iter().step_by(step) {
                data.row([
                    fault.label.clone(),
                    entry.label(),
                    data::number(Some(t / 60.0)),
                    data::number(*value),
                ]);
            }
            if let Some(back) = one.back {
                let said = format!("95 % of the level before after {} s", back.say());
                data.row([fault.label.clone(), entry.label(), String::new(), said]);
            }
        }
    }
    data
}
