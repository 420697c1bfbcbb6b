//! The tables of a results folder: tidy CSV that loads as it is into R, pandas or a spreadsheet.
//!
//! UTF-8, comma, a header, `\n`, `.` as decimal mark, an empty cell for what is missing, the unit in
//! the column's name or in a column `unit`. Rows are sorted by their key columns and floats are in
//! their shortest form that reads back, so equal results are equal bytes.

pub mod digests;
pub mod hist;
pub mod intervals;
pub mod lookups;
pub mod messages;
pub mod metric;
pub mod node_load;
pub mod replicas;
pub mod runs;
pub mod timeseries;

mod row;

use std::io::{self, Write};
use std::path::Path;

use crate::files::{ReportError, WrittenFile, create_folder, write_whole};
use crate::model::{Results, Run};

type Writer = fn(&Results, &mut dyn Write) -> io::Result<()>;

/// File names and what fills them.
const TABLES: [(&str, Writer); 10] = [
    ("runs.csv", runs::write),
    ("metrics.csv", metric::write),
    ("timeseries.csv", timeseries::write),
    ("hist.csv", hist::write),
    ("lookups.csv", lookups::write),
    ("node_load.csv", node_load::write),
    ("replicas.csv", replicas::write),
    ("messages.csv", messages::write),
    ("intervals.csv", intervals::write),
    ("digests.csv", digests::write),
];

/// Writes every table into the folder, which is made when missing.
///
/// # Errors
/// Names the file that could not be written; those before it are whole.
pub fn write_tables(results: &Results, dir: &Path) -> Result<Vec<WrittenFile>, ReportError> {
    create_folder(dir)?;
    TABLES.iter().map(|(name, fill)| write_whole(dir, name, |out| fill(results, out))).collect()
}

/// The runs in the order of the tables.
fn runs_by_id(results: &Results) -> Vec<&Run> {
    let mut runs: Vec<&Run> = results.runs.iter().collect();
    runs.sort_by(|a, b| a.run_id.cmp(&b.run_id).then(a.seed.cmp(&b.seed)));
    runs
}
