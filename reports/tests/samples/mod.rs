//! Made-up records with known means.

#![allow(dead_code, reason = "each test file uses its part")]

use dhtlab_reports::recorded::{MetricRow, Recorded, RecordedRun};

/// A generator of its own: tests of statistics draw the same numbers on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// `SplitMix64`: evenly in (0, 1).
    pub(crate) fn even(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bits = u32::try_from((z ^ (z >> 31)) >> 32).expect("32 bits are left");
        (f64::from(bits) + 0.5) / 4_294_967_296.0
    }

    /// Mean 0, variance 1, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let (u, v) = (self.even(), self.even());
        (-2.0 * libm::log(u)).sqrt() * libm::cos(std::f64::consts::TAU * v)
    }

    /// Mean 1, skewness 2.
    pub(crate) fn exponential(&mut self) -> f64 {
        -libm::log(self.even())
    }

    /// How often something of this chance happens in `n` tries, as a share.
    pub(crate) fn share(&mut self, n: u32, chance: f64) -> f64 {
        let yes: u32 = (0..n).map(|_| u32::from(self.even() < chance)).sum();
        f64::from(yes) / f64::from(n)
    }
}

/// A number of a run in `measure`.
pub(crate) fn number(metric: &str, stat: &str, value: Option<f64>) -> MetricRow {
    MetricRow {
        phase: "measure".into(),
        metric: metric.into(),
        stat: stat.into(),
        value,
        unit: "ms".into(),
        n: 100,
    }
}

/// A complete run in the world `w`.
pub(crate) fn run(entry: u32, protocol: &str, seed: u64, metrics: Vec<MetricRow>) -> RecordedRun {
    RecordedRun {
        run_id: format!("{entry:06x}{seed:06x}"),
        world_id: "w".to_owned(),
        entry,
        protocol: protocol.to_owned(),
        seed,
        status: "complete".to_owned(),
        metrics,
        ..RecordedRun::default()
    }
}

/// A folder with these runs.
pub(crate) fn recorded(runs: Vec<RecordedRun>) -> Recorded {
    Recorded { scenario: "made-up".to_owned(), runs }
}

/// Values of base and other under one seed.
pub(crate) type Pair = (Option<f64>, Option<f64>);

/// Two entries with one metric: pairs by seed, from 1.
pub(crate) fn two_sided(metric: &str, stat: &str, pairs: &[Pair]) -> Recorded {
    let side = |entry: u32, protocol: &str, pick: fn(&Pair) -> Option<f64>| {
        (1..)
            .zip(pairs)
            .map(|(seed, pair)| run(entry, protocol, seed, vec![number(metric, stat, pick(pair))]))
            .collect::<Vec<_>>()
    };
    let mut runs = side(1, "kademlia", |pair| pair.0);
    runs.extend(side(2, "chord", |pair| pair.1));
    recorded(runs)
}

/// The same where every value is there.
pub(crate) fn whole(metric: &str, stat: &str, pairs: &[(f64, f64)]) -> Recorded {
    let pairs: Vec<_> = pairs.iter().map(|(base, other)| (Some(*base), Some(*other))).collect();
    two_sided(metric, stat, &pairs)
}

/// Four entries and all kinds of rows.
pub(crate) fn full() -> Recorded {
    let mut runs = Vec::new();
    for seed in 1..=12_u32 {
        let s = f64::from(seed);
        for (entry, protocol) in (1..).zip(["kademlia", "hivemind", "chord", "learned-chord"]) {
            let e = f64::from(entry);
            let noise = f64::from(seed * (3 + entry) % 7) / 100.0;
            let slow = (seed + entry) % 4 > 0;
            let metrics = vec![
                number("lookup.success_ratio", "ratio", Some(0.9 + noise + 0.001 * s)),
                number("lookup.hops", "mean", Some(2.0 + e / 3.0 + noise + s / 9.0)),
                number("lookup.latency_ms", "p50_all", Some(410.0 * e + 100.0 * noise)),
                number("lookup.latency_ms", "p99_all", slow.then_some(4100.0 * e + noise)),
                number("net.bytes_per_node_s", "mean", Some(123_456.7 * e + 1000.0 * noise)),
                number("table.entries", "max", Some(20.0)),
            ];
            let mut run = run(entry, protocol, u64::from(seed), metrics);
            run.variant.push_str("a-preset-of-some-length alpha=5 replication_interval=10m");
            runs.push(run);
        }
    }
    recorded(runs)
}
