//! What a report says of a run besides its tables.

use dhtlab_reports::report::{About, Expectation};

use crate::plan::{ExpectPlan, Plan};

/// What the simulator leaves out.
const NOT_MODELLED: [&str; 6] = [
    "Bandwidth and queues: a message takes the delay of its link, however long it is.",
    "Processing time: a node answers at once.",
    "Transport: no packets, no congestion, no retransmission; a dial is round trips and bytes, and silence is \
     found out by time-out alone.",
    "Address translation beyond unreachable nodes: no relays, no hole punching, no address records.",
    "Content: values have a length and a version, and are neither signed nor checked.",
    "Correlated failure beyond the faults of the scenario: sessions of nodes are drawn independently.",
];

/// All that the plan says; notices, expectations, changes and the line that repeats the run are the
/// caller's.
pub fn about(plan: &Plan) -> About {
    About {
        scenario: plan.name.clone(),
        description: plan.description.clone(),
        lookups_listed: plan.output.lookups.to_string(),
        resolved: plan.resolved(),
        overrides: overrides(plan),
        not_modelled: NOT_MODELLED.map(str::to_owned).to_vec(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        program: env!("CARGO_PKG_NAME").to_owned(),
        ..About::default()
    }
}

/// What differs from presets, as `--set` would say it.
fn overrides(plan: &Plan) -> Vec<String> {
    let of_entry = |(number, entry): (usize, &crate::plan::ProtocolPlan)| {
        let said = entry.overrides.iter();
        said.map(|(name, value)| format!("protocol.{number}.{name}={value}")).collect::<Vec<_>>()
    };
    (1..).zip(&plan.protocols).flat_map(of_entry).collect()
}

/// An expectation with what came of it: where it does not hold, one sentence each.
pub fn expectation(expect: &ExpectPlan, found: String, broken: Vec<String>) -> Expectation {
    let bound = |word: &str, value: Option<f64>| value.map(|value| format!("at {word} {value}"));
    let bounds = [bound("least", expect.min), bound("most", expect.max)];
    let bounds: Vec<String> = bounds.into_iter().flatten().collect();
    let ExpectPlan { metric, stat, phase, .. } = expect;
    Expectation {
        text: format!("{metric} ({stat}) in phase {phase}: {}", bounds.join(" and ")),
        protocol: expect.protocol.clone().unwrap_or_default(),
        met: broken.is_empty(),
        broken,
        found,
    }
}
