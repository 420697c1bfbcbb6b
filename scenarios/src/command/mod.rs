//! The commands.

pub mod check;
pub mod completions;
pub mod explain;
pub mod init;
pub mod list;
pub mod memory;
pub mod replay;
pub mod run;
pub mod schema;
pub mod source;
pub mod trace;
