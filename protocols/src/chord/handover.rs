//! Records on their way to the owner: when a stretch changes hands, and at a graceful leave.
//!
//! Who answers for a record that is not its own hands it to the known peer closest behind its place,
//! some at a time, and forgets it when that is acknowledged. Each step comes closer to the owner.

use std::sync::Arc;

use dhtlab_core::author::{Ctx, Time};

use super::call::Purpose;
use super::message::{Answer, Ask, Item, Message, Tell, Why};
use super::node::Chord;
use super::peer::Peer;
use super::ring::distance;
use super::store::Held;
use super::vnode::Vnode;

/// Records, or marks of removed ones, for one peer.
struct Parcel {
    to: Peer,
    items: Arc<[Item]>,
    why: Why,
    done: Option<(u64, u64)>,
}

impl Chord {
    /// The predecessor of `vnode` is another one. Copies that are its own now are answered for from
    /// here on, without a message; what is not its own any more goes to its owner.
    pub(super) fn stretch_changed(&mut self, vnode: u16, ctx: &mut Ctx<'_, Self>) {
        let now = ctx.now();
        let Some(own) = self.member(vnode) else { return };
        own.owes = own.predecessor.is_some();
        match own.stretch() {
            Some((from, to)) if from == to => own.settled = true,
            _ => {}
        }
        if let Some(stretch) = own.stretch() {
            own.store.promote(stretch, now);
        }
        self.hand_over(vnode, ctx);
    }

    /// Hands records over that others own, some at a time, and tells the predecessor when that was all.
    pub(super) fn hand_over(&mut self, vnode: u16, ctx: &mut Ctx<'_, Self>) {
        // What goes to own virtual nodes costs nothing and is done at once.
        loop {
            if self.calls.any(|p| matches!(p, Purpose::HandOver(v, ..) if *v == vnode)) {
                return;
            }
            if self.moves_records() {
                // Under two models each would hand the other's records on, all round the ring.
                return;
            }
            let Some(parcel) = self.next_parcel(vnode, ctx) else { return };
            let Parcel { to, items, why, done } = parcel;
            if done.is_some()
                && let Some(own) = self.vnode(vnode)
            {
                own.owes = false;
            }
            if to.host != ctx.me() {
                let purpose = Purpose::HandOver(vnode, items.clone(), ctx.now());
                return self.ask(to, Ask::Transfer { items, why, done }, purpose, ctx);
            }
            let answer = self.take_in(to.vnode(), (&items, why), done, ctx);
            if !self.delivered(vnode, (&items, ctx.now()), &answer, ctx) {
                return;
            }
        }
    }

    /// What is to be handed over next.
    fn next_parcel(&mut self, vnode: u16, ctx: &Ctx<'_, Self>) -> Option<Parcel> {
        let most = ctx.params().transfer_items as usize;
        let own = self.member(vnode)?;
        let before = own.predecessor.filter(|before| *before != own.me)?;
        let others = (own.id(), before.id);
        let mut strays = own.store.strays(others).peekable();
        let Some(((place, _), first)) = strays.peek() else {
            let done = own.owes && own.settled;
            let why = Why::Owner;
            return done.then(|| Parcel { to: before, items: [].into(), why, done: Some(others) });
        };
        let to = own.towards(*place)?;
        let gone = first.gone;
        let alike = |(slot, held): &(&(u64, _), &Held)| {
            held.gone == gone && own.towards(slot.0) == Some(to)
        };
        let items: Arc<[Item]> = strays
            .by_ref()
            .take_while(alike)
            .take(most)
            .map(|(s, held)| (s.1, held.value))
            .collect();
        let last = own.store.strays(others).nth(items.len()).is_none();
        let done = (last && !gone && to == before && own.owes && own.settled).then_some(others);
        Some(Parcel { to, items, why: if gone { Why::Gone } else { Why::Owner }, done })
    }

    pub(super) fn handed_over(
        &mut self,
        vnode: u16,
        (items, sent): (&[Item], Time),
        answer: &Answer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        if self.delivered(vnode, (items, sent), answer, ctx) {
            self.hand_over(vnode, ctx);
        }
    }

    /// The next one has these: they are no longer kept here, unless as copies. False when it has not.
    ///
    /// What came back meanwhile stays: its taker may have left again.
    fn delivered(
        &mut self,
        vnode: u16,
        (items, sent): (&[Item], Time),
        answer: &Answer,
        ctx: &mut Ctx<'_, Self>,
    ) -> bool {
        if !matches!(answer, Answer::Done) {
            self.hand_over_failed(vnode);
            return false;
        }
        let (copies, now) = (ctx.params().replicas > 1, ctx.now());
        let places: Vec<u64> = items.iter().map(|item| self.place_of(item.0, ctx)).collect();
        let Some(own) = self.member(vnode) else { return false };
        for (place, (key, value)) in places.into_iter().zip(items) {
            let slot = (place, *key);
            let same = |held: &Held| held.value == *value && held.changed <= sent;
            if own.owns(place) || !own.store.held(&slot).is_some_and(same) {
                continue;
            }
            if copies {
                own.store.lend(&slot, now);
            } else {
                own.store.remove(place, *key);
            }
        }
        true
    }

    /// Nobody took it: it may have been the last of a stretch.
    pub(super) fn hand_over_failed(&mut self, vnode: u16) {
        if let Some(own) = self.vnode(vnode) {
            own.owes = own.predecessor.is_some();
        }
    }

    /// Says good-bye to the neighbours; records go to the first successor on another host, as own
    /// virtual nodes leave as well.
    ///
    /// Nobody is there any more to be told that they arrived. As the heir may leave at the same moment
    /// the host after it is given copies, which it drops after a while.
    pub(super) fn say_goodbye(&mut self, ctx: &mut Ctx<'_, Self>) {
        for vnode in 0..self.vnodes.len() {
            let own = &self.vnodes[vnode];
            if !own.is_member() {
                continue;
            }
            let heirs = self.heirs(own);
            let Some(heir) = heirs.first().copied() else { continue };
            let slots =
                || own.store.answered_for().map(|(slot, held)| ((slot.1, held.value), held.gone));
            let pick = |gone: bool| -> Vec<Item> {
                slots().filter(|(_, is)| *is == gone).map(|(item, _)| item).collect()
            };
            let (present, gone) = (pick(false), pick(true));
            let (who, predecessor) = (own.me, self.foreign_predecessor(own.predecessor));
            let others = own.successors.iter().copied().filter(|peer| peer.host != who.host);
            let successors: Box<[Peer]> = others.collect();
            self.bequeath(heir, &present, Why::Owner, ctx);
            self.bequeath(heir, &gone, Why::Gone, ctx);
            if let Some(next) = heirs.get(1).filter(|_| ctx.params().replicas == 1) {
                self.bequeath(*next, &present, Why::Replica, ctx);
                self.bequeath(*next, &gone, Why::Gone, ctx);
            }
            let tell = || Tell::Leave { who, predecessor, successors: successors.clone() };
            ctx.send(heir.host, Message::Tell { vnode: heir.vnode(), tell: tell() });
            if let Some(before) = predecessor {
                ctx.send(before.host, Message::Tell { vnode: before.vnode(), tell: tell() });
            }
        }
    }

    fn bequeath(&mut self, to: Peer, items: &[Item], why: Why, ctx: &mut Ctx<'_, Self>) {
        for part in items.chunks(ctx.params().transfer_items as usize) {
            let ask = Ask::Transfer { items: part.into(), why, done: None };
            let rpc = self.calls.number();
            ctx.send(to.host, Message::Ask { rpc, vnode: to.vnode(), ask });
        }
    }

    /// Two peers behind virtual node `own` on other hosts, each on one of its own.
    ///
    /// Who is the first successor of somebody is checked and is told of leaves; entries further on may
    /// be out of date. So it is the list of the last own virtual node in a row that counts.
    fn heirs(&self, own: &Vnode) -> Vec<Peer> {
        let mut last = own;
        for _ in 0..self.vnodes.len() {
            let next = last.first().and_then(|first| self.vnodes.iter().find(|v| v.me == first));
            let Some(next) = next.filter(|next| next.me != own.me) else { break };
            last = next;
        }
        let far =
            self.vnodes.iter().flat_map(|v| v.successors.iter().copied().chain(v.predecessor));
        let mut far: Vec<Peer> = far.collect();
        far.sort_unstable_by_key(|peer| (distance(own.id(), peer.id), *peer));
        let mut heirs: Vec<Peer> = Vec::with_capacity(2);
        for peer in last.successors.iter().copied().chain(far) {
            let fresh = heirs.iter().all(|heir| heir.host != peer.host);
            if heirs.len() < 2 && fresh && peer.host != own.me.host {
                heirs.push(peer);
            }
        }
        heirs
    }

    /// The first predecessor on another host, as far as own virtual nodes know theirs.
    fn foreign_predecessor(&self, mut before: Option<Peer>) -> Option<Peer> {
        for _ in 0..=self.vnodes.len() {
            let peer = before?;
            let Some(own) = self.vnodes.get(usize::from(peer.vnode())).filter(|own| own.me == peer)
            else {
                return Some(peer);
            };
            before = own.predecessor;
        }
        None
    }
}
