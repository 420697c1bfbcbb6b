//! Open connections and dials under way.
//!
//! A connection closes when it was not used for the idle time and no request is under way on it.
//! Nothing is armed for that: uses lie in a queue in order of time, and whoever needs to know which
//! connections are open first closes those whose time is over. A queued use that is not the last one
//! of its connection is skipped when its turn comes, so a use costs constant time.

use std::collections::VecDeque;

use dhtlab_core::author::{NodeIx, Span, Time};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;

/// One open connection.
#[derive(Clone, Copy, Debug)]
struct Connection {
    last_use: Time,
    /// Requests under way, which keep it open.
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
#[derive(Clone, Debug, Default)]
pub(super) struct Connections {
    open: IndexMap<NodeIx, Connection, FxBuildHasher>,
    uses: VecDeque<(Time, NodeIx)>,
    /// In order of deadline: the timeout is constant.
    dials: Vec<Dialling>,
}

impl Connections {
    /// Is there a connection to `peer`?
    pub(super) fn is_open(&self, peer: NodeIx) -> bool {
        self.open.contains_key(&peer)
    }

    /// All connected peers, in no particular but a reproducible order.
    pub(super) fn peers(&self) -> impl Iterator<Item = NodeIx> + '_ {
        self.open.keys().copied()
    }

    /// Opens a connection to `peer`, or uses the one there is; says whether it is new.
    pub(super) fn open(&mut self, peer: NodeIx, now: Time) -> bool {
        let new = self.open.insert(peer, Connection { last_use: now, requests: 0 });
        if let Some(old) = new
            && let Some(connection) = self.open.get_mut(&peer)
        {
            connection.requests = old.requests;
        }
        self.uses.push_back((now, peer));
        new.is_none()
    }

    /// Uses the connection to `peer`, if there is one, and changes the number of requests under way
    /// on it by `started` minus `ended`.
    pub(super) fn use_for(&mut self, peer: NodeIx, now: Time, started: u16, ended: u16) -> bool {
        let Some(connection) = self.open.get_mut(&peer) else { return false };
        connection.requests = (connection.requests + started).saturating_sub(ended);
        if connection.last_use < now {
            connection.last_use = now;
            self.uses.push_back((now, peer));
        }
        true
    }

    /// Closes the connection to `peer`; says whether there was one.
    pub(super) fn close(&mut self, peer: NodeIx) -> bool {
        self.open.swap_remove(&peer).is_some()
    }

    /// Is there nothing to close at `now`? Cheap, for the front of every handler.
    pub(super) fn is_quiet(&self, now: Time, idle: Span) -> bool {
        self.uses.front().is_none_or(|(at, _)| at.saturating_add(idle) > now)
    }

    /// Closes one connection that was idle for `idle` at `now`, the longest idle first.
    pub(super) fn close_idle(&mut self, now: Time, idle: Span) -> Option<NodeIx> {
        while !self.is_quiet(now, idle) {
            let (at, peer) = self.uses.pop_front()?;
            let Some(connection) = self.open.get(&peer) else { continue };
            if connection.last_use == at && connection.requests == 0 {
                self.open.swap_remove(&peer);
                return Some(peer);
            }
        }
        None
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
