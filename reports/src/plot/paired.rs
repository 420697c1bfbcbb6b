//! F10: how far the other entries are from the base, metric by metric, with intervals.
//!
//! Metrics of different units share no axis; relative differences do.

use super::canvas::{Anchor, Canvas, Type};
use super::data::FigureData;
use super::label;
use super::layout::Layout;
use super::page::{Drawing, Page, Setting};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::Scale;
use super::theme::Ink;
use crate::compare::{Comparison, Row, Verdict};
use crate::num;

pub(super) const TITLE: &str = "F10 Differences from the base, relative, with 95 % intervals";

const READING: &str = "A mark is the mean of the other entry, in per cent above (right) or below (left) \
    that of the base; the line is its 95 % interval (Fieller), each for itself. The word is the verdict, \
    adjusted by Holm over all rows; a grey mark is no detectable difference. An arrow goes on beyond the \
    axis.";

const NAME: f64 = 12.0;
const SMALL: f64 = 11.5;
const TITLE_SIZE: f64 = 13.0;
const TITLE_LINE: i32 = 16;
const HEAD: i32 = 30;
const GAP: i32 = 8;

/// Where the parts of a row are.
#[derive(Clone, Copy)]
struct Places {
    layout: Layout,
    /// Height of a row.
    row: i32,
    /// From the middle of a row down to its texts, and to its mark.
    text_dy: i32,
    mark_dy: i32,
    name_from: i32,
    axis: (i32, i32),
    /// `None` where there is no room: the data of the figure has it.
    number_from: Option<i32>,
    verdict_from: i32,
}

impl Places {
    /// One line a row, or, on a narrow page, the axis below the texts.
    fn of(layout: Layout) -> Self {
        if layout.is_narrow() {
            let axis = (layout.margin + 12, layout.width - layout.margin - 12);
            return Self {
                layout,
                row: 40,
                text_dy: -9,
                mark_dy: 8,
                name_from: layout.margin,
                axis,
                number_from: None,
                verdict_from: 232,
            };
        }
        Self {
            layout,
            row: 22,
            text_dy: 0,
            mark_dy: 0,
            name_from: 34,
            axis: (262, 532),
            number_from: Some(546),
            verdict_from: 712,
        }
    }

    /// The room for the name of a row.
    fn name_room(self) -> i32 {
        let end = if self.number_from.is_some() { self.axis.0 } else { self.verdict_from };
        end - self.name_from - 8
    }

    /// The lines of a block's title.
    fn title(self, block: &Block<'_>) -> Vec<String> {
        label::name(&block.title, TITLE_SIZE, self.layout.room(self.layout.margin + 14))
    }

    /// The height of the title of a block.
    fn head(self, block: &Block<'_>) -> i32 {
        HEAD + (i32::try_from(self.title(block).len()).unwrap_or(1) - 1) * TITLE_LINE
    }

    fn block_height(self, block: &Block<'_>) -> i32 {
        self.head(block) + i32::try_from(block.rows.len()).unwrap_or(0) * self.row + GAP
    }
}

/// Beyond this many rows a figure is no longer read.
const ROWS_MAX: usize = 60;

/// The rows of one other entry at one point.
struct Block<'a> {
    title: String,
    series: usize,
    rows: Vec<&'a Row>,
}

/// `None` where no row has a difference to show.
pub(super) fn draw(comparison: &Comparison, setting: &Setting) -> Result<Option<Drawing>, String> {
    let all = blocks(comparison);
    let mut taken = 0;
    let shown: Vec<&Block<'_>> = all
        .iter()
        .take_while(|block| {
            taken += block.rows.len();
            taken <= ROWS_MAX || taken == block.rows.len()
        })
        .collect();
    if shown.is_empty() {
        return Ok(None);
    }
    let rows = || shown.iter().flat_map(|block| block.rows.iter().copied());
    let reach = reach(rows());
    let left = all.len() - shown.len();
    let further = if left > 0 {
        format!(" {left} further groups stand in compare.csv.")
    } else {
        String::new()
    };
    let base = comparison.sides.get(comparison.base - 1).map_or("", |base| base);
    let places = Places::of(setting.layout());
    let height: i32 = shown.iter().map(|block| places.block_height(block)).sum();
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!("Base: {base}. Phase: {}. {}{further}", comparison.phase, say_n(rows())),
        legend: Vec::new(),
        body: height + AXIS_HEIGHT,
        data: table(&shown),
    };
    let drawing = page.draw(setting, |canvas, top| {
        let panel = Panel {
            x: Scale::linear(-reach, reach, places.axis.0, places.axis.1),
            y: Scale::linear(0.0, 1.0, top + height, top),
        };
        let mut at = top;
        for block in &shown {
            draw_block(canvas, &panel, places, block, at);
            at += places.block_height(block);
        }
        let ticks = panel.x.ticks(5);
        let (from, to) = places.axis;
        canvas.line((from, panel.y.from), (to, panel.y.from), Ink::Muted, 1);
        panel.draw_x(canvas, &ticks, "Difference from the base (%)");
    })?;
    Ok(Some(drawing))
}

fn table(shown: &[&Block<'_>]) -> FigureData {
    let mut data =
        FigureData::new(&["entry", "metric", "difference from the base", "n", "verdict"]);
    for block in shown {
        for row in &block.rows {
            let verdict = row.verdict.name().to_owned();
            data.row([block.title.clone(), row.name(), number(row), row.say_n(), verdict]);
        }
    }
    data
}

fn blocks(comparison: &Comparison) -> Vec<Block<'_>> {
    let mut found: Vec<Block<'_>> = Vec::new();
    for row in comparison.key_rows().filter(|row| shows(row)) {
        let at = if row.point.is_empty() { String::new() } else { format!(" at {}", row.point) };
        let title = format!("{}{at}", row.other);
        match found.last_mut() {
            Some(block) if block.title == title => block.rows.push(row),
            _ => found.push(Block { title, series: row.other_number - 1, rows: vec![row] }),
        }
    }
    for block in &mut found {
        block.rows.sort_by_key(|row| row.key_place());
    }
    found
}

/// Has it something to show: a relative difference, or an order among values without numbers?
fn shows(row: &Row) -> bool {
    row.relative.is_some() || (row.mean_diff.is_none() && row.p.is_some())
}

/// Half the length of the axis, in per cent: all there is, up to 100.
fn reach<'a>(rows: impl Iterator<Item = &'a Row>) -> f64 {
    let ends = rows.filter_map(|row| row.relative).flat_map(|relative| {
        let (low, high) = relative.interval.unwrap_or((relative.share, relative.share));
        [low, relative.share, high]
    });
    let most = ends.fold(0.0, |most: f64, end| most.max(end.abs())) * 100.0;
    (most * 1.08).clamp(0.1, 100.0)
}

fn say_n<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    let mut said: Vec<String> = rows.map(Row::say_n).collect();
    said.sort_unstable();
    said.dedup();
    match &said[..] {
        [one] => format!("n = {one}."),
        _ => format!("n differs by row: {}.", said.join("; ")),
    }
}

fn draw_block(canvas: &mut Canvas<'_>, panel: &Panel, places: Places, block: &Block<'_>, top: i32) {
    let title = Type { bold: true, ..Type::new(TITLE_SIZE, Ink::Text, Anchor::Left) };
    let middle = top + HEAD / 2 + 2;
    let margin = places.layout.margin;
    canvas.marker(block.series, (margin + 5, middle));
    for (line, nth) in places.title(block).iter().zip(0..) {
        canvas.text(line, (margin + 14, middle + nth * TITLE_LINE), title);
    }
    let (first, last) = (top + places.head(block), top + places.block_height(block) - GAP);
    for tick in panel.x.ticks(5) {
        let x = panel.x.pixel(tick.value);
        canvas.line((x, first), (x, last), Ink::Grid, 1);
    }
    let zero = panel.x.pixel(0.0);
    canvas.line((zero, first), (zero, last), Ink::Muted, 1);
    for (row, nth) in block.rows.iter().zip(0..) {
        let middle = first + nth * places.row + places.row / 2;
        write_row(canvas, places, row, middle + places.text_dy);
        draw_row(canvas, panel, (row, block.series), middle + places.mark_dy);
    }
}

/// Is the difference more than chance?
fn is_found(row: &Row) -> bool {
    !matches!(row.verdict, Verdict::NoDetectableDifference | Verdict::Undecided)
}

/// The texts of a row.
fn write_row(canvas: &mut Canvas<'_>, places: Places, row: &Row, y: i32) {
    let text = Type::new(NAME, Ink::Text, Anchor::Left);
    let name = label::fit(&row.name(), NAME, places.name_room());
    canvas.text(&name, (places.name_from, y), text);
    let small = Type { size: SMALL, ..text };
    if let Some(from) = places.number_from {
        let number = label::fit(&number(row), SMALL, places.verdict_from - from - 8);
        canvas.text(&number, (from, y), small);
    }
    let room = places.layout.width - places.verdict_from - 8;
    let verdict = label::fit(row.verdict.name(), SMALL, room);
    canvas.text(&verdict, (places.verdict_from, y), Type { bold: is_found(row), ..small });
}

/// The mark of a row and its interval.
fn draw_row(canvas: &mut Canvas<'_>, panel: &Panel, (row, series): (&Row, usize), y: i32) {
    let Some(relative) = row.relative else { return };
    let ink = if is_found(row) { Ink::Series(series) } else { Ink::Muted };
    let percent = relative.share * 100.0;
    if let Some((low, high)) = relative.interval {
        let (from, to) = (panel.x.pixel(low * 100.0), panel.x.pixel(high * 100.0));
        canvas.line((from, y), (to, y), ink, 2);
        for (end, value) in [(from, low), (to, high)] {
            if (value * 100.0).abs() <= panel.x.high {
                canvas.line((end, y - 4), (end, y + 4), ink, 2);
            }
        }
    }
    if percent.abs() <= panel.x.high {
        return canvas.mark(series, (panel.x.pixel(percent), y), ink);
    }
    let (x, out) = if percent > 0.0 { (panel.x.to, 1) } else { (panel.x.from, -1) };
    canvas.area(&[(x - 8 * out, y - 5), (x + out, y), (x - 8 * out, y + 5)], ink, 1.0);
}

/// `+0.91 % [+0.80, +1.0]`, or what stands in for it.
fn number(row: &Row) -> String {
    let Some(relative) = row.relative else { return row.say_order() };
    let percent = relative.share * 100.0;
    match relative.interval {
        Some((low, high)) => {
            // Two digits of the interval, as far as there is room for them.
            let digits = num::decimals((high - low) * 50.0, 2);
            let decimals = digits.min(num::decimals(percent, 4)).min(3);
            let (low, high) = (low * 100.0 + 0.0, high * 100.0 + 0.0);
            format!("{:+.decimals$} % [{low:+.decimals$}, {high:+.decimals$}]", percent + 0.0)
        }
        None => format!("{:+.*} %", num::decimals(percent, 2).min(2), percent + 0.0),
    }
}
