//! The axis of simulated time, with the named phases.

use super::canvas::{Anchor, Canvas, Type};
use super::label;
use super::page::{LEFT, RIGHT};
use super::panel::Panel;
use super::scale::{Scale, Tick, round_step};
use super::theme::Ink;
use crate::entry::Entry;
use crate::phase::{self, Phase};
use crate::recorded::RecordedRun;

const LANE: i32 = 24;
const SMALL: f64 = 12.0;

/// Simulated time from 0 to the end of the longest run.
pub(super) struct Timeline {
    pub(super) scale: Scale,
    phases: Vec<(Phase, String, usize)>,
    unit: (&'static str, f64),
}

impl Timeline {
    /// Of the runs of these entries; `None` when they have no intervals.
    pub(super) fn of(entries: &[Entry<'_>]) -> Option<Self> {
        let runs: Vec<&RecordedRun> = entries.iter().flat_map(|e| e.runs.iter().copied()).collect();
        let ends = runs.iter().flat_map(|r| &r.intervals).map(|i| i.t_end_s);
        let end = ends.max_by(f64::total_cmp).filter(|end| *end > 0.0)?;
        let scale = Scale::linear(0.0, end, LEFT, RIGHT);
        let mut lanes: Vec<i32> = Vec::new();
        let mut phases = Vec::new();
        for phase in phase::phases(&runs.first()?.intervals) {
            let text = match (phase.kind.as_str(), phase.spans.len()) {
                ("measure", _) => continue,
                ("warmup", _) => "warm-up".to_owned(),
                (_, 1) => phase.label.clone(),
                (_, times) => format!("{} (\u{d7}{times})", phase.label),
            };
            let text = label::fit(&text, SMALL, (RIGHT - LEFT) / 2);
            let (from, to) = reach(&phase, &text, &scale);
            let free = lanes.iter().position(|end| *end + 10 < from).unwrap_or(lanes.len());
            if free == lanes.len() {
                lanes.push(to);
            }
            lanes[free] = to;
            phases.push((phase, text, free));
        }
        let unit = match end {
            e if e <= 300.0 => ("s", 1.0),
            e if e <= 14_400.0 => ("min", 60.0),
            e if e <= 4.0 * 86_400.0 => ("h", 3600.0),
            _ => ("d", 86_400.0),
        };
        Some(Self { scale, phases, unit })
    }

    /// Height above the first panel for the names of the phases.
    pub(super) fn lanes_height(&self) -> i32 {
        let lanes = self.phases.iter().map(|p| p.2 + 1).max().unwrap_or(0);
        i32::try_from(lanes).unwrap_or(0) * LANE
    }

    /// Ticks at round times.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let (name, unit) = self.unit;
        let least = (self.scale.high - self.scale.low) / 12.0 / unit;
        let rounds: &[f64] = match name {
            "h" => &[1.0, 2.0, 3.0, 6.0, 12.0, 24.0],
            "d" => &[],
            _ => &[1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0],
        };
        let found = rounds.iter().copied().find(|step| *step >= least);
        let step = found.unwrap_or_else(|| round_step(least));
        self.scale.multiples(step * unit, unit)
    }

    /// The title of the axis.
    pub(super) fn title(&self) -> String {
        format!("Simulated time ({})", self.unit.0)
    }

    /// The shades of the phases behind a panel.
    pub(super) fn shade(&self, canvas: &mut Canvas<'_>, panel: &Panel) {
        for (phase, _, _) in &self.phases {
            let alpha = if phase.is_fault() { 1.0 } else { 0.45 };
            for &(start, end) in &phase.spans {
                let (from, to) = (panel.x.pixel(start), panel.x.pixel(end));
                canvas.rect(
                    (from, panel.y.to),
                    (to.max(from + 1), panel.y.from),
                    Ink::Phase,
                    alpha,
                );
            }
        }
    }

    /// The names of the phases in lanes that end at `bottom`, each over a bar as long as the phase.
    pub(super) fn name_phases(&self, canvas: &mut Canvas<'_>, bottom: i32) {
        for (phase, text, lane) in &self.phases {
            let y = bottom - i32::try_from(*lane).unwrap_or(0) * LANE - 4;
            for &(start, end) in &phase.spans {
                let (from, to) = (self.scale.pixel(start), self.scale.pixel(end));
                canvas.rect((from, y - 2), (to.max(from + 2), y), Ink::Muted, 1.0);
            }
            let (middle, _) = middle(phase, text, &self.scale);
            canvas.text(text, (middle, y - 11), Type::new(SMALL, Ink::Text, Anchor::Middle));
        }
    }
}

/// Where the name of a phase stands: over its first interval, within the axes.
fn middle(phase: &Phase, text: &str, scale: &Scale) -> (i32, i32) {
    let half = label::width(text, SMALL) / 2 + 1;
    let &(start, end) = phase.spans.first().unwrap_or(&(0.0, 0.0));
    let wanted = i32::midpoint(scale.pixel(start), scale.pixel(end));
    (wanted.clamp(LEFT + half, RIGHT - half), half)
}

/// The pixels that a phase takes in its lane.
fn reach(phase: &Phase, text: &str, scale: &Scale) -> (i32, i32) {
    let (middle, half) = middle(phase, text, scale);
    let from = phase.spans.first().map_or(middle, |span| scale.pixel(span.0));
    let to = phase.spans.last().map_or(middle, |span| scale.pixel(span.1));
    (from.min(middle - half), to.max(middle + half))
}
