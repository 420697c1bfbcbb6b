//! A baseline: the hash that the Python package DLHT trains, with its flaw.
//!
//! Leaf `j` is trained on the `j`-th quantile of the keys, but a query goes to the leaf that the root
//! picks. Where the root is a line and the keys are skewed, most keys meet a leaf that was trained on
//! other keys: with lognormal keys 14 of 100 leaves are ever asked. The result need not be monotone
//! and is no [`Model`](crate::learned_chord::Model); [`Dlht::defects`] counts what is wrong with it.
//!
//! Predictions are clipped to the leaf's own bucket, as in DLHT, and are computed in floats; only
//! `+ - * /` are used, which all machines round alike.
#![expect(clippy::float_arithmetic, reason = "a baseline that is computed in floats, as published")]

use crate::learned_chord::rmi::Polynomial;
use crate::learned_chord::share::{float, position, share, target, whole};
use crate::learned_chord::train::{Curve, TrainError, check};

/// A hash after DLHT's rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Dlht {
    root: Polynomial,
    leaves: Vec<Polynomial>,
}

/// What is wrong with a hash, measured on sorted keys.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Defects {
    /// The mean difference between a key's position and the middle of its rank, in shares of the ring.
    pub mean_error: f64,
    /// The largest such difference.
    pub max_error: f64,
    /// How many leaves are asked at all.
    pub leaves_used: usize,
    /// Neighbouring keys whose positions are in the wrong order.
    pub inversions: usize,
}

impl Dlht {
    /// Trains `leaves` leaves on `sorted` keys. DLHT's defaults: 100, both curves linear.
    ///
    /// # Errors
    /// No keys, unsorted keys, no leaves, more leaves than keys.
    pub fn train(
        sorted: &[u64],
        root: Curve,
        leaf: Curve,
        leaves: usize,
    ) -> Result<Self, TrainError> {
        check(sorted, leaves)?;
        let count = sorted.len();
        let root = Polynomial::fit(sorted, root, |rank| target(rank, count) * float(leaves as u64));
        let bucket = |index: usize| index * count / leaves;
        let leaves = (0..leaves)
            .map(|index| {
                let from = bucket(index);
                Polynomial::fit(&sorted[from..bucket(index + 1)], leaf, |at| {
                    target(from + at, count)
                })
            })
            .collect();
        Ok(Self { root, leaves })
    }

    /// The leaf that the root picks.
    pub fn leaf(&self, key: u64) -> usize {
        let leaf = usize::try_from(whole(self.root.at(key))).unwrap_or(usize::MAX);
        leaf.min(self.leaves.len() - 1)
    }

    /// The ring position of `key`.
    pub fn position(&self, key: u64) -> u64 {
        let leaf = self.leaf(key);
        let count = float(self.leaves.len() as u64);
        let (low, high) = (float(leaf as u64) / count, float(leaf as u64 + 1) / count);
        position(self.leaves[leaf].at(key).clamp(low, high))
    }

    /// What is wrong with the hash for these `sorted` keys.
    pub fn defects(&self, sorted: &[u64]) -> Defects {
        let mut used = vec![false; self.leaves.len()];
        let mut found = Defects::default();
        let mut before = 0;
        for (rank, key) in sorted.iter().enumerate() {
            let at = self.position(*key);
            let error = f64::abs(share(at) - target(rank, sorted.len()));
            found.max_error = found.max_error.max(error);
            found.mean_error += error;
            found.inversions += usize::from(at < before);
            before = at;
            used[self.leaf(*key)] = true;
        }
        found.mean_error /= float(sorted.len().max(1) as u64);
        found.leaves_used = used.into_iter().filter(|used| *used).count();
        found
    }
}
