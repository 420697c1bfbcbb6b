//! How a command may fail, and the exit code of each way.

use std::fmt;
use std::path::Path;

use crate::interrupt::Signal;

/// Why a command did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// Something went wrong at run time: a disk is full, a file vanished.
    Runtime(anyhow::Error),
    /// The scenario is invalid, and the findings have been shown.
    Invalid,
    /// The command cannot be carried out as asked; the sentence says why, the list how to go on.
    Usage {
        /// Code that `explain` knows, if any.
        code: Option<&'static str>,
        /// What is wrong.
        message: String,
        /// Ways out.
        help: Vec<String>,
    },
    /// Some runs are missing.
    Incomplete(String),
    /// An expectation, an invariant or a digest did not hold.
    NotMet(String),
    /// It would not fit in memory.
    TooLarge {
        /// What was estimated and what there is.
        message: String,
        /// Ways out.
        help: Vec<String>,
    },
    /// Something went wrong at run time, and finished runs are left.
    Unfinished {
        /// What went wrong, and what is left.
        message: String,
        /// How to go on.
        help: Vec<String>,
    },
    /// Somebody stopped it.
    Interrupted {
        /// How.
        signal: Signal,
        /// What is left.
        message: String,
        /// How to go on.
        help: Vec<String>,
    },
    /// Whoever read our output has gone.
    BrokenPipe,
}

impl Failure {
    /// A misuse with ways out.
    pub fn usage(message: impl Into<String>, help: Vec<String>) -> Self {
        Self::Usage { code: None, message: message.into(), help }
    }

    /// Stopped by `signal`, with nothing more to be said yet.
    pub fn interrupted(signal: Signal) -> Self {
        Self::Interrupted { signal, message: "interrupted".to_owned(), help: Vec::new() }
    }

    /// An I/O error at `path`: names the file.
    pub fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Runtime(anyhow::anyhow!("{}: {error}", path.display()))
    }

    /// The exit code.
    pub const fn code(&self) -> u8 {
        match self {
            Self::BrokenPipe => 0,
            Self::Runtime(_) | Self::Unfinished { .. } => 1,
            Self::Invalid | Self::Usage { .. } => 2,
            Self::Incomplete(_) => 3,
            Self::NotMet(_) => 4,
            Self::TooLarge { .. } => 5,
            Self::Interrupted { signal, .. } => signal.exit_code(),
        }
    }

    /// The code that `explain` knows.
    pub const fn topic(&self) -> Option<&'static str> {
        match self {
            Self::Usage { code, .. } => *code,
            Self::TooLarge { .. } => Some("E022"),
            _ => None,
        }
    }

    /// Ways out.
    pub fn help(&self) -> &[String] {
        match self {
            Self::Usage { help, .. }
            | Self::TooLarge { help, .. }
            | Self::Unfinished { help, .. }
            | Self::Interrupted { help, .. } => help,
            _ => &[],
        }
    }

    /// Is there nothing to be said?
    pub const fn silent(&self) -> bool {
        matches!(self, Self::Invalid | Self::BrokenPipe)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runtime(error) => write!(f, "{error:#}"),
            Self::Invalid => f.write_str("the scenario is invalid"),
            Self::Usage { message, .. }
            | Self::TooLarge { message, .. }
            | Self::Unfinished { message, .. }
            | Self::Interrupted { message, .. }
            | Self::Incomplete(message)
            | Self::NotMet(message) => f.write_str(message),
            Self::BrokenPipe => f.write_str("broken pipe"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Runtime(error)
    }
}
