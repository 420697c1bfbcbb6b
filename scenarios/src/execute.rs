//! From a plan to results: draws the world of each seed, runs every protocol through it, and hands the
//! rows to the reports.

use std::sync::{Arc, Mutex};

use dhtlab_core::seed::Seed;
use dhtlab_core::workload::WorkloadError;
use dhtlab_core::world::{World, WorldError};
use dhtlab_reports::model::{self, Listed, Results};
use dhtlab_reports::report::Expectation;
use dhtlab_reports::tables;
use rayon::prelude::*;

use crate::about;
use crate::exit::Failure;
use crate::judge;
use crate::perf::{self, Spent};
use crate::plan::{ExpectPlan, OutputPlan, Plan, ProtocolPlan, network};
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
    /// What a reader must know before trusting a number.
    pub notices: Vec<String>,
    /// What was expected, and what came of it.
    pub expectations: Vec<Expectation>,
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

/// Runs `job` and writes its tables into `results`.
///
/// # Errors
/// When a run fails or a file cannot be written.
pub fn execute(job: &Job<'_>, results: &ResultsDir) -> Result<Outcome, Failure> {
    let (runs, spent): (Vec<model::Run>, Vec<Spent>) = run_all(job)?.into_iter().unzip();
    let all = Results { scenario: job.plan.name.clone(), lookups_listed: listed(job.plan), runs };
    let written =
        |error: dhtlab_reports::files::ReportError| Failure::Runtime(anyhow::anyhow!(error));
    tables::write_tables(&all, results.path()).map_err(written)?;
    let digests: Vec<(String, String)> =
        all.runs.iter().map(|run| (run.run_id.clone(), run.digest.clone())).collect();
    let judged = |expect: &ExpectPlan| {
        about::expectation(expect, judge::broken(std::slice::from_ref(expect), &all.runs))
    };
    let expectations: Vec<Expectation> = expectations(job.plan).iter().map(judged).collect();
    Ok(Outcome {
        notices: notices(job.plan, job.registry),
        digest: total_digest(&digests),
        digests,
        broken: expectations.iter().flat_map(|one| one.broken.clone()).collect(),
        expectations,
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
    done.sort_by_key(|(run, _)| (run.entry, run.seed));
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
fn not_drawn(error: WorldError) -> Failure {
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
    run.world_id = world_id(job.plan);
    run.entry = number_of(job.plan, protocol);
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

/// Which entry it is, from 1; labels tell entries apart.
fn number_of(plan: &Plan, protocol: &ProtocolPlan) -> u32 {
    let before = plan.protocols.iter().take_while(|entry| entry.label != protocol.label).count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

/// The content key of what all protocols meet under a seed: everything that decides the world, and the
/// faults that strike it; not what the scenario is called, what is expected, or what is written.
fn world_id(plan: &Plan) -> String {
    let mut world = Plan {
        name: String::new(),
        description: String::new(),
        output: OutputPlan::usual(plan.duration),
        ..plan.clone()
    };
    world.protocols.clear();
    world.seeds.clear();
    world.expectations.clear();
    world.sweep.clear();
    short_key(&world)
}

/// The content key of a run: everything that decides its rows, and nothing else.
fn run_id(plan: &Plan, protocol: &ProtocolPlan, seed: u64) -> String {
    let mut alone = plan.clone();
    alone.protocols = vec![protocol.clone()];
    alone.seeds = vec![seed];
    alone.expectations.clear();
    short_key(&alone)
}

/// 12 hex digits of a plan under this version.
fn short_key(plan: &Plan) -> String {
    let hash = scenario_hash(&format!("{}\n{}", env!("CARGO_PKG_VERSION"), plan.resolved()));
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
