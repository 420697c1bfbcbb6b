//! The standard normal law: distribution function, quantile, draws.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use crate::dist::special::{nanos, span, unit};
use crate::seed::Draw;
use crate::time::Span;

/// `P(Z <= z)`.
pub fn cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The `z` with `P(Z <= z) = p`, for `p` strictly between 0 and 1.
///
/// A rational start for the tail (Abramowitz and Stegun 26.2.23, good to 4.5e-4) and two steps of
/// Halley's method on the exact distribution function, which each triple the digits.
pub fn quantile(p: f64) -> f64 {
    let tail = p.min(1.0 - p);
    let t = f64::sqrt(-2.0 * libm::log(tail));
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    // Solved on the lower side, where the distribution function keeps all its digits.
    let mut z = above / below - t;
    for _ in 0..2 {
        let density = libm::exp(-z * z / 2.0) / f64::sqrt(2.0 * PI);
        let step = (cdf(z) - tail) / density;
        z -= step / (1.0 + z * step / 2.0);
    }
    if p < 0.5 { z } else { -z }
}

/// One draw, by inversion: one word a draw, so that two runs that differ in a parameter stay paired.
pub fn sample(draw: &mut impl Draw) -> f64 {
    quantile(unit(draw))
}

/// One draw with the standard deviation `sd`, in nanoseconds, cut to `most` on both sides.
pub(crate) fn deviation(sd: Span, most: Span, draw: &mut impl Draw) -> i64 {
    let drawn = nanos(sd) * sample(draw);
    let size = i64::try_from(span(drawn.abs()).min(most).as_nanos()).unwrap_or(i64::MAX);
    if drawn < 0.0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_inverts_the_distribution_function() {
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_963_984_540_054), (1e-6, -4.753_424_308_822_899)] {
            assert!((quantile(p) - z).abs() < 1e-12, "{p}: {}", quantile(p));
        }
        for i in 1..1000 {
            let p = f64::from(i) / 1000.0;
            assert!((cdf(quantile(p)) - p).abs() < 1e-14, "{p}");
        }
    }
}
