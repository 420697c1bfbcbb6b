//! The manifest of a results folder: what made it, how far it came, and the hash of every file.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use dhtlab_reports::report::About;
use serde_json::{Value, json};

use crate::plan::Input;

/// What the manifest says besides the list of files.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// The scenario's name.
    pub scenario: String,
    /// How it was named on the command line: the files that it names lie beside it.
    pub source: String,
    /// Its hash.
    pub scenario_hash: String,
    /// Changes made on the command line.
    pub changes: Vec<String>,
    /// The seeds.
    pub seeds: Vec<u64>,
    /// Was no seed given?
    pub seed_defaulted: bool,
    /// Digest of each run, by run identifier.
    pub digests: Vec<(String, String)>,
    /// One digest over all runs.
    pub digest: String,
    /// How far it came.
    pub status: Status,
    /// How many runs there should be.
    pub runs: usize,
    /// Files that the scenario reads.
    pub inputs: Vec<Input>,
    /// The command that repeats it.
    pub reproduce: String,
    /// What a report says besides the tables.
    pub about: About,
    /// Wall time and the like: never compared.
    pub perf: Value,
}

/// How far a folder of results came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Every run is in it.
    Complete,
    /// Runs are missing: the program ended, or a run failed.
    #[default]
    Incomplete,
    /// Runs are missing: somebody stopped the program.
    Interrupted,
}

impl Status {
    /// Its name in the manifest.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The version of the manifest's format.
pub const MANIFEST_VERSION: u64 = 1;

/// What tells whose results a folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Is every run in it?
    pub complete: bool,
    /// The hash of the scenario.
    pub scenario_hash: String,
    /// The version of the program.
    pub version: String,
    /// Runs in it, and runs there should be.
    pub runs: (usize, usize),
    /// Expectations that do not hold, of a complete one.
    pub broken: Vec<String>,
    /// One digest over all runs, of a complete one.
    pub digest: String,
}

impl Found {
    /// What the manifest at `path` says; `None` when it is none of ours.
    pub fn read(path: &Path) -> Option<Self> {
        let json: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        let about: About = serde_json::from_value(json["about"].clone()).unwrap_or_default();
        let finished = json["digests"].as_object().map_or(0, serde_json::Map::len);
        let expected = json["runs"].as_u64().and_then(|runs| usize::try_from(runs).ok());
        Some(Self {
            complete: text("status")? == Status::Complete.name(),
            scenario_hash: text("scenario_hash")?,
            version: text("dhtlab_version")?,
            runs: (finished, expected.unwrap_or(finished)),
            broken: about.expectations.into_iter().flat_map(|one| one.broken).collect(),
            digest: text("digest").unwrap_or_default(),
        })
    }
}

impl Manifest {
    /// Expectations that do not hold, one sentence each.
    pub fn broken(&self) -> Vec<String> {
        self.about.expectations.iter().flat_map(|one| one.broken.clone()).collect()
    }

    /// The manifest as text, with the hashes of `files`.
    pub fn to_text(&self, files: &serde_json::Map<String, Value>) -> String {
        let text = serde_json::to_string_pretty(&self.to_json(files));
        text.unwrap_or_else(|error| error.to_string()) + "\n"
    }

    fn to_json(&self, files: &serde_json::Map<String, Value>) -> Value {
        let digests: serde_json::Map<String, Value> =
            self.digests.iter().map(|(run, digest)| (run.clone(), json!(digest))).collect();
        let inputs: serde_json::Map<String, Value> =
            self.inputs.iter().map(|input| (input.path.clone(), json!(input.hash))).collect();
        json!({
            "manifest_version": MANIFEST_VERSION,
            "dhtlab_version": env!("CARGO_PKG_VERSION"),
            "target": format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
            "scenario": self.scenario,
            "source": self.source,
            "scenario_hash": self.scenario_hash,
            "changes": self.changes,
            "seeds": self.seeds,
            "seed_defaulted": self.seed_defaulted,
            "status": self.status.name(),
            "runs": self.runs,
            "inputs": inputs,
            "digest": self.digest,
            "digests": digests,
            "reproduce": self.reproduce,
            "about": self.about,
            "files": files,
            "perf": self.perf,
        })
    }
}

/// The command that repeats a run, as far as it is known before.
pub fn reproduce_line(
    what: &str,
    seeds: &[u64],
    changes: &[String],
    protocols: &[String],
) -> String {
    let mut line = format!("dhtlab run {what}");
    match seeds {
        [seed] => {
            let _ = write!(line, " --seed {seed}");
        }
        [first, .., last] if last - first + 1 == seeds.len() as u64 => {
            let _ = write!(line, " --seeds {first}..={last}");
        }
        // A list with gaps stands in the scenario; the command line cannot say it.
        _ => {}
    }
    for change in changes {
        let _ = write!(line, " --set {}", quote(change));
    }
    for protocol in protocols {
        let _ = write!(line, " --protocol {}", quote(protocol));
    }
    line
}

/// `text` as one word of a shell.
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use dhtlab_reports::report::Expectation;

    use super::*;

    #[test]
    fn a_manifest_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.json");
        assert_eq!(Found::read(&path), None);
        let digests = vec![("aa".to_owned(), "1".to_owned())];
        let broken = vec!["x is 1, below 2".to_owned()];
        let expectation = Expectation { broken, ..Expectation::default() };
        let manifest = Manifest {
            scenario_hash: "h".to_owned(),
            runs: 3,
            digests,
            about: About { expectations: vec![expectation], ..About::default() },
            ..Manifest::default()
        };
        fs::write(&path, manifest.to_text(&serde_json::Map::new())).unwrap();
        let found = Found::read(&path).unwrap();
        assert_eq!((found.complete, found.runs, found.broken.len()), (false, (1, 3), 1));
        assert_eq!(found.version, env!("CARGO_PKG_VERSION"));
        fs::write(&path, "{ \"status\": 1 }").unwrap();
        assert_eq!(Found::read(&path), None);
    }

    #[test]
    fn a_run_can_be_repeated_by_its_last_line() {
        let changes = ["network.nodes=500".to_owned(), "network.loss=\"1%\"".to_owned()];
        assert_eq!(
            reproduce_line("s.toml", &[7], &changes, &[]),
            "dhtlab run s.toml --seed 7 --set network.nodes=500 --set 'network.loss=\"1%\"'"
        );
        assert_eq!(
            reproduce_line("s.toml", &[1, 2, 3], &[], &[]),
            "dhtlab run s.toml --seeds 1..=3"
        );
    }
}
