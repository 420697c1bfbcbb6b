//! `node_load.csv`: one row per run and node.

use std::io::{self, Write};

use super::row::{Table, cells};
use super::runs_by_id;
use crate::model::{NodeLoad, Results};

pub(crate) const HEADER: [&str; 12] = [
    "run_id",
    "node",
    "role",
    "client",
    "uptime_s",
    "msgs_in",
    "msgs_out",
    "bytes_in",
    "bytes_out",
    "keys_stored",
    "table_entries",
    "table_stale",
];

/// Writes the table. A node that is down at the end has no stored keys and no routing table.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for run in runs_by_id(results) {
        let mut nodes: Vec<&NodeLoad> = run.node_load.iter().collect();
        nodes.sort_by_key(|n| n.node);
        for n in nodes {
            table.row(cells![
                &run.run_id,
                n.node,
                &*n.role,
                Some(n.client),
                n.uptime_s,
                n.msgs_in,
                n.msgs_out,
                n.bytes_in,
                n.bytes_out,
                n.keys_stored,
                n.table_entries,
                n.table_stale,
            ])?;
        }
    }
    table.finish()
}
