//! Parts of a results folder that are made again: in a draft, and moved into place when they are whole.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use dhtlab_reports::files::ReportError;
use dhtlab_reports::report::About;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::manifest::Status;

const MANIFEST: &str = "manifest.json";
const COMPARED: &str = "compare.csv";

/// A folder inside a results folder, whose content is to take the place of what stands there.
#[derive(Debug)]
pub struct Draft(PathBuf);

impl Draft {
    /// Begins one inside `dir`, so that moving it does not copy.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn inside(dir: &Path) -> Result<Self, Failure> {
        let path = dir.join(format!(".report.{}.partial", std::process::id()));
        if path.exists() {
            fs::remove_dir_all(&path).map_err(|error| Failure::io(&path, &error))?;
        }
        fs::create_dir(&path).map_err(|error| Failure::io(&path, &error))?;
        Ok(Self(path))
    }

    /// Where to write.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The same error, naming the file of `dir` whose place was to be taken.
    pub fn meant(&self, error: ReportError, dir: &Path) -> ReportError {
        let there =
            |path: PathBuf| path.strip_prefix(&self.0).map(|rest| dir.join(rest)).unwrap_or(path);
        match error {
            ReportError::Folder { path, source } => {
                ReportError::Folder { path: there(path), source }
            }
            ReportError::Write { path, source } => ReportError::Write { path: there(path), source },
            other => other,
        }
    }

    /// Puts everything in it into `dir`, in place of what has the same name there. When something
    /// cannot be moved, all is put back as it was.
    ///
    /// # Errors
    /// Names what could not be moved.
    pub fn move_into(self, dir: &Path) -> Result<(), Failure> {
        let aside = self.0.join(".replaced");
        let names = entries(&self.0).map_err(|error| Failure::io(&self.0, &error))?;
        fs::create_dir(&aside).map_err(|error| Failure::io(&aside, &error))?;
        let mut moved: Vec<&str> = Vec::new();
        for name in &names {
            if let Err(error) = self.exchange(dir, &aside, name) {
                for name in moved.iter().rev() {
                    // The first error is the one to report.
                    let _ = fs::rename(dir.join(name), self.0.join(name));
                    let _ = put_back(dir, &aside, name);
                }
                return Err(Failure::io(&dir.join(name), &error));
            }
            moved.push(name);
        }
        Ok(())
    }

    fn exchange(&self, dir: &Path, aside: &Path, name: &str) -> io::Result<()> {
        if dir.join(name).exists() {
            fs::rename(dir.join(name), aside.join(name))?;
        }
        fs::rename(self.0.join(name), dir.join(name)).inspect_err(|_| {
            let _ = put_back(dir, aside, name);
        })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn put_back(dir: &Path, aside: &Path, name: &str) -> io::Result<()> {
    if aside.join(name).exists() { fs::rename(aside.join(name), dir.join(name)) } else { Ok(()) }
}

/// Names in a folder, sorted.
fn entries(folder: &Path) -> io::Result<Vec<String>> {
    let named = |entry: io::Result<fs::DirEntry>| {
        entry.map(|entry| entry.file_name().to_string_lossy().into_owned())
    };
    let mut names: Vec<String> = fs::read_dir(folder)?.map(named).collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

/// The manifest of a results folder that is there.
#[derive(Clone, Debug)]
pub struct Sealed(Value);

impl Sealed {
    /// Reads it; `None` where there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read, or is no manifest.
    pub fn read(dir: &Path) -> Result<Option<Self>, Failure> {
        let path = dir.join(MANIFEST);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::io(&path, &error)),
        };
        let wrong = |what: String| {
            let help = "restore it, or take it out of the folder to go by the tables alone";
            Failure::usage(format!("{}: {what}", path.display()), vec![help.to_owned()])
        };
        let value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if value["files"].is_object() {
            Ok(Some(Self(value)))
        } else {
            Err(wrong("it lists no files: it is not the manifest of a results folder".to_owned()))
        }
    }

    /// What it says of the run; `None` where it says nothing that this version understands.
    pub fn about(&self) -> Option<About> {
        serde_json::from_value(self.0.get("about")?.clone()).ok()
    }

    /// Are runs still missing, so that there are no tables yet?
    pub fn is_unfinished(&self) -> bool {
        self.0["status"] != Status::Complete.name()
            && self.0["files"].as_object().is_some_and(serde_json::Map::is_empty)
    }

    /// Are the tables those that were written? `compare.csv` follows from the others.
    ///
    /// # Errors
    /// Names every table that is not.
    pub fn check_tables(&self, dir: &Path) -> Result<(), Failure> {
        let listed = self.0["files"].as_object().into_iter().flatten();
        let tables = listed.filter(|(name, _)| {
            Path::new(name).extension().is_some_and(|end| end == "csv")
                && !name.contains('/')
                && *name != COMPARED
        });
        let mut changed: Vec<&str> = Vec::new();
        for (name, kept) in tables {
            let Some(kept) = kept.as_str() else { continue };
            let path = dir.join(name);
            match hash(&path) {
                Ok(found) if found == kept => {}
                Ok(_) => changed.push(name),
                Err(error) if error.kind() == io::ErrorKind::NotFound => changed.push(name),
                Err(error) => return Err(Failure::io(&path, &error)),
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let message = format!(
            "{}: not as the run wrote it, by the hashes of {MANIFEST}: {}",
            dir.display(),
            changed.join(", ")
        );
        let help = [
            "restore the tables from the original folder, or run the scenario again",
            "to go by the tables as they are, take manifest.json out of the folder",
        ];
        Err(Failure::usage(message, help.map(str::to_owned).to_vec()))
    }

    /// The same with `about` in it.
    pub fn saying(mut self, about: &About) -> Self {
        self.0["about"] = json!(about);
        self
    }

    /// Writes it into `place`, whose content is to go into `dir`, with the hashes of what is there; files of
    /// the same folders that are no more are taken off the list.
    ///
    /// # Errors
    /// Names the file that cannot be read or written.
    pub fn renew(mut self, place: &Path, dir: &Path) -> Result<(), Failure> {
        let mut found = Vec::new();
        list(place, "", &mut found).map_err(|error| Failure::io(place, &error))?;
        let names = entries(place).map_err(|error| Failure::io(place, &error))?;
        let Some(files) = self.0["files"].as_object_mut() else { return Ok(()) };
        files.retain(|name, _| {
            let top = name.split('/').next().unwrap_or(name);
            !names.iter().any(|known| known == top)
        });
        for name in found {
            let path = place.join(&name);
            let hash = hash(&path).map_err(|error| Failure::io(&path, &error))?;
            files.insert(name, json!(hash));
        }
        let text = serde_json::to_string_pretty(&self.0);
        let text = text.map_err(|error| Failure::Runtime(error.into()))? + "\n";
        fs::write(place.join(MANIFEST), text)
            .map_err(|error| Failure::io(&dir.join(MANIFEST), &error))
    }
}

/// Of a file of any length.
fn hash(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut file = fs::File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            taken => hasher.update(&buffer[..taken]),
        };
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn list(folder: &Path, prefix: &str, found: &mut Vec<String>) -> io::Result<()> {
    for name in entries(folder)? {
        if folder.join(&name).is_dir() {
            list(&folder.join(&name), &format!("{prefix}{name}/"), found)?;
        } else {
            found.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_moved_leaves_all_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "old").unwrap();
        let draft = Draft::inside(dir.path()).unwrap();
        fs::write(draft.path().join("a"), "new").unwrap();
        // What vanishes between listing and moving cannot be moved.
        let aside = draft.path().join("aside");
        fs::create_dir(&aside).unwrap();
        assert!(draft.exchange(dir.path(), &aside, "b").is_err());
        draft.exchange(dir.path(), &aside, "a").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("a")).unwrap(), "new");
        put_back(dir.path(), &aside, "a").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("a")).unwrap(), "old");
        drop(draft);
        assert_eq!(entries(dir.path()).unwrap(), ["a"]);
    }

    #[test]
    fn a_draft_takes_the_place_of_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("figures")).unwrap();
        fs::write(dir.path().join("figures/old.svg"), "old").unwrap();
        let draft = Draft::inside(dir.path()).unwrap();
        fs::create_dir(draft.path().join("figures")).unwrap();
        fs::write(draft.path().join("figures/new.svg"), "new").unwrap();
        let files = json!({"figures/old.svg": "00", "runs.csv": "11"});
        Sealed(json!({ "files": files })).renew(draft.path(), dir.path()).unwrap();
        draft.move_into(dir.path()).unwrap();
        assert_eq!(entries(&dir.path().join("figures")).unwrap(), ["new.svg"]);
        let manifest = Sealed::read(dir.path()).unwrap().unwrap();
        let hash = blake3::hash(b"new").to_hex().to_string();
        assert_eq!(manifest.0["files"], json!({"figures/new.svg": hash, "runs.csv": "11"}));
        assert_eq!(entries(dir.path()).unwrap(), ["figures", "manifest.json"]);
    }
}
