//! `trace`: what it says of an operation is what `lookups.csv` says.

use std::path::Path;

use dhtlab::again::Finished;
use dhtlab::console::Console;
use dhtlab::registry::Registry;
use dhtlab::trace::{Trace, table, trace};

use crate::support::{SMALL, dhtlab, rows, text};

/// Runs `SMALL` with this protocol into `folder/out`.
fn run(folder: &Path, protocol: &str) {
    let scenario = SMALL.replace("use = \"kademlia\"\npreset = \"rust-libp2p-0.49\"", protocol);
    std::fs::write(folder.join("s.toml"), scenario).unwrap();
    let output =
        dhtlab().args(["run", "s.toml", "-q", "-o", "out"]).current_dir(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

/// Traces `count` operations spread over the run and hands each over with its line of `lookups.csv`.
fn each(protocol: &str, count: usize, check: impl Fn(&Trace, &dyn Fn(&str) -> String)) {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), protocol);
    let out = folder.path().join("out");
    let registry = Registry::builtin();
    let finished = Finished::open(&out, &registry, Console::default()).unwrap();
    let points = finished.chosen(None).unwrap();
    let listed = rows(&out.join("lookups.csv"));
    assert!(listed.len() > 10 * count, "too few operations to choose from");
    for line in listed.iter().step_by(listed.len() / count) {
        let id = line["lookup_id"].parse().unwrap();
        let trace = trace(&finished, &points[0], id, &registry).unwrap();
        check(&trace, &|column| line[column].clone());
    }
}

fn agrees(trace: &Trace, listed: &dyn Fn(&str) -> String) {
    let one = &trace.operation;
    let latency = one.latency_ms.map_or(String::new(), |ms| ms.to_string());
    for (column, value) in [
        ("lookup_id", one.lookup_id.to_string()),
        ("op", one.op.to_owned()),
        ("latency_ms", latency),
        ("hops", one.hops.to_string()),
        ("rpcs_sent", one.rpcs_sent.to_string()),
        ("rpcs_timed_out", one.rpcs_timed_out.to_string()),
        ("outcome", one.outcome.to_owned()),
        ("origin_region", one.origin_region.clone()),
    ] {
        assert_eq!(value, listed(column), "{column} of operation {}", one.lookup_id);
    }
    let text = table::text(trace, "title");
    assert!(text.lines().all(|line| line.chars().count() <= table::WIDTH), "{text}");
    // What was found was asked, no less deep than the node says.
    let deepest = trace.rows.iter().map(|row| row.hop).max().unwrap_or(0);
    assert!(one.rpcs_sent == 0 || deepest >= one.hops, "{text}");
}

/// As [`agrees`], and each RPC that was counted is one request of the table.
fn agrees_in_every_request(trace: &Trace, listed: &dyn Fn(&str) -> String) {
    agrees(trace, listed);
    let text = table::text(trace, "title");
    assert_eq!(trace.requests(), trace.operation.rpcs_sent, "{text}");
}

/// In Kademlia a request may wait for a dial of another one to the same peer: no message of its own is sent if
/// that fails. It is said where that happens, and rare.
fn agrees_but_for_shared_dials(trace: &Trace, listed: &dyn Fn(&str) -> String) {
    agrees(trace, listed);
    let text = table::text(trace, "title");
    let (seen, sent) = (trace.requests(), trace.operation.rpcs_sent);
    assert!(seen.abs_diff(sent) <= 1 + sent / 4, "{text}");
    assert_eq!(
        seen != sent,
        text.contains("of the RPCs sent nothing") || text.contains("no RPC"),
        "{text}"
    );
}

#[test]
fn a_trace_agrees_with_lookups_csv_in_kademlia() {
    each("use = \"kademlia\"", 25, agrees_but_for_shared_dials);
}

#[test]
fn a_trace_agrees_with_lookups_csv_in_hivemind() {
    each("use = \"hivemind\"", 25, agrees_in_every_request);
}

#[test]
fn a_trace_agrees_with_lookups_csv_in_chord() {
    each("use = \"chord\"", 25, agrees_in_every_request);
}

#[test]
fn a_trace_agrees_with_lookups_csv_in_learned_chord() {
    each("use = \"learned-chord\"", 25, agrees_in_every_request);
}

#[test]
fn an_operation_that_is_not_there_is_answered_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), "use = \"chord\"");
    let out = folder.path().join("out");
    let trace = |id: &str| {
        let output =
            dhtlab().args(["trace", "out", "--lookup", id]).current_dir(&folder).output().unwrap();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (code, said) = trace("999999");
    assert_eq!(code, Some(2));
    assert!(said.contains("they are numbered 0 to ") && said.contains("lookups.csv"), "{said}");
    let listed = rows(&out.join("lookups.csv"));
    let ids: Vec<u64> = listed.iter().map(|line| line["lookup_id"].parse().unwrap()).collect();
    // Nodes that are down are asked for nothing.
    let missing = (0..=ids[ids.len() - 1]).find(|id| !ids.contains(id));
    if let Some(missing) = missing {
        let (code, said) = trace(&missing.to_string());
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("never issued") && said.contains("the nearest that were"), "{said}");
    }
    let output = dhtlab()
        .args(["trace", "out", "--lookup", &ids[9].to_string(), "--json"])
        .current_dir(&folder)
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["lookup_id"], &json["exit_code"]), (&ids[9].into(), &0.into()));
    assert_eq!(json["rpcs_sent"].to_string(), listed[9]["rpcs_sent"]);
}
