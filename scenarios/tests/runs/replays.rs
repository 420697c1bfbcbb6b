//! `replay`: the same runs from the folder alone, and where they part when something was changed.

use std::fs;
use std::path::Path;

use dhtlab::again::{Finished, points};
use dhtlab::command::replay::{Threads, judge};
use dhtlab::console::Console;
use dhtlab::library;
use dhtlab::registry::Registry;

use crate::support::{SMALL, dhtlab, plan, text};

/// `SMALL`, for two minutes and with a second protocol, run into `folder/out`.
fn run(folder: &Path) {
    let scenario = SMALL.replace("\"20m\"\nwarmup = \"5m\"", "\"2m\"\nwarmup = \"1m\"")
        + "\n[[protocol]]\nuse = \"chord\"\n";
    fs::write(folder.join("s.toml"), scenario).unwrap();
    let output =
        dhtlab().args(["run", "s.toml", "-q", "-o", "out"]).current_dir(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

fn replay(folder: &Path, more: &[&str]) -> (Option<i32>, String) {
    let output = dhtlab().args(["replay", "out"]).args(more).current_dir(folder).output().unwrap();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn a_resolved_scenario_is_enough_to_know_every_run_by_its_identifier() {
    for example in &library::ALL {
        let written = plan(example.text, &[]);
        let resolved = plan(&written.resolved(), &[]);
        assert_eq!(resolved.resolved(), written.resolved(), "{}", example.name);
        let ids = |plan| points(plan).into_iter().map(|point| point.run_id).collect::<Vec<_>>();
        assert_eq!(ids(&resolved), ids(&written), "{}", example.name);
    }
}

#[test]
fn a_folder_is_replayed_and_a_planted_difference_is_named() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path());
    let (code, said) = replay(folder.path(), &["--shards", "2"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("identical: 2 of 2 runs"), "{said}");

    let table = folder.path().join("out/digests.csv");
    let before = fs::read_to_string(&table).unwrap();
    let rows: Vec<&str> = before.lines().collect();
    let run_id = rows[1].split(',').next().unwrap();
    let last = rows.iter().filter(|row| row.starts_with(run_id)).count();
    // Every rung from the fifth on is another one: as if the run had gone another way.
    let other = |(number, row): (usize, &&str)| {
        let digest = row.rsplit(',').next().unwrap();
        if number >= 5 && number <= last {
            row.replace(digest, "0123456789abcdef")
        } else {
            (*row).to_owned()
        }
    };
    let planted: Vec<String> = rows.iter().enumerate().map(other).collect();
    fs::write(&table, planted.join("\n") + "\n").unwrap();
    let (code, said) = replay(folder.path(), &["--run", &run_id[..6]]);
    assert_eq!(code, Some(4), "{said}");
    let until = rows[5].split(',').nth(1).unwrap();
    let from = rows[4].split(',').nth(1).unwrap();
    let place = format!("rung 5 of {last}: between {from} s and {until} s");
    assert!(said.contains(&place), "{place} is not in {said}");
    assert!(said.contains("1 of 1 runs are different"), "{said}");

    // One edited rung alone: no run does that.
    let digest = rows[5].rsplit(',').next().unwrap();
    fs::write(&table, before.replace(digest, "0123456789abcdef")).unwrap();
    let (code, said) = replay(folder.path(), &["--shards", "2"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("digests.csv was changed"), "{said}");
    let (_, json) = replay(folder.path(), &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let different = json["runs"].as_array().unwrap().iter().find(|run| run["run_id"] == run_id);
    assert_eq!(different.unwrap()["rung"]["number"], 5);
    assert_eq!(json["exit_code"], 4);
}

#[test]
fn a_folder_that_is_none_or_was_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = replay(folder.path(), &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no manifest.json"), "{said}");
    run(folder.path());
    let (code, said) = replay(folder.path(), &["--run", "zz"]);
    assert!(code == Some(2) && said.contains("known: "), "{said}");
    let path = folder.path().join("out/scenario.resolved.toml");
    let changed = fs::read_to_string(&path).unwrap().replace("nodes = 40", "nodes = 41");
    fs::write(&path, changed).unwrap();
    let (code, said) = replay(folder.path(), &[]);
    assert!(code == Some(2) && said.contains("was changed since its run"), "{said}");
    fs::write(folder.path().join("out/manifest.json"), "{ \"truncated").unwrap();
    let (code, said) = replay(folder.path(), &[]);
    assert!(code == Some(1) && said.contains("manifest.json"), "{said}");
}

/// A protocol that behaves in another way where there are several threads: the mistake that comparing one
/// thread with several is there to find.
fn faulty() -> Registry {
    let mut registry = Registry::empty();
    for entry in Registry::builtin().iter() {
        let mut entry = entry.clone();
        if entry.name == "kademlia" {
            entry.run = |plan, input| {
                let builtin = Registry::builtin();
                let mut plan = plan.clone();
                if input.job.shards > 1 {
                    let alpha = dhtlab_protocols::params::ParamValue::Count(2);
                    plan.overrides.insert("alpha".to_owned(), alpha);
                }
                (builtin.get("kademlia").expect("it is built in").run)(&plan, input)
            };
        }
        registry.register(entry);
    }
    registry
}

#[test]
fn the_first_event_that_differs_between_one_thread_and_several_is_named() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path());
    let registry = faulty();
    let finished =
        Finished::open(&folder.path().join("out"), &registry, Console::default()).unwrap();
    let points = finished.chosen(None).unwrap();
    assert!(judge(&finished, &points[0], 1, &registry).unwrap().difference.is_none());
    let verdict = judge(&finished, &points[0], 2, &registry).unwrap();
    let Some(Threads::Part { rung, event }) = verdict.difference.unwrap().threads else {
        panic!("the two runs differ");
    };
    let (at, one, several) = event.unwrap();
    assert!(rung.from_s <= at && at < rung.until_s, "{at} is not in {rung:?}");
    assert_ne!(one, several);
    assert!(one.contains(" n") || several.contains(" n"), "{one}; {several}");
    assert!(judge(&finished, &points[1], 2, &registry).unwrap().difference.is_none());
}
