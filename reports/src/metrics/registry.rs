//! The list of metrics. Names are public: scripts and scenarios depend on them.

use super::{MetricInfo, Source, Stat};
use crate::model::{Join, Operation};

const SUCCEEDED: fn(&Operation) -> Option<bool> = |o| Some(o.outcome == "ok");
const ORIGIN_LEFT: fn(&Operation) -> Option<bool> = |o| Some(o.outcome == "origin_left");

const fn share(
    name: &'static str,
    op: &'static str,
    judge: fn(&Operation) -> Option<bool>,
    doc: &'static str,
) -> MetricInfo {
    MetricInfo {
        name,
        unit: "ratio",
        doc,
        higher_is_better: Some(true),
        default_stat: Stat::Ratio,
        source: Source::OpShare(op, judge),
    }
}

const fn lower(
    name: &'static str,
    unit: &'static str,
    default_stat: Stat,
    source: Source,
    doc: &'static str,
) -> MetricInfo {
    MetricInfo { name, unit, doc, higher_is_better: Some(false), default_stat, source }
}

const fn higher(
    name: &'static str,
    unit: &'static str,
    default_stat: Stat,
    source: Source,
    doc: &'static str,
) -> MetricInfo {
    MetricInfo { name, unit, doc, higher_is_better: Some(true), default_stat, source }
}

/// Every metric, by name.
pub static METRICS: &[MetricInfo] = &[
    lower(
        "get.latency_ms",
        "ms",
        Stat::P50,
        Source::OpLatency("get"),
        "Time from a get to its answer, over the gets that succeeded; *_all is over all gets, failures as infinite.",
    ),
    share(
        "get.success_ratio",
        "get",
        SUCCEEDED,
        "Share of all gets issued that returned the right value. A get whose origin left counts as failed.",
    ),
    lower(
        "get_providers.latency_ms",
        "ms",
        Stat::P50,
        Source::OpLatency("get_providers"),
        "Time from a search for providers to its answer, over those that succeeded; *_all is over all.",
    ),
    share(
        "get_providers.success_ratio",
        "get_providers",
        SUCCEEDED,
        "Share of all searches for providers that found one.",
    ),
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
    MetricInfo {
        name: "live_nodes",
        unit: "nodes",
        doc: "Nodes that are up, read at sample times.",
        higher_is_better: None,
        default_stat: Stat::Mean,
        source: Source::Gauge,
    },
    lower(
        "load.gini",
        "ratio",
        Stat::Ratio,
        Source::Gini,
        "Inequality of messages handled by servers over the whole run, against their time in the network: 0 when all handle the same per second, towards 1 when one handles all.",
    ),
    lower(
        "lookup.bytes",
        "bytes",
        Stat::Mean,
        Source::OpCost("find_node", |o| o.bytes),
        "Bytes of the messages that a lookup caused anywhere, over all lookups.",
    ),
    share(
        "lookup.exact_ratio",
        "find_node",
        |o| o.exact,
        "Share of lookups that found exactly the closest live servers, over those where the question has a meaning.",
    ),
    lower(
        "lookup.hops",
        "hops",
        Stat::Mean,
        Source::OpDepth("find_node", |o| u64::from(o.hops)),
        "Depth of the closest node found: 1 when known from the own table, else 1 more than the node that first named it. Over the lookups that succeeded.",
    ),
    lower(
        "lookup.latency_ms",
        "ms",
        Stat::P50,
        Source::OpLatency("find_node"),
        "Time from a lookup to its answer, over the lookups that succeeded; *_all is over all lookups, failures as infinite.",
    ),
    lower(
        "lookup.messages",
        "messages",
        Stat::Mean,
        Source::OpCost("find_node", |o| o.messages),
        "Messages that a lookup caused anywhere, over all lookups.",
    ),
    MetricInfo {
        name: "lookup.origin_left_ratio",
        unit: "ratio",
        doc: "Share of lookups whose origin left before they ended. They count as failed in lookup.success_ratio.",
        higher_is_better: Some(false),
        default_stat: Stat::Ratio,
        source: Source::OpShare("find_node", ORIGIN_LEFT),
    },
    higher(
        "lookup.recall_at_k",
        "ratio",
        Stat::Mean,
        Source::OpMean("find_node", |o| o.recall_at_k),
        "Share of the k closest live servers that a lookup found, over the lookups where the question has a meaning.",
    ),
    lower(
        "lookup.rpcs",
        "rpcs",
        Stat::Mean,
        Source::OpCost("find_node", |o| u64::from(o.rpcs_sent)),
        "RPCs that the origin of a lookup sent, over all lookups.",
    ),
    share(
        "lookup.success_ratio",
        "find_node",
        SUCCEEDED,
        "Share of all lookups issued that succeeded. A lookup whose origin left counts as failed.",
    ),
    lower(
        "lookup.timeouts",
        "rpcs",
        Stat::Mean,
        Source::OpCost("find_node", |o| u64::from(o.rpcs_timed_out)),
        "RPCs of a lookup that failed or timed out before its end, over all lookups.",
    ),
    lower(
        "net.bytes_per_node_s",
        "bytes/node/s",
        Stat::Mean,
        Source::Net(|t| t.bytes),
        "Bytes sent per live node and second, of all purposes.",
    ),
    lower(
        "net.msgs_per_node_s",
        "messages/node/s",
        Stat::Mean,
        Source::Net(|t| t.count),
        "Messages sent per live node and second, of all purposes.",
    ),
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
    share(
        "provide.success_ratio",
        "provide",
        SUCCEEDED,
        "Share of all announcements of a provider that succeeded.",
    ),
    lower(
        "put.latency_ms",
        "ms",
        Stat::P50,
        Source::OpLatency("put"),
        "Time from a put to its confirmation, over the puts that succeeded; *_all is over all puts, failures as infinite.",
    ),
    share(
        "put.success_ratio",
        "put",
        SUCCEEDED,
        "Share of all puts issued that the protocol confirmed.",
    ),
    lower(
        "recovery.time_to_95_s",
        "s",
        Stat::Max,
        Source::Recovery,
        "Time from a fault's end until lookups succeed at 95 % of the level before it, over a window that looks forward for the time of 100 lookups (10 s to 600 s). Empty when that was not reached before the run ended.",
    ),
    lower(
        "store.lost_ratio",
        "ratio",
        Stat::Ratio,
        Source::Lost,
        "Share of stored keys without a live replica, at the last sample of the phase.",
    ),
    higher(
        "store.replicas_live",
        "replicas",
        Stat::Mean,
        Source::Replicas,
        "Live replicas of a key, over all keys at all samples of the phase.",
    ),
    MetricInfo {
        name: "table.entries",
        unit: "contacts",
        doc: "Contacts in a node's routing table, mean over nodes, read at sample times.",
        higher_is_better: None,
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
