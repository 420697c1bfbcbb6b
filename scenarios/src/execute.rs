//! From a plan to results: draws the world of each seed, runs every protocol through it, and hands the
//! rows to the reports.

use std::sync::{Arc, Mutex};

use dhtlab_core::seed::Seed;
use dhtlab_core::workload::WorkloadError;
use dhtlab_core::world::{World, WorldError};
use dhtlab_reports::model::{self, Listed, Results};
use dhtlab_reports::summary::{Style, Summary};
use dhtlab_reports::{plot, tables};
use rayon::prelude::*;

use crate::exit::Failure;
use crate::judge;
use crate::perf::{self, Spent};
use crate::plan::{ExpectPlan, Plan, ProtocolPlan, network};
use crate::progress::Progress;
use crate::registry::{Registry, RunInput};
use crate::results_dir::{ResultsDir, scenario_hash};
use crate::run;

/// What to run and how.
#[derive(Debug)]
pub struct Job<'a> {
    /// What.
    pub plan: &'a Plan,
    /// The protocols there are.
    pub registry: &'a Registry,
    /// Runs side by side.
    pub jobs: usize,
    /// Threads inside one run.
    pub shards: usize,
    /// Show no progress.
    pub quiet: bool,
}

/// What came out.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The table and what must be said about it, for stdout.
    pub text: String,
    /// The same as data.
    pub json: serde_json::Value,
    /// Digest of each run, by run identifier.
    pub digests: Vec<(String, String)>,
    /// One digest over all runs.
    pub digest: String,
    /// Expectations and invariants that did not hold, one sentence each.
    pub broken: Vec<String>,
    /// Runs that are missing, one sentence each.
    pub missing: Vec<String>,
    /// `perf.csv`: wall time, events per second, peak memory.
    pub perf_csv: String,
    /// The same for the manifest.
    pub perf: serde_json::Value,
}

/// Runs `job` and writes its tables and figures into `results`.
///
/// # Errors
/// When a run fails or a file cannot be written.
pub fn execute(job: &Job<'_>, results: &ResultsDir) -> Result<Outcome, Failure> {
    let (runs, spent): (Vec<model::Run>, Vec<Spent>) = run_all(job)?.into_iter().unzip();
    let all = Results {
        scenario: job.plan.name.clone(),
        description: job.plan.description.clone(),
        notices: notices(job.plan, job.registry),
        lookups_listed: listed(job.plan),
        runs,
    };
    let written =
        |error: dhtlab_reports::files::ReportError| Failure::Runtime(anyhow::anyhow!(error));
    tables::write_tables(&all, results.path()).map_err(written)?;
    plot::write_figures(&all, results.path()).map_err(written)?;
    let summary = Summary::of(&all);
    let digests: Vec<(String, String)> =
        all.runs.iter().map(|run| (run.run_id.clone(), run.digest.clone())).collect();
    Ok(Outcome {
        // Whoever prints it takes the bold type out where there is no terminal.
        text: summary.text(Style::Ansi) + "\n",
        json: serde_json::to_value(&summary).unwrap_or_default(),
        digest: total_digest(&digests),
        digests,
        broken: judge::broken(&expectations(job.plan), &all.runs),
        missing: Vec::new(),
        perf_csv: perf::csv(&spent),
        perf: perf::document(&spent),
    })
}

/// Every protocol entry under every seed: in order of entry, then of seed.
fn run_all(job: &Job<'_>) -> Result<Vec<(model::Run, Spent)>, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(job.jobs.max(1)).build();
    let pool = pool.map_err(|error| Failure::Runtime(anyhow::anyhow!(error)))?;
    let seeds = job.plan.seeds.iter();
    let points: Vec<(u64, &ProtocolPlan)> = seeds
        .flat_map(|seed| job.plan.protocols.iter().map(|protocol| (*seed, protocol)))
        .collect();
    let worlds = Worlds::default();
    let one = |(seed, protocol): &(u64, &ProtocolPlan)| {
        run_one(job, &worlds, *seed, protocol, points.len())
    };
    let mut done = pool.install(|| points.par_iter().map(one).collect::<Result<Vec<_>, _>>())?;
    let entry = |run: &model::Run| {
        job.plan.protocols.iter().position(|p| name_of(job.plan, p) == run.variant)
    };
    done.sort_by_key(|(run, _)| (entry(run), run.seed));
    Ok(done)
}

/// The worlds in use: drawn once a seed, and given back when the last run of the seed is over.
#[derive(Default)]
struct Worlds(Mutex<Vec<(u64, std::sync::Weak<World>)>>);

impl Worlds {
    fn of(&self, plan: &Plan, seed: u64) -> Result<Arc<World>, Failure> {
        let mut known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(world) =
            known.iter().find(|(own, _)| *own == seed).and_then(|(_, world)| world.upgrade())
        {
            return Ok(world);
        }
        let drawn = World::draw(&plan.world_spec(Seed(seed)));
        let world = Arc::new(drawn.map_err(not_drawn)?);
        known.retain(|(own, _)| *own != seed);
        known.push((seed, Arc::downgrade(&world)));
        Ok(world)
    }
}

/// A key set can only be found too narrow by drawing from it; that is a mistake of the scenario.
pub(crate) fn not_drawn(error: WorldError) -> Failure {
    match error {
        WorldError::Workload(WorkloadError::KeySet(error)) => {
            let help = vec!["widen the law of `key_set`, or ask for fewer `keys`".to_owned()];
            Failure::usage(error.to_string(), help)
        }
        other => Failure::Runtime(anyhow::anyhow!(other)),
    }
}

fn run_one(
    job: &Job<'_>,
    worlds: &Worlds,
    seed: u64,
    protocol: &ProtocolPlan,
    points: usize,
) -> Result<(model::Run, Spent), Failure> {
    let unknown = || {
        Failure::Runtime(anyhow::anyhow!("the protocol {} is not registered", protocol.protocol))
    };
    let entry = job.registry.get(&protocol.protocol).ok_or_else(unknown)?;
    let label = if points == 1 {
        protocol.label.clone()
    } else {
        format!("{} seed {seed}", protocol.label)
    };
    let mut progress = Progress::new(&label, job.quiet);
    let world = worlds.of(job.plan, seed)?;
    let shards = u32::try_from(job.shards).unwrap_or(u32::MAX);
    let mut watch = |pace: &run::Pace| {
        progress.update(pace.now, pace.end, pace.events, pace.live as u64);
        true
    };
    let judging = run::Judging::Closest(0);
    let input = RunInput { world: &world, job: job.plan.job(judging, shards), watch: &mut watch };
    let outcome = (entry.run)(protocol, input);
    let outcome = outcome.map_err(|stopped| Failure::Runtime(anyhow::anyhow!(stopped)))?;
    let wall_s = progress.finish();
    let mut run = outcome.run;
    run.run_id = run_id(job.plan, protocol, seed);
    run.protocol.clone_from(&protocol.protocol);
    run.variant = name_of(job.plan, protocol);
    run.seed = seed;
    run.nodes = job.plan.network.nodes;
    run.params =
        protocol.params.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    let spent = Spent {
        run_id: run.run_id.clone(),
        wall_s,
        events: outcome.tally.events(),
        shards: outcome.shards,
    };
    Ok((run, spent))
}

/// How an entry is called in results: by its label where the user gave one, else by preset and overrides.
fn name_of(plan: &Plan, protocol: &ProtocolPlan) -> String {
    let variant = protocol.variant();
    let same =
        |other: &&ProtocolPlan| other.variant() == variant && other.protocol == protocol.protocol;
    let alone = plan.protocols.iter().filter(same).count() == 1;
    if alone && protocol.label.starts_with(&protocol.protocol) {
        variant
    } else {
        protocol.label.clone()
    }
}

/// The expectations, with protocol entries under the names they have in results.
fn expectations(plan: &Plan) -> Vec<ExpectPlan> {
    let named = |expect: &ExpectPlan| {
        let name = |label: &String| {
            let entry = plan.protocols.iter().find(|entry| entry.label == *label);
            entry.map_or_else(|| label.clone(), |entry| name_of(plan, entry))
        };
        ExpectPlan { protocol: expect.protocol.as_ref().map(name), ..expect.clone() }
    };
    plan.expectations.iter().map(named).collect()
}

/// The content key of a run: everything that decides its rows, and nothing else.
pub(crate) fn run_id(plan: &Plan, protocol: &ProtocolPlan, seed: u64) -> String {
    let mut alone = plan.clone();
    alone.protocols = vec![protocol.clone()];
    alone.seeds = vec![seed];
    alone.expectations.clear();
    let hash = scenario_hash(&format!("{}\n{}", env!("CARGO_PKG_VERSION"), alone.resolved()));
    hash[..12].to_owned()
}

/// One digest over all runs: that of the run where there is one.
fn total_digest(digests: &[(String, String)]) -> String {
    if let [(_, digest)] = digests {
        return digest.clone();
    }
    let mut hasher = blake3::Hasher::new();
    for (run_id, digest) in digests {
        hasher.update(run_id.as_bytes());
        hasher.update(digest.as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

fn listed(plan: &Plan) -> Listed {
    Listed { part: plan.output.lookups.numerator(), whole: plan.output.lookups.denominator() }
}

/// What a reader must know before trusting a number.
fn notices(plan: &Plan, registry: &Registry) -> Vec<String> {
    let mut notices = Vec::new();
    if plan.network.start == network::Start::Warm {
        notices.push(
            "warm start: tables were filled as an ideal join would have left them".to_owned(),
        );
    }
    let off = |protocol: &ProtocolPlan| {
        let zero =
            |name: &&str| protocol.params.get(*name).is_some_and(|value| value.to_string() == "0s");
        let names: Vec<&str> =
            ["refresh_interval", "replication_interval"].into_iter().filter(zero).collect();
        (!names.is_empty()).then(|| format!("{}: {} off", protocol.label, names.join(" and ")))
    };
    notices.extend(plan.protocols.iter().filter_map(off));
    for protocol in &plan.protocols {
        let Some(entry) = registry.get(&protocol.protocol) else { continue };
        let warnings = entry.knobs(protocol).map(|knobs| (entry.warnings)(knobs.as_ref(), plan));
        let labelled = |text: String| format!("{}: {text}", protocol.label);
        notices.extend(warnings.unwrap_or_default().into_iter().map(labelled));
    }
    if !plan.output.lookups.is_one() {
        notices.push(format!(
            "lookups.csv lists {} of the operations; statistics count all",
            plan.output.lookups
        ));
    }
    notices
}
