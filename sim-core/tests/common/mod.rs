//! A toy protocol for engine tests: a command makes its node ping a peer so many times in a row,
//! with a timeout and a bound on tries.

use std::sync::{Arc, Mutex};

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::group::Groups;
use dhtlab_core::link::Links;
use dhtlab_core::observe::{Found, Observer, Sight};
use dhtlab_core::record::{JoinRecord, OpRecord};
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_core::session::Sessions;
use dhtlab_core::world::{Operation, World};

/// How the toy behaves.
#[derive(Clone, Debug)]
pub(crate) struct ChainParams {
    pub(crate) rounds: u32,
    pub(crate) timeout: Span,
    pub(crate) tries: u32,
}

#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) bootstrap: Vec<NodeIx>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    op: OpId,
    peer: NodeIx,
    left: u32,
    tries: u32,
    failures: u32,
}

#[derive(Debug)]
pub(crate) enum ChainMessage {
    Ping,
    Pong,
}

impl Message for ChainMessage {
    const KINDS: &'static [&'static str] = &["ping", "pong"];
    fn kind(&self) -> u8 {
        matches!(self, Self::Pong).into()
    }
    fn digest(&self) -> u64 {
        self.kind().into()
    }
    fn exchange(&self) -> Option<Exchange> {
        Some(Exchange { number: 0, is_answer: matches!(self, Self::Pong) })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Retry;

impl Chain {
    fn ping(&mut self, ctx: &mut Ctx<'_, Self>) {
        let Some(running) = &mut self.running else { return };
        if running.tries == ctx.params().tries {
            return self.end(Outcome::TimedOut, ctx);
        }
        running.tries += 1;
        ctx.attribute(Cause::operation(running.op, Traffic::Lookup));
        ctx.send(running.peer, ChainMessage::Ping);
        let timeout = ctx.params().timeout;
        ctx.arm(Retry, timeout);
    }

    fn end(&mut self, outcome: Outcome, ctx: &mut Ctx<'_, Self>) {
        let Some(running) = self.running.take() else { return };
        ctx.disarm(Retry);
        let (requests, failures) = (running.tries, running.failures);
        let finish = Finish {
            found: &[running.peer],
            hops: 1,
            depth_max: 1,
            requests,
            failures,
            ..Finish::bare(outcome)
        };
        ctx.finish(running.op, &finish);
    }
}

impl Protocol for Chain {
    const NAME: &'static str = "chain";
    type Params = ChainParams;
    type Message = ChainMessage;
    type Timer = Retry;
    type Saved = ();

    fn boot(bootstrap: &[NodeIx], _: Option<()>, ctx: &mut Ctx<'_, Self>) -> Self {
        ctx.joined(true);
        Self { bootstrap: bootstrap.to_vec(), running: None }
    }

    fn warm(_: &WarmView<'_>, bootstrap: &[NodeIx], _: &mut Ctx<'_, Self>) -> Self {
        Self { bootstrap: bootstrap.to_vec(), running: None }
    }

    fn on_message(&mut self, from: NodeIx, message: ChainMessage, ctx: &mut Ctx<'_, Self>) {
        match (message, &mut self.running) {
            (ChainMessage::Ping, _) => ctx.send(from, ChainMessage::Pong),
            (ChainMessage::Pong, Some(running)) if running.left > 1 => {
                running.left -= 1;
                running.tries = 0;
                self.ping(ctx);
            }
            (ChainMessage::Pong, Some(_)) => self.end(Outcome::Done, ctx),
            (ChainMessage::Pong, None) => {}
        }
    }

    fn on_timer(&mut self, _: Retry, ctx: &mut Ctx<'_, Self>) {
        if let Some(running) = &mut self.running {
            running.failures += 1;
        }
        self.ping(ctx);
    }

    fn on_command(&mut self, op: OpId, _: Command, ctx: &mut Ctx<'_, Self>) {
        let rounds = ctx.params().rounds;
        let peer = self.bootstrap[ctx.rng().index(self.bootstrap.len())];
        self.running = Some(Running { op, peer, left: rounds, tries: 0, failures: 0 });
        self.ping(ctx);
    }

    fn save(self, _: &ChainParams) {}

    fn wire_len(_: &ChainParams, _: &ChainMessage) -> u32 {
        100
    }

    fn contacts(&self, visit: &mut dyn FnMut(NodeIx, ContactKind)) {
        for node in &self.bootstrap {
            visit(*node, ContactKind::Neighbour);
        }
    }
}

/// Everything that was recorded, from all shards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) ops: Arc<Mutex<Vec<OpRecord>>>,
    pub(crate) joins: Arc<Mutex<Vec<JoinRecord>>>,
}

impl Observer for Log {
    fn finished(&mut self, _: &Sight<'_>, record: &OpRecord, _: Found<'_>) {
        self.ops.lock().expect("no test panicked while it held the log").push(*record);
    }
    fn joined(&mut self, _: &Sight<'_>, record: &JoinRecord) {
        self.joins.lock().expect("no test panicked while it held the log").push(*record);
    }
}

impl Log {
    /// The operations that ended, by number.
    pub(crate) fn sorted(&self) -> Vec<OpRecord> {
        let mut ops = self.ops.lock().expect("no test panicked while it held the log").clone();
        ops.sort_by_key(|record| record.op);
        ops
    }
}

/// `nodes` nodes that are always up; each is asked once, one millisecond after the one before.
pub(crate) fn world(nodes: u32, links: Links, seed: u64) -> World {
    let mut stream = Stream::new(Seed(seed), Purpose::NodeKeys, 0);
    let keys: Vec<Key> =
        (0..nodes).map(|_| Key::from_words([0; 4].map(|_: u64| stream.next_u64()))).collect();
    let operations = (0..nodes).map(|node| Operation {
        at: Time::ZERO + Span::from_millis(u64::from(node)),
        node: NodeIx::new(node),
        command: Command::FindNode { target: Key::MIN },
    });
    World {
        seed: Seed(seed),
        prefixes: keys.iter().map(|key| key.prefix()).collect(),
        keys,
        roles: vec![Role::Server; nodes as usize],
        links,
        sessions: Sessions::always_up(nodes as usize),
        bootstrap: (0..nodes).map(NodeIx::new).collect(),
        doors: Vec::new(),
        operations: operations.collect(),
        items: Vec::new(),
        clock_errors: Vec::new(),
        groups: Groups::default(),
    }
}

/// An engine over `world` with a log.
pub(crate) fn engine(world: World, params: ChainParams, shards: u32) -> (Engine<Chain, Log>, Log) {
    let log = Log::default();
    (Engine::new(Arc::new(world), params, Start::Join, shards, |_| log.clone()), log)
}
