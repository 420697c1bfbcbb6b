//! What every figure has: a title, how to read it, a legend and the number of observations.

use super::canvas::{Anchor, Canvas, Type, document};
use super::data::FigureData;
use super::label;
use super::layout::Layout;
use super::theme::{Head, Ink, Theme};
use crate::num;

const LINE: i32 = 18;
const LEGEND_ROW: i32 = 20;
const SMALL: f64 = 13.0;

/// The frame around the panels of a figure.
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    /// How to read it, one sentence or two.
    pub(super) reading: String,
    /// How many observations and seeds.
    pub(super) count: String,
    /// One row per series.
    pub(super) legend: Vec<String>,
    /// Height of the panels with their axes.
    pub(super) body: i32,
    /// What the panels show, as a table.
    pub(super) data: FigureData,
}

/// What holds for all figures of a report.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// How they look.
    pub(super) theme: Theme,
    /// What must be said under each.
    pub(super) note: Option<String>,
}

/// What became of a page.
pub(super) struct Drawing {
    pub(super) svg: String,
    pub(super) reading: String,
    pub(super) count: String,
    pub(super) data: FigureData,
}

impl Setting {
    pub(super) fn layout(&self) -> Layout {
        self.theme.layout()
    }
}

impl Page<'_> {
    /// Draws the frame and, below the heading, the panels; they are told where they begin.
    pub(super) fn draw(
        mut self,
        setting: &Setting,
        panels: impl FnOnce(&mut Canvas<'_>, i32),
    ) -> Result<Drawing, String> {
        if let Some(note) = &setting.note {
            self.count.push(' ');
            self.count.push_str(note);
        }
        let layout = setting.layout();
        let lines = |text: &str| {
            if layout.speaks {
                label::lines(text, SMALL, layout.room(layout.margin))
            } else {
                Vec::new()
            }
        };
        let (reading, count) = (lines(&self.reading), lines(&self.count));
        let legend: Vec<Vec<String>> =
            self.legend.iter().map(|text| legend_lines(text, layout)).collect();
        let rows = |n: usize| i32::try_from(n).unwrap_or(0);
        let top = if layout.speaks { 46 + rows(reading.len()) * LINE + 8 } else { 10 };
        let legend_top = top + self.body + 12;
        let keys = rows(legend.iter().map(Vec::len).sum());
        let count_top = legend_top + keys * LEGEND_ROW + 6;
        let foot = if layout.speaks { rows(count.len()) * LINE + 8 } else { 0 };
        let head = Head {
            theme: setting.theme,
            title: self.title,
            description: format!("{} {}", self.reading, self.count),
            size: (layout.width, count_top + foot),
            body: (top - 4, count_top - top + 4),
        };
        let svg = document(&head, |canvas| {
            let title = Type { bold: true, ..Type::new(17.0, Ink::Text, Anchor::Left) };
            let note = Type::new(SMALL, Ink::Muted, Anchor::Left);
            if layout.speaks {
                canvas.text(self.title, (layout.margin, 24), title);
            }
            for (nth, line) in (0..).zip(&reading) {
                canvas.text(line, (layout.margin, 48 + nth * LINE), note);
            }
            panels(canvas, top);
            let mut y = legend_top + 8;
            for (nth, lines) in legend.iter().enumerate() {
                legend_key(canvas, nth, lines, (layout.margin, y));
                y += rows(lines.len()) * LEGEND_ROW;
            }
            for (nth, line) in (0..).zip(&count) {
                canvas.text(line, (layout.margin, count_top + nth * LINE + 8), note);
            }
        })?;
        Ok(Drawing { svg, reading: self.reading, count: self.count, data: self.data })
    }
}

/// `12 000 lookups` when it is the same for every series, else one number each, in their order.
pub(super) fn say_counts(counts: &[u64], what: &str) -> String {
    let said: Vec<String> = counts.iter().map(|n| num::grouped(*n)).collect();
    match &said[..] {
        [one] => format!("{one} {what}"),
        [first, others @ ..] if others.iter().all(|n| n == first) => {
            format!("{first} {what} per protocol")
        }
        _ => format!("{} {what} (in the order above)", said.join(" / ")),
    }
}

/// Length of a line in the legend, with the gap after it.
const KEY: i32 = 62;

/// A name and what is said of it: in one line, or where that is too narrow each in lines of its own.
fn legend_lines(text: &str, layout: Layout) -> Vec<String> {
    let room = layout.room(layout.margin + KEY);
    let parts = match text.rsplit_once(": ") {
        Some((name, said)) if label::width(text, SMALL) > room => vec![name, said],
        _ => vec![text],
    };
    parts.into_iter().flat_map(|part| label::name(part, SMALL, room)).collect()
}

fn legend_key(canvas: &mut Canvas<'_>, nth: usize, lines: &[String], (x, y): (i32, i32)) {
    let to = x + KEY - 10;
    canvas.path(&[(x, y), (to, y)], Ink::Series(nth), 2);
    canvas.marker(nth, (i32::midpoint(x, to), y));
    for (row, line) in (0..).zip(lines) {
        let at = (x + KEY, y + row * LEGEND_ROW);
        canvas.text(line, at, Type::new(SMALL, Ink::Text, Anchor::Left));
    }
}
