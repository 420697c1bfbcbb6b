//! `hist.csv`: distributions, one row per run, phase, metric, outcome and bin.
//!
//! Every operation is counted, under its outcome; only one whose origin left has no latency. Counts
//! have bins of 1. Latencies have ten bins a decade at the rounded steps 1, 1.25, 1.6, 2, 2.5, 3.15,
//! 4, 5, 6.3, 8, the same in every run, so that histograms of several runs can be added.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::row::{Table, cells};
use super::runs_by_id;
use crate::model::{Operation, Results, Run};
use crate::num;
use crate::phase::{self, Phase};

const HEADER: [&str; 8] =
    ["run_id", "phase", "metric", "group", "bin_lo", "bin_hi", "count", "unit"];

/// Bounds of the bins of one decade, in hundredths.
const STEPS: [u64; 10] = [100, 125, 160, 200, 250, 315, 400, 500, 630, 800];

/// Decades of microseconds from 100 us: the last bin ends at about 11 days.
const DECADES: u32 = 10;

enum Read {
    Latency,
    Count(fn(&Operation) -> u32),
}

const METRICS: [(&str, &str, &str, Read); 8] = [
    ("get.latency_ms", "get", "ms", Read::Latency),
    ("get_many.latency_ms", "get_many", "ms", Read::Latency),
    ("lookup.hops", "find_node", "hops", Read::Count(|o| o.hops)),
    ("lookup.latency_ms", "find_node", "ms", Read::Latency),
    ("lookup.rpcs", "find_node", "rpcs", Read::Count(|o| o.rpcs_sent)),
    ("lookup.timeouts", "find_node", "rpcs", Read::Count(|o| o.rpcs_timed_out)),
    ("put_many.latency_ms", "put_many", "ms", Read::Latency),
    ("range.latency_ms", "range", "ms", Read::Latency),
];

/// Writes the table.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let edges = latency_edges();
    let mut table = Table::new(out, HEADER)?;
    for run in runs_by_id(results) {
        let mut phases = phase::phases(run);
        phases.sort_by(|a, b| a.label.cmp(&b.label));
        for ((phase, metric, outcome, bin), count) in counts(run, &phases, &edges) {
            let phase = &phases[phase].label;
            let (metric, _, unit, read) = &METRICS[metric];
            let (lo, hi) = match read {
                Read::Latency => (edges[bin], edges[bin + 1]),
                Read::Count(_) => (num::float_len(bin), num::float_len(bin + 1)),
            };
            table.row(cells![&run.run_id, phase, *metric, outcome, lo, hi, count, *unit])?;
        }
    }
    table.finish()
}

/// Positions of the phase and of the metric, outcome and bin.
type Key = (usize, usize, &'static str, usize);

fn counts(run: &Run, phases: &[Phase], edges: &[f64]) -> BTreeMap<Key, u64> {
    let mut counts: BTreeMap<Key, u64> = BTreeMap::new();
    for (nth, phase) in phases.iter().enumerate() {
        for o in run.operations.iter().filter(|o| phase.contains(o.t_start_s)) {
            for (at, (_, op, _, read)) in METRICS.iter().enumerate() {
                if *op != o.op {
                    continue;
                }
                let bin = match read {
                    Read::Count(read) => Some(read(o) as usize),
                    Read::Latency => o.latency_ms.map(|ms| latency_bin(edges, ms)),
                };
                if let Some(bin) = bin {
                    *counts.entry((nth, at, o.outcome, bin)).or_default() += 1;
                }
            }
        }
    }
    counts
}

/// 0, then the steps of every decade, in milliseconds.
fn latency_edges() -> Vec<f64> {
    let mut edges = vec![0.0];
    for decade in 0..DECADES {
        edges.extend(STEPS.iter().map(|step| num::float(step * 10_u64.pow(decade)) / 1000.0));
    }
    edges
}

/// The bin that holds the latency; the last one also holds everything above it.
fn latency_bin(edges: &[f64], ms: f64) -> usize {
    edges.partition_point(|edge| *edge <= ms).clamp(1, edges.len() - 1) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latency_has_a_bin_that_holds_it() {
        let edges = latency_edges();
        for ms in [0.0, 0.05, 0.1, 1.0, 1.249, 1.25, 31.5, 99.0, 1e3, 86_400_000.0] {
            let bin = latency_bin(&edges, ms);
            assert!(edges[bin] <= ms && ms < edges[bin + 1], "{ms}: {bin}");
        }
        assert_eq!(latency_bin(&edges, 1e15), edges.len() - 2);
        assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
