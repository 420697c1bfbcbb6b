//! The order in which buckets are visited from the closest to a target outwards.
//!
//! Let d be the distance between the own key and the target. A contact in bucket c differs from the
//! own key at bit c first, so its distance to the target has bit c inverted: in buckets whose bit in d
//! is set it is smaller than d, the more so the higher the bit; in the others it is larger. Hence: set
//! bits from the highest down, then clear bits from the lowest up. All contacts of one bucket are
//! closer than all of the next.

use dhtlab_core::author::Distance;

/// Visits buckets `0..buckets` in order of their distance; stops when `visit` says so by `false`.
pub(super) fn visit_buckets(
    distance: Distance,
    buckets: usize,
    mut visit: impl FnMut(usize) -> bool,
) {
    let words = distance.words();
    let used = buckets.div_ceil(64);
    for (index, word) in words.into_iter().enumerate().take(used) {
        let mut set = word & live(buckets, index);
        while set != 0 {
            let bit = set.leading_zeros();
            if !visit(index * 64 + bit as usize) {
                return;
            }
            set &= !(1 << (63 - bit));
        }
    }
    for (index, word) in words.into_iter().enumerate().take(used).rev() {
        let mut clear = !word & live(buckets, index);
        while clear != 0 {
            if !visit(index * 64 + 63 - clear.trailing_zeros() as usize) {
                return;
            }
            clear &= clear - 1;
        }
    }
}

/// The bits of word `index` that stand for one of the first `buckets` buckets.
fn live(buckets: usize, index: usize) -> u64 {
    let here = buckets.saturating_sub(index * 64).min(64);
    if here == 0 { 0 } else { u64::MAX << (64 - here) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The oracle sorts buckets by the distance of a contact in them.
        #[test]
        fn buckets_come_in_the_order_of_their_contacts(
            words in any::<[u64; 4]>(), buckets in 0_usize..=256,
        ) {
            let mut seen = Vec::new();
            visit_buckets(Distance::from_words(words), buckets, |c| { seen.push(c); true });
            let mut expected: Vec<usize> = (0..buckets).collect();
            expected.sort_by_key(|c| {
                let mut contact = words;
                contact[c / 64] ^= 1 << (63 - c % 64);
                // What follows the bucket's bit is free: clear it to get the bucket's nearest end.
                let keep = 63 - c % 64;
                contact[c / 64] &= u64::MAX << keep;
                contact[c / 64 + 1..].fill(0);
                contact
            });
            prop_assert_eq!(seen, expected);
        }
    }
}
