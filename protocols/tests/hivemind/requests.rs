//! Requests: their limit, their length, and what a failure costs the peer.

use dhtlab_core::author::*;
use dhtlab_core::engine::Engine;
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_core::session::{Session, Sessions};
use dhtlab_protocols::hivemind::{Hivemind, Params};

use crate::common::{Log, at, random_key, world};
use crate::support::{add, at_wall, engine, joins, known, lossy, one_by_one, sessions, usual};

/// When a newcomer with eight bootstrap nodes is up, in milliseconds, if so many requests may be
/// under way at once.
fn joined_after(parallel_rpc: u32) -> u64 {
    let mut world = world(9, 1);
    let boots: Vec<u64> = (0..9).map(|node| if node < 8 { 0 } else { 20_000 }).collect();
    sessions(&mut world, &boots, &[0; 9]);
    world.bootstrap = (0..8).map(NodeIx::new).collect();
    let params = Params { parallel_rpc, num_workers: 8, ..usual() };
    let (mut engine, log) = engine(world, params);
    engine.run_until(at(40));
    joins(&log).iter().find(|(node, ..)| *node == 8).expect("it joined").2
}

#[test]
fn requests_beyond_the_limit_wait_in_line() {
    // Pings take two round trips of 100 ms, finds one; eight of each.
    assert_eq!(joined_after(0), 300);
    assert_eq!(joined_after(8), 300);
    assert_eq!(joined_after(4), 2 * 200 + 2 * 100);
    assert_eq!(joined_after(2), 4 * 200 + 4 * 100);
}

#[test]
fn waiting_is_no_part_of_the_time_out() {
    // Eight finds one after the other, each of which takes longer than an eighth of the time-out.
    let mut world = world(9, 2);
    one_by_one(&mut world, 1_000);
    let target = Key::MIN;
    add(&mut world, 30, 8, Command::FindNode { target });
    let params = Params { parallel_rpc: 1, wait_timeout: Span::from_millis(300), ..usual() };
    let (mut engine, log) = engine(world, params);
    engine.run_until(at(60));
    let record = log.take().ops.pop().expect("it ended").0;
    assert_eq!((record.outcome, record.failures), (Outcome::Done, 0));
    assert!(record.requests >= 7);
}

/// I13: one failure and a peer is out of the table.
#[test]
fn one_time_out_and_a_peer_is_forgotten() {
    let mut world = world(6, 3);
    sessions(&mut world, &[0, 1_000, 2_000, 3_000, 4_000, 5_000], &[0, 20, 0, 0, 0, 0]);
    let target = world.keys[1];
    add(&mut world, 30, 0, Command::FindNode { target });
    let (mut engine, log) = engine(world, usual());
    engine.run_until(at(29));
    assert!(known(&engine, 0).contains(&1), "nobody noticed yet");
    engine.run_until(at(40));
    assert!(!known(&engine, 0).contains(&1));
    assert!(log.take().ops[0].0.failures > 0);
}

/// V7 and I12: whoever did not answer a find is banned, others never are.
#[test]
fn the_dead_are_banned_and_the_living_are_not() {
    for seed in 1..6 {
        let mut world = world(4, seed);
        sessions(&mut world, &[0, 1_000, 2_000, 3_000], &[0, 20, 20, 0]);
        let (key, value) = (Key::MIN, Value { version: 1, bytes: 10 });
        add(&mut world, 30, 3, Command::Put { key, value });
        add(&mut world, 60, 3, Command::FindNode { target: key });
        let params = Params { blacklist_time: Span::from_secs(999), ..usual() };
        let (mut engine, log) = engine(world, params);
        engine.run_until(at(59));
        let bans = |engine: &Engine<Hivemind, Log>| {
            let list = engine.state(NodeIx::new(3)).expect("up").blacklist().clone();
            [0, 1, 2].map(|peer| list.bans(NodeIx::new(peer)))
        };
        assert_eq!(bans(&engine), [0, 1, 1]);
        engine.run_until(at(90));
        let records: Vec<_> = log.take().ops.into_iter().map(|(record, _)| record).collect();
        assert_eq!(records[1].failures, 0, "they are not asked again");
        assert_eq!(records[1].at, at(60) + Span::from_millis(100));
        assert_eq!(bans(&engine), [0, 1, 1]);
    }
}

/// The n-th ban in a row is 5 s times 2 to the power of n - 1; an answer ends the row.
#[test]
fn bans_double_and_an_answer_ends_them() {
    let mut world = world(3, 7);
    // Node 2 is away from 10 s to 100 s, and named by node 0 for as long as that does not ask it.
    let mut sessions = Sessions::new();
    for node in 0..3_u64 {
        let up = Time::from_nanos(1 + node * 1_000_000_000);
        let all = [Session { up, down: Time::NEVER, graceful: false }];
        let two = [
            Session { up, down: at(10), graceful: false },
            Session { up: at(100), down: Time::NEVER, graceful: false },
        ];
        sessions.push_identity(if node == 2 { two.to_vec() } else { all.to_vec() });
    }
    world.sessions = sessions;
    for second in (20..140).step_by(2) {
        add(&mut world, second, 1, Command::FindNode { target: Key::MIN });
    }
    let (mut engine, _) = engine(world, usual());
    let mut most = 0;
    for second in 20..140 {
        engine.run_until(at(second));
        let bans = engine.state(NodeIx::new(1)).expect("up").blacklist().bans(NodeIx::new(2));
        most = most.max(bans);
        assert!(second < 120 || bans == 0, "it answers again");
    }
    // Asked at 20, 28 (after the wait of 3 s and 5 s), 42 (3 and 10), 66 (3 and 20).
    assert_eq!(most, 4);
}

#[test]
fn an_answer_longer_than_a_frame_is_a_failure() {
    let mut world = world(30, 4);
    one_by_one(&mut world, 500);
    let mut stream = Stream::new(world.seed, Purpose::Workload, 0);
    for node in 0..30 {
        let target = random_key(&mut stream);
        add(&mut world, 60 + u64::from(node), node, Command::FindNode { target });
    }
    // Twenty contacts are 1,267 bytes.
    let run = |frame_max| {
        let (mut engine, log) = engine(world.clone(), Params { frame_max, ..usual() });
        engine.run_until(at(200));
        log.take().ops.iter().map(|(record, _)| record.failures).sum::<u32>()
    };
    assert_eq!(run(2_000), 0);
    assert!(run(1_100) > 0);
}

/// I15: with everybody gone nothing is left, and the same seed gives the same bytes.
#[test]
fn messages_are_conserved() {
    let run = || {
        let mut world = world(20, 5);
        world.links = lossy(10);
        let boots: Vec<u64> = (0..20).map(|node| node * 300).collect();
        sessions(&mut world, &boots, &[120; 20]);
        for number in 0..40 {
            let key = Key::from_words([mix(number), 1, 2, 3]);
            let value = Value { version: number, bytes: 100 };
            let node = u32::try_from(number).expect("small") % 20;
            let command = if number % 2 == 0 {
                Command::Put { key, value }
            } else {
                Command::FindNode { target: key }
            };
            add(&mut world, 20 + number, node, command);
        }
        let (mut engine, log) = engine(world, usual());
        engine.run_until(at(119));
        for node in 0..20 {
            let (under_way, _) = engine.state(NodeIx::new(node)).expect("up").requests();
            assert_eq!(under_way, 0, "{node}: each request ended");
        }
        engine.run_until(at(300));
        let tally = engine.tally();
        assert_eq!(engine.pending(), 0);
        assert!(tally.lost > 0 && tally.sent > tally.delivered);
        (engine.digest(), log.take().ops)
    };
    assert_eq!(run(), run());
}

/// All subkeys of a key travel in one request.
#[test]
fn a_store_of_too_many_keys_is_refused() {
    let failures = |subkeys: u32| {
        let mut world = world(6, 8);
        one_by_one(&mut world, 1_000);
        world.items = (0..subkeys)
            .map(|subkey| Item {
                key: Key::MIN,
                subkey: Some(subkey.into()),
                value: Value { version: 1, bytes: 10 },
                lifetime: Span::MAX,
            })
            .collect();
        add(&mut world, 30, 2, Command::PutMany { items: Batch::new(0, subkeys) });
        let (mut engine, log) = engine(world, Params { store_keys_max: 3, ..usual() });
        engine.run_until(at(31));
        // Refused at once, and whoever refuses is out of the table.
        let record = log.take().ops.pop().expect("it ended").0;
        let holds = |node: &u32| {
            let state = engine.state(NodeIx::new(*node)).expect("up");
            !state.tiers().storage.is_empty(at_wall(31))
        };
        let stored = (0..6).filter(holds).count();
        (record.failures > 0, known(&engine, 2).len() < 5, stored > 1)
    };
    assert_eq!(failures(3), (false, false, true));
    assert_eq!(failures(4), (true, true, false));
}
