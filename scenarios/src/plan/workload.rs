//! The workload: what nodes are asked to do.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use dhtlab_core::dist::zipf::Zipf;
use dhtlab_core::time::{Span, Time};
use dhtlab_core::workload::{
    Gets, Lookups, Popularity, Publish, Rate, RecordKind, Records, Target, WorkloadSpec,
};

use super::Context;
use crate::diag::{Diagnostic, Problem};
use crate::schema::{Item, Place, Section, Value, scalar};

/// The workload. What is `None` never happens.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadPlan {
    /// Searches for the nodes closest to a key.
    pub lookups: Option<Lookups>,
    /// Stores of one of the records, by any node.
    pub puts: Option<Rate>,
    /// Reads of stored records, by any node.
    pub gets: Option<Gets>,
    /// One store of every record.
    pub publish: Option<PublishPlan>,
    /// Range queries.
    pub ranges: Option<RangesPlan>,
    /// How many records there are.
    pub keys: u64,
    /// Length of a record.
    pub value_bytes: u64,
    /// What a record is.
    pub kind: RecordKind,
    /// How long after its boot a node is left alone.
    pub settle: Span,
}

/// One store of every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishPlan {
    /// When it begins.
    pub at: Span,
    /// How long the stores are spread over, evenly.
    pub over: Span,
    /// How long after its last store a publisher leaves for good; `None`: it stays as churn has it.
    pub publisher_leaves: Option<Span>,
}

/// Range queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangesPlan {
    /// How often.
    pub rate: Rate,
    /// How many stored keys a range covers.
    pub keys: u64,
}

/// The most records of a workload.
const KEYS_MAX: u64 = Zipf::RANKS_MAX as u64;
/// The largest value.
const VALUE_BYTES_MAX: u64 = 1 << 20;
/// The exponent of Zipf's law when none is written.
const EXPONENT: f64 = 0.9;

impl Default for WorkloadPlan {
    fn default() -> Self {
        Self {
            lookups: None,
            puts: None,
            gets: None,
            publish: None,
            ranges: None,
            keys: 1_000,
            value_bytes: 512,
            kind: RecordKind::Value,
            settle: Span::from_mins(1),
        }
    }
}

/// A number that several tables may state, all of them alike.
struct Agreed<'a> {
    name: &'static str,
    range: RangeInclusive<u64>,
    said: RefCell<Option<(u64, Place)>>,
    context: &'a Context<'a>,
}

impl<'a> Agreed<'a> {
    const fn new(name: &'static str, most: u64, context: &'a Context<'a>) -> Self {
        Self { name, range: 1..=most, said: RefCell::new(None), context }
    }

    /// Reads the number from `section`, if it is stated there.
    fn read(&self, section: &Section<'_>) {
        let Some(number) = section.read(self.name, |item| scalar::size(item, &self.range)) else {
            return;
        };
        let place = section.place_of(self.name);
        let mut said = self.said.borrow_mut();
        let (before, first) = *said.get_or_insert((number, place));
        if before != number {
            let name = self.name;
            let message = format!("`{name}` is {before} in one place and {number} in another");
            self.context.sink.report(
                Diagnostic::error("E019", message)
                    .at(place, "change this")
                    .with(first, "or this")
                    .help("all operations speak of the same records"),
            );
        }
    }

    fn or(self, default: u64) -> u64 {
        self.said.into_inner().map_or(default, |(number, _)| number)
    }
}

impl WorkloadPlan {
    /// Reads `[workload]`.
    pub fn read(section: Section<'_>, context: &Context<'_>) -> Self {
        let keys = Agreed::new("keys", KEYS_MAX, context);
        let bytes = Agreed::new("value_bytes", VALUE_BYTES_MAX, context);
        keys.read(&section);
        bytes.read(&section);
        let usual = Self::default();
        let kind = section.read_or("kind", "value", |item| {
            scalar::choice(item, "kind of record", &["value", "provider"])
        });
        let publish = |part| read_publish(part, &keys, &bytes, context);
        let plan = Self {
            lookups: section.section("lookups").and_then(|part| read_lookups(part, &keys)),
            puts: section.section("puts").and_then(|part| read_puts(part, &keys, &bytes)),
            gets: section.section("gets").and_then(|part| read_gets(part, &keys)),
            publish: section.section("publish").and_then(publish),
            ranges: section.section("ranges").and_then(read_ranges),
            keys: keys.or(usual.keys),
            value_bytes: bytes.or(usual.value_bytes),
            kind: if kind == "provider" { RecordKind::Provider } else { RecordKind::Value },
            settle: section.read_or("settle", usual.settle, scalar::any_span),
        };
        if section.has("gets") && !section.has("puts") && !section.has("publish") {
            context.sink.report(
                Diagnostic::error("E024", "reads without stores: there is nothing to ask for")
                    .at(section.place_of("gets"), "nothing is ever stored")
                    .help("add `puts` or `publish`"),
            );
        }
        section.finish();
        plan
    }

    /// The workload for the core; range queries are not part of it.
    pub fn spec(&self) -> WorkloadSpec {
        let whole = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let at_once = |publish: PublishPlan| Publish {
            at: Time::ZERO + publish.at,
            over: publish.over,
            publisher_leaves: publish.publisher_leaves,
        };
        WorkloadSpec {
            lookups: self.lookups,
            puts: self.puts,
            gets: self.gets,
            publish: self.publish.map(at_once),
            records: Records {
                count: whole(self.keys),
                bytes_min: whole(self.value_bytes),
                bytes_max: whole(self.value_bytes),
                kind: self.kind,
                key_set: None,
            },
            settle: self.settle,
            ..WorkloadSpec::default()
        }
    }

    /// Operations expected over `duration` in a network of `nodes`.
    pub fn operations(&self, duration: Span, nodes: f64) -> f64 {
        let rates = [
            self.lookups.map(|part| part.rate),
            self.puts,
            self.gets.map(|part| part.rate),
            self.ranges.map(|part| part.rate),
        ];
        let expected = |rate: Rate| {
            let (every, sources) = match rate {
                Rate::PerNode { every } => (every, nodes),
                Rate::Network { every } => (every, 1.0),
            };
            sources * duration.as_secs_f64() / every.as_secs_f64()
        };
        let poisson: f64 = rates.into_iter().flatten().map(expected).sum();
        let burst = if self.publish.is_some() { self.keys } else { 0 };
        poisson + f64::from(u32::try_from(burst).unwrap_or(u32::MAX))
    }

    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        let kind = if self.kind == RecordKind::Provider { "provider" } else { "value" };
        let mut table = table_of([
            ("keys", super::whole(self.keys)),
            ("value_bytes", super::whole(self.value_bytes)),
            ("kind", kind.into()),
            ("settle", super::shown(&self.settle)),
        ]);
        let mut put = |name: &str, value: toml::Table| table.insert(name.to_owned(), value.into());
        if let Some(lookups) = self.lookups {
            let mut part = resolved_rate(lookups.rate);
            if let Target::Record(popularity) = lookups.target {
                part.insert("popularity".to_owned(), resolved_popularity(popularity));
            }
            put("lookups", part);
        }
        if let Some(puts) = self.puts {
            put("puts", resolved_rate(puts));
        }
        if let Some(gets) = self.gets {
            let mut part = resolved_rate(gets.rate);
            part.insert("lag".to_owned(), super::shown(&gets.lag));
            part.insert("popularity".to_owned(), resolved_popularity(gets.popularity));
            put("gets", part);
        }
        if let Some(publish) = self.publish {
            let leaves = publish.publisher_leaves.map_or("never".to_owned(), |s| s.to_string());
            let part = table_of([
                ("at", super::shown(&publish.at)),
                ("over", super::shown(&publish.over)),
                ("publisher_leaves", leaves.into()),
            ]);
            put("publish", part);
        }
        if let Some(ranges) = self.ranges {
            let mut part = resolved_rate(ranges.rate);
            part.insert("keys".to_owned(), super::whole(ranges.keys));
            put("ranges", part);
        }
        table
    }
}

fn table_of<const N: usize>(parts: [(&str, toml::Value); N]) -> toml::Table {
    parts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn read_rate(section: &Section<'_>) -> Option<Rate> {
    let every = section.require("every", "\"10m\"", scalar::some_span);
    let per =
        section.read_or("per", "node", |item| scalar::choice(item, "per", &["node", "network"]));
    every.map(
        |every| {
            if per == "network" { Rate::Network { every } } else { Rate::PerNode { every } }
        },
    )
}

fn resolved_rate(rate: Rate) -> toml::Table {
    let (every, per) = match rate {
        Rate::PerNode { every } => (every, "node"),
        Rate::Network { every } => (every, "network"),
    };
    table_of([("every", super::shown(&every)), ("per", per.into())])
}

/// Reads `"uniform"`, `"zipf"` or `{ law = ..., exponent = ..., keys = ... }`.
fn read_popularity(
    item: &Item,
    section: &Section<'_>,
    keys: &Agreed<'_>,
) -> Result<Popularity, Problem> {
    const LAWS: [&str; 2] = ["uniform", "zipf"];
    if matches!(item.value, Value::Text(_)) {
        let zipf = scalar::choice(item, "popularity", &LAWS)? == "zipf";
        return Ok(if zipf {
            Popularity::Zipf { exponent: EXPONENT }
        } else {
            Popularity::Uniform
        });
    }
    let part = Section::of("popularity", item, section.sink())?;
    let law = part.require("law", "\"zipf\"", |item| scalar::choice(item, "popularity", &LAWS));
    let popularity = match law {
        Some("zipf") => {
            let range = 0.0..=Zipf::EXPONENT_MAX;
            let exponent = part.read_or("exponent", EXPONENT, |item| scalar::real(item, &range));
            Popularity::Zipf { exponent }
        }
        Some(_) => Popularity::Uniform,
        None => return Ok(Popularity::Uniform),
    };
    keys.read(&part);
    part.finish();
    Ok(popularity)
}

fn resolved_popularity(popularity: Popularity) -> toml::Value {
    match popularity {
        Popularity::Uniform => table_of([("law", "uniform".into())]).into(),
        Popularity::Zipf { exponent } => {
            table_of([("law", "zipf".into()), ("exponent", exponent.into())]).into()
        }
    }
}

fn read_lookups(section: Section<'_>, keys: &Agreed<'_>) -> Option<Lookups> {
    let rate = read_rate(&section);
    let popularity = section.read("popularity", |item| read_popularity(item, &section, keys));
    section.finish();
    let target = popularity.map_or(Target::RandomKey, Target::Record);
    rate.map(|rate| Lookups { rate, target })
}

fn read_puts(section: Section<'_>, keys: &Agreed<'_>, bytes: &Agreed<'_>) -> Option<Rate> {
    let rate = read_rate(&section);
    keys.read(&section);
    bytes.read(&section);
    section.finish();
    rate
}

fn read_gets(section: Section<'_>, keys: &Agreed<'_>) -> Option<Gets> {
    let rate = read_rate(&section);
    let popularity = section
        .read_or("popularity", Popularity::Uniform, |item| read_popularity(item, &section, keys));
    let lag = section.read_or("lag", Span::from_mins(1), scalar::any_span);
    section.finish();
    rate.map(|rate| Gets { rate, popularity, lag })
}

fn read_publish(
    section: Section<'_>,
    keys: &Agreed<'_>,
    bytes: &Agreed<'_>,
    context: &Context<'_>,
) -> Option<PublishPlan> {
    keys.read(&section);
    bytes.read(&section);
    let at = section.require("at", "\"1h\"", |item| context.within_run(item));
    let over = section.read_or("over", Span::from_mins(1), scalar::any_span);
    let publisher_leaves = section
        .read("publisher_leaves", |item| match &item.value {
            Value::Text(text) if text == "never" => Ok(None),
            _ => scalar::some_span(item).map(Some),
        })
        .flatten();
    section.finish();
    at.map(|at| PublishPlan { at, over, publisher_leaves })
}

fn read_ranges(section: Section<'_>) -> Option<RangesPlan> {
    let rate = read_rate(&section);
    let keys = section.read_or("keys", 100, |item| scalar::count(item, &(1..=KEYS_MAX)));
    section.finish();
    rate.map(|rate| RangesPlan { rate, keys })
}
