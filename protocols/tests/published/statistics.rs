//! Means, and the comparison with what was published.

/// The moments of a sample.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Sample {
    pub(crate) fn add(&mut self, value: impl Into<f64>) {
        let value = value.into();
        self.n += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    pub(crate) fn mean(&self) -> f64 {
        self.sum / self.n
    }

    /// The standard deviation of one value.
    pub(crate) fn deviation(&self) -> f64 {
        let mean = self.mean();
        (self.squares / self.n - mean * mean).max(0.0).sqrt()
    }

    /// The mean with its standard error, for messages.
    pub(crate) fn shown(&self) -> String {
        format!("{:.3} +- {:.3}", self.mean(), self.deviation() / self.n.sqrt())
    }
}

impl<T: Into<f64>> FromIterator<T> for Sample {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut sample = Self::default();
        for value in values {
            sample.add(value);
        }
        sample
    }
}

/// Is `measured` within a share `tolerance` of what was `published`?
pub(crate) fn agrees(what: &str, measured: f64, published: f64, tolerance: f64) -> bool {
    let off = measured / published - 1.0;
    let within = off.abs() <= tolerance;
    let sign = if within { "within" } else { "OUTSIDE" };
    eprintln!(
        "{what}: {measured:.3}, published {published}: {:+.1} %, {sign} {:.0} %",
        off * 100.0,
        tolerance * 100.0
    );
    within
}

/// Is `measured` within `points` of what was `published`, on the scale of both?
pub(crate) fn near(what: &str, measured: f64, published: f64, points: f64) -> bool {
    let off = measured - published;
    let within = off.abs() <= points;
    let sign = if within { "within" } else { "OUTSIDE" };
    eprintln!("{what}: {measured:.4}, published {published:.4}: {off:+.4}, {sign} {points}");
    within
}

/// The nearest-rank quantile of `sorted` at `percent`.
pub(crate) fn quantile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1]
}

/// A count as a number that floats have exactly.
pub(crate) fn small(count: usize) -> u32 {
    u32::try_from(count).expect("a count of a test fits")
}

/// A count as a float.
pub(crate) fn float(count: usize) -> f64 {
    f64::from(small(count))
}

/// The chance of `b` successes among `n` trials that succeed with probability `p`.
pub(crate) fn binomial(n: u32, p: f64, b: u32) -> f64 {
    let factorial = |x: u32| libm::lgamma(f64::from(x) + 1.0);
    let ways = factorial(n) - factorial(b) - factorial(n - b);
    libm::exp(ways + f64::from(b) * libm::log(p) + f64::from(n - b) * libm::log1p(-p))
}

/// The share of lookups whose closest node is not in the asker's own table.
///
/// With a chance of `2^-(i + 1)` the target lies in bucket `i` of the asker, and the closest node
/// too if anybody is there; of `b > k` candidates the table has each with a chance of `k / b`.
pub(crate) fn share_unknown(nodes: u32, k: u32) -> f64 {
    let mut p = 1.0;
    let bucket = |_| {
        p /= 2.0;
        let unknown = |b: u32| binomial(nodes - 1, p, b) * (1.0 - f64::from(k) / f64::from(b));
        p * (k + 1..nodes).map(unknown).sum::<f64>()
    };
    (0..32).map(bucket).sum()
}
