//! The size of a full table (V12).

use dhtlab_core::author::*;

use super::statistics::{Sample, agrees, binomial, small};
use super::warm::Tables;

/// As printed: k, network size, mean table size.
const PRINTED: [(u32, u32, f64); 13] = [
    (8, 1_000, 62.55),
    (8, 10_000, 89.14),
    (8, 100_000, 115.71),
    (16, 1_000, 109.84),
    (16, 10_000, 163.00),
    (16, 100_000, 216.07),
    (16, 15_371, 172.90),
    (20, 100, 64.46),
    (20, 1_000, 130.90),
    (20, 10_000, 197.52),
    (20, 15_371, 209.76),
    (20, 25_000, 223.93),
    (20, 100_000, 263.93),
];

/// Bucket `i` has `Binomial(N - 1, 2^-(i + 1))` candidates and holds at most `k` of them; the mean
/// of that is `k` less what the chances of fewer than `k` take away.
fn expected_size(nodes: u32, k: u32) -> f64 {
    let others = nodes - 1;
    let mut p = 1.0;
    let bucket = |_| {
        p /= 2.0;
        let missing = (0..k.min(others + 1)).map(|b| f64::from(k - b) * binomial(others, p, b));
        f64::from(k) - missing.sum::<f64>()
    };
    (0..64).map(bucket).sum()
}

fn measured_size(nodes: u32, k: u32, seed: u64) -> f64 {
    let tables = Tables::warm(nodes, k, seed);
    let sizes = (0..tables.len()).map(|node| tables.of_node(NodeIx::from_usize(node)).len());
    sizes.map(small).collect::<Sample>().mean()
}

#[test]
fn the_law_of_the_table_size_gives_what_is_printed() {
    for (k, nodes, printed) in PRINTED {
        assert!((expected_size(nodes, k) - printed).abs() < 0.006, "{nodes} {k}");
    }
    assert!((expected_size(1_000_000, 20) - 330.23).abs() < 0.006);
}

#[test]
fn warm_tables_have_the_size_that_is_printed() {
    for (k, nodes, printed) in PRINTED {
        // A network of 100 nodes has its own luck, and the law speaks of the mean over all of them.
        let seeds = if nodes < 1_000 { 1..21_u64 } else { 1..2 };
        let measured: Sample = seeds.map(|seed| measured_size(nodes, k, seed)).collect();
        let what = format!("table size, N = {nodes}, k = {k}");
        assert!(agrees(&what, measured.mean(), printed, 0.01), "{what}");
    }
}

#[test]
fn tables_of_sizes_nobody_printed_follow_the_law_and_smaller_buckets_do_not() {
    for (k, nodes, seed) in [(5, 4_321, 9), (8, 25_000, 2), (20, 1_000, 7), (32, 7_000, 6)] {
        let what = format!("table size, N = {nodes}, k = {k}");
        let expected = expected_size(nodes, k);
        assert!(agrees(&what, measured_size(nodes, k, seed), expected, 0.01), "{what}");
        // The planted bug: a bucket is full one entry too early.
        let fewer = measured_size(nodes, k - 1, seed);
        assert!(!agrees("... with k - 1", fewer, expected, 0.01), "{what}");
    }
}
