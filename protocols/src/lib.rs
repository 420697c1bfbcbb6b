//! State machines of distributed hash tables that never do I/O.
//!
//! The contract: a node is a value that turns a message, a timer or a command into effects; it names
//! nothing of the engine but the authors' facade (a test says so), reads no clock, and draws chance
//! from its own stream only. It knows what its messages told it and nothing else, so a figure
//! measured here can be reproduced by an implementation that has only a network.
//!
//! Decision: one engine for each family of protocols, with the differences between published
//! implementations as values of its parameters. A preset is a row of parameters with its sources,
//! never a fork of the code.
#![deny(clippy::float_arithmetic)]

pub mod chord;
pub mod hivemind;
pub mod kademlia;
pub mod keys;
pub mod learned_chord;
pub mod params;
mod rank;
pub mod walk;
