//! Churn: when nodes come and go.

use std::sync::Arc;

use dhtlab_core::churn::{Churn, ChurnSpec, Diurnal, Turnover, trace};
use dhtlab_core::dist::Law;
use dhtlab_core::ratio::Ratio;
use dhtlab_core::time::Span;

use super::Context;
use super::files;
use super::law;
use crate::diag::Diagnostic;
use crate::schema::{Section, scalar};

/// Churn.
#[derive(Clone, Debug, PartialEq)]
pub struct ChurnPlan {
    /// The preset it started from, if any.
    pub preset: Option<&'static ChurnPreset>,
    /// When nodes are up.
    pub model: ChurnModel,
    /// Share of sessions that end with a good-bye.
    pub graceful: Ratio,
    /// Share of nodes that are always up.
    pub stable_core: Ratio,
    /// Arrivals over the day.
    pub diurnal: Option<DiurnalPlan>,
}

/// When nodes are up.
#[derive(Clone, Debug, PartialEq)]
pub enum ChurnModel {
    /// Always.
    None,
    /// Up and down times are drawn.
    Laws {
        /// How long a node stays.
        session: Law,
        /// What follows.
        turnover: Turnover,
    },
    /// From a file of `node,up,down`.
    Trace {
        /// The file as the scenario names it.
        file: String,
        /// What is in it, checked to be in order.
        text: Arc<str>,
    },
}

/// Arrivals over the day: rate times 1 + amplitude * cos(2 pi (t - peak) / period).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiurnalPlan {
    /// How far the rate swings.
    pub amplitude: Ratio,
    /// The length of a day.
    pub period: Span,
    /// When arrivals peak, after the start of the run.
    pub peak: Span,
}

/// A measured churn.
#[derive(Debug, PartialEq)]
pub struct ChurnPreset {
    /// Its name in scenario files.
    pub name: &'static str,
    /// What was measured.
    pub doc: &'static str,
    /// Where.
    pub source: &'static str,
    /// How long a node stays.
    pub session: Law,
    /// How long it stays away.
    pub downtime: Law,
}

const IPFS_2021: Law = Law::Weibull { shape: 0.518, scale: Span::from_millis(6_962_400) };
const IPFS_2022: Law = Law::Weibull { shape: 0.608, scale: Span::from_secs(13_176) };

/// The names of modes.
pub const MODES: [&str; 3] = ["rejoin", "replace", "arrivals"];

/// All churn presets.
pub static PRESETS: [ChurnPreset; 3] = [
    ChurnPreset {
        name: "ipfs-2021",
        doc: "IPFS nodes in 2021: 87.6 % of sessions under 8 h, median under one hour",
        source: "two-point Weibull fit to SIGCOMM 2022 figures; downtime assumed to follow the same law",
        session: IPFS_2021,
        downtime: IPFS_2021,
    },
    ChurnPreset {
        name: "ipfs-2022",
        doc: "IPFS DHT servers in 2022: half of the sessions under 2 h, 80 % under 8 h",
        source: "Weibull fit to ProbeLab RFM2; downtime assumed to follow the same law",
        session: IPFS_2022,
        downtime: IPFS_2022,
    },
    ChurnPreset {
        name: "kad-2009",
        doc: "KAD: sessions with a median of 93 min, absences with a median of 192 min",
        source: "Steiner et al. 2009, Weibull fits from the second crawl on",
        session: Law::Weibull { shape: 0.61511, scale: Span::from_millis(10_172_310) },
        downtime: Law::Weibull { shape: 0.47648, scale: Span::from_millis(24_820_590) },
    },
];

impl ChurnPlan {
    /// Nobody comes or goes.
    pub const NONE: Self = Self {
        preset: None,
        model: ChurnModel::None,
        graceful: Ratio::ZERO,
        stable_core: Ratio::ZERO,
        diurnal: None,
    };

    /// Reads `[churn]`.
    pub fn read(section: Section<'_>, context: &Context<'_>) -> Self {
        let choices: Vec<&str> = PRESETS.iter().map(|preset| preset.name).chain(["none"]).collect();
        let named = section.read("preset", |item| scalar::choice(item, "churn preset", &choices));
        let preset = named.and_then(|name| PRESETS.iter().find(|preset| preset.name == name));
        let model = read_model(&section, context, named == Some("none"), preset);
        let plan = Self {
            preset,
            model,
            graceful: section.read_or("graceful", Ratio::ZERO, scalar::share),
            stable_core: section.read_or("stable_core", Ratio::ZERO, scalar::share),
            diurnal: section.section("diurnal").map(read_diurnal),
        };
        section.finish();
        plan
    }

    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        let mut put = |name: &str, value: toml::Value| table.insert(name.to_owned(), value);
        if let Some(preset) = self.preset {
            put("preset", preset.name.into());
        } else if self.model == ChurnModel::None {
            put("preset", "none".into());
        }
        if let ChurnModel::Trace { file, .. } = &self.model {
            put("trace", file.as_str().into());
        }
        if let ChurnModel::Laws { turnover, .. } = &self.model {
            let mode = match turnover {
                Turnover::Rejoin { .. } => "rejoin",
                Turnover::Replace { .. } => "replace",
                Turnover::Arrivals => "arrivals",
            };
            put("mode", mode.into());
        }
        put("graceful", super::shown(&self.graceful));
        put("stable_core", super::shown(&self.stable_core));
        if let ChurnModel::Laws { session, turnover } = &self.model {
            put("session", law::resolved(session).into());
            if let Some(downtime) = downtime_of(turnover) {
                put("downtime", law::resolved(&downtime).into());
            }
        }
        if let Some(diurnal) = self.diurnal {
            let mut day = toml::Table::new();
            day.insert("amplitude".to_owned(), super::shown(&diurnal.amplitude));
            day.insert("period".to_owned(), super::shown(&diurnal.period));
            day.insert("peak".to_owned(), super::shown(&diurnal.peak));
            put("diurnal", day.into());
        }
        table
    }

    /// The churn for the core.
    ///
    /// # Panics
    /// Never for a plan that was handed out: its file was checked.
    pub fn spec(&self) -> Churn {
        match &self.model {
            ChurnModel::None => Churn::None,
            ChurnModel::Trace { text, .. } => {
                Churn::Trace(trace::read(text).expect("the file was checked"))
            }
            ChurnModel::Laws { session, turnover } => Churn::Drawn(ChurnSpec {
                session: *session,
                turnover: *turnover,
                graceful: self.graceful,
                stable_core: self.stable_core,
                diurnal: self.diurnal.map(|day| Diurnal {
                    amplitude: day.amplitude,
                    period: day.period,
                    phases: vec![day.peak],
                }),
                stationary: true,
            }),
        }
    }

    /// How many nodes a trace speaks of; `None` where nothing was measured.
    pub fn measured_nodes(&self) -> Option<u64> {
        match self.spec() {
            Churn::Trace(trace) => Some(trace.sessions.len() as u64),
            _ => None,
        }
    }

    /// Does each session have an identity of its own?
    pub const fn renews(&self) -> bool {
        matches!(
            self.model,
            ChurnModel::Laws { turnover: Turnover::Replace { .. } | Turnover::Arrivals, .. }
        )
    }

    /// Sessions that begin per node and hour, for estimates.
    pub fn sessions_per_node_hour(&self) -> f64 {
        match &self.model {
            ChurnModel::Laws { session, .. } => 3_600.0 / law::mean_s(session).max(1.0),
            ChurnModel::None | ChurnModel::Trace { .. } => 0.0,
        }
    }

    /// Identities that take turns at one place in the network, where the same ones come back.
    pub fn identities_per_node(&self) -> f64 {
        match &self.model {
            ChurnModel::Laws { session, turnover } => {
                let away = downtime_of(turnover).map_or(0.0, |downtime| law::mean_s(&downtime));
                1.0 + away / law::mean_s(session).max(1.0)
            }
            ChurnModel::None | ChurnModel::Trace { .. } => 1.0,
        }
    }
}

fn read_model(
    section: &Section<'_>,
    context: &Context<'_>,
    none: bool,
    preset: Option<&'static ChurnPreset>,
) -> ChurnModel {
    let trace = section.read("trace", |item| {
        let file = scalar::text(item)?;
        let text = context.load(item, &file)?;
        match files::check_trace(&text) {
            Ok(()) => Ok((file, text)),
            Err(fault) => Err(context.in_file(item, &file, &text, &fault)),
        }
    });
    let read =
        |name: &str| section.read(name, |item| law::read(name, item, context.sink)).flatten();
    let (session, downtime) = (read("session"), read("downtime"));
    if section.has("trace") {
        for other in ["preset", "session", "downtime"] {
            if section.has(other) && !(other == "preset" && none) {
                context.excluded(section, other, "trace", "a trace says when nodes are up");
            }
        }
        return trace.map_or(ChurnModel::None, |(file, text)| ChurnModel::Trace { file, text });
    }
    if none {
        for other in ["session", "downtime"] {
            if section.has(other) {
                context.excluded(section, other, "preset", "there is no churn");
            }
        }
        return ChurnModel::None;
    }
    let mode = section.read_or("mode", "rejoin", |item| scalar::choice(item, "mode", &MODES));
    if mode == "arrivals" && section.has("downtime") {
        context.excluded(section, "downtime", "mode", "who has left never comes back");
    }
    let session = session.or(preset.map(|preset| preset.session));
    let downtime = downtime.or(preset.map(|preset| preset.downtime));
    match (session, downtime, mode) {
        (Some(session), _, "arrivals") => {
            ChurnModel::Laws { session, turnover: Turnover::Arrivals }
        }
        (Some(session), Some(downtime), "replace") => {
            ChurnModel::Laws { session, turnover: Turnover::Replace { downtime } }
        }
        (Some(session), Some(downtime), _) => {
            ChurnModel::Laws { session, turnover: Turnover::Rejoin { downtime } }
        }
        _ => {
            if !section.has("preset") {
                need_both(section, context);
            }
            ChurnModel::None
        }
    }
}

const fn downtime_of(turnover: &Turnover) -> Option<Law> {
    match turnover {
        Turnover::Rejoin { downtime } | Turnover::Replace { downtime } => Some(*downtime),
        Turnover::Arrivals => None,
    }
}

fn need_both(section: &Section<'_>, context: &Context<'_>) {
    let missing = match (section.has("session"), section.has("downtime")) {
        (true, true) => return,
        (true, false) => "`downtime`",
        (false, true) => "`session`",
        (false, false) => "a `preset`, or `session` and `downtime`, or a `trace`",
    };
    context.sink.report(
        Diagnostic::error("E003", format!("[churn] needs {missing}"))
            .at(section.place(), "missing here")
            .help("such as preset = \"ipfs-2022\", or session = { law = \"exponential\", mean = \"1h\" }"),
    );
}

fn read_diurnal(section: Section<'_>) -> DiurnalPlan {
    let hour = Span::from_hours(1);
    let diurnal = DiurnalPlan {
        amplitude: section
            .require("amplitude", "\"20%\"", scalar::share_below_all)
            .unwrap_or(Ratio::ZERO),
        period: section.read_or("period", Span::from_hours(24), |item| {
            scalar::span(item, &(hour..=Span::from_hours(24 * 400)))
        }),
        peak: section.read_or("peak", Span::ZERO, scalar::any_span),
    };
    section.finish();
    diurnal
}
