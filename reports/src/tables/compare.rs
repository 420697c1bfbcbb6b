//! `compare.csv`: one row per point, pair of entries, phase, metric and statistic.

use std::io::{self, Write};

use super::row::{Cell, Table, cells};
use crate::compare::{Comparison, Row};

const HEADER: [&str; 30] = [
    "scenario",
    "metric",
    "phase",
    "base",
    "other",
    "n_pairs",
    "mean_base",
    "mean_other",
    "mean_diff",
    "ci_lo",
    "ci_hi",
    "rel_diff",
    "stat",
    "unit",
    "p",
    "p_holm",
    "method",
    "verdict",
    "missing",
    "rel_lo",
    "rel_hi",
    "point",
    "family",
    "n_base",
    "n_other",
    "missing_other",
    "unobserved",
    "higher_in",
    "lower_in",
    "pairing_gain",
];

/// Writes the table. Intervals are at 95 % and not adjusted; `p_holm` is adjusted over the rows of its
/// `family`, and `verdict` rests on it. `missing` counts the runs of both sides whose number is worse
/// than any, `missing_other` those of the other.
///
/// # Errors
/// What the writer says.
pub fn write(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, HEADER)?;
    for row in &comparison.rows {
        table.row(contract(comparison, row).into_iter().chain(further(row)))?;
    }
    table.finish()
}

/// The columns that scripts depend on.
fn contract<'a>(comparison: &'a Comparison, row: &'a Row) -> [Cell<'a>; 12] {
    cells![
        &comparison.scenario,
        &*row.metric,
        &*row.phase,
        &*row.base,
        &*row.other,
        row.n_pairs,
        row.mean_base,
        row.mean_other,
        row.mean_diff,
        row.interval.map(|interval| interval.0),
        row.interval.map(|interval| interval.1),
        row.relative.map(|relative| relative.share),
    ]
}

fn further(row: &Row) -> [Cell<'_>; 18] {
    let relative = row.relative.and_then(|relative| relative.interval);
    cells![
        &*row.stat,
        &*row.unit,
        row.p,
        row.p_holm,
        row.method.map_or("", |method| method.name()),
        row.verdict.name(),
        row.missing_base + row.missing_other,
        relative.map(|interval| interval.0),
        relative.map(|interval| interval.1),
        &*row.point,
        row.family.name(),
        row.n_base,
        row.n_other,
        row.missing_other,
        row.unobserved,
        row.higher_in,
        row.lower_in,
        row.pairing_gain,
    ]
}
