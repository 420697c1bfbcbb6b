//! Kademlia as scenarios see it: presets, parameters and costs.

use dhtlab_core::time::Span;
use dhtlab_protocols::kademlia::{Kademlia, Params};
use dhtlab_protocols::params::ParamValue;

use crate::registry::{Ability, Costs, Judged, Knobs, ProtocolEntry};
use crate::run::Judging;
use crate::theory;

impl Judged for Kademlia {
    fn judging(params: &Params) -> Judging {
        Judging::Closest(params.find_results as usize)
    }
}

/// The entry of the registry.
pub fn entry() -> ProtocolEntry {
    ProtocolEntry {
        abilities: &[Ability::Warm, Ability::Store],
        costs,
        hops: theory::tree,
        ..ProtocolEntry::of::<Kademlia>(
            "Iterative lookups over XOR distance; buckets of k contacts; R closest nodes hold a record",
            "Maymounkov and Mazieres 2002, and the implementations its presets name",
        )
    }
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
