//! `dhtlab completions`: what a shell needs to complete commands and options.

use clap::CommandFactory as _;
use serde_json::json;

use crate::cli::{Cli, CompletionsArgs};
use crate::console::Console;
use crate::exit::Failure;

/// Prints the completions of a shell.
///
/// # Errors
/// When they cannot be printed.
pub fn completions(args: &CompletionsArgs, console: Console) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dhtlab", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    if console.json {
        let shell = args.shell.to_string();
        return console.document("completions", 0, json!({ "shell": shell, "script": script }));
    }
    console.out(&script)
}
