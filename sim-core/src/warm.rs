//! What a warm start may see: the identifiers of the nodes that are up at the start, in order.

use std::sync::OnceLock;

use crate::key::{KEY_BITS, Key};
use crate::node::NodeIx;
use crate::ring::{RingPoint, point_id};

/// The servers that are up at the start of a warm run, sorted by key.
///
/// Only [`Protocol::warm`](crate::protocol::Protocol::warm) ever holds one. Tables filled from it are
/// labelled `warm` in every output.
#[derive(Clone, Copy, Debug)]
pub struct WarmView<'a> {
    keys: &'a [Key],
    order: &'a [NodeIx],
    prefixes: &'a [u64],
    ring: &'a OnceLock<Vec<RingPoint>>,
}

impl<'a> WarmView<'a> {
    /// The view over `order`, node numbers sorted by their key in `keys`; `prefixes` are the leading
    /// words of their keys, in the same order.
    pub(crate) const fn new(
        keys: &'a [Key],
        order: &'a [NodeIx],
        prefixes: &'a [u64],
        ring: &'a OnceLock<Vec<RingPoint>>,
    ) -> Self {
        Self { keys, order, prefixes, ring }
    }

    /// All servers that are up, sorted by key.
    pub const fn order(&self) -> &'a [NodeIx] {
        self.order
    }

    /// The ring of all servers that are up with `each` points a server, sorted; made once a run, so
    /// that `each` is the same for all nodes.
    pub fn ring(&self, each: u16) -> &'a [RingPoint] {
        let points = || {
            let servers = self.order.iter().zip(self.prefixes);
            let mut points: Vec<RingPoint> = servers
                .flat_map(|(node, prefix)| {
                    (0..each).map(|point| (point_id(*prefix, point, 0), *node, point))
                })
                .collect();
            points.sort_unstable();
            points
        };
        self.ring.get_or_init(points)
    }

    /// The place of the first server whose key is `key` or greater; `order().len()` if there is none.
    pub fn lower_bound(&self, key: Key) -> usize {
        self.order.partition_point(|node| self.keys[node.index()] < key)
    }

    /// Shows, for each length of common prefix with `key` from 0 upwards, the servers that share
    /// exactly that many leading bits with it; stops when only `key` itself or nobody is left.
    pub fn buckets(&self, key: Key, mut visit: impl FnMut(u32, &'a [NodeIx])) {
        let mut range = 0..self.order.len();
        for depth in 0..KEY_BITS {
            let middle = range.start + self.zeros(range.clone(), depth);
            let (own, other) = if key.bit(depth) {
                (middle..range.end, range.start..middle)
            } else {
                (range.start..middle, middle..range.end)
            };
            visit(depth, &self.order[other]);
            let alone = own.len() == 1 && self.keys[self.order[own.start].index()] == key;
            if own.is_empty() || alone {
                return;
            }
            range = own;
        }
    }

    /// How many nodes of `range`, which agree in all bits before `depth`, have a zero there.
    fn zeros(&self, range: std::ops::Range<usize>, depth: u32) -> usize {
        if depth < u64::BITS {
            let bit = 1 << (63 - depth);
            self.prefixes[range].partition_point(|prefix| prefix & bit == 0)
        } else {
            self.order[range].partition_point(|node| !self.keys[node.index()].bit(depth))
        }
    }
}
