//! Hivemind: the DHT of learning-at-home/hivemind and of Petals, as its code behaves.
//!
//! The parts here are pure: the routing [`table`], the maps of expiring values ([`timed`],
//! [`record`], [`storage`]), the [`blacklist`], and the bytes of ids and messages ([`id`],
//! [`msgpack`], [`protobuf`], [`wire`]). Sources: learning-at-home/hivemind 4bd43b77 (1.2.0.dev0),
//! Kwaai-AI-Lab/KwaaiNet 9190d4a2.

pub mod blacklist;
mod bucket;
pub mod id;
pub mod msgpack;
pub mod protobuf;
pub mod record;
pub mod storage;
pub mod table;
pub mod timed;
pub mod wire;

pub use blacklist::Blacklist;
pub use bucket::Bucket;
pub use record::{Dictionary, Stored};
pub use storage::{Flaws, Tier, Tiers};
pub use table::Table;
pub use wire::Framing;
