//! From a report and what its manifest tells to what the page says.

use super::content::{Content, Expectation, Figure, FigureData, PhaseRow};
use super::marks;
use crate::files::ReportError;
use crate::model::Interval;
use crate::num;
use crate::plot::{self, Theme};
use crate::report::{About, Report};

impl Content {
    /// Everything that a report and its manifest say; comparisons, what is not modelled, and the files are
    /// the caller's to add, and then [`Content::explain`] completes the glossary.
    ///
    /// # Errors
    /// When a figure cannot be drawn.
    pub fn of_report(report: &Report, about: &About) -> Result<Self, ReportError> {
        let wide = plot::figures(&report.recorded, Theme::Default)?;
        let narrow = plot::figures(&report.recorded, Theme::Narrow)?;
        let figures =
            wide.into_iter().zip(narrow).map(|(wide, narrow)| Figure::of(wide, narrow.svg));
        let intervals = report.recorded.runs.first().map_or(&[][..], |run| &run.intervals);
        let mut content = Self {
            description: about.description.clone(),
            expectations: about.expectations.iter().map(expectation).collect(),
            phases: phases(intervals),
            scenario: marks::mark(&about.resolved, &about.overrides, &about.changes),
            reproduce: Some(about.reproduce.clone())
                .filter(|r| !r.is_empty())
                .into_iter()
                .collect(),
            version: about.version.clone(),
            ..Self::of(&report.summary, figures.collect())
        };
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

fn expectation(said: &crate::report::Expectation) -> Expectation {
    let of = if said.protocol.is_empty() { "every protocol" } else { &said.protocol };
    Expectation {
        text: format!("{}, of {of}.", said.text),
        held: said.met,
        value: if said.met { "it holds.".to_owned() } else { said.broken.join("; ") },
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
