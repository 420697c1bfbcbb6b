//! `lookups.csv`: one row per operation.

use std::io::{self, Write};

use super::row::{Cell, Table, cells};
use super::runs_by_id;
use crate::model::{Operation, Results, Run};
use crate::phase::Labels;
use crate::scope::Scope;

pub(crate) const HEADER: [&str; 15] = [
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

/// Columns behind the others, when a run of the scenario has range queries.
const RANGE_HEADER: [&str; 5] =
    ["range_items", "range_recall", "range_precision", "range_holders", "range_complete"];

/// Columns behind those, when a run of the scenario stores or reads many records at once.
const BATCH_HEADER: [&str; 6] = [
    "batch_items",
    "batch_done",
    "batch_entries",
    "batch_recall",
    "batch_ghost_ratio",
    "batch_missing_keys_ratio",
];

/// Writes the table row by row; `phase` is the most specific interval that holds the start.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let Scope { ranges, batches, .. } = Scope::of(results);
    let more: &[&str] = if ranges { &RANGE_HEADER } else { &[] };
    let last: &[&str] = if batches { &BATCH_HEADER } else { &[] };
    let mut table = Table::new(out, HEADER.iter().chain(more).chain(last).copied())?;
    for run in runs_by_id(results) {
        let labels = Labels::new(&run.intervals);
        let listed = |o: &&Operation| results.lookups_listed.lists(o.lookup_id);
        let mut operations: Vec<&Operation> = run.operations.iter().filter(listed).collect();
        operations.sort_by(|a, b| {
            let order = a.lookup_id.cmp(&b.lookup_id).then(a.op.cmp(b.op));
            order.then(a.t_start_s.total_cmp(&b.t_start_s))
        });
        for o in operations {
            let (range, batch) = (cells_of_range(o), cells_of_batch(o));
            let more = if ranges { &range[..] } else { &[] };
            let last = if batches { &batch[..] } else { &[] };
            let more = more.iter().chain(last).copied();
            table.row(cells_of(run, &labels, o).into_iter().chain(more))?;
        }
    }
    table.finish()
}

fn cells_of<'a>(run: &'a Run, labels: &Labels<'a>, o: &'a Operation) -> [Cell<'a>; 15] {
    cells![
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
    ]
}

fn cells_of_range(o: &Operation) -> [Cell<'_>; 5] {
    cells![o.range_items, o.range_recall, o.range_precision, o.range_holders, o.range_complete]
}

fn cells_of_batch(o: &Operation) -> [Cell<'_>; 6] {
    let batch = o.batch.as_ref();
    cells![
        batch.map(|batch| batch.items),
        batch.map(|batch| batch.done),
        batch.and_then(|batch| batch.entries),
        batch.and_then(|batch| batch.recall),
        batch.and_then(|batch| batch.ghost_ratio),
        batch.and_then(|batch| batch.missing_keys_ratio),
    ]
}
