//! Open connections and dials under way.
//!
//! A connection closes when it was not used for the idle time and no request is under way on it.
//! Nothing is armed for that: connections lie in the order of their last use, and whoever needs to
//! know which are open first closes those at the front whose time is over.
//!
//! A flat list, searched from the most recently used: a node has a few dozen connections within the
//! idle time, that is a few cache lines that lie side by side, where a hash map costs three or four
//! that must be fetched one after the other. Thousands, at the bootstrap nodes of a join storm, cost
//! microseconds.

use std::collections::VecDeque;

use dhtlab_core::author::{NodeIx, Span, Time};
use smallvec::SmallVec;

/// One open connection.
#[derive(Clone, Copy, Debug)]
struct Connection {
    last_use: Time,
    peer: NodeIx,
    /// Requests under way, which keep it open.
    requests: u16,
    /// Is the peer in the table, or does it wait for a place there? If not, closing concerns nobody.
    tabled: bool,
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
#[derive(Clone, Debug, Default)]
pub(super) struct Connections {
    /// In order of last use.
    open: VecDeque<Connection>,
    /// In order of deadline: the timeout is constant.
    dials: Vec<Dialling>,
}

impl Connections {
    fn find(&self, peer: NodeIx) -> Option<usize> {
        self.open.iter().rposition(|connection| connection.peer == peer)
    }

    /// Is there a connection to `peer`?
    pub(super) fn is_open(&self, peer: NodeIx) -> bool {
        self.find(peer).is_some()
    }

    /// All connected peers, the one used last at the end.
    pub(super) fn peers(&self) -> impl Iterator<Item = NodeIx> + '_ {
        self.open.iter().map(|connection| connection.peer)
    }

    /// Opens a connection to `peer`, or uses the one there is; says whether it is new.
    pub(super) fn open(&mut self, peer: NodeIx, now: Time) -> bool {
        if self.use_for(peer, now, 0, 0) {
            return false;
        }
        self.open.push_back(Connection { last_use: now, peer, requests: 0, tabled: false });
        true
    }

    /// `peer` is in the table or waits for a place there; if it is connected, its closing concerns
    /// the table.
    pub(super) fn mark_tabled(&mut self, peer: NodeIx) {
        if let Some(at) = self.find(peer) {
            self.open[at].tabled = true;
        }
    }

    /// Uses the connection to `peer`, if there is one, and changes the number of requests under way
    /// on it by `started` minus `ended`.
    pub(super) fn use_for(&mut self, peer: NodeIx, now: Time, started: u16, ended: u16) -> bool {
        let Some(at) = self.find(peer) else { return false };
        let Some(mut connection) = self.open.remove(at) else { return false };
        connection.requests = (connection.requests + started).saturating_sub(ended);
        connection.last_use = now;
        self.open.push_back(connection);
        true
    }

    /// Closes the connection to `peer`; says whether there was one.
    pub(super) fn close(&mut self, peer: NodeIx) -> bool {
        let at = self.find(peer);
        at.and_then(|at| self.open.remove(at)).is_some()
    }

    /// Closes one connection that was idle for `idle` at `now`, the longest idle first; says to whom
    /// and whether the table knows of it.
    pub(super) fn close_idle(&mut self, now: Time, idle: Span) -> Option<(NodeIx, bool)> {
        let over = |connection: &Connection| connection.last_use.saturating_add(idle) <= now;
        let ready = |connection: &&Connection| over(connection);
        let at = self.open.iter().take_while(ready).position(|c| c.requests == 0)?;
        let closed = self.open.remove(at)?;
        Some((closed.peer, closed.tabled))
    }

    /// A word of the list where a search begins; see `Protocol::glance`.
    pub(super) fn glance(&self) -> u64 {
        let ends = [self.open.front(), self.open.back()];
        ends.into_iter().flatten().fold(0, |word, end| word ^ end.last_use.as_nanos())
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
                    std::iter::from_fn(|| tested.close_idle(now, IDLE)).map(|closed| closed.0).collect();
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
