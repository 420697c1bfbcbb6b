//! Batches: many records in one operation.

use crate::key::Key;
use crate::op::Value;
use crate::time::Span;

/// The records of one batch operation: a stretch of [`World::items`](crate::world::World::items).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Batch {
    first: u32,
    count: u32,
}

impl Batch {
    /// `count` items from number `first` on.
    pub const fn new(first: u32, count: u32) -> Self {
        Self { first, count }
    }

    /// The number of its first item.
    pub const fn first(self) -> u32 {
        self.first
    }

    /// How many items it has.
    pub const fn len(self) -> u32 {
        self.count
    }

    /// Has it no items?
    pub const fn is_empty(self) -> bool {
        self.count == 0
    }

    /// Its items among all of the world.
    pub fn of(self, items: &[Item]) -> &[Item] {
        let first = self.first as usize;
        items.get(first..first + self.count as usize).unwrap_or_default()
    }
}

/// One record of a batch. A read looks at its key only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The key of the record.
    pub key: Key,
    /// Its place below the key, where writers share one; `None`: it is all there is under the key.
    pub subkey: Option<u64>,
    /// The content.
    pub value: Value,
    /// How long it is valid from the time of its store; [`Span::MAX`]: as long as the protocol's
    /// parameters say.
    pub lifetime: Span,
}

/// Something that a read of a batch found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number of the item within its batch.
    pub item: u32,
    /// Below its key, where there are several.
    pub subkey: Option<u64>,
    /// The content.
    pub value: Value,
}

/// What a batch operation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gathered<'a> {
    /// Items stored, or found.
    pub done: u32,
    /// What a read found, in order of items and then of subkeys.
    pub entries: &'a [Entry],
}
