//! Contacts: what one node may hold of another.

use std::fmt;

/// A contact: the identifier and address of one node identity.
///
/// Holding one permits two things: to learn its key (an identifier is part of a contact) and to
/// send to it. A rejoin under a new identity is a new `NodeIx`; under the old one, a new session.
/// Numbers are dense from zero and ordered by region, so that a shard owns a range of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NodeIx(u32);

impl NodeIx {
    /// The contact with number `index`.
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// The contact with number `index`.
    ///
    /// # Panics
    /// When `index` does not fit in 32 bits.
    pub fn from_usize(index: usize) -> Self {
        Self(u32::try_from(index).expect("more than 2^32 node identities"))
    }

    /// The dense number of this contact.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The dense number of this contact, as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for NodeIx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

impl fmt::Display for NodeIx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}
