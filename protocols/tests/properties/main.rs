//! What must hold whatever happens: the invariants of tables, walks, stores, joins and accounts over
//! random schedules, for every policy.
//!
//! Each always-property is a checker, a function from what was seen to a complaint. It has a
//! *sometimes* twin where its schedules might never reach what it speaks of, and a planted bug, a
//! wrong result that the checker must refuse. Seeds are fixed: a test is either always green or
//! always red.

#[path = "../common/mod.rs"]
mod common;
#[path = "../conformance/mod.rs"]
mod conformance;

mod bootstrap;
mod check;
mod lookups;
mod partition;
mod protocols;
mod records;
mod scenario;
mod store;
mod swarm;
mod table;
mod upkeep;
mod walk;
mod wire;
