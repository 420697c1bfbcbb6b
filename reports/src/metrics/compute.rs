//! Numbers from rows.

use super::{Metric, MetricInfo, Source, Stat, around, balance, joins};
use crate::model::{NodeLoad, Operation, Replicas, Run, Sample, Traffic};
use crate::num;
use crate::phase::{Phase, WHOLE_RUN};
use crate::population::Population;
use crate::stats::{self, Share};

/// A statistic, its value and the observations behind it.
type Number = (Stat, Option<f64>, u64);

/// The numbers of a metric in a phase; none when there is nothing to observe.
pub(super) fn of_phase(run: &Run, info: &MetricInfo, phase: &Phase) -> Vec<Metric> {
    let numbers = match info.source {
        Source::OpShare(op, judge) => {
            share(operations(run, op, phase).filter_map(judge).collect::<Vec<_>>().as_slice())
        }
        Source::OpLatency(op) => {
            let ended = operations(run, op, phase)
                .map(|o| o.latency_ms.filter(|_| o.outcome == "ok"))
                .collect();
            latency(ended)
        }
        Source::OpCost(op, read) => {
            let cost: Vec<u64> = operations(run, op, phase).map(read).collect();
            let sum = (Stat::Sum, Some(num::float(cost.iter().sum())), cost.len() as u64);
            let mut numbers = spread(cost.into_iter().map(num::float).collect());
            if !numbers.is_empty() {
                numbers.push(sum);
            }
            numbers
        }
        Source::OpDepth(op, read) => {
            let ok = operations(run, op, phase).filter(|o| o.outcome == "ok");
            spread(ok.map(|o| num::float(read(o))).collect())
        }
        Source::OpSpread(op, read) => spread(operations(run, op, phase).filter_map(read).collect()),
        Source::OpMean(op, read) => {
            let mut values: Vec<f64> = operations(run, op, phase).filter_map(read).collect();
            // Sorted, so that the sum's last bits do not depend on the order of the rows.
            stats::sort(&mut values);
            let n = values.len() as u64;
            stats::mean(&values).map(|mean| (Stat::Mean, Some(mean), n)).into_iter().collect()
        }
        Source::JoinShare(judge) => {
            share(joins(run, phase).map(judge).collect::<Vec<_>>().as_slice())
        }
        Source::JoinLatency => {
            latency(joins(run, phase).map(|j| j.latency_ms.filter(|_| j.success)).collect())
        }
        Source::Gauge => return gauge(run, info.name, phase),
        Source::Net(read) => per_node_second(run, phase, read),
        Source::Sent(purpose) => sent(run, phase, purpose),
        Source::Replicas => replicas(run, phase),
        Source::Lost => lost(run, phase),
        Source::Gini | Source::Keys(_) => Vec::new(),
        Source::Around(side, begun) => share(&around::said(run, phase, side, begun)),
        Source::Recovery => recovery(run, phase),
    };
    named(info.name, info.unit, &phase.label, numbers)
}

/// The numbers of a metric of the whole run.
pub(super) fn whole_run(run: &Run, info: &MetricInfo) -> Vec<Metric> {
    let (value, servers) = if let Source::Keys(figure) = info.source {
        let keys = balance::keys(&run.node_load);
        (figure(&keys), keys.len())
    } else {
        let shares = server_load(&run.node_load);
        (stats::gini(&shares), shares.len())
    };
    let number = |value| (Stat::Ratio, Some(value), servers as u64);
    let numbers = value.map(number).into_iter().collect();
    named(info.name, info.unit, WHOLE_RUN, numbers)
}

/// The numbers of a gauge in a phase, under the unit it was read in.
pub(super) fn gauge(run: &Run, name: &str, phase: &Phase) -> Vec<Metric> {
    let read: Vec<&Sample> =
        run.samples.iter().filter(|s| s.metric == name && phase.contains(s.t_s)).collect();
    let Some(unit) = read.iter().map(|s| s.unit).min() else { return Vec::new() };
    let mut values: Vec<f64> = read.iter().map(|s| s.value).collect();
    stats::sort(&mut values);
    let n = values.len() as u64;
    let numbers = vec![
        (Stat::Max, values.last().copied(), n),
        (Stat::Mean, stats::mean(&values), n),
        (Stat::Min, values.first().copied(), n),
    ];
    named(name, unit, &phase.label, numbers)
}

fn named(metric: &str, unit: &str, phase: &str, numbers: Vec<Number>) -> Vec<Metric> {
    let metric = |(stat, value, n): Number| Metric {
        phase: phase.to_owned(),
        metric: metric.to_owned(),
        stat,
        value,
        unit: if stat == Stat::Count { "count" } else { unit }.to_owned(),
        n,
    };
    numbers.into_iter().map(metric).collect()
}

fn operations<'a>(
    run: &'a Run,
    op: &'static str,
    phase: &'a Phase,
) -> impl Iterator<Item = &'a Operation> {
    run.operations.iter().filter(move |o| o.op == op && phase.contains(o.t_start_s))
}

fn share(said: &[bool]) -> Vec<Number> {
    if said.is_empty() {
        return Vec::new();
    }
    let n = said.len() as u64;
    let yes = said.iter().filter(|yes| **yes).count() as u64;
    vec![
        (Stat::Count, Some(num::float(yes)), n),
        (Stat::Ratio, Some(num::float(yes) / num::float(n)), n),
    ]
}

/// `None` stands for a failure. Statistics of the successes, then percentiles over all.
fn latency(ended: Vec<Option<f64>>) -> Vec<Number> {
    let all = ended.len();
    if all == 0 {
        return Vec::new();
    }
    let mut ok: Vec<f64> = ended.into_iter().flatten().collect();
    stats::sort(&mut ok);
    let n = ok.len() as u64;
    let censored = |percent| stats::percentile_censored(&ok, all, percent);
    let n_all = all as u64;
    vec![
        (Stat::Count, Some(num::float(n)), n_all),
        (Stat::Max, ok.last().copied(), n),
        (Stat::Mean, stats::mean(&ok), n),
        (Stat::P50, stats::percentile(&ok, 50), n),
        (Stat::P50All, censored(50), n_all),
        (Stat::P90, stats::percentile(&ok, 90), n),
        (Stat::P90All, censored(90), n_all),
        (Stat::P99, stats::percentile(&ok, 99), n),
        (Stat::P99All, censored(99), n_all),
    ]
}

fn spread(mut values: Vec<f64>) -> Vec<Number> {
    if values.is_empty() {
        return Vec::new();
    }
    stats::sort(&mut values);
    let n = values.len() as u64;
    vec![
        (Stat::Max, values.last().copied(), n),
        (Stat::Mean, stats::mean(&values), n),
        (Stat::P50, stats::percentile(&values, 50), n),
        (Stat::P90, stats::percentile(&values, 90), n),
        (Stat::P99, stats::percentile(&values, 99), n),
    ]
}

fn per_node_second(run: &Run, phase: &Phase, read: fn(&Traffic) -> u64) -> Vec<Number> {
    let Some(occupied) = node_seconds(run, phase) else { return Vec::new() };
    let length_s: f64 = phase.spans.iter().map(|(start, end)| end - start).sum();
    let nodes = num::nearest_count(occupied / length_s);
    rate(run, phase, read).map(|rate| (Stat::Mean, Some(rate), nodes)).into_iter().collect()
}

/// What was sent in a phase, per live node and second; `None` when nobody counted the nodes.
fn rate(run: &Run, phase: &Phase, read: fn(&Traffic) -> u64) -> Option<f64> {
    let occupied = node_seconds(run, phase)?;
    let inside = run.traffic.iter().filter(|t| phase.contains_bin(t.t_start_s, t.t_end_s));
    Some(num::float(inside.map(read).sum()) / occupied)
}

fn node_seconds(run: &Run, phase: &Phase) -> Option<f64> {
    let population = Population::of(run);
    let parts = phase.spans.iter().map(|&(start, end)| population.node_seconds(start, end));
    let occupied: f64 = parts.sum::<Option<f64>>()?;
    (occupied > 0.0).then_some(occupied)
}

/// Bytes for one purpose; 0 where others were sent.
fn sent(run: &Run, phase: &Phase, purpose: &str) -> Vec<Number> {
    let inside = || run.traffic.iter().filter(|t| phase.contains_bin(t.t_start_s, t.t_end_s));
    if inside().next().is_none() {
        return Vec::new();
    }
    let of_purpose = || inside().filter(|t| t.purpose == purpose);
    let bytes: u64 = of_purpose().map(|t| t.bytes).sum();
    let messages: u64 = of_purpose().map(|t| t.count).sum();
    vec![(Stat::Sum, Some(num::float(bytes)), messages)]
}

fn replicas(run: &Run, phase: &Phase) -> Vec<Number> {
    let mut counts: Vec<(u32, u64)> = run
        .replicas
        .iter()
        .filter(|r| r.keys > 0 && phase.contains(r.t_s))
        .map(|r| (r.replicas_live, r.keys))
        .collect();
    counts.sort_unstable();
    let keys: u64 = counts.iter().map(|c| c.1).sum();
    let (Some(first), Some(last)) = (counts.first(), counts.last()) else { return Vec::new() };
    let sum: u64 = counts.iter().map(|c| u64::from(c.0) * c.1).sum();
    vec![
        (Stat::Max, Some(f64::from(last.0)), keys),
        (Stat::Mean, Some(num::float(sum) / num::float(keys)), keys),
        (Stat::Min, Some(f64::from(first.0)), keys),
        (Stat::P50, replicas_percentile(&counts, keys, 50), keys),
        (Stat::P90, replicas_percentile(&counts, keys, 90), keys),
    ]
}

/// The mean over keys; `None` without keys.
pub(crate) fn replicas_mean<'a>(rows: impl Iterator<Item = &'a Replicas>) -> Option<f64> {
    let (live, keys) = rows.fold((0, 0), |(live, keys), row| {
        (live + u64::from(row.replicas_live) * row.keys, keys + row.keys)
    });
    (keys > 0).then(|| num::float(live) / num::float(keys))
}

/// Nearest rank among keys, from sorted pairs of replicas and keys.
pub(crate) fn replicas_percentile(counts: &[(u32, u64)], keys: u64, percent: u64) -> Option<f64> {
    let rank = (keys * percent).div_ceil(100).max(1);
    let mut seen = 0;
    let found = counts.iter().find(|(_, keys)| {
        seen += keys;
        seen >= rank
    });
    found.map(|(replicas, _)| f64::from(*replicas))
}

fn lost(run: &Run, phase: &Phase) -> Vec<Number> {
    let inside = || run.replicas.iter().filter(|r| phase.contains(r.t_s));
    let Some(last_s) = inside().map(|r| r.t_s).max_by(f64::total_cmp) else { return Vec::new() };
    let at_last = || inside().filter(|r| r.t_s >= last_s);
    let keys: u64 = at_last().map(|r| r.keys).sum();
    let lost: u64 = at_last().filter(|r| r.replicas_live == 0).map(|r| r.keys).sum();
    if keys == 0 {
        return Vec::new();
    }
    vec![(Stat::Ratio, Some(num::float(lost) / num::float(keys)), keys)]
}

/// Over the faults of that name: how many were recovered from, the longest time, and none when one did
/// not recover, and the mean over those that did.
fn recovery(run: &Run, phase: &Phase) -> Vec<Number> {
    if !phase.is_fault() {
        return Vec::new();
    }
    let of_phase = || run.recoveries.iter().filter(|r| r.phase == phase.label);
    let n = of_phase().count() as u64;
    if n == 0 {
        return Vec::new();
    }
    let mut times: Vec<f64> = of_phase().filter_map(|r| r.time_to_95_s).collect();
    stats::sort(&mut times);
    let recovered = times.len() as u64;
    let longest = times.last().copied().filter(|_| recovered == n);
    vec![
        (Stat::Count, Some(num::float(recovered)), n),
        (Stat::Max, longest, n),
        (Stat::Mean, stats::mean(&times), recovered),
    ]
}

/// What each server handled, with its time in the network.
pub(crate) fn server_load(nodes: &[NodeLoad]) -> Vec<Share> {
    let servers = nodes.iter().filter(|n| !n.client && n.uptime_s > 0.0);
    servers.map(|n| Share { load: num::float(n.msgs_in), weight: n.uptime_s }).collect()
}
