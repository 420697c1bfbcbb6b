//! The program as a whole: exit codes, streams, help.

use std::fs;
use std::process::Stdio;

use assert_cmd::Command;

fn dhtlab() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("dhtlab"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const THREE: &str = "schema = 1\nname = \"three\"\nduration = \"1h\"\n\n[network]\nnodez = 10\n\n\
                     [[protocol]]\nuse = \"kademila\"\nalfa = 3\n";

#[test]
fn an_invalid_scenario_exits_with_2_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("three.toml"), THREE).unwrap();
    for command in ["check", "run"] {
        let output = dhtlab().args([command, "three.toml"]).current_dir(&folder).output().unwrap();
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        for part in [
            "three.toml:6:1",
            "three.toml:9:7",
            "three.toml:10:1",
            "`nodes`?",
            "`kademlia`?",
            "`alpha`?",
        ] {
            assert!(stderr.contains(part), "{part} is not in\n{stderr}");
        }
        assert!(!stderr.contains('\u{1b}'), "no colours where there is no terminal");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn json_holds_the_errors_too() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("three.toml"), THREE).unwrap();
    let mut command = dhtlab();
    let output =
        command.args(["check", "three.toml", "--json"]).current_dir(&folder).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["schema_version"], &json["exit_code"]), (&1.into(), &2.into()));
    let findings = json["scenarios"][0]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 3);
    assert_eq!((&findings[0]["at"]["line"], &findings[0]["at"]["column"]), (&6.into(), &1.into()));
    assert!(output.stderr.is_empty());

    let output = dhtlab().args(["run", "--json", "none.toml"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["error"]["message"].as_str().unwrap().contains("no such file"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_results_folder_in_use_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    fs::write(folder.path().join("out/thesis.tex"), "years").unwrap();
    let mut command = dhtlab();
    let output = command
        .args(["run", "--example", "quickstart", "-o", "out"])
        .current_dir(&folder)
        .output()
        .unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("-o DIR") && stderr.contains("--force"), "{stderr}");
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 1);
}

#[test]
fn what_does_not_fit_is_refused_with_5() {
    let mut command = dhtlab();
    let output = command
        .args(["run", "--example", "million", "--set", "network.nodes=1_000_000_000"])
        .output()
        .unwrap();
    if std::path::Path::new("/proc/meminfo").exists() {
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{stderr}");
        assert!(stderr.contains("largest network that fits"), "{stderr}");
    }
}

#[test]
fn every_list_and_every_name_in_it_is_explained() {
    for kind in ["protocols", "presets", "scenarios", "faults", "metrics", "distributions", "links"]
    {
        let output = dhtlab().args(["list", kind]).output().unwrap();
        assert!(output.status.success());
        let lines = text(&output.stdout);
        assert!(lines.lines().count() >= 1);
        for line in lines.lines() {
            let name = line.split_whitespace().next().unwrap();
            let explained = dhtlab().args(["explain", name]).output().unwrap();
            assert!(explained.status.success(), "{name}");
            assert!(explained.stdout.len() > 40, "{name}");
        }
    }
    let output = dhtlab().args(["explain", "kademila"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("did you mean `kademlia`?"));
    assert!(dhtlab().args(["explain", "e005"]).output().unwrap().status.success());
}

#[test]
fn a_closed_pipe_is_silent() {
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("dhtlab"))
        .args(["explain", "kademlia"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn help_reads_well_to_a_stranger() {
    for (name, arguments) in [
        ("help", vec!["--help"]),
        ("help_run", vec!["run", "--help"]),
        ("help_check", vec!["check", "--help"]),
    ] {
        let output = dhtlab().args(arguments).env("COLUMNS", "100").output().unwrap();
        insta::assert_snapshot!(name, text(&output.stdout));
    }
    let lists = ["faults", "links", "distributions", "scenarios"];
    let shown = lists.map(|kind| text(&dhtlab().args(["list", kind]).output().unwrap().stdout));
    insta::assert_snapshot!("lists", shown.join("\n"));
}
