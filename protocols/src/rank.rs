//! A few contacts in the order of their distance to a target, without branches.

use dhtlab_core::author::{Key, NodeIx};

use crate::keys::Keys;

/// The most contacts that [`rank`] takes.
pub(crate) const RANK_MAX: usize = 32;

/// Bits of the place in the bucket at the low end of a sort key.
const PLACE_BITS: u32 = 5;
/// Bits of distance above them; the sign bit stays free, so that comparisons may be signed.
const RANK_BITS: u32 = 31 - PLACE_BITS;

const _: () = assert!(RANK_MAX <= 1 << PLACE_BITS);

/// Sorts `members`, at most [`RANK_MAX`], into `out` by 26 bits of distance; says whether that was
/// enough.
///
/// The first `known` bits of all distances are equal, so the next 26 nearly always decide.
/// A member's place is the number of members that are closer: 20 times 32 comparisons without a
/// branch are faster than a sort of 20 random numbers with its mispredictions.
pub(crate) fn rank(
    known: u32,
    members: &[NodeIx],
    target: Key,
    keys: &(impl Keys + ?Sized),
    out: &mut [NodeIx],
) -> bool {
    if known + RANK_BITS > u64::BITS {
        return false;
    }
    let prefix = target.prefix();
    let mut sort_keys = [i32::MAX; RANK_MAX];
    // All loads of prefixes are independent of one another: their misses overlap.
    for ((place, &node), slot) in (0_i32..).zip(members).zip(&mut sort_keys) {
        let bits = ((keys.prefix(node) ^ prefix) << known) >> (u64::BITS - RANK_BITS);
        *slot = i32::try_from(bits).unwrap_or(0) << PLACE_BITS | place;
    }
    if members.len() <= USUAL {
        place::<USUAL>(members, &sort_keys, out)
    } else {
        place::<RANK_MAX>(members, &sort_keys, out)
    }
}

/// The size of most buckets, for which there is a loop of its own.
const USUAL: usize = 20;

/// Puts each of at most `N` members at the place its sort key has among all; says whether no two agree
/// in all but their place in the bucket.
fn place<const N: usize>(
    members: &[NodeIx],
    sort_keys: &[i32; RANK_MAX],
    out: &mut [NodeIx],
) -> bool {
    let mut sorted = [i32::MAX; RANK_MAX];
    for (&node, own) in members.iter().zip(sort_keys) {
        let mut closer = 0;
        for other in &sort_keys[..N] {
            // The sign of a difference instead of a comparison: that would become a bit mask and a
            // count of bits, which the plainest processors have no instruction for.
            closer -= (other - own) >> 31;
        }
        let closer = usize::try_from(closer).unwrap_or(0);
        out[closer] = node;
        sorted[closer] = *own;
    }
    sorted[..members.len()].is_sorted_by(|a, b| a >> PLACE_BITS < b >> PLACE_BITS)
}
