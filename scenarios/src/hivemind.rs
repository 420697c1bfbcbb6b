//! Hivemind as scenarios see it: presets, parameters and costs.

use dhtlab_core::time::Span;
use dhtlab_protocols::hivemind::{Hivemind, Params};
use dhtlab_protocols::params::ParamValue;

use crate::plan::Plan;
use crate::registry::{Ability, Costs, Judged, Knobs, ProtocolEntry};
use crate::run::Judging;

impl Judged for Hivemind {
    fn judging(params: &Params) -> Judging {
        Judging::Closest(params.bucket_size as usize)
    }
}

/// The entry of the registry.
pub fn entry() -> ProtocolEntry {
    ProtocolEntry {
        abilities: &[Ability::Warm, Ability::Store, Ability::Batch],
        costs,
        warnings,
        ..ProtocolEntry::of::<Hivemind>(
            "The DHT of Petals as its code behaves: values that expire, writers that share a key, searches for many keys at once",
            "learning-at-home/hivemind 1.2.0.dev0, and the implementations its presets name",
        )
    }
}

/// What a reader must know before trusting a number.
fn warnings(params: &dyn Knobs, plan: &Plan) -> Vec<String> {
    let replicas = count(params, "num_replicas", 5);
    let mut warnings = Vec::new();
    if replicas > plan.network.nodes {
        warnings.push(format!(
            "num_replicas = {replicas} among {} nodes: a record has as many holders as there are nodes, as in hivemind",
            plan.network.nodes
        ));
    }
    warnings
}

fn count(params: &dyn Knobs, name: &str, default: u64) -> u64 {
    match params.value(name) {
        Some(ParamValue::Count(count)) => count,
        _ => default,
    }
}

/// Bytes of a node apart from its contacts and records: its state, its timers, a search under way.
const NODE_BYTES: u64 = 1_200;
/// Bytes of a contact in a table, all in.
const CONTACT_BYTES: u64 = 6;

/// A search asks the beam and a few more on the way to it. A join is two pings and a search.
fn costs(params: &dyn Knobs, nodes: u64) -> Costs {
    let beam = count(params, "bucket_size", 20);
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let doublings = number(u64::from(nodes.max(2).ilog2()));
    let rpcs_per_lookup = (number(beam) + doublings / 2.0).min(number(nodes));
    let refreshes_per_hour = match params.value("refresh_timeout") {
        Some(ParamValue::Span(span)) if span > Span::ZERO => 3_600.0 / span.as_secs_f64().max(1.0),
        _ => 0.0,
    };
    Costs {
        bytes_per_node: NODE_BYTES + (beam * 4).min(nodes) * CONTACT_BYTES,
        rpcs_per_lookup,
        rpcs_under_churn: 1.3,
        events_per_rpc: 2.2,
        busy_bytes: 20_000,
        upkeep_lookups_per_hour: refreshes_per_hour * doublings,
        lookups_per_join: 1.3,
    }
}
