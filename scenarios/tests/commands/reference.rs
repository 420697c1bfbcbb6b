//! `docs/reference/commands.md` is what `--help` says.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::{dhtlab, text};

const COMMANDS: [&str; 11] = [
    "run",
    "check",
    "compare",
    "report",
    "replay",
    "trace",
    "list",
    "explain",
    "init",
    "schema",
    "completions",
];

fn help(arguments: &[&str]) -> String {
    let output = dhtlab().args(arguments).arg("--help").env("COLUMNS", "100").output().unwrap();
    text(&output.stdout).lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[test]
fn the_reference_is_what_help_says() {
    let mut page =
        "# Commands\n\nWhat `--help` says of each; a test keeps this page equal to it.\n\n"
            .to_owned();
    let _ = writeln!(page, "## dhtlab\n\n```text\n{}```", help(&[]));
    for command in COMMANDS {
        let _ = writeln!(page, "\n## dhtlab {command}\n\n```text\n{}```", help(&[command]));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/commands.md");
    if fs::read_to_string(&path).unwrap_or_default() != page {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("commands.md");
        fs::write(&new, page).unwrap();
        panic!("out of date: cp {} {}", new.display(), path.display());
    }
}

#[test]
fn every_command_is_in_the_reference() {
    let shown = help(&[]);
    let commands = shown.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = commands.lines().filter_map(|line| line.split_whitespace().next());
    let listed: Vec<&str> = names.filter(|name| COMMANDS.contains(name)).collect();
    assert_eq!(listed, COMMANDS);
}
