//! Readers of files with measured latencies, as pure functions over their text.
//!
//! A file says neither whether it holds round trips nor in which unit: the caller does.
#![expect(clippy::float_arithmetic, reason = "decimal text becomes whole nanoseconds here")]

use thiserror::Error;

use crate::dist::span;
use crate::link::matrix::{MATRIX_DELAY_MAX, Matrix, ROWS_MAX};
use crate::link::point::{COORDINATE_MAX, Point};
use crate::time::Span;

/// What the numbers of a file mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// How long one unit is: a millisecond, a second.
    pub unit: Span,
    /// Are they round trips? Then each way takes half.
    pub round_trip: bool,
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: `{value}`: {permitted}")]
pub struct ReadError {
    /// The line, from 1; the last one for what is missing at the end.
    pub line: usize,
    /// The column of values, from 1.
    pub column: usize,
    /// What was read there.
    pub value: String,
    /// What may stand there.
    pub permitted: String,
}

impl ReadError {
    pub(crate) fn new(line: usize, column: usize, value: &str, permitted: &str) -> Self {
        Self { line, column, value: value.to_owned(), permitted: permitted.to_owned() }
    }
}

const PERMITTED: &str = "a delay is a decimal number, not negative, and at most 42 s one way";

impl Measure {
    fn parse(self, text: &str) -> Option<Span> {
        let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
        let halves = if self.round_trip { 0.5 } else { 1.0 };
        let nanos = number * crate::dist::nanos(self.unit) * halves;
        (nanos >= 0.0).then(|| span(nanos)).filter(|delay| *delay <= MATRIX_DELAY_MAX)
    }
}

/// Seconds in decimal, as an exact-to-the-nanosecond span.
pub(crate) fn seconds(text: &str) -> Option<Span> {
    let number: f64 = text.parse().ok().filter(|number: &f64| (0.0..=1e10).contains(number))?;
    Some(span(number * 1e9))
}

fn fields(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|f| !f.is_empty())
}

/// The lines that say something, with their numbers: no blank ones and no comments.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    (1..)
        .zip(text.lines().map(str::trim))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// Reads a square matrix of numbers, separated by white space, commas or semicolons; `#` begins a
/// comment line. The two directions of a pair may differ.
///
/// # Errors
/// Names the line, column and value that is not a delay, or the line that is too short or too long.
pub fn matrix(text: &str, measure: Measure) -> Result<Matrix, ReadError> {
    let mut delays = Vec::new();
    let (mut width, mut rows, mut last) = (0, 0, 1);
    for (line, content) in lines(text) {
        let before = delays.len();
        for (column, value) in (1..).zip(fields(content)) {
            let delay = measure.parse(value);
            delays.push(delay.ok_or_else(|| ReadError::new(line, column, value, PERMITTED))?);
        }
        let found = delays.len() - before;
        if rows == 0 {
            width = found;
            if width > ROWS_MAX {
                return Err(ReadError::new(line, width, "", "a matrix has at most 16384 rows"));
            }
        } else if found != width {
            let permitted = format!("this row has {found} values, the first one has {width}");
            return Err(ReadError::new(line, found, content, &permitted));
        }
        rows += 1;
        last = line;
    }
    if rows != width || rows == 0 {
        let permitted = format!("{width} columns need {width} rows; there are {rows}");
        return Err(ReadError::new(last, 1, "", &permitted));
    }
    Matrix::new(rows, &delays).map_err(|permitted| ReadError::new(last, 1, "", permitted))
}

/// Reads the King set as p2psim and `PeerSim` keep it: lines `node N`, then lines `a, b, latency`
/// with nodes counted from 1. A pair given in one direction only holds for both.
///
/// # Errors
/// Names the line with an unknown node or a bad delay, or a pair that no line speaks of.
pub fn king(text: &str, measure: Measure) -> Result<Matrix, ReadError> {
    let mut count = 0;
    let mut known: Vec<Option<Span>> = Vec::new();
    let mut last = 1;
    for (line, content) in lines(text) {
        last = line;
        let values: Vec<&str> = fields(content).collect();
        if values[0] == "node" {
            if !known.is_empty() {
                let permitted = "nodes are listed before the first latency";
                return Err(ReadError::new(line, 1, values[0], permitted));
            }
            count += 1;
            if count > ROWS_MAX {
                return Err(ReadError::new(line, 1, content, "there are at most 16384 nodes"));
            }
            continue;
        }
        known.resize(count * count, None);
        let [a, b, delay] = values[..] else {
            let permitted = "a line is `node N` or `a, b, latency`";
            return Err(ReadError::new(line, values.len(), content, permitted));
        };
        let node = |column, value: &str| {
            let number = value.parse().ok().filter(|number| (1..=count).contains(number));
            let permitted = format!("a node is a number from 1 to {count}");
            number.ok_or_else(|| ReadError::new(line, column, value, &permitted))
        };
        let (a, b) = (node(1, a)? - 1, node(2, b)? - 1);
        let delay =
            measure.parse(delay).ok_or_else(|| ReadError::new(line, 3, delay, PERMITTED))?;
        known[a * count + b] = Some(delay);
    }
    let mut delays = Vec::with_capacity(known.len());
    for from in 0..count {
        for to in 0..count {
            let forth = known.get(from * count + to).copied().flatten();
            let back = known.get(to * count + from).copied().flatten();
            let own = (from == to).then_some(Span::ZERO);
            delays.push(forth.or(back).or(own).ok_or_else(|| {
                let pair = format!("{}, {}", from + 1, to + 1);
                ReadError::new(last, 1, &pair, "no line gives the latency of this pair")
            })?);
        }
    }
    Matrix::new(count, &delays).map_err(|permitted| ReadError::new(last, 1, "", permitted))
}

/// Reads coordinates as `SimGrid` keeps them: lines `id x y height` or `id x y h height`, one way.
///
/// # Errors
/// Names the line, column and value that is no coordinate.
pub fn coordinates(text: &str, unit: Span) -> Result<Vec<Point>, ReadError> {
    let mut points = Vec::new();
    let mut last = 1;
    for (line, content) in lines(text) {
        last = line;
        let values: Vec<&str> = fields(content).collect();
        let (x, y, height, at) = match values[..] {
            [_, x, y, "h", height] => (x, y, height, 5),
            [_, x, y, height] => (x, y, height, 4),
            _ => {
                let permitted = "a line is `id x y height` or `id x y h height`";
                return Err(ReadError::new(line, values.len(), content, permitted));
            }
        };
        let micros = |column, value: &str, low: f64| {
            let limit = f64::from(COORDINATE_MAX);
            let micros = value
                .parse()
                .map_or(f64::NAN, |number: f64| number * crate::dist::nanos(unit) / 1_000.0);
            #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
            let whole = libm::rint(micros) as i32;
            let permitted = "a coordinate is a decimal number within 62 s, a height not negative";
            if (low * limit..=limit).contains(&micros) {
                Ok(whole)
            } else {
                Err(ReadError::new(line, column, value, permitted))
            }
        };
        points.push(Point {
            x: micros(2, x, -1.0)?,
            y: micros(3, y, -1.0)?,
            height: micros(at, height, 0.0)?,
        });
    }
    if points.is_empty() {
        return Err(ReadError::new(last, 1, "", "there is at least one point"));
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTT_MS: Measure = Measure { unit: Span::from_millis(1), round_trip: true };
    const ONE_WAY_US: Measure = Measure { unit: Span::from_micros(1), round_trip: false };

    #[test]
    fn a_matrix_may_be_asymmetric_and_is_halved_when_it_holds_round_trips() {
        let read = matrix("# ms\n0 10.5\n\n20 0.001\n", RTT_MS).unwrap();
        assert_eq!(read.delay(0, 1), Span::from_micros(5_250));
        assert_eq!(read.delay(1, 0), Span::from_millis(10));
        assert_eq!(
            (read.delay(1, 1), read.least()),
            (Span::from_micros(50), Span::from_micros(50))
        );
        assert_eq!(matrix("0,10.5\r\n20,0.001", RTT_MS).unwrap(), read);
    }

    #[test]
    fn the_king_format_lists_nodes_and_then_pairs() {
        let text = "node 1\nnode 2 \nnode 3\n1, 2, 80000\n1,3,5000\n2,3,100\n3,2,70000\n";
        let read = king(text, ONE_WAY_US).unwrap();
        assert_eq!(read.rows(), 3);
        assert_eq!(read.delay(1, 0), Span::from_millis(80));
        assert_eq!(read.delay(1, 2), Span::from_micros(100));
        assert_eq!(read.delay(2, 1), Span::from_millis(70));
    }

    #[test]
    fn coordinates_are_read_with_and_without_the_letter() {
        let read = coordinates("10 -3.5 4 h 1.25\n11 0 0 0\n", Span::from_millis(1)).unwrap();
        assert_eq!(read[0], Point { x: -3_500, y: 4_000, height: 1_250 });
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn errors_name_line_column_value_and_what_is_permitted() {
        let place = |error: ReadError| (error.line, error.column, error.value);
        let of = |text| place(matrix(text, RTT_MS).unwrap_err());
        assert_eq!(of("0 1\n2 x"), (2, 2, "x".into()));
        assert_eq!(of("0 -1\n2 0"), (1, 2, "-1".into()));
        assert_eq!(of("0 nan\n2 0"), (1, 2, "nan".into()));
        assert_eq!(of("0 1\n\n2 0 3"), (3, 3, "2 0 3".into()));
        assert_eq!(of("0 1\n"), (1, 1, String::new()));
        assert_eq!(of(""), (1, 1, String::new()));
        let of = |text| place(king(text, ONE_WAY_US).unwrap_err());
        assert_eq!(of("node 1\nnode 2\n1,3,5"), (3, 2, "3".into()));
        assert_eq!(of("node 1\nnode 2\nnode 3\n1,2,5\n1,3,5"), (5, 1, "2, 3".into()));
        assert_eq!(of("node 1\n1,1\n"), (2, 2, "1,1".into()));
        let of = |text| place(coordinates(text, Span::from_millis(1)).unwrap_err());
        assert_eq!(of("1 2 3 h -1"), (1, 5, "-1".into()));
        assert_eq!(of("1 2"), (1, 2, "1 2".into()));
        let shown = matrix("0 1\n2 x", RTT_MS).unwrap_err().to_string();
        assert!(shown.starts_with("line 2, column 2: `x`: a delay is"), "{shown}");
    }
}
