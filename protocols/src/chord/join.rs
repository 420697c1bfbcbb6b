//! Entering the ring: a virtual node learns its place by a lookup, is admitted by the node before it, and
//! is a member from then on.

use dhtlab_core::author::{Cause, Ctx, Outcome, Traffic};

use super::call::Purpose;
use super::message::{Answer, Ask};
use super::node::{Chord, Timer};
use super::peer::Peer;
use super::search::{Goal, Search};
use super::vnode::Vnode;

/// How many doors a joiner tries in one attempt.
const DOORS_TRIED: usize = 3;

impl Chord {
    /// Lets a lookup of somebody who is no member begin at the doors it knows.
    pub(super) fn knock(&mut self, search: &mut Search, ctx: &Ctx<'_, Self>) {
        let count = self.doors.len();
        for step in 0..count.min(DOORS_TRIED) {
            let host = self.doors[(self.next_door as usize + step) % count];
            search.closer(None, 0, &[Self::door(host, ctx)]);
        }
        self.next_door = self.next_door.wrapping_add(1);
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
    pub(super) fn ask_admission(
        &mut self,
        vnode: u16,
        search: Box<Search>,
        ctx: &mut Ctx<'_, Self>,
    ) {
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
        let Answer::Admitted { successors, version } = answer else {
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
        self.fetch(peer, version, ctx);
        self.stabilize(vnode, ctx);
        self.begin_joins(ctx);
    }

    pub(super) fn fail_join(&mut self, serial: u32, ctx: &mut Ctx<'_, Self>) {
        if let Some(search) = self.take_search(serial) {
            self.fail(&search, Outcome::TimedOut, ctx);
        }
    }
}
