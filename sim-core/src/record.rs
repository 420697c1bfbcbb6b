//! Records: what a run tells its observers.

use crate::node::NodeIx;
use crate::op::{OpId, Outcome, Value};
use crate::time::Time;

/// An operation ended at its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpRecord {
    /// Which one.
    pub op: OpId,
    /// Where.
    pub node: NodeIx,
    /// When.
    pub at: Time,
    /// How, as the node sees it.
    pub outcome: Outcome,
    /// The value read.
    pub value: Option<Value>,
    /// Depth of the closest node found.
    pub hops: u8,
    /// The largest depth contacted.
    pub depth_max: u8,
    /// RPCs sent.
    pub requests: u32,
    /// RPCs answered before the end.
    pub successes: u32,
    /// RPCs that failed or timed out before the end.
    pub failures: u32,
    /// For a range query: how it went. The names it found are reported with the record.
    pub range: Option<RangeRecord>,
    /// For a batch: what came of it. The entries it found are reported with the record.
    pub batch: Option<BatchRecord>,
}

/// What came of a batch, as its origin sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRecord {
    /// Items stored, or found.
    pub done: u32,
    /// What a read found: one for each item, more where writers share a key.
    pub entries: u32,
}

/// How a range query went, as its origin sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeRecord {
    /// Records found.
    pub items: u32,
    /// Holders that were asked and answered.
    pub holders: u32,
    /// Did the origin say that nothing is missing?
    pub complete: bool,
}

/// A join ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinRecord {
    /// Who.
    pub node: NodeIx,
    /// When its session began.
    pub booted_at: Time,
    /// When it ended.
    pub at: Time,
    /// Did the node find its place?
    pub success: bool,
}

/// What an operation has cost so far, wherever it was spent; counted by the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpCost {
    /// Messages sent on its behalf.
    pub messages: u32,
    /// Bytes of these messages, saturating at 4 GiB.
    pub bytes: u32,
}

/// What one node carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Messages handled.
    pub messages_in: u32,
    /// Messages sent.
    pub messages_out: u32,
    /// Bytes handled.
    pub bytes_in: u64,
    /// Bytes sent.
    pub bytes_out: u64,
}

/// Messages and bytes of one kind and purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Messages sent.
    pub messages: u64,
    /// Bytes sent.
    pub bytes: u64,
}

/// What a run did, in numbers of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages sent.
    pub sent: u64,
    /// Messages handled by a live node.
    pub delivered: u64,
    /// Messages lost on a link.
    pub lost: u64,
    /// Messages refused by a fault at their sending.
    pub refused: u64,
    /// Messages stopped by a fault on their way.
    pub stopped: u64,
    /// Messages that arrived where nobody was, or at a session other than the one they were sent to.
    pub nobody: u64,
    /// Timers fired.
    pub timers: u64,
    /// Commands handled.
    pub commands: u64,
    /// Sessions begun.
    pub boots: u64,
    /// Sessions ended.
    pub ends: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Bytes handled by a live node.
    pub bytes_delivered: u64,
    /// Bytes of messages that were not handled.
    pub bytes_dropped: u64,
}

impl Tally {
    /// Everything a handler was called for, and every message that was dropped.
    pub const fn events(&self) -> u64 {
        self.delivered
            + self.lost
            + self.refused
            + self.stopped
            + self.nobody
            + self.timers
            + self.commands
            + self.boots
            + self.ends
    }

    /// Adds what another shard did.
    pub(crate) const fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.refused += other.refused;
        self.stopped += other.stopped;
        self.nobody += other.nobody;
        self.timers += other.timers;
        self.commands += other.commands;
        self.boots += other.boots;
        self.ends += other.ends;
        self.bytes_sent += other.bytes_sent;
        self.bytes_delivered += other.bytes_delivered;
        self.bytes_dropped += other.bytes_dropped;
    }
}
