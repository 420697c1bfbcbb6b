//! Summary and figures, when the tables are written.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use dhtlab_reports::model::{Results, Run};
use dhtlab_reports::plot;
use dhtlab_reports::summary::{Style, Summary};

use crate::exit::Failure;

/// The rows of the runs of this program.
#[derive(Debug, Default)]
pub struct Rows(Mutex<Vec<Run>>);

impl Rows {
    /// Keeps the rows of finished runs.
    pub fn keep(&self, runs: Vec<Run>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(runs);
    }
}

/// What is printed at the end.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The table and what must be said about it.
    pub text: String,
    /// The same as data.
    pub json: serde_json::Value,
}

/// Draws the figures into `dir` and sums up; `order` names the runs as the scenario has them.
///
/// # Errors
/// Names the file that cannot be written.
pub fn build(dir: &Path, frame: &Results, rows: Rows, order: &[&str]) -> Result<Report, Failure> {
    let mut runs = rows.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    runs.sort_by_key(|run| order.iter().position(|id| *id == run.run_id));
    let all = Results { runs, ..frame.clone() };
    plot::write_figures(&all, dir).map_err(|error| Failure::Runtime(error.into()))?;
    let summary = Summary::of(&all);
    // Whoever prints it takes the bold type out where there is no terminal.
    let text = summary.text(Style::Ansi) + "\n";
    Ok(Report { text, json: serde_json::to_value(&summary).unwrap_or_default() })
}
