//! The candidates of a walk, in the order of their distance to its target.

use std::cmp::Ordering;
use std::ops::{Deref, DerefMut};

use arrayvec::ArrayVec;
use dhtlab_core::author::{Key, NodeIx};

use super::keys::Keys;
use super::params::LIST_MAX;

/// The bound on candidates of one walk; beyond it the farthest that was not asked is forgotten.
pub const CANDIDATES_MAX: usize = 1_024;

/// What a walk knows of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Heard of. Left when it is asked.
    NotContacted,
    /// Asked; counts against the capacity until it answers, fails, or its time is over.
    Waiting,
    /// Asked, and its time is over. Kept apart from failed: a late answer still counts.
    Unresponsive,
    /// Known to have failed. Never left.
    Failed,
    /// Answered. Never left.
    Succeeded,
}

/// A contact in the order of its distance to the target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// The leading 64 bits of the distance; ties are broken by the whole keys.
    pub(super) distance: u64,
    pub(super) node: NodeIx,
    pub(super) state: State,
    /// 1 from the own table, else one more than that of the first node that named it.
    pub(super) depth: u8,
}

const _: () = assert!(size_of::<Candidate>() == 16, "candidates are packed");

/// All candidates of one walk, closest first.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    target: Key,
    list: Vec<Candidate>,
}

impl Candidates {
    /// No candidate yet.
    pub(super) fn new(target: Key) -> Self {
        Self { target, list: Vec::with_capacity(64) }
    }

    /// The key the walk goes to.
    pub(super) fn target(&self) -> Key {
        self.target
    }

    /// The place of `node`, if it is known.
    pub(super) fn search(&self, node: NodeIx, keys: &(impl Keys + ?Sized)) -> Option<usize> {
        let wanted = (keys.prefix(node) ^ self.target.prefix(), node);
        self.list
            .binary_search_by(|candidate| {
                self.order((candidate.distance, candidate.node), wanted, keys)
            })
            .ok()
    }

    /// Compares whole distances, where their leading words are equal.
    #[cold]
    fn tie(&self, a: NodeIx, b: NodeIx, keys: &(impl Keys + ?Sized)) -> Ordering {
        let distance = |node| keys.key(node).distance(self.target);
        distance(a).cmp(&distance(b))
    }

    /// Adds all of `nodes` that are not known; returns the place of the closest of them among what
    /// was known before, or `usize::MAX`.
    ///
    /// A list of contacts comes sorted, and so are the candidates: one pass over both finds the
    /// places, and a second from the far end moves everything once.
    pub(super) fn add(
        &mut self,
        nodes: &[NodeIx],
        depth: u8,
        keys: &(impl Keys + ?Sized),
    ) -> usize {
        let mut named: ArrayVec<(u64, NodeIx), LIST_MAX> = ArrayVec::new();
        let prefix = self.target.prefix();
        // Independent loads: their misses overlap.
        named.extend(nodes.iter().take(LIST_MAX).map(|node| (keys.prefix(*node) ^ prefix, *node)));
        if !named.is_sorted_by(|a, b| self.order(*a, *b, keys).is_lt()) {
            // Not from an honest peer, or from two buckets that tie.
            named.sort_by(|a, b| self.order(*a, *b, keys));
            let mut last = None;
            named.retain(|entry| last.replace(*entry) != Some(*entry));
        }
        let mut places: ArrayVec<(u32, u64, NodeIx), LIST_MAX> = ArrayVec::new();
        let mut at = 0;
        for entry in named {
            while self.list.get(at).is_some_and(|c| c.distance < entry.0) {
                at += 1;
            }
            let mut tied = at;
            let mut order = Ordering::Less;
            while let Some(c) = self.list.get(tied)
                && c.distance == entry.0
            {
                order = self.order((c.distance, c.node), entry, keys);
                if order.is_ge() {
                    break;
                }
                tied += 1;
            }
            if order != Ordering::Equal {
                places.push((u32::try_from(tied).unwrap_or(u32::MAX), entry.0, entry.1));
            }
        }
        let first = places.first().map_or(usize::MAX, |place| place.0 as usize);
        self.place(&places, depth);
        first
    }

    /// Puts new candidates at their places, which are in order and count what is known already.
    fn place(&mut self, places: &[(u32, u64, NodeIx)], depth: u8) {
        let mut end = self.list.len();
        let blank =
            Candidate { distance: 0, node: NodeIx::new(0), state: State::NotContacted, depth };
        self.list.resize(end + places.len(), blank);
        for (shift, &(place, distance, node)) in (1..=places.len()).rev().zip(places.iter().rev()) {
            let place = place as usize;
            self.list.copy_within(place..end, place + shift);
            self.list[place + shift - 1] = Candidate { distance, node, ..blank };
            end = place;
        }
        while self.list.len() > CANDIDATES_MAX {
            let farthest = self.list.iter().rposition(|c| c.state == State::NotContacted);
            let Some(farthest) = farthest else { return };
            self.list.remove(farthest);
        }
    }

    /// Compares two contacts with the leading words of their distances.
    fn order(&self, a: (u64, NodeIx), b: (u64, NodeIx), keys: &(impl Keys + ?Sized)) -> Ordering {
        a.0.cmp(&b.0).then_with(
            || {
                if a.1 == b.1 { Ordering::Equal } else { self.tie(a.1, b.1, keys) }
            },
        )
    }
}

impl Deref for Candidates {
    type Target = [Candidate];
    fn deref(&self) -> &[Candidate] {
        &self.list
    }
}

impl DerefMut for Candidates {
    fn deref_mut(&mut self) -> &mut [Candidate] {
        &mut self.list
    }
}
