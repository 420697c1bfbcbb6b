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
pub mod batch;
pub mod cause;
pub mod churn;
pub mod clock;
pub mod control;
pub mod ctx;
pub mod digest;
pub mod dist;
pub mod engine;
pub mod event;
pub mod group;
pub mod histogram;
pub mod key;
pub mod keyset;
pub mod link;
pub mod members;
pub mod node;
pub mod observe;
pub mod op;
pub mod oracle;
pub mod overlay;
pub mod place;
pub mod protocol;
pub mod queue;
pub mod ratio;
pub mod reach;
pub mod record;
pub mod ring;
pub mod seed;
pub mod session;
mod shard;
mod sink;
mod slab;
pub mod step;
pub mod time;
mod wakeups;
pub mod warm;
pub mod workload;
pub mod world;
