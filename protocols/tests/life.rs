//! Joins that fail and succeed later, what survives a session, and records that outlive their
//! publisher.

mod common;

use common::{add_operations, at, engine, join_within, preset, random_key, world};
use dhtlab_core::author::*;
use dhtlab_core::engine::Start;
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::World;

fn sessions_of(world: &mut World, of: impl Fn(u32) -> Vec<(u64, u64)>) {
    let mut sessions = Sessions::new();
    for node in 0..u32::try_from(world.len()).expect("few nodes") {
        let list = of(node).into_iter().map(|(up, down)| {
            let down = if down == 0 { Time::NEVER } else { at(down) };
            // Nobody boots at the same instant.
            let up = at(up) + Span::from_micros(u64::from(node) + 1);
            Session { up, down, graceful: false }
        });
        sessions.push_identity(list);
    }
    world.sessions = sessions;
}

#[test]
fn a_join_that_fails_is_reported_tried_again_and_reported_again() {
    for name in ["rust-libp2p-0.49", "paper-2002"] {
        let mut world = world(3, 1);
        // Nobody is there when node 1 comes; node 0 comes later.
        sessions_of(&mut world, |node| match node {
            0 => vec![(100, 0)],
            1 => vec![(1, 0)],
            _ => vec![(2_000, 0)],
        });
        let (mut engine, log) = engine(world, preset(name), Start::Join);
        engine.run_until(at(1_000));
        let joins: Vec<(u32, bool)> =
            log.take().joins.iter().map(|join| (join.node.get(), join.success)).collect();
        assert_eq!(joins[0], (1, false), "{name}");
        assert!(joins.contains(&(1, true)) && joins.contains(&(0, true)), "{name}: {joins:?}");
    }
}

#[test]
fn saved_contacts_let_a_node_return_when_the_bootstrap_is_gone() {
    for saved in [0, 10] {
        let mut world = world(40, 2);
        sessions_of(&mut world, |node| match node {
            0 => vec![(0, 200)],
            1 => vec![(1, 300), (400, 0)],
            _ => vec![(2, 0)],
        });
        let mut params = preset("rust-libp2p-0.49");
        params.saved_peers = saved;
        let (mut engine, log) = engine(world, params, Start::Join);
        engine.run_until(at(500));
        let last = log.take().joins.into_iter().rfind(|join| join.node == NodeIx::new(1));
        assert_eq!(last.map(|join| join.success), Some(saved > 0), "{saved} saved");
    }
}

#[test]
fn replication_keeps_a_record_alive_after_its_holders_left_one_by_one() {
    for replicate in [false, true] {
        let mut world = world(120, 4);
        let key = Key::from_words([mix(5), 0, 0, 0]);
        let value = Value { version: 9, bytes: 100 };
        add_operations(&mut world, 2, at(1), Span::from_hours(11), |number, _| {
            if number == 0 { Command::Put { key, value } } else { Command::Get { key } }
        });
        // With R = 8: the eight closest to the key leave one by one, the publisher at once. Not more,
        // because the dead stay in buckets that are not full: they fill the lists of contacts, cost ten
        // seconds for three of them, and count as nodes between a holder and the key, so that copies
        // farther out fade within minutes.
        let mut order: Vec<NodeIx> = (0..120).map(NodeIx::new).collect();
        order.sort_by_key(|node| world.key(*node).distance(key));
        let publisher = world.operations[0].node;
        world.operations[1].node = order[119];
        let mut sessions = Sessions::new();
        for node in 0..120 {
            let rank = order.iter().position(|other| other.get() == node).expect("ranked") as u64;
            let down = match rank {
                _ if publisher.get() == node => at(120),
                0..8 => at(1_800 + rank * 4_000),
                _ => Time::NEVER,
            };
            sessions.push_identity([Session { up: Time::ZERO, down, graceful: true }]);
        }
        world.sessions = sessions;
        let mut params = preset("rust-libp2p-0.49");
        params.replication = 8;
        params.refresh_interval = Span::from_hours(1);
        if !replicate {
            params.replication_interval = Span::ZERO;
        }
        let (mut engine, log) = engine(world, params, Start::Warm);
        engine.run_until(at(12 * 3_600));
        let (read, _) = log.take().ops.pop().expect("the read ended");
        assert_eq!(read.value.is_some(), replicate);
    }
}

#[test]
fn a_table_built_by_messages_is_about_as_good_as_a_warm_one() {
    let mut sizes = Vec::new();
    for start in [Start::Warm, Start::Join] {
        let mut world = world(400, 6);
        if start == Start::Join {
            join_within(&mut world, Span::from_secs(60));
        }
        add_operations(&mut world, 1, at(700), Span::ZERO, |_, stream| Command::FindNode {
            target: random_key(stream),
        });
        let (mut engine, _) = engine(world, preset("rust-libp2p-0.49"), start);
        engine.run_until(at(710));
        let mut entries = 0_u32;
        for node in 0..400 {
            let state = engine.state(NodeIx::new(node)).expect("it is up");
            state.contacts(&mut |_, _| entries += 1);
        }
        sizes.push(entries / 400);
    }
    assert!(sizes[1] * 10 > sizes[0] * 9, "{sizes:?}");
}
