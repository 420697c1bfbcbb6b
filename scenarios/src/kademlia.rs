//! Kademlia as scenarios see it: presets, parameters and costs.

use dhtlab_core::time::Span;
use indexmap::IndexMap;

use crate::registry::{Costs, Knobs, PresetInfo, ProtocolEntry};
use crate::tunable::{FieldInfo, FieldKind, ParamError, ParamValue, Tunable};

const LIBP2P: &str = "rust-libp2p 0.49 (libp2p-kad), Config";
const PAPER: &str = "Maymounkov and Mazieres 2002";

const PRESETS: [PresetInfo; 5] = [
    PresetInfo {
        name: "rust-libp2p-0.49",
        doc: "rust-libp2p as released: k 20, alpha 3, full table refresh every 5 minutes",
        source: "libp2p-kad 0.49.0 source",
    },
    PresetInfo {
        name: "paper-2002",
        doc: "The Kademlia paper: k 20, alpha 3, hourly refresh and replication, daily expiry",
        source: PAPER,
    },
    PresetInfo {
        name: "daa-prime",
        doc: "daa-prime-dht defaults: three replicas, hourly refresh, records live 24 h",
        source: "daa-prime-dht README; refresh mapped to replication and ttl/2 to publication by us",
    },
    PresetInfo {
        name: "daa-prime-high",
        doc: "daa-prime-dht for high availability: k 32, alpha 8, five replicas, 48 h",
        source: "daa-prime-dht README; mapped as daa-prime",
    },
    PresetInfo {
        name: "daa-prime-low",
        doc: "daa-prime-dht for small devices: k 10, alpha 2, two replicas, 12 h",
        source: "daa-prime-dht README; mapped as daa-prime",
    },
];

const YEAR: Span = Span::from_hours(24 * 365);

const fn count(name: &'static str, max: u64, doc: &'static str) -> FieldInfo {
    let min = if max > 128 { 0 } else { 1 };
    FieldInfo { name, kind: FieldKind::Count { min, max }, doc, source: LIBP2P }
}

const fn wait(name: &'static str, doc: &'static str) -> FieldInfo {
    let kind = FieldKind::Span { min: Span::from_millis(1), max: YEAR };
    FieldInfo { name, kind, doc, source: LIBP2P }
}

const fn interval(name: &'static str, doc: &'static str) -> FieldInfo {
    FieldInfo { name, kind: FieldKind::Span { min: Span::ZERO, max: YEAR }, doc, source: LIBP2P }
}

const FIELDS: [FieldInfo; 14] = [
    count("k", 32, "entries in a bucket"),
    count("alpha", 32, "requests in flight while a walk makes progress"),
    count("replication", 32, "R: holders of a record, and results of walks that store and read"),
    wait("peer_timeout", "after this long a walk no longer waits for a peer"),
    wait("rpc_timeout", "after this long a request is given up"),
    interval("query_timeout", "after this long an operation is given up; 0s: never"),
    wait("dial_timeout", "after this long a dial is given up"),
    interval("refresh_interval", "interval of the refresh; 0s: off"),
    interval(
        "automatic_bootstrap",
        "delay of the refresh after a new entry in a small table; 0s: off",
    ),
    interval("replication_interval", "holders pass records on this often; 0s: off"),
    interval("publication_interval", "publishers store their records again this often; 0s: off"),
    interval("provider_publication_interval", "providers announce themselves this often; 0s: off"),
    wait("record_ttl", "life of a record at its holders"),
    count("saved_peers", 1_000, "contacts that survive a shutdown"),
];

/// The entry of the registry.
pub fn entry() -> ProtocolEntry {
    ProtocolEntry {
        name: "kademlia",
        doc: "Iterative lookups over XOR distance; buckets of k contacts; k closest nodes hold a record",
        source: PAPER,
        presets: PRESETS.to_vec(),
        fields: &FIELDS,
        ranges: false,
        load,
        costs,
    }
}

#[derive(Clone, Debug)]
struct Params {
    values: IndexMap<&'static str, ParamValue>,
}

fn load(preset: &str) -> Option<Box<dyn Knobs>> {
    use ParamValue::Count;
    let hours = |hours| ParamValue::Span(Span::from_hours(hours));
    let mins = |mins| ParamValue::Span(Span::from_mins(mins));
    let secs = |secs| ParamValue::Span(Span::from_secs(secs));
    // k, alpha, replication, then refresh, replication and publication interval, and life of a record
    let (k, alpha, copies, refresh, replicate, publish, life) = match preset {
        "rust-libp2p-0.49" => (20, 3, 20, mins(5), hours(1), hours(22), hours(48)),
        "paper-2002" => (20, 3, 20, hours(1), hours(1), hours(24), hours(24)),
        "daa-prime" => (20, 3, 3, hours(1), hours(1), hours(12), hours(24)),
        "daa-prime-high" => (32, 8, 5, mins(30), mins(30), hours(24), hours(48)),
        "daa-prime-low" => (10, 2, 2, hours(2), hours(2), hours(6), hours(12)),
        _ => return None,
    };
    let wait = secs(if preset == "paper-2002" { 1 } else { 10 });
    let values = IndexMap::from([
        ("k", Count(k)),
        ("alpha", Count(alpha)),
        ("replication", Count(copies)),
        ("peer_timeout", wait.clone()),
        ("rpc_timeout", wait.clone()),
        ("query_timeout", secs(60)),
        ("dial_timeout", wait),
        ("refresh_interval", refresh),
        ("automatic_bootstrap", ParamValue::Span(Span::from_millis(500))),
        ("replication_interval", replicate),
        ("publication_interval", publish),
        ("provider_publication_interval", hours(12)),
        ("record_ttl", life),
        ("saved_peers", Count(0)),
    ]);
    Some(Box::new(Params { values }))
}

impl Params {
    fn count(&self, name: &str) -> u64 {
        match self.values.get(name) {
            Some(ParamValue::Count(count)) => *count,
            _ => 0,
        }
    }
}

impl Tunable for Params {
    fn fields() -> &'static [FieldInfo] {
        &FIELDS
    }

    fn get(&self, name: &str) -> Option<ParamValue> {
        self.values.get(name).cloned()
    }

    fn set(&mut self, name: &str, value: ParamValue) -> Result<(), ParamError> {
        let field = FIELDS.iter().find(|field| field.name == name);
        let permitted = match field {
            Some(field) if field.kind.permits(&value) => {
                self.values.insert(field.name, value);
                return Ok(());
            }
            Some(field) => field.kind.range(),
            None => "no such parameter".to_owned(),
        };
        let (field, value) = (name.to_owned(), value.to_string());
        Err(ParamError { field, value, permitted, hint: String::new() })
    }

    fn validate(&self) -> Result<(), Vec<ParamError>> {
        let k = self.count("k");
        let above = ["alpha", "replication"].into_iter().filter(|name| self.count(name) > k);
        let errors: Vec<_> = above
            .map(|name| ParamError {
                field: name.to_owned(),
                value: self.count(name).to_string(),
                permitted: format!("1 to k, and k is {k}"),
                hint: format!("lower {name} to {k} or raise k to {}", self.count(name)),
            })
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Bytes of a node apart from its contacts.
const NODE_BYTES: u64 = 600;
/// Bytes of a contact in a table, all in.
const CONTACT_BYTES: u64 = 6;

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
    let depth = f64::from(u32::try_from(depth).unwrap_or(u32::MAX));
    Costs {
        bytes_per_node: NODE_BYTES + contacts * CONTACT_BYTES,
        rpcs_per_lookup: f64::from(u32::try_from(k).unwrap_or(u32::MAX)) * 1.5 + depth * 1.5,
        upkeep_lookups_per_hour: refreshes_per_hour * (depth + 1.0),
    }
}
