//! Networks to run, and what is measured on them.

use std::sync::Arc;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::link::Links;
use dhtlab_core::link::jitter::Jitter;
use dhtlab_core::link::loss::Loss;
use dhtlab_core::link::model::{LinkModel, LinkSpec};
use dhtlab_core::place::Places;
use dhtlab_core::seed::Seed;
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::{Operation, WALL_CLOCK_START, World};
use dhtlab_protocols::hivemind::{Hivemind, Params, Preset};

use crate::common::Log;

/// The parameters of a preset.
pub(crate) fn preset(name: &str) -> Params {
    Preset::find(name).expect("a known preset").params()
}

/// hivemind as it is.
pub(crate) fn usual() -> Params {
    preset("hivemind-1.2")
}

/// An engine over `world`, in which everybody joins, with a log.
pub(crate) fn engine(world: World, params: Params) -> (Engine<Hivemind, Log>, Log) {
    let log = Log::default();
    (Engine::new(Arc::new(world), params, Start::Join, 1, |_| log.clone()), log)
}

/// Node `i` boots at the `i`-th of `boots`, in milliseconds, and stays until the `i`-th of `ends`,
/// in seconds; zero: for ever. Ends are crashes.
pub(crate) fn sessions(world: &mut World, boots: &[u64], ends: &[u64]) {
    let mut sessions = Sessions::new();
    for (boot, end) in boots.iter().zip(ends) {
        let up = Time::from_nanos(boot * 1_000_000 + 1);
        let down = if *end == 0 { Time::NEVER } else { crate::common::at(*end) };
        sessions.push_identity([Session { up, down, graceful: false }]);
    }
    world.sessions = sessions;
}

/// One node boots after the other, `gap` milliseconds apart, and all stay.
pub(crate) fn one_by_one(world: &mut World, gap: u64) {
    let boots: Vec<u64> = (0..world.len() as u64).map(|node| node * gap).collect();
    sessions(world, &boots, &vec![0; boots.len()]);
}

/// Links of 50 ms that lose so many of a hundred messages.
pub(crate) fn lossy(lost: u64) -> Links {
    let model = LinkModel::Constant { one_way: Span::from_millis(50) };
    let loss = Loss::Bernoulli(Ratio::from_millionths(lost * 10_000));
    Links::new(&LinkSpec { model, jitter: Jitter::None, loss }, Seed(1), Places::default())
}

/// Adds an operation of `node` at `secs` seconds.
pub(crate) fn add(world: &mut World, secs: u64, node: u32, command: Command) {
    let (at, node) = (crate::common::at(secs), NodeIx::new(node));
    world.operations.push(Operation { at, node, command });
}

/// Whom `node` knows.
pub(crate) fn known(engine: &Engine<Hivemind, Log>, node: u32) -> Vec<u32> {
    let state = engine.state(NodeIx::new(node)).expect("the node is up");
    let mut known: Vec<u32> = state.table().members().map(NodeIx::get).collect();
    known.sort_unstable();
    known
}

/// For each node in order, what its joins came to, and how many milliseconds they took.
pub(crate) fn joins(log: &Log) -> Vec<(u32, bool, u64)> {
    let mut joins: Vec<(u32, bool, u64)> = log
        .take()
        .joins
        .iter()
        .map(|join| {
            let took = join.at.since(join.booted_at).as_nanos() / 1_000_000;
            (join.node.get(), join.success, took)
        })
        .collect();
    joins.sort_unstable();
    joins
}

/// What a right wall clock shows `secs` seconds after the start.
pub(crate) fn at_wall(secs: u64) -> Time {
    WALL_CLOCK_START.saturating_add(Span::from_secs(secs))
}
