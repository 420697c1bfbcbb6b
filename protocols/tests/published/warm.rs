//! Warm networks: the tables the protocol itself fills, read back through `Protocol::contacts`, and
//! lookups that the engine runs on them.

use std::sync::{Arc, Mutex};

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::observe::{Found, Observer, Sight};
use dhtlab_core::oracle::Truth;
use dhtlab_core::record::{JoinRecord, OpRecord};
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_core::world::{Operation, World, WorldSpec};
use dhtlab_protocols::kademlia::{Kademlia, Params, Preset};

/// A round trip on the links of [`world`].
pub(crate) const ROUND_TRIP: Span = Span::from_millis(100);

/// `nodes` servers that are always up, 50 ms apart, asked to do nothing.
pub(crate) fn world(nodes: u32, seed: u64) -> World {
    let spec = WorldSpec::still(Seed(seed), nodes, Span::from_hours(1));
    World::draw(&spec).expect("a plain world")
}

/// rust-libp2p's walk as the independent model has it: requests without dials, no refresh.
pub(crate) fn plain(k: u32) -> Params {
    let mut params = Preset::find("rust-libp2p-0.49").expect("a preset").params();
    params.dial_round_trips = 0;
    params.refresh_interval = Span::ZERO;
    (params.k, params.replication, params.find_results, params.reply_contacts) = (k, k, k, k);
    params
}

/// A uniformly random key.
pub(crate) fn random_key(draw: &mut impl Draw) -> Key {
    Key::from_words([(); 4].map(|()| draw.next_u64()))
}

/// A stream for the choices of a test.
pub(crate) fn choices(seed: u64) -> Stream {
    Stream::new(Seed(seed), Purpose::Workload, 0)
}

/// The keys and tables of a warm network, frozen.
pub(crate) struct Tables {
    pub(crate) keys: Vec<Key>,
    first: Vec<usize>,
    contacts: Vec<NodeIx>,
}

impl Tables {
    /// The tables of `nodes` nodes with buckets of `k`.
    pub(crate) fn warm(nodes: u32, k: u32, seed: u64) -> Self {
        let engine: Engine<Kademlia, ()> =
            Engine::new(Arc::new(world(nodes, seed)), plain(k), Start::Warm, 1, |_| ());
        Self::of(&engine)
    }

    /// The tables of a network as they are now.
    pub(crate) fn of<O: Observer>(engine: &Engine<Kademlia, O>) -> Self {
        let world = engine.world();
        let mut tables = Self { keys: world.keys.clone(), first: vec![0], contacts: Vec::new() };
        for node in (0..world.len()).map(NodeIx::from_usize) {
            if let Some(state) = engine.state(node) {
                state.contacts(&mut |contact, _| tables.contacts.push(contact));
            }
            tables.first.push(tables.contacts.len());
        }
        tables
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The table of `node`.
    pub(crate) fn of_node(&self, node: NodeIx) -> &[NodeIx] {
        &self.contacts[self.first[node.index()]..self.first[node.index() + 1]]
    }

    pub(crate) fn random_node(&self, draw: &mut impl Draw) -> NodeIx {
        NodeIx::from_usize(draw.index(self.len()))
    }

    pub(crate) fn distance(&self, node: NodeIx, target: Key) -> Distance {
        self.keys[node.index()].distance(target)
    }

    /// The `count` of `nodes` that are closest to `target`, closest first.
    pub(crate) fn closest(
        &self,
        target: Key,
        count: usize,
        nodes: impl Iterator<Item = NodeIx>,
    ) -> Vec<NodeIx> {
        let mut all: Vec<(Distance, NodeIx)> =
            nodes.map(|node| (self.distance(node, target), node)).collect();
        if all.len() > count && count > 0 {
            all.select_nth_unstable(count - 1);
        }
        all.truncate(count);
        all.sort_unstable();
        all.into_iter().map(|(_, node)| node).collect()
    }

    /// The `count` contacts of `node` that are closest to `target`.
    pub(crate) fn known(&self, node: NodeIx, target: Key, count: usize) -> Vec<NodeIx> {
        self.closest(target, count, self.of_node(node).iter().copied())
    }
}

/// An operation that ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) record: OpRecord,
    pub(crate) found: Vec<NodeIx>,
    /// How long it took, in round trips.
    pub(crate) round_trips: f64,
}

/// What an observer saw, from all shards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<(Vec<Ended>, Vec<JoinRecord>)>>);

impl Log {
    /// The operations that ended, by number.
    pub(crate) fn operations(&self) -> Vec<Ended> {
        let mut ended = std::mem::take(&mut self.0.lock().expect("no test panicked").0);
        ended.sort_by_key(|ended| ended.record.op);
        ended
    }

    /// The joins that ended.
    pub(crate) fn joins(&self) -> Vec<JoinRecord> {
        self.0.lock().expect("no test panicked").1.clone()
    }
}

impl Observer for Log {
    fn finished(&mut self, sight: &Sight<'_>, record: &OpRecord, found: Found<'_>) {
        let issued = sight.world().operations[record.op.index()].at;
        let round_trips = record.at.since(issued).as_secs_f64() / ROUND_TRIP.as_secs_f64();
        let ended = Ended { record: *record, found: found.nodes.to_vec(), round_trips };
        self.0.lock().expect("no test panicked").0.push(ended);
    }

    fn joined(&mut self, _: &Sight<'_>, record: &JoinRecord) {
        self.0.lock().expect("no test panicked").1.push(*record);
    }
}

/// Asks `count` random nodes for random keys, `gap` apart from `start` on.
pub(crate) fn ask(world: &mut World, count: u32, start: Time, gap: Span) {
    let mut draw = choices(world.seed.0);
    for number in 0..count {
        let node = NodeIx::from_usize(draw.index(world.len()));
        let command = Command::FindNode { target: random_key(&mut draw) };
        world.operations.push(Operation { at: start + gap * u64::from(number), node, command });
    }
}

/// How many of `ended` found exactly the closest nodes there are, the asker left out.
pub(crate) fn exact(world: &World, ended: &[Ended], results: usize) -> usize {
    let truth = Truth::new(world);
    let mut closest = Vec::new();
    let is_exact = |ended: &&Ended| {
        let record = &ended.record;
        let target = world.operations[record.op.index()].command.key();
        truth.closest(target, results, |node| node != record.node, &mut closest);
        closest == ended.found
    };
    ended.iter().filter(is_exact).count()
}
