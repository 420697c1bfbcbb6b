//! A uniform sample of all keys that ever came, in bounded space.

use dhtlab_core::author::Draw;

/// The default capacity (DLHT, `TrainingConfig`).
pub const CAPACITY: usize = 10_000;

/// Vitter's Algorithm R. Every key that came is in the sample with the same probability, until keys
/// are removed: a hole is filled by the next key for certain, which favours keys that came later.
/// [`holes`](Self::holes) counts them, so that a report can say how biased the sample may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservoir {
    capacity: usize,
    keys: Vec<u64>,
    seen: u64,
    holes: u64,
}

impl Default for Reservoir {
    fn default() -> Self {
        Self::new(CAPACITY)
    }
}

impl Reservoir {
    /// An empty reservoir for at most `capacity` keys.
    pub const fn new(capacity: usize) -> Self {
        Self { capacity, keys: Vec::new(), seen: 0, holes: 0 }
    }

    /// A key that was not present came. Draws once the reservoir is full.
    pub fn insert(&mut self, key: u64, draw: &mut impl Draw) {
        self.seen += 1;
        if self.keys.len() < self.capacity {
            self.keys.push(key);
        } else if let Some(place) =
            usize::try_from(draw.below(self.seen)).ok().and_then(|place| self.keys.get_mut(place))
        {
            *place = key;
        }
    }

    /// A key was deleted; true when it was in the sample. Linear in the capacity.
    pub fn remove(&mut self, key: u64) -> bool {
        let Some(place) = self.keys.iter().position(|sampled| *sampled == key) else {
            return false;
        };
        self.keys.swap_remove(place);
        self.holes += 1;
        true
    }

    /// The sampled keys, in no particular order.
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// How many keys came.
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// How many sampled keys were deleted: each is a place that a later key took for certain.
    pub const fn holes(&self) -> u64 {
        self.holes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dhtlab_core::author::Rng;

    /// How often each of 200 keys is among the 10 sampled, in 20,000 runs; 1,000 expected.
    fn hits(last_for_certain: bool) -> Vec<u32> {
        let mut hits = vec![0; 200];
        for run in 0..20_000 {
            let (mut rng, mut sample) = (Rng::from_state(run), Reservoir::new(10));
            for key in 0..200 {
                if last_for_certain && key == 199 {
                    let gone = sample.keys()[0];
                    assert!(sample.remove(gone));
                }
                sample.insert(key, &mut rng);
            }
            for key in sample.keys() {
                hits[usize::try_from(*key).unwrap()] += 1;
            }
        }
        hits
    }

    #[test]
    fn every_key_has_the_same_chance() {
        // Five standard deviations of a binomial count with mean 1,000.
        assert!(hits(false).iter().all(|hits| hits.abs_diff(1_000) < 155));
    }

    #[test]
    fn a_hole_is_filled_for_certain_and_counted() {
        assert_eq!(hits(true)[199], 20_000);
        let mut sample = Reservoir::new(2);
        let mut rng = Rng::from_state(1);
        for key in 0..2 {
            sample.insert(key, &mut rng);
        }
        assert!(!sample.remove(7) && sample.remove(1));
        assert_eq!((sample.keys(), sample.seen(), sample.holes()), (&[0][..], 2, 1));
    }

    #[test]
    fn nothing_fits_into_nothing() {
        let mut sample = Reservoir::new(0);
        sample.insert(1, &mut Rng::from_state(1));
        assert_eq!((sample.keys().len(), sample.seen()), (0, 1));
    }
}
