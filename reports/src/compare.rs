//! Comparisons: which of two protocols is better, by how much, and how sure that is.
//!
//! Two runs are a pair when they met the same world: same `world_id`, same seed, same point of the
//! sweep. Differences are taken within pairs; where there are none, the runs are independent samples.
//! Verdicts are given on p-values adjusted by Holm over the family that a row belongs to; intervals are
//! not adjusted, and every output says so. `docs/statistics.md` gives the reasons.

mod error;
mod judge;
mod key;
mod pairs;
mod row;
mod side;
mod text;
mod values;
mod verdict;

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::files::{ReportError, WrittenFile, write_whole};
use crate::recorded::Recorded;
use crate::stats::{CONFIDENCE, holm};
use crate::summary::Style;
use crate::tables;

pub use error::CompareError;
pub use row::Row;
use side::Side;
pub(crate) use text::tally;
pub use verdict::{Family, Method, Verdict};

/// A verdict is given when the adjusted p-value is below this.
pub const LEVEL: f64 = 1.0 - CONFIDENCE;

/// What to compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The side that the others are compared with, from 1; `None` is the first.
    pub base: Option<usize>,
    /// These metrics in all their statistics; the key metrics when there are none.
    pub metrics: Vec<String>,
    /// The phase of the key metrics; `None` is `measure`.
    pub phase: Option<String>,
}

/// Entries against a base, metric by metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The scenario's name; several are joined by ` / `.
    pub scenario: String,
    /// The confidence of every interval.
    pub confidence: f64,
    /// The phase of the key metrics.
    pub phase: String,
    /// The names of all sides, in order.
    pub sides: Vec<Arc<str>>,
    /// Which of them is the base, from 1.
    pub base: usize,
    /// One per point of the sweep, side, phase, metric and statistic, in this order.
    pub rows: Vec<Row>,
    /// What a reader must know: runs left out, samples instead of pairs.
    pub notices: Vec<String>,
}

impl Comparison {
    /// The entries of one folder against its first. Without a second entry there are no rows.
    pub fn of(recorded: &Recorded) -> Self {
        let (sides, left_out) = side::sides(&[("", recorded)]);
        Self::between(&[recorded], &sides, left_out, &Choice::default(), 0)
    }

    /// The entries of all folders, each with its name, against the first entry of the first folder.
    ///
    /// # Errors
    /// When there is nothing to compare.
    pub fn across(folders: &[(String, Recorded)]) -> Result<Self, CompareError> {
        Self::chosen(folders, &Choice::default())
    }

    /// The same with another base, other metrics or another phase.
    ///
    /// # Errors
    /// When there is nothing to compare, and when the choice names what is not there.
    pub fn chosen(folders: &[(String, Recorded)], choice: &Choice) -> Result<Self, CompareError> {
        let named: Vec<(&str, &Recorded)> =
            folders.iter().map(|(name, recorded)| (name.as_str(), recorded)).collect();
        let (sides, left_out) = side::sides(&named);
        let base = error::check(&named, &sides, choice)?;
        let recorded: Vec<&Recorded> = folders.iter().map(|folder| &folder.1).collect();
        let found = Self::between(&recorded, &sides, left_out, choice, base);
        if found.rows.is_empty() {
            return Err(CompareError::NothingInCommon { base: sides[base].label.to_string() });
        }
        Ok(found)
    }

    fn between(
        folders: &[&Recorded],
        sides: &[Side<'_>],
        mut notices: Vec<String>,
        choice: &Choice,
        base: usize,
    ) -> Self {
        let mut scenarios: Vec<&str> = folders.iter().map(|f| f.scenario.as_str()).collect();
        scenarios.dedup();
        if scenarios.len() > 1 {
            notices.push(format!(
                "the folders are of different scenarios: {}; a difference may be the scenario's",
                scenarios.join(", ")
            ));
        }
        let mut rows = Vec::new();
        for (nth, other) in sides.iter().enumerate().filter(|(nth, _)| *nth != base) {
            let between =
                judge::Between { base: &sides[base], other, numbers: (base + 1, nth + 1) };
            between.rows(choice, &mut rows, &mut notices);
        }
        decide(&mut rows);
        rows.sort_by(|a, b| a.place().cmp(&b.place()));
        Self {
            scenario: scenarios.join(" / "),
            confidence: CONFIDENCE,
            phase: key::phase(choice).to_owned(),
            sides: sides.iter().map(|side| side.label.clone()).collect(),
            base: base + 1,
            rows,
            notices,
        }
    }

    /// The rows of the table that a reader looks at first.
    pub fn key_rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.family == Family::Key)
    }

    /// The text for a terminal, at most [`crate::summary::WIDTH`] columns wide.
    pub fn text(&self, style: Style) -> String {
        text::render(self, style)
    }

    /// Writes `compare.csv` into the folder.
    ///
    /// # Errors
    /// Names the file; nothing of it remains.
    pub fn write_csv(&self, dir: &Path) -> Result<WrittenFile, ReportError> {
        write_whole(dir, "compare.csv", |out| tables::compare::write(self, out))
    }
}

/// How the intervals and verdicts of the key rows were made, in sentences.
pub fn how(comparison: &Comparison) -> String {
    text::how(comparison)
}

/// Adjusts the p-values of each family, and gives the verdicts.
fn decide(rows: &mut [Row]) {
    for family in [Family::Key, Family::Further] {
        let of_family = |row: &&mut Row| row.family == family;
        let p: Vec<Option<f64>> = rows.iter_mut().filter(of_family).map(|row| row.p).collect();
        for (row, p_holm) in rows.iter_mut().filter(of_family).zip(holm::adjust(&p)) {
            row.p_holm = p_holm;
            row.verdict = row.decided();
        }
    }
}
