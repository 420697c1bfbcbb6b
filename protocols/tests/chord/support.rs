//! Rings to run, and what is measured on them.

use std::sync::Arc;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::record::OpRecord;
use dhtlab_core::world::World;
use dhtlab_protocols::chord::params::Params;
use dhtlab_protocols::chord::{Chord, Preset};

use crate::common::{Log, add_operations, at, random_key, world};

/// The recommended parameters.
pub(crate) fn usual() -> Params {
    Preset::find("dhtlab").expect("a known preset").params()
}

/// An engine over `world` with a log.
pub(crate) fn engine(world: World, params: Params, start: Start) -> (Engine<Chord, Log>, Log) {
    let log = Log::default();
    (Engine::new(Arc::new(world), params, start, 1, |_| log.clone()), log)
}

/// What `count` lookups of random keys at random nodes of a perfect ring report, without upkeep.
pub(crate) fn lookups(nodes: u32, seed: u64, count: u32, mut params: Params) -> Vec<OpRecord> {
    let never = Span::from_hours(24 * 300);
    params.stabilize_interval = never;
    params.fix_fingers_interval = never;
    params.check_predecessor_interval = Span::ZERO;
    let mut world = world(nodes, seed);
    add_operations(&mut world, count, at(1), Span::from_millis(1), |_, stream| Command::FindNode {
        target: random_key(stream),
    });
    let (mut engine, log) = engine(world, params, Start::Warm);
    engine.run_until(at(60 + u64::from(count) / 1_000));
    let records: Vec<OpRecord> = log.take().ops.into_iter().map(|(record, _)| record).collect();
    assert_eq!(records.len(), count as usize, "every lookup ends");
    assert!(records.iter().all(|record| record.outcome == Outcome::Done));
    records
}
