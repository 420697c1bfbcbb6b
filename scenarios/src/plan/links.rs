//! How long messages take.

use std::sync::Arc;

use dhtlab_core::link::jitter::Jitter;
use dhtlab_core::link::model::LinkModel;
use dhtlab_core::link::read::{self, Measure};
use dhtlab_core::link::table::RegionTable;
use dhtlab_core::ratio::Ratio;
use dhtlab_core::time::Span;

use super::Context;
use super::files::{self, DelayFile, FileFault, Layout};
use crate::diag::Problem;
use crate::schema::{Item, Section, Value, scalar};

/// Links between all pairs of nodes, and how much single messages vary.
#[derive(Clone, Debug, PartialEq)]
pub struct LinksPlan {
    /// The model of one-way delays.
    pub delays: Delays,
    /// How single messages depart from the delay of their pair.
    pub jitter: Jitter,
}

/// A model of one-way delays.
#[derive(Clone, Debug, PartialEq)]
pub enum Delays {
    /// All the same.
    Constant {
        /// One way.
        delay: Span,
    },
    /// Uniform between two bounds, drawn per pair.
    Uniform {
        /// The shortest.
        min: Span,
        /// The longest.
        max: Span,
    },
    /// Log-normal, drawn per pair.
    LogNormal {
        /// The median.
        median: Span,
        /// Standard deviation of the logarithm.
        sigma: f64,
        /// What falls below is raised to this.
        floor: Span,
    },
    /// A measured table between regions; nodes are spread over them.
    Regions {
        /// Its name, which the core knows.
        table: String,
    },
    /// A synthetic plane.
    Synthetic,
    /// Measured coordinates from a file.
    Coordinates(DataFile),
    /// Measured round-trip times from a file.
    Matrix(DataFile, DelayFile),
}

/// A file that was read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Its path as the scenario names it.
    pub path: String,
    /// What is in it.
    pub text: Arc<str>,
}

/// The names of the laws of jitter.
pub const JITTERS: [&str; 2] = ["uniform", "lognormal"];

/// The names of the link models.
pub const MODELS: [&str; 6] =
    ["constant", "uniform", "lognormal", "regions", "coordinates", "matrix"];

/// The longest one-way delay.
const DELAY_MAX: Span = Span::from_mins(1);
/// The shortest one-way delay.
const DELAY_MIN: Span = Span::from_micros(1);

impl Default for LinksPlan {
    fn default() -> Self {
        let delays = Delays::Regions { table: RegionTable::NAMES[0].to_owned() };
        Self { delays, jitter: Jitter::None }
    }
}

impl LinksPlan {
    /// Reads `links = { model = ... }`.
    ///
    /// # Errors
    /// When `item` is not a table.
    pub fn read(item: &Item, context: &Context<'_>) -> Result<Self, Problem> {
        let section = Section::of("links", item, context.sink)?;
        let jitter = section.read_or("jitter", Jitter::None, |item| read_jitter(item, context));
        let model = section
            .require("model", "\"regions\"", |item| scalar::choice(item, "link model", &MODELS));
        let Some(delays) = model.and_then(|model| read_delays(model, &section, context)) else {
            return Ok(Self::default());
        };
        section.finish();
        Ok(Self { delays, jitter })
    }

    /// The model for the core.
    ///
    /// # Panics
    /// Never for a plan that was handed out: its files were checked.
    pub fn model(&self) -> LinkModel {
        match &self.delays {
            Delays::Constant { delay } => LinkModel::Constant { one_way: *delay },
            Delays::Uniform { min, max } => LinkModel::Uniform { min: *min, max: *max },
            Delays::LogNormal { median, sigma, floor } => {
                LinkModel::LogNormal { median: *median, sigma: *sigma, floor: *floor }
            }
            Delays::Regions { table } => {
                LinkModel::Regions(RegionTable::named(table).expect("the table was checked"))
            }
            Delays::Synthetic => LinkModel::Synthetic,
            Delays::Coordinates(file) => LinkModel::Coordinates(
                read::coordinates(&file.text, files::COORDINATE).expect("the file was checked"),
            ),
            Delays::Matrix(file, kind) => {
                LinkModel::Matrix(kind.read(&file.text).expect("the file was checked"))
            }
        }
    }

    /// The regions that faults may name; none where the model knows no regions.
    pub fn regions(&self) -> Vec<String> {
        match &self.delays {
            Delays::Regions { .. } | Delays::Synthetic => self.model().region_names(),
            _ => Vec::new(),
        }
    }

    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        let mut put = |name: &str, value: toml::Value| table.insert(name.to_owned(), value);
        let time = |span: &Span| super::shown(span);
        match &self.delays {
            Delays::Constant { delay } => {
                put("model", "constant".into());
                put("delay", time(delay));
            }
            Delays::Uniform { min, max } => {
                put("model", "uniform".into());
                put("min", time(min));
                put("max", time(max));
            }
            Delays::LogNormal { median, sigma, floor } => {
                put("model", "lognormal".into());
                put("median", time(median));
                put("sigma", (*sigma).into());
                put("floor", time(floor));
            }
            Delays::Regions { table } => {
                put("model", "regions".into());
                put("table", table.as_str().into());
            }
            Delays::Synthetic => {
                put("model", "coordinates".into());
            }
            Delays::Coordinates(file) => {
                put("model", "coordinates".into());
                put("file", file.path.as_str().into());
            }
            Delays::Matrix(file, kind) => {
                put("model", "matrix".into());
                put("file", file.path.as_str().into());
                put("layout", named(&LAYOUTS, &kind.layout).into());
                put("measure", named(&MEASURES, &kind.measure.round_trip).into());
                put("unit", named(&UNITS, &kind.measure.unit).into());
            }
        }
        put("jitter", resolved_jitter(&self.jitter));
        table
    }
}

fn read_delays(model: &str, section: &Section<'_>, context: &Context<'_>) -> Option<Delays> {
    let delay = |name: &str, default: Span| {
        let range = DELAY_MIN..=DELAY_MAX;
        section.read_or(name, default, |item| scalar::span(item, &range))
    };
    Some(match model {
        "constant" => Delays::Constant { delay: delay("delay", Span::from_millis(50)) },
        "uniform" => {
            let min = delay("min", Span::from_millis(20));
            Delays::Uniform { min, max: uniform_max(section, min) }
        }
        "lognormal" => {
            let median = delay("median", Span::from_millis(72));
            Delays::LogNormal {
                median,
                sigma: section.read_or("sigma", 0.74, |item| scalar::real(item, &(0.0..=3.0))),
                floor: section.read_or("floor", Span::from_millis(1).min(median), |item| {
                    scalar::span(item, &(DELAY_MIN..=median))
                }),
            }
        }
        "regions" => {
            let usual = RegionTable::NAMES[0];
            let table = section.read_or("table", usual, |item| {
                scalar::choice(item, "region table", &RegionTable::NAMES)
            });
            Delays::Regions { table: table.to_owned() }
        }
        "coordinates" if !section.has("file") => {
            section.allow("file");
            Delays::Synthetic
        }
        "coordinates" => {
            Delays::Coordinates(data_file(section, context, &files::check_coordinates)?)
        }
        _ => {
            let kind = read_kind(section);
            let check = |text: &str| kind.read(text).map(drop);
            Delays::Matrix(data_file(section, context, &check)?, kind)
        }
    })
}

/// The names of layouts of files of delays.
const LAYOUTS: [(&str, Layout); 2] = [("square", Layout::Square), ("king", Layout::King)];
/// The names of what is measured: is it a round trip?
const MEASURES: [(&str, bool); 2] = [("rtt", true), ("one-way", false)];
/// The names of units.
const UNITS: [(&str, Span); 3] =
    [("ms", Span::from_millis(1)), ("us", Span::from_micros(1)), ("s", Span::from_secs(1))];

/// The name of `value`, which is in the list.
fn named<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    names.iter().find(|(_, own)| own == value).map_or("", |(name, _)| *name)
}

/// How the file of a matrix is to be read.
fn read_kind(section: &Section<'_>) -> DelayFile {
    fn choose<T: Copy>(
        section: &Section<'_>,
        key: &str,
        names: &[(&'static str, T)],
        default: T,
    ) -> T {
        let spelled: Vec<&'static str> = names.iter().map(|(name, _)| *name).collect();
        let chosen = section.read(key, |item| scalar::choice(item, key, &spelled));
        names.iter().find(|(name, _)| Some(*name) == chosen).map_or(default, |(_, value)| *value)
    }
    let layout = choose(section, "layout", &LAYOUTS, Layout::Square);
    // The King set is published in microseconds.
    let unit = if layout == Layout::King { Span::from_micros(1) } else { Span::from_millis(1) };
    let unit = choose(section, "unit", &UNITS, unit);
    let round_trip = choose(section, "measure", &MEASURES, true);
    DelayFile { layout, measure: Measure { unit, round_trip } }
}

fn uniform_max(section: &Section<'_>, min: Span) -> Span {
    let default = Span::from_millis(80).max(min);
    section.read_or("max", default, |item| {
        let max = scalar::span(item, &(DELAY_MIN..=DELAY_MAX))?;
        if max >= min {
            return Ok(max);
        }
        Err(scalar::out_of_range(item, &max.to_string(), &format!("at least min, {min}"))
            .with(section.place_of("min"), "min is here"))
    })
}

fn data_file(
    section: &Section<'_>,
    context: &Context<'_>,
    check: &dyn Fn(&str) -> Result<(), FileFault>,
) -> Option<DataFile> {
    section.require("file", "\"rtt.csv\"", |item| {
        let path = scalar::text(item)?;
        let text = context.load(item, &path)?;
        check(&text).map_err(|fault| context.in_file(item, &path, &text, &fault))?;
        Ok(DataFile { path, text })
    })
}

/// Reads `"5%"`, `"measured"` or `{ law = "lognormal", share = ..., sigma = ... }`.
fn read_jitter(item: &Item, context: &Context<'_>) -> Result<Jitter, Problem> {
    let uniform =
        |share: Ratio| if share.is_zero() { Jitter::None } else { Jitter::Uniform { share } };
    match &item.value {
        Value::Text(text) if text == "measured" => Ok(Jitter::MEASURED),
        Value::Table(_) => {
            let section = Section::of("jitter", item, context.sink)?;
            let law = section
                .require("law", "\"lognormal\"", |item| scalar::choice(item, "jitter", &JITTERS));
            let share =
                section.require("share", "\"1%\"", scalar::share_below_all).unwrap_or(Ratio::ZERO);
            let jitter = if law == Some("lognormal") {
                let range = 0.0..=4.0;
                let sigma = section
                    .require("sigma", "2.0", |item| scalar::real(item, &range))
                    .unwrap_or(0.0);
                Jitter::LogNormal { share, sigma }
            } else {
                uniform(share)
            };
            section.finish();
            Ok(jitter)
        }
        _ => scalar::share_below_all(item).map(uniform),
    }
}

fn resolved_jitter(jitter: &Jitter) -> toml::Value {
    match jitter {
        Jitter::None => super::shown(&Ratio::ZERO),
        Jitter::Uniform { share } => super::shown(share),
        measured if *measured == Jitter::MEASURED => "measured".into(),
        Jitter::LogNormal { share, sigma } => {
            let mut table = toml::Table::new();
            table.insert("law".to_owned(), "lognormal".into());
            table.insert("share".to_owned(), super::shown(share));
            table.insert("sigma".to_owned(), (*sigma).into());
            table.into()
        }
    }
}
