//! B1 to B3: joins.

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::World;
use dhtlab_protocols::kademlia::{Kademlia, Params};
use proptest::prelude::*;

use super::check::{Sometimes, Verdict, always, ensure};
use super::common::{Log, add_operations, at, closest, engine, preset, random_key, world};
use super::scenario::links;
use super::swarm::tables;

/// One node joins a network that has long been there.
fn one_joiner(nodes: u32, seed: u64) -> (World, NodeIx) {
    let mut world = world(nodes, seed);
    world.links = links(seed, 0);
    let joiner = NodeIx::new(nodes - 1);
    let mut sessions = Sessions::new();
    for node in 0..nodes {
        let up = if node == joiner.get() { at(1) } else { Time::ZERO };
        sessions.push_identity([Session { up, down: Time::NEVER, graceful: false }]);
    }
    world.sessions = sessions;
    (world, joiner)
}

/// A preset of which nothing but the join is seen.
fn quiet(name: &str, k: u32) -> Params {
    let params = preset(name);
    Params {
        k,
        alpha: params.alpha.min(k),
        refresh_interval: Span::ZERO,
        automatic_bootstrap: Span::ZERO,
        ..params
    }
}

/// How many walks `node` has started. It shows that to nobody but the debugger.
fn walks(engine: &Engine<Kademlia, Log>, node: NodeIx) -> u32 {
    let shown = format!("{:?}", engine.state(node).expect("it is up"));
    let (_, rest) = shown.split_once("next_serial: ").expect("queries are numbered");
    rest.split(',').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// B2: one walk to the own key, and one for each bucket farther than that of the closest node.
fn one_walk_a_bucket(walks: u32, closest_bucket: u32) -> Verdict {
    let expected = 1 + closest_bucket;
    ensure(walks == expected, || format!("B2: {walks} walks, not {expected}"))
}

/// B3: each of `near` is in the table, unless its bucket is full of others.
fn neighbours_known(
    world: &World,
    me: NodeIx,
    table: &[NodeIx],
    near: &[NodeIx],
    k: u32,
) -> Verdict {
    let place = |node: &NodeIx| world.key(*node).common_prefix(world.key(me));
    for node in near.iter().filter(|node| !table.contains(node)) {
        let rivals = table.iter().filter(|other| place(other) == place(node)).count();
        ensure(rivals == k as usize, || format!("B3: {node:?} is unknown, with {rivals} rivals"))?;
    }
    Ok(())
}

#[test]
fn a_join_walks_once_for_each_bucket_and_finds_its_neighbours() {
    let (all, deep) = (Sometimes::default(), Sometimes::default());
    let name = prop_oneof![Just("rust-libp2p-0.49"), Just("paper-2002")];
    always(64, &(2..300_u32, name, any::<u64>()), |(nodes, name, seed)| {
        let (world, joiner) = one_joiner(nodes, seed);
        let near = closest(&world, world.key(joiner), joiner, |_| true);
        let bucket = world.key(joiner).common_prefix(world.key(near[0]));
        let (mut engine, log) = engine(world, quiet(name, 20), Start::Warm);
        engine.run_until(at(300));
        let joins = log.take().joins;
        ensure(joins.len() == 1 && joins[0].success, || format!("joins: {joins:?}"))?;
        one_walk_a_bucket(walks(&engine, joiner), bucket)?;
        let tables = tables(&engine);
        let table = &tables[joiner.index()].1;
        neighbours_known(engine.world(), joiner, table, &near, 20)?;
        all.note(near.iter().all(|node| table.contains(node)));
        deep.note(bucket > 4);
        Ok(())
    });
    all.happened("all 20 neighbours were known", 32);
    deep.happened("there were more than five walks", 20);
}

/// B1: `outcome` says that nobody is known exactly when the table is empty.
fn no_contacts_iff_empty(outcome: Outcome, table_is_empty: bool) -> Verdict {
    let said = outcome == Outcome::NoContacts;
    ensure(said == table_is_empty, || format!("B1: {outcome:?} with empty = {table_is_empty}"))
}

#[test]
fn nobody_to_ask_is_said_exactly_when_the_table_is_empty() {
    let (empty, known) = (Sometimes::default(), Sometimes::default());
    let cases = (1..12_u32, any::<u64>(), any::<bool>(), any::<bool>(), 1..4_u64);
    always(64, &cases, |(nodes, seed, bootstrap, paper, gap)| {
        let mut world = world(nodes, seed);
        if !bootstrap {
            world.bootstrap.clear();
        }
        let mut sessions = Sessions::new();
        for node in 0..u64::from(nodes) {
            // The bootstrap node is late: before, its address is known but it is not there.
            let up = if node == 0 { at(6) } else { at(node) };
            sessions.push_identity([Session { up, down: Time::NEVER, graceful: false }]);
        }
        world.sessions = sessions;
        let start = Time::from_nanos(1_500_000_001);
        add_operations(&mut world, 12, start, Span::from_secs(gap), |_, stream| {
            Command::FindNode { target: random_key(stream) }
        });
        let operations = world.operations.clone();
        let name = if paper { "paper-2002" } else { "rust-libp2p-0.49" };
        let (mut engine, log) = engine(world, quiet(name, 20), Start::Join);
        let mut was_empty = Vec::new();
        for operation in &operations {
            engine.run_until(operation.at);
            let tables = tables(&engine);
            let own = tables.iter().find(|(node, _)| *node == operation.node);
            was_empty.push(own.map(|(_, contacts)| contacts.is_empty()));
        }
        engine.run_until(at(300));
        for (record, _) in log.take().ops {
            let Some(was_empty) = was_empty[record.op.index()] else { continue };
            no_contacts_iff_empty(record.outcome, was_empty)?;
            empty.note(was_empty);
            known.note(!was_empty);
        }
        Ok(())
    });
    empty.happened("a table was empty", 50);
    known.happened("a table was not empty", 50);
}

/// The planted bugs: a walk too few or too many, a neighbour that is forgotten, a wrong report.
#[test]
fn joins_that_skip_a_step_are_noticed() {
    assert!(one_walk_a_bucket(5, 5).is_err() && one_walk_a_bucket(7, 5).is_err());
    let world = world(10, 1);
    let me = NodeIx::new(3);
    let near = closest(&world, world.key(me), me, |_| true);
    assert_eq!(neighbours_known(&world, me, &near, &near, 20), Ok(()));
    assert!(neighbours_known(&world, me, &near[1..], &near, 20).is_err());
    assert!(no_contacts_iff_empty(Outcome::NotFound, true).is_err());
    assert!(no_contacts_iff_empty(Outcome::NoContacts, false).is_err());
}
