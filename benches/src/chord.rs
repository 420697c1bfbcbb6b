//! Chord rings for the benches: exact pointers at the start, upkeep on, lookups.

use std::sync::Arc;

use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::time::{Span, Time};
use dhtlab_core::world::World;
use dhtlab_protocols::chord::{Chord, Preset};

use crate::kademlia::Records;

/// A warm ring under the preset `simgrid`, run for two seconds so that lookups are under way.
///
/// # Panics
/// Never: the preset is shipped.
pub fn engine(world: &Arc<World>, shards: u32) -> Engine<Chord, Records> {
    let params = Preset::find("simgrid").expect("a shipped preset").params();
    let mut engine =
        Engine::new(Arc::clone(world), params, Start::Warm, shards, |_| Records::default());
    engine.run_until(Time::ZERO + Span::from_secs(2));
    engine
}
