//! A joiner that cannot reach any bootstrap node has only the contacts of its last session (V26): with
//! C of them, each there with a chance of p, it gets in with a chance of `1 - (1 - p)^C`.

use std::sync::Arc;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::members::Members;
use dhtlab_core::reach::{Effect, Rule};
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::World;
use dhtlab_protocols::kademlia::{Kademlia, Params};

use super::statistics::{float, near};
use super::warm::{Log, plain, world};

const SERVERS: u32 = 2_000;
const BOOTSTRAP: u32 = 3;
const JOINERS: u32 = 6_000;
const TWO_POINTS: f64 = 0.02;

fn at(millis: u64) -> Time {
    Time::ZERO + Span::from_millis(millis)
}

/// When the joiners are back.
const BACK: u64 = 10_000;

/// First the bootstrap nodes, then the servers that stay, then the joiners. The joiners are clients,
/// so that nobody has saved another joiner; the bootstrap nodes come a moment after the start, so
/// that nobody has saved one of them either.
fn network(seed: u64) -> World {
    let mut world = world(BOOTSTRAP + SERVERS + JOINERS, seed);
    world.bootstrap = (0..BOOTSTRAP).map(NodeIx::new).collect();
    let mut sessions = Sessions::new();
    for node in 0..BOOTSTRAP + SERVERS + JOINERS {
        let stay = |up| Session { up, down: Time::NEVER, graceful: false };
        if node < BOOTSTRAP {
            sessions.push_identity([stay(at(1))]);
        } else if node < BOOTSTRAP + SERVERS {
            sessions.push_identity([stay(at(0))]);
        } else {
            let first = Session { up: at(0), down: at(1_000), graceful: false };
            sessions.push_identity([first, stay(at(BACK))]);
            world.roles[node as usize] = Role::Client;
        }
    }
    world.sessions = sessions;
    world
}

/// `saved` contacts survive. Timeouts are short, and a walk ends with three results: that decides when
/// a join ends, not whether it succeeds.
fn params(saved: u32) -> Params {
    let mut params = plain(20);
    params.saved_peers = saved;
    params.find_results = 3;
    let timeout = Span::from_millis(150);
    (params.peer_timeout, params.rpc_timeout) = (timeout, timeout);
    params.query_timeout = Span::from_millis(1_500);
    params.join_retry = Span::ZERO;
    params
}

/// Can joiners reach the bootstrap nodes?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bootstrap {
    Blocked,
    Open,
}

/// The share of the joiners that get in, if `percent` of the servers are still there.
fn joined(seed: u64, saved: u32, percent: u32, bootstrap: Bootstrap) -> f64 {
    let log = Log::default();
    let world = Arc::new(network(seed));
    let mut engine: Engine<Kademlia, Log> =
        Engine::new(Arc::clone(&world), params(saved), Start::Warm, 1, |_| log.clone());
    engine.run_until(at(2_000));
    let mut servers: Vec<NodeIx> = (BOOTSTRAP..BOOTSTRAP + SERVERS).map(NodeIx::new).collect();
    Stream::new(world.seed, Purpose::Fault, 0).shuffle(&mut servers);
    let alive = (SERVERS * percent / 100) as usize;
    engine.control(|plane| {
        servers[alive..].iter().for_each(|node| plane.hold_down(*node));
        if bootstrap == Bootstrap::Blocked {
            let joiners = BOOTSTRAP + SERVERS..BOOTSTRAP + SERVERS + JOINERS;
            plane.add_rule(Rule {
                from: Members::of(world.len(), joiners.map(NodeIx::new)),
                to: Members::of(world.len(), world.bootstrap.iter().copied()),
                joined_since: None,
                in_flight: false,
                effect: Effect::Drop,
            });
        }
    });
    let mut ended = Vec::new();
    // No longer than the joins take: the refreshes that follow are of no interest.
    for step in 1..100 {
        engine.run_until(at(BACK + step * 100));
        ended = log.joins().into_iter().filter(|join| join.booted_at == at(BACK)).collect();
        if ended.len() == JOINERS as usize {
            break;
        }
    }
    assert_eq!(ended.len(), JOINERS as usize, "every join ends");
    float(ended.iter().filter(|join| join.success).count()) / f64::from(JOINERS)
}

/// The chance that one of `saved` contacts is there.
fn chance(saved: u32, percent: u32) -> f64 {
    1.0 - (0..saved).map(|_| 1.0 - f64::from(percent) / 100.0).product::<f64>()
}

fn check(saved: u32, other: u32) {
    for (seed, percent) in [(1, 5), (1, 10), (1, 30), (1, 60), (2, other)] {
        let what = format!("joins, {saved} saved, {percent} % of them there, seed {seed}");
        let expected = chance(saved, percent);
        let share = joined(seed, saved, percent, Bootstrap::Blocked);
        assert!(near(&what, share, expected, TWO_POINTS), "{what}");
    }
    // The planted bug: the rule does not hold the joiners off the bootstrap nodes.
    let open = joined(1, saved, 5, Bootstrap::Open);
    assert!(!near("... not blocked", open, chance(saved, 5), TWO_POINTS), "{saved} saved");
    // Another: one of the saved contacts is lost on disk.
    let fewer = joined(1, saved - 1, 10, Bootstrap::Blocked);
    assert!(!near("... one fewer", fewer, chance(saved, 10), TWO_POINTS), "{saved} saved");
}

#[test]
fn one_saved_contact_is_as_good_as_it_is_likely_to_be_there() {
    check(1, 30);
}

#[test]
fn joins_by_3_saved_contacts_are_as_likely_as_the_formula_says() {
    check(3, 10);
}

#[test]
fn joins_by_5_saved_contacts_are_as_likely_as_the_formula_says() {
    check(5, 10);
}

#[test]
fn joins_by_20_saved_contacts_are_as_likely_as_the_formula_says() {
    check(20, 5);
}
