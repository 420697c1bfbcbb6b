//! A deterministic discrete-event engine for distributed hash tables.
//!
//! The contract: the same world, parameters and seed give the same events in the same order at every
//! node, on every machine, at any number of threads. Nothing here reads a clock, a file, the
//! environment or a thread's name; time is an integer, chance comes from named streams, and the order
//! of events is the order of (time, source, the source's own sequence number), which no thread can
//! change. The price is that every effect goes through a [`ctx::Ctx`] and that nodes share nothing
//! but messages.
#![deny(clippy::float_arithmetic)]

pub mod author;
pub mod cause;
pub mod churn;
pub mod ctx;
pub mod dist;
pub mod histogram;
pub mod key;
pub mod link;
pub mod node;
pub mod op;
pub mod oracle;
pub mod overlay;
pub mod place;
pub mod protocol;
pub mod ratio;
pub mod seed;
pub mod session;
mod shard;
pub mod time;
pub mod warm;
pub mod workload;
pub mod world;
