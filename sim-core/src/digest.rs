//! The digest of a run: what every node saw, in the order it saw it.
//!
//! Each node chains a hash of its own events; the digest of the run adds up the mixed chains, so it
//! does not depend on the order in which shards were visited. Two runs are the same exactly when
//! every node saw the same events at the same times in the same order.

use std::fmt;

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

#[cfg(test)]
mod tests {
    use super::*;

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
