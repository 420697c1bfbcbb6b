//! `dhtlab run`: everything around a run. The run itself is [`crate::execute`].

use std::path::Path;

use serde_json::{Value, json};

use super::memory;
use super::source::Scenario;
use crate::cli::RunArgs;
use crate::console::Console;
use crate::diag;
use crate::estimate;
use crate::execute::{self, Job, Outcome};
use crate::exit::Failure;
use crate::load::{self, Loaded, Request};
use crate::plan::{Plan, seeds};
use crate::registry::Registry;
use crate::results_dir::{self, Manifest, ResultsDir};
use crate::suggest;

/// Runs a scenario.
///
/// # Errors
/// With the exit code of what went wrong.
pub fn run(args: &RunArgs, registry: &Registry, console: Console) -> Result<(), Failure> {
    let scenario = match (&args.file, &args.example) {
        (Some(path), _) => Scenario::from_file(path)?,
        (None, Some(name)) => Scenario::from_library(name)?,
        (None, None) => return Err(Failure::usage("name a scenario file", Vec::new())),
    };
    let mut changes = args.changes.clone();
    changes.extend(seed_change(args)?);
    let request = Request { name: &scenario.name, text: &scenario.text, changes: &changes };
    let loaded = load::load(request, registry, &scenario.files);
    console.findings(&loaded.found, &loaded.sources);
    let Some(plan) = &loaded.plan else {
        let findings = diag::to_json(&loaded.found, &loaded.sources);
        console.document("run", 2, json!({ "findings": findings }))?;
        return Err(Failure::Invalid);
    };
    let plan = select(plan.clone(), &args.protocols)?;
    if !plan.sweep.is_empty() {
        let help = vec!["take [sweep] out, and use --set for one point of it".to_owned()];
        return Err(Failure::usage("[sweep] is understood by `check`, but not yet by `run`", help));
    }
    if !loaded.seed_given {
        console.note(&format!("no seed given: seed {}", seeds::DEFAULT));
    }
    let estimate = estimate::estimate(&plan, registry, usize::from(args.jobs));
    console.detail(&super::check::describe(&plan, &estimate));
    if !args.force {
        memory::refuse_if_too_large(&estimate, plan.network.nodes, memory::available())?;
    }
    run_plan(args, registry, console, &scenario, &loaded, &plan)
}

fn run_plan(
    args: &RunArgs,
    registry: &Registry,
    console: Console,
    scenario: &Scenario,
    loaded: &Loaded,
    plan: &Plan,
) -> Result<(), Failure> {
    let resolved = plan.resolved();
    let hash = results_dir::scenario_hash(&resolved);
    let target =
        args.output.clone().unwrap_or_else(|| results_dir::default_path(&plan.name, &hash));
    let results = ResultsDir::create(&target, args.force)?;
    results.write("scenario.toml", scenario.text.as_bytes())?;
    results.write("scenario.resolved.toml", resolved.as_bytes())?;
    let job = Job {
        plan,
        registry,
        jobs: usize::from(args.jobs),
        shards: usize::from(args.shards),
        quiet: args.quiet || args.json,
    };
    let outcome = execute::execute(&job, &results)?;
    results.write("perf.csv", outcome.perf_csv.as_bytes())?;
    let mut reproduce = results_dir::reproduce_line(
        &scenario.argument,
        &plan.seeds,
        &args.changes,
        &args.protocols,
        &outcome.digest,
    );
    reproduce.insert_str(0, "reproduce: ");
    let status = if outcome.missing.is_empty() { "complete" } else { "incomplete" };
    let manifest = Manifest {
        scenario: plan.name.clone(),
        source: scenario.argument.clone(),
        scenario_hash: hash,
        changes: args.changes.clone(),
        seeds: plan.seeds.clone(),
        seed_defaulted: !loaded.seed_given,
        digests: outcome.digests.clone(),
        digest: outcome.digest.clone(),
        status: status.to_owned(),
        reproduce: reproduce.clone(),
        perf: outcome.perf.clone(),
    };
    let folder = results.finish(&manifest)?;
    let verdict = verdict(&outcome, args.expect_digest.as_deref());
    let code = verdict.as_ref().err().map_or(0, Failure::code);
    if console.json {
        let error = verdict.as_ref().err().map(crate::console::failure_json);
        console.document("run", code, document(&outcome, &folder, &reproduce, error.as_ref()))?;
    } else {
        console.out(&format!("{}results: {}\n{reproduce}\n", outcome.text, folder.display()))?;
    }
    verdict
}

fn document(outcome: &Outcome, folder: &Path, reproduce: &str, error: Option<&Value>) -> Value {
    json!({
        "results": folder,
        "digest": outcome.digest,
        "reproduce": reproduce,
        "broken": outcome.broken,
        "missing": outcome.missing,
        "outcome": outcome.json,
        "error": error,
    })
}

fn verdict(outcome: &Outcome, expected: Option<&str>) -> Result<(), Failure> {
    if let Some(expected) = expected
        && !outcome.digest.starts_with(expected)
    {
        let message = format!("the digest is {}, not {expected}", outcome.digest);
        return Err(Failure::NotMet(message));
    }
    if !outcome.broken.is_empty() {
        return Err(Failure::NotMet(outcome.broken.join("; ")));
    }
    if !outcome.missing.is_empty() {
        return Err(Failure::Incomplete(outcome.missing.join("; ")));
    }
    Ok(())
}

/// `--seed` and `--seeds` as changes.
fn seed_change(args: &RunArgs) -> Result<Option<String>, Failure> {
    if let Some(text) = &args.seeds {
        let wrong = |reason| Failure::usage(reason, vec!["such as --seeds 1..=30".to_owned()]);
        seeds::range(text).map_err(wrong)?;
        return Ok(Some(format!("seeds={text:?}")));
    }
    Ok(args.seed.map(|seed| format!("seed={seed}")))
}

/// Keeps only the protocol entries that `wanted` names; all of them when it is empty.
fn select(mut plan: Plan, wanted: &[String]) -> Result<Plan, Failure> {
    if wanted.is_empty() {
        return Ok(plan);
    }
    for name in wanted {
        if !plan
            .protocols
            .iter()
            .any(|entry| [&entry.label, &entry.protocol, &entry.preset].contains(&name))
        {
            let labels = plan.protocols.iter().map(|entry| entry.label.as_str());
            let help = vec![suggest::help(name, labels)];
            return Err(Failure::usage(format!("the scenario has no protocol `{name}`"), help));
        }
    }
    plan.protocols.retain(|entry| {
        wanted.iter().any(|name| [&entry.label, &entry.protocol, &entry.preset].contains(&name))
    });
    let labels: Vec<String> = plan.protocols.iter().map(|entry| entry.label.clone()).collect();
    plan.expectations.retain(|one| one.protocol.as_ref().is_none_or(|name| labels.contains(name)));
    Ok(plan)
}
