//! A world of constant links for tests of whole networks, and an observer that checks every answer
//! against the truth.
#![allow(dead_code, reason = "each test uses its own part")]

use std::sync::{Arc, Mutex};

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::group::Groups;
use dhtlab_core::link::Links;
use dhtlab_core::observe::{Found, Observer, Sight};
use dhtlab_core::record::{JoinRecord, OpRecord};
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::{Operation, World};
use dhtlab_protocols::kademlia::{Kademlia, Params, Preset};

/// One way, for all pairs.
pub(crate) const DELAY: Span = Span::from_millis(50);

/// What the observer saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) ops: Vec<(OpRecord, Vec<NodeIx>)>,
    /// Of searches for nodes: how many of the true closest 20 were found.
    pub(crate) recalls: Vec<usize>,
    pub(crate) joins: Vec<JoinRecord>,
}

/// Collects what all shards emit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(pub(crate) Arc<Mutex<Seen>>);

impl Log {
    pub(crate) fn take(&self) -> Seen {
        let mut seen = std::mem::take(&mut *self.0.lock().expect("no test panicked"));
        seen.ops.sort_by_key(|(record, _)| record.op);
        seen
    }
}

impl Observer for Log {
    fn finished(&mut self, sight: &Sight<'_>, record: &OpRecord, found: Found<'_>) {
        let world = sight.world();
        let mut seen = self.0.lock().expect("no test panicked");
        if let Command::FindNode { target } = world.operations[record.op.index()].command {
            let truth = closest(world, target, record.node, |node| sight.live(node, record.at));
            let hits = found.nodes.iter().filter(|node| truth.contains(node)).count();
            seen.recalls.push(hits);
        }
        seen.ops.push((*record, found.nodes.to_vec()));
    }

    fn joined(&mut self, _: &Sight<'_>, record: &JoinRecord) {
        self.0.lock().expect("no test panicked").joins.push(*record);
    }
}

/// The 20 servers closest to `target`, without `asker`.
pub(crate) fn closest(
    world: &World,
    target: Key,
    asker: NodeIx,
    live: impl Fn(NodeIx) -> bool,
) -> Vec<NodeIx> {
    let mut all: Vec<NodeIx> = (0..world.len())
        .map(NodeIx::from_usize)
        .filter(|node| *node != asker && world.role(*node) == Role::Server && live(*node))
        .collect();
    let cut = 20.min(all.len());
    if all.len() > cut {
        all.select_nth_unstable_by_key(cut, |node| world.key(*node).distance(target));
    }
    all.truncate(cut);
    all.sort_by_key(|node| world.key(*node).distance(target));
    all
}

/// `nodes` servers that are always up, without operations.
pub(crate) fn world(nodes: u32, seed: u64) -> World {
    let mut stream = Stream::new(Seed(seed), Purpose::NodeKeys, 0);
    let keys: Vec<Key> =
        (0..nodes).map(|_| Key::from_words([0; 4].map(|_: u64| stream.next_u64()))).collect();
    World {
        seed: Seed(seed),
        prefixes: keys.iter().map(|key| key.prefix()).collect(),
        keys,
        roles: vec![Role::Server; nodes as usize],
        links: Links::constant(DELAY),
        sessions: Sessions::always_up(nodes as usize),
        bootstrap: vec![NodeIx::new(0)],
        doors: Vec::new(),
        operations: Vec::new(),
        items: Vec::new(),
        clock_errors: Vec::new(),
        groups: Groups::default(),
    }
}

/// Adds an operation every `gap` from `start`, at random nodes; `command` makes them.
pub(crate) fn add_operations(
    world: &mut World,
    count: u32,
    start: Time,
    gap: Span,
    mut command: impl FnMut(u32, &mut Stream) -> Command,
) {
    let mut stream = Stream::new(world.seed, Purpose::Workload, 0);
    for number in 0..count {
        let node = NodeIx::from_usize(stream.index(world.len()));
        let at = start + gap * u64::from(number);
        let command = command(number, &mut stream);
        world.operations.push(Operation { at, node, command });
    }
}

/// A uniformly random key.
pub(crate) fn random_key(stream: &mut Stream) -> Key {
    Key::from_words([0; 4].map(|_: u64| stream.next_u64()))
}

/// Everybody boots at a time of its own within `span`, node 0 first, and stays.
pub(crate) fn join_within(world: &mut World, span: Span) {
    let mut sessions = Sessions::new();
    let mut stream = Stream::new(world.seed, Purpose::Arrivals, 0);
    for node in 0..world.len() {
        let after = if node == 0 { 1 } else { 2 + stream.below(span.as_nanos()) };
        let up = Time::from_nanos(after);
        sessions.push_identity([Session { up, down: Time::NEVER, graceful: false }]);
    }
    world.sessions = sessions;
}

/// The parameters of a preset.
pub(crate) fn preset(name: &str) -> Params {
    Preset::find(name).expect("a known preset").params()
}

/// An engine over `world` with a log.
pub(crate) fn engine(world: World, params: Params, start: Start) -> (Engine<Kademlia, Log>, Log) {
    let log = Log::default();
    (Engine::new(Arc::new(world), params, start, 1, |_| log.clone()), log)
}

/// `secs` seconds after the start.
pub(crate) fn at(secs: u64) -> Time {
    Time::ZERO + Span::from_secs(secs)
}
