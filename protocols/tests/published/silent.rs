//! Table entries that never answer (V10): what they cost the walk of rust-libp2p.
//!
//! With a share of `s` silent the chance of one among the 20 closest is `1 - (1 - s)^20`, at 4 %
//! 0.56. A lookup that meets one waits for it for 10 s and asks 20 others at a time meanwhile; all
//! others end within half a second. So the median is just above the step between the two.

use std::sync::Arc;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_protocols::kademlia::{Kademlia, Params};

use super::statistics::{Sample, agrees, near, quantile};
use super::warm::{Log, ROUND_TRIP, ask, choices, plain, world};

const NODES: u32 = 15_000;
const TOLERANCE: f64 = 0.15;
const REQUESTS: f64 = 283.0;
const MEDIAN_SECONDS: f64 = 10.2;

struct Seen {
    requests: Sample,
    median: f64,
    /// The share of the lookups that waited for somebody.
    waited: Sample,
}

fn lookups(nodes: u32, seed: u64, silent: u32, params: Params) -> Seen {
    let second = Time::ZERO + Span::from_secs(1);
    let mut world = world(nodes, seed);
    ask(&mut world, 800, second, Span::from_millis(10));
    let log = Log::default();
    let mut engine: Engine<Kademlia, Log> =
        Engine::new(Arc::new(world), params, Start::Warm, 1, |_| log.clone());
    let mut all: Vec<NodeIx> = (0..nodes).map(NodeIx::new).collect();
    choices(seed + 100).shuffle(&mut all);
    engine.control(|plane| all[..silent as usize].iter().for_each(|node| plane.hold_down(*node)));
    engine.run_until(second + Span::from_secs(100));
    let ended = log.operations();
    assert!(ended.len() > 700, "only the silent are not asked: {}", ended.len());
    let seconds = |round_trips: f64| round_trips * ROUND_TRIP.as_secs_f64();
    let mut took: Vec<f64> = ended.iter().map(|ended| seconds(ended.round_trips)).collect();
    took.sort_by(f64::total_cmp);
    Seen {
        requests: ended.iter().map(|ended| ended.record.requests).collect(),
        median: quantile(&took, 50),
        waited: took.iter().map(|took| u32::from(*took > 5.0)).collect(),
    }
}

#[test]
fn silent_entries_cost_hundreds_of_requests_and_ten_seconds() {
    for seed in [1, 2] {
        let seen = lookups(NODES, seed, NODES / 25, plain(20));
        let what = format!("requests, 4 % silent, seed {seed} ({})", seen.requests.shown());
        assert!(agrees(&what, seen.requests.mean(), REQUESTS, TOLERANCE), "{what}");
        let what = format!("median of seconds, 4 % silent, seed {seed}");
        assert!(agrees(&what, seen.median, MEDIAN_SECONDS, TOLERANCE), "{what}");
    }
}

/// The share that waits is a law at any size; it is at least that of a silent one among the closest.
#[test]
fn as_many_lookups_wait_as_have_a_silent_node_among_the_closest() {
    for (nodes, silent) in [(4_000, 40), (4_000, 160), (6_000, 600)] {
        let answers = 1.0 - f64::from(silent) / f64::from(nodes);
        let expected = 1.0 - (0..20).map(|_| answers).product::<f64>();
        // A strict walk asks few others, so that it waits for hardly anybody else.
        let strict = Params { strict_k: true, ..plain(20) };
        let seen = lookups(nodes, 3, silent, strict);
        let what = format!("lookups that wait, {silent} of {nodes} silent");
        assert!(near(&what, seen.waited.mean(), expected, 0.06), "{what}");
    }
}

/// The planted bugs: a walk that asks nobody beyond the 20 closest does not pay in requests, though
/// it waits as long; and with nobody silent there is nothing to see.
#[test]
fn strict_walks_and_networks_without_silent_nodes_are_told_apart() {
    let strict = Params { strict_k: true, ..plain(20) };
    let seen = lookups(NODES, 1, NODES / 25, strict);
    assert!(!agrees("strict requests", seen.requests.mean(), REQUESTS, TOLERANCE));
    assert!(agrees("strict median", seen.median, MEDIAN_SECONDS, TOLERANCE));
    assert!(seen.requests.mean() < 30.0, "{}", seen.requests.shown());
    let seen = lookups(NODES, 1, 0, plain(20));
    assert!(!agrees("requests, all answer", seen.requests.mean(), REQUESTS, TOLERANCE));
    assert!(!agrees("median, all answer", seen.median, MEDIAN_SECONDS, TOLERANCE));
}
