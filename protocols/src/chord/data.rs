//! Records at their owner: stored, read, removed, listed, and taken from other holders.

use std::sync::Arc;

use dhtlab_core::author::{Cause, Ctx, Key, Span, Traffic};

use super::call::Purpose;
use super::message::{Answer, Ask, Item, Why};
use super::node::Chord;
use super::vnode::Clock;

impl Chord {
    /// Keeps a record for its user, and tells the replicas at once.
    pub(super) fn keep(
        &mut self,
        vnode: u16,
        item: Item,
        anyway: bool,
        ctx: &mut Ctx<'_, Self>,
    ) -> Answer {
        let (place, now) = (self.place_of(item.0, ctx), ctx.now());
        if !anyway && let Some(refusal) = self.refuse(vnode, place, ctx) {
            return refusal;
        }
        let Some(own) = self.member(vnode) else { return Answer::Refused };
        let fresh = own.store.put(place, item, now);
        let mine = own.owns(place);
        let value = own.store.get(place, item.0).unwrap_or(item.1);
        if fresh {
            self.learn_insert(item.0, ctx);
        }
        if mine {
            self.tell_replicas(vnode, (item.0, value), Why::Replica, ctx);
        }
        Answer::Done
    }

    /// Removes a record for its user, and tells the replicas at once.
    pub(super) fn erase(
        &mut self,
        vnode: u16,
        key: Key,
        anyway: bool,
        ctx: &mut Ctx<'_, Self>,
    ) -> Answer {
        let (place, now) = (self.place_of(key, ctx), ctx.now());
        if !anyway && let Some(refusal) = self.refuse(vnode, place, ctx) {
            return refusal;
        }
        let Some(own) = self.member(vnode) else { return Answer::Refused };
        let mine = own.owns(place);
        let present = own.store.get(place, key).is_some();
        own.store.erase(place, key, mine, now);
        let mark = own.store.held(&(place, key)).map(|held| held.value);
        if present {
            self.learn_removal(key);
        }
        if let Some(mark) = mark {
            self.mind_leftovers(vnode, ctx);
            if mine {
                self.tell_replicas(vnode, (key, mark), Why::Gone, ctx);
            }
        }
        Answer::Done
    }

    /// What is kept under a key. Who has it says so even if the place is not its own.
    pub(super) fn look_in(
        &mut self,
        vnode: u16,
        key: Key,
        anyway: bool,
        ctx: &mut Ctx<'_, Self>,
    ) -> Answer {
        let place = self.place_of(key, ctx);
        let Some(own) = self.member(vnode) else { return Answer::Refused };
        let value = own.store.get(place, key);
        if value.is_none()
            && !anyway
            && let Some(refusal) = self.refuse(vnode, place, ctx)
        {
            return refusal;
        }
        Answer::Value(value)
    }

    /// Which records with such names are held, and for which stretch that is all.
    ///
    /// Who does not know its predecessor speaks for nothing but its own place, and is not settled.
    pub(super) fn scan(&mut self, vnode: u16, names: (u64, u64), limit: u32) -> Answer {
        let Some(own) = self.member(vnode) else { return Answer::Refused };
        let items = own.store.named(names, limit as usize);
        let claim = own.stretch();
        let place = (own.id().wrapping_sub(1), own.id());
        Answer::Items {
            claim: claim.unwrap_or(place),
            settled: own.settled && claim.is_some(),
            items: items.into(),
            successors: own.successors.as_slice().into(),
        }
    }

    /// Why a record at `place` is not for this virtual node, if it is not. The predecessor it is
    /// for instead is asked whether it is there: the asker may be about to find it silent.
    pub(super) fn refuse(
        &mut self,
        vnode: u16,
        place: u64,
        ctx: &mut Ctx<'_, Self>,
    ) -> Option<Answer> {
        let own = self.member(vnode)?;
        let before = own.predecessor.filter(|_| !own.owns(place))?;
        let checking = self.calls.any(|p| matches!(p, Purpose::CheckPredecessor(v) if *v == vnode));
        if !checking {
            let cause = ctx.cause();
            ctx.attribute(Cause::background(Traffic::Maintenance));
            self.check_predecessor(vnode, ctx);
            ctx.attribute(cause);
        }
        Some(Answer::NotMine(Some(before)))
    }

    /// Takes records from another holder; what is not for this virtual node either goes on.
    pub(super) fn take_in(
        &mut self,
        vnode: u16,
        (items, why): (&Arc<[Item]>, Why),
        done: Option<(u64, u64)>,
        ctx: &mut Ctx<'_, Self>,
    ) -> Answer {
        let now = ctx.now();
        let places: Vec<u64> = items.iter().map(|item| self.place_of(item.0, ctx)).collect();
        let Some(own) = self.member(vnode) else { return Answer::Refused };
        let mut astray = false;
        for (place, item) in places.into_iter().zip(items.iter()) {
            let mine = own.owns(place);
            match why {
                Why::Owner => {
                    astray |= !mine;
                    own.store.take(place, *item, false, now);
                }
                Why::Replica => own.store.take(place, *item, !mine, now),
                Why::Gone => own.store.take_mark(place, *item, !mine, now),
            }
        }
        match done {
            // All there is behind the sender's place, so all there is for this virtual node; those
            // before it may have waited for that.
            Some(_) if why == Why::Owner && !own.settled => {
                own.settled = true;
                astray = true;
            }
            Some(_) if why == Why::Owner => {}
            Some(stretch) => own.store.vouch(stretch, now),
            None => {}
        }
        if why != Why::Owner {
            self.mind_leftovers(vnode, ctx);
        }
        if astray {
            self.hand_over(vnode, ctx);
        }
        Answer::Done
    }

    /// Sees to it that copies and marks are dropped some day, where no clock runs for replicas.
    pub(super) fn mind_leftovers(&mut self, vnode: u16, ctx: &mut Ctx<'_, Self>) {
        let interval = ctx.params().replica_sync_interval;
        let next = ctx.now() + interval;
        let Some(own) = self.member(vnode) else { return };
        let due = &mut own.due[Clock::Sync as usize];
        if *due > next + interval {
            *due = next;
            self.arm_upkeep(ctx);
        }
    }

    /// How long a copy lives that nobody vouches for: three intervals, and longer where upkeep is
    /// slower to find out that an owner is gone.
    pub(super) fn copy_patience(ctx: &Ctx<'_, Self>) -> Span {
        let p = ctx.params();
        let slowest = p.stabilize_interval.max(p.check_predecessor_interval);
        p.replica_sync_interval.max(slowest) * 3
    }

    /// Passes a change on to the replicas.
    fn tell_replicas(&mut self, vnode: u16, item: Item, why: Why, ctx: &mut Ctx<'_, Self>) {
        for peer in self.replica_targets(vnode, ctx) {
            let ask = Ask::Transfer { items: [item].into(), why, done: None };
            self.ask(peer, ask, Purpose::Replicate(vnode, false), ctx);
        }
    }
}
