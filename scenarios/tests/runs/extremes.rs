//! Networks nobody would build: they end in failures that are called so, and in no panic.

use std::collections::BTreeMap;

use dhtlab::run::Outcome;

use crate::support::{SMALL, plan, run};

/// The small scenario with nodes that stay.
fn quiet() -> String {
    SMALL
        .replace("\n[churn]\n", "\n")
        .lines()
        .filter(|line| !line.starts_with("session") && !line.starts_with("downtime"))
        .fold(String::new(), |text, line| text + line + "\n")
}

fn outcome(changes: &[&str]) -> Outcome {
    checked(&quiet(), changes)
}

fn checked(text: &str, changes: &[&str]) -> Outcome {
    let outcome = run(&plan(text, changes), 0, 1);
    assert_eq!(outcome.run.status, "complete");
    assert_eq!(outcome.tally.commands, outcome.run.operations.len() as u64);
    let tally = &outcome.tally;
    let landed = tally.delivered + tally.lost + tally.refused + tally.stopped + tally.nobody;
    assert!(landed <= tally.sent, "{tally:?}");
    outcome
}

/// How often each outcome occurs.
fn ends(outcome: &Outcome) -> BTreeMap<&'static str, usize> {
    let mut ends = BTreeMap::new();
    for operation in &outcome.run.operations {
        *ends.entry(operation.outcome).or_default() += 1;
    }
    ends
}

fn count(outcome: &Outcome, named: &str) -> usize {
    ends(outcome).get(named).copied().unwrap_or(0)
}

#[test]
fn where_every_message_is_lost_nothing_succeeds() {
    let lost = outcome(&["network.loss=\"100%\""]);
    assert_eq!(lost.tally.delivered, 0);
    assert!(lost.run.operations.len() > 500);
    // A publisher holds its own record: reading it needs no message.
    let remote = lost.run.operations.iter().filter(|operation| operation.op != "get");
    for operation in remote {
        assert_ne!(operation.outcome, "ok", "{operation:?}");
    }
    assert!(lost.run.joins.len() >= 38 && lost.run.joins.iter().all(|join| !join.success));
}

#[test]
fn one_node_is_alone() {
    let alone = outcome(&["network.nodes=1", "network.bootstrap_nodes=1"]);
    assert_eq!(alone.tally.sent, 0);
    assert!(!alone.run.operations.is_empty() && alone.run.joins.is_empty());
    let lookups = alone.run.operations.iter().filter(|operation| operation.op == "find_node");
    for operation in lookups {
        assert_eq!(operation.outcome, "no_contacts");
    }
}

#[test]
fn two_nodes_and_five_nodes_find_each_other() {
    for nodes in ["network.nodes=2", "network.nodes=5"] {
        let few = outcome(&[nodes, "network.bootstrap_nodes=1", "network.loss=\"0%\""]);
        assert!(few.run.joins.iter().all(|join| join.success), "{:?}", few.run.joins);
        let late = few.run.operations.iter().filter(|operation| operation.t_start_s > 300.0);
        let late: Vec<_> = late.filter(|operation| operation.op == "find_node").collect();
        assert!(late.len() >= 20, "{}", late.len());
        for operation in late {
            assert_eq!((operation.outcome, operation.exact), ("ok", Some(true)), "{operation:?}");
        }
    }
}

#[test]
fn when_all_crash_at_once_nothing_is_asked_of_anybody_afterwards() {
    let storm = |returns: &str| {
        format!(
            "{}\n[[phase]]\nname = \"storm\"\nat = \"10m\"\nfor = \"2m\"\n\
             fault = \"crash-storm\"\nshare = \"100%\"\nreturns = {returns}\n",
            quiet()
        )
    };
    for returns in ["false", "true"] {
        let text = storm(returns);
        let outcome = checked(&text, &[]);
        let live = |from: f64, to: f64| {
            let samples = outcome.run.samples.iter().filter(|s| s.metric == "live_nodes");
            let inside = samples.filter(|s| s.t_s >= from && s.t_s < to);
            inside.map(|s| s.value).fold(0.0, f64::max)
        };
        assert!(live(0.0, 600.0) > 20.0);
        assert!(live(601.0, 719.0) < 0.5);
        assert_eq!(live(721.0, 1_200.0) > 20.0, returns == "true");
        let asked =
            outcome.run.operations.iter().filter(|o| o.t_start_s > 600.0 && o.t_start_s < 720.0);
        assert_eq!(asked.count(), 0, "nobody is there to be asked");
        assert!(count(&outcome, "origin_left") > 0, "{:?}", ends(&outcome));
    }
}
