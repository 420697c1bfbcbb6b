//! Which rows a reader looks at first. They are a family of their own: the more questions a family
//! asks, the less each can find.

use super::Choice;
use super::values::Which;
use super::verdict::Family;
use crate::metrics::{self, Stat};
use crate::phase::{MEASURE, WHOLE_RUN};
use crate::summary::looked_at;

/// The phase of the key rows.
pub(super) fn phase(choice: &Choice) -> &str {
    choice.phase.as_deref().unwrap_or(MEASURE)
}

/// The family of a row; `None` for one that was not asked for.
///
/// Without a choice of metrics, the key rows are those of the summary, with percentiles over all
/// operations instead of over those that succeeded: a protocol must not win by failing where it is slow.
pub(super) fn family(which: &Which, choice: &Choice) -> Option<Family> {
    let whole_run = *which.phase == *WHOLE_RUN;
    let in_phase = whole_run || *which.phase == *phase(choice);
    if !choice.metrics.is_empty() {
        let asked = choice.metrics.iter().any(|name| *which.metric == **name);
        return (asked && in_phase).then_some(Family::Key);
    }
    let looked_at = if is_of_run(&which.metric) { whole_run } else { in_phase };
    if looked_at && place(&which.metric, &which.stat).is_some() {
        return Some(Family::Key);
    }
    (choice.phase.is_none() || in_phase).then_some(Family::Further)
}

/// The place of a key row in the table.
pub(super) fn place(metric: &str, stat: &str) -> Option<usize> {
    looked_at().position(|(name, of, _)| metric == name && stat == of_all(name, of).name())
}

/// Does the summary take it over the whole run, though phases have it too?
fn is_of_run(metric: &str) -> bool {
    looked_at().any(|(name, _, phase)| name == metric && phase == WHOLE_RUN)
}

/// The same percentile over all operations, where the metric has it.
fn of_all(metric: &str, stat: Stat) -> Stat {
    let all = match stat {
        Stat::P50 => Stat::P50All,
        Stat::P90 => Stat::P90All,
        Stat::P99 => Stat::P99All,
        other => other,
    };
    let exists = metrics::info(metric).is_some_and(|info| info.stats().contains(&all));
    if exists { all } else { stat }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn which(phase: &str, metric: &str, stat: &str) -> Which {
        Which { phase: phase.into(), metric: metric.into(), stat: stat.into() }
    }

    #[test]
    fn key_percentiles_are_over_all_operations() {
        let choice = Choice::default();
        let of = |phase, metric, stat| family(&which(phase, metric, stat), &choice);
        assert_eq!(of("measure", "lookup.latency_ms", "p50_all"), Some(Family::Key));
        assert_eq!(of("measure", "lookup.latency_ms", "p50"), Some(Family::Further));
        assert_eq!(of("measure", "lookup.hops", "mean"), Some(Family::Key));
        assert_eq!(of("warmup", "lookup.hops", "mean"), Some(Family::Further));
        assert_eq!(of("run", "keys.gini", "ratio"), Some(Family::Key));
        assert_eq!(of("run", "join.success_ratio", "ratio"), Some(Family::Key));
        assert_eq!(of("measure", "join.success_ratio", "ratio"), Some(Family::Further));
    }

    #[test]
    fn a_choice_is_all_there_is() {
        let choice = Choice {
            metrics: vec!["lookup.hops".to_owned()],
            phase: Some("censor".to_owned()),
            ..Choice::default()
        };
        assert_eq!(family(&which("censor", "lookup.hops", "p99"), &choice), Some(Family::Key));
        assert_eq!(family(&which("measure", "lookup.hops", "mean"), &choice), None);
        assert_eq!(family(&which("censor", "lookup.rpcs", "mean"), &choice), None);
    }
}
