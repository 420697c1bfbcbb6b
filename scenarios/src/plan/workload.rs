//! The workload: what nodes are asked to do.

mod parts;
mod resolved;

use std::cell::RefCell;
use std::ops::RangeInclusive;

use dhtlab_core::dist::zipf::Zipf;
use dhtlab_core::time::{Span, Time};
use dhtlab_core::workload::{
    Deletes, Gets, Lookups, Publish, Ranges, Rate, RecordKind, Records, Target, WAVES_MAX, Wave,
    WorkloadSpec,
};

use super::Context;
use super::keyset::KeySetPlan;
use crate::diag::Diagnostic;
use crate::schema::{Place, Section, scalar};

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
    /// Further batches of records.
    pub waves: Vec<WavePlan>,
    /// Removals of stored records, by any node.
    pub deletes: Option<Deletes>,
    /// Range queries.
    pub ranges: Option<Ranges>,
    /// Where the names of the records lie.
    pub key_set: KeySetPlan,
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

/// A further batch of records, each stored once.
#[derive(Clone, Debug, PartialEq)]
pub struct WavePlan {
    /// When it begins.
    pub at: Span,
    /// How long the stores are spread over, evenly.
    pub over: Span,
    /// How many records it has.
    pub keys: u64,
    /// Where their names lie.
    pub key_set: KeySetPlan,
}

/// The most records of a workload.
pub const KEYS_MAX: u64 = Zipf::RANKS_MAX as u64;
/// The largest value.
pub const VALUE_BYTES_MAX: u64 = 1 << 20;
/// The names of kinds of records.
pub const KINDS: [&str; 2] = ["value", "provider"];
/// Whose rate is meant.
pub const PER: [&str; 2] = ["node", "network"];
/// The names of laws of popularity.
pub const POPULARITIES: [&str; 2] = ["uniform", "zipf"];
/// The names of modes of range queries.
pub const RANGE_MODES: [&str; 2] = ["bounds", "count"];

impl Default for WorkloadPlan {
    fn default() -> Self {
        Self {
            lookups: None,
            puts: None,
            gets: None,
            publish: None,
            waves: Vec::new(),
            deletes: None,
            ranges: None,
            key_set: KeySetPlan::Random,
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
        let kind =
            section.read_or("kind", "value", |item| scalar::choice(item, "kind of record", &KINDS));
        let key_set =
            section.read_or("key_set", usual.key_set, |item| KeySetPlan::read(item, context));
        let waves = read_waves(&section, &key_set, context);
        let publish = |part| parts::read_publish(part, &keys, &bytes, context);
        let lookups = section.section("lookups").and_then(|part| parts::read_lookups(part, &keys));
        let puts = section.section("puts").and_then(|part| parts::read_puts(part, &keys, &bytes));
        let gets = section.section("gets").and_then(|part| parts::read_gets(part, &keys));
        let publish = section.section("publish").and_then(publish);
        let keys = keys.or(usual.keys);
        let searched = lookups.is_some_and(|part| matches!(part.target, Target::Record(_)));
        if puts.is_some() || publish.is_some() || searched {
            key_set.check_enough(keys, section.place_of("key_set"), context);
        }
        let plan = Self {
            lookups,
            puts,
            gets,
            publish,
            waves,
            deletes: section.section("deletes").and_then(parts::read_deletes),
            ranges: section.section("ranges").and_then(parts::read_ranges),
            key_set,
            keys,
            value_bytes: bytes.or(usual.value_bytes),
            kind: if kind == "provider" { RecordKind::Provider } else { RecordKind::Value },
            settle: section.read_or("settle", usual.settle, scalar::any_span),
        };
        plan.check(&section, context);
        section.finish();
        plan
    }

    /// What can only be said of the parts together.
    fn check(&self, section: &Section<'_>, context: &Context<'_>) {
        const STORES: [&str; 3] = ["puts", "publish", "wave"];
        let asks = [("gets", "reads"), ("deletes", "removals"), ("ranges", "range queries")];
        for (name, what) in asks {
            if section.has(name) && !STORES.iter().any(|store| section.has(store)) {
                let message = format!("{what} without stores: there is nothing to ask for");
                context.sink.report(
                    Diagnostic::error("E024", message)
                        .at(section.place_of(name), "nothing is ever stored")
                        .help("add `puts`, `publish` or a [[workload.wave]]"),
                );
            }
            if name != "gets" && section.has(name) && self.kind == RecordKind::Provider {
                let why = format!("{what} speak of values, not of providers");
                context.excluded(section, name, "kind", &why);
            }
        }
        let all = self.waves.iter().fold(self.keys, |sum, wave| sum.saturating_add(wave.keys));
        if all > KEYS_MAX {
            context.sink.report(
                Diagnostic::error("E008", format!("{all} records, those of waves included"))
                    .at(section.place_of("wave"), format!("permitted: at most {KEYS_MAX} in all")),
            );
        }
    }

    /// The workload for the core.
    pub fn spec(&self) -> WorkloadSpec {
        let whole = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let at_once = |publish: PublishPlan| Publish {
            at: Time::ZERO + publish.at,
            over: publish.over,
            publisher_leaves: publish.publisher_leaves,
        };
        let wave = |wave: &WavePlan| Wave {
            at: Time::ZERO + wave.at,
            over: wave.over,
            count: whole(wave.keys),
            key_set: wave.key_set.set(),
        };
        WorkloadSpec {
            lookups: self.lookups,
            puts: self.puts,
            gets: self.gets,
            publish: self.publish.map(at_once),
            waves: self.waves.iter().map(wave).collect(),
            deletes: self.deletes,
            ranges: self.ranges,
            records: Records {
                count: whole(self.keys),
                bytes_min: whole(self.value_bytes),
                bytes_max: whole(self.value_bytes),
                kind: self.kind,
                key_set: self.key_set.set(),
            },
            settle: self.settle,
        }
    }

    /// Names that range queries are expected to report over `duration` in a network of `nodes`.
    pub fn names_reported(&self, duration: Span, nodes: f64) -> f64 {
        self.ranges
            .map_or(0.0, |ranges| expected(ranges.rate, duration, nodes) * f64::from(ranges.keys))
    }

    /// Operations expected over `duration` in a network of `nodes`.
    pub fn operations(&self, duration: Span, nodes: f64) -> f64 {
        let rates = [
            self.lookups.map(|part| part.rate),
            self.puts,
            self.gets.map(|part| part.rate),
            self.deletes.map(|part| part.rate),
            self.ranges.map(|part| part.rate),
        ];
        let poisson: f64 =
            rates.into_iter().flatten().map(|rate| expected(rate, duration, nodes)).sum();
        let published = if self.publish.is_some() { self.keys } else { 0 };
        let burst = self.waves.iter().fold(published, |sum, wave| sum.saturating_add(wave.keys));
        poisson + f64::from(u32::try_from(burst).unwrap_or(u32::MAX))
    }
}

/// Strokes of `rate` over `duration` in a network of `nodes`.
fn expected(rate: Rate, duration: Span, nodes: f64) -> f64 {
    let (every, sources) = match rate {
        Rate::PerNode { every } => (every, nodes),
        Rate::Network { every } => (every, 1.0),
    };
    sources * duration.as_secs_f64() / every.as_secs_f64()
}

/// Reads every `[[workload.wave]]`.
fn read_waves(section: &Section<'_>, usual: &KeySetPlan, context: &Context<'_>) -> Vec<WavePlan> {
    let sections = section.sections("wave");
    if sections.len() > WAVES_MAX {
        context.sink.report(
            Diagnostic::error("E008", format!("{} waves are too many", sections.len()))
                .at(section.place_of("wave"), format!("permitted: at most {WAVES_MAX}")),
        );
    }
    let read = |part| parts::read_wave(part, usual, context);
    sections.into_iter().filter_map(read).collect()
}
