//! What the tests of this folder share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use assert_cmd::Command;
use dhtlab::diag;
use dhtlab::experiment::Experiment;
use dhtlab::load::{Request, load};
use dhtlab::plan::Plan;
use dhtlab::plan::files::NoFiles;
use dhtlab::registry::{Registry, RunInput};
use dhtlab::run::{Judging, Outcome};
use dhtlab_core::seed::Seed;
use dhtlab_core::world::World;

/// The program.
pub(crate) fn dhtlab() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("dhtlab"))
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A small network with a bit of everything; about a second of work.
pub(crate) const SMALL: &str = r#"schema = 1
name = "small"
seed = 7
duration = "20m"
warmup = "5m"

[network]
nodes = 40
bootstrap_nodes = 2
join_over = "2m"
links = { model = "regions", table = "aws-2019", jitter = "5%" }
loss = "0.5%"

[churn]
session = { law = "exponential", mean = "20m" }
downtime = { law = "exponential", mean = "5m" }

[workload]
lookups = { every = "1m", per = "node" }
puts = { every = "5m", per = "node", keys = 30, value_bytes = 256 }
gets = { every = "2m", per = "node" }

[[protocol]]
use = "kademlia"
preset = "rust-libp2p-0.49"
"#;

/// The plan of a sound scenario.
pub(crate) fn plan(text: &str, changes: &[&str]) -> Plan {
    let changes: Vec<String> = changes.iter().map(|&change| change.to_owned()).collect();
    let request = Request { name: "scenario.toml", text, changes: &changes };
    let loaded = load(request, &Registry::builtin(), &NoFiles);
    let findings = diag::render(&loaded.found, &loaded.sources, false);
    loaded.plan.unwrap_or_else(|| panic!("{findings}"))
}

/// What a sound scenario is ready to run.
pub(crate) fn experiment(text: &str) -> Experiment {
    let request = Request { name: "scenario.toml", text, changes: &[] };
    let loaded = load(request, &Registry::builtin(), &NoFiles);
    let findings = diag::render(&loaded.found, &loaded.sources, false);
    loaded.experiment().unwrap_or_else(|| panic!("{findings}"))
}

/// The world of the plan's first seed.
pub(crate) fn world(plan: &Plan) -> Arc<World> {
    Arc::new(World::draw(&plan.world_spec(Seed(plan.seeds[0]))).expect("a valid plan is drawn"))
}

/// Runs the entry with that number under the plan's first seed.
pub(crate) fn run(plan: &Plan, entry: usize, shards: u32) -> Outcome {
    let world = world(plan);
    let (registry, plan_of) = (Registry::builtin(), &plan.protocols[entry]);
    let protocol = registry.get(&plan_of.protocol).expect("a protocol of ours");
    // How searches are judged is the runner's to say.
    let job = plan.job(Judging::Closest(1), shards);
    let input = RunInput { world: &world, job, watch: &mut |_| true };
    (protocol.run)(plan_of, input).expect("nobody stops it")
}

/// Every file below `folder` but the timings, by path; of the manifest all but the timings.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    collect(folder, "", &mut found);
    assert!(found.remove("perf.csv").is_some(), "timings stand in a file of their own");
    let manifest = found.get_mut("manifest.json").expect("every folder has a manifest");
    let mut json: serde_json::Value = serde_json::from_slice(manifest).expect("valid JSON");
    json.as_object_mut().expect("an object").remove("perf").expect("timings");
    *manifest = json.to_string().into_bytes();
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("readable");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("has a type").is_dir() {
            collect(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name, fs::read(entry.path()).expect("readable"));
        }
    }
}

/// The rows of a table as maps from column to cell.
pub(crate) fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}
