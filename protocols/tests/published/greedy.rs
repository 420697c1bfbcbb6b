//! One contact followed at a time: bits won a hop (V4), and hops (V5).

use dhtlab_core::author::*;

use super::statistics::{Sample, agrees};
use super::warm::{Tables, choices, random_key};

const TOLERANCE: f64 = 0.03;
/// A maximum is no law: of the 300 walks or more that were published for a point none was longer,
/// which says, at 95 %, that fewer than three in 300 are.
const LONGER_MAX: f64 = 0.01;

/// Bits a hop wins among `k` random contacts of the subtree: one, and the largest of `k` geometric
/// numbers, `sum of (-1)^(i + 1) C(k, i) / (1 - 2^-i)` (Stutzbach and Rejaie; Cai and Devroye).
fn bits_won(k: u32) -> f64 {
    let (mut sum, mut ways, mut half) = (0.0, -1.0, 1.0);
    for i in 1..=k {
        ways *= -f64::from(k + 1 - i) / f64::from(i);
        half /= 2.0;
        sum += ways / (1.0 - half);
    }
    sum
}

/// Whom a walk follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follow {
    /// The contact closest to the target.
    Closest,
    /// The planted bug: any contact of the right bucket.
    Any,
}

impl Follow {
    fn next(self, tables: &Tables, at: NodeIx, target: Key) -> NodeIx {
        let shared = |node: NodeIx| tables.distance(node, target).leading_zeros();
        let mut right = tables.of_node(at).iter().filter(|node| shared(**node) > shared(at));
        match right.next() {
            Some(any) if self == Self::Any => *any,
            _ => tables.known(at, target, 1)[0],
        }
    }
}

#[derive(Default)]
struct Seen {
    hops: Sample,
    /// Walks by the number of hops.
    counts: [u32; 32],
    /// Bits won by first hops that had the whole network to go through.
    bits: Sample,
}

fn walks(nodes: u32, k: u32, seed: u64, count: u32, follow: Follow) -> Seen {
    let tables = Tables::warm(nodes, k, seed);
    let mut draw = choices(seed);
    let mut seen = Seen::default();
    for _ in 0..count {
        let (mut at, mut hops) = (tables.random_node(&mut draw), 0_u32);
        let target = random_key(&mut draw);
        loop {
            let next = follow.next(&tables, at, target);
            let (from, to) = (tables.distance(at, target), tables.distance(next, target));
            if to > from {
                break;
            }
            if hops == 0 && from.leading_zeros() == 0 {
                seen.bits.add(to.leading_zeros());
            }
            (at, hops) = (next, hops + 1);
        }
        seen.hops.add(hops);
        seen.counts[hops as usize] += 1;
    }
    seen
}

/// The slope of hops over the bits of the network is one over the bits won a hop.
fn bits_by_slope(small: &Seen, large: &Seen, doublings: f64) -> f64 {
    doublings / (large.hops.mean() - small.hops.mean())
}

#[test]
fn bits_won_are_those_of_the_closed_form() {
    let printed = [
        (1, 2.0000),
        (2, 2.6667),
        (3, 3.1429),
        (4, 3.5048),
        (5, 3.7942),
        (8, 4.4211),
        (10, 4.7256),
        (16, 5.3774),
        (20, 5.6904),
        (32, 6.3552),
    ];
    for (k, bits) in printed {
        assert!((bits_won(k) - bits).abs() < 6e-5, "{k}: {}", bits_won(k));
    }
}

fn greedy_paths(k: u32, bits: f64, hops: [f64; 3], most: usize) {
    let sizes = [1_000, 10_000, 100_000];
    let seen = sizes.map(|nodes| walks(nodes, k, 1, 10_000, Follow::Closest));
    for (seen, (printed, nodes)) in seen.iter().zip(hops.into_iter().zip(sizes)) {
        let what = format!("greedy hops, N = {nodes}, k = {k} ({})", seen.hops.shown());
        assert!(agrees(&what, seen.hops.mean(), printed, TOLERANCE), "{what}");
        // The planted bug: the last hop, to the closest node itself, is missing.
        let missing = seen.hops.mean() - 1.0;
        assert!(!agrees("... less the last", missing, printed, TOLERANCE), "{what}");
        let longer = f64::from(seen.counts[most + 1..].iter().sum::<u32>()) / 10_000.0;
        assert!(longer < LONGER_MAX, "{what}: {longer} are longer than {most}");
        eprintln!("{longer} of the paths are longer than {most}");
    }
    let what = format!("bits won by the first hop, k = {k} ({})", seen[2].bits.shown());
    assert!(agrees(&what, seen[2].bits.mean(), bits, TOLERANCE), "{what}");
    // The planted bug: the bit that any contact of the bucket wins is not counted.
    let fewer = seen[2].bits.mean() - 1.0;
    assert!(!agrees("... less the sure one", fewer, bits, TOLERANCE), "{k}");
    let slope = bits_by_slope(&seen[0], &seen[2], libm::log2(100.0));
    assert!(agrees(&format!("bits a hop by the slope, k = {k}"), slope, bits, TOLERANCE), "{k}");
}

#[test]
fn greedy_paths_with_buckets_of_8_are_as_long_as_published() {
    greedy_paths(8, 4.42, [2.35, 3.13, 3.85], 6);
}

#[test]
fn greedy_paths_with_buckets_of_20_are_as_long_as_published() {
    greedy_paths(20, 5.69, [1.94, 2.57, 3.08], 4);
}

#[test]
fn greedy_paths_follow_the_closed_form_at_other_sizes_and_buckets() {
    for k in [1, 2, 3, 5, 10, 16, 32] {
        let pair = |follow| [2_000, 64_000].map(|nodes| walks(nodes, k, 2, 10_000, follow));
        let [small, large] = pair(Follow::Closest);
        let what = format!("bits a hop by the slope, k = {k}");
        let slope = bits_by_slope(&small, &large, 5.0);
        assert!(agrees(&what, slope, bits_won(k), TOLERANCE), "{what}");
        let what = format!("bits won by the first hop, k = {k} ({})", large.bits.shown());
        assert!(agrees(&what, large.bits.mean(), bits_won(k), TOLERANCE), "{what}");
        if k == 16 {
            let [small, large] = pair(Follow::Any);
            let slope = bits_by_slope(&small, &large, 5.0);
            assert!(!agrees("... of any contact", slope, bits_won(k), TOLERANCE), "{what}");
        }
    }
}
