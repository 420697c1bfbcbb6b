//! `messages.csv`: one row per run, phase, message type and purpose.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::row::{Table, cells};
use super::runs_by_id;
use crate::model::Results;
use crate::phase;

pub(crate) const HEADER: [&str; 6] = ["run_id", "phase", "msg_type", "purpose", "count", "bytes"];

/// Writes the table. As in `metrics.csv`, a message of a fault is also one of the phase around it.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for run in runs_by_id(results) {
        let phases = phase::phases(&run.intervals);
        let mut sums: BTreeMap<(&str, &str, &str), (u64, u64)> = BTreeMap::new();
        for t in &run.traffic {
            for phase in phases.iter().filter(|p| p.contains_bin(t.t_start_s, t.t_end_s)) {
                let sum = sums.entry((&phase.label, t.msg_type, t.purpose)).or_default();
                *sum = (sum.0 + t.count, sum.1 + t.bytes);
            }
        }
        for ((phase, msg_type, purpose), (count, bytes)) in sums {
            table.row(cells![&run.run_id, phase, msg_type, purpose, count, bytes])?;
        }
    }
    table.finish()
}
