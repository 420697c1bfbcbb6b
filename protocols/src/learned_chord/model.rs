//! A model: the monotone hash itself, its name, its bytes.

use dhtlab_core::author::mix;
use thiserror::Error;

use crate::learned_chord::knots::Knots;

/// The most leaves a model may have: those of the largest published one (the simulator of LEAD's
/// authors, 2^24).
pub const LEAVES_MAX: usize = 1 << 24;

/// The most points a model may have: eleven a leaf is what a cubic leaf needs.
pub const KNOTS_MAX: usize = 11 * LEAVES_MAX;

/// The bytes ahead of a model's tables: version 4, coordinator 8, form 1, points 4, leaves 4.
const HEAD: usize = 21;

const EDGES: u8 = 0;
const RMI: u8 = 1;

/// A monotone hash from keys to ring positions, and whose it is.
///
/// Of two models the one with the larger [`order`](Self::order) wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    version: u32,
    coordinator: u64,
    knots: Knots,
    leaves: Leaves,
}

/// Where the leaves of a model begin.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Leaves {
    /// Every piece between two points is a leaf: quantile edges.
    Pieces,
    /// As the root routes: the smallest key of each leaf. The first is 0; equal starts mean that all
    /// but the last of them are empty.
    Starts(Vec<u64>),
}

/// Why bytes or tables are not a model.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ModelError {
    /// The length does not fit the announced tables.
    #[error("a model of {expected} bytes arrived as {actual}")]
    Length {
        /// The length that the header asks for; the header's own when that is incomplete.
        expected: usize,
        /// The length in bytes.
        actual: usize,
    },
    /// A form that nobody knows.
    #[error("models of form {0} are unknown")]
    Form(u8),
    /// No leaves, or more than permitted.
    #[error("a model with {leaves} leaves and {knots} points is beyond the bounds")]
    Size {
        /// The number of leaves.
        leaves: usize,
        /// The number of points.
        knots: usize,
    },
    /// Edges that do not ascend strictly, positions that descend, or unequal numbers of them.
    #[error("edges must ascend strictly, and positions must not descend")]
    NotMonotone,
    /// Starts of leaves that descend or do not begin at 0.
    #[error("the starts of leaves must begin at 0 and not descend")]
    Starts,
}

impl Model {
    /// Order without learning: every key is its own position; one leaf.
    pub fn identity() -> Self {
        Self { version: 0, coordinator: 0, knots: Knots::identity(), leaves: Leaves::Pieces }
    }

    /// The quantile-edge form, version 0 of nobody: leaf `j` maps `edges[j]..edges[j + 1]` linearly
    /// onto `cum[j]..cum[j + 1]`.
    ///
    /// # Errors
    /// Fewer than two edges or too many, edges that do not ascend strictly, a descending `cum`.
    pub fn from_edges(edges: Vec<u64>, cum: Vec<u64>) -> Result<Self, ModelError> {
        check_size(edges.len().saturating_sub(1), edges.len())?;
        let knots = Knots::new(edges, cum).ok_or(ModelError::NotMonotone)?;
        Ok(Self { version: 0, coordinator: 0, knots, leaves: Leaves::Pieces })
    }

    /// A form with a root, version 0 of nobody: the root sends a key to the last leaf whose start is
    /// not above it; positions come from the points, wherever leaves begin.
    ///
    /// # Errors
    /// No leaves or too many, starts that descend or do not begin at 0.
    pub fn from_leaves(knots: Knots, starts: Vec<u64>) -> Result<Self, ModelError> {
        check_size(starts.len(), knots.keys().len())?;
        if starts[0] != 0 || !starts.is_sorted() {
            return Err(ModelError::Starts);
        }
        Ok(Self { version: 0, coordinator: 0, knots, leaves: Leaves::Starts(starts) })
    }

    /// The same hash under another name.
    pub const fn named(mut self, version: u32, coordinator: u64) -> Self {
        self.version = version;
        self.coordinator = coordinator;
        self
    }

    /// The version; 0 is what a ring is born with.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Who built it.
    pub const fn coordinator(&self) -> u64 {
        self.coordinator
    }

    /// What models are ordered by: the version, then the coordinator.
    pub const fn order(&self) -> (u32, u64) {
        (self.version, self.coordinator)
    }

    /// The ring position of `key`. Never descends as keys ascend.
    pub fn position(&self, key: u64) -> u64 {
        self.knots.position(key)
    }

    /// The leaf that `key` falls into, from 0.
    pub fn leaf(&self, key: u64) -> usize {
        match &self.leaves {
            Leaves::Pieces => self.knots.piece(key),
            Leaves::Starts(starts) => starts[1..].partition_point(|start| *start <= key),
        }
    }

    /// How many leaves there are, empty ones included.
    pub const fn leaves(&self) -> usize {
        match &self.leaves {
            Leaves::Pieces => self.knots.keys().len() - 1,
            Leaves::Starts(starts) => starts.len(),
        }
    }

    /// The smallest key of a leaf; 0 for the first, because keys below the trained range belong to it.
    ///
    /// # Panics
    /// When there is no such leaf.
    pub fn leaf_start(&self, leaf: usize) -> u64 {
        match &self.leaves {
            Leaves::Pieces if leaf == 0 => 0,
            Leaves::Pieces => self.knots.keys()[..self.leaves()][leaf],
            Leaves::Starts(starts) => starts[leaf],
        }
    }

    /// The points between which the hash interpolates.
    pub const fn knots(&self) -> &Knots {
        &self.knots
    }

    /// The bytes of the tables on the wire: 16 a point, so 16 (B + 1) for B quantile edges, and 8 a
    /// leaf more when the model has a root.
    pub const fn wire_bytes(&self) -> usize {
        let roots = match &self.leaves {
            Leaves::Pieces => 0,
            Leaves::Starts(starts) => starts.len(),
        };
        16 * self.knots.keys().len() + 8 * roots
    }

    /// All of it as bytes: a header of 21 and the tables, little-endian.
    pub fn encode(&self) -> Vec<u8> {
        let (form, starts) = match &self.leaves {
            Leaves::Pieces => (EDGES, &[][..]),
            Leaves::Starts(starts) => (RMI, &starts[..]),
        };
        let mut bytes = Vec::with_capacity(HEAD + self.wire_bytes());
        bytes.extend(self.version.to_le_bytes());
        bytes.extend(self.coordinator.to_le_bytes());
        bytes.push(form);
        for length in [self.knots.keys().len(), starts.len()] {
            bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        }
        for table in [self.knots.keys(), self.knots.positions(), starts] {
            bytes.extend(table.iter().flat_map(|word| word.to_le_bytes()));
        }
        bytes
    }

    /// The model that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// Whatever would make the result not a monotone hash, or its bytes ambiguous.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        let short = ModelError::Length { expected: HEAD, actual: bytes.len() };
        let (head, body) = bytes.split_first_chunk::<HEAD>().ok_or(short)?;
        let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| head[at + i]));
        let coordinator = u64::from(word(8)) << 32 | u64::from(word(4));
        let (form, knots, leaves) = (head[12], word(13) as usize, word(17) as usize);
        match form {
            EDGES if leaves > 0 => {
                return Err(ModelError::Size { leaves, knots });
            }
            EDGES => check_size(knots.saturating_sub(1), knots)?,
            RMI => check_size(leaves, knots)?,
            unknown => return Err(ModelError::Form(unknown)),
        }
        let expected = HEAD + 16 * knots + 8 * leaves;
        if bytes.len() != expected {
            return Err(ModelError::Length { expected, actual: bytes.len() });
        }
        let mut words = body.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
        let keys = words.by_ref().take(knots).collect();
        let positions = words.by_ref().take(knots).collect();
        let table = Knots::new(keys, positions).ok_or(ModelError::NotMonotone)?;
        let model = if form == EDGES {
            Self { version: 0, coordinator: 0, knots: table, leaves: Leaves::Pieces }
        } else {
            Self::from_leaves(table, words.collect())?
        };
        Ok(model.named(word(0), coordinator))
    }

    /// A digest of the hash and its name: equal for equal models.
    pub fn digest(&self) -> u64 {
        let bytes = self.encode();
        let (words, rest) = bytes.as_chunks::<8>();
        let last = rest.iter().fold(bytes.len() as u64, |sum, byte| sum << 8 | u64::from(*byte));
        let words = words.iter().map(|word| u64::from_le_bytes(*word));
        words.chain([last]).fold(0, |sum, word| mix(sum.rotate_left(1) ^ word))
    }
}

fn check_size(leaves: usize, knots: usize) -> Result<(), ModelError> {
    if (1..=LEAVES_MAX).contains(&leaves) && (2..=KNOTS_MAX).contains(&knots) {
        Ok(())
    } else {
        Err(ModelError::Size { leaves, knots })
    }
}
