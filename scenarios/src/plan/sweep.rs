//! Sweeps: a grid of values for some parameters.

use crate::diag::Diagnostic;
use crate::schema::{Section, Value, set, tree};

/// One parameter of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Its path, as for `--set`.
    pub path: String,
    /// Its values, as they are written in TOML.
    pub values: Vec<String>,
}

/// The most points of a grid.
const POINTS_MAX: usize = 10_000;

/// Reads `[sweep]`. That each value is sound where it goes is checked by whoever has the document.
pub fn read(section: Section<'_>) -> Vec<Axis> {
    let mut axes = Vec::new();
    let mut points: usize = 1;
    for entry in &section.table().entries {
        section.allow(&entry.name);
        let problem = |message: &str| {
            Diagnostic::error("E004", message)
                .at(entry.item.place, format!("this is {}", entry.item.value.kind()))
                .help("such as \"protocol.k\" = [8, 16, 20]; the path stands in quotes")
        };
        let Value::Array(items) = &entry.item.value else {
            section.sink().report(problem("a sweep gives a list of values for a quoted path"));
            continue;
        };
        if items.is_empty() {
            section.sink().report(problem("this list of values is empty"));
            continue;
        }
        points = points.saturating_mul(items.len());
        let values = items.iter().map(|item| tree::written(&item.value)).collect();
        axes.push(Axis { path: entry.name.clone(), values });
    }
    if points > POINTS_MAX {
        let message = format!("a grid of {points} points: at most {POINTS_MAX}");
        section.sink().report(Diagnostic::error("E008", message).at(section.place(), "too many"));
    }
    section.finish();
    axes
}

/// As it is written in a scenario.
pub fn resolved(axes: &[Axis]) -> toml::Table {
    let list = |axis: &Axis| {
        let values = axis.values.iter().map(|value| set::toml_value(value));
        toml::Value::Array(values.collect())
    };
    axes.iter().map(|axis| (axis.path.clone(), list(axis))).collect()
}
