//! Seeds: one, a list, or a range.

use std::ops::RangeInclusive;

use super::Context;
use crate::diag::{Diagnostic, Problem};
use crate::schema::{Item, Section, Value, scalar};

/// The most seeds of one scenario.
pub const SEEDS_MAX: u64 = 100_000;
/// Seeds are whole numbers that TOML can hold.
const SEED_RANGE: RangeInclusive<u64> = 0..=(i64::MAX as u64);
/// The seed when none is given.
pub const DEFAULT: u64 = 1;

/// Reads `seed` or `seeds`; the default where neither is written.
pub fn read(root: &Section<'_>, context: &Context<'_>) -> Vec<u64> {
    let one = root.read("seed", |item| scalar::count(item, &SEED_RANGE));
    let many = root.read("seeds", read_many);
    if root.has("seed") && root.has("seeds") {
        context.excluded(root, "seed", "seeds", "one says it all");
    }
    many.or(one.map(|seed| vec![seed])).unwrap_or_else(|| vec![DEFAULT])
}

fn read_many(item: &Item) -> Result<Vec<u64>, Problem> {
    if let Value::Text(text) = &item.value {
        return range(text)
            .map(Iterator::collect)
            .map_err(|reason| Diagnostic::error("E008", reason).at(item.place, "seeds"));
    }
    let seeds = scalar::list(item, |item| scalar::count(item, &SEED_RANGE))?;
    let mut sorted = seeds.clone();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Diagnostic::error("E014", format!("seed {} is there twice", pair[0]))
            .at(item.place, "a second run would be the same")),
        None => Ok(seeds),
    }
}

/// The seeds that `A..=B` names.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn range(text: &str) -> Result<RangeInclusive<u64>, String> {
    let wrong = || format!("`{text}` is not a range of seeds: write it as \"1..=30\"");
    let (first, last) = text.split_once("..=").ok_or_else(wrong)?;
    let number = |text: &str| text.trim().replace('_', "").parse::<u64>().map_err(|_| wrong());
    let (first, last) = (number(first)?, number(last)?);
    if first > last || !SEED_RANGE.contains(&last) {
        return Err(wrong());
    }
    if last - first >= SEEDS_MAX {
        return Err(format!("more than {SEEDS_MAX} seeds"));
    }
    Ok(first..=last)
}

/// As it is written in a scenario: a range where it is one.
pub fn resolved(seeds: &[u64]) -> toml::Value {
    let consecutive = seeds.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match (seeds, consecutive) {
        ([first, .., last], true) => format!("{first}..={last}").into(),
        _ => toml::Value::Array(seeds.iter().map(|seed| super::whole(*seed)).collect()),
    }
}
