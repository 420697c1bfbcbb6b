//! The search for the nearest peers of many keys at once, as a state machine without I/O.
//!
//! The caller asks [`Traversal::next`] until it says that it is blocked or over, sends what it is told
//! to send, and reports each end of a request: [`Traversal::hear`] for every key of its batch and then
//! [`Traversal::close`], or [`Traversal::fail`]. [`Traversal::finished`] yields the keys whose search
//! ended on the way.
//!
//! Workers are slots, and all of them serve all keys: a slot takes the key with the fewest requests
//! under way, pops the nearest candidate of it, and packs into the request those other keys that are
//! nearest to that peer. A key without a stop ends only when no request of any key is under way.

use dhtlab_core::author::{Key, NodeIx};
use smallvec::SmallVec;

use super::asked::Asked;
use super::beams::{Beams, Place};
use crate::keys::Keys;

/// How wide a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// How many of the nearest are kept for a key.
    pub(super) beam: usize,
    /// Requests under way at once.
    pub(super) workers: usize,
    /// The most keys in one request.
    pub(super) batch: usize,
    /// Does a peer that failed keep its place among the nearest?
    pub(super) dead_stay: bool,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask `peer` for the keys of [`Traversal::batch`] of `slot`.
    Ask { slot: u32, peer: NodeIx },
    /// Nothing before an answer comes.
    Blocked,
    /// Every key has ended.
    Over,
}

/// A request under way.
#[derive(Clone, Debug)]
struct Flight {
    peer: NodeIx,
    depth: u8,
    queries: SmallVec<[u32; 8]>,
}

/// A search.
#[derive(Clone, Debug)]
pub(super) struct Traversal {
    beams: Beams,
    /// Requests under way that carry each key.
    active: Vec<u32>,
    shape: Shape,
    me: NodeIx,
    /// Who was asked for what.
    asked: Asked,
    /// A bit for every key that has not ended.
    open: Box<[u64]>,
    unfinished: usize,
    flights: Vec<Option<Flight>>,
    flying: usize,
    ended: Vec<u32>,
    depth_max: u8,
}

/// The numbers of the bits that are set.
fn ones(words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.enumerate().flat_map(|(number, mut word)| {
        std::iter::from_fn(move || {
            let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
            word &= word - 1;
            Some(number * 64 + bit)
        })
    })
}

impl Traversal {
    /// A search for the distinct `targets` that starts from `seeds`, each of which counts for every
    /// key. It never asks `me`.
    pub(super) fn new(
        targets: &[Key],
        seeds: &[NodeIx],
        me: NodeIx,
        shape: Shape,
        keys: &(impl Keys + ?Sized),
    ) -> Self {
        let count = targets.len();
        let mut open = vec![u64::MAX; count.div_ceil(64)].into_boxed_slice();
        if let (Some(last), 1..) = (open.last_mut(), count % 64) {
            *last = (1 << (count % 64)) - 1;
        }
        let mut search = Self {
            beams: Beams::new(targets, shape.beam, shape.dead_stay),
            active: vec![0; count],
            shape,
            me,
            asked: Asked::new(open.len()),
            open,
            unfinished: count,
            flights: Vec::new(),
            flying: 0,
            ended: Vec::new(),
            depth_max: 0,
        };
        for query in 0..count {
            for seed in seeds {
                search.beams.learn(query, *seed, 1, keys);
            }
        }
        search
    }

    /// What to do next; to be asked again until it is not to ask somebody.
    pub(super) fn next(&mut self, keys: &(impl Keys + ?Sized)) -> Step {
        while self.unfinished > 0 {
            let Some(slot) = self.idle_slot() else { return Step::Blocked };
            let Some(query) = self.pick(keys) else {
                if self.flying > 0 {
                    return Step::Blocked;
                }
                self.end_all();
                break;
            };
            let place = self.beams.pop(query);
            let row = self.asked.row(place.node);
            if row.is_some_and(|row| self.asked.has(row, query)) {
                continue;
            }
            self.fly(slot, query, place, keys);
            let slot = u32::try_from(slot).unwrap_or(u32::MAX);
            return Step::Ask { slot, peer: place.node };
        }
        Step::Over
    }

    /// The keys of the request of `slot`, by number; none when no request of it is under way.
    pub(super) fn batch(&self, slot: u32) -> &[u32] {
        self.flight(slot).map_or(&[], |flight| &flight.queries)
    }

    /// The depth of the peer asked by `slot`.
    pub(super) fn depth(&self, slot: u32) -> u8 {
        self.flight(slot).map_or(0, |flight| flight.depth)
    }

    /// The answer to `slot` names `peers` for number `index` of its batch; with `stop` nothing more is
    /// wanted for that key.
    pub(super) fn hear(
        &mut self,
        slot: u32,
        index: usize,
        stop: bool,
        peers: impl IntoIterator<Item = NodeIx>,
        keys: &(impl Keys + ?Sized),
    ) {
        let Some(flight) = self.flight(slot) else { return };
        let (query, depth) = (flight.queries[index] as usize, flight.depth.saturating_add(1));
        if !self.is_open(query) {
            return;
        }
        if stop {
            return self.end(query);
        }
        for peer in peers {
            if peer != self.me {
                self.beams.learn(query, peer, depth, keys);
            }
        }
    }

    /// The request of `slot` is over.
    pub(super) fn close(&mut self, slot: u32) {
        let Some(flight) = self.flights.get_mut(slot as usize).and_then(Option::take) else {
            return;
        };
        for query in &flight.queries {
            self.active[*query as usize] -= 1;
        }
        self.flying -= 1;
    }

    /// The request of `slot` failed, or was not even sent.
    pub(super) fn fail(&mut self, slot: u32) {
        if let (false, Some(flight)) = (self.shape.dead_stay, self.flight(slot)) {
            let peer = flight.peer;
            self.beams.bury(peer);
            for query in ones(self.open.iter().copied()) {
                self.beams.forget(query, peer);
            }
        }
        self.close(slot);
    }

    /// A word of each place in the rows of the keys of the request of `slot`.
    pub(super) fn glance(&self, slot: u32) -> u64 {
        self.batch(slot).iter().fold(0, |word, query| word ^ self.beams.glance(*query as usize))
    }

    /// The keys that ended since it was last asked, in the order of their ends.
    pub(super) fn finished(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.ended)
    }

    /// Has the search for this key not ended?
    pub(super) fn is_open(&self, query: usize) -> bool {
        self.open[query / 64] >> (query % 64) & 1 == 1
    }

    /// The nearest of a key, nearest first.
    pub(super) fn near(&self, query: u32) -> &[Place] {
        self.beams.near(query as usize)
    }

    /// The key with number `query`.
    pub(super) fn target(&self, query: u32) -> Key {
        self.beams.target(query as usize)
    }

    /// The largest depth that was asked.
    pub(super) const fn depth_max(&self) -> u8 {
        self.depth_max
    }

    fn flight(&self, slot: u32) -> Option<&Flight> {
        self.flights.get(slot as usize)?.as_ref()
    }

    fn idle_slot(&mut self) -> Option<usize> {
        if self.flying >= self.shape.workers {
            return None;
        }
        let idle = self.flights.iter().position(Option::is_none);
        Some(idle.unwrap_or_else(|| {
            self.flights.push(None);
            self.flights.len() - 1
        }))
    }

    /// The key with the fewest requests under way, and among those the one with the nearest candidate.
    fn pick(&self, keys: &(impl Keys + ?Sized)) -> Option<usize> {
        let mut best: Option<(u32, u64, usize)> = None;
        for query in ones(self.open.iter().copied()) {
            let Some(distance) = self.beams.head(query) else { continue };
            let rank = (self.active[query], distance);
            let better = best.is_none_or(|(active, distance, other)| {
                rank < (active, distance)
                    || rank == (active, distance) && self.beams.goes_before(query, other, keys)
            });
            if better {
                best = Some((rank.0, rank.1, query));
            }
        }
        best.map(|(_, _, query)| query)
    }

    /// Packs a request to the peer at `place` for `query` and those that are nearest to it.
    fn fly(&mut self, slot: usize, query: usize, place: Place, keys: &(impl Keys + ?Sized)) {
        let row = self.asked.insert(place.node);
        let mut queries: SmallVec<[u32; 8]> = SmallVec::new();
        queries.push(u32::try_from(query).unwrap_or(u32::MAX));
        if self.shape.batch > 1 {
            self.pack(&mut queries, row, place.node, keys);
        }
        for query in &queries {
            self.active[*query as usize] += 1;
            self.asked.mark(row, *query as usize);
        }
        self.depth_max = self.depth_max.max(place.depth);
        self.flights[slot] = Some(Flight { peer: place.node, depth: place.depth, queries });
        self.flying += 1;
    }

    /// Adds to `queries` the others that have not been asked of `peer`, those nearest to it first.
    fn pack(
        &self,
        queries: &mut SmallVec<[u32; 8]>,
        row: usize,
        peer: NodeIx,
        keys: &(impl Keys + ?Sized),
    ) {
        let prefix = keys.prefix(peer);
        let mut distances: SmallVec<[u64; 8]> = SmallVec::new();
        let room = self.shape.batch - 1;
        let open = self.open.iter().zip(self.asked.marks(row)).map(|(open, asked)| open & !asked);
        for query in ones(open) {
            let distance = prefix ^ self.beams.prefix(query);
            let full = distances.len() == room;
            if query == queries[0] as usize
                || full && distances.last().is_some_and(|last| distance > *last)
            {
                continue;
            }
            let full_distance = |query: usize| {
                let target = self.beams.target(query);
                (keys.key(peer).distance(target), target)
            };
            let mut at = distances.partition_point(|other| *other < distance);
            while at < distances.len()
                && distances[at] == distance
                && full_distance(queries[at + 1] as usize) < full_distance(query)
            {
                at += 1;
            }
            if full && at == room {
                continue;
            }
            if full {
                distances.pop();
                queries.pop();
            }
            distances.insert(at, distance);
            queries.insert(at + 1, u32::try_from(query).unwrap_or(u32::MAX));
        }
    }

    fn end(&mut self, query: usize) {
        self.open[query / 64] &= !(1 << (query % 64));
        self.unfinished -= 1;
        self.ended.push(u32::try_from(query).unwrap_or(u32::MAX));
    }

    fn end_all(&mut self) {
        for query in 0..self.beams.len() {
            if self.is_open(query) {
                self.end(query);
            }
        }
    }
}

#[cfg(test)]
mod tests;
