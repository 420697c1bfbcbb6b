//! What the commands on results folders take.

use std::path::PathBuf;

use clap::Args;

/// What `replay` takes.
#[derive(Args, Clone, Debug)]
pub struct ReplayArgs {
    /// The results folder.
    pub dir: PathBuf,
    /// Only this run, by the first digits of its identifier.
    #[arg(long, value_name = "ID")]
    pub run: Option<String>,
    /// Threads inside one run. With two or more, a difference is also sought between one thread and
    /// these, and its first event is named.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub shards: u16,
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub json: bool,
}

/// What `trace` takes.
#[derive(Args, Clone, Debug)]
pub struct TraceArgs {
    /// The results folder.
    pub dir: PathBuf,
    /// The operation, by its number in the column `lookup_id` of lookups.csv.
    #[arg(long, value_name = "ID")]
    pub lookup: u32,
    /// The run, by the first digits of its identifier [default: the first of the folder].
    #[arg(long, value_name = "ID")]
    pub run: Option<String>,
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub json: bool,
}
