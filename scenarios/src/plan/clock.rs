//! How wrong the wall clocks of nodes are.

use dhtlab_core::clock::{CLOCK_ERROR_MAX, ClockError};
use dhtlab_core::time::Span;

use crate::diag::{Problem, Sink};
use crate::schema::{Item, Section, Value, scalar};

/// The names of the laws.
pub const LAWS: [&str; 2] = ["uniform", "normal"];

/// Reads `"500ms"`, which is uniform up to that on both sides, or `{ law = "normal", sd = "200ms" }`.
///
/// # Errors
/// When it is neither.
pub fn read(item: &Item, sink: &Sink) -> Result<ClockError, Problem> {
    let within = |item: &Item| scalar::span(item, &(Span::ZERO..=CLOCK_ERROR_MAX));
    if !matches!(item.value, Value::Table(_)) {
        return within(item).map(uniform);
    }
    let section = Section::of("clock_error", item, sink)?;
    let law = section.require("law", "\"normal\"", |item| scalar::choice(item, "law", &LAWS));
    let error = match law {
        Some("uniform") => {
            uniform(section.require("max", "\"500ms\"", within).unwrap_or(Span::ZERO))
        }
        Some(_) => {
            let sd = section.require("sd", "\"200ms\"", within).unwrap_or(Span::ZERO);
            if sd == Span::ZERO { ClockError::None } else { ClockError::Normal { sd } }
        }
        None => return Ok(ClockError::None),
    };
    section.finish();
    Ok(error)
}

fn uniform(most: Span) -> ClockError {
    if most == Span::ZERO { ClockError::None } else { ClockError::Uniform { most } }
}

/// `error` as it is written in a scenario.
pub fn resolved(error: ClockError) -> toml::Value {
    match error {
        ClockError::None => super::shown(&Span::ZERO),
        ClockError::Uniform { most } => super::shown(&most),
        ClockError::Normal { sd } => {
            let mut table = toml::Table::new();
            table.insert("law".to_owned(), "normal".into());
            table.insert("sd".to_owned(), super::shown(&sd));
            table.into()
        }
    }
}
