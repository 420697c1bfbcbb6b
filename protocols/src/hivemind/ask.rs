//! The client's side: sending requests, and what their end means for the table and the blacklist.
//!
//! Whatever fails costs the peer its place in the table: a single lost message, an answer that does
//! not fit the request, a request that is longer than a frame may be.

use std::sync::Arc;

use dhtlab_core::author::{Ctx, Key, NodeIx, Role, Time};

use super::call::{Call, Fate, Purpose, Token, Waiting};
use super::message::{self, Answer, Ask, Message, StoreItem};
use super::node::{Hivemind, Timer};

impl Hivemind {
    /// Asks `to` what it has under `keys` and whom it knows near them; ends in
    /// [`find_ended`](Self::find_ended). Says whether it may be asked at all: if it is on the
    /// blacklist, nothing is sent and nothing comes.
    pub(super) fn find(
        &mut self,
        to: NodeIx,
        keys: Arc<[Key]>,
        token: Token,
        ctx: &mut Ctx<'_, Self>,
    ) -> bool {
        let banned = self.is_banned(to, ctx);
        if !banned {
            self.request(to, Ask::Find(keys), Purpose::Find(token), ctx);
        }
        !banned
    }

    /// Asks `to` to keep `items`; ends in [`store_ended`](Self::store_ended).
    pub(super) fn store_at(
        &mut self,
        to: NodeIx,
        items: Arc<[StoreItem]>,
        token: Token,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let (ask, purpose) = (Ask::Store(items), Purpose::Store(token));
        if !ctx.params().store_ignores_blacklist && self.is_banned(to, ctx) {
            let waiting = Waiting { to, ask, purpose, cause: ctx.cause() };
            let now = ctx.now();
            self.calls.begin(&waiting, (now, now), Fate::Banned);
            return self.alarm_by(now, ctx);
        }
        self.request(to, ask, purpose, ctx);
    }

    /// Asks `to` whether it is there.
    pub(super) fn ping(
        &mut self,
        to: NodeIx,
        validate: bool,
        purpose: Purpose,
        ctx: &mut Ctx<'_, Self>,
    ) {
        self.request(to, Ask::Ping { validate }, purpose, ctx);
    }

    /// Is `node` on the blacklist?
    pub(super) fn is_banned(&self, node: NodeIx, ctx: &Ctx<'_, Self>) -> bool {
        let clock = self.wall(ctx);
        self.blacklist.is_banned(node, clock)
    }

    /// Sends a request, or lets it wait for a slot.
    pub(super) fn request(
        &mut self,
        to: NodeIx,
        ask: Ask,
        purpose: Purpose,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let waiting = Waiting { to, ask, purpose, cause: ctx.cause() };
        if self.calls.has_room(ctx.params().parallel_rpc) {
            self.dispatch(&waiting, ctx);
        } else {
            self.calls.wait(waiting);
        }
    }

    /// Sends a request that has a slot. One that is too long fails at this very instant, but not
    /// before whoever asked for it is done.
    fn dispatch(&mut self, waiting: &Waiting, ctx: &mut Ctx<'_, Self>) {
        let (now, clock) = (ctx.now(), self.wall(ctx));
        let number = self.calls.number();
        let known = ctx.role() == Role::Server;
        let message = Message::Ask { rpc: number, known, ask: waiting.ask.clone() };
        let too_long = message::wire_len(ctx.params(), &message) > ctx.params().frame_max;
        if too_long {
            self.calls.begin(waiting, (clock, now), Fate::TooLong);
            return self.alarm_by(now, ctx);
        }
        let deadline = now + ctx.params().wait_timeout;
        self.calls.begin(waiting, (clock, deadline), Fate::Sent);
        ctx.attribute(waiting.cause);
        ctx.send(waiting.to, message);
        self.alarm_by(deadline, ctx);
    }

    /// Sends what waited, as far as there are slots now.
    pub(super) fn send_waiting(&mut self, ctx: &mut Ctx<'_, Self>) {
        let cause = ctx.cause();
        while self.calls.has_room(ctx.params().parallel_rpc)
            && let Some(waiting) = self.calls.next_waiting()
        {
            self.dispatch(&waiting, ctx);
        }
        ctx.attribute(cause);
    }

    /// Sees to it that [`Timer::Alarm`] fires at `at` or before. One that fires early finds nothing
    /// due and is set anew: cheaper than setting it with every request.
    fn alarm_by(&mut self, at: Time, ctx: &mut Ctx<'_, Self>) {
        if at < self.alarm {
            self.alarm = at;
            ctx.arm_at(Timer::Alarm, at);
        }
    }

    /// Gives up what is due.
    pub(super) fn on_alarm(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.alarm = Time::NEVER;
        while let Some(call) = self.calls.expire(ctx.now()) {
            self.end_call(&call, None, ctx);
        }
        let next = self.calls.next_deadline();
        self.alarm_by(next, ctx);
    }

    /// An answer came, perhaps to a request that is over.
    pub(super) fn on_answer(
        &mut self,
        from: NodeIx,
        rpc: u32,
        known: bool,
        answer: Answer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        if let Some(call) = self.calls.end(rpc, from) {
            self.end_call(&call, Some((known, answer)), ctx);
        }
    }

    /// A request ended; with what, and does the peer say who it is?
    fn end_call(&mut self, call: &Call, answer: Option<(bool, Answer)>, ctx: &mut Ctx<'_, Self>) {
        ctx.attribute(call.cause);
        self.send_waiting(ctx);
        let known = answer.as_ref().is_some_and(|(known, _)| *known);
        match (call.purpose, answer.map(|(_, answer)| answer)) {
            (Purpose::Find(token), Some(Answer::Found(findings)))
                if findings.records.len() == call.count as usize =>
            {
                self.blacklist.succeeded(call.to);
                self.find_ended(token, call.to, Some(findings), ctx);
                self.responded(call, known, ctx);
            }
            (Purpose::Find(token), _) => {
                self.ban(call.to, ctx);
                self.find_ended(token, call.to, None, ctx);
                self.failed(call, ctx);
            }
            (Purpose::Store(token), Some(Answer::Stored(taken))) => {
                if !ctx.params().store_ignores_blacklist {
                    self.blacklist.succeeded(call.to);
                }
                self.store_ended(token, call.to, Some(taken), ctx);
                self.responded(call, known, ctx);
            }
            (Purpose::Store(token), _) => {
                if !ctx.params().store_ignores_blacklist && call.fate != Fate::Banned {
                    self.ban(call.to, ctx);
                }
                self.store_ended(token, call.to, None, ctx);
                self.failed(call, ctx);
            }
            (Purpose::HandOver, Some(Answer::Stored(_))) => self.responded(call, known, ctx),
            (Purpose::HandOver, _) => self.failed(call, ctx),
            (_, Some(Answer::Pong { clock, available })) => {
                self.on_pong(call, known, (clock, available), ctx);
            }
            _ => self.on_no_pong(call, ctx),
        }
    }

    fn ban(&mut self, peer: NodeIx, ctx: &Ctx<'_, Self>) {
        let clock = self.wall(ctx);
        self.blacklist.failed(peer, clock);
    }

    /// A peer gave a useful answer.
    fn responded(&mut self, call: &Call, known: bool, ctx: &mut Ctx<'_, Self>) {
        if known {
            ctx.attribute(call.cause);
            self.met(call.to, ctx);
        }
    }

    /// A peer gave no useful answer, unless it was never asked.
    fn failed(&mut self, call: &Call, ctx: &Ctx<'_, Self>) {
        if call.fate != Fate::Banned {
            self.lost(call.to, ctx);
        }
    }

    /// A ping was answered with what the peer's clock shows and whether it could reach this node.
    fn on_pong(
        &mut self,
        call: &Call,
        known: bool,
        (clock, available): (Time, bool),
        ctx: &mut Ctx<'_, Self>,
    ) {
        if call.purpose == Purpose::Door && self.is_refusal(call.clock, clock, available, ctx) {
            // An error, not an answer: the peer is not even met.
            return self.door_ended(Some(false), ctx);
        }
        if known {
            self.met(call.to, ctx);
        } else {
            self.lost(call.to, ctx);
        }
        match call.purpose {
            Purpose::Door => self.door_ended(known.then_some(true), ctx),
            Purpose::PingBack(rpc) => self.prove(call.to, rpc, known, ctx),
            _ => {}
        }
    }

    fn on_no_pong(&mut self, call: &Call, ctx: &mut Ctx<'_, Self>) {
        self.lost(call.to, ctx);
        match call.purpose {
            Purpose::Door => self.door_ended(None, ctx),
            Purpose::PingBack(rpc) => self.prove(call.to, rpc, false, ctx),
            _ => {}
        }
    }
}
