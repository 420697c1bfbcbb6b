//! Measured delays between hosts: one row and one column a host.

use std::sync::Arc;

use crate::link::point::DELAY_LEAST;
use crate::time::Span;

/// One-way delays between measured hosts; the two directions of a pair may differ.
///
/// A delay is kept in units of 10 ns, so that a matrix of 1740 hosts takes 12 MB. Delays below
/// [`DELAY_LEAST`], the diagonal among them, are raised to it: two nodes on one host are neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    rows: usize,
    units: Arc<[u32]>,
    least: u32,
}

/// Nanoseconds in the unit of a matrix.
const UNIT: u64 = 10;

/// The longest delay a matrix can hold, one way: a little over 42 s.
pub const MATRIX_DELAY_MAX: Span = Span::from_nanos(u32::MAX as u64 * UNIT);

/// The largest number of hosts.
pub const ROWS_MAX: usize = 1 << 14;

impl Matrix {
    /// A matrix of `rows` x `rows` delays, row by row.
    ///
    /// # Errors
    /// When it is not square, has no rows or more than [`ROWS_MAX`], or a delay is longer than
    /// [`MATRIX_DELAY_MAX`].
    pub fn new(rows: usize, delays: &[Span]) -> Result<Self, &'static str> {
        if rows == 0 || rows > ROWS_MAX || delays.len() != rows * rows {
            return Err("a matrix is square and has 1 to 16384 rows");
        }
        let unit = |delay: &Span| u32::try_from((*delay).max(DELAY_LEAST).as_nanos() / UNIT).ok();
        let units: Arc<[u32]> = delays
            .iter()
            .map(unit)
            .collect::<Option<_>>()
            .ok_or("a delay of a matrix is at most 42 s one way")?;
        let least = units.iter().copied().min().unwrap_or(0);
        Ok(Self { rows, units, least })
    }

    /// How many hosts were measured.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The delay from `from` to `to`, one way.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn delay(&self, from: u32, to: u32) -> Span {
        let unit = self.units[from as usize * self.rows + to as usize];
        Span::from_nanos(u64::from(unit) * UNIT)
    }

    /// The least of all delays.
    pub fn least(&self) -> Span {
        Span::from_nanos(u64::from(self.least) * UNIT)
    }
}
