//! Cells to bytes.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::num;

/// One value of a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    Integer(u64),
    Float(Option<f64>),
    Bool(Option<bool>),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell<'_> {
    fn from(integer: u64) -> Self {
        Self::Integer(integer)
    }
}

impl From<u32> for Cell<'_> {
    fn from(integer: u32) -> Self {
        Self::Integer(u64::from(integer))
    }
}

impl From<Option<u64>> for Cell<'_> {
    fn from(integer: Option<u64>) -> Self {
        integer.map_or(Self::Text(""), Self::Integer)
    }
}

impl From<Option<u32>> for Cell<'_> {
    fn from(integer: Option<u32>) -> Self {
        integer.map(u64::from).into()
    }
}

impl From<f64> for Cell<'_> {
    fn from(float: f64) -> Self {
        Self::Float(Some(float))
    }
}

impl From<Option<f64>> for Cell<'_> {
    fn from(float: Option<f64>) -> Self {
        Self::Float(float)
    }
}

impl From<Option<bool>> for Cell<'_> {
    fn from(bool: Option<bool>) -> Self {
        Self::Bool(bool)
    }
}

/// Writes rows of a fixed width under a header, one at a time.
pub(super) struct Table<W: Write> {
    out: csv::Writer<W>,
    scratch: String,
}

impl<W: Write> Table<W> {
    pub(super) fn new<'a>(out: W, header: impl IntoIterator<Item = &'a str>) -> io::Result<Self> {
        let mut out =
            csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
        out.write_record(header)?;
        Ok(Self { out, scratch: String::new() })
    }

    /// The next row.
    pub(super) fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> io::Result<()> {
        for cell in cells {
            self.scratch.clear();
            match cell {
                Cell::Text(text) => self.scratch.push_str(text),
                Cell::Integer(integer) => {
                    write!(self.scratch, "{integer}").map_err(io::Error::other)?;
                }
                Cell::Float(float) => self.scratch.push_str(&num::cell(float)),
                Cell::Bool(None) => {}
                Cell::Bool(Some(true)) => self.scratch.push_str("true"),
                Cell::Bool(Some(false)) => self.scratch.push_str("false"),
            }
            self.out.write_field(&self.scratch)?;
        }
        Ok(self.out.write_record(None::<&[u8]>)?)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A row of mixed values.
macro_rules! cells {
    ($($value:expr),* $(,)?) => { [$($crate::tables::row::Cell::from($value)),*] };
}
pub(super) use cells;
