//! Key sets: where the names of records lie.

use std::sync::Arc;

use dhtlab_core::keyset::{KeySet, sosd};

use super::{Context, whole};
use crate::diag::{Diagnostic, Problem};
use crate::schema::{Item, Place, Section, Value, scalar};

/// A key set as a scenario states it.
#[derive(Clone, Debug, PartialEq)]
pub enum KeySetPlan {
    /// Keys are uniform over all 256 bits, and the name is what the last 64 of them say.
    Random,
    /// Names follow a law.
    Law(KeySet),
    /// Names are drawn from a file.
    File {
        /// The path as the scenario names it.
        path: String,
        /// The names in it, ascending, each once.
        names: Arc<[u64]>,
    },
}

/// The names of the laws.
pub const LAWS: [&str; 8] =
    ["random", "uniform", "normal", "lognormal", "clusters", "zipf-gaps", "sequential", "step"];

/// The most clusters or plateaus.
const PARTS_MAX: u64 = 1_000_000;

impl KeySetPlan {
    /// Reads `"lognormal"`, `{ law = "lognormal", sigma = 1.0 }` or `{ file = "books.sosd" }`.
    ///
    /// # Errors
    /// When it is none of these, or the file is not what it should be.
    pub fn read(item: &Item, context: &Context<'_>) -> Result<Self, Problem> {
        if let Value::Text(_) = item.value {
            return Ok(usual(scalar::choice(item, "key set", &LAWS)?));
        }
        let section = Section::of("key_set", item, context.sink)?;
        let file = section.read("file", |item| read_file(item, context));
        if section.has("file") {
            if section.has("law") {
                section.allow("law");
                context.excluded(&section, "file", "law", "names come from one of them");
            }
            section.finish();
            return Ok(file.unwrap_or(Self::Random));
        }
        let law =
            section.require("law", "\"lognormal\"", |item| scalar::choice(item, "key set", &LAWS));
        let Some(law) = law else { return Ok(Self::Random) };
        let plan = read_law(usual(law), &section);
        section.finish();
        Ok(plan)
    }

    /// The key set for the core; `None` for random keys.
    pub fn set(&self) -> Option<KeySet> {
        match self {
            Self::Random => None,
            Self::Law(set) => Some(set.clone()),
            Self::File { names, .. } => Some(KeySet::Given(Arc::clone(names))),
        }
    }

    /// Reports at `place` when there are not enough names for `keys` records.
    pub fn check_enough(&self, keys: u64, place: Place, context: &Context<'_>) {
        let Self::File { path, names } = self else { return };
        let there = names.len() as u64;
        if there < keys {
            let message =
                format!("{keys} records need names, and `{path}` has {there} different ones");
            context.sink.report(
                Diagnostic::error("E025", message)
                    .at(place, "too few names")
                    .help(format!("lower `keys` to {there} or less, or take a larger file")),
            );
        }
    }

    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Value {
        let mut table = toml::Table::new();
        let mut put = |name: &str, value: toml::Value| table.insert(name.to_owned(), value);
        match self {
            Self::Random => return "random".into(),
            Self::File { path, .. } => {
                put("file", path.as_str().into());
            }
            Self::Law(set) => {
                put("law", set.name().into());
                match *set {
                    KeySet::Normal { mean, sd } => {
                        put("mean", mean.into());
                        put("sd", sd.into());
                    }
                    KeySet::LogNormal { mu, sigma } => {
                        put("mu", mu.into());
                        put("sigma", sigma.into());
                    }
                    KeySet::Clusters { count, width } => {
                        put("count", whole(count.into()));
                        put("width", width.into());
                    }
                    KeySet::ZipfGaps { exponent } => {
                        put("exponent", exponent.into());
                    }
                    KeySet::Step { plateaus } => {
                        put("plateaus", whole(plateaus.into()));
                    }
                    KeySet::Uniform | KeySet::Sequential | KeySet::Given(_) => {}
                }
            }
        }
        table.into()
    }
}

/// The key set called `law`, one of [`LAWS`], with the parameters that experiments use.
fn usual(law: &str) -> KeySetPlan {
    KeySetPlan::Law(match law {
        "uniform" => KeySet::Uniform,
        "normal" => KeySet::Normal { mean: 0.5, sd: 0.1 },
        "lognormal" => KeySet::LogNormal { mu: 0.0, sigma: 2.0 },
        "clusters" => KeySet::Clusters { count: 50, width: 0.001 },
        "zipf-gaps" => KeySet::ZipfGaps { exponent: 1.5 },
        "sequential" => KeySet::Sequential,
        "step" => KeySet::Step { plateaus: 2 },
        _ => return KeySetPlan::Random,
    })
}

/// The parameters of a law, as far as they are written; the others are as in `plan`.
fn read_law(plan: KeySetPlan, section: &Section<'_>) -> KeySetPlan {
    let KeySetPlan::Law(set) = plan else { return plan };
    let real = |name: &str, usual: f64, low: f64, high: f64| {
        section.read_or(name, usual, |item| scalar::real(item, &(low..=high)))
    };
    let parts = |name: &str, usual: u32| {
        let count = section.read(name, |item| scalar::count(item, &(1..=PARTS_MAX)));
        count.and_then(|count| u32::try_from(count).ok()).unwrap_or(usual)
    };
    KeySetPlan::Law(match set {
        KeySet::Normal { mean, sd } => {
            KeySet::Normal { mean: real("mean", mean, 0.0, 1.0), sd: real("sd", sd, 1e-9, 1.0) }
        }
        KeySet::LogNormal { mu, sigma } => KeySet::LogNormal {
            mu: real("mu", mu, -10.0, 10.0),
            sigma: real("sigma", sigma, 0.01, 4.0),
        },
        KeySet::Clusters { count, width } => KeySet::Clusters {
            count: parts("count", count),
            width: real("width", width, 1e-12, 1.0),
        },
        KeySet::ZipfGaps { exponent } => {
            KeySet::ZipfGaps { exponent: real("exponent", exponent, 1.1, 4.0) }
        }
        KeySet::Step { plateaus } => KeySet::Step { plateaus: parts("plateaus", plateaus) },
        other => other,
    })
}

/// Reads a SOSD file: a count, then as many ascending keys, all 64 bits, little-endian.
fn read_file(item: &Item, context: &Context<'_>) -> Result<KeySetPlan, Problem> {
    let path = scalar::text(item)?;
    let bytes = context.load_bytes(item, &path)?;
    let mut names = sosd::parse(&bytes).map_err(|reason| {
        Diagnostic::error("E016", format!("`{path}` is not what it should be: {reason}"))
            .at(item.place, "named here")
            .help("a SOSD file is a count and as many ascending keys, 64 bits each, little-endian")
    })?;
    names.dedup();
    Ok(KeySetPlan::File { path, names: names.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_parameters_are_permitted_and_keep_their_names() {
        for law in LAWS {
            let set = usual(law).set();
            assert_eq!(set.as_ref().map_or("random", KeySet::name), law);
            assert_eq!(set.map_or(Ok(()), |set| set.validate()), Ok(()));
        }
    }
}
