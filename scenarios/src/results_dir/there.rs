//! What is where results should go, and whether it may be touched.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::files::remove;
use super::{LOCK, MANIFEST};
use crate::exit::Failure;
use crate::manifest::Found;
use crate::store::RUNS;

/// The way out that is always there.
pub(super) const ELSEWHERE: &str = "-o DIR writes somewhere else";

/// What is at a path.
pub(super) enum There {
    Nothing,
    Results(Found),
    /// Something that is not ours.
    Foreign,
}

pub(super) fn in_use(code: &'static str, message: String, help: &[&str]) -> Failure {
    let help = help.iter().map(|&line| line.to_owned()).collect();
    Failure::Usage { code: Some(code), message, help }
}

/// What is at `target`? Hidden files alone are nothing: a folder begins with them.
pub(super) fn look(target: &Path) -> Result<There, Failure> {
    let Ok(meta) = fs::symlink_metadata(target) else { return Ok(There::Nothing) };
    if !meta.is_dir() {
        let message = format!("{} exists and is not a folder", target.display());
        return Err(in_use("E021", message, &["name another folder with -o DIR"]));
    }
    let entries = fs::read_dir(target).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| Failure::io(target, &error))?;
    let own = |name: &std::ffi::OsStr| name == RUNS || name == LOCK;
    if entries.iter().all(|entry| own(&entry.file_name())) {
        return Ok(There::Nothing);
    }
    Ok(Found::read(&target.join(MANIFEST)).map_or(There::Foreign, There::Results))
}

/// Results are there, and nobody said what to do with them.
pub(super) fn refuse(target: &Path, found: &Found) -> Failure {
    let shown = target.display();
    if found.complete {
        let message = format!("the results folder {shown} exists and is not empty");
        let help = [ELSEWHERE, "--force replaces it once the new run is complete"];
        return in_use("E021", message, &help);
    }
    let (finished, of) = found.runs;
    let message = format!("{shown} holds an unfinished run: {finished} of {of} runs were over");
    let help = ["--resume computes what is missing", "--force starts anew", ELSEWHERE];
    in_use("E028", message, &help)
}

/// Keeps everybody else out until this program ends.
pub(super) fn lock(work: &Path) -> Result<File, Failure> {
    let path = work.join(LOCK);
    let file = File::create(&path).map_err(|error| Failure::io(&path, &error))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let message = format!("another dhtlab is writing into {}", work.display());
            Err(in_use("E021", message, &["wait until it is done", ELSEWHERE]))
        }
        // Where the system knows no locks, nobody is kept out.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// Removes results that nobody is writing.
pub(super) fn clear(folder: &Path) -> Result<(), Failure> {
    drop(lock(folder)?);
    remove(folder)
}
