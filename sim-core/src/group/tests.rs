use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::batch::Item;
use crate::churn::{Churn, ChurnSpec, Start};
use crate::dist::Law;
use crate::key::Key;
use crate::op::{Command, OpKind};
use crate::protocol::Role;
use crate::ratio::Ratio;
use crate::seed::Seed;
use crate::time::Time;
use crate::workload::{Lookups, Rate, Target, WorkloadSpec};
use crate::world::{Operation, World, WorldError, WorldHashes, WorldSpec};
use proptest::prelude::*;

const MINUTE: Span = Span::from_mins(1);

fn group(name: &str, nodes: u32) -> GroupSpec {
    let name = name.to_owned();
    GroupSpec { name, nodes, client: false, announce: None, watch: None, heartbeat: None }
}

/// Thirty servers of a model of 32 blocks, twenty clients that read it, and a beating bootstrap node.
fn swarm() -> Vec<GroupSpec> {
    let of = || "bloom".to_owned();
    let announce = Announce {
        of: of(),
        blocks: 32,
        span: 8,
        every: MINUTE,
        lifetime: Span::from_mins(2),
        value_bytes: 300,
        index: true,
    };
    let watch = Watch { of: of(), every: MINUTE, latest: true, index: true };
    vec![
        GroupSpec { announce: Some(announce), ..group("holder", 30) },
        GroupSpec { client: true, watch: Some(watch), ..group("reader", 20) },
        GroupSpec { heartbeat: Some(Span::from_secs(30)), ..group(BOOTSTRAP, 0) },
    ]
}

fn spec(groups: Vec<GroupSpec>) -> WorldSpec {
    let churn = ChurnSpec::rejoin(
        Law::Exponential { mean: Span::from_mins(20) },
        Law::Exponential { mean: Span::from_mins(10) },
    );
    let lookups =
        Lookups { rate: Rate::PerNode { every: Span::from_mins(10) }, target: Target::RandomKey };
    WorldSpec {
        bootstrap_nodes: 2,
        start: Start::Warm,
        churn: Churn::Drawn(churn),
        client_share: Ratio::new(1, 4).unwrap(),
        groups,
        workload: WorkloadSpec {
            lookups: Some(lookups),
            puts: Some(Rate::PerNode { every: Span::from_mins(10) }),
            settle: Span::from_secs(30),
            ..WorkloadSpec::default()
        },
        ..WorldSpec::still(Seed(4), 80, Span::from_mins(60))
    }
}

fn draw_world(groups: Vec<GroupSpec>) -> World {
    World::draw(&spec(groups)).unwrap()
}

fn refused(change: impl FnOnce(&mut Vec<GroupSpec>)) -> WorldError {
    let mut groups = swarm();
    change(&mut groups);
    World::draw(&spec(groups)).unwrap_err()
}

fn nodes(world: &World) -> impl Iterator<Item = NodeIx> {
    (0..world.len()).map(NodeIx::from_usize)
}

fn of_group<'a>(world: &'a World, name: &'a str) -> impl Iterator<Item = NodeIx> + 'a {
    nodes(world).filter(move |node| world.groups.name_of(*node) == Some(name))
}

/// The operations of a kind, with the items of batches.
fn only(world: &World, kind: OpKind) -> Vec<(Operation, &[Item])> {
    let found = world.operations.iter().filter(|op| op.command.kind() == kind);
    found
        .map(|op| match op.command {
            Command::PutMany { items } | Command::GetMany { items, .. } => {
                (*op, items.of(&world.items))
            }
            _ => (*op, &[][..]),
        })
        .collect()
}

#[test]
fn members_are_dealt_as_stated_and_take_part_as_their_group_says() {
    let world = draw_world(swarm());
    let count = |name| of_group(&world, name).count();
    // Every slot of this churn has one identity.
    assert_eq!((count("holder"), count("reader"), count(BOOTSTRAP)), (30, 20, 2));
    assert!(of_group(&world, "holder").all(|node| world.role(node) == Role::Server));
    assert!(of_group(&world, "reader").all(|node| world.role(node) == Role::Client));
    assert!(of_group(&world, BOOTSTRAP).all(|node| world.bootstrap.contains(&node)));
    let other = |node: &NodeIx| world.groups.name_of(*node).is_none();
    let clients = nodes(&world).filter(other).filter(|node| world.role(*node) == Role::Client);
    assert!((8..32).contains(&clients.count()), "a quarter of the others");
    let first: Vec<NodeIx> = of_group(&world, "holder").take(30).collect();
    assert!(first.last().unwrap().get() > 40, "dealt, not the first ones: {first:?}");
}

#[test]
fn groups_leave_everything_else_as_it_was() {
    let (with, without) = (draw_world(swarm()), draw_world(Vec::new()));
    let hashes = with.hashes();
    let WorldHashes { roles, operations, .. } = without.hashes();
    assert_eq!(WorldHashes { roles, operations, ..hashes }, without.hashes());
    assert_ne!((hashes.roles, hashes.operations), (roles, operations));
    let old = |op: &&Operation| matches!(op.command.kind(), OpKind::FindNode | OpKind::Put);
    let kept: Vec<Operation> = with.operations.iter().filter(old).copied().collect();
    assert_eq!(kept, without.operations);
    // One job leaves the times of the others alone.
    let mut quiet = swarm();
    quiet[0].announce.as_mut().unwrap().index = false;
    (quiet[1].client, quiet[2].heartbeat) = (false, None);
    let times = |world: &World, kind| -> Vec<(Time, NodeIx)> {
        only(world, kind).iter().map(|(op, _)| (op.at, op.node)).collect()
    };
    let quiet = draw_world(quiet);
    assert_eq!(times(&quiet, OpKind::GetMany), times(&with, OpKind::GetMany));
    assert_eq!(times(&quiet, OpKind::PutMany).len() * 2, times(&with, OpKind::PutMany).len());
}

/// In every session: the first announcement in the first period or after settling, then one each period.
#[test]
fn jobs_are_done_every_period_while_a_session_lasts() {
    let world = draw_world(swarm());
    let spec = spec(swarm());
    let end = Time::ZERO + spec.duration;
    for (group, kind, every, each) in [
        ("holder", OpKind::PutMany, MINUTE, 2),
        ("reader", OpKind::GetMany, MINUTE, 1),
        (BOOTSTRAP, OpKind::Get, Span::from_secs(30), 1),
    ] {
        let all = only(&world, kind);
        let mut late = 0;
        let mut phases = BTreeSet::new();
        for node in of_group(&world, group) {
            for session in world.sessions.of(node) {
                let down = session.down.min(end);
                let times: Vec<Time> = all
                    .iter()
                    .filter(|(op, _)| op.node == node && (session.up..down).contains(&op.at))
                    .map(|(op, _)| op.at)
                    .collect();
                let settled = session.up + spec.workload.settle;
                let first = match times.first() {
                    Some(first) => *first,
                    None if session.up > Time::ZERO => settled,
                    None => continue,
                };
                if session.up > Time::ZERO {
                    assert_eq!(first, settled);
                    late += 1;
                } else {
                    assert!(first < Time::ZERO + every);
                    phases.insert(first);
                }
                let mut wanted = Vec::new();
                let mut at = first;
                while at < down {
                    wanted.extend(std::iter::repeat_n(at, each));
                    at += every;
                }
                assert_eq!(times, wanted);
            }
        }
        assert!(late > 5 || group == BOOTSTRAP);
        assert!(phases.len() > 10 || group == BOOTSTRAP, "phases differ");
    }
    let done = world.operations.iter().filter(|op| op.command.kind() == OpKind::PutMany);
    assert!(done.clone().all(|op| world.groups.name_of(op.node) == Some("holder")));
    assert!(done.count() > 1_000);
}

#[test]
fn an_announcement_is_a_fixed_span_under_the_own_number_and_spans_cover_all_blocks() {
    let world = draw_world(swarm());
    let reads = only(&world, OpKind::GetMany);
    let (_, read) = reads.first().unwrap();
    assert_eq!(read.len(), 33, "32 blocks and the index");
    assert!(reads.iter().all(|(op, items)| {
        items.as_ptr() == read.as_ptr()
            && matches!(op.command, Command::GetMany { latest: true, .. })
    }));
    let place = |key: Key| read.iter().position(|item| item.key == key).unwrap();
    let keys: BTreeSet<Key> = read.iter().map(|item| item.key).collect();
    assert_eq!(keys.len(), 33, "all different");
    let mut spans: BTreeMap<NodeIx, usize> = BTreeMap::new();
    let mut versions = Vec::new();
    for (op, items) in only(&world, OpKind::PutMany) {
        assert!(
            items.iter().all(|item| item.lifetime == Span::from_mins(2) && item.value.bytes == 300)
        );
        versions.extend(items.iter().map(|item| item.value.version));
        if let [item] = items {
            assert_eq!((place(item.key), item.subkey), (32, Some(0)));
            continue;
        }
        let places: Vec<usize> = items.iter().map(|item| place(item.key)).collect();
        assert!(places.windows(2).all(|pair| pair[0] + 1 == pair[1]) && places.len() == 8);
        assert!(items.iter().all(|item| item.subkey == Some(u64::from(op.node.get()))));
        assert_eq!(*spans.entry(op.node).or_insert(places[0]), places[0], "fixed");
    }
    let covered: BTreeSet<usize> = spans.values().flat_map(|first| *first..first + 8).collect();
    assert_eq!(covered, (0..32).collect());
    // Unique, and they go on after those of the other stores.
    let stores = only(&world, OpKind::Put).len() as u64;
    let all: Vec<u64> = (stores + 1..).take(versions.len()).collect();
    assert_eq!(versions, all);
}

proptest! {
    #[test]
    fn spans_cover_all_blocks_where_there_are_enough(
        blocks in 1..200_u32, share in 1..=100_u32, more in 0..5_u32,
    ) {
        let span = (blocks * share).div_ceil(100);
        let members = blocks.div_ceil(span) + more;
        let announce = Announce { blocks, span, ..swarm()[0].announce.clone().unwrap() };
        let firsts: Vec<u32> =
            (0..members).map(|rank| draw::first_block(&announce, rank, members)).collect();
        prop_assert!(firsts.is_sorted());
        let held: BTreeSet<u32> = firsts.iter().flat_map(|first| *first..first + span).collect();
        prop_assert_eq!(held, (0..blocks).collect::<BTreeSet<u32>>());
    }
}

#[test]
fn groups_that_say_the_same_speak_of_the_same_blocks() {
    let mut groups = swarm();
    let more = GroupSpec { name: "more".to_owned(), nodes: 5, ..groups[0].clone() };
    let mut other = GroupSpec { name: "other".to_owned(), nodes: 5, ..groups[0].clone() };
    other.announce.as_mut().unwrap().of = "llama".to_owned();
    groups.extend([more, other]);
    let world = draw_world(groups);
    let keys = |group: &str| -> BTreeSet<(Key, bool)> {
        let stores = only(&world, OpKind::PutMany).into_iter();
        let own = stores.filter(|(op, _)| world.groups.name_of(op.node) == Some(group));
        own.flat_map(|(_, items)| items.iter().map(|item| (item.key, items.len() == 1))).collect()
    };
    assert_eq!(keys("more"), keys("holder"));
    let shared: Vec<_> = keys("other").intersection(&keys("more")).copied().collect();
    assert!(matches!(shared[..], [(_, true)]), "only the index");
    let index = only(&world, OpKind::PutMany).into_iter().filter(|(_, items)| items.len() == 1);
    let subkeys: BTreeSet<Option<u64>> = index.map(|(_, items)| items[0].subkey).collect();
    assert_eq!(subkeys, [Some(0), Some(1)].into());
    // Keys of blocks do not depend on which groups there are.
    let alone: BTreeSet<Key> = draw_world(swarm()).items.iter().map(|item| item.key).collect();
    assert!(keys("holder").iter().all(|(key, _)| alone.contains(key)));
}

#[test]
fn a_heartbeat_asks_for_what_nobody_stores() {
    let world = draw_world(swarm());
    let beats = only(&world, OpKind::Get);
    assert_eq!(beats.len(), 2 * 120);
    let keys: BTreeSet<Key> = beats.iter().map(|(op, _)| op.command.key()).collect();
    assert_eq!(keys.len(), beats.len(), "fresh");
    let stored =
        |op: &Operation| matches!(op.command, Command::Put { key, .. } if keys.contains(&key));
    assert!(!world.operations.iter().any(stored));
    assert!(world.items.iter().all(|item| !keys.contains(&item.key)));
}

#[test]
fn what_cannot_be_is_refused() {
    use GroupError as E;
    let is = |error: E| WorldError::Group(error);
    assert_eq!(refused(|g| g[1].name = "holder".to_owned()), is(E::NameTaken("holder".into())));
    // 80 up on average, of which 2 always: 117 others that are up two thirds of the time.
    let error = refused(|g| g[0].nodes = 98);
    assert_eq!(error, is(E::TooManyNodes { wanted: 118, slots: 117 }));
    assert_eq!(refused(|g| g[2].heartbeat = Some(Span::ZERO)), is(E::Every));
    let announce = |change: fn(&mut Announce)| refused(|g| change(g[0].announce.as_mut().unwrap()));
    assert_eq!(announce(|a| a.every = Span::ZERO), is(E::Every));
    assert_eq!(announce(|a| a.span = 33), is(E::Blocks));
    assert_eq!(announce(|a| a.span = 0), is(E::Blocks));
    assert_eq!(announce(|a| (a.blocks, a.span) = (BLOCKS_MAX + 1, 1)), is(E::Blocks));
    assert_eq!(announce(|a| a.of = "x".into()), is(E::NobodyAnnounces("bloom".into())));
    let error = refused(|g| {
        let mut more = GroupSpec { name: "more".to_owned(), nodes: 1, ..g[0].clone() };
        more.announce.as_mut().unwrap().blocks = 31;
        g.push(more);
    });
    assert_eq!(error, is(E::BlocksDiffer("bloom".into())));
    let many = refused(|g| g.extend((0..GROUPS_MAX).map(|n| group(&n.to_string(), 0))));
    assert_eq!(many, is(E::TooManyGroups));
}
