//! Results folders and streams that cannot be written.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use crate::support::{SMALL, dhtlab, files, text};

fn scenario() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tiny =
        SMALL.replace("nodes = 40", "nodes = 8").replace("\"20m\"\nwarmup", "\"6m\"\nwarmup");
    fs::write(folder.path().join("tiny.toml"), tiny).unwrap();
    folder
}

fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    files(&fs::read_dir(folder.join("results")).unwrap().next().unwrap().unwrap().path())
}

#[test]
fn results_are_never_overwritten_unasked() {
    let folder = scenario();
    let run = |more: &[&str]| {
        let mut command = dhtlab();
        command.args(["run", "tiny.toml", "--quiet"]).args(more).current_dir(&folder);
        command.output().unwrap()
    };
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let first = tree(folder.path());
    let refused = run(&[]);
    let stderr = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("--force") && stderr.contains("-o DIR"), "{stderr}");
    assert!(refused.stdout.is_empty());
    assert_eq!(tree(folder.path()), first);
    // Another seed is another folder.
    assert_eq!(run(&["--seed", "9"]).status.code(), Some(0));
    assert_eq!(fs::read_dir(folder.path().join("results")).unwrap().count(), 2);
    // Asked for, it is replaced as a whole.
    assert_eq!(run(&["--force"]).status.code(), Some(0));
    assert_eq!(fs::read_dir(folder.path().join("results")).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = scenario();
    let sealed = folder.path().join("sealed");
    fs::create_dir(&sealed).unwrap();
    fs::set_permissions(&sealed, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(sealed.join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write into a folder without permission to write");
        return;
    }
    let mut command = dhtlab();
    let output = command
        .args(["run", "tiny.toml", "-o", "sealed/out"])
        .current_dir(&folder)
        .output()
        .unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("sealed"), "{stderr}");
}

/// A file where a folder should be stops every user, root among them.
#[test]
fn a_file_in_the_way_is_named() {
    let folder = scenario();
    fs::write(folder.path().join("taken"), "years").unwrap();
    let mut command = dhtlab();
    let output = command
        .args(["run", "tiny.toml", "-o", "taken/out"])
        .current_dir(&folder)
        .output()
        .unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("taken"), "{stderr}");
    assert_eq!(fs::read_to_string(folder.path().join("taken")).unwrap(), "years");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_stdout_is_an_error() {
    let folder = scenario();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin!("dhtlab"))
        .args(["run", "tiny.toml", "--quiet", "-o", "out"])
        .current_dir(&folder)
        .stdout(Stdio::from(full))
        .output()
        .unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("stdout"), "{stderr}");
    assert!(folder.path().join("out/manifest.json").is_file(), "the results are there");
}

#[test]
fn a_reader_that_stops_after_one_line_is_no_failure() {
    let folder = scenario();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("dhtlab"))
        .args(["run", "tiny.toml", "--quiet", "-o", "out"])
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(1, child.stdout.take().unwrap());
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert!(line.starts_with("small: measure"), "{line}");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    assert!(folder.path().join("out/manifest.json").is_file());
}
