//! Makes the runs of an experiment that are missing, side by side, each kept on disk as soon as it is over;
//! then joins them to tables and seals the folder.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use dhtlab_reports::entry;
use dhtlab_reports::model::{self, Listed, Results};
use dhtlab_reports::plot::Theme;
use dhtlab_reports::report::{self, About, Report};
use indexmap::IndexMap;

use crate::exit::Failure;
use crate::experiment::{self, Experiment, Task};
use crate::interrupt::Interrupt;
use crate::judge::{self, Witness};
use crate::manifest::{Manifest, Status};
use crate::perf::{self, Spent};
use crate::plan::ExpectPlan;
use crate::progress::Progress;
use crate::registry::{Registry, RunInput};
use crate::results_dir::ResultsDir;
use crate::run;
use crate::schedule;
use crate::store::Finished;
use crate::worlds::Worlds;

/// What to run and how.
#[derive(Debug)]
pub struct Work {
    /// What.
    pub experiment: Experiment,
    /// The protocols there are.
    pub registry: Registry,
    /// Where results go.
    pub folder: ResultsDir,
    /// What the manifest says of the experiment; what the runs say is filled in.
    pub manifest: Manifest,
    /// Runs side by side, memory permitting.
    pub jobs: usize,
    /// Threads inside one run.
    pub shards: usize,
    /// Memory in bytes, where the system tells.
    pub memory: Option<u64>,
    /// Show no progress.
    pub quiet: bool,
    /// Was the program asked to stop?
    pub interrupt: Interrupt,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What is shown of it.
    pub report: Report,
    /// Where the results are.
    pub folder: PathBuf,
    /// What the manifest says.
    pub manifest: Manifest,
    /// Runs that are missing, one sentence each.
    pub missing: Vec<String>,
}

/// Makes the runs and writes everything.
///
/// # Errors
/// When the program was asked to stop, every run failed, or a file cannot be written.
pub fn execute(work: &Work) -> Result<Outcome, Failure> {
    let tasks = work.experiment.tasks(&work.registry);
    let mut wanted: Vec<&Task> =
        tasks.iter().filter(|task| !work.folder.store().find(&task.run_id)).collect();
    longest_first(&mut wanted);
    let sizes: Vec<f64> = wanted.iter().map(|task| task.estimate.bytes).collect();
    let weight = wanted.iter().map(|task| task.estimate.seconds).sum();
    let runs = Runs {
        work,
        frame: frame(work),
        expectations: work.experiment.expectations(),
        worlds: Worlds::default(),
        progress: Progress::new(wanted.len(), weight, work.quiet),
        stopped: AtomicBool::new(false),
        missing: Mutex::default(),
    };
    let budget = schedule::budget(work.memory);
    let made = schedule::side_by_side(&sizes, work.jobs, budget, |at| runs.make(wanted[at]));
    runs.progress.finish();
    made?;
    runs.finish(&tasks)
}

/// The longest first, so that none is left over at the end; those of one world together.
fn longest_first(tasks: &mut [&Task]) {
    let mut longest: BTreeMap<&str, f64> = BTreeMap::new();
    for task in &*tasks {
        let seconds = longest.entry(task.world_id.as_str()).or_default();
        *seconds = seconds.max(task.estimate.seconds);
    }
    tasks.sort_by(|a, b| {
        let seconds =
            |task: &Task| longest.get(task.world_id.as_str()).copied().unwrap_or_default();
        let key = |task: &Task| (task.world_id.clone(), task.seed, task.cell);
        seconds(b).total_cmp(&seconds(a)).then_with(|| key(a).cmp(&key(b)))
    });
}

/// All that the tables of every run have in common.
fn frame(work: &Work) -> Results {
    let plan = &work.experiment.plan;
    let lookups = plan.output.lookups;
    Results {
        scenario: plan.name.clone(),
        lookups_listed: Listed { part: lookups.numerator(), whole: lookups.denominator() },
        columns: Some(work.experiment.columns(&work.registry)),
        runs: Vec::new(),
    }
}

struct Runs<'w> {
    work: &'w Work,
    frame: Results,
    expectations: Vec<ExpectPlan>,
    worlds: Worlds,
    progress: Progress,
    stopped: AtomicBool,
    missing: Mutex<Vec<(Task, Failure)>>,
}

impl Runs<'_> {
    /// Makes one run and keeps it. A run that fails is missing, and the others go on; what cannot be
    /// written, or was interrupted, ends them all.
    fn make(&self, task: &Task) -> Result<(), Failure> {
        match self.one(task) {
            Ok(Some((run, finished))) => {
                let results = Results { runs: vec![run], ..self.frame.clone() };
                let kept = self.work.folder.store().keep(&results, finished);
                kept.inspect_err(|_| self.stopped.store(true, Ordering::Relaxed))
            }
            Ok(None) => {
                let signal = self.work.interrupt.signal();
                // Without a signal, another thread has failed, and tells why.
                signal.map_or(Ok(()), |signal| Err(Failure::interrupted(signal)))
            }
            Err(failure) => {
                let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
                missing.push((task.clone(), failure));
                Ok(())
            }
        }
    }

    /// One run; `None` when it was stopped.
    fn one(&self, task: &Task) -> Result<Option<(model::Run, Finished)>, Failure> {
        let Work { experiment, registry, .. } = self.work;
        let (plan, protocol) = (experiment.plan_at(task.cell), experiment.protocol_at(task.cell));
        let unknown = || format!("the protocol {} is not registered", protocol.protocol);
        let entry = registry.get(&protocol.protocol);
        let entry = entry.ok_or_else(|| Failure::Runtime(anyhow::anyhow!(unknown())))?;
        let mut progress = self.progress.run(&protocol.label, task.estimate.seconds);
        if self.is_stopped() {
            return Ok(None);
        }
        let world = self.worlds.of(plan, &task.world_id, task.seed)?;
        let shards = u32::try_from(self.work.shards).unwrap_or(u32::MAX);
        let mut watch = |pace: &run::Pace| {
            progress.update(pace.now, pace.end, pace.events, pace.live as u64);
            !self.is_stopped()
        };
        let judging = run::Judging::Closest(0);
        let input = RunInput { world: &world, job: plan.job(judging, shards), watch: &mut watch };
        let Ok(outcome) = (entry.run)(protocol, input) else { return Ok(None) };
        let wall_s = progress.finish();
        let mut run = outcome.run;
        run.run_id.clone_from(&task.run_id);
        run.world_id.clone_from(&task.world_id);
        run.entry = u32::try_from(task.cell.entry + 1).unwrap_or(u32::MAX);
        run.protocol.clone_from(&protocol.protocol);
        run.variant = experiment.name_of(task.cell.entry);
        run.seed = task.seed;
        run.nodes = plan.network.nodes;
        run.hops_theory = entry.knobs(protocol).and_then(|knobs| (entry.hops)(&*knobs, run.nodes));
        run.point = experiment.values_at(task.cell, registry);
        run.params =
            protocol.params.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        let values = judge::measure(&self.expectations, &run);
        let (run_id, events) = (task.run_id.clone(), outcome.tally.events());
        let spent = Spent { run_id, wall_s, events, shards: outcome.shards };
        let finished = Finished { digest: run.digest.clone(), spent, values };
        Ok(Some((run, finished)))
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) || self.work.interrupt.signal().is_some()
    }

    /// All runs are over: joins them, reports, and seals the folder.
    fn finish(self, tasks: &[Task]) -> Result<Outcome, Failure> {
        let Work { folder, experiment, .. } = self.work;
        let mut missing = self.missing.into_inner().unwrap_or_else(PoisonError::into_inner);
        if missing.len() == tasks.len()
            && let Some((_, failure)) = missing.pop()
        {
            return Err(failure);
        }
        let name = |task: &Task| name(self.work, task);
        let mut lost: Vec<String> =
            missing.iter().map(|(task, failure)| format!("{}: {failure}", name(task))).collect();
        lost.sort();
        let columns = self.frame.columns.clone().unwrap_or_default();
        folder.store().join(&columns, folder.path()).map_err(crate::command::report::failure)?;
        let finished = folder.store().finished();
        let order: Vec<(&Task, &Finished)> =
            tasks.iter().filter_map(|task| Some((task, finished.get(&task.run_id)?))).collect();
        let spent: Vec<Spent> = order.iter().map(|(_, run)| run.spent.clone()).collect();
        folder.write("perf.csv", perf::csv(&spent).as_bytes())?;
        let digests: Vec<(String, String)> =
            order.iter().map(|(task, run)| (task.run_id.clone(), run.digest.clone())).collect();
        let witness = |(task, run): &(&Task, &Finished)| {
            let variant = experiment.name_of(task.cell.entry);
            let protocol = &experiment.protocol_at(task.cell).protocol;
            Witness {
                label: entry::label(protocol, &variant, &IndexMap::new()),
                variant,
                point: experiment::say(&experiment.values_at(task.cell, &self.work.registry)),
                values: run.values.clone(),
            }
        };
        let witnesses: Vec<Witness> = order.iter().map(witness).collect();
        let digest = total_digest(&digests);
        let reproduce = format!("{} --expect-digest {digest}", self.work.manifest.reproduce);
        let about = About {
            expectations: judge::verdicts(&self.expectations, &witnesses),
            reproduce: reproduce.clone(),
            scenario_hash: self.work.manifest.scenario_hash.clone(),
            digest: digest.clone(),
            missing: lost.clone(),
            ..self.work.manifest.about.clone()
        };
        let report = report::build(folder.path(), &about, Theme::Default);
        let report = report.map_err(crate::command::report::failure)?;
        let manifest = Manifest {
            digest,
            digests,
            status: if lost.is_empty() { Status::Complete } else { Status::Incomplete },
            about,
            reproduce,
            perf: perf::document(&spent),
            ..self.work.manifest.clone()
        };
        let sealed = folder.seal(&manifest)?;
        let signal = self.work.interrupt.signal();
        let interrupted =
            || Failure::interrupted(signal.unwrap_or(crate::interrupt::Signal::Interrupt));
        let folder = sealed.ok_or_else(interrupted)?;
        Ok(Outcome { report, folder, manifest, missing: lost })
    }
}

/// A run as people call it.
fn name(work: &Work, task: &Task) -> String {
    let label = &work.experiment.plan.protocols[task.cell.entry].label;
    let point = experiment::say(&work.experiment.values_at(task.cell, &work.registry));
    let at = if point.is_empty() { point } else { format!(" at {point}") };
    format!("{label}{at}, seed {}", task.seed)
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
