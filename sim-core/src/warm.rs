//! What a warm start may see: the identifiers of the nodes that are up at the start, in order.

use crate::key::Key;
use crate::node::NodeIx;

/// The servers that are up at the start of a warm run, sorted by key.
///
/// Only [`Protocol::warm`](crate::protocol::Protocol::warm) ever holds one. Tables filled from it are
/// labelled `warm` in every output.
#[derive(Clone, Copy, Debug)]
pub struct WarmView<'a> {
    keys: &'a [Key],
    order: &'a [NodeIx],
}

impl<'a> WarmView<'a> {
    /// The view over `order`, node numbers sorted by their key in `keys`.
    pub(crate) const fn new(keys: &'a [Key], order: &'a [NodeIx]) -> Self {
        Self { keys, order }
    }

    /// All servers that are up, sorted by key.
    pub const fn order(&self) -> &'a [NodeIx] {
        self.order
    }

    /// The place of the first server whose key is `key` or greater; `order().len()` if there is none.
    pub fn lower_bound(&self, key: Key) -> usize {
        self.order.partition_point(|node| self.keys[node.index()] < key)
    }

    /// Shows, for each length of common prefix with `key` from 0 upwards, the servers that share
    /// exactly that many leading bits with it; stops when only `key` itself or nobody is left.
    pub fn buckets(&self, key: Key, mut visit: impl FnMut(u32, &'a [NodeIx])) {
        let mut range = self.order;
        for depth in 0..crate::key::KEY_BITS {
            let ones = range.partition_point(|node| !self.keys[node.index()].bit(depth));
            let (zero_side, one_side) = range.split_at(ones);
            let (own, other) =
                if key.bit(depth) { (one_side, zero_side) } else { (zero_side, one_side) };
            visit(depth, other);
            if own.is_empty() || (own.len() == 1 && self.keys[own[0].index()] == key) {
                return;
            }
            range = own;
        }
    }
}
