//! From a validated plan to results: draws the world, drives each protocol through it, collects rows.

mod collect;
mod drive;
mod gauge;
mod job;
mod ledger;

pub use drive::{Outcome, Pace, Stopped, Watch, drive};
pub use job::{Job, Phase};
pub use ledger::{JoinEntry, Judgement, Ledger, OpEntry};
