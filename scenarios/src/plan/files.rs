//! Files beside the scenario: matrices of round-trip times and session traces.
//!
//! Reading is a capability that the caller hands in; everything here works on text.

use std::ops::Range;
use std::sync::Arc;

use crate::schema::units;

/// Reads the files a scenario names.
pub trait Files {
    /// The text of `path`, which is relative to the scenario.
    ///
    /// # Errors
    /// A sentence for the user.
    fn read(&self, path: &str) -> Result<Arc<str>, String>;
}

/// No files at all: for scenarios that name none.
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Result<Arc<str>, String> {
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

/// The lines of `text` that hold data, with the byte each starts at.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        let line = line.trim_end();
        (!line.trim_start().is_empty() && !line.trim_start().starts_with('#')).then_some((at, line))
    })
}

/// The fields of `line` that starts at `at`, with the bytes of each.
fn fields(at: usize, line: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut start = at;
    line.split([',', ';', '\t', ' ']).filter_map(move |field| {
        let from = start;
        start += field.len() + 1;
        (!field.is_empty()).then_some((from..from + field.len(), field))
    })
}

/// Checks that `text` is a square of round-trip times in milliseconds, one row a line, fields apart by
/// commas, semicolons, tabs or spaces. Returns how many rows there are.
///
/// # Errors
/// The first fault.
pub fn check_matrix(text: &str) -> Result<usize, FileFault> {
    let rows: Vec<(usize, &str)> = lines(text).collect();
    let fault = |span: Range<usize>, reason: String| Err(FileFault { span, reason });
    if rows.is_empty() {
        return fault(0..0, "there is no row in it".to_owned());
    }
    for (number, (at, line)) in rows.iter().enumerate() {
        let mut width = 0;
        for (span, field) in fields(*at, line) {
            width += 1;
            match field.parse::<f64>() {
                Ok(rtt) if (0.0..=120_000.0).contains(&rtt) => {}
                _ => {
                    let reason = "not a round-trip time in milliseconds (0 to 120000)";
                    return fault(span, reason.to_owned());
                }
            }
        }
        if width != rows.len() {
            let reason = format!(
                "row {} has {width} numbers, but there are {} rows: a matrix is square",
                number + 1,
                rows.len()
            );
            return fault(*at..at + line.len(), reason);
        }
    }
    Ok(rows.len())
}

/// Checks a session trace: `node,up,down` on each line, times with units, grouped by node in ascending
/// order, sessions of one node in order of time and apart. A first line `node,up,down` is a header.
/// Returns the number of sessions.
///
/// # Errors
/// The first fault.
pub fn check_trace(text: &str) -> Result<usize, FileFault> {
    let fault = |span: Range<usize>, reason: String| Err(FileFault { span, reason });
    let mut last: Option<(u32, u64)> = None;
    let mut count = 0;
    for (index, (at, line)) in lines(text).enumerate() {
        let parts: Vec<_> = fields(at, line).collect();
        if index == 0 && parts.iter().map(|part| part.1).eq(["node", "up", "down"]) {
            continue;
        }
        let [(node_at, node), (up_at, up), (down_at, down)] = parts.as_slice() else {
            return fault(at..at + line.len(), "a line is `node,up,down`".to_owned());
        };
        let Ok(node) = node.parse::<u32>() else {
            return fault(node_at.clone(), "not the number of a node".to_owned());
        };
        let time = |span: &Range<usize>, text: &str| {
            units::span(text)
                .map(dhtlab_core::time::Span::as_nanos)
                .map_err(|reason| FileFault { span: span.clone(), reason })
        };
        let (up, down) = (time(up_at, up)?, time(down_at, down)?);
        if down <= up {
            return fault(down_at.clone(), "a session ends after it begins".to_owned());
        }
        if let Some((last_node, last_down)) = last {
            if node < last_node {
                return fault(node_at.clone(), "nodes are in ascending order".to_owned());
            }
            if node == last_node && up < last_down {
                let reason = "times of one node are in order: this begins before the last ended";
                return fault(up_at.clone(), reason.to_owned());
            }
        }
        last = Some((node, down));
        count += 1;
    }
    if count == 0 { fault(0..0, "there is no session in it".to_owned()) } else { Ok(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_square_and_numeric() {
        assert_eq!(check_matrix("# ms\n0,1\n1,0\n"), Ok(2));
        assert_eq!(check_matrix("0\t 1.5\n1 0"), Ok(2));
        assert!(check_matrix("0,1\n1\n").unwrap_err().reason.contains("row 2 has 1"));
        assert!(check_matrix("0,x\n1,0\n").is_err());
        assert!(check_matrix("0,-1\n1,0\n").is_err() && check_matrix("").is_err());
    }

    #[test]
    fn a_trace_is_in_order() {
        assert_eq!(check_trace("node,up,down\n0,0s,1h\n0,2h,3h\n4,1s,2s\n"), Ok(3));
        let fault = check_trace("0,2h,3h\n0,1h,90m\n").unwrap_err();
        assert_eq!(&"0,2h,3h\n0,1h,90m\n"[fault.span], "1h");
        assert!(check_trace("1,0s,1s\n0,0s,1s\n").is_err() && check_trace("0,1s,1s\n").is_err());
    }
}
