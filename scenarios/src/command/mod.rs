//! The commands.

pub mod check;
pub mod compare;
pub mod explain;
pub mod list;
pub mod memory;
pub mod report;
pub mod run;
pub mod source;
pub mod supervise;
