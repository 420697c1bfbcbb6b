//! The plan: what will run, validated, with units and with every default spelled out.
//!
//! A plan is only ever handed out when the whole scenario was sound, so that nothing downstream has to
//! doubt it. Each part reads itself from what was written and writes itself back as it was understood.

pub mod churn;
pub mod clock;
pub mod expect;
pub mod fault;
pub mod files;
pub mod inputs;
pub mod keyset;
pub mod law;
pub mod links;
pub mod loss;
mod lower;
pub mod network;
pub mod output;
pub mod phase;
pub mod protocol;
pub mod role;
pub mod seeds;
pub mod sweep;
pub mod workload;

use std::cell::RefCell;
use std::sync::Arc;

use dhtlab_core::group::GroupSpec;
use dhtlab_core::time::Span;

pub use self::churn::ChurnPlan;
pub use self::expect::{Asked, ExpectPlan};
pub use self::files::Files;
pub use self::inputs::{Input, Inputs};
pub use self::network::NetworkPlan;
pub use self::output::OutputPlan;
pub use self::phase::PhasePlan;
pub use self::protocol::ProtocolPlan;
pub use self::sweep::Axis;
pub use self::workload::WorkloadPlan;
use crate::diag::{Diagnostic, Problem, Sink};
use crate::registry::Registry;
use crate::schema::{Item, Place, Section, Sources, scalar, units};

/// A scenario that is sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// The seeds, each a run of every protocol.
    pub seeds: Vec<u64>,
    /// Simulated length.
    pub duration: Span,
    /// The beginning that the phase `measure` leaves out.
    pub warmup: Span,
    /// How long the run goes on afterwards, so that operations under way can end.
    pub drain: Span,
    /// The network.
    pub network: NetworkPlan,
    /// Churn.
    pub churn: ChurnPlan,
    /// What nodes are asked to do.
    pub workload: WorkloadPlan,
    /// Named kinds of nodes with jobs of their own.
    pub roles: Vec<GroupSpec>,
    /// The protocols, each on the same world.
    pub protocols: Vec<ProtocolPlan>,
    /// Named stretches, with or without a fault.
    pub phases: Vec<PhasePlan>,
    /// What must hold in the end.
    pub expectations: Vec<ExpectPlan>,
    /// Parameters to be swept; empty when there is one point.
    pub sweep: Vec<Axis>,
    /// What is written.
    pub output: OutputPlan,
}

/// What readers of parts need to know beyond their own table.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where findings go.
    pub sink: &'a Sink,
    /// The protocols there are.
    pub registry: &'a Registry,
    /// Reads files the scenario names.
    pub files: &'a dyn Files,
    /// All texts; grows by files that have a fault.
    pub sources: &'a RefCell<Sources>,
    /// Length of the run, once it is known to be sound.
    pub duration: Option<Span>,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("duration", &self.duration).finish_non_exhaustive()
    }
}

impl Context<'_> {
    /// The text of the file that `item` names.
    fn load(&self, item: &Item, file: &str) -> Result<Arc<str>, Problem> {
        self.files.read(file).map_err(|reason| unreadable(item, file, reason))
    }

    /// The bytes of the file that `item` names.
    fn load_bytes(&self, item: &Item, file: &str) -> Result<Arc<[u8]>, Problem> {
        self.files.read_bytes(file).map_err(|reason| unreadable(item, file, reason))
    }

    /// The error for a fault inside `file`, shown in its own text.
    fn in_file(&self, item: &Item, file: &str, text: &str, fault: &files::FileFault) -> Problem {
        let source = self.sources.borrow_mut().add(file, text);
        let place = Place { source, start: fault.span.start, end: fault.span.end };
        let mut problem = Diagnostic::error(
            "E016",
            format!("`{file}` is not what it should be: {}", fault.reason),
        );
        // The finding is ordered by where the scenario names the file, and shows both.
        problem = problem.at(item.place, "named here");
        if text.is_empty() { problem } else { problem.with(place, "this") }
    }

    /// Reports that `name` may not stand beside `other`.
    pub(crate) fn excluded(&self, section: &Section<'_>, name: &str, other: &str, why: &str) {
        let message = format!("`{name}` cannot stand beside `{other}`: {why}");
        self.sink.report(
            Diagnostic::error("E019", message)
                .at(section.place_of(name), "remove this")
                .with(section.place_of(other), "or this"),
        );
    }

    /// A time before the end of the run.
    fn within_run(&self, item: &Item) -> Result<Span, Problem> {
        let at = scalar::any_span(item)?;
        match self.duration {
            Some(duration) if at >= duration => {
                Err(Diagnostic::error("E011", format!("{at} is not within the run"))
                    .at(item.place, format!("the run ends at {duration}"))
                    .help("make the run longer, or this earlier"))
            }
            _ => Ok(at),
        }
    }
}

fn unreadable(item: &Item, file: &str, reason: String) -> Problem {
    Diagnostic::error("E015", format!("the file `{file}` cannot be read"))
        .at(item.place, reason)
        .help("paths are relative to the scenario file")
}

/// The shortest and longest run.
const DURATION: std::ops::RangeInclusive<Span> = Span::from_millis(1)..=units::LONGEST;

impl Plan {
    /// Reads a whole scenario; sound only if nothing went into the sink.
    pub fn read(root: Section<'_>, mut context: Context<'_>) -> Self {
        read_schema(&root);
        let name = root.require("name", "\"my-scenario\"", read_name).unwrap_or_default();
        let description = root.read_or("description", String::new(), scalar::text);
        let seeds = seeds::read(&root, &context);
        let duration = root.require("duration", "\"2h\"", |item| scalar::span(item, &DURATION));
        context.duration = duration;
        let warmup = root.read_or("warmup", Span::ZERO, |item| read_warmup(item, &root, &context));
        let drain = root.read_or("drain", Span::from_mins(2), scalar::any_span);
        let network = root.section("network");
        if !root.has("network") {
            missing(&root, "network", "[network]\nnodes = 1_000");
        }
        let network = network.map(|section| NetworkPlan::read(section, &context));
        let churn = root.section("churn");
        let churn = churn.map_or(ChurnPlan::NONE, |section| ChurnPlan::read(section, &context));
        let workload = root.section("workload").map(|part| WorkloadPlan::read(part, &context));
        let workload = workload.unwrap_or_default();
        let roles = role::read_all(&root, &context);
        let protocols = protocol::read_all(&root, &context);
        let regions = network.as_ref().map(|network| network.links.regions());
        let phases = phase::read_all(&root, &context, regions.as_deref());
        let asked = Asked { workload: &workload, roles: &roles };
        let expectations = expect::read_all(&root, &context, &phases, &protocols, asked);
        let sweep =
            root.section("sweep").map(|part| sweep::read(part, &context)).unwrap_or_default();
        let usual = OutputPlan::usual(duration.unwrap_or(*DURATION.start()));
        let output = root.section("output").map_or(usual, |part| OutputPlan::read(part, usual));
        let plan = Self {
            name,
            description,
            seeds,
            duration: duration.unwrap_or(*DURATION.start()),
            warmup,
            drain,
            network: network.unwrap_or_else(NetworkPlan::placeholder),
            churn,
            workload,
            roles,
            protocols,
            phases,
            expectations,
            sweep,
            output,
        };
        if !context.sink.failed() {
            plan.check_whole(&root, &context);
        }
        root.finish();
        plan
    }

    /// What can only be said of the plan as a whole.
    fn check_whole(&self, root: &Section<'_>, context: &Context<'_>) {
        protocol::check_abilities(self, root, context);
        role::check_room(self, root, context);
        protocol::warn(self, root, context);
        let nodes = f64::from(u32::try_from(self.network.nodes).unwrap_or(u32::MAX));
        let operations = self.operations();
        if operations > OPERATIONS_MAX {
            let message =
                format!("about {operations:.0} operations are more than a run can number");
            context.sink.report(
                Diagnostic::error("E020", message)
                    .at(root.place_of("workload"), format!("at most {OPERATIONS_MAX:.0}"))
                    .help("ask less often, or for a shorter time"),
            );
        }
        let records = self.batch_records();
        if records > RECORDS_MAX {
            let message =
                format!("about {records:.0} announced records are more than a run can number");
            context.sink.report(
                Diagnostic::error("E020", message)
                    .at(root.place_of("role"), format!("at most {RECORDS_MAX:.0}"))
                    .help("announce less often, fewer blocks, or for a shorter time"),
            );
        }
        let hours = self.duration.as_secs_f64() / 3_600.0;
        let sessions = nodes * (1.0 + hours * self.churn.sessions_per_node_hour());
        if sessions > SESSIONS_MAX {
            let message = format!("about {sessions:.0} sessions are more than a run can number");
            context.sink.report(
                Diagnostic::error("E020", message)
                    .at(root.place_of("churn"), format!("at most {SESSIONS_MAX:.0}"))
                    .help("let sessions last longer, or the run be shorter"),
            );
        }
    }

    /// Operations expected in a run: those of the workload and those of roles.
    pub fn operations(&self) -> f64 {
        let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let (nodes, bootstrap) = (self.network.nodes, self.network.bootstrap_nodes);
        self.workload.operations(self.duration, number(nodes))
            + role::operations(&self.roles, self.duration, number(bootstrap))
    }

    /// Records that roles are expected to store in a run.
    pub fn batch_records(&self) -> f64 {
        let bootstrap = u32::try_from(self.network.bootstrap_nodes).unwrap_or(u32::MAX);
        role::records(&self.roles, self.duration, f64::from(bootstrap))
    }

    /// The scenario with every default spelled out, which reads back as the same plan.
    pub fn resolved(&self) -> String {
        let mut table = toml::Table::new();
        let mut put = |name: &str, value: toml::Value| table.insert(name.to_owned(), value);
        put("schema", toml::Value::Integer(SCHEMA));
        put("name", self.name.as_str().into());
        put("description", self.description.as_str().into());
        match self.seeds.as_slice() {
            [seed] => put("seed", whole(*seed)),
            many => put("seeds", seeds::resolved(many)),
        };
        put("duration", shown(&self.duration));
        put("warmup", shown(&self.warmup));
        put("drain", shown(&self.drain));
        put("network", self.network.resolved().into());
        put("churn", self.churn.resolved().into());
        put("workload", self.workload.resolved().into());
        put("output", self.output.resolved().into());
        let list = |tables: Vec<toml::Table>| -> toml::Value {
            toml::Value::Array(tables.into_iter().map(Into::into).collect())
        };
        if !self.roles.is_empty() {
            put("role", list(self.roles.iter().map(role::resolved).collect()));
        }
        put("protocol", list(self.protocols.iter().map(ProtocolPlan::resolved).collect()));
        if !self.phases.is_empty() {
            put("phase", list(self.phases.iter().map(PhasePlan::resolved).collect()));
        }
        if !self.expectations.is_empty() {
            put("expect", list(self.expectations.iter().map(ExpectPlan::resolved).collect()));
        }
        if !self.sweep.is_empty() {
            put("sweep", sweep::resolved(&self.sweep).into());
        }
        toml::to_string(&table).unwrap_or_else(|error| format!("# cannot be written: {error}\n"))
    }
}

/// The version of the scenario format.
pub const SCHEMA: i64 = 1;

/// Operations are numbered with 29 bits.
const OPERATIONS_MAX: f64 = 536_870_912.0;
/// Records of batches are numbered with 32 bits; half of that, for the estimate may be low.
const RECORDS_MAX: f64 = 2_147_483_648.0;
/// Sessions are numbered with 32 bits.
const SESSIONS_MAX: f64 = 4_294_967_295.0;

fn read_schema(root: &Section<'_>) {
    root.require("schema", "1", |item| {
        let version = scalar::count(item, &(0..=u64::MAX))?;
        if i64::try_from(version) == Ok(SCHEMA) {
            return Ok(());
        }
        Err(Diagnostic::error("E010", format!("schema {version} is not known"))
            .at(item.place, format!("this program reads schema {SCHEMA}"))
            .help("a newer file needs a newer dhtlab"))
    });
}

fn read_name(item: &Item) -> Result<String, Problem> {
    let name = scalar::text(item)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !name.is_empty() && name.len() <= 64 && name.chars().all(plain) && !name.starts_with('.') {
        return Ok(name);
    }
    Err(Diagnostic::error("E008", "a name is 1 to 64 letters, digits, `-`, `_` or `.`")
        .at(item.place, "it becomes the name of a folder")
        .help("put sentences into `description`"))
}

fn read_warmup(item: &Item, root: &Section<'_>, context: &Context<'_>) -> Result<Span, Problem> {
    let warmup = scalar::any_span(item)?;
    match context.duration {
        Some(duration) if warmup >= duration => {
            Err(Diagnostic::error("E011", "the warm-up leaves nothing to measure")
                .at(item.place, format!("permitted: less than the run, {duration}"))
                .with(root.place_of("duration"), "the run ends here")
                .help("shorten `warmup` or lengthen `duration`"))
        }
        _ => Ok(warmup),
    }
}

fn missing(root: &Section<'_>, name: &str, example: &str) {
    root.sink().report(
        Diagnostic::error("E003", format!("the scenario needs [{name}]"))
            .at(root.place(), format!("[{name}] is missing"))
            .help(format!("add\n{example}")),
    );
}

/// A whole number as TOML holds it.
fn whole(number: u64) -> toml::Value {
    toml::Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Anything as the string a user would write.
fn shown(value: &dyn ToString) -> toml::Value {
    toml::Value::String(value.to_string())
}
