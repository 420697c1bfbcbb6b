//! Rings under steady churn: the share of stale successor pointers, and the
//! published table of lookups (V6, P3).

use dhtlab_core::author::*;
use dhtlab_core::churn::{Churn, ChurnSpec};
use dhtlab_core::dist::Law;
use dhtlab_core::engine::Start;
use dhtlab_core::link::Links;
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_core::world::{Operation, World, WorldSpec};
use dhtlab_protocols::chord::{Params, Preset};

use crate::common::{at, random_key};
use crate::rings::beliefs;
use crate::statistics::{Sample, float, near};
use crate::support::{engine, usual};

/// Nodes that live exponentially long with this mean, of which about `nodes` are up.
fn churning(nodes: u32, life: Span, duration: Span, seed: u64) -> World {
    let mut spec = WorldSpec::still(Seed(seed), nodes, duration);
    spec.churn = Churn::Drawn(ChurnSpec::arrivals(Law::Exponential { mean: life }));
    World::draw(&spec).expect("a plain world")
}

/// The integral over x > 0 of `stays(x) * e^(-rate x)`, where `stays` is zero from `end` on.
fn laplace(stays: impl Fn(f64) -> f64, rate: f64, end: f64) -> f64 {
    let steps = 20_000_u32;
    let width = end / f64::from(steps);
    let at = |step: u32| (f64::from(step) + 0.5) * width;
    (0..steps).map(|step| stays(at(step)) * libm::exp(-rate * at(step)) * width).sum()
}

/// The shares of successor pointers that are dead, and wrong, where each node lives one unit of time on
/// average and refreshes its pointer after gaps that are even on (0, 2/rho).
///
/// A pointer seen at a random time is as old as the last refresh or, if that is shorter, as its owner.
/// With `A(x)` the chance that a running gap began more than x ago, and owner and successor failing at
/// rate 1 each, `dead = int A(x) e^(-2x) dx`. A pointer also goes wrong when somebody joins in its gap,
/// once in a unit of time on average: `wrong = 2 int A(x) e^(-3x) dx`. For exponential gaps
/// `A(x) = e^(-rho x)`, and these are the printed `1/(2 + rho)` and about `2/(3 + rho)`; for even gaps
/// `A(x) = (1 - x rho/2)^2`.
fn laws(rho: f64) -> (f64, f64) {
    let end = 2.0 / rho;
    let stays = |x: f64| (1.0 - x / end) * (1.0 - x / end);
    (laplace(stays, 2.0, end), 2.0 * laplace(stays, 3.0, end))
}

#[test]
fn the_derived_laws_contain_the_printed_ones() {
    for rho in [5.0, 20.0, 50.0] {
        let stays = |x: f64| libm::exp(-rho * x);
        assert!((laplace(stays, 2.0, 10.0) - 1.0 / (2.0 + rho)).abs() < 1e-5);
        assert!((2.0 * laplace(stays, 3.0, 10.0) - 2.0 / (3.0 + rho)).abs() < 1e-5);
    }
}

/// The mean shares of dead and wrong pointers in a simulated ring.
fn pointers(rho: u32, seed: u64) -> (f64, f64) {
    let life = Span::from_secs(10_000);
    let nodes = 1_000;
    let lives = 2;
    let mut world = churning(nodes, life, life * lives, seed);
    world.links = Links::constant(Span::from_micros(100));
    let params = Params {
        stabilize_interval: Span::from_nanos(life.as_nanos() / u64::from(rho)),
        stabilize_jitter_percent: 100,
        fix_fingers_interval: Span::from_nanos(life.as_nanos() / u64::from(rho)),
        check_predecessor_interval: Span::ZERO,
        rpc_timeout_min: Span::from_millis(1),
        rpc_retries: 0,
        lookup_deadline: Span::ZERO,
        join_retry: Span::from_secs(5),
        ..usual()
    };
    let (mut engine, _) = engine(world, params, Start::Warm);
    let (mut dead, mut wrong) = (Sample::default(), Sample::default());
    let snapshots = u64::from(rho) * lives * 2;
    let step = Span::from_nanos((life * lives).as_nanos() / snapshots);
    for snapshot in 1..snapshots {
        engine.run_until(Time::ZERO + step * snapshot);
        // The start is exact: a quarter of a life makes it forget that.
        if snapshot < snapshots / 8 {
            continue;
        }
        let members = beliefs(&engine);
        let next = members.iter().cycle().skip(1);
        let (mut gone, mut off) = (0, 0);
        for (member, truth) in members.iter().zip(next) {
            let first = member.successors[0];
            let there = members.binary_search_by_key(&first.id, |other| other.me.id).is_ok();
            gone += usize::from(!there);
            off += usize::from(first != truth.me);
        }
        dead.add(float(gone) / float(members.len()));
        wrong.add(float(off) / float(members.len()));
    }
    (dead.mean(), wrong.mean())
}

#[test]
fn stale_successor_pointers_follow_their_rates() {
    let mut excesses = Vec::new();
    for rho in [20, 50, 100] {
        let runs: Vec<(f64, f64)> = (1..=6).map(|seed| pointers(rho, seed)).collect();
        let mean =
            |of: fn(&(f64, f64)) -> f64| runs.iter().map(of).sum::<f64>() / float(runs.len());
        let (dead, wrong) = laws(f64::from(rho));
        let what = |name: &str| format!("{name}, rho = {rho}");
        assert!(near(&what("dead"), mean(|run| run.0), dead, 0.04 * dead), "{rho}");
        // The law lets each refresh find the truth. Here a joiner is found when the successor it told is
        // still there, so that its excess is of second order in 1/rho: 11 % at 20, just above the
        // tolerance, 4 % at 50 and 2 % at 100.
        let close = near(&what("wrong"), mean(|run| run.1), wrong, 0.10 * wrong);
        assert!(close || rho < 50, "{rho}");
        excesses.push(mean(|run| run.1) / wrong - 1.0);
        // The power of it: the law of exponential gaps with this mean is another one.
        assert!((mean(|run| run.0) - 1.0 / f64::from(2 + rho)).abs() > 0.2 * dead);
    }
    assert!(excesses[0] < 0.14 && excesses[1] < 0.6 * excesses[0], "{excesses:?}");
}

/// Hops, timeouts and failures per 10 000 of lookups while nodes join and fail at this rate.
fn table_row(per_second: f64, secs: u64, lookups_per_second: u32, seed: u64) -> [f64; 3] {
    let params = Params {
        lookup_deadline: Span::ZERO,
        ..Preset::find("chord-2003").expect("known").params()
    };
    let nodes = 1_000;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a round number")]
    let life = Span::from_millis((f64::from(nodes) / per_second * 1_000.0) as u64);
    let mut world = churning(nodes, life, at(secs).since(Time::ZERO), seed);
    let mut stream = Stream::new(world.seed, Purpose::Workload, 0);
    // The first part brings the ring from exact to steady.
    let begin = secs / 4;
    for number in 0..u64::from(lookups_per_second) * (secs - begin - 30) {
        let at =
            at(begin) + Span::from_nanos(1_000_000_000 / u64::from(lookups_per_second) * number);
        let node = loop {
            let node = NodeIx::from_usize(stream.index(world.len()));
            let own = world.sessions.covering(node, at);
            // Who joins looks nothing up before it is a member, who leaves gets no answer.
            if own.is_some_and(|own| own.up + Span::from_secs(20) < at || own.up == Time::ZERO)
                && own.is_some_and(|own| own.down > at + Span::from_secs(20))
            {
                break node;
            }
        };
        let command = Command::FindNode { target: random_key(&mut stream) };
        world.operations.push(Operation { at, node, command });
    }
    let (mut engine, log) = engine(world, params, Start::Warm);
    engine.run_until(at(secs));
    let world = engine.world();
    let mut servers: Vec<(u64, NodeIx)> = (0..world.len())
        .map(NodeIx::from_usize)
        .map(|node| (world.key_prefix(node), node))
        .collect();
    servers.sort_unstable();
    let (mut hops, mut timeouts, mut failed) = (Sample::default(), Sample::default(), 0.0);
    let ops = log.take().ops;
    let asked = world.operations.len();
    assert_eq!(ops.len(), asked, "every lookup ends");
    for (record, found) in &ops {
        let operation = world.operations[record.op.index()];
        let from = servers.partition_point(|server| server.0 < operation.command.key().prefix());
        // Right at any time in between: the paper's lookups fail where the answer is wrong or none.
        let owner_at = |at: Time| {
            let mut round = servers.iter().cycle().skip(from);
            round.find(|(_, node)| world.sessions.up_at(*node, at)).map(|(_, node)| *node)
        };
        let (now, then) = (owner_at(record.at), owner_at(operation.at));
        let right = record.outcome == Outcome::Done
            && found.first().is_some_and(|node| Some(*node) == now || Some(*node) == then);
        failed += f64::from(u32::from(!right));
        hops.add(record.hops);
        timeouts.add(record.failures);
    }
    [hops.mean(), timeouts.mean(), failed * 10_000.0 / float(asked)]
}

/// The rows of the table: rate, hops, timeouts, failures per 10 000.
const TABLE: [(f64, f64, f64, f64); 8] = [
    (0.05, 3.90, 0.05, 0.0),
    (0.10, 3.83, 0.11, 0.0),
    (0.15, 3.84, 0.16, 2.0),
    (0.20, 3.81, 0.23, 5.0),
    (0.25, 3.83, 0.30, 6.0),
    (0.30, 3.91, 0.34, 8.0),
    (0.35, 3.94, 0.42, 16.0),
    (0.40, 4.06, 0.46, 15.0),
];

fn shown(row: (f64, f64, f64, f64), seen: [f64; 3]) {
    let (rate, hops, timeouts, failures) = row;
    let [a, b, c] = seen;
    eprintln!(
        "V6, {rate}/s: hops {a:.2} ({hops}), timeouts {b:.3} ({timeouts}), failures {c:.1} ({failures})"
    );
}

/// The first and the last row; the numbers are recalled and not gated but for the hops. The whole
/// table over two hours is in `docs/rings.md`.
#[test]
fn v6_paths_stay_short_while_nodes_come_and_go() {
    for row in [TABLE[0], TABLE[7]] {
        let seen = table_row(row.0, 1_600, 5, 1);
        shown(row, seen);
        assert!((seen[0] - row.1).abs() <= 0.3, "{seen:?}");
    }
}
