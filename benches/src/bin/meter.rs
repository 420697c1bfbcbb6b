//! The meter: CPU seconds, deliveries and memory of one network, in one process.
//!
//! `cargo run --release -p dhtlab-benches --bin meter -- NODES LOOKUPS_PER_S SECONDS [SHARDS] [dial|chord|hivemind]`
//!
//! With `hivemind` the second number is that of the clients, all others being servers that announce.

use std::io::Write as _;

use dhtlab_benches::kademlia::{Records, params, world};
use dhtlab_benches::{chord, hivemind, kademlia};
use dhtlab_core::engine::Engine;
use dhtlab_core::protocol::Protocol;
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

/// CPU seconds so far, and memory in KiB.
type Reading = (f64, u64);

fn reading() -> Reading {
    (cpu_seconds(), status_kib("VmRSS"))
}

/// Runs the rest of a network that was built after `drawn` and prints what it took.
#[expect(clippy::cast_precision_loss, reason = "for display")]
fn measure<P: Protocol>(
    mut engine: Engine<P, Records>,
    seconds: u32,
    drawn: Reading,
) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let warm = reading();
    let before = engine.tally();
    engine.run_until(Time::ZERO + Span::from_secs(u64::from(seconds) + 2));
    let done = reading();
    let tally = engine.tally();
    let cpu = (done.0 - warm.0).max(0.01);
    let nodes = engine.world().len() as f64;
    let per_node = |kib: u64| kib as f64 / nodes;
    writeln!(out, "{} of {nodes} nodes, {} shards", P::NAME, engine.shard_count())?;
    writeln!(out, "world          {:7.2} CPU s  {:8.2} KiB a node", drawn.0, per_node(drawn.1))?;
    writeln!(
        out,
        "warm + 2 s     {:7.2} CPU s  {:8.2} KiB a node more",
        warm.0 - drawn.0,
        per_node(warm.1.saturating_sub(drawn.1))
    )?;
    writeln!(
        out,
        "{seconds:4} s          {cpu:7.2} CPU s  {:8.2} KiB a node in all, peak {} MiB",
        per_node(done.1),
        status_kib("VmHWM") / 1024
    )?;
    let (events, delivered) =
        (tally.events() - before.events(), tally.delivered - before.delivered);
    let ended: usize = engine.observers().map(Records::ended).sum();
    writeln!(
        out,
        "{events} events, {:.3} M per CPU s; {delivered} deliveries, {:.3} M per CPU s",
        events as f64 / cpu / 1e6,
        delivered as f64 / cpu / 1e6
    )?;
    writeln!(out, "{ended} operations ended; digest {}", engine.digest())
}

fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: u32| {
        args.get(index).and_then(|arg| arg.parse().ok()).unwrap_or(default)
    };
    let (nodes, rate, seconds, shards) =
        (number(0, 100_000), number(1, 2_000), number(2, 20), number(3, 1));
    let duration = Span::from_secs(u64::from(seconds) + 2);
    let says = |word: &str| args.iter().any(|arg| arg == word);
    if says("hivemind") {
        let world = hivemind::world(nodes, rate, duration);
        let drawn = reading();
        return measure(hivemind::engine(&world, shards), seconds, drawn);
    }
    let world = world(nodes, rate, duration);
    let drawn = reading();
    if says("chord") {
        return measure(chord::engine(&world, shards), seconds, drawn);
    }
    let params = params("rust-libp2p-0.49", says("dial"));
    measure(kademlia::engine(&world, params, shards), seconds, drawn)
}
