//! V12: many nodes that join at once, and how well they find each other after.

use dhtlab_core::author::*;
use dhtlab_core::link::Links;
use dhtlab_core::link::jitter::Jitter;
use dhtlab_core::link::loss::Loss;
use dhtlab_core::link::model::{LinkModel, LinkSpec};
use dhtlab_core::place::Places;

use crate::swarm::{Plan, at, mean, real};

const ASKED: usize = 60;

/// `nodes` join within `within` milliseconds through the first `doors` nodes. The share of searches that
/// found the nearest node at once, the same after 300 searches, and how many of 60 records others read.
fn storm(nodes: u32, within: u64, doors: u32, beam: u32, seed: u64) -> (f64, f64, usize) {
    let mut plan = Plan::joining(nodes, seed, |node, stream| {
        if node < doors { u64::from(node) } else { 1_000 + stream.below(within.max(1)) }
    });
    plan.params.bucket_size = beam;
    plan.world.bootstrap = (0..doors).map(NodeIx::new).collect();
    // As printed: a request takes up to 50 ms, and its answer as long as it took.
    let spec = LinkSpec {
        model: LinkModel::Constant { one_way: Span::from_millis(25) },
        jitter: Jitter::Uniform { share: Ratio::from_millionths(999_000) },
        loss: Loss::None,
    };
    plan.world.links = Links::new(&spec, plan.world.seed, Places::default()).with_paired_delays();
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
        real(hits.count()) / real(of.len())
    };
    let (first, rest) = seen.ops.split_at(300);
    let (records, second) = rest.split_at(2 * ASKED);
    let read = records[ASKED..].iter().filter(|e| e.record.outcome == Outcome::Done);
    (top(first), top(second), read.count())
}

/// What six seeds gave: the share of searches that found the nearest node at once, the same after more
/// searches, and how many of 60 records were read.
struct Seeds {
    first: Vec<f64>,
    second: Vec<f64>,
    read: Vec<f64>,
}

fn seeds(nodes: u32, within: u64, doors: u32, beam: u32) -> Seeds {
    let mut all = Seeds { first: Vec::new(), second: Vec::new(), read: Vec::new() };
    for seed in 1..7 {
        let (first, second, read) = storm(nodes, within, doors, beam, seed);
        all.first.push(first);
        all.second.push(second);
        all.read.push(real(read));
    }
    all
}

/// Is the mean of the seeds in the printed range, widened by `more`?
#[track_caller]
fn in_range(what: &str, values: &[f64], (low, high): (f64, f64), more: f64) {
    let mean = mean(values.iter().copied());
    assert!((low - more..=high + more).contains(&mean), "{what}: {mean:.3} of {values:?}");
}

/// Is the printed figure, of one run, among those of the seeds?
#[track_caller]
fn among(what: &str, values: &[f64], printed: f64) {
    let least = values.iter().copied().fold(f64::MAX, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    assert!((least..=most).contains(&printed), "{what}: {printed} is not among {values:?}");
}

/// Printed, of few seeds and with a tolerance of 0.1: 0.73 to 0.83, then 0.79 to 0.96, and 44 to 54 of 60;
/// with four doors 35 of 60 in one run. Measured over these seeds: 0.86, then 0.90, and 50; with four
/// doors 41, from 29 to 48.
///
/// What is lost hangs on how many the door has met between a newcomer's ping and its question, and so
/// on the shape of the delays. Where a request and its answer draw apart, round trips spread less, and
/// only 0.60 to 0.67 and 28 to 37 records are found; with one fixed delay for each pair, 0.95 to 0.99
/// and 59. Through four doors, which must all answer before anything is asked, each seed gave the same
/// under every law of delays that was tried, within 0.005: there one run says what ids it drew.
#[test]
fn v12_a_thousand_nodes_that_join_at_once_do_not_find_each_other() {
    let one = seeds(1_000, 0, 1, 20);
    in_range("top", &one.first, (0.73, 0.83), 0.1);
    in_range("top later", &one.second, (0.79, 0.96), 0.1);
    in_range("read", &one.read, (44.0, 54.0), 0.0);
    let four = seeds(1_000, 0, 4, 20);
    among("read through four", &four.read, 35.0);
    assert!(mean(four.read) < mean(one.read), "more doors do not help");
}

/// Printed: 0.94 to 1.0 at 300, 1.0 at 100; with a beam of 5, 0.75 at 200 and 0.64 at 1,000, each with a
/// tolerance of 0.1.
#[test]
fn v12_smaller_storms_do_less_harm_and_narrow_beams_more() {
    in_range("300", &seeds(300, 0, 1, 20).first, (0.94, 1.0), 0.0);
    let hundred = seeds(100, 0, 1, 20);
    in_range("100", &hundred.first, (1.0, 1.0), 0.0);
    in_range("read at 100", &hundred.read, (60.0, 60.0), 0.0);
    in_range("200, narrow", &seeds(200, 0, 1, 5).first, (0.75, 0.75), 0.1);
    in_range("1,000, narrow", &seeds(1_000, 0, 1, 5).first, (0.64, 0.64), 0.1);
}

/// Printed: 0.96 to 0.98, then 1.00, and 60 of 60. Here 0.99 to 1.00 are found at once.
#[test]
fn v12_joins_that_are_spread_do_no_harm() {
    for within in [5_000, 20_000] {
        let spread = seeds(1_000, within, 1, 20);
        in_range("top", &spread.first, (0.96, 1.0), 0.0);
        in_range("top later", &spread.second, (0.999, 1.0), 0.0);
        in_range("read", &spread.read, (60.0, 60.0), 0.0);
    }
}
