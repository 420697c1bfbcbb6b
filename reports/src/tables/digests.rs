//! `digests.csv`: the digest of each run at every stop, so that two runs that differ can be told where
//! they began to.

use std::io::{self, Write};

use super::row::{Table, cells};
use super::runs_by_id;
use crate::model::Results;

const HEADER: [&str; 3] = ["run_id", "t_s", "digest"];

/// Writes the table, by time.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for run in runs_by_id(results) {
        for rung in &run.ladder {
            table.row(cells![&run.run_id, rung.t_s, &rung.digest])?;
        }
    }
    table.finish()
}
