//! Ids: the SHA-1 hashes by which nodes and records find one another.
//!
//! In a simulated network a node's id is the leading 160 bits of its key, and so is a record's; the
//! remaining bits count for nothing but ties. The hash is for those who want the ids of a real
//! swarm. Source: `hivemind/dht/routing.py`.

use std::fmt;

use dhtlab_core::author::Key;
use sha1::{Digest, Sha1};

use super::msgpack::Object;

/// Bits of an id.
pub const ID_BITS: u16 = 160;

/// Bytes of an id.
pub const ID_BYTES: usize = 20;

const _: () = assert!(ID_BYTES * 8 == ID_BITS as usize);

/// An id: an unsigned integer of 160 bits, most significant byte first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DhtId([u8; ID_BYTES]);

impl DhtId {
    /// The id with these bytes.
    pub const fn from_bytes(bytes: [u8; ID_BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes, as messages carry them.
    pub const fn bytes(self) -> [u8; ID_BYTES] {
        self.0
    }

    /// The id of a record whose name is a string of bytes: they are hashed as they are.
    pub fn of_bytes(name: &[u8]) -> Self {
        Self(Sha1::digest(name).into())
    }

    /// The id of a record whose name is anything else: its encoding is hashed, so a text has another
    /// id than its bytes, and a tuple another than a list. Bytes are hashed as they are.
    pub fn of(name: &Object) -> Self {
        match name {
            Object::Bytes(bytes) => Self::of_bytes(bytes),
            other => Self::of_bytes(&other.encode()),
        }
    }

    /// The key whose leading bits are this id; the rest is zero.
    pub fn key(self) -> Key {
        let mut words = [0; 4];
        for (index, byte) in self.0.into_iter().enumerate() {
            words[index / 8] |= u64::from(byte) << (56 - index % 8 * 8);
        }
        Key::from_words(words)
    }
}

impl From<Key> for DhtId {
    /// The leading 160 bits of `key`.
    fn from(key: Key) -> Self {
        let words = key.words();
        Self(std::array::from_fn(|index| words[index / 8].to_be_bytes()[index % 8]))
    }
}

impl fmt::Debug for DhtId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
