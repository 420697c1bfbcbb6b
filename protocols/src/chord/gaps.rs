//! What is still missing of a stretch of the ring that is read piece by piece.

use std::cmp::Ordering;

/// The parts of `first..=last` that no claim has covered, in order, disjoint, none empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gaps {
    list: Vec<(u64, u64)>,
}

impl Gaps {
    /// All of `first..=last` is missing; nothing is when `last` is the smaller one.
    pub(super) fn new(first: u64, last: u64) -> Self {
        Self { list: if first <= last { vec![(first, last)] } else { Vec::new() } }
    }

    /// The missing parts, from first to last place, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.list.iter().copied()
    }

    /// Where the first missing part begins.
    pub(super) fn first(&self) -> Option<u64> {
        self.list.first().map(|gap| gap.0)
    }

    /// Is nothing missing?
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes `(from, to]` off; with `from == to` that is the whole ring. True when some of it was
    /// missing.
    pub(super) fn cover(&mut self, (from, to): (u64, u64)) -> bool {
        let before = self.list.clone();
        match from.cmp(&to) {
            Ordering::Equal => self.list.clear(),
            Ordering::Less => self.take_off(from + 1, to),
            Ordering::Greater => {
                // Over the top: it holds the last places and the first.
                if let Some(first) = from.checked_add(1) {
                    self.take_off(first, u64::MAX);
                }
                self.take_off(0, to);
            }
        }
        self.list != before
    }

    /// What lies behind `last` is not wanted any more.
    pub(super) fn cut_behind(&mut self, last: u64) {
        if let Some(first) = last.checked_add(1) {
            self.take_off(first, u64::MAX);
        }
    }

    /// Gives the missing part up that `place` lies in. True when there was one.
    pub(super) fn give_up(&mut self, place: u64) -> bool {
        let before = self.list.len();
        self.list.retain(|(first, last)| !(*first..=*last).contains(&place));
        self.list.len() < before
    }

    fn take_off(&mut self, first: u64, last: u64) {
        let mut left = Vec::with_capacity(self.list.len() + 1);
        for (start, end) in self.list.drain(..) {
            if start < first {
                left.push((start, end.min(first - 1)));
            }
            if end > last {
                left.push((start.max(last + 1), end));
            }
        }
        self.list = left;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::ring::up_to;
    use super::*;

    #[test]
    fn a_claim_over_the_top_covers_both_ends() {
        let mut gaps = Gaps::new(0, u64::MAX);
        assert!(gaps.cover((u64::MAX - 5, 7)));
        assert_eq!(gaps.list, [(8, u64::MAX - 5)]);
        assert!(!gaps.cover((u64::MAX, 7)), "nothing new");
        assert!(gaps.cover((3, 3)), "everything");
        assert!(gaps.is_empty() && Gaps::new(2, 1).is_empty());
    }

    proptest! {
        /// Against a set of single places.
        #[test]
        fn what_is_left_is_what_no_claim_covers(
            first in 0..40_u64, last in 0..40_u64, high: bool,
            claims in prop::collection::vec((0..40_u64, 0..40_u64), 0..8),
        ) {
            // The same at the very top of the ring.
            let spread = |place: u64| if high { place + (u64::MAX - 39) } else { place };
            let mut gaps = Gaps::new(spread(first), spread(last));
            let mut left: Vec<u64> = (first..=last).map(spread).collect();
            for (from, to) in claims {
                let claim = (spread(from), spread(to));
                let before = left.len();
                left.retain(|place| !up_to(*place, claim.0, claim.1));
                prop_assert_eq!(gaps.cover(claim), left.len() < before);
                let listed: Vec<u64> = gaps.iter().flat_map(|(a, b)| a..=b).collect();
                prop_assert_eq!(&listed, &left);
            }
        }
    }
}
