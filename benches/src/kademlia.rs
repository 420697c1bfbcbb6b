//! Kademlia networks for the benches: warm tables, lookups, everything on.

use std::sync::Arc;

use dhtlab_core::churn::Start as Begin;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::link::jitter::Jitter;
use dhtlab_core::link::loss::Loss;
use dhtlab_core::link::model::{LinkModel, LinkSpec};
use dhtlab_core::link::table::RegionTable;
use dhtlab_core::observe::{Found, Observer, Sight};
use dhtlab_core::record::OpRecord;
use dhtlab_core::seed::Seed;
use dhtlab_core::time::{Span, Time};
use dhtlab_core::workload::{Lookups, Rate, Target, WorkloadSpec};
use dhtlab_core::world::{World, WorldSpec};
use dhtlab_protocols::kademlia::{Kademlia, PRESETS, Params};

/// Counts what ended; keeps every record, as a real run does.
#[derive(Debug, Default)]
pub struct Records {
    records: Vec<OpRecord>,
    found: u64,
}

impl Observer for Records {
    fn finished(&mut self, _: &Sight<'_>, record: &OpRecord, found: Found<'_>) {
        self.records.push(*record);
        self.found += found.nodes.len() as u64;
    }
}

impl Records {
    /// Operations that ended.
    pub fn ended(&self) -> usize {
        self.records.len()
    }
}

/// Parameters of preset `name` without periodic upkeep; `dial` tells whether connections are opened.
///
/// # Panics
/// When there is no such preset.
pub fn params(name: &str, dial: bool) -> Params {
    let preset = PRESETS.iter().find(|preset| preset.name == name).expect("a shipped preset");
    let mut params = preset.params();
    params.refresh_interval = Span::ZERO;
    params.replication_interval = Span::ZERO;
    params.publication_interval = Span::ZERO;
    if !dial {
        params.dial_round_trips = 0;
    }
    params
}

/// `nodes` static nodes in the regions of AWS, with nothing to do.
pub(crate) fn spec(nodes: u32, duration: Span) -> WorldSpec {
    let mut spec = WorldSpec::still(Seed(1), nodes, duration);
    spec.start = Begin::Warm;
    spec.link = LinkSpec {
        model: LinkModel::Regions(RegionTable::aws_2019()),
        jitter: Jitter::None,
        loss: Loss::None,
    };
    spec
}

/// `nodes` static nodes in the regions of AWS, `lookups_per_s` lookups a second in the whole network.
///
/// # Panics
/// Never: the numbers are in range.
pub fn world(nodes: u32, lookups_per_s: u32, duration: Span) -> Arc<World> {
    let mut spec = spec(nodes, duration);
    let every = Span::from_nanos(1_000_000_000 / u64::from(lookups_per_s));
    let rate = Rate::Network { every };
    spec.workload = WorkloadSpec {
        lookups: Some(Lookups { rate, target: Target::RandomKey }),
        ..WorkloadSpec::default()
    };
    Arc::new(World::draw(&spec).expect("a world in range"))
}

/// A warm network, run for two seconds so that lookups are under way.
pub fn engine(world: &Arc<World>, params: Params, shards: u32) -> Engine<Kademlia, Records> {
    let mut engine =
        Engine::new(Arc::clone(world), params, Start::Warm, shards, |_| Records::default());
    engine.run_until(Time::ZERO + Span::from_secs(2));
    engine
}
