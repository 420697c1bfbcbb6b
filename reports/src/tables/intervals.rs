//! `intervals.csv`: one row per interval of a run.

use std::io::{self, Write};

use super::row::{Table, cells};
use super::runs_by_id;
use crate::model::{Interval, Results};

pub(crate) const HEADER: [&str; 5] = ["run_id", "kind", "label", "t_start_s", "t_end_s"];

/// Writes the table, by start of the interval.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for run in runs_by_id(results) {
        let mut intervals: Vec<&Interval> = run.intervals.iter().collect();
        intervals.sort_by(|a, b| {
            let order = a.t_start_s.total_cmp(&b.t_start_s).then(a.t_end_s.total_cmp(&b.t_end_s));
            order.then_with(|| (&a.kind, &a.label).cmp(&(&b.kind, &b.label)))
        });
        for i in intervals {
            table.row(cells![&run.run_id, &i.kind, &i.label, i.t_start_s, i.t_end_s])?;
        }
    }
    table.finish()
}
