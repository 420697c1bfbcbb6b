//! How long messages take.

use std::sync::Arc;

use dhtlab_core::ratio::Ratio;
use dhtlab_core::time::Span;

use super::Context;
use super::files;
use super::regions::{self, RegionTable};
use crate::diag::Problem;
use crate::schema::{Item, Section, scalar, units};

/// Links between all pairs of nodes, and how much single messages vary.
#[derive(Clone, Debug, PartialEq)]
pub struct LinksPlan {
    /// The model.
    pub model: LinkModel,
    /// The largest deviation of a message from its pair's delay, as a share of it.
    pub jitter: Ratio,
}

/// A model of one-way delays.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkModel {
    /// All the same.
    Constant {
        /// One-way delay.
        delay: Span,
    },
    /// Uniform between two bounds, drawn per pair.
    Uniform {
        /// Least one-way delay.
        min: Span,
        /// Largest one-way delay.
        max: Span,
    },
    /// Log-normal, drawn per pair.
    Lognormal {
        /// Median one-way delay.
        median: Span,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// A measured table between regions; nodes are spread evenly over them.
    Regions {
        /// The table.
        table: &'static RegionTable,
    },
    /// Points on a square with an access delay each.
    Coordinates {
        /// One-way delay along one side of the square.
        side: Span,
        /// Median access delay of a node.
        height: Span,
        /// Standard deviation of the logarithm of the access delay.
        height_sigma: f64,
    },
    /// Round-trip times in milliseconds from a file.
    Matrix {
        /// The file as the scenario names it.
        file: String,
        /// What is in it, checked to be a square of numbers.
        text: Arc<str>,
    },
}

/// The names of the link models.
pub const MODELS: [&str; 6] =
    ["constant", "uniform", "lognormal", "regions", "coordinates", "matrix"];

/// The longest one-way delay.
const DELAY_MAX: Span = Span::from_mins(1);
/// The shortest one-way delay.
const DELAY_MIN: Span = Span::from_micros(1);

impl Default for LinksPlan {
    fn default() -> Self {
        let model = LinkModel::Regions { table: &regions::TABLES[0] };
        Self { model, jitter: Ratio::ZERO }
    }
}

impl LinksPlan {
    /// Reads `links = { model = ... }`.
    ///
    /// # Errors
    /// When `item` is not a table.
    pub fn read(item: &Item, context: &Context<'_>) -> Result<Self, Problem> {
        let section = Section::of("links", item, context.sink)?;
        let jitter = section.read_or("jitter", Ratio::ZERO, scalar::share);
        let named = section
            .require("model", "\"regions\"", |item| scalar::choice(item, "link model", &MODELS));
        let delay = |name: &str, default: Span| {
            let range = DELAY_MIN..=DELAY_MAX;
            section.read_or(name, default, |item| scalar::span(item, &range))
        };
        let sigma = |name: &str, default: f64| {
            section.read_or(name, default, |item| scalar::real(item, &(0.0..=3.0)))
        };
        let model = match named {
            Some("constant") => {
                LinkModel::Constant { delay: delay("delay", Span::from_millis(50)) }
            }
            Some("uniform") => {
                let min = delay("min", Span::from_millis(20));
                LinkModel::Uniform { min, max: uniform_max(&section, min) }
            }
            Some("lognormal") => LinkModel::Lognormal {
                median: delay("median", Span::from_millis(50)),
                sigma: sigma("sigma", 0.6),
            },
            Some("regions") => LinkModel::Regions { table: table(&section) },
            Some("coordinates") => LinkModel::Coordinates {
                side: delay("side", Span::from_millis(150)),
                height: delay("height", Span::from_micros(5_800)),
                height_sigma: sigma("height_sigma", 1.5),
            },
            Some("matrix") => matrix(&section, context),
            _ => return Ok(Self::default()),
        };
        section.finish();
        Ok(Self { model, jitter })
    }

    /// The regions that faults may name; none where the model knows no regions.
    pub const fn regions(&self) -> &'static [&'static str] {
        match &self.model {
            LinkModel::Regions { table } => table.regions,
            _ => &[],
        }
    }

    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        let mut put = |name: &str, value: toml::Value| table.insert(name.to_owned(), value);
        let text = |value: &dyn ToString| toml::Value::String(value.to_string());
        let name = match &self.model {
            LinkModel::Constant { .. } => "constant",
            LinkModel::Uniform { .. } => "uniform",
            LinkModel::Lognormal { .. } => "lognormal",
            LinkModel::Regions { .. } => "regions",
            LinkModel::Coordinates { .. } => "coordinates",
            LinkModel::Matrix { .. } => "matrix",
        };
        put("model", name.into());
        match &self.model {
            LinkModel::Constant { delay } => {
                put("delay", text(delay));
            }
            LinkModel::Uniform { min, max } => {
                put("min", text(min));
                put("max", text(max));
            }
            LinkModel::Lognormal { median, sigma } => {
                put("median", text(median));
                put("sigma", (*sigma).into());
            }
            LinkModel::Regions { table } => {
                put("table", table.name.into());
            }
            LinkModel::Coordinates { side, height, height_sigma } => {
                put("side", text(side));
                put("height", text(height));
                put("height_sigma", (*height_sigma).into());
            }
            LinkModel::Matrix { file, .. } => {
                put("file", file.as_str().into());
            }
        }
        put("jitter", text(&self.jitter));
        table
    }
}

fn uniform_max(section: &Section<'_>, min: Span) -> Span {
    let default = Span::from_millis(80).max(min);
    section.read_or("max", default, |item| {
        let max = scalar::span(item, &(DELAY_MIN..=DELAY_MAX.min(units::LONGEST)))?;
        if max >= min {
            return Ok(max);
        }
        Err(scalar::out_of_range(item, &max.to_string(), &format!("at least min, {min}"))
            .with(section.place_of("min"), "min is here"))
    })
}

fn table(section: &Section<'_>) -> &'static RegionTable {
    let names: Vec<&str> = regions::TABLES.iter().map(|table| table.name).collect();
    section.read_or("table", &regions::TABLES[0], |item| {
        let name = scalar::choice(item, "region table", &names)?;
        Ok(regions::TABLES.iter().find(|table| table.name == name).unwrap_or(&regions::TABLES[0]))
    })
}

fn matrix(section: &Section<'_>, context: &Context<'_>) -> LinkModel {
    let read = section.require("file", "\"rtt.csv\"", |item| {
        let file = scalar::text(item)?;
        let text = context.load(item, &file)?;
        match files::check_matrix(&text) {
            Ok(_) => Ok((file, text)),
            Err(fault) => Err(context.in_file(item, &file, &text, &fault)),
        }
    });
    let (file, text) = read.unwrap_or_else(|| (String::new(), Arc::from("")));
    LinkModel::Matrix { file, text }
}
