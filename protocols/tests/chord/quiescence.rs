//! I2 and I5: once nobody comes or goes, all pointers are exact, whatever happened before.

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::members::Members;
use dhtlab_core::reach::{Effect, Rule};
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::World;
use dhtlab_protocols::chord::presets::PRESETS;
use dhtlab_protocols::chord::{Chord, Params};

use crate::common::{at, world};
use crate::rings::{beliefs, exact, pointers};
use crate::support::{Log, engine, usual};

/// Everything that moved has settled: `secs` later.
fn settled(engine: &mut Engine<Chord, Log>, params: &Params, secs: u64) {
    engine.run_until(at(secs));
    let found = exact(engine, params.successors as usize);
    assert_eq!(found, Ok(()), "after {secs} s");
}

/// A ring of `bootstrap` nodes that all others join within `span`.
fn joining(nodes: u32, bootstrap: u32, span: Span, seed: u64) -> World {
    let mut world = world(nodes, seed);
    world.bootstrap = (0..bootstrap).map(NodeIx::new).collect();
    let mut stream = Stream::new(world.seed, Purpose::Arrivals, 0);
    let mut sessions = Sessions::new();
    for node in 0..nodes {
        let late = Time::from_nanos(1 + stream.below(span.as_nanos()));
        let up = if node < bootstrap { Time::ZERO } else { late };
        sessions.push_identity([Session { up, down: Time::NEVER, graceful: false }]);
    }
    world.sessions = sessions;
    world
}

/// How long the slowest upkeep takes to visit everything: a round of all fingers.
fn patience(params: &Params, nodes: u32) -> u64 {
    let fingers = u64::from(nodes.ilog2()) + 12;
    let ticks = fingers.div_ceil(u64::from(params.fingers_per_tick)) + 1;
    let round = (params.fix_fingers_interval * ticks).as_nanos() * 3 / 2;
    let lists = (params.stabilize_interval * u64::from(params.successors + 4)).as_nanos() * 3 / 2;
    round.max(lists) / 1_000_000_000 + 60
}

#[test]
fn every_preset_joins_into_the_exact_ring() {
    for preset in PRESETS {
        let params = preset.params();
        for (nodes, bootstrap) in [(24, 1), (40, 17)] {
            let world = joining(nodes, bootstrap, Span::from_secs(60), 3);
            let (mut engine, log) = engine(world, params.clone(), Start::Join);
            // All who join between the same two nodes are threaded in one by one.
            let points = nodes * params.virtual_nodes;
            let threading = (params.stabilize_interval * u64::from(points)).as_nanos();
            let end = 120 + 2 * patience(&params, points) + threading / 1_000_000_000;
            engine.run_until(at(end));
            let found = exact(&engine, params.successors as usize);
            assert_eq!(found, Ok(()), "{} of {nodes} after {end} s", preset.name);
            assert!(log.take().joins.iter().filter(|join| join.success).count() >= nodes as usize);
        }
    }
}

#[test]
fn a_joined_ring_and_a_warm_ring_end_in_the_same_pointers() {
    for (v, seed) in [(1, 1), (1, 2), (5, 3)] {
        let params = Params { virtual_nodes: v, ..usual() };
        let joined = joining(60, 1, Span::from_secs(120), seed);
        let mut warm = joined.clone();
        warm.sessions = Sessions::always_up(60);
        let (mut joined, _) = engine(joined, params.clone(), Start::Join);
        let (mut warm, _) = engine(warm, params.clone(), Start::Warm);
        let end = at(300 + 2 * patience(&params, 60 * v));
        let (first, ideal) = (pointers(&warm), exact(&warm, 16));
        assert_eq!(ideal, Ok(()), "warm from the start");
        joined.run_until(end);
        warm.run_until(end);
        assert_eq!(pointers(&warm), first, "upkeep leaves an exact ring as it is");
        assert_eq!(pointers(&joined), first);
    }
}

/// A warm world of which every third node crashes at one time.
#[test]
fn a_crash_storm_heals() {
    for (v, seed, graceful) in [(1, 1, false), (1, 2, true), (5, 3, false), (5, 4, true)] {
        let params = Params { virtual_nodes: v, ..usual() };
        let mut world = world(60, seed);
        let mut sessions = Sessions::new();
        for node in 0..60 {
            let down = if node % 3 == 1 { at(20) } else { Time::NEVER };
            sessions.push_identity([Session { up: Time::ZERO, down, graceful }]);
        }
        world.sessions = sessions;
        let (mut engine, _) = engine(world, params.clone(), Start::Warm);
        engine.run_until(at(21));
        assert!(exact(&engine, 16).is_err(), "the storm is felt");
        settled(&mut engine, &params, 60 + patience(&params, 60 * v));
    }
}

/// The same identities leave and come back within seconds, sooner than anybody misses them.
#[test]
fn flapping_nodes_find_their_places_again() {
    for (v, seed, away) in [(1, 1, 1), (1, 2, 300), (1, 3, 3_000), (5, 4, 700), (1, 5, 30_000)] {
        for (graceful, clean) in [(false, 0), (true, 30)] {
            let params = Params {
                virtual_nodes: v,
                check_predecessor_interval: Span::from_secs(clean),
                ..usual()
            };
            let mut world = world(40, seed);
            let mut sessions = Sessions::new();
            for node in 0..40_u64 {
                let stays = |up, down| Session { up, down, graceful };
                if node % 4 != 1 {
                    sessions.push_identity([stays(Time::ZERO, Time::NEVER)]);
                    continue;
                }
                let mut own = Vec::new();
                let mut up = Time::ZERO;
                for round in 1..=6 {
                    let down = at(40 * round) + Span::from_millis(311 * node);
                    own.push(stays(up, down));
                    up = down + Span::from_millis(away);
                }
                own.push(stays(up, Time::NEVER));
                sessions.push_identity(own);
            }
            world.sessions = sessions;
            let (mut engine, _) = engine(world, params.clone(), Start::Warm);
            engine.run_until(at(60));
            settled(&mut engine, &params, 420 + 2 * patience(&params, 40 * v));
        }
    }
}

/// A ring of one that lost its only other member takes joiners again, and so does a network whose
/// members all lost each other for a while.
#[test]
fn bootstrap_nodes_that_lost_everybody_are_a_ring_again() {
    let stay = |up, down| Session { up, down, graceful: false };
    let mut two = world(3, 1);
    two.sessions = Sessions::new();
    for (up, down) in [(0, None), (0, Some(30)), (120, None)] {
        let down = down.map_or(Time::NEVER, at);
        two.sessions.push_identity([stay(at(up), down)]);
    }
    let params = usual();
    let (mut engine, _) = engine(two, params.clone(), Start::Warm);
    settled(&mut engine, &params, 120 + 2 * patience(&params, 3));
    assert_eq!(beliefs(&engine).len(), 2);
}

#[test]
fn a_network_survives_a_blackout() {
    for bootstrap in [1, 3] {
        let mut world = world(30, 1);
        world.bootstrap = (0..bootstrap).map(NodeIx::new).collect();
        let params = usual();
        let (mut engine, _) = engine(world, params.clone(), Start::Warm);
        engine.run_until(at(20));
        let all = Members::of(30, (0..30).map(NodeIx::new));
        let dark = engine.control(|plane| {
            let (from, to) = (all.clone(), all);
            let (joined_since, effect) = (None, Effect::Drop);
            plane.add_rule(Rule { from, to, joined_since, in_flight: true, effect })
        });
        engine.run_until(at(200));
        assert!(beliefs(&engine).len() <= bootstrap as usize, "everybody lost everybody");
        engine.control(|plane| plane.remove_rule(dark));
        settled(&mut engine, &params, 200 + 3 * patience(&params, 30));
    }
}
