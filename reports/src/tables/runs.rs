//! `runs.csv`: one row per run.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::row::{Cell, Table, cells};
use super::runs_by_id;
use crate::model::Results;

/// The table's name.
pub(crate) const FILE: &str = "runs.csv";

/// Before the name of a parameter.
pub(crate) const PARAM: &str = "param.";

/// Before the path of an axis of the sweep.
pub(crate) const SWEEP: &str = "sweep.";

/// The columns that every table of runs has.
pub(crate) const HEADER: [&str; 13] = [
    "run_id",
    "world_id",
    "scenario",
    "entry",
    "protocol",
    "variant",
    "seed",
    "nodes",
    "hops_theory",
    "sim_duration_s",
    "events",
    "digest",
    "status",
];

/// Before so many of them stand the columns of the sweep and of parameters.
const LAST: usize = 4;

/// Writes the table. A parameter, or a value of a sweep, that a protocol does not have is an empty cell.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let (axes, params) = (axes(results), params(results));
    let named = |prefix, names: &mut dyn Iterator<Item = &str>| -> Vec<String> {
        names.map(|name| format!("{prefix}{name}")).collect()
    };
    let mut columns = named(SWEEP, &mut axes.iter().copied());
    columns.extend(named(PARAM, &mut params.iter().copied()));
    let (first, last) = HEADER.split_at(HEADER.len() - LAST);
    let header = first.iter().copied().chain(columns.iter().map(String::as_str));
    let mut table = Table::new(out, header.chain(last.iter().copied()))?;
    for run in runs_by_id(results) {
        let mut cells = Vec::from(cells![
            &run.run_id,
            &run.world_id,
            &results.scenario,
            run.entry,
            &run.protocol,
            &run.variant,
            run.seed,
            run.nodes,
            run.hops_theory,
        ]);
        cells.extend(axes.iter().map(|&path| text(run.point.get(path))));
        cells.extend(params.iter().map(|&name| text(run.params.get(name))));
        cells.extend(cells![run.sim_duration_s, run.events, &run.digest, &run.status]);
        table.row(cells)?;
    }
    table.finish()
}

/// The value of one column.
fn text(value: Option<&String>) -> Cell<'_> {
    Cell::Text(value.map_or("", String::as_str))
}

/// What is swept, in order.
fn axes(results: &Results) -> Vec<&str> {
    if let Some(columns) = &results.columns {
        return columns.axes.iter().map(String::as_str).collect();
    }
    let mut axes: Vec<&str> = Vec::new();
    for path in results.runs.iter().flat_map(|run| run.point.keys()) {
        if !axes.contains(&path.as_str()) {
            axes.push(path);
        }
    }
    axes
}

/// Every parameter that a protocol of the scenario has.
fn params(results: &Results) -> BTreeSet<&str> {
    match &results.columns {
        Some(columns) => columns.params.iter().map(String::as_str).collect(),
        None => results.runs.iter().flat_map(|r| r.params.keys().map(String::as_str)).collect(),
    }
}
