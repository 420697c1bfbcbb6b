//! Laws of random times: sessions, downtimes.

use dhtlab_core::time::Span;

use crate::diag::{Problem, Sink};
use crate::schema::{Item, Section, scalar, units};

/// A law of random times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// Always the same.
    Constant {
        /// The time.
        value: Span,
    },
    /// Memoryless.
    Exponential {
        /// Mean.
        mean: Span,
    },
    /// Weibull: heavy-tailed for shapes below 1.
    Weibull {
        /// Shape.
        shape: f64,
        /// Scale.
        scale: Span,
    },
    /// Lomax (Pareto II).
    Lomax {
        /// Shape; above 1, so that the mean is finite.
        shape: f64,
        /// Scale.
        scale: Span,
    },
    /// Log-normal.
    Lognormal {
        /// Median.
        median: Span,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
}

/// The names of the laws.
pub const LAWS: [&str; 5] = ["constant", "exponential", "weibull", "lomax", "lognormal"];

/// The shortest mean, median, scale or value: a network cannot turn over faster than it can answer.
const SHORTEST: Span = Span::from_secs(1);

impl Law {
    /// Reads a law such as `{ law = "weibull", shape = 0.608, scale = "3.66h" }`.
    ///
    /// # Errors
    /// When `item` is not a table; what is wrong inside is reported to `sink`.
    pub fn read(name: &str, item: &Item, sink: &Sink) -> Result<Option<Self>, Problem> {
        let section = Section::of(name, item, sink)?;
        let law =
            section.require("law", "\"exponential\"", |item| scalar::choice(item, "law", &LAWS));
        let time = |name: &str| {
            section.require(name, "\"1h\"", |item| scalar::span(item, &(SHORTEST..=units::LONGEST)))
        };
        let number = |name: &str, example: &str, low: f64, high: f64| {
            section.require(name, example, |item| scalar::real(item, &(low..=high)))
        };
        let read = match law {
            Some("constant") => time("value").map(|value| Self::Constant { value }),
            Some("exponential") => time("mean").map(|mean| Self::Exponential { mean }),
            Some("weibull") => number("shape", "0.6", 0.1, 10.0)
                .zip(time("scale"))
                .map(|(shape, scale)| Self::Weibull { shape, scale }),
            Some("lomax") => number("shape", "3.0", 1.01, 100.0)
                .zip(time("scale"))
                .map(|(shape, scale)| Self::Lomax { shape, scale }),
            Some("lognormal") => time("median")
                .zip(number("sigma", "1.0", 0.0, 4.0))
                .map(|(median, sigma)| Self::Lognormal { median, sigma }),
            _ => return Ok(None),
        };
        section.finish();
        Ok(read)
    }

    /// The mean in seconds, for estimates.
    pub fn mean_s(&self) -> f64 {
        match *self {
            Self::Constant { value } => value.as_secs_f64(),
            Self::Exponential { mean } => mean.as_secs_f64(),
            Self::Weibull { shape, scale } => scale.as_secs_f64() * libm::tgamma(1.0 + 1.0 / shape),
            Self::Lomax { shape, scale } => scale.as_secs_f64() / (shape - 1.0),
            Self::Lognormal { median, sigma } => {
                median.as_secs_f64() * libm::exp(sigma * sigma / 2.0)
            }
        }
    }

    /// This law on one line.
    pub fn written(&self) -> String {
        let part = |(name, value): (String, toml::Value)| format!("{name} = {value}");
        let parts: Vec<String> = self.resolved().into_iter().map(part).collect();
        format!("{{ {} }}", parts.join(", "))
    }

    /// This law as it is written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        let mut put = |name: &str, value: toml::Value| table.insert(name.to_owned(), value);
        let time = |span: Span| toml::Value::String(span.to_string());
        match *self {
            Self::Constant { value } => {
                put("law", "constant".into());
                put("value", time(value));
            }
            Self::Exponential { mean } => {
                put("law", "exponential".into());
                put("mean", time(mean));
            }
            Self::Weibull { shape, scale } => {
                put("law", "weibull".into());
                put("shape", shape.into());
                put("scale", time(scale));
            }
            Self::Lomax { shape, scale } => {
                put("law", "lomax".into());
                put("shape", shape.into());
                put("scale", time(scale));
            }
            Self::Lognormal { median, sigma } => {
                put("law", "lognormal".into());
                put("median", time(median));
                put("sigma", sigma.into());
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_agree_with_the_published_fit() {
        // The IPFS fit of 2022: shape 0.608, scale 3.66 h, mean 5.4 h.
        let law = Law::Weibull { shape: 0.608, scale: Span::from_secs(13_176) };
        assert!((law.mean_s() / 3600.0 - 5.41).abs() < 0.02, "{}", law.mean_s() / 3600.0);
    }
}
