//! Files that are either whole or not there.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::recorded::ReadError;

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WrittenFile {
    /// Its name relative to the results folder, with `/` on every system.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

/// Why a result could not be written, or a report not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The folder could not be made.
    #[error("cannot create folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file could not be written to its end; nothing of it remains.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The tables could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A figure could not be drawn.
    #[error("cannot draw {name}: {reason}")]
    Draw {
        /// The figure's file name.
        name: String,
        /// What the plotting library said.
        reason: String,
    },
}

/// Makes the folder and its parents.
///
/// # Errors
/// Names the folder.
pub fn create_folder(path: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(path).map_err(|source| ReportError::Folder { path: path.to_owned(), source })
}

/// Writes `dir/name` through a temporary file beside it, renamed at the end, so that a name that
/// exists always stands for a whole file.
///
/// # Errors
/// Names the file that was meant, not the temporary one, and removes what was written.
pub fn write_whole(
    dir: &Path,
    name: &str,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<WrittenFile, ReportError> {
    let path = dir.join(name);
    let part = path.with_file_name(format!(".{}.part", name.rsplit('/').next().unwrap_or(name)));
    let written = write_part(&part, fill).and_then(|bytes| {
        fs::rename(&part, &path)?;
        Ok(bytes)
    });
    match written {
        Ok(bytes) => Ok(WrittenFile { name: name.to_owned(), bytes }),
        Err(source) => {
            // The first error is the one to report; a part that cannot be removed is hidden by its name.
            let _ = fs::remove_file(&part);
            Err(ReportError::Write { path, source })
        }
    }
}

fn write_part(part: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<u64> {
    let mut out =
        Counted { inner: BufWriter::with_capacity(1 << 16, File::create(part)?), bytes: 0 };
    fill(&mut out)?;
    out.flush()?;
    Ok(out.bytes)
}

struct Counted<W> {
    inner: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(buf)?;
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_is_whole_and_leaves_no_part() {
        let dir = tempfile::tempdir().unwrap();
        let file = write_whole(dir.path(), "a.csv", |out| out.write_all(b"x,y\n")).unwrap();
        assert_eq!(file, WrittenFile { name: "a.csv".to_owned(), bytes: 4 });
        let names: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["a.csv"]);
    }

    #[test]
    fn a_failed_write_names_the_file_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let error = write_whole(dir.path(), "a.csv", |out| {
            out.write_all(b"half a row")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        })
        .unwrap_err();
        assert!(error.to_string().contains("a.csv: no storage space"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
