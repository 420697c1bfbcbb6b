//! Operations: what the workload asks of a node, and what the node reports back.

use crate::batch::{Batch, Gathered};
use crate::key::Key;
use crate::node::NodeIx;

/// The number of an operation, dense from zero in order of planned time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(u32);

impl OpId {
    /// The largest number of operations in a run: 2^29 - 1.
    pub const MAX_COUNT: u32 = (1 << 29) - 1;

    /// The operation with number `index`, below [`OpId::MAX_COUNT`].
    ///
    /// # Panics
    /// When `index` is [`OpId::MAX_COUNT`] or more.
    pub const fn new(index: u32) -> Self {
        assert!(index < Self::MAX_COUNT, "2^29 operations or more in a run");
        Self(index)
    }

    /// The dense number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The dense number, as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The content of a record: which version it is and how long it is; the bytes themselves are not
/// simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value {
    /// Identifies the content: two values are the same exactly when their versions are equal.
    pub version: u64,
    /// Length in bytes.
    pub bytes: u32,
}

/// What a node is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Find the nodes closest to `target`.
    FindNode {
        /// Any point of the identifier space.
        target: Key,
    },
    /// Store `value` under `key`.
    Put {
        /// The key of the record.
        key: Key,
        /// The content.
        value: Value,
    },
    /// Read the value under `key`.
    Get {
        /// The key of the record.
        key: Key,
    },
    /// Remove the record under `key`.
    Delete {
        /// The key of the record.
        key: Key,
    },
    /// Read all records whose [name](Key::name) is within `lo..=hi`, in order, up to `limit` of them;
    /// none, and at once, where `lo` is above `hi`.
    Range {
        /// The smallest name.
        lo: u64,
        /// The largest name.
        hi: u64,
        /// The most records wanted; [`u32::MAX`] for all.
        limit: u32,
    },
    /// Store many records at once.
    PutMany {
        /// The records.
        items: Batch,
    },
    /// Read many records at once.
    GetMany {
        /// Their keys.
        items: Batch,
        /// Search on for the newest of each, instead of ending at the first that is still valid.
        latest: bool,
    },
    /// Announce this node as a provider of `key`.
    Provide {
        /// The key that is provided.
        key: Key,
    },
    /// Find providers of `key`.
    GetProviders {
        /// The key that is wanted.
        key: Key,
    },
}

impl Command {
    /// The key this command is about; for a range, that of its smallest name, and for a batch, one
    /// made of the number of its first item.
    pub const fn key(&self) -> Key {
        match *self {
            Self::FindNode { target: key }
            | Self::Put { key, .. }
            | Self::Get { key }
            | Self::Delete { key }
            | Self::Provide { key }
            | Self::GetProviders { key } => key,
            Self::Range { lo, .. } => Key::named(lo),
            Self::PutMany { items } | Self::GetMany { items, .. } => {
                Key::from_words([0, 0, 0, items.first() as u64])
            }
        }
    }

    /// The kind of this command, without its arguments.
    pub const fn kind(&self) -> OpKind {
        match self {
            Self::FindNode { .. } => OpKind::FindNode,
            Self::Put { .. } => OpKind::Put,
            Self::Get { .. } => OpKind::Get,
            Self::Provide { .. } => OpKind::Provide,
            Self::GetProviders { .. } => OpKind::GetProviders,
            Self::Delete { .. } => OpKind::Delete,
            Self::Range { .. } => OpKind::Range,
            Self::PutMany { .. } => OpKind::PutMany,
            Self::GetMany { .. } => OpKind::GetMany,
        }
    }
}

/// The kind of an operation, as the column `op` of the result tables names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpKind {
    /// A search for the nodes closest to a key.
    FindNode,
    /// A store.
    Put,
    /// A read.
    Get,
    /// A provider announcement.
    Provide,
    /// A search for providers.
    GetProviders,
    /// A removal.
    Delete,
    /// A range query.
    Range,
    /// A store of many records.
    PutMany,
    /// A read of many records.
    GetMany,
}

impl OpKind {
    /// The public name of this kind.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FindNode => "find_node",
            Self::Put => "put",
            Self::Get => "get",
            Self::Provide => "provide",
            Self::GetProviders => "get_providers",
            Self::Delete => "delete",
            Self::Range => "range",
            Self::PutMany => "put_many",
            Self::GetMany => "get_many",
        }
    }
}

/// How an operation ended, as far as the node itself can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The protocol's own condition of success was met.
    Done,
    /// The search ended and there was no such record.
    NotFound,
    /// The operation ran out of time.
    TimedOut,
    /// There was nobody to ask.
    NoContacts,
    /// Fewer holders acknowledged than the quorum asks for.
    QuorumFailed,
    /// The protocol has no such operation.
    Unsupported,
    /// The record was not where this node's model places it, and the holder has another model.
    SkewMiss,
}

/// What a node reports when an operation ends.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a> {
    /// How it ended.
    pub outcome: Outcome,
    /// The nodes found, closest first (the holders, for a put).
    pub found: &'a [NodeIx],
    /// The value read, for a get.
    pub value: Option<Value>,
    /// Depth of the closest node found: 1 when it was known from the own table, else one more than
    /// the depth of the first node that named it; 0 when nothing was found or no message was needed.
    pub hops: u8,
    /// The largest depth that was contacted.
    pub depth_max: u8,
    /// RPCs sent.
    pub requests: u32,
    /// RPCs answered before the end.
    pub successes: u32,
    /// RPCs that failed or timed out before the end.
    pub failures: u32,
    /// What a range query collected; `None` for all other operations.
    pub range: Option<Collected<'a>>,
    /// What a batch came to; `None` for all other operations.
    pub batch: Option<Gathered<'a>>,
}

impl Finish<'_> {
    /// An end without result or cost.
    pub const fn bare(outcome: Outcome) -> Self {
        Finish {
            outcome,
            found: &[],
            value: None,
            hops: 0,
            depth_max: 0,
            requests: 0,
            successes: 0,
            failures: 0,
            range: None,
            batch: None,
        }
    }
}

/// What a range query collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected<'a> {
    /// The names of the records found, in ascending order, each once.
    pub names: &'a [u64],
    /// Does the asker know that nothing is missing? True only if the intervals that holders claimed
    /// tile the whole range.
    pub complete: bool,
    /// Holders that were asked and answered.
    pub holders: u32,
}
