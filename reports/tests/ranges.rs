//! Metrics of ranges, balance of records and learning, against values computed by hand and against the
//! formulas for rings of random points.

mod fixture;

use dhtlab_reports::metrics::{self, Stat};
use dhtlab_reports::model::{NodeLoad, Run};
use fixture::{Dice, ranged};

fn read_of(run: &Run, metric: &str, stat: Stat) -> (Option<f64>, u64) {
    let found = metrics::value(run, metric, "measure", stat);
    let found = found.unwrap_or_else(|| panic!("{metric} {stat}"));
    (found.value, found.n)
}

fn read(metric: &str, stat: Stat) -> (Option<f64>, u64) {
    read_of(&ranged::small_ranged_run("aaaaaaaaaaaa", "chord", 1), metric, stat)
}

#[test]
fn a_range_that_failed_counts_as_no_recall() {
    assert_eq!(read("range.success_ratio", Stat::Ratio), (Some(3.0 / 6.0), 6));
    // 1, 0.75, 0.25, one with nothing to find, and two without an answer.
    assert_eq!(read("range.recall", Stat::Mean), (Some(2.0 / 5.0), 5));
    assert_eq!(read("range.precision", Stat::Mean), (Some(3.5 / 4.0), 4));
    assert_eq!(read("range.latency_ms", Stat::P50), (Some(125.5), 3));
    assert_eq!(read("range.latency_ms", Stat::P50All), (Some(125.5), 6));
    assert_eq!(read("range.latency_ms", Stat::P90All), (None, 6));
}

#[test]
fn a_claim_to_be_complete_is_checked() {
    assert_eq!(read("range.complete_ratio", Stat::Ratio), (Some(3.0 / 6.0), 6));
    assert_eq!(read("range.false_complete_ratio", Stat::Ratio), (Some(1.0 / 3.0), 3));
}

#[test]
fn the_cost_of_a_range_is_over_all_of_them() {
    assert_eq!(read("range.messages", Stat::Mean), (Some(9.0), 6));
    assert_eq!(read("range.messages", Stat::Sum), (Some(54.0), 6));
    assert_eq!(read("range.bytes", Stat::Mean), (Some(1900.0), 6));
    assert_eq!(read("range.holders", Stat::Mean), (Some(2.5), 4));
    assert_eq!(read("range.holders", Stat::Max), (Some(3.0), 4));
    assert_eq!(read("range.hops", Stat::Mean), (Some(2.0), 3));
}

#[test]
fn deletes_and_misses_under_another_model_are_counted() {
    assert_eq!(read("delete.success_ratio", Stat::Ratio), (Some(0.5), 2));
    assert_eq!(read("delete.latency_ms", Stat::P50), (Some(125.5), 1));
    assert_eq!(read("get.skew_miss_ratio", Stat::Ratio), (Some(1.0 / 3.0), 3));
    assert_eq!(read("put.messages", Stat::Mean), (Some(11.0), 1));
    assert_eq!(read("get.messages", Stat::Mean), (Some(11.0), 3));
}

#[test]
fn traffic_is_told_apart_by_purpose() {
    // Over 80 node seconds.
    assert_eq!(read("net.maintenance_bytes_per_node_s", Stat::Mean).0, Some(300.0 / 80.0));
    assert_eq!(read("net.learning_bytes_per_node_s", Stat::Mean).0, Some(800.0 / 80.0));
    assert_eq!(read("net.migration_bytes_per_node_s", Stat::Mean).0, Some(1600.0 / 80.0));
    assert_eq!(read("learning.bytes", Stat::Sum), (Some(800.0), 8));
    assert_eq!(read("migration.bytes", Stat::Sum), (Some(1600.0), 16));
    let plain = fixture::small_run("aaaaaaaaaaaa", "chord", 1);
    assert_eq!(read_of(&plain, "learning.bytes", Stat::Sum), (Some(0.0), 0));
}

#[test]
fn gauges_of_a_protocol_are_kept_under_their_name() {
    assert_eq!(read("model.version_max", Stat::Max), (Some(2.0), 2));
    assert_eq!(read("model.version_max", Stat::Mean), (Some(1.5), 2));
    assert_eq!(read("ring.successors_dead_ratio", Stat::Mean), (Some(0.125), 1));
}

/// A run whose servers hold so many records.
fn holding(counts: &[u64]) -> Run {
    let template = fixture::small_run("aaaaaaaaaaaa", "chord", 1);
    let node = |(node, keys): (u64, &u64)| NodeLoad {
        node,
        keys_stored: Some(*keys),
        ..template.node_load[1].clone()
    };
    Run { node_load: (0..).zip(counts).map(node).collect(), ..template }
}

fn ratio(run: &Run, metric: &str) -> f64 {
    read_of(run, metric, Stat::Ratio).0.expect("a value")
}

#[test]
fn balance_is_over_servers_that_are_up() {
    // 1 and 3: a node that is down and a client do not count.
    assert_eq!(read("keys.gini", Stat::Ratio), (Some(0.25), 2));
    assert_eq!(read("keys.max_over_mean", Stat::Ratio), (Some(1.5), 2));
    assert_eq!(read("keys.cv", Stat::Ratio), (Some(0.5), 2));
}

#[test]
fn balance_has_the_values_computed_by_hand() {
    let close = |run: &Run, metric, expected: f64| {
        assert!((ratio(run, metric) - expected).abs() < 1e-12, "{metric}");
    };
    // sum((2i - n - 1) x) = -4*0 -2*1 + 0*2 + 2*3 + 4*14 = 60, over 5 * 20.
    let uneven = holding(&[3, 0, 14, 2, 1]);
    close(&uneven, "keys.gini", 0.6);
    close(&uneven, "keys.max_over_mean", 3.5);
    close(&uneven, "keys.p99_over_mean", 3.5);
    close(&uneven, "keys.p1_over_mean", 0.0);
    // Squares of the distances from 4: 16 + 9 + 4 + 1 + 100 = 130.
    close(&uneven, "keys.cv", libm::sqrt(26.0) / 4.0);
    let even = holding(&[7; 200]);
    for (metric, value) in [("keys.gini", 0.0), ("keys.cv", 0.0), ("keys.p1_over_mean", 1.0)] {
        close(&even, metric, value);
    }
    let one = holding(&[0, 0, 0, 9]);
    close(&one, "keys.gini", 0.75);
    // Nearest rank: the 2nd and the 198th of 200.
    let ramp = holding(&(1..=200).collect::<Vec<_>>());
    close(&ramp, "keys.p1_over_mean", 2.0 / 100.5);
    close(&ramp, "keys.p99_over_mean", 198.0 / 100.5);
    let nothing = holding(&[0, 0]);
    assert!(metrics::value(&nothing, "keys.gini", "run", Stat::Ratio).is_none());
}

/// Shares of a ring of random points, `points` of each of `nodes` nodes, in billionths.
fn random_ring(nodes: usize, points: usize, dice: &mut Dice) -> Vec<u64> {
    let owned = |node| std::iter::repeat_n(node, points);
    let mut places: Vec<(u64, usize)> =
        (0..nodes).flat_map(owned).map(|node| (dice.bits(), node)).collect();
    places.sort_unstable();
    let mut shares = vec![0_u128; nodes];
    for (at, (place, node)) in places.iter().enumerate() {
        let before = places[if at == 0 { places.len() - 1 } else { at - 1 }].0;
        shares[*node] += u128::from(place.wrapping_sub(before));
    }
    let billionths =
        |share: u128| u64::try_from((share * 1_000_000_000) >> 64).expect("a share is below one");
    shares.into_iter().map(billionths).collect()
}

/// The mean over 200 rings of 100 nodes is within 4 standard errors of what the theory of random
/// rings says.
#[test]
fn random_rings_are_as_uneven_as_the_theory_says() {
    for (points, expected) in [
        (1, [("keys.gini", 0.4950), ("keys.max_over_mean", 5.187)]),
        (10, [("keys.gini", 0.1744), ("keys.cv", 0.3145)]),
    ] {
        let mut dice = Dice::new(points as u64);
        let rings: Vec<Run> =
            (0..200).map(|_| holding(&random_ring(100, points, &mut dice))).collect();
        for (metric, theory) in expected {
            let values: Vec<f64> = rings.iter().map(|run| ratio(run, metric)).collect();
            let mean = dhtlab_reports::stats::mean(&values).unwrap();
            let error = dhtlab_reports::stats::sd(&values).unwrap() / libm::sqrt(200.0);
            assert!((mean - theory).abs() < 4.0 * error, "{points} {metric}: {mean} {theory}");
        }
    }
}
