//! What the commands take that help to write scenarios.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// What `init` takes.
#[derive(Args, Clone, Debug)]
pub struct InitArgs {
    /// The folder to put it into; it is made when missing.
    pub dir: PathBuf,
    /// Replace a scenario that is there.
    #[arg(long)]
    pub force: bool,
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub json: bool,
}

/// What `schema` takes.
#[derive(Args, Clone, Debug)]
pub struct SchemaArgs {
    /// The schema is JSON anyway; accepted so that every command has it.
    #[arg(long)]
    pub json: bool,
}

/// What `completions` takes.
#[derive(Args, Clone, Debug)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
    /// Print one JSON document with the script instead of the script.
    #[arg(long)]
    pub json: bool,
}
