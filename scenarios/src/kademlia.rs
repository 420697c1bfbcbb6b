//! Kademlia as scenarios see it: presets, parameters and costs.

use dhtlab_core::time::Span;
use dhtlab_protocols::kademlia::Kademlia;
use dhtlab_protocols::kademlia::params::Params;
use dhtlab_protocols::kademlia::presets::{PRESETS, Preset};
use dhtlab_protocols::params::{ParamValue, Tunable as _};

use crate::plan::ProtocolPlan;
use crate::registry::{Costs, Knobs, PresetInfo, ProtocolEntry, RunInput};
use crate::run::{Judging, Outcome, Stopped, drive};

/// The entry of the registry.
pub fn entry() -> ProtocolEntry {
    let info = |preset: &Preset| PresetInfo {
        name: preset.name,
        doc: preset.summary,
        source: preset.source,
    };
    ProtocolEntry {
        name: "kademlia",
        doc: "Iterative lookups over XOR distance; buckets of k contacts; R closest nodes hold a record",
        source: "Maymounkov and Mazieres 2002, and the implementations its presets name",
        presets: PRESETS.iter().map(info).collect(),
        fields: Params::fields(),
        ranges: false,
        deletes: false,
        batches: false,
        load: |name| Some(Box::new(Preset::find(name)?.params()) as Box<dyn Knobs>),
        run,
        costs,
        warnings: |_, _| Vec::new(),
    }
}

/// Runs it as `plan` says.
fn run(plan: &ProtocolPlan, mut input: RunInput<'_>) -> Result<Outcome, Stopped> {
    let params = params(plan).expect("a plan is only made of parameters that were accepted");
    input.job.judging = Judging::Closest(params.find_results as usize);
    drive::<Kademlia>(input.world, params, input.job, input.watch)
}

/// The parameters of `plan`, typed; `None` when it is not a plan of this protocol.
pub fn params(plan: &ProtocolPlan) -> Option<Params> {
    let mut params = Preset::find(&plan.preset)?.params();
    for (name, value) in &plan.overrides {
        params.set(name, value.clone()).ok()?;
    }
    Some(params)
}

/// Bytes of a node apart from its contacts: its state, its timers, a lookup under way.
const NODE_BYTES: u64 = 700;
/// Bytes of a contact in a table, all in.
const CONTACT_BYTES: u64 = 6;

/// At k = 20 and 10,000 nodes that answer, a lookup sends about 45 requests. With the 3 % of silent
/// entries that churn leaves in tables it was seen to send 47 at 250 nodes, 75 at 500, 116 at 1,000 and 208 at 2,000,
/// and a model has 280 at 15,000. A refresh was seen to make 11 lookups at 250 nodes and 13 at 1,000, and a
/// join two refreshes: its own, and one that the first entries of the table cause.
fn costs(params: &dyn Knobs, nodes: u64) -> Costs {
    let count = |name: &str, default: u64| match params.value(name) {
        Some(ParamValue::Count(count)) => count,
        _ => default,
    };
    let k = count("k", 20);
    // Buckets that fill: one for each halving of the network until k nodes are left.
    let depth = u64::from((nodes / k.max(1)).max(1).ilog2()) + 1;
    let contacts = (k * (depth + 1)).min(nodes);
    let refreshes_per_hour = match params.value("refresh_interval") {
        Some(ParamValue::Span(span)) if span > Span::ZERO => 3_600.0 / span.as_secs_f64().max(1.0),
        _ => 0.0,
    };
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let doublings = number(u64::from(nodes.max(1).ilog2()));
    let lookups_per_refresh = doublings + 3.0;
    Costs {
        bytes_per_node: NODE_BYTES + contacts * CONTACT_BYTES,
        rpcs_per_lookup: (number(k) * 1.5 + number(depth) * 1.5).min(number(nodes)),
        rpcs_under_churn: (1.0 + 0.75 * (doublings - 7.0)).max(1.0),
        events_per_rpc: 6.0,
        busy_bytes: 12_000,
        upkeep_lookups_per_hour: refreshes_per_hour * lookups_per_refresh,
        lookups_per_join: 2.0 * lookups_per_refresh,
    }
}
