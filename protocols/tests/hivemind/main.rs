//! Hivemind: published numbers, properties and the life of whole networks.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "figures of small networks"
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../conformance/mod.rs"]
mod conformance;

mod batches;
mod benchmark;
mod caches;
mod conforms;
mod contacts;
mod entering;
mod latencies;
mod neighbours;
mod petals;
mod reads;
mod refreshes;
mod replicas;
mod requests;
mod storms;
mod support;
mod swarm;
mod switches;
mod warm;
