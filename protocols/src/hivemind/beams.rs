//! The nearest peers known for every key of a search: a sorted row for each.
//!
//! Decision: a candidate that is within the bound is always one of the beam, because both take the
//! same peers in. So one sorted row of at most a beam's width, with a mark on what was popped, is the
//! heap of candidates, the heap of the nearest, and, for all that can still matter, the set of the
//! known.

use dhtlab_core::author::{Key, NodeIx};

use crate::keys::Keys;

/// A peer in the row of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) node: NodeIx,
    /// 1 when it was known from the own table, else 1 more than the depth of who named it first.
    pub(super) depth: u8,
    /// Was it taken from the candidates?
    popped: bool,
}

const NOBODY: Place = Place { node: NodeIx::new(0), depth: 0, popped: true };

/// What a row is about.
#[derive(Clone, Debug)]
struct Row {
    prefix: u64,
    len: u32,
    /// The first that was not popped.
    head: u32,
}

/// The rows of all keys.
#[derive(Clone, Debug)]
pub(super) struct Beams {
    targets: Box<[Key]>,
    rows: Vec<Row>,
    /// The leading bits of the distances of all rows, `width` a row; ascending within one.
    distances: Vec<u64>,
    places: Vec<Place>,
    width: usize,
    /// How many of the nearest count.
    beam: usize,
    /// Who lost their places and get no other.
    dead: Vec<NodeIx>,
}

/// Where the dead lose their places, others must be there to take them: so many beams are kept.
const SPARE_BEAMS: usize = 4;

impl Beams {
    /// Empty rows for the `targets`, `beam` wide; with room for others where the dead do not stay.
    pub(super) fn new(targets: &[Key], beam: usize, dead_stay: bool) -> Self {
        let width = if dead_stay { beam } else { beam * SPARE_BEAMS };
        let row = |target: &Key| Row { prefix: target.prefix(), len: 0, head: 0 };
        Self {
            rows: targets.iter().map(row).collect(),
            targets: targets.into(),
            distances: vec![0; targets.len() * width],
            places: vec![NOBODY; targets.len() * width],
            width,
            beam,
            dead: Vec::new(),
        }
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The key with number `query`.
    pub(super) fn target(&self, query: usize) -> Key {
        self.targets[query]
    }

    /// Its leading bits.
    pub(super) fn prefix(&self, query: usize) -> u64 {
        self.rows[query].prefix
    }

    /// The nearest of a key, nearest first.
    pub(super) fn near(&self, query: usize) -> &[Place] {
        let len = (self.rows[query].len as usize).min(self.beam);
        &self.places[query * self.width..][..len]
    }

    /// The leading bits of the distance of the nearest candidate of `query`.
    pub(super) fn head(&self, query: usize) -> Option<u64> {
        let row = &self.rows[query];
        let any = (row.head as usize) < (row.len as usize).min(self.beam);
        any.then(|| self.distances[query * self.width + row.head as usize])
    }

    /// Is the candidate of `query` nearer than that of `other`, when the leading bits do not tell?
    pub(super) fn goes_before(
        &self,
        query: usize,
        other: usize,
        keys: &(impl Keys + ?Sized),
    ) -> bool {
        let rank = |query: usize| {
            let head = &self.places[query * self.width + self.rows[query].head as usize];
            let target = self.targets[query];
            (keys.key(head.node).distance(target), target)
        };
        rank(query) < rank(other)
    }

    /// Takes the nearest candidate of `query`.
    pub(super) fn pop(&mut self, query: usize) -> Place {
        let at = query * self.width + self.rows[query].head as usize;
        let place = self.places[at];
        self.places[at].popped = true;
        self.seek(query);
        place
    }

    /// Moves the head of `query` on to the first that was not popped.
    fn seek(&mut self, query: usize) {
        let row = &mut self.rows[query];
        let places = &self.places[query * self.width..];
        while row.head < row.len && places[row.head as usize].popped {
            row.head += 1;
        }
    }

    /// A word of each place in the row of `query`.
    pub(super) fn glance(&self, query: usize) -> u64 {
        let row = query * self.width;
        let lines = (row..row + self.width).step_by(8);
        lines.fold(0, |word, at| word ^ self.distances[at] ^ u64::from(self.places[at].depth))
    }

    /// Marks `node` as one that may not have a place again.
    pub(super) fn bury(&mut self, node: NodeIx) {
        self.dead.push(node);
    }

    /// Takes `node` in, unless it is known or farther than all that are kept.
    pub(super) fn learn(
        &mut self,
        query: usize,
        node: NodeIx,
        depth: u8,
        keys: &(impl Keys + ?Sized),
    ) {
        let base = query * self.width;
        let row = &mut self.rows[query];
        let len = row.len as usize;
        let distance = keys.prefix(node) ^ row.prefix;
        if len == self.width && self.distances[base + len - 1] < distance {
            return;
        }
        let distances = &mut self.distances[base..base + self.width];
        let places = &mut self.places[base..base + self.width];
        let mut at = distances[..len].partition_point(|other| *other < distance);
        while at < len && distances[at] == distance {
            let other = places[at].node;
            let target = self.targets[query];
            if other == node {
                return;
            }
            if keys.key(node).distance(target) < keys.key(other).distance(target) {
                break;
            }
            at += 1;
        }
        if at == self.width || self.dead.contains(&node) {
            return;
        }
        let kept = len.min(self.width - 1);
        distances.copy_within(at..kept, at + 1);
        places.copy_within(at..kept, at + 1);
        distances[at] = distance;
        places[at] = Place { node, depth, popped: false };
        row.len = u32::try_from(kept + 1).unwrap_or(u32::MAX);
        row.head = row.head.min(u32::try_from(at).unwrap_or(u32::MAX));
    }

    /// Removes `node` from the row of `query`.
    pub(super) fn forget(&mut self, query: usize, node: NodeIx) {
        let base = query * self.width;
        let row = &mut self.rows[query];
        let len = row.len as usize;
        let Some(at) = self.places[base..base + len].iter().position(|place| place.node == node)
        else {
            return;
        };
        self.distances.copy_within(base + at + 1..base + len, base + at);
        self.places.copy_within(base + at + 1..base + len, base + at);
        row.len -= 1;
        if at < row.head as usize {
            row.head -= 1;
        }
        self.seek(query);
    }
}
