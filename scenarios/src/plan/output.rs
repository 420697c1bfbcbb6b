//! What is written besides the tables of every run.

use dhtlab_core::ratio::Ratio;
use dhtlab_core::time::Span;

use crate::schema::{Section, scalar, units};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputPlan {
    /// Time between readings of gauges, and the width of a bin over time.
    pub sample_every: Span,
    /// The share of operations that `lookups.csv` lists; figures count all of them.
    pub lookups: Ratio,
}

impl Default for OutputPlan {
    fn default() -> Self {
        Self { sample_every: Span::from_mins(1), lookups: Ratio::ONE }
    }
}

impl OutputPlan {
    /// Reads `[output]`.
    pub fn read(section: Section<'_>) -> Self {
        let default = Self::default();
        let range = Span::from_millis(100)..=units::LONGEST;
        let plan = Self {
            sample_every: section
                .read_or("sample_every", default.sample_every, |item| scalar::span(item, &range)),
            lookups: section.read_or("lookups", default.lookups, scalar::share),
        };
        section.finish();
        plan
    }

    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        table.insert("sample_every".to_owned(), super::shown(&self.sample_every));
        table.insert("lookups".to_owned(), super::shown(&self.lookups));
        table
    }
}
