//! Training of models from sorted keys.
//!
//! Training computes in 64-bit floats in one fixed order; what leaves it is a table of whole numbers.
#![expect(clippy::float_arithmetic, reason = "training; the model that leaves it is whole numbers")]

use thiserror::Error;

use crate::learned_chord::knots::{Knots, scaled};
use crate::learned_chord::model::{LEAVES_MAX, Model};
use crate::learned_chord::{rmi, share, tail};

/// The curve of a root or of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Curve {
    /// A straight line.
    Linear,
    /// A polynomial of degree three, where it never descends; a straight line elsewhere.
    Cubic,
}

/// How a model is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// Quantile edges: each leaf has as many keys as any other and interpolates.
    Edges,
    /// A recursive model index of two stages: the root picks the leaf, the leaf the position.
    Rmi {
        /// The root's curve. LEAD's authors: cubic; DLHT: linear.
        root: Curve,
        /// The leaves' curve. Both: linear.
        leaf: Curve,
    },
}

/// Where keys outside of the trained range go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tail {
    /// To the first or last position: a hot spot for keys that are appended, as published.
    Clamp,
    /// Into a reserved share of 1 / (keys + 1) at each end, halving with each width of the trained
    /// range. Keeps such keys apart, not their load.
    Extrapolate,
}

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Params {
    /// The form. Default: quantile edges, the best balance in the measurements.
    pub form: Form,
    /// `B`, the number of leaves, at least 1. Default 1,000; DLHT has 100, LEAD's authors 2^24.
    pub leaves: usize,
    /// What lies outside. Default: clamped.
    pub tail: Tail,
}

impl Default for Params {
    fn default() -> Self {
        Self { form: Form::Edges, leaves: 1_000, tail: Tail::Clamp }
    }
}

/// Why there is no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TrainError {
    /// No leaves, or more than [`LEAVES_MAX`].
    #[error("{0} leaves; there must be between 1 and {LEAVES_MAX}")]
    Leaves(usize),
    /// No keys.
    #[error("nothing to train on")]
    Empty,
    /// More leaves than keys.
    #[error("{leaves} leaves for {keys} keys; a leaf needs at least one key")]
    Branching {
        /// The leaves asked for.
        leaves: usize,
        /// The keys to train on.
        keys: usize,
    },
    /// A key below the one before it.
    #[error("key {0} is below the key ahead of it")]
    Unsorted(usize),
}

/// How well one leaf, or all, fits the keys it was trained on. Errors in shares of the ring: the
/// difference between a key's position and the middle of its rank.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Errors {
    /// How many keys.
    pub keys: usize,
    /// The largest error.
    pub max: f64,
    /// The mean error; 0 without keys.
    pub mean: f64,
}

/// A model with what was learned about its errors, which is not part of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The model, version 0 of nobody.
    pub model: Model,
    /// The errors of each leaf.
    pub leaves: Vec<Errors>,
    /// The errors of all leaves, weighted by their keys.
    pub all: Errors,
}

impl Fit {
    /// How many leaves hold at least one of the keys.
    pub fn leaves_used(&self) -> usize {
        self.leaves.iter().filter(|leaf| leaf.keys > 0).count()
    }

    /// What `model` makes of `sorted` keys.
    pub fn of(model: Model, sorted: &[u64]) -> Self {
        let mut leaves = vec![Errors::default(); model.leaves()];
        let mut all = Errors::default();
        for (rank, key) in sorted.iter().enumerate() {
            let wanted = share::target(rank, sorted.len());
            let error = f64::abs(share::share(model.position(*key)) - wanted);
            for errors in [&mut leaves[model.leaf(*key)], &mut all] {
                errors.keys += 1;
                errors.max = errors.max.max(error);
                errors.mean += error;
            }
        }
        for errors in leaves.iter_mut().chain([&mut all]) {
            errors.mean /= share::float(errors.keys.max(1) as u64);
        }
        Self { model, leaves, all }
    }
}

/// Trains a model on `sorted` keys, equal ones allowed.
///
/// # Errors
/// No keys, unsorted keys, no leaves, more leaves than keys.
#[expect(clippy::missing_panics_doc, reason = "training gives sound tables whatever the keys")]
pub fn train(sorted: &[u64], params: &Params) -> Result<Fit, TrainError> {
    check(sorted, params.leaves)?;
    let (knots, starts) = match params.form {
        Form::Edges => (edges(sorted, params.leaves), None),
        Form::Rmi { root, leaf } => {
            let (knots, starts) = rmi::fit(sorted, root, leaf, params.leaves);
            (knots, Some(starts))
        }
    };
    let knots = match params.tail {
        Tail::Clamp => Some(knots),
        Tail::Extrapolate => tail::extrapolated(&knots, sorted.len()),
    };
    let model = knots.and_then(|knots| match starts {
        Some(starts) => Model::from_leaves(knots, starts).ok(),
        None => Model::from_edges(knots.keys().to_vec(), knots.positions().to_vec()).ok(),
    });
    Ok(Fit::of(model.expect("training gives sound tables"), sorted))
}

/// Whether `leaves` can be trained on `sorted`.
pub(super) fn check(sorted: &[u64], leaves: usize) -> Result<(), TrainError> {
    if !(1..=LEAVES_MAX).contains(&leaves) {
        return Err(TrainError::Leaves(leaves));
    }
    if sorted.is_empty() {
        return Err(TrainError::Empty);
    }
    if leaves > sorted.len() {
        return Err(TrainError::Branching { leaves, keys: sorted.len() });
    }
    if let Some(at) = sorted.windows(2).position(|pair| pair[1] < pair[0]) {
        return Err(TrainError::Unsorted(at + 1));
    }
    Ok(())
}

/// The quantile edges of `sorted`: every `1 / leaves` of the keys an edge, at the share of the keys
/// that lie below it. Equal edges count once.
fn edges(sorted: &[u64], leaves: usize) -> Knots {
    let count = sorted.len();
    let inner = (0..leaves).map(|leaf| {
        let key = sorted
            [usize::try_from(leaf as u128 * count as u128 / leaves as u128).unwrap_or(usize::MAX)];
        let below = sorted.partition_point(|other| *other < key);
        (key, scaled(below as u64, u64::MAX, count as u64))
    });
    let last = sorted[count - 1];
    let end = (last, u64::MAX);
    if sorted[0] == last {
        // One key only: a leaf needs two edges.
        let low = last.min(u64::MAX - 1);
        return Knots::through([(low, 0), (low + 1, u64::MAX)]).expect("two points");
    }
    Knots::through(inner.chain([end])).expect("at least two different keys")
}
