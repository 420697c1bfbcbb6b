//! Range queries: what they find, what they know to be missing, and what they cost.

use std::collections::BTreeSet;

use dhtlab_core::author::*;
use dhtlab_core::engine::Start;
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_core::world::World;
use dhtlab_protocols::chord::params::{LookupEnd, Params, Placement, RangeMode, TriggerRule};

use crate::common::{at, world};
use crate::kept::{Ended, NEVER, ask, lives, owners, put, range, ring, run, stock};
use crate::support::usual;

const ORDERED: [Placement; 3] = [Placement::Scaled, Placement::Exact, Placement::Learned];
const GAP: Span = Span::from_millis(5);

/// Names of one kind: spread, in clusters, or consecutive at the very ends of the space.
fn names(kind: u64, count: usize, stream: &mut Stream) -> Vec<u64> {
    let mut names = BTreeSet::new();
    let centres: Vec<u64> = (0..5).map(|_| stream.next_u64()).collect();
    while names.len() < count {
        let number = names.len() as u64;
        names.insert(match kind {
            0 => stream.next_u64(),
            1 => centres[stream.index(5)].wrapping_add(stream.below(1 << 40)),
            _ if number.is_multiple_of(2) => number,
            _ => u64::MAX - number,
        });
    }
    names.into_iter().collect()
}

fn with(mode: RangeMode, placement: Placement, names: &[u64]) -> Params {
    // A quiet ring: nothing is learned while it is asked.
    let trigger = TriggerRule::None;
    let mut params = Params { range_mode: mode, placement, trigger, ..usual() };
    params.given.names = names.into();
    params
}

/// What a range query is to find.
fn expected(names: &[u64], command: Command) -> Vec<u64> {
    let Command::Range { lo, hi, limit } = command else { return Vec::new() };
    let inside = names.iter().copied().filter(|name| (lo..=hi).contains(name));
    inside.take(limit as usize).collect()
}

/// A complaint about a query on a quiet ring, if there is one.
fn check(names: &[u64], command: Command, ended: &Ended) -> Option<String> {
    let wanted = expected(names, command);
    if ended.names != wanted {
        return Some(format!("{command:?} found {} of {}", ended.names.len(), wanted.len()));
    }
    let fine = ended.complete() && ended.record.outcome == Outcome::Done;
    (!fine).then(|| format!("{command:?} is not sure: {ended:?}"))
}

/// Random ranges, among them the special ones of the ring: over the top, of one name, of none.
fn random_range(number: u32, names: &[u64], stream: &mut Stream) -> Command {
    let (a, b) = (stream.next_u64(), stream.next_u64());
    let name = names[stream.index(names.len())];
    let near = name.saturating_add(stream.below(1 << 41));
    match number % 10 {
        0 => range(0, u64::MAX),
        1 => range(name, name),
        2 => range(a, a),
        3 => range(a.max(b), a.min(b)),
        4 => range(0, a),
        5 => range(a, u64::MAX),
        6 => Command::Range { lo: a, hi: u64::MAX, limit: 1 + number % 40 },
        7 => range(name, near),
        8 => Command::Range { lo: 0, hi: u64::MAX, limit: number % 50 },
        _ => range(a.min(b), a.max(b)),
    }
}

fn random_ranges(mode: RangeMode, placement: Placement, kind: u64, each: u32, count: u32) -> u32 {
    let mut world = world(40, 7 + kind);
    let mut stream = Stream::new(world.seed, Purpose::RecordKeys, kind);
    let names = names(kind, 400, &mut stream);
    // On a quiet ring: a learned model is trained, spread and acted upon before the first query.
    let quiet = if placement == Placement::Learned { 400 } else { 0 };
    let start = stock(&mut world, &names, at(1), GAP) + Span::from_secs(quiet);
    let first = world.operations.len();
    for number in 0..count {
        let command = random_range(number, &names, &mut stream);
        let node = u32::try_from(stream.below(40)).expect("small");
        ask(&mut world, start + Span::from_millis(200) * u64::from(number), node, command);
    }
    let commands: Vec<Command> = world.operations.iter().map(|op| op.command).collect();
    let params = Params { virtual_nodes: each, ..with(mode, placement, &names) };
    let end = start + Span::from_millis(200) * u64::from(count) + Span::from_secs(400);
    let ended = run(world, params, Start::Warm, end);
    for (number, ended) in ended.range(first..) {
        if let Some(complaint) = check(&names, commands[*number], ended) {
            panic!("{mode:?}, {placement:?}, {kind}, {each}: {complaint}");
        }
        // A parallel walk for some names may end while more owners are asked than were needed.
        let record = &ended.record;
        let limited = matches!(commands[*number], Command::Range { limit, .. } if limit < u32::MAX);
        let open = record.requests - record.successes - record.failures;
        assert!(open == 0 || limited, "all requests were answered: {record:?}");
    }
    count
}

#[test]
fn v20_ranges_find_everything_and_nothing_else() {
    let mut queries = 0;
    for placement in ORDERED {
        for kind in 0..3 {
            for each in [1, 4] {
                for mode in [RangeMode::Walk, RangeMode::Parallel] {
                    queries += random_ranges(mode, placement, kind, each, 30);
                }
            }
        }
    }
    println!("{queries} queries");
    assert!(queries >= 1_000, "{queries}");
}

#[test]
fn v20_holds_without_order_too() {
    for placement in [Placement::Sha, Placement::Scaled] {
        for each in [1, 4] {
            random_ranges(RangeMode::PerKey, placement, 0, each, 10);
            random_ranges(RangeMode::PerKeyBatch, placement, 1, each, 20);
            random_ranges(RangeMode::Broadcast, placement, 2, each, 20);
        }
    }
}

/// The planted bug: a name too many, one too few, a result that is not sure.
#[test]
fn the_checker_sees_what_is_wrong() {
    let mut world = world(3, 1);
    let start = stock(&mut world, &[1, 2, 3], at(1), GAP);
    ask(&mut world, start, 0, range(1, 2));
    let params = with(RangeMode::Walk, Placement::Scaled, &[]);
    let ended = run(world, params, Start::Warm, start + Span::from_secs(9));
    let good = &ended[&3];
    let names = [1, 2, 3];
    assert_eq!(check(&names, range(1, 2), good), None);
    for bad in [vec![1], vec![1, 2, 3], vec![1, 1, 2], vec![2, 1]] {
        assert!(check(&names, range(1, 2), &Ended { names: bad, ..good.clone() }).is_some());
    }
    let mut unsure = good.clone();
    unsure.record.outcome = Outcome::TimedOut;
    assert!(check(&names, range(1, 2), &unsure).is_some());
}

/// Uniform names, `count` of them, on a ring of `nodes`; ranges of `span` names each in two modes.
fn compare(
    (nodes, count): (u32, usize),
    spans: &[usize],
    batch: u32,
    repeats: u32,
) -> Vec<[(f64, f64, f64); 2]> {
    let mut results = Vec::new();
    let mut runs = Vec::new();
    for mode in [RangeMode::Walk, RangeMode::PerKeyBatch] {
        let mut world = world(nodes, 11);
        let mut stream = Stream::new(world.seed, Purpose::RecordKeys, 0);
        let names = names(0, count, &mut stream);
        let start = stock(&mut world, &names, at(1), Span::from_micros(200));
        let first = world.operations.len();
        for span in spans {
            // Walks are cheap: more of them for the number of owners.
            let many = if mode == RangeMode::Walk { repeats * 40 } else { repeats };
            for number in 0..many {
                let from = stream.index(count - span);
                let node = u32::try_from(stream.below(u64::from(nodes))).expect("small");
                let pace = if mode == RangeMode::Walk { 20 } else { 2_000 };
                let after = Span::from_millis(pace) * u64::from(number);
                let command = range(names[from], names[from + span - 1]);
                ask(&mut world, start + after, node, command);
            }
        }
        world.operations[first..].sort_by_key(|op| op.at);
        let spans_of: Vec<usize> =
            world.operations[first..].iter().map(|op| expected(&names, op.command).len()).collect();
        let mut params = with(mode, Placement::Scaled, &names);
        params.lookup_end = LookupEnd::Successor;
        params.per_key_batch = batch;
        let ended = run(world, params, Start::Warm, start + Span::from_secs(600));
        runs.push((ended, first, spans_of));
    }
    for span in spans {
        let mean = |run: &(std::collections::BTreeMap<usize, Ended>, usize, Vec<usize>)| {
            let (ended, first, spans_of) = run;
            let (mut owners, mut requests, mut took, mut n) = (0.0, 0.0, 0.0, 0.0);
            for (number, ended) in ended.range(first..) {
                if spans_of[number - first] == *span {
                    assert_eq!(ended.names.len(), *span, "complete");
                    owners += f64::from(ended.holders());
                    requests += f64::from(ended.record.requests);
                    took += ended.took.as_secs_f64();
                    n += 1.0;
                }
            }
            (owners / n, requests / n, took / n)
        };
        results.push([mean(&runs[0]), mean(&runs[1])]);
    }
    results
}

/// Owners of a range of L names: 1 + (L - 1) N / K. With 2,000 names an owner, as 10^6 names on 500
/// nodes have, that is 1.0, 1.05 and 1.5.
#[test]
fn v12_an_ordered_range_costs_one_lookup_and_a_step_an_owner() {
    let spans = [10, 100, 1_000];
    let results = compare((50, 100_000), &spans, 100, 5);
    for ((span, wanted), [walk, keys]) in spans.iter().zip([0.90, 0.99, 0.999]).zip(&results) {
        let owners = 1.0 + f64::from(u32::try_from(span - 1).expect("small")) / 2_000.0;
        let saved = 1.0 - walk.1 / keys.1;
        println!("L={span}: owners {:.3} (law {owners:.3}), messages saved {saved:.4}", walk.0);
        println!(
            "  requests {:.1} against {:.1}; latency saved {:.3}",
            walk.1,
            keys.1,
            1.0 - walk.2 / keys.2
        );
        // The law holds over rings; this is one ring of 50 stretches and 200 ranges.
        assert!((walk.0 - owners).abs() < 0.12, "{span}: {}", walk.0);
        assert!((saved - wanted).abs() <= 0.012, "{span}: {saved}");
    }
}

/// 500 nodes and ranges over 1.5 owners, read in ten batches, as 1,000 of 10^6 names in batches of
/// 100 are; here 100 of 10^5 in batches of 10.
#[test]
fn v13_an_ordered_range_is_faster_than_batches_of_lookups() {
    let [walk, keys] = compare((500, 100_000), &[100], 10, 20)[0];
    let saved = 1.0 - walk.2 / keys.2;
    println!(
        "owners {:.3}, latency {:.3} s against {:.3} s: saved {saved:.3}",
        walk.0, walk.2, keys.2
    );
    assert!((0.80..=0.95).contains(&saved), "{saved}");
    assert!((walk.0 - 1.5).abs() < 0.12, "{}", walk.0);
}

/// Owners asked at once: the walk of 40 owners takes a few round trips instead of 40.
#[test]
fn a_parallel_walk_asks_the_same_owners_in_less_time() {
    let took = |mode| {
        let mut world = world(60, 3);
        ask(&mut world, at(1), 7, range(0, u64::MAX));
        let ended = run(world, with(mode, Placement::Scaled, &[]), Start::Warm, at(60));
        assert!(ended[&0].complete());
        (ended[&0].holders(), ended[&0].took)
    };
    let (one, many) = (took(RangeMode::Walk), took(RangeMode::Parallel));
    assert_eq!((one.0, many.0), (60, 60));
    assert!(many.1 * 5 < one.1, "{many:?} against {one:?}");
}

/// The world of [`over_crashes`]: names, and who crashes when.
fn crashing(seed: u64, share: u64) -> (World, Vec<u64>, Vec<u32>, usize) {
    let mut world = world(50, seed);
    let mut stream = Stream::new(world.seed, Purpose::RecordKeys, 0);
    let names = names(0, 500, &mut stream);
    let start = stock(&mut world, &names, at(1), GAP);
    let first = world.operations.len();
    let dead: Vec<u32> = (2..50).filter(|_| stream.below(100) < share).collect();
    let crash = start.as_nanos() / 1_000_000;
    let all: Vec<(u64, u64, bool)> =
        (0..50).map(|node| (0, if dead.contains(&node) { crash } else { NEVER }, false)).collect();
    lives(&mut world, &all);
    for number in 0..60_u64 {
        let (a, b) = (stream.next_u64(), stream.next_u64());
        let live: Vec<u32> = (0..50).filter(|node| !dead.contains(node)).collect();
        let node = live[stream.index(live.len())];
        ask(&mut world, start + Span::from_millis(700) * number, node, range(a.min(b), a.max(b)));
    }
    (world, names, dead, first)
}

/// During and after the crash of a fifth of the nodes without replicas: nothing that was not stored
/// is found, and who says that nothing is missing has all that survived.
#[test]
fn a_range_over_a_crash_tells_the_truth() {
    for mode in [RangeMode::Walk, RangeMode::Parallel, RangeMode::Broadcast] {
        let (mut sure, mut unsure) = (0, 0);
        for seed in 1..=4 {
            let (mut world, names, dead, first) = crashing(seed, 20);
            // Stored by those that survive.
            for op in &mut world.operations[..first] {
                op.node = NodeIx::new(0);
            }
            let points = ring(&world, 1, |_| true);
            let lost = |name: &u64| {
                let owner = owners(&points, *name).next().expect("nodes");
                dead.contains(&owner.host.get())
            };
            let left: Vec<u64> = names.iter().copied().filter(|name| !lost(name)).collect();
            let commands: Vec<Command> = world.operations.iter().map(|op| op.command).collect();
            let params = with(mode, Placement::Scaled, &[]);
            let ended = run(world, params, Start::Warm, at(200));
            for (number, ended) in ended.range(first..) {
                let all = expected(&names, commands[*number]);
                let here = expected(&left, commands[*number]);
                assert!(ended.names.iter().all(|name| all.contains(name)), "{mode:?} {seed}");
                if ended.complete() {
                    let missing = here.iter().find(|name| !ended.names.contains(name));
                    assert_eq!(missing, None, "{mode:?} {seed} {number}");
                    sure += 1;
                } else {
                    unsure += 1;
                }
            }
        }
        println!("{mode:?}: {sure} sure, {unsure} not");
        assert!(sure > 20 && unsure > 20, "{mode:?}: {sure} and {unsure}");
    }
}

#[test]
fn one_node_alone_is_a_whole_ring() {
    for mode in [RangeMode::Walk, RangeMode::Parallel, RangeMode::Broadcast] {
        for each in [1, 3] {
            let mut world = world(1, 1);
            ask(&mut world, at(1), 0, put(5));
            ask(&mut world, at(2), 0, put(u64::MAX));
            ask(&mut world, at(3), 0, range(0, u64::MAX));
            let params = Params { virtual_nodes: each, ..with(mode, Placement::Scaled, &[]) };
            let ended = run(world, params, Start::Join, at(30));
            assert_eq!(ended[&2].names, [5, u64::MAX], "{mode:?} {each}");
            assert!(ended[&2].complete(), "{mode:?} {each}");
            assert_eq!(ended[&2].record.requests, 0);
        }
    }
}
