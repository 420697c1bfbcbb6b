//! Open connections and dials under way.
//!
//! A connection closes when it was not used for the idle time and no request is under way on it.
//! Nothing is armed for that: connections are linked in the order of their last use, and whoever needs
//! to know which are open first closes those at the front whose time is over. A use moves a connection
//! to the back, in constant time.

use dhtlab_core::author::{NodeIx, Span, Time};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;

/// Stands for no link.
const NONE: u32 = u32::MAX;

/// One open connection.
#[derive(Clone, Copy, Debug)]
struct Connection {
    last_use: Time,
    /// The index of the one used before it.
    before: u32,
    /// The index of the one used after it.
    after: u32,
    /// Requests under way, which keep it open; it is linked only when there is none.
    requests: u16,
}

/// A dial under way.
#[derive(Clone, Debug)]
pub(super) struct Dialling {
    /// Who is dialled.
    pub(super) peer: NodeIx,
    /// When it is given up.
    pub(super) deadline: Time,
    /// The round trip that is under way, from 1.
    pub(super) step: u8,
    /// The queries that wait for the connection.
    pub(super) queries: SmallVec<[u32; 2]>,
}

/// The connections of one node.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    open: IndexMap<NodeIx, Connection, FxBuildHasher>,
    /// The one that was not used for the longest time.
    first: u32,
    /// The one used last.
    last: u32,
    /// In order of deadline: the timeout is constant.
    dials: Vec<Dialling>,
}

impl Default for Connections {
    fn default() -> Self {
        Self { open: IndexMap::default(), first: NONE, last: NONE, dials: Vec::new() }
    }
}

impl Connections {
    /// Is there a connection to `peer`?
    pub(super) fn is_open(&self, peer: NodeIx) -> bool {
        self.open.contains_key(&peer)
    }

    /// Reads a word of what is needed to use the connection to `peer` and to close idle ones.
    pub(super) fn touch(&self, level: u8, peer: NodeIx) -> u64 {
        if level < 2 {
            return u64::from(self.first) ^ self.open.len() as u64;
        }
        let oldest = self.open.get_index(self.first as usize).map_or(0, |(peer, _)| peer.get());
        u64::from(oldest) ^ u64::from(self.is_open(peer))
    }

    /// All connected peers, in no particular but a reproducible order.
    pub(super) fn peers(&self) -> impl Iterator<Item = NodeIx> + '_ {
        self.open.keys().copied()
    }

    /// Opens a connection to `peer`, or uses the one there is; says whether it is new.
    pub(super) fn open(&mut self, peer: NodeIx, now: Time) -> bool {
        if self.use_for(peer, now, 0, 0) {
            return false;
        }
        let connection = Connection { last_use: now, before: NONE, after: NONE, requests: 0 };
        let (at, _) = self.open.insert_full(peer, connection);
        self.link(at);
        true
    }

    /// Uses the connection to `peer`, if there is one, and changes the number of requests under way
    /// on it by `started` minus `ended`.
    pub(super) fn use_for(&mut self, peer: NodeIx, now: Time, started: u16, ended: u16) -> bool {
        let Some(at) = self.open.get_index_of(&peer) else { return false };
        if self.open[at].requests == 0 {
            self.unlink(at);
        }
        let connection = &mut self.open[at];
        connection.requests = (connection.requests + started).saturating_sub(ended);
        connection.last_use = now;
        if connection.requests == 0 {
            self.link(at);
        }
        true
    }

    /// Makes the connection at `at` the last one used.
    fn link(&mut self, at: usize) {
        let index = u32::try_from(at).expect("fewer than 2^32 connections");
        let last = self.last;
        let connection = &mut self.open[at];
        (connection.before, connection.after) = (last, NONE);
        self.point_from(last, NONE, index);
    }

    /// Takes the connection at `at` out of the order.
    fn unlink(&mut self, at: usize) {
        let Connection { before, after, .. } = self.open[at];
        if let Some(connection) = self.open.get_index_mut(before as usize) {
            connection.1.after = after;
        } else {
            self.first = after;
        }
        if let Some(connection) = self.open.get_index_mut(after as usize) {
            connection.1.before = before;
        } else {
            self.last = before;
        }
    }

    /// Lets the neighbours `before` and `after` point to `index`, which lies between them.
    fn point_from(&mut self, before: u32, after: u32, index: u32) {
        match self.open.get_index_mut(before as usize) {
            Some((_, connection)) => connection.after = index,
            None => self.first = index,
        }
        match self.open.get_index_mut(after as usize) {
            Some((_, connection)) => connection.before = index,
            None => self.last = index,
        }
    }

    /// Closes the connection to `peer`; says whether there was one.
    pub(super) fn close(&mut self, peer: NodeIx) -> bool {
        let Some(at) = self.open.get_index_of(&peer) else { return false };
        self.close_at(at);
        true
    }

    fn close_at(&mut self, at: usize) -> Option<NodeIx> {
        if self.open[at].requests == 0 {
            self.unlink(at);
        }
        let (peer, _) = self.open.swap_remove_index(at)?;
        // The last entry took the free place: whoever points to it points there now.
        if let Some((_, moved)) = self.open.get_index(at)
            && moved.requests == 0
        {
            let (before, after) = (moved.before, moved.after);
            self.point_from(before, after, u32::try_from(at).unwrap_or(NONE));
        }
        Some(peer)
    }

    /// Closes one connection that was idle for `idle` at `now`, the longest idle first.
    pub(super) fn close_idle(&mut self, now: Time, idle: Span) -> Option<NodeIx> {
        let at = self.first as usize;
        let (_, connection) = self.open.get_index(at)?;
        if connection.last_use.saturating_add(idle) > now { None } else { self.close_at(at) }
    }

    /// Is there neither a connection nor a dial?
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.dials.is_empty()
    }

    /// The dial to `peer` that is under way.
    pub(super) fn dialling(&mut self, peer: NodeIx) -> Option<&mut Dialling> {
        self.dials.iter_mut().find(|dial| dial.peer == peer)
    }

    /// Begins a dial.
    pub(super) fn dial(&mut self, peer: NodeIx, deadline: Time, query: Option<u32>) {
        debug_assert!(self.dials.last().is_none_or(|last| last.deadline <= deadline));
        let queries = query.into_iter().collect();
        self.dials.push(Dialling { peer, deadline, step: 1, queries });
    }

    /// Ends the dial to `peer`, by success.
    pub(super) fn end_dial(&mut self, peer: NodeIx) -> Option<Dialling> {
        let at = self.dials.iter().position(|dial| dial.peer == peer)?;
        Some(self.dials.remove(at))
    }

    /// Gives up the first dial whose time is over at `now`.
    pub(super) fn fail_dial(&mut self, now: Time) -> Option<Dialling> {
        if self.dials.first()?.deadline > now {
            return None;
        }
        Some(self.dials.remove(0))
    }

    /// When the next dial is given up.
    pub(super) fn next_deadline(&self) -> Time {
        self.dials.first().map_or(Time::NEVER, |dial| dial.deadline)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const IDLE: Span = Span::from_secs(10);

    /// The oracle: last uses and requests in a map, searched in full at every step.
    #[derive(Default)]
    struct Oracle(BTreeMap<NodeIx, (Time, u16)>);

    impl Oracle {
        fn close_idle(&mut self, now: Time) -> Vec<NodeIx> {
            let mut closed: Vec<(Time, NodeIx)> = self
                .0
                .iter()
                .filter(|(_, (at, requests))| at.saturating_add(IDLE) <= now && *requests == 0)
                .map(|(node, (at, _))| (*at, *node))
                .collect();
            closed.sort();
            self.0.retain(|node, _| !closed.iter().any(|(_, other)| other == node));
            closed.into_iter().map(|(_, node)| node).collect()
        }
    }

    proptest! {
        #[test]
        fn idle_connections_close_in_order_of_their_last_use(
            steps in prop::collection::vec((0_u64..4, 0_u32..6, 0_u8..5), 0..200),
        ) {
            let (mut tested, mut model) = (Connections::default(), Oracle::default());
            let mut now = Time::ZERO;
            for (wait, node, what) in steps {
                now += Span::from_secs(wait);
                let node = NodeIx::new(node);
                let mut closed: Vec<NodeIx> =
                    std::iter::from_fn(|| tested.close_idle(now, IDLE)).collect();
                let mut expected = model.close_idle(now);
                // Uses at the same instant close in the order of use, which the map does not keep.
                closed.sort();
                expected.sort();
                prop_assert_eq!(closed, expected);
                match what {
                    0 => {
                        let requests = model.0.get(&node).map_or(0, |entry| entry.1);
                        prop_assert_eq!(
                            tested.open(node, now),
                            model.0.insert(node, (now, requests)).is_none()
                        );
                    }
                    1 => prop_assert_eq!(tested.close(node), model.0.remove(&node).is_some()),
                    2 => prop_assert_eq!(tested.is_open(node), model.0.contains_key(&node)),
                    started => {
                        // 3 begins a request, 4 ends one.
                        let (started, ended) = if started == 3 { (1, 0) } else { (0, 1) };
                        let known = model.0.get_mut(&node);
                        prop_assert_eq!(tested.use_for(node, now, started, ended), known.is_some());
                        if let Some(entry) = known {
                            *entry = (now, (entry.1 + started).saturating_sub(ended));
                        }
                    }
                }
            }
        }
    }
}
