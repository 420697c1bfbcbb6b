//! What is written besides the tables of every run.

use dhtlab_core::ratio::Ratio;
use dhtlab_core::time::Span;

use crate::run::Job;
use crate::schema::{Section, scalar, units};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputPlan {
    /// Time between readings of gauges, and the width of a bin over time.
    pub sample_every: Span,
    /// The share of operations that `lookups.csv` lists; figures count all of them.
    pub lookups: Ratio,
}

impl OutputPlan {
    /// What is written of a run of `duration` when the scenario does not say.
    pub fn usual(duration: Span) -> Self {
        Self { sample_every: Job::round_bin(duration), lookups: Ratio::ONE }
    }

    /// Reads `[output]`.
    pub fn read(section: Section<'_>, default: Self) -> Self {
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
