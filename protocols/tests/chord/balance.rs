//! The balance of rings of random identifiers: exact laws, the published loads
//! (V7, V8), and that the stretches are those a running ring owns.

use dhtlab_core::author::*;
use dhtlab_core::engine::Start;
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_protocols::chord::Params;

use crate::common::world;
use crate::rings::{away, beliefs};
use crate::statistics::{Sample, float, near, quantile};
use crate::support::{engine, usual};

/// The points of a ring of `hosts` random hosts, sorted, with the host of each.
fn points(hosts: u32, v: u16, seed: u64) -> Vec<(u64, u32)> {
    let mut stream = Stream::new(Seed(seed), Purpose::NodeKeys, 0);
    let mut points = Vec::new();
    for host in 0..hosts {
        let prefix = stream.next_u64();
        points.extend((0..v).map(|point| (point_id(prefix, point, 0), host)));
    }
    points.sort_unstable();
    points
}

/// A stretch as a share of the ring.
fn share(length: u64) -> f64 {
    let (high, low) = (length >> 32, length & 0xffff_ffff);
    let half = |half| f64::from(u32::try_from(half).unwrap_or(u32::MAX));
    let unit = 1.0 / 4_294_967_296.0;
    (half(high) + half(low) * unit) * unit
}

/// What share of the ring each host owns.
fn shares(points: &[(u64, u32)], hosts: u32) -> Vec<f64> {
    let mut owned = vec![0.0; hosts as usize];
    let before = points.iter().cycle().skip(points.len() - 1);
    for ((id, host), (from, _)) in points.iter().zip(before) {
        owned[*host as usize] += share(away(*from, *id));
    }
    owned
}

/// The Gini coefficient.
fn gini(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = float(sorted.len());
    let weighed: f64 =
        sorted.iter().enumerate().map(|(i, x)| (2.0 * float(i + 1) - n - 1.0) * x).sum();
    weighed / (n * sorted.iter().sum::<f64>())
}

/// The central binomial coefficient of v over 4^v.
fn central(v: u16) -> f64 {
    (1..=v).map(|i| f64::from(2 * i - 1) / f64::from(2 * i)).product()
}

/// A sample mean against its law, with four of its standard errors.
fn follows(what: &str, sample: &[f64], law: f64) {
    let all: Sample = sample.iter().copied().collect();
    let error = all.deviation() / float(sample.len()).sqrt();
    assert!(near(what, all.mean(), law, 4.0 * error), "{what}");
}

#[test]
fn shares_of_the_ring_follow_beta() {
    for (n, v) in [(100_u32, 1_u16), (100, 10), (100, 100), (37, 1), (1_000, 10)] {
        let (mut ginis, mut squares, mut most, mut least) = (vec![], vec![], vec![], vec![]);
        for seed in 0..200 {
            let owned = shares(&points(n, v, seed), n);
            assert!((owned.iter().sum::<f64>() - 1.0).abs() < 1e-9, "they tile the ring");
            let size = f64::from(n);
            let spread = |share: &f64| (share * size - 1.0) * (share * size - 1.0);
            ginis.push(gini(&owned));
            squares.push(owned.iter().map(spread).sum::<f64>() / size);
            most.push(size * owned.iter().copied().fold(0.0, f64::max));
            least.push(size * size * owned.iter().copied().fold(1.0, f64::min));
        }
        let (size, each) = (f64::from(n), f64::from(v));
        let what = |name: &str| format!("{name}, N = {n}, v = {v}");
        follows(&what("Gini"), &ginis, (size - 1.0) / size * central(v));
        let variation = (size - 1.0) / (size * each + 1.0);
        follows(&what("squared CV"), &squares, variation);
        eprintln!("CV by the law: {:.4}", variation.sqrt());
        if v == 1 {
            let harmonic: f64 = (1..=n).map(|i| 1.0 / f64::from(i)).sum();
            follows(&what("N times the largest"), &most, harmonic);
            follows(&what("N^2 times the smallest"), &least, 1.0);
        }
    }
}

/// The planted bug: virtual nodes that sit side by side balance nothing.
#[test]
fn virtual_nodes_in_a_heap_do_not_follow_the_law() {
    let mut points = points(1_000, 1, 1);
    let heap: Vec<(u64, u32)> =
        points.iter().flat_map(|(id, host)| (0..10).map(move |i| (id + i, *host))).collect();
    points = heap;
    let law = 999.0 / 1_000.0 * central(10);
    assert!((gini(&shares(&points, 1_000)) - law).abs() > 0.2);
}

/// How many of `keys` random keys each host holds, in ascending order, over their mean.
fn loads(hosts: u32, v: u16, keys: u32, seed: u64) -> Vec<f64> {
    let points = points(hosts, v, seed);
    let mut held = vec![0_u32; hosts as usize];
    for name in 0..keys {
        let place = Key::named(mix(u64::from(name) ^ seed << 40)).prefix();
        let owner = points.partition_point(|point| point.0 < place) % points.len();
        held[points[owner].1 as usize] += 1;
    }
    held.sort_unstable();
    let mean = f64::from(keys) / f64::from(hosts);
    held.into_iter().map(|held| f64::from(held) / mean).collect()
}

#[test]
fn v7_the_load_without_virtual_nodes() {
    let (mut p99, mut most) = (Sample::default(), Sample::default());
    for seed in 1..=5 {
        let loads = loads(10_000, 1, 500_000, seed);
        p99.add(quantile(&loads, 99));
        most.add(loads[9_999]);
        assert!(quantile(&loads, 1) < 0.021, "the first percentile is one key of 50 at most");
    }
    assert!(near("V7, p99 over mean", p99.mean(), 4.6, 0.2));
    eprintln!("V7, largest over mean: {}", most.shown());
    assert!((8.0..=13.0).contains(&most.mean()), "{}", most.shown());
}

#[test]
fn v8_virtual_nodes_even_the_load_out() {
    for (v, p99, p1, gini) in [(1, 4.6, 0.01, 0.50), (20, 1.65, 0.51, 0.14)] {
        let mut seen = [Sample::default(); 3];
        for seed in 1..=5 {
            let loads = loads(10_000, v, 1_000_000, seed);
            seen[0].add(quantile(&loads, 99));
            seen[1].add(quantile(&loads, 1));
            seen[2].add(self::gini(&loads));
        }
        let what = |name: &str| format!("V8, {name}, v = {v}");
        assert!(near(&what("p99 over mean"), seen[0].mean(), p99, 0.12), "{v}");
        assert!(near(&what("p1 over mean"), seen[1].mean(), p1, 0.12), "{v}");
        assert!(near(&what("Gini"), seen[2].mean(), gini, 0.01), "{v}");
    }
}

#[test]
fn a_running_ring_owns_these_stretches() {
    for v in [1, 10] {
        let (hosts, seed) = (50, 7);
        let world = world(hosts, seed);
        let mut expected: Vec<(u64, u32)> = (0..hosts)
            .flat_map(|host| (0..v).map(move |point| (host, point)))
            .map(|(host, point)| (point_id(world.key_prefix(NodeIx::new(host)), point, 0), host))
            .collect();
        expected.sort_unstable();
        let params = Params { virtual_nodes: u32::from(v), ..usual() };
        let (mut engine, _) = engine(world, params, Start::Warm);
        engine.run_until(crate::common::at(100));
        let members = beliefs(&engine);
        let found: Vec<(u64, u32)> =
            members.iter().map(|member| (member.me.id, member.me.host.get())).collect();
        assert_eq!(found, expected);
        // Each stretch begins where its predecessor sits: they tile the ring (I5).
        let before = expected.iter().cycle().skip(expected.len() - 1);
        for (member, (from, _)) in members.iter().zip(before) {
            assert_eq!(member.predecessor.map(|peer| peer.id), Some(*from));
        }
    }
}
