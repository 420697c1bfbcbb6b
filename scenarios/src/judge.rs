//! Judges expectations: each must hold for the mean over seeds of every protocol entry it speaks of, at every
//! point of a sweep. One that speaks of nothing is broken: no run may pass because a name was not found.

use dhtlab_reports::metrics;
use dhtlab_reports::model::Run;
use dhtlab_reports::report::Expectation;

use crate::about;
use crate::plan::ExpectPlan;

/// What one run has to say to the expectations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The name of its entry in results, by which `[[expect]]` calls it.
    pub variant: String,
    /// The whole name, with its protocol.
    pub label: String,
    /// Its point of the sweep as people read it; empty without one.
    pub point: String,
    /// What [`measure`] found.
    pub values: Vec<String>,
}

/// The value that each expectation asks for, in the shortest form that reads back: empty where nothing was
/// observed, `inf` for one beyond every bound.
pub fn measure(expectations: &[ExpectPlan], run: &Run) -> Vec<String> {
    let value = |expect: &ExpectPlan| {
        let stat = expect.stat.parse().ok()?;
        let metric = metrics::value(run, expect.metric, &expect.phase, stat)?;
        // An empty value is a percentile among failures, or a recovery that never came.
        Some(metric.value.unwrap_or(f64::INFINITY).to_string())
    };
    expectations.iter().map(|expect| value(expect).unwrap_or_default()).collect()
}

/// What came of each expectation. `expect.protocol` is the name under which the runs of that entry stand in
/// results; runs of one entry and point stand together.
pub fn verdicts(expectations: &[ExpectPlan], runs: &[Witness]) -> Vec<Expectation> {
    let judged = expectations.iter().enumerate();
    judged
        .map(|(number, expect)| {
            let (found, broken) = judge(expect, number, runs);
            about::expectation(expect, found, broken)
        })
        .collect()
}

/// What was found nearest to the bounds, and where they do not hold.
fn judge(expect: &ExpectPlan, number: usize, runs: &[Witness]) -> (String, Vec<String>) {
    let concerned =
        |run: &&Witness| expect.protocol.as_ref().is_none_or(|name| *name == run.variant);
    let concerned: Vec<&Witness> = runs.iter().filter(concerned).collect();
    if concerned.is_empty() {
        let name = expect.protocol.as_deref().unwrap_or("any protocol");
        return (String::new(), vec![format!("{}: no run of {name}", expect.metric)]);
    }
    let same = |a: &&Witness, b: &&Witness| (&a.variant, &a.point) == (&b.variant, &b.point);
    let means: Vec<Mean<'_>> =
        concerned.chunk_by(same).filter_map(|runs| Mean::of(number, runs)).collect();
    (nearest(expect, &means), means.iter().filter_map(|mean| mean.breaks(expect)).collect())
}

/// A value over the seeds of one entry at one point; `None` where a run has none.
struct Mean<'a> {
    run: &'a Witness,
    value: Option<f64>,
}

impl<'a> Mean<'a> {
    #[expect(clippy::cast_precision_loss, reason = "a number of seeds")]
    fn of(number: usize, runs: &[&'a Witness]) -> Option<Self> {
        let value = |run: &&Witness| run.values.get(number)?.parse::<f64>().ok();
        let values: Option<Vec<f64>> = runs.iter().map(value).collect();
        let value = values.map(|values| values.iter().sum::<f64>() / values.len() as f64);
        Some(Self { run: runs.first()?, value })
    }

    fn subject(&self) -> String {
        let Witness { label, point, .. } = self.run;
        if point.is_empty() { label.clone() } else { format!("{label} at {point}") }
    }

    fn breaks(&self, expect: &ExpectPlan) -> Option<String> {
        let ExpectPlan { metric, stat, phase, min, max, .. } = expect;
        let subject = format!("{}: {metric} ({stat}) in phase {phase}", self.subject());
        let Some(mean) = self.value else {
            return Some(format!("{subject} has no value: nothing was observed"));
        };
        if let Some(min) = min.filter(|min| mean < *min) {
            return Some(format!("{subject} is {mean}, below {min}"));
        }
        max.filter(|max| mean > *max).map(|max| format!("{subject} is {mean}, above {max}"))
    }
}

/// `lowest 0.991, chord`: for each bound what was found nearest to it.
fn nearest(expect: &ExpectPlan, means: &[Mean<'_>]) -> String {
    let seen = || means.iter().filter_map(|mean| Some((mean.value?, mean)));
    let lowest = seen().min_by(|a, b| a.0.total_cmp(&b.0)).filter(|_| expect.min.is_some());
    let highest = seen().max_by(|a, b| a.0.total_cmp(&b.0)).filter(|_| expect.max.is_some());
    let say = |word: &str, (value, mean): (f64, &Mean<'_>)| match means {
        [_] => format!("{value:.4}"),
        _ => format!("{word} {value:.4}, {}", mean.subject()),
    };
    let said = [lowest.map(|one| say("lowest", one)), highest.map(|one| say("highest", one))];
    let mut said: Vec<String> = said.into_iter().flatten().collect();
    said.dedup();
    said.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn witness(point: &str, value: &str) -> Witness {
        let ([variant, label], point) = (["k", "k"].map(str::to_owned), point.to_owned());
        Witness { variant, label, point, values: vec![value.to_owned()] }
    }

    fn expect(min: f64) -> ExpectPlan {
        ExpectPlan {
            metric: "lookup.success_ratio",
            phase: "measure".to_owned(),
            protocol: None,
            stat: "ratio",
            min: Some(min),
            max: None,
        }
    }

    fn broken(expectations: &[ExpectPlan], runs: &[Witness]) -> Vec<String> {
        verdicts(expectations, runs).into_iter().flat_map(|one| one.broken).collect()
    }

    #[test]
    fn each_point_is_judged_by_the_mean_over_its_seeds() {
        let runs = [
            witness("protocol.k=8", "0.8"),
            witness("protocol.k=8", "0.9"),
            witness("protocol.k=16", "0.99"),
            witness("protocol.k=16", "0.95"),
        ];
        assert_eq!(broken(&[expect(0.85)], &runs), [""; 0]);
        let said = broken(&[expect(0.95)], &runs);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("k at protocol.k=8: lookup.success_ratio"), "{said:?}");
    }

    #[test]
    fn what_came_nearest_to_a_bound_is_said() {
        let runs = [witness("a=1", "0.8"), witness("a=1", "0.9"), witness("a=2", "0.99")];
        let found =
            |expect: ExpectPlan, runs: &[Witness]| verdicts(&[expect], runs)[0].found.clone();
        assert_eq!(found(expect(0.5), &runs), "lowest 0.8500, k at a=1");
        assert_eq!(found(expect(0.5), &runs[..2]), "0.8500");
        let most = ExpectPlan { max: Some(0.999), ..expect(0.5) };
        assert_eq!(found(most, &runs), "lowest 0.8500, k at a=1; highest 0.9900, k at a=2");
        assert_eq!(found(expect(0.5), &[]), "");
    }

    #[test]
    fn what_was_not_observed_holds_nowhere() {
        assert!(broken(&[expect(0.0)], &[witness("", "")])[0].contains("no value"));
        assert!(broken(&[expect(0.0)], &[])[0].contains("no run of any protocol"));
        let other = ExpectPlan { protocol: Some("chord".to_owned()), ..expect(0.0) };
        assert!(broken(&[other], &[witness("", "1")])[0].contains("no run of chord"));
        let most = ExpectPlan { max: Some(1e9), min: None, ..expect(0.0) };
        assert!(broken(&[most], &[witness("", "inf")])[0].contains("above"));
    }
}
