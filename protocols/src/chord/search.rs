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
    /// The owner of a part of range query number `range`.
    Range { range: u32 },
    /// Read a record for range query number `range`, that asks name by name.
    Name { range: u32, key: Key, fallbacks: u32, earlier: bool },
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
            Self::Read { key, .. } | Self::Name { key, .. } | Self::Remove { key, .. } => {
                Some(*key)
            }
            _ => None,
        }
    }

    /// Asks just one more holder, for a record that may not belong there: `anyway`.
    pub(super) const fn look_once(&mut self, anyway: bool) {
        if let Self::Read { fallbacks, earlier, .. } | Self::Name { fallbacks, earlier, .. } = self
        {
            (*fallbacks, *earlier) = (0, anyway);
        }
    }

    /// The virtual node that it is for; the first, where it is for the whole host.
    pub(super) const fn vnode(&self) -> u16 {
        match self {
            Self::Finger { vnode, .. } | Self::Join { vnode } | Self::Move { vnode } => *vnode,
            _ => 0,
        }
    }

    /// Does a user wait for it?
    pub(super) const fn is_wanted(&self) -> bool {
        self.op().is_some() || matches!(self, Self::Range { .. } | Self::Name { .. })
    }
}

/// Requests that were sent, and what became of them so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) requests: u32,
    pub(super) successes: u32,
    pub(super) failures: u32,
}

impl Spent {
    /// Adds what another one spent.
    pub(super) const fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.successes += other.successes;
        self.failures += other.failures;
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
    /// Who comes before the owner is silent: the owner is to do it all the same.
    pub(super) anyway: bool,
    pub(super) spent: Spent,
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
            anyway: false,
            spent: Spent::default(),
        }
    }

    /// Looks at another place, by a model of `version`; what was spent stays counted.
    pub(super) fn again(&mut self, target: u64, version: u32) {
        self.target = target;
        self.version = version;
        self.candidates.clear();
        self.owners.clear();
        (self.asked, self.before, self.anyway) = (None, None, false);
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
    /// Requests to `home`, the own host, cost nothing and lead no deeper.
    pub(super) fn next(&mut self, home: NodeIx) -> Option<Peer> {
        let Candidate { peer, depth } = self.candidates.pop()?;
        let away = u8::from(peer.host != home);
        self.asked = Some((peer, depth.saturating_sub(1 - away)));
        self.spent.requests += u32::from(away);
        Some(peer)
    }

    /// The owner and its successors are known, named by somebody of `depth`.
    pub(super) fn found(&mut self, depth: u8, before: Option<Peer>, owners: &[Peer], home: NodeIx) {
        self.before = before;
        self.owners = owners.iter().rev().copied().collect();
        let away = owners.first().is_some_and(|owner| owner.host != home);
        self.depth = depth.saturating_add(u8::from(away));
    }

    /// The peer asked answered.
    pub(super) fn answered(&mut self, home: NodeIx) -> (Option<Peer>, u8) {
        let Some((peer, depth)) = self.asked.take() else { return (None, 0) };
        self.spent.successes += u32::from(peer.host != home);
        (Some(peer), depth)
    }

    /// The peer asked is silent, or no member. False when too many were.
    pub(super) fn silent(&mut self, peer: Peer, home: NodeIx) -> bool {
        self.asked = None;
        self.spent.failures += u32::from(peer.host != home);
        self.dead.push(peer.id);
        self.dead.len() <= DEAD_MAX
    }

    /// A request at an owner begins.
    pub(super) fn acting(&mut self, owner: Peer, home: NodeIx) {
        self.spent.requests += u32::from(owner.host != home);
        self.tried += 1;
    }

    /// A request at an owner was answered.
    pub(super) fn succeeded(&mut self, owner: Peer, home: NodeIx) {
        self.spent.successes += u32::from(owner.host != home);
    }

    /// The place belongs to somebody before the owner asked. Where that one is known to be silent, the
    /// owner asked is to do it all the same.
    pub(super) fn redirect(&mut self, before: Peer) {
        if self.dead.contains(&before.id) {
            self.anyway = true;
        } else {
            self.owners.push(before);
            self.depth = self.depth.saturating_add(1);
        }
    }

    /// What is reported when it ends.
    pub(super) fn report<'a>(&self, outcome: Outcome, found: &'a [NodeIx]) -> Finish<'a> {
        Finish {
            found,
            hops: self.depth,
            depth_max: self.depth,
            requests: self.spent.requests,
            successes: self.spent.successes,
            failures: self.spent.failures,
            ..Finish::bare(outcome)
        }
    }

    /// A recursive lookup arrived: the request that sent it off is answered.
    pub(super) const fn arrived(&mut self) {
        if self.spent.requests > 0 {
            self.spent.successes += 1;
        }
    }
}
