//! Reading a stretch of the ring from its owners, as a state machine without I/O.
//!
//! The caller does what [`Walk::next`] says until it says to wait, and reports [`Walk::found`] and
//! [`Walk::lost`] for lookups, [`Walk::answered`] and [`Walk::silent`] for owners. Up to `width`
//! owners are asked at once; with a width of one it is LEAD's walk along the successors.
//!
//! Who is asked is a guess from successor lists; what counts is the stretch that the one asked claims.
//! The walk is over when claims tile the range, or when what is left was given up: a place is looked
//! up [`TRIES`] times, and each time who is found there asked once.

use std::collections::BTreeMap;

use super::gaps::Gaps;
use super::peer::Peer;
use super::ring::{distance, up_to};

/// How often the owner of one place is looked up.
const TRIES: u32 = 3;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Ask this owner for up to so many records.
    Ask(Peer, u32),
    /// Look up the owner of this place.
    LookUp(u64),
    /// Something is under way.
    Wait,
    /// Nothing is left to do.
    End,
}

/// A peer and the place behind which its stretch is believed to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Guess {
    from: u64,
    peer: Peer,
}

/// What an owner answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    /// The stretch `(from, to]` that it speaks for.
    pub(super) claim: (u64, u64),
    /// Does it hold all that belongs there, as far as it knows?
    pub(super) settled: bool,
    /// Names and places of the records.
    pub(super) records: &'a [(u64, u64)],
    /// Its successors.
    pub(super) successors: &'a [Peer],
}

/// A range that is being read.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    gaps: Gaps,
    limit: usize,
    width: usize,
    guesses: Vec<Guess>,
    asked: Vec<Peer>,
    /// Who answered without speaking for anything missing, and who is silent: asked again only when a
    /// lookup finds it.
    barren: Vec<Peer>,
    looking: Option<u64>,
    /// The place that was last looked up, and how often in a row.
    tries: (u64, u32),
    /// Places by name.
    records: BTreeMap<u64, u64>,
    holders: u32,
    complete: bool,
}

impl Walk {
    /// A walk over the places `first..=last` for the `limit` smallest names, by `width` owners at once.
    pub(super) fn new(first: u64, last: u64, limit: u32, width: u32) -> Self {
        Self {
            gaps: if limit == 0 { Gaps::new(1, 0) } else { Gaps::new(first, last) },
            limit: limit as usize,
            width: width.max(1) as usize,
            guesses: Vec::new(),
            asked: Vec::new(),
            barren: Vec::new(),
            looking: None,
            tries: (0, 0),
            records: BTreeMap::new(),
            holders: 0,
            complete: true,
        }
    }

    /// What to do next.
    pub(super) fn next(&mut self) -> Move {
        if self.gaps.is_empty() {
            return Move::End;
        }
        if self.looking.is_some() || self.asked.len() >= self.width {
            return Move::Wait;
        }
        if let Some(peer) = self.next_owner() {
            self.asked.push(peer);
            return Move::Ask(peer, self.wanted());
        }
        if !self.asked.is_empty() {
            return Move::Wait;
        }
        while let Some(place) = self.gaps.first() {
            let tries = if self.tries.0 == place { self.tries.1 } else { 0 };
            if tries < TRIES {
                self.tries = (place, tries + 1);
                self.looking = Some(place);
                return Move::LookUp(place);
            }
            self.gaps.give_up(place);
            self.complete = false;
        }
        Move::End
    }

    /// An owner of something missing whom nobody is asking.
    fn next_owner(&self) -> Option<Peer> {
        for (first, last) in self.gaps.iter() {
            let mut place = first;
            while let Some(guess) = self.guess(place) {
                if !self.asked.contains(&guess.peer) {
                    return Some(guess.peer);
                }
                // Its stretch ends before the gap does: go on behind it.
                let end = guess.peer.id;
                if end < place || end >= last {
                    break;
                }
                place = end + 1;
            }
        }
        None
    }

    fn guess(&self, place: u64) -> Option<Guess> {
        let fits = self.guesses.iter().filter(|guess| up_to(place, guess.from, guess.peer.id));
        fits.min_by_key(|guess| distance(place, guess.peer.id)).copied()
    }

    /// How many records are wanted beyond those that surely come first.
    fn wanted(&self) -> u32 {
        let first = self.gaps.first().unwrap_or(0);
        let sure = self.records.values().filter(|place| **place < first).count();
        u32::try_from(self.limit.saturating_sub(sure)).unwrap_or(u32::MAX)
    }

    /// The owner of the place that was looked up and its successors.
    pub(super) fn found(&mut self, owners: &[Peer]) {
        let Some(place) = self.looking.take() else { return };
        if let Some(owner) = owners.first() {
            self.barren.retain(|peer| peer != owner);
        }
        self.learn(place.wrapping_sub(1), owners);
    }

    /// Nobody was found at the place that was looked up.
    pub(super) fn lost(&mut self) {
        self.looking = None;
    }

    fn learn(&mut self, mut from: u64, peers: &[Peer]) {
        for peer in peers {
            let guess = Guess { from, peer: *peer };
            if !self.guesses.contains(&guess) && !self.barren.contains(peer) {
                self.guesses.push(guess);
            }
            from = peer.id;
        }
    }

    /// An owner answered. True when something was learned.
    pub(super) fn answered(&mut self, peer: Peer, piece: Piece<'_>) -> bool {
        self.asked.retain(|asked| *asked != peer);
        self.guesses.retain(|guess| guess.peer != peer);
        self.holders += 1;
        let before = self.records.len();
        self.records.extend(piece.records.iter().copied());
        let covered = self.gaps.cover(piece.claim);
        if covered && !piece.settled {
            self.complete = false;
        }
        if !covered {
            self.barren.push(peer);
        }
        if !self.gaps.is_empty() {
            let missing: Vec<(u64, u64)> = self.gaps.iter().collect();
            // Guesses about what was read are of no use.
            self.guesses.retain(|guess| {
                missing.iter().any(|(first, last)| {
                    up_to(*first, guess.from, guess.peer.id)
                        || (*first..=*last).contains(&guess.from.wrapping_add(1))
                })
            });
            self.learn(peer.id, piece.successors);
        }
        self.cut_at_limit();
        covered || self.records.len() > before
    }

    /// With enough names, what lies behind the last of them is not wanted.
    fn cut_at_limit(&mut self) {
        if self.limit < u32::MAX as usize
            && let Some(last) = self.limit.checked_sub(1)
            && let Some(place) = self.records.values().nth(last)
        {
            self.gaps.cut_behind(*place);
        }
    }

    /// An owner is silent, or no member: its stretch is believed to be the next one's.
    pub(super) fn silent(&mut self, peer: Peer) {
        self.asked.retain(|asked| *asked != peer);
        self.barren.push(peer);
        let from: Vec<u64> =
            self.guesses.iter().filter(|g| g.peer == peer).map(|g| g.from).collect();
        self.guesses.retain(|guess| guess.peer != peer);
        if let Some(from) = from.first() {
            for guess in &mut self.guesses {
                if guess.from == peer.id {
                    guess.from = *from;
                }
            }
        }
    }

    /// The names found, in order.
    pub(super) fn names(&self) -> Vec<u64> {
        self.records.keys().take(self.limit).copied().collect()
    }

    /// Does nothing lack?
    pub(super) fn is_complete(&self) -> bool {
        self.complete && self.gaps.is_empty()
    }

    /// How many owners answered.
    pub(super) fn holders(&self) -> u32 {
        self.holders
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use dhtlab_core::author::NodeIx;
    use proptest::prelude::*;

    use super::*;

    fn peer(id: u64) -> Peer {
        Peer::new(id, NodeIx::new(0), 0)
    }

    /// Runs a walk over a ring of these nodes, each with a list of `reach` successors; `dead` ones are
    /// silent, and `records` are kept at their names.
    fn run(
        walk: &mut Walk,
        ring: &[u64],
        dead: &BTreeSet<u64>,
        records: &[u64],
        (reach, names): (usize, (u64, u64)),
    ) {
        let live: Vec<u64> = ring.iter().copied().filter(|id| !dead.contains(id)).collect();
        let owner = |list: &[u64], place| list.partition_point(|id| *id < place) % list.len();
        let mut under_way = Vec::new();
        for _ in 0..10_000 {
            match walk.next() {
                Move::End => return,
                Move::Ask(peer, most) => under_way.push((peer, most)),
                Move::LookUp(place) => {
                    let at = owner(&live, place);
                    let list: Vec<Peer> = (0..reach.min(live.len()))
                        .map(|i| peer(live[(at + i) % live.len()]))
                        .collect();
                    walk.found(&list);
                }
                Move::Wait => {
                    let (asked, most): (Peer, u32) = under_way.remove(0);
                    if dead.contains(&asked.id) {
                        walk.silent(asked);
                        continue;
                    }
                    let at = owner(&live, asked.id);
                    let from = live[(at + live.len() - 1) % live.len()];
                    let all = ring.partition_point(|id| *id < asked.id);
                    let successors: Vec<Peer> = (1..=reach.min(ring.len() - 1))
                        .map(|i| peer(ring[(all + i) % ring.len()]))
                        .collect();
                    let held: Vec<(u64, u64)> = records
                        .iter()
                        .filter(|place| up_to(**place, from, asked.id))
                        .filter(|name| (names.0..=names.1).contains(*name))
                        .take(most as usize)
                        .map(|place| (*place, *place))
                        .collect();
                    let piece = Piece {
                        claim: (from, asked.id),
                        settled: true,
                        records: &held,
                        successors: &successors,
                    };
                    walk.answered(asked, piece);
                }
            }
        }
        panic!("the walk does not end");
    }

    proptest! {
        #[test]
        fn a_walk_finds_exactly_what_is_there(
            ring in prop::collection::btree_set(any::<u64>(), 1..30),
            records in prop::collection::btree_set(any::<u64>(), 0..60),
            (a, b) in any::<(u64, u64)>(), whole: bool,
            deaths in prop::collection::vec(any::<bool>(), 30),
            limit in prop_oneof![Just(u32::MAX), 0..20_u32],
            width in 1..6_u32, reach in 1..6_usize,
        ) {
            let ring: Vec<u64> = ring.into_iter().collect();
            let records: Vec<u64> = records.into_iter().collect();
            let mut dead: BTreeSet<u64> =
                ring.iter().zip(deaths).filter(|(_, dead)| *dead).map(|(id, _)| *id).collect();
            dead.remove(&ring[0]);
            let (first, last) = if whole { (0, u64::MAX) } else { (a.min(b), a.max(b)) };
            let mut walk = Walk::new(first, last, limit, width);
            run(&mut walk, &ring, &dead, &records, (reach, (first, last)));
            let expected: Vec<u64> = records
                .iter().copied().filter(|name| (first..=last).contains(name))
                .take(limit as usize).collect();
            prop_assert!(walk.is_complete());
            prop_assert_eq!(walk.names(), expected);
        }
    }

    /// The planted bug of completeness: an owner that speaks for less than was asked of it.
    #[test]
    fn a_hole_between_claims_is_tried_again_and_then_admitted() {
        let mut walk = Walk::new(10, 30, u32::MAX, 1);
        let mut lookups = 0;
        loop {
            match walk.next() {
                Move::LookUp(_) => {
                    lookups += 1;
                    walk.found(&[peer(40)]);
                }
                Move::Ask(peer, _) => {
                    let piece = Piece {
                        claim: (20, 40),
                        settled: true,
                        records: &[(25, 25)],
                        successors: &[],
                    };
                    walk.answered(peer, piece);
                }
                Move::Wait => unreachable!("answers come at once"),
                Move::End => break,
            }
        }
        assert_eq!((lookups, walk.names(), walk.is_complete()), (TRIES, vec![25], false));
    }

    #[test]
    fn an_unsettled_owner_makes_the_result_incomplete() {
        let mut walk = Walk::new(1, 2, u32::MAX, 1);
        assert_eq!(walk.next(), Move::LookUp(1));
        walk.found(&[peer(5)]);
        assert_eq!(walk.next(), Move::Ask(peer(5), u32::MAX));
        let piece = Piece { claim: (0, 5), settled: false, records: &[], successors: &[] };
        assert!(walk.answered(peer(5), piece));
        assert_eq!(walk.next(), Move::End);
        assert!(!walk.is_complete());
    }

    #[test]
    fn an_empty_range_needs_nobody() {
        assert_eq!(Walk::new(3, 2, 9, 1).next(), Move::End);
        assert_eq!(Walk::new(2, 3, 0, 1).next(), Move::End);
        assert!(Walk::new(3, 2, 9, 1).is_complete());
    }
}
