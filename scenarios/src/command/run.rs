//! `dhtlab run`: everything around the runs. The runs themselves are [`crate::execute`].

use std::path::Path;
use std::thread;

use dhtlab_reports::report::About;
use dhtlab_reports::summary::Style;
use serde_json::{Value, json};

use super::memory;
use super::source::Scenario;
use super::supervise::supervise;
use crate::about;
use crate::cli::RunArgs;
use crate::console::Console;
use crate::diag;
use crate::estimate;
use crate::execute::{Outcome, Work};
use crate::exit::Failure;
use crate::experiment::Experiment;
use crate::interrupt::Interrupt;
use crate::load::{self, Request};
use crate::manifest::{Found, Manifest, reproduce_line};
use crate::notices::notices;
use crate::plan::seeds;
use crate::registry::Registry;
use crate::results_dir::{self, Mode, Opened, ResultsDir};

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
    let Some(experiment) = loaded.experiment() else {
        let findings = diag::to_json(&loaded.found, &loaded.sources);
        console.document("run", 2, json!({ "findings": findings }))?;
        return Err(Failure::Invalid);
    };
    let experiment = experiment.select(&args.protocols, registry)?;
    if !loaded.seed_given {
        console.note(&format!("no seed given: seed {}", seeds::DEFAULT));
    }
    let jobs = jobs(args);
    let estimate = estimate::of_all(&experiment, registry, jobs);
    let described = super::check::describe(&experiment, &estimate, jobs);
    if estimate.runs > 1.0 {
        console.note(described.trim());
    } else {
        console.detail(&described);
    }
    let memory = memory::available();
    if !args.existing.force {
        memory::refuse_if_too_large(&estimate, memory)?;
    }
    let manifest = manifest(args, &scenario, &experiment, registry, !loaded.seed_given);
    let hash = &manifest.scenario_hash;
    let name = &experiment.plan.name;
    let target = args.output.clone().unwrap_or_else(|| results_dir::default_path(name, hash));
    let interrupt = Interrupt::listen().map_err(|error| Failure::Runtime(error.into()))?;
    let folder = match ResultsDir::open(&target, mode(args), &manifest)? {
        Opened::Work(folder) => folder,
        Opened::Complete(found) => return already_complete(args, console, &target, &found),
    };
    let texts = [
        ("scenario.toml", scenario.text.clone()),
        ("scenario.resolved.toml", experiment.plan.resolved()),
    ];
    let kept = texts.iter().try_for_each(|(name, text)| folder.write(name, text.as_bytes()));
    kept.inspect_err(|_| drop(folder.mark(&manifest)))?;
    let (shards, quiet) = (usize::from(args.shards), args.quiet || args.json);
    let registry = registry.clone();
    let work =
        Work { experiment, registry, folder, manifest, jobs, shards, memory, quiet, interrupt };
    let outcome = supervise(work, args.output.as_deref())?;
    show(args, console, &outcome)
}

/// What the manifest says before the first run.
fn manifest(
    args: &RunArgs,
    scenario: &Scenario,
    experiment: &Experiment,
    registry: &Registry,
    seed_defaulted: bool,
) -> Manifest {
    let plan = &experiment.plan;
    let seeds = &plan.seeds;
    let line = reproduce_line(&scenario.argument, seeds, &args.changes, &args.protocols);
    Manifest {
        scenario: plan.name.clone(),
        source: scenario.argument.clone(),
        scenario_hash: experiment.hash(),
        changes: args.changes.clone(),
        seeds: seeds.clone(),
        seed_defaulted,
        runs: experiment.cells(registry).len() * seeds.len(),
        inputs: experiment.inputs.clone(),
        reproduce: format!("reproduce: {line}"),
        about: About {
            notices: notices(plan, registry),
            changes: args.changes.clone(),
            ..about::about(plan)
        },
        ..Manifest::default()
    }
}

const fn mode(args: &RunArgs) -> Mode {
    match (args.existing.resume, args.existing.force) {
        (true, _) => Mode::Resume,
        (false, true) => Mode::Force,
        (false, false) => Mode::Fresh,
    }
}

/// Runs side by side: as many as asked for, or as fit on the cores.
fn jobs(args: &RunArgs) -> usize {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let usual = (cores / usize::from(args.shards)).max(1);
    args.jobs.map_or(usual, usize::from)
}

/// There is nothing to resume: the results are there.
fn already_complete(
    args: &RunArgs,
    console: Console,
    target: &Path,
    found: &Found,
) -> Result<(), Failure> {
    console.note(&format!("{} is complete: nothing to resume", target.display()));
    let verdict = verdict(&found.digest, &found.broken, &[], args.expect_digest.as_deref());
    let code = verdict.as_ref().err().map_or(0, Failure::code);
    let error = verdict.as_ref().err().map(crate::console::failure_json);
    if console.json {
        let (digest, broken) = (&found.digest, &found.broken);
        let body = json!({ "results": target, "digest": digest, "broken": broken, "error": error });
        console.document("run", code, body)?;
    } else {
        console.out(&format!("results: {}\n", target.display()))?;
    }
    verdict
}

fn show(args: &RunArgs, console: Console, outcome: &Outcome) -> Result<(), Failure> {
    let Outcome { report, folder, manifest, missing } = outcome;
    let expected = args.expect_digest.as_deref();
    let verdict = verdict(&manifest.digest, &manifest.broken(), missing, expected);
    let code = verdict.as_ref().err().map_or(0, Failure::code);
    if console.json {
        let error = verdict.as_ref().err().map(crate::console::failure_json);
        console.document("run", code, document(outcome, error.as_ref()))?;
    } else {
        // Whoever prints it takes the bold type out where there is no terminal.
        let (text, reproduce) = (report.text(Style::Ansi), &manifest.reproduce);
        console.out(&format!("{text}\nresults: {}\n{reproduce}\n", folder.display()))?;
    }
    verdict
}

fn document(outcome: &Outcome, error: Option<&Value>) -> Value {
    let Outcome { report, folder, manifest, missing } = outcome;
    json!({
        "results": folder,
        "digest": manifest.digest,
        "reproduce": manifest.reproduce,
        "broken": manifest.broken(),
        "missing": missing,
        "outcome": report.summary,
        "comparison": report.comparison,
        "error": error,
    })
}

fn verdict(
    digest: &str,
    broken: &[String],
    missing: &[String],
    expected: Option<&str>,
) -> Result<(), Failure> {
    if !missing.is_empty() {
        return Err(Failure::Incomplete(missing.join("; ")));
    }
    if let Some(expected) = expected
        && !digest.starts_with(expected)
    {
        return Err(Failure::NotMet(format!("the digest is {digest}, not {expected}")));
    }
    if !broken.is_empty() {
        return Err(Failure::NotMet(broken.join("; ")));
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
