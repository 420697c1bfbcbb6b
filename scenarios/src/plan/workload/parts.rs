//! The parts of a workload, each read from its table.

use dhtlab_core::dist::zipf::Zipf;
use dhtlab_core::time::Span;
use dhtlab_core::workload::{Deletes, Gets, Lookups, Popularity, RangeMode, Ranges, Rate, Target};

use super::super::Context;
use super::super::keyset::KeySetPlan;
use super::{Agreed, KEYS_MAX, PER, POPULARITIES, PublishPlan, RANGE_MODES, WavePlan};
use crate::diag::Problem;
use crate::schema::{Item, Section, Value, scalar};

/// The exponent of Zipf's law when none is written.
const EXPONENT: f64 = 0.9;
/// How long after its first store a record is read, removed or ranged over at the earliest.
const LAG: Span = Span::from_mins(1);
/// How long the stores of a batch are spread over when nothing is written.
const OVER: Span = Span::from_mins(1);

fn read_rate(section: &Section<'_>) -> Option<Rate> {
    let every = section.require("every", "\"10m\"", scalar::some_span);
    let per = section.read_or("per", "node", |item| scalar::choice(item, "per", &PER));
    every.map(
        |every| {
            if per == "network" { Rate::Network { every } } else { Rate::PerNode { every } }
        },
    )
}

/// Reads `"uniform"`, `"zipf"` or `{ law = ..., exponent = ..., keys = ... }`.
fn read_popularity(
    item: &Item,
    section: &Section<'_>,
    keys: &Agreed<'_>,
) -> Result<Popularity, Problem> {
    if matches!(item.value, Value::Text(_)) {
        let zipf = scalar::choice(item, "popularity", &POPULARITIES)? == "zipf";
        return Ok(if zipf {
            Popularity::Zipf { exponent: EXPONENT }
        } else {
            Popularity::Uniform
        });
    }
    let part = Section::of("popularity", item, section.sink())?;
    let law =
        part.require("law", "\"zipf\"", |item| scalar::choice(item, "popularity", &POPULARITIES));
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

pub(super) fn read_lookups(section: Section<'_>, keys: &Agreed<'_>) -> Option<Lookups> {
    let rate = read_rate(&section);
    let popularity = section.read("popularity", |item| read_popularity(item, &section, keys));
    section.finish();
    let target = popularity.map_or(Target::RandomKey, Target::Record);
    rate.map(|rate| Lookups { rate, target })
}

pub(super) fn read_puts(
    section: Section<'_>,
    keys: &Agreed<'_>,
    bytes: &Agreed<'_>,
) -> Option<Rate> {
    let rate = read_rate(&section);
    keys.read(&section);
    bytes.read(&section);
    section.finish();
    rate
}

pub(super) fn read_gets(section: Section<'_>, keys: &Agreed<'_>) -> Option<Gets> {
    let rate = read_rate(&section);
    let popularity = section
        .read_or("popularity", Popularity::Uniform, |item| read_popularity(item, &section, keys));
    let lag = section.read_or("lag", LAG, scalar::any_span);
    section.finish();
    rate.map(|rate| Gets { rate, popularity, lag })
}

pub(super) fn read_publish(
    section: Section<'_>,
    keys: &Agreed<'_>,
    bytes: &Agreed<'_>,
    context: &Context<'_>,
) -> Option<PublishPlan> {
    keys.read(&section);
    bytes.read(&section);
    let at = section.require("at", "\"1h\"", |item| context.within_run(item));
    let over = section.read_or("over", OVER, scalar::any_span);
    let publisher_leaves = section
        .read("publisher_leaves", |item| match &item.value {
            Value::Text(text) if text == "never" => Ok(None),
            _ => scalar::some_span(item).map(Some),
        })
        .flatten();
    section.finish();
    at.map(|at| PublishPlan { at, over, publisher_leaves })
}

pub(super) fn read_deletes(section: Section<'_>) -> Option<Deletes> {
    let rate = read_rate(&section);
    let lag = section.read_or("lag", LAG, scalar::any_span);
    section.finish();
    rate.map(|rate| Deletes { rate, lag })
}

pub(super) fn read_ranges(section: Section<'_>) -> Option<Ranges> {
    let rate = read_rate(&section);
    let keys = section.read_or("keys", 100, |item| scalar::count(item, &(1..=KEYS_MAX)));
    let mode = section.read_or("mode", "bounds", |item| {
        scalar::choice(item, "mode of range queries", &RANGE_MODES)
    });
    let lag = section.read_or("lag", LAG, scalar::any_span);
    section.finish();
    let mode = if mode == "count" { RangeMode::Count } else { RangeMode::Bounds };
    let keys = u32::try_from(keys).unwrap_or(u32::MAX);
    rate.map(|rate| Ranges { rate, keys, mode, lag })
}

/// Reads one `[[workload.wave]]`; where it names no key set, `usual` is meant.
pub(super) fn read_wave(
    section: Section<'_>,
    usual: &KeySetPlan,
    context: &Context<'_>,
) -> Option<WavePlan> {
    let at = section.require("at", "\"1h\"", |item| context.within_run(item));
    let over = section.read_or("over", OVER, scalar::any_span);
    let keys = section.require("keys", "1_000", |item| scalar::count(item, &(1..=KEYS_MAX)));
    let key_set = section.read_or("key_set", usual.clone(), |item| KeySetPlan::read(item, context));
    if let Some(keys) = keys {
        key_set.check_enough(keys, section.place_of("key_set"), context);
    }
    section.finish();
    at.zip(keys).map(|(at, keys)| WavePlan { at, over, keys, key_set })
}
