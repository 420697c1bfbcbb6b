//! Hivemind: published numbers, properties and the life of whole networks.

#[path = "../common/mod.rs"]
mod common;
#[path = "../conformance/mod.rs"]
mod conformance;

mod batches;
mod conforms;
mod contacts;
mod entering;
mod latencies;
mod refreshes;
mod replicas;
mod requests;
mod support;
mod swarm;
