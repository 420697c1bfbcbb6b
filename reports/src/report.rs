//! A report: the summary and the figures, made from the tables of a results folder and from nothing else.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files::{ReportError, create_folder, write_whole};
use crate::plot::{self, Figure, Theme};
use crate::recorded::Recorded;
use crate::summary::Summary;

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
    /// The command that repeats the run.
    pub reproduce: String,
    /// What was expected, and what came of it.
    pub expectations: Vec<Expectation>,
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
    /// What the tables say.
    pub recorded: Recorded,
    /// The result in one screen.
    pub summary: Summary,
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
        let summary = Summary::of(&recorded, &about.notices);
        let figures = plot::figures(&recorded, theme)?;
        Ok(Self { recorded, summary, figures })
    }

    /// Writes what is to be seen into `dir`: figures into its folder `figures`.
    ///
    /// # Errors
    /// Names the file or folder.
    pub fn write(&self, dir: &Path) -> Result<(), ReportError> {
        let folder = dir.join("figures");
        create_folder(&folder)?;
        for figure in &self.figures {
            write_whole(&folder, figure.name, |out| out.write_all(figure.svg.as_bytes()))?;
        }
        Ok(())
    }
}
