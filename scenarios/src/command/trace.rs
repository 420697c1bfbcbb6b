//! `dhtlab trace`: one operation hop by hop.

use serde_json::json;

use crate::again::Finished;
use crate::cli::TraceArgs;
use crate::console::Console;
use crate::exit::Failure;
use crate::registry::Registry;
use crate::trace::{self, table};

/// Traces an operation of a results folder.
///
/// # Errors
/// When the folder, the run or the operation is not there.
pub fn trace(args: &TraceArgs, registry: &Registry, console: Console) -> Result<(), Failure> {
    let folder = Finished::open(&args.dir, registry, console)?;
    let points = folder.chosen(args.run.as_deref())?;
    let Some(point) = points.first() else {
        return Err(Failure::usage("the folder has no runs", Vec::new()));
    };
    if points.len() > 1 {
        let all = points.iter().map(|point| point.run_id.as_str()).collect::<Vec<_>>().join(", ");
        console.note(&format!(
            "of {} runs the first is taken; --run names one of {all}",
            points.len()
        ));
    }
    let trace = trace::trace(&folder, point, args.lookup, registry)?;
    if console.json {
        let mut body = table::document(&trace);
        body["run_id"] = json!(point.run_id);
        body["protocol"] = json!(point.protocol.label);
        body["seed"] = json!(point.seed);
        return console.document("trace", 0, body);
    }
    let title = format!(
        "{} {} of run {} ({}, seed {})",
        trace.operation.op, args.lookup, point.run_id, point.protocol.label, point.seed
    );
    console.out(&table::text(&trace, &title))
}
