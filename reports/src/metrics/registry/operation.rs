//! Metrics of operations.

use super::super::{Direction, MetricInfo, Source, Stat};
use super::{higher, lower, share};
use crate::model::Operation;

pub(super) const SUCCEEDED: fn(&Operation) -> Option<bool> = |o| Some(o.outcome == "ok");
const ORIGIN_LEFT: fn(&Operation) -> Option<bool> = |o| Some(o.outcome == "origin_left");

/// The share found, 0 when no answer came, and nothing where there was nothing to find.
fn recall(o: &Operation) -> Option<f64> {
    let unanswered = o.outcome != "ok" && o.range_items.is_none();
    o.range_recall.or(unanswered.then_some(0.0))
}

/// Did the origin say that nothing is missing, although something was?
fn falsely_complete(o: &Operation) -> Option<bool> {
    (o.range_complete == Some(true)).then(|| o.range_recall.is_some_and(|recall| recall < 1.0))
}

pub(super) const DELETE: &[MetricInfo] = &[
    lower(
        "delete.latency_ms",
        "ms",
        Stat::P50,
        Source::OpLatency("delete"),
        "Time from a delete to its confirmation, over the deletes that succeeded; *_all is over all deletes, failures as infinite.",
    ),
    share(
        "delete.success_ratio",
        "delete",
        SUCCEEDED,
        "Share of all deletes issued that the protocol confirmed.",
    ),
];

pub(super) const GET: &[MetricInfo] = &[
    lower(
        "get.latency_ms",
        "ms",
        Stat::P50,
        Source::OpLatency("get"),
        "Time from a get to its answer, over the gets that succeeded; *_all is over all gets, failures as infinite.",
    ),
    lower(
        "get.messages",
        "messages",
        Stat::Mean,
        Source::OpCost("get", |o| o.messages),
        "Messages that a get caused anywhere, over all gets.",
    ),
    MetricInfo {
        name: "get.skew_miss_ratio",
        unit: "ratio",
        doc: "Share of all gets issued that missed a record which was there, because the nodes asked placed it by another version of the model.",
        direction: Direction::LowerIsBetter,
        default_stat: Stat::Ratio,
        source: Source::OpShare("get", |o| Some(o.outcome == "skew_miss")),
    },
    share(
        "get.success_ratio",
        "get",
        SUCCEEDED,
        "Share of all gets issued that returned the right value. A get whose origin left counts as failed.",
    ),
];

pub(super) const GET_PROVIDERS: &[MetricInfo] = &[
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
];

pub(super) const LOOKUP: &[MetricInfo] = &[
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
        direction: Direction::LowerIsBetter,
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
];

pub(super) const PROVIDE: &[MetricInfo] = &[share(
    "provide.success_ratio",
    "provide",
    SUCCEEDED,
    "Share of all announcements of a provider that succeeded.",
)];

pub(super) const PUT: &[MetricInfo] = &[
    lower(
        "put.latency_ms",
        "ms",
        Stat::P50,
        Source::OpLatency("put"),
        "Time from a put to its confirmation, over the puts that succeeded; *_all is over all puts, failures as infinite.",
    ),
    lower(
        "put.messages",
        "messages",
        Stat::Mean,
        Source::OpCost("put", |o| o.messages),
        "Messages that a put caused anywhere, over all puts.",
    ),
    share(
        "put.success_ratio",
        "put",
        SUCCEEDED,
        "Share of all puts issued that the protocol confirmed.",
    ),
];

pub(super) const RANGE: &[MetricInfo] = &[
    lower(
        "range.bytes",
        "bytes",
        Stat::Mean,
        Source::OpCost("range", |o| o.bytes),
        "Bytes of the messages that a range query caused anywhere, over all range queries.",
    ),
    share(
        "range.complete_ratio",
        "range",
        |o| Some(o.range_complete == Some(true)),
        "Share of all range queries issued whose origin said that nothing is missing; range.false_complete_ratio says how often that was wrong.",
    ),
    MetricInfo {
        name: "range.false_complete_ratio",
        unit: "ratio",
        doc: "Share of the range queries said to be complete that did miss a record.",
        direction: Direction::LowerIsBetter,
        default_stat: Stat::Ratio,
        source: Source::OpShare("range", falsely_complete),
    },
    MetricInfo {
        name: "range.holders",
        unit: "nodes",
        doc: "Holders that were asked and answered, over the range queries that ended.",
        direction: Direction::Neither,
        default_stat: Stat::Mean,
        source: Source::OpSpread("range", |o| o.range_holders.map(f64::from)),
    },
    lower(
        "range.hops",
        "hops",
        Stat::Mean,
        Source::OpDepth("range", |o| u64::from(o.hops)),
        "Depth of the first node found that holds a part of the range, counted as for lookups, over the range queries that succeeded.",
    ),
    lower(
        "range.latency_ms",
        "ms",
        Stat::P50,
        Source::OpLatency("range"),
        "Time from a range query to its whole answer, over those that succeeded; *_all is over all range queries, failures as infinite.",
    ),
    lower(
        "range.messages",
        "messages",
        Stat::Mean,
        Source::OpCost("range", |o| o.messages),
        "Messages that a range query caused anywhere, over all range queries.",
    ),
    higher(
        "range.precision",
        "ratio",
        Stat::Mean,
        Source::OpMean("range", |o| o.range_precision),
        "Of the names that a range query reported, the share that was right, mean over the range queries that reported any.",
    ),
    higher(
        "range.recall",
        "ratio",
        Stat::Mean,
        Source::OpMean("range", recall),
        "Of the records that a range query had to find, the share that it did, mean over all range queries that had any to find; one that ended without an answer counts as 0.",
    ),
    share(
        "range.success_ratio",
        "range",
        SUCCEEDED,
        "Share of all range queries issued that succeeded. One that knows it lacks something, or whose origin left, counts as failed.",
    ),
];
