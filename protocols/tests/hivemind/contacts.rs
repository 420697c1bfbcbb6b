//! Meeting peers: hand-over at first sight (I16), and tables without clients (I14).

use dhtlab_core::author::*;
use dhtlab_core::engine::Engine;
use dhtlab_core::world::World;
use dhtlab_protocols::hivemind::{Hivemind, Params};

use crate::common::{Log, at, world};
use crate::support::{add, at_wall, engine, one_by_one, sessions, usual};

const KEY: Key = Key::from_words([7, 0, 0, 0]);
const VALUE: Value = Value { version: 3, bytes: 50 };

/// A network in which node `late` boots at 60 s, long after a store of two replicas at 30 s.
fn stored(late: u32, seed: u64) -> World {
    let mut world = world(8, seed);
    // The nearest to the key is node 7, and so on down.
    for (node, key) in (0_u64..).zip(&mut world.keys) {
        *key = Key::from_words([7 ^ (1 << (40 - 4 * node)), seed, node, 0]);
    }
    world.prefixes = world.keys.iter().map(|key| key.prefix()).collect();
    let boots: Vec<u64> =
        (0..8).map(|node| if node == late { 60_000 } else { u64::from(node) * 1_000 }).collect();
    sessions(&mut world, &boots, &[0; 8]);
    add(&mut world, 30, 1, Command::Put { key: KEY, value: VALUE });
    world
}

/// Who holds the record.
fn holders(engine: &Engine<Hivemind, Log>) -> Vec<u32> {
    let holds = |node: &u32| {
        let state = engine.state(NodeIx::new(*node)).expect("up");
        let mut found = false;
        state.records(at(65), &mut |key, value| found |= (key, value) == (KEY, VALUE));
        found
    };
    let up: Vec<u32> = (0..8).filter(|node| engine.state(NodeIx::new(*node)).is_some()).collect();
    up.into_iter().filter(holds).collect()
}

fn two_replicas() -> Params {
    Params { num_replicas: 2, cache_nearest: 0, cache_locally: false, ..usual() }
}

#[test]
fn a_newcomer_is_handed_what_it_should_hold() {
    for seed in 1..6 {
        let (mut engine, _) = engine(stored(7, seed), two_replicas());
        engine.run_until(at(59));
        assert_eq!(holders(&engine), [5, 6]);
        engine.run_until(at(65));
        assert_eq!(holders(&engine), [5, 6, 7], "seed {seed}");
    }
}

#[test]
fn a_newcomer_that_is_too_far_is_handed_nothing() {
    for seed in 1..6 {
        let (mut engine, _) = engine(stored(3, seed), two_replicas());
        engine.run_until(at(65));
        assert_eq!(holders(&engine), [6, 7], "seed {seed}");
    }
}

#[test]
fn a_record_keeps_its_expiration_when_it_is_handed_over() {
    let params = Params { record_lifetime: Span::from_secs(34), ..two_replicas() };
    let (mut engine, _) = engine(stored(7, 1), params);
    engine.run_until(at(65));
    // Valid until 64 s, and shown for 65 s.
    assert!(holders(&engine).is_empty());
}

#[test]
fn what_is_in_the_cache_is_not_handed_over() {
    let mut world = stored(7, 2);
    add(&mut world, 40, 2, Command::Get { key: KEY });
    let params = Params { cache_nearest: 5, cache_locally: true, ..two_replicas() };
    let (mut engine, _) = engine(world, params);
    engine.run_until(at(59));
    let cached: usize = (0..7)
        .map(|node| engine.state(NodeIx::new(node)).expect("up").tiers().cache.len(at_wall(59)))
        .sum();
    assert!(cached > 0, "something is in a cache");
    engine.run_until(at(65));
    let newcomer = engine.state(NodeIx::new(7)).expect("up").tiers();
    assert_eq!((newcomer.storage.len(at_wall(65)), newcomer.cache.len(at_wall(65))), (1, 0));
}

#[test]
fn a_full_bucket_asks_for_its_oldest_member_and_keeps_the_newcomer_waiting() {
    let mut world = world(40, 3);
    one_by_one(&mut world, 1_000);
    let params = Params { bucket_size: 2, depth_modulo: 1, ..usual() };
    let (mut engine, _) = engine(world, params);
    engine.run_until(at(120));
    let waiting: usize = (0..40)
        .map(|node| engine.state(NodeIx::new(node)).expect("up").table().replacement_count())
        .sum();
    assert!(waiting > 0);
}
