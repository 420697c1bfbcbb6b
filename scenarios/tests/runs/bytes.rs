//! Same seed, same bytes: whatever runs side by side, and only then.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{SMALL, dhtlab, files, text};

/// Two entries under two seeds, so that there is something to run side by side.
fn scenario(folder: &Path) {
    let two = format!("{SMALL}\n[[protocol]]\nuse = \"kademlia\"\npreset = \"daa-prime\"\n");
    let two = two.replace("seed = 7", "seeds = [7, 8]").replace("nodes = 40", "nodes = 24");
    fs::write(folder.join("small.toml"), two).unwrap();
}

fn results(folder: &Path, name: &str, more: &[&str]) -> PathBuf {
    let arguments = ["run", "small.toml", "--quiet", "-o", name];
    let output = dhtlab().args(arguments).args(more).current_dir(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let last = text(&output.stdout).lines().last().unwrap().to_owned();
    assert!(last.starts_with("reproduce: dhtlab run small.toml --seed"), "{last}");
    folder.join(name)
}

/// A ring that learns, with all that is asked of rings; shorter than it is kept as a golden run.
fn rings(folder: &Path) {
    let golden = include_str!("../golden/rings.toml");
    let short = [("15m", "9m"), ("5m", "2m"), ("at = \"8m\"", "at = \"6m\"")];
    let cut = |text: String, (long, short): (&str, &str)| {
        assert!(text.contains(long), "the golden scenario has no {long}");
        text.replacen(long, short, 1)
    };
    fs::write(folder.join("small.toml"), short.into_iter().fold(golden.to_owned(), cut)).unwrap();
}

/// The results of the scenario in `folder` are the same whatever runs side by side; returns them.
fn nothing_changes(folder: &Path, ways: &[(&str, &[&str])]) -> BTreeMap<String, Vec<u8>> {
    let base = files(&results(folder, "base", &["--shards", "1", "--jobs", "1"]));
    for (name, more) in ways {
        let other = files(&results(folder, name, more));
        assert!(base.keys().eq(other.keys()), "{name}: other files");
        for (file, bytes) in &base {
            assert!(*bytes == other[file], "{name}: {file} differs");
        }
    }
    base
}

#[test]
fn shards_and_jobs_change_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    scenario(folder.path());
    let base = nothing_changes(
        folder.path(),
        &[
            ("defaults", &[]),
            ("shards", &["--shards", "2"]),
            ("jobs", &["--jobs", "2"]),
            ("both", &["--shards", "2", "--jobs", "2"]),
        ],
    );
    for name in ["lookups.csv", "metrics.csv", "intervals.csv", "figures/f1-latency-ecdf.svg"] {
        assert!(base.contains_key(name), "{name} is missing");
    }
}

#[test]
fn shards_and_jobs_change_no_byte_of_rings() {
    let folder = tempfile::tempdir().unwrap();
    rings(folder.path());
    let base = nothing_changes(folder.path(), &[("both", &["--shards", "2", "--jobs", "2"])]);
    for name in
        ["figures/f7-lorenz.svg", "figures/f11-bytes-by-purpose.svg", "figures/range-cost.svg"]
    {
        assert!(base.contains_key(name), "{name} is missing");
    }
    let metrics = text(&base["metrics.csv"]);
    let learned = metrics
        .lines()
        .any(|row| row.contains(",measure,learning.retrains_max,max,") && !row.contains(",max,0,"));
    assert!(learned && metrics.contains("range.recall"), "somebody learned, somebody asked");
}

#[test]
fn another_seed_is_another_run_and_a_digest_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    scenario(folder.path());
    let of_seed = |seed: &str, name: &str| {
        let results = results(folder.path(), name, &["--seed", seed, "--protocol", "daa-prime"]);
        let manifest = fs::read_to_string(results.join("manifest.json")).unwrap();
        let json: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        json["digest"].as_str().unwrap().to_owned()
    };
    let (seven, eight) = (of_seed("7", "seven"), of_seed("8", "eight"));
    assert_ne!(seven, eight);
    for (expected, code) in [(&seven, 0), (&eight, 4)] {
        let arguments = ["--seed", "7", "--protocol", "daa-prime", "--expect-digest", expected];
        let mut command = dhtlab();
        command.args(["run", "small.toml", "--quiet", "--force", "-o", "seven"]).args(arguments);
        let output = command.current_dir(&folder).output().unwrap();
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert_eq!(code == 4, stderr.contains(&seven), "the digest found is named: {stderr}");
    }
}
