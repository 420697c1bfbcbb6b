//! Laws of random times: sessions, downtimes.

use dhtlab_core::dist::Law;
use dhtlab_core::time::Span;

use crate::diag::{Problem, Sink};
use crate::schema::{Item, Section, scalar, units};

/// The names of the laws.
pub const LAWS: [&str; 6] = ["constant", "uniform", "exponential", "weibull", "lomax", "lognormal"];

/// The shortest mean, median, scale or value: a network cannot turn over faster than it can answer.
const SHORTEST: Span = Span::from_secs(1);

/// Reads a law such as `{ law = "weibull", shape = 0.608, scale = "3.66h" }`.
///
/// # Errors
/// When `item` is not a table; what is wrong inside is reported to `sink`.
pub fn read(name: &str, item: &Item, sink: &Sink) -> Result<Option<Law>, Problem> {
    let section = Section::of(name, item, sink)?;
    let law = section.require("law", "\"exponential\"", |item| scalar::choice(item, "law", &LAWS));
    let time = |name: &str| {
        section.require(name, "\"1h\"", |item| scalar::span(item, &(SHORTEST..=units::LONGEST)))
    };
    let number = |name: &str, example: &str, low: f64, high: f64| {
        section.require(name, example, |item| scalar::real(item, &(low..=high)))
    };
    let law = match law {
        Some("constant") => time("value").map(|span| Law::Constant { span }),
        Some("uniform") => read_uniform(&section),
        Some("exponential") => time("mean").map(|mean| Law::Exponential { mean }),
        Some("weibull") => number("shape", "0.6", 0.1, 10.0)
            .zip(time("scale"))
            .map(|(shape, scale)| Law::Weibull { shape, scale }),
        // The mean must be finite, or there is no steady state to start from.
        Some("lomax") => number("shape", "3.0", 1.01, 100.0)
            .zip(time("scale"))
            .map(|(shape, scale)| Law::Lomax { shape, scale }),
        Some("lognormal") => time("median")
            .zip(number("sigma", "1.0", 0.01, 5.0))
            .map(|(median, sigma)| Law::LogNormal { median, sigma }),
        _ => return Ok(None),
    };
    section.finish();
    Ok(law)
}

fn read_uniform(section: &Section<'_>) -> Option<Law> {
    let time = |item| scalar::span(item, &(SHORTEST..=units::LONGEST));
    let min = section.require("min", "\"1m\"", time);
    let max = section.require("max", "\"1h\"", |item| {
        scalar::span(item, &(min.unwrap_or(SHORTEST)..=units::LONGEST))
    });
    min.zip(max).map(|(min, max)| Law::Uniform { min, max })
}

/// The mean in seconds, for estimates.
pub fn mean_s(law: &Law) -> f64 {
    law.mean().map_or(f64::INFINITY, Span::as_secs_f64)
}

/// `law` on one line.
pub fn written(law: &Law) -> String {
    let part = |(name, value): (String, toml::Value)| format!("{name} = {value}");
    let parts: Vec<String> = resolved(law).into_iter().map(part).collect();
    format!("{{ {} }}", parts.join(", "))
}

/// `law` as it is written in a scenario.
pub fn resolved(law: &Law) -> toml::Table {
    let time = |span: Span| super::shown(&span);
    let parts: Vec<(&str, toml::Value)> = match *law {
        Law::Constant { span } => vec![("value", time(span))],
        Law::Uniform { min, max } => vec![("min", time(min)), ("max", time(max))],
        Law::Exponential { mean } => vec![("mean", time(mean))],
        Law::Weibull { shape, scale } | Law::Lomax { shape, scale } => {
            vec![("shape", shape.into()), ("scale", time(scale))]
        }
        Law::LogNormal { median, sigma } => {
            vec![("median", time(median)), ("sigma", sigma.into())]
        }
    };
    let mut table = toml::Table::new();
    table.insert("law".to_owned(), law.name().into());
    table.extend(parts.into_iter().map(|(name, value)| (name.to_owned(), value)));
    table
}
