//! Hops of lookups on perfect rings.

use dhtlab_protocols::chord::params::LookupEnd;

use crate::support::{lookups, usual};

/// The mean of what `hops` makes of the lookups over several rings.
fn mean(nodes: u32, successors: u32, end: LookupEnd) -> f64 {
    let mut params = usual();
    params.successors = successors;
    params.lookup_end = end;
    params.verify_owner = false;
    let (mut sum, mut count) = (0.0, 0.0);
    for seed in 1..=5 {
        for record in lookups(nodes, seed, 4_000, params.clone()) {
            sum += f64::from(record.hops);
            count += 1.0;
        }
    }
    sum / count
}

#[test]
fn v1_paths_to_the_predecessor_grow_by_half_a_hop_a_doubling() {
    for (nodes, expected, tolerance) in [
        (16, 1.92, 0.4),
        (64, 2.85, 0.15),
        (256, 3.84, 0.15),
        (1_024, 4.86, 0.15),
        (4_096, 5.87, 0.15),
    ] {
        let hops = mean(nodes, 1, LookupEnd::Successor) - 1.0;
        eprintln!("{nodes}: {hops}");
        assert!((hops - expected).abs() <= tolerance, "{nodes}: {hops}");
    }
}

#[test]
fn v2_successor_lists_shorten_paths() {
    let hops = mean(1_000, 20, LookupEnd::List);
    eprintln!("{hops}");
    assert!((hops - 3.84).abs() <= 0.08, "{hops}");
}
