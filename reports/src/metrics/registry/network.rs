//! Metrics of joins, traffic, balance, stored records and the overlay.

use super::super::{Direction, MetricInfo, Source, Stat, around, balance};
use super::{higher, lower};
use crate::model::Join;

pub(super) const JOIN: &[MetricInfo] = &[
    lower(
        "join.latency_ms",
        "ms",
        Stat::P50,
        Source::JoinLatency,
        "Time from a node's start to its place in the network, over the joins that succeeded; *_all is over all.",
    ),
    higher(
        "join.prompt_ratio",
        "ratio",
        Stat::Ratio,
        Source::JoinShare(Join::is_prompt),
        "Share of all joins begun that found their place within a minute of the node's start.",
    ),
    higher(
        "join.success_ratio",
        "ratio",
        Stat::Ratio,
        Source::JoinShare(|j| j.success),
        "Share of all joins begun that found their place in the end, however often they were tried. A node that left before counts as failed.",
    ),
];

pub(super) const KEYS: &[MetricInfo] = &[
    lower(
        "keys.cv",
        "ratio",
        Stat::Ratio,
        Source::Keys(balance::cv),
        "Coefficient of variation of records per server, over the servers that are up at the end of the run: standard deviation over mean, 0 when all hold the same.",
    ),
    lower(
        "keys.gini",
        "ratio",
        Stat::Ratio,
        Source::Keys(balance::gini),
        "Gini coefficient of records per server, over the servers that are up at the end of the run: 0 when all hold the same, towards 1 when one holds all.",
    ),
    lower(
        "keys.max_over_mean",
        "ratio",
        Stat::Ratio,
        Source::Keys(balance::max_over_mean),
        "Largest number of records per server, over the servers that are up at the end of the run, as a multiple of their mean.",
    ),
    higher(
        "keys.p1_over_mean",
        "ratio",
        Stat::Ratio,
        Source::Keys(balance::p1_over_mean),
        "First percentile of records per server, over the servers that are up at the end of the run, as a multiple of their mean.",
    ),
    lower(
        "keys.p99_over_mean",
        "ratio",
        Stat::Ratio,
        Source::Keys(balance::p99_over_mean),
        "99th percentile of records per server, over the servers that are up at the end of the run, as a multiple of their mean.",
    ),
];

pub(super) const LEARNING: &[MetricInfo] = &[
    lower(
        "learning.bytes",
        "bytes",
        Stat::Sum,
        Source::Sent("learning"),
        "Bytes sent by all nodes for training, electing and spreading a learned model.",
    ),
    MetricInfo {
        name: "learning.retrains_max",
        unit: "activations",
        doc: "Models that one node has begun to use so far, the largest over live nodes, read at sample times.",
        direction: Direction::Neither,
        default_stat: Stat::Max,
        source: Source::Gauge,
    },
];

pub(super) const LIVE_NODES: &[MetricInfo] = &[MetricInfo {
    name: "live_nodes",
    unit: "nodes",
    doc: "Nodes that are up, read at sample times.",
    direction: Direction::Neither,
    default_stat: Stat::Mean,
    source: Source::Gauge,
}];

pub(super) const LOAD: &[MetricInfo] = &[lower(
    "load.gini",
    "ratio",
    Stat::Ratio,
    Source::Gini,
    "Inequality of messages handled by servers over the whole run, against their time in the network: 0 when all handle the same per second, towards 1 when one handles all.",
)];

pub(super) const MIGRATION: &[MetricInfo] = &[
    lower(
        "migration.bytes",
        "bytes",
        Stat::Sum,
        Source::Sent("migration"),
        "Bytes sent by all nodes for moving records that a new model places elsewhere.",
    ),
    lower(
        "migration.items_sum",
        "records",
        Stat::Max,
        Source::Gauge,
        "Records that live nodes have moved so far because a new model places them elsewhere, read at sample times.",
    ),
];

pub(super) const MODEL: &[MetricInfo] = &[
    MetricInfo {
        name: "model.bytes_mean",
        unit: "bytes",
        doc: "Size of a node's learned model, mean over live nodes, read at sample times.",
        direction: Direction::Neither,
        default_stat: Stat::Mean,
        source: Source::Gauge,
    },
    MetricInfo {
        name: "model.leaves_mean",
        unit: "leaves",
        doc: "Leaves in use of a node's learned model, mean over live nodes, read at sample times.",
        direction: Direction::Neither,
        default_stat: Stat::Mean,
        source: Source::Gauge,
    },
    MetricInfo {
        name: "model.version_max",
        unit: "version",
        doc: "Newest version of the learned model that any live node has activated, read at sample times.",
        direction: Direction::Neither,
        default_stat: Stat::Max,
        source: Source::Gauge,
    },
    MetricInfo {
        name: "model.version_min",
        unit: "version",
        doc: "Oldest version of the learned model that any live node still has active, read at sample times.",
        direction: Direction::Neither,
        default_stat: Stat::Min,
        source: Source::Gauge,
    },
];

pub(super) const NET: &[MetricInfo] = &[
    lower(
        "net.bytes_per_node_s",
        "bytes/node/s",
        Stat::Mean,
        Source::Net(|t| t.bytes),
        "Bytes sent per live node and second, of all purposes.",
    ),
    lower(
        "net.learning_bytes_per_node_s",
        "bytes/node/s",
        Stat::Mean,
        Source::Net(|t| if t.purpose == "learning" { t.bytes } else { 0 }),
        "Bytes sent per live node and second for training, electing and spreading a learned model.",
    ),
    lower(
        "net.maintenance_bytes_per_node_s",
        "bytes/node/s",
        Stat::Mean,
        Source::Net(|t| if t.purpose == "maintenance" { t.bytes } else { 0 }),
        "Bytes sent per live node and second for keeping tables and replicas in order.",
    ),
    lower(
        "net.migration_bytes_per_node_s",
        "bytes/node/s",
        Stat::Mean,
        Source::Net(|t| if t.purpose == "migration" { t.bytes } else { 0 }),
        "Bytes sent per live node and second for moving records that a new model places elsewhere.",
    ),
    lower(
        "net.msgs_per_node_s",
        "messages/node/s",
        Stat::Mean,
        Source::Net(|t| t.count),
        "Messages sent per live node and second, of all purposes.",
    ),
];

pub(super) const OVERLAY: &[MetricInfo] = &[
    lower(
        "overlay.components",
        "components",
        Stat::Max,
        Source::Gauge,
        "Weakly connected parts of the graph of live nodes and their live contacts; 1 is whole.",
    ),
    higher(
        "overlay.largest_component_ratio",
        "ratio",
        Stat::Min,
        Source::Gauge,
        "Share of live nodes in the largest connected part of the overlay.",
    ),
];

/// A share of what was begun on one side of a fault.
const fn beside(
    name: &'static str,
    side: around::Side,
    begun: around::Begun,
    doc: &'static str,
) -> MetricInfo {
    higher(name, "ratio", Stat::Ratio, Source::Around(side, begun), doc)
}

pub(super) const RECOVERY: &[MetricInfo] = &[
    beside(
        "recovery.joins_after_ratio",
        around::AFTER,
        around::JOINS,
        "Of the joins begun between a fault's end and the next fault or the end of the run, the share that found their place within a minute.",
    ),
    beside(
        "recovery.joins_before_ratio",
        around::BEFORE,
        around::JOINS,
        "Of the joins begun after the warm-up or the fault before, and before this fault, the share that found their place within a minute.",
    ),
    beside(
        "recovery.joins_during_ratio",
        around::DURING,
        around::JOINS,
        "Of the joins begun during a fault, the share that found their place within a minute.",
    ),
    beside(
        "recovery.success_after_ratio",
        around::AFTER,
        around::OPERATIONS,
        "Share of the lookups begun between a fault's end and the next fault or the end of the run that succeeded; of all operations where there are no lookups.",
    ),
    beside(
        "recovery.success_before_ratio",
        around::BEFORE,
        around::OPERATIONS,
        "Share of the lookups begun after the warm-up or the fault before, and before this fault, that succeeded; of all operations where there are no lookups.",
    ),
    beside(
        "recovery.success_during_ratio",
        around::DURING,
        around::OPERATIONS,
        "Share of the lookups begun during a fault that succeeded; of all operations where there are no lookups.",
    ),
    lower(
        "recovery.time_to_95_s",
        "s",
        Stat::Max,
        Source::Recovery,
        "Time from a fault's end until lookups succeed at 95 % of the level before it, over a window that looks forward for the time of 100 lookups (10 s to 600 s). The longest is empty when that was not reached before the run ended; the mean is over the faults that were recovered from, and the count says how many.",
    ),
];

pub(super) const STORE: &[MetricInfo] = &[
    lower(
        "store.lost_ratio",
        "ratio",
        Stat::Ratio,
        Source::Lost,
        "Share of stored keys without a live replica, at the last sample of the phase.",
    ),
    // More copies are safer and dearer: how many is a choice.
    MetricInfo {
        name: "store.replicas_live",
        unit: "replicas",
        doc: "Live replicas of a key, over all keys at all samples of the phase.",
        direction: Direction::Neither,
        default_stat: Stat::Mean,
        source: Source::Replicas,
    },
];

pub(super) const TABLE: &[MetricInfo] = &[
    MetricInfo {
        name: "table.entries",
        unit: "contacts",
        doc: "Contacts in a node's routing table, mean over nodes, read at sample times.",
        direction: Direction::Neither,
        default_stat: Stat::Mean,
        source: Source::Gauge,
    },
    lower(
        "table.stale_ratio",
        "ratio",
        Stat::Mean,
        Source::Gauge,
        "Share of contacts in routing tables that are down, read at sample times.",
    ),
];
