//! The network: how many nodes, how they start, what lies between them.

use dhtlab_core::clock::ClockError;
use dhtlab_core::link::loss::Loss;
use dhtlab_core::link::model::LinkSpec;
use dhtlab_core::ratio::Ratio;
use dhtlab_core::time::Span;

use super::Context;
use super::links::LinksPlan;
use super::{clock, loss};
use crate::schema::{Section, scalar};

/// The network.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkPlan {
    /// Target population.
    pub nodes: u64,
    /// Nodes whose addresses a fresh installation ships with; they do not churn.
    pub bootstrap_nodes: u64,
    /// How tables are filled at the start.
    pub start: Start,
    /// Delays.
    pub links: LinksPlan,
    /// Losses.
    pub loss: Loss,
    /// Share of nodes that answer nobody, among those without a role.
    pub unreachable: Ratio,
    /// How wrong wall clocks are.
    pub clock_error: ClockError,
}

/// How the run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nodes join by messages, spread evenly over this time.
    Join {
        /// How long it takes until the last has begun.
        over: Span,
    },
    /// Tables as an ideal join would have left them; labelled in every output.
    Warm,
}

/// The names of ways to start.
pub const STARTS: [&str; 2] = ["join", "warm"];

/// The most nodes: node numbers have 32 bits, and rejoins under new identities need some.
pub const NODES_MAX: u64 = 1_000_000_000;

impl NetworkPlan {
    /// Reads `[network]`.
    pub fn read(section: Section<'_>, context: &Context<'_>) -> Self {
        let nodes = section.require("nodes", "1_000", |item| scalar::count(item, &(1..=NODES_MAX)));
        let most = nodes.unwrap_or(NODES_MAX);
        let bootstrap_nodes = section
            .read_or("bootstrap_nodes", most.min(8), |item| scalar::count(item, &(1..=most)));
        let start = section.read_or("start", "join", |item| scalar::choice(item, "start", &STARTS));
        let over = section.read("join_over", scalar::any_span);
        let start = if start == "warm" {
            if over.is_some() {
                context.excluded(&section, "join_over", "start", "a warm start has no joins");
            }
            Start::Warm
        } else {
            Start::Join { over: over.unwrap_or(Span::from_mins(10)) }
        };
        let plan = Self {
            nodes: nodes.unwrap_or(1),
            bootstrap_nodes,
            start,
            links: section
                .read_or("links", LinksPlan::default(), |item| LinksPlan::read(item, context)),
            loss: section.read_or("loss", Loss::None, |item| loss::read(item, context.sink)),
            unreachable: section.read_or("unreachable", Ratio::ZERO, scalar::share),
            clock_error: section
                .read_or("clock_error", ClockError::None, |item| clock::read(item, context.sink)),
        };
        section.finish();
        plan
    }

    /// Stands in for a network that could not be read, in a plan that nobody will see.
    pub(super) fn placeholder() -> Self {
        Self {
            nodes: 1,
            bootstrap_nodes: 1,
            start: Start::Warm,
            links: LinksPlan::default(),
            loss: Loss::None,
            unreachable: Ratio::ZERO,
            clock_error: ClockError::None,
        }
    }

    /// The links for the core.
    pub fn link_spec(&self) -> LinkSpec {
        LinkSpec { model: self.links.model(), jitter: self.links.jitter, loss: self.loss }
    }

    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        let mut put = |name: &str, value: toml::Value| table.insert(name.to_owned(), value);
        put("nodes", super::whole(self.nodes));
        put("bootstrap_nodes", super::whole(self.bootstrap_nodes));
        match self.start {
            Start::Join { over } => {
                put("start", "join".into());
                put("join_over", super::shown(&over));
            }
            Start::Warm => {
                put("start", "warm".into());
            }
        }
        put("unreachable", super::shown(&self.unreachable));
        put("clock_error", clock::resolved(self.clock_error));
        put("loss", loss::resolved(&self.loss));
        put("links", self.links.resolved().into());
        table
    }
}
