//! `init` and `completions`: what one begins with.

use std::fs;

use crate::{dhtlab, text};

#[test]
fn init_writes_one_scenario_that_passes_check_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| dhtlab().args(args).current_dir(&folder).output().unwrap();
    let output = run(&["init", "mine"]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for command in ["dhtlab check mine/scenario.toml", "dhtlab run mine/scenario.toml"] {
        assert!(said.contains(command), "{said}");
    }
    assert_eq!(fs::read_dir(folder.path().join("mine")).unwrap().count(), 1);
    let scenario = fs::read_to_string(folder.path().join("mine/scenario.toml")).unwrap();
    assert!((10..=40).contains(&scenario.lines().count()));
    for table in scenario.lines().filter(|line| line.starts_with('[')) {
        let name = table.split_whitespace().next().unwrap();
        let explained = |line: &str| line.starts_with(name) && line.contains('#');
        assert!(scenario.lines().any(explained), "{name} is not explained");
    }
    let checked = run(&["check", "mine/scenario.toml"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert!(text(&checked.stdout).contains("scenario.toml: ok"), "{}", text(&checked.stdout));
    let small = ["--set", "network.nodes=30", "--seed", "1", "-q", "-o", "out"];
    let ran = run(&[&["run", "mine/scenario.toml"], &small[..]].concat());
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
}

#[test]
fn init_replaces_only_by_force() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.toml");
    fs::write(&path, "years of work").unwrap();
    let output = dhtlab().args(["init", "."]).current_dir(&folder).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--force"), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(&path).unwrap(), "years of work");
    let output = dhtlab().args(["init", ".", "--force", "--json"]).current_dir(&folder).output();
    let json: serde_json::Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    assert_eq!(json["schema_version"], 1);
    assert!(fs::read_to_string(&path).unwrap().starts_with('#'));
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = dhtlab().args(["completions", shell]).output().unwrap();
        let script = text(&output.stdout);
        for command in ["run", "check", "replay", "trace", "explain", "schema"] {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
}
