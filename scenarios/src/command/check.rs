//! `dhtlab check`: everything that is wrong, and what a run would cost.

use serde_json::{Value, json};
use std::fmt::{Display, Write as _};

use super::memory;
use super::source::Scenario;
use crate::cli::CheckArgs;
use crate::console::Console;
use crate::diag;
use crate::estimate::{self, Estimate};
use crate::exit::Failure;
use crate::experiment::Experiment;
use crate::load::{self, Loaded, Request};
use crate::plan::{Axis, Plan};
use crate::registry::Registry;

/// Checks each scenario.
///
/// # Errors
/// Exit code 2 when one of them is invalid or cannot be read.
pub fn check(args: &CheckArgs, registry: &Registry, console: Console) -> Result<(), Failure> {
    let files = args.files.iter().map(|path| Scenario::from_file(path));
    let examples = args.example.iter().map(|name| Scenario::from_library(name));
    let mut failed = false;
    let mut documents = Vec::new();
    for scenario in files.chain(examples) {
        let scenario = match scenario {
            Ok(scenario) => scenario,
            Err(failure) => {
                // A file that is missing must not hide what is wrong with the others.
                failed = true;
                console.failure(&failure);
                documents.push(json!({ "error": crate::console::failure_json(&failure) }));
                continue;
            }
        };
        let request =
            Request { name: &scenario.name, text: &scenario.text, changes: &args.changes };
        let loaded = load::load(request, registry, &scenario.files);
        console.findings(&loaded.found, &loaded.sources);
        failed |= loaded.plan.is_none();
        if console.json {
            documents.push(document(&scenario, &loaded, registry));
        } else {
            print(&scenario, &loaded, args.resolved, registry, console)?;
        }
    }
    let code = if failed { 2 } else { 0 };
    console.document("check", code, json!({ "scenarios": documents }))?;
    if failed { Err(Failure::Invalid) } else { Ok(()) }
}

fn print(
    scenario: &Scenario,
    loaded: &Loaded,
    resolved: bool,
    registry: &Registry,
    console: Console,
) -> Result<(), Failure> {
    let tally = diag::tally(&loaded.found);
    let Some(experiment) = loaded.experiment() else {
        let tally = tally.unwrap_or_else(|| "invalid".to_owned());
        return console.out(&format!("{}: {tally}\n", scenario.name));
    };
    if resolved {
        return console.out(&experiment.plan.resolved());
    }
    let estimate = estimate::of_all(&experiment, registry, 1);
    let verdict = tally.unwrap_or_else(|| "ok".to_owned());
    console.out(&format!("{}: {verdict}\n{}", scenario.name, describe(&experiment, &estimate, 1)))
}

/// What would run and what it would cost, with `jobs` runs side by side.
pub fn describe(experiment: &Experiment, estimate: &Estimate, jobs: usize) -> String {
    let plan = &experiment.plan;
    let labels: Vec<&str> = plan.protocols.iter().map(|protocol| protocol.label.as_str()).collect();
    let runs = estimate::show_count(estimate.runs);
    let plural = if runs == "1" { "" } else { "s" };
    let mut text = format!(
        "  {runs} run{plural} of {} among {} nodes: {}\n",
        span(experiment, |plan| plan.duration),
        span(experiment, |plan| plan.network.nodes),
        labels.join(", ")
    );
    if !plan.sweep.is_empty() {
        let axis = |axis: &Axis| format!("{} ({} values)", axis.path, axis.values.len());
        let axes: Vec<String> = plan.sweep.iter().map(axis).collect();
        let (points, seeds) = (experiment.points.len(), plan.seeds.len());
        let _ = writeln!(text, "  sweep: {}: {points} points, {seeds} seeds", axes.join(" x "));
    }
    let each = if estimate.runs > 1.0 { " for the largest" } else { "" };
    let _ = writeln!(
        text,
        "  estimate: {} events, {} of memory{each}, {} on one core (within a factor of two or so)",
        estimate::show_count(estimate.events),
        estimate::show_bytes(estimate.bytes),
        estimate::show_seconds(estimate.seconds),
    );
    if jobs > 1 && estimate.runs > 1.0 {
        #[expect(clippy::cast_precision_loss, reason = "at most as many as there are threads")]
        let side_by_side = (jobs as f64).min(estimate.runs);
        let _ = writeln!(
            text,
            "  {side_by_side} side by side: about {}, {} of memory",
            estimate::show_seconds(estimate.seconds / side_by_side),
            estimate::show_bytes(estimate.side_by_side_bytes),
        );
    }
    if let Err(refused) = memory::refuse_if_too_large(estimate, memory::available()) {
        let _ = writeln!(text, "  warning: `run` would refuse: {refused}");
        for help in refused.help() {
            let _ = writeln!(text, "    {help}");
        }
    }
    text
}

/// The smallest and the largest value over all points: `500`, `500 to 2000`.
fn span<T: Ord + Display>(experiment: &Experiment, of: impl Fn(&Plan) -> T) -> String {
    let least = experiment.points.iter().map(|point| of(&point.plan)).min();
    let most = experiment.points.iter().map(|point| of(&point.plan)).max();
    match (least, most) {
        (Some(least), Some(most)) if least < most => format!("{least} to {most}"),
        (_, most) => most.map(|most| most.to_string()).unwrap_or_default(),
    }
}

fn document(scenario: &Scenario, loaded: &Loaded, registry: &Registry) -> Value {
    let experiment = loaded.experiment();
    let estimate = experiment.as_ref().map(|one| estimate::of_all(one, registry, 1));
    json!({
        "file": scenario.name,
        "valid": loaded.plan.is_some(),
        "findings": diag::to_json(&loaded.found, &loaded.sources),
        "resolved": loaded.plan.as_ref().map(Plan::resolved),
        "sweep": experiment.map(|one| json!({
            "points": one.points.len(),
            "axes": one.plan.sweep.iter().map(|axis| &axis.path).collect::<Vec<_>>(),
        })),
        "estimate": estimate.map(|one| json!({
            "runs": one.runs,
            "events": one.events.round(),
            "memory_bytes": one.bytes.round(),
            "core_seconds": one.seconds,
        })),
    })
}
