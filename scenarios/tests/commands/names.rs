//! `list` and `explain`: whatever is listed is explained.

use dhtlab::codes::CODES;
use dhtlab_reports::metrics::METRICS;

use crate::{dhtlab, text};

#[test]
fn whatever_is_listed_is_explained() {
    for kind in ["keys", "figures", "codes", "topics"] {
        let output = dhtlab().args(["list", kind]).output().unwrap();
        assert!(output.status.success());
        let listed = text(&output.stdout);
        assert!(listed.lines().count() >= 8, "{listed}");
        for line in listed.lines().step_by(3) {
            let name = line.split_whitespace().next().unwrap();
            let explained = dhtlab().args(["explain", name]).output().unwrap();
            assert!(explained.status.success(), "{name}");
            assert!(text(&explained.stdout).contains(name), "{name}");
        }
    }
    assert!(CODES.len() > 20 && METRICS.len() > 20);
}

#[test]
fn tables_keys_and_figures_are_explained_as_they_are_written() {
    for (name, part) in [
        ("[[role]]", "[[role]]: a table"),
        ("workload.lookups", "[workload.lookups]: a table"),
        ("announce", "[role.announce]: a table"),
        ("[sweep]", "\"protocol.k\" = [8, 16, 20]"),
        ("[[expect]]", "code is 4"),
        ("network.loss", "gilbert-elliott"),
        ("f10", "F10: differences"),
        ("exit-codes", "would not fit in memory"),
        ("e012", "phases in conflict"),
    ] {
        let output = dhtlab().args(["explain", name]).output().unwrap();
        let shown = text(&output.stdout);
        // Sentences go on in the next line.
        let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(part), "{name}: {shown}{}", text(&output.stderr));
        assert!(shown.lines().all(|line| line.chars().count() <= 120), "{shown}");
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    for (name, meant) in [("lookup.sucess_ratio", "lookup.success_ratio"), ("warmpu", "warmup")] {
        let output = dhtlab().args(["explain", name]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        assert!(said.contains(&format!("did you mean `{meant}`?")), "{said}");
    }
}
