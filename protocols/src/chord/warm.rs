//! Exact pointers from a list of all points: the warm start, and the first ring that bootstrap nodes
//! form among themselves.

use dhtlab_core::author::{Ctx, Draw as _, NodeIx, RingPoint, WarmView, point_id};

use super::fingers::Fingers;
use super::node::Chord;
use super::peer::Peer;
use super::ring::up_to;
use super::vnode::{Standing, Vnode};

fn peer((id, host, vnode): RingPoint) -> Peer {
    Peer::new(id, host, vnode)
}

impl Vnode {
    /// Takes its place in a ring of exactly these points, sorted, itself among them.
    pub(super) fn settle_among(&mut self, points: &[RingPoint], most: usize) {
        let (id, count) = (self.id(), points.len());
        let mine = points.partition_point(|point| point.0 < id);
        let at = |steps: usize| peer(points[(mine + steps) % count]);
        let known = most.min(count - 1);
        self.successors = Vec::with_capacity(most);
        self.successors.extend((1..=known.max(1)).map(at));
        self.predecessor = (count > 1).then(|| at(count - 1));
        let lowest = Fingers::lowest(id, at(1));
        self.fingers = Fingers::with_lowest(lowest);
        for exponent in (lowest..64).rev() {
            let start = Fingers::start(id, exponent);
            let first = points.partition_point(|point| point.0 < start) % count;
            let owner = peer(points[first]);
            // A finger that comes round to this node points nowhere.
            let beyond = up_to(id, start.wrapping_sub(1), owner.id);
            self.fingers.set(exponent, (!beyond).then_some(owner));
        }
        self.standing = Standing::Member;
        self.settled = true;
    }
}

impl Chord {
    /// Takes the pointers an ideal join would have left.
    pub(super) fn fill_warm(&mut self, overlay: &WarmView<'_>, ctx: &mut Ctx<'_, Self>) {
        let each = u16::try_from(ctx.params().virtual_nodes).unwrap_or(u16::MAX);
        let points = overlay.ring(each);
        let most = ctx.params().successors as usize;
        for vnode in &mut self.vnodes {
            vnode.settle_among(points, most);
        }
        let order = overlay.order();
        for _ in 0..ctx.params().contacts {
            let host = order[ctx.rng().index(order.len())];
            let vnode = ctx.rng().below(u64::from(each));
            let contact = Peer::of(host, ctx.key_prefix(host), u16::try_from(vnode).unwrap_or(0));
            if host != ctx.me() {
                self.contacts.get_or_insert_default().meet(contact, usize::MAX);
            }
        }
    }

    /// Forms the ring of this node and the other bootstrap nodes, which operators configure with one
    /// another: a ring is born with exact pointers (Zave). Those that are not up yet are found silent.
    pub(super) fn form_first_ring(&mut self, others: &[NodeIx], ctx: &mut Ctx<'_, Self>) {
        let each = u16::try_from(ctx.params().virtual_nodes).unwrap_or(u16::MAX);
        let hosts = others.iter().copied().chain([ctx.me()]);
        let mut points: Vec<RingPoint> = hosts
            .flat_map(|host| {
                let prefix = ctx.key_prefix(host);
                (0..each).map(move |vnode| (point_id(prefix, vnode, 0), host, vnode))
            })
            .collect();
        points.sort_unstable();
        let most = ctx.params().successors as usize;
        for vnode in &mut self.vnodes {
            vnode.settle_among(&points, most);
        }
        self.begin_upkeep(ctx);
        ctx.joined(true);
    }
}
