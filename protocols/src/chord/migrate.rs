//! A new model becomes active: records that it places elsewhere are moved, and reads find them
//! meanwhile.

use std::sync::Arc;

use dhtlab_core::author::{Cause, Ctx, Key, NodeIx, Outcome, Span, Time, Traffic};

use super::call::Purpose;
use super::learn::Step;
use super::message::{Answer, Ask, Item};
use super::node::Chord;
use super::peer::Peer;
use super::ring::up_to;
use super::search::{Goal, Search};
use super::vnode::Vnode;
use crate::learned_chord::Model;
use crate::learned_chord::learner::Tick;
use crate::learned_chord::lesson::{Lesson, Order};

/// A move that failed, or had nowhere to go yet, is tried again after this long.
const MOVE_RETRY: Span = Span::from_secs(1);

impl Vnode {
    /// The stretch of the ring that is not its own, if it knows its own and is not alone.
    fn foreign(&self) -> Option<(u64, u64)> {
        self.stretch().filter(|(from, to)| from != to).map(|(from, to)| (to, from))
    }

    /// How many records it holds that belong elsewhere.
    pub(super) fn misplaced(&self) -> usize {
        self.foreign().map_or(0, |stretch| self.store.strays(stretch).count())
    }
}

impl Chord {
    /// Are records being moved by the rule of a new model, or is a new model under way to this host?
    pub(super) fn moves_records(&self) -> bool {
        self.learner.as_deref().is_some_and(|learner| learner.migrating || learner.fetching)
    }

    /// Uses `model` from now on, if it is later than the active one.
    pub(super) fn activate(&mut self, model: &Arc<Model>, ctx: &mut Ctx<'_, Self>) {
        let now = ctx.now();
        let Some(learner) = self.learner.as_deref_mut() else { return };
        if model.order() <= learner.active.order() {
            return;
        }
        learner.switch(Arc::clone(model), now + ctx.params().dual_read);
        for own in &mut self.vnodes {
            own.store.replace(|key| model.position(key.name()));
        }
        self.settle_among_own(ctx);
        let mut leaves: Vec<(usize, u64)> = Vec::new();
        for own in &self.vnodes {
            leaves.extend(own.store.iter().map(|(_, (key, _))| (model.leaf(key.name()), 1)));
        }
        if let Some(learner) = self.learner.as_deref_mut() {
            learner.monitor.activated(now, leaves);
            learner.migrating = true;
        }
        self.set_tick(Tick::Migrate, now, ctx);
    }

    /// Moves records between own virtual nodes; that costs nothing.
    fn settle_among_own(&mut self, ctx: &Ctx<'_, Self>) {
        for number in 0..self.vnodes.len() {
            let Some(foreign) = self.vnodes[number].foreign() else { continue };
            for (place, item) in self.vnodes[number].store.within(foreign, usize::MAX) {
                let owner = self.vnodes.iter().position(|own| own.is_member() && own.owns(place));
                if let Some(owner) = owner {
                    self.vnodes[number].store.remove(place, item.0);
                    self.vnodes[owner].store.put(place, item, ctx.now());
                }
            }
        }
    }

    /// Begins to move the first record of each virtual node that belongs elsewhere.
    pub(super) fn migrate(&mut self, ctx: &mut Ctx<'_, Self>) {
        ctx.attribute(Cause::background(Traffic::Migration));
        let (mut left, mut waits) = (false, false);
        for number in 0..self.vnodes.len() {
            let own = &self.vnodes[number];
            let vnode = own.me.vnode();
            let Some(learner) = self.learner.as_deref_mut() else { return };
            if learner.moving.contains(&vnode) {
                left = true;
                continue;
            }
            let Some(foreign) = own.foreign() else {
                // Without a predecessor its own stretch is unknown; alone, everything is its own.
                let alone = own.first().is_none_or(|first| first == own.me);
                waits |= !alone && own.predecessor.is_none() && own.store.len() > 0;
                continue;
            };
            let Some((place, _)) = own.store.within(foreign, 1).first().copied() else { continue };
            left = true;
            learner.moving.push(vnode);
            self.look_up(place, Goal::Move { vnode }, ctx);
        }
        if waits {
            self.set_tick(Tick::Migrate, ctx.now() + MOVE_RETRY, ctx);
        } else if !left {
            self.end_migration(ctx);
        }
    }

    /// All records are where they belong: the ordinary hand-over goes on.
    fn end_migration(&mut self, ctx: &mut Ctx<'_, Self>) {
        if let Some(learner) = self.learner.as_deref_mut() {
            learner.migrating = false;
        }
        ctx.attribute(Cause::background(Traffic::Maintenance));
        for number in 0..self.vnodes.len() {
            let vnode = self.vnodes[number].me.vnode();
            self.hand_over(vnode, ctx);
        }
    }

    /// The owner of the first record is known: it gets all that belong into its stretch.
    pub(super) fn move_to(&mut self, vnode: u16, search: &Search, ctx: &mut Ctx<'_, Self>) {
        let Some(owner) = search.owners.last().copied() else {
            return self.move_failed(vnode, ctx);
        };
        let just = (search.target.wrapping_sub(1), search.target);
        let told = search.before.map(|before| (before.id, owner.id));
        let stretch = told.filter(|(from, to)| up_to(search.target, *from, *to)).unwrap_or(just);
        let behind = search.owners.iter().rev().skip(1).copied().collect();
        self.send_moved(vnode, (owner, stretch), behind, ctx);
    }

    fn send_moved(
        &mut self,
        vnode: u16,
        (owner, stretch): (Peer, (u64, u64)),
        behind: Arc<[Peer]>,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let most = ctx.params().transfer_items as usize;
        let order = self.model().map_or((0, 0), Model::order);
        let Some(own) = self.member(vnode) else { return self.move_failed(vnode, ctx) };
        let mut items: Vec<Item> =
            own.store.within(stretch, most).into_iter().map(|(_, item)| item).collect();
        if owner == own.me {
            items.clear();
        }
        if items.is_empty() {
            return self.move_next(vnode, Span::ZERO, ctx);
        }
        ctx.attribute(Cause::background(Traffic::Migration));
        let slots = items.iter().map(|(key, value)| (*key, value.version)).collect();
        let ask = Ask::Lesson(Box::new(Lesson::Move { order, items: items.into() }));
        self.ask(owner, ask, Purpose::Lesson(Step::Move(vnode, slots, stretch, behind)), ctx);
    }

    /// The owner has them: they are no longer kept here.
    pub(super) fn moved(
        &mut self,
        vnode: u16,
        slots: &[(Key, u64)],
        (owner, stretch): (Peer, (u64, u64)),
        behind: Arc<[Peer]>,
        ctx: &mut Ctx<'_, Self>,
    ) {
        for (key, version) in slots {
            let place = self.place_of(*key, ctx);
            let Some(own) = self.vnode(vnode) else { return };
            let same = own.store.get(place, *key).is_some_and(|held| held.version == *version);
            // A later model, or a lost predecessor, may have made it an own one meanwhile.
            if same && !own.owns(place) {
                own.store.remove(place, *key);
            }
        }
        let full = slots.len() == ctx.params().transfer_items as usize;
        let foreign = self.vnode(vnode).is_some_and(|own| !own.owns(stretch.1));
        if full && foreign && owner.host != ctx.me() {
            return self.send_moved(vnode, (owner, stretch), behind, ctx);
        }
        // The successors of the owner came with it: what is theirs needs no lookup.
        let mut from = owner;
        for (at, next) in behind.iter().enumerate() {
            let stretch = (from.id, next.id);
            from = *next;
            let Some(own) = self.member(vnode) else { break };
            if own.owns(next.id) || next.host == ctx.me() {
                break;
            }
            if own.store.strays(stretch).next().is_some() {
                return self.send_moved(vnode, (*next, stretch), behind[at + 1..].into(), ctx);
            }
        }
        self.move_next(vnode, Span::ZERO, ctx);
    }

    /// The owner was not found, or is silent.
    pub(super) fn move_failed(&mut self, vnode: u16, ctx: &mut Ctx<'_, Self>) {
        self.move_next(vnode, MOVE_RETRY, ctx);
    }

    fn move_next(&mut self, vnode: u16, after: Span, ctx: &mut Ctx<'_, Self>) {
        let at = ctx.now() + after;
        let Some(learner) = self.learner.as_deref_mut() else { return };
        learner.moving.retain(|other| *other != vnode);
        let at = at.min(learner.due[Tick::Migrate as usize]);
        self.set_tick(Tick::Migrate, at, ctx);
    }

    /// Records come that the sender's model places here.
    pub(super) fn take_moved(
        &mut self,
        from: NodeIx,
        vnode: u16,
        order: Order,
        items: &[Item],
        ctx: &mut Ctx<'_, Self>,
    ) -> Answer {
        let now = ctx.now();
        let mut astray = false;
        for item in items {
            let place = self.place_of(item.0, ctx);
            let Some(own) = self.member(vnode) else { return Answer::Refused };
            own.store.put(place, *item, now);
            astray |= !own.owns(place);
        }
        let Some(learner) = self.learner.as_deref_mut() else { return Answer::Refused };
        if order > learner.active.order() {
            self.fetch_model(Self::door(from, ctx), order.0, ctx);
        } else if astray && order < learner.active.order() {
            // They were on their way under an older model.
            learner.migrating = true;
            self.set_tick(Tick::Migrate, now, ctx);
        }
        Answer::Done
    }

    /// What is answered to a write of somebody with another model. One with a newer model knows better,
    /// and that model is fetched from it.
    pub(super) fn skew(
        &mut self,
        from: NodeIx,
        version: u32,
        ctx: &mut Ctx<'_, Self>,
    ) -> Option<Answer> {
        let own = self.version();
        if version > own {
            self.fetch(Self::door(from, ctx), version, ctx);
        }
        (version < own).then_some(Answer::Model(own))
    }

    /// The holder asked has a model of `version`, another one than this lookup went by.
    pub(super) fn stale(
        &mut self,
        mut search: Box<Search>,
        peer: Peer,
        version: u32,
        ctx: &mut Ctx<'_, Self>,
    ) {
        search.skewed = true;
        let newer = version > search.version;
        if newer && !search.replaced && self.learner.is_some() {
            search.replaced = true;
            if version <= self.version() {
                return self.look_again(search, ctx);
            }
            let serial = search.serial;
            self.alarm_by(search.deadline, ctx);
            self.searches.push(search);
            if let Some(learner) = self.learner.as_deref_mut() {
                learner.parked.push(serial);
            }
            return self.fetch(peer, version, ctx);
        }
        if matches!(search.goal, Goal::Read { .. }) {
            self.read(search, peer, None, ctx);
        } else {
            self.fail(&search, Outcome::TimedOut, ctx);
        }
    }

    /// The model that lookups waited for is here, or will not come.
    pub(super) fn resume_parked(&mut self, ctx: &mut Ctx<'_, Self>) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        let cause = ctx.cause();
        for serial in std::mem::take(&mut learner.parked) {
            if let Some(search) = self.take_search(serial) {
                ctx.attribute(search.cause);
                self.look_again(search, ctx);
            }
        }
        ctx.attribute(cause);
    }

    /// Looks once more, at the place by the active model.
    fn look_again(&mut self, mut search: Box<Search>, ctx: &mut Ctx<'_, Self>) {
        let Some(key) = search.goal.key() else {
            return self.fail(&search, Outcome::TimedOut, ctx);
        };
        search.again(self.place_of(key, ctx), self.version());
        search.skewed = false;
        self.launch(search, ctx);
    }

    /// The place of `key` under the model before, while records may still be there.
    pub(super) fn place_before(&self, key: Key) -> Option<u64> {
        let (model, _) = self.learner.as_deref()?.previous.as_ref()?;
        Some(model.position(key.name()))
    }

    /// The first and the last place of these names under the model before, while reads look there.
    pub(super) fn ends_before(&self, (lo, hi): (u64, u64), now: Time) -> Option<[u64; 2]> {
        let (model, until) = self.learner.as_deref()?.previous.as_ref()?;
        (*until > now).then(|| [lo, hi].map(|name| model.position(name)))
    }

    /// A read that found nothing at its place: while records move, they may still be at the place
    /// before; and if they are not there either, they have just come. Hands the lookup back when there
    /// is nowhere left to look.
    pub(super) fn look_elsewhere(
        &mut self,
        mut search: Box<Search>,
        missed: bool,
        ctx: &mut Ctx<'_, Self>,
    ) -> Option<Box<Search>> {
        let before = self.learner.as_deref().and_then(|learner| {
            let (model, until) = learner.previous.as_ref()?;
            let key = search.goal.key()?;
            (*until > ctx.now()).then(|| model.position(key.name()))
        });
        let Some(place) = before.filter(|_| missed && search.looks < 2) else {
            return Some(search);
        };
        search.looks += 1;
        if search.looks == 2 {
            search.goal.look_once(false);
            self.look_again(search, ctx);
            return None;
        }
        if place == search.target {
            return Some(search);
        }
        search.goal.look_once(true);
        search.again(place, self.version());
        self.launch(search, ctx);
        None
    }
}
