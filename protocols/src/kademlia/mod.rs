//! Kademlia: one engine whose published variants differ in their parameters.
//!
//! A node ([`Kademlia`]) is a routing table, the queries it runs, its connections and its store. The
//! parts that decide anything are pure and tested against dumb oracles: the [`table`], the walk in
//! [`lookup`], the [`store`], and the lists of connections and requests. What remains sends what they
//! ask for.
//!
//! Notes on where a run departs from a real node: time-outs are exact instead of being noticed at the
//! next poll; queries are handled in order of their number instead of in hash order; a peer's
//! identify message travels with the last round trip of its dial; a request on a connection that the
//! receiver closed a moment before is answered.

mod bucket;
mod candidates;
mod connections;
pub mod contacts;
mod drive;
pub mod fields;
mod finish;
pub mod fixed;
mod glance;
mod jobs;
pub mod lookup;
mod meet;
pub mod message;
mod node;
pub mod params;
pub mod presets;
mod query;
mod rank;
mod refresh;
mod rpc;
mod serve;
mod side;
pub mod store;
pub mod table;
mod warm;
mod zoom;

pub use crate::keys;
pub use bucket::Status;
pub use node::{Kademlia, Saved, Timer};
pub use params::{LIST_MAX, Params, Quorum};
pub use presets::{PRESETS, Preset};
