//! Session traces: when each identity is up, drawn or read before any protocol runs.

use std::collections::BTreeMap;

use crate::node::NodeIx;
use crate::time::Time;

/// One stay in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// When the node boots. [`Time::ZERO`] means it is up when the run starts.
    pub up: Time,
    /// When it ends; [`Time::NEVER`] when it outlives the run.
    pub down: Time,
    /// Does it say good-bye at its end, or crash?
    pub graceful: bool,
}

/// The sessions of all identities: those of one identity are disjoint and in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    first: Vec<u32>,
    all: Vec<Session>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self::new()
    }
}

impl Sessions {
    /// No identities yet.
    pub fn new() -> Self {
        Self { first: vec![0], all: Vec::new() }
    }

    /// Every one of `count` identities is up from the start to beyond the end.
    pub fn always_up(count: usize) -> Self {
        let mut sessions = Self::new();
        for _ in 0..count {
            sessions.push_identity([Session {
                up: Time::ZERO,
                down: Time::NEVER,
                graceful: false,
            }]);
        }
        sessions
    }

    /// Adds the next identity with its `sessions`.
    ///
    /// # Panics
    /// When the sessions overlap, are empty or are out of order: a trace is checked before.
    pub fn push_identity(&mut self, sessions: impl IntoIterator<Item = Session>) {
        let mut free_from = Time::ZERO;
        for session in sessions {
            assert!(
                session.up >= free_from && session.down > session.up,
                "sessions overlap or are out of order"
            );
            free_from = session.down;
            self.all.push(session);
        }
        self.first.push(u32::try_from(self.all.len()).expect("more than 2^32 sessions"));
    }

    /// Ends the stays of each node in `departures` at the time named there at the latest: a session
    /// under way is cut short, later ones do not take place.
    pub(crate) fn end_for_good(&mut self, departures: &BTreeMap<NodeIx, Time>) {
        if departures.is_empty() {
            return;
        }
        let mut cut = Self::new();
        for node in (0..self.len()).map(NodeIx::from_usize) {
            let left = departures.get(&node).copied().unwrap_or(Time::NEVER);
            let stays = self.of(node).iter().filter(|session| session.up < left);
            cut.push_identity(
                stays.map(|session| Session { down: session.down.min(left), ..*session }),
            );
        }
        *self = cut;
    }

    /// How many identities there are.
    pub fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// Are there no identities?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sessions of `node`, in order of time.
    pub fn of(&self, node: NodeIx) -> &[Session] {
        &self.all[self.first[node.index()] as usize..self.first[node.index() + 1] as usize]
    }

    /// The session of `node` that covers `at`, if it is up then.
    pub fn covering(&self, node: NodeIx, at: Time) -> Option<&Session> {
        let sessions = self.of(node);
        let after = sessions.partition_point(|session| session.up <= at);
        sessions[..after].last().filter(|session| at < session.down)
    }

    /// How many sessions there are, of all identities together.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// How many identities are up at `at`.
    pub fn population(&self, at: Time) -> usize {
        (0..self.len()).filter(|node| self.up_at(NodeIx::from_usize(*node), at)).count()
    }

    /// Is `node` up at `at`? A pure function of the trace.
    pub fn up_at(&self, node: NodeIx, at: Time) -> bool {
        self.covering(node, at).is_some()
    }
}
