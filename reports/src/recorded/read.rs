//! From a folder to what it says.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;

use super::error::{Faults, ReadError};
use super::rows::{KINDS, Kind};
use super::table::{Cells, Table, Words};
use super::{Recorded, RecordedRun, point};
use crate::tables::{lookups, runs};

/// What a `run_id` has to be.
const RUN: &str = "a run of runs.csv";
const FOREIGN: &str = "the table may be of another folder: put all tables of one run side by side";

impl Recorded {
    /// Reads the tables of the folder by the names of their columns; further columns are let be. Of
    /// `lookups.csv`, which may be long, only the header, the first row and the end are looked at.
    ///
    /// # Errors
    /// With every fault of every table, when one is missing, cut off, not a table of this kind, or has a
    /// cell that cannot be.
    pub fn read(dir: &Path) -> Result<Self, ReadError> {
        let mut faults = Faults::default();
        let (scenario, mut runs) = read_runs(dir, &mut faults);
        let sound = faults.is_empty();
        let places: BTreeMap<String, usize> =
            runs.iter().enumerate().map(|(at, run)| (run.run_id.clone(), at)).collect();
        for kind in &KINDS {
            // Rows of runs that could not be read would only repeat that fault.
            let known = sound.then_some(&places);
            read_rows(dir, kind, known, &mut runs, &mut faults);
        }
        match Table::open(dir, "lookups.csv", &lookups::HEADER) {
            Ok(table) => table.ends(&mut faults, |cells| {
                let run_id = cells.name();
                if sound && !places.contains_key(run_id) {
                    cells.wrong(run_id, RUN, FOREIGN);
                }
            }),
            Err(fault) => faults.add(*fault),
        }
        if let Some(error) = faults.into_error(dir) {
            return Err(error);
        }
        runs.sort_by(in_order);
        Ok(Self { scenario, runs })
    }
}

/// By entry, then by point of the sweep, then by seed.
fn in_order(a: &RecordedRun, b: &RecordedRun) -> Ordering {
    let points = || {
        let pairs = a.point.iter().zip(&b.point);
        pairs.map(|(a, b)| point::compare(a.1, b.1)).find(|order| order.is_ne())
    };
    let order = a.entry.cmp(&b.entry).then_with(|| points().unwrap_or(Ordering::Equal));
    order.then(a.seed.cmp(&b.seed)).then_with(|| a.run_id.cmp(&b.run_id))
}

fn read_rows(
    dir: &Path,
    kind: &Kind,
    known: Option<&BTreeMap<String, usize>>,
    runs: &mut [RecordedRun],
    faults: &mut Faults,
) {
    let table = match Table::open(dir, kind.file, kind.columns) {
        Ok(table) => table,
        Err(fault) => return faults.add(*fault),
    };
    let mut words = Words::default();
    // Rows of a run stand together.
    let mut last: Option<(String, usize)> = None;
    table.rows(faults, |cells| {
        let run_id = cells.name();
        let at = match (&last, known) {
            (Some((id, at)), _) if id == run_id => Some(*at),
            (_, Some(known)) => known.get(run_id).copied(),
            (_, None) => None,
        };
        match (at, known) {
            (Some(at), _) => last = Some((run_id.to_owned(), at)),
            (None, Some(_)) => cells.wrong(run_id, RUN, FOREIGN),
            (None, None) => {}
        }
        (kind.read)(cells, &mut words, at.and_then(|at| runs.get_mut(at)));
    });
}

/// The scenario's name, and the runs without their rows.
fn read_runs(dir: &Path, faults: &mut Faults) -> (String, Vec<RecordedRun>) {
    let table = match Table::open(dir, runs::FILE, &runs::HEADER) {
        Ok(table) => table,
        Err(fault) => {
            faults.add(*fault);
            return (String::new(), Vec::new());
        }
    };
    let columns = |prefix: &str| -> Vec<(String, usize)> {
        let named = table.header().iter().enumerate();
        named.filter_map(|(at, name)| Some((name.strip_prefix(prefix)?.to_owned(), at))).collect()
    };
    let (axes, params) = (columns(runs::SWEEP), columns(runs::PARAM));
    let mut scenario: Option<String> = None;
    let mut found: Vec<RecordedRun> = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    table.rows(faults, |cells| {
        let filled = |cells: &Cells<'_>, columns: &[(String, usize)]| {
            let one = |(name, at): &(String, usize)| (name.clone(), cells.at(*at).to_owned());
            columns.iter().map(one).filter(|(_, value)| !value.is_empty()).collect()
        };
        let run_id = cells.name().to_owned();
        if !ids.insert(run_id.clone()) {
            cells.wrong(&run_id, "every run once", FOREIGN);
        }
        let world_id = cells.name().to_owned();
        let name = cells.text().to_owned();
        if scenario.get_or_insert_with(|| name.clone()) != &name {
            let expected = format!("`{}` as above", scenario.as_deref().unwrap_or(""));
            cells.wrong(&name, &expected, FOREIGN);
        }
        let run = RecordedRun {
            run_id,
            world_id,
            entry: cells.count(),
            protocol: cells.name().to_owned(),
            variant: cells.text().to_owned(),
            seed: cells.count(),
            nodes: cells.count(),
            hops_theory: cells.number_opt(),
            sim_duration_s: cells.time(),
            events: cells.count(),
            digest: cells.text().to_owned(),
            status: cells.name().to_owned(),
            point: filled(cells, &axes),
            params: filled(cells, &params),
            ..RecordedRun::default()
        };
        if cells.sound() {
            found.push(run);
        }
    });
    (scenario.unwrap_or_default(), found)
}
