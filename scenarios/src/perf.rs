//! What a run cost the machine: kept in a file of its own that nothing compares.

use std::fmt::Write as _;
use std::fs;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The cost of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Which run.
    pub run_id: String,
    /// Wall time, drawing the world included.
    pub wall_s: f64,
    /// Events handled.
    pub events: u64,
    /// Threads in use.
    pub shards: usize,
}

impl Spent {
    #[expect(clippy::cast_precision_loss, reason = "output only")]
    fn events_per_s(&self) -> f64 {
        self.events as f64 / self.wall_s.max(1e-9)
    }
}

/// `perf.csv`.
pub fn csv(spent: &[Spent]) -> String {
    let mut text = "run_id,wall_s,events,events_per_s,shards,peak_memory_bytes\n".to_owned();
    let peak = peak_memory().map(|bytes| bytes.to_string()).unwrap_or_default();
    for one in spent {
        let Spent { run_id, wall_s, events, shards } = one;
        let _ = writeln!(
            text,
            "{run_id},{wall_s:.3},{events},{:.0},{shards},{peak}",
            one.events_per_s()
        );
    }
    text
}

/// The same for the manifest.
pub fn document(spent: &[Spent]) -> Value {
    // Milliseconds: a number of a few digits reads back as it was written, whoever reads it.
    let wall_s = libm::round(spent.iter().map(|one| one.wall_s).sum::<f64>() * 1e3) / 1e3;
    let events: u64 = spent.iter().map(|one| one.events).sum();
    json!({ "wall_s": wall_s, "events": events, "peak_memory_bytes": peak_memory() })
}

/// The most memory this process ever had, in bytes; `None` where the system does not tell.
fn peak_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}
