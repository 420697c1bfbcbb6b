//! `dhtlab check`: everything that is wrong, and what a run would cost.

use serde_json::{Value, json};
use std::fmt::Write as _;

use super::memory;
use super::source::Scenario;
use crate::cli::CheckArgs;
use crate::console::Console;
use crate::diag;
use crate::estimate::{self, Estimate};
use crate::exit::Failure;
use crate::load::{self, Loaded, Request};
use crate::plan::Plan;
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
    let Some(plan) = &loaded.plan else {
        let tally = tally.unwrap_or_else(|| "invalid".to_owned());
        return console.out(&format!("{}: {tally}\n", scenario.name));
    };
    if resolved {
        return console.out(&plan.resolved());
    }
    let estimate = estimate::estimate(plan, registry, 1);
    let verdict = tally.unwrap_or_else(|| "ok".to_owned());
    console.out(&format!("{}: {verdict}\n{}", scenario.name, describe(plan, &estimate)))
}

/// What would run and what it would cost.
pub fn describe(plan: &Plan, estimate: &Estimate) -> String {
    let labels: Vec<&str> = plan.protocols.iter().map(|protocol| protocol.label.as_str()).collect();
    let runs = estimate::show_count(estimate.runs);
    let plural = if runs == "1" { "" } else { "s" };
    let mut text = format!(
        "  {runs} run{plural} of {} among {} nodes: {}\n",
        plan.duration,
        plan.network.nodes,
        labels.join(", ")
    );
    let _ = writeln!(
        text,
        "  estimate: {} events, {} of memory, {} on one core (within a factor of two or so)",
        estimate::show_count(estimate.events),
        estimate::show_bytes(estimate.bytes),
        estimate::show_seconds(estimate.seconds),
    );
    let nodes = plan.network.nodes;
    if let Err(refused) = memory::refuse_if_too_large(estimate, nodes, memory::available()) {
        let _ = writeln!(text, "  warning: `run` would refuse: {refused}");
        for help in refused.help() {
            let _ = writeln!(text, "    {help}");
        }
    }
    text
}

fn document(scenario: &Scenario, loaded: &Loaded, registry: &Registry) -> Value {
    let estimate = loaded.plan.as_ref().map(|plan| estimate::estimate(plan, registry, 1));
    json!({
        "file": scenario.name,
        "valid": loaded.plan.is_some(),
        "findings": diag::to_json(&loaded.found, &loaded.sources),
        "resolved": loaded.plan.as_ref().map(Plan::resolved),
        "estimate": estimate.map(|one| json!({
            "runs": one.runs,
            "events": one.events.round(),
            "memory_bytes": one.bytes.round(),
            "core_seconds": one.seconds,
        })),
    })
}
