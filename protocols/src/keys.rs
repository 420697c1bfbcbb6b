//! Where the keys of contacts come from: the context in a run, a list in a test.

use dhtlab_core::author::{Ctx, Key, NodeIx, Protocol};

/// The keys of contacts.
///
/// A pure part that needs keys takes one of these, so that its tests need no engine.
pub trait Keys {
    /// The key of `node`.
    fn key(&self, node: NodeIx) -> Key;

    /// The leading 64 bits of the key of `node`.
    fn prefix(&self, node: NodeIx) -> u64 {
        self.key(node).prefix()
    }
}

impl<P: Protocol> Keys for Ctx<'_, P> {
    fn key(&self, node: NodeIx) -> Key {
        Ctx::key(self, node)
    }

    fn prefix(&self, node: NodeIx) -> u64 {
        self.key_prefix(node)
    }
}

/// A list of keys: node `i` has the `i`-th.
impl Keys for [Key] {
    fn key(&self, node: NodeIx) -> Key {
        self[node.index()]
    }
}

impl Keys for Vec<Key> {
    fn key(&self, node: NodeIx) -> Key {
        self[node.index()]
    }
}
