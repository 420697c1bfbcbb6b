//! Hivemind: the DHT of learning-at-home/hivemind and of Petals, as its code behaves.
//!
//! A node ([`Hivemind`]) is a routing [`table`], two tiers of records that expire, the requests it
//! waits for, and the jobs they are for. The parts that decide anything are pure: the [`table`], the
//! maps of expiring values ([`timed`], [`record`], [`storage`]), the [`blacklist`], the traversal, and
//! the bytes of ids and messages ([`id`], [`msgpack`], [`protobuf`], [`wire`]). What remains sends
//! what they ask for. Sources: learning-at-home/hivemind 4bd43b77 (1.2.0.dev0), bigscience-workshop/petals
//! 22afba62, Kwaai-AI-Lab/KwaaiNet 9190d4a2.
//!
//! Notes on where a run departs from a real node: what hivemind leaves to the order of a hash set or
//! of tasks that are ready at the same instant goes by number or id here; a node whose bootstrap
//! fails is silent and knows nobody until it tries again, where a real process has ended; processing
//! takes no time.

mod ask;
mod asked;
mod beams;
pub mod blacklist;
mod bootstrap;
mod bucket;
mod caching;
mod call;
mod contact;
mod entries;
pub mod fields;
mod found;
mod get;
mod glance;
mod hunt;
pub mod id;
mod jobs;
mod keep;
pub mod message;
pub mod msgpack;
mod nearest;
mod node;
pub mod params;
mod pending;
pub mod presets;
pub mod protobuf;
mod put;
mod readings;
pub mod record;
mod refresh;
mod renewal;
mod serve;
mod size;
pub mod storage;
pub mod table;
pub mod timed;
mod traverse;
mod wanted;
mod warm;
pub mod wire;

pub use blacklist::Blacklist;
pub use bucket::Bucket;
pub use message::Message;
pub use node::{Hivemind, Standing, Timer};
pub use params::{Framing, Params};
pub use presets::{PRESETS, Preset};
pub use record::{Dictionary, Stored};
pub use storage::{Flaws, Tier, Tiers};
pub use table::Table;
