//! Which peers a search has asked for which of its keys.

use dhtlab_core::author::{NodeIx, mix};

/// The peers asked, each with a bit for every key. Open addressing: a search asks tens to hundreds of
/// peers and looks each up many times.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// One more than the row of a peer, or zero; its length is a power of two, at least twice the rows.
    slots: Vec<u32>,
    nodes: Vec<NodeIx>,
    /// `words` for every row.
    bits: Vec<u64>,
    words: usize,
}

const SLOTS_FIRST: usize = 64;

impl Asked {
    /// Nobody; with room for `words` times 64 keys.
    pub(super) fn new(words: usize) -> Self {
        Self { slots: vec![0; SLOTS_FIRST], nodes: Vec::new(), bits: Vec::new(), words }
    }

    /// The row of `node`, if it was asked.
    pub(super) fn row(&self, node: NodeIx) -> Option<usize> {
        (self.slots[self.seek(node)] as usize).checked_sub(1)
    }

    /// The row of `node`, made if need be.
    pub(super) fn insert(&mut self, node: NodeIx) -> usize {
        if let Some(row) = self.row(node) {
            return row;
        }
        let row = self.nodes.len();
        self.nodes.push(node);
        self.bits.resize(self.nodes.len() * self.words, 0);
        if self.nodes.len() * 2 > self.slots.len() {
            self.grow();
        } else {
            let slot = self.seek(node);
            self.slots[slot] = u32::try_from(row + 1).unwrap_or(u32::MAX);
        }
        row
    }

    /// Was the peer of `row` asked for key number `query`?
    pub(super) fn has(&self, row: usize, query: usize) -> bool {
        self.bits[row * self.words + query / 64] >> (query % 64) & 1 == 1
    }

    /// The peer of `row` is asked for key number `query`.
    pub(super) fn mark(&mut self, row: usize, query: usize) {
        self.bits[row * self.words + query / 64] |= 1 << (query % 64);
    }

    /// The bits of the peer of `row`.
    pub(super) fn marks(&self, row: usize) -> &[u64] {
        &self.bits[row * self.words..][..self.words]
    }

    /// The slot of `node`, or the empty one where it belongs.
    fn seek(&self, node: NodeIx) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = usize::try_from(mix(u64::from(node.get())) >> 32).unwrap_or(0) & mask;
        while let Some(row) = (self.slots[slot] as usize).checked_sub(1) {
            if self.nodes[row] == node {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        self.slots = vec![0; self.slots.len() * 2];
        for row in 0..self.nodes.len() {
            let slot = self.seek(self.nodes[row]);
            self.slots[slot] = u32::try_from(row + 1).unwrap_or(u32::MAX);
        }
    }
}
