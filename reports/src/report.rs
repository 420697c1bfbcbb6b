//! A report: the summary and the figures, made from the tables of a results folder and from nothing else.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::compare::Comparison;
use crate::files::{ReportError, write_whole};
use crate::page::{self, Content};
use crate::plot::{self, Figure, Theme};
use crate::recorded::Recorded;
use crate::summary::{Style, Summary};

/// What no table holds. It stands in the manifest; a folder without one has a report all the same, which
/// says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// The scenario's name.
    pub scenario: String,
    /// The scenario's description.
    pub description: String,
    /// What a reader must know before trusting a number, one sentence each.
    pub notices: Vec<String>,
    /// The share of operations that `lookups.csv` lists, such as `1/100`; `1` is all.
    pub lookups_listed: String,
    /// The scenario with every default spelled out.
    pub resolved: String,
    /// Parameters that differ from their preset, such as `protocol.2.alpha = 5`, by entry.
    pub overrides: Vec<String>,
    /// Changes made on the command line, such as `network.nodes=500`.
    pub changes: Vec<String>,
    /// What the simulator leaves out, one sentence each.
    pub not_modelled: Vec<String>,
    /// The command that repeats the run.
    pub reproduce: String,
    /// What was expected, and what came of it.
    pub expectations: Vec<Expectation>,
    /// Runs that are missing, one sentence each.
    pub missing: Vec<String>,
    /// The hash of the scenario, in hex.
    pub scenario_hash: String,
    /// One digest over all runs.
    pub digest: String,
    /// The version of the program that ran it.
    pub version: String,
    /// The program that ran it.
    pub program: String,
}

/// What was expected, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Expectation {
    /// What was expected, such as `lookup.success_ratio (ratio) in phase censor, at least 0.95`.
    pub text: String,
    /// Of which protocol entry; empty for every one.
    pub protocol: String,
    /// Did it hold?
    pub met: bool,
    /// Where it did not hold, and what was found, one sentence each.
    pub broken: Vec<String>,
    /// Where it holds, what was found nearest to its bounds.
    pub found: String,
}

impl About {
    /// Of a folder whose manifest says nothing, for that reason.
    pub fn unknown(reason: &str) -> Self {
        let said = format!(
            "{reason}: the description, the resolved scenario, its notices, its expectations and how to \
             repeat it are not known; tables and figures are whole"
        );
        Self { notices: vec![said], ..Self::default() }
    }
}

/// All that is shown of a results folder.
#[derive(Clone, Debug)]
pub struct Report {
    /// What no table says.
    pub about: About,
    /// What the tables say.
    pub recorded: Recorded,
    /// The result in one screen.
    pub summary: Summary,
    /// The entries against the first of them; `None` where there is one only.
    pub comparison: Option<Comparison>,
    /// Every figure that has data.
    pub figures: Vec<Figure>,
}

/// Makes the report of a folder with tables, and writes its figures there.
///
/// # Errors
/// When a table cannot be read, with every fault of all of them, or a figure cannot be drawn or written.
pub fn build(dir: &Path, about: &About, theme: Theme) -> Result<Report, ReportError> {
    let report = Report::read(dir, about, theme)?;
    report.write(dir)?;
    Ok(report)
}

impl Report {
    /// Makes the report of a folder with tables, and writes nothing.
    ///
    /// # Errors
    /// When a table cannot be read, or a figure cannot be drawn.
    pub fn read(dir: &Path, about: &About, theme: Theme) -> Result<Self, ReportError> {
        let recorded = Recorded::read(dir)?;
        let mut summary = Summary::of(&recorded, &about.notices);
        summary.incomplete.extend(about.missing.iter().cloned());
        let comparison = Some(Comparison::of(&recorded)).filter(|found| found.sides.len() > 1);
        let figures = plot::figures(&recorded, comparison.as_ref(), theme)?;
        Ok(Self { about: about.clone(), recorded, summary, comparison, figures })
    }

    /// Writes what is made from the tables into `dir`: `compare.csv`, figures in their folder, and
    /// `report.html`.
    ///
    /// # Errors
    /// Names the file or folder.
    pub fn write(&self, dir: &Path) -> Result<(), ReportError> {
        if let Some(comparison) = &self.comparison {
            comparison.write_csv(dir)?;
        }
        plot::write(&self.figures, dir)?;
        let page = page::render(&Content::of_report(self)?)?;
        write_whole(dir, page::NAME, |out| out.write_all(page.as_bytes()))?;
        Ok(())
    }

    /// The result in one screen: the summary, and what the comparison decides.
    pub fn text(&self, style: Style) -> String {
        let mut text = self.summary.text(style);
        let decided = |found: &&Comparison| found.key_rows().any(|row| row.p.is_some());
        if let Some(comparison) = self.comparison.as_ref().filter(decided) {
            text.push('\n');
            text.push_str(&comparison.text(style));
        }
        text
    }
}
