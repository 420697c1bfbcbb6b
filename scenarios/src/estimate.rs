//! What a run will roughly cost, before it is started.
//!
//! Memory: identities x bytes of a node, plus what is pending, plus a row for every operation. Events:
//! as many for every RPC as the protocol says. Time: events over a speed
//! that one core of a server reaches. Expect a factor of two either way; the constants were fitted to the
//! shipped scenarios, and a test holds them to that.

use crate::experiment::Experiment;
use crate::plan::churn::ChurnPlan;
use crate::plan::network::Start;
use crate::plan::{Plan, ProtocolPlan};
use crate::registry::Registry;

/// The estimate for one run, or for all runs of an experiment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Events of all runs.
    pub events: f64,
    /// Memory of the largest run, in bytes.
    pub bytes: f64,
    /// Memory of the runs that are made side by side, in bytes.
    pub side_by_side_bytes: f64,
    /// Seconds of one core for all runs.
    pub seconds: f64,
    /// How many runs.
    pub runs: f64,
    /// The part of the memory of the largest run that grows with its nodes, for each of them.
    pub bytes_per_node: f64,
    /// The nodes of the largest run.
    pub nodes: u64,
}

/// Bytes of the world for one identity: key, prefix, place, role, loss state, queue entry.
const WORLD_BYTES: f64 = 96.0;
/// Bytes of one session in the trace.
const SESSION_BYTES: f64 = 24.0;
/// Bytes of one pending event with its message.
const PENDING_BYTES: f64 = 160.0;
/// Pending events of a node: its wake-up and a share of a message.
const PENDING_PER_NODE: f64 = 1.5;
/// Bytes of one operation: planned, running, recorded, and its row.
const OPERATION_BYTES: f64 = 450.0;
/// Bytes of a name that a range query reported.
const NAME_BYTES: f64 = 8.0;
/// Bytes of a record that roles store: planned, and remembered for judging reads.
const RECORD_BYTES: f64 = 128.0;
/// Bytes that are there before any node.
const BASE_BYTES: f64 = 12.0 * 1024.0 * 1024.0;
/// Events that one core handles in a second while its caches hold what it needs.
const EVENTS_PER_SECOND: f64 = 1.6e6;
/// About what caches hold. For every factor of ten beyond, an event takes as long again.
const CACHED_BYTES: f64 = 64.0 * 1024.0 * 1024.0;

/// Estimates all runs of `experiment` with up to `jobs` of them side by side.
pub fn of_all(experiment: &Experiment, registry: &Registry, jobs: usize) -> Estimate {
    let seeds = experiment.plan.seeds.len();
    let mut total = Estimate { runs: 0.0, ..NOTHING };
    let mut sizes = Vec::new();
    for cell in experiment.cells(registry) {
        let part = of_run(experiment.plan_at(cell), experiment.protocol_at(cell), registry);
        let times = count(seeds as u64);
        total.events += part.events * times;
        total.seconds += part.seconds * times;
        total.runs += times;
        if part.bytes > total.bytes {
            let Estimate { bytes, bytes_per_node, nodes, .. } = part;
            total = Estimate { bytes, bytes_per_node, nodes, ..total };
        }
        sizes.extend(std::iter::repeat_n(part.bytes, seeds.min(jobs)));
    }
    sizes.sort_by(|a, b| b.total_cmp(a));
    total.side_by_side_bytes = sizes.iter().take(jobs).sum();
    total
}

/// The largest number of nodes that fits in `available` bytes.
pub fn largest_that_fits(estimate: &Estimate, available: u64) -> u64 {
    let fixed = estimate.bytes - estimate.bytes_per_node * count(estimate.nodes);
    let room = (count(available) - fixed) / estimate.bytes_per_node.max(1.0);
    whole(room.max(0.0))
}

/// Where nothing is known.
const NOTHING: Estimate = Estimate {
    events: 0.0,
    bytes: 0.0,
    side_by_side_bytes: 0.0,
    seconds: 0.0,
    runs: 1.0,
    bytes_per_node: 0.0,
    nodes: 0,
};

/// Estimates one run of `protocol` under `plan`.
pub fn of_run(plan: &Plan, protocol: &ProtocolPlan, registry: &Registry) -> Estimate {
    let nodes = count(plan.network.nodes);
    let hours = plan.duration.as_secs_f64() / 3_600.0;
    let costs = registry
        .get(&protocol.protocol)
        .and_then(|entry| Some((entry.costs)(entry.knobs(protocol)?.as_ref(), plan.network.nodes)));
    let Some(costs) = costs else { return NOTHING };
    let sessions = 1.0 + hours * plan.churn.sessions_per_node_hour();
    let identities = if plan.churn.renews() { sessions } else { plan.churn.identities_per_node() };
    let operations = plan.operations();
    let joins = if plan.network.start == Start::Warm { sessions - 1.0 } else { sessions };
    let lookups = operations
        + nodes * (hours * costs.upkeep_lookups_per_hour + joins * costs.lookups_per_join);
    let hindered = if plan.churn == ChurnPlan::NONE { 1.0 } else { costs.rpcs_under_churn };
    let events = lookups * costs.rpcs_per_lookup * hindered * costs.events_per_rpc;
    let busy = if costs.upkeep_lookups_per_hour > 0.0 { count(costs.busy_bytes) } else { 0.0 };
    let bytes_per_node = identities * (count(costs.bytes_per_node) + WORLD_BYTES + busy)
        + sessions * SESSION_BYTES
        + PENDING_PER_NODE * PENDING_BYTES;
    let records = plan.batch_records() * RECORD_BYTES;
    let names = plan.workload.names_reported(plan.duration, nodes) * NAME_BYTES;
    let bytes =
        BASE_BYTES + nodes * bytes_per_node + operations * OPERATION_BYTES + names + records;
    let seconds = events / EVENTS_PER_SECOND * (1.0 + libm::log10(bytes / CACHED_BYTES).max(0.0));
    Estimate {
        events,
        bytes,
        side_by_side_bytes: bytes,
        seconds,
        runs: 1.0,
        bytes_per_node,
        nodes: plan.network.nodes,
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn count(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative; saturates"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

/// Bytes as people read them.
pub fn show_bytes(bytes: f64) -> String {
    const UNITS: [(&str, f64); 4] = [
        ("TiB", 1_099_511_627_776.0),
        ("GiB", 1_073_741_824.0),
        ("MiB", 1_048_576.0),
        ("KiB", 1024.0),
    ];
    match UNITS.iter().find(|(_, size)| bytes >= *size) {
        Some((unit, size)) => format!("{:.1} {unit}", bytes / size),
        None => format!("{bytes:.0} B"),
    }
}

/// A large number as people read it.
pub fn show_count(number: f64) -> String {
    const UNITS: [(&str, f64); 4] =
        [("trillion", 1e12), ("billion", 1e9), ("million", 1e6), ("thousand", 1e3)];
    match UNITS.iter().find(|(_, size)| number >= *size) {
        Some((unit, size)) => format!("{:.1} {unit}", number / size),
        None => format!("{number:.0}"),
    }
}

/// Seconds as people read them.
pub fn show_seconds(seconds: f64) -> String {
    if seconds < 1.0 {
        "under a second".to_owned()
    } else if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7_200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else if seconds < 172_800.0 {
        format!("{:.1} h", seconds / 3_600.0)
    } else {
        format!("{:.0} days", seconds / 86_400.0)
    }
}
