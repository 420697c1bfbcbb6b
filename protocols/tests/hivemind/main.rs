//! Hivemind: published numbers, properties and the life of whole networks.

#[path = "../common/mod.rs"]
mod common;
#[path = "../conformance/mod.rs"]
mod conformance;

mod batches;
mod benchmark;
mod conforms;
mod contacts;
mod entering;
mod latencies;
mod reads;
mod refreshes;
mod replicas;
mod requests;
mod storms;
mod support;
mod swarm;
mod warm;
