//! F11: what bytes are sent for.

use super::canvas::{Anchor, Canvas, Type};
use super::data::{self, FigureData};
use super::label;
use super::layout::Layout;
use super::page::{Drawing, Page, Setting};
use super::panel::{AXIS_HEIGHT, Panel};
use super::scale::Scale;
use super::theme::Ink;
use crate::entry::{Entry, say_seeds};
use crate::metrics::Stat;
use crate::num;
use crate::phase::MEASURE;
use crate::recorded::RecordedRun;
use crate::stats::{self, Estimate};

pub(super) const TITLE: &str = "F11 Bytes by purpose, per node and second";

const READING: &str = "A bar is all that a live node sends per second, on average; its parts are what \
    the bytes are for, in the order of the key. Shorter is cheaper. Colours and marks stand for \
    purposes here, not for protocols.";

/// What traffic is for, in the order of the parts; the last one holds every other name.
const PURPOSES: [&str; 7] =
    ["lookup", "store", "maintenance", "join", "learning", "migration", "other"];

const NAME: f64 = 13.0;
const ROW: i32 = 46;
const NAME_LINE: i32 = 15;
const BAR: i32 = 20;
const KEY: i32 = 24;
/// Room beyond the longest bar for its number.
const BEYOND: i32 = 130;

/// Bytes per node and second of an entry.
struct Sent {
    /// Means over seeds, in the order of [`PURPOSES`].
    parts: [f64; PURPOSES.len()],
    total: Estimate,
}

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<Drawing>, String> {
    let layout = setting.layout();
    let sent: Vec<Option<Sent>> = entries.iter().map(sent).collect();
    let most = sent.iter().flatten().map(|s| s.total.mean).fold(0.0, f64::max);
    if most <= 0.0 {
        return Ok(None);
    }
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let interval =
        if seeds > 1 { "; means over seeds, ±: half the 95 % interval (Student t)" } else { "" };
    let keys = key_places(&sent, layout);
    let (from, to) = (layout.margin + 4, layout.width - BEYOND);
    let names: Vec<Vec<String>> =
        entries.iter().map(|e| label::name(&e.label(), NAME, layout.room(from))).collect();
    let height = names.iter().map(|name| row_height(name)).sum::<i32>() + 6;
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!("n = {}, sent in measure{interval}.", say_seeds(seeds)),
        legend: Vec::new(),
        body: key_height(&keys) + height + AXIS_HEIGHT,
        data: table(entries, &sent),
    };
    let drawing = page.draw(setting, |canvas, top| {
        draw_keys(canvas, &keys, top + 10);
        let rows_top = top + key_height(&keys);
        let panel = Panel {
            x: Scale::linear(0.0, most, from, to),
            y: Scale::linear(0.0, 1.0, rows_top + height, rows_top),
        };
        let ticks = panel.x.ticks(6);
        let mut at = rows_top;
        for (name, sent) in names.iter().zip(&sent) {
            for (line, nth) in name.iter().zip(0..) {
                let text = Type::new(NAME, Ink::Text, Anchor::Left);
                canvas.text(line, (from, at + 12 + nth * NAME_LINE), text);
            }
            at += row_height(name);
            // Lines of the grid leave the names free.
            let bar = at - ROW + 22;
            for tick in &ticks {
                let x = panel.x.pixel(tick.value);
                canvas.line((x, bar), (x, at), Ink::Grid, 1);
            }
            draw_bar(canvas, &panel.x, bar, sent.as_ref());
        }
        canvas.line((from, panel.y.from), (to, panel.y.from), Ink::Muted, 1);
        panel.draw_x(canvas, &ticks, "Bytes sent per live node and second");
    })?;
    Ok(Some(drawing))
}

/// Of a bar below its name, which may have several lines.
fn row_height(name: &[String]) -> i32 {
    ROW + (i32::try_from(name.len()).unwrap_or(1) - 1) * NAME_LINE
}

fn place(purpose: &str) -> usize {
    PURPOSES.iter().position(|p| *p == purpose).unwrap_or(PURPOSES.len() - 1)
}

/// `None` where nothing was sent, or nobody counted the nodes.
fn sent(entry: &Entry<'_>) -> Option<Sent> {
    let mut parts = [0.0; PURPOSES.len()];
    let mut totals = Vec::new();
    for run in &entry.runs {
        let Some((total, shares)) = sent_by(run) else { continue };
        totals.push(total);
        for (part, share) in parts.iter_mut().zip(shares) {
            *part += total * share;
        }
    }
    stats::sort(&mut totals);
    let total = Estimate::over_seeds(&totals)?;
    let runs = num::float_len(totals.len());
    Some(Sent { parts: parts.map(|sum| sum / runs), total })
}

/// Bytes per node and second in the measured interval, and the share of each purpose.
fn sent_by(run: &RecordedRun) -> Option<(f64, [f64; PURPOSES.len()])> {
    let total = run.metric(MEASURE, "net.bytes_per_node_s", Stat::Mean)?.value?;
    let mut bytes = [0_u64; PURPOSES.len()];
    for row in run.messages.iter().filter(|row| *row.phase == *MEASURE) {
        bytes[place(&row.purpose)] += row.bytes;
    }
    let all = num::float(bytes.iter().sum::<u64>().max(1));
    Some((total, bytes.map(|bytes| num::float(bytes) / all)))
}

fn table(entries: &[Entry<'_>], sent: &[Option<Sent>]) -> FigureData {
    let mut columns = vec!["Protocol".to_owned()];
    columns.extend(PURPOSES.map(|purpose| format!("{purpose} (bytes/node/s)")));
    columns.push("total (bytes/node/s)".to_owned());
    let mut table = FigureData { columns, rows: Vec::new() };
    for (entry, sent) in entries.iter().zip(sent) {
        let Some(sent) = sent else { continue };
        let parts = sent.parts.map(|part| data::number(Some(part)));
        table.row([entry.label()].into_iter().chain(parts).chain([data::estimate(sent.total)]));
    }
    table
}

/// The purposes that somebody sent something for: which, and where its key stands below the first row.
fn key_places(sent: &[Option<Sent>], layout: Layout) -> Vec<(usize, (i32, i32))> {
    let (mut x, mut y) = (layout.margin + 4, 0);
    let mut places = Vec::new();
    for (nth, purpose) in PURPOSES.iter().enumerate() {
        if !sent.iter().flatten().any(|s| s.parts[nth] > 0.0) {
            continue;
        }
        let wide = 31 + label::width(purpose, NAME);
        if wide > layout.room(x) {
            (x, y) = (layout.margin + 4, y + KEY);
        }
        places.push((nth, (x, y)));
        x += wide + 18;
    }
    places
}

fn key_height(places: &[(usize, (i32, i32))]) -> i32 {
    places.last().map_or(0, |(_, (_, y))| y + KEY) + 6
}

fn draw_keys(canvas: &mut Canvas<'_>, places: &[(usize, (i32, i32))], top: i32) {
    for &(nth, (x, y)) in places {
        let y = top + y;
        canvas.rect((x, y - 8), (x + 24, y + 8), Ink::Series(nth), 1.0);
        canvas.mark(nth, (x + 12, y), Ink::Ground);
        canvas.text(PURPOSES[nth], (x + 31, y), Type::new(NAME, Ink::Text, Anchor::Left));
    }
}

fn draw_bar(canvas: &mut Canvas<'_>, x: &Scale, top: i32, sent: Option<&Sent>) {
    let middle = top + BAR / 2;
    let number = Type::new(12.0, Ink::Text, Anchor::Left);
    let Some(sent) = sent else { return canvas.text("no data", (x.from + 6, middle), number) };
    let mut before = 0.0;
    for (nth, part) in sent.parts.iter().enumerate().filter(|(_, part)| **part > 0.0) {
        let (from, to) = (x.pixel(before), x.pixel(before + part));
        before += part;
        // A pixel of ground tells neighbours apart.
        let end = if to - from > 3 { to - 1 } else { to };
        if end > from {
            canvas.rect((from, top), (end, top + BAR), Ink::Series(nth), 1.0);
        }
        if to - from >= 16 {
            canvas.mark(nth, (i32::midpoint(from, to), middle), Ink::Ground);
        }
    }
    canvas.text(&data::estimate(sent.total), (x.pixel(sent.total.mean) + 8, middle), number);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_that_nobody_knows_is_other() {
        assert_eq!(place("lookup"), 0);
        assert_eq!(PURPOSES[place("gossip")], "other");
    }
}
