//! The terminal: results on stdout, everything else on stderr.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use serde_json::{Value, json};

use crate::diag::{self, Diagnostic};
use crate::exit::Failure;
use crate::schema::Sources;

/// How the user wants to be spoken to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Console {
    /// One JSON document on stdout instead of text.
    pub json: bool,
    /// Only errors on stderr.
    pub quiet: bool,
    /// More on stderr.
    pub verbose: bool,
}

/// The version of the documents that `--json` prints.
pub const JSON_VERSION: u64 = 1;

impl Console {
    /// Prints a part of the result.
    ///
    /// # Errors
    /// When nobody reads it any more, or the disk behind it is full.
    pub fn out(self, text: &str) -> Result<(), Failure> {
        let mut stdout = anstream::stdout();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                Failure::BrokenPipe
            } else {
                Failure::Runtime(anyhow::anyhow!("stdout: {error}"))
            }
        })
    }

    /// Says something by the way.
    pub fn note(self, text: &str) {
        if !self.quiet {
            complain(&format!("note: {text}\n"));
        }
    }

    /// Says something that only `-v` asks for.
    pub fn detail(self, text: &str) {
        if self.verbose {
            complain(&format!("{text}\n"));
        }
    }

    /// Shows findings as text; with `--json` they are part of the document instead.
    pub fn findings(self, found: &[Diagnostic], sources: &Sources) {
        if !self.json && !found.is_empty() {
            let shown: Vec<Diagnostic> = found
                .iter()
                .filter(|one| !self.quiet || one.severity == diag::Severity::Error)
                .cloned()
                .collect();
            complain(&diag::render(&shown, sources, true));
        }
    }

    /// Prints the one document of `--json`.
    ///
    /// # Errors
    /// As [`Console::out`].
    pub fn document(self, command: &str, exit_code: u8, mut body: Value) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        if let Value::Object(map) = &mut body {
            map.insert("schema_version".to_owned(), json!(JSON_VERSION));
            map.insert("command".to_owned(), json!(command));
            map.insert("exit_code".to_owned(), json!(exit_code));
        }
        let text = serde_json::to_string_pretty(&body).unwrap_or_else(|_| "{}".to_owned());
        self.out(&(text + "\n"))
    }

    /// Tells the user why a command failed.
    pub fn failure(self, failure: &Failure) {
        if failure.silent() || self.json {
            return;
        }
        let code = failure.topic().map(|code| format!("[{code}]")).unwrap_or_default();
        let mut text = format!("error{code}: {failure}\n");
        for help in failure.help() {
            let _ = writeln!(text, "  help: {help}");
        }
        complain(&text);
    }
}

/// A failure as data.
pub fn failure_json(failure: &Failure) -> Value {
    json!({ "message": failure.to_string(), "code": failure.topic(), "help": failure.help() })
}

/// Writes to stderr; if nobody reads that, nothing can be done.
fn complain(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}
