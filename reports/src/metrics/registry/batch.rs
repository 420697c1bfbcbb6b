//! Metrics of stores and reads of many records.

use super::super::{MetricInfo, Source, Stat};
use super::operation::SUCCEEDED;
use super::{higher, lower, share};
use crate::model::{Batch, Operation};

/// What `read` says of an answer, `without` when no answer came, and nothing where the question has no meaning.
fn answered(o: &Operation, read: fn(&Batch) -> Option<f64>, without: f64) -> Option<f64> {
    let batch = o.batch.as_ref()?;
    let unanswered = o.outcome != "ok" && batch.entries.is_none();
    read(batch).or(unanswered.then_some(without))
}

/// The share of the records that the origin knows to be stored.
fn items_done(o: &Operation) -> Option<f64> {
    let batch = o.batch.as_ref().filter(|batch| batch.items > 0)?;
    Some(f64::from(batch.done) / f64::from(batch.items))
}

pub(super) const GET_MANY: &[MetricInfo] = &[
    lower(
        "get_many.bytes",
        "bytes",
        Stat::Mean,
        Source::OpCost("get_many", |o| o.bytes),
        "Bytes of the messages that a read of many records caused anywhere, over all such reads.",
    ),
    lower(
        "get_many.ghost_ratio",
        "ratio",
        Stat::Mean,
        Source::OpMean("get_many", |o| o.batch.as_ref()?.ghost_ratio),
        "Of the records that a read of many found, the share announced by nodes that are not up at its end; mean over the reads that found any.",
    ),
    lower(
        "get_many.latency_ms",
        "ms",
        Stat::P50,
        Source::OpLatency("get_many"),
        "Time from a read of many records to its answer, over those that succeeded; *_all is over all such reads, failures as infinite.",
    ),
    lower(
        "get_many.messages",
        "messages",
        Stat::Mean,
        Source::OpCost("get_many", |o| o.messages),
        "Messages that a read of many records caused anywhere, over all such reads.",
    ),
    lower(
        "get_many.missing_keys_ratio",
        "ratio",
        Stat::Mean,
        Source::OpMean("get_many", |o| answered(o, |batch| batch.missing_keys_ratio, 1.0)),
        "Of the keys under which a record was due (see get_many.recall), the share for which a read found nothing; mean over all reads with such keys; one that ended without an answer counts as 1.",
    ),
    higher(
        "get_many.recall",
        "ratio",
        Stat::Mean,
        Source::OpMean("get_many", |o| answered(o, |batch| batch.recall, 0.0)),
        "Of the records due to a read of many, the share that it found in that version or a newer one. Due: whoever announces it is up at the read's end, and the last announcement completed before the read began is valid until then. Mean over all reads with something due; one that ended without an answer counts as 0.",
    ),
    lower(
        "get_many.rpcs",
        "rpcs",
        Stat::Mean,
        Source::OpCost("get_many", |o| u64::from(o.rpcs_sent)),
        "RPCs that the origin of a read of many records sent, over all such reads.",
    ),
    share(
        "get_many.success_ratio",
        "get_many",
        SUCCEEDED,
        "Share of all reads of many records that ended with an answer and reported nothing that was never stored; get_many.recall says how much they found.",
    ),
];

pub(super) const PUT_MANY: &[MetricInfo] = &[
    lower(
        "put_many.bytes",
        "bytes",
        Stat::Mean,
        Source::OpCost("put_many", |o| o.bytes),
        "Bytes of the messages that a store of many records caused anywhere, over all such stores.",
    ),
    higher(
        "put_many.items_ratio",
        "ratio",
        Stat::Mean,
        Source::OpMean("put_many", items_done),
        "Of the records of a store of many, the share confirmed; mean over all such stores, one that did not end counts as 0.",
    ),
    lower(
        "put_many.latency_ms",
        "ms",
        Stat::P50,
        Source::OpLatency("put_many"),
        "Time from a store of many records to its confirmation, over those that succeeded; *_all is over all such stores, failures as infinite.",
    ),
    lower(
        "put_many.messages",
        "messages",
        Stat::Mean,
        Source::OpCost("put_many", |o| o.messages),
        "Messages that a store of many records caused anywhere, over all such stores.",
    ),
    lower(
        "put_many.rpcs",
        "rpcs",
        Stat::Mean,
        Source::OpCost("put_many", |o| u64::from(o.rpcs_sent)),
        "RPCs that the origin of a store of many records sent, over all such stores.",
    ),
    share(
        "put_many.success_ratio",
        "put_many",
        SUCCEEDED,
        "Share of all stores of many records of which every record was confirmed.",
    ),
];
