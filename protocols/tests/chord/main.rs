//! Chord and learned Chord: published numbers, properties and the life of whole rings.

#[path = "../properties/check.rs"]
mod check;
#[path = "../common/mod.rs"]
mod common;
#[path = "../conformance/mod.rs"]
mod conformance;
#[path = "../published/statistics.rs"]
#[allow(dead_code, reason = "each test uses its own part")]
mod statistics;

mod accounts;
mod balance;
mod churn;
mod conforms;
mod contacts;
mod data;
mod differential;
mod failures;
mod full_ring;
mod hops;
mod invariants;
mod kept;
mod learned;
mod lessons;
mod migration;
mod quiescence;
mod ranges;
mod recursive;
mod replicas;
mod rings;
mod rounds;
mod support;
