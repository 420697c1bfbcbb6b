//! Bootstrap: whom it takes, what it costs, and when there is no node afterwards (hivemind
//! specification: a peer's clock may be off by 3 s at a validated ping).

use dhtlab_core::author::*;
use dhtlab_protocols::hivemind::{Hivemind, Params, Standing};

use crate::common::{at, world};
use crate::support::{engine, joins, known, lossy, one_by_one, sessions, usual};

/// A newcomer with a clock that is so many milliseconds ahead.
fn skewed(ahead_ms: i64, params: Params) -> Vec<(u32, bool, u64)> {
    let mut world = world(2, 1);
    one_by_one(&mut world, 1_000);
    world.clock_errors = vec![0, ahead_ms * 1_000_000];
    let (mut engine, log) = engine(world, params);
    engine.run_until(at(9));
    joins(&log)
}

#[test]
fn clocks_may_be_off_by_three_seconds() {
    for ahead in [-2_500, 0, 2_500] {
        assert!(skewed(ahead, usual())[1].1, "{ahead} ms");
    }
    for ahead in [-3_500, 3_500] {
        assert!(!skewed(ahead, usual())[1].1, "{ahead} ms");
        let lax = Params { ensure_bootstrap_success: false, ..usual() };
        assert!(skewed(ahead, lax)[1].1, "{ahead} ms, unchecked");
    }
}

#[test]
fn a_lone_bootstrap_node_is_up_at_once_and_a_validated_ping_costs_two_round_trips() {
    let joins = skewed(0, usual());
    assert_eq!(joins[0], (0, true, 0));
    // Two round trips of 100 ms for the ping, one for the search in a network of two.
    assert_eq!(joins[1], (1, true, 300));
    let lax = Params { ensure_bootstrap_success: false, ..usual() };
    assert_eq!(skewed(0, lax)[1], (1, true, 200));
}

#[test]
fn the_first_of_several_bootstrap_nodes_finds_nobody_and_is_up() {
    let mut world = world(4, 2);
    one_by_one(&mut world, 5_000);
    world.bootstrap = (0..3).map(NodeIx::new).collect();
    let (mut engine, log) = engine(world, usual());
    engine.run_until(at(60));
    // The others of the bootstrap nodes are waited for in vain.
    let joins = joins(&log);
    assert!(joins.iter().all(|(_, success, _)| *success), "{joins:?}");
    assert_eq!(joins[0].2, 3_000);
    for node in 0..4 {
        let others: Vec<u32> = (0..4).filter(|other| *other != node).collect();
        assert_eq!(known(&engine, node), others);
    }
}

#[test]
fn a_silent_bootstrap_node_costs_the_whole_time_and_a_live_one_is_enough() {
    let mut world = world(3, 3);
    // Node 1 boots long after.
    sessions(&mut world, &[0, 100_000, 10_000], &[0, 0, 0]);
    world.bootstrap = (0..2).map(NodeIx::new).collect();
    let (mut engine, log) = engine(world, usual());
    engine.run_until(at(60));
    // Nothing is left of the time for the search: it goes on behind the node's back.
    assert!(joins(&log).contains(&(2, true, 3_000)));
    assert_eq!(known(&engine, 2), [0]);
}

#[test]
fn a_node_that_nobody_answers_is_down_until_it_is_tried_again() {
    let mut world = world(2, 4);
    sessions(&mut world, &[20_000, 1_000], &[0, 0]);
    let (mut engine, log) = engine(world, usual());
    engine.run_until(at(10));
    assert_eq!(engine.state(NodeIx::new(1)).map(Hivemind::standing), Some(Standing::Down));
    engine.run_until(at(60));
    // Tried at 1 s and 14 s in vain, and at 27 s.
    assert_eq!(joins(&log), [(0, true, 0), (1, false, 3_000), (1, true, 26_300)]);
    assert_eq!(engine.state(NodeIx::new(1)).map(Hivemind::standing), Some(Standing::Up));
}

#[test]
fn without_another_try_a_node_stays_down() {
    let mut world = world(2, 5);
    world.links = lossy(100);
    one_by_one(&mut world, 1_000);
    let params = Params { bootstrap_retry: Span::ZERO, ..usual() };
    let (mut engine, log) = engine(world, params);
    engine.run_until(at(600));
    assert_eq!(joins(&log), [(0, true, 0), (1, false, 3_000)]);
    assert_eq!(engine.pending(), 0);
}

#[test]
fn clients_enter_without_being_reached_and_nobody_knows_them() {
    let mut world = world(12, 6);
    for node in 6..12 {
        world.roles[node] = Role::Client;
    }
    one_by_one(&mut world, 1_000);
    let (mut engine, log) = engine(world, usual());
    engine.run_until(at(60));
    assert!(joins(&log).iter().all(|(_, success, _)| *success));
    for node in 0..12 {
        let known = known(&engine, node);
        assert!(!known.is_empty() && known.iter().all(|other| *other < 6), "{node}: {known:?}");
    }
}
