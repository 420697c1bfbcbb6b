//! The reference table of lookups in rounds: equal round trips, perfect tables, the k best kept, the
//! alpha best of them that were not asked asked in each round, until all of the k best were.
//!
//! Lookups in one network are correlated and small networks have their own luck, so each row is the
//! mean over several.

use dhtlab_core::author::*;
use dhtlab_core::oracle::Truth;

use super::statistics::{Sample, agrees, share_unknown, small};
use super::warm::{Tables, choices, random_key, world};

const TOLERANCE: f64 = 0.02;

/// How lookups go.
#[derive(Clone, Copy)]
struct Rules {
    k: usize,
    alpha: usize,
    /// How many of the best are kept and asked: k, unless a bug is planted.
    kept: usize,
}

#[derive(Default)]
struct Seen {
    rounds: Sample,
    requests: Sample,
    /// The first round after which the closest node is known; zero if from the own table.
    first: Sample,
    /// Lookups by that round.
    by_first: [u32; 8],
    exact: Sample,
}

impl Seen {
    fn lookup(
        &mut self,
        (tables, truth): (&Tables, &Truth<'_>),
        rules: Rules,
        asker: NodeIx,
        target: Key,
    ) {
        let Rules { k, alpha, kept } = rules;
        let mut closest = Vec::new();
        truth.closest(target, kept, |node| node != asker, &mut closest);
        let mut best = tables.known(asker, target, kept);
        let (mut asked, mut rounds, mut first) = (Vec::new(), 0_u32, None);
        loop {
            if first.is_none() && best[0] == closest[0] {
                first = Some(rounds);
            }
            let open = best.iter().filter(|node| !asked.contains(*node));
            let now: Vec<NodeIx> = open.take(alpha).copied().collect();
            if now.is_empty() {
                break;
            }
            rounds += 1;
            for peer in now {
                asked.push(peer);
                best.extend(tables.known(peer, target, k).into_iter().filter(|n| *n != asker));
            }
            best.sort_unstable();
            best.dedup();
            best = tables.closest(target, kept, best.into_iter());
        }
        let first = first.expect("the closest node is found");
        self.rounds.add(rounds);
        self.requests.add(small(asked.len()));
        self.first.add(first);
        self.by_first[first as usize] += 1;
        self.exact.add(u32::from(best == closest));
    }
}

fn lookups(nodes: u32, rules: Rules, networks: std::ops::Range<u64>, count: u32) -> Seen {
    let mut seen = Seen::default();
    for seed in networks {
        let world = world(nodes, seed);
        let truth = Truth::new(&world);
        let tables = Tables::warm(nodes, small(rules.k), seed);
        let mut draw = choices(seed);
        for _ in 0..count {
            let asker = tables.random_node(&mut draw);
            seen.lookup((&tables, &truth), rules, asker, random_key(&mut draw));
        }
    }
    seen
}

/// As printed: network size, k, alpha, rounds, requests, first round with the closest node.
type Row = (u32, usize, usize, f64, f64, f64);

/// Looks up `count` keys in each network of each of the `sets`; each set must give what is printed.
fn check(row: Row, sets: &[std::ops::Range<u64>], count: u32) {
    let (nodes, k, alpha, rounds, requests, first) = row;
    let rules = Rules { k, alpha, kept: k };
    for networks in sets {
        let seen = lookups(nodes, rules, networks.clone(), count);
        let row = format!("N = {nodes}, k = {k}, alpha = {alpha}");
        for (what, sample, printed) in [
            ("rounds", seen.rounds, rounds),
            ("requests", seen.requests, requests),
            ("first round", seen.first, first),
        ] {
            let what = format!("{what}, {row} ({})", sample.shown());
            assert!(agrees(&what, sample.mean(), printed, TOLERANCE), "{what}");
        }
        eprintln!("{row}: {:.3} requests of deviation", seen.requests.deviation());
        assert!(seen.exact.mean() > 0.999, "{row}: {}", seen.exact.shown());
        // The planted bug: rounds are counted from one.
        assert!(!agrees("... from one", seen.first.mean() + 1.0, first, TOLERANCE), "{row}");
    }
    // The planted bug: one of the best is forgotten; or where many are asked at once, one more is.
    let planted = if alpha < 10 {
        Rules { kept: k - 1, ..rules }
    } else {
        Rules { alpha: alpha + 1, ..rules }
    };
    let seen = lookups(nodes, planted, 0..1, count);
    let what = format!("... off by one ({})", seen.requests.shown());
    assert!(!agrees(&what, seen.requests.mean(), requests, TOLERANCE), "{what}");
}

#[test]
fn rounds_through_100_nodes_are_as_published() {
    // The printed 0.347 lies 1.6 % above the law (0.3415), within a standard error of 3000 lookups.
    // Only a mean over many networks is as close to the law as that; the law itself is held below.
    check((100, 20, 3, 7.000, 20.00, 0.347), std::slice::from_ref(&(0..400)), 100);
}

#[test]
fn rounds_through_1000_nodes_are_as_published() {
    for row in [
        (1_000, 20, 3, 7.568, 21.57, 0.902),
        (1_000, 8, 3, 4.008, 10.90, 1.265),
        (1_000, 20, 10, 2.942, 27.85, 0.880),
        (1_000, 20, 1, 20.264, 20.26, 0.929),
    ] {
        check(row, &[0..10, 10..20], 500);
    }
}

#[test]
fn rounds_through_10000_nodes_are_as_published() {
    for row in [
        (10_000, 20, 3, 7.996, 22.89, 1.435),
        (10_000, 20, 10, 3.351, 31.09, 1.343),
        (10_000, 20, 1, 20.870, 20.87, 1.524),
    ] {
        check(row, &[0..3, 3..6], 1_000);
    }
}

#[test]
fn rounds_through_50000_nodes_are_as_published() {
    check((50_000, 20, 3, 8.371, 24.01, 1.755), &[0..3, 3..6], 2_500);
}

/// Who has the closest node in the own table follows a law at any size.
#[test]
fn as_many_know_the_closest_node_at_once_as_the_law_says() {
    for (nodes, k, networks) in [(100, 20, 100), (1_000, 20, 10), (1_000, 8, 10), (3_000, 10, 10)] {
        let rules = Rules { k: k as usize, alpha: 3, kept: k as usize };
        let count = 10_000 / networks;
        let seen = lookups(nodes, rules, 1_000..1_000 + u64::from(networks), count);
        let unknown = 1.0 - f64::from(seen.by_first[0]) / 10_000.0;
        let what = format!("do not know the closest at once, N = {nodes}, k = {k}");
        let expected = share_unknown(nodes, k);
        assert!(agrees(&what, unknown, expected, TOLERANCE), "{what}");
    }
    // The planted bug: buckets of one entry fewer, in the network where it shows most.
    let fewer = share_unknown(100, 19);
    assert!(!agrees("... with k - 1", fewer, share_unknown(100, 20), TOLERANCE));
}
