//! From a validated plan to results: draws the world, drives each protocol through it, collects rows.

mod batches;
mod collect;
mod drive;
mod gauge;
mod history;
mod job;
mod ledger;
mod probe;
mod ranges;
mod referee;

pub use drive::{Outcome, Pace, Stopped, Watch, drive};
pub use job::{Job, Judging, Phase};
pub use ledger::{EndedBatches, JoinEntry, Judgement, Ledger, OpEntry};
pub use probe::Probe;
pub use referee::Referee;
