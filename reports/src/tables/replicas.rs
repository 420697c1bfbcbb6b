//! `replicas.csv`: one row per run, sample time and number of live replicas.

use std::io::{self, Write};

use super::row::{Table, cells};
use super::runs_by_id;
use crate::model::{Replicas, Results};

pub(crate) const HEADER: [&str; 4] = ["run_id", "t_s", "replicas_live", "keys"];

/// Writes the table.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for run in runs_by_id(results) {
        let mut rows: Vec<&Replicas> = run.replicas.iter().collect();
        rows.sort_by(|a, b| {
            a.t_s.total_cmp(&b.t_s).then((a.replicas_live, a.keys).cmp(&(b.replicas_live, b.keys)))
        });
        for r in rows {
            table.row(cells![&run.run_id, r.t_s, r.replicas_live, r.keys])?;
        }
    }
    table.finish()
}
