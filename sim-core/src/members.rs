//! A set of nodes, one bit each.

use crate::node::NodeIx;

/// A set of node identities out of a fixed population.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    words: Vec<u64>,
    count: usize,
}

impl Members {
    /// The empty set out of `population` identities.
    pub fn none(population: usize) -> Self {
        Self { words: vec![0; population.div_ceil(64)], count: 0 }
    }

    /// The set of those of `nodes`, out of `population` identities.
    pub fn of(population: usize, nodes: impl IntoIterator<Item = NodeIx>) -> Self {
        let mut members = Self::none(population);
        for node in nodes {
            members.insert(node);
        }
        members
    }

    /// Adds `node`; false if it was a member before.
    pub fn insert(&mut self, node: NodeIx) -> bool {
        let (word, bit) = (node.index() / 64, 1 << (node.index() % 64));
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        self.count += usize::from(new);
        new
    }

    /// Removes `node`; false if it was no member.
    pub fn remove(&mut self, node: NodeIx) -> bool {
        let (word, bit) = (node.index() / 64, 1 << (node.index() % 64));
        let was = self.words[word] & bit != 0;
        self.words[word] &= !bit;
        self.count -= usize::from(was);
        was
    }

    /// Is `node` a member?
    pub fn contains(&self, node: NodeIx) -> bool {
        self.words[node.index() / 64] >> (node.index() % 64) & 1 == 1
    }

    /// How many members there are.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Are there none?
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All members in order of their number.
    pub fn iter(&self) -> impl Iterator<Item = NodeIx> + '_ {
        self.words.iter().enumerate().flat_map(|(word, &bits)| {
            (0..64)
                .filter(move |bit| bits >> bit & 1 == 1)
                .map(move |bit| NodeIx::from_usize(word * 64 + bit))
        })
    }

    /// Everybody else out of `population` identities.
    pub fn complement(&self, population: usize) -> Self {
        Self::of(
            population,
            (0..population).map(NodeIx::from_usize).filter(|node| !self.contains(*node)),
        )
    }
}
