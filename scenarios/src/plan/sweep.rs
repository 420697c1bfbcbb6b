//! Sweeps: a grid of values for some parameters.

use super::Context;
use crate::diag::Diagnostic;
use crate::registry::ProtocolEntry;
use crate::schema::{Entry, Section, Value, set, tree};

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

/// What names a scenario, or is judged or written after all runs, is the same at every point.
const FIXED: [&str; 8] =
    ["schema", "name", "description", "seed", "seeds", "sweep", "expect", "output"];

impl Axis {
    /// Does it vary anything of the protocol entry with this number, counted from 0? A parameter that the
    /// protocol does not have, or that another entry has, is nothing to it.
    pub fn concerns(&self, entry: usize, protocol: &ProtocolEntry) -> bool {
        let mut names = self.path.split('.');
        if names.next() != Some("protocol") {
            return true;
        }
        let Some(name) = names.next() else { return true };
        match name.parse::<usize>() {
            Ok(number) => number == entry + 1,
            Err(_) => name == "preset" || protocol.field(name).is_some(),
        }
    }

    /// Does its path name an entry by number?
    pub fn counts_entries(&self) -> bool {
        let number = self.path.strip_prefix("protocol.").and_then(|rest| rest.split('.').next());
        number.is_some_and(|number| number.parse::<usize>().is_ok())
    }
}

/// The path of an axis in its one way of writing it.
pub fn path(written: &str) -> String {
    written.split('.').map(str::trim).collect::<Vec<_>>().join(".")
}

/// A value as it stands in a column: text without quotes, anything else as in TOML.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => tree::written(other),
    }
}

/// Reads `[sweep]`. That each value is sound where it goes is checked by whoever has the document.
pub fn read(section: Section<'_>, context: &Context<'_>) -> Vec<Axis> {
    let mut axes: Vec<Axis> = Vec::new();
    let mut points: usize = 1;
    for entry in &section.table().entries {
        section.allow(&entry.name);
        let Some(axis) = read_axis(entry, context) else { continue };
        if axes.iter().any(|other| other.path == axis.path) {
            let message = format!("`{}` is swept twice", axis.path);
            let problem = Diagnostic::error("E014", message).at(entry.name_place, "again here");
            context.sink.report(problem.help("put all its values into one list"));
            continue;
        }
        points = points.saturating_mul(axis.values.len());
        axes.push(axis);
    }
    if points > POINTS_MAX {
        let message = format!("a grid of {points} points: at most {POINTS_MAX}");
        context.sink.report(Diagnostic::error("E008", message).at(section.place(), "too many"));
    }
    section.finish();
    axes
}

fn read_axis(entry: &Entry, context: &Context<'_>) -> Option<Axis> {
    let problem = |message: &str| {
        Diagnostic::error("E004", message)
            .at(entry.item.place, format!("this is {}", entry.item.value.kind()))
            .help("such as \"protocol.k\" = [8, 16, 20]; the path stands in quotes")
    };
    let path = path(&entry.name);
    let names: Vec<&str> = path.split('.').collect();
    let of_entry = names[0] == "protocol" && names.iter().any(|n| ["use", "label"].contains(n));
    if FIXED.contains(&names[0]) || of_entry {
        let message = format!("`{path}` cannot be swept");
        let problem = Diagnostic::error("E027", message).at(entry.name_place, "same at all points");
        context.sink.report(match names[0] {
            "seed" | "seeds" => problem.help("every point is run under all `seeds` anyway"),
            "protocol" => problem.help("write one [[protocol]] for each"),
            _ => problem.help("sweep what decides a run: network, churn, workload, parameters ..."),
        });
        return None;
    }
    let Value::Array(items) = &entry.item.value else {
        context.sink.report(problem("a sweep gives a list of values for a quoted path"));
        return None;
    };
    if items.is_empty() {
        context.sink.report(problem("this list of values is empty"));
        return None;
    }
    let values: Vec<String> = items.iter().map(|item| tree::written(&item.value)).collect();
    for (later, item) in items.iter().enumerate() {
        if let Some(earlier) = values[..later].iter().position(|value| *value == values[later]) {
            let message = format!("{} is there twice", values[later]);
            let problem = Diagnostic::error("E014", message).at(item.place, "again here");
            context.sink.report(problem.with(items[earlier].place, "the first"));
            return None;
        }
    }
    Some(Axis { path, values })
}

/// As it is written in a scenario.
pub fn resolved(axes: &[Axis]) -> toml::Table {
    let list = |axis: &Axis| {
        let values = axis.values.iter().map(|value| set::toml_value(value));
        toml::Value::Array(values.collect())
    };
    axes.iter().map(|axis| (axis.path.clone(), list(axis))).collect()
}
