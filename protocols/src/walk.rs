//! A greedy walk over contacts met by chance: the smallest protocol that finds, stores and reads.
//!
//! `docs/tutorial/your-own-protocol.md` writes this file step by step; a test holds the two together.

use std::collections::BTreeMap;

use arrayvec::ArrayVec;
use dhtlab_core::author::{
    Cause, Command, ContactKind, Ctx, Draw as _, Exchange, Finish, Key, Message as CoreMessage,
    NodeIx, OpId, Outcome, Protocol, Role, Span, Time, Traffic, Value, WarmView, mix_pair,
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
/// The most records of a node. It is silent about more.
const RECORDS_MAX: usize = 65_536;

/// What travels. An answer repeats the number of its request.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is a sentence about its fields")]
pub enum Message {
    /// Who is near `key`, and what do you keep under it? A `server` would answer this itself.
    Ask { rpc: u32, key: Key, server: bool },
    /// These `nodes` are, nearest first, and I keep this `value`, if any.
    Near { rpc: u32, nodes: ArrayVec<NodeIx, ANSWER_MAX>, value: Option<Value> },
    /// Keep `value` under `key`.
    Keep { rpc: u32, key: Key, value: Value },
    /// I do.
    Kept { rpc: u32 },
}

impl CoreMessage for Message {
    const KINDS: &'static [&'static str] = &["ask", "near", "keep", "kept"];

    fn exchange(&self) -> Option<Exchange> {
        let (Self::Ask { rpc, .. }
        | Self::Near { rpc, .. }
        | Self::Keep { rpc, .. }
        | Self::Kept { rpc }) = self;
        let is_answer = matches!(self, Self::Near { .. } | Self::Kept { .. });
        Some(Exchange { number: *rpc, is_answer })
    }

    fn names(&self, visit: &mut dyn FnMut(NodeIx)) {
        if let Self::Near { nodes, .. } = self {
            nodes.iter().for_each(|node| visit(*node));
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Ask { .. } => 0,
            Self::Near { .. } => 1,
            Self::Keep { .. } => 2,
            Self::Kept { .. } => 3,
        }
    }

    fn digest(&self) -> u64 {
        let fold = |hash, word| mix_pair(u64::from(self.kind()), hash, word);
        let words = |value: &Value| [value.version, u64::from(value.bytes)];
        match self {
            Self::Ask { rpc, key, server } => {
                key.words().into_iter().chain([u64::from(*server)]).fold(u64::from(*rpc), fold)
            }
            Self::Near { rpc, nodes, value } => {
                let nodes = nodes.iter().map(|node| u64::from(node.get())).chain([u64::MAX]);
                nodes.chain(value.iter().flat_map(words)).fold(u64::from(*rpc), fold)
            }
            Self::Keep { rpc, key, value } => {
                key.words().into_iter().chain(words(value)).fold(u64::from(*rpc), fold)
            }
            Self::Kept { rpc } => fold(0, u64::from(*rpc)),
        }
    }
}

/// A walk under way. It waits for one answer at a time.
#[derive(Debug)]
struct Search {
    /// The operation it serves; `None` for a join.
    job: Option<(OpId, Command)>,
    key: Key,
    cause: Cause,
    /// Who may be asked next, with its depth: 1 for own contacts, one more for whom these name.
    ahead: Vec<(NodeIx, u8)>,
    /// Everybody who ever was ahead.
    heard_of: Vec<NodeIx>,
    /// Who is being asked.
    asked: (NodeIx, u8),
    /// The nearest that answered.
    best: Option<(NodeIx, u8)>,
    requests: u32,
    answers: u32,
}

/// One node.
#[derive(Debug)]
pub struct Walk {
    bootstrap: Vec<NodeIx>,
    contacts: Vec<NodeIx>,
    records: BTreeMap<Key, Value>,
    /// Walks, by the number of the request that each waits for.
    searches: BTreeMap<u32, Search>,
    rpc: u32,
}

/// The only timer: the request with this number was not answered in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Silence(u32);

impl Walk {
    fn new(bootstrap: &[NodeIx], saved: Option<<Self as Protocol>::Saved>) -> Self {
        let (contacts, records) = saved.unwrap_or_default();
        let searches = BTreeMap::new();
        Self { bootstrap: bootstrap.to_vec(), contacts, records, searches, rpc: 0 }
    }

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

    /// Starts a walk to `key` from the own contacts, or from the bootstrap nodes if there are none.
    fn begin(&mut self, job: Option<(OpId, Command)>, key: Key, ctx: &mut Ctx<'_, Self>) {
        let start = if self.contacts.is_empty() { &self.bootstrap } else { &self.contacts };
        let (ahead, heard_of) = (start.iter().map(|node| (*node, 1)).collect(), start.clone());
        let (cause, asked, best) = (ctx.cause(), (ctx.me(), 0), None);
        let search =
            Search { job, key, cause, ahead, heard_of, asked, best, requests: 0, answers: 0 };
        self.step(search, ctx);
    }

    /// Goes to the nearest contact ahead if that is nearer than the best so far; else it has arrived. A
    /// join goes on while it has steps, so that everybody around gets to know the newcomer.
    fn step(&mut self, mut search: Search, ctx: &mut Ctx<'_, Self>) {
        let (key, server) = (search.key, ctx.role() == Role::Server);
        let away = |node| ctx.key(node).distance(key);
        search.ahead.sort_unstable_by_key(|(node, _)| std::cmp::Reverse(away(*node)));
        let nearer = |next: &(NodeIx, u8)| search.best.is_none_or(|b| away(next.0) < away(b.0));
        let goes_on = |next: &(NodeIx, u8)| search.job.is_none() || nearer(next);
        let more = search.requests < ctx.params().steps;
        match search.ahead.pop().filter(|next| more && goes_on(next)) {
            Some(next) => self.ask(search, next, |rpc| Message::Ask { rpc, key, server }, ctx),
            None => self.arrive(search, ctx),
        }
    }

    /// Sends a request to `asked` and lets the walk wait for the answer.
    fn ask(
        &mut self,
        search: Search,
        asked: (NodeIx, u8),
        request: impl FnOnce(u32) -> Message,
        ctx: &mut Ctx<'_, Self>,
    ) {
        self.rpc += 1;
        let requests = search.requests + 1;
        self.searches.insert(self.rpc, Search { asked, requests, ..search });
        ctx.arm(Silence(self.rpc), ctx.params().timeout);
        ctx.send(asked.0, request(self.rpc));
    }

    /// The walk found nobody nearer. A record is kept there or here, whichever is nearer to its key.
    fn arrive(&mut self, search: Search, ctx: &mut Ctx<'_, Self>) {
        let away = |node| ctx.key(node).distance(search.key);
        match (search.job, search.best) {
            (Some((_, Command::Put { key, value })), Some(end)) if away(end.0) < away(ctx.me()) => {
                ctx.attribute(search.cause.serving(Traffic::Store));
                self.ask(search, end, |rpc| Message::Keep { rpc, key, value }, ctx);
            }
            (_, None) if search.requests > 0 => finish(&search, Outcome::TimedOut, None, ctx),
            (Some((_, Command::Put { key, value })), _) => {
                self.records.insert(key, value);
                finish(&search, Outcome::Done, None, ctx);
            }
            (_, None) => finish(&search, Outcome::NoContacts, None, ctx),
            (Some((_, Command::Get { .. })), _) => finish(&search, Outcome::NotFound, None, ctx),
            _ => finish(&search, Outcome::Done, None, ctx),
        }
    }

    /// The walk that waited for answer `rpc` from `from`; `None` if it no longer does, or never did.
    fn answered(&mut self, rpc: u32, from: NodeIx, ctx: &mut Ctx<'_, Self>) -> Option<Search> {
        self.searches.get(&rpc).filter(|search| search.asked.0 == from)?;
        ctx.disarm(Silence(rpc));
        let search = self.searches.remove(&rpc)?;
        Some(Search { answers: search.answers + 1, ..search })
    }

    /// An answer came: the walk is there now, and looks on from what it hears.
    fn on_near(
        &mut self,
        mut search: Search,
        nodes: &[NodeIx],
        value: Option<Value>,
        ctx: &mut Ctx<'_, Self>,
    ) {
        search.best = Some(search.asked);
        if value.is_some() && matches!(search.job, Some((_, Command::Get { .. }))) {
            return finish(&search, Outcome::Done, value, ctx);
        }
        for node in nodes.iter().copied().filter(|node| *node != ctx.me()) {
            if !search.heard_of.contains(&node) {
                search.heard_of.push(node);
                search.ahead.push((node, search.asked.1.saturating_add(1)));
            }
        }
        if search.job.is_none() {
            for node in nodes {
                self.meet(*node, ctx);
            }
        }
        self.step(search, ctx);
    }
}

/// Reports how a walk ended.
fn finish(search: &Search, outcome: Outcome, value: Option<Value>, ctx: &mut Ctx<'_, Walk>) {
    let Some((op, _)) = search.job else {
        return ctx.joined(search.best.is_some() || ctx.is_bootstrap());
    };
    let end = Finish {
        found: search.best.as_ref().map(|(node, _)| node).map_or(&[], std::slice::from_ref),
        value,
        hops: search.best.map_or(0, |(_, depth)| depth),
        depth_max: search.asked.1,
        requests: search.requests,
        successes: search.answers,
        failures: search.requests - search.answers,
        ..Finish::bare(outcome)
    };
    ctx.finish(op, &end);
}

impl Protocol for Walk {
    const NAME: &'static str = "walk";
    type Params = Params;
    type Message = Message;
    type Timer = Silence;
    type Saved = (Vec<NodeIx>, BTreeMap<Key, Value>);

    fn boot(bootstrap: &[NodeIx], saved: Option<Self::Saved>, ctx: &mut Ctx<'_, Self>) -> Self {
        let mut node = Self::new(bootstrap, saved);
        node.begin(None, ctx.key(ctx.me()), ctx);
        node
    }

    fn warm(overlay: &WarmView<'_>, bootstrap: &[NodeIx], ctx: &mut Ctx<'_, Self>) -> Self {
        let mut node = Self::new(bootstrap, None);
        let (all, own) = (overlay.order(), overlay.lower_bound(ctx.key(ctx.me())));
        let many = (ctx.params().contacts as usize).min(all.len());
        for _ in 0..many {
            let anybody = ctx.rng().index(all.len());
            node.meet(all[anybody], ctx);
        }
        let around = own.saturating_sub(many)..all.len().min(own + many);
        all[around].iter().for_each(|neighbour| node.meet(*neighbour, ctx));
        node
    }

    fn on_message(&mut self, from: NodeIx, message: Message, ctx: &mut Ctx<'_, Self>) {
        match message {
            Message::Ask { .. } | Message::Keep { .. } if ctx.role() == Role::Client => {}
            Message::Ask { rpc, key, server } => {
                let mut nodes = self.contacts.clone();
                nodes.sort_unstable_by_key(|node| ctx.key(*node).distance(key));
                let nodes =
                    nodes.into_iter().filter(|node| *node != from).take(ANSWER_MAX).collect();
                ctx.send(
                    from,
                    Message::Near { rpc, nodes, value: self.records.get(&key).copied() },
                );
                if server {
                    self.meet(from, ctx);
                }
            }
            Message::Near { rpc, nodes, value } => {
                self.meet(from, ctx);
                if let Some(search) = self.answered(rpc, from, ctx) {
                    self.on_near(search, &nodes, value, ctx);
                }
            }
            Message::Keep { rpc, key, value } if self.records.len() < RECORDS_MAX => {
                self.records.insert(key, value);
                ctx.send(from, Message::Kept { rpc });
            }
            Message::Keep { .. } => {}
            Message::Kept { rpc } => {
                if let Some(search) = self.answered(rpc, from, ctx) {
                    finish(&search, Outcome::Done, None, ctx);
                }
            }
        }
    }

    fn on_timer(&mut self, Silence(rpc): Silence, ctx: &mut Ctx<'_, Self>) {
        let Some(search) = self.searches.remove(&rpc) else { return };
        self.contacts.retain(|node| *node != search.asked.0);
        ctx.attribute(search.cause);
        if search.best == Some(search.asked) {
            // It answered, but does not say that it keeps the record.
            finish(&search, Outcome::TimedOut, None, ctx);
        } else {
            self.step(search, ctx);
        }
    }

    fn on_command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>) {
        match command {
            Command::Get { key } if self.records.contains_key(&key) => {
                let value = self.records.get(&key).copied();
                ctx.finish(op, &Finish { value, ..Finish::bare(Outcome::Done) });
            }
            Command::FindNode { .. } | Command::Put { .. } | Command::Get { .. } => {
                self.begin(Some((op, command)), command.key(), ctx);
            }
            _ => ctx.finish(op, &Finish::bare(Outcome::Unsupported)),
        }
    }

    fn save(self, _: &Params) -> Self::Saved {
        (self.contacts, self.records)
    }

    fn wire_len(_: &Params, message: &Message) -> u32 {
        // UDP and IP, kind and number, the sender's key; a contact is a key, an address and a port.
        const HEAD: u32 = 28 + 1 + 4 + 32;
        const CONTACT: u32 = 32 + 4 + 2;
        match message {
            Message::Ask { .. } => HEAD + 32 + 1,
            Message::Near { nodes, value, .. } => {
                let contacts = nodes.iter().map(|_| CONTACT).sum::<u32>();
                HEAD + 1 + contacts + value.map_or(0, |value| value.bytes)
            }
            Message::Keep { value, .. } => HEAD + 32 + value.bytes,
            Message::Kept { .. } => HEAD,
        }
    }

    fn contacts(&self, visit: &mut dyn FnMut(NodeIx, ContactKind)) {
        self.contacts.iter().for_each(|node| visit(*node, ContactKind::Neighbour));
    }

    fn records(&self, _: Time, visit: &mut dyn FnMut(Key, Value)) {
        self.records.iter().for_each(|(key, value)| visit(*key, *value));
    }
}
