//! A greedy walk over contacts met by chance: the smallest protocol that finds anybody.
//!
//! `docs/tutorial/your-own-protocol.md` writes this file step by step; a test holds the two together.

use std::collections::BTreeMap;

use arrayvec::ArrayVec;
use dhtlab_core::author::{
    Cause, Command, ContactKind, Ctx, Distance, Draw as _, Exchange, Finish, Key,
    Message as CoreMessage, NodeIx, OpId, Outcome, Protocol, Role, Span, digest_of, kinds,
};

use crate::params::{Preset, fields};

/// What a run fixes for all nodes.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "said below, in the words that users read")]
pub struct Params {
    pub contacts: u32,
    pub near: u32,
    pub steps: u32,
    pub timeout: Span,
}

const OWN: &str = "dhtlab's tutorial";

fields! { Params, PRESETS:
    contacts: count(1, 1_024), "a node keeps so many contacts at most", OWN;
    near: count(0, 1_024), "so many of them are those nearest to its own key; chance chooses the others", OWN;
    steps: count(1, 200), "a walk ends after so many requests, wherever it is", OWN;
    timeout: span(Span::from_millis(1)), "a contact that is silent for so long is forgotten", OWN;
}

/// All presets.
pub const PRESETS: &[Preset<Params>] = &[Preset {
    name: "default",
    summary: "32 contacts, half of them near, 20 steps of a second at most",
    source: OWN,
    build: || Params { contacts: 32, near: 16, steps: 20, timeout: Span::from_secs(1) },
}];

/// The most contacts in an answer.
const ANSWER_MAX: usize = 8;

/// What travels. An answer repeats the number of its request.
#[derive(Clone, Debug, Hash)]
#[expect(missing_docs, reason = "each variant is a sentence about its fields")]
pub enum Message {
    /// Who is near `key`? A `server` would answer this itself.
    Ask { rpc: u32, key: Key, server: bool },
    /// These `nodes` are, nearest first.
    Near { rpc: u32, nodes: ArrayVec<NodeIx, ANSWER_MAX> },
}

impl CoreMessage for Message {
    kinds!(Ask = "ask", Near = "near");

    fn digest(&self) -> u64 {
        digest_of(self)
    }

    fn exchange(&self) -> Option<Exchange> {
        let (Self::Ask { rpc, .. } | Self::Near { rpc, .. }) = self;
        Some(Exchange { number: *rpc, is_answer: matches!(self, Self::Near { .. }) })
    }
}

/// One node.
#[derive(Debug, Default)]
pub struct Walk {
    bootstrap: Vec<NodeIx>,
    contacts: Vec<NodeIx>,
    /// Walks under way, by the request that each waits for.
    waiting: BTreeMap<Request, Search>,
    requests: u32,
}

/// A request under way: its number, and who is asked. It is also the only timer: no answer in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request(u32, NodeIx);

/// A walk to `key`.
#[derive(Debug)]
struct Search {
    /// The operation it serves; `None` for a join.
    op: Option<OpId>,
    key: Key,
    cause: Cause,
    /// Who may be asked next, nearest first.
    ahead: BTreeMap<Distance, NodeIx>,
    /// Where it has come to: who answered last.
    end: Option<NodeIx>,
    /// What is known so far of what will be reported.
    report: Finish<'static>,
}

impl Walk {
    /// Makes a contact of `node`. If that is one too many, one that is not near has to go.
    fn meet(&mut self, node: NodeIx, ctx: &mut Ctx<'_, Self>) {
        if node == ctx.me() || self.contacts.contains(&node) {
            return;
        }
        self.contacts.push(node);
        let (most, own) = (ctx.params().contacts as usize, ctx.key(ctx.me()));
        if self.contacts.len() > most {
            self.contacts.sort_unstable_by_key(|node| ctx.key(*node).distance(own));
            let near = most.min(ctx.params().near as usize);
            self.contacts.remove(near + ctx.rng().index(most + 1 - near));
        }
    }

    /// Starts a walk from the own contacts, or from the bootstrap nodes if there are none.
    fn begin(&mut self, op: Option<OpId>, key: Key, ctx: &mut Ctx<'_, Self>) {
        let start = if self.contacts.is_empty() { &self.bootstrap } else { &self.contacts };
        let ahead = start.iter().map(|node| (ctx.key(*node).distance(key), *node)).collect();
        let outcome = if start.is_empty() { Outcome::NoContacts } else { Outcome::TimedOut };
        let (cause, report) = (ctx.cause(), Finish::bare(outcome));
        self.step(Search { op, key, cause, ahead, end: None, report }, ctx);
    }

    /// Asks the nearest ahead. If there is nobody, the walk has arrived.
    fn step(&mut self, mut search: Search, ctx: &mut Ctx<'_, Self>) {
        let more = search.report.requests < ctx.params().steps;
        if let Some((_, peer)) = search.ahead.pop_first().filter(|_| more) {
            search.report.requests += 1;
            search.report.depth_max = search.report.hops + 1;
            self.requests += 1;
            let (rpc, server) = (self.requests, ctx.role() == Role::Server);
            ctx.send(peer, Message::Ask { rpc, key: search.key, server });
            ctx.arm(Request(rpc, peer), ctx.params().timeout);
            self.waiting.insert(Request(rpc, peer), search);
        } else if let Some(op) = search.op {
            ctx.finish(op, &Finish { found: search.end.as_slice(), ..search.report });
        } else {
            ctx.joined(search.end.is_some() || ctx.is_bootstrap());
        }
    }

    /// Goes to `from`, who names `nodes`. From there a search goes on to those who are nearer; a join to
    /// all whom the node does not know yet, so that everybody around gets to know the newcomer.
    fn go(&mut self, mut search: Search, from: NodeIx, nodes: &[NodeIx], ctx: &mut Ctx<'_, Self>) {
        search.end = Some(from);
        search.report.outcome = Outcome::Done;
        search.report.hops += 1;
        search.report.successes += 1;
        let (key, join) = (search.key, search.op.is_none());
        let away = |node: NodeIx| ctx.key(node).distance(key);
        search.ahead.extend(nodes.iter().map(|node| (away(*node), *node)));
        search.ahead.retain(|distance, node| {
            let on = if join { !self.contacts.contains(node) } else { *distance < away(from) };
            on && *node != ctx.me()
        });
        self.step(search, ctx);
    }
}

impl Protocol for Walk {
    const NAME: &'static str = "walk";
    type Params = Params;
    type Message = Message;
    type Timer = Request;
    type Saved = ();

    fn boot(bootstrap: &[NodeIx], _: Option<()>, ctx: &mut Ctx<'_, Self>) -> Self {
        let mut node = Self { bootstrap: bootstrap.to_vec(), ..Self::default() };
        node.begin(None, ctx.key(ctx.me()), ctx);
        node
    }

    fn on_message(&mut self, from: NodeIx, message: Message, ctx: &mut Ctx<'_, Self>) {
        match message {
            Message::Ask { .. } if ctx.role() == Role::Client => {}
            Message::Ask { rpc, key, server } => {
                let mut nodes = self.contacts.clone();
                nodes.sort_unstable_by_key(|node| ctx.key(*node).distance(key));
                let others = nodes.into_iter().filter(|node| *node != from);
                ctx.send(from, Message::Near { rpc, nodes: others.take(ANSWER_MAX).collect() });
                if server {
                    self.meet(from, ctx);
                }
            }
            Message::Near { rpc, nodes } => {
                self.meet(from, ctx);
                let request = Request(rpc, from);
                if let Some(search) = self.waiting.remove(&request) {
                    ctx.disarm(request);
                    self.go(search, from, &nodes, ctx);
                }
            }
        }
    }

    fn on_timer(&mut self, request: Request, ctx: &mut Ctx<'_, Self>) {
        let Some(mut search) = self.waiting.remove(&request) else { return };
        search.report.failures += 1;
        self.contacts.retain(|node| *node != request.1);
        ctx.attribute(search.cause);
        self.step(search, ctx);
    }

    fn on_command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>) {
        match command {
            Command::FindNode { target } => self.begin(Some(op), target, ctx),
            _ => ctx.finish(op, &Finish::bare(Outcome::Unsupported)),
        }
    }

    fn save(self, _: &Params) {}

    fn wire_len(_: &Params, message: &Message) -> u32 {
        // UDP and IP, kind and number, the sender's key; a contact is a key, an address and a port.
        const HEAD: u32 = 28 + 1 + 4 + 32;
        const CONTACT: u32 = 32 + 4 + 2;
        match message {
            Message::Ask { .. } => HEAD + 32 + 1,
            Message::Near { nodes, .. } => HEAD + 1 + nodes.iter().map(|_| CONTACT).sum::<u32>(),
        }
    }

    fn contacts(&self, visit: &mut dyn FnMut(NodeIx, ContactKind)) {
        self.contacts.iter().for_each(|node| visit(*node, ContactKind::Neighbour));
    }
}
