//! The switches for the dead: with each on the defect shows, with it off it does not.

use dhtlab_core::author::*;
use dhtlab_protocols::hivemind::Params;

use crate::common::{at, world};
use crate::support::{add, engine, sessions, usual};

/// Of four nodes two crash at 20 s. What an operation of the last one at 30 s finds, and how many
/// milliseconds it takes.
fn with_two_dead(params: Params, seed: u64, command: Command) -> (Vec<u32>, u64) {
    let mut world = world(4, seed);
    sessions(&mut world, &[0, 1_000, 2_000, 3_000], &[0, 20, 20, 0]);
    add(&mut world, 30, 3, command);
    let (mut engine, log) = engine(world, params);
    engine.run_until(at(60));
    let (record, nodes) = log.take().ops.pop().expect("it ended");
    assert_eq!(record.outcome, Outcome::Done, "one lives");
    let mut found: Vec<u32> = nodes.iter().map(|node| node.get()).collect();
    found.sort_unstable();
    (found, record.at.since(at(30)).as_nanos() / 1_000_000)
}

#[test]
fn the_dead_are_among_the_nearest_exactly_with_the_defect() {
    for seed in 1..6 {
        let search = Command::FindNode { target: Key::MIN };
        let found =
            |dead_in_beam| with_two_dead(Params { dead_in_beam, ..usual() }, seed, search).0;
        assert_eq!(found(true), [0, 1, 2]);
        assert_eq!(found(false), [0]);
    }
}

#[test]
fn stores_wait_for_the_banned_exactly_with_the_defect() {
    for seed in 1..6 {
        let store = Command::Put { key: Key::MIN, value: Value { version: 1, bytes: 10 } };
        let took = |store_ignores_blacklist| {
            with_two_dead(Params { store_ignores_blacklist, ..usual() }, seed, store).1
        };
        // The search waits for the time-out of 3 s, and bans the dead for 5 s.
        assert_eq!(took(false), 3_100);
        assert_eq!(took(true), 6_000);
    }
}
