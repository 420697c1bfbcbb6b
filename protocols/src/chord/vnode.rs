//! One virtual node: its place, its neighbours and its fingers.

use dhtlab_core::author::{Time, point_id};

use super::fingers::Fingers;
use super::peer::Peer;
use super::replica::Replicas;
use super::ring::{distance, inside, up_to};
use super::store::Store;

/// Whether a virtual node takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Entered when a session begins, and when the successor list ran empty. Answers nothing. Left by
    /// an admission.
    Joining,
    /// Entered with an admission, which brings a full successor list (Zave: a member has its list
    /// before it is one).
    Member,
}

/// A clock of a virtual node's upkeep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Clock {
    Stabilize = 0,
    FixFingers = 1,
    CheckPredecessor = 2,
    /// Replicas are brought up to date, and what is held for nobody is dropped.
    Sync = 3,
}

impl Clock {
    /// How many clocks there are.
    pub(super) const COUNT: usize = 4;
    pub(super) const ALL: [Self; Self::COUNT] =
        [Self::Stabilize, Self::FixFingers, Self::CheckPredecessor, Self::Sync];
}

/// One virtual node.
#[derive(Clone, Debug)]
pub struct Vnode {
    /// Itself.
    pub(super) me: Peer,
    /// How often its first places were taken.
    pub(super) salt: u16,
    pub(super) standing: Standing,
    pub(super) predecessor: Option<Peer>,
    /// In order; the first is the immediate successor. Itself when it is alone.
    pub(super) successors: Vec<Peer>,
    pub(super) fingers: Fingers,
    /// The exponent of the finger that is refreshed next.
    pub(super) next_finger: u32,
    /// When each clock strikes.
    pub(super) due: [Time; Clock::COUNT],
    /// A step of stabilisation waits for an answer.
    pub(super) busy: bool,
    /// Has it been given all that belongs to its stretch?
    pub(super) settled: bool,
    /// Does a new predecessor wait to be told that its stretch is complete?
    pub(super) owes: bool,
    pub(super) store: Store,
    pub(super) replicas: Replicas,
}

impl Vnode {
    /// A virtual node that knows nobody.
    pub(super) fn new(me: Peer) -> Self {
        Self {
            me,
            salt: 0,
            standing: Standing::Joining,
            predecessor: None,
            successors: Vec::new(),
            fingers: Fingers::default(),
            next_finger: 63,
            due: [Time::NEVER; Clock::COUNT],
            busy: false,
            settled: false,
            owes: false,
            store: Store::default(),
            replicas: Replicas::default(),
        }
    }

    /// Its identifier.
    pub const fn id(&self) -> u64 {
        self.me.id
    }

    /// Itself, as others list it.
    pub const fn peer(&self) -> Peer {
        self.me
    }

    /// Its predecessor, where it knows one; for observers.
    pub const fn predecessor(&self) -> Option<Peer> {
        self.predecessor
    }

    /// Its successors in order; for observers.
    pub fn successors(&self) -> &[Peer] {
        &self.successors
    }

    /// Its finger of `exponent`, where it keeps one: those that are the first successor it does not. For
    /// observers.
    pub fn finger(&self, exponent: u32) -> Option<Peer> {
        self.fingers.get(exponent)
    }

    /// Is it a member of the ring?
    pub fn is_member(&self) -> bool {
        self.standing == Standing::Member
    }

    /// The first successor, if there is one.
    pub(super) fn first(&self) -> Option<Peer> {
        self.successors.first().copied()
    }

    /// Becomes a member behind `before` with a full successor list.
    pub(super) fn admit(&mut self, before: Peer, head: Peer, told: &[Peer], most: usize) {
        self.standing = Standing::Member;
        self.predecessor = Some(before);
        // It may be new as well, and wait to be told by its successor that it has everything.
        self.owes = true;
        self.busy = false;
        self.follow(head, told, most);
    }

    /// Moves to another identifier, as its own is taken.
    pub(super) fn take_other_place(&mut self, prefix: u64) {
        self.salt += 1;
        let (host, vnode) = (self.me.host, self.me.vnode());
        self.me = Peer::new(point_id(prefix, vnode, self.salt), host, vnode);
    }

    /// Takes `head` and the list that it told as successors, `most` of them.
    ///
    /// The list ends where it comes round to this node: a small ring is known as a whole.
    pub(super) fn follow(&mut self, head: Peer, told: &[Peer], most: usize) {
        let id = self.id();
        self.successors.clear();
        self.successors.push(head);
        for peer in told {
            let last = self.successors[self.successors.len() - 1];
            if self.successors.len() == most || last.id == id || !inside(peer.id, last.id, id) {
                break;
            }
            self.successors.push(*peer);
        }
        self.fingers.cut(Fingers::lowest(id, head));
    }

    /// Drops a successor that is silent. False when nobody is left.
    pub(super) fn drop_successor(&mut self, gone: Peer) -> bool {
        self.successors.retain(|peer| *peer != gone);
        self.fingers.remove(gone);
        !self.successors.is_empty()
    }

    /// Does the place `position` belong to this node, as far as it knows its predecessor?
    pub(super) fn owns(&self, position: u64) -> bool {
        self.stretch().is_some_and(|(from, to)| up_to(position, from, to))
    }

    /// The stretch `(from, to]` that it answers for: the whole ring when it is alone, and `None` when the
    /// predecessor is unknown.
    pub(super) fn stretch(&self) -> Option<(u64, u64)> {
        let id = self.id();
        match self.predecessor {
            Some(before) => Some((before.id, id)),
            None => (self.successors == [self.me]).then_some((id, id)),
        }
    }

    /// Whom to hand a record to that is not its own: the known peer closest behind `place`. It is closer
    /// to the owner than this node, so that no record goes in circles.
    pub(super) fn towards(&self, place: u64) -> Option<Peer> {
        let listed = self.owners(place, usize::MAX).and_then(<[Peer]>::first).copied();
        let known = listed.into_iter().chain(self.predecessor);
        known
            .filter(|peer| distance(place, peer.id) < distance(place, self.id()))
            .min_by_key(|peer| distance(place, peer.id))
    }

    /// The owner of `position` and the successors after it, if the position lies within the first
    /// `reach` successors.
    pub(super) fn owners(&self, position: u64, reach: usize) -> Option<&[Peer]> {
        let known = &self.successors[..reach.min(self.successors.len())];
        let last = known.last()?;
        if !up_to(position, self.id(), last.id) {
            return None;
        }
        let away = distance(self.id(), position);
        // A position at this very node lies a whole round away, at the end.
        let beyond = |peer: &Peer| {
            let reached = distance(self.id(), peer.id);
            away != 0 && (reached >= away || reached == 0)
        };
        let first = self.successors.iter().position(beyond);
        let first = first.or_else(|| self.successors.iter().position(|p| p.id == position))?;
        Some(&self.successors[first..])
    }

    /// Known peers strictly between this node and `position`, roughly the closest to it first: fingers, the
    /// last successor in its place among them, then the other successors.
    pub(super) fn before(&self, position: u64) -> impl Iterator<Item = Peer> {
        let near = self
            .successors
            .iter()
            .rev()
            .copied()
            .filter(move |peer| inside(peer.id, self.id(), position));
        let mut fingers = self.fingers.before(self.id(), position).peekable();
        let mut near = near.peekable();
        let id = self.id();
        std::iter::from_fn(move || {
            let far = fingers.peek().map_or(0, |peer| distance(id, peer.id));
            let by_list = near.peek().map_or(0, |peer| distance(id, peer.id));
            match far.cmp(&by_list) {
                std::cmp::Ordering::Greater => fingers.next(),
                std::cmp::Ordering::Less => near.next(),
                std::cmp::Ordering::Equal => {
                    fingers.next();
                    near.next()
                }
            }
        })
    }

    /// Reads the heads of its tables, for [`glance`](dhtlab_core::author::Protocol::glance).
    pub(super) fn glance_shallow(&self) -> u64 {
        self.id() ^ self.due[0].as_nanos() ^ (self.successors.len() ^ self.fingers.len()) as u64
    }

    /// Reads what a lookup of `position` reads of its tables.
    pub(super) fn glance_towards(&self, position: u64) -> u64 {
        let last = self.successors.last().map_or(0, |peer| peer.id);
        let first = self.successors.first().map_or(0, |peer| peer.id);
        first ^ last ^ self.fingers.glance(self.id(), position)
    }

    /// Must `n` be asked whether it is the new predecessor, without more ado?
    pub(super) fn yields_to(&self, n: Peer) -> bool {
        self.predecessor.is_none_or(|before| inside(n.id, before.id, self.id()))
    }
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::NodeIx;
    use proptest::prelude::*;

    use super::*;

    fn peer(id: u64) -> Peer {
        Peer::new(id, NodeIx::new(u32::try_from(id % 1_000).unwrap()), 0)
    }

    fn ring(me: u64, successors: &[u64]) -> Vnode {
        let mut vnode = Vnode::new(peer(me));
        let list: Vec<Peer> = successors.iter().copied().map(peer).collect();
        vnode.follow(list[0], &list[1..], 16);
        vnode
    }

    #[test]
    fn a_list_ends_where_it_comes_round() {
        assert_eq!(ring(10, &[20, 30, 10, 20]).successors.len(), 2);
        assert_eq!(ring(10, &[20, 30, 5, 15]).successors, [20, 30, 5].map(peer));
        assert_eq!(ring(10, &[10, 20]).successors, [10].map(peer), "alone");
    }

    #[test]
    fn the_owner_is_the_first_successor_at_or_behind_a_place() {
        let vnode = ring(10, &[20, 30, 5]);
        for (position, owner) in [(11, 20), (20, 20), (21, 30), (40, 5), (u64::MAX, 5), (5, 5)] {
            assert_eq!(vnode.owners(position, 16).map(|o| o[0]), Some(peer(owner)), "{position}");
        }
        assert_eq!(vnode.owners(7, 16), None, "its own");
        assert_eq!(vnode.owners(21, 1), None, "beyond the first successor");
        let alone = ring(10, &[10]);
        for position in [0, 9, 10, 11] {
            assert_eq!(alone.owners(position, 16).map(|o| o[0]), Some(peer(10)), "{position}");
        }
    }

    proptest! {
        #[test]
        fn known_peers_come_closest_first_and_each_once(
            me: u64, ids in prop::collection::btree_set(any::<u64>(), 1..40), position: u64,
        ) {
            let mut ids: Vec<u64> = ids.into_iter().filter(|id| *id != me).collect();
            prop_assume!(!ids.is_empty());
            ids.sort_by_key(|id| distance(me, *id));
            let mut vnode = ring(me, &ids[..ids.len().min(8)]);
            for exponent in Fingers::lowest(me, peer(ids[0]))..64 {
                let start = Fingers::start(me, exponent);
                let owner = ids.iter().copied().min_by_key(|id| distance(start, *id)).unwrap();
                if distance(start, me) > distance(start, owner) {
                    vnode.fingers.set(exponent, Some(peer(owner)));
                }
            }
            let found: Vec<u64> = vnode.before(position).map(|peer| peer.id).collect();
            prop_assert!(found.iter().all(|id| inside(*id, me, position)));
            prop_assert!(found.windows(2).all(|p| distance(me, p[0]) > distance(me, p[1])));
            let best = vnode.successors.iter().map(|peer| peer.id)
                .chain(vnode.fingers.distinct().map(|peer| peer.id))
                .filter(|id| inside(*id, me, position))
                .max_by_key(|id| distance(me, *id));
            prop_assert_eq!(found.first().copied(), best);
        }
    }
}
