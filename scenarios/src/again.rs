//! Results folders whose runs are made once more: for `replay` and `trace`.
//!
//! A folder says what ran (`scenario.resolved.toml`, which suffices) and what came out (`manifest.json` and
//! `digests.csv`). Nothing else of it is read.

pub mod event;
pub mod ladder;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dhtlab_core::world::World;
use serde_json::Value;

use crate::command::source::Folder;
use crate::console::Console;
use crate::diag;
use crate::exit::Failure;
use crate::experiment::{self, Experiment, Task};
use crate::load::{self, Request};
use crate::plan::{Plan, ProtocolPlan};
use crate::registry::{Registry, RunInput};
use crate::run::{Judging, Outcome, Probe};
use crate::suggest;
use crate::worlds::Worlds;
use ladder::Ladders;

/// A results folder that was read.
#[derive(Debug)]
pub struct Finished {
    /// Where it is.
    pub dir: PathBuf,
    /// What ran.
    pub experiment: Experiment,
    /// Its runs: by protocol entry, point of the sweep and seed.
    pub tasks: Vec<Task>,
    /// The point of each, as people read it.
    said: Vec<String>,
    worlds: Worlds,
    /// The version of the program that wrote it.
    pub version: String,
    /// The digest of each run, by run identifier.
    pub digests: BTreeMap<String, String>,
    /// The digests on the way; empty where the folder has none.
    pub ladders: Ladders,
}

/// One run of a folder.
#[derive(Clone, Debug)]
pub struct Point<'a> {
    /// 12 hex digits of its content key.
    pub run_id: String,
    /// What decides its world.
    pub world_id: &'a str,
    /// The seed.
    pub seed: u64,
    /// The protocol entry.
    pub protocol: &'a ProtocolPlan,
    /// The scenario at its point of the sweep.
    pub plan: &'a Plan,
    /// That point, as people read it; empty where nothing is swept.
    pub values: String,
}

impl Point<'_> {
    /// As people call it: `kademlia at protocol.k=8, seed 3`.
    pub fn title(&self) -> String {
        let at =
            if self.values.is_empty() { String::new() } else { format!(" at {}", self.values) };
        format!("{}{at}, seed {}", self.protocol.label, self.seed)
    }
}

/// How a run is made once more.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// Threads inside the run.
    pub shards: u32,
    /// What is kept step by step.
    pub probe: Option<Probe>,
}

impl Finished {
    /// Reads the folder `dir`.
    ///
    /// # Errors
    /// When it is no results folder, or its scenario is not the one that ran.
    pub fn open(dir: &Path, registry: &Registry, console: Console) -> Result<Self, Failure> {
        let manifest = read_manifest(dir)?;
        let text_of = |key: &str| manifest[key].as_str().unwrap_or_default().to_owned();
        let path = dir.join("scenario.resolved.toml");
        let text = fs::read_to_string(&path).map_err(|error| Failure::io(&path, &error))?;
        let name = path.display().to_string();
        let request = Request { name: &name, text: &text, changes: &[] };
        let source = text_of("source");
        let loaded = load::load(request, registry, &Folder::beside(Path::new(&source)));
        let errors: Vec<_> =
            loaded.found.iter().filter(|one| one.severity == diag::Severity::Error).collect();
        if !errors.is_empty() && console.json {
            let message = format!("{name}: {}", errors[0].message);
            return Err(Failure::usage(message, errors[0].help.clone()));
        }
        let Some(experiment) = loaded.experiment() else {
            console.findings(&loaded.found, &loaded.sources);
            return Err(Failure::Invalid);
        };
        if experiment.hash() != text_of("scenario_hash") {
            let message = format!("{name}, or a file that it reads, was changed since its run");
            let help = vec!["run it as a scenario of its own: dhtlab run FILE".to_owned()];
            return Err(Failure::usage(message, help));
        }
        let tasks = experiment.tasks(registry);
        let say = |task: &Task| experiment::say(&experiment.values_at(task.cell, registry));
        let digests = manifest["digests"].as_object().into_iter().flatten();
        let digest = |(run, digest): (&String, &Value)| {
            (run.clone(), digest.as_str().unwrap_or_default().to_owned())
        };
        Ok(Self {
            dir: dir.to_owned(),
            said: tasks.iter().map(say).collect(),
            tasks,
            experiment,
            worlds: Worlds::default(),
            version: text_of("dhtlab_version"),
            digests: digests.map(digest).collect(),
            ladders: Ladders::read(&dir.join("digests.csv"))?,
        })
    }

    /// All runs.
    pub fn points(&self) -> Vec<Point<'_>> {
        let runs = self.tasks.iter().zip(&self.said);
        runs.map(|(task, said)| Point {
            run_id: task.run_id.clone(),
            world_id: &task.world_id,
            seed: task.seed,
            protocol: self.experiment.protocol_at(task.cell),
            plan: self.experiment.plan_at(task.cell),
            values: said.clone(),
        })
        .collect()
    }

    /// The runs whose identifiers begin with `wanted`; all of them when that is `None`.
    ///
    /// # Errors
    /// When there is none.
    pub fn chosen(&self, wanted: Option<&str>) -> Result<Vec<Point<'_>>, Failure> {
        let mut points = self.points();
        let Some(wanted) = wanted else { return Ok(points) };
        let known: Vec<String> = points.iter().map(|point| point.run_id.clone()).collect();
        points.retain(|point| point.run_id.starts_with(wanted));
        if points.is_empty() {
            let help = suggest::help(wanted, known.iter().map(String::as_str));
            let message = format!("{} has no run `{wanted}`", self.dir.display());
            return Err(Failure::usage(message, vec![help, "runs.csv lists them".to_owned()]));
        }
        Ok(points)
    }

    /// Draws the world of `point`.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn world(&self, point: &Point<'_>) -> Result<Arc<World>, Failure> {
        self.worlds.of(point.plan, point.world_id, point.seed)
    }

    /// Makes the run `point` once more.
    ///
    /// # Errors
    /// When its world cannot be drawn, or its protocol is not known.
    pub fn run(
        &self,
        point: &Point<'_>,
        how: How,
        registry: &Registry,
    ) -> Result<Outcome, Failure> {
        let unknown = || anyhow::anyhow!("the protocol {} is unknown", point.protocol.protocol);
        let entry = registry.get(&point.protocol.protocol).ok_or_else(unknown)?;
        let world = self.world(point)?;
        // How searches are judged is the runner's to say.
        let mut job = point.plan.job(Judging::Closest(0), how.shards);
        job.probe = how.probe;
        let input = RunInput { world: &world, job, watch: &mut |_| true };
        (entry.run)(point.protocol, input).map_err(|stopped| Failure::Runtime(stopped.into()))
    }
}

fn read_manifest(dir: &Path) -> Result<Value, Failure> {
    let path = dir.join("manifest.json");
    let text = fs::read_to_string(&path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            let message =
                format!("{} holds no manifest.json: it is no results folder", dir.display());
            return Failure::usage(
                message,
                vec!["name a folder that `dhtlab run` wrote".to_owned()],
            );
        }
        Failure::io(&path, &error)
    })?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::Runtime(anyhow::anyhow!("{}: {error}", path.display())))
}
