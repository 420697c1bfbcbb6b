//! What was written: the scenario's text as a tree in which every key and value knows its place.
//!
//! The tree is walked by hand instead of being deserialised, because a reader that stops at its first
//! mistake makes its users run it once per mistake. The price is a reader per table; the gain is that
//! all of a file's errors are found in one go, each at the exact key or value.

pub mod scalar;
pub mod section;
pub mod set;
pub mod source;
pub mod tree;
pub mod units;

pub use section::Section;
pub use source::{Place, Sources};
pub use tree::{Entry, Item, Table, Value};
