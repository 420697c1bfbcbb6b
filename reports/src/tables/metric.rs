//! `metrics.csv`: one row per run, phase, metric and statistic.

use std::io::{self, Write};

use super::row::{Table, cells};
use super::runs_by_id;
use crate::metrics;
use crate::model::Results;
use crate::scope::Scope;

pub(crate) const HEADER: [&str; 7] = ["run_id", "phase", "metric", "stat", "value", "unit", "n"];

/// Writes the table. Balance of records, bytes of learning and the like stand in it when a run of the
/// scenario has range queries, deletes, a ring or a learned model. An empty value is a percentile among failures, or a recovery that did not come.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    let scope = Scope::of(results);
    for run in runs_by_id(results) {
        for m in metrics::all(run).into_iter().filter(|m| scope.shows(&m.metric)) {
            let stat = m.stat.name();
            table.row(cells![&run.run_id, &m.phase, &m.metric, stat, m.value, &m.unit, m.n])?;
        }
    }
    table.finish()
}
