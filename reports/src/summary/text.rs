//! The summary as aligned text.

use super::table::{batch_table, order_table, table};
use super::{EntrySummary, FaultRow, FaultSummary, Summary};
use crate::entry::say_seeds;
use crate::num;
use crate::stats::Estimate;

/// The width that the text keeps within, for names of usual length.
pub const WIDTH: usize = 100;

/// How the text is decorated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Text only.
    #[default]
    Plain,
    /// Bold headings and names, dim intervals, by ANSI escapes.
    Ansi,
}

impl Style {
    pub(super) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

pub(super) fn render(summary: &Summary, style: Style) -> String {
    let mut lines = heading(summary, style);
    lines.push(String::new());
    lines.extend(table(summary, style));
    lines.extend(order_table(summary, style));
    lines.extend(batch_table(summary, style));
    let names = fault_names(summary);
    for fault in &summary.faults {
        lines.push(String::new());
        lines.extend(fault_block(fault, &names, style));
    }
    for run in &summary.incomplete {
        lines.extend(wrap(&format!("incomplete: {run}"), WIDTH, "  "));
    }
    if !summary.notices.is_empty() {
        lines.push(String::new());
    }
    for notice in &summary.notices {
        lines.extend(wrap(&format!("note: {notice}"), WIDTH, "  "));
    }
    let mut text: String = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

fn heading(summary: &Summary, style: Style) -> Vec<String> {
    let span = match (summary.t_start_s, summary.t_end_s) {
        (Some(from), Some(to)) => format!(", {} to {}", num::duration(from), num::duration(to)),
        _ => String::new(),
    };
    let lookups = issued(&summary.entries.iter().map(|e| e.lookups).collect::<Vec<_>>(), "lookups");
    let ranges =
        issued(&summary.entries.iter().map(|e| e.ranges).collect::<Vec<_>>(), "range queries");
    let all = |of: fn(&EntrySummary) -> u64, what| {
        issued(&summary.entries.iter().map(of).collect::<Vec<_>>(), what)
    };
    let stores = all(|entry| entry.batch_stores, "stores of batches");
    let reads = all(|entry| entry.batch_reads, "reads of batches");
    let seeds = summary.seeds.len();
    let interval = if seeds > 1 {
        "±: half the 95 % interval of the mean over seeds (Student t)"
    } else {
        "n = 1: no interval"
    };
    let name = style.bold(&summary.scenario);
    let mut lines = vec![format!("{name}: {}{span}", summary.phase)];
    let counts = format!("{lookups}{ranges}{stores}{reads}{}", say_seeds(seeds));
    if ranges.is_empty() && stores.is_empty() && reads.is_empty() {
        lines.push(format!("{counts}; {interval}"));
    } else {
        lines.extend([counts, interval.to_owned()]);
    }
    lines
}

/// `12 000 lookups per protocol, `, or nothing where there were none.
fn issued(counts: &[u64], what: &str) -> String {
    let each = if counts.len() > 1 { " per protocol" } else { "" };
    let least = counts.iter().min().copied().unwrap_or(0);
    match (least, counts.iter().max().copied().unwrap_or(0)) {
        (_, 0) => String::new(),
        (least, most) if least == most => format!("{} {what}{each}, ", num::grouped(most)),
        (least, most) => {
            format!("{} to {} {what}{each}, ", num::grouped(least), num::grouped(most))
        }
    }
}

/// Widths of the columns of a fault's block; the name takes the rest.
const FAULT_COLUMNS: [(&str, usize); 4] =
    [("before", 14), ("during", 14), ("after", 14), ("back to 95 %", 22)];
const FAULT_NAME: usize = 36;

/// Labels where all fit, else numbers and protocols, with the variants in the table above.
fn fault_names(summary: &Summary) -> Vec<String> {
    let labels: Vec<String> = summary.entries.iter().map(EntrySummary::label).collect();
    if summary.entries.len() == 1 || labels.iter().all(|l| l.chars().count() <= FAULT_NAME - 4) {
        return labels;
    }
    (1..).zip(&summary.entries).map(|(nth, e)| format!("[{nth}] {}", e.protocol)).collect()
}

fn fault_block(fault: &FaultSummary, names: &[String], style: Style) -> Vec<String> {
    let times: Vec<String> = fault
        .spans_s
        .iter()
        .map(|(from, to)| format!("{} to {}", num::duration(*from), num::duration(*to)))
        .collect();
    let aligned = |name: &str, cells: &[String]| {
        let mut line = pad(&cut(name, FAULT_NAME - 2), FAULT_NAME);
        for (cell, (_, width)) in cells.iter().zip(FAULT_COLUMNS) {
            line.push_str(&" ".repeat(width.saturating_sub(cell.chars().count())));
            line.push_str(cell);
        }
        line
    };
    let heads: Vec<String> = FAULT_COLUMNS.iter().map(|c| c.0.to_owned()).collect();
    let title = format!("fault {}: {}; lookups that succeed, %", fault.label, times.join(", "));
    let mut lines: Vec<String> = wrap(&title, WIDTH, "  ");
    lines.push(aligned("", &heads));
    lines = lines.iter().map(|line| style.bold(line)).collect();
    for (row, name) in fault.rows.iter().zip(names) {
        let cells = [say(row.before), say(row.during), say(row.after), say_recovery(row)];
        lines.push(aligned(&format!("  {name}"), &cells));
        if row.joins_begun > 0 {
            let cells = [say(row.joins_before), say(row.joins_during), say(row.joins_after)];
            let begun = num::grouped(row.joins_begun);
            lines.push(
                style.dim(&aligned(&format!("    joined within 1 min, {begun} begun"), &cells)),
            );
        }
    }
    lines
}

fn say(ratio: Option<Estimate>) -> String {
    let Some(Estimate { mean, half_width, .. }) = ratio else { return "-".to_owned() };
    let mean = mean * 100.0;
    half_width.map_or(format!("{mean:.2}"), |half| format!("{mean:.2} ±{:.2}", half * 100.0))
}

fn say_recovery(row: &FaultRow) -> String {
    if row.healed == 0 {
        return "-".to_owned();
    }
    let never = match (row.not_recovered, row.healed) {
        (0, _) => String::new(),
        (never, healed) if never == healed => return "not reached".to_owned(),
        (never, healed) => format!(", {never} of {healed} never"),
    };
    let Some(Estimate { mean, half_width, .. }) = row.time_to_95_s else { return "-".to_owned() };
    if mean < 0.05 && never.is_empty() {
        return "at once".to_owned();
    }
    let decimals = num::decimals(mean, 3).min(1);
    let half = half_width.map_or(String::new(), |half| format!(" ±{half:.decimals$}"));
    format!("{mean:.decimals$}{half} s{never}")
}

pub(super) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.chars().count())))
}

/// At most `width` characters; what was cut is said by an ellipsis.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept.truncate(kept.trim_end_matches([' ', ',']).len());
    kept.push('…');
    kept
}

/// Breaks at spaces; a word longer than the line stays whole.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let taken = lines.last().map_or(0, |line| line.chars().count());
        let begun = lines.last().is_some_and(|line| !line.trim().is_empty());
        if begun && taken + 1 + word.chars().count() > width {
            lines.push(indent.to_owned());
        } else if begun {
            lines.last_mut().expect("never empty").push(' ');
        }
        lines.last_mut().expect("never empty").push_str(word);
    }
    lines
}
