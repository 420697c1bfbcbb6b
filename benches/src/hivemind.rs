//! A Petals swarm for the benches: nearly all nodes announce blocks of one model, some read them all.

use std::sync::Arc;

use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::group::{Announce, GroupSpec, Watch};
use dhtlab_core::time::{Span, Time};
use dhtlab_core::world::World;
use dhtlab_protocols::hivemind::{Hivemind, Preset};

use crate::kademlia::{self, Records};

/// How often servers announce and clients read.
const EVERY: Span = Span::from_secs(60);

/// `nodes` static nodes in the regions of AWS, one of them a bootstrap node, `clients` of which read the 32 blocks of one model every
/// minute; all others announce eight of them as often, and the index, for two minutes.
///
/// # Panics
/// Never: the numbers are in range.
pub fn world(nodes: u32, clients: u32, duration: Span) -> Arc<World> {
    let mut spec = kademlia::spec(nodes, duration);
    let of = || String::from("model");
    let (blocks, span) = (32, 8);
    let lifetime = EVERY + EVERY;
    let announce =
        Announce { of: of(), blocks, span, every: EVERY, lifetime, value_bytes: 296, index: true };
    let watch = Watch { of: of(), every: EVERY, latest: true, index: false };
    let holders = GroupSpec {
        name: String::from("holder"),
        nodes: nodes - spec.bootstrap_nodes - clients,
        client: false,
        announce: Some(announce),
        watch: None,
        heartbeat: None,
    };
    let readers = GroupSpec {
        name: String::from("reader"),
        nodes: clients,
        client: true,
        announce: None,
        watch: Some(watch),
        heartbeat: None,
    };
    spec.groups = vec![holders, readers];
    Arc::new(World::draw(&spec).expect("a world in range"))
}

/// A warm network under the preset `petals`, run for two seconds so that announcements are under way.
///
/// # Panics
/// Never: the preset is shipped.
pub fn engine(world: &Arc<World>, shards: u32) -> Engine<Hivemind, Records> {
    let params = Preset::find("petals").expect("a shipped preset").params();
    let mut engine =
        Engine::new(Arc::clone(world), params, Start::Warm, shards, |_| Records::default());
    engine.run_until(Time::ZERO + Span::from_secs(2));
    engine
}
