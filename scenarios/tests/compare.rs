//! `dhtlab compare`, and the comparison that `run` makes, through the program.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

const TWO: &str = r#"schema = 1
name = "two"
seeds = "1..=3"
duration = "8m"
warmup = "2m"

[network]
nodes = 12
bootstrap_nodes = 2
join_over = "1m"
links = { model = "regions", table = "aws-2019", jitter = "5%" }

[workload]
lookups = { every = "1m", per = "node" }

[[protocol]]
use = "kademlia"

[[protocol]]
use = "chord"
"#;

fn dhtlab(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("dhtlab"));
    command.args(args).current_dir(folder).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs the scenario with these arguments, and gives what stood on stdout.
fn run(folder: &Path, args: &[&str]) -> String {
    fs::write(folder.join("two.toml"), TWO).expect("the folder can be written");
    let output = dhtlab(folder, &[&["run", "two.toml", "--quiet"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_run_of_two_protocols_compares_them() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path();
    let said = run(folder, &["-o", "both"]);
    assert!(said.contains("two: measure, against [1] kademlia"), "{said}");
    let written = fs::read_to_string(folder.join("both/compare.csv")).unwrap();
    assert!(written.starts_with("scenario,metric,phase,base,other,n_pairs,"), "{written}");
    assert!(
        written.lines().skip(1).any(|line| line.starts_with("two,lookup.hops,measure,kademlia"))
    );
    assert!(folder.join("both/figures/f10-paired-differences.svg").is_file());
    let manifest = fs::read_to_string(folder.join("both/manifest.json")).unwrap();
    assert!(manifest.contains("\"compare.csv\""));

    // One folder with several entries: the same table, the same bytes.
    let output = dhtlab(folder, &["compare", "both", "-o", "out"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(folder.join("out/compare.csv")).unwrap(), written);
    assert!(said.contains(text(&output.stdout).split("wrote").next().unwrap().trim_end()));

    // Nothing is overwritten unasked, and never what is in a results folder.
    let again = dhtlab(folder, &["compare", "both", "-o", "out"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("--force replaces it"), "{}", text(&again.stderr));
    assert_eq!(dhtlab(folder, &["compare", "both", "-o", "out", "--force"]).status.code(), Some(0));
    let inside = dhtlab(folder, &["compare", "both", "-o", "both", "--force"]);
    assert_eq!(inside.status.code(), Some(2));
    assert!(text(&inside.stderr).contains("is a results folder"), "{}", text(&inside.stderr));

    // What does not exist is named, with what may be meant.
    for (args, parts) in [
        (["--metric", "lookup.hobs"], ["lookup.hobs", "did you mean `lookup.hops`?"]),
        (["--phase", "censor"], ["phase `censor`", "measure"]),
        (["--base", "3"], ["no entry number 3", "2: chord"]),
    ] {
        let output = dhtlab(folder, &[&["compare", "both"], &args[..]].concat());
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(parts.iter().all(|part| stderr.contains(part)), "{stderr}");
    }
    let chosen =
        dhtlab(folder, &["compare", "both", "--metric", "lookup.hops", "--base", "2", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&chosen.stdout).unwrap();
    assert_eq!((&json["command"], &json["comparison"]["base"]), (&"compare".into(), &2.into()));
    let rows = json["comparison"]["rows"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["metric"] == "lookup.hops") && rows.len() == 5, "{rows:?}");
}

#[test]
fn folders_of_one_world_are_paired_and_others_are_not() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path();
    let alone = run(folder, &["-o", "kad", "--protocol", "kademlia"]);
    assert!(!alone.contains("against") && !folder.join("kad/compare.csv").exists(), "{alone}");
    run(folder, &["-o", "chord", "--protocol", "chord"]);
    run(folder, &["-o", "more", "--protocol", "chord", "--set", "network.nodes=14"]);
    let first = |path: &str| {
        let output = dhtlab(folder, &["compare", "kad", path, "--json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let rows = json["comparison"]["rows"].as_array().unwrap().clone();
        (rows.into_iter().find(|row| row["metric"] == "lookup.hops").unwrap(), json)
    };
    let (row, _) = first("chord");
    assert_eq!((&row["method"], &row["n_pairs"]), (&"paired-t".into(), &3.into()));
    let (row, json) = first("more");
    assert_eq!(
        (&row["method"], &row["n_pairs"], &row["n_other"]),
        (&"welch".into(), &0.into(), &3.into())
    );
    assert!(json["comparison"]["notices"][0].as_str().unwrap().contains("different worlds"));

    let lonely = dhtlab(folder, &["compare", "kad"]);
    assert_eq!(lonely.status.code(), Some(2));
    assert!(
        text(&lonely.stderr).contains("nothing to compare it with"),
        "{}",
        text(&lonely.stderr)
    );
    let nowhere = dhtlab(folder, &["compare", "kad", "nowhere"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(text(&nowhere.stderr).contains("nowhere"), "{}", text(&nowhere.stderr));
}
