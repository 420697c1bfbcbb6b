//! How far the keys have moved away from a model, and whether that is worth a new one.
//!
//! All distances are ring positions: 2^64 is the whole distribution. A retrain without drift moves
//! more than half of all data for nothing, hence the guard.

use crate::learned_chord::knots::Knots;
use crate::learned_chord::model::Model;
use crate::learned_chord::summary::{Summary, SummaryError, position};

/// The smallest distance that is worth a retrain: 0.02 of the ring, whatever the sample (our choice).
pub const WORTH: u64 = u64::MAX / 50;

/// `c` of the guard in thousandths: 1.36, the critical value of Kolmogorov and Smirnov for 5 %.
pub const CRITICAL: u32 = 1_360;

/// The largest difference between the active model and the counted distribution, at the boundaries
/// of the active leaves and at the points of either.
///
/// # Errors
/// No keys, or counts under another model than `active`.
pub fn distance(summary: &Summary, active: &Model) -> Result<u64, SummaryError> {
    let known = summary.distribution(active)?;
    let keys = known.keys().iter().chain(active.knots().keys());
    let gaps = keys.map(|key| active.position(*key).abs_diff(known.position(*key)));
    Ok(gaps.max().unwrap_or(0))
}

/// What [`distance`] must exceed: the larger of [`WORTH`] and `c / sqrt(keys)`; `critical` is `c` in
/// thousandths.
pub fn guard(keys: u64, critical: u32) -> u64 {
    // The root carries 16 bits after the point, and so does the divisor of the critical value.
    let root = (u128::from(keys.max(1)) << 32).isqrt();
    let bound = position(u128::from(critical) << 16, root * 1_000);
    bound.max(WORTH)
}

/// Whether the merged counts of all hosts justify a new model.
///
/// # Errors
/// As [`distance`].
pub fn drifted(summary: &Summary, active: &Model, critical: u32) -> Result<bool, SummaryError> {
    Ok(distance(summary, active)? > guard(summary.total(), critical))
}

/// The model that moves as little as possible: the edges stay, and so does every boundary whose
/// counted share differs from its position by at most `tolerance`; the leaves at the others
/// interpolate between what was counted.
///
/// It cannot follow keys beyond its last edge, which need new edges: that is what
/// [`Summary::build`] is for.
///
/// # Errors
/// No keys, or counts under another model than `active`.
pub fn minimal(summary: &Summary, active: &Model, tolerance: u64) -> Result<Model, SummaryError> {
    let known = summary.distribution(active)?;
    let old = active.knots();
    let last = old.keys().len() - 1;
    let points = old.keys().iter().zip(old.positions()).enumerate().map(|(index, (key, at))| {
        let counted = known.position(*key);
        let kept = index == 0 || index == last || at.abs_diff(counted) <= tolerance;
        (*key, if kept { *at } else { counted })
    });
    let knots = Knots::through(points).ok_or(SummaryError::Empty)?;
    Ok(Model::from_edges(knots.keys().to_vec(), knots.positions().to_vec())?)
}
