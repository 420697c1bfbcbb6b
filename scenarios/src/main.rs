//! The program `dhtlab`: the built-in protocols behind the library's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    dhtlab::cli_main(&dhtlab::Registry::builtin())
}
