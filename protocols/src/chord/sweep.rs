//! Asking everybody: a broadcast over the tree that fingers and successors span.
//!
//! Who gets a sweep answers the origin directly and hands each known peer before its limit the arc
//! up to the next one. The origin is done when the stretches that answers speak for tile the ring. An
//! arc whose head is silent stays missing; in a second attempt its owner is looked up.

use std::collections::BTreeSet;

use dhtlab_core::author::{Ctx, NodeIx};

use super::gaps::Gaps;
use super::message::{Answer, Item, Message, Tell};
use super::node::Chord;
use super::peer::Peer;
use super::range::Plan;
use super::ring::distance;
use super::walk::Move;

/// The most arcs that the second attempt looks up.
const SECOND_MAX: usize = 64;

/// A sweep as its origin sees it.
#[derive(Clone, Debug)]
pub(super) struct Sweep {
    gaps: Gaps,
    /// Arcs whose owners are to be looked up, and those being looked up.
    left: Vec<(u64, u64)>,
    looking: Vec<(u64, u64)>,
    second: bool,
    limit: usize,
    records: BTreeSet<u64>,
    holders: u32,
}

impl Sweep {
    /// A sweep for the `limit` smallest names.
    pub(super) fn new(limit: u32) -> Self {
        Self {
            gaps: Gaps::new(0, u64::MAX),
            left: Vec::new(),
            looking: Vec::new(),
            second: false,
            limit: limit as usize,
            records: BTreeSet::new(),
            holders: 0,
        }
    }

    /// Begins at a lookup: the origin is no part of the ring.
    pub(super) fn begin_outside(&mut self) {
        self.left = self.gaps.iter().collect();
    }

    /// What to do next.
    pub(super) fn next(&mut self) -> Move {
        if self.gaps.is_empty() {
            return Move::End;
        }
        let Some(arc) = self.left.pop() else { return Move::Wait };
        self.looking.push(arc);
        Move::LookUp(arc.0)
    }

    /// The lookup of the arc that begins at `first` ended; says where the arc ends.
    pub(super) fn found(&mut self, first: u64) -> Option<u64> {
        let at = self.looking.iter().position(|arc| arc.0 == first)?;
        Some(self.looking.swap_remove(at).1)
    }

    /// Begins the second attempt, once. False when it was made.
    pub(super) fn begin_second(&mut self) -> bool {
        self.left = self.gaps.iter().take(SECOND_MAX).collect();
        !std::mem::replace(&mut self.second, true)
    }

    /// A virtual node answered.
    fn swept(&mut self, claim: (u64, u64), names: impl Iterator<Item = u64>) {
        self.holders += 1;
        self.gaps.cover(claim);
        self.records.extend(names);
    }

    /// The names found, in order.
    pub(super) fn names(&self) -> Vec<u64> {
        self.records.iter().take(self.limit).copied().collect()
    }

    /// Does nothing lack?
    pub(super) fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }

    /// How many virtual nodes answered.
    pub(super) fn holders(&self) -> u32 {
        self.holders
    }
}

impl Chord {
    /// Begins to ask everybody, from an own virtual node if there is one.
    pub(super) fn begin_sweep(&mut self, serial: u32, names: (u64, u64), ctx: &mut Ctx<'_, Self>) {
        let own = self.vnodes.iter().find(|own| own.is_member()).map(|own| own.me);
        match own {
            Some(own) => {
                self.sweep(own.vnode(), (ctx.me(), serial), names, own.id, ctx);
            }
            None => {
                if let Some(Plan::Sweep(sweep)) = self.range(serial).map(|range| &mut range.plan) {
                    sweep.begin_outside();
                }
            }
        }
    }

    /// Hands an arc to its owner.
    pub(super) fn sweep_from(
        &mut self,
        owner: Peer,
        serial: u32,
        names: (u64, u64),
        (first, last): (u64, u64),
        ctx: &mut Ctx<'_, Self>,
    ) {
        // The arc may end before its owner does.
        let all = last == first.wrapping_sub(1);
        let within = distance(first, last) <= distance(first, owner.id);
        let until = match (all, within) {
            (true, _) => owner.id,
            (false, true) => owner.id.wrapping_add(1),
            (false, false) => last.wrapping_add(1),
        };
        self.tell(owner, Tell::Sweep { origin: ctx.me(), serial, names, until }, ctx);
    }

    /// Answers a sweep and hands it on to all known peers before `until`.
    pub(super) fn sweep(
        &mut self,
        vnode: u16,
        (origin, serial): (NodeIx, u32),
        names: (u64, u64),
        until: u64,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Answer::Items { claim, settled, items, .. } = self.scan(vnode, names, u32::MAX) else {
            return;
        };
        let Some(own) = self.member(vnode) else { return };
        // Who lacks something speaks for its own place only, so that the origin knows.
        let id = own.id();
        let claim = if settled { claim } else { (id.wrapping_sub(1), id) };
        let mut children: Vec<Peer> = own.before(until).collect();
        // Fingers that are out of date may be out of order; each arc must be a part of this one.
        children.sort_unstable_by_key(|child| std::cmp::Reverse(distance(id, child.id)));
        children.dedup();
        let mut limit = until;
        for child in children {
            self.tell(child, Tell::Sweep { origin, serial, names, until: limit }, ctx);
            limit = child.id;
        }
        if origin == ctx.me() {
            return self.swept(serial, claim, &items, ctx);
        }
        ctx.send(origin, Message::Tell { vnode: 0, tell: Tell::Swept { serial, claim, items } });
    }

    /// Somebody answered the own sweep.
    pub(super) fn swept(
        &mut self,
        serial: u32,
        claim: (u64, u64),
        items: &[Item],
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(range) = self.range(serial) else { return };
        let Plan::Sweep(sweep) = &mut range.plan else { return };
        sweep.swept(claim, items.iter().map(|(key, _)| key.name()));
        self.drive_range(serial, ctx);
    }
}
