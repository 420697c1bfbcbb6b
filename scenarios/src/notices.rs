//! What a reader must know before trusting a number.

use crate::plan::{Plan, ProtocolPlan, network};
use crate::registry::Registry;

/// One sentence each, for the runs of `plan`.
pub fn notices(plan: &Plan, registry: &Registry) -> Vec<String> {
    let mut notices = Vec::new();
    if plan.network.start == network::Start::Warm {
        notices.push(
            "warm start: tables were filled as an ideal join would have left them".to_owned(),
        );
    }
    let off = |protocol: &ProtocolPlan| {
        let zero =
            |name: &&str| protocol.params.get(*name).is_some_and(|value| value.to_string() == "0s");
        let names: Vec<&str> =
            ["refresh_interval", "replication_interval"].into_iter().filter(zero).collect();
        (!names.is_empty()).then(|| format!("{}: {} off", protocol.label, names.join(" and ")))
    };
    notices.extend(plan.protocols.iter().filter_map(off));
    for protocol in &plan.protocols {
        let Some(entry) = registry.get(&protocol.protocol) else { continue };
        let warnings = entry.knobs(protocol).map(|knobs| (entry.warnings)(knobs.as_ref(), plan));
        let labelled = |text: String| format!("{}: {text}", protocol.label);
        notices.extend(warnings.unwrap_or_default().into_iter().map(labelled));
    }
    if !plan.output.lookups.is_one() {
        notices.push(format!(
            "lookups.csv lists {} of the operations; statistics count all",
            plan.output.lookups
        ));
    }
    notices
}
