//! Driving lookups: from a command to an owner, and what is done there.

use dhtlab_core::author::{
    Cause, Command, Ctx, Finish, Key, NodeIx, OpId, Outcome, Role, Span, Time, Traffic, Value,
};

use super::call::Purpose;
use super::message::{Answer, Ask, Route};
use super::node::{Chord, Timer};
use super::params::{LookupEnd, Routing};
use super::peer::Peer;
use super::route::Hop;
use super::search::{Brief, Goal, OWNERS_TRIED_MAX, Search};
use super::vnode::Vnode;

/// How long a lookup for upkeep or for a place is pursued.
const BACKGROUND_PATIENCE: Span = Span::from_secs(30);
/// How many doors a joiner tries in one attempt.
const DOORS_TRIED: usize = 3;

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
            Command::Range { .. } | Command::Provide { .. } | Command::GetProviders { .. } => {
                ctx.finish(op, &Finish::bare(Outcome::Unsupported));
            }
        }
    }

    /// Begins a lookup for the owner of `target`; what it is for is done there.
    pub(super) fn look_up(&mut self, target: u64, goal: Goal, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let recursive = params.routing == Routing::Recursive && goal.op().is_some();
        let patience = match goal.op() {
            // Nobody tells the origin that a lookup handed on was lost.
            Some(_) if !(recursive && params.lookup_deadline == Span::ZERO) => {
                params.lookup_deadline
            }
            _ => BACKGROUND_PATIENCE,
        };
        let deadline = if patience == Span::ZERO { Time::NEVER } else { ctx.now() + patience };
        let end = if matches!(goal, Goal::Join { .. }) {
            LookupEnd::Successor
        } else {
            params.lookup_end
        };
        let cause = ctx.cause();
        let version = self.version();
        let serial = self.next_serial;
        self.next_serial = serial.wrapping_add(1);
        let brief = Brief { target, goal, cause, end, deadline, version };
        let mut search = Search::new(serial, brief);
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
            let own = owners.first().is_some_and(|owner| owner.host == ctx.me());
            search.found(0, before, &owners);
            search.depth = u8::from(!own);
            return self.act(search, ctx);
        }
        if search.goal.op().is_some() || matches!(search.goal, Goal::Range { .. }) {
            search.closer(None, 0, &self.contacts);
        }
        if !self.vnodes.iter().any(Vnode::is_member) {
            self.knock(&mut search, ctx);
        }
        self.arm_deadline(deadline, ctx);
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

    /// Lets a lookup of somebody who is no member begin at the doors it knows.
    fn knock(&mut self, search: &mut Search, ctx: &Ctx<'_, Self>) {
        let count = self.doors.len();
        for step in 0..count.min(DOORS_TRIED) {
            let host = self.doors[(self.next_door as usize + step) % count];
            search.closer(None, 0, &[Self::door(host, ctx)]);
        }
        self.next_door = self.next_door.wrapping_add(1);
    }

    pub(super) fn arm_deadline(&mut self, deadline: Time, ctx: &mut Ctx<'_, Self>) {
        if deadline < self.deadline {
            self.deadline = deadline;
            ctx.arm_at(Timer::Deadline, deadline);
        }
    }

    /// Gives up what ran out of time.
    pub(super) fn on_deadline(&mut self, ctx: &mut Ctx<'_, Self>) {
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
        self.deadline = Time::NEVER;
        let next = self.searches.iter().map(|search| search.deadline).min();
        self.arm_deadline(next.unwrap_or(Time::NEVER), ctx);
    }

    /// Asks the next candidate.
    fn step(&mut self, mut search: Search, ctx: &mut Ctx<'_, Self>) {
        let Some(peer) = search.next() else {
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
    fn send_off(&mut self, mut search: Search, ctx: &mut Ctx<'_, Self>) {
        let Some(peer) = search.next() else {
            return self.fail(&search, Outcome::NoContacts, ctx);
        };
        let (target, serial) = (search.target, search.serial);
        search.asked = None;
        self.searches.push(search);
        let route = Route { target, origin: ctx.me(), serial, hops: 0, last: false };
        let next = Route { hops: 1, ..route };
        let own = self.entrance(0);
        self.ask(peer, Ask::Forward(next), Purpose::Forward(own, route, Vec::new()), ctx);
    }

    pub(super) fn take_search(&mut self, serial: u32) -> Option<Search> {
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
                let (_, depth) = search.answered();
                search.found(depth, Some(before), &owners);
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
                let (by, depth) = search.answered();
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
        if !search.silent(peer) {
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
        search.sent(true);
        search.found(hops.saturating_sub(1), None, owners);
        search.depth = hops;
        if let Goal::Find { op } = search.goal {
            let found: Vec<NodeIx> = owners.iter().map(|peer| peer.host).collect();
            return ctx.finish(op, &search.report(Outcome::Done, &found));
        }
        self.act(search, ctx);
    }

    /// Does at the owner what the lookup was for.
    pub(super) fn act(&mut self, mut search: Search, ctx: &mut Ctx<'_, Self>) {
        while search.owners.last().is_some_and(|owner| search.dead.contains(&owner.id)) {
            search.owners.pop();
        }
        let Some(owner) = search.owners.last().copied() else {
            return self.fail(&search, Outcome::TimedOut, ctx);
        };
        let version = search.version;
        let ask = match search.goal {
            Goal::Find { op } => {
                if owner.host == ctx.me() || !ctx.params().verify_owner {
                    return Self::finish_find(op, &search, ctx);
                }
                Ask::Owns(search.target)
            }
            Goal::Store { op, item } => {
                ctx.attribute(Cause::operation(op, Traffic::Store));
                Ask::Put { item, version }
            }
            Goal::Read { key, earlier, .. } => Ask::Get { key, version, anyway: earlier },
            Goal::Remove { op, key } => {
                ctx.attribute(Cause::operation(op, Traffic::Store));
                Ask::Delete { key, version }
            }
            Goal::Finger { vnode, exponent } => {
                if let Some(own) = self.member(vnode) {
                    own.fingers.set(exponent, (owner != own.me).then_some(owner));
                }
                return;
            }
            Goal::Join { vnode } => return self.ask_admission(vnode, search, ctx),
            Goal::Range { .. } | Goal::Move { .. } => return,
        };
        if search.tried >= OWNERS_TRIED_MAX {
            return self.fail(&search, Outcome::TimedOut, ctx);
        }
        if owner.host != ctx.me() {
            search.acting();
        }
        let serial = search.serial;
        self.arm_deadline(search.deadline, ctx);
        self.searches.push(search);
        self.ask(owner, ask, Purpose::Act(serial), ctx);
    }

    fn finish_find(op: OpId, search: &Search, ctx: &mut Ctx<'_, Self>) {
        let found: Vec<NodeIx> = search.owners.iter().rev().map(|peer| peer.host).collect();
        ctx.finish(op, &search.report(Outcome::Done, &found));
    }

    pub(super) fn act_answered(
        &mut self,
        serial: u32,
        peer: Peer,
        answer: Answer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(mut search) = self.take_search(serial) else { return };
        if peer.host != ctx.me() {
            search.succeeded();
        }
        match (answer, &search.goal) {
            (Answer::Done, Goal::Find { op }) => Self::finish_find(*op, &search, ctx),
            (Answer::Done, Goal::Store { op, .. } | Goal::Remove { op, .. }) => {
                ctx.finish(*op, &search.report(Outcome::Done, &[peer.host]));
            }
            (Answer::Value(value), Goal::Read { .. }) => self.read(search, peer, value, ctx),
            (Answer::NotMine(Some(before)), Goal::Find { op })
                if search.dead.contains(&before.id) =>
            {
                // It has not noticed yet that the place has become its own.
                Self::finish_find(*op, &search, ctx);
            }
            (Answer::NotMine(Some(before)), _) => {
                // Successor lists are behind the times the further they reach: somebody joined.
                search.depth = search.depth.saturating_add(1);
                search.owners.push(before);
                self.act(search, ctx);
            }
            _ => {
                self.searches.push(search);
                self.act_silent(serial, peer, ctx);
            }
        }
    }

    /// A holder said what it has; where that is nothing, a few more are asked.
    fn read(
        &mut self,
        mut search: Search,
        peer: Peer,
        value: Option<Value>,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Goal::Read { op, key, fallbacks, .. } = search.goal else { return };
        if value.is_some() {
            let found = [peer.host];
            let finish = Finish { value, ..search.report(Outcome::Done, &found) };
            return ctx.finish(op, &finish);
        }
        search.owners.retain(|owner| *owner != peer);
        if fallbacks == 0 || search.owners.is_empty() {
            return ctx.finish(op, &search.report(Outcome::NotFound, &[]));
        }
        search.goal = Goal::Read { op, key, fallbacks: fallbacks - 1, earlier: true };
        self.act(search, ctx);
    }

    pub(super) fn act_silent(&mut self, serial: u32, peer: Peer, ctx: &mut Ctx<'_, Self>) {
        let Some(mut search) = self.take_search(serial) else { return };
        if !search.silent(peer) {
            return self.fail(&search, Outcome::TimedOut, ctx);
        }
        search.owners.retain(|owner| *owner != peer);
        self.act(search, ctx);
    }

    /// A lookup ends without result.
    pub(super) fn fail(&mut self, search: &Search, outcome: Outcome, ctx: &mut Ctx<'_, Self>) {
        match search.goal {
            Goal::Join { .. } => self.retry_joins(ctx),
            Goal::Finger { .. } | Goal::Range { .. } | Goal::Move { .. } => {}
            _ => {
                if let Some(op) = search.goal.op() {
                    ctx.finish(op, &search.report(outcome, &[]));
                }
            }
        }
    }

    /// Lets the first virtual node that is no member look for its place; the others follow.
    pub(super) fn begin_joins(&mut self, ctx: &mut Ctx<'_, Self>) {
        let Some(own) = self.vnodes.iter().find(|own| !own.is_member()) else { return };
        let (vnode, target) = (own.me.vnode(), own.me.id);
        let under_way = self.searches.iter().any(|s| matches!(s.goal, Goal::Join { .. }))
            || self.calls.any(|p| matches!(p, Purpose::Join(..)));
        if !under_way {
            ctx.attribute(Cause::background(Traffic::Join));
            self.look_up(target, Goal::Join { vnode }, ctx);
        }
    }

    pub(super) fn retry_joins(&mut self, ctx: &mut Ctx<'_, Self>) {
        ctx.joined(false);
        let members = self.vnodes.iter().any(Vnode::is_member);
        if !members && ctx.is_bootstrap() && self.next_door as usize >= self.doors.len() {
            // Nobody it knows of is in a ring, and everybody else waits for one at its door.
            let doors = std::mem::take(&mut self.doors);
            self.form_first_ring(&doors, ctx);
            self.doors = doors;
            return;
        }
        let after = ctx.params().join_retry;
        ctx.arm(Timer::Join, after);
    }

    /// The node before the place of `vnode` is known: it is asked to let it in.
    fn ask_admission(&mut self, vnode: u16, search: Search, ctx: &mut Ctx<'_, Self>) {
        let Some(own) = self.vnode(vnode) else { return };
        let me = own.me;
        let Some(before) = search.before.filter(|before| *before != me) else {
            return self.retry_joins(ctx);
        };
        let serial = search.serial;
        self.searches.push(search);
        self.ask(before, Ask::Join(me), Purpose::Join(vnode, serial), ctx);
    }

    pub(super) fn join_answered(
        &mut self,
        vnode: u16,
        serial: u32,
        peer: Peer,
        answer: Answer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(search) = self.take_search(serial) else { return };
        let most = ctx.params().successors as usize;
        let Answer::Admitted { successors, .. } = answer else {
            return self.fail(&search, Outcome::TimedOut, ctx);
        };
        let prefix = ctx.key_prefix(ctx.me());
        let Some(own) = self.vnode(vnode) else { return };
        let [head, rest @ ..] = &*successors else { return self.retry_joins(ctx) };
        if head.id == own.me.id || peer.id == own.me.id {
            own.take_other_place(prefix);
            return self.retry_joins(ctx);
        }
        own.admit(peer, *head, rest, most);
        self.begin_clocks(usize::from(vnode), ctx);
        self.arm_upkeep(ctx);
        if vnode == 0 {
            ctx.joined(true);
        }
        self.stabilize(vnode, ctx);
        self.begin_joins(ctx);
    }

    pub(super) fn fail_join(&mut self, serial: u32, ctx: &mut Ctx<'_, Self>) {
        if let Some(search) = self.take_search(serial) {
            self.fail(&search, Outcome::TimedOut, ctx);
        }
    }

    /// The place of `key`, for those that ask for it by key alone.
    pub(super) fn place_of(&self, key: Key, ctx: &Ctx<'_, Self>) -> u64 {
        self.position(key, ctx.params())
    }
}
