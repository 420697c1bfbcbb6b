//! `runs.csv`: one row per run.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::row::{Cell, Table, cells};
use super::runs_by_id;
use crate::model::Results;

/// Writes the table. A parameter, or a value of a sweep, that a protocol does not have is an empty cell.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let (axes, params) = (axes(results), params(results));
    let sweep_columns: Vec<String> = axes.iter().map(|path| format!("sweep.{path}")).collect();
    let param_columns: Vec<String> = params.iter().map(|name| format!("param.{name}")).collect();
    let header = ["run_id", "scenario", "protocol", "variant", "seed", "nodes"]
        .into_iter()
        .chain(sweep_columns.iter().map(String::as_str))
        .chain(param_columns.iter().map(String::as_str))
        .chain(["sim_duration_s", "events", "digest", "status"]);
    let mut table = Table::new(out, header)?;
    for run in runs_by_id(results) {
        let mut cells = Vec::from(cells![
            &run.run_id,
            &results.scenario,
            &run.protocol,
            &run.variant,
            run.seed,
            run.nodes,
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
    match &results.columns {
        Some(columns) => columns.axes.iter().map(String::as_str).collect(),
        None => {
            let first = results.runs.first();
            first.into_iter().flat_map(|run| run.point.keys().map(String::as_str)).collect()
        }
    }
}

/// Every parameter that a protocol of the scenario has.
fn params(results: &Results) -> BTreeSet<&str> {
    match &results.columns {
        Some(columns) => columns.params.iter().map(String::as_str).collect(),
        None => results.runs.iter().flat_map(|r| r.params.keys().map(String::as_str)).collect(),
    }
}
