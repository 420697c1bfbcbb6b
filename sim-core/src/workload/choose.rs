//! Which of the records that were stored before an operation asks for.

use crate::dist::zipf::Zipf;
use crate::key::Key;
use crate::seed::{Draw, Rng};
use crate::time::{Span, Time};
use crate::workload::{Popularity, WorkloadError};
use crate::world::Operation;

/// When each key was first stored, in order of time.
pub(super) fn first_stores(operations: &[Operation]) -> Vec<(Time, Key)> {
    let mut stores: Vec<(Key, Time)> =
        operations.iter().map(|operation| (operation.command.key(), operation.at)).collect();
    stores.sort_unstable();
    stores.dedup_by_key(|(key, _)| *key);
    let mut first: Vec<(Time, Key)> = stores.into_iter().map(|(key, at)| (at, key)).collect();
    first.sort_unstable();
    first
}

/// How many of `stored` were stored at least `lag` before `at`.
pub(super) fn known_at(stored: &[(Time, Key)], lag: Span, at: Time) -> usize {
    stored.partition_point(|(first, _)| first.saturating_add(lag) < at)
}

/// Chooses among the first so many ranks.
pub(super) enum Chooser {
    Uniform,
    Zipf(Zipf),
}

impl Chooser {
    pub(super) fn new(popularity: Popularity, ranks: usize) -> Result<Self, WorkloadError> {
        let Popularity::Zipf { exponent } = popularity else { return Ok(Self::Uniform) };
        let ranks = u32::try_from(ranks.max(1)).unwrap_or(u32::MAX);
        Zipf::new(ranks, exponent).map(Self::Zipf).ok_or(WorkloadError::Exponent)
    }

    pub(super) fn choose(&self, ranks: usize, word: u64) -> usize {
        let mut draw = Rng::from_state(word);
        match self {
            Self::Uniform => draw.index(ranks),
            Self::Zipf(law) => {
                law.sample_among(u32::try_from(ranks).unwrap_or(u32::MAX), &mut draw) as usize
            }
        }
    }
}

/// The names stored so far, in order, while time goes on: a binary indexed tree over all names, so
/// that both a further name and the one of a given rank cost the logarithm of their number.
pub(super) struct Shelf<'a> {
    stored: &'a [(Time, Key)],
    /// All names that ever come, ascending.
    names: Vec<u64>,
    /// Partial counts of the names that have come; entry `i` is that of the `i`-th from 1.
    tree: Vec<u32>,
    come: usize,
}

impl<'a> Shelf<'a> {
    /// An empty shelf for what is `stored`, in order of time.
    pub(super) fn new(stored: &'a [(Time, Key)]) -> Self {
        let mut names: Vec<u64> = stored.iter().map(|(_, key)| key.name()).collect();
        names.sort_unstable();
        let tree = vec![0; names.len() + 1];
        Self { stored, names, tree, come: 0 }
    }

    /// Puts up all that was stored at least `lag` before `at`; later calls say later times.
    pub(super) fn fill(&mut self, lag: Span, at: Time) {
        let known = known_at(self.stored, lag, at);
        for (_, key) in self.stored.get(self.come..known).unwrap_or_default() {
            let rank = self.names.partition_point(|name| *name < key.name());
            let mut place = rank + 1;
            while let Some(count) = self.tree.get_mut(place) {
                *count += 1;
                place += place & place.wrapping_neg();
            }
        }
        self.come = self.come.max(known);
    }

    /// The first and last of `keys` names that follow each other, evenly chosen; of all where there are
    /// fewer, and `None` where there is none.
    pub(super) fn window(&self, keys: u32, word: u64) -> Option<(u64, u64)> {
        let last = self.come.checked_sub(1)?;
        let reach = (keys as usize).saturating_sub(1).min(last);
        let start = Rng::from_state(word).index(last - reach + 1);
        Some((self.name(start), self.name(start + reach)))
    }

    /// The name with this rank among those that have come, from 0.
    fn name(&self, rank: usize) -> u64 {
        let (mut place, mut left) = (0, rank);
        let mut step = self.names.len().checked_ilog2().map_or(0, |log| 1 << log);
        while step > 0 {
            let count = self.tree.get(place + step).map_or(usize::MAX, |count| *count as usize);
            if count <= left {
                place += step;
                left -= count;
            }
            step >>= 1;
        }
        self.names[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_window_is_what_a_sorted_list_shows(
            names in prop::collection::btree_set(any::<u64>(), 1..200),
            order: u64, keys in 1..50_u32, words: [u64; 20],
        ) {
            let mut arrivals: Vec<u64> = names.into_iter().collect();
            crate::seed::Rng::from_state(order).shuffle(&mut arrivals);
            let stored: Vec<(Time, Key)> =
                (0..).zip(&arrivals).map(|(at, name)| (Time::from_nanos(at), Key::named(*name))).collect();
            let mut shelf = Shelf::new(&stored);
            prop_assert_eq!(shelf.window(keys, 0), None);
            for (turn, word) in (1..).zip(words) {
                let at = Time::from_nanos(turn * 10);
                shelf.fill(Span::from_nanos(3), at);
                let mut come: Vec<u64> = stored.iter()
                    .filter(|(time, _)| time.saturating_add(Span::from_nanos(3)) < at)
                    .map(|(_, key)| key.name())
                    .collect();
                come.sort_unstable();
                let (lo, hi) = shelf.window(keys, word).unwrap();
                let from = come.binary_search(&lo).unwrap();
                prop_assert_eq!(come.binary_search(&hi).unwrap() - from + 1, come.len().min(keys as usize));
            }
        }
    }
}
