//! Files beside the scenario: measured latencies, session traces and key sets.
//!
//! Reading is a capability that the caller hands in; the readers of their text are the core's.

use std::ops::Range;
use std::sync::Arc;

use dhtlab_core::churn::trace;
use dhtlab_core::link::matrix::Matrix;
use dhtlab_core::link::read::{self, Measure, ReadError};
use dhtlab_core::time::Span;

/// Reads the files a scenario names.
pub trait Files {
    /// The text of `path`, which is relative to the scenario.
    ///
    /// # Errors
    /// A sentence for the user.
    fn read(&self, path: &str) -> Result<Arc<str>, String>;

    /// The bytes of `path`, which is relative to the scenario; for files that are no text.
    ///
    /// # Errors
    /// A sentence for the user.
    fn read_bytes(&self, path: &str) -> Result<Arc<[u8]>, String>;
}

/// No files at all: for scenarios that name none.
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Result<Arc<str>, String> {
        Err("files cannot be read here".to_owned())
    }

    fn read_bytes(&self, _path: &str) -> Result<Arc<[u8]>, String> {
        Err("files cannot be read here".to_owned())
    }
}

/// What is wrong inside a file: the bytes and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFault {
    /// Where.
    pub span: Range<usize>,
    /// What.
    pub reason: String,
}

/// How a file holds the delays of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A square of numbers, one row a line.
    Square,
    /// Lines `node N` and `a, b, latency`, as p2psim and `PeerSim` keep the King set.
    King,
}

/// How a file of delays is laid out and what its numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayFile {
    /// The layout.
    pub layout: Layout,
    /// Round trips or one way, and the unit.
    pub measure: Measure,
}

impl DelayFile {
    /// What such a file says.
    ///
    /// # Errors
    /// The first fault.
    pub fn read(self, text: &str) -> Result<Matrix, FileFault> {
        let read = match self.layout {
            Layout::Square => read::matrix(text, self.measure),
            Layout::King => read::king(text, self.measure),
        };
        read.map_err(|error| fault(text, &error))
    }
}

/// Coordinates are one-way milliseconds.
pub const COORDINATE: Span = Span::from_millis(1);

/// Checks that `text` has lines `id x y height`, one-way milliseconds.
///
/// # Errors
/// The first fault.
pub fn check_coordinates(text: &str) -> Result<(), FileFault> {
    read::coordinates(text, COORDINATE).map(drop).map_err(|error| fault(text, &error))
}

/// Checks that `text` is a session trace: a header and lines `node,up,down`, in seconds.
///
/// # Errors
/// The first fault.
pub fn check_trace(text: &str) -> Result<(), FileFault> {
    trace::read(text).map(drop).map_err(|error| fault(text, &error))
}

/// Finds the line and column of values that `error` speaks of among the bytes of `text`.
fn fault(text: &str, error: &ReadError) -> FileFault {
    let mut start = 0;
    let line = text.split_inclusive('\n').nth(error.line.saturating_sub(1)).unwrap_or("");
    for before in text.split_inclusive('\n').take(error.line.saturating_sub(1)) {
        start += before.len();
    }
    let line = line.trim_end();
    let whole = start..start + line.len();
    let inside = if error.value.is_empty() { None } else { line.find(&error.value) };
    let span = match (inside, error.column) {
        (Some(_), column) => nth_field(start, line, column)
            .filter(|span| text.get(span.clone()) == Some(error.value.as_str()))
            .unwrap_or(whole),
        (None, _) => whole,
    };
    FileFault { span, reason: error.permitted.clone() }
}

/// The bytes of the field with number `column`, from 1.
fn nth_field(start: usize, line: &str, column: usize) -> Option<Range<usize>> {
    let mut at = start;
    let mut number = 0;
    for field in line.split([',', ';', '\t', ' ']) {
        if !field.is_empty() {
            number += 1;
            if number == column {
                return Some(at..at + field.len());
            }
        }
        at += field.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: DelayFile = DelayFile {
        layout: Layout::Square,
        measure: Measure { unit: Span::from_millis(1), round_trip: true },
    };

    #[test]
    fn a_fault_is_shown_at_its_value() {
        let text = "# ms\n0,80\n80,fast\n";
        let fault = SQUARE.read(text).unwrap_err();
        assert_eq!(&text[fault.span], "fast");
        let text = "node,up,down\na,30,40\na,10,20\n";
        let fault = check_trace(text).unwrap_err();
        assert!(text[fault.span.clone()].starts_with("10"), "{fault:?}");
        assert!(SQUARE.read("0,80\n80,0\n").is_ok());
    }

    #[test]
    fn the_same_delays_are_read_from_every_layout_and_unit() {
        let king = DelayFile {
            layout: Layout::King,
            measure: Measure { unit: Span::from_micros(1), round_trip: false },
        };
        let square = SQUARE.read("0 80\n80 0\n").unwrap();
        assert_eq!(king.read("node 1\nnode 2\n1, 2, 40000\n").unwrap(), square);
    }
}
