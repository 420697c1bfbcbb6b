//! V5: a small swarm with small buckets, part of which joined at once, and one more node that looks for
//! the neighbours of random ids.
//!
//! hivemind's own test wants the nearest in 0.80 of the searches and an overlap of 0.90; its modules
//! reach 1.000 and 0.995 (0.968 at worst) over 30 seeds, and all nodes are found by a search wide enough.
//! Measured here: 1.000 and 0.996, 0.963 at worst.
//!
//! Searches here are as wide as a bucket, 5; for more neighbours, a search that goes node by node over
//! the same tables is as wide as they are many.

use std::collections::BTreeSet;

use dhtlab_core::author::*;

use crate::swarm::{Plan, Run, at, mean, real};

/// Without the one that asks.
const NODES: u32 = 20;
const BEAM: usize = 5;
const ME: NodeIx = NodeIx::new(NODES);

/// Five nodes that join one after the other, each through one of those before; the rest at once, each
/// through one of the five; then the one that asks.
fn swarm(seed: u64) -> Plan {
    let mut plan = Plan::joining(NODES + 1, seed, |node, _| match node {
        0..5 => u64::from(node) * 2_000,
        NODES => 20_000,
        _ => 10_000,
    });
    plan.params.bucket_size = 5;
    plan.params.num_replicas = 3;
    plan.world.doors = vec![Box::default(); plan.world.len()];
    for node in 1..plan.world.len() {
        plan.world.doors[node] = [NodeIx::from_usize(plan.stream.index(node.min(5)))].into();
    }
    plan
}

/// What `node` would answer.
fn named(run: &Run, node: NodeIx, target: Key, count: usize) -> Vec<NodeIx> {
    let state = run.engine.state(node).expect("it is up");
    let mut named = Vec::new();
    state.table().nearest(&target, count, Some(ME), &run.engine.world().keys, &mut named);
    named
}

/// The `beam` nearest to `target` that a search node by node finds.
fn walk(run: &Run, target: Key, beam: usize) -> Vec<NodeIx> {
    let distance = |node: &NodeIx| run.engine.world().key(*node).distance(target);
    let (mut near, mut asked) = (named(run, ME, target, beam), BTreeSet::new());
    while let Some(next) = near.iter().copied().find(|node| !asked.contains(node)) {
        asked.insert(next);
        near.extend(named(run, next, target, BEAM));
        near.sort_by_key(distance);
        near.dedup();
        near.truncate(beam);
    }
    near
}

/// The shares of 20 searches for up to ten neighbours that found the nearest, and of the neighbours that
/// they found.
fn searched(seed: u64) -> (f64, f64) {
    let mut plan = swarm(seed);
    let searches: Vec<(Key, usize)> =
        (0..20).map(|_| (plan.any_key(), 1 + plan.stream.index(10))).collect();
    for (start, (target, _)) in (30..).zip(&searches) {
        plan.ask(start * 1_000, ME, Command::FindNode { target: *target });
    }
    let mut run = plan.start();
    let (mut top, mut overlaps) = (0, Vec::new());
    for (start, (target, count)) in (30..).zip(searches) {
        run.engine.run_until(at(start * 1_000 - 1));
        let (wide, narrow) = (walk(&run, target, count.max(BEAM)), walk(&run, target, BEAM));
        run.engine.run_until(at(start * 1_000 + 999));
        let ops = run.seen().ops;
        let mut found = ops.last().expect("it is over").nodes.clone();
        assert_eq!(found, narrow, "workers find what one finds");
        if count > BEAM {
            found = wide;
        }
        let mut truth = run.nearest(target, count + 1);
        truth.retain(|node| *node != ME);
        truth.truncate(count);
        found.truncate(count);
        top += usize::from(found[0] == truth[0]);
        overlaps.push(real(found.iter().filter(|n| truth.contains(n)).count()) / real(count));
    }
    assert_eq!(walk(&run, run.engine.world().keys[0], 100).len(), NODES as usize, "all are found");
    (real(top) / 20.0, mean(overlaps))
}

#[test]
fn v5_searches_in_a_small_swarm_find_the_neighbours() {
    let all: Vec<(f64, f64)> = (1..31).map(searched).collect();
    for (seed, (top, overlap)) in (1..).zip(&all) {
        assert!(*top >= 0.80 && *overlap >= 0.90, "seed {seed}: {top} {overlap}");
    }
    let (top, overlap) = (mean(all.iter().map(|one| one.0)), mean(all.iter().map(|one| one.1)));
    assert!((top - 1.0).abs() < 1e-9 && (overlap - 0.995).abs() < 0.005, "{top} {overlap}");
}
