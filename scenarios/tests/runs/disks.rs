//! A disk that is really full: a small tmpfs, where the system lets a test have one.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{SMALL, dhtlab, files, rows, text};

/// Says that nothing could be mounted; no command of ours ends like that.
const NO_MOUNT: i32 = 77;

/// Runs `script` in `folder`, in a world of mounts of its own, with the program as `$dhtlab` and a
/// tmpfs of `kib` KiB at `disk`. `None` where that is not permitted.
fn on_a_disk_of(kib: u64, folder: &Path, script: &str) -> Option<Output> {
    fs::create_dir_all(folder.join("disk")).unwrap();
    let mount = format!("mount -t tmpfs -o size={kib}k none disk || exit {NO_MOUNT}\n{script}");
    let mut shell = Command::new("unshare");
    shell.args(["-rm", "sh", "-c", &mount]).current_dir(folder);
    shell.env("dhtlab", assert_cmd::cargo::cargo_bin!("dhtlab"));
    let output = shell.output().ok().filter(|output| {
        let said = text(&output.stderr);
        output.status.code() != Some(NO_MOUNT) && !said.starts_with("unshare:")
    });
    if output.is_none() {
        eprintln!("skipped: no tmpfs can be mounted here with `unshare -rm`");
    }
    output
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// KiB that the files below `folder` take, page by page.
fn kib(folder: &Path, wanted: fn(&str) -> bool) -> u64 {
    let files = files(folder).into_iter().filter(|(name, _)| wanted(name));
    files.map(|(_, bytes)| bytes.len().div_ceil(4096) as u64 * 4).sum()
}

fn is_table(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "csv") && name != "compare.csv"
}

/// Runs, finds the disk full, and goes on when there is room.
const RUN: &str = r#"
"$dhtlab" run small.toml -q -o disk/out >shown 2>said; echo $? >code
ls -A disk >left
cp disk/out/manifest.json first.json 2>/dev/null
find disk -name '*.part' >parts
mount -o remount,size=65536k disk
"$dhtlab" run small.toml -q -o disk/out --resume >/dev/null 2>resumed_said; echo $? >resumed
mv disk/out out
"#;

#[test]
fn a_disk_that_fills_up_leaves_what_is_over_and_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let scenario =
        SMALL.replace("seed = 7", "seeds = \"1..=3\"") + "\n[[protocol]]\nuse = \"chord\"\n";
    fs::write(at("small.toml"), scenario.replace("nodes = 40", "nodes = 24")).unwrap();
    let line = ["run", "small.toml", "-q", "-o", "whole"];
    assert_eq!(dhtlab().args(line).current_dir(&folder).output().unwrap().status.code(), Some(0));
    let whole = files(&at("whole"));
    let runs = rows(&at("whole/runs.csv")).len() as u64;
    // The rows of every run, then all of them as tables; pages that are only begun on top.
    let kept = kib(&at("whole"), is_table) + runs * 4;
    let shown = kib(&at("whole"), |name| !is_table(name));
    let cases = [
        ("not even the manifest", 4, "disk/out/manifest.json", true),
        ("no run", 24, "disk/out/.runs/", true),
        ("some runs", kept * 2 / 3, "disk/out/.runs/", false),
        ("no tables", kept * 3 / 2, ".csv: ", false),
        ("no report", 2 * kept + shown * 2 / 3, "disk/out/report.html", false),
    ];
    for (what, size, named, nothing_over) in cases {
        for name in ["code", "said", "first.json"] {
            let _ = fs::remove_file(at(name));
        }
        let _ = fs::remove_dir_all(at("out"));
        let Some(output) = on_a_disk_of(size, folder.path(), RUN) else { return };
        let said = read(&at("said"));
        assert_eq!(read(&at("code")), "1\n", "{what}: {said} {}", text(&output.stderr));
        assert!(said.contains(named) && !said.contains("panicked"), "{what}: {said}");
        assert_eq!(said.matches("os error").count(), 1, "{what}: {said}");
        assert_eq!(read(&at("shown")) + &read(&at("parts")), "", "{what}");
        if nothing_over {
            assert_eq!(read(&at("left")), "", "{what}: nothing is over, nothing is left");
        } else {
            assert!(said.contains("-o disk/out --resume"), "{what}: {said}");
            assert!(read(&at("first.json")).contains("\"status\": \"incomplete\""), "{what}");
        }
        assert_eq!(read(&at("resumed")), "0\n", "{what}: {}", read(&at("resumed_said")));
        assert!(files(&at("out")) == whole, "{what}: resumed, and not the same");
    }
}

/// What writes into a folder that is there, on a disk without room, and once more when there is some.
const REST: &str = r#"
cp -r whole disk/out
mount -o remount,size=$(($(df -k --output=used disk | tail -1)))k disk
"$dhtlab" report disk/out --theme paper >shown 2>report; echo $? >>codes
"$dhtlab" compare whole -o disk/compared >>shown 2>compare; echo $? >>codes
"$dhtlab" init disk/new >>shown 2>init; echo $? >>codes
find disk -name '*.part*' -o -name scenario.toml -empty >>shown
cp -r disk/out after
mount -o remount,size=65536k disk
"$dhtlab" compare whole -o disk/compared >/dev/null 2>>again; echo $? >>codes
"$dhtlab" init disk/new >/dev/null 2>>again; echo $? >>codes
"#;

#[test]
fn what_is_there_stays_as_it_is_when_there_is_no_room_for_more() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let scenario = format!("{SMALL}\n[[protocol]]\nuse = \"chord\"\n");
    fs::write(at("small.toml"), scenario.replace("nodes = 40", "nodes = 24")).unwrap();
    let line = ["run", "small.toml", "--seeds", "1..=2", "-q", "-o", "whole"];
    assert_eq!(dhtlab().args(line).current_dir(&folder).output().unwrap().status.code(), Some(0));
    let Some(output) = on_a_disk_of(65_536, folder.path(), REST) else { return };
    let codes = read(&at("codes"));
    assert_eq!(codes, "1\n1\n1\n0\n0\n", "{} {}", text(&output.stderr), read(&at("again")));
    assert_eq!(read(&at("shown")), "");
    for (command, named) in [
        ("report", "cannot write disk/out/"),
        ("compare", "cannot write disk/compared/"),
        ("init", "cannot write disk/new/scenario.toml"),
    ] {
        let said = read(&at(command));
        assert!(said.contains(named) && !said.contains(".partial"), "{said}");
        assert_eq!(said.matches("os error").count(), 1, "{said}");
    }
    assert!(files(&at("after")) == files(&at("whole")));
}
