//! A tree over the ring, made of fingers: each virtual node looks after the part of the ring between
//! itself and a limit, and hands every stretch between two of its fingers to the first of them.
//!
//! Whatever the fingers are, a virtual node between two that are known is reached through the chain
//! of first successors, so on a ring with right successors each is reached exactly once.

use crate::chord::Peer;

const fn distance(a: u64, b: u64) -> u64 {
    b.wrapping_sub(a)
}

/// Is `x` behind `me` and before `until`? With equal ends all but `me` are.
pub fn between(x: u64, me: u64, until: u64) -> bool {
    x != me && (me == until || distance(me, x) < distance(me, until))
}

/// Splits what lies behind `me` and before `until` among the `known`: each with the limit of its own
/// part, in the order of the ring. The first must be the first successor of `me`.
pub fn split(me: u64, until: u64, known: impl IntoIterator<Item = Peer>) -> Vec<(Peer, u64)> {
    let mut peers: Vec<Peer> =
        known.into_iter().filter(|peer| between(peer.id, me, until)).collect();
    peers.sort_unstable_by_key(|peer| distance(me, peer.id));
    peers.dedup_by_key(|peer| peer.id);
    let limits: Vec<u64> = peers.iter().skip(1).map(|peer| peer.id).chain([until]).collect();
    peers.into_iter().zip(limits).collect()
}

/// Who takes over the part from `gone` to `until`: the first known behind the one that is silent.
pub fn heir(gone: u64, until: u64, known: impl IntoIterator<Item = Peer>) -> Option<Peer> {
    known
        .into_iter()
        .filter(|peer| between(peer.id, gone, until))
        .min_by_key(|peer| distance(gone, peer.id))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use dhtlab_core::author::NodeIx;
    use proptest::prelude::*;

    use super::*;

    fn peer(id: u64) -> Peer {
        Peer::new(id, NodeIx::new(0), 0)
    }

    /// First successor and exact fingers of the node at `at`.
    fn known(ids: &[u64], at: usize) -> Vec<Peer> {
        let me = ids[at];
        let owner = |place: u64| {
            let first = ids.partition_point(|id| *id < place) % ids.len();
            peer(ids[first])
        };
        let fingers = (0..64).map(|exponent| owner(me.wrapping_add(1 << exponent)));
        std::iter::once(peer(ids[(at + 1) % ids.len()])).chain(fingers).collect()
    }

    /// Visits in order, with the depth of the deepest.
    fn walk(ids: &[u64], root: usize) -> (Vec<u64>, u32) {
        let mut open = vec![(ids[root], ids[root], 0)];
        let (mut seen, mut deepest) = (Vec::new(), 0);
        while let Some((me, until, depth)) = open.pop() {
            seen.push(me);
            deepest = deepest.max(depth);
            let at = ids.binary_search(&me).unwrap();
            let parts = split(me, until, known(ids, at));
            open.extend(parts.into_iter().map(|(child, limit)| (child.id, limit, depth + 1)));
        }
        (seen, deepest)
    }

    proptest! {
        #[test]
        fn everybody_is_reached_once(
            ids in prop::collection::btree_set(any::<u64>(), 1..200), root: prop::sample::Index,
        ) {
            let ids: Vec<u64> = ids.into_iter().collect();
            let (mut seen, _) = walk(&ids, root.index(ids.len()));
            seen.sort_unstable();
            prop_assert_eq!(seen, ids);
        }
    }

    #[test]
    fn the_tree_is_as_deep_as_the_logarithm() {
        for exponent in [4, 7, 10] {
            let ids: BTreeSet<u64> = (0..1_u64 << exponent).map(dhtlab_core::author::mix).collect();
            let ids: Vec<u64> = ids.into_iter().collect();
            let (seen, deepest) = walk(&ids, 3);
            assert_eq!(seen.len(), 1 << exponent);
            assert!((exponent / 2..=exponent + 3).contains(&deepest), "{exponent}: {deepest}");
        }
    }

    #[test]
    fn the_next_known_takes_over() {
        assert_eq!(heir(10, 50, [5, 10, 30, 20, 60].map(peer)), Some(peer(20)));
        assert_eq!(heir(10, 20, [5, 10, 20].map(peer)), None);
        assert_eq!(heir(10, 3, [2, 10, 5].map(peer)), Some(peer(2)), "over the top");
    }
}
