//! 256-bit keys and the XOR metric.
//!
//! Words are kept most significant first, so that the derived order is the numeric order and a
//! comparison of distances mostly ends at the first word.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::seed::mix_pair;

/// Bits in a [`Key`]. Protocols with shorter identifiers use the leading bits.
pub const KEY_BITS: u32 = 256;

/// A point of the identifier space: a big-endian unsigned integer of 256 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Key([u64; 4]);

/// Word by word, so that [`digest_of`](crate::digest::digest_of) is the same on every machine.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|word| state.write_u64(*word));
    }
}

/// The XOR of two keys, ordered as an unsigned integer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Distance([u64; 4]);

impl Key {
    /// The smallest key.
    pub const MIN: Self = Self([0; 4]);
    /// The largest key.
    pub const MAX: Self = Self([u64::MAX; 4]);

    /// A key from its words, most significant first.
    pub const fn from_words(words: [u64; 4]) -> Self {
        Self(words)
    }

    /// The words of this key, most significant first.
    pub const fn words(self) -> [u64; 4] {
        self.0
    }

    /// The key of a record that its user calls `name`: 192 bits of a hash of the name, then the name
    /// itself. Protocols that scatter records use the leading bits, those that keep records in the
    /// order of their names use [`Key::name`]; both see the same records.
    pub const fn named(name: u64) -> Self {
        const SALT: u64 = 0x6b65_7920_6e61_6d65;
        Self([mix_pair(SALT, name, 0), mix_pair(SALT, name, 1), mix_pair(SALT, name, 2), name])
    }

    /// What the user calls the record under this key: the last 64 bits.
    pub const fn name(self) -> u64 {
        self.0[3]
    }

    /// The leading 64 bits; most comparisons of distances end here.
    pub const fn prefix(self) -> u64 {
        self.0[0]
    }

    /// The distance between two keys.
    pub const fn distance(self, other: Self) -> Distance {
        let (a, b) = (self.0, other.0);
        Distance([a[0] ^ b[0], a[1] ^ b[1], a[2] ^ b[2], a[3] ^ b[3]])
    }

    /// How many leading bits the keys share: 0 to 256.
    pub const fn common_prefix(self, other: Self) -> u32 {
        self.distance(other).leading_zeros()
    }

    /// The bit at `index`, counted from the most significant (0) to the least (255).
    ///
    /// # Panics
    /// When `index` is 256 or more.
    pub const fn bit(self, index: u32) -> bool {
        self.0[(index / 64) as usize] >> (63 - index % 64) & 1 == 1
    }

    /// This key with the bit at `index` inverted.
    ///
    /// # Panics
    /// When `index` is 256 or more.
    pub const fn flip_bit(mut self, index: u32) -> Self {
        self.0[(index / 64) as usize] ^= 1 << (63 - index % 64);
        self
    }

    /// The first `bits` bits of this key followed by the bits of `tail`.
    pub fn with_tail(self, bits: u32, tail: Self) -> Self {
        let mut words = [0; 4];
        for (i, word) in words.iter_mut().enumerate() {
            let kept = bits.saturating_sub(u32::try_from(i).unwrap_or(0) * 64).min(64);
            let mask = if kept == 0 { 0 } else { u64::MAX << (64 - kept) };
            *word = (self.0[i] & mask) | (tail.0[i] & !mask);
        }
        Self(words)
    }

    /// The one key at `distance` from this one (the metric is unidirectional).
    pub const fn at_distance(self, distance: Distance) -> Self {
        let (a, d) = (self.0, distance.0);
        Self([a[0] ^ d[0], a[1] ^ d[1], a[2] ^ d[2], a[3] ^ d[3]])
    }
}

impl Distance {
    /// No distance: the keys are equal.
    pub const ZERO: Self = Self([0; 4]);

    /// A distance from its words, most significant first.
    pub const fn from_words(words: [u64; 4]) -> Self {
        Self(words)
    }

    /// The words of this distance, most significant first.
    pub const fn words(self) -> [u64; 4] {
        self.0
    }

    /// Leading zero bits: the length of the common prefix of the two keys, 0 to 256.
    pub const fn leading_zeros(self) -> u32 {
        let w = self.0;
        if w[0] != 0 {
            w[0].leading_zeros()
        } else if w[1] != 0 {
            64 + w[1].leading_zeros()
        } else if w[2] != 0 {
            128 + w[2].leading_zeros()
        } else {
            192 + w[3].leading_zeros()
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0;
        write!(f, "{a:016x}{b:016x}{c:016x}{d:016x}")
    }
}

impl fmt::Debug for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Key(self.0), f)
    }
}
