//! What a figure shows, as a table for those who cannot see it.

use serde::Serialize;

use crate::num;
use crate::stats::Estimate;

/// A table: what is drawn, thinned where a curve has more points than anybody reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FigureData {
    /// Headings, with units.
    pub columns: Vec<String>,
    /// Rows as wide as the headings; an empty cell is missing.
    pub rows: Vec<Vec<String>>,
}

/// Rows that a table over time keeps, over all its lines.
const ROWS_MAX: usize = 240;

impl FigureData {
    pub(super) fn new(columns: &[&str]) -> Self {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        Self { columns, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

/// Every how many points of a line are kept, so that lines with so many points in all stay a table that
/// can be read.
pub(super) fn step(points: usize) -> usize {
    points.div_ceil(ROWS_MAX).max(1)
}

/// A number for people; empty when there is none.
pub(super) fn number(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| num::significant(value, 3))
}

/// A share as a percentage with one decimal.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

/// `0.95 ±0.01`, with the decimals of about three digits of the mean.
pub(super) fn estimate(estimate: Estimate) -> String {
    let decimals = num::decimals(estimate.mean, 3);
    let half = estimate.half_width.map_or(String::new(), |half| format!(" ±{half:.decimals$}"));
    format!("{:.decimals$}{half}", estimate.mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_lines_fit() {
        for points in [0, 1, 239, 240, 241, 5_000] {
            assert!(points / step(points) <= ROWS_MAX, "{points}");
        }
        assert_eq!(step(240), 1);
    }
}
