//! What the benches share: a protocol with next to no state of its own, to weigh the engine alone.

pub mod chord;
pub mod hivemind;
pub mod kademlia;

use std::sync::Arc;

use dhtlab_core::author::{
    Command, ContactKind, Ctx, Draw, Finish, Key, Message, NodeIx, OpId, Outcome, Protocol, Role,
    Span, Time, WarmView,
};
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::group::Groups;
use dhtlab_core::link::Links;
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_core::session::Sessions;
use dhtlab_core::world::{Operation, World};

/// A message loop: whoever is asked pings random nodes, one after the other, for ever, with a timeout
/// on each.
#[derive(Debug)]
pub struct Loop {
    pings: u64,
}

/// How the loop runs.
#[derive(Clone, Copy, Debug)]
pub struct LoopParams {
    /// Nodes to choose from.
    pub nodes: u32,
    /// The timeout of a ping.
    pub timeout: Span,
}

/// A ping or its answer.
#[derive(Clone, Copy, Debug)]
pub struct LoopMessage {
    answer: bool,
}

/// The timeout of the ping under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timeout;

impl Message for LoopMessage {
    const KINDS: &'static [&'static str] = &["ping", "pong"];
    fn kind(&self) -> u8 {
        u8::from(self.answer)
    }
    fn digest(&self) -> u64 {
        u64::from(self.answer)
    }
}

impl Loop {
    fn ping(&mut self, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let peer = NodeIx::from_usize(ctx.rng().index(params.nodes as usize));
        self.pings += 1;
        ctx.send(peer, LoopMessage { answer: false });
        ctx.arm(Timeout, params.timeout);
    }
}

impl Protocol for Loop {
    const NAME: &'static str = "loop";
    type Params = LoopParams;
    type Message = LoopMessage;
    type Timer = Timeout;
    type Saved = ();

    fn boot(_: &[NodeIx], _: Option<()>, _: &mut Ctx<'_, Self>) -> Self {
        Self { pings: 0 }
    }
    fn warm(_: &WarmView<'_>, _: &[NodeIx], _: &mut Ctx<'_, Self>) -> Self {
        Self { pings: 0 }
    }
    fn on_message(&mut self, from: NodeIx, message: LoopMessage, ctx: &mut Ctx<'_, Self>) {
        if message.answer { self.ping(ctx) } else { ctx.send(from, LoopMessage { answer: true }) }
    }
    fn on_timer(&mut self, _: Timeout, ctx: &mut Ctx<'_, Self>) {
        self.ping(ctx);
    }
    fn on_command(&mut self, op: OpId, _: Command, ctx: &mut Ctx<'_, Self>) {
        ctx.finish(op, &Finish::bare(Outcome::Done));
        self.ping(ctx);
    }
    fn save(self, _: &LoopParams) {}
    fn wire_len(_: &LoopParams, _: &LoopMessage) -> u32 {
        64
    }
    fn contacts(&self, _: &mut dyn FnMut(NodeIx, ContactKind)) {}
}

/// A world of `nodes` static nodes with links of one delay, each tenth of which is asked once in the
/// first 100 ms.
pub fn loop_world(nodes: u32, links: Links) -> World {
    let mut stream = Stream::new(Seed(1), Purpose::NodeKeys, 0);
    let keys: Vec<Key> =
        (0..nodes).map(|_| Key::from_words([0; 4].map(|_: u64| stream.next_u64()))).collect();
    let operations = (0..nodes / 10).map(|walker| Operation {
        at: Time::from_nanos(u64::from(walker) * 1_000_000_000 / u64::from(nodes)),
        node: NodeIx::new(walker * 10),
        command: Command::FindNode { target: Key::MIN },
    });
    World {
        seed: Seed(1),
        prefixes: keys.iter().map(|key| key.prefix()).collect(),
        keys,
        roles: vec![Role::Server; nodes as usize],
        links,
        sessions: Sessions::always_up(nodes as usize),
        bootstrap: Vec::new(),
        doors: Vec::new(),
        operations: operations.collect(),
        items: Vec::new(),
        clock_errors: Vec::new(),
        groups: Groups::default(),
    }
}

/// The message loop, started.
pub fn loop_engine(nodes: u32, shards: u32) -> Engine<Loop, ()> {
    let links = Links::constant(Span::from_millis(50));
    let params = LoopParams { nodes, timeout: Span::from_secs(3) };
    let mut engine =
        Engine::new(Arc::new(loop_world(nodes, links)), params, Start::Warm, shards, |_| ());
    engine.run_until(Time::ZERO + Span::from_secs(4));
    engine
}
