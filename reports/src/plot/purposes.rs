//! F11: what bytes are sent for.

use super::canvas::{Anchor, Canvas, Type};
use super::data::{self, FigureData};
use super::label;
use super::page::{Drawing, Page, Setting, WIDTH};
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
const BAR: i32 = 20;
const KEY: i32 = 30;
const FROM: i32 = 24;
/// The number beside a bar stands beyond.
const TO: i32 = WIDTH - 130;

/// Bytes per node and second of an entry.
struct Sent {
    /// Means over seeds, in the order of [`PURPOSES`].
    parts: [f64; PURPOSES.len()],
    total: Estimate,
}

pub(super) fn draw(entries: &[Entry<'_>], setting: &Setting) -> Result<Option<Drawing>, String> {
    let sent: Vec<Option<Sent>> = entries.iter().map(sent).collect();
    let most = sent.iter().flatten().map(|s| s.total.mean).fold(0.0, f64::max);
    if most <= 0.0 {
        return Ok(None);
    }
    let seeds = entries.iter().map(|e| e.runs.len()).max().unwrap_or(0);
    let rows = i32::try_from(entries.len()).unwrap_or(0);
    let interval =
        if seeds > 1 { "; means over seeds, ±: half the 95 % interval (Student t)" } else { "" };
    let page = Page {
        title: TITLE,
        reading: READING.to_owned(),
        count: format!("n = {}, sent in measure{interval}.", say_seeds(seeds)),
        legend: Vec::new(),
        body: KEY + rows * ROW + 6 + AXIS_HEIGHT,
        data: table(entries, &sent),
    };
    let drawing = page.draw(setting, |canvas, top| {
        draw_key(canvas, &sent, top + 10);
        let rows_top = top + KEY;
        let panel = Panel {
            x: Scale::linear(0.0, most, FROM, TO),
            y: Scale::linear(0.0, 1.0, rows_top + rows * ROW + 6, rows_top),
        };
        let ticks = panel.x.ticks(6);
        for ((entry, sent), nth) in entries.iter().zip(&sent).zip(0..) {
            let at = rows_top + nth * ROW;
            let name = label::fit(&entry.label(), NAME, WIDTH - 2 * FROM);
            canvas.text(&name, (FROM, at + 12), Type::new(NAME, Ink::Text, Anchor::Left));
            // Lines of the grid leave the names free.
            for tick in &ticks {
                let x = panel.x.pixel(tick.value);
                canvas.line((x, at + 22), (x, at + ROW), Ink::Grid, 1);
            }
            draw_bar(canvas, &panel.x, at + 22, sent.as_ref());
        }
        canvas.line((FROM, panel.y.from), (TO, panel.y.from), Ink::Muted, 1);
        panel.draw_x(canvas, &ticks, "Bytes sent per live node and second");
    })?;
    Ok(Some(drawing))
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

/// The purposes that somebody sent something for.
fn draw_key(canvas: &mut Canvas<'_>, sent: &[Option<Sent>], y: i32) {
    let mut x = FROM;
    for (nth, purpose) in PURPOSES.iter().enumerate() {
        if !sent.iter().flatten().any(|s| s.parts[nth] > 0.0) {
            continue;
        }
        canvas.rect((x, y - 8), (x + 24, y + 8), Ink::Series(nth), 1.0);
        canvas.mark(nth, (x + 12, y), Ink::Ground);
        canvas.text(purpose, (x + 31, y), Type::new(NAME, Ink::Text, Anchor::Left));
        x += 31 + label::width(purpose, NAME) + 18;
    }
}

fn draw_bar(canvas: &mut Canvas<'_>, x: &Scale, top: i32, sent: Option<&Sent>) {
    let middle = top + BAR / 2;
    let number = Type::new(12.0, Ink::Text, Anchor::Left);
    let Some(sent) = sent else { return canvas.text("no data", (FROM + 6, middle), number) };
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
