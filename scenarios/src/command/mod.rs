//! The commands.

pub mod check;
pub mod compare;
pub mod completions;
pub mod explain;
pub mod init;
pub mod list;
pub mod memory;
pub mod replay;
pub mod report;
pub mod run;
pub mod schema;
pub mod source;
pub mod supervise;
pub mod trace;
