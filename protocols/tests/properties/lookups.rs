//! L1, L2, L5: lookups of a whole network against the truth.

use dhtlab_core::author::*;
use dhtlab_core::engine::Start;
use dhtlab_core::record::OpRecord;
use dhtlab_core::world::World;
use dhtlab_protocols::kademlia::Params;
use dhtlab_protocols::kademlia::params::WalkPolicy;
use proptest::prelude::*;

use super::check::{Sometimes, Verdict, always, ensure};
use super::common::{add_operations, at, engine, preset, random_key, world};
use super::scenario::links;

/// L1: `found` are the `k` servers closest to `target`, without the asker.
fn exact(world: &World, asker: NodeIx, target: Key, k: usize, found: &[NodeIx]) -> Verdict {
    let mut truth: Vec<NodeIx> = (0..world.len())
        .map(NodeIx::from_usize)
        .filter(|node| *node != asker && world.role(*node) == Role::Server)
        .collect();
    truth.sort_by_key(|node| world.key(*node).distance(target));
    truth.truncate(k);
    ensure(found == truth, || format!("L1: {found:?}, not {truth:?}"))
}

/// L2: as deep as halving the network goes, and one more.
fn shallow(record: &OpRecord, nodes: usize) -> Verdict {
    let bound = nodes.next_power_of_two().ilog2() + 1;
    let depth = u32::from(record.hops);
    ensure(depth <= bound, || format!("L2: depth {depth} among {nodes} nodes"))
}

/// The parameters of a static network: nothing but walks.
fn still(k: u32, alpha: u32, strict_k: bool, walk: WalkPolicy, dials: bool) -> Params {
    Params {
        k,
        alpha: alpha.min(k),
        strict_k,
        walk,
        find_results: k,
        reply_contacts: k,
        replication: k,
        refresh_interval: Span::ZERO,
        dial_round_trips: if dials { 2 } else { 0 },
        ..preset("rust-libp2p-0.49")
    }
}

fn params() -> impl Strategy<Value = Params> {
    let walk = prop_oneof![Just(WalkPolicy::Libp2p), Just(WalkPolicy::Paper)];
    (2..21_u32, 1..9_u32, any::<bool>(), walk, any::<bool>())
        .prop_map(|(k, alpha, strict, walk, dials)| still(k, alpha, strict, walk, dials))
}

#[test]
fn lookups_in_a_refreshed_network_find_exactly_the_closest_and_are_shallow() {
    let (deep, far) = (Sometimes::default(), Sometimes::default());
    always(64, &(1..400_u32, params(), any::<u64>()), |(nodes, params, seed)| {
        let k = params.k as usize;
        let mut world = world(nodes, seed);
        world.links = links(seed, 0);
        add_operations(&mut world, 30, at(1), Span::from_millis(300), |_, stream| {
            Command::FindNode { target: random_key(stream) }
        });
        let (mut engine, log) = engine(world, params, Start::Warm);
        engine.run_until(at(100));
        let ended = log.take().ops;
        ensure(ended.len() == 30, || format!("{} of 30 ended", ended.len()))?;
        for (record, found) in &ended {
            let target = engine.world().operations[record.op.index()].command.key();
            exact(engine.world(), record.node, target, k, found)?;
            shallow(record, nodes as usize)?;
            ensure(record.failures == 0, || "nobody failed".to_owned())?;
            deep.note(record.hops > 2);
            far.note(nodes as usize > k + 1);
        }
        Ok(())
    });
    deep.happened("a lookup was deeper than 2", 20);
    far.happened("the network was larger than a bucket", 1_000);
}

/// L5 through the engine: with everybody else silent, no operation outlasts its phases.
#[test]
fn no_operation_outlasts_the_time_it_is_given() {
    let timed_out = Sometimes::default();
    always(48, &(2..60_u32, params(), any::<u64>(), 200..=1_000_u64), |case| {
        let (nodes, mut params, seed, lost) = case;
        params.query_timeout = Span::from_secs(25);
        let mut world = world(nodes, seed);
        world.links = links(seed, lost);
        add_operations(&mut world, 20, at(1), Span::from_secs(1), |number, stream| {
            let key = random_key(stream);
            match number % 3 {
                0 => Command::FindNode { target: key },
                1 => Command::Get { key },
                _ => Command::Put { key, value: Value { version: 1, bytes: 9 } },
            }
        });
        let limit = params.query_timeout;
        let (mut engine, log) = engine(world, params, Start::Warm);
        engine.run_until(at(100));
        let ended = log.take().ops;
        ensure(ended.len() == 20, || format!("L5: {} of 20 ended", ended.len()))?;
        for (record, _) in &ended {
            let operation = engine.world().operations[record.op.index()];
            let phases = if matches!(operation.command, Command::Put { .. }) { 2 } else { 1 };
            let took = record.at.since(operation.at);
            timed_out.note(record.outcome == Outcome::TimedOut);
            ensure(took <= limit * phases, || format!("L5: {record:?} took {took:?}"))?;
        }
        Ok(())
    });
    timed_out.happened("an operation ran out of time", 20);
}

/// The planted bugs: one that is missing, one that is not the closest, a walk that goes round.
#[test]
fn lookups_that_miss_somebody_are_noticed() {
    let world = world(50, 3);
    let (asker, target) = (NodeIx::new(7), Key::MAX);
    let mut found = super::common::closest(&world, target, asker, |_| true);
    assert_eq!(exact(&world, asker, target, 20, &found), Ok(()));
    assert!(exact(&world, asker, target, 20, &found[..19]).is_err());
    found.swap(3, 4);
    assert!(exact(&world, asker, target, 20, &found).is_err());
    let (mut engine, log) = {
        let mut world = world.clone();
        add_operations(&mut world, 1, at(1), Span::from_secs(1), |_, _| Command::FindNode {
            target,
        });
        engine(world, still(20, 3, false, WalkPolicy::Libp2p, false), Start::Warm)
    };
    engine.run_until(at(50));
    let (record, _) = log.take().ops[0];
    assert_eq!(shallow(&record, 50), Ok(()));
    assert!(shallow(&OpRecord { hops: 8, ..record }, 50).is_err());
}
