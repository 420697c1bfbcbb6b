//! Upkeep of the ring in Zave's corrected form: stabilize, rectify, check the predecessor, fix
//! fingers, and what is heard of leaves.

use dhtlab_core::author::{Cause, Ctx, Draw as _, NodeIx, Span, Time, Traffic};

use super::call::Purpose;
use super::fingers::Fingers;
use super::message::{Answer, Ask, Tell};
use super::node::{Chord, Timer};
use super::peer::Peer;
use super::ring::inside;
use super::search::Goal;
use super::vnode::{Clock, Standing};

impl Chord {
    /// Starts the clocks of all members, each at a moment of its own.
    pub(super) fn begin_upkeep(&mut self, ctx: &mut Ctx<'_, Self>) {
        for vnode in 0..self.vnodes.len() {
            if self.vnodes[vnode].is_member() {
                self.begin_clocks(vnode, ctx);
            }
        }
        self.arm_upkeep(ctx);
    }

    pub(super) fn begin_clocks(&mut self, vnode: usize, ctx: &mut Ctx<'_, Self>) {
        for clock in Clock::ALL {
            let (span, _) = Self::rate(clock, ctx);
            let phase = Span::from_nanos(ctx.rng().below(span.as_nanos().max(1)));
            let never = span == Span::ZERO;
            self.vnodes[vnode].due[clock as usize] =
                if never { Time::NEVER } else { ctx.now() + phase };
        }
    }

    /// The period of a clock, and by how many per cent it varies.
    fn rate(clock: Clock, ctx: &Ctx<'_, Self>) -> (Span, u32) {
        let p = ctx.params();
        match clock {
            Clock::Stabilize => (p.stabilize_interval, p.stabilize_jitter_percent),
            Clock::FixFingers => (p.fix_fingers_interval, p.jitter_percent),
            Clock::CheckPredecessor => (p.check_predecessor_interval, p.jitter_percent),
            Clock::Sync if p.replicas > 1 => (p.replica_sync_interval, p.jitter_percent),
            // Without replicas it runs only when something is there to be dropped.
            Clock::Sync => (Span::ZERO, 0),
        }
    }

    pub(super) fn arm_upkeep(&self, ctx: &mut Ctx<'_, Self>) {
        let due = self.vnodes.iter().flat_map(|vnode| vnode.due).min().unwrap_or(Time::NEVER);
        match due {
            Time::NEVER => ctx.disarm(Timer::Upkeep),
            at => ctx.arm_at(Timer::Upkeep, at),
        }
    }

    pub(super) fn on_upkeep_due(&mut self, ctx: &mut Ctx<'_, Self>) {
        for vnode in 0..self.vnodes.len() {
            for clock in Clock::ALL {
                if self.vnodes[vnode].due[clock as usize] > ctx.now() {
                    continue;
                }
                let (span, percent) = Self::rate(clock, ctx);
                let next = match span {
                    Span::ZERO => Time::NEVER,
                    _ => ctx.now() + Self::period(span, percent, ctx),
                };
                self.vnodes[vnode].due[clock as usize] = next;
                ctx.attribute(Cause::background(Traffic::Maintenance));
                let vnode = self.vnodes[vnode].me.vnode();
                match clock {
                    Clock::Stabilize => self.stabilize(vnode, ctx),
                    Clock::FixFingers => self.fix_fingers(vnode, ctx),
                    Clock::CheckPredecessor => self.check_predecessor(vnode, ctx),
                    Clock::Sync => self.sync(vnode, ctx),
                }
            }
        }
        self.arm_upkeep(ctx);
    }

    /// Asks the first successor for its state, unless that is being done.
    pub(super) fn stabilize(&mut self, vnode: u16, ctx: &mut Ctx<'_, Self>) {
        let Some(own) = self.member(vnode) else { return };
        if own.busy {
            return;
        }
        let Some(first) = own.first() else { return };
        own.busy = true;
        self.ask(first, Ask::State, Purpose::Stabilize(vnode), ctx);
    }

    pub(super) fn stabilize_answered(
        &mut self,
        vnode: u16,
        peer: Peer,
        answer: Answer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Answer::State { predecessor, successors } = answer else {
            return self.stabilize_silent(vnode, peer, ctx);
        };
        let most = ctx.params().successors as usize;
        let Some(own) = self.vnode(vnode) else { return };
        own.busy = false;
        if !own.is_member() || own.first() != Some(peer) {
            return;
        }
        own.follow(peer, &successors, most);
        let me = own.me;
        match predecessor.filter(|x| inside(x.id, me.id, peer.id) && *x != me) {
            Some(between) => {
                own.busy = true;
                self.ask(between, Ask::State, Purpose::Adopt(vnode), ctx);
            }
            None => self.notify(vnode, ctx),
        }
    }

    /// A silent successor is dropped and the next one asked at once.
    pub(super) fn stabilize_silent(&mut self, vnode: u16, peer: Peer, ctx: &mut Ctx<'_, Self>) {
        let Some(own) = self.vnode(vnode) else { return };
        own.busy = false;
        if !own.is_member() || own.first() != Some(peer) {
            return;
        }
        if own.drop_successor(peer) {
            self.stabilize(vnode, ctx);
        } else {
            self.lose_ring(vnode, ctx);
        }
    }

    /// All successors were silent: the node is out of the ring and has to join again.
    fn lose_ring(&mut self, vnode: u16, ctx: &mut Ctx<'_, Self>) {
        self.rings_lost += 1;
        let Some(own) = self.vnode(vnode) else { return };
        own.standing = Standing::Joining;
        own.predecessor = None;
        own.fingers = Fingers::default();
        own.due = [Time::NEVER; Clock::COUNT];
        own.settled = false;
        self.next_door = 0;
        self.begin_joins(ctx);
    }

    /// The node between answered, so it is there: it becomes the first successor.
    pub(super) fn adopt_answered(
        &mut self,
        vnode: u16,
        peer: Peer,
        answer: Answer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Answer::State { successors, .. } = answer else {
            return self.adopt_silent(vnode, ctx);
        };
        let most = ctx.params().successors as usize;
        let Some(own) = self.vnode(vnode) else { return };
        own.busy = false;
        let between = own.first().is_some_and(|first| inside(peer.id, own.id(), first.id));
        if own.is_member() && between {
            own.follow(peer, &successors, most);
            self.notify(vnode, ctx);
        }
    }

    pub(super) fn adopt_silent(&mut self, vnode: u16, ctx: &mut Ctx<'_, Self>) {
        if let Some(own) = self.vnode(vnode) {
            own.busy = false;
            self.notify(vnode, ctx);
        }
    }

    fn notify(&mut self, vnode: u16, ctx: &mut Ctx<'_, Self>) {
        let Some(own) = self.member(vnode) else { return };
        let (me, first) = (own.me, own.first());
        if let Some(first) = first.filter(|first| *first != me) {
            self.tell(first, Tell::Notify(me), ctx);
        }
    }

    /// Somebody may be the new predecessor (Zave's rectify).
    pub(super) fn rectify(&mut self, vnode: u16, n: Peer, ctx: &mut Ctx<'_, Self>) {
        let Some(own) = self.member(vnode) else { return };
        if n == own.me {
            return;
        }
        match own.predecessor {
            Some(before) if before == n => self.hand_over(vnode, ctx),
            Some(before) if !own.yields_to(n) => {
                let asked = self
                    .calls
                    .any(|p| matches!(p, Purpose::Rectify(v, c) if *v == vnode && *c == n));
                if !asked {
                    self.ask(before, Ask::Ping, Purpose::Rectify(vnode, n), ctx);
                }
            }
            _ => self.take_predecessor(vnode, n, ctx),
        }
    }

    pub(super) fn rectify_silent(
        &mut self,
        vnode: u16,
        peer: Peer,
        candidate: Peer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        if self.member(vnode).is_some_and(|own| own.predecessor == Some(peer)) {
            self.take_predecessor(vnode, candidate, ctx);
        }
    }

    fn take_predecessor(&mut self, vnode: u16, n: Peer, ctx: &mut Ctx<'_, Self>) {
        let Some(own) = self.member(vnode) else { return };
        own.predecessor = Some(n);
        self.stretch_changed(vnode, ctx);
    }

    pub(super) fn check_predecessor(&mut self, vnode: u16, ctx: &mut Ctx<'_, Self>) {
        if let Some(before) = self.member(vnode).and_then(|own| own.predecessor) {
            self.ask(before, Ask::Ping, Purpose::CheckPredecessor(vnode), ctx);
        }
    }

    pub(super) fn predecessor_silent(&mut self, vnode: u16, peer: Peer) {
        if let Some(own) = self.vnode(vnode)
            && own.predecessor == Some(peer)
        {
            own.predecessor = None;
        }
    }

    /// Refreshes the next fingers in turn, the longest first.
    fn fix_fingers(&mut self, vnode: u16, ctx: &mut Ctx<'_, Self>) {
        for _ in 0..ctx.params().fingers_per_tick {
            let Some(own) = self.member(vnode) else { return };
            let Some(first) = own.first() else { return };
            let lowest = Fingers::lowest(own.id(), first);
            if lowest > 63 {
                return;
            }
            let exponent = own.next_finger.clamp(lowest, 63);
            let last = exponent == lowest;
            own.next_finger = if last { 63 } else { exponent - 1 };
            let target = Fingers::start(own.id(), exponent);
            self.look_up(target, Goal::Finger { vnode, exponent }, ctx);
            if last {
                return;
            }
        }
    }

    /// A neighbour leaves.
    pub(super) fn hear_leave(
        &mut self,
        vnode: u16,
        who: Peer,
        predecessor: Option<Peer>,
        successors: &[Peer],
        ctx: &mut Ctx<'_, Self>,
    ) {
        let most = ctx.params().successors as usize;
        for own in &mut self.vnodes {
            own.fingers.remove(who);
        }
        let Some(own) = self.member(vnode) else { return };
        if own.first() == Some(who) {
            if let [head, rest @ ..] = successors {
                own.follow(*head, rest, most);
            }
        } else {
            own.successors.retain(|peer| *peer != who);
        }
        if own.predecessor == Some(who) {
            own.predecessor = predecessor.filter(|before| *before != own.me);
            self.stretch_changed(vnode, ctx);
        }
    }

    /// Statements that wait for no answer.
    pub(super) fn hear(&mut self, from: NodeIx, vnode: u16, tell: Tell, ctx: &mut Ctx<'_, Self>) {
        match tell {
            Tell::Notify(n) => {
                ctx.attribute(Cause::background(Traffic::Maintenance));
                self.rectify(vnode, n, ctx);
            }
            Tell::Leave { who, predecessor, successors } => {
                if who.host == from {
                    self.hear_leave(vnode, who, predecessor, &successors, ctx);
                }
            }
            Tell::Routed { serial, hops, owners, from } => {
                self.routed(serial, hops, &owners, from, ctx);
            }
            Tell::Sweep { origin, serial, names, until } => {
                self.sweep(vnode, (origin, serial), names, until, ctx);
            }
            Tell::Swept { serial, claim, items } => self.swept(serial, claim, &items, ctx),
            Tell::Lesson(_) => {}
        }
    }
}
