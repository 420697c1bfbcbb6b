//! Swarms to run: when their nodes join, what they are asked, and what came of it.
#![allow(dead_code, reason = "each test uses its own part")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::observe::{Found, Observer, Sight};
use dhtlab_core::record::{JoinRecord, OpRecord};
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::{Operation, World};
use dhtlab_protocols::hivemind::{Hivemind, Params, Preset};

use crate::common;

/// An operation that ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) record: OpRecord,
    pub(crate) nodes: Vec<NodeIx>,
    pub(crate) entries: Vec<Entry>,
}

/// What was reported.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) ops: Vec<Ended>,
    pub(crate) joins: Vec<JoinRecord>,
}

/// Collects what all shards emit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Seen>>);

impl Observer for Log {
    fn finished(&mut self, _: &Sight<'_>, record: &OpRecord, found: Found<'_>) {
        self.0.lock().expect("no test panicked").ops.push(Ended {
            record: *record,
            nodes: found.nodes.to_vec(),
            entries: found.entries.to_vec(),
        });
    }

    fn joined(&mut self, _: &Sight<'_>, record: &JoinRecord) {
        self.0.lock().expect("no test panicked").joins.push(*record);
    }
}

/// A swarm that is planned: links of 50 ms each way and nothing else that takes time.
pub(crate) struct Plan {
    pub(crate) world: World,
    pub(crate) params: Params,
    pub(crate) stream: Stream,
}

/// A swarm that ran or runs.
pub(crate) struct Run {
    pub(crate) engine: Engine<Hivemind, Log>,
    log: Log,
}

/// A preset's parameters.
pub(crate) fn preset(name: &str) -> Params {
    Preset::find(name).expect("a known preset").params()
}

/// `millis` after the start.
pub(crate) fn at(millis: u64) -> Time {
    Time::ZERO + Span::from_millis(millis)
}

/// The time between two joins of a swarm that grows node by node, in milliseconds.
pub(crate) const JOIN_GAP: u64 = 1_300;

impl Plan {
    /// `nodes` servers that join one after the other through node 0.
    pub(crate) fn sequential(nodes: u32, seed: u64) -> Self {
        Self::joining(nodes, seed, |node, _| u64::from(node) * JOIN_GAP)
    }

    /// `nodes` servers; `when` tells at which millisecond each joins.
    pub(crate) fn joining(
        nodes: u32,
        seed: u64,
        mut when: impl FnMut(u32, &mut Stream) -> u64,
    ) -> Self {
        let mut world = common::world(nodes, seed);
        let mut arrivals = Stream::new(world.seed, Purpose::Arrivals, 0);
        world.sessions = Sessions::new();
        for node in 0..nodes {
            let up = at(1 + when(node, &mut arrivals));
            world.sessions.push_identity([Session { up, down: Time::NEVER, graceful: false }]);
        }
        let stream = Stream::new(world.seed, Purpose::Workload, 0);
        Self { world, params: preset("hivemind-1.2"), stream }
    }

    /// `nodes` servers that join one after the other, each through a random one of those before it.
    pub(crate) fn grown(nodes: u32, seed: u64) -> Self {
        let mut plan = Self::sequential(nodes, seed);
        let mut stream = Stream::new(plan.world.seed, Purpose::Roles, 0);
        let mut door = |node: u32| -> Box<[NodeIx]> {
            (0..node.min(1)).map(|_| NodeIx::new(stream.below(u64::from(node)) as u32)).collect()
        };
        plan.world.doors = (0..nodes).map(&mut door).collect();
        plan
    }

    /// When a sequential swarm has been joined.
    pub(crate) fn joined_at(&self) -> u64 {
        (self.world.len() as u64 + 2) * JOIN_GAP
    }

    /// A random node.
    pub(crate) fn any_node(&mut self) -> NodeIx {
        NodeIx::from_usize(self.stream.index(self.world.len()))
    }

    /// A random key.
    pub(crate) fn any_key(&mut self) -> Key {
        common::random_key(&mut self.stream)
    }

    /// Asks `node` at millisecond `millis`; the number of the operation.
    pub(crate) fn ask(&mut self, millis: u64, node: NodeIx, command: Command) -> usize {
        self.world.operations.push(Operation { at: at(millis), node, command });
        self.world.operations.len() - 1
    }

    /// A batch of `items`.
    pub(crate) fn batch(&mut self, items: impl IntoIterator<Item = Item>) -> Batch {
        let first = self.world.items.len();
        self.world.items.extend(items);
        let count = self.world.items.len() - first;
        Batch::new(u32::try_from(first).expect("few"), u32::try_from(count).expect("few"))
    }

    /// Begins the run.
    pub(crate) fn start(self) -> Run {
        let log = Log::default();
        let world = Arc::new(self.world);
        let engine = Engine::new(world, self.params, Start::Join, 1, |_| log.clone());
        Run { engine, log }
    }

    /// Runs until millisecond `until`.
    pub(crate) fn run(self, until: u64) -> Run {
        let mut run = self.start();
        run.engine.run_until(at(until));
        run
    }
}

impl Run {
    /// What was reported, operations in order of number.
    pub(crate) fn seen(&self) -> Seen {
        let mut seen = self.log.0.lock().expect("no test panicked").clone();
        seen.ops.sort_by_key(|ended| ended.record.op);
        seen
    }

    /// How long operation number `op` took, in seconds.
    pub(crate) fn took(&self, ended: &Ended) -> f64 {
        let asked = self.engine.world().operations[ended.record.op.index()].at;
        ended.record.at.since(asked).as_secs_f64()
    }

    /// Who keeps a record in its storage under each key.
    pub(crate) fn holders(&self) -> BTreeMap<Key, Vec<NodeIx>> {
        let mut holders: BTreeMap<Key, Vec<NodeIx>> = BTreeMap::new();
        let now = self.engine.now();
        for node in (0..self.engine.world().len()).map(NodeIx::from_usize) {
            if let Some(state) = self.engine.state(node) {
                state.records(now, &mut |key, _| holders.entry(key).or_default().push(node));
            }
        }
        holders
    }

    /// The `count` nodes that are up and nearest to `key`, nearest first.
    pub(crate) fn nearest(&self, key: Key, count: usize) -> Vec<NodeIx> {
        let world = self.engine.world();
        let mut nodes: Vec<NodeIx> = (0..world.len())
            .map(NodeIx::from_usize)
            .filter(|node| self.engine.state(*node).is_some())
            .collect();
        nodes.sort_by_key(|node| world.key(*node).distance(key));
        nodes.truncate(count);
        nodes
    }
}

/// A count, to reckon with.
pub(crate) fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a small count"))
}

/// The mean of `values`.
pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        (sum, count) = (sum + value, count + 1.0);
    }
    sum / count
}

/// Is `value` within `percent` of `printed`, or, where figures are printed with two digits, within one
/// of the last?
#[track_caller]
pub(crate) fn close_to(what: &str, value: f64, printed: f64, percent: f64) {
    let off = (value - printed).abs();
    assert!(
        off <= printed * percent / 100.0 || off < 0.011,
        "{what}: {value:.3} instead of {printed}"
    );
}
