//! The tables of the summary: entries as rows, metrics as columns, means over half intervals.

use super::text::{Style, WIDTH, pad, wrap};
use super::{EntrySummary, Summary, SummaryValue};
use crate::metrics::Stat;
use crate::num;

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

/// What every scenario shows.
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

/// What scenarios about order show below: range queries, where records lie, what learning costs.
const ORDER_COLUMNS: [Column; 8] = [
    Column { head: ["ranges", "ok %"], ..percent("", "range.success_ratio") },
    Column { percent: true, ..column(["recall", "%"], "range.recall", Stat::Mean, 2) },
    column(["latency", "p50 ms"], "range.latency_ms", Stat::P50, 3),
    column(["msgs", "/range"], "range.messages", Stat::Mean, 3),
    column(["keys", "gini"], "keys.gini", Stat::Ratio, 3),
    column(["keys", "max/mean"], "keys.max_over_mean", Stat::Ratio, 3),
    column(["learn B", "/node/s"], "net.learning_bytes_per_node_s", Stat::Mean, 3),
    column(["move B", "/node/s"], "net.migration_bytes_per_node_s", Stat::Mean, 3),
];

/// What scenarios show below that store or read many records at once.
const BATCH_COLUMNS: [Column; 9] = [
    Column { head: ["stores", "ok %"], ..percent("", "put_many.success_ratio") },
    Column { percent: true, ..column(["items", "%"], "put_many.items_ratio", Stat::Mean, 2) },
    column(["latency", "p50 ms"], "put_many.latency_ms", Stat::P50, 3),
    column(["rpcs", "/store"], "put_many.rpcs", Stat::Mean, 3),
    Column { percent: true, ..column(["recall", "%"], "get_many.recall", Stat::Mean, 2) },
    Column { percent: true, ..column(["ghosts", "%"], "get_many.ghost_ratio", Stat::Mean, 2) },
    Column {
        percent: true,
        ..column(["no key", "%"], "get_many.missing_keys_ratio", Stat::Mean, 2)
    },
    column(["latency", "p50 ms"], "get_many.latency_ms", Stat::P50, 3),
    column(["rpcs", "/read"], "get_many.rpcs", Stat::Mean, 3),
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

/// Columns that some entry has a value for, and how wide each is.
struct Grid<'a> {
    entries: &'a [EntrySummary],
    columns: Vec<&'static Column>,
    widths: Vec<usize>,
}

/// How a row says which entry it is of.
enum Names {
    /// Before the numbers.
    Inline(Vec<String>),
    /// On a line of its own, so that nothing of a long variant is cut.
    Above(Vec<String>),
}

/// Columns left free before the numbers when names stand above them.
const INDENT: usize = 8;

impl<'a> Grid<'a> {
    fn new(entries: &'a [EntrySummary], columns: &'static [Column]) -> Self {
        let columns: Vec<&Column> =
            columns.iter().filter(|c| entries.iter().any(|e| c.of(e).is_some())).collect();
        let width = |column: &&Column| {
            let cells = entries.iter().flat_map(|entry| column.cells(entry));
            let heads = column.head.iter().map(|&h| h.to_owned());
            cells.chain(heads).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths = columns.iter().map(width).collect();
        Self { entries, columns, widths }
    }

    fn labels(&self) -> Vec<String> {
        self.entries.iter().map(EntrySummary::label).collect()
    }

    fn fits(&self, names: &[String]) -> bool {
        let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        longest + self.widths.iter().map(|w| w + 2).sum::<usize>() <= WIDTH
    }

    fn line(&self, lead: usize, name: &str, cells: &[String]) -> String {
        let mut line = pad(name, lead);
        for (cell, width) in cells.iter().zip(&self.widths) {
            line.push_str("  ");
            line.push_str(&" ".repeat(width.saturating_sub(cell.chars().count())));
            line.push_str(cell);
        }
        line
    }

    fn lines(&self, names: &Names, style: Style) -> Vec<String> {
        let lead = match names {
            Names::Inline(names) => names.iter().map(|n| n.chars().count()).max().unwrap_or(0),
            Names::Above(_) => INDENT,
        };
        let (Names::Inline(all) | Names::Above(all)) = names;
        let mut lines = Vec::new();
        for half in 0..2 {
            let heads: Vec<String> = self.columns.iter().map(|c| c.head[half].to_owned()).collect();
            lines.push(style.bold(&self.line(lead, "", &heads)));
        }
        for (entry, name) in self.entries.iter().zip(all) {
            let cells: Vec<[String; 2]> = self.columns.iter().map(|c| c.cells(entry)).collect();
            let [means, halves] =
                [0, 1].map(|i| cells.iter().map(|c| c[i].clone()).collect::<Vec<_>>());
            if matches!(names, Names::Inline(_)) {
                let line = self.line(lead, name, &means);
                lines.push(line.replacen(name, &style.bold(name), 1));
            } else {
                lines.extend(wrap(name, WIDTH, "  ").iter().map(|line| style.bold(line)));
                lines.push(self.line(lead, "", &means));
            }
            if halves.iter().any(|half| !half.is_empty()) {
                lines.push(style.dim(&self.line(lead, "", &halves)));
            }
        }
        lines
    }
}

fn numbered(names: impl Iterator<Item = String>) -> Vec<String> {
    (1..).zip(names).map(|(nth, name)| format!("[{nth}] {name}")).collect()
}

/// The table of every scenario.
pub(super) fn table(summary: &Summary, style: Style) -> Vec<String> {
    let grid = Grid::new(&summary.entries, &COLUMNS);
    let labels = grid.labels();
    let names = if grid.fits(&labels) {
        Names::Inline(labels)
    } else if labels.len() > 1 {
        Names::Above(numbered(labels.into_iter()))
    } else {
        Names::Above(labels)
    };
    grid.lines(&names, style)
}

/// The table of a scenario about order, with an empty line before it; nothing for any other. Long
/// names are those numbered in the table above.
pub(super) fn order_table(summary: &Summary, style: Style) -> Vec<String> {
    further_table(summary, &ORDER_COLUMNS, style)
}

/// The table of a scenario that stores or reads many records at once, likewise.
pub(super) fn batch_table(summary: &Summary, style: Style) -> Vec<String> {
    further_table(summary, &BATCH_COLUMNS, style)
}

fn further_table(summary: &Summary, columns: &'static [Column], style: Style) -> Vec<String> {
    let grid = Grid::new(&summary.entries, columns);
    if grid.columns.is_empty() {
        return Vec::new();
    }
    let labels = grid.labels();
    let above_is_numbered =
        labels.len() > 1 && !Grid::new(&summary.entries, &COLUMNS).fits(&labels);
    let protocols = numbered(summary.entries.iter().map(|e| e.protocol.clone()));
    let names = if grid.fits(&labels) {
        Names::Inline(labels)
    } else if above_is_numbered && grid.fits(&protocols) {
        Names::Inline(protocols)
    } else if above_is_numbered {
        Names::Inline((1..=labels.len()).map(|nth| format!("[{nth}]")).collect())
    } else {
        Names::Above(labels)
    };
    let mut lines = vec![String::new()];
    lines.extend(grid.lines(&names, style));
    lines
}
