//! The engine: shards that run alone in windows, and what happens between the windows.
//!
//! Nodes share nothing but messages, so what matters is the order of events at each node, and that is
//! the order of their keys. A window is no longer than the smallest delay between two shards: nothing
//! that a shard does inside a window can reach another one before the window ends. Stretches in which
//! nothing happens are skipped. With one shard a window is as long as the caller's step.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::cause::Traffic;
use crate::control::{Action, ControlPlane};
use crate::digest::Digest;
use crate::link::Links;
use crate::members::Members;
use crate::node::NodeIx;
use crate::observe::{Observer, Sight};
use crate::op::OpId;
use crate::protocol::{KINDS_MAX, Protocol, Role};
use crate::reach::Reach;
use crate::record::{Count, Load, OpCost, Tally};
use crate::seed::{Draw, Purpose, Stream};
use crate::shard::Shard;
use crate::sink::{Parcel, Shared};
use crate::time::{Span, Time};
use crate::warm::WarmView;
use crate::world::World;

/// How a run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Every node boots by messages at the time its trace says.
    Join,
    /// Nodes that are up at the start have the tables an ideal join would have left them.
    Warm,
}

/// One protocol in one world.
pub struct Engine<P: Protocol, O: Observer> {
    world: Arc<World>,
    params: P::Params,
    shards: Vec<Shard<P, O>>,
    firsts: Vec<u32>,
    reach: Reach,
    held_down: Members,
    saved_forgotten: u32,
    link_salt: u64,
    now: Time,
    lookahead: Span,
    threads: Option<rayon::ThreadPool>,
}

/// The smallest delay between two of the ranges that begin at `firsts`.
fn smallest_gap(links: &Links, firsts: &[u32], nodes: u32) -> Span {
    let range = |i: usize| firsts[i]..firsts.get(i + 1).copied().unwrap_or(nodes);
    let pairs = (0..firsts.len())
        .flat_map(|a| (0..firsts.len()).filter(move |b| *b != a).map(move |b| (a, b)));
    pairs.map(|(a, b)| links.floor_between(range(a), range(b))).min().unwrap_or(Span::MAX)
}

/// Where shards begin: as many as asked for, or one where the links leave no window between them.
fn lay_out(links: &Links, nodes: u32, shards: u32) -> (Vec<u32>, Span) {
    let shards = shards.clamp(1, nodes.max(1));
    let mut firsts = vec![0];
    firsts.extend(links.cuts(nodes, shards));
    firsts.dedup();
    match smallest_gap(links, &firsts, nodes) {
        Span::ZERO => (vec![0], Span::MAX),
        gap => (firsts, gap),
    }
}

/// What shards may read, borrowed field by field so that the shards themselves stay free.
macro_rules! shared {
    ($engine:ident) => {
        Shared {
            world: &$engine.world,
            params: &$engine.params,
            reach: &$engine.reach,
            held_down: &$engine.held_down,
            saved_forgotten: $engine.saved_forgotten > 0,
            firsts: &$engine.firsts,
            link_salt: $engine.link_salt,
        }
    };
}

impl<P: Protocol, O: Observer> Engine<P, O> {
    /// Puts protocol `P` with `params` into `world`, on up to `shards` threads (fewer when the links
    /// allow a delay of zero between shards); `observer` makes the observer of each shard.
    ///
    /// # Panics
    /// When the operating system refuses to start threads.
    pub fn new(
        world: Arc<World>,
        params: P::Params,
        start: Start,
        shards: u32,
        observer: impl FnMut(usize) -> O,
    ) -> Self {
        let nodes = u32::try_from(world.len()).expect("more than 2^32 node identities");
        let (firsts, lookahead) = lay_out(&world.links, nodes, shards);
        let count = firsts.len();
        let ends = firsts.iter().skip(1).copied().chain([nodes]);
        let ranges: Vec<std::ops::Range<u32>> =
            firsts.iter().zip(ends).map(|(first, end)| *first..end).collect();
        let shards = ranges.into_iter().zip((0..count).map(observer));
        let shards =
            shards.map(|(range, observer)| Shard::new(&world, range, count, observer)).collect();
        let threads = (count > 1).then(|| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
            pool.expect("threads could not be started")
        });
        let mut engine = Self {
            held_down: Members::none(world.len()),
            saved_forgotten: 0,
            link_salt: Stream::new(world.seed, Purpose::Links, 0).next_u64(),
            world,
            params,
            shards,
            firsts,
            reach: Reach::default(),
            now: Time::ZERO,
            lookahead,
            threads,
        };
        engine.start(start);
        engine
    }

    fn start(&mut self, start: Start) {
        let world = Arc::clone(&self.world);
        let order = match start {
            Start::Join => Vec::new(),
            Start::Warm => servers_by_key(&world),
        };
        let prefixes: Vec<u64> = order.iter().map(|node| world.key_prefix(*node)).collect();
        let ring = OnceLock::new();
        let view = WarmView::new(&world.keys, &order, &prefixes, &ring);
        let warm = (start == Start::Warm).then_some(&view);
        self.each_shard(|shard, shared| shard.start(shared, warm));
    }

    /// Runs `work` on every shard, side by side if there are several.
    fn each_shard(&mut self, work: impl Fn(&mut Shard<P, O>, &Shared<'_, P>) + Sync) {
        let shared = shared!(self);
        match &self.threads {
            None => self.shards.iter_mut().for_each(|shard| work(shard, &shared)),
            Some(pool) => {
                let shards = &mut self.shards;
                pool.install(|| shards.par_iter_mut().for_each(|shard| work(shard, &shared)));
            }
        }
    }

    /// Runs until `until`: afterwards everything earlier has happened and nothing later.
    ///
    /// # Panics
    /// When `until` is past.
    pub fn run_until(&mut self, until: Time) {
        assert!(until >= self.now, "time runs one way");
        while let Some(edge) = self.next_edge(until) {
            self.each_shard(|shard, shared| shard.run_before(shared, edge));
            self.exchange();
        }
        self.now = until;
    }

    /// The end of the next window in which something may happen before `until`.
    fn next_edge(&self, until: Time) -> Option<Time> {
        let from = self.shards.iter().map(|shard| shard.lower_bound(&self.world)).min()?;
        (from < until).then(|| from.saturating_add(self.lookahead).min(until))
    }

    /// Hands the parcels over; they are opened when the next window begins.
    fn exchange(&mut self) {
        for from in 0..self.shards.len() {
            for to in 0..self.shards.len() {
                if from != to {
                    let mut parcel =
                        std::mem::replace(&mut self.shards[from].sink.outbox[to], Parcel::new());
                    let inbox = &mut self.shards[to].inbox[from];
                    if inbox.messages.is_empty() {
                        std::mem::swap(inbox, &mut parcel);
                    }
                    inbox.append(&mut parcel);
                    self.shards[from].sink.outbox[to] = parcel;
                }
            }
        }
    }

    /// Lets a fault act, now. Its changes of life-cycle take place at once, in the order it made them.
    pub fn control<R>(&mut self, act: impl FnOnce(&mut ControlPlane<'_>) -> R) -> R {
        let live = self.live();
        let mut plane = ControlPlane {
            now: self.now,
            world: &self.world,
            live: &live,
            reach: &mut self.reach,
            saved_forgotten: &mut self.saved_forgotten,
            actions: Vec::new(),
        };
        let result = act(&mut plane);
        let actions = plane.actions;
        for action in actions {
            self.carry_out(action);
        }
        self.exchange();
        result
    }

    fn carry_out(&mut self, action: Action) {
        let (node, boots) = match action {
            Action::HoldDown(node) => {
                self.held_down.insert(node);
                (node, false)
            }
            Action::Release(node) => {
                let held = self.held_down.remove(node);
                (node, held && self.world.sessions.up_at(node, self.now))
            }
        };
        let (shard, now) = (self.shard_of(node), self.now);
        let shared = shared!(self);
        if boots {
            self.shards[shard].open(&shared, node, now, None);
        } else if self.held_down.contains(node) {
            self.shards[shard].close(&shared, node, now, false);
        }
    }

    fn shard_of(&self, node: NodeIx) -> usize {
        self.firsts.partition_point(|first| *first <= node.get()) - 1
    }

    /// The simulated time up to which everything has happened.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The world of the run.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The number of shards in use.
    pub const fn shard_count(&self) -> usize {
        self.shards.len()
    }

    /// The digest of everything so far.
    pub fn digest(&self) -> Digest {
        self.shards.iter().map(Shard::digest).fold(Digest::default(), Digest::merge)
    }

    /// What has happened so far, in numbers.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for shard in &self.shards {
            tally.add(&shard.sink.tally);
        }
        tally
    }

    /// Messages and bytes by kind and purpose since the last call.
    pub fn take_traffic(&mut self) -> [[Count; Traffic::COUNT]; KINDS_MAX] {
        let mut total = [[Count::default(); Traffic::COUNT]; KINDS_MAX];
        for shard in &mut self.shards {
            let none = [[Count::default(); Traffic::COUNT]; KINDS_MAX];
            let taken = std::mem::replace(&mut shard.sink.traffic, none);
            for (sum, part) in total.iter_mut().flatten().zip(taken.iter().flatten()) {
                sum.messages += part.messages;
                sum.bytes += part.bytes;
            }
        }
        total
    }

    /// What operation `op` has cost so far, over all nodes.
    pub fn cost(&self, op: OpId) -> OpCost {
        self.shards.iter().map(|shard| shard.sink.costs[op.index()]).fold(
            OpCost::default(),
            |sum, part| OpCost {
                messages: sum.messages + part.messages,
                bytes: sum.bytes.saturating_add(part.bytes),
            },
        )
    }

    /// What `node` has carried so far.
    pub fn load(&self, node: NodeIx) -> Load {
        let sink = &self.shards[self.shard_of(node)].sink;
        sink.hot[sink.local(node)].load
    }

    /// The time `node` has been up so far.
    pub fn uptime(&self, node: NodeIx) -> Span {
        Span::from_nanos(self.shards[self.shard_of(node)].uptime(node, self.now))
    }

    /// The nodes that are up now.
    pub fn live(&self) -> Members {
        let shards = self.shards.iter();
        let live = shards.flat_map(|shard| shard.nodes().filter(|node| shard.is_up(*node)));
        Members::of(self.world.len(), live)
    }

    /// The state of `node`, if it is up; for observers, never for protocols.
    pub fn state(&self, node: NodeIx) -> Option<&P> {
        self.shards[self.shard_of(node)].state(node)
    }

    /// Events waiting in the queues.
    pub fn pending(&self) -> usize {
        self.shards.iter().map(|shard| shard.sink.queue.len()).sum()
    }

    /// The observers of all shards.
    pub fn observers(&self) -> impl Iterator<Item = &O> {
        self.shards.iter().map(|shard| &shard.observer)
    }

    /// The observers, shard by shard, to take out what they collected.
    pub fn observers_mut(&mut self) -> impl Iterator<Item = &mut O> {
        self.shards.iter_mut().map(|shard| &mut shard.observer)
    }

    /// The truth as observers see it; for the time since the last fault acted.
    pub fn sight(&self) -> Sight<'_> {
        Sight { world: &self.world, held_down: &self.held_down }
    }

    /// Ends the run and hands over the observers, shard by shard.
    pub fn into_observers(self) -> impl Iterator<Item = O> {
        self.shards.into_iter().map(|shard| shard.observer)
    }
}

/// The servers that are up at the start, sorted by key.
fn servers_by_key(world: &World) -> Vec<NodeIx> {
    let all = (0..world.len()).map(NodeIx::from_usize);
    let mut order: Vec<NodeIx> = all
        .filter(|node| world.role(*node) == Role::Server && world.sessions.up_at(*node, Time::ZERO))
        .collect();
    order.sort_unstable_by_key(|node| world.key(*node));
    order
}

impl<P: Protocol, O: Observer> fmt::Debug for Engine<P, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("protocol", &P::NAME)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}
