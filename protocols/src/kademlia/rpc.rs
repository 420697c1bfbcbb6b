//! Requests under way: matched by their number, given up in order of time.

use dhtlab_core::author::{NodeIx, Time};

/// Stands for "no query" in a request that only asks whether a peer is there.
pub(super) const PING: u32 = u32::MAX;

/// A request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rpc {
    id: u32,
    /// The query it belongs to, or [`PING`].
    pub(super) query: u32,
    /// Who was asked.
    pub(super) peer: NodeIx,
    /// Given up already, but an answer would still count.
    pub(super) late: bool,
    deadline: Time,
}

/// The requests of one node, in order of number and therefore, as the timeout is constant, of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Rpcs {
    list: Vec<Rpc>,
    next: u32,
}

impl Rpcs {
    /// Begins a request and returns its number.
    pub(super) fn begin(&mut self, query: u32, peer: NodeIx, deadline: Time) -> u32 {
        let id = self.next;
        self.next = self.next.checked_add(1).expect("more than 2^32 requests of one node");
        self.list.push(Rpc { id, query, peer, late: false, deadline });
        id
    }

    /// Ends request `id` by an answer from `peer`; `None` when there is no such request.
    pub(super) fn end(&mut self, id: u32, peer: NodeIx) -> Option<Rpc> {
        let at = self.list.binary_search_by_key(&id, |rpc| rpc.id).ok()?;
        if self.list[at].peer != peer {
            return None;
        }
        let rpc = self.list.remove(at);
        if self.list.is_empty() {
            // Most nodes are idle most of the time: give the memory back.
            self.list = Vec::new();
        }
        Some(rpc)
    }

    /// Ends the first request to `peer`, whose connection is gone.
    pub(super) fn end_any(&mut self, peer: NodeIx) -> Option<Rpc> {
        let at = self.list.iter().position(|rpc| rpc.peer == peer && !rpc.late)?;
        Some(self.list.remove(at))
    }

    /// Gives up the first request whose time is over at `now`. Those for which `late` holds stay, so
    /// that a late answer finds them.
    pub(super) fn expire(&mut self, now: Time, late: impl FnOnce(u32) -> bool) -> Option<Rpc> {
        let at = self.list.iter().position(|rpc| !rpc.late)?;
        let rpc = &mut self.list[at];
        if rpc.deadline > now {
            return None;
        }
        if late(rpc.query) {
            rpc.late = true;
            return Some(*rpc);
        }
        Some(self.list.remove(at))
    }

    /// Forgets what was given up for `query`, which is over.
    pub(super) fn forget(&mut self, query: u32) {
        self.list.retain(|rpc| !(rpc.late && rpc.query == query));
    }

    /// When the next request is given up.
    pub(super) fn next_deadline(&self) -> Time {
        self.list.iter().find(|rpc| !rpc.late).map_or(Time::NEVER, |rpc| rpc.deadline)
    }
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::Span;

    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    #[test]
    fn an_answer_counts_once_and_only_from_the_peer_that_was_asked() {
        let mut rpcs = Rpcs::default();
        let [a, b] = [1, 2].map(NodeIx::new);
        let first = rpcs.begin(7, a, at(1));
        assert_eq!(rpcs.end(first, b), None);
        assert_eq!(rpcs.end(first, a).map(|rpc| rpc.query), Some(7));
        assert_eq!((rpcs.end(first, a), rpcs.end(99, a)), (None, None));
    }

    #[test]
    fn requests_are_given_up_in_order_and_late_answers_find_those_that_are_kept() {
        let mut rpcs = Rpcs::default();
        let ids: Vec<u32> =
            (0..3).map(|n| rpcs.begin(n, NodeIx::new(n), at(u64::from(n)))).collect();
        assert_eq!(rpcs.next_deadline(), at(0));
        assert_eq!(rpcs.expire(at(1), |query| query == 0).map(|rpc| rpc.query), Some(0));
        assert_eq!(rpcs.expire(at(1), |query| query == 0).map(|rpc| rpc.query), Some(1));
        assert_eq!(rpcs.expire(at(1), |_| false), None);
        assert_eq!(rpcs.end(ids[0], NodeIx::new(0)).map(|rpc| rpc.late), Some(true));
        assert_eq!(rpcs.end(ids[1], NodeIx::new(1)), None);
        assert_eq!(rpcs.next_deadline(), at(2));
    }
}
