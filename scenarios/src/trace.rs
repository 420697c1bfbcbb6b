//! One operation hop by hop: who was asked when, by whom, who had named it, and what came of it.
//!
//! Everything is made of the messages that the operation caused, as the engine saw them; only the summary is
//! what the node reported, the same that stands in `lookups.csv`.

pub mod measure;
pub mod row;
pub mod table;

use dhtlab_core::node::NodeIx;
use dhtlab_core::op::OpId;
use dhtlab_core::time::{Span, Time};
use dhtlab_core::world::World;
use dhtlab_reports::model::Operation;

use crate::again::{Finished, How, Point};
use crate::exit::Failure;
use crate::registry::Registry;
use crate::run::Probe;
use measure::Measure;
use row::Row;

/// One operation.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Its line in `lookups.csv`; messages and bytes are those until the run was stopped.
    pub operation: Operation,
    /// Who was asked to do it.
    pub origin: NodeIx,
    /// When.
    pub issued_at: Time,
    /// How far nodes are from its target.
    pub measure: Measure,
    /// Every message it caused, in order of sending; an answer stands with its request.
    pub rows: Vec<Row>,
}

/// Runs `point` until operation `id` is over, and says how it went.
///
/// # Errors
/// When there is no such operation.
pub fn trace(
    folder: &Finished,
    point: &Point<'_>,
    id: u32,
    registry: &Registry,
) -> Result<Trace, Failure> {
    let world = folder.world(point)?;
    let planned = world.operations.len();
    if id as usize >= planned {
        return Err(unknown(planned, id));
    }
    let op = OpId::new(id);
    let how = How { shards: 1, probe: Some(Probe::Operation(op)) };
    let outcome = folder.run(point, how, registry)?;
    let mut operations = outcome.run.operations;
    let Ok(at) = operations.binary_search_by_key(&u64::from(id), |one| one.lookup_id) else {
        return Err(never_issued(&world, op, &operations));
    };
    let origin = world.operations[op.index()].node;
    let measure = Measure::new(&world, op, outcome.judging, point.protocol);
    Ok(Trace {
        operation: operations.swap_remove(at),
        origin,
        issued_at: world.operations[op.index()].at,
        measure,
        rows: row::rows(&outcome.steps, origin),
    })
}

fn unknown(planned: usize, id: u32) -> Failure {
    let message = match planned {
        0 => "the run has no operations".to_owned(),
        _ => format!("the run has no operation {id}: they are numbered 0 to {}", planned - 1),
    };
    Failure::usage(message, vec!["lookups.csv lists them, in the column lookup_id".to_owned()])
}

fn never_issued(world: &World, op: OpId, issued: &[Operation]) -> Failure {
    let id = u64::from(op.get());
    let after = issued.partition_point(|one| one.lookup_id < id);
    let near = [after.checked_sub(1), Some(after)].into_iter().flatten();
    let near: Vec<String> =
        near.filter_map(|at| issued.get(at)).map(|one| one.lookup_id.to_string()).collect();
    let planned = &world.operations[op.index()];
    let at = planned.at.as_secs_f64();
    let message = format!("operation {id} was never issued: {} was not up at {at} s", planned.node);
    let mut help = vec!["lookups.csv lists those that were".to_owned()];
    if !near.is_empty() {
        help.insert(0, format!("the nearest that were issued: {}", near.join(", ")));
    }
    Failure::usage(message, help)
}

impl Trace {
    /// When it ended; `None` when its node left first.
    pub fn ended_at(&self) -> Option<Time> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a latency in milliseconds, back to nanoseconds"
        )]
        let nanos = |ms: f64| libm::round(ms * 1e6) as u64;
        self.operation.latency_ms.map(|ms| self.issued_at + Span::from_nanos(nanos(ms)))
    }

    /// The requests that the origin sent before the end: an RPC each. One that ended with its dial counts,
    /// and so does a dial with the request that followed it, once.
    pub fn requests(&self) -> u32 {
        let end = self.ended_at().unwrap_or(Time::NEVER);
        let own = |row: &&Row| row.from == self.origin && row.sent_at <= end && row.is_request;
        let rows: Vec<&Row> = self.rows.iter().filter(own).collect();
        let alone = |at: usize| {
            let dial = rows[at];
            let follows = |later: &&&Row| later.to == dial.to;
            !rows[at + 1..].iter().any(|later| follows(&later))
        };
        let counts = |(at, row): &(usize, &&Row)| !row.is_dial() || alone(*at);
        let count = rows.iter().enumerate().filter(counts).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The most requests of the origin that were under way at once.
    pub fn most_open(&self) -> usize {
        let own = self.rows.iter().filter(|row| row.from == self.origin);
        own.map(|row| row.open).max().unwrap_or(0)
    }
}
