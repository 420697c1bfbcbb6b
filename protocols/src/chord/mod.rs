//! Chord in the form that is correct (Zave), with virtual nodes, data, and room for a learned hash.
//!
//! A node is a host with virtual nodes; each has a predecessor, a successor list and fingers. Upkeep
//! never does more than one query at a time for a virtual node, and every step is atomic at it.
//!
//! Departures from the papers, each on purpose: a successor list may be shorter than r after a
//! failure until the next answer fills it (Zave pads it with placeholders); bootstrap nodes are
//! configured with one another and form the first ring among themselves; lookups return up to three
//! candidates so that a silent one costs a timeout but no round trip.

mod act;
mod build;
mod call;
mod contacts;
mod data;
pub mod fields;
mod fingers;
mod gaps;
mod handover;
mod join;
mod learn;
mod lookup;
mod maintain;
pub mod message;
mod migrate;
mod names;
mod node;
pub mod params;
mod peer;
mod placement;
pub mod presets;
mod range;
mod readings;
mod replica;
mod replicate;
mod ring;
mod rounds;
mod route;
mod search;
mod serve;
mod store;
mod sweep;
mod vnode;
mod walk;
mod warm;
pub(crate) mod wire;

pub use message::Message;
pub use node::{Chord, Saved, Timer};
pub use params::Params;
pub use peer::Peer;
pub use presets::Preset;
pub use vnode::{Standing, Vnode};
