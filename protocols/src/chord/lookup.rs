//! Driving lookups: from a command to an owner.

use dhtlab_core::author::{
    Cause, Command, Ctx, Finish, Key, NodeIx, OpId, Outcome, Role, Span, Time, Traffic,
};

use super::call::Purpose;
use super::message::{Answer, Ask, Route};
use super::node::Chord;
use super::params::{LookupEnd, Routing};
use super::peer::Peer;
use super::route::Hop;
use super::search::{Brief, Goal, Search};
use super::vnode::Vnode;

/// How long a lookup for upkeep or for a place is pursued.
const BACKGROUND_PATIENCE: Span = Span::from_secs(30);

impl Chord {
    /// Begins operation `op`.
    pub(super) fn command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        ctx.attribute(Cause::operation(op, Traffic::Lookup));
        match command {
            Command::FindNode { target } => self.look_up(target.prefix(), Goal::Find { op }, ctx),
            Command::Put { key, value } => {
                let place = self.position(key, params);
                self.look_up(place, Goal::Store { op, item: (key, value) }, ctx);
            }
            Command::Get { key } => {
                let fallbacks = params.read_fallbacks;
                let place = self.position(key, params);
                self.look_up(place, Goal::Read { op, key, fallbacks, earlier: false }, ctx);
            }
            Command::Delete { key } => {
                let place = self.position(key, params);
                self.look_up(place, Goal::Remove { op, key }, ctx);
            }
            Command::Range { lo, hi, limit } => self.read_range(op, (lo, hi), limit, ctx),
            Command::Provide { .. }
            | Command::GetProviders { .. }
            | Command::PutMany { .. }
            | Command::GetMany { .. } => {
                ctx.finish(op, &Finish::bare(Outcome::Unsupported));
            }
        }
    }

    /// Begins a lookup for the owner of `target`; what it is for is done there.
    pub(super) fn look_up(&mut self, target: u64, goal: Goal, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let wanted = goal.is_wanted();
        // Nobody tells the origin that a lookup handed on was lost.
        let endless = params.lookup_deadline == Span::ZERO;
        let patience = if wanted && !(endless && params.routing == Routing::Recursive) {
            params.lookup_deadline
        } else {
            BACKGROUND_PATIENCE
        };
        let deadline = if patience == Span::ZERO { Time::NEVER } else { ctx.now() + patience };
        let end = if matches!(goal, Goal::Join { .. } | Goal::Move { .. }) {
            LookupEnd::Successor
        } else {
            params.lookup_end
        };
        let cause = ctx.cause();
        let version = self.version();
        let serial = self.next_serial;
        self.next_serial = serial.wrapping_add(1);
        let brief = Brief { target, goal, cause, end, deadline, version };
        self.launch(Box::new(Search::new(serial, brief)), ctx);
    }

    /// Lets a lookup begin at the own tables.
    pub(super) fn launch(&mut self, mut search: Box<Search>, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let (target, end, deadline) = (search.target, search.end, search.deadline);
        let wanted = search.goal.is_wanted();
        let own = self.entrance(search.goal.vnode());
        let found = match self.next_hop(own, target, &[], end, params) {
            Hop::Own(own) => Some((own.predecessor, vec![own.me])),
            Hop::Owner(own, owners) => Some((Some(own.me), owners.to_vec())),
            Hop::Closer(peers) => {
                search.closer(None, 0, &peers);
                None
            }
        };
        if let Some((before, owners)) = found {
            search.found(0, before, &owners, ctx.me());
            return self.act(search, ctx);
        }
        if let Some(contacts) = self.contacts.as_ref().filter(|_| wanted) {
            search.closer(None, 0, &contacts.before(target));
        }
        if !self.vnodes.iter().any(Vnode::is_member) {
            self.knock(&mut search, ctx);
        }
        self.alarm_by(deadline, ctx);
        let recursive = params.routing == Routing::Recursive && wanted;
        if recursive && ctx.role() == Role::Server {
            return self.send_off(search, ctx);
        }
        self.step(search, ctx);
    }

    /// The virtual node whose tables a lookup begins with: the one it is for, if that is a member, else
    /// the first that is.
    fn entrance(&self, wanted: u16) -> u16 {
        let member = |vnode: &&Vnode| vnode.is_member();
        let own = self.vnodes.get(usize::from(wanted)).filter(member);
        own.or_else(|| self.vnodes.iter().find(member)).map_or(wanted, |vnode| vnode.me.vnode())
    }

    /// Gives up what ran out of time.
    pub(super) fn give_up_searches(&mut self, ctx: &mut Ctx<'_, Self>) {
        let now = ctx.now();
        while let Some(at) = self.searches.iter().position(|search| search.deadline <= now) {
            let search = self.searches.remove(at);
            let serial = search.serial;
            self.calls.cancel(
                |p| matches!(p, Purpose::Step(s) | Purpose::Act(s) | Purpose::Join(_, s) if *s == serial),
            );
            ctx.attribute(search.cause);
            self.fail(&search, Outcome::TimedOut, ctx);
        }
    }

    /// Asks the next candidate.
    fn step(&mut self, mut search: Box<Search>, ctx: &mut Ctx<'_, Self>) {
        let Some(peer) = search.next(ctx.me()) else {
            let outcome =
                if search.dead.is_empty() { Outcome::NoContacts } else { Outcome::TimedOut };
            return self.fail(&search, outcome, ctx);
        };
        let ask = Ask::Next {
            target: search.target,
            dead: search.dead.as_slice().into(),
            end: search.end,
        };
        let serial = search.serial;
        self.searches.push(search);
        self.ask(peer, ask, Purpose::Step(serial), ctx);
    }

    /// Sends a recursive lookup on its way.
    fn send_off(&mut self, mut search: Box<Search>, ctx: &mut Ctx<'_, Self>) {
        let Some(peer) = search.next(ctx.me()) else {
            return self.fail(&search, Outcome::NoContacts, ctx);
        };
        let (target, serial) = (search.target, search.serial);
        search.asked = None;
        self.searches.push(search);
        let route = Route { target, origin: ctx.me(), serial, hops: 0, last: false };
        let next = Route { hops: 1, ..route };
        let own = self.entrance(0);
        let way = Box::new((route, Vec::new()));
        self.ask(peer, Ask::Forward(next), Purpose::Forward(own, way), ctx);
    }

    pub(super) fn take_search(&mut self, serial: u32) -> Option<Box<Search>> {
        let at = self.searches.iter().position(|search| search.serial == serial)?;
        let search = self.searches.remove(at);
        if self.searches.is_empty() {
            self.searches = Vec::new();
        }
        Some(search)
    }

    pub(super) fn step_answered(
        &mut self,
        serial: u32,
        peer: Peer,
        answer: Answer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(mut search) = self.take_search(serial) else { return };
        match answer {
            Answer::Owner { before, owners } => {
                let (_, depth) = search.answered(ctx.me());
                self.meet(&owners, ctx);
                search.found(depth, Some(before), &owners, ctx.me());
                if owners.first().is_some_and(|owner| owner.host == peer.host) {
                    // The owner's host itself answered: there is nobody else to go to, or to verify.
                    search.depth = depth;
                    if let Goal::Find { op } = search.goal {
                        return Self::finish_find(op, &search, ctx);
                    }
                }
                self.act(search, ctx);
            }
            Answer::Closer(peers) => {
                let (by, depth) = search.answered(ctx.me());
                self.meet(&peers, ctx);
                search.closer(by.map(|peer| peer.id), depth, &peers);
                self.step(search, ctx);
            }
            _ => {
                self.searches.push(search);
                self.step_silent(serial, peer, ctx);
            }
        }
    }

    pub(super) fn step_silent(&mut self, serial: u32, peer: Peer, ctx: &mut Ctx<'_, Self>) {
        let Some(mut search) = self.take_search(serial) else { return };
        if !search.silent(peer, ctx.me()) {
            return self.fail(&search, Outcome::TimedOut, ctx);
        }
        // What others named first, then the own table again.
        let own = self.entrance(search.goal.vnode());
        if let Hop::Closer(peers) =
            self.next_hop(own, search.target, &search.dead, search.end, ctx.params())
        {
            search.closer(None, 0, &peers);
        }
        self.step(search, ctx);
    }

    /// A recursive lookup arrived.
    pub(super) fn routed(
        &mut self,
        serial: u32,
        hops: u8,
        owners: &[Peer],
        _from: u64,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(mut search) = self.take_search(serial) else { return };
        search.arrived();
        search.found(hops.saturating_sub(1), None, owners, ctx.me());
        search.depth = hops;
        if let Goal::Find { op } = search.goal {
            let found: Vec<NodeIx> = owners.iter().map(|peer| peer.host).collect();
            return ctx.finish(op, &search.report(Outcome::Done, &found));
        }
        self.act(search, ctx);
    }

    /// A lookup ends without result.
    pub(super) fn fail(&mut self, search: &Search, outcome: Outcome, ctx: &mut Ctx<'_, Self>) {
        match search.goal {
            Goal::Join { .. } => self.retry_joins(ctx),
            Goal::Range { range } => self.part_lost(range, search, outcome, ctx),
            Goal::Name { range, .. } => self.name_read(range, search, None, ctx),
            Goal::Move { vnode } => self.move_failed(vnode, ctx),
            Goal::Finger { .. } => {}
            _ => {
                if let Some(op) = search.goal.op() {
                    ctx.finish(op, &search.report(outcome, &[]));
                }
            }
        }
    }

    /// The place of `key`, for those that ask for it by key alone.
    pub(super) fn place_of(&self, key: Key, ctx: &Ctx<'_, Self>) -> u64 {
        self.position(key, ctx.params())
    }
}
