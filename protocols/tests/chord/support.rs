//! Rings to run, and what is measured on them.

use std::sync::{Arc, Mutex};

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::observe::{Found, Observer, Sight};
use dhtlab_core::record::{JoinRecord, OpRecord};
use dhtlab_core::world::World;
use dhtlab_protocols::chord::params::Params;
use dhtlab_protocols::chord::{Chord, Preset};

use crate::common::{add_operations, at, random_key, world};

/// What was reported.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) ops: Vec<(OpRecord, Vec<NodeIx>)>,
    pub(crate) joins: Vec<JoinRecord>,
}

/// Collects what all shards emit, without comparing it with anything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Seen>>);

impl Log {
    pub(crate) fn take(&self) -> Seen {
        let mut seen = std::mem::take(&mut *self.0.lock().expect("no test panicked"));
        seen.ops.sort_by_key(|(record, _)| record.op);
        seen
    }
}

impl Observer for Log {
    fn finished(&mut self, _: &Sight<'_>, record: &OpRecord, found: Found<'_>) {
        self.0.lock().expect("no test panicked").ops.push((*record, found.nodes.to_vec()));
    }

    fn joined(&mut self, _: &Sight<'_>, record: &JoinRecord) {
        self.0.lock().expect("no test panicked").joins.push(*record);
    }
}

/// The recommended parameters.
pub(crate) fn usual() -> Params {
    Preset::find("dhtlab").expect("a known preset").params()
}

/// An engine over `world` with a log.
pub(crate) fn engine(world: World, params: Params, start: Start) -> (Engine<Chord, Log>, Log) {
    let log = Log::default();
    (Engine::new(Arc::new(world), params, start, 1, |_| log.clone()), log)
}

/// The same without upkeep.
pub(crate) fn still(params: Params) -> Params {
    let never = Span::from_hours(24 * 300);
    Params {
        stabilize_interval: never,
        fix_fingers_interval: never,
        check_predecessor_interval: Span::ZERO,
        ..params
    }
}

/// What `count` lookups of random keys at random nodes of a perfect ring report, without upkeep.
pub(crate) fn lookups(nodes: u32, seed: u64, count: u32, params: Params) -> Vec<OpRecord> {
    let mut world = world(nodes, seed);
    add_operations(&mut world, count, at(1), Span::from_millis(1), |_, stream| Command::FindNode {
        target: random_key(stream),
    });
    let (mut engine, log) = engine(world, still(params), Start::Warm);
    engine.run_until(at(60 + u64::from(count) / 1_000));
    let records: Vec<OpRecord> = log.take().ops.into_iter().map(|(record, _)| record).collect();
    assert_eq!(records.len(), count as usize, "every lookup ends");
    assert!(records.iter().all(|record| record.outcome == Outcome::Done));
    records
}
