//! `metrics.csv`: one row per run, phase, metric and statistic.

use std::io::{self, Write};

use super::row::{Table, cells};
use super::runs_by_id;
use crate::metrics;
use crate::model::Results;

const HEADER: [&str; 7] = ["run_id", "phase", "metric", "stat", "value", "unit", "n"];

/// Writes the table. An empty value is a percentile among failures, or a recovery that did not come.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for run in runs_by_id(results) {
        for m in metrics::all(run) {
            let stat = m.stat.name();
            table.row(cells![&run.run_id, &m.phase, &m.metric, stat, m.value, &m.unit, m.n])?;
        }
    }
    table.finish()
}
