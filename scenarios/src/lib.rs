//! Scenarios in, results out: the command line of dhtlab, as a library.
//!
//! A scenario is parsed raw ([`schema`]), lowered to a rich and validated plan ([`plan`]), and from then
//! on trusted. The decision behind it: every error of a file is found in one go and shown at its exact
//! place, so reading is by hand and no part of a plan exists in a half-checked state.
//!
//! A program of your own with a protocol of your own is five lines:
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     let registry = dhtlab::Registry::builtin();
//!     // registry.register(my_protocol());
//!     dhtlab::cli_main(&registry)
//! }
//! ```

pub mod catalog;
pub mod chord;
pub mod cli;
pub mod codes;
pub mod command;
pub mod console;
pub mod diag;
pub mod estimate;
pub mod execute;
pub mod exit;
pub mod faults;
pub mod hivemind;
pub mod judge;
pub mod kademlia;
pub mod library;
pub mod load;
pub mod perf;
pub mod plan;
pub mod progress;
pub mod registry;
pub mod results_dir;
pub mod run;
pub mod schema;
pub mod suggest;
pub mod walk;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Color, Command};
use crate::console::Console;
use crate::exit::Failure;
pub use crate::registry::Registry;

/// Does what the command line asks for, with the protocols of `registry`.
pub fn cli_main(registry: &Registry) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let choice = match cli.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
    let (json, quiet) = match &cli.command {
        Command::Run(args) => (args.json, args.quiet),
        Command::Check(args) => (args.json, args.quiet),
        Command::List(args) => (args.json, false),
        Command::Explain(args) => (args.json, false),
    };
    let console = Console { json, quiet, verbose: cli.verbose > 0 };
    let done = match &cli.command {
        Command::Run(args) => command::run::run(args, registry, console),
        Command::Check(args) => command::check::check(args, registry, console),
        Command::List(args) => command::list::list(args, registry, console),
        Command::Explain(args) => command::explain::explain(args, registry, console),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure, cli.command.name(), console),
    }
}

/// What clap says, with its exit codes; one JSON document when that was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|word| word == "--json");
    if error.use_stderr() && json {
        let message = error.render().to_string();
        return report(
            &Failure::usage(message, Vec::new()),
            "dhtlab",
            Console { json, ..Console::default() },
        );
    }
    // Help that nobody reads any more is no failure.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

fn report(failure: &Failure, command: &str, console: Console) -> ExitCode {
    console.failure(failure);
    // Findings and verdicts have printed their document already.
    let printed = matches!(
        failure,
        Failure::Invalid | Failure::BrokenPipe | Failure::NotMet(_) | Failure::Incomplete(_)
    );
    if !printed {
        let body = serde_json::json!({ "error": console::failure_json(failure) });
        let _ = console.document(command, failure.code(), body);
    }
    ExitCode::from(failure.code())
}
