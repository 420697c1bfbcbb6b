//! `runs.csv`: one row per run.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::row::{Cell, Table, cells};
use super::runs_by_id;
use crate::model::Results;

/// Writes the table. A parameter that a protocol does not have is an empty cell.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let params: BTreeSet<&str> =
        results.runs.iter().flat_map(|r| r.params.keys().map(String::as_str)).collect();
    let param_columns: Vec<String> = params.iter().map(|name| format!("param.{name}")).collect();
    let header = ["run_id", "scenario", "protocol", "variant", "seed", "nodes"]
        .into_iter()
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
        cells.extend(params.iter().map(|&name| Cell::Text(run.params.get(name).map_or("", |v| v))));
        cells.extend(cells![run.sim_duration_s, run.events, &run.digest, &run.status]);
        table.row(cells)?;
    }
    table.finish()
}
