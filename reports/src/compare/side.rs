//! The sides of a comparison: the entries of all folders, each with its complete runs by point.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::entry;
use crate::recorded::{Recorded, RecordedRun};

/// A protocol entry of a folder.
pub(super) struct Side<'a> {
    /// Its name, with the folder's where there are several.
    pub(super) label: Arc<str>,
    /// Its complete runs by point of the sweep, in the order of the folder. A scenario without a sweep
    /// has one point, and its name is empty.
    pub(super) points: Vec<(String, Vec<&'a RecordedRun>)>,
}

impl<'a> Side<'a> {
    /// All its runs.
    pub(super) fn runs(&self) -> impl Iterator<Item = &'a RecordedRun> {
        self.points.iter().flat_map(|(_, runs)| runs.iter().copied())
    }

    /// Its runs at that point.
    pub(super) fn at(&self, point: &str) -> Option<&[&'a RecordedRun]> {
        self.points.iter().find(|(name, _)| name == point).map(|(_, runs)| runs.as_slice())
    }
}

/// The sides in the order of the folders and of their entries, and a sentence on each run left out.
pub(super) fn sides<'a>(folders: &[(&str, &'a Recorded)]) -> (Vec<Side<'a>>, Vec<String>) {
    let mut found = Vec::new();
    let mut left_out = Vec::new();
    for (folder, recorded) in folders {
        let mut entries: Vec<u32> = recorded.runs.iter().map(|run| run.entry).collect();
        entries.sort_unstable();
        entries.dedup();
        for entry in entries {
            let runs = recorded.runs.iter().filter(|run| run.entry == entry);
            let label = |run: &RecordedRun| {
                let label = entry::label(&run.protocol, &run.variant, &IndexMap::new());
                if folders.len() > 1 { format!("{folder}: {label}") } else { label }
            };
            let mut side = Side { label: Arc::from(""), points: Vec::new() };
            for run in runs {
                if side.label.is_empty() {
                    side.label = label(run).into();
                }
                if run.status == "complete" {
                    put(&mut side, run);
                } else {
                    let (label, seed, status) = (&side.label, run.seed, &run.status);
                    left_out.push(format!("{label}, seed {seed} is left out: {status}"));
                }
            }
            found.push(side);
        }
    }
    (found, left_out)
}

fn put<'a>(side: &mut Side<'a>, run: &'a RecordedRun) {
    let axes: Vec<String> =
        run.point.iter().map(|(path, value)| format!("{path}={value}")).collect();
    let point = axes.join(" ");
    match side.points.iter_mut().find(|(name, _)| *name == point) {
        Some((_, runs)) => runs.push(run),
        None => side.points.push((point, vec![run])),
    }
}
