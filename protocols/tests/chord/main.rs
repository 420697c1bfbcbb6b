//! Chord and learned Chord: published numbers, properties and the life of whole rings.

#[path = "../common/mod.rs"]
mod common;
#[path = "../conformance/mod.rs"]
mod conformance;
mod conforms;
mod data;
mod hops;
mod kept;
mod ranges;
mod replicas;
mod support;
