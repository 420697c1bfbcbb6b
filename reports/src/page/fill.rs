//! From what a run showed to what the page says.

use std::collections::BTreeSet;

use super::content::{Cell, Column, Content, Figure, Row, Status, Table, Term};
use super::glossary;
use crate::entry::say_seeds;
use crate::metrics;
use crate::num;
use crate::stats::Estimate;
use crate::summary::{EntrySummary, FaultRow, FaultSummary, Shown, Summary, shown_tables};

impl Content {
    /// What the summary and the figures say. The rest is the caller's to add; [`Content::explain`] then
    /// completes the glossary.
    pub fn of(summary: &Summary, figures: Vec<Figure>) -> Self {
        let columns = shown_tables(summary);
        let titles = ["All protocols", "Ranges and learned placement", "Many records at once"];
        let tables = columns.iter().zip(titles).filter(|(shown, _)| !shown.is_empty());
        let mut content = Self {
            title: summary.scenario.clone(),
            status: if summary.incomplete.is_empty() {
                Status::Complete
            } else {
                Status::Incomplete
            },
            incomplete: summary.incomplete.clone(),
            tables: tables.map(|(shown, title)| key_table(summary, shown, title)).collect(),
            notices: summary.notices.clone(),
            points: points(summary),
            seeds: summary.seeds.clone(),
            glossary: columns.iter().flatten().copied().filter_map(term).collect(),
            figures,
            ..Self::default()
        };
        content.tables.extend(summary.faults.iter().map(|fault| fault_table(summary, fault)));
        content.explain();
        content
    }

    /// Adds to the glossary the terms that occur; call it again after more was said.
    pub fn explain(&mut self) {
        glossary::complete(self);
    }
}

fn points(summary: &Summary) -> usize {
    let said = |entry: &EntrySummary| format!("{:?}", entry.point);
    summary.entries.iter().map(said).collect::<BTreeSet<_>>().len()
}

fn key_table(summary: &Summary, shown: &[Shown<'_>], title: &str) -> Table {
    let rows = summary.entries.iter().enumerate();
    Table {
        title: title.to_owned(),
        caption: caption(summary),
        columns: shown.iter().copied().map(column).collect(),
        rows: rows.map(|(nth, entry)| row(nth, entry, shown)).collect(),
    }
}

fn caption(summary: &Summary) -> String {
    let span = match (summary.t_start_s, summary.t_end_s) {
        (Some(from), Some(to)) => {
            format!(", {} to {} of simulated time", num::duration(from), num::duration(to))
        }
        _ => String::new(),
    };
    let seeds = summary.seeds.len();
    let interval = if seeds > 1 {
        "±: half the 95 % interval (Student t over seeds)"
    } else {
        "n = 1: no interval"
    };
    format!("Phase {}{span}. Means over {}; {interval}.", summary.phase, say_seeds(seeds))
}

/// `latency`, `p50 ms` as name, statistic and unit.
fn column(shown: Shown<'_>) -> Column {
    let [name, under] = shown.head();
    let stat = shown.stat().name();
    let unit = under.replace(stat, "").trim().to_owned();
    // A rate is a mean anyway.
    let says = stat != "ratio" && !(stat == "mean" && unit.starts_with('/'));
    Column { name: name.to_owned(), unit, stat: if says { stat.to_owned() } else { String::new() } }
}

fn row(nth: usize, entry: &EntrySummary, shown: &[Shown<'_>]) -> Row {
    let cell = |shown: Shown<'_>| {
        let [value, half_width] = shown.cells(entry);
        let n = shown.estimate(entry).map_or(0, |estimate| estimate.n);
        if n == 0 { Cell::default() } else { Cell { value, half_width, n } }
    };
    Row {
        label: entry.protocol.clone(),
        variant: variant(entry),
        series: Some(nth),
        cells: shown.iter().copied().map(cell).collect(),
    }
}

/// What the entry's name says after its protocol.
fn variant(entry: &EntrySummary) -> String {
    let label = entry.label();
    label.strip_prefix(&entry.protocol).unwrap_or(&label).trim().to_owned()
}

fn term(shown: Shown<'_>) -> Option<Term> {
    let info = metrics::info(shown.metric())?;
    Some(Term { term: info.name.to_owned(), meaning: info.doc.to_owned() })
}

fn fault_table(summary: &Summary, fault: &FaultSummary) -> Table {
    let times: Vec<String> = fault
        .spans_s
        .iter()
        .map(|(from, to)| format!("{} to {}", num::duration(*from), num::duration(*to)))
        .collect();
    let joins = fault.rows.iter().any(|row| row.joins_begun > 0);
    let column = |name: &str, unit: &str| Column {
        name: name.to_owned(),
        unit: unit.to_owned(),
        stat: String::new(),
    };
    let mut columns = vec![
        column("before", "%"),
        column("during", "%"),
        column("after", "%"),
        column("back to 95 %", "s"),
    ];
    if joins {
        columns.push(column("joined during", "%"));
    }
    Table {
        title: format!("Fault: {}", fault.label),
        caption: format!(
            "Struck {}. Share of the operations begun before, during and after it that succeed.{}",
            times.join(", "),
            if joins { " Joins count when they are done within a minute." } else { "" }
        ),
        columns,
        rows: (0..)
            .zip(summary.entries.iter().zip(&fault.rows))
            .map(|(nth, (entry, row))| fault_row(nth, entry, row, joins))
            .collect(),
    }
}

fn fault_row(nth: usize, entry: &EntrySummary, row: &FaultRow, joins: bool) -> Row {
    let mut cells: Vec<Cell> = [row.before, row.during, row.after].map(percent).into();
    cells.push(recovery(row));
    if joins {
        cells.push(percent(row.joins_during));
    }
    Row { label: entry.protocol.clone(), variant: variant(entry), series: Some(nth), cells }
}

fn percent(ratio: Option<Estimate>) -> Cell {
    let Some(Estimate { mean, half_width, n }) = ratio else { return Cell::default() };
    Cell {
        value: format!("{:.2}", 100.0 * mean),
        half_width: half_width.map_or(String::new(), |half| format!("±{:.2}", 100.0 * half)),
        n,
    }
}

/// The time over the seeds that recovered; where some did not, that stands beside it.
fn recovery(row: &FaultRow) -> Cell {
    if row.healed > 0 && row.not_recovered == row.healed {
        return Cell { value: "not reached".to_owned(), half_width: String::new(), n: row.healed };
    }
    let Some(Estimate { mean, half_width, n }) = row.time_to_95_s else { return Cell::default() };
    let decimals = num::decimals(mean, 3).min(1);
    let never = match row.not_recovered {
        0 => String::new(),
        never => format!(", {never} of {} never", row.healed),
    };
    Cell {
        value: format!("{mean:.decimals$}{never}"),
        half_width: half_width.map_or(String::new(), |half| format!("±{half:.decimals$}")),
        n,
    }
}
