//! A query: what is wanted, how far it is, and what it cost.

use dhtlab_core::author::{Cause, Finish, Key, NodeIx, OpId, Outcome, Span, Time, Value};
use smallvec::SmallVec;

use super::contacts::Contacts;
use super::fixed::Fixed;
use super::lookup::Lookup;
use super::message::{Ask, Message, Parcel};

/// A record that a query stores.
#[derive(Clone, Copy, Debug)]
pub(super) struct Storing {
    pub(super) key: Key,
    pub(super) value: Value,
    pub(super) publisher: Option<NodeIx>,
    pub(super) expires: Time,
    /// Acknowledgements that make it a success.
    pub(super) needed: u32,
}

/// What a query is for.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// The nodes closest to a key.
    Find { op: OpId },
    /// The record under a key.
    Get {
        op: OpId,
        /// The first found, and who had it.
        found: Option<(Value, NodeIx)>,
        /// Who had one.
        holders: SmallVec<[NodeIx; 4]>,
    },
    /// The providers of a key.
    GetProviders { op: OpId, found: Vec<NodeIx> },
    /// A record at the nodes closest to its key; without an operation it is upkeep.
    Put { op: Option<OpId>, record: Storing, acks: Contacts },
    /// An announcement at the nodes closest to a key.
    Provide { op: Option<OpId>, key: Key },
    /// One walk of a refresh: the own key if `bucket` is `None`.
    Refresh { bucket: Option<u16>, idle: bool },
}

impl Goal {
    /// The operation this is for.
    pub(super) fn op(&self) -> Option<OpId> {
        match self {
            Self::Find { op } | Self::Get { op, .. } | Self::GetProviders { op, .. } => Some(*op),
            Self::Put { op, .. } | Self::Provide { op, .. } => *op,
            Self::Refresh { .. } => None,
        }
    }
}

/// The phase a query is in.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// On the way to the closest nodes.
    Walk(Lookup),
    /// Storing at the nodes that were found.
    Store(Fixed),
}

/// One query of one node.
#[derive(Clone, Debug)]
pub(super) struct Query {
    /// Its number; a new one for each phase, so that answers to an earlier phase find nothing.
    pub(super) serial: u32,
    pub(super) goal: Goal,
    pub(super) phase: Phase,
    pub(super) cause: Cause,
    /// When this phase is given up.
    pub(super) deadline: Time,
    pub(super) requests: u32,
    pub(super) successes: u32,
    pub(super) failures: u32,
    /// Depth of the closest node found.
    pub(super) hops: u8,
    pub(super) depth_max: u8,
}

impl Query {
    /// A query that has asked nobody yet.
    pub(super) fn new(goal: Goal, phase: Phase, cause: Cause) -> Self {
        Self {
            serial: 0,
            goal,
            phase,
            cause,
            deadline: Time::NEVER,
            requests: 0,
            successes: 0,
            failures: 0,
            hops: 0,
            depth_max: 0,
        }
    }

    /// The message that asks a peer; the number of the request is `rpc`.
    pub(super) fn request(&self, rpc: u32, me: NodeIx, server: bool, now: Time) -> Message {
        match (&self.goal, &self.phase) {
            (Goal::Put { record, .. }, Phase::Store(_)) => {
                let ttl = if record.expires == Time::NEVER {
                    Span::MAX
                } else {
                    record.expires.since(now)
                };
                let parcel = Parcel { value: record.value, publisher: record.publisher, ttl };
                Message::Put { rpc, server, key: record.key, record: Box::new(parcel) }
            }
            (Goal::Provide { key, .. }, Phase::Store(_)) => {
                Message::AddProvider { key: *key, provider: me }
            }
            (goal, Phase::Walk(walk)) => {
                let ask = match goal {
                    Goal::Get { .. } => Ask::Value,
                    Goal::GetProviders { .. } => Ask::Providers,
                    _ => Ask::Node,
                };
                Message::Find { rpc, ask, server, key: walk.target() }
            }
            (_, Phase::Store(_)) => unreachable!("only puts and announcements store"),
        }
    }

    /// The first instant after `now` at which this query needs attention by itself.
    pub(super) fn next_deadline(&self, now: Time) -> Time {
        let own = if self.deadline > now { self.deadline } else { Time::NEVER };
        match &self.phase {
            Phase::Walk(walk) => own.min(walk.next_deadline(now)),
            Phase::Store(_) => own,
        }
    }

    /// Whom the second phase asks.
    pub(super) fn told(&self) -> Contacts {
        match &self.phase {
            Phase::Store(fixed) => fixed.peers(),
            Phase::Walk(_) => Contacts::EMPTY,
        }
    }

    /// Notes where the walk ended.
    pub(super) fn note_depths(&mut self) {
        if let Phase::Walk(walk) = &self.phase {
            self.hops = walk.depth_closest();
            self.depth_max = walk.depth_max();
        }
    }

    /// What is reported when this query ends.
    pub(super) fn report<'a>(
        &self,
        outcome: Outcome,
        found: &'a [NodeIx],
        value: Option<Value>,
    ) -> Finish<'a> {
        Finish {
            outcome,
            found,
            value,
            hops: self.hops,
            depth_max: self.depth_max,
            requests: self.requests,
            successes: self.successes,
            failures: self.failures,
            range: None,
            batch: None,
        }
    }
}
