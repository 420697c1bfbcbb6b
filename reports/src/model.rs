//! What a finished run hands over: plain rows, in simulated seconds, milliseconds and bytes.
//!
//! Everything the tables, statistics and figures say is computed from these; nothing here knows what
//! a protocol is.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::columns::Columns;

/// All runs of one scenario.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// The name in the scenario file.
    pub scenario: String,
    /// Of so many operations, by number, `lookups.csv` lists the first so many: (listed, of). Statistics
    /// count all of them.
    pub lookups_listed: Listed,
    /// What columns and metrics the tables have, where that was decided before the first run; `None`: as
    /// the runs turn out.
    pub columns: Option<Columns>,
    /// The runs, in order of protocol entry, point of the sweep and seed.
    pub runs: Vec<Run>,
}

/// The share of operations that is listed one by one: those whose number, spread evenly, falls into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Listed operations ...
    pub part: u64,
    /// ... out of this many; not zero.
    pub whole: u64,
}

impl Default for Listed {
    /// All.
    fn default() -> Self {
        Self { part: 1, whole: 1 }
    }
}

impl Listed {
    /// Is the operation with this number listed?
    pub fn lists(self, lookup_id: u64) -> bool {
        // Multiplication by the golden ratio spreads consecutive numbers evenly.
        let spread = lookup_id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        u128::from(spread) * u128::from(self.whole) < u128::from(self.part) << 64
    }
}

/// One protocol under one seed.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// 12 hex digits of the run's content key.
    pub run_id: String,
    /// 12 hex digits of what decides the world, seeds and protocols apart.
    pub world_id: String,
    /// Which `[[protocol]]` of the scenario, from 1.
    pub entry: u32,
    /// The protocol's name, such as `kademlia`.
    pub protocol: String,
    /// Tells entries of the same protocol apart: the preset and every override.
    pub variant: String,
    /// The seed.
    pub seed: u64,
    /// Target population.
    pub nodes: u64,
    /// Mean hops of a lookup by theory, with full tables and without churn; `None` where there is none.
    pub hops_theory: Option<f64>,
    /// The point of the sweep, in order of the axes: path and value, empty where the protocol does not have
    /// what is varied. For the columns `sweep.*`.
    pub point: IndexMap<String, String>,
    /// Every parameter of the protocol, spelled out, for the columns `param.*`.
    pub params: IndexMap<String, String>,
    /// Simulated length.
    pub sim_duration_s: f64,
    /// Events handled.
    pub events: u64,
    /// The digest of the run, in hex.
    pub digest: String,
    /// `complete`, or why it is not.
    pub status: String,
    /// Warm-up, measure and fault phases.
    pub intervals: Vec<Interval>,
    /// Every operation that was issued.
    pub operations: Vec<Operation>,
    /// Every join that ended, or was cut short.
    pub joins: Vec<Join>,
    /// Messages and bytes by time bin, type and purpose. Bins end where an interval begins or ends.
    pub traffic: Vec<Traffic>,
    /// What each node carried over the whole run.
    pub node_load: Vec<NodeLoad>,
    /// Gauges read at sample times.
    pub samples: Vec<Sample>,
    /// Keys by their number of live replicas, at sample times.
    pub replicas: Vec<Replicas>,
    /// Time from a fault's end to 95 % of the success before it, where that can be said.
    pub recoveries: Vec<Recovery>,
    /// The digest at every stop, in order of time.
    pub ladder: Vec<Rung>,
}

/// The digest of everything before an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// The instant.
    pub t_s: f64,
    /// The digest, in hex.
    pub digest: String,
}

/// A labelled stretch of the run. `measure` and `warmup` cover the run; fault phases lie on top.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// `warmup`, `measure` or `fault`.
    pub kind: String,
    /// The name of the phase; for `warmup` and `measure` the same word.
    pub label: String,
    /// Start.
    pub t_start_s: f64,
    /// End.
    pub t_end_s: f64,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Its number in the workload, the same for every protocol.
    pub lookup_id: u64,
    /// `find_node`, `put`, `get`, `provide`, `get_providers`, `delete`, `range`, `put_many` or `get_many`.
    pub op: &'static str,
    /// When it was issued.
    pub t_start_s: f64,
    /// Finish minus issue; `None` when the origin left before it ended.
    pub latency_ms: Option<f64>,
    /// Depth of the closest node found; 0 when nothing was found.
    pub hops: u32,
    /// RPCs sent by the origin.
    pub rpcs_sent: u32,
    /// RPCs that failed or timed out before the end.
    pub rpcs_timed_out: u32,
    /// Messages that the operation caused anywhere, as the engine counted them.
    pub messages: u64,
    /// Bytes of those messages.
    pub bytes: u64,
    /// `ok`, `not_found`, `incomplete`, `timeout`, `wrong`, `quorum_failed`, `skew_miss`, `no_contacts`,
    /// `unsupported` or `origin_left`. A read that finds nothing is `ok` when the record was deleted.
    /// `incomplete`: a range query that knows it lacks something, or a store of many records that did not
    /// store them all.
    pub outcome: &'static str,
    /// Did it find exactly the closest live servers? `None` where the question has no meaning.
    pub exact: Option<bool>,
    /// Share of the closest live servers that it found.
    pub recall_at_k: Option<f64>,
    /// For a range query that ended: how many names it reported.
    pub range_items: Option<u32>,
    /// Of the records that had to be found, the share that was; `None` where there was none.
    pub range_recall: Option<f64>,
    /// Of the names reported, the share that was right: in the range, in order, each once, and of a record
    /// that may have been there; `None` where nothing was reported.
    pub range_precision: Option<f64>,
    /// Holders that were asked and answered.
    pub range_holders: Option<u32>,
    /// Did the origin say that nothing is missing?
    pub range_complete: Option<bool>,
    /// For a store or a read of many records: what came of it.
    pub batch: Option<Batch>,
    /// Region of the origin.
    pub origin_region: String,
}

/// What came of a store or a read of many records. Records are told apart by key and subkey; a record is
/// due to a read when whoever announces it is up at the read's end, and the last announcement completed
/// before the read began is valid until then.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Batch {
    /// Records to be stored, or keys to be read.
    pub items: u32,
    /// Of these, what the origin said was stored or found.
    pub done: u32,
    /// What a read found, several under one key where there are; `None` for a store, and without an answer.
    pub entries: Option<u32>,
    /// Of the records due, the share found in that version or a newer one; `None` where there was none.
    pub recall: Option<f64>,
    /// Of the records found, the share of those who are not up; `None` where nothing was found.
    pub ghost_ratio: Option<f64>,
    /// Of the keys with a record due, the share for which nothing was found; `None` where there was none.
    pub missing_keys_ratio: Option<f64>,
}

/// One attempt to enter the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// The node.
    pub node: u64,
    /// When its session began.
    pub t_start_s: f64,
    /// Time until it was in; `None` when it was not, or left before.
    pub latency_ms: Option<f64>,
    /// Did it find its place, at the first try or at a later one?
    pub success: bool,
}

impl Join {
    /// Joins that take longer had to be tried again.
    pub const PROMPT_MS: f64 = 60_000.0;

    /// Did it find its place within a minute?
    pub fn is_prompt(&self) -> bool {
        self.success && self.latency_ms.is_some_and(|ms| ms <= Self::PROMPT_MS)
    }
}

/// Messages of one type and purpose in one time bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    /// Start of the bin.
    pub t_start_s: f64,
    /// End of the bin.
    pub t_end_s: f64,
    /// The kind of message.
    pub msg_type: &'static str,
    /// `lookup`, `store`, `maintenance`, `join`, `learning` or `migration`.
    pub purpose: &'static str,
    /// Messages sent.
    pub count: u64,
    /// Bytes sent.
    pub bytes: u64,
}

/// What one node carried.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeLoad {
    /// The node.
    pub node: u64,
    /// The name of its group; without one `bootstrap`, `server` or `client`.
    pub role: Arc<str>,
    /// Does it answer nobody?
    pub client: bool,
    /// Time in the network.
    pub uptime_s: f64,
    /// Messages handled.
    pub msgs_in: u64,
    /// Messages sent.
    pub msgs_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Records held at the end; `None` for a node that is down then.
    pub keys_stored: Option<u64>,
    /// Contacts in its table at the end.
    pub table_entries: Option<u64>,
    /// Of these, contacts that are down at the end.
    pub table_stale: Option<u64>,
}

/// A gauge at one time: `live_nodes`, `table.entries`, `table.stale_ratio`, `overlay.components`,
/// `overlay.largest_component_ratio` and others.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When it was read.
    pub t_s: f64,
    /// Its public name.
    pub metric: &'static str,
    /// The value.
    pub value: f64,
    /// The unit, such as `nodes`, `ratio`, `contacts`.
    pub unit: &'static str,
    /// How many nodes or keys stand behind it.
    pub n: u64,
}

/// How many keys have so many live replicas.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicas {
    /// When.
    pub t_s: f64,
    /// Live replicas.
    pub replicas_live: u32,
    /// Keys that have so many.
    pub keys: u64,
}

/// Recovery from one fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovery {
    /// The name of the phase.
    pub phase: String,
    /// When the fault ended.
    pub healed_at_s: f64,
    /// Time until the success ratio was back at 95 % of what it was before the fault; `None` when it
    /// was not before the run ended.
    pub time_to_95_s: Option<f64>,
}
