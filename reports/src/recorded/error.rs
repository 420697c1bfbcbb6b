//! What is wrong with a results folder: every fault of every table in one go.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

/// Faults that are spelled out for one table; further ones are counted.
pub const SHOWN_MAX: usize = 5;

/// One thing that is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The table's name in the folder.
    pub file: &'static str,
    /// The line, from 1; `None` where the file as a whole is meant.
    pub line: Option<u64>,
    /// The column's name, where one cell is meant.
    pub column: Option<String>,
    /// What stands there.
    pub found: String,
    /// What is expected there.
    pub expected: String,
    /// The way out.
    pub help: String,
    /// Is it the system that refused, and not the content that is wrong?
    pub io: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}, expected {}", self.found, self.expected)
    }
}

/// Why a results folder cannot be read. Nothing of it is used then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.say())]
pub struct ReadError {
    /// The folder.
    pub dir: PathBuf,
    /// Faults by table and line, at most [`SHOWN_MAX`] a table.
    pub faults: Vec<Fault>,
    /// Tables with more faults than that, and how many more.
    pub further: Vec<(&'static str, u64)>,
}

impl ReadError {
    /// Did the system refuse to give the files, with nothing wrong in them as far as they were read?
    pub fn is_io(&self) -> bool {
        self.faults.iter().all(|fault| fault.io)
    }

    /// The ways out, each once.
    pub fn help(&self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for fault in &self.faults {
            if !lines.contains(&fault.help) {
                lines.push(fault.help.clone());
            }
        }
        lines
    }

    fn say(&self) -> String {
        let mut text = format!("{} cannot be read as results", self.dir.display());
        for (nth, fault) in self.faults.iter().enumerate() {
            let _ = write!(text, "\n  {fault}");
            let last = self.faults.get(nth + 1).is_none_or(|next| next.file != fault.file);
            let further = self.further.iter().find(|(file, _)| last && *file == fault.file);
            if let Some((file, count)) = further {
                let _ = write!(text, "\n  {file}: and {count} more");
            }
        }
        text
    }
}

/// Faults as they are found.
#[derive(Debug, Default)]
pub(super) struct Faults {
    shown: Vec<Fault>,
    further: Vec<(&'static str, u64)>,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        let same = self.shown.iter().filter(|known| known.file == fault.file).count();
        if same < SHOWN_MAX {
            self.shown.push(fault);
        } else if let Some(known) = self.further.iter_mut().find(|known| known.0 == fault.file) {
            known.1 += 1;
        } else {
            self.further.push((fault.file, 1));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The error, if there were any.
    pub(super) fn into_error(self, dir: &Path) -> Option<ReadError> {
        let Self { shown, further } = self;
        (!shown.is_empty()).then(|| ReadError { dir: dir.to_owned(), faults: shown, further })
    }
}
