//! V12: many nodes that join at once, and how well they find each other after.

use dhtlab_core::author::*;

use crate::swarm::{Plan, at};

const ASKED: u64 = 60;

/// `nodes` join within `within` milliseconds through the first `doors` nodes. The share of searches that
/// found the nearest node at once, the same after 300 searches, and how many of 60 records others read.
fn storm(nodes: u32, within: u64, doors: u32, beam: u32, seed: u64) -> (f64, f64, usize) {
    let mut plan = Plan::joining(nodes, seed, |node, stream| {
        if node < doors { u64::from(node) } else { 1_000 + stream.below(within.max(1)) }
    });
    plan.params.bucket_size = beam;
    plan.world.bootstrap = (0..doors).map(NodeIx::new).collect();
    let spec = dhtlab_core::link::model::LinkSpec {
        model: dhtlab_core::link::model::LinkModel::Uniform {
            min: Span::from_nanos(1_000),
            max: Span::from_millis(50),
        },
        jitter: dhtlab_core::link::jitter::Jitter::None,
        loss: dhtlab_core::link::loss::Loss::None,
    };
    plan.world.links = dhtlab_core::link::Links::new(
        &spec,
        plan.world.seed,
        dhtlab_core::place::Places::default(),
    );
    let mut now = within + 20_000;
    let search = |plan: &mut Plan, now: &mut u64, count: u64| {
        for _ in 0..count {
            let (node, target) = (plan.any_node(), plan.any_key());
            plan.ask(*now, node, Command::FindNode { target });
            *now += 20;
        }
    };
    search(&mut plan, &mut now, 300);
    let keys: Vec<Key> = (0..ASKED).map(|_| plan.any_key()).collect();
    for (version, key) in (0..).zip(&keys) {
        let node = plan.any_node();
        plan.ask(now, node, Command::Put { key: *key, value: Value { version, bytes: 16 } });
        now += 20;
    }
    now += 10_000;
    for key in &keys {
        let node = plan.any_node();
        plan.ask(now, node, Command::Get { key: *key });
        now += 20;
    }
    search(&mut plan, &mut now, 300);
    let mut run = plan.start();
    run.engine.run_until(at(now + 20_000));
    let seen = run.seen();
    let top = |of: &[crate::swarm::Ended]| {
        let hits = of.iter().filter(|ended| {
            let target = run.engine.world().operations[ended.record.op.index()].command.key();
            let mut truth = run.nearest(target, 2);
            truth.retain(|node| *node != ended.record.node);
            ended.nodes.first() == truth.first()
        });
        hits.count() as f64 / of.len() as f64
    };
    let (first, rest) = seen.ops.split_at(300);
    let (records, second) = rest.split_at(2 * ASKED as usize);
    let read = records[ASKED as usize..].iter().filter(|e| e.record.outcome == Outcome::Done);
    (top(first), top(second), read.count())
}

#[test]
fn v12() {
    for (nodes, within, doors, beam) in [
        (1000, 0, 1, 20),
        (1000, 0, 4, 20),
        (1000, 5_000, 1, 20),
        (1000, 20_000, 1, 20),
        (300, 0, 1, 20),
        (100, 0, 1, 20),
        (200, 0, 1, 5),
        (1000, 0, 1, 5),
    ] {
        for seed in 1..4 {
            println!(
                "V12 {nodes} within {within} doors {doors} beam {beam}: {:.3?}",
                storm(nodes, within, doors, beam, seed)
            );
        }
    }
}
