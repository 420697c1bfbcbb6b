//! The tables of a results folder: tidy CSV that loads as it is into R, pandas or a spreadsheet.
//!
//! UTF-8, comma, a header, `\n`, `.` as decimal mark, an empty cell for what is missing, the unit in
//! the column's name or in a column `unit`. Rows are sorted by their key columns and floats are in
//! their shortest form that reads back, so equal results are equal bytes.

pub mod compare;
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

use crate::columns::Columns;
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

/// The names of the tables.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _)| *name)
}

/// Writes what stands under the header of the table called `name`: for one run, that is its share of the
/// table. The tables of many runs are their header and the shares by `run_id`, where
/// [`Results::columns`] is the same for all.
///
/// # Errors
/// What the writer says; `NotFound` when there is no such table.
pub fn write_rows(results: &Results, name: &str, out: &mut dyn Write) -> io::Result<()> {
    fill(results, name, &mut Headless { out, passed: false })
}

/// Writes the header of the table called `name`.
///
/// # Errors
/// As [`write_rows`].
pub fn write_header(columns: &Columns, name: &str, out: &mut dyn Write) -> io::Result<()> {
    fill(&Results { columns: Some(columns.clone()), ..Results::default() }, name, out)
}

fn fill(results: &Results, name: &str, out: &mut dyn Write) -> io::Result<()> {
    let table = TABLES.iter().find(|(own, _)| *own == name);
    let (_, fill) = table.ok_or(io::ErrorKind::NotFound)?;
    fill(results, out)
}

/// Lets everything through but the first line. No name of a column has a line break in it.
struct Headless<'a> {
    out: &'a mut dyn Write,
    passed: bool,
}

impl Write for Headless<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.passed {
            return self.out.write(buf);
        }
        let Some(end) = buf.iter().position(|byte| *byte == b'\n') else { return Ok(buf.len()) };
        self.passed = true;
        Ok(end + 1)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The runs in the order of the tables.
fn runs_by_id(results: &Results) -> Vec<&Run> {
    let mut runs: Vec<&Run> = results.runs.iter().collect();
    runs.sort_by(|a, b| a.run_id.cmp(&b.run_id).then(a.seed.cmp(&b.seed)));
    runs
}
