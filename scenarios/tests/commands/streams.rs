//! Where output goes: closed pipes, full disks, colours.

use std::fs;
use std::process::Stdio;

use crate::{dhtlab, text};

/// A scenario that runs in a moment.
const TINY: &str = "schema = 1\nname = \"tiny\"\nseed = 1\nduration = \"2m\"\n\n[network]\nnodes = 12\n\
                    join_over = \"10s\"\n\n[workload]\nlookups = { every = \"10s\" }\n\n\
                    [[protocol]]\nuse = \"kademlia\"\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tiny.toml"), TINY).unwrap();
    folder
}

const COMMANDS: [&[&str]; 9] = [
    &["--help"],
    &["run", "--help"],
    &["run", "tiny.toml", "-q", "-o", "out"],
    &["check", "tiny.toml"],
    &["check", "tiny.toml", "--json"],
    &["list", "metrics"],
    &["explain", "kademlia"],
    &["schema"],
    &["completions", "bash"],
];

#[test]
fn a_closed_pipe_is_silent() {
    for arguments in COMMANDS {
        let folder = folder();
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("dhtlab"))
            .args(arguments)
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_behind_stdout_is_an_error_that_names_it() {
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else {
        eprintln!("no /dev/full here: nothing to test");
        return;
    };
    for arguments in COMMANDS {
        let folder = folder();
        let output = std::process::Command::new(assert_cmd::cargo::cargo_bin!("dhtlab"))
            .args(arguments)
            .current_dir(&folder)
            .stdout(full.try_clone().unwrap())
            .output()
            .unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("stdout"), "{arguments:?}: {said}");
    }
}

#[test]
fn colours_are_only_where_they_are_wanted() {
    let folder = folder();
    fs::write(folder.path().join("bad.toml"), TINY.replace("nodes", "nodez")).unwrap();
    let coloured = |arguments: &[&str], no_color: bool| {
        let mut command = dhtlab();
        command.args(arguments).args(["check", "bad.toml"]).current_dir(&folder);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        text(&command.output().unwrap().stderr).contains('\u{1b}')
    };
    assert!(!coloured(&[], false), "no terminal");
    assert!(coloured(&["--color", "always"], false));
    assert!(!coloured(&["--color", "never"], false));
    assert!(!coloured(&[], true));
    assert!(coloured(&["--color", "always"], true), "what is asked for on the command line holds");
}

#[test]
fn the_last_line_of_a_run_repeats_it_and_more_is_said_on_request() {
    let folder = folder();
    let run = |more: &[&str]| {
        let arguments = ["run", "tiny.toml", "--force", "-o", "out"];
        dhtlab().args(arguments).args(more).current_dir(&folder).output().unwrap()
    };
    let output = run(&[]);
    let stdout = text(&output.stdout);
    let last = stdout.lines().last().unwrap();
    let command = last.strip_prefix("reproduce: dhtlab run tiny.toml --seed 1 --expect-digest ");
    assert!(command.is_some_and(|digest| digest.len() == 16), "{last}");
    let arguments = last.strip_prefix("reproduce: dhtlab ").unwrap().split(' ');
    let again = dhtlab().args(arguments).args(["-o", "b"]).current_dir(&folder).output().unwrap();
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    assert!(!text(&output.stderr).contains("estimate"));
    assert!(text(&run(&["-v"]).stderr).contains("estimate"));
}

#[test]
fn every_command_answers_in_json_even_when_it_fails() {
    let folder = folder();
    for arguments in [
        &["run", "none.toml"][..],
        &["check", "none.toml"],
        &["explain", "nothing-like-it"],
        &["replay", "."],
        &["trace", ".", "--lookup", "1"],
        &["init", "tiny.toml/x"],
        &["list", "everything"],
        &["trace", "."],
        &["fly"],
    ] {
        let output = dhtlab().args(arguments).arg("--json").current_dir(&folder).output().unwrap();
        let stdout = text(&output.stdout);
        let json: serde_json::Value = serde_json::from_str(&stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {stdout}"));
        assert_eq!(json["schema_version"], 1, "{arguments:?}");
        let code = output.status.code().unwrap();
        assert!(code == 1 || code == 2, "{arguments:?}");
        assert_eq!(json["exit_code"], code, "{arguments:?}");
        assert!(json["error"]["message"].is_string() || json["scenarios"].is_array(), "{json}");
    }
}
