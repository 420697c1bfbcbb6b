//! `timeseries.csv`: one row per run, time bin, metric and group.
//!
//! The bins are those of the traffic, with the stretches in which nothing was sent put in between.
//! `group` is the statistic for a latency, the purpose for traffic (empty for all purposes), and
//! empty otherwise. Operations stand in the bin of their start. A bin without an observation has no
//! row, but a ratio of failures only is 0, not missing.

use std::io::{self, Write};

use super::row::{Table, cells};
use super::runs_by_id;
use crate::metrics::compute;
use crate::model::{Batch, Join, Operation, Replicas, Results, Run, Sample, Traffic};
use crate::num;
use crate::phase;
use crate::population::Population;
use crate::stats;

pub(crate) const HEADER: [&str; 8] =
    ["run_id", "t_start_s", "t_end_s", "metric", "group", "value", "unit", "n"];

/// Operations whose success is followed over time.
const SUCCESS: [(&str, &str); 5] = [
    ("find_node", "lookup.success_ratio"),
    ("get", "get.success_ratio"),
    ("range", "range.success_ratio"),
    ("put_many", "put_many.success_ratio"),
    ("get_many", "get_many.success_ratio"),
];

/// What a read of many records is worth.
type Worth = fn(&Batch) -> Option<f64>;

/// What is followed over time of reads of many records: the mean over those that were answered.
const READS: [(&str, Worth); 3] = [
    ("get_many.ghost_ratio", |batch| batch.ghost_ratio),
    ("get_many.missing_keys_ratio", |batch| batch.missing_keys_ratio),
    ("get_many.recall", |batch| batch.recall),
];

/// One value of a bin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) metric: &'static str,
    pub(crate) group: &'static str,
    pub(crate) value: Option<f64>,
    pub(crate) unit: &'static str,
    pub(crate) n: u64,
}

/// Writes the table.
///
/// # Errors
/// What the writer says.
pub fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for run in runs_by_id(results) {
        let rows = Rows::of(run);
        for (start, end) in bins(run) {
            for p in rows.points(start, end) {
                table.row(cells![
                    &run.run_id,
                    start,
                    end,
                    p.metric,
                    p.group,
                    p.value,
                    p.unit,
                    p.n
                ])?;
            }
        }
    }
    table.finish()
}

/// Start and end of every time bin of the run, without gaps.
pub(crate) fn bins(run: &Run) -> Vec<(f64, f64)> {
    let mut sent: Vec<(f64, f64)> = run.traffic.iter().map(|t| (t.t_start_s, t.t_end_s)).collect();
    sent.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    sent.dedup();
    let mut all = Vec::with_capacity(sent.len());
    let mut at = 0.0;
    for (start, end) in sent {
        if start > at {
            all.push((at, start));
        }
        all.push((start, end));
        at = end;
    }
    let end = phase::run_end(&run.intervals);
    if end > at {
        all.push((at, end));
    }
    all
}

/// The rows of a run in order of time, so that a bin is a slice of each.
struct Rows<'a> {
    operations: Vec<&'a Operation>,
    joins: Vec<&'a Join>,
    traffic: Vec<&'a Traffic>,
    samples: Vec<&'a Sample>,
    replicas: Vec<&'a Replicas>,
    population: Population,
    end_s: f64,
}

impl<'a> Rows<'a> {
    fn of(run: &'a Run) -> Self {
        let mut operations: Vec<_> = run.operations.iter().collect();
        operations.sort_by(|a, b| a.t_start_s.total_cmp(&b.t_start_s));
        let mut joins: Vec<_> = run.joins.iter().collect();
        joins.sort_by(|a, b| a.t_start_s.total_cmp(&b.t_start_s));
        let mut traffic: Vec<_> = run.traffic.iter().collect();
        traffic.sort_by(|a, b| a.t_start_s.total_cmp(&b.t_start_s));
        let mut samples: Vec<_> = run.samples.iter().collect();
        samples.sort_by(|a, b| {
            a.metric.cmp(b.metric).then(a.t_s.total_cmp(&b.t_s)).then(a.value.total_cmp(&b.value))
        });
        let mut replicas: Vec<_> = run.replicas.iter().collect();
        replicas.sort_by(|a, b| a.t_s.total_cmp(&b.t_s));
        let end_s = run.traffic.iter().map(|t| t.t_end_s);
        let end_s = end_s.fold(phase::run_end(&run.intervals), f64::max);
        Self {
            operations,
            joins,
            traffic,
            samples,
            replicas,
            population: Population::of(run),
            end_s,
        }
    }

    /// All values of a bin, by metric and group.
    fn points(&self, start: f64, end: f64) -> Vec<Point> {
        let mut points = self.success(start, end);
        points.extend(self.joined(start, end));
        points.extend(self.sent(start, end));
        points.extend(self.gauges(start, end));
        points.extend(self.stored(start, end));
        points.sort_by(|a, b| a.metric.cmp(b.metric).then(a.group.cmp(b.group)));
        points
    }

    fn success(&self, start: f64, end: f64) -> Vec<Point> {
        let inside = slice(&self.operations, |o| o.t_start_s, start, self.until(end));
        let mut points = Vec::new();
        for (op, metric) in SUCCESS {
            let of_kind = || inside.iter().filter(|o| o.op == op);
            let n = of_kind().count() as u64;
            let ok = of_kind().filter(|o| o.outcome == "ok").count() as u64;
            if n > 0 {
                let value = Some(num::float(ok) / num::float(n));
                points.push(Point { metric, group: "", value, unit: "ratio", n });
            }
        }
        for (metric, read) in READS {
            let mut values: Vec<f64> =
                inside.iter().filter_map(|o| read(o.batch.as_ref()?)).collect();
            stats::sort(&mut values);
            if let Some(value) = stats::mean(&values) {
                let (value, n) = (Some(value), values.len() as u64);
                points.push(Point { metric, group: "", value, unit: "ratio", n });
            }
        }
        let lookups = inside.iter().filter(|o| o.op == "find_node" && o.outcome == "ok");
        let mut latency: Vec<f64> = lookups.filter_map(|o| o.latency_ms).collect();
        stats::sort(&mut latency);
        if let Some(p50) = stats::percentile(&latency, 50) {
            points.push(Point {
                metric: "lookup.latency_ms",
                group: "p50",
                value: Some(p50),
                unit: "ms",
                n: latency.len() as u64,
            });
        }
        points
    }

    fn joined(&self, start: f64, end: f64) -> Option<Point> {
        let inside = slice(&self.joins, |join| join.t_start_s, start, self.until(end));
        let prompt = inside.iter().filter(|join| join.is_prompt()).count();
        let n = inside.len() as u64;
        let value = (n > 0).then(|| num::float_len(prompt) / num::float(n))?;
        let metric = "join.prompt_ratio";
        Some(Point { metric, group: "", value: Some(value), unit: "ratio", n })
    }

    fn sent(&self, start: f64, end: f64) -> Vec<Point> {
        let Some(span) = self.population.node_seconds(start, end).filter(|s| *s > 0.0) else {
            return Vec::new();
        };
        let nodes = num::nearest_count(span / (end - start));
        let inside = slice(&self.traffic, |t| t.t_start_s, start, end);
        let mut points = Vec::new();
        for purpose in ["", "join", "learning", "lookup", "maintenance", "migration", "store"] {
            let of_purpose =
                || inside.iter().filter(|t| purpose.is_empty() || t.purpose == purpose);
            if !purpose.is_empty() && of_purpose().next().is_none() {
                continue;
            }
            let count: u64 = of_purpose().map(|t| t.count).sum();
            let bytes: u64 = of_purpose().map(|t| t.bytes).sum();
            let rate = |metric, sum, unit| Point {
                metric,
                group: purpose,
                value: Some(num::float(sum) / span),
                unit,
                n: nodes,
            };
            points.push(rate("net.bytes_per_node_s", bytes, "bytes/node/s"));
            points.push(rate("net.msgs_per_node_s", count, "messages/node/s"));
        }
        points
    }

    /// The mean of each gauge's readings in the bin; `n` is that of the last one.
    fn gauges(&self, start: f64, end: f64) -> Vec<Point> {
        let mut points = Vec::new();
        for readings in self.samples.chunk_by(|a, b| a.metric == b.metric) {
            let inside = slice(readings, |s| s.t_s, start, self.until(end));
            let values: Vec<f64> = inside.iter().map(|s| s.value).collect();
            if let (Some(value), Some(last)) = (stats::mean(&values), inside.last()) {
                let (metric, unit, n) = (last.metric, last.unit, last.n);
                points.push(Point { metric, group: "", value: Some(value), unit, n });
            }
        }
        points
    }

    fn stored(&self, start: f64, end: f64) -> Option<Point> {
        let inside = slice(&self.replicas, |r| r.t_s, start, self.until(end));
        let value = compute::replicas_mean(inside.iter().copied())?;
        let n = inside.iter().map(|r| r.keys).sum();
        let metric = "store.replicas_live";
        Some(Point { metric, group: "", value: Some(value), unit: "replicas", n })
    }

    /// What is read at the very end of the run belongs to the last bin.
    fn until(&self, end: f64) -> f64 {
        if end >= self.end_s { f64::INFINITY } else { end }
    }
}

/// The rows with `from <= time < to`, of rows in order of time.
fn slice<T>(rows: &[T], time: impl Fn(&T) -> f64, from: f64, to: f64) -> &[T] {
    let first = rows.partition_point(|row| time(row) < from);
    let last = rows.partition_point(|row| time(row) < to);
    &rows[first..last.max(first)]
}
