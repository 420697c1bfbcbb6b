//! Chord and learned Chord: published numbers, properties and the life of whole rings.

#[path = "../common/mod.rs"]
mod common;
mod hops;
mod support;
