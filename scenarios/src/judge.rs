//! Judges expectations: each must hold for the mean over seeds of every protocol entry it speaks of.
//! One that speaks of nothing is broken: no run may pass because a name was not found.

use dhtlab_reports::metrics;
use dhtlab_reports::model::Run;

use crate::plan::ExpectPlan;

/// The expectations that do not hold, one sentence each.
pub fn broken(expectations: &[ExpectPlan], runs: &[Run]) -> Vec<String> {
    expectations.iter().flat_map(|expect| judge(expect, runs)).collect()
}

/// `expect.protocol` is the name under which the runs of that entry stand in results.
fn judge(expect: &ExpectPlan, runs: &[Run]) -> Vec<String> {
    let concerned = |run: &&Run| expect.protocol.as_ref().is_none_or(|name| *name == run.variant);
    let concerned: Vec<&Run> = runs.iter().filter(concerned).collect();
    let mut variants: Vec<&str> = concerned.iter().map(|run| run.variant.as_str()).collect();
    variants.dedup();
    let one = |variant: &str| {
        let same = concerned.iter().filter(|run| run.variant == variant);
        judge_entry(expect, variant, &same.copied().collect::<Vec<_>>())
    };
    if variants.is_empty() {
        let name = expect.protocol.as_deref().unwrap_or("any protocol");
        return vec![format!("{}: no run of {name}", expect.metric)];
    }
    variants.into_iter().filter_map(one).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a number of seeds")]
fn judge_entry(expect: &ExpectPlan, variant: &str, runs: &[&Run]) -> Option<String> {
    let subject =
        format!("{variant}: {} ({}) in phase {}", expect.metric, expect.stat, expect.phase);
    let Ok(stat) = expect.stat.parse() else {
        return Some(format!("{subject} is no statistic"));
    };
    let values: Option<Vec<f64>> = runs
        .iter()
        .map(|run| metrics::value(run, expect.metric, &expect.phase, stat))
        // An empty value is one beyond every bound: a percentile among failures, a recovery that never came.
        .map(|found| found.map(|metric| metric.value.unwrap_or(f64::INFINITY)))
        .collect();
    let Some(values) = values.filter(|values| !values.is_empty()) else {
        return Some(format!("{subject} has no value: nothing was observed"));
    };
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    if let Some(min) = expect.min.filter(|min| mean < *min) {
        return Some(format!("{subject} is {mean}, below {min}"));
    }
    if let Some(max) = expect.max.filter(|max| mean > *max) {
        return Some(format!("{subject} is {mean}, above {max}"));
    }
    None
}
