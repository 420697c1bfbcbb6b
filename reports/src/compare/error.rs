//! Why nothing can be compared.

use std::collections::BTreeSet;

use super::Choice;
use super::key;
use super::side::Side;
use crate::phase::WHOLE_RUN;
use crate::recorded::Recorded;

/// Why nothing can be compared; each says the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// No complete run.
    #[error("{folder} holds no complete run; run the scenario to its end first")]
    Empty {
        /// The folder's name.
        folder: String,
    },
    /// One side only.
    #[error(
        "there is one protocol entry, {label}, and nothing to compare it with: name a second results \
        folder, or give the scenario a second [[protocol]]"
    )]
    Alone {
        /// The entry.
        label: String,
    },
    /// No side has that number.
    #[error("there is no entry number {base}; the entries are {}", sides.join(", "))]
    NoBase {
        /// The number asked for.
        base: usize,
        /// What there is, with numbers.
        sides: Vec<String>,
    },
    /// A metric that no run has.
    #[error("no run has a metric `{name}`; there are {}", known.join(", "))]
    NoMetric {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// A phase that no run has.
    #[error("no run has a phase `{name}`; there are {}", known.join(", "))]
    NoPhase {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// The others ran at other points of the sweep, or counted other things.
    #[error(
        "no other entry has a point of the sweep in common with {base}: compare folders that sweep the \
        same paths over the same values, or choose another base with --base"
    )]
    NothingInCommon {
        /// The base.
        base: String,
    },
}

/// The position of the base, when everything that the choice names is there.
pub(super) fn check(
    folders: &[(&str, &Recorded)],
    sides: &[Side<'_>],
    choice: &Choice,
) -> Result<usize, CompareError> {
    let complete = |recorded: &Recorded| recorded.runs.iter().any(|run| run.status == "complete");
    if let Some((name, _)) = folders.iter().find(|(_, recorded)| !complete(recorded)) {
        return Err(CompareError::Empty { folder: (*name).to_owned() });
    }
    match sides {
        [] => return Err(CompareError::Empty { folder: "the list of folders".to_owned() }),
        [one] => return Err(CompareError::Alone { label: one.label.to_string() }),
        _ => {}
    }
    let rows = || sides.iter().flat_map(Side::runs).flat_map(|run| &run.metrics);
    let known = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
    for name in &choice.metrics {
        if !rows().any(|row| *row.metric == **name) {
            let known = known(rows().map(|row| &*row.metric).collect());
            return Err(CompareError::NoMetric { name: name.clone(), known });
        }
    }
    let phase = key::phase(choice);
    if choice.phase.is_some() && !rows().any(|row| *row.phase == *phase) {
        let mut names: BTreeSet<&str> = rows().map(|row| &*row.phase).collect();
        names.remove(WHOLE_RUN);
        return Err(CompareError::NoPhase { name: phase.to_owned(), known: known(names) });
    }
    let base = choice.base.unwrap_or(1);
    if base == 0 || base > sides.len() {
        let numbered = (1..).zip(sides).map(|(nth, side)| format!("{nth}: {}", side.label));
        return Err(CompareError::NoBase { base, sides: numbered.collect() });
    }
    Ok(base - 1)
}
