//! `lookups.csv`: one row per operation.

use std::io::{self, Write};

use super::row::{Table, cells};
use super::runs_by_id;
use crate::model::{Operation, Results};
use crate::phase::Labels;

const HEADER: [&str; 15] = [
    "run_id",
    "lookup_id",
    "phase",
    "op",
    "t_start_s",
    "latency_ms",
    "hops",
    "rpcs_sent",
    "rpcs_timed_out",
    "bytes",
    "outcome",
    "exact",
    "origin_region",
    "messages",
    "recall_at_k",
];

/// Writes the table row by row; `phase` is the most specific interval that holds the start.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for run in runs_by_id(results) {
        let labels = Labels::new(run);
        let listed = |o: &&Operation| results.lookups_listed.lists(o.lookup_id);
        let mut operations: Vec<&Operation> = run.operations.iter().filter(listed).collect();
        operations.sort_by(|a, b| {
            let order = a.lookup_id.cmp(&b.lookup_id).then(a.op.cmp(b.op));
            order.then(a.t_start_s.total_cmp(&b.t_start_s))
        });
        for o in operations {
            table.row(cells![
                &run.run_id,
                o.lookup_id,
                labels.at(o.t_start_s),
                o.op,
                o.t_start_s,
                o.latency_ms,
                o.hops,
                o.rpcs_sent,
                o.rpcs_timed_out,
                o.bytes,
                o.outcome,
                o.exact,
                &o.origin_region,
                o.messages,
                o.recall_at_k,
            ])?;
        }
    }
    table.finish()
}
