//! The workload: what nodes are asked to do.

use dhtlab_core::time::Span;

use super::Context;
use crate::diag::{Diagnostic, Problem};
use crate::schema::{Item, Section, Value, scalar, units};

/// The workload. What is `None` never happens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkloadPlan {
    /// Searches for the nodes closest to a key.
    pub lookups: Option<LookupsPlan>,
    /// Stores of fresh keys by random nodes.
    pub puts: Option<PutsPlan>,
    /// Reads of stored keys by random nodes.
    pub gets: Option<GetsPlan>,
    /// One burst of stores.
    pub publish: Option<PublishPlan>,
    /// Range queries.
    pub ranges: Option<RangesPlan>,
}

/// Poisson arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// Mean time between two.
    pub every: Span,
    /// Of each node that is up, or of the whole network.
    pub per: Per,
}

/// Whose arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Of each node that is up.
    Node,
    /// Of the whole network.
    Network,
}

/// What keys lookups are for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Targets {
    /// A fresh random key each time.
    Random,
    /// One of so many keys.
    Keys {
        /// How often each.
        popularity: Popularity,
        /// How many.
        keys: u64,
    },
}

/// How often each key is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Popularity {
    /// All alike.
    Uniform,
    /// The key of rank r in proportion to r^-exponent.
    Zipf {
        /// The exponent.
        exponent: f64,
    },
}

/// Searches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LookupsPlan {
    /// How often.
    pub arrivals: Arrivals,
    /// For what.
    pub targets: Targets,
}

/// Stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutsPlan {
    /// How often.
    pub arrivals: Arrivals,
    /// Length of a value.
    pub value_bytes: u64,
}

/// Reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GetsPlan {
    /// How often.
    pub arrivals: Arrivals,
    /// Which of the keys stored so far, rank 1 being the first.
    pub popularity: Popularity,
}

/// One burst of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishPlan {
    /// How many keys, each by a random node.
    pub keys: u64,
    /// When.
    pub at: Span,
    /// Length of a value.
    pub value_bytes: u64,
    /// How long after that the publishers crash for good; `None`: they stay as churn has it.
    pub publisher_leaves: Option<Span>,
}

/// Range queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangesPlan {
    /// How often.
    pub arrivals: Arrivals,
    /// How many stored keys a range covers.
    pub keys: u64,
}

/// The most keys a workload may speak of.
const KEYS_MAX: u64 = 100_000_000;
/// The largest value.
const VALUE_BYTES_MAX: u64 = 1 << 20;

impl WorkloadPlan {
    /// Reads `[workload]`.
    pub fn read(section: Section<'_>, context: &Context<'_>) -> Self {
        let plan = Self {
            lookups: section.section("lookups").and_then(read_lookups),
            puts: section.section("puts").and_then(read_puts),
            gets: section.section("gets").and_then(read_gets),
            publish: section.section("publish").and_then(|part| read_publish(part, context)),
            ranges: section.section("ranges").and_then(read_ranges),
        };
        let stores = section.has("puts") || section.has("publish");
        if section.has("gets") && !stores {
            context.sink.report(
                Diagnostic::warning(
                    "W001",
                    "gets without stores: every one of them will find nothing",
                )
                .at(section.place_of("gets"), "nothing is ever stored")
                .help("add `puts` or `publish`"),
            );
        }
        section.finish();
        plan
    }

    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        let mut put = |name: &str, value: toml::Table| table.insert(name.to_owned(), value.into());
        if let Some(lookups) = self.lookups {
            let mut part = lookups.arrivals.resolved();
            if let Targets::Keys { popularity, keys } = lookups.targets {
                let mut law = popularity.resolved();
                law.insert("keys".to_owned(), super::whole(keys));
                part.insert("popularity".to_owned(), law.into());
            }
            put("lookups", part);
        }
        if let Some(puts) = self.puts {
            let mut part = puts.arrivals.resolved();
            part.insert("value_bytes".to_owned(), super::whole(puts.value_bytes));
            put("puts", part);
        }
        if let Some(gets) = self.gets {
            let mut part = gets.arrivals.resolved();
            part.insert("popularity".to_owned(), gets.popularity.resolved().into());
            put("gets", part);
        }
        if let Some(publish) = self.publish {
            let mut part = toml::Table::new();
            part.insert("keys".to_owned(), super::whole(publish.keys));
            part.insert("at".to_owned(), super::shown(&publish.at));
            part.insert("value_bytes".to_owned(), super::whole(publish.value_bytes));
            let leaves = publish.publisher_leaves.map_or("never".to_owned(), |s| s.to_string());
            part.insert("publisher_leaves".to_owned(), leaves.into());
            put("publish", part);
        }
        if let Some(ranges) = self.ranges {
            let mut part = ranges.arrivals.resolved();
            part.insert("keys".to_owned(), super::whole(ranges.keys));
            put("ranges", part);
        }
        table
    }

    /// Operations expected over `duration` in a network of `nodes`.
    pub fn operations(&self, duration: Span, nodes: f64) -> f64 {
        let parts = [
            self.lookups.map(|part| part.arrivals),
            self.puts.map(|part| part.arrivals),
            self.gets.map(|part| part.arrivals),
            self.ranges.map(|part| part.arrivals),
        ];
        let poisson: f64 =
            parts.into_iter().flatten().map(|arrivals| arrivals.expected(duration, nodes)).sum();
        let burst = self.publish.map_or(0, |publish| publish.keys);
        poisson + f64::from(u32::try_from(burst).unwrap_or(u32::MAX))
    }
}

impl Arrivals {
    fn read(section: &Section<'_>) -> Option<Self> {
        let every = section.require("every", "\"10m\"", scalar::some_span);
        let per = section
            .read_or("per", "node", |item| scalar::choice(item, "per", &["node", "network"]));
        let per = if per == "network" { Per::Network } else { Per::Node };
        every.map(|every| Self { every, per })
    }

    fn resolved(self) -> toml::Table {
        let mut table = toml::Table::new();
        table.insert("every".to_owned(), super::shown(&self.every));
        let per = if self.per == Per::Node { "node" } else { "network" };
        table.insert("per".to_owned(), per.into());
        table
    }

    /// Arrivals expected over `duration` among `nodes`.
    pub fn expected(self, duration: Span, nodes: f64) -> f64 {
        let sources = if self.per == Per::Node { nodes } else { 1.0 };
        sources * duration.as_secs_f64() / self.every.as_secs_f64()
    }
}

impl Popularity {
    /// Reads `"uniform"` or `{ law = "zipf", ... }`; the keys too where `counted`.
    fn read(item: &Item, counted: bool, section: &Section<'_>) -> Result<(Self, u64), Problem> {
        const LAWS: [&str; 2] = ["uniform", "zipf"];
        if matches!(item.value, Value::Text(_)) && !counted {
            let law = scalar::choice(item, "popularity", &LAWS)?;
            let exponent = 0.9;
            return Ok((if law == "zipf" { Self::Zipf { exponent } } else { Self::Uniform }, 0));
        }
        let part = Section::of("popularity", item, section.sink())?;
        let law = part.require("law", "\"zipf\"", |item| scalar::choice(item, "popularity", &LAWS));
        let popularity = match law {
            Some("zipf") => {
                let range = 0.0..=10.0;
                let exponent = part.read_or("exponent", 0.9, |item| scalar::real(item, &range));
                Self::Zipf { exponent }
            }
            Some(_) => Self::Uniform,
            None => return Ok((Self::Uniform, 1)),
        };
        let keys = if counted {
            part.require("keys", "10_000", |item| scalar::count(item, &(1..=KEYS_MAX)))
        } else {
            None
        };
        part.finish();
        Ok((popularity, keys.unwrap_or(1)))
    }

    fn resolved(self) -> toml::Table {
        let mut table = toml::Table::new();
        match self {
            Self::Uniform => {
                table.insert("law".to_owned(), "uniform".into());
            }
            Self::Zipf { exponent } => {
                table.insert("law".to_owned(), "zipf".into());
                table.insert("exponent".to_owned(), exponent.into());
            }
        }
        table
    }
}

fn read_lookups(section: Section<'_>) -> Option<LookupsPlan> {
    let arrivals = Arrivals::read(&section);
    let popularity = section.read("popularity", |item| Popularity::read(item, true, &section));
    let targets =
        popularity.map_or(Targets::Random, |(popularity, keys)| Targets::Keys { popularity, keys });
    section.finish();
    arrivals.map(|arrivals| LookupsPlan { arrivals, targets })
}

fn value_bytes(section: &Section<'_>) -> u64 {
    section.read_or("value_bytes", 512, |item| scalar::size(item, &(1..=VALUE_BYTES_MAX)))
}

fn read_puts(section: Section<'_>) -> Option<PutsPlan> {
    let arrivals = Arrivals::read(&section);
    let value_bytes = value_bytes(&section);
    section.finish();
    arrivals.map(|arrivals| PutsPlan { arrivals, value_bytes })
}

fn read_gets(section: Section<'_>) -> Option<GetsPlan> {
    let arrivals = Arrivals::read(&section);
    let popularity = section.read("popularity", |item| Popularity::read(item, false, &section));
    let popularity = popularity.map_or(Popularity::Uniform, |(popularity, _)| popularity);
    section.finish();
    arrivals.map(|arrivals| GetsPlan { arrivals, popularity })
}

fn read_publish(section: Section<'_>, context: &Context<'_>) -> Option<PublishPlan> {
    let keys = section.require("keys", "1_000", |item| scalar::count(item, &(1..=KEYS_MAX)));
    let at = section.require("at", "\"1h\"", |item| context.within_run(item));
    let publisher_leaves = section
        .read("publisher_leaves", |item| match &item.value {
            Value::Text(text) if text == "never" => Ok(None),
            _ => scalar::span(item, &(Span::ZERO..=units::LONGEST)).map(Some),
        })
        .flatten();
    let value_bytes = value_bytes(&section);
    section.finish();
    keys.zip(at).map(|(keys, at)| PublishPlan { keys, at, value_bytes, publisher_leaves })
}

fn read_ranges(section: Section<'_>) -> Option<RangesPlan> {
    let arrivals = Arrivals::read(&section);
    let keys = section.read_or("keys", 100, |item| scalar::count(item, &(1..=KEYS_MAX)));
    section.finish();
    arrivals.map(|arrivals| RangesPlan { arrivals, keys })
}
