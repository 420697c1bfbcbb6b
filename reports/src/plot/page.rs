//! What every figure has: a title, how to read it, a legend and the number of observations.

use super::canvas::{Anchor, Canvas, Type, document};
use super::data::FigureData;
use super::label;
use super::theme::{Ink, Theme};
use crate::num;

/// Width of every figure.
pub(super) const WIDTH: i32 = 900;
/// Left and right end of the axes.
pub(super) const LEFT: i32 = 84;
/// Right end of the axes; labels of line ends stand beyond.
pub(super) const RIGHT: i32 = WIDTH - 84;

const MARGIN: i32 = 20;
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

impl Page<'_> {
    /// Draws the frame and, below the heading, the panels; they are told where they begin. In
    /// print the caption says what the title would.
    pub(super) fn draw(
        mut self,
        setting: &Setting,
        panels: impl FnOnce(&mut Canvas<'_>, i32),
    ) -> Result<Drawing, String> {
        if let Some(note) = &setting.note {
            self.count.push(' ');
            self.count.push_str(note);
        }
        let reading = label::lines(&self.reading, SMALL, WIDTH - 2 * MARGIN);
        let count = label::lines(&self.count, SMALL, WIDTH - 2 * MARGIN);
        let rows = |n: usize| i32::try_from(n).unwrap_or(0);
        let head = if setting.theme == Theme::Paper { 18 } else { 46 };
        let top = head + rows(reading.len()) * LINE + 8;
        let legend_top = top + self.body + 12;
        let count_top = legend_top + rows(self.legend.len()) * LEGEND_ROW + 6;
        let height = count_top + rows(count.len()) * LINE + 8;
        let description = format!("{} {}", self.reading, self.count);
        let svg = document((WIDTH, height), self.title, &description, |canvas| {
            let title = Type { bold: true, ..Type::new(17.0, Ink::Text, Anchor::Left) };
            let note = Type::new(SMALL, Ink::Muted, Anchor::Left);
            if setting.theme == Theme::Default {
                canvas.text(self.title, (MARGIN, 24), title);
            }
            for (nth, line) in (0..).zip(&reading) {
                canvas.text(line, (MARGIN, head + 2 + nth * LINE), note);
            }
            panels(canvas, top);
            for (nth, text) in self.legend.iter().enumerate() {
                legend_row(canvas, nth, text, legend_top + rows(nth) * LEGEND_ROW + 8);
            }
            for (nth, line) in (0..).zip(&count) {
                canvas.text(line, (MARGIN, count_top + nth * LINE + 8), note);
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

fn legend_row(canvas: &mut Canvas<'_>, nth: usize, text: &str, y: i32) {
    let from = MARGIN;
    let to = from + 52;
    canvas.path(&[(from, y), (to, y)], Ink::Series(nth), 2);
    canvas.marker(nth, (i32::midpoint(from, to), y));
    let text = label::fit(text, SMALL, WIDTH - to - 10 - MARGIN);
    canvas.text(&text, (to + 10, y), Type::new(SMALL, Ink::Text, Anchor::Left));
}
