//! A sample of peers for the first step of own lookups.
//!
//! It is filled with the peers that answers name, until it is full. One peer is asked now and then
//! whether it is there; a silent one makes room for one that was named since.

use dhtlab_core::author::{Cause, Ctx, Span, Traffic};
use smallvec::SmallVec;

use super::call::Purpose;
use super::message::Ask;
use super::node::{Chord, Timer};
use super::peer::Peer;

/// How many of the sample a lookup may begin with.
const FIRST_STEPS: usize = 3;

/// The sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Contacts {
    /// By identifier.
    list: Vec<Peer>,
    /// Somebody else that was named lately.
    spare: Option<Peer>,
    /// Where the next to be asked is.
    cursor: usize,
}

impl Contacts {
    /// Takes a peer that was named into a sample of up to `most`.
    pub(super) fn meet(&mut self, peer: Peer, most: usize) {
        match self.list.binary_search(&peer) {
            Ok(_) => {}
            Err(at) if self.list.len() < most => self.list.insert(at, peer),
            Err(_) => self.spare = Some(peer),
        }
    }

    /// Replaces a silent peer.
    pub(super) fn replace(&mut self, gone: Peer) {
        if self.spare == Some(gone) {
            self.spare = None;
        }
        let Ok(at) = self.list.binary_search(&gone) else { return };
        self.list.remove(at);
        if let Some(spare) = self.spare.take() {
            self.meet(spare, usize::MAX);
        }
    }

    /// Those closest before `place`, the closest first.
    pub(super) fn before(&self, place: u64) -> SmallVec<[Peer; FIRST_STEPS]> {
        let count = self.list.len();
        let behind = self.list.partition_point(|peer| peer.id < place);
        (1..=count.min(FIRST_STEPS))
            .map(|back| self.list[(behind + count - back) % count])
            .collect()
    }

    /// The next to be asked.
    fn next(&mut self) -> Option<Peer> {
        self.cursor = if self.cursor + 1 < self.list.len() { self.cursor + 1 } else { 0 };
        self.list.get(self.cursor).copied()
    }

    /// The whole sample, by identifier.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = Peer> {
        self.list.iter().copied()
    }
}

impl Chord {
    /// Peers were named.
    pub(super) fn meet(&mut self, peers: &[Peer], ctx: &Ctx<'_, Self>) {
        let most = ctx.params().contacts as usize;
        if most > 0 {
            for peer in peers.iter().filter(|peer| peer.host != ctx.me()) {
                self.contacts.get_or_insert_default().meet(*peer, most);
            }
        }
    }

    /// Begins to ask the sample, one at a time.
    pub(super) fn begin_contact_pings(ctx: &mut Ctx<'_, Self>) {
        let p = ctx.params();
        if p.contacts > 0 && p.contact_ping_interval != Span::ZERO {
            let after = Self::period(p.contact_ping_interval, 100, ctx);
            ctx.arm(Timer::Contact, after);
        }
    }

    /// Asks the next of the sample whether it is there.
    pub(super) fn on_contact_due(&mut self, ctx: &mut Ctx<'_, Self>) {
        let p = ctx.params();
        let after = Self::period(p.contact_ping_interval, p.jitter_percent, ctx);
        ctx.arm(Timer::Contact, after);
        ctx.attribute(Cause::background(Traffic::Maintenance));
        if let Some(peer) = self.contacts.as_mut().and_then(|contacts| contacts.next()) {
            self.ask(peer, Ask::Ping, Purpose::Contact, ctx);
        }
    }
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::NodeIx;

    use super::*;

    fn peer(id: u64) -> Peer {
        Peer::new(id, NodeIx::new(1), 0)
    }

    #[test]
    fn a_silent_peer_makes_room_for_one_named_since() {
        let mut contacts = Contacts::default();
        for id in [50, 10, 30, 70] {
            contacts.meet(peer(id), 3);
        }
        let ids = |c: &Contacts| c.iter().map(|peer| peer.id).collect::<Vec<_>>();
        assert_eq!(ids(&contacts), [10, 30, 50]);
        let before: Vec<u64> = contacts.before(31).iter().map(|peer| peer.id).collect();
        assert_eq!(before, [30, 10, 50], "round the ring");
        contacts.replace(peer(30));
        assert_eq!(ids(&contacts), [10, 50, 70]);
        contacts.replace(peer(30));
        contacts.replace(peer(10));
        assert_eq!(ids(&contacts), [50, 70], "nobody was named since");
        assert_eq!(contacts.before(0).len(), 2);
        let asked: Vec<u64> = (0..4).filter_map(|_| contacts.next()).map(|peer| peer.id).collect();
        assert_eq!(asked, [70, 50, 70, 50]);
    }
}
