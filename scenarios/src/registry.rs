//! The protocols a binary knows, by name.
//!
//! An outsider's binary takes [`Registry::builtin`], registers its own and calls
//! [`cli_main`](crate::cli_main): `list`, `explain`, `check` and every error message then know it too.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::plan::{Plan, ProtocolPlan};
use crate::run::{Job, Judging, Outcome, Stopped, Watch, drive};
use crate::{chord, hivemind, kademlia, walk};
use dhtlab_core::protocol::Protocol;
use dhtlab_core::world::World;
use dhtlab_protocols::params::{FieldInfo, ParamError, ParamValue, Preset, Tunable};

/// A named set of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresetInfo {
    /// Its name in scenario files.
    pub name: &'static str,
    /// What it models, one sentence.
    pub doc: &'static str,
    /// Where its values come from.
    pub source: &'static str,
}

/// What a run of a protocol roughly costs, for the estimate before a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// Memory of one node's state, all in.
    pub bytes_per_node: u64,
    /// RPCs that one lookup sends where every peer answers.
    pub rpcs_per_lookup: f64,
    /// How many times as many it sends where nodes come and go, and silent peers hold it up.
    pub rpcs_under_churn: f64,
    /// Events for one RPC: the request, the reply, and what else it causes.
    pub events_per_rpc: f64,
    /// Memory of a node that is busy with its upkeep, more than of one at rest.
    pub busy_bytes: u64,
    /// Lookups that a node makes for its own upkeep, per hour.
    pub upkeep_lookups_per_hour: f64,
    /// Lookups that a node makes to find its place.
    pub lookups_per_join: f64,
}

impl Costs {
    /// A guess for a protocol that nobody has measured: a small node whose searches take a request for each
    /// doubling of the network.
    pub fn guess(nodes: u64) -> Self {
        Self {
            bytes_per_node: 2_000,
            rpcs_per_lookup: f64::from(nodes.max(2).ilog2()),
            rpcs_under_churn: 2.0,
            events_per_rpc: 3.0,
            busy_bytes: 2_000,
            upkeep_lookups_per_hour: 0.0,
            lookups_per_join: 1.0,
        }
    }
}

/// A protocol whose searches can be judged: all that a scenario must know of it besides its parameters.
pub trait Judged: Protocol<Params: Tunable + fmt::Debug> + 'static {
    /// What its searches have to find.
    fn judging(params: &Self::Params) -> Judging;
}

/// The parameters of some protocol, ready to be changed by name. Every [`Tunable`] is one.
pub trait Knobs: fmt::Debug {
    /// The value of `name`; `None` when there is no such parameter.
    fn value(&self, name: &str) -> Option<ParamValue>;

    /// Changes the parameter `name`.
    ///
    /// # Errors
    /// When there is none, or the value is out of its range.
    fn change(&mut self, name: &str, value: ParamValue) -> Result<(), ParamError>;

    /// Checks the parameters against each other.
    ///
    /// # Errors
    /// All violations at once.
    fn verify(&self) -> Result<(), Vec<ParamError>>;
}

impl<T: Tunable + fmt::Debug> Knobs for T {
    fn value(&self, name: &str) -> Option<ParamValue> {
        self.get(name)
    }

    fn change(&mut self, name: &str, value: ParamValue) -> Result<(), ParamError> {
        self.set(name, value)
    }

    fn verify(&self) -> Result<(), Vec<ParamError>> {
        self.validate()
    }
}

/// What a runner is given besides the parameters.
pub struct RunInput<'a> {
    /// The world.
    pub world: &'a Arc<World>,
    /// What to do; the runner fills in how searches are judged.
    pub job: Job,
    /// Watches.
    pub watch: Watch<'a>,
}

impl fmt::Debug for RunInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunInput").field("job", &self.job).finish_non_exhaustive()
    }
}

/// What not every protocol can do. A scenario that asks for it is refused to those that cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// Start with a table as an ideal join would have left it.
    Warm,
    /// Store records and read them.
    Store,
    /// Remove records.
    Delete,
    /// Answer range queries.
    Range,
    /// Store and read many records at once, several below one key.
    Batch,
}

impl Ability {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Warm, Self::Store, Self::Delete, Self::Range, Self::Batch];

    /// What it is to be able to.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Warm => "start warm",
            Self::Store => "store and read records",
            Self::Delete => "remove records",
            Self::Range => "answer range queries",
            Self::Batch => "store and read many records at once",
        }
    }
}

/// A protocol as scenarios see it.
#[derive(Clone, Debug)]
pub struct ProtocolEntry {
    /// Its name after `use =`.
    pub name: &'static str,
    /// What it is, one sentence.
    pub doc: &'static str,
    /// Where it is described.
    pub source: &'static str,
    /// Its presets; the first is the default.
    pub presets: Vec<PresetInfo>,
    /// Its parameters.
    pub fields: &'static [FieldInfo],
    /// What it can do besides searches from a cold start.
    pub abilities: &'static [Ability],
    /// The parameters of a preset; `None` when there is no such preset.
    pub load: fn(&str) -> Option<Box<dyn Knobs>>,
    /// Runs it.
    pub run: fn(&ProtocolPlan, RunInput<'_>) -> Result<Outcome, Stopped>,
    /// What a run costs with these parameters and so many nodes.
    pub costs: fn(&dyn Knobs, u64) -> Costs,
    /// Mean hops of a lookup with these parameters among so many nodes, when nobody comes or goes and every
    /// table is full, by published theory; `None` where there is none.
    pub hops: fn(&dyn Knobs, u64) -> Option<f64>,
    /// What a reader must know before trusting a number of a run with these parameters, one sentence
    /// each.
    pub warnings: fn(&dyn Knobs, &Plan) -> Vec<String>,
}

/// The parameters of `plan`, typed; `None` when it is not a plan of their protocol.
pub fn params<T: Tunable>(plan: &ProtocolPlan) -> Option<T> {
    let mut params = Preset::<T>::find(&plan.preset)?.params();
    for (name, value) in &plan.overrides {
        params.set(name, value.clone()).ok()?;
    }
    Some(params)
}

impl ProtocolEntry {
    /// The entry of `P`, with [guessed](Costs::guess) costs and nothing but searches from a cold start. What a
    /// protocol can do or knows better is said by the fields of the entry.
    ///
    /// # Panics
    /// Not here; its `run` does when the plan is of another protocol.
    pub fn of<P: Judged>(doc: &'static str, source: &'static str) -> Self {
        let info = |preset: &Preset<P::Params>| PresetInfo {
            name: preset.name,
            doc: preset.summary,
            source: preset.source,
        };
        Self {
            name: P::NAME,
            doc,
            source,
            presets: P::Params::presets().iter().map(info).collect(),
            fields: P::Params::fields(),
            abilities: &[],
            load: |name| Some(Box::new(Preset::<P::Params>::find(name)?.params()) as Box<dyn Knobs>),
            run: |plan, mut input| {
                let params =
                    params::<P::Params>(plan).expect("a plan has accepted parameters only");
                input.job.judging = P::judging(&params);
                drive::<P>(input.world, params, input.job, input.watch)
            },
            costs: |_, nodes| Costs::guess(nodes),
            hops: |_, _| None,
            warnings: |_, _| Vec::new(),
        }
    }

    /// Can it do this?
    pub fn can(&self, ability: Ability) -> bool {
        self.abilities.contains(&ability)
    }

    /// The names of its presets.
    pub fn preset_names(&self) -> Vec<&'static str> {
        self.presets.iter().map(|preset| preset.name).collect()
    }

    /// The parameters of `plan`, which is one of this protocol; `None` when it is not.
    pub fn knobs(&self, plan: &ProtocolPlan) -> Option<Box<dyn Knobs>> {
        let mut knobs = (self.load)(&plan.preset)?;
        for (name, value) in &plan.overrides {
            knobs.change(name, value.clone()).ok()?;
        }
        Some(knobs)
    }

    /// The parameter called `name`.
    pub fn field(&self, name: &str) -> Option<&'static FieldInfo> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Protocols in the order they were registered, which also fixes their colours in figures.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    entries: IndexMap<&'static str, ProtocolEntry>,
}

impl Registry {
    /// No protocols.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The protocols that come with dhtlab.
    pub fn builtin() -> Self {
        let mut registry = Self::empty();
        registry.register(kademlia::entry());
        registry.register(hivemind::entry());
        registry.register(chord::plain());
        registry.register(chord::learned());
        registry.register(walk::entry());
        registry
    }

    /// Adds a protocol.
    ///
    /// # Panics
    /// When its name is taken, it has no preset, or a preset cannot be loaded: that is a mistake in
    /// the calling program.
    pub fn register(&mut self, entry: ProtocolEntry) {
        assert!(!entry.presets.is_empty(), "{} has no preset", entry.name);
        for preset in &entry.presets {
            assert!((entry.load)(preset.name).is_some(), "{} does not load", preset.name);
        }
        let name = entry.name;
        assert!(self.entries.insert(name, entry).is_none(), "{name} is registered twice");
    }

    /// The protocol called `name`.
    pub fn get(&self, name: &str) -> Option<&ProtocolEntry> {
        self.entries.get(name)
    }

    /// All protocols, in order.
    pub fn iter(&self) -> impl Iterator<Item = &ProtocolEntry> {
        self.entries.values()
    }

    /// The names of all protocols, in order.
    pub fn names(&self) -> Vec<&'static str> {
        self.entries.keys().copied().collect()
    }
}
