//! One bucket: its members, those who wait for a place, and who has been asked for a sign of life.

use dhtlab_core::author::{Key, NodeIx, Time};

use super::glance::every;

/// A leaf of the routing tree: the contacts whose ids start with the first `depth` bits of `lower`.
///
/// Members and replacements are both in the order in which they were heard of, the least recent
/// first. Replacements have no bound of their own, as in hivemind: every contact ever heard of and
/// not seen to fail may be one.
#[derive(Clone, Debug)]
pub struct Bucket {
    lower: Key,
    depth: u16,
    members: Vec<NodeIx>,
    replacements: Vec<NodeIx>,
    /// Members that were named by [`Bucket::ping_candidate`] and not heard of since; a removed one
    /// may stay in it until it is heard of again.
    pinged: Vec<NodeIx>,
    last_updated: Time,
}

/// Where a contact stands in a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// At this place among the members.
    Member(usize),
    /// At this place among the replacements.
    Waiting(usize),
    /// Nowhere.
    Unknown,
}

impl Bucket {
    /// The empty bucket of the ids that start with the first `depth` bits of `lower`.
    pub(super) fn new(lower: Key, depth: u16, now: Time) -> Self {
        Self {
            lower,
            depth,
            members: Vec::new(),
            replacements: Vec::new(),
            pinged: Vec::new(),
            last_updated: now,
        }
    }

    /// The smallest id of its range.
    pub fn lower(&self) -> Key {
        self.lower
    }

    /// How many leading bits its ids share: its range is 2^(160 - depth) ids wide.
    pub fn depth(&self) -> u16 {
        self.depth
    }

    /// The members, the least recently heard of first.
    pub fn members(&self) -> &[NodeIx] {
        &self.members
    }

    /// Those who wait for a place, the newest last.
    pub fn replacements(&self) -> &[NodeIx] {
        &self.replacements
    }

    /// When a contact in its range was last heard of, or the bucket was made by a split.
    pub fn last_updated(&self) -> Time {
        self.last_updated
    }

    /// Is `key` within its range?
    pub fn covers(&self, key: Key) -> bool {
        self.lower.common_prefix(key) >= u32::from(self.depth)
    }

    /// A word of each cache line of its lists.
    pub(super) fn glance(&self) -> u64 {
        every(&self.members) ^ every(&self.replacements) ^ every(&self.pinged)
    }

    /// Where `node` stands.
    pub(super) fn spot(&self, node: NodeIx) -> Spot {
        if let Some(at) = position(&self.members, node) {
            return Spot::Member(at);
        }
        position(&self.replacements, node).map_or(Spot::Unknown, Spot::Waiting)
    }

    /// Takes note of `node` being alive: as the newest member if it is one or there is room, else
    /// as the newest replacement; says whether it is a member now.
    pub(super) fn add(&mut self, node: NodeIx, size: usize, now: Time) -> bool {
        self.add_at(self.spot(node), node, size, now)
    }

    /// As [`add`](Self::add), of a node that stands at `spot`.
    pub(super) fn add_at(&mut self, spot: Spot, node: NodeIx, size: usize, now: Time) -> bool {
        take(&mut self.pinged, node);
        self.last_updated = now;
        match spot {
            Spot::Member(at) => self.members[at..].rotate_left(1),
            _ if self.members.len() < size => self.members.push(node),
            Spot::Waiting(at) => {
                self.replacements[at..].rotate_left(1);
                return false;
            }
            Spot::Unknown => {
                self.reserve_replacement();
                self.replacements.push(node);
                return false;
            }
        }
        true
    }

    /// Grows by an eighth at a time: replacements are most of a node's memory in a network whose
    /// nodes all hear of one another.
    fn reserve_replacement(&mut self) {
        if self.replacements.len() == self.replacements.capacity() {
            self.replacements.reserve_exact(4 + self.replacements.len() / 8);
        }
    }

    /// Forgets `node`; the newest replacement takes the place of a member.
    pub(super) fn remove(&mut self, node: NodeIx) {
        take(&mut self.replacements, node);
        if take(&mut self.members, node)
            && let Some(newest) = self.replacements.pop()
        {
            self.members.push(newest);
        }
    }

    /// The least recently heard of member that was not named before, to be asked for a sign of life.
    pub(super) fn ping_candidate(&mut self) -> Option<NodeIx> {
        let candidate = self.members.iter().copied().find(|node| !self.pinged.contains(node))?;
        self.pinged.push(candidate);
        Some(candidate)
    }

    /// The two halves of this bucket. Members come before replacements, so that a half has the
    /// oldest contacts as members; `right` says whose id is in the upper half.
    pub(super) fn split(
        &self,
        size: usize,
        now: Time,
        right: impl Fn(NodeIx) -> bool,
    ) -> (Self, Self) {
        let middle = self.lower.flip_bit(u32::from(self.depth));
        let mut lower = Self::new(self.lower, self.depth + 1, now);
        let mut upper = Self::new(middle, self.depth + 1, now);
        for &node in self.members.iter().chain(&self.replacements) {
            let half = if right(node) { &mut upper } else { &mut lower };
            half.add(node, size, now);
        }
        (lower, upper)
    }
}

/// Where `node` is in `list`. Blocks are compared whole, without a way out in their midst: that is what
/// compilers make vectors of, and lists of replacements have hundreds.
fn position(list: &[NodeIx], node: NodeIx) -> Option<usize> {
    let has = |block: &&[NodeIx]| block.iter().filter(|other| **other == node).count() > 0;
    let full = list.chunks_exact(BLOCK).take_while(|block| !has(block)).count() * BLOCK;
    let end = list.len().min(full + BLOCK);
    list[full..end].iter().position(|other| *other == node).map(|at| full + at)
}

/// Contacts that are compared together.
const BLOCK: usize = 32;

/// Removes `node` from `list`, keeping the order; says whether it was there.
fn take(list: &mut Vec<NodeIx>, node: NodeIx) -> bool {
    let found = position(list, node);
    if let Some(position) = found {
        list.remove(position);
    }
    found.is_some()
}
