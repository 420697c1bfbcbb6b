//! The engine against what can be said in closed form, and against itself at other shard counts.

mod common;

use common::{ChainParams, engine, world};
use dhtlab_core::author::*;
use dhtlab_core::link::Links;
use dhtlab_core::link::jitter::Jitter;
use dhtlab_core::link::loss::Loss;
use dhtlab_core::link::model::{LinkModel, LinkSpec};
use dhtlab_core::members::Members;
use dhtlab_core::place::Places;
use dhtlab_core::reach::{Effect, Rule};
use dhtlab_core::record::OpRecord;
use dhtlab_core::seed::Seed;
use dhtlab_core::session::{Session, Sessions};

const DELAY: Span = Span::from_millis(50);

fn at(millis: u64) -> Time {
    Time::ZERO + Span::from_millis(millis)
}

fn params(rounds: u32) -> ChainParams {
    ChainParams { rounds, timeout: Span::from_secs(1), tries: 5 }
}

#[test]
fn rounds_in_a_row_take_exactly_two_delays_each() {
    for rounds in [1, 2, 7, 100] {
        let (mut engine, log) = engine(world(20, Links::constant(DELAY), 3), params(rounds), 1);
        engine.run_until(Time::ZERO + Span::from_secs(60));
        let ops = log.sorted();
        assert_eq!(ops.len(), 20);
        for record in ops {
            let issued = engine.world().operations[record.op.index()].at;
            assert_eq!(record.at.since(issued), DELAY * 2 * u64::from(rounds));
            assert_eq!(engine.cost(record.op).messages, 2 * rounds);
            assert_eq!(engine.cost(record.op).bytes, 200 * rounds);
        }
    }
}

/// All exchanges of the toy have the same number, so all of them draw alike.
#[test]
fn an_answer_takes_as_long_as_its_request_where_delays_are_paired() {
    let took = |rounds, is_paired| {
        let model = LinkModel::Constant { one_way: DELAY };
        let jitter = Jitter::Uniform { share: Ratio::new(1, 2).unwrap() };
        let spec = LinkSpec { model, jitter, loss: Loss::None };
        let links = Links::new(&spec, Seed(3), Places::default());
        let links = if is_paired { links.with_paired_delays() } else { links };
        let (mut engine, log) = engine(world(2, links, 3), params(rounds), 1);
        engine.run_until(Time::ZERO + Span::from_secs(60));
        log.sorted()[0].at.as_nanos()
    };
    assert_eq!(took(1, true) % 2, 0, "there and back");
    assert_eq!(took(50, true), 50 * took(1, true));
    assert_ne!(took(1, true), 2 * DELAY.as_nanos(), "there is jitter");
    assert_ne!(took(50, false), 50 * took(1, false));
}

#[test]
fn shards_and_steps_change_nothing() {
    let run = |shards, steps: u64| {
        let (mut engine, log) = engine(world(200, Links::constant(DELAY), 5), params(30), shards);
        for step in 1..=steps {
            engine.run_until(Time::from_nanos(60_000_000_000 / steps * step));
        }
        (engine.digest(), engine.tally(), log.sorted(), engine.shard_count())
    };
    let (digest, tally, ops, _) = run(1, 1);
    for (shards, steps) in [(2, 1), (3, 1), (7, 1), (1, 60), (4, 13)] {
        let other = run(shards, steps);
        assert_eq!(
            (other.0, other.1, &other.2),
            (digest, tally, &ops),
            "{shards} shards in {steps} steps"
        );
        assert_eq!(other.3, shards as usize);
    }
    let (mut other, _) = engine(world(200, Links::constant(DELAY), 6), params(30), 1);
    other.run_until(Time::ZERO + Span::from_secs(60));
    assert_ne!(other.digest(), digest, "another seed gives another run");
}

#[test]
fn a_message_to_a_node_that_is_down_reaches_nobody_and_a_later_session_does_not_see_it() {
    let mut world = world(2, Links::constant(DELAY), 1);
    let mut sessions = Sessions::new();
    sessions.push_identity([Session { up: Time::ZERO, down: Time::NEVER, graceful: false }]);
    // Node 1 dies while the first ping is under way and is back before it would arrive.
    sessions.push_identity([
        Session { up: Time::ZERO, down: at(20), graceful: false },
        Session { up: at(30), down: Time::NEVER, graceful: false },
    ]);
    world.sessions = sessions;
    world.bootstrap = vec![NodeIx::new(1)];
    world.operations.truncate(1);
    let (mut engine, log) = engine(world, params(1), 1);
    engine.run_until(at(999));
    assert_eq!((engine.tally().nobody, log.sorted().len()), (1, 0));
    engine.run_until(Time::ZERO + Span::from_secs(5));
    let ops = log.sorted();
    assert_eq!(
        (ops[0].failures, ops[0].at),
        (1, at(1_100)),
        "the second try is answered by the second session"
    );
    assert_eq!((engine.tally().boots, engine.tally().ends), (3, 1));
}

#[test]
fn an_installation_ships_with_its_own_doors_where_there_are_any() {
    let entered = |doors: Vec<Box<[NodeIx]>>| {
        let mut world = world(3, Links::constant(DELAY), 1);
        world.operations.clear();
        world.doors = doors;
        let (mut engine, _) = engine(world, params(1), 1);
        engine.run_until(at(1));
        let known = |node| engine.state(NodeIx::new(node)).expect("up").bootstrap.clone();
        [known(0), known(1), known(2)]
    };
    let [a, b, c] = [0, 1, 2].map(NodeIx::new);
    assert_eq!(entered(Vec::new()), [vec![b, c], vec![a, c], vec![a, b]]);
    // Its own address is no door.
    assert_eq!(entered(vec![[].into(), [a].into(), [c, b].into()]), [vec![], vec![a], vec![b]]);
}

#[test]
fn a_cut_lets_nothing_across_and_healing_lets_everything() {
    let (mut engine, log) = engine(world(2, Links::constant(DELAY), 1), params(1_000), 1);
    engine.run_until(at(120));
    let before = engine.tally().delivered;
    let rules = engine.control(|plane| {
        let side = |node| Members::of(2, [NodeIx::new(node)]);
        [(0, 1), (1, 0)].map(|(from, to)| {
            let effect = Effect::Drop;
            plane.add_rule(Rule {
                from: side(from),
                to: side(to),
                joined_since: None,
                in_flight: true,
                effect,
            })
        })
    });
    engine.run_until(at(3_000));
    let tally = engine.tally();
    assert_eq!(tally.delivered, before, "nothing crossed");
    assert!(tally.stopped > 0 && tally.refused > 0, "{tally:?}");
    engine.control(|plane| rules.map(|rule| plane.remove_rule(rule)));
    engine.run_until(at(4_500));
    assert!(engine.tally().delivered > before && log.sorted().is_empty());
}

#[test]
fn a_node_held_down_stays_down_until_it_is_released() {
    let mut world = world(3, Links::constant(DELAY), 1);
    world.operations.clear();
    let (mut engine, _) = engine(world, params(1), 1);
    engine.run_until(at(10));
    let victim = NodeIx::new(1);
    engine.control(|plane| plane.hold_down(victim));
    engine.run_until(at(500));
    assert!(!engine.live().contains(victim) && engine.live().len() == 2);
    engine.control(|plane| plane.release(victim));
    engine.run_until(at(600));
    assert!(engine.live().contains(victim));
    assert_eq!(engine.uptime(victim), Span::from_millis(10 + 100));
}

#[test]
fn what_is_sent_is_delivered_or_dropped() {
    let (mut engine, _) = engine(world(50, Links::constant(DELAY), 9), params(40), 2);
    engine.run_until(Time::ZERO + Span::from_secs(30));
    let tally = engine.tally();
    assert_eq!(
        tally.sent,
        tally.delivered + tally.lost + tally.refused + tally.stopped + tally.nobody
    );
    assert_eq!(tally.bytes_sent, tally.bytes_delivered + tally.bytes_dropped);
    assert_eq!(engine.take_traffic()[0][Traffic::Lookup as usize].messages, 50 * 40);
    assert_eq!(engine.take_traffic()[0][Traffic::Lookup as usize].messages, 0, "taken once");
}

#[test]
fn a_network_with_nothing_to_do_costs_nothing() {
    let mut world = world(10_000, Links::constant(DELAY), 1);
    world.operations.clear();
    let (mut engine, _) = engine(world, params(1), 1);
    engine.run_until(Time::ZERO + Span::from_hours(1_000));
    assert_eq!(engine.tally().events(), 10_000, "one boot each and nothing after");
    assert_eq!(engine.pending(), 0);
}

fn lossy(loss: Loss) -> Links {
    let spec =
        LinkSpec { model: LinkModel::Constant { one_way: DELAY }, jitter: Jitter::None, loss };
    Links::new(&spec, Seed(1), Places::default())
}

/// Exchanges with a resend after a timeout T: each try fails with q = 1 - (1 - p)^2, so an exchange
/// costs q / (1 - q) timeouts and takes RTT + T q / (1 - q) on average.
fn timeouts_per_exchange(loss_of_10_000: u64) -> (f64, f64, f64) {
    let (nodes, rounds) = (400_u32, 50_u32);
    let loss = Loss::Bernoulli(Ratio::from_millionths(loss_of_10_000 * 100));
    let mut world = world(nodes, lossy(loss), 11);
    world.bootstrap.truncate(50);
    let params = ChainParams { rounds, timeout: Span::from_secs(1), tries: u32::MAX };
    let (mut engine, log) = engine(world, params, 1);
    engine.run_until(Time::ZERO + Span::from_hours(2));
    let ops = log.sorted();
    assert_eq!(ops.len(), nodes as usize, "everybody got through");
    let exchanges = f64::from(nodes * rounds);
    let failures: u32 = ops.iter().map(|record| record.failures).sum();
    let took = |record: &OpRecord| {
        record.at.since(engine.world().operations[record.op.index()].at).as_secs_f64()
    };
    let seconds: f64 = ops.iter().map(took).sum();
    (f64::from(failures) / exchanges, seconds / exchanges, exchanges)
}

#[test]
fn lost_messages_cost_timeouts_as_the_formula_says() {
    for loss_of_10_000 in [100_u32, 500, 2_000] {
        let p = f64::from(loss_of_10_000) / 1e4;
        let q = 1.0 - (1.0 - p) * (1.0 - p);
        let (timeouts, seconds, n) = timeouts_per_exchange(loss_of_10_000.into());
        let expected = q / (1.0 - q);
        let tolerance = 5.0 * (q / ((1.0 - q) * (1.0 - q)) / n).sqrt();
        assert!((timeouts - expected).abs() < tolerance, "p = {p}: {timeouts} against {expected}");
        assert!((seconds - (0.1 + expected)).abs() < tolerance, "p = {p}: {seconds} s");
        let single = p / (1.0 - p);
        assert!((timeouts - single).abs() > tolerance, "loss on one way only would have been seen");
    }
}

#[test]
fn with_everything_lost_every_operation_ends_as_a_failure() {
    let links = lossy(Loss::Bernoulli(Ratio::ONE));
    let (mut engine, log) = engine(world(30, links, 2), params(3), 2);
    engine.run_until(Time::ZERO + Span::from_mins(10));
    let ops = log.sorted();
    assert!(
        ops.len() == 30
            && ops.iter().all(|record| record.outcome == Outcome::TimedOut && record.failures == 5)
    );
    assert_eq!((engine.tally().delivered, engine.pending()), (0, 0));
}

#[test]
fn all_nodes_leaving_at_once_leaves_nobody_and_nothing() {
    let mut world = world(100, Links::constant(DELAY), 1);
    let mut sessions = Sessions::new();
    for node in 0..100 {
        let graceful = node % 2 == 0;
        sessions.push_identity([Session { up: Time::ZERO, down: at(30), graceful }]);
    }
    world.sessions = sessions;
    let (mut engine, log) = engine(world, params(3), 1);
    engine.run_until(Time::ZERO + Span::from_hours(1));
    assert!(engine.live().is_empty() && log.sorted().is_empty());
    assert_eq!((engine.pending(), engine.tally().ends), (0, 100));
}
