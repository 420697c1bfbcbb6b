//! Files and folders: written whole, removed if there, listed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// Writes beside `path` and moves it there; `settle` may wait for the disk.
pub(super) fn write_file(
    path: &Path,
    content: &[u8],
    settle: impl FnOnce(&File) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut part = OsString::from(".");
    part.push(path.file_name().unwrap_or_default());
    part.push(".part");
    let part = path.with_file_name(part);
    let write = || {
        let mut file = File::create(&part)?;
        file.write_all(content)?;
        settle(&file)?;
        fs::rename(&part, path)
    };
    write().map_err(|error: io::Error| {
        let _ = fs::remove_file(&part);
        Failure::io(path, &error)
    })
}

/// Removes a file or folder, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), Failure> {
    let removed = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    removed.map_err(|error| Failure::io(path, &error))
}

/// The path with `ending` behind its last name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// The files below `folder`, by name; those at work are hidden.
pub(super) fn list(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let name = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push(name);
        }
    }
    Ok(())
}
