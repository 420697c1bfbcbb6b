//! The node: a host with its virtual nodes, its requests and its lookups.

use dhtlab_core::author::{
    Command, ContactKind, Ctx, Draw as _, Key, NodeIx, OpId, Protocol, Role, Span, Time, Value,
    WarmView,
};
use smallvec::SmallVec;

use super::call::{Call, Calls, Purpose};
use super::contacts::Contacts;
use super::message::{self, Answer, Ask, Message, Tell};
use super::params::Params;
use super::peer::Peer;
use super::placement;
use super::range::RangeQuery;
use super::search::Search;
use super::vnode::Vnode;
use crate::learned_chord::Model;

/// The timers of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A clock of some virtual node strikes.
    Upkeep,
    /// A request is given up or sent again.
    Call,
    /// A lookup runs out of time.
    Deadline,
    /// A failed join is tried again.
    Join,
    /// One of the random contacts is asked whether it is there.
    Contact,
}

/// What survives a session on disk.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// Hosts of successors and fingers, the nearest first.
    pub peers: Box<[NodeIx]>,
}

/// A host on the ring.
#[derive(Debug)]
pub struct Chord {
    pub(super) vnodes: SmallVec<[Vnode; 1]>,
    pub(super) calls: Calls,
    pub(super) searches: Vec<Search>,
    /// Whom to ask for a way in: what was saved, then the bootstrap nodes.
    pub(super) doors: Box<[NodeIx]>,
    /// Which door is tried next.
    pub(super) next_door: u32,
    pub(super) next_serial: u32,
    /// The smoothed round trip in nanoseconds; zero while none was seen.
    pub(super) round_trip: u64,
    /// When [`Timer::Deadline`] fires.
    pub(super) deadline: Time,
    /// Random peers for the first step of own lookups.
    pub(super) contacts: Contacts,
    /// Range queries under way.
    pub(super) ranges: Vec<RangeQuery>,
    /// How often a virtual node lost all its successors.
    pub(super) rings_lost: u32,
}

impl Chord {
    /// A host whose virtual nodes know nobody.
    pub(super) fn empty(doors: Box<[NodeIx]>, ctx: &Ctx<'_, Self>) -> Self {
        let (me, prefix) = (ctx.me(), ctx.key_prefix(ctx.me()));
        let count = if ctx.role() == Role::Server { ctx.params().virtual_nodes } else { 0 };
        let number = |vnode| u16::try_from(vnode).unwrap_or(u16::MAX);
        Self {
            vnodes: (0..count).map(|v| Vnode::new(Peer::of(me, prefix, number(v)))).collect(),
            calls: Calls::default(),
            searches: Vec::new(),
            doors,
            next_door: 0,
            next_serial: 0,
            round_trip: 0,
            deadline: Time::NEVER,
            contacts: Contacts::default(),
            ranges: Vec::new(),
            rings_lost: 0,
        }
    }

    /// The virtual nodes; for observers.
    pub fn vnodes(&self) -> &[Vnode] {
        &self.vnodes
    }

    /// The model by which records are placed, if one is learned.
    pub(super) fn model(&self) -> Option<&Model> {
        None
    }

    /// The version of that model.
    pub(super) fn version(&self) -> u32 {
        0
    }

    /// The place of `key` on the ring.
    pub(super) fn position(&self, key: Key, params: &Params) -> u64 {
        placement::position(params, self.model(), key)
    }

    /// Asks `to`; the answer, or silence, is for `purpose`. What is asked of an own virtual node is
    /// answered at once and costs nothing.
    pub(super) fn ask(&mut self, to: Peer, ask: Ask, purpose: Purpose, ctx: &mut Ctx<'_, Self>) {
        if to.host == ctx.me() {
            let answer = self.serve(ctx.me(), to.vnode(), ask, ctx);
            return match answer {
                Some(answer) => self.complete(to, purpose, answer, ctx),
                None => self.silence(to, purpose, ctx),
            };
        }
        let (now, rpc) = (ctx.now(), self.calls.number());
        let retries = ctx.params().rpc_retries;
        let deadline = now + self.timeout(ctx.params());
        let kept = if retries > 0 { ask.clone() } else { Ask::Ping };
        ctx.send(to.host, Message::Ask { rpc, vnode: to.vnode(), ask });
        let cause = ctx.cause();
        let call = Call { id: rpc, to, sent: now, deadline, retries, cause, purpose, ask: kept };
        let earliest = self.calls.next_deadline();
        self.calls.push(call);
        if deadline < earliest {
            ctx.arm_at(Timer::Call, deadline);
        }
    }

    /// How long an answer is waited for.
    fn timeout(&self, params: &Params) -> Span {
        let by_trips = self.round_trip.saturating_mul(u64::from(params.rpc_timeout_rtts));
        params.rpc_timeout_min.max(Span::from_nanos(by_trips))
    }

    /// Says something to `to`, without waiting for an answer.
    pub(super) fn tell(&mut self, to: Peer, tell: Tell, ctx: &mut Ctx<'_, Self>) {
        if to.host == ctx.me() {
            return self.hear(ctx.me(), to.vnode(), tell, ctx);
        }
        ctx.send(to.host, Message::Tell { vnode: to.vnode(), tell });
    }

    fn on_answer(&mut self, from: NodeIx, rpc: u32, answer: Answer, ctx: &mut Ctx<'_, Self>) {
        let Some(call) = self.calls.end(rpc, from) else { return };
        // A repeated request has no known round trip (Karn).
        if call.retries == ctx.params().rpc_retries {
            let trip = ctx.now().since(call.sent).as_nanos();
            let smoothed = self.round_trip - self.round_trip / 8 + trip / 8;
            self.round_trip = if self.round_trip == 0 { trip } else { smoothed };
        }
        self.complete(call.to, call.purpose, answer, ctx);
    }

    fn on_calls_due(&mut self, ctx: &mut Ctx<'_, Self>) {
        while let Some(mut call) = self.calls.expire(ctx.now()) {
            ctx.attribute(call.cause);
            if call.retries > 0 {
                call.retries -= 1;
                call.deadline = ctx.now() + self.timeout(ctx.params());
                let (rpc, vnode, ask) = (call.id, call.to.vnode(), call.ask.clone());
                ctx.send(call.to.host, Message::Ask { rpc, vnode, ask });
                self.calls.push(call);
            } else {
                self.silence(call.to, call.purpose, ctx);
            }
        }
        self.arm_calls(ctx);
    }

    fn arm_calls(&self, ctx: &mut Ctx<'_, Self>) {
        match self.calls.next_deadline() {
            Time::NEVER => ctx.disarm(Timer::Call),
            at => ctx.arm_at(Timer::Call, at),
        }
    }

    /// An answer came.
    pub(super) fn complete(
        &mut self,
        peer: Peer,
        purpose: Purpose,
        answer: Answer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        match purpose {
            Purpose::Step(serial) => self.step_answered(serial, peer, answer, ctx),
            Purpose::Act(serial) => self.act_answered(serial, peer, answer, ctx),
            Purpose::Join(vnode, serial) => self.join_answered(vnode, serial, peer, answer, ctx),
            Purpose::Stabilize(vnode) => self.stabilize_answered(vnode, peer, answer, ctx),
            Purpose::Adopt(vnode) => self.adopt_answered(vnode, peer, answer, ctx),
            Purpose::HandOver(vnode, items, sent) => {
                self.handed_over(vnode, (&items, sent), &answer, ctx);
            }
            Purpose::Replicate(vnode, round) => {
                self.replicated(vnode, round, (peer, &answer), ctx);
            }
            Purpose::Range(serial) => self.range_answered(serial, peer, answer, ctx),
            // Who refuses is no member: as good as silent.
            Purpose::Rectify(..)
            | Purpose::CheckPredecessor(_)
            | Purpose::Forward(..)
            | Purpose::Contact => {
                if matches!(answer, Answer::Refused) {
                    self.silence(peer, purpose, ctx);
                }
            }
            Purpose::Lesson(_) => {}
        }
    }

    /// No answer came, however often it was asked for.
    pub(super) fn silence(&mut self, peer: Peer, purpose: Purpose, ctx: &mut Ctx<'_, Self>) {
        for vnode in &mut self.vnodes {
            vnode.fingers.remove(peer);
        }
        self.contacts.replace(peer);
        match purpose {
            Purpose::Step(serial) => self.step_silent(serial, peer, ctx),
            Purpose::Act(serial) => self.act_silent(serial, peer, ctx),
            Purpose::Join(_, serial) => self.fail_join(serial, ctx),
            Purpose::Stabilize(vnode) => self.stabilize_silent(vnode, peer, ctx),
            Purpose::Adopt(vnode) => self.adopt_silent(vnode, ctx),
            Purpose::Rectify(vnode, candidate) => self.rectify_silent(vnode, peer, candidate, ctx),
            Purpose::CheckPredecessor(vnode) => self.predecessor_silent(vnode, peer),
            Purpose::Forward(route, dead) => self.forward_silent(route, dead, peer, ctx),
            Purpose::HandOver(vnode, ..) => self.hand_over_failed(vnode),
            Purpose::Replicate(vnode, round) => self.replica_silent(vnode, round, peer),
            Purpose::Range(serial) => self.range_silent(serial, peer, ctx),
            Purpose::Contact | Purpose::Lesson(_) => {}
        }
    }

    /// Virtual node number `vnode`, if there is one.
    pub(super) fn vnode(&mut self, vnode: u16) -> Option<&mut Vnode> {
        self.vnodes.get_mut(usize::from(vnode))
    }

    /// Virtual node number `vnode`, if it is a member.
    pub(super) fn member(&mut self, vnode: u16) -> Option<&mut Vnode> {
        self.vnode(vnode).filter(|vnode| vnode.is_member())
    }

    /// A period of `span` that varies evenly by `percent` either way.
    pub(super) fn period(span: Span, percent: u32, ctx: &mut Ctx<'_, Self>) -> Span {
        let swing = span.as_nanos() / 100 * u64::from(percent);
        if swing == 0 {
            return span;
        }
        Span::from_nanos(span.as_nanos() - swing + ctx.rng().below(2 * swing + 1))
    }

    /// The hosts to ask for a way in after this session.
    fn saved(&self, most: usize) -> Box<[NodeIx]> {
        let mut saved: Vec<NodeIx> = Vec::new();
        for vnode in &self.vnodes {
            let peers = vnode.successors.iter().copied().chain(vnode.fingers.distinct());
            for peer in peers {
                if saved.len() < most && peer.host != vnode.me.host && !saved.contains(&peer.host) {
                    saved.push(peer.host);
                }
            }
        }
        saved.into()
    }
}

impl Protocol for Chord {
    const NAME: &'static str = "chord";

    type Params = Params;
    type Message = Message;
    type Timer = Timer;
    type Saved = Saved;

    fn boot(bootstrap: &[NodeIx], saved: Option<Saved>, ctx: &mut Ctx<'_, Self>) -> Self {
        let first_ring = ctx.is_bootstrap() && saved.is_none();
        let mut doors = saved.unwrap_or_default().peers.into_vec();
        doors.extend(
            bootstrap.iter().filter(|node| !doors.contains(node)).copied().collect::<Vec<_>>(),
        );
        let mut node = Self::empty(doors.into(), ctx);
        if first_ring {
            node.form_first_ring(bootstrap, ctx);
        } else {
            node.begin_joins(ctx);
        }
        Self::begin_contact_pings(ctx);
        node
    }

    fn warm(overlay: &WarmView<'_>, bootstrap: &[NodeIx], ctx: &mut Ctx<'_, Self>) -> Self {
        let mut node = Self::empty(bootstrap.into(), ctx);
        node.fill_warm(overlay, ctx);
        node.begin_upkeep(ctx);
        Self::begin_contact_pings(ctx);
        node
    }

    fn on_message(&mut self, from: NodeIx, message: Message, ctx: &mut Ctx<'_, Self>) {
        match message {
            Message::Ask { rpc, vnode, ask } => {
                if let Some(answer) = self.serve(from, vnode, ask, ctx) {
                    ctx.send(from, Message::Answer { rpc, answer });
                }
            }
            Message::Answer { rpc, answer } => self.on_answer(from, rpc, answer, ctx),
            Message::Tell { vnode, tell } => self.hear(from, vnode, tell, ctx),
        }
    }

    fn on_timer(&mut self, timer: Timer, ctx: &mut Ctx<'_, Self>) {
        match timer {
            Timer::Upkeep => self.on_upkeep_due(ctx),
            Timer::Call => self.on_calls_due(ctx),
            Timer::Deadline => self.on_deadline(ctx),
            Timer::Join => self.begin_joins(ctx),
            Timer::Contact => self.on_contact_due(ctx),
        }
    }

    fn on_command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>) {
        self.command(op, command, ctx);
    }

    fn on_leave(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.say_goodbye(ctx);
    }

    fn save(self, params: &Params) -> Saved {
        Saved { peers: self.saved(params.saved_peers as usize) }
    }

    fn wire_len(params: &Params, message: &Message) -> u32 {
        message::wire_len(params, message)
    }

    fn contacts(&self, visit: &mut dyn FnMut(NodeIx, ContactKind)) {
        for vnode in &self.vnodes {
            let own = vnode.me.host;
            let mut show = |peer: Peer, kind| {
                if peer.host != own {
                    visit(peer.host, kind);
                }
            };
            for peer in &vnode.successors {
                show(*peer, ContactKind::Successor);
            }
            if let Some(peer) = vnode.predecessor {
                show(peer, ContactKind::Predecessor);
            }
            for peer in vnode.fingers.distinct() {
                show(peer, ContactKind::Finger);
            }
        }
    }

    fn records(&self, _: Time, visit: &mut dyn FnMut(Key, Value)) {
        for vnode in &self.vnodes {
            for (_, (key, value)) in vnode.store.iter() {
                visit(key, value);
            }
        }
    }
}
