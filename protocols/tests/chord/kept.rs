//! Rings that keep records, and an observer that remembers what was read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::observe::{Found, Observer, Sight};
use dhtlab_core::record::OpRecord;
use dhtlab_core::seed::Stream;
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::{Operation, World};
use dhtlab_protocols::chord::params::Params;
use dhtlab_protocols::chord::{Chord, Peer};

/// An operation that ended, when it did, and the names it read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ended {
    pub(crate) record: OpRecord,
    pub(crate) names: Vec<u64>,
    pub(crate) took: Span,
}

impl Ended {
    /// What a range query says of itself.
    pub(crate) fn complete(&self) -> bool {
        self.record.range.is_some_and(|range| range.complete)
    }

    /// Holders that answered a range query.
    pub(crate) fn holders(&self) -> u32 {
        self.record.range.map_or(0, |range| range.holders)
    }
}

/// Remembers operations by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Arc<Mutex<BTreeMap<usize, Ended>>>);

impl Memory {
    /// What ended so far, by the number of the operation.
    pub(crate) fn ended(&self) -> BTreeMap<usize, Ended> {
        self.0.lock().expect("no test panicked").clone()
    }
}

impl Observer for Memory {
    fn finished(&mut self, sight: &Sight<'_>, record: &OpRecord, found: Found<'_>) {
        let began = sight.world().operations[record.op.index()].at;
        let ended =
            Ended { record: *record, names: found.names.to_vec(), took: record.at.since(began) };
        let before = self.0.lock().expect("no test panicked").insert(record.op.index(), ended);
        assert!(before.is_none(), "an operation ended twice");
    }
}

/// An engine over `world` that remembers.
pub(crate) fn remember(
    world: World,
    params: Params,
    start: Start,
) -> (Engine<Chord, Memory>, Memory) {
    let memory = Memory::default();
    (Engine::new(Arc::new(world), params, start, 1, |_| memory.clone()), memory)
}

/// Runs everything until `end`.
pub(crate) fn run(world: World, params: Params, start: Start, end: Time) -> BTreeMap<usize, Ended> {
    let count = world.operations.len();
    let (mut engine, memory) = remember(world, params, start);
    engine.run_until(end);
    let ended = memory.ended();
    assert_eq!(ended.len(), count, "every operation ends");
    ended
}

/// Adds an operation.
pub(crate) fn ask(world: &mut World, at: Time, node: u32, command: Command) {
    world.operations.push(Operation { at, node: NodeIx::new(node), command });
}

/// The record called `name`.
pub(crate) fn put(name: u64) -> Command {
    Command::Put { key: Key::named(name), value: Value { version: 1, bytes: 100 } }
}

/// All names from `lo` to `hi`.
pub(crate) fn range(lo: u64, hi: u64) -> Command {
    Command::Range { lo, hi, limit: u32::MAX }
}

/// Stores records from `start` on, one every `gap`, at random nodes; says when that is over.
pub(crate) fn stock(world: &mut World, names: &[u64], start: Time, gap: Span) -> Time {
    let mut stream = Stream::new(world.seed, dhtlab_core::seed::Purpose::Workload, 1);
    let mut at = start;
    for name in names {
        let node = u32::try_from(stream.below(world.len() as u64)).expect("few nodes");
        ask(world, at, node, put(*name));
        at += gap;
    }
    at + Span::from_secs(10)
}

/// Session of one node: from, to, and whether it says good-bye; seconds and milliseconds.
pub(crate) type Life = (u64, u64, bool);

/// Never: for ends of sessions.
pub(crate) const NEVER: u64 = u64::MAX;

/// Gives every node one session, in milliseconds; those from 0 on are up at a warm start.
pub(crate) fn lives(world: &mut World, lives: &[Life]) {
    let mut sessions = Sessions::new();
    let at = |millis| Time::ZERO + Span::from_millis(millis);
    for (number, (up, down, graceful)) in (1..).zip(lives.iter().copied()) {
        let up = if up == 0 { Time::ZERO } else { at(up) + Span::from_nanos(number) };
        let down = if down == NEVER { Time::NEVER } else { at(down) };
        sessions.push_identity([Session { up, down, graceful }]);
    }
    world.sessions = sessions;
}

/// The hosts that hold each name, with the version held.
pub(crate) fn holders(engine: &Engine<Chord, Memory>) -> BTreeMap<u64, Vec<(NodeIx, u64)>> {
    let mut found: BTreeMap<u64, Vec<(NodeIx, u64)>> = BTreeMap::new();
    for node in (0..engine.world().len()).map(NodeIx::from_usize) {
        let Some(state) = engine.state(node) else { continue };
        state.records(Time::ZERO, &mut |key, value| {
            found.entry(key.name()).or_default().push((node, value.version));
        });
    }
    found
}

/// All virtual nodes of the hosts that pass, in the order of the ring.
pub(crate) fn ring(world: &World, each: u16, live: impl Fn(NodeIx) -> bool) -> Vec<Peer> {
    let hosts = (0..world.len()).map(NodeIx::from_usize).filter(|node| live(*node));
    let mut points: Vec<Peer> = hosts
        .filter(|node| world.roles[node.index()] == Role::Server)
        .flat_map(|node| (0..each).map(move |v| Peer::of(node, world.key_prefix(node), v)))
        .collect();
    points.sort_unstable();
    points
}

/// The owner of a place and those after it.
pub(crate) fn owners(ring: &[Peer], place: u64) -> impl Iterator<Item = Peer> {
    let first = ring.partition_point(|peer| peer.id < place);
    (0..ring.len()).map(move |step| ring[(first + step) % ring.len()])
}
