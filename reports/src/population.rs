//! How many nodes were there, integrated: the divisor of every "per node and second".

use crate::model::Run;

/// The gauge `live_nodes` as a step function: a reading holds until the next one, and the first one
/// also before it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Population {
    readings: Vec<(f64, f64)>,
}

impl Population {
    pub(crate) fn of(run: &Run) -> Self {
        let mut readings: Vec<(f64, f64)> = run
            .samples
            .iter()
            .filter(|s| s.metric == "live_nodes")
            .map(|s| (s.t_s, s.value))
            .collect();
        readings.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Self { readings }
    }

    /// Node-seconds between two moments; `None` when the gauge was never read.
    pub(crate) fn node_seconds(&self, from: f64, to: f64) -> Option<f64> {
        let first = self.readings.first()?;
        let next = self.readings.partition_point(|r| r.0 <= from);
        let mut value = if next == 0 { first.1 } else { self.readings[next - 1].1 };
        let mut at = from;
        let mut sum = 0.0;
        for &(t, reading) in &self.readings[next..] {
            if t >= to {
                break;
            }
            sum += value * (t - at);
            (at, value) = (t, reading);
        }
        Some(sum + value * (to - at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sample;

    fn reading(t_s: f64, value: f64) -> Sample {
        Sample { t_s, metric: "live_nodes", value, unit: "nodes", n: 1 }
    }

    #[test]
    fn readings_hold_until_the_next() {
        let run = Run {
            samples: vec![reading(20.0, 4.0), reading(10.0, 2.0), reading(30.0, 8.0)],
            ..Run::default()
        };
        let population = Population::of(&run);
        let near = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-12, "{a:?} {b}");
        near(population.node_seconds(0.0, 10.0), 20.0);
        near(population.node_seconds(0.0, 40.0), 20.0 + 20.0 + 40.0 + 80.0);
        near(population.node_seconds(15.0, 25.0), 10.0 + 20.0);
        near(population.node_seconds(50.0, 60.0), 80.0);
        assert_eq!(Population::default().node_seconds(0.0, 1.0), None);
    }
}
