//! The walk of rust-libp2p: how deep it goes (V6), what it costs and how long it takes (V7).
//!
//! Two definitions decide whether the figures are met. The depth "of all 20" is the largest among the
//! depths of the results; a run reports the largest depth that was contacted, which is more, so the
//! walks are driven again over the same tables, and must agree with the engine on everything else.
//! And with constant links whole batches of answers arrive at one instant, so that the counts depend
//! on who comes first: the model had nodes numbered by key, and so has this test. Where numbers say
//! nothing about keys, 3 to 5 % more is sent and 5 to 8 % more is answered; answers in the order of
//! the questions would save 7 % and 13 %. Depths and durations are the same in all three.

use std::sync::Arc;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_protocols::kademlia::lookup::WalkRules;
use dhtlab_protocols::kademlia::{Kademlia, Params};

use super::statistics::{Sample, agrees, share_unknown};
use super::walk::{Manner, walk};
use super::warm::{Ended, Log, Tables, ask, exact, plain, world};

/// What was published for one size of network.
#[derive(Clone, Copy)]
struct Row {
    nodes: u32,
    closest: f64,
    all: f64,
    sent: f64,
    answered: f64,
    round_trips: f64,
}

const ROWS: [Row; 4] = [
    Row { nodes: 100, closest: 1.38, all: 1.73, sent: 29.0, answered: 22.5, round_trips: 2.7 },
    Row { nodes: 1_000, closest: 1.91, all: 2.11, sent: 42.0, answered: 24.9, round_trips: 3.1 },
    Row { nodes: 10_000, closest: 2.45, all: 2.73, sent: 45.0, answered: 26.4, round_trips: 3.7 },
    Row { nodes: 100_000, closest: 2.93, all: 3.20, sent: 47.0, answered: 28.1, round_trips: 4.2 },
];

const DEPTH: f64 = 0.03;
const COST: f64 = 0.05;

#[derive(Default)]
struct Seen {
    closest: Sample,
    all: Sample,
    sent: Sample,
    answered: Sample,
    round_trips: Sample,
    exact: usize,
    count: usize,
}

/// Numbers nodes by their keys or leaves them as they were drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    ByKey,
    AsDrawn,
}

fn lookups(nodes: u32, seed: u64, count: u32, params: &Params, numbers: Numbers, seen: &mut Seen) {
    let second = Time::ZERO + Span::from_secs(1);
    let mut world = world(nodes, seed);
    if numbers == Numbers::ByKey {
        world.keys.sort_unstable();
        world.prefixes.sort_unstable();
    }
    ask(&mut world, count, second, Span::from_millis(7));
    let log = Log::default();
    let mut engine: Engine<Kademlia, Log> =
        Engine::new(Arc::new(world), params.clone(), Start::Warm, 1, |_| log.clone());
    let tables = Tables::of(&engine);
    engine.run_until(second + Span::from_secs(30));
    let ended = log.operations();
    seen.exact += exact(engine.world(), &ended, 20);
    seen.count += count as usize;
    let rules = WalkRules::new(params, 20);
    let manner = Manner { rules, reply: 20, seeds: 20 };
    for Ended { record, found, round_trips } in &ended {
        seen.closest.add(record.hops);
        seen.sent.add(record.requests);
        seen.answered.add(record.successes);
        seen.round_trips.add(*round_trips);
        let target = engine.world().operations[record.op.index()].command.key();
        let again = walk(&tables, &manner, record.node, target);
        assert!(again.results.iter().map(|result| &result.0).eq(found), "{record:?}");
        assert_eq!((record.requests, record.successes), (again.requests, again.answers));
        assert_eq!(record.hops, again.results[0].1, "{record:?}");
        assert!((round_trips - f64::from(again.round_trips)).abs() < 1e-9, "{record:?}");
        let deepest = again.results.iter().map(|result| result.1).max();
        seen.all.add(deepest.expect("somebody is found"));
    }
}

fn check(row: Row, networks: std::ops::Range<u64>, count: u32) {
    let mut seen = Seen::default();
    for seed in networks {
        lookups(row.nodes, seed, count, &plain(20), Numbers::ByKey, &mut seen);
    }
    assert_eq!(seen.exact, seen.count, "every lookup ends with the closest 20");
    for (what, sample, printed, tolerance) in [
        ("depth of the closest", seen.closest, row.closest, DEPTH),
        ("depth of all 20", seen.all, row.all, DEPTH),
        ("requests sent", seen.sent, row.sent, COST),
        ("requests answered", seen.answered, row.answered, COST),
        ("round trips", seen.round_trips, row.round_trips, COST),
    ] {
        let what = format!("{what}, N = {} ({})", row.nodes, sample.shown());
        assert!(agrees(&what, sample.mean(), printed, tolerance), "{what}");
    }
    // The planted bug: the last hop is not counted.
    assert!(!agrees("... less the last hop", seen.closest.mean() - 1.0, row.closest, DEPTH));
    assert!(!agrees("... less the last hop", seen.all.mean() - 1.0, row.all, DEPTH));
    let hurried = seen.round_trips.mean() - 1.0;
    assert!(!agrees("... less the last round trip", hurried, row.round_trips, COST));
}

#[test]
fn walks_through_100_and_1000_nodes_are_as_published() {
    check(ROWS[0], 0..20, 200);
    for networks in [1..3, 3..5] {
        check(ROWS[1], networks, 1_000);
    }
}

#[test]
fn walks_through_10000_nodes_are_as_published() {
    for networks in [1..2, 2..3] {
        check(ROWS[2], networks, 1_500);
    }
}

#[test]
fn walks_through_100000_nodes_are_as_published() {
    check(ROWS[3], 1..2, 1_000);
}

/// For 100 nodes the printed depth is 2.8 % above the law, a chance of some hundred walks; what is
/// measured must follow the law.
#[test]
fn the_depth_of_the_closest_of_100_nodes_follows_the_law() {
    let mut seen = Seen::default();
    for seed in 20..60 {
        lookups(100, seed, 200, &plain(20), Numbers::AsDrawn, &mut seen);
    }
    let expected = 1.0 + share_unknown(100, 20);
    let what = format!("depth of the closest, N = 100 ({})", seen.closest.shown());
    assert!(agrees(&what, seen.closest.mean(), expected, 0.01), "{what}");
    let fewer = 1.0 + share_unknown(100, 19);
    assert!(!agrees("... with k - 1", fewer, expected, 0.01));
}

/// The planted bug of the costs: a walk that asks nobody beyond the 20 closest.
#[test]
fn walks_without_the_habits_of_the_library_would_be_seen() {
    for row in &ROWS[..3] {
        let strict = Params { strict_k: true, ..plain(20) };
        let mut seen = Seen::default();
        lookups(row.nodes, 1, 1_000, &strict, Numbers::ByKey, &mut seen);
        assert!(!agrees("sent by strict walks", seen.sent.mean(), row.sent, COST));
        assert!(!agrees("answered to strict walks", seen.answered.mean(), row.answered, COST));
    }
}

/// What the order of simultaneous answers does, and what it does not do.
#[test]
fn depths_and_durations_do_not_depend_on_the_numbers_of_nodes() {
    let row = &ROWS[2];
    let mut seen = Seen::default();
    lookups(row.nodes, 1, 1_500, &plain(20), Numbers::AsDrawn, &mut seen);
    assert!(agrees("depth of the closest", seen.closest.mean(), row.closest, DEPTH));
    assert!(agrees("depth of all 20", seen.all.mean(), row.all, DEPTH));
    assert!(agrees("round trips", seen.round_trips.mean(), row.round_trips, COST));
    assert!(agrees("requests sent", seen.sent.mean(), row.sent, COST));
    assert!(seen.answered.mean() > row.answered, "{}", seen.answered.shown());
}
