//! An iterative lookup as a state machine without I/O: told what answers and silences came, it says
//! whom to ask next.
//!
//! The caller asks [`Search::next`], sends a request to the peer it names, and reports
//! [`Search::closer`], [`Search::found`] or [`Search::silent`]. At most one request is under way.

use dhtlab_core::author::{Cause, Finish, Key, NodeIx, OpId, Outcome, Time};
use smallvec::SmallVec;

use super::message::Item;
use super::params::LookupEnd;
use super::peer::Peer;
use super::ring::distance;

/// What a lookup is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// The owner itself.
    Find { op: OpId },
    /// Store a record at the owner.
    Store { op: OpId, item: Item },
    /// Read a record at the owner, and at so many more successors when it is not there.
    Read { op: OpId, key: Key, fallbacks: u32, earlier: bool },
    /// Remove a record at the owner.
    Remove { op: OpId, key: Key },
    /// A finger of a virtual node.
    Finger { vnode: u16, exponent: u32 },
    /// The place of a virtual node.
    Join { vnode: u16 },
    /// A part of range query number `range`.
    Range { range: u32, key: Option<Key> },
    /// The new owner of records that the model moved.
    Move { vnode: u16 },
}

impl Goal {
    /// The operation behind it, if it is one of its own.
    pub(super) const fn op(&self) -> Option<OpId> {
        match self {
            Self::Find { op }
            | Self::Store { op, .. }
            | Self::Read { op, .. }
            | Self::Remove { op, .. } => Some(*op),
            _ => None,
        }
    }

    /// The virtual node that it is for; the first, where it is for the whole host.
    pub(super) const fn vnode(&self) -> u16 {
        match self {
            Self::Finger { vnode, .. } | Self::Join { vnode } | Self::Move { vnode } => *vnode,
            _ => 0,
        }
    }
}

/// A peer that may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    peer: Peer,
    /// 1 when it was known from the own table, else 1 more than the depth of who named it.
    depth: u8,
}

/// The most candidates kept.
const CANDIDATES_KEPT: usize = 16;
/// The most silent peers that a lookup puts up with.
const DEAD_MAX: usize = 64;
/// The most owners tried in turn, redirections included.
pub(super) const OWNERS_TRIED_MAX: u32 = 80;

/// A lookup.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) serial: u32,
    pub(super) target: u64,
    pub(super) goal: Goal,
    pub(super) cause: Cause,
    pub(super) end: LookupEnd,
    /// When it is given up.
    pub(super) deadline: Time,
    /// By the own model of this version.
    pub(super) version: u32,
    /// To be asked, the closest to the target last.
    candidates: SmallVec<[Candidate; 4]>,
    pub(super) dead: Vec<u64>,
    /// Who answered, and how many silent peers it was told of. Nobody is asked again that could only
    /// repeat itself, so that a lookup terminates.
    heard: SmallVec<[(u64, usize); 4]>,
    /// The peer asked, while one is.
    pub(super) asked: Option<(Peer, u8)>,
    /// The node before the owner, as the last answer had it.
    pub(super) before: Option<Peer>,
    /// The owner and the successors after it, those tried left out; in the order of trying.
    pub(super) owners: SmallVec<[Peer; 1]>,
    pub(super) depth: u8,
    pub(super) tried: u32,
    requests: u32,
    successes: u32,
    failures: u32,
}

/// What a lookup is about.
#[derive(Clone, Debug)]
pub(super) struct Brief {
    pub(super) target: u64,
    pub(super) goal: Goal,
    pub(super) cause: Cause,
    pub(super) end: LookupEnd,
    pub(super) deadline: Time,
    pub(super) version: u32,
}

impl Search {
    /// A lookup with nobody to ask yet.
    pub(super) fn new(serial: u32, brief: Brief) -> Self {
        let Brief { target, goal, cause, end, deadline, version } = brief;
        Self {
            serial,
            target,
            goal,
            cause,
            end,
            deadline,
            version,
            candidates: SmallVec::new(),
            dead: Vec::new(),
            heard: SmallVec::new(),
            asked: None,
            before: None,
            owners: SmallVec::new(),
            depth: 0,
            tried: 0,
            requests: 0,
            successes: 0,
            failures: 0,
        }
    }

    /// Peers that may be asked next, named by somebody of `depth`; 0 is the own table. Those no closer
    /// to the target than who named them are passed over.
    pub(super) fn closer(&mut self, by: Option<u64>, depth: u8, peers: &[Peer]) {
        let limit = by.map_or(u64::MAX, |id| distance(id, self.target));
        for peer in peers {
            let away = distance(peer.id, self.target);
            let known = self.candidates.iter().any(|candidate| candidate.peer == *peer);
            if away == 0 || away > limit || by == Some(peer.id) || known {
                continue;
            }
            if self.dead.contains(&peer.id) || self.repeats(*peer) {
                continue;
            }
            let at = self
                .candidates
                .partition_point(|other| distance(other.peer.id, self.target) > away);
            let depth = depth.saturating_add(1);
            self.candidates.insert(at, Candidate { peer: *peer, depth });
        }
        let excess = self.candidates.len().saturating_sub(CANDIDATES_KEPT);
        self.candidates.drain(..excess);
    }

    /// Has `peer` answered, and nobody been found silent since?
    fn repeats(&self, peer: Peer) -> bool {
        self.heard.contains(&(peer.id, self.dead.len()))
    }

    /// Whom to ask next: the known candidate that is closest to the target. `None` when nobody is left.
    pub(super) fn next(&mut self) -> Option<Peer> {
        let Candidate { peer, depth } = self.candidates.pop()?;
        self.asked = Some((peer, depth));
        self.requests += 1;
        Some(peer)
    }

    /// The owner and its successors are known, named by somebody of `depth`.
    pub(super) fn found(&mut self, depth: u8, before: Option<Peer>, owners: &[Peer]) {
        self.before = before;
        self.owners = owners.iter().rev().copied().collect();
        self.depth = depth.saturating_add(1);
    }

    /// The peer asked answered.
    pub(super) fn answered(&mut self) -> (Option<Peer>, u8) {
        self.successes += 1;
        let (peer, depth) =
            self.asked.take().map_or((None, 0), |(peer, depth)| (Some(peer), depth));
        self.heard.extend(peer.map(|peer| (peer.id, self.dead.len())));
        (peer, depth)
    }

    /// The peer asked is silent, or no member. False when too many were.
    pub(super) fn silent(&mut self, peer: Peer) -> bool {
        self.asked = None;
        self.failures += 1;
        self.dead.push(peer.id);
        self.dead.len() <= DEAD_MAX
    }

    /// A request at an owner begins.
    pub(super) const fn acting(&mut self) {
        self.requests += 1;
        self.tried += 1;
    }

    /// A request at an owner was answered.
    pub(super) const fn succeeded(&mut self) {
        self.successes += 1;
    }

    /// What is reported when it ends.
    pub(super) fn report<'a>(&self, outcome: Outcome, found: &'a [NodeIx]) -> Finish<'a> {
        Finish {
            found,
            hops: self.depth,
            depth_max: self.depth,
            requests: self.requests,
            successes: self.successes,
            failures: self.failures,
            ..Finish::bare(outcome)
        }
    }

    /// Adds what a recursive lookup spent on its way.
    pub(super) const fn sent(&mut self, answered: bool) {
        self.requests += 1;
        if answered {
            self.successes += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use dhtlab_core::author::Traffic;
    use proptest::prelude::*;

    use super::*;

    fn search(target: u64) -> Search {
        let cause = Cause::background(Traffic::Lookup);
        let goal = Goal::Move { vnode: 0 };
        let (end, deadline, version) = (LookupEnd::List, Time::NEVER, 0);
        Search::new(0, Brief { target, goal, cause, end, deadline, version })
    }

    fn peer(id: u64) -> Peer {
        Peer::new(id, NodeIx::new(1), 0)
    }

    proptest! {
        /// I13, whatever the others answer: nobody is asked twice with the same silent peers, one named is asked only when it is
        /// closer than who named it, and depth never exceeds the number of peers.
        #[test]
        fn lookups_terminate_and_each_step_is_closer(
            target: u64,
            ids in prop::collection::btree_set(any::<u64>(), 1..30),
            draws in prop::collection::vec(any::<u64>(), 64),
        ) {
            let ids: Vec<u64> = ids.into_iter().collect();
            let named = |draw: u64| -> Vec<Peer> {
                (0..3)
                    .map(|i| peer(ids[usize::from(draw.to_le_bytes()[i]) % ids.len()]))
                    .collect()
            };
            let mut search = search(target);
            search.closer(None, 0, &named(draws[0]));
            let mut by = std::collections::BTreeMap::new();
            let mut asked = BTreeSet::new();
            for step in 0.. {
                let Some(next) = search.next() else { break };
                let again = !asked.insert((next.id, search.dead.len()));
                prop_assert!(!again, "asked twice: {next:?}");
                let depth = search.asked.map_or(0, |(_, depth)| depth);
                prop_assert!(usize::from(depth) <= ids.len(), "N hops at most");
                if let (Some(limit), true) = (by.get(&next.id), depth > 1) {
                    prop_assert!(distance(next.id, target) < *limit, "a step back");
                }
                let draw = draws[step % draws.len()];
                if draw % 5 == 0 {
                    search.silent(next);
                    search.closer(None, 0, &named(draw.rotate_left(32)));
                } else {
                    let (by_whom, depth) = search.answered();
                    let away = distance(next.id, target);
                    let answer = named(draw.rotate_left(16));
                    for peer in &answer {
                        let limit = by.entry(peer.id).or_insert(u64::MAX);
                        *limit = (*limit).max(away);
                    }
                    search.closer(by_whom.map(|peer| peer.id), depth, &answer);
                }
            }
        }
    }
}
