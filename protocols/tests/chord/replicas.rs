//! Copies at successors: what survives crashes.

use std::collections::BTreeSet;

use dhtlab_core::author::*;
use dhtlab_core::engine::Start;
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_protocols::chord::params::{Params, Placement};
use proptest::prelude::*;

use crate::common::{at, world};
use crate::kept::{Life, NEVER, ask, holders, lives, owners, put, remember, ring, stock};
use crate::support::usual;

fn params(replicas: u32, each: u32) -> Params {
    Params {
        replicas,
        virtual_nodes: each,
        placement: Placement::Scaled,
        replica_sync_interval: Span::from_secs(20),
        ..usual()
    }
}

fn random_names(seed: u64, count: usize) -> Vec<u64> {
    let mut stream = Stream::new(dhtlab_core::seed::Seed(seed), Purpose::RecordKeys, 3);
    (0..count).map(|_| stream.next_u64()).collect()
}

/// Share of records lost when a share `dead` of 300 hosts crashes at once.
fn lost(seed: u64, replicas: u32, dead: u32) -> f64 {
    let mut world = world(300, seed);
    let names = random_names(seed, 3_000);
    let end = stock(&mut world, &names, at(1), Span::from_millis(2));
    let mut order: Vec<u64> = (1..300).collect();
    Stream::new(world.seed, Purpose::Fault, 0).shuffle(&mut order);
    let dead: BTreeSet<u64> = order.into_iter().take(dead as usize * 3).collect();
    let crash = end.as_nanos() / 1_000_000 + 1_000;
    let all: Vec<Life> =
        (0..300).map(|host| (0, if dead.contains(&host) { crash } else { NEVER }, false)).collect();
    lives(&mut world, &all);
    for op in &mut world.operations {
        op.node = NodeIx::new(0);
    }
    let (mut engine, _) = remember(world, params(replicas, 1), Start::Warm);
    engine.run_until(Time::ZERO + Span::from_millis(crash + 120_000));
    let held = holders(&engine);
    let gone = names.iter().filter(|name| !held.contains_key(name)).count();
    f64::from(u32::try_from(gone).expect("few")) / 3_000.0
}

/// With r holders a record is lost with probability f^r, where a share f crashes at once.
#[test]
fn records_are_lost_with_all_their_holders() {
    for (replicas, dead) in [(1, 30), (2, 30), (2, 50), (3, 50)] {
        let mean = (1..=4).map(|seed| lost(seed, replicas, dead)).sum::<f64>() / 4.0;
        let share = f64::from(dead) / 100.0;
        let law = (0..replicas).fold(1.0, |product, _| product * share);
        println!("r={replicas} f={share}: lost {mean:.4}, law {law:.4}");
        // About 300 stretches a run: two and a half standard deviations over the runs.
        let tolerance = 2.5 * (law * (1.0 - law) / 300.0 * 2.0 / 4.0).sqrt();
        assert!((mean - law).abs() < tolerance, "r={replicas} f={share}: {mean} against {law}");
    }
}

/// Runs of `failures` hosts next to one another crash, again and again, with time for repair in
/// between; returns how many records were lost, and how many are held by fewer than they should.
fn crashes(seed: u64, replicas: u32, failures: usize, each: u32) -> (usize, usize) {
    let hosts = 24_u32;
    let mut world = world(hosts, seed);
    let names = random_names(seed, 200);
    let points = ring(&world, u16::try_from(each).expect("few"), |_| true);
    let mut lives_of: Vec<Life> = (0..hosts).map(|_| (0, NEVER, false)).collect();
    let mut stream = Stream::new(world.seed, Purpose::Fault, 0);
    let mut dead: BTreeSet<u32> = BTreeSet::new();
    for round in 0..3_u64 {
        // Distinct live hosts in a row from anywhere on.
        let first = points[stream.index(points.len())].id;
        let mut row: Vec<u32> = Vec::new();
        for peer in owners(&points, first) {
            let host = peer.host.get();
            if row.len() < failures && host != 0 && !dead.contains(&host) && !row.contains(&host) {
                row.push(host);
            }
        }
        for host in &row {
            lives_of[*host as usize].1 = 60_000 + round * 150_000;
        }
        dead.extend(row);
    }
    lives(&mut world, &lives_of);
    for (number, name) in (0..).zip(&names) {
        ask(&mut world, at(1) + Span::from_millis(40) * number, 0, put(*name));
    }
    let (mut engine, memory) = remember(world, params(replicas, each), Start::Warm);
    engine.run_until(at(600));
    assert!(memory.ended().values().all(|ended| ended.record.outcome == Outcome::Done));
    let held = holders(&engine);
    let gone = names.iter().filter(|name| !held.contains_key(name)).count();
    let wrong = |name: &&u64| {
        let hosts: BTreeSet<NodeIx> =
            held.get(name).into_iter().flatten().map(|(host, _)| *host).collect();
        let mut wanted: Vec<NodeIx> = Vec::new();
        let live = points.iter().filter(|peer| !dead.contains(&peer.host.get()));
        let live: Vec<_> = live.copied().collect();
        for peer in owners(&live, **name) {
            if wanted.len() < replicas as usize && !wanted.contains(&peer.host) {
                wanted.push(peer.host);
            }
        }
        hosts != wanted.into_iter().collect()
    };
    (gone, names.iter().filter(wrong).count())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn with_more_holders_than_failures_nothing_is_lost_and_copies_are_made_anew(
        seed in 0..10_000_u64, failures in 1..4_usize, each in 1..4_u32,
    ) {
        let replicas = u32::try_from(failures).unwrap() + 1;
        prop_assert_eq!(crashes(seed, replicas, failures, each), (0, 0));
    }
}

/// The twin: as many failures as holders do lose records.
#[test]
fn with_as_many_failures_as_holders_records_are_lost() {
    let lost: usize = (1..4).map(|seed| crashes(seed, 2, 2, 1).0).sum();
    assert!(lost > 0);
}

/// A change is at the replicas at once, a removal as well, and an owner that comes back after a crash
/// is given what it owns.
#[test]
fn changes_reach_replicas_at_once() {
    let mut world = world(20, 4);
    ask(&mut world, at(5), 3, put(77));
    ask(&mut world, at(9), 4, Command::Delete { key: Key::named(77) });
    let (mut engine, _) = remember(world, params(3, 1), Start::Warm);
    engine.run_until(at(8));
    assert_eq!(holders(&engine)[&77].len(), 3);
    engine.run_until(at(12));
    assert!(!holders(&engine).contains_key(&77));
}
