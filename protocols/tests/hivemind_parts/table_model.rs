//! The dumb oracle of the routing table: ids as text of zeros and ones, buckets in a map by prefix,
//! everything searched in full.

use std::collections::{BTreeMap, BTreeSet};

use dhtlab_core::author::{Key, NodeIx};

/// A bucket: members and replacements, the least recent first; who was named to be pinged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaf {
    pub(crate) members: Vec<NodeIx>,
    pub(crate) replacements: Vec<NodeIx>,
    pub(crate) pinged: BTreeSet<NodeIx>,
}

impl Leaf {
    fn add(&mut self, node: NodeIx, size: usize) -> bool {
        self.pinged.remove(&node);
        if self.members.contains(&node) || self.members.len() < size {
            self.members.retain(|other| *other != node);
            self.members.push(node);
            return true;
        }
        self.replacements.retain(|other| *other != node);
        self.replacements.push(node);
        false
    }
}

/// The whole table.
pub(crate) struct Model {
    pub(crate) keys: Vec<Key>,
    pub(crate) size: usize,
    pub(crate) modulo: usize,
    pub(crate) leaves: BTreeMap<String, Leaf>,
}

/// The first 160 bits of `key`.
pub(crate) fn bits(key: Key) -> String {
    (0..160).map(|bit| if key.bit(bit) { '1' } else { '0' }).collect()
}

impl Model {
    pub(crate) fn new(keys: &[Key], size: usize, modulo: usize) -> Self {
        let leaves = BTreeMap::from([(String::new(), Leaf::default())]);
        Self { keys: keys.to_vec(), size, modulo, leaves }
    }

    fn prefix_of(&self, node: NodeIx) -> String {
        let id = bits(self.keys[node.index()]);
        self.leaves.keys().find(|prefix| id.starts_with(*prefix)).expect("all is covered").clone()
    }

    /// Node 0 is the owner.
    pub(crate) fn add(&mut self, node: NodeIx) -> Option<NodeIx> {
        let prefix = self.prefix_of(node);
        let leaf = self.leaves.get_mut(&prefix).expect("it was found");
        if leaf.add(node, self.size) {
            return None;
        }
        let own = bits(self.keys[0]).starts_with(&prefix);
        if prefix.len() == 160 || !own && prefix.len().is_multiple_of(self.modulo) {
            let found = leaf.members.iter().find(|other| !leaf.pinged.contains(other)).copied();
            leaf.pinged.extend(found);
            return found;
        }
        let old = self.leaves.remove(&prefix).expect("it was found");
        for bit in ["0", "1"] {
            let half = prefix.clone() + bit;
            let mut leaf = Leaf::default();
            for member in old.members.iter().chain(&old.replacements) {
                if bits(self.keys[member.index()]).starts_with(&half) {
                    leaf.add(*member, self.size);
                }
            }
            self.leaves.insert(half, leaf);
        }
        self.add(node)
    }

    pub(crate) fn remove(&mut self, node: NodeIx) {
        let leaf = self.leaves.get_mut(&self.prefix_of(node)).expect("it was found");
        let member = leaf.members.contains(&node);
        leaf.members.retain(|other| *other != node);
        leaf.replacements.retain(|other| *other != node);
        if member {
            leaf.members.extend(leaf.replacements.pop());
        }
    }

    pub(crate) fn nearest(
        &self,
        target: Key,
        count: usize,
        exclude: Option<NodeIx>,
    ) -> Vec<NodeIx> {
        let mut all: Vec<NodeIx> = self.leaves.values().flat_map(|l| l.members.clone()).collect();
        all.retain(|node| Some(*node) != exclude);
        all.sort_by_key(|node| self.keys[node.index()].distance(target));
        all.truncate(count);
        all
    }
}
