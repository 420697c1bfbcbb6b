//! Ctrl-C, a full disk, a kill: what is over is kept, marked, and not made again.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::{SMALL, dhtlab, files, text};

fn spawn(folder: &Path, args: &[&str]) -> Child {
    std::process::Command::new(assert_cmd::cargo::cargo_bin!("dhtlab"))
        .args(args)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Sends a signal to a child of this test.
fn signal(child: &Child, name: &str) {
    let mut kill = std::process::Command::new("kill");
    let sent = kill.args([format!("-{name}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[expect(clippy::disallowed_methods, reason = "waits for another program")]
fn pause() {
    thread::sleep(Duration::from_millis(5));
}

/// Waits until `done` says so, for a minute at most.
fn wait(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..12_000 {
        if done() {
            return;
        }
        pause();
    }
    panic!("waited in vain until {what}");
}

/// The files of runs that are over.
fn over(out: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(out.join(".runs")).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "rows")).collect()
}

fn status(out: &Path) -> String {
    let text = fs::read_to_string(out.join("manifest.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["status"].as_str().unwrap().to_owned()
}

/// Waits for the end of the child; its exit code, and what it said.
fn end(mut child: Child) -> (Option<i32>, String) {
    // Two seconds are allowed; a machine with other things to do gets some more.
    let mut looks = 0;
    wait("the program ends", || {
        looks += 1;
        child.try_wait().unwrap().is_some()
    });
    assert!(looks < 1_000, "it took {looks} looks of 5 ms");
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

const MANY: [&str; 5] = ["run", "small.toml", "-q", "--seeds", "1..=12"];

fn scenario() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), SMALL.replace("nodes = 40", "nodes = 24")).unwrap();
    folder
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_bytes() {
    let folder = scenario();
    let run = |more: &[&str]| dhtlab().args(MANY).args(more).current_dir(&folder).output().unwrap();
    assert_eq!(run(&["-o", "whole"]).status.code(), Some(0));
    let whole = files(&folder.path().join("whole"));

    let out = folder.path().join("out");
    let child = spawn(folder.path(), &[&MANY[..], &["-o", "out", "--jobs", "1"]].concat());
    wait("two runs are over", || over(&out).len() >= 2);
    signal(&child, "INT");
    let (code, said) = end(child);
    assert_eq!(code, Some(130), "{said}");
    assert!(
        said.contains("12 runs are over and kept in out") && said.contains("--resume"),
        "{said}"
    );
    assert_eq!(status(&out), "interrupted");
    let kept = over(&out);
    assert!((2..12).contains(&kept.len()), "{}", kept.len());

    the_runs_that_are_over_can_be_looked_at(folder.path(), kept.len());

    let refused = run(&["-o", "out"]);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("--resume") && said.contains("--force"), "{said}");

    // One of them is half written, one is not what it was.
    let bytes = fs::read(&kept[0]).unwrap();
    fs::write(&kept[0], &bytes[..bytes.len() / 2]).unwrap();
    let mut bytes = fs::read(&kept[1]).unwrap();
    bytes[20] ^= 1;
    fs::write(&kept[1], bytes).unwrap();
    let resumed = run(&["-o", "out", "--resume"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", text(&resumed.stderr));
    let again = files(&out);
    assert!(whole.keys().eq(again.keys()), "{:?}", again.keys());
    for (name, bytes) in &whole {
        assert!(*bytes == again[name], "{name} differs");
    }
    let idle = run(&["-o", "out", "--resume"]);
    assert_eq!(idle.status.code(), Some(0), "{}", text(&idle.stderr));
}

/// In a folder of their own, which goes when all runs are there.
fn the_runs_that_are_over_can_be_looked_at(folder: &Path, over: usize) {
    let command = |args: &[&str]| dhtlab().args(args).current_dir(folder).output().unwrap();
    let report = command(&["report", "out"]);
    let (shown, said) = (text(&report.stdout), text(&report.stderr));
    assert_eq!(report.status.code(), Some(3), "{said}");
    let missing = format!("{over} of 12 runs are over");
    assert!(shown.contains(&missing) && said.contains(&missing), "{shown}{said}");
    let partial = folder.join("out/partial");
    let runs = fs::read_to_string(partial.join("runs.csv")).unwrap();
    assert_eq!(runs.lines().count(), 1 + over);
    let page = fs::read_to_string(partial.join("report.html")).unwrap();
    assert!(page.contains(">Incomplete</li>") && page.contains(&missing));
    // It is a results folder like any other.
    let again = command(&["report", "out/partial"]);
    assert_eq!(again.status.code(), Some(3), "{}", text(&again.stderr));
    assert_eq!(text(&again.stdout), shown);
    let refused = command(&["compare", "out"]);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("unfinished") && said.contains("dhtlab report out"), "{said}");
}

#[test]
fn a_killed_program_leaves_what_can_be_resumed_and_sigterm_says_143() {
    let folder = scenario();
    let out = folder.path().join("out");
    let mut child = spawn(folder.path(), &[&MANY[..], &["-o", "out", "--jobs", "1"]].concat());
    wait("a run is over", || !over(&out).is_empty());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(status(&out), "incomplete");
    let child =
        spawn(folder.path(), &[&MANY[..], &["-o", "out", "--jobs", "1", "--resume"]].concat());
    let before = over(&out).len();
    wait("another run is over", || over(&out).len() > before);
    signal(&child, "TERM");
    assert_eq!(end(child).0, Some(143));
    assert_eq!(status(&out), "interrupted");
    // Anew, and to the end.
    let anew = [&MANY[..3], &["--seed", "1", "-o", "out", "--force"]].concat();
    assert_eq!(dhtlab().args(anew).current_dir(&folder).output().unwrap().status.code(), Some(0));
    assert_eq!(status(&out), "complete");
    assert!(!out.join(".runs").exists());
}

/// A warm start of many nodes takes long before the first event: nothing asks it to stop.
#[test]
fn a_run_that_does_not_listen_is_left_behind_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let large = [
        "run",
        "--example",
        "million",
        "-q",
        "--force",
        "-o",
        "out",
        "--set",
        "network.nodes=300000",
    ];
    let child = spawn(folder.path(), &large);
    let out = folder.path().join("out");
    wait("the folder is there", || out.join("manifest.json").exists());
    signal(&child, "INT");
    let (code, said) = end(child);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("0 of 1 runs are over"), "{said}");
    assert_eq!(status(&out), "interrupted");
}

/// The first signal would leave such a run behind after half a second, and say what is kept.
#[cfg(target_os = "linux")]
#[test]
fn a_second_interrupt_ends_the_program_at_once_and_the_folder_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let large = ["run", "--example", "million", "-q", "-o", "out", "--set", "network.nodes=300000"];
    let start = |more: &[&str]| spawn(folder.path(), &[&large[..], more].concat());
    let child = start(&[]);
    let out = folder.path().join("out");
    // By then the world is drawn, which asks nobody; and two signals that wait are one.
    let says = |key: &str| {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap().to_owned();
        line.split_whitespace().next().unwrap().to_owned()
    };
    wait("it is at work", || says("VmRSS:").parse::<u64>().unwrap() > 60_000);
    signal(&child, "INT");
    wait("it was told", || says("ShdPnd:").bytes().all(|digit| digit == b'0'));
    signal(&child, "INT");
    let (code, said) = end(child);
    assert_eq!((code, said.as_str()), (Some(130), ""), "the second does not wait for the first");
    assert_eq!(status(&out), "incomplete");
    let (code, said) = end(start(&[]));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--resume computes what is missing"), "{said}");
    let text = out.join("scenario.resolved.toml");
    fs::remove_file(&text).unwrap();
    let child = start(&["--resume"]);
    wait("it goes on", || text.exists());
    signal(&child, "INT");
    let (code, said) = end(child);
    assert_eq!(code, Some(130), "{said}");
    assert_eq!(status(&out), "interrupted");
}

/// Files may be no longer than so many blocks: what a full disk is to a program.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_names_the_file_and_what_is_over_is_kept() {
    let folder = scenario();
    // The limit lets runs be kept, and not the table of all of them.
    let sizes = |limit: &str| {
        let line = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &line, "sh"]).arg(assert_cmd::cargo::cargo_bin!("dhtlab"));
        shell.args(MANY).args(["-o", "out", "--jobs", "1"]).current_dir(&folder).output().unwrap()
    };
    let out = folder.path().join("out");
    let none = sizes("16");
    let said = text(&none.stderr);
    assert_eq!(none.status.code(), Some(1), "{said}");
    assert!(said.contains("out/.runs/") && !said.contains("panicked"), "{said}");
    assert!(!out.exists(), "nothing was over, nothing is left");

    let some = sizes("512");
    let said = text(&some.stderr);
    assert_eq!(some.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write out/") && said.contains(".csv"), "{said}");
    assert!(said.contains("--resume") && said.matches("os error").count() == 1, "{said}");
    assert_eq!((status(&out).as_str(), over(&out).len()), ("incomplete", 12));
    assert!(!out.join("lookups.csv").exists());
    let resumed = dhtlab().args(MANY).args(["-o", "out", "--resume"]).current_dir(&folder).output();
    assert_eq!(resumed.unwrap().status.code(), Some(0));
    assert_eq!(status(&out), "complete");
}
