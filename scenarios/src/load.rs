//! From a scenario's text to its plan, or to everything that is wrong with it.

use std::cell::RefCell;

use crate::diag::{Diagnostic, Sink};
use crate::experiment::Experiment;
use crate::grid::{self, Point, Source};
use crate::plan::{Context, Files, Input, Inputs, Plan};
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
    /// The points of its sweep; one where nothing is swept, none where there is an error.
    pub points: Vec<Point>,
    /// The files that the scenario reads.
    pub inputs: Vec<Input>,
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
        return Loaded {
            plan: None,
            points: Vec::new(),
            inputs: Vec::new(),
            found: sink.into_sorted(),
            sources,
            seed_given: false,
        };
    }
    let source = sources.add(request.name, text);
    let mut root = Table::parse(&sources, source, &sink);
    for change in request.changes {
        if let Err(problem) = set::apply(&mut root, change, &mut sources, registry) {
            sink.report(problem);
        }
    }
    let (sources, files) = (RefCell::new(sources), Inputs::new(files));
    let read = |root: &Table, sink: &Sink| read(root, source, registry, &files, &sources, sink);
    let plan = read(&root, &sink);
    let mut points = Vec::new();
    if !sink.failed() {
        let known = sink.so_far();
        let source = Source { root: &root, read: &read, registry, sink: &sink, known };
        points = grid::points(&plan, &source);
    }
    let sound = !sink.failed();
    let seed_given = root.get("seed").or(root.get("seeds")).is_some();
    let inputs = files.read_so_far();
    Loaded {
        plan: sound.then_some(plan),
        points: if sound { points } else { Vec::new() },
        inputs,
        found: sink.into_sorted(),
        sources: sources.into_inner(),
        seed_given,
    }
}

impl Loaded {
    /// What is ready to run; `None` when there is an error.
    pub fn experiment(&self) -> Option<Experiment> {
        let plan = self.plan.clone()?;
        Some(Experiment { plan, points: self.points.clone(), inputs: self.inputs.clone() })
    }
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
