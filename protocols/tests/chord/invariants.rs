//! I1: Zave's invariant holds after every step of every schedule that keeps her operating assumption.

use dhtlab_core::author::*;
use dhtlab_core::engine::Start;
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::World;
use dhtlab_protocols::chord::{Params, Peer};
use proptest::prelude::*;

use crate::check::{Sometimes, Verdict, always, ensure};
use crate::common::{DELAY, at, world};
use crate::rings::{Belief, beliefs, ideal, may_fail, outside, principals, zave};
use crate::support::{engine, usual};

/// A random schedule.
#[derive(Clone, Copy, Debug)]
struct Schedule {
    seed: u64,
    /// Up from the start with exact pointers, and in all.
    born: u32,
    nodes: u32,
    r: u32,
    v: u32,
    /// The mean stay, in seconds; and the share of good-byes, in per cent.
    stay: u64,
    graceful: u64,
}

/// How long a schedule is watched.
const END: u64 = 120;
/// How often: several times while a message is under way.
const STEP: Span = Span::from_millis(25);

impl Schedule {
    fn draw(&self) -> World {
        let mut world = world(self.nodes, self.seed);
        world.bootstrap = (0..self.born.min(4)).map(NodeIx::new).collect();
        world.sessions = Sessions::new();
        for node in 0..self.nodes {
            let mut stream = Stream::new(world.seed, Purpose::Sessions, u64::from(node));
            let mut length = || Span::from_millis(1 + stream.below(2_000 * self.stay));
            let mut up = if node < self.born { Time::ZERO } else { Time::ZERO + length() };
            let mut own = Vec::new();
            while up < at(END) {
                let (down, back) = (up + length(), length());
                let graceful = u64::from(node * 37) % 100 < self.graceful;
                // The first bootstrap node stays: somebody has to be there.
                let down = if node == 0 { Time::NEVER } else { down };
                own.push(Session { up, down, graceful });
                if node == 0 {
                    break;
                }
                up = down + back;
            }
            world.sessions.push_identity(own);
        }
        world
    }

    fn params(&self) -> Params {
        Params {
            successors: self.r,
            virtual_nodes: self.v,
            stabilize_interval: Span::from_secs(2),
            fix_fingers_interval: Span::from_secs(3),
            check_predecessor_interval: Span::from_secs(3),
            join_retry: Span::from_secs(1),
            ..usual()
        }
    }
}

/// All departures of a world in order of time.
fn departures(world: &World) -> Vec<(Time, NodeIx)> {
    let nodes = (0..world.len()).map(NodeIx::from_usize);
    let mut all: Vec<(Time, NodeIx)> = nodes
        .flat_map(|node| world.sessions.of(node).iter().map(move |own| (own.down, node)))
        .filter(|(down, _)| *down < at(END))
        .collect();
    all.sort_unstable();
    all
}

/// What happened over all cases.
#[derive(Debug, Default)]
struct Exercised {
    steps: Sometimes,
    failures: Sometimes,
    broken: Sometimes,
    admitted: Sometimes,
    skipped: Sometimes,
    unsettled: Sometimes,
    adopted: Sometimes,
}

/// Who takes a new head of its list that it did not list before has had an answer from it: a delay
/// ago it was up. Only the good-bye of a neighbour brings an unasked head.
fn heads_have_answered(
    world: &World,
    before: &[Belief],
    after: &[Belief],
    now: Time,
    adopted: &Sometimes,
) -> Verdict {
    for member in after {
        let Ok(at) = before.binary_search_by_key(&member.me.id, |old| old.me.id) else { continue };
        let head = member.successors[0];
        if before[at].successors.contains(&head) {
            continue;
        }
        adopted.add(1);
        let sent = Time::from_nanos(now.as_nanos().saturating_sub(DELAY.as_nanos()));
        let earliest = Time::from_nanos(sent.as_nanos().saturating_sub(STEP.as_nanos()));
        let up = |at| world.sessions.up_at(head.host, at);
        ensure(up(sent) || up(earliest), || {
            format!("{:?} adopts {head:?}, which is gone, at {now:?}", member.me)
        })?;
    }
    Ok(())
}

/// Watches a schedule until it ends or breaks the assumption, after which nothing is promised.
fn watch(schedule: Schedule, seen: &Exercised) -> Verdict {
    let r = schedule.r as usize;
    let world = schedule.draw();
    let departures = departures(&world);
    let (mut engine, _) = engine(world, schedule.params(), Start::Warm);
    let (mut now, mut next, mut last) = (Time::ZERO, 0, Vec::new());
    while now < at(END) {
        now += STEP;
        while let Some((down, _)) = departures.get(next).filter(|(down, _)| *down <= now) {
            // What is under way may name whoever fails until it has arrived.
            let with = |(at, _): &&(Time, NodeIx)| *at <= *down + DELAY;
            let gone: Vec<NodeIx> =
                departures[next..].iter().take_while(with).map(|(_, node)| *node).collect();
            engine.run_until(*down);
            if !may_fail(&beliefs(&engine), &gone, r) {
                seen.broken.add(1);
                return Ok(());
            }
            seen.failures.add(1);
            next += 1;
        }
        engine.run_until(now);
        let members = beliefs(&engine);
        zave(&members, r).map_err(|complaint| format!("{complaint} at {now:?}"))?;
        seen.steps.add(1);
        if schedule.graceful == 0 {
            heads_have_answered(engine.world(), &last, &members, now, &seen.adopted)?;
        }
        seen.admitted.note(members.len() > last.len());
        seen.skipped.note(principals(&members).len() < members.len());
        seen.unsettled.note(outside(&engine) > 0);
        last = members;
    }
    Ok(())
}

#[test]
fn i1_holds_at_every_step() {
    let seen = Exercised::default();
    let size = (2..17_u32, prop_oneof![Just(1_u32), Just(1), Just(5)]);
    let cases =
        (any::<u64>(), size, 1..30_u32, 0..30_u32, 20..100_u64, prop_oneof![Just(0), 0..101_u64]);
    always(20, &cases, |(seed, (r, v), more, joiners, stay, graceful)| {
        let born = (r + 1).div_ceil(v) + more;
        let nodes = born + joiners;
        watch(Schedule { seed, born, nodes, r, v, stay, graceful }, &seen)
    });
    eprintln!("{seen:?}");
    seen.steps.happened("a step was checked", 50_000);
    seen.failures.happened("somebody failed", 300);
    seen.admitted.happened("somebody was admitted", 500);
    seen.skipped.happened("somebody was skipped", 10_000);
    seen.unsettled.happened("somebody stood outside", 1_000);
    seen.adopted.happened("a head was adopted", 200);
    seen.broken.happened("the assumption was broken", 1);
}

/// A static start of exactly r + 1 nodes that others join: as nobody fails, all founders stay principals.
#[test]
fn i1_holds_from_the_smallest_ring_on() {
    let seen = Exercised::default();
    for r in 2..17 {
        let (born, nodes) = (r + 1, r + 40);
        let schedule = Schedule { seed: u64::from(r), born, nodes, r, v: 1, stay: 30, graceful: 0 };
        let mut world = schedule.draw();
        let mut sessions = Sessions::new();
        for node in (0..world.len()).map(NodeIx::from_usize) {
            let first = world.sessions.of(node)[0];
            sessions.push_identity([Session { down: Time::NEVER, ..first }]);
        }
        world.sessions = sessions;
        let (mut engine, _) = engine(world, schedule.params(), Start::Warm);
        for step in 1..=at(90).as_nanos() / STEP.as_nanos() {
            engine.run_until(Time::ZERO + STEP * step);
            let members = beliefs(&engine);
            let now = principals(&members);
            let founder = |node| engine.world().key_prefix(NodeIx::new(node));
            let whole = (0..born).all(|node| now.contains(&founder(node)));
            seen.skipped.note(now.len() < members.len());
            assert!(whole, "r = {r}: a founder is skipped");
        }
    }
    seen.skipped.happened("a joiner was skipped", 1_000);
}

fn points(ids: &[u64]) -> Vec<Peer> {
    let host = |id: u64| NodeIx::new(u32::try_from(id).expect("a small number"));
    ids.iter().map(|id| Peer::new(*id << 40, host(*id), 0)).collect()
}

/// The planted bug of original Chord: who stabilizes takes its successor's predecessor without asking
/// whether it is there. The predecessor has failed, and with it the list ends up without anybody.
#[test]
fn adopting_without_asking_breaks_i1() {
    let r = 2;
    let ring = points(&[1, 2, 3, 4, 5, 6]);
    // 2 has joined between 1 and 3 and told 3, but not 1; then it fails, as does nobody else. Its own
    // list was that of a joiner, and 4 and 5 fail before anybody hears of that.
    let mut members = ideal(&points(&[1, 3, 4, 5, 6, 7]), r);
    let stale = ideal(&ring, r)[1].successors.clone();
    members.iter_mut().find(|member| member.me == ring[2]).expect("3").predecessor = Some(ring[1]);
    assert_eq!(zave(&members, r), Ok(()));
    let head = members[0].successors[0];
    let between = members.iter().find(|member| member.me == head).and_then(|m| m.predecessor);
    // Asked first, 2 is silent and 1 keeps its list; unasked, it becomes the head of the list, with what
    // it last told behind it.
    let adopted: Vec<Peer> = between.into_iter().chain(stale).take(r).collect();
    let broken = |members: &[Belief], successors: Vec<Peer>| {
        let mut members = members.to_vec();
        members[0].successors = successors;
        members
    };
    let members = broken(&members, adopted);
    assert_eq!(zave(&members, r), Ok(()), "3 is still listed");
    assert!(!may_fail(&members, &[head.host], r), "but now everything hangs on it");
    let left: Vec<Belief> = members.into_iter().filter(|member| member.me != head).collect();
    assert!(zave(&left, r).is_err());
}

/// More planted bugs, one for each part of the invariant.
#[test]
fn i1_notices_each_kind_of_damage() {
    let r = 3;
    let ring = ideal(&points(&[1, 2, 3, 4, 5, 6]), r);
    assert_eq!(zave(&ring, r), Ok(()));
    let damaged = |damage: fn(&mut Vec<Belief>)| {
        let mut ring = ring.clone();
        damage(&mut ring);
        zave(&ring, r)
    };
    assert!(damaged(|ring| ring[1].successors.clear()).is_err(), "an empty list");
    assert!(damaged(|ring| ring[1].successors.swap(0, 1)).is_err(), "out of order");
    assert!(damaged(|ring| ring[1].successors = vec![ring[1].me; 2]).is_err(), "itself");
    assert!(damaged(|ring| ring[1] = ring[0].clone()).is_err(), "twice");
    let far = |ring: &mut Vec<Belief>| ring[0].successors = vec![ring[4].me];
    assert!(damaged(far).is_err(), "three are skipped: three principals are left");
    assert!(damaged(|ring| ring.truncate(3)).is_err(), "too few");
    // One is skipped, which r + 2 = 5 principals bear.
    let one = |ring: &mut Vec<Belief>| {
        ring[0].successors.remove(0);
    };
    assert_eq!(damaged(one), Ok(()));
    assert_eq!(principals(&ring).len(), 6);
}

/// The sweep over stretches against the definition.
#[test]
fn principals_are_those_nobody_skips() {
    let cases = (2..12_usize, prop::collection::vec(any::<u64>(), 40));
    always(300, &cases, |(count, draws)| {
        let mut ring = ideal(&points(&(1..=count as u64).collect::<Vec<_>>()), 3);
        for (place, draw) in draws.iter().enumerate() {
            let member = &mut ring[place % count];
            if member.successors.len() > 1 && draw.is_multiple_of(3) {
                member.successors.remove(usize::from(draw % 2 == 1));
            }
        }
        let skipped = |p: u64| {
            ring.iter().any(|member| {
                let list = member.successors.iter().map(|peer| peer.id);
                let extended: Vec<u64> = std::iter::once(member.me.id).chain(list).collect();
                extended.windows(2).any(|pair| crate::rings::between(p, pair[0], pair[1]))
            })
        };
        let expected: Vec<u64> =
            ring.iter().map(|member| member.me.id).filter(|id| !skipped(*id)).collect();
        let found = principals(&ring);
        ensure(found == expected, || format!("{found:?}, not {expected:?}"))
    });
}
