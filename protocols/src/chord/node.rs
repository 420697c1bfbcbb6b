//! The node: a host with its virtual nodes, its requests and its lookups.

use dhtlab_core::author::{
    Command, ContactKind, Ctx, Draw as _, Key, NodeIx, OpId, Protocol, Reading, Role, Span, Time,
    Value, WarmView,
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
use crate::learned_chord::learner::Learner;

/// The timers of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A clock of some virtual node strikes.
    Upkeep,
    /// A request is given up or sent again, or a lookup runs out of time.
    Alarm,
    /// A failed join is tried again.
    Join,
    /// A clock of learning strikes.
    Learn,
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
    #[expect(
        clippy::vec_box,
        reason = "lookups move in and out at every step; pointers are short"
    )]
    pub(super) searches: Vec<Box<Search>>,
    /// Whom to ask for a way in: what was saved, then the bootstrap nodes.
    pub(super) doors: Box<[NodeIx]>,
    /// Which door is tried next.
    pub(super) next_door: u32,
    pub(super) next_serial: u32,
    /// The smoothed round trip in nanoseconds; zero while none was seen.
    pub(super) round_trip: u64,
    /// When [`Timer::Alarm`] fires.
    alarm: Time,
    /// Random peers for the first step of own lookups, where some are kept.
    pub(super) contacts: Option<Box<Contacts>>,
    /// Range queries under way.
    pub(super) ranges: Vec<RangeQuery>,
    /// How often a virtual node lost all its successors.
    pub(super) rings_lost: u32,
    /// What it knows about learned models, where placement is learned.
    pub(super) learner: Option<Box<Learner>>,
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
            alarm: Time::NEVER,
            contacts: None,
            ranges: Vec::new(),
            rings_lost: 0,
            learner: ctx.params().learns().then(|| Box::new(Learner::new(ctx.params(), ctx.now()))),
        }
    }

    /// The virtual nodes; for observers.
    pub fn vnodes(&self) -> &[Vnode] {
        &self.vnodes
    }

    /// How often a virtual node lost all its successors in this session; for observers.
    pub fn rings_lost(&self) -> u32 {
        self.rings_lost
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
        self.calls.push(call);
        self.alarm_by(deadline, ctx);
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

    /// Sees to it that [`Timer::Alarm`] fires at `at` or before. One that fires early finds nothing due and is set
    /// anew: cheaper than setting it with every request.
    pub(super) fn alarm_by(&mut self, at: Time, ctx: &mut Ctx<'_, Self>) {
        if at < self.alarm {
            self.alarm = at;
            ctx.arm_at(Timer::Alarm, at);
        }
    }

    fn on_alarm(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.alarm = Time::NEVER;
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
        self.give_up_searches(ctx);
        self.ranges_due(ctx);
        let searches = self.searches.iter().map(|search| search.deadline);
        let ranges = self.ranges.iter().map(|range| range.deadline);
        let next = searches.chain(ranges).min().unwrap_or(Time::NEVER);
        self.alarm_by(next.min(self.calls.next_deadline()), ctx);
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
            Purpose::Lesson(step) => self.lesson_answered(step, peer, answer, ctx),
        }
    }

    /// No answer came, however often it was asked for.
    pub(super) fn silence(&mut self, peer: Peer, purpose: Purpose, ctx: &mut Ctx<'_, Self>) {
        for vnode in &mut self.vnodes {
            vnode.fingers.remove(peer);
        }
        if let Some(contacts) = &mut self.contacts {
            contacts.replace(peer);
        }
        match purpose {
            Purpose::Step(serial) => self.step_silent(serial, peer, ctx),
            Purpose::Act(serial) => self.act_silent(serial, peer, ctx),
            Purpose::Join(_, serial) => self.fail_join(serial, ctx),
            Purpose::Stabilize(vnode) => self.stabilize_silent(vnode, peer, ctx),
            Purpose::Adopt(vnode) => self.adopt_silent(vnode, ctx),
            Purpose::Rectify(vnode, candidate) => self.rectify_silent(vnode, peer, candidate, ctx),
            Purpose::CheckPredecessor(vnode) => self.predecessor_silent(vnode, peer),
            Purpose::Forward(vnode, way) => self.forward_silent((vnode, way.0), way.1, peer, ctx),
            Purpose::HandOver(vnode, ..) => self.hand_over_failed(vnode),
            Purpose::Replicate(vnode, round) => self.replica_silent(vnode, round, peer),
            Purpose::Range(serial) => self.range_silent(serial, peer, ctx),
            Purpose::Lesson(step) => self.lesson_silent(&step, peer, ctx),
            Purpose::Contact => {}
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
        node.begin_learning(ctx);
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
        node.begin_learning(ctx);
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
            Timer::Alarm => self.on_alarm(ctx),
            Timer::Join => self.begin_joins(ctx),
            Timer::Learn => self.on_learning_due(ctx),
            Timer::Contact => self.on_contact_due(ctx),
        }
    }

    fn on_command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>) {
        self.command(op, command, ctx);
    }

    fn on_leave(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.say_goodbye(ctx);
    }

    const GLANCE_DEPTH: u32 = 2;

    fn glance(&self, depth: u32, _: u64, message: &Message) -> u64 {
        let Some(own) = self.vnodes.first() else { return 0 };
        if depth == 0 {
            return own.glance_shallow() ^ (self.calls.len() ^ self.searches.len()) as u64;
        }
        match message {
            Message::Ask { ask: Ask::Next { target, .. }, .. } => own.glance_towards(*target),
            Message::Answer { .. } => {
                let searched = self.searches.first().map_or(0, |search| search.target);
                searched ^ self.calls.glance()
            }
            _ => own.glance_towards(own.id()),
        }
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

    fn readings(&self, now: Time, visit: &mut dyn FnMut(Reading)) {
        self.show_readings(now, visit);
    }

    fn records(&self, _: Time, visit: &mut dyn FnMut(Key, Value)) {
        for vnode in &self.vnodes {
            for (_, (key, value)) in vnode.store.iter() {
                visit(key, value);
            }
        }
    }
}
