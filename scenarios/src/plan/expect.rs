//! Expectations: what must hold in the end, or the run exits with 4.

use super::Context;
use super::phase::{self, PhasePlan};
use super::protocol::ProtocolPlan;
use super::workload::WorkloadPlan;
use crate::diag::Diagnostic;
use crate::schema::{Section, scalar};
use dhtlab_core::group::GroupSpec;
use dhtlab_reports::metrics::{self, METRICS, Stat};

/// A bound on one statistic of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectPlan {
    /// The metric.
    pub metric: &'static str,
    /// The phase it is taken over.
    pub phase: String,
    /// The label of the one protocol it is about; `None`: each of them.
    pub protocol: Option<String>,
    /// Which statistic.
    pub stat: &'static str,
    /// It is at least this.
    pub min: Option<f64>,
    /// It is at most this.
    pub max: Option<f64>,
}

impl ExpectPlan {
    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        table.insert("metric".to_owned(), self.metric.into());
        table.insert("phase".to_owned(), self.phase.as_str().into());
        if let Some(protocol) = &self.protocol {
            table.insert("protocol".to_owned(), protocol.as_str().into());
        }
        table.insert("stat".to_owned(), self.stat.into());
        for (name, bound) in [("min", self.min), ("max", self.max)] {
            if let Some(bound) = bound {
                table.insert(name.to_owned(), bound.into());
            }
        }
        table
    }
}

/// What nodes are asked to do, by anything.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The workload of all.
    pub workload: &'a WorkloadPlan,
    /// Roles with jobs of their own.
    pub roles: &'a [GroupSpec],
}

/// Reads every `[[expect]]`.
pub fn read_all(
    root: &Section<'_>,
    context: &Context<'_>,
    phases: &[PhasePlan],
    protocols: &[ProtocolPlan],
    asked: Asked<'_>,
) -> Vec<ExpectPlan> {
    let mut names: Vec<&str> = phase::BUILTIN.to_vec();
    names.extend(phases.iter().map(|phase| phase.name.as_str()));
    // Phases and protocols that could not be read may still be named: do not blame the reader twice.
    let whole = !context.sink.failed();
    let read = |section| read_one(section, context, &names, protocols, asked, whole);
    root.sections("expect").into_iter().filter_map(read).collect()
}

fn read_one(
    section: Section<'_>,
    context: &Context<'_>,
    phases: &[&str],
    protocols: &[ProtocolPlan],
    asked: Asked<'_>,
    whole: bool,
) -> Option<ExpectPlan> {
    let metrics: Vec<&'static str> = METRICS.iter().map(|metric| metric.name).collect();
    let metric = section.require("metric", "\"lookup.success_ratio\"", |item| {
        scalar::listed(item, "metric", &metrics, "metrics")
    });
    let phase = section.read_or("phase", "measure".to_owned(), |item| {
        if whole {
            scalar::choice(item, "phase", phases).map(str::to_owned)
        } else {
            scalar::text(item)
        }
    });
    let labels: Vec<&str> = protocols.iter().map(|protocol| protocol.label.as_str()).collect();
    let protocol = section.read("protocol", |item| {
        if whole {
            scalar::choice(item, "protocol entry", &labels).map(str::to_owned)
        } else {
            scalar::text(item)
        }
    });
    let known = metric.and_then(metrics::info);
    let stats = known.map_or(&Stat::ALL[..], metrics::MetricInfo::stats);
    let stats: Vec<&'static str> = stats.iter().map(|stat| stat.name()).collect();
    let usual = known.map_or(Stat::Mean, |info| info.default_stat).name();
    let stat = section.read_or("stat", usual, |item| scalar::choice(item, "stat", &stats));
    let bound = |name: &str| section.read(name, |item| scalar::real(item, &(-1e15..=1e15)));
    let (min, max) = (bound("min"), bound("max"));
    if !section.has("min") && !section.has("max") {
        context.sink.report(
            Diagnostic::error("E003", "an expectation needs `min`, `max` or both")
                .at(section.place(), "nothing is expected here")
                .help("such as min = 0.95"),
        );
    }
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        context.sink.report(
            Diagnostic::error("E008", "no value is at least `min` and at most `max`")
                .at(section.place_of("max"), "smaller than `min`")
                .with(section.place_of("min"), "min is here"),
        );
    }
    if let Some(metric) = metric
        && whole
        && !measured(metric, asked)
    {
        context.sink.report(
            Diagnostic::warning("W001", format!("{metric} will have no value"))
                .at(section.place_of("metric"), "the workload never asks for such operations"),
        );
    }
    section.finish();
    metric.map(|metric| ExpectPlan { metric, phase, protocol, stat, min, max })
}

/// Are there operations that `metric` is about?
fn measured(metric: &str, Asked { workload, roles }: Asked<'_>) -> bool {
    let batches = workload.publish.is_some() || !workload.waves.is_empty();
    let stored = workload.puts.is_some() || batches;
    match metric.split('.').next() {
        Some("lookup") => workload.lookups.is_some(),
        Some("put" | "store") => stored,
        Some("get") => workload.gets.is_some() || roles.iter().any(|role| role.heartbeat.is_some()),
        Some("put_many") => roles.iter().any(|role| role.announce.is_some()),
        Some("get_many") => roles.iter().any(|role| role.watch.is_some()),
        Some("delete") => workload.deletes.is_some(),
        Some("range") => workload.ranges.is_some(),
        _ => true,
    }
}
