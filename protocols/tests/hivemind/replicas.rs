//! How many replicas a record has and where: V6, V7, V14, G3, I9 and I11.

use std::collections::BTreeSet;

use dhtlab_core::author::*;
use dhtlab_core::seed::{Purpose, Seed, Stream};

use crate::swarm::{Plan, Run, at, close_to, real};

fn value(version: u64) -> Value {
    Value { version, bytes: 16 }
}

/// Crashes `victims` for good.
fn kill(run: &mut Run, victims: &[NodeIx]) {
    run.engine.control(|plane| {
        for victim in victims {
            plane.hold_down(*victim);
        }
    });
}

/// `count` of the nodes from `first` on, by the swarm's own stream.
fn some(plan: &mut Plan, first: usize, count: usize) -> Vec<NodeIx> {
    let mut nodes: Vec<usize> = (first..plan.world.len()).collect();
    (0..count).map(|_| NodeIx::from_usize(nodes.remove(plan.stream.index(nodes.len())))).collect()
}

#[test]
fn v6_a_record_has_as_many_replicas_as_asked_for_and_keeps_them_when_overwritten() {
    for (nodes, replicas, seed) in
        [(20, 1, 1), (20, 2, 2), (20, 5, 3), (20, 11, 4), (20, 19, 5), (20, 20, 6), (50, 7, 7)]
    {
        let mut plan = Plan::joining(nodes, seed, |node, _| u64::from(node > 0) * 1_000);
        plan.params.num_replicas = replicas;
        let key = plan.any_key();
        for (version, start) in [(1, 10_000), (2, 20_000)] {
            let node = plan.any_node();
            plan.ask(start, node, Command::Put { key, value: value(version) });
        }
        let mut run = plan.start();
        for end in [15_000, 25_000] {
            run.engine.run_until(at(end));
            let holders = &run.holders()[&key];
            assert_eq!(holders.len(), replicas as usize, "{nodes} nodes");
            let mut nearest = run.nearest(key, replicas as usize);
            nearest.sort_unstable();
            assert_eq!(holders, &nearest, "and those are the nearest");
        }
        assert!(run.seen().ops.iter().all(|ended| ended.record.outcome == Outcome::Done));
    }
}

/// How many nodes `node` has on its blacklist.
fn banned(run: &Run, node: u32) -> u64 {
    let mut count = 0;
    let state = run.engine.state(NodeIx::new(node)).expect("it is up");
    state.readings(run.engine.now(), &mut |reading| {
        if reading.name == "hivemind.blacklist_mean" {
            count = reading.value;
        }
    });
    count
}

#[test]
fn v7_both_dead_peers_are_banned_after_one_store_and_no_live_one_ever() {
    for seed in 1..5 {
        let mut plan = Plan::sequential(4, seed);
        plan.params.blacklist_time = Span::from_secs(999);
        let keys = [plan.any_key(), plan.any_key()];
        for (number, key) in (0..).zip(keys) {
            let put = Command::Put { key, value: value(number) };
            plan.ask(20_000 + number * 20_000, NodeIx::new(3), put);
        }
        let mut run = plan.start();
        run.engine.run_until(at(19_000));
        assert_eq!(banned(&run, 3), 0);
        kill(&mut run, &[NodeIx::new(1), NodeIx::new(2)]);
        run.engine.run_until(at(39_000));
        assert_eq!(banned(&run, 3), 2);
        run.engine.run_until(at(59_000));
        assert_eq!(banned(&run, 3), 2);
        let seen = run.seen();
        assert!(
            (6.0..6.5).contains(&run.took(&seen.ops[0])),
            "it waits for them, then stores at them"
        );
        assert_eq!(seen.ops[1].record.failures, 0, "but not twice");
        assert_eq!(run.holders()[&keys[1]].len(), 2);
    }
}

#[test]
fn g3_a_client_counts_itself_unless_told_not_to() {
    for (quirk, replicas) in [(true, 4), (false, 5)] {
        let mut plan = Plan::sequential(7, 1);
        plan.params.client_self_replica = quirk;
        plan.world.roles[6] = Role::Client;
        let mine = plan.world.key(NodeIx::new(6));
        let key = mine.flip_bit(150);
        plan.ask(plan.joined_at(), NodeIx::new(6), Command::Put { key, value: value(1) });
        let end = plan.joined_at() + 5_000;
        let run = plan.run(end);
        let holders = &run.holders()[&key];
        assert_eq!(holders.contains(&NodeIx::new(6)), quirk, "nobody can ask a client");
        assert_eq!(holders.iter().filter(|node| node.index() < 6).count(), replicas);
        assert_eq!(run.seen().ops[0].nodes.len(), 5);
    }
}

#[test]
fn i9_a_store_ends_with_the_replicas_that_can_be_had() {
    for (nodes, dead, seed) in [(12, 9, 1), (12, 8, 2), (12, 4, 3), (40, 20, 4), (40, 30, 5)] {
        let mut plan = Plan::sequential(nodes, seed);
        let start = plan.joined_at();
        let key = plan.any_key();
        let victims = some(&mut plan, 1, dead);
        plan.ask(start, NodeIx::new(0), Command::Put { key, value: value(1) });
        let mut run = plan.start();
        run.engine.run_until(at(start - 1));
        kill(&mut run, &victims);
        run.engine.run_until(at(start + 120_000));
        let seen = run.seen();
        let live = nodes as usize - dead;
        assert_eq!(run.holders()[&key].len(), live.min(5), "{nodes} nodes, {dead} dead");
        assert_eq!(seen.ops[0].record.outcome, Outcome::Done);
        assert!(seen.ops[0].record.requests <= 2 * nodes, "each is asked and tried once at most");
    }
}

/// A swarm that keeps `keys` keys in its storages only, who is to die in it, `percent` of all, and 60
/// reads at the others, from a second after that.
fn doomed(nodes: u32, keys: usize, percent: usize, seed: u64) -> (Run, Vec<Key>, Vec<NodeIx>) {
    let mut plan = Plan::sequential(nodes, seed);
    plan.params.cache_on_store = false;
    plan.params.num_workers = 32;
    plan.params.record_lifetime = Span::from_hours(2);
    let start = plan.joined_at();
    let stored: Vec<Key> = (0..keys).map(|_| plan.any_key()).collect();
    for (number, some_keys) in (0..).zip(stored.chunks(20)) {
        let item =
            |key: &Key| Item { key: *key, subkey: None, value: value(1), lifetime: Span::MAX };
        let items = plan.batch(some_keys.iter().map(item));
        let node = plan.any_node();
        plan.ask(start + number * 20, node, Command::PutMany { items });
    }
    let victims = some(&mut plan, 0, nodes as usize * percent / 100);
    let survivors: Vec<NodeIx> =
        (0..nodes).map(NodeIx::new).filter(|node| !victims.contains(node)).collect();
    for (number, key) in (0..).zip(stored.iter().take(60)) {
        let node = survivors[plan.stream.index(survivors.len())];
        plan.ask(start + 31_000 + number * 2_000, node, Command::Get { key: *key });
    }
    let mut run = plan.start();
    run.engine.run_until(at(start + 30_000));
    assert!(run.seen().ops.iter().all(|ended| ended.record.outcome == Outcome::Done));
    (run, stored, victims)
}

/// The share of `keys` that is lost is f^5 on average; neighbouring keys share their holders, so it
/// takes many draws of the dead to see it. One of the draws is carried out.
#[test]
fn v14_a_key_is_lost_when_all_five_of_its_holders_die_at_once() {
    const DRAWS: usize = 200;
    for (nodes, percent, expected) in [(1_000, 30, 0.24), (1_000, 50, 3.1), (250, 50, 3.1)] {
        let (mut run, keys, victims) = doomed(nodes, 1_000, percent, 1);
        let holders = run.holders();
        let lost = |victims: &[NodeIx]| {
            let dead: BTreeSet<NodeIx> = victims.iter().copied().collect();
            keys.iter().filter(|key| holders[key].iter().all(|node| dead.contains(node))).count()
        };
        let mut stream = Stream::new(Seed(9), Purpose::Workload, 0);
        let mut shares = 0.0;
        for _ in 0..DRAWS {
            let mut all: Vec<NodeIx> = (0..nodes).map(NodeIx::new).collect();
            let count = all.len() * percent / 100;
            let dead: Vec<NodeIx> =
                (0..count).map(|_| all.swap_remove(stream.index(all.len()))).collect();
            shares += real(lost(&dead)) / real(keys.len());
        }
        close_to("lost", shares * 100.0 / real(DRAWS), expected, 12.0);
        let foretold = lost(&victims);
        kill(&mut run, &victims);
        let left = run.holders();
        let lost = keys.iter().filter(|key| !left.contains_key(key)).count();
        assert_eq!(lost, foretold, "nobody copies a record when its holders die");
    }
}

/// At 30 % dead, hivemind's own modules missed one or two of 60 keys that had a live holder.
#[test]
fn i11_what_a_live_node_holds_is_found_though_many_are_dead() {
    for (nodes, percent, seed) in [(100, 30, 1), (300, 30, 2), (300, 20, 3)] {
        let (mut run, keys, victims) = doomed(nodes, 60, percent, seed);
        kill(&mut run, &victims);
        let holders = run.holders();
        let end = run.engine.now() + Span::from_secs(300);
        run.engine.run_until(end);
        let seen = run.seen();
        let gets = &seen.ops[seen.ops.len() - 60..];
        let missed = gets
            .iter()
            .zip(&keys)
            .filter(|(ended, key)| {
                holders.contains_key(key) && ended.record.outcome != Outcome::Done
            })
            .count();
        assert!(missed <= 2, "{nodes} nodes, {percent} % dead: {missed} missed");
    }
}
