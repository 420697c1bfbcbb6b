//! Results folders whose runs are made once more: for `replay` and `trace`.
//!
//! A folder says what ran (`scenario.resolved.toml`, which suffices) and what came out (`manifest.json` and
//! `digests.csv`). Nothing else of it is read.

pub mod event;
pub mod ladder;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dhtlab_core::seed::Seed;
use dhtlab_core::world::World;
use serde_json::Value;

use crate::command::source::Folder;
use crate::console::Console;
use crate::diag;
use crate::execute;
use crate::exit::Failure;
use crate::load::{self, Request};
use crate::plan::{Plan, ProtocolPlan};
use crate::registry::{Registry, RunInput};
use crate::results_dir;
use crate::run::{Judging, Outcome, Probe};
use crate::suggest;
use ladder::Ladders;

/// A results folder that was read.
#[derive(Debug)]
pub struct Finished {
    /// Where it is.
    pub dir: PathBuf,
    /// What ran.
    pub plan: Plan,
    /// The version of the program that wrote it.
    pub version: String,
    /// The digest of each run, by run identifier.
    pub digests: BTreeMap<String, String>,
    /// The digests on the way; empty where the folder has none.
    pub ladders: Ladders,
}

/// One run of a plan.
#[derive(Clone, Debug)]
pub struct Point<'a> {
    /// 12 hex digits of its content key.
    pub run_id: String,
    /// The seed.
    pub seed: u64,
    /// The protocol entry.
    pub protocol: &'a ProtocolPlan,
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
        if results_dir::scenario_hash(&text) != text_of("scenario_hash") {
            let message = format!("{} was changed since its run", path.display());
            let help = vec!["run it as a scenario of its own: dhtlab run FILE".to_owned()];
            return Err(Failure::usage(message, help));
        }
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
        let Some(plan) = loaded.plan else {
            console.findings(&loaded.found, &loaded.sources);
            return Err(Failure::Invalid);
        };
        let digests = manifest["digests"].as_object().into_iter().flatten();
        let digest = |(run, digest): (&String, &Value)| {
            (run.clone(), digest.as_str().unwrap_or_default().to_owned())
        };
        Ok(Self {
            dir: dir.to_owned(),
            plan,
            version: text_of("dhtlab_version"),
            digests: digests.map(digest).collect(),
            ladders: Ladders::read(&dir.join("digests.csv"))?,
        })
    }

    /// All runs: by protocol entry, then by seed.
    pub fn points(&self) -> Vec<Point<'_>> {
        points(&self.plan)
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
    pub fn world(&self, point: &Point<'_>) -> Result<std::sync::Arc<World>, Failure> {
        let world = World::draw(&self.plan.world_spec(Seed(point.seed)));
        Ok(std::sync::Arc::new(world.map_err(execute::not_drawn)?))
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
        let mut job = self.plan.job(Judging::Closest(0), how.shards);
        job.probe = how.probe;
        let input = RunInput { world: &world, job, watch: &mut |_| true };
        (entry.run)(point.protocol, input).map_err(|stopped| Failure::Runtime(stopped.into()))
    }
}

/// All runs of `plan`: by protocol entry, then by seed.
pub fn points(plan: &Plan) -> Vec<Point<'_>> {
    let one = |protocol, seed: &u64| Point {
        run_id: execute::run_id(plan, protocol, *seed),
        seed: *seed,
        protocol,
    };
    let of = |protocol| plan.seeds.iter().map(move |seed| one(protocol, seed));
    plan.protocols.iter().flat_map(of).collect()
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
