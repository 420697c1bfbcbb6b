//! Learned Chord: a ring that trains itself, and what may not go wrong meanwhile.

use dhtlab_core::author::*;
use dhtlab_protocols::chord::params::{Params, Placement};

use crate::common::{at, world};
use crate::lessons::*;

/// Learns from nothing under skewed keys; Gini's coefficient at the end.
fn lesson(virtual_nodes: u32, nodes: u32, records: usize) -> f64 {
    let params = learned(virtual_nodes);
    let names = names(records, 0);
    let mut world = world(nodes, 5);
    add(&mut world, &names, at(20), Span::from_millis(20), put);
    let puts = 20 + records as u64 / 50;
    // Reads of everything while the model is trained and records move, and once more at the end.
    for start in [puts + 2, puts + 60] {
        add(&mut world, &names, at(start), Span::from_millis(20), get);
    }
    let end = puts + 400;
    let (mut engine, log) = engine(world, params.clone(), 1);
    let mut versions = vec![(0, 0); nodes as usize];
    let mut pending = 0;
    each_second(&mut engine, 1, end, |engine, now| {
        for (node, host) in hosts(engine) {
            let order = host.model().expect("it learns").order();
            assert!(order >= versions[node.index()], "I12");
            versions[node.index()] = order;
        }
        pending = pending.max(reading(engine, now, "migration.pending_sum"));
    });
    let orders = orders(&engine);
    let version = reading(&engine, at(end), "model.version_max");
    assert_eq!(orders.len(), 1, "I12: {orders:?}");
    assert!(version >= 1 && pending > 0, "it learned and moved");
    assert_eq!(reading(&engine, at(end), "migration.pending_sum"), 0);
    assert_placed(&engine, &params, at(end), &names);
    let traffic = engine.take_traffic();
    let bytes =
        |purpose: Traffic| -> u64 { traffic.iter().map(|row| row[purpose as usize].bytes).sum() };
    let spread: u64 = traffic[28].iter().chain(&traffic[32]).map(|count| count.bytes).sum();
    let model = reading(&engine, at(end), "model.bytes_mean");
    // Every other host was sent the model at least once for each version, whole.
    assert!(spread >= version * model * u64::from(nodes - 1), "{spread}");
    assert!(bytes(Traffic::Learning) > spread && bytes(Traffic::Migration) > 0);
    let failed: Vec<_> =
        log.take().ops.into_iter().filter(|op| op.0.outcome != Outcome::Done).collect();
    assert!(failed.is_empty(), "{} {:?}", failed.len(), failed.first());
    gini(&engine, at(end))
}

/// What hashing would give.
fn hashed(virtual_nodes: u32, nodes: u32, records: usize) -> f64 {
    let params = Params { placement: Placement::Sha, ..learned(virtual_nodes) };
    let mut world = world(nodes, 5);
    add(&mut world, &names(records, 0), at(20), Span::from_millis(20), put);
    let end = 30 + records as u64 / 50;
    let (mut engine, _) = engine(world, params, 1);
    engine.run_until(at(end));
    gini(&engine, at(end))
}

#[test]
fn a_ring_learns_its_keys_and_is_balanced() {
    for (virtual_nodes, nodes) in [(1, 30), (5, 30)] {
        let (learned, hashed) =
            (lesson(virtual_nodes, nodes, 3_000), hashed(virtual_nodes, nodes, 3_000));
        println!("v = {virtual_nodes}: learned {learned:.3}, hashed {hashed:.3}");
        assert!((learned - hashed).abs() < 0.06, "{virtual_nodes}: {learned} {hashed}");
    }
}
