//! The meter: CPU seconds, deliveries and memory of one Kademlia network, in one process.
//!
//! `cargo run --release -p dhtlab-benches --bin meter -- NODES LOOKUPS_PER_S SECONDS [SHARDS] [dial]`

use std::io::Write as _;

use dhtlab_benches::kademlia::{engine, params, world};
use dhtlab_core::time::{Span, Time};

/// A field of `/proc/self/status` in KiB; zero where there is no such file.
fn status_kib(field: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(field));
    line.and_then(|line| line.split_whitespace().nth(1))
        .and_then(|kib| kib.parse().ok())
        .unwrap_or(0)
}

/// CPU time of this process so far, all threads, in clock ticks of 10 ms.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks =
        |index: usize| fields.get(index).and_then(|field| field.parse::<u32>().ok()).unwrap_or(0);
    f64::from(ticks(11) + ticks(12)) / 100.0
}

#[expect(clippy::cast_precision_loss, reason = "for display")]
fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: u32| {
        args.get(index).and_then(|arg| arg.parse().ok()).unwrap_or(default)
    };
    let (nodes, rate, seconds, shards) =
        (number(0, 100_000), number(1, 2_000), number(2, 20), number(3, 1));
    let dial = args.iter().any(|arg| arg == "dial");
    let mut out = std::io::stdout().lock();
    let world = world(nodes, rate, Span::from_secs(u64::from(seconds) + 2));
    let drawn = (cpu_seconds(), status_kib("VmRSS"));
    let mut engine = engine(&world, params("rust-libp2p-0.49", dial), shards);
    let warm = (cpu_seconds(), status_kib("VmRSS"));
    let before = engine.tally();
    engine.run_until(Time::ZERO + Span::from_secs(u64::from(seconds) + 2));
    let done = (cpu_seconds(), status_kib("VmRSS"));
    let tally = engine.tally();
    let delivered = tally.delivered - before.delivered;
    let per_node = |kib: u64| kib as f64 / f64::from(nodes);
    writeln!(out, "nodes {nodes}, {} shards, dial {dial}", engine.shard_count())?;
    writeln!(out, "world          {:7.2} CPU s  {:8.2} KiB a node", drawn.0, per_node(drawn.1))?;
    writeln!(
        out,
        "warm + 2 s     {:7.2} CPU s  {:8.2} KiB a node more",
        warm.0 - drawn.0,
        per_node(warm.1 - drawn.1)
    )?;
    writeln!(
        out,
        "{seconds:4} s          {:7.2} CPU s  {:8.2} KiB a node in all, peak {} MiB",
        done.0 - warm.0,
        per_node(done.1),
        status_kib("VmHWM") / 1024
    )?;
    let speed = delivered as f64 / (done.0 - warm.0).max(0.01) / 1e6;
    let ended: usize = engine.observers().map(dhtlab_benches::kademlia::Records::ended).sum();
    writeln!(
        out,
        "{delivered} deliveries, {speed:.3} M per CPU s; {ended} lookups ended; digest {}",
        engine.digest()
    )
}
