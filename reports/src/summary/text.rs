//! The summary as aligned text.

use super::{EntrySummary, FaultRow, FaultSummary, Summary, SummaryValue};
use crate::entry::say_seeds;
use crate::metrics::Stat;
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
    fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

/// A column: two lines of heading, what it shows, and how a value is written.
struct Column {
    head: [&'static str; 2],
    metric: &'static str,
    stat: Stat,
    percent: bool,
    digits: u32,
}

const fn column(head: [&'static str; 2], metric: &'static str, stat: Stat, digits: u32) -> Column {
    Column { head, metric, stat, percent: false, digits }
}

const fn percent(head: &'static str, metric: &'static str) -> Column {
    Column { head: [head, "%"], metric, stat: Stat::Ratio, percent: true, digits: 2 }
}

const COLUMNS: [Column; 11] = [
    percent("success", "lookup.success_ratio"),
    percent("exact", "lookup.exact_ratio"),
    column(["hops", "mean"], "lookup.hops", Stat::Mean, 3),
    column(["latency", "p50 ms"], "lookup.latency_ms", Stat::P50, 3),
    column(["latency", "p99 ms"], "lookup.latency_ms", Stat::P99, 3),
    column(["msgs", "/node/s"], "net.msgs_per_node_s", Stat::Mean, 3),
    column(["bytes", "/node/s"], "net.bytes_per_node_s", Stat::Mean, 3),
    percent("put", "put.success_ratio"),
    percent("get", "get.success_ratio"),
    column(["live", "repl."], "store.replicas_live", Stat::Mean, 3),
    percent("joined", "join.success_ratio"),
];

impl Column {
    fn of<'a>(&self, entry: &'a EntrySummary) -> Option<&'a SummaryValue> {
        entry.values.iter().find(|v| v.metric == self.metric && v.stat == self.stat)
    }

    /// The mean and half the width of the interval, with the same decimals.
    fn cells(&self, entry: &EntrySummary) -> [String; 2] {
        let Some(value) = self.of(entry) else { return ["-".to_owned(), String::new()] };
        let scale = if self.percent { 100.0 } else { 1.0 };
        let mean = value.estimate.mean * scale;
        let decimals = if self.percent { 2 } else { num::decimals(mean, self.digits) };
        let half = value.estimate.half_width.map(|half| half * scale);
        [format!("{mean:.decimals$}"), half.map_or(String::new(), |h| format!("±{h:.decimals$}"))]
    }
}

pub(super) fn render(summary: &Summary, style: Style) -> String {
    let mut lines = heading(summary, style);
    lines.push(String::new());
    lines.extend(table(summary, style));
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
    let counts: Vec<u64> = summary.entries.iter().map(|e| e.lookups).collect();
    let least = counts.iter().min().copied().unwrap_or(0);
    let most = counts.iter().max().copied().unwrap_or(0);
    let lookups = if least == most {
        num::grouped(most)
    } else {
        format!("{} to {}", num::grouped(least), num::grouped(most))
    };
    let each = if summary.entries.len() > 1 { " per protocol" } else { "" };
    let seeds = summary.seeds.len();
    let interval = if seeds > 1 {
        "±: half the 95 % interval of the mean over seeds (Student t)"
    } else {
        "n = 1: no interval"
    };
    let name = style.bold(&summary.scenario);
    vec![
        format!("{name}: {}{span}", summary.phase),
        format!("{lookups} lookups{each}, {}; {interval}", say_seeds(seeds)),
    ]
}

fn table(summary: &Summary, style: Style) -> Vec<String> {
    let shown: Vec<&Column> =
        COLUMNS.iter().filter(|c| summary.entries.iter().any(|e| c.of(e).is_some())).collect();
    let width = |column: &&Column| {
        let cells = summary.entries.iter().flat_map(|entry| column.cells(entry));
        let heads = column.head.iter().map(|&h| h.to_owned());
        cells.chain(heads).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = shown.iter().map(width).collect();
    let numbers: usize = widths.iter().map(|w| w + 2).sum();
    let longest = summary.entries.iter().map(|e| label(&e.protocol, &e.variant).chars().count());
    let name_width = longest.max().unwrap_or(0);
    // Long variants stand on a line of their own, so that nothing of them is cut.
    let inline = name_width + numbers <= WIDTH;
    let lead = if inline { name_width } else { 8 };

    let aligned = |lead_text: &str, cells: &[String]| {
        let mut line = pad(lead_text, lead);
        for (cell, width) in cells.iter().zip(&widths) {
            line.push_str("  ");
            line.push_str(&" ".repeat(width.saturating_sub(cell.chars().count())));
            line.push_str(cell);
        }
        line
    };
    let mut lines = Vec::new();
    for half in 0..2 {
        let heads: Vec<String> = shown.iter().map(|c| c.head[half].to_owned()).collect();
        lines.push(style.bold(&aligned("", &heads)));
    }
    for (nth, entry) in (1..).zip(&summary.entries) {
        let cells: Vec<[String; 2]> = shown.iter().map(|c| c.cells(entry)).collect();
        let [means, halves] =
            [0, 1].map(|i| cells.iter().map(|c| c[i].clone()).collect::<Vec<_>>());
        let name = label(&entry.protocol, &entry.variant);
        if inline {
            let line = aligned(&name, &means);
            lines.push(line.replacen(&name, &style.bold(&name), 1));
        } else {
            let several = summary.entries.len() > 1;
            let numbered = if several { format!("[{nth}] {name}") } else { name };
            lines.extend(wrap(&numbered, WIDTH, "  ").iter().map(|line| style.bold(line)));
            lines.push(aligned("", &means));
        }
        if halves.iter().any(|half| !half.is_empty()) {
            lines.push(style.dim(&aligned("", &halves)));
        }
    }
    lines
}

/// Widths of the columns of a fault's block; the name takes the rest.
const FAULT_COLUMNS: [(&str, usize); 4] =
    [("before", 14), ("during", 14), ("after", 14), ("back to 95 %", 22)];
const FAULT_NAME: usize = 36;

/// Labels where all fit, else numbers and protocols, with the variants in the table above.
fn fault_names(summary: &Summary) -> Vec<String> {
    let labels: Vec<String> =
        summary.entries.iter().map(|e| label(&e.protocol, &e.variant)).collect();
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

fn label(protocol: &str, variant: &str) -> String {
    if variant.is_empty() || variant == protocol {
        protocol.to_owned()
    } else {
        format!("{protocol} ({variant})")
    }
}

fn pad(text: &str, width: usize) -> String {
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
