//! Sweeps: every point is the run it would be by itself, whatever runs beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::support::{SMALL, dhtlab, files, rows, text};

/// Two protocols, two axes, two seeds: Chord has no `alpha`.
pub(crate) fn swept() -> String {
    let tiny = SMALL
        .replace("nodes = 40", "nodes = 10")
        .replace("\"20m\"\nwarmup = \"5m\"", "\"6m\"\nwarmup = \"3m\"")
        .replace("seed = 7", "seeds = [7, 8]")
        .replace("bootstrap_nodes = 2", "bootstrap_nodes = 4");
    let sweep = "[sweep]\n\"protocol.alpha\" = [1, 4]\n\"network.nodes\" = [8, 12]\n\"churn.session.mean\" = [\"5m\"]\n";
    format!("{tiny}\n[[protocol]]\nuse = \"chord\"\nsuccessors = 3\n\n{sweep}")
}

fn dhtlab_in(folder: &Path, args: &[&str]) -> Output {
    dhtlab().args(args).current_dir(folder).output().unwrap()
}

#[test]
fn points_are_the_runs_they_would_be_alone_at_any_number_of_jobs() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("swept.toml"), swept()).unwrap();
    let run = |name: &str, more: &[&str]| {
        let args = [&["run", "swept.toml", "--quiet", "-o", name], more].concat();
        let output = dhtlab_in(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        files(&folder.path().join(name))
    };
    let base = run("base", &["--jobs", "1"]);
    let other = run("other", &["--jobs", "3", "--shards", "2"]);
    assert!(base.keys().eq(other.keys()));
    for (name, bytes) in &base {
        assert!(*bytes == other[name], "{name} differs");
    }
    let found = rows(&folder.path().join("base/runs.csv"));
    let of = |protocol: &str| found.iter().filter(|row| row["protocol"] == protocol).count();
    // Chord has no alpha: it runs once for both values.
    assert_eq!((of("kademlia"), of("chord")), (8, 4));
    let chord: BTreeSet<(&str, &str, &str)> = found
        .iter()
        .filter(|row| row["protocol"] == "chord")
        .map(|row| (&*row["sweep.protocol.alpha"], &*row["sweep.network.nodes"], &*row["nodes"]))
        .collect();
    assert_eq!(chord, BTreeSet::from([("", "8", "8"), ("", "12", "12")]));
    assert!(found.iter().all(|row| row["sweep.churn.session.mean"] == "5m"));
    let names: BTreeSet<&str> = found.iter().map(|row| &*row["variant"]).collect();
    assert_eq!(names.len(), 2, "what is swept is no part of a name: {names:?}");

    let single = swept().split("[sweep]").next().unwrap().to_owned();
    fs::write(folder.path().join("single.toml"), single.replace("nodes = 10", "nodes = 12"))
        .unwrap();
    let set = ["--set", "protocol.alpha=4", "--set", "churn.session.mean=5m", "--seed", "8"];
    let args = [&["run", "single.toml", "--quiet", "-o", "single"], &set[..]].concat();
    assert_eq!(dhtlab_in(folder.path(), &args).status.code(), Some(0));
    for row in rows(&folder.path().join("single/runs.csv")) {
        let same = found.iter().find(|other| other["run_id"] == row["run_id"]);
        let same = same.unwrap_or_else(|| panic!("{} is not in the sweep", row["protocol"]));
        assert_eq!((&same["digest"], &same["world_id"]), (&row["digest"], &row["world_id"]));
    }
}

#[test]
fn an_expectation_that_does_not_hold_names_its_point() {
    let folder = tempfile::tempdir().unwrap();
    let expect =
        "\n[[expect]]\nmetric = \"lookup.rpcs\"\nprotocol = \"kademlia\"\nmax = 0.0\n\n[sweep]";
    fs::write(folder.path().join("s.toml"), swept().replace("\n[sweep]", expect)).unwrap();
    let output = dhtlab_in(folder.path(), &["run", "s.toml", "-q", "--seed", "7", "-o", "out"]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    for point in ["protocol.alpha=1, network.nodes=8", "protocol.alpha=4, network.nodes=12"] {
        assert!(
            stderr.contains(&format!("at {point}, churn.session.mean=5m: lookup.rpcs")),
            "{stderr}"
        );
    }
    // It is said again when nothing is left to do.
    let again = ["run", "s.toml", "-q", "--seed", "7", "-o", "out", "--resume"];
    let output = dhtlab_in(folder.path(), &again);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
}

#[test]
fn check_says_how_many_runs_and_what_they_cost() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.toml"), swept()).unwrap();
    let stdout = text(&dhtlab_in(folder.path(), &["check", "s.toml"]).stdout);
    assert!(stdout.contains("12 runs of 6m among 8 to 12 nodes"), "{stdout}");
    assert!(stdout.contains("4 points, 2 seeds"), "{stdout}");
    // One protocol alone has other axes.
    let args = ["run", "s.toml", "--protocol", "chord", "-q", "-o", "out"];
    assert_eq!(dhtlab_in(folder.path(), &args).status.code(), Some(0));
    let found = rows(&folder.path().join("out/runs.csv"));
    assert_eq!(found.len(), 4);
    assert!(!found[0].contains_key("sweep.protocol.alpha"));
}
