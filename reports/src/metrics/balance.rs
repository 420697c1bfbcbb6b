//! How evenly records lie on servers: figures of a sorted list of counts, one per server.

use crate::model::NodeLoad;
use crate::num;
use crate::stats;

/// A figure of sorted, not negative counts; `None` where nothing is held.
pub(super) type Figure = fn(&[f64]) -> Option<f64>;

/// Records held by each server that is up at the end, sorted.
pub(crate) fn keys(nodes: &[NodeLoad]) -> Vec<f64> {
    let servers = nodes.iter().filter(|n| !n.client);
    let mut counts: Vec<f64> = servers.filter_map(|n| n.keys_stored).map(num::float).collect();
    stats::sort(&mut counts);
    counts
}

fn sum(counts: &[f64]) -> Option<f64> {
    Some(counts.iter().sum()).filter(|sum| *sum > 0.0)
}

fn over_mean(counts: &[f64], value: Option<f64>) -> Option<f64> {
    Some(value? * num::float_len(counts.len()) / sum(counts)?)
}

/// `sum((2i - n - 1) x_i) / (n sum x)`, with i from 1 in rising order.
pub(super) fn gini(counts: &[f64]) -> Option<f64> {
    let n = num::float_len(counts.len());
    let weighted: f64 = (1..).zip(counts).map(|(i, x)| (2.0 * num::float(i) - n - 1.0) * x).sum();
    Some(weighted / (n * sum(counts)?))
}

/// The standard deviation of these counts (divisor n) over their mean.
pub(super) fn cv(counts: &[f64]) -> Option<f64> {
    let n = num::float_len(counts.len());
    let mean = sum(counts)? / n;
    let squares: f64 = counts.iter().map(|x| (x - mean) * (x - mean)).sum();
    Some((squares / n).sqrt() / mean)
}

/// The largest, as a multiple of the mean.
pub(super) fn max_over_mean(counts: &[f64]) -> Option<f64> {
    over_mean(counts, counts.last().copied())
}

/// The first percentile, as a multiple of the mean.
pub(super) fn p1_over_mean(counts: &[f64]) -> Option<f64> {
    over_mean(counts, stats::percentile(counts, 1))
}

/// The 99th percentile, as a multiple of the mean.
pub(super) fn p99_over_mean(counts: &[f64]) -> Option<f64> {
    over_mean(counts, stats::percentile(counts, 99))
}
