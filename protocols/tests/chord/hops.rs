//! Hops of lookups on perfect rings of random identifiers.

use dhtlab_protocols::chord::params::LookupEnd;

use crate::statistics::{Sample, near, quantile};
use crate::support::{lookups, usual};

/// Hops to the owner over several rings.
fn hops(nodes: u32, successors: u32, end: LookupEnd, each: u32) -> Vec<f64> {
    let mut params = usual();
    params.successors = successors;
    params.lookup_end = end;
    params.verify_owner = false;
    let rings = (1..=5).flat_map(|seed| lookups(nodes, seed, each, params.clone()));
    rings.map(|record| f64::from(record.hops)).collect()
}

fn mean(hops: &[f64]) -> f64 {
    hops.iter().copied().collect::<Sample>().mean()
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
        let hops = mean(&hops(nodes, 1, LookupEnd::Successor, 4_000)) - 1.0;
        assert!(near(&format!("V1, N = {nodes}"), hops, expected, tolerance), "{nodes}");
    }
}

#[test]
fn v2_successor_lists_shorten_paths() {
    let hops = mean(&hops(1_000, 20, LookupEnd::List, 10_000));
    assert!(near("V2", hops, 3.84, 0.08));
    // The successors as fingers (section 5.4), from an independent simulation.
    assert!(near("5.4, r = 20", hops, 3.82, 0.08));
}

/// Section 5.4, random identifiers: to the owner, by the strict rule.
#[test]
fn the_law_of_hops_is_that_of_an_independent_simulation() {
    for (nodes, mean, variance, (p1, p99)) in [
        (128, 4.30, 1.65, (1.0, 7.0)),
        (256, 4.83, 1.87, (2.0, 8.0)),
        (512, 5.34, 2.06, (2.0, 8.0)),
        (1_024, 5.86, 2.29, (2.0, 9.0)),
        (2_048, 6.36, 2.54, (3.0, 10.0)),
        (4_096, 6.86, 2.78, (3.0, 11.0)),
        (16_384, 7.85, 3.27, (4.0, 12.0)),
    ] {
        let mut hops = hops(nodes, 1, LookupEnd::Successor, 10_000);
        let sample: Sample = hops.iter().copied().collect();
        assert!(near(&format!("mean, N = {nodes}"), sample.mean(), mean, 0.08), "{nodes}");
        let seen = sample.deviation() * sample.deviation();
        assert!(near(&format!("variance, N = {nodes}"), seen, variance, 0.08), "{nodes}");
        hops.sort_unstable_by(f64::total_cmp);
        let ends = (quantile(&hops, 1), quantile(&hops, 99));
        assert!((ends.0 - p1).abs() < 0.5 && (ends.1 - p99).abs() < 0.5, "{nodes}: {ends:?}");
    }
}
