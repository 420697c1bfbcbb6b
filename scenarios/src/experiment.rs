//! An experiment: every protocol entry at every point of the sweep under every seed, as a list of runs.

use std::collections::BTreeSet;

use dhtlab_reports::columns::Columns;
use dhtlab_reports::scope::Scope;
use indexmap::IndexMap;

use crate::estimate::{self, Estimate};
use crate::exit::Failure;
use crate::grid::Point;
use crate::plan::{ExpectPlan, Input, OutputPlan, Plan, ProtocolPlan};
use crate::registry::{Ability, ProtocolEntry, Registry};
use crate::results_dir::scenario_hash;
use crate::suggest;

/// A scenario that is ready to run.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The scenario, without any point's values.
    pub plan: Plan,
    /// The points of the sweep; one where nothing is swept.
    pub points: Vec<Point>,
    /// The files it reads.
    pub inputs: Vec<Input>,
}

/// A protocol entry at a point, both counted from 0: as many runs as there are seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Which protocol entry.
    pub entry: usize,
    /// Which point.
    pub point: usize,
}

/// One run that is to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// 12 hex digits of its content key.
    pub run_id: String,
    /// 12 hex digits of what decides its world, the seed apart.
    pub world_id: String,
    /// Where it belongs.
    pub cell: Cell,
    /// Its seed.
    pub seed: u64,
    /// What it will cost.
    pub estimate: Estimate,
}

/// The entries at the points, by entry and point; an entry that an axis does not concern stands once for
/// all its values, at the first.
pub(crate) fn cells(plan: &Plan, points: &[Point], registry: &Registry) -> Vec<Cell> {
    let mut found = Vec::new();
    for (entry, protocol) in plan.protocols.iter().enumerate() {
        let Some(known) = registry.get(&protocol.protocol) else { continue };
        let mut seen = BTreeSet::new();
        for (number, point) in points.iter().enumerate() {
            if seen.insert(values(plan, point, entry, known).into_values().collect::<Vec<_>>()) {
                found.push(Cell { entry, point: number });
            }
        }
    }
    found
}

/// The values of a point for one entry; empty where it does not have what is varied.
fn values(
    plan: &Plan,
    point: &Point,
    entry: usize,
    known: &ProtocolEntry,
) -> IndexMap<String, String> {
    let value = |(path, value): (&String, &String)| {
        let mut axes = plan.sweep.iter().filter(|axis| axis.path == *path);
        let concerned = axes.any(|axis| axis.concerns(entry, known));
        (path.clone(), if concerned { value.clone() } else { String::new() })
    };
    point.values.iter().map(value).collect()
}

/// The plan of one entry alone, without what only judges or groups its runs.
pub(crate) fn alone(plan: &Plan, entry: usize) -> Plan {
    let mut alone = plan.clone();
    alone.protocols = plan.protocols.get(entry).cloned().into_iter().collect();
    alone.expectations.clear();
    alone.sweep.clear();
    alone
}

/// A point as people read it: `protocol.k=8, network.nodes=1000`; empty for the only one.
pub(crate) fn say(values: &IndexMap<String, String>) -> String {
    let set = values.iter().filter(|(_, value)| !value.is_empty());
    set.map(|(path, value)| format!("{path}={value}")).collect::<Vec<_>>().join(", ")
}

impl Experiment {
    /// A plan in which nothing is swept.
    pub fn single(plan: &Plan) -> Self {
        let point = Point { values: IndexMap::new(), plan: plan.clone() };
        Self { plan: plan.clone(), points: vec![point], inputs: Vec::new() }
    }

    /// The hash of everything that decides its results.
    pub fn hash(&self) -> String {
        scenario_hash(&(self.plan.resolved() + &self.inputs_text()))
    }

    /// Nothing where no file is read.
    fn inputs_text(&self) -> String {
        let line = |Input { path, hash }: &Input| ["\n", path, " ", hash].concat();
        self.inputs.iter().map(line).collect()
    }

    /// The entries at the points, by entry and point.
    pub fn cells(&self, registry: &Registry) -> Vec<Cell> {
        cells(&self.plan, &self.points, registry)
    }

    /// Every run, by entry, point and seed.
    pub fn tasks(&self, registry: &Registry) -> Vec<Task> {
        let mut tasks = Vec::new();
        let inputs = self.inputs_text();
        let key = |text: String| {
            scenario_hash(&format!("{}\n{text}{inputs}", env!("CARGO_PKG_VERSION")))[..12]
                .to_owned()
        };
        for cell in self.cells(registry) {
            let plan = &self.points[cell.point].plan;
            let mut alone = alone(plan, cell.entry);
            let world_id = key(world(plan).resolved());
            let estimate = estimate::of_run(plan, &plan.protocols[cell.entry], registry);
            for seed in &self.plan.seeds {
                alone.seeds = vec![*seed];
                let run_id = key(alone.resolved());
                let world_id = world_id.clone();
                tasks.push(Task { run_id, world_id, cell, seed: *seed, estimate });
            }
        }
        tasks
    }

    /// The plan that runs in `cell`.
    pub fn plan_at(&self, cell: Cell) -> &Plan {
        &self.points[cell.point].plan
    }

    /// The protocol that runs in `cell`.
    pub fn protocol_at(&self, cell: Cell) -> &ProtocolPlan {
        &self.plan_at(cell).protocols[cell.entry]
    }

    /// The values of the sweep in `cell`; empty where the entry does not have what is varied.
    pub fn values_at(&self, cell: Cell, registry: &Registry) -> IndexMap<String, String> {
        let known = registry.get(&self.protocol_at(cell).protocol);
        let point = &self.points[cell.point];
        known.map(|known| values(&self.plan, point, cell.entry, known)).unwrap_or_default()
    }

    /// How an entry is called in results: by its label where the user gave one, else by preset and
    /// overrides. What is swept is no part of the name.
    pub fn name_of(&self, entry: usize) -> String {
        let protocol = &self.plan.protocols[entry];
        let variant = |entry: usize| {
            let mut fixed = self.plan.protocols[entry].clone();
            fixed.overrides.retain(|name, _| !self.sweeps(entry, name));
            fixed.variant()
        };
        let own = variant(entry);
        let same = |other: &usize| {
            variant(*other) == own && self.plan.protocols[*other].protocol == protocol.protocol
        };
        let alone = (0..self.plan.protocols.len()).filter(same).count() == 1;
        if alone && protocol.label.starts_with(&protocol.protocol) {
            own
        } else {
            protocol.label.clone()
        }
    }

    fn sweeps(&self, entry: usize, name: &str) -> bool {
        let paths = [format!("protocol.{name}"), format!("protocol.{}.{name}", entry + 1)];
        self.plan.sweep.iter().any(|axis| paths.contains(&axis.path))
    }

    /// The expectations, with protocol entries under the names they have in results.
    pub fn expectations(&self) -> Vec<ExpectPlan> {
        let named = |expect: &ExpectPlan| {
            let name = |label: &String| {
                let entry = self.plan.protocols.iter().position(|entry| entry.label == *label);
                entry.map_or_else(|| label.clone(), |entry| self.name_of(entry))
            };
            ExpectPlan { protocol: expect.protocol.as_ref().map(name), ..expect.clone() }
        };
        self.plan.expectations.iter().map(named).collect()
    }

    /// What columns its tables have, whatever the runs turn out to do.
    pub fn columns(&self, registry: &Registry) -> Columns {
        let any = |ask: fn(&Plan) -> bool| self.points.iter().any(|point| ask(&point.plan));
        let ranges = any(|plan| plan.workload.ranges.is_some());
        let entries = self.plan.protocols.iter().filter_map(|one| registry.get(&one.protocol));
        let scope = Scope {
            ranges,
            batches: any(|plan| {
                plan.roles.iter().any(|role| role.announce.is_some() || role.watch.is_some())
            }),
            ordered: ranges
                || any(|plan| plan.workload.deletes.is_some())
                || entries.into_iter().any(|entry| entry.can(Ability::Range)),
        };
        let protocols = self.points.iter().flat_map(|point| &point.plan.protocols);
        let params = protocols.flat_map(|protocol| protocol.params.keys().cloned()).collect();
        let axes = self.plan.sweep.iter().map(|axis| axis.path.clone()).collect();
        Columns { scope, params, axes }
    }

    /// Keeps only the protocol entries that `wanted` names; all of them when it is empty.
    ///
    /// # Errors
    /// When a name is unknown, or the sweep counts entries.
    pub fn select(mut self, wanted: &[String], registry: &Registry) -> Result<Self, Failure> {
        if wanted.is_empty() {
            return Ok(self);
        }
        let called = |entry: &ProtocolPlan, name: &String| {
            [&entry.label, &entry.protocol, &entry.preset].contains(&name)
        };
        for name in wanted {
            if !self.plan.protocols.iter().any(|entry| called(entry, name)) {
                let labels = self.plan.protocols.iter().map(|entry| entry.label.as_str());
                let help = vec![suggest::help(name, labels)];
                return Err(Failure::usage(format!("the scenario has no protocol `{name}`"), help));
            }
        }
        if let Some(axis) = self.plan.sweep.iter().find(|axis| axis.counts_entries()) {
            let message =
                format!("--protocol would renumber the entry that `{}` sweeps", axis.path);
            return Err(Failure::usage(message, vec!["take the axis out of [sweep]".to_owned()]));
        }
        let entries = self.plan.protocols.iter();
        let kept: Vec<bool> =
            entries.map(|entry| wanted.iter().any(|name| called(entry, name))).collect();
        keep(&mut self.plan, &kept);
        self.points.iter_mut().for_each(|point| keep(&mut point.plan, &kept));
        let left = self.plan.protocols.iter().filter_map(|one| registry.get(&one.protocol));
        let left: Vec<&ProtocolEntry> = left.collect();
        self.plan.sweep.retain(|axis| left.iter().any(|entry| axis.concerns(0, entry)));
        let axes = &self.plan.sweep;
        for point in &mut self.points {
            point.values.retain(|path, _| axes.iter().any(|axis| axis.path == *path));
        }
        Ok(self)
    }
}

/// Keeps the entries that are marked, and the expectations that speak of them.
fn keep(plan: &mut Plan, marked: &[bool]) {
    let mut marks = marked.iter();
    plan.protocols.retain(|_| marks.next().is_some_and(|mark| *mark));
    let labels: Vec<String> = plan.protocols.iter().map(|entry| entry.label.clone()).collect();
    plan.expectations.retain(|one| one.protocol.as_ref().is_none_or(|name| labels.contains(name)));
}

/// What all protocols meet under a seed: everything that decides the world, and the faults that strike it;
/// not what the scenario is called, what is expected, or what is written.
fn world(plan: &Plan) -> Plan {
    Plan {
        name: String::new(),
        description: String::new(),
        seeds: Vec::new(),
        protocols: Vec::new(),
        expectations: Vec::new(),
        sweep: Vec::new(),
        output: OutputPlan::usual(plan.duration),
        ..plan.clone()
    }
}
