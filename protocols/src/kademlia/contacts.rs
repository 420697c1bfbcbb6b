//! A bounded list of contacts, as a reply carries it.

use std::fmt;
use std::ops::Deref;

use dhtlab_core::author::NodeIx;

use super::params::LIST_MAX;

/// At most [`LIST_MAX`] contacts, stored in place.
#[derive(Clone, Copy)]
pub struct Contacts {
    len: u8,
    items: [NodeIx; LIST_MAX],
}

const _: () = assert!(size_of::<Contacts>() == 4 + 4 * LIST_MAX);

impl Contacts {
    /// No contact.
    pub const EMPTY: Self = Self { len: 0, items: [NodeIx::new(0); LIST_MAX] };

    /// Adds `node` at the end; says whether there was room.
    pub fn push(&mut self, node: NodeIx) -> bool {
        let Some(slot) = self.items.get_mut(usize::from(self.len)) else { return false };
        *slot = node;
        self.len += 1;
        true
    }
}

impl Deref for Contacts {
    type Target = [NodeIx];
    fn deref(&self) -> &[NodeIx] {
        &self.items[..usize::from(self.len)]
    }
}

impl FromIterator<NodeIx> for Contacts {
    /// The first [`LIST_MAX`] of the iterator.
    fn from_iter<I: IntoIterator<Item = NodeIx>>(nodes: I) -> Self {
        let mut list = Self::EMPTY;
        for node in nodes.into_iter().take(LIST_MAX) {
            list.push(node);
        }
        list
    }
}

impl fmt::Debug for Contacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
