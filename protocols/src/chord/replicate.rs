//! Copies of records at successors: driving [`Replicas`](super::replica::Replicas).

use dhtlab_core::author::Ctx;

use super::call::Purpose;
use super::message::{Answer, Ask};
use super::node::Chord;
use super::peer::Peer;
use super::vnode::Clock;

impl Chord {
    /// Where copies of the records of `vnode` go: the first successors on hosts of their own.
    pub(super) fn replica_targets(&mut self, vnode: u16, ctx: &Ctx<'_, Self>) -> Vec<Peer> {
        let most = ctx.params().replicas as usize - 1;
        let mut targets: Vec<Peer> = Vec::with_capacity(most);
        let Some(own) = self.member(vnode) else { return targets };
        for peer in &own.successors {
            let known = targets.iter().any(|target| target.host == peer.host);
            if targets.len() < most && !known && peer.host != own.me.host {
                targets.push(*peer);
            }
        }
        targets
    }

    /// Brings replicas up to date, and drops what is held for nobody.
    pub(super) fn sync(&mut self, vnode: u16, ctx: &mut Ctx<'_, Self>) {
        let patience = Self::copy_patience(ctx);
        let now = ctx.now();
        let Some(own) = self.member(vnode) else { return };
        let known = own.stretch();
        // Without a predecessor the copies may be what this virtual node is about to own.
        let left = own.store.expire(now, patience, known.is_some());
        if left && ctx.params().replicas == 1 {
            let next = now + ctx.params().replica_sync_interval;
            self.vnodes[usize::from(vnode)].due[Clock::Sync as usize] = next;
        }
        let targets = self.replica_targets(vnode, ctx);
        let Some(own) = self.member(vnode) else { return };
        own.replicas.keep(&targets);
        let Some(stretch) = known else { return };
        for peer in own.replicas.begin(&own.store, stretch, now) {
            self.send_part(vnode, peer, ctx);
        }
    }

    fn send_part(&mut self, vnode: u16, peer: Peer, ctx: &mut Ctx<'_, Self>) {
        let most = ctx.params().transfer_items as usize;
        let Some(own) = self.member(vnode) else { return };
        let Some(part) = own.replicas.part(&own.store, peer, most) else { return };
        let ask = Ask::Transfer { items: part.items, why: part.why, done: part.done };
        self.ask(peer, ask, Purpose::Replicate(vnode, true), ctx);
    }

    /// A replica answered; `round`: a message of a round.
    pub(super) fn replicated(
        &mut self,
        vnode: u16,
        round: bool,
        (peer, answer): (Peer, &Answer),
        ctx: &mut Ctx<'_, Self>,
    ) {
        if !matches!(answer, Answer::Done) {
            return self.replica_silent(vnode, round, peer);
        }
        if round && self.member(vnode).is_some_and(|own| own.replicas.acknowledged(peer)) {
            self.send_part(vnode, peer, ctx);
        }
    }

    pub(super) fn replica_silent(&mut self, vnode: u16, round: bool, peer: Peer) {
        if round && let Some(own) = self.vnode(vnode) {
            own.replicas.failed(peer);
        }
    }
}
