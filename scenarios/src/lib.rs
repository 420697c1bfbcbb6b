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

pub mod about;
pub mod again;
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
pub mod experiment;
pub mod faults;
pub mod grid;
pub mod hivemind;
pub mod interrupt;
pub mod json_schema;
pub mod judge;
pub mod kademlia;
pub mod keys;
pub mod library;
pub mod load;
pub mod manifest;
pub mod notices;
pub mod partial;
pub mod perf;
pub mod plan;
pub mod progress;
pub mod rebuild;
pub mod registry;
pub mod results_dir;
pub mod run;
pub mod schedule;
pub mod schema;
pub mod store;
pub mod suggest;
pub mod theory;
pub mod topics;
pub mod trace;
pub mod walk;
pub mod worlds;

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
    let (json, quiet) = (cli.command.json(), cli.command.quiet());
    let console = Console { json, quiet, verbose: cli.verbose > 0 };
    let done = match &cli.command {
        Command::Run(args) => command::run::run(args, registry, console),
        Command::Check(args) => command::check::check(args, registry, console),
        Command::Compare(args) => command::compare::compare(args, console),
        Command::List(args) => command::list::list(args, registry, console),
        Command::Explain(args) => command::explain::explain(args, registry, console),
        Command::Report(args) => command::report::report(args, registry, console),
        Command::Replay(args) => command::replay::replay(args, registry, console),
        Command::Trace(args) => command::trace::trace(args, registry, console),
        Command::Init(args) => command::init::init(args, console),
        Command::Schema(_) => command::schema::schema(registry, console),
        Command::Completions(args) => command::completions::completions(args, console),
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
    if error.use_stderr() {
        // Where stderr is gone nothing can be said any more.
        let _ = error.print();
        return ExitCode::from(2);
    }
    let console = Console::default();
    match console.out(&error.render().ansi().to_string()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure, "dhtlab", console),
    }
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
        if let Err(unheard @ Failure::Runtime(_)) = console.document(command, failure.code(), body)
        {
            // The document cannot be had; why not, is said where somebody may still read it.
            Console { json: false, ..console }.failure(&unheard);
        }
    }
    ExitCode::from(failure.code())
}
