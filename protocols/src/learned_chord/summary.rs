//! What a host tells about its keys, and the model that follows from what all hosts tell.
//!
//! Federated mode `counts`: a summary holds exact counts of keys for each leaf of the active model,
//! and the keys whose hashes are the smallest as a sample. Sums and "the smallest of a union" do not
//! care in which order they are taken, so a convergecast along any tree gives the same bytes at its
//! root. The global distribution then follows: exactly at the boundaries of the active leaves, by the
//! sample between them.

use std::collections::BTreeMap;

use dhtlab_core::author::mix;
use thiserror::Error;

use crate::learned_chord::knots::Knots;
use crate::learned_chord::model::{Model, ModelError};

/// The bytes of a summary before its counts: the header of 40 and the version it counts under.
pub const HEAD_BYTES: usize = 44;

/// Counts under an active model, and a bottom-`m` sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The digest of the model whose leaves are counted.
    base: u64,
    leaves: usize,
    capacity: usize,
    /// Sorted by leaf; no zeros.
    counts: Vec<(u32, u64)>,
    /// Sorted by (hash, key); at most `capacity`, all different.
    sample: Vec<u64>,
}

/// Why summaries do not go together.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SummaryError {
    /// They count the leaves of different models.
    #[error("a summary under another model: {theirs:016x}, not {ours:016x}")]
    OtherModel {
        /// The digest of the model expected.
        ours: u64,
        /// The digest of the other.
        theirs: u64,
    },
    /// Their samples are of different size, so their union would not be a sample.
    #[error("a summary with a sample of up to {theirs} keys, not {ours}")]
    OtherCapacity {
        /// The capacity expected.
        ours: usize,
        /// The other's.
        theirs: usize,
    },
    /// There is nothing to build from.
    #[error("no keys were counted")]
    Empty,
    /// The asked model is out of bounds.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl Summary {
    /// The summary of `keys` under `model` with a sample of at most `capacity` keys (`m`).
    pub fn of(keys: impl IntoIterator<Item = u64>, model: &Model, capacity: usize) -> Self {
        let mut counts = BTreeMap::new();
        let mut sample = Vec::new();
        // Hosts keep their keys sorted, so a leaf comes as one run and is looked up once.
        let (mut leaf, mut run) = (0, 0);
        for key in keys {
            let next = u32::try_from(model.leaf(key)).unwrap_or(u32::MAX);
            if next != leaf {
                *counts.entry(leaf).or_insert(0) += run;
                (leaf, run) = (next, 0);
            }
            run += 1;
            sample.push(key);
            if sample.len() >= 2 * capacity + 64 {
                keep_smallest(&mut sample, capacity);
            }
        }
        keep_smallest(&mut sample, capacity);
        *counts.entry(leaf).or_insert(0) += run;
        let counts = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        Self { base: model.digest(), leaves: model.leaves(), capacity, counts, sample }
    }

    /// Adds what another host told.
    ///
    /// # Errors
    /// The other counted under another model or sampled to another size; nothing is added then.
    pub fn merge(&mut self, other: &Self) -> Result<(), SummaryError> {
        if self.base != other.base {
            return Err(SummaryError::OtherModel { ours: self.base, theirs: other.base });
        }
        if self.capacity != other.capacity {
            let (ours, theirs) = (self.capacity, other.capacity);
            return Err(SummaryError::OtherCapacity { ours, theirs });
        }
        let mut sums: BTreeMap<u32, u64> = self.counts.iter().copied().collect();
        for (leaf, count) in &other.counts {
            *sums.entry(*leaf).or_insert(0) += count;
        }
        self.counts = sums.into_iter().collect();
        self.sample.extend(&other.sample);
        keep_smallest(&mut self.sample, self.capacity);
        Ok(())
    }

    /// How many keys were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// The leaves that hold keys, ascending, with how many.
    pub fn counts(&self) -> &[(u32, u64)] {
        &self.counts
    }

    /// The sampled keys, in the order of their hashes.
    pub fn sample(&self) -> &[u64] {
        &self.sample
    }

    /// The bytes on the wire: [`HEAD_BYTES`], the counts as 4 for every leaf or 8 for each that holds
    /// keys, whichever is less, and 8 for each sampled key.
    pub fn wire_bytes(&self) -> usize {
        HEAD_BYTES + (4 * self.leaves).min(8 * self.counts.len()) + 8 * self.sample.len()
    }

    /// A digest of all of it.
    pub fn digest(&self) -> u64 {
        let counts = self.counts.iter().flat_map(|(leaf, count)| [u64::from(*leaf), *count]);
        let words = [self.base, self.counts.len() as u64].into_iter().chain(counts);
        let words = words.chain(self.sample.iter().copied());
        words.fold(0, |sum, word| mix(sum.rotate_left(1) ^ word))
    }

    /// The global distribution as a map from keys to positions: exact at the starts of the active
    /// leaves, at expected ranks at the sampled keys, straight between these.
    ///
    /// # Errors
    /// No keys, or counts under another model than `active`.
    pub fn distribution(&self, active: &Model) -> Result<Knots, SummaryError> {
        self.check(active)?;
        let mut sorted = self.sample.clone();
        sorted.sort_unstable();
        let total = u128::from(self.total());
        let mut points = vec![(0, 0)];
        let mut below = 0;
        for (leaf, count) in &self.counts {
            let leaf = *leaf as usize;
            let start = active.leaf_start(leaf);
            let end = (leaf + 1 < self.leaves).then(|| active.leaf_start(leaf + 1));
            let from = sorted.partition_point(|key| *key < start);
            let to = end.map_or(sorted.len(), |end| sorted.partition_point(|key| *key < end));
            let places = (to - from + 1) as u128;
            let whole = total * places;
            let at = |place: u128| position(u128::from(below) * places + place, whole);
            points.push((start, at(0)));
            let inside = (1..).zip(&sorted[from..to]);
            points.extend(inside.map(|(place, key)| (*key, at(place * u128::from(*count)))));
            below += count;
            let after = position(u128::from(below), total);
            points.push((end.unwrap_or(u64::MAX), after));
        }
        points.push((u64::MAX, u64::MAX));
        Knots::through(points).ok_or(SummaryError::Empty)
    }

    /// The quantile-edge model of the distribution, with `leaves` leaves or as many as it can tell
    /// apart.
    ///
    /// # Errors
    /// No keys, counts under another model than `active`, or a number of leaves out of bounds.
    pub fn build(&self, active: &Model, leaves: usize) -> Result<Model, SummaryError> {
        let known = self.distribution(active)?;
        if leaves == 0 || leaves > super::model::LEAVES_MAX {
            return Err(ModelError::Size { leaves, knots: leaves.saturating_add(1) }.into());
        }
        // The model begins at the last key that nothing lies below.
        let first = known.first_at(1).saturating_sub(1);
        let inner = (1..leaves).map(|leaf| {
            let key = known.first_at(position(leaf as u128, leaves as u128));
            (key, known.position(key))
        });
        let last = (known.first_at(u64::MAX), u64::MAX);
        let points = std::iter::once((first, 0)).chain(inner).chain([last]);
        let knots = Knots::through(points).ok_or(SummaryError::Empty)?;
        Ok(Model::from_edges(knots.keys().to_vec(), knots.positions().to_vec())?)
    }

    pub(super) fn check(&self, active: &Model) -> Result<(), SummaryError> {
        let theirs = active.digest();
        if self.base != theirs {
            return Err(SummaryError::OtherModel { ours: self.base, theirs });
        }
        if self.counts.is_empty() { Err(SummaryError::Empty) } else { Ok(()) }
    }
}

/// The ring position of the share `part / whole`; the last position for all of it.
///
/// Parts stay below 2^96 (2^48 keys, 2^48 sampled), so 32 bits are shifted in at a time.
pub(super) fn position(part: u128, whole: u128) -> u64 {
    if part >= whole {
        return u64::MAX;
    }
    let high = (part << 32) / whole;
    let low = (((part << 32) % whole) << 32) / whole;
    u64::try_from(high << 32 | low).unwrap_or(u64::MAX)
}

/// Leaves the `capacity` different keys with the smallest hashes, sorted by hash. (`mix` is a
/// bijection, so no two keys share one.)
fn keep_smallest(keys: &mut Vec<u64>, capacity: usize) {
    keys.sort_unstable_by_key(|key| mix(*key));
    keys.dedup();
    keys.truncate(capacity);
}
