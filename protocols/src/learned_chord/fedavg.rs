//! Federated mode `fedavg`, as published: every host fits each leaf to the *local* ranks of its keys,
//! and the parameters are averaged.
//!
//! It is here for fidelity and it is unsound: hosts own disjoint arcs, so a local rank is not a
//! global one, and averaging does not repair that. [`FedAvg::predict`] shows the error;
//! [`FedAvg::build`] makes a model of it that is at least monotone.
#![expect(clippy::float_arithmetic, reason = "training; the model that leaves it is whole numbers")]

use crate::learned_chord::knots::Knots;
use crate::learned_chord::model::{Model, ModelError};
use crate::learned_chord::share::{float, position, target};

/// The bytes of one leaf on the wire: slope, intercept, number of keys.
pub const LEAF_BYTES: usize = 24;

/// A leaf's line over its own stretch of keys (0 at its start, 1 at its end), in shares of the ring.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Leaf {
    /// The slope.
    pub slope: f64,
    /// The value at the leaf's start.
    pub intercept: f64,
    /// How many keys it was fitted to.
    pub keys: u64,
}

/// What a host's parameters count in the mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Their keys: federated averaging proper, and the Rust port of LEAD.
    Keys,
    /// All alike: DLHT. A host with a sliver of a leaf fits a steep line to it, which then counts for
    /// all of the leaf.
    Equal,
}

/// The leaves that one host or several fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct FedAvg {
    leaves: Vec<Leaf>,
}

impl FedAvg {
    /// What one host fits: for each leaf of `active` a least squares line through the local ranks of
    /// its own `sorted` keys.
    pub fn local(sorted: &[u64], active: &Model) -> Self {
        let mut leaves = vec![Leaf::default(); active.leaves()];
        let mut from = 0;
        for (index, leaf) in leaves.iter_mut().enumerate() {
            let to = from + sorted[from..].partition_point(|key| active.leaf(*key) <= index);
            *leaf = line(&sorted[from..to], stretch(active, index), |at| {
                target(from + at, sorted.len())
            });
            from = to;
        }
        Self { leaves }
    }

    /// The mean of several hosts' leaves; a host without keys in a leaf has no say in it. Sums of
    /// floats depend on their order: the coordinator passes the hosts in the order of their names.
    pub fn average<'a>(hosts: impl IntoIterator<Item = &'a Self>, weight: Weight) -> Self {
        let mut sums: Vec<(Leaf, f64)> = Vec::new();
        for host in hosts {
            sums.resize(sums.len().max(host.leaves.len()), (Leaf::default(), 0.0));
            for ((sum, weights), leaf) in sums.iter_mut().zip(&host.leaves) {
                let says = match weight {
                    Weight::Keys => float(leaf.keys),
                    Weight::Equal => float(leaf.keys.min(1)),
                };
                sum.slope += leaf.slope * says;
                sum.intercept += leaf.intercept * says;
                sum.keys += leaf.keys;
                *weights += says;
            }
        }
        let mean = |(sum, weights): (Leaf, f64)| {
            let weights = weights.max(1.0);
            Leaf { slope: sum.slope / weights, intercept: sum.intercept / weights, ..sum }
        };
        Self { leaves: sums.into_iter().map(mean).collect() }
    }

    /// The leaves.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// The bytes on the wire, without a header.
    pub const fn wire_bytes(&self) -> usize {
        LEAF_BYTES * self.leaves.len()
    }

    /// What the averaged leaf of `key` predicts, as a share of the ring; not monotone, and not even
    /// within 0 to 1.
    pub fn predict(&self, key: u64, active: &Model) -> f64 {
        let index = active.leaf(key);
        let leaf = self.leaves.get(index).copied().unwrap_or_default();
        leaf.intercept + leaf.slope * place(key, stretch(active, index))
    }

    /// A model of the predictions at both ends of each leaf that holds keys; what falls below an
    /// earlier leaf is lifted to it.
    ///
    /// # Errors
    /// No leaf holds keys, or there are too many.
    pub fn build(&self, active: &Model) -> Result<Model, ModelError> {
        let held = (0..self.leaves.len()).filter(|index| self.leaves[*index].keys > 0);
        let points = held.flat_map(|index| {
            let (start, end) = stretch(active, index);
            [start, end].map(|key| {
                let leaf = self.leaves[index];
                (key, position(leaf.intercept + leaf.slope * place(key, (start, end))))
            })
        });
        let knots = Knots::through(points).ok_or(ModelError::Size { leaves: 0, knots: 0 })?;
        Model::from_edges(knots.keys().to_vec(), knots.positions().to_vec())
    }
}

/// The first and the last key of a leaf, within the range that the model was trained on.
fn stretch(active: &Model, leaf: usize) -> (u64, u64) {
    let keys = active.knots().keys();
    let (lowest, highest) = (keys[0], keys[keys.len() - 1]);
    let next = leaf + 1;
    let end =
        if next < active.leaves() { active.leaf_start(next).saturating_sub(1) } else { highest };
    let start = active.leaf_start(leaf).clamp(lowest, highest);
    (start, end.clamp(start, highest))
}

/// Where `key` is between the ends of a leaf, 0 to 1.
fn place(key: u64, (start, end): (u64, u64)) -> f64 {
    float(key.clamp(start, end) - start) / float((end - start).max(1))
}

fn line(keys: &[u64], ends: (u64, u64), wanted: impl Fn(usize) -> f64) -> Leaf {
    if keys.is_empty() {
        return Leaf::default();
    }
    let count = float(keys.len() as u64);
    let (mut mean_x, mut mean_y) = (0.0, 0.0);
    for (index, key) in keys.iter().enumerate() {
        mean_x += place(*key, ends) / count;
        mean_y += wanted(index) / count;
    }
    let (mut spread, mut product) = (0.0, 0.0);
    for (index, key) in keys.iter().enumerate() {
        let x = place(*key, ends) - mean_x;
        spread += x * x;
        product += x * (wanted(index) - mean_y);
    }
    let slope = if spread > 0.0 { f64::max(product / spread, 0.0) } else { 0.0 };
    Leaf { slope, intercept: mean_y - slope * mean_x, keys: keys.len() as u64 }
}
