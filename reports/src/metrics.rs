//! Metrics: what each means, and its value for a run and a phase.
//!
//! An operation belongs to the phases that hold its start, so a number of `measure` counts the faults
//! inside it too. Percentiles are nearest rank. A percentile called `*_all` is over all operations,
//! with a failure as an infinite value; it is empty when it falls among the failures.

mod around;
pub(crate) mod balance;
pub(crate) mod compute;
mod registry;

pub use registry::METRICS;

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::model::{Join, Operation, Run, Traffic};
use crate::phase::{self, Phase};

/// A number of a run in one phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metric {
    /// The phase's label, or `run` for numbers of the whole run.
    pub phase: String,
    /// The metric's public name.
    pub metric: String,
    /// The statistic.
    pub stat: Stat,
    /// The value; `None` when there is none, such as a percentile among failures.
    pub value: Option<f64>,
    /// The unit.
    pub unit: String,
    /// How many observations stand behind the value.
    pub n: u64,
}

/// The statistics of `metrics.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stat {
    /// How many observations.
    Count,
    /// The largest.
    Max,
    /// The mean.
    Mean,
    /// The smallest.
    Min,
    /// The median.
    P50,
    /// The median over all operations, failures as infinite.
    P50All,
    /// The 90th percentile.
    P90,
    /// The 90th percentile over all operations, failures as infinite.
    P90All,
    /// The 99th percentile.
    P99,
    /// The 99th percentile over all operations, failures as infinite.
    P99All,
    /// A share between 0 and 1, or one quantity over another.
    Ratio,
    /// The sum.
    Sum,
}

impl Stat {
    /// All of them, in the order of the tables, which is that of their names.
    pub const ALL: [Self; 12] = [
        Self::Count,
        Self::Max,
        Self::Mean,
        Self::Min,
        Self::P50,
        Self::P50All,
        Self::P90,
        Self::P90All,
        Self::P99,
        Self::P99All,
        Self::Ratio,
        Self::Sum,
    ];

    /// The public name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Max => "max",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::P50 => "p50",
            Self::P50All => "p50_all",
            Self::P90 => "p90",
            Self::P90All => "p90_all",
            Self::P99 => "p99",
            Self::P99All => "p99_all",
            Self::Ratio => "ratio",
            Self::Sum => "sum",
        }
    }
}

impl fmt::Display for Stat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The name of no statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a statistic; one of count, max, mean, min, p50, p90, p99, p50_all, p90_all, p99_all, ratio, sum"
)]
pub struct UnknownStat;

impl FromStr for Stat {
    type Err = UnknownStat;

    fn from_str(name: &str) -> Result<Self, UnknownStat> {
        Self::ALL.into_iter().find(|stat| stat.name() == name).ok_or(UnknownStat)
    }
}

/// What a metric is.
#[derive(Clone, Copy, Debug)]
pub struct MetricInfo {
    /// The public name.
    pub name: &'static str,
    /// The unit of its values, except of `count`.
    pub unit: &'static str,
    /// What it says and how it is counted.
    pub doc: &'static str,
    /// Is more better? `None` where it depends on what is asked.
    pub higher_is_better: Option<bool>,
    /// The statistic meant when none is named.
    pub default_stat: Stat,
    source: Source,
}

impl MetricInfo {
    /// The statistics that exist for it.
    pub fn stats(&self) -> &'static [Stat] {
        use Stat::{Count, Max, Mean, Min, P50, P50All, P90, P90All, P99, P99All, Ratio, Sum};
        match self.source {
            Source::OpShare(..) | Source::JoinShare(_) | Source::Around(..) => &[Count, Ratio],
            Source::OpLatency(_) | Source::JoinLatency => {
                &[Count, Max, Mean, P50, P50All, P90, P90All, P99, P99All]
            }
            Source::OpCost(..) => &[Max, Mean, P50, P90, P99, Sum],
            Source::OpDepth(..) | Source::OpSpread(..) => &[Max, Mean, P50, P90, P99],
            Source::OpMean(..) | Source::Net(_) => &[Mean],
            Source::Gauge => &[Max, Mean, Min],
            Source::Replicas => &[Max, Mean, Min, P50, P90],
            Source::Lost | Source::Gini | Source::Keys(_) => &[Ratio],
            Source::Sent(_) => &[Sum],
            Source::Recovery => &[Count, Max, Mean],
        }
    }

    /// Is it a number of the whole run, whatever the phase?
    pub fn whole_run(&self) -> bool {
        matches!(self.source, Source::Gini | Source::Keys(_))
    }

    /// Does it stand for the whole run besides its phases? So it is with joins: most lie in the warm-up.
    fn also_whole_run(&self) -> bool {
        matches!(self.source, Source::JoinShare(_))
    }
}

/// Where a metric's observations come from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// Share of the operations of that kind for which the judge says yes; it abstains with `None`.
    OpShare(&'static str, fn(&Operation) -> Option<bool>),
    /// Latency of the operations of that kind.
    OpLatency(&'static str),
    /// A quantity of all operations of that kind.
    OpCost(&'static str, fn(&Operation) -> u64),
    /// A quantity of the successful operations of that kind.
    OpDepth(&'static str, fn(&Operation) -> u64),
    /// A quantity that not every operation of that kind has.
    OpSpread(&'static str, fn(&Operation) -> Option<f64>),
    /// The mean of a quantity that not every operation of that kind has.
    OpMean(&'static str, fn(&Operation) -> Option<f64>),
    /// Share of the joins for which the judge says yes.
    JoinShare(fn(&Join) -> bool),
    /// Latency of the joins.
    JoinLatency,
    /// A gauge under the metric's own name.
    Gauge,
    /// Traffic per live node and second.
    Net(fn(&Traffic) -> u64),
    /// Bytes sent for that purpose.
    Sent(&'static str),
    /// Live replicas of a key.
    Replicas,
    /// Share of keys without a live replica.
    Lost,
    /// Inequality of load.
    Gini,
    /// How evenly records lie on servers.
    Keys(balance::Figure),
    /// Share of what was begun before, during or after a fault.
    Around(around::Side, around::Begun),
    /// Time to recover.
    Recovery,
}

/// What the metric of that name is.
pub fn info(name: &str) -> Option<&'static MetricInfo> {
    METRICS.iter().find(|info| info.name == name)
}

/// One number of a run. `None` when the metric has no meaning there: an unknown name or phase, a
/// statistic it does not have, or nothing to observe. A metric of the whole run has one value
/// whatever phase is asked for.
pub fn value(run: &Run, metric: &str, phase: &str, stat: Stat) -> Option<Metric> {
    if let Some(info) = info(metric)
        && info.whole_run()
    {
        return compute::whole_run(run, info).into_iter().find(|m| m.stat == stat);
    }
    let info = info(metric);
    let phase = if phase == phase::WHOLE_RUN && info.is_some_and(MetricInfo::also_whole_run) {
        phase::whole_run()
    } else {
        phase::phase(&run.intervals, phase)?
    };
    let found = match info {
        Some(info) => compute::of_phase(run, info, &phase),
        None => compute::gauge(run, metric, &phase),
    };
    found.into_iter().find(|m| m.stat == stat)
}

/// Every number of a run, sorted by phase, metric and statistic.
pub fn all(run: &Run) -> Vec<Metric> {
    let mut found: Vec<Metric> = Vec::new();
    let others = other_gauges(run);
    for phase in phase::phases(&run.intervals) {
        for info in METRICS.iter().filter(|info| !info.whole_run()) {
            found.extend(compute::of_phase(run, info, &phase));
        }
        for name in &others {
            found.extend(compute::gauge(run, name, &phase));
        }
    }
    for info in METRICS.iter().filter(|info| info.whole_run()) {
        found.extend(compute::whole_run(run, info));
    }
    for info in METRICS.iter().filter(|info| info.also_whole_run()) {
        found.extend(compute::of_phase(run, info, &phase::whole_run()));
    }
    found.sort_by(|a, b| {
        let order = a.phase.cmp(&b.phase).then_with(|| a.metric.cmp(&b.metric));
        order.then(a.stat.cmp(&b.stat))
    });
    found
}

/// Gauges that a run was asked to read but which have no entry in [`METRICS`].
fn other_gauges(run: &Run) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = run.samples.iter().map(|s| s.metric).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| info(name).is_none());
    names
}

fn joins<'a>(run: &'a Run, phase: &'a Phase) -> impl Iterator<Item = &'a Join> {
    run.joins.iter().filter(|j| phase.contains(j.t_start_s))
}
