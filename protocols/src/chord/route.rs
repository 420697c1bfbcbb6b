//! The next hop of a lookup, from the tables of this host; and lookups that nodes hand on.

use dhtlab_core::author::{Ctx, NodeIx};

use super::call::Purpose;
use super::message::{Answer, Ask, Candidates, Route, Tell};
use super::node::Chord;
use super::params::{CANDIDATES_MAX, LookupEnd, Params};
use super::peer::Peer;
use super::ring::distance;
use super::vnode::Vnode;

/// A lookup that went so many hops is not handed back any more.
const BACKWARDS_MAX: u8 = 128;

/// Where a lookup goes from here.
#[derive(Clone, Debug)]
pub(super) enum Hop<'a> {
    /// The owner is the own virtual node, whose predecessor is known.
    Own(&'a Vnode),
    /// It lies among the successors of an own virtual node: the owner and those after it.
    Owner(&'a Vnode, &'a [Peer]),
    /// These are closer, the closest first.
    Closer(Candidates),
}

impl Chord {
    /// The next hop for `target` from virtual node `vnode`; those of `dead` are left out.
    pub(super) fn next_hop(
        &self,
        vnode: u16,
        target: u64,
        dead: &[u64],
        end: LookupEnd,
        params: &Params,
    ) -> Hop<'_> {
        let all = params.merge_vnode_tables;
        let count = self.vnodes.len();
        let one = usize::from(vnode).min(count);
        let range = if all { 0..count } else { one..(one + 1).min(count) };
        let tables = || self.vnodes[range.clone()].iter().filter(|own| own.is_member());
        // Those that this lookup found silent do not count as first successor.
        let gone =
            |own: &Vnode| own.successors.iter().take_while(|peer| dead.contains(&peer.id)).count();
        let reach = |own: &Vnode| match end {
            LookupEnd::List => usize::MAX,
            LookupEnd::Successor => 1 + gone(own),
        };
        if let Some(own) = tables().find(|own| own.owns(target)) {
            return Hop::Own(own);
        }
        for own in tables() {
            let Some(owners) = own.owners(target, reach(own)) else { continue };
            if owners.iter().any(|owner| !dead.contains(&owner.id)) {
                return Hop::Owner(own, owners);
            }
        }
        let mut best = Candidates::new();
        let most = (params.candidates as usize).min(CANDIDATES_MAX);
        for own in tables() {
            let fit = |peer: &Peer| {
                let local = all && peer.host == own.me.host;
                !local && !dead.contains(&peer.id)
            };
            for peer in own.before(target).filter(fit).take(most) {
                keep_best(&mut best, peer, target, most);
            }
        }
        Hop::Closer(best)
    }

    /// The answer to a lookup's step.
    pub(super) fn answer_next(
        &self,
        vnode: u16,
        target: u64,
        dead: &[u64],
        end: LookupEnd,
        params: &Params,
    ) -> Answer {
        match self.next_hop(vnode, target, dead, end, params) {
            Hop::Own(own) => {
                let before = own.predecessor.unwrap_or(own.me);
                let owners = std::iter::once(own.me).chain(own.successors.iter().copied());
                Answer::Owner { before, owners: owners.collect() }
            }
            Hop::Owner(own, owners) => Answer::Owner { before: own.me, owners: owners.into() },
            Hop::Closer(peers) => Answer::Closer(peers),
        }
    }

    /// Takes a recursive lookup on: answers its origin if this is the owner, else hands it to the next
    /// node.
    pub(super) fn forward(
        &mut self,
        vnode: u16,
        route: Route,
        dead: Vec<u64>,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let params = ctx.params();
        let own = self.vnodes.get(usize::from(vnode)).map(Vnode::id);
        let away = own.map_or(u64::MAX, |id| distance(id, route.target));
        let hop = self.next_hop(vnode, route.target, &dead, params.lookup_end, params);
        let (to, last) = match hop {
            Hop::Own(own) => {
                let owners: Box<[Peer]> =
                    std::iter::once(own.me).chain(own.successors.iter().copied()).collect();
                let from = own.predecessor.map_or(own.id(), |before| before.id);
                return self.say_routed(route, owners, from, ctx);
            }
            Hop::Owner(own, owners) => {
                let fresh = owners.iter().find(|owner| !dead.contains(&owner.id));
                (fresh.copied(), Some(own.id()))
            }
            // By the table of another own virtual node, where all closer ones are silent, it might go
            // backwards, and round in circles.
            Hop::Closer(peers) => {
                let closer = peers.first().filter(|peer| distance(peer.id, route.target) < away);
                (closer.copied(), None)
            }
        };
        // Where nobody is left the lookup ends here; its origin finds out by its deadline.
        let Some(to) = to else { return };
        let hops = route.hops.saturating_add(u8::from(to.host != ctx.me()));
        let next = Route { hops, last: last.is_some(), ..route };
        let way = Box::new((route, dead));
        self.ask(to, Ask::Forward(next), Purpose::Forward(vnode, way), ctx);
    }

    /// A lookup arrived at its owner, as far as the sender knew: the owner answers the origin. One that
    /// knows of a node in between hands it on to that one.
    pub(super) fn arrive(&mut self, vnode: u16, route: Route, ctx: &mut Ctx<'_, Self>) {
        let before = self.member(vnode).and_then(|own| {
            let other = own.predecessor.filter(|_| !own.owns(route.target));
            other.filter(|before| *before != own.me && route.hops < BACKWARDS_MAX)
        });
        let Some(before) = before.filter(|_| ctx.params().verify_owner) else {
            return self.claim(vnode, route, ctx);
        };
        let hops = route.hops.saturating_add(u8::from(before.host != ctx.me()));
        let way = Box::new((route, Vec::new()));
        let next = Route { hops, ..route };
        self.ask(before, Ask::Forward(next), Purpose::Forward(vnode, way), ctx);
    }

    /// Tells the origin of a lookup that this is the owner.
    fn claim(&mut self, vnode: u16, route: Route, ctx: &mut Ctx<'_, Self>) {
        let Some(own) = self.member(vnode) else { return };
        let owners: Box<[Peer]> =
            std::iter::once(own.me).chain(own.successors.iter().copied()).collect();
        let from = own.predecessor.map_or(own.id(), |before| before.id);
        self.say_routed(route, owners, from, ctx);
    }

    fn say_routed(
        &mut self,
        route: Route,
        owners: Box<[Peer]>,
        from: u64,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Route { origin, serial, hops, .. } = route;
        if origin == ctx.me() {
            return self.routed(serial, hops, &owners, from, ctx);
        }
        let tell = Tell::Routed { serial, hops, owners, from };
        ctx.send(origin, super::Message::Tell { vnode: 0, tell });
    }

    /// The next node is silent: another one is tried.
    pub(super) fn forward_silent(
        &mut self,
        (vnode, route): (u16, Route),
        mut dead: Vec<u64>,
        peer: Peer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        if route.last {
            // The node before was silent: this one is the owner after all.
            return self.claim(vnode, route, ctx);
        }
        dead.push(peer.id);
        if dead.len() <= ctx.params().successors as usize {
            self.forward(vnode, route, dead, ctx);
        }
    }

    /// Doors for somebody who is no member yet: the first virtual node of each host.
    pub(super) fn door(host: NodeIx, ctx: &Ctx<'_, Self>) -> Peer {
        Peer::of(host, ctx.key_prefix(host), 0)
    }
}

/// Puts `peer` among the `most` that are closest to `target`.
fn keep_best(best: &mut Candidates, peer: Peer, target: u64, most: usize) {
    let away = |peer: &Peer| distance(peer.id, target);
    if best.contains(&peer) {
        return;
    }
    let at = best.partition_point(|other| away(other) <= away(&peer));
    if at >= most {
        return;
    }
    if best.len() == most {
        best.pop();
    }
    best.insert(at, peer);
}
