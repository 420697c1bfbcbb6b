//! How long joins, searches, stores and reads take in a healthy swarm, and how many requests.

use dhtlab_core::author::*;

use crate::swarm::{JOIN_GAP, Plan, Run, mean};

const EACH: u64 = 60;
const GAP: u64 = 3_000;

fn plain(version: u64) -> Value {
    Value { version, bytes: 16 }
}

/// A swarm that grew node by node is asked for nodes, to store, and to read by others: what is
/// measured.
fn measured(nodes: u32, seed: u64, latest: bool) -> [f64; 10] {
    let mut plan = Plan::sequential(nodes, seed);
    plan.params.read_latest = latest;
    let mut now = plan.joined_at();
    let keys: Vec<Key> = (0..EACH).map(|_| plan.any_key()).collect();
    for _ in 0..EACH {
        let (node, target) = (plan.any_node(), plan.any_key());
        plan.ask(now, node, Command::FindNode { target });
        now += GAP;
    }
    for (version, key) in keys.iter().enumerate() {
        let node = plan.any_node();
        plan.ask(now, node, Command::Put { key: *key, value: plain(version as u64) });
        now += 100;
    }
    now += GAP;
    let at_stored = now;
    now += 10;
    for key in &keys {
        let node = plan.any_node();
        plan.ask(now, node, Command::Get { key: *key });
        now += GAP;
    }
    let mut run = plan.start();
    run.engine.run_until(crate::swarm::at(at_stored));
    let holders = run.holders();
    run.engine.run_until(crate::swarm::at(now));
    let seen = run.seen();
    assert!(seen.ops.iter().all(|ended| ended.record.outcome == Outcome::Done));
    let (finds, rest) = seen.ops.split_at(EACH as usize);
    let (puts, gets) = rest.split_at(EACH as usize);
    let took = |of: &[crate::swarm::Ended]| mean(of.iter().map(|ended| run.took(ended)));
    let asked = |of: &[crate::swarm::Ended]| mean(of.iter().map(|e| f64::from(e.record.requests)));
    let exact = finds.iter().map(|ended| {
        let Command::FindNode { target } =
            run.engine.world().operations[ended.record.op.index()].command
        else {
            return 0.0;
        };
        let truth: Vec<NodeIx> = run
            .nearest(target, 21)
            .into_iter()
            .filter(|node| *node != ended.record.node)
            .take(20)
            .collect();
        let hits = ended.nodes.iter().filter(|node| truth.contains(node)).count();
        hits as f64 / truth.len() as f64
    });
    let replicas = mean(keys.iter().map(|key| holders[key].len() as f64));
    let placed = mean(keys.iter().map(|key| {
        let truth = run.nearest(*key, 5);
        holders[key].iter().filter(|node| truth.contains(node)).count() as f64
    }));
    let table = mean((0..nodes).map(|node| {
        run.engine.state(NodeIx::new(node)).map_or(0.0, |state| state.table().len() as f64)
    }));
    let joins = mean(
        seen.joins
            .iter()
            .filter(|j| j.node.index() > 0)
            .map(|j| j.at.since(j.booted_at).as_secs_f64()),
    );
    println!("{}", seen.ops.iter().filter(|e| e.record.failures > 0).count());
    [
        joins,
        took(finds),
        took(puts),
        took(gets),
        asked(finds),
        asked(gets),
        mean(exact),
        replicas,
        placed,
        table,
    ]
}

#[test]
fn v9() {
    for (n, s) in [(20, 1), (100, 1), (1000, 1)] {
        println!("join find put get | rpc find get | exact replicas placed table");
        for latest in [false, true] {
            let t = std::time::Instant::now();
            println!("{n} {latest} {:.3?} {:?}", measured(n, s, latest), t.elapsed());
        }
    }
}
