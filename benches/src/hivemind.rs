//! A Petals swarm for the benches: nearly all nodes announce blocks of some model, a few read those of one.

use std::sync::Arc;

use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::group::{Announce, GroupSpec, Watch};
use dhtlab_core::time::{Span, Time};
use dhtlab_core::world::World;
use dhtlab_protocols::hivemind::{Hivemind, Preset};

use crate::kademlia::{self, Records};

/// How often servers announce and clients read.
const EVERY: Span = Span::from_secs(60);

/// Servers of one model: each block has about 25 of them, more than any public swarm has had.
const SERVERS: u32 = 100;

/// `nodes` static nodes in the regions of AWS, one of them a bootstrap node, and `clients` of them clients. The others are the servers of many
/// models, a hundred each: they announce eight of its 32 blocks every minute, and the index, for two
/// minutes. A client reads all blocks of its model as often.
///
/// # Panics
/// Never: the numbers are in range.
pub fn world(nodes: u32, clients: u32, duration: Span) -> Arc<World> {
    let mut spec = kademlia::spec(nodes, duration);
    let servers = nodes - spec.bootstrap_nodes - clients;
    let models = servers.div_ceil(SERVERS).max(1);
    let part = |all: u32, model: u32| all / models + u32::from(model < all % models);
    spec.groups = (0..models)
        .flat_map(|model| {
            let of = format!("model-{model}");
            [holders(&of, part(servers, model)), readers(&of, part(clients, model))]
        })
        .collect();
    Arc::new(World::draw(&spec).expect("a world in range"))
}

fn holders(of: &str, nodes: u32) -> GroupSpec {
    let announce = Announce {
        of: of.to_owned(),
        blocks: 32,
        span: 8,
        every: EVERY,
        lifetime: EVERY + EVERY,
        value_bytes: 296,
        index: true,
    };
    let name = format!("holder-{of}");
    GroupSpec { name, nodes, client: false, announce: Some(announce), watch: None, heartbeat: None }
}

fn readers(of: &str, nodes: u32) -> GroupSpec {
    let watch = Watch { of: of.to_owned(), every: EVERY, latest: true, index: false };
    let name = format!("reader-{of}");
    GroupSpec { name, nodes, client: true, announce: None, watch: Some(watch), heartbeat: None }
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
