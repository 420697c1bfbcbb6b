//! Driving lookups: what is done at the owner that was found.

use dhtlab_core::author::{Cause, Ctx, Finish, NodeIx, OpId, Outcome, Traffic, Value};

use super::call::Purpose;
use super::message::{Answer, Ask};
use super::node::Chord;
use super::peer::Peer;
use super::search::{Goal, OWNERS_TRIED_MAX, Search};

impl Chord {
    /// Does at the owner what the lookup was for.
    pub(super) fn act(&mut self, mut search: Box<Search>, ctx: &mut Ctx<'_, Self>) {
        while search.owners.last().is_some_and(|owner| search.dead.contains(&owner.id)) {
            search.owners.pop();
        }
        let Some(owner) = search.owners.last().copied() else {
            return self.fail(&search, Outcome::TimedOut, ctx);
        };
        let (version, anyway) = (search.version, search.anyway);
        let ask = match search.goal {
            Goal::Find { op } => {
                if owner.host == ctx.me() || !ctx.params().verify_owner {
                    return Self::finish_find(op, &search, ctx);
                }
                Ask::Own { target: search.target, anyway }
            }
            Goal::Store { op, item } => {
                ctx.attribute(Cause::operation(op, Traffic::Store));
                Ask::Put { item, version, anyway }
            }
            Goal::Read { key, earlier, .. } | Goal::Name { key, earlier, .. } => {
                Ask::Get { key, version, anyway: anyway || earlier }
            }
            Goal::Remove { op, key } => {
                ctx.attribute(Cause::operation(op, Traffic::Store));
                Ask::Delete { key, version, anyway }
            }
            Goal::Finger { vnode, exponent } => {
                if let Some(own) = self.member(vnode) {
                    own.fingers.set(exponent, (owner != own.me).then_some(owner));
                }
                return;
            }
            Goal::Join { vnode } => return self.ask_admission(vnode, search, ctx),
            Goal::Range { range } => return self.part_found(range, &search, ctx),
            Goal::Move { vnode } => return self.move_to(vnode, &search, ctx),
        };
        if search.tried >= OWNERS_TRIED_MAX {
            return self.fail(&search, Outcome::TimedOut, ctx);
        }
        search.acting(owner, ctx.me());
        let serial = search.serial;
        self.alarm_by(search.deadline, ctx);
        self.searches.push(search);
        self.ask(owner, ask, Purpose::Act(serial), ctx);
    }

    pub(super) fn finish_find(op: OpId, search: &Search, ctx: &mut Ctx<'_, Self>) {
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
        match (answer, search.goal.clone()) {
            (Answer::Done, Goal::Find { op }) => {
                search.succeeded(peer, ctx.me());
                Self::finish_find(op, &search, ctx);
            }
            (Answer::Done, Goal::Store { op, .. } | Goal::Remove { op, .. }) => {
                search.succeeded(peer, ctx.me());
                ctx.finish(op, &search.report(Outcome::Done, &[peer.host]));
            }
            (Answer::Value(value), Goal::Read { .. } | Goal::Name { .. }) => {
                search.succeeded(peer, ctx.me());
                self.read(search, peer, value, ctx);
            }
            (Answer::Model(version), _) if self.learner.is_some() => {
                search.succeeded(peer, ctx.me());
                self.stale(search, peer, version, ctx);
            }
            (Answer::NotMine(Some(before)), _) => {
                search.succeeded(peer, ctx.me());
                search.redirect(before);
                self.act(search, ctx);
            }
            // A holder with another model refuses, as one that is no member; a request refused counts
            // as failed.
            _ => {
                self.searches.push(search);
                self.act_silent(serial, peer, ctx);
            }
        }
    }

    /// A holder said what it has; where that is nothing, a few more are asked.
    pub(super) fn read(
        &mut self,
        mut search: Box<Search>,
        peer: Peer,
        value: Option<Value>,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let (key, fallbacks) = match search.goal {
            Goal::Read { key, fallbacks, .. } | Goal::Name { key, fallbacks, .. } => {
                (key, fallbacks)
            }
            _ => return,
        };
        search.owners.retain(|owner| *owner != peer);
        let over = value.is_some() || fallbacks == 0 || search.owners.is_empty();
        let Some(mut search) = self.look_elsewhere(search, over && value.is_none(), ctx) else {
            return;
        };
        let (fallbacks, earlier) = (fallbacks.saturating_sub(1), true);
        match search.goal {
            Goal::Read { op, .. } if over => {
                let (outcome, found) = match value {
                    Some(_) => (Outcome::Done, Some(peer.host)),
                    None if search.skewed => (Outcome::SkewMiss, None),
                    None => (Outcome::NotFound, None),
                };
                let finish = Finish { value, ..search.report(outcome, found.as_slice()) };
                return ctx.finish(op, &finish);
            }
            Goal::Name { range, .. } if over => {
                return self.name_read(range, &search, Some((peer, value)), ctx);
            }
            Goal::Read { op, .. } => search.goal = Goal::Read { op, key, fallbacks, earlier },
            Goal::Name { range, .. } => search.goal = Goal::Name { range, key, fallbacks, earlier },
            _ => {}
        }
        self.act(search, ctx);
    }

    pub(super) fn act_silent(&mut self, serial: u32, peer: Peer, ctx: &mut Ctx<'_, Self>) {
        let Some(mut search) = self.take_search(serial) else { return };
        if !search.silent(peer, ctx.me()) {
            return self.fail(&search, Outcome::TimedOut, ctx);
        }
        search.owners.retain(|owner| *owner != peer);
        self.act(search, ctx);
    }
}
