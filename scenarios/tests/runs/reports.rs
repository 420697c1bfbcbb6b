//! `dhtlab report`: the same again from the tables alone, and nothing changed when they are not whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::support::{SMALL, dhtlab, rows, text};

/// A results folder `out` of a run with a fault and an expectation.
fn results() -> (tempfile::TempDir, Output) {
    let folder = tempfile::tempdir().unwrap();
    let more = "\n[[phase]]\nname = \"storm\"\nat = \"10m\"\nfor = \"3m\"\n\
        fault = \"crash-storm\"\nshare = \"30%\"\n\
        \n[[expect]]\nmetric = \"lookup.success_ratio\"\nmin = 0.1\n";
    let scenario = format!("{SMALL}alpha = 4\n{more}").replace("seed = 7", "seeds = \"7..=8\"");
    fs::write(folder.path().join("small.toml"), scenario).unwrap();
    let output = command(folder.path(), &["run", "small.toml", "--quiet", "-o", "out"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    (folder, output)
}

fn command(folder: &Path, args: &[&str]) -> Output {
    dhtlab().args(args).current_dir(folder).output().unwrap()
}

/// Every file below the folder.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let below = tree(&entry.path());
            found.extend(below.into_iter().map(|(path, file)| (format!("{name}/{path}"), file)));
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

#[test]
fn a_report_is_what_the_run_had_shown_byte_for_byte() {
    let (folder, ran) = results();
    let out = folder.path().join("out");
    let whole = tree(&out);
    assert!(whole.contains_key("figures/f1-latency-ecdf.svg"), "{:?}", whole.keys());
    fs::remove_dir_all(out.join("figures")).unwrap();
    let output = command(folder.path(), &["report", "out"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), text(&ran.stdout));
    let again = tree(&out);
    assert!(again.keys().eq(whole.keys()), "{:?}", again.keys());
    for (name, bytes) in &whole {
        assert!(again[name] == *bytes, "{name} differs");
    }
    // With another theme the figures differ, and the manifest goes with them.
    let paper = command(folder.path(), &["report", "out", "--theme", "paper"]);
    assert_eq!(paper.status.code(), Some(0), "{}", text(&paper.stderr));
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap();
    let figure = fs::read(out.join("figures/f1-latency-ecdf.svg")).unwrap();
    assert!(figure != whole["figures/f1-latency-ecdf.svg"]);
    let hash = blake3::hash(&figure).to_hex().to_string();
    assert_eq!(manifest["files"]["figures/f1-latency-ecdf.svg"], serde_json::json!(hash));
    let about = &manifest["about"];
    assert_eq!(about["overrides"], serde_json::json!(["protocol.1.alpha=4"]));
    assert_eq!(about["expectations"][0]["met"], serde_json::json!(true));
    assert!(about["resolved"].as_str().unwrap().contains("crash-storm"));
}

#[test]
fn without_a_manifest_the_tables_are_enough() {
    let (folder, ran) = results();
    let out = folder.path().join("out");
    let figures = tree(&out.join("figures"));
    for entry in fs::read_dir(&out).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else if path.extension().is_none_or(|end| end != "csv") {
            fs::remove_file(path).unwrap();
        }
    }
    let output = command(folder.path(), &["report", "out", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let notice = json["outcome"]["notices"][0].as_str().unwrap();
    assert!(notice.starts_with("there is no manifest.json: the description"), "{notice}");
    assert_eq!(json["schema_version"], serde_json::json!(1));
    assert_eq!(tree(&out.join("figures")), figures);
    assert!(!out.join("manifest.json").exists());
    let said = text(&command(folder.path(), &["report", "out"]).stdout);
    let numbers = |text: &str| text.split("\nnote: ").next().unwrap_or("").to_owned();
    assert!(text(&ran.stdout).starts_with(numbers(&said).trim_end()), "{said}");
}

#[test]
fn a_folder_that_is_not_whole_is_said_to_be_and_left_alone() {
    let (folder, _) = results();
    let out = folder.path().join("out");
    let whole = tree(&out);
    let refused = |code: i32, words: &[&str]| {
        let before = tree(&out);
        for name in ["report", "compare"] {
            let output = command(folder.path(), &[name, "out"]);
            let stderr = text(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{name}: {stderr}");
            assert!(words.iter().all(|word| stderr.contains(word)), "{name}: {stderr}");
            assert!(stderr.contains("help: ") || code == 1, "{name}: {stderr}");
            assert!(output.stdout.is_empty());
            let json = command(folder.path(), &[name, "out", "--json"]).stdout;
            let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
            let message = json["error"]["message"].as_str().unwrap();
            assert!(stderr.contains(message) && json["exit_code"] == code, "{name}: {json}");
        }
        assert_eq!(tree(&out), before, "something was changed");
    };
    let restore = |name: &str| fs::write(out.join(name), &whole[name]).unwrap();

    fs::remove_file(out.join("hist.csv")).unwrap();
    refused(2, &["hist.csv: the file is missing"]);
    restore("hist.csv");

    let metrics = &whole["metrics.csv"];
    let lines = text(metrics).lines().count();
    fs::write(out.join("metrics.csv"), &metrics[..metrics.len() - 3]).unwrap();
    fs::write(out.join("runs.csv"), "id,x\n1,2\n").unwrap();
    let line = format!("metrics.csv, line {lines}: the last line is cut off");
    refused(2, &[&line, "runs.csv, line 1: the header lacks run_id"]);
    restore("runs.csv");

    // Cut at the end of a line, a table looks whole; its hash tells.
    let end = metrics[..metrics.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap();
    fs::write(out.join("metrics.csv"), &metrics[..=end]).unwrap();
    refused(2, &["not as the run wrote it", "metrics.csv", "take manifest.json out"]);
    restore("metrics.csv");

    // The longest table is looked at where it begins and where it ends.
    let lookups = &whole["lookups.csv"];
    let lines = text(lookups).lines().count();
    fs::write(out.join("lookups.csv"), &lookups[..lookups.len() - 3]).unwrap();
    refused(2, &[&format!("lookups.csv, line {lines}: the last line is cut off")]);
    let foreign = text(lookups).replace(&rows(&out.join("runs.csv"))[0]["run_id"], "0123456789ab");
    fs::write(
        out.join("lookups.csv"),
        foreign.lines().take(2).collect::<Vec<_>>().join("\n") + "\n",
    )
    .unwrap();
    refused(
        2,
        &["lookups.csv", "line 2, column run_id: `0123456789ab`, expected a run of runs.csv"],
    );
    restore("lookups.csv");

    fs::write(out.join("manifest.json"), "{ \"files\": ").unwrap();
    refused(2, &["manifest.json: EOF while parsing"]);
    restore("manifest.json");

    fs::remove_file(out.join("replicas.csv")).unwrap();
    fs::create_dir(out.join("replicas.csv")).unwrap();
    refused(1, &["replicas.csv: the system says"]);
    let nowhere = command(folder.path(), &["report", "nowhere"]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", text(&nowhere.stderr));
}

#[test]
fn runs_name_their_entry_and_those_of_one_world_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let tiny =
        SMALL.replace("nodes = 40", "nodes = 8").replace("\"20m\"\nwarmup", "\"6m\"\nwarmup");
    let second = "\n[[protocol]]\nuse = \"kademlia\"\npreset = \"rust-libp2p-0.49\"\nalpha = 10\n";
    fs::write(folder.path().join("two.toml"), format!("{tiny}{second}")).unwrap();
    let other = tiny.replace("name = \"small\"", "name = \"other\"");
    fs::write(folder.path().join("other.toml"), other).unwrap();
    let run = |args: &[&str], out: &str| {
        let args = [&["run"], args, &["--quiet", "-o", out]].concat();
        assert_eq!(command(folder.path(), &args).status.code(), Some(0));
        let mut found = rows(&folder.path().join(out).join("runs.csv"));
        found.sort_by(|a, b| a["entry"].cmp(&b["entry"]));
        found
    };
    let two = run(&["two.toml"], "two");
    assert_eq!((&*two[0]["entry"], &*two[1]["entry"]), ("1", "2"));
    let world = &two[0]["world_id"];
    assert!(world.len() == 12 && world.bytes().all(|b| b.is_ascii_hexdigit()), "{world}");
    assert_eq!(two[1]["world_id"], *world);
    // The name decides nothing, the loss does; the seed stands beside it.
    assert_eq!(run(&["other.toml", "--seed", "9"], "named")[0]["world_id"], *world);
    assert_ne!(
        run(&["other.toml", "--set", "network.loss=\"1%\""], "lossy")[0]["world_id"],
        *world
    );
}
