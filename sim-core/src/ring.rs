//! Points of a ring of 64-bit identifiers: where a node with several virtual nodes sits.

use crate::node::NodeIx;
use crate::seed::mix_pair;

/// A virtual node: its identifier, its host, and its number on that host.
pub type RingPoint = (u64, NodeIx, u16);

/// The identifier of virtual node number `point` of the host whose key begins with `prefix`.
///
/// The first virtual node sits at the prefix itself, so that a ring with one a host is the order of
/// keys; the others are hashes of (prefix, number). `salt` is zero, and one more each time a joiner
/// finds its place taken.
pub const fn point_id(prefix: u64, point: u16, salt: u16) -> u64 {
    if point == 0 && salt == 0 {
        prefix
    } else {
        mix_pair(0x7669_7274_7561_6c20, prefix, (salt as u64) << 16 | point as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_a_host_differ_and_the_first_is_its_prefix() {
        let mut points: Vec<u64> = (0..1_000).map(|point| point_id(7, point, 0)).collect();
        points.extend((0..1_000).map(|point| point_id(7, point, 1)));
        assert_eq!(points[0], 7);
        points.sort_unstable();
        points.dedup();
        assert_eq!(points.len(), 2_000);
    }
}
