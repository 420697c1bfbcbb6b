//! Metrics of a run small enough to compute by hand.

mod fixture;

use dhtlab_reports::metrics::{self, METRICS, Stat};
use dhtlab_reports::model::Run;

fn run() -> Run {
    fixture::small_run("aaaaaaaaaaaa", "kademlia", 1)
}

/// A value that must exist, be it empty.
fn read(metric: &str, phase: &str, stat: Stat) -> (Option<f64>, u64) {
    let found = metrics::value(&run(), metric, phase, stat);
    let found = found.unwrap_or_else(|| panic!("{metric} {phase} {stat}"));
    (found.value, found.n)
}

#[test]
fn failures_stay_in_the_denominator() {
    // One of three succeeds; one timed out, one origin left.
    assert_eq!(read("lookup.success_ratio", "measure", Stat::Ratio), (Some(1.0 / 3.0), 3));
    assert_eq!(read("lookup.success_ratio", "cut", Stat::Ratio), (Some(0.0), 2));
    assert_eq!(read("lookup.latency_ms", "measure", Stat::P50), (Some(80.25), 1));
    assert_eq!(read("lookup.latency_ms", "measure", Stat::P50All), (None, 3));
    assert_eq!(read("get.latency_ms", "measure", Stat::P50All), (Some(0.1 + 0.2), 2));
    assert_eq!(read("join.success_ratio", "warmup", Stat::Ratio), (Some(2.0 / 3.0), 3));
}

#[test]
fn traffic_is_per_live_node_and_second() {
    // 44 messages over 4 nodes for 10 s and 2 nodes for 20 s.
    assert_eq!(read("net.msgs_per_node_s", "measure", Stat::Mean), (Some(44.0 / 80.0), 3));
    assert_eq!(read("net.msgs_per_node_s", "cut", Stat::Mean).0, Some(0.0));
}

#[test]
fn keys_are_lost_at_the_last_sample() {
    assert_eq!(read("store.lost_ratio", "measure", Stat::Ratio), (Some(0.25), 4));
    assert_eq!(read("store.replicas_live", "measure", Stat::Mean), (Some(1.6), 5));
    assert_eq!(read("store.replicas_live", "measure", Stat::Min), (Some(0.0), 5));
}

#[test]
fn a_fault_that_was_not_recovered_from_has_an_empty_value() {
    assert_eq!(read("recovery.time_to_95_s", "cut", Stat::Max), (Some(2.5), 1));
    let mut run = run();
    run.recoveries[0].time_to_95_s = None;
    let never = metrics::value(&run, "recovery.time_to_95_s", "cut", Stat::Max).unwrap();
    assert_eq!((never.value, never.n), (None, 1));
}

#[test]
fn a_metric_of_the_whole_run_has_one_value() {
    let measure = read("load.gini", "measure", Stat::Ratio);
    assert_eq!(measure, read("load.gini", "run", Stat::Ratio));
    // Rates 1/4 for 60 node seconds and 3/4 for 40: the client does not count.
    assert!((measure.0.unwrap() - 4.0 / 15.0).abs() < 1e-12);
}

#[test]
fn what_has_no_meaning_is_none() {
    let none = |metric, phase, stat| metrics::value(&run(), metric, phase, stat).is_none();
    assert!(none("lookup.nonsense", "measure", Stat::Mean));
    assert!(none("lookup.hops", "nowhere", Stat::Mean));
    assert!(none("lookup.hops", "measure", Stat::Ratio));
    assert!(none("put.success_ratio", "cut", Stat::Ratio), "no put began in the fault");
}

#[test]
fn gauges_without_an_entry_are_kept() {
    assert_eq!(read("chord.ring_order_ratio", "cut", Stat::Mean), (Some(0.75), 1));
}

/// What `metrics.csv` says is what an expectation reads, and nothing stands in it twice.
#[test]
fn the_table_and_single_values_agree() {
    let run = run();
    let all = metrics::all(&run);
    for m in &all {
        let alone = metrics::value(&run, &m.metric, &m.phase, m.stat);
        assert_eq!(alone.as_ref(), Some(m));
    }
    let key = |m: &metrics::Metric| (m.phase.clone(), m.metric.clone(), m.stat);
    assert!(all.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])));
}

#[test]
fn the_list_is_sorted_and_complete() {
    assert!(METRICS.windows(2).all(|pair| pair[0].name < pair[1].name));
    for info in METRICS {
        assert!(info.stats().contains(&info.default_stat), "{}", info.name);
        assert!(info.stats().is_sorted(), "{}", info.name);
        assert!(info.doc.ends_with('.'), "{}", info.name);
    }
    let produced = metrics::all(&run());
    for m in produced {
        if let Some(info) = metrics::info(&m.metric) {
            assert!(info.stats().contains(&m.stat), "{} {}", m.metric, m.stat);
        }
    }
    for name in [
        "lookup.success_ratio",
        "lookup.exact_ratio",
        "lookup.recall_at_k",
        "lookup.latency_ms",
        "lookup.hops",
        "lookup.rpcs",
        "lookup.timeouts",
        "put.success_ratio",
        "get.success_ratio",
        "get.latency_ms",
        "store.replicas_live",
        "store.lost_ratio",
        "join.latency_ms",
        "join.success_ratio",
        "net.bytes_per_node_s",
        "net.msgs_per_node_s",
        "table.entries",
        "table.stale_ratio",
        "load.gini",
        "overlay.components",
        "overlay.largest_component_ratio",
        "recovery.time_to_95_s",
    ] {
        assert!(metrics::info(name).is_some(), "{name}");
    }
}

#[test]
fn statistics_are_named_in_order() {
    assert!(Stat::ALL.windows(2).all(|pair| pair[0] < pair[1] && pair[0].name() < pair[1].name()));
    for stat in Stat::ALL {
        assert_eq!(stat.name().parse(), Ok(stat));
    }
    assert!("median".parse::<Stat>().is_err());
}
