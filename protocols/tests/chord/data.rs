//! Records while the ring changes: none is lost by joins and graceful leaves, each comes to rest at
//! its owner, and requests add up.

use std::collections::BTreeMap;

use dhtlab_core::author::*;
use dhtlab_core::engine::Start;
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_core::world::World;
use dhtlab_protocols::chord::params::{Params, Placement, RangeMode};
use proptest::prelude::*;

use crate::common::{at, world};
use crate::kept::{
    Ended, Life, NEVER, ask, holders, lives, owners, put, range, remember, ring, run,
};
use crate::support::usual;

/// How many hosts of a schedule stay throughout.
const STAY: u64 = 4;
const HOSTS: u64 = 14;
/// Long after the last change: copies made at leaves are dropped by then.
const END: u64 = 1_500;

/// Hosts come and go by their own will; `together`: some leave two at the same instant. Three would be
/// too many, as a leaver's records go to two hosts; so would be two while lists still name a third one
/// that left before.
fn schedule(seed: u64, together: bool) -> Vec<Life> {
    let mut stream = Stream::new(dhtlab_core::seed::Seed(seed), Purpose::Sessions, 0);
    let (mut down, mut pair) = (60_000, false);
    (0..HOSTS)
        .map(|host| {
            if host < STAY {
                return (host * 2_000, NEVER, true);
            }
            let up = 10_000 + stream.below(150_000);
            if stream.below(4) == 0 {
                return (up, NEVER, true);
            }
            pair = together && !pair && down > up + 500;
            if !pair {
                let quiet = if together { 60_000 } else { 3_000 };
                down = (down + quiet + stream.below(40_000)).max(up + 500);
            }
            (up, down, true)
        })
        .collect()
}

/// A complaint about where records are, if there is one: each is to be at its owner only.
fn misplaced(
    stored: &[u64],
    held: &BTreeMap<u64, Vec<(NodeIx, u64)>>,
    owner: impl Fn(u64) -> NodeIx,
) -> Option<String> {
    for name in stored {
        match held.get(name).map(Vec::as_slice) {
            None | Some([]) => return Some(format!("{name:x} is lost")),
            Some([(host, _)]) if *host == owner(*name) => {}
            Some(list) => {
                return Some(format!("{name:x} is at {list:?}, not {:?} only", owner(*name)));
            }
        }
    }
    None
}

fn params(each: u32) -> Params {
    Params {
        virtual_nodes: each,
        placement: Placement::Scaled,
        range_mode: RangeMode::Walk,
        replica_sync_interval: Span::from_secs(10),
        transfer_items: 5,
        ..usual()
    }
}

fn coming_and_going(seed: u64, each: u32, together: bool) -> (World, Vec<u64>) {
    let mut world = world(u32::try_from(HOSTS).expect("few"), seed);
    lives(&mut world, &schedule(seed, together));
    let mut stream = Stream::new(world.seed, Purpose::RecordKeys, u64::from(each));
    let names: Vec<u64> = (0..300).map(|_| stream.next_u64()).collect();
    for (number, name) in (0..).zip(&names) {
        let node = u32::try_from(stream.below(STAY)).expect("few");
        ask(&mut world, at(20) + Span::from_millis(1_300) * number, node, put(*name));
    }
    ask(&mut world, at(END - 30), 1, range(0, u64::MAX));
    (world, names)
}

fn nothing_is_lost(seed: u64, each: u32, together: bool) -> Result<(), TestCaseError> {
    let (world, names) = coming_and_going(seed, each, together);
    let live = |node: NodeIx| world.sessions.up_at(node, at(END - 1));
    let points = ring(&world, u16::try_from(each).expect("few"), live);
    let (mut engine, memory) = remember(world, params(each), Start::Join);
    engine.run_until(at(END));
    let ended = memory.ended();
    let stored: Vec<u64> = (0..names.len())
        .filter(|number| ended[number].record.outcome == Outcome::Done)
        .map(|number| names[number])
        .collect();
    prop_assert!(stored.len() > 200, "only {} were stored", stored.len());
    let owner = |name| owners(&points, name).next().expect("nodes").host;
    prop_assert_eq!(misplaced(&stored, &holders(&engine), owner), None);
    let whole = &ended[&names.len()];
    prop_assert!(whole.complete(), "claims tile the ring: {:?}", whole.record);
    for name in &stored {
        prop_assert!(whole.names.contains(name));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// I6 and I7, and I5 as the claims of a range query.
    #[test]
    fn no_record_is_lost_by_joins_and_graceful_leaves(
        seed in 0..10_000_u64, each in 1..5_u32, together: bool,
    ) {
        nothing_is_lost(seed, each, together)?;
    }
}

/// Two hosts with four virtual nodes each leave at the same instant, next to one another.
#[test]
fn neighbours_that_leave_together_lose_nothing() {
    nothing_is_lost(192, 4, true).expect("all records");
}

/// The planted bugs of [`misplaced`], and the twin: records do move, and hosts do leave together.
#[test]
fn the_checker_sees_what_is_wrong_and_records_do_move() {
    let host = NodeIx::new;
    let held = |list: &[u32]| {
        BTreeMap::from([(7, list.iter().map(|n| (host(*n), 1)).collect::<Vec<_>>())])
    };
    assert_eq!(misplaced(&[7], &held(&[3]), |_| host(3)), None);
    for bad in [&[][..], &[4], &[3, 4]] {
        assert!(misplaced(&[7], &held(bad), |_| host(3)).is_some());
    }
    assert!(misplaced(&[8], &held(&[3]), |_| host(3)).is_some());
    let together = (1..9).filter(|seed| {
        let leaves: Vec<u64> = schedule(*seed, true).iter().map(|life| life.1).collect();
        leaves.windows(2).any(|pair| pair[0] == pair[1] && pair[0] != NEVER)
    });
    assert!(together.count() > 2);
    let (world, names) = coming_and_going(1, 2, true);
    let (mut engine, _) = remember(world, params(2), Start::Join);
    let mut moved = 0;
    let mut before = BTreeMap::new();
    for step in 1..=40 {
        engine.run_until(at(step * 10));
        let now = holders(&engine);
        moved += names.iter().filter(|name| before.get(*name) != now.get(*name)).count();
        before = now;
    }
    assert!(moved > names.len(), "{moved} moves");
}

fn stays(world: &mut World) {
    let all: Vec<Life> = (0..world.len() as u64).map(|host| (host * 300, NEVER, true)).collect();
    lives(world, &all);
}

fn read(name: u64) -> Command {
    Command::Get { key: Key::named(name) }
}

#[test]
fn a_removed_record_is_gone_until_it_is_stored_again() {
    for replicas in [1, 3] {
        let mut world = world(12, 5);
        stays(&mut world);
        let remove = Command::Delete { key: Key::named(9) };
        let script = [put(9), read(9), remove, read(9), remove, put(9), read(9)];
        for (number, command) in (0..).zip(script) {
            ask(&mut world, at(60 + 5 * u64::from(number)), number, command);
        }
        let ended = run(world, Params { replicas, ..params(2) }, Start::Join, at(200));
        let outcomes: Vec<Outcome> = ended.values().map(|ended| ended.record.outcome).collect();
        let (done, none) = (Outcome::Done, Outcome::NotFound);
        assert_eq!(outcomes, [done, done, done, none, done, done, done], "{replicas}");
    }
}

/// A client has no virtual node, answers nobody, and can do everything.
#[test]
fn clients_store_read_and_range_through_others() {
    for mode in [RangeMode::Walk, RangeMode::Parallel, RangeMode::Broadcast] {
        let mut world = world(15, 6);
        world.roles[14] = Role::Client;
        stays(&mut world);
        let find = Command::FindNode { target: Key::named(1) };
        let script = [put(9), read(9), find, range(0, 100), read(10)];
        for (number, command) in (0..).zip(script) {
            ask(&mut world, at(300 + 5 * number), 14, command);
        }
        let params = Params { range_mode: mode, ..params(2) };
        let (mut engine, memory) = remember(world, params, Start::Join);
        engine.run_until(at(400));
        let ended = memory.ended();
        let outcomes: Vec<Outcome> = ended.values().map(|ended| ended.record.outcome).collect();
        let done = Outcome::Done;
        assert_eq!(outcomes, [done, done, done, done, Outcome::NotFound], "{mode:?}");
        assert_eq!(
            (ended[&3].names.as_slice(), ended[&3].complete()),
            (&[9][..], true),
            "{mode:?}"
        );
        assert!(holders(&engine)[&9].iter().all(|(host, _)| *host != NodeIx::new(14)));
        assert!(ended[&0].record.requests > 0 && ended[&3].record.requests > 0);
    }
}

/// What is sent is answered or fails; what is open at the end is what was cut off.
fn adds_up(ended: &Ended, calm: bool, iterative: bool) -> Option<String> {
    let r = &ended.record;
    let known = r.successes + r.failures;
    let wrong = known > r.requests || (calm && (known < r.requests || r.failures > 0));
    // A recursive lookup is one request of its origin, however deep it goes.
    let depth = iterative && u32::from(r.hops) > r.requests;
    (wrong || depth).then(|| format!("{r:?}"))
}

#[test]
fn requests_add_up() {
    for (preset, replicas) in [("dhtlab", 1), ("dhtlab", 3), ("lead", 1), ("dlht", 1)] {
        for crash in [false, true] {
            let mut world = world(30, 8);
            let down = |host| if crash && host > 18 { 610_050 } else { NEVER };
            let all: Vec<Life> = (0..30).map(|host| (host * 100, down(host), false)).collect();
            lives(&mut world, &all);
            let mut stream = Stream::new(world.seed, Purpose::RecordKeys, 0);
            for number in 0..400 {
                let (name, node) = (stream.below(40) << 58, number % 18);
                let command = match stream.below(5) {
                    0 => put(name),
                    1 => read(name),
                    2 => Command::Delete { key: Key::named(name) },
                    3 => range(name, name.saturating_add(1 << 60)),
                    _ => Command::FindNode { target: Key::named(name) },
                };
                ask(&mut world, at(600) + Span::from_millis(50) * u64::from(number), node, command);
            }
            let base = dhtlab_protocols::chord::Preset::find(preset).expect("known").params();
            let mut params = Params { replicas, placement: Placement::Scaled, ..base };
            params.range_mode = RangeMode::Walk;
            let mut failed = 0;
            for ended in run(world, params, Start::Join, at(800)).values() {
                assert_eq!(adds_up(ended, !crash, preset != "lead"), None, "{preset} {crash}");
                failed += ended.record.failures;
            }
            assert_eq!(failed > 0, crash, "{preset}: crashes are felt");
        }
    }
}
