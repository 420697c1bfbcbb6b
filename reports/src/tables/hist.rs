//! `hist.csv`: distributions, one row per run, phase, metric, outcome and bin.
//!
//! Every operation is counted, under its outcome; one whose origin left has no latency and is counted in a
//! row without bounds. Counts have bins of 1. Latencies have 48 bins a decade, the same in every run, so
//! that histograms of several runs can be added: see `bins.rs`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::row::{Table, cells};
use super::runs_by_id;
use crate::bins;
use crate::model::{Operation, Results, Run};
use crate::num;
use crate::phase::{self, Phase};

pub(crate) const HEADER: [&str; 8] =
    ["run_id", "phase", "metric", "group", "bin_lo", "bin_hi", "count", "unit"];

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
    let edges = bins::latency_edges();
    let mut table = Table::new(out, HEADER)?;
    for run in runs_by_id(results) {
        let mut phases = phase::phases(&run.intervals);
        phases.sort_by(|a, b| a.label.cmp(&b.label));
        for ((phase, metric, outcome, bin), count) in counts(run, &phases, &edges) {
            let phase = &phases[phase].label;
            let (metric, _, unit, read) = &METRICS[metric];
            let (lo, hi) = match (read, bin) {
                (_, None) => (None, None),
                (Read::Latency, Some(bin)) => (Some(edges[bin]), Some(edges[bin + 1])),
                (Read::Count(_), Some(bin)) => {
                    (Some(num::float_len(bin)), Some(num::float_len(bin + 1)))
                }
            };
            table.row(cells![&run.run_id, phase, *metric, outcome, lo, hi, count, *unit])?;
        }
    }
    table.finish()
}

/// Positions of the phase and of the metric, outcome and bin; no bin comes first.
type Key = (usize, usize, &'static str, Option<usize>);

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
                    Read::Latency => o.latency_ms.map(|ms| bins::bin(edges, ms)),
                };
                *counts.entry((nth, at, o.outcome, bin)).or_default() += 1;
            }
        }
    }
    counts
}
