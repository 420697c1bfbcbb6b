//! The results folder. While runs are made it holds those that are over and a manifest that says it is not
//! complete; at the end it holds the tables, and a manifest with the hash of every file. A folder whose
//! manifest says `complete` is whole, and is replaced only by another one that is.

mod files;
mod there;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use self::files::{beside, list, remove, write_file};
use self::there::{ELSEWHERE, There, clear, in_use, lock, look, refuse};
use crate::exit::Failure;
use crate::manifest::{Found, Manifest, Status};
use crate::partial;
use crate::store::{RUNS, Store, hash_of};

/// What to do with what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing may be there.
    Fresh,
    /// Runs that are there are not made again.
    Resume,
    /// What is there is replaced.
    Force,
}

/// A results folder that is being written; nobody else writes into it.
#[derive(Debug)]
pub struct ResultsDir {
    target: PathBuf,
    work: PathBuf,
    resumed: bool,
    store: Store,
    _lock: File,
}

/// What was found where the results should go.
#[derive(Debug)]
pub enum Opened {
    /// A folder to write into.
    Work(ResultsDir),
    /// The results of the same scenario are there, complete.
    Complete(Found),
}

/// The folder that results of `scenario` go to when no other is named.
pub fn default_path(scenario: &str, hash: &str) -> PathBuf {
    Path::new("results").join(format!("{scenario}-{}", &hash[..hash.len().min(8)]))
}

/// The hash of a scenario: of everything that decides its results.
pub fn scenario_hash(resolved: &str) -> String {
    blake3::hash(resolved.as_bytes()).to_hex().to_string()
}

const LOCK: &str = ".lock";
const MANIFEST: &str = "manifest.json";

impl ResultsDir {
    /// Opens the folder for results that will stand at `target`; `manifest` says whose they are.
    ///
    /// # Errors
    /// When something is there that `mode` does not allow for, somebody else is writing there, or it
    /// cannot be written.
    pub fn open(target: &Path, mode: Mode, manifest: &Manifest) -> Result<Opened, Failure> {
        let shown = target.display();
        let found = match look(target)? {
            There::Nothing => return Self::begin(target, target, manifest).map(Opened::Work),
            There::Foreign if mode == Mode::Fresh => {
                let message = format!("the results folder {shown} exists and is not empty");
                let force = "--force replaces it, if it holds results";
                return Err(in_use("E021", message, &[ELSEWHERE, force]));
            }
            There::Foreign => {
                let message =
                    format!("{shown} holds no manifest.json of results: it is left alone");
                return Err(in_use("E021", message, &[ELSEWHERE]));
            }
            There::Results(found) => found,
        };
        let same = found.scenario_hash == manifest.scenario_hash
            && found.version == env!("CARGO_PKG_VERSION");
        match mode {
            Mode::Fresh => Err(refuse(target, &found)),
            Mode::Resume if !same => {
                let message = format!(
                    "{shown} holds runs of another scenario, seed or version: nothing to resume"
                );
                Err(in_use("E021", message, &[ELSEWHERE, "--force starts anew"]))
            }
            Mode::Resume if found.complete => Ok(Opened::Complete(found)),
            Mode::Resume => Self::at(target, target, true).map(Opened::Work),
            Mode::Force if found.complete => {
                let work = beside(target, ".partial");
                match look(&work)? {
                    There::Nothing => {}
                    There::Results(other) if !other.complete => clear(&work)?,
                    _ => {
                        let message = format!("{} is in the way", work.display());
                        return Err(in_use("E021", message, &[ELSEWHERE]));
                    }
                }
                Self::begin(target, &work, manifest).map(Opened::Work)
            }
            Mode::Force => {
                clear(target)?;
                Self::begin(target, target, manifest).map(Opened::Work)
            }
        }
    }

    fn begin(target: &Path, work: &Path, manifest: &Manifest) -> Result<Self, Failure> {
        fs::create_dir_all(work).map_err(|error| Failure::io(work, &error))?;
        let folder = Self::at(target, work, false)?;
        let said = folder.write(MANIFEST, manifest.to_text(&Map::new()).as_bytes());
        // Nothing is in it: whoever tries again should not find it in the way.
        said.inspect_err(|_| drop(remove(work)))?;
        Ok(folder)
    }

    fn at(target: &Path, work: &Path, resumed: bool) -> Result<Self, Failure> {
        let lock = lock(work)?;
        let store = Store::open(work.join(RUNS))?;
        let (target, work) = (target.to_owned(), work.to_owned());
        Ok(Self { target, work, resumed, store, _lock: lock })
    }

    /// Where files are written.
    pub fn path(&self) -> &Path {
        &self.work
    }

    /// The runs that are over.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Writes one file, whole or not at all, and onto the disk.
    ///
    /// # Errors
    /// Names the file.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        write_file(&self.work.join(name), content, File::sync_all)
    }

    /// Writes the manifest with the hash of every file. A complete folder goes to its place, and the
    /// files of single runs go; an incomplete one keeps them, to be resumed. `None` when somebody has
    /// marked the folder as interrupted meanwhile.
    ///
    /// # Errors
    /// Names the file or folder.
    pub fn seal(&self, manifest: &Manifest) -> Result<Option<PathBuf>, Failure> {
        remove(&self.work.join(partial::NAME))?;
        let mut names = Vec::new();
        list(&self.work, "", &mut names).map_err(|error| Failure::io(&self.work, &error))?;
        names.sort();
        let mut hashes = Map::new();
        for name in names.into_iter().filter(|name| name != MANIFEST) {
            // Timings differ between machines: the file is there, its hash would compare nothing.
            let hash = if name == "perf.csv" {
                Value::Null
            } else {
                let path = self.work.join(&name);
                let hash = File::open(&path).and_then(|mut file| hash_of(&mut file));
                Value::String(hash.map_err(|error| Failure::io(&path, &error))?)
            };
            hashes.insert(name, hash);
        }
        if self.store.close() {
            return Ok(None);
        }
        let said = self.write(MANIFEST, manifest.to_text(&hashes).as_bytes());
        // What could not be sealed is still to be marked.
        said.inspect_err(|_| self.store.reopen())?;
        if manifest.status != Status::Complete {
            return Ok(Some(self.work.clone()));
        }
        for hidden in [RUNS, LOCK] {
            remove(&self.work.join(hidden))?;
        }
        self.move_into_place()?;
        Ok(Some(self.target.clone()))
    }

    /// Marks the folder as one whose runs are not all there, and lets no further run in. Returns where it
    /// is; `None` when there was nothing worth keeping, or it is sealed.
    ///
    /// # Errors
    /// Names the file; the folder is marked as incomplete all the same, as it was from its first moment.
    pub fn mark(&self, manifest: &Manifest) -> Result<Option<PathBuf>, Failure> {
        if self.store.close() {
            return Ok(None);
        }
        let finished = self.store.finished();
        if finished.is_empty() && !self.resumed && manifest.status != Status::Interrupted {
            remove(&self.work)?;
            return Ok(None);
        }
        let digests = finished.into_iter().map(|(run_id, run)| (run_id, run.digest)).collect();
        let manifest = Manifest { digests, ..manifest.clone() };
        // Somebody waits: the disk may take its time.
        let text = manifest.to_text(&Map::new());
        write_file(&self.work.join(MANIFEST), text.as_bytes(), |_| Ok(()))?;
        Ok(Some(self.work.clone()))
    }

    fn move_into_place(&self) -> Result<(), Failure> {
        if self.work == self.target {
            return Ok(());
        }
        let old = beside(&self.target, ".old");
        remove(&old)?;
        fs::rename(&self.target, &old).map_err(|error| Failure::io(&self.target, &error))?;
        if let Err(error) = fs::rename(&self.work, &self.target) {
            // Put back what was there: never leave less than before.
            let _ = fs::rename(&old, &self.target);
            return Err(Failure::io(&self.target, &error));
        }
        remove(&old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(hash: &str, status: Status) -> Manifest {
        Manifest { scenario_hash: hash.to_owned(), runs: 2, status, ..Manifest::default() }
    }

    fn work(target: &Path, mode: Mode, hash: &str) -> Result<ResultsDir, Failure> {
        match ResultsDir::open(target, mode, &manifest(hash, Status::Incomplete))? {
            Opened::Work(folder) => Ok(folder),
            Opened::Complete(_) => Err(Failure::Invalid),
        }
    }

    fn complete(target: &Path, mode: Mode, file: &str) {
        let folder = work(target, mode, "h").unwrap();
        fs::create_dir_all(folder.path().join("figures")).unwrap();
        folder.write(file, b"1\n").unwrap();
        let sealed = folder.seal(&manifest("h", Status::Complete)).unwrap();
        assert_eq!(sealed.as_deref(), Some(target));
    }

    #[test]
    fn a_complete_folder_holds_its_files_and_their_hashes_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("out/deep");
        complete(&target, Mode::Fresh, "figures/f1.svg");
        let text = fs::read_to_string(target.join(MANIFEST)).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        let hash = blake3::hash(b"1\n").to_hex().to_string();
        assert_eq!(json["files"], serde_json::json!({ "figures/f1.svg": hash }));
        assert_eq!(json["status"], "complete");
        assert_eq!(fs::read_dir(&target).unwrap().count(), 2, "the manifest and figures");
        assert_eq!(fs::read_dir(root.path().join("out")).unwrap().count(), 1);
    }

    #[test]
    fn results_are_replaced_only_by_force_and_only_when_the_new_ones_are_complete() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("out");
        complete(&target, Mode::Fresh, "old.csv");
        let refused = work(&target, Mode::Fresh, "h").unwrap_err();
        assert_eq!((refused.code(), refused.topic()), (2, Some("E021")));
        let again = work(&target, Mode::Force, "h").unwrap();
        again.write("new.csv", b"1\n").unwrap();
        let marked = again.mark(&manifest("h", Status::Interrupted)).unwrap();
        assert_eq!(marked, Some(root.path().join("out.partial")));
        assert!(target.join("old.csv").is_file() && !target.join("new.csv").exists());
        drop(again);
        complete(&target, Mode::Force, "new.csv");
        assert!(target.join("new.csv").is_file() && !target.join("old.csv").exists());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("thesis.tex"), "years").unwrap();
        for mode in [Mode::Fresh, Mode::Resume, Mode::Force] {
            assert_eq!(work(root.path(), mode, "h").unwrap_err().code(), 2);
        }
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_unfinished_folder_names_its_ways_out_and_each_works() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("out");
        let first = work(&target, Mode::Fresh, "h").unwrap();
        let busy = work(&target, Mode::Resume, "h").unwrap_err();
        assert!(busy.to_string().contains("another dhtlab"), "{busy}");
        first.mark(&manifest("h", Status::Interrupted)).unwrap();
        drop(first);
        let refused = work(&target, Mode::Fresh, "h").unwrap_err();
        assert_eq!((refused.code(), refused.topic()), (2, Some("E028")));
        assert!(refused.help()[0].contains("--resume") && refused.help()[1].contains("--force"));
        let other = work(&target, Mode::Resume, "other").unwrap_err();
        assert!(other.to_string().contains("another scenario"), "{other}");
        drop(work(&target, Mode::Resume, "h").unwrap());
        let anew = work(&target, Mode::Force, "other").unwrap();
        anew.seal(&manifest("other", Status::Complete)).unwrap();
        let found = ResultsDir::open(&target, Mode::Resume, &manifest("other", Status::Complete));
        assert!(matches!(found, Ok(Opened::Complete(_))));
    }

    #[test]
    fn a_failure_without_a_finished_run_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("out");
        let folder = work(&target, Mode::Fresh, "h").unwrap();
        assert_eq!(folder.mark(&manifest("h", Status::Incomplete)).unwrap(), None);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_sealed_can_be_marked() {
        let root = tempfile::tempdir().unwrap();
        let folder = work(&root.path().join("out"), Mode::Fresh, "h").unwrap();
        let manifest_file = folder.path().join(MANIFEST);
        fs::remove_file(&manifest_file).unwrap();
        fs::create_dir(&manifest_file).unwrap();
        let said = folder.seal(&manifest("h", Status::Complete)).unwrap_err();
        assert!(said.to_string().contains(MANIFEST), "{said}");
        fs::remove_dir(&manifest_file).unwrap();
        assert!(folder.mark(&manifest("h", Status::Interrupted)).unwrap().is_some());
        assert!(!Found::read(&manifest_file).unwrap().complete);
    }

    #[test]
    fn what_was_marked_first_stays_marked() {
        let root = tempfile::tempdir().unwrap();
        let folder = work(&root.path().join("out"), Mode::Fresh, "h").unwrap();
        assert!(folder.mark(&manifest("h", Status::Interrupted)).unwrap().is_some());
        assert_eq!(folder.seal(&manifest("h", Status::Complete)).unwrap(), None);
        assert!(!Found::read(&root.path().join("out").join(MANIFEST)).unwrap().complete);
    }
}
