//! Random streams: the same seed and purpose give the same draws, whatever else is drawn.
//!
//! [`Stream`] is for set-up: `ChaCha8` keyed by a domain string and the seed, with one stream number
//! for each [`Purpose`] and index, so that a new purpose or a new fault leaves every other stream's
//! draws as they were. [`Rng`] is for the hot path: eight bytes of state, seeded from a stream, with
//! its output frozen by known-answer tests.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng};

use crate::ratio::Ratio;

const DOMAIN: &[u8; 24] = b"dhtlab random streams v1";
const INDEX_BITS: u32 = 40;

/// The number a user gives to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(pub u64);

/// What a stream is for. Numbers are explicit and never used again for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Purpose {
    /// Node identifiers; index: the identity.
    NodeKeys = 1,
    /// Regions and coordinates; index: the node.
    Places = 2,
    /// Up and down times; index: the node.
    Sessions = 3,
    /// Times and targets of operations; index: the node.
    Workload = 4,
    /// The keys of the records that puts and gets speak of; index: the record.
    RecordKeys = 5,
    /// Which nodes are bootstrap nodes, clients, or unreachable.
    Roles = 6,
    /// The protocol's own draws; index: the node.
    Protocol = 7,
    /// Jitter, loss and pair latencies on links.
    Links = 8,
    /// Warm routing tables; index: the node.
    Warm = 9,
    /// Membership of a fault; index: the number of the phase.
    Fault = 10,
    /// Times of joins; index: the node.
    Arrivals = 11,
    /// Self-randomised faults for swarm runs; index: the number of the phase.
    Swarm = 12,
    /// Sampling by observers; never seen by a protocol.
    Observe = 13,
    /// The names of records, where a key set gives them; index: 0 for the records of the workload, and
    /// one more than the number of a wave for the records of that wave.
    RecordNames = 14,
    /// Which slots are of which group.
    Groups = 15,
    /// The keys of the blocks that groups announce; index: 0 for the key of the index, else a hash of what
    /// they are blocks of.
    Blocks = 16,
    /// When groups do their jobs; index: the job above the 32 bits of a slot.
    GroupJobs = 17,
    /// How wrong wall clocks are; index: the slot.
    ClockErrors = 18,
}

/// Uniform 64-bit draws and what is made of them with integers alone.
pub trait Draw {
    /// The next 64 uniform bits.
    fn next_u64(&mut self) -> u64;

    /// A uniform integer in `0..bound` without bias (Lemire's multiply-and-reject).
    ///
    /// # Panics
    /// When `bound` is zero.
    fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "a draw below zero");
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            let low = low_half(product);
            if low >= bound.wrapping_neg() % bound {
                return low_half(product >> 64);
            }
        }
    }

    /// A uniform index into a list of `len` entries.
    ///
    /// # Panics
    /// When `len` is zero.
    fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(usize::MAX)
    }

    /// True with probability `ratio`.
    fn chance(&mut self, ratio: Ratio) -> bool {
        ratio.hit(self.next_u64())
    }

    /// Brings `list` into a uniformly random order (Fisher and Yates).
    fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.index(last + 1));
        }
    }
}

/// A set-up stream: one for each seed, purpose and index.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream for `purpose` and `index` (below 2^40) under `seed`.
    ///
    /// # Panics
    /// When `index` is 2^40 or more.
    pub fn new(seed: Seed, purpose: Purpose, index: u64) -> Self {
        assert!(index < 1 << INDEX_BITS, "a stream index of 2^40 or more");
        let mut key = [0; 32];
        key[..24].copy_from_slice(DOMAIN);
        key[24..].copy_from_slice(&seed.0.to_le_bytes());
        let mut inner = ChaCha8Rng::from_seed(key);
        inner.set_stream(u64::from(purpose as u32) << INDEX_BITS | index);
        Self(inner)
    }
}

impl Draw for Stream {
    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// The hot path's generator: eight bytes of state (a Weyl sequence behind a strong mixer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rng(u64);

const WEYL: u64 = 0x9e37_79b9_7f4a_7c15;

impl Rng {
    /// A generator whose whole state is `state`.
    pub const fn from_state(state: u64) -> Self {
        Self(state)
    }

    /// The generator of node `index` for `purpose` under `seed`.
    pub fn new(seed: Seed, purpose: Purpose, index: u64) -> Self {
        Self(Stream::new(seed, purpose, index).next_u64())
    }
}

impl Draw for Rng {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(WEYL);
        mix(self.0)
    }
}

/// The low 64 bits of a product.
const fn low_half(product: u128) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
    let low = product as u64;
    low
}

/// A bijective mixer of 64 bits with full avalanche (the finaliser of Stafford's variant 13).
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stateless draw for the pair `(a, b)` under `salt`: the same arguments, the same bits.
pub const fn mix_pair(salt: u64, a: u64, b: u64) -> u64 {
    mix(mix(salt.wrapping_add(a.wrapping_mul(WEYL))).wrapping_add(b.wrapping_mul(WEYL)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_draws_of_both_generators_are_frozen() {
        let mut rng = Rng::from_state(0);
        assert_eq!(
            [rng.next_u64(), rng.next_u64()],
            [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]
        );
        let mut stream = Stream::new(Seed(1), Purpose::NodeKeys, 0);
        let first = [stream.next_u64(), stream.next_u64()];
        assert_eq!(first, [0xc808_34bc_f128_bf39, 0x866e_81fa_02e7_9a9a]);
    }

    #[test]
    fn streams_of_other_purposes_indexes_and_seeds_differ() {
        let first = |seed, purpose, index| Stream::new(Seed(seed), purpose, index).next_u64();
        let base = first(1, Purpose::NodeKeys, 0);
        for other in [
            first(2, Purpose::NodeKeys, 0),
            first(1, Purpose::Places, 0),
            first(1, Purpose::NodeKeys, 1),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn below_stays_below_and_reaches_every_value() {
        let mut rng = Rng::from_state(7);
        let mut seen = [0; 5];
        for _ in 0..1_000 {
            seen[rng.index(5)] += 1;
        }
        assert!(seen.iter().all(|count| (150..250).contains(count)), "{seen:?}");
    }
}
