//! Peers: virtual nodes that can be written to.

use std::fmt;
use std::num::NonZeroU16;

use dhtlab_core::author::{NodeIx, mix, point_id};

/// A virtual node with its identifier and the address of its host: 8 and 6 bytes on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer {
    /// Its place on the ring.
    pub id: u64,
    /// Its host.
    pub host: NodeIx,
    /// Its number on the host, from 1, so that an optional peer is no longer than a peer.
    number: NonZeroU16,
}

const _: () = assert!(size_of::<Option<Peer>>() == 16);

impl Peer {
    /// Virtual node number `vnode` of `host`, at `id`. Numbers are below 2^16 - 1.
    pub const fn new(id: u64, host: NodeIx, vnode: u16) -> Self {
        Self { id, host, number: NonZeroU16::MIN.saturating_add(vnode) }
    }

    /// Virtual node number `vnode` of `host`, whose key begins with `prefix`.
    pub const fn of(host: NodeIx, prefix: u64, vnode: u16) -> Self {
        Self::new(point_id(prefix, vnode, 0), host, vnode)
    }

    /// The number of this virtual node on its host, from zero.
    pub const fn vnode(self) -> u16 {
        self.number.get() - 1
    }

    /// A hash of the peer.
    pub const fn digest(self) -> u64 {
        mix(self.id ^ (self.host.get() as u64) << 16 ^ self.number.get() as u64)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}@{}.{}", self.id, self.host.get(), self.vnode())
    }
}
