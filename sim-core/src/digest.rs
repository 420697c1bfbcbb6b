//! The digest of a run: what every node saw, in the order it saw it.
//!
//! Each node chains a hash of its own events; the digest of the run adds up the mixed chains, so it
//! does not depend on the order in which shards were visited. Two runs are the same exactly when
//! every node saw the same events at the same times in the same order.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::node::NodeIx;
use crate::seed::{mix, mix_pair};
use crate::time::Time;

/// The digest of a run, or of a run so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(u64);

/// One rung of the ladder: the digest of everything before `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The end of the stretch.
    pub at: Time,
    /// The digest so far.
    pub digest: Digest,
}

/// What kind of thing a node saw; part of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Seen {
    Message = 1,
    Timer = 2,
    Command = 3,
    Boot = 4,
    End = 5,
    Lost = 6,
    Refused = 7,
    Nobody = 8,
    Stopped = 9,
}

impl Digest {
    /// Adds the chain of one node.
    pub(crate) fn add(&mut self, node: NodeIx, chain: u64) {
        self.0 = self.0.wrapping_add(mix_pair(0, u64::from(node.get()), chain));
    }

    /// The digest of two disjoint sets of nodes.
    pub(crate) const fn merge(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    /// The number whose hex digits are printed.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The chain after one more thing was seen. `order` is the event's source and sequence.
pub(crate) const fn chain(before: u64, seen: Seen, time: Time, order: u64, payload: u64) -> u64 {
    const ODD: u64 = 0xd6e8_feb8_6659_fd93;
    let what = (seen as u64).wrapping_mul(ODD) ^ order;
    let word = mix(time.as_nanos() ^ what.rotate_left(32)) ^ payload;
    mix(before.rotate_left(5) ^ word)
}

/// A hash of the whole of `content`: what [`Message::digest`](crate::protocol::Message::digest) returns
/// for a message that derives `Hash`, so that no field is forgotten.
///
/// It is the same on every machine, but for slices of plain integers of several bytes: the standard
/// library hands those over as they lie in memory. Slices of a type such as [`NodeIx`] are fine.
pub fn digest_of(content: &impl Hash) -> u64 {
    let mut words = Words(0);
    content.hash(&mut words);
    words.finish()
}

/// Folds every integer as one word, however wide a `usize` is here.
struct Words(u64);

impl Hasher for Words {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = mix_pair(1, self.0, word);
    }

    fn write_u128(&mut self, number: u128) {
        self.write(&number.to_le_bytes());
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    // Signed integers are handed on to these, and so is the number of a variant, an `isize`.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_hash_sees_every_word_and_its_place_and_is_frozen() {
        let key = |last| crate::key::Key::from_words([1, 2, 3, last]);
        let all = [
            digest_of(&9_u8),
            digest_of(&(0_u8, 0_u8)),
            digest_of(&(1_u32, 2_u32)),
            digest_of(&(2_u32, 1_u32)),
            digest_of(&key(4)),
            digest_of(&key(5)),
            digest_of(&Some(NodeIx::new(7))),
            digest_of(&None::<NodeIx>),
            digest_of(&([NodeIx::new(1)].as_slice(), [NodeIx::new(2), NodeIx::new(3)].as_slice())),
            digest_of(&([NodeIx::new(1), NodeIx::new(2)].as_slice(), [NodeIx::new(3)].as_slice())),
        ];
        let different: std::collections::BTreeSet<u64> = all.into_iter().collect();
        assert_eq!(different.len(), all.len(), "{all:x?}");
        assert_eq!(digest_of(&(1_u8, 2_u64, 3_usize)), digest_of(&(1_u32, 2_usize, 3_u16)));
        assert_eq!(digest_of(&(NodeIx::new(1), key(2), Some(true))), 0x35bc_a6ea_6824_3b48);
    }

    #[test]
    fn the_digest_forgets_the_order_of_nodes_but_not_the_order_of_events() {
        let seen = |before, order| chain(before, Seen::Message, Time::from_nanos(1), order, 0);
        assert_ne!(seen(seen(0, 1), 2), seen(seen(0, 2), 1));
        let total = |nodes: [u32; 2]| {
            let mut digest = Digest::default();
            for node in nodes {
                digest.add(NodeIx::new(node), u64::from(node));
            }
            digest
        };
        assert_eq!(total([3, 4]), total([4, 3]));
        assert_ne!(
            chain(0, Seen::Lost, Time::ZERO, 0, 0),
            chain(0, Seen::Nobody, Time::ZERO, 0, 0)
        );
    }
}
