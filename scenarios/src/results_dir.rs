//! The results folder: written beside its final place and moved there when it is complete, so that a
//! folder that exists is whole.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::exit::Failure;

/// A results folder that is being written.
#[derive(Debug)]
pub struct ResultsDir {
    target: PathBuf,
    draft: PathBuf,
    replace: bool,
    done: bool,
}

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
    /// `complete`, or why it is not.
    pub status: String,
    /// The command that repeats it.
    pub reproduce: String,
    /// Wall time and the like: never compared.
    pub perf: Value,
}

/// The version of the manifest's format.
pub const MANIFEST_VERSION: u64 = 1;

/// The folder that results of `scenario` go to when no other is named.
pub fn default_path(scenario: &str, hash: &str) -> PathBuf {
    Path::new("results").join(format!("{scenario}-{}", &hash[..hash.len().min(8)]))
}

/// The hash of a scenario: of everything that decides its results.
pub fn scenario_hash(resolved: &str) -> String {
    blake3::hash(resolved.as_bytes()).to_hex().to_string()
}

/// Is `target` free, or may it be replaced?
///
/// # Errors
/// When something is there that is not an empty folder, and `force` does not hold; or when it is not
/// a results folder at all.
pub fn check_free(target: &Path, force: bool) -> Result<(), Failure> {
    let in_use = |message: String, help: &[&str]| {
        let help = help.iter().map(|&line| line.to_owned()).collect();
        Err(Failure::Usage { code: Some("E021"), message, help })
    };
    let Ok(meta) = fs::symlink_metadata(target) else { return Ok(()) };
    if !meta.is_dir() {
        let message = format!("{} exists and is not a folder", target.display());
        return in_use(message, &["name another folder with -o DIR"]);
    }
    let mut entries = fs::read_dir(target).map_err(|error| Failure::io(target, &error))?;
    if entries.next().is_none() {
        return Ok(());
    }
    if !force {
        let message = format!("the results folder {} exists and is not empty", target.display());
        let help =
            ["-o DIR writes somewhere else", "--force replaces it once the new run is complete"];
        return in_use(message, &help);
    }
    if !target.join("manifest.json").is_file() {
        let message = format!(
            "{} holds no manifest.json: it is no results folder and is left alone",
            target.display()
        );
        return in_use(message, &["-o DIR writes somewhere else"]);
    }
    Ok(())
}

impl ResultsDir {
    /// Begins a folder that will stand at `target`.
    ///
    /// # Errors
    /// As [`check_free`], or when it cannot be created.
    pub fn create(target: &Path, force: bool) -> Result<Self, Failure> {
        check_free(target, force)?;
        let name = target.file_name().map_or("results".into(), |name| name.to_string_lossy());
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(|error| Failure::io(parent, &error))?;
        let draft = parent.join(format!(".{name}.{}.partial", std::process::id()));
        if draft.exists() {
            fs::remove_dir_all(&draft).map_err(|error| Failure::io(&draft, &error))?;
        }
        fs::create_dir(&draft).map_err(|error| Failure::io(&draft, &error))?;
        Ok(Self { target: target.to_owned(), draft, replace: force, done: false })
    }

    /// Where files are written until [`ResultsDir::finish`].
    pub fn path(&self) -> &Path {
        &self.draft
    }

    /// Writes one file; `name` may have folders in it.
    ///
    /// # Errors
    /// Names the file.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let path = self.draft.join(name);
        let write = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut file = fs::File::create(&path)?;
            file.write_all(content)?;
            file.sync_all()
        };
        // Users know the final name, not the draft's.
        write().map_err(|error: std::io::Error| Failure::io(&self.target.join(name), &error))
    }

    /// Writes the manifest with the hash of every file, and moves the folder to its place.
    ///
    /// # Errors
    /// Names the file or folder.
    pub fn finish(mut self, manifest: &Manifest) -> Result<PathBuf, Failure> {
        let mut files = Vec::new();
        list(&self.draft, "", &mut files).map_err(|error| Failure::io(&self.draft, &error))?;
        files.sort();
        let mut hashes = serde_json::Map::new();
        for name in files {
            // Timings differ between machines: the file is there, its hash would compare nothing.
            let hash = if name == "perf.csv" {
                Value::Null
            } else {
                let path = self.draft.join(&name);
                let bytes = fs::read(&path).map_err(|error| Failure::io(&path, &error))?;
                Value::String(blake3::hash(&bytes).to_hex().to_string())
            };
            hashes.insert(name, hash);
        }
        let mut text = serde_json::to_string_pretty(&manifest.to_json(&hashes))
            .map_err(|error| Failure::Runtime(error.into()))?;
        text.push('\n');
        self.write("manifest.json", text.as_bytes())?;
        self.move_into_place()?;
        self.done = true;
        Ok(self.target.clone())
    }

    fn move_into_place(&self) -> Result<(), Failure> {
        check_free(&self.target, self.replace)?;
        let old = self.draft.with_extension("old");
        let had_one = self.target.exists();
        if had_one {
            fs::rename(&self.target, &old).map_err(|error| Failure::io(&self.target, &error))?;
        }
        if let Err(error) = fs::rename(&self.draft, &self.target) {
            if had_one {
                // Put back what was there: never leave less than before.
                let _ = fs::rename(&old, &self.target);
            }
            return Err(Failure::io(&self.target, &error));
        }
        if had_one {
            fs::remove_dir_all(&old).map_err(|error| Failure::io(&old, &error))?;
        }
        Ok(())
    }
}

impl Drop for ResultsDir {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_dir_all(&self.draft);
        }
    }
}

fn list(folder: &Path, prefix: &str, files: &mut Vec<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push(name);
        }
    }
    Ok(())
}

impl Manifest {
    fn to_json(&self, files: &serde_json::Map<String, Value>) -> Value {
        let digests: serde_json::Map<String, Value> =
            self.digests.iter().map(|(run, digest)| (run.clone(), json!(digest))).collect();
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
            "status": self.status,
            "digest": self.digest,
            "digests": digests,
            "reproduce": self.reproduce,
            "files": files,
            "perf": self.perf,
        })
    }
}

/// The command that repeats a run.
pub fn reproduce_line(
    what: &str,
    seeds: &[u64],
    changes: &[String],
    protocols: &[String],
    digest: &str,
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
    let _ = write!(line, " --expect-digest {digest}");
    line
}

/// `text` as one word of a shell.
fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest { scenario: "s".to_owned(), status: "complete".to_owned(), ..Manifest::default() }
    }

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("out/deep");
        let results = ResultsDir::create(&target, false).unwrap();
        results.write("figures/f1.svg", b"<svg/>").unwrap();
        assert!(!target.exists());
        assert_eq!(results.finish(&manifest()).unwrap(), target);
        let text = fs::read_to_string(target.join("manifest.json")).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        let hash = blake3::hash(b"<svg/>").to_hex().to_string();
        assert_eq!(json["files"]["figures/f1.svg"], json!(hash));
        let left: Vec<_> = fs::read_dir(root.path().join("out")).unwrap().collect();
        assert_eq!(left.len(), 1, "no draft is left behind");
    }

    #[test]
    fn an_abandoned_folder_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("out");
        drop(ResultsDir::create(&target, false).unwrap());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn results_are_replaced_only_by_force_and_only_if_they_are_results() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("out");
        ResultsDir::create(&target, false).unwrap().finish(&manifest()).unwrap();
        let refused = ResultsDir::create(&target, false).unwrap_err();
        assert_eq!((refused.code(), refused.topic()), (2, Some("E021")));
        let again = ResultsDir::create(&target, true).unwrap();
        again.write("new.csv", b"1\n").unwrap();
        again.finish(&manifest()).unwrap();
        assert!(target.join("new.csv").is_file());

        let home = root.path().join("home");
        fs::create_dir(&home).unwrap();
        fs::write(home.join("thesis.tex"), "years").unwrap();
        assert_eq!(ResultsDir::create(&home, true).unwrap_err().code(), 2);
        assert!(home.join("thesis.tex").is_file());
    }

    #[test]
    fn a_run_can_be_repeated_by_its_last_line() {
        let changes = ["network.nodes=500".to_owned(), "network.loss=\"1%\"".to_owned()];
        assert_eq!(
            reproduce_line("s.toml", &[7], &changes, &[], "3fa9"),
            "dhtlab run s.toml --seed 7 --set network.nodes=500 --set 'network.loss=\"1%\"' \
             --expect-digest 3fa9"
        );
        assert_eq!(
            reproduce_line("s.toml", &[1, 2, 3], &[], &[], "00"),
            "dhtlab run s.toml --seeds 1..=3 --expect-digest 00"
        );
    }
}
