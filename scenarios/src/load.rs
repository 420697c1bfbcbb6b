//! From a scenario's text to its plan, or to everything that is wrong with it.

use std::cell::RefCell;

use crate::diag::{Diagnostic, Severity, Sink};
use crate::plan::{Context, Files, Plan};
use crate::registry::Registry;
use crate::schema::{Place, Section, Sources, Table, set};

/// What to load.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What users call the text: its path.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
    /// Changes, each `path=value`, in order.
    pub changes: &'a [String],
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The plan, when there is no error.
    pub plan: Option<Plan>,
    /// Every finding, in the order of the text.
    pub found: Vec<Diagnostic>,
    /// The texts that findings point into.
    pub sources: Sources,
    /// Did the scenario or a change name its seeds?
    pub seed_given: bool,
}

/// The longest scenario that is read, in bytes.
const TEXT_MAX: usize = 16 << 20;

/// Loads a scenario.
pub fn load(request: Request<'_>, registry: &Registry, files: &dyn Files) -> Loaded {
    let sink = Sink::default();
    let mut sources = Sources::default();
    let text = request.text.strip_prefix('\u{feff}').unwrap_or(request.text);
    if text.len() > TEXT_MAX {
        let source = sources.add(request.name, "");
        let message = format!("a scenario is at most {} MiB long", TEXT_MAX >> 20);
        let place = Place { source, start: 0, end: 0 };
        sink.report(Diagnostic::error("E001", message).at(place, "this file is longer"));
        return finish(None, sink, sources, false);
    }
    let source = sources.add(request.name, text);
    let mut root = Table::parse(&sources, source, &sink);
    for change in request.changes {
        if let Err(problem) = set::apply(&mut root, change, &mut sources, registry) {
            sink.report(problem);
        }
    }
    let sources = RefCell::new(sources);
    let plan = read(&root, source, registry, files, &sources, &sink);
    if !sink.failed() {
        check_sweep(&plan, &root, source, registry, files, &sources, &sink);
    }
    let seed_given = root.get("seed").or(root.get("seeds")).is_some();
    finish(Some(plan), sink, sources.into_inner(), seed_given)
}

fn read(
    root: &Table,
    source: usize,
    registry: &Registry,
    files: &dyn Files,
    sources: &RefCell<Sources>,
    sink: &Sink,
) -> Plan {
    let place = Place { source, start: 0, end: 0 };
    let section = Section::new("the scenario", root, place, sink);
    Plan::read(section, Context { sink, registry, files, sources, duration: None })
}

/// Is each value of each axis sound where it goes? One at a time: the grid may be large.
fn check_sweep(
    plan: &Plan,
    root: &Table,
    source: usize,
    registry: &Registry,
    files: &dyn Files,
    sources: &RefCell<Sources>,
    sink: &Sink,
) {
    let mut single = root.clone();
    single.entries.retain(|entry| entry.name != "sweep");
    for axis in &plan.sweep {
        for value in &axis.values {
            let mut point = single.clone();
            let change = format!("{}={value}", axis.path);
            let applied = set::apply(&mut point, &change, &mut sources.borrow_mut(), registry);
            if let Err(problem) = applied {
                sink.report(problem);
                continue;
            }
            let trial = Sink::default();
            read(&point, source, registry, files, sources, &trial);
            for found in trial.into_sorted() {
                if found.severity == Severity::Error {
                    sink.report(Box::new(found).help(format!("from [sweep]: {change}")));
                }
            }
        }
    }
}

fn finish(plan: Option<Plan>, sink: Sink, sources: Sources, seed_given: bool) -> Loaded {
    let plan = if sink.failed() { None } else { plan };
    Loaded { plan, found: sink.into_sorted(), sources, seed_given }
}
