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

    /// The key of the record that it is about.
    pub(super) const fn key(&self) -> Option<Key> {
        match self {
            Self::Store { item, .. } => Some(item.0),
            Self::Read { key, .. } | Self::Remove { key, .. } => Some(*key),
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
    /// The peer asked, while one is.
    pub(super) asked: Option<(Peer, u8)>,
    /// The node before the owner, as the last answer had it.
    pub(super) before: Option<Peer>,
    /// The owner and the successors after it, those tried left out; in the order of trying.
    pub(super) owners: SmallVec<[Peer; 1]>,
    pub(super) depth: u8,
    pub(super) tried: u32,
    /// The models by which it looked after the first.
    pub(super) looks: u8,
    /// Was its target placed again by a model that it had to fetch?
    pub(super) replaced: bool,
    /// Did the last holder asked have another model?
    pub(super) skewed: bool,
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
            asked: None,
            before: None,
            owners: SmallVec::new(),
            depth: 0,
            tried: 0,
            looks: 0,
            replaced: false,
            skewed: false,
            requests: 0,
            successes: 0,
            failures: 0,
        }
    }

    /// Looks at another place, by a model of `version`; what was spent stays counted.
    pub(super) fn again(&mut self, target: u64, version: u32) {
        self.target = target;
        self.version = version;
        self.candidates.clear();
        self.owners.clear();
        (self.asked, self.before) = (None, None);
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
            if self.dead.contains(&peer.id) {
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
