use super::*;
use crate::churn::ChurnSpec;
use crate::dist::Law;
use crate::link::jitter::Jitter;
use crate::link::loss::Loss;
use crate::link::table::RegionTable;
use crate::op::OpKind;
use crate::workload::{Lookups, Publish, Rate, Records, Target};
use proptest::prelude::*;

fn busy(seed: u64) -> WorldSpec {
    let hour = Span::from_hours(1);
    let session = Law::Weibull { shape: 0.6, scale: hour };
    WorldSpec {
        seed: Seed(seed),
        nodes: 300,
        bootstrap_nodes: 5,
        start: Start::Join { over: Span::from_mins(10) },
        link: LinkSpec {
            model: LinkModel::Regions(RegionTable::aws_2019()),
            jitter: Jitter::MEASURED,
            loss: Loss::None,
        },
        churn: Churn::Drawn(ChurnSpec::rejoin(session, Law::Exponential { mean: hour })),
        client_share: Ratio::new(1, 4).unwrap(),
        groups: Vec::new(),
        clock_error: ClockError::None,
        workload: WorkloadSpec {
            lookups: Some(Lookups {
                rate: Rate::PerNode { every: Span::from_mins(10) },
                target: Target::RandomKey,
            }),
            puts: Some(Rate::PerNode { every: Span::from_mins(20) }),
            records: Records { count: 20, ..Records::default() },
            ..WorkloadSpec::default()
        },
        duration: Span::from_hours(2),
    }
}

fn hashes(spec: &WorldSpec) -> WorldHashes {
    World::draw(spec).unwrap().hashes()
}

#[test]
fn the_same_spec_gives_the_same_world_and_another_seed_another() {
    let world = World::draw(&busy(1)).unwrap();
    assert_eq!(world.hash(), World::draw(&busy(1)).unwrap().hash());
    assert_ne!(world.hash(), World::draw(&busy(2)).unwrap().hash());
    let replaced = |change: fn(&mut World)| {
        let mut other = world.clone();
        change(&mut other);
        other.hash()
    };
    assert_ne!(world.hash(), replaced(|w| w.keys[3] = w.keys[3].flip_bit(255)));
    assert_ne!(world.hash(), replaced(|w| w.bootstrap.swap(0, 1)));
    assert_ne!(world.hash(), replaced(|w| w.doors = vec![[w.bootstrap[0]].into(); w.len()]));
    assert_ne!(world.hash(), replaced(|w| w.links = Links::constant(Span::from_millis(1))));
    assert_ne!(world.hash(), replaced(|w| w.links = w.links.clone().with_paired_delays()));
    assert_ne!(world.hash(), replaced(|w| w.operations.truncate(5)));
}

/// A world is known by its hash on every machine: the draws of all parts are frozen.
#[test]
fn the_draws_of_a_world_are_frozen() {
    let hash = World::draw(&busy(1)).unwrap().hash();
    let shown = blake3::Hash::from(hash).to_hex();
    assert_eq!(shown.as_str(), "49751ccd6e0e9af0dd6d9a9e2c0d7085d8ca2a4dfae1390ce2fbde7d3d27cc84");
}

/// A change to one part leaves the draws of the others as they were.
#[test]
fn parts_of_a_world_do_not_disturb_each_other() {
    let base = hashes(&busy(1));
    let changed = |change: fn(&mut WorldSpec)| {
        let mut spec = busy(1);
        change(&mut spec);
        hashes(&spec)
    };
    let other = changed(|s| s.workload.lookups = None);
    assert_eq!(WorldHashes { operations: base.operations, ..other }, base);
    assert_ne!(other.operations, base.operations);
    let other = changed(|s| s.client_share = Ratio::ZERO);
    assert_eq!(WorldHashes { roles: base.roles, ..other }, base);
    let other = changed(|s| s.link.loss = Loss::Bernoulli(Ratio::from_millionths(10)));
    assert_eq!(WorldHashes { links: base.links, ..other }, base);
    let other = changed(|s| s.clock_error = ClockError::Normal { sd: Span::from_secs(1) });
    assert_eq!(WorldHashes { roles: base.roles, ..other }, base);
    assert_ne!(other.roles, base.roles);
    assert_eq!(changed(|s| s.clock_error = ClockError::Uniform { most: Span::ZERO }), base);
    let still = changed(|s| s.churn = Churn::None);
    let other = changed(|s| (s.churn, s.start) = (Churn::None, Start::Warm));
    assert_eq!((other.keys, other.roles, other.links), (still.keys, still.roles, still.links));
    assert_ne!(other.sessions, still.sessions);
    let graceful = changed(|s| {
        let Churn::Drawn(churn) = &mut s.churn else { return };
        churn.graceful = Ratio::ONE;
    });
    assert_eq!(WorldHashes { sessions: base.sessions, ..graceful }, base);
}

/// All identities of one machine have its clock.
#[test]
fn a_machine_keeps_its_clock() {
    let spec =
        WorldSpec { clock_error: ClockError::Uniform { most: Span::from_secs(2) }, ..busy(1) };
    let world = World::draw(&spec).unwrap();
    let node = |number| NodeIx::from_usize(number);
    let shown: Vec<u64> = (0..world.len())
        .map(|number| world.wall_clock(node(number), Time::ZERO).as_nanos())
        .collect();
    let (behind, ahead) = (shown.iter().min().unwrap(), shown.iter().max().unwrap());
    let start = WALL_CLOCK_START.as_nanos();
    assert!((start - 2_000_000_000..start - 1_900_000_000).contains(behind));
    assert!((start + 1_900_000_000..=start + 2_000_000_000).contains(ahead));
    let mut replaced = busy(1);
    let session = Law::Exponential { mean: Span::from_mins(20) };
    replaced.churn = Churn::Drawn(ChurnSpec::replace(session, session));
    replaced.clock_error = spec.clock_error;
    let world = World::draw(&replaced).unwrap();
    let mut clocks = world.clock_errors.clone();
    clocks.dedup();
    assert!(clocks.len() * 3 < world.len(), "{} clocks of {}", clocks.len(), world.len());
}

/// Publishers leave so long after their last store; `None`: they stay.
fn publishing(seed: u64, publisher_leaves: Option<Span>) -> World {
    let mut spec = busy(seed);
    let publish = Publish {
        at: Time::ZERO + Span::from_mins(20),
        over: Span::from_mins(15),
        publisher_leaves,
    };
    spec.workload.publish = Some(publish);
    spec.workload.records.count = 40;
    World::draw(&spec).unwrap()
}

/// Publishers stay in no world longer than the span after their last store; everybody else, and all
/// that was asked before, is as in the world where publishers stay.
#[test]
fn publishers_that_leave_never_come_back_and_disturb_nobody() {
    let after = Span::from_mins(5);
    for seed in 1..4 {
        let (stay, leave) = (publishing(seed, None), publishing(seed, Some(after)));
        let (a, b) = (stay.hashes(), leave.hashes());
        assert_eq!((a.keys, a.roles, a.links), (b.keys, b.roles, b.links));
        assert_ne!((a.sessions, a.operations), (b.sessions, b.operations));

        let others = |world: &World| {
            let mut spec = busy(seed);
            spec.workload.records.count = 40;
            let quiet: Vec<_> =
                World::draw(&spec).unwrap().operations.iter().map(|op| (op.at, op.node)).collect();
            let published = world.operations.iter().filter(|op| !quiet.contains(&(op.at, op.node)));
            published.map(|op| (op.at, op.node, op.command.key())).collect::<Vec<_>>()
        };
        let stores = others(&leave);
        assert_eq!(stores.len(), 40, "each record is stored once");
        let mut left = std::collections::BTreeMap::new();
        for (at, node, _) in &stores {
            assert!(
                !leave.bootstrap.contains(node),
                "bootstrap nodes stay, so they do not publish"
            );
            assert!(leave.sessions.up_at(*node, *at));
            left.insert(*node, *at + after);
        }
        for node in (0..stay.len()).map(NodeIx::from_usize) {
            let (before, now) = (stay.sessions.of(node), leave.sessions.of(node));
            let Some(at) = left.get(&node) else {
                assert_eq!(before, now);
                continue;
            };
            assert!(now.iter().all(|session| session.down <= *at), "{node:?} is back");
            let kept = before.iter().take_while(|session| session.down <= *at).count();
            assert_eq!(before[..kept], now[..kept]);
            assert!(leave.operations.iter().all(|op| op.node != node || op.at < *at));
        }
        let asked = |world: &World, kind| -> Vec<(Time, NodeIx, Key)> {
            let found = world.operations.iter().filter(|op| op.command.kind() == kind);
            let there = found.filter(|op| left.get(&op.node).is_none_or(|at| op.at < *at));
            there.map(|op| (op.at, op.node, op.command.key())).collect()
        };
        assert_eq!(asked(&stay, OpKind::FindNode), asked(&leave, OpKind::FindNode));
    }
}

/// What would happen after the run does not: a world whose publishers outlive it is that in which they
/// stay, apart from the bootstrap nodes, which publish only where publishers stay.
#[test]
fn publishers_that_outlive_the_run_stay() {
    let world = publishing(1, Some(Span::from_hours(9)));
    assert_eq!(world.hashes().sessions, publishing(1, None).hashes().sessions);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Slots are drawn for themselves: a larger network holds every node of a smaller one.
    #[test]
    fn a_larger_network_holds_the_smaller_one(seed: u64, nodes in 6..200_u32, more in 1..100_u32) {
        let sorted = |nodes| {
            let world = World::draw(&WorldSpec { nodes, ..busy(seed) }).unwrap();
            let mut keys: Vec<(Key, Role, Vec<crate::session::Session>)> = (0..world.len())
                .map(NodeIx::from_usize)
                .map(|n| (world.key(n), world.role(n), world.sessions.of(n).to_vec()))
                .collect();
            keys.sort_unstable_by_key(|(key, ..)| *key);
            keys
        };
        let large = sorted(nodes + more);
        for node in sorted(nodes) {
            let found = large.binary_search_by_key(&node.0, |(key, ..)| *key);
            prop_assert_eq!(&large[found.unwrap()], &node);
        }
    }
}

#[test]
fn regions_are_contiguous_and_bootstrap_nodes_serve_from_the_start() {
    let world = World::draw(&busy(3)).unwrap();
    let mut seen = Vec::new();
    for node in (0..world.len()).map(NodeIx::from_usize) {
        let region = world.links.region_of(node);
        if seen.last() != Some(&region) {
            assert!(!seen.contains(&region), "{seen:?}");
            seen.push(region);
        }
    }
    assert_eq!((seen.len(), world.bootstrap.len()), (11, 5));
    for node in &world.bootstrap {
        assert_eq!(world.role(*node), Role::Server);
        let [stay] = world.sessions.of(*node) else { panic!("one stay") };
        assert_eq!((stay.up, stay.down), (Time::ZERO, Time::NEVER));
    }
    let clients = world.roles.iter().filter(|role| **role == Role::Client).count();
    assert!(clients * 3 > world.len() / 2 && clients * 3 < world.len());
    // Joining nodes come after time zero: what is up at zero is up when the run starts.
    let early = |node: &NodeIx| world.sessions.up_at(*node, Time::ZERO);
    assert_eq!((0..world.len()).map(NodeIx::from_usize).filter(early).count(), 5);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let refused = |change: fn(&mut WorldSpec)| {
        let mut spec = busy(1);
        change(&mut spec);
        World::draw(&spec).unwrap_err()
    };
    assert_eq!(refused(|s| s.nodes = 0), WorldError::NoNodes);
    assert_eq!(refused(|s| s.bootstrap_nodes = 0), WorldError::NoBootstrapNode);
    let error = WorldError::TooManyBootstrapNodes { bootstrap: 5, nodes: 4 };
    assert_eq!(refused(|s| s.nodes = 4), error);
    assert!(matches!(
        refused(|s| s.link.jitter = Jitter::Uniform { share: Ratio::ONE }),
        WorldError::Link(_)
    ));
    assert!(matches!(refused(|s| s.workload.records.count = 0), WorldError::Workload(_)));
    let error = refused(|s| s.clock_error = ClockError::Uniform { most: Span::from_mins(61) });
    assert_eq!(error, WorldError::ClockError);
    assert_eq!(error.to_string(), "a clock is at most 1h wrong");
}
