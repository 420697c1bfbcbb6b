//! What a results folder says, read back from its tables: the one thing that the summary, the figures,
//! comparisons and the page are made of, right after a run as well as years later.

pub mod point;

mod error;
mod read;
mod rows;
mod table;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::metrics::Stat;
use crate::model::Interval;

/// A row of `node_load.csv`.
pub use crate::model::NodeLoad as NodeRow;
/// A row of `replicas.csv`.
pub use crate::model::Replicas as ReplicaRow;
pub use error::{Fault, ReadError, SHOWN_MAX};

/// Everything the tables of one results folder say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// The scenario's name.
    pub scenario: String,
    /// The runs: by entry of the scenario, then by point of the sweep, then by seed.
    pub runs: Vec<RecordedRun>,
}

/// One run: its line of `runs.csv`, and its rows of the other tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordedRun {
    /// 12 hex digits of the run's content key.
    pub run_id: String,
    /// 12 hex digits of what decides the world: runs of equal `world_id` and seed met the same nodes,
    /// sessions, places, links and operations, and are pairs.
    pub world_id: String,
    /// Which `[[protocol]]` of the scenario, from 1; fixes order and colour.
    pub entry: u32,
    /// The protocol's name.
    pub protocol: String,
    /// What tells it from other entries of the same protocol: preset and overrides, or the user's label.
    pub variant: String,
    /// The seed.
    pub seed: u64,
    /// Target population.
    pub nodes: u64,
    /// Mean hops of a lookup by theory, with full tables and without churn; `None` where there is none.
    pub hops_theory: Option<f64>,
    /// The point of the sweep: path and value of each axis, in the order of the axes; empty without one.
    pub point: IndexMap<String, String>,
    /// Every parameter of the protocol.
    pub params: IndexMap<String, String>,
    /// Simulated length.
    pub sim_duration_s: f64,
    /// Events handled.
    pub events: u64,
    /// The digest of the run, in hex.
    pub digest: String,
    /// `complete`, or why it is not.
    pub status: String,
    /// Rows of `metrics.csv`.
    pub metrics: Vec<MetricRow>,
    /// Rows of `timeseries.csv`.
    pub series: Vec<SeriesRow>,
    /// Rows of `hist.csv`.
    pub bins: Vec<BinRow>,
    /// Rows of `node_load.csv`.
    pub node_load: Vec<NodeRow>,
    /// Rows of `replicas.csv`.
    pub replicas: Vec<ReplicaRow>,
    /// Rows of `messages.csv`.
    pub messages: Vec<MessageRow>,
    /// Rows of `intervals.csv`.
    pub intervals: Vec<Interval>,
}

impl RecordedRun {
    /// A row of `metrics.csv`; `None` where there was nothing to observe.
    pub fn metric(&self, phase: &str, metric: &str, stat: Stat) -> Option<&MetricRow> {
        let same = |row: &&MetricRow| {
            *row.metric == *metric && *row.stat == *stat.name() && *row.phase == *phase
        };
        self.metrics.iter().find(same)
    }
}

/// A row of `metrics.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricRow {
    /// The phase.
    pub phase: Arc<str>,
    /// The metric's public name.
    pub metric: Arc<str>,
    /// `mean`, `p50`, `ratio` ...
    pub stat: Arc<str>,
    /// The value; `None` is a percentile among failures, or a recovery that did not come.
    pub value: Option<f64>,
    /// The unit.
    pub unit: Arc<str>,
    /// Observations behind it.
    pub n: u64,
}

/// A row of `timeseries.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRow {
    /// Start of the window.
    pub t_start_s: f64,
    /// End of the window.
    pub t_end_s: f64,
    /// The metric's public name.
    pub metric: Arc<str>,
    /// A purpose, a percentile, or empty.
    pub group: Arc<str>,
    /// The value.
    pub value: Option<f64>,
    /// The unit.
    pub unit: Arc<str>,
    /// Observations behind it.
    pub n: u64,
}

/// A row of `hist.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct BinRow {
    /// The phase.
    pub phase: Arc<str>,
    /// The metric's public name.
    pub metric: Arc<str>,
    /// The outcome of the operations counted.
    pub group: Arc<str>,
    /// The bin holds values from here ...; `None` counts operations that have no such value.
    pub bin_lo: Option<f64>,
    /// ... to below this.
    pub bin_hi: Option<f64>,
    /// So many.
    pub count: u64,
    /// The unit.
    pub unit: Arc<str>,
}

/// A row of `messages.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageRow {
    /// The phase.
    pub phase: Arc<str>,
    /// The kind of message.
    pub msg_type: Arc<str>,
    /// What it was for.
    pub purpose: Arc<str>,
    /// Messages sent.
    pub count: u64,
    /// Bytes sent.
    pub bytes: u64,
}
