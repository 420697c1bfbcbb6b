//! From a report and what its manifest tells to what the page says.

use super::compared;
use super::content::{Content, Expectation, Fact, Figure, FigureData, PhaseRow};
use super::files;
use super::marks;
use crate::files::ReportError;
use crate::model::Interval;
use crate::num;
use crate::plot::{self, Theme};
use crate::report::Report;

impl Content {
    /// Everything that a report says.
    ///
    /// # Errors
    /// When a figure cannot be drawn.
    pub fn of_report(report: &Report) -> Result<Self, ReportError> {
        let about = &report.about;
        let narrow = plot::figures(&report.recorded, report.comparison.as_ref(), Theme::Narrow)?;
        let figures = report
            .figures
            .iter()
            .cloned()
            .zip(narrow)
            .map(|(wide, narrow)| Figure::of(wide, narrow.svg));
        let intervals = report.recorded.runs.first().map_or(&[][..], |run| &run.intervals);
        let mut content = Self {
            description: about.description.clone(),
            expectations: about.expectations.iter().map(expectation).collect(),
            phases: phases(intervals),
            scenario: marks::mark(&about.resolved, &about.overrides, &about.changes),
            reproduce: reproduce(&about.reproduce),
            version: about.version.clone(),
            environment: facts(report),
            not_modelled: about.not_modelled.clone(),
            files: files::listed(report.comparison.is_some()),
            ..Self::of(&report.summary, figures.collect())
        };
        if let Some(comparison) = &report.comparison {
            content.verdicts = compared::verdicts(comparison);
            content.comparisons = compared::rows(comparison);
            content.comparison_note = compared::note(comparison);
        }
        content.explain();
        Ok(content)
    }
}

impl Figure {
    /// A figure that was drawn, and the same drawn for a small screen; that one may be empty.
    pub fn of(wide: plot::Figure, narrow_svg: String) -> Self {
        Self {
            name: wide.name.to_owned(),
            title: wide.title.to_owned(),
            svg: wide.svg,
            narrow_svg,
            reading: wide.reading,
            count: wide.count,
            data: FigureData { columns: wide.data.columns, rows: wide.data.rows },
        }
    }
}

/// The command alone, without the word before it.
fn reproduce(line: &str) -> Vec<String> {
    let command = line.trim_start_matches("reproduce: ");
    Some(command).filter(|c| !c.is_empty()).map(str::to_owned).into_iter().collect()
}

/// What else decides the bytes, and how much was simulated.
fn facts(report: &Report) -> Vec<Fact> {
    let (about, runs) = (&report.about, &report.recorded.runs);
    let events: u64 = runs.iter().map(|run| run.events).sum();
    let facts = [
        ("Version", about.version.clone()),
        ("Scenario hash", about.scenario_hash.clone()),
        ("Digest of all runs", about.digest.clone()),
        ("Runs", num::grouped(runs.len() as u64)),
        ("Simulated events", num::grouped(events)),
    ];
    let said = facts.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(name, value)| Fact { name: name.to_owned(), value }).collect()
}

fn expectation(said: &crate::report::Expectation) -> Expectation {
    let of = if said.protocol.is_empty() { "every protocol" } else { &said.protocol };
    Expectation {
        text: format!("{}, of {of}.", said.text),
        held: said.met,
        value: if said.met { said.found.clone() } else { said.broken.join("; ") },
    }
}

fn phases(intervals: &[Interval]) -> Vec<PhaseRow> {
    let mut sorted: Vec<&Interval> = intervals.iter().collect();
    sorted
        .sort_by(|a, b| a.t_start_s.total_cmp(&b.t_start_s).then(a.t_end_s.total_cmp(&b.t_end_s)));
    let row = |interval: &Interval| PhaseRow {
        kind: interval.kind.clone(),
        label: interval.label.clone(),
        from: num::duration(interval.t_start_s),
        to: num::duration(interval.t_end_s),
    };
    sorted.into_iter().map(row).collect()
}
