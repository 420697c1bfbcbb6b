//! Same world for every protocol, and parts of it that do not disturb each other.

use std::collections::BTreeMap;
use std::fs;

use dhtlab::run::Outcome;
use dhtlab_core::digest::Rung;
use dhtlab_core::time::{Span, Time};
use dhtlab_core::world::WorldHashes;

use crate::support::{SMALL, dhtlab, plan, rows, run, text, world};

const SPLIT: &str = "\n[[phase]]\nname = \"split\"\nat = \"10m\"\nfor = \"3m\"\n\
    fault = \"partition\"\nregions = [\"tokyo\", \"seoul\"]\ndirection = \"both\"\nin_flight = \"cut\"\n";

#[test]
fn two_entries_are_asked_the_same_by_the_same_nodes_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let second = "\n[[protocol]]\nuse = \"kademlia\"\npreset = \"rust-libp2p-0.49\"\nalpha = 10\n";
    fs::write(folder.path().join("two.toml"), format!("{SMALL}{second}")).unwrap();
    let mut command = dhtlab();
    let output = command
        .args(["run", "two.toml", "--quiet", "-o", "out"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut by_run: BTreeMap<String, Vec<[String; 5]>> = BTreeMap::new();
    for mut row in rows(&folder.path().join("out/lookups.csv")) {
        let asked = ["lookup_id", "op", "t_start_s", "phase", "origin_region"]
            .map(|column| row.remove(column).unwrap());
        by_run.entry(row["run_id"].clone()).or_default().push(asked);
    }
    let asked: Vec<&Vec<[String; 5]>> = by_run.values().collect();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].len() > 500, "{}", asked[0].len());
    assert_eq!(asked[0], asked[1]);
    let digests = rows(&folder.path().join("out/runs.csv"));
    assert_ne!(digests[0]["digest"], digests[1]["digest"], "alpha changes what they do");
}

#[test]
fn a_fault_and_another_kind_of_operation_leave_the_rest_of_the_world_alone() {
    let base = world(&plan(SMALL, &[])).hashes();
    assert_eq!(world(&plan(&format!("{SMALL}{SPLIT}"), &[])).hashes(), base);
    assert_eq!(world(&plan(SMALL, &["protocol.alpha=1"])).hashes(), base);
    let fewer = SMALL.replace("lookups = { every = \"1m\", per = \"node\" }\n", "");
    let other = world(&plan(&fewer, &[]));
    assert_eq!(WorldHashes { operations: base.operations, ..other.hashes() }, base);
    let full = world(&plan(SMALL, &[]));
    let stores: Vec<_> = full
        .operations
        .iter()
        .filter(|operation| operation.command.kind() != dhtlab_core::op::OpKind::FindNode)
        .copied()
        .collect();
    assert_eq!(stores, other.operations);
}

/// The rungs up to `until`, by time.
fn rungs(outcome: &Outcome, until: Time) -> BTreeMap<Time, Rung> {
    outcome.ladder.iter().filter(|rung| rung.at <= until).map(|rung| (rung.at, *rung)).collect()
}

#[test]
fn nothing_differs_before_a_fault_begins_and_something_does_afterwards() {
    let quiet = run(&plan(SMALL, &[]), 0, 1);
    let split = run(&plan(&format!("{SMALL}{SPLIT}"), &[]), 0, 1);
    let begins = Time::ZERO + Span::from_mins(10);
    let before = rungs(&quiet, begins);
    assert!(before.len() >= 10, "{before:?}");
    let common: BTreeMap<Time, Rung> =
        rungs(&split, begins).into_iter().filter(|(at, _)| before.contains_key(at)).collect();
    assert_eq!(before, common);
    assert_ne!(quiet.run.digest, split.run.digest);
    assert_eq!((quiet.tally.refused, quiet.tally.stopped), (0, 0));
    assert!(split.tally.refused > 0 && split.tally.stopped > 0, "{:?}", split.tally);
}
