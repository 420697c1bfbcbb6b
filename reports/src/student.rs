//! Student's t: how far a mean over a few seeds may be from the truth.
//!
//! The quantile is found by bisection on the regularised incomplete beta function, itself by its
//! continued fraction: slow, exact to about 1e-12, and the same on every platform.

/// The `t` with `P(|T| <= t) = confidence` for a Student variable with `df` degrees of freedom, which
/// need not be a whole number.
///
/// # Panics
/// Without degrees of freedom, or when `confidence` is not between 0 and 1: a mistake of the caller.
pub fn t_two_sided(df: f64, confidence: f64) -> f64 {
    assert!(df > 0.0, "one observation has no spread");
    assert!(confidence > 0.0 && confidence < 1.0, "confidence is a share");
    let tail = 1.0 - confidence;
    let mut low = 0.0;
    let mut high = 2.0;
    while two_sided_tail(df, high) > tail {
        high *= 2.0;
    }
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if two_sided_tail(df, middle) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// `P(|T| > t)` for a Student variable with `df` degrees of freedom: the two-sided p-value of `t`.
///
/// # Panics
/// Without degrees of freedom: a mistake of the caller.
pub fn two_sided_tail(df: f64, t: f64) -> f64 {
    assert!(df > 0.0, "one observation has no spread");
    incomplete_beta(df / 2.0, 0.5, df / (df + t * t))
}

/// The regularised incomplete beta function `I_x(a, b)`.
pub(crate) fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let log_front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b)
        + a * libm::log(x)
        + b * libm::log1p(-x);
    let front = libm::exp(log_front);
    // The fraction converges fast only on this side of the mean; the other side is its complement.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

/// The continued fraction of the incomplete beta function, by the modified Lentz method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    const STEPS_MAX: u32 = 500;
    let away_from_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for step in 1..=STEPS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        value *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed in the tables of any statistics textbook, to three decimals.
    #[test]
    fn quantiles_agree_with_printed_tables() {
        let table = [
            (1.0, 0.95, 12.706),
            (2.0, 0.95, 4.303),
            (4.0, 0.95, 2.776),
            (9.0, 0.95, 2.262),
            (29.0, 0.95, 2.045),
            (120.0, 0.95, 1.980),
            (1.0, 0.99, 63.657),
            (5.0, 0.99, 4.032),
            (30.0, 0.90, 1.697),
        ];
        for (df, confidence, printed) in table {
            let t = t_two_sided(df, confidence);
            assert!((t - printed).abs() < 5.1e-4, "df {df}, {confidence}: {t} against {printed}");
        }
    }

    /// With one degree of freedom T is Cauchy, with two the quantile is algebraic.
    #[test]
    fn quantiles_agree_with_closed_forms() {
        let tan = libm::tan(std::f64::consts::PI * 0.475);
        assert!((t_two_sided(1.0, 0.95) - tan).abs() < 1e-9);
        let p = 0.95_f64;
        let two = p * (2.0 / (1.0 - p * p)).sqrt();
        assert!((t_two_sided(2.0, p) - two).abs() < 1e-10);
    }

    #[test]
    fn many_degrees_of_freedom_approach_the_normal_law() {
        assert!((t_two_sided(1e6, 0.95) - 1.959_964).abs() < 1e-4);
    }

    /// The other way round: published quantiles have the published tails, in whole and broken degrees.
    #[test]
    fn tails_agree_with_printed_tables() {
        for (df, t, tail) in [(10.0, 2.228, 0.05), (10.0, 3.169, 0.01), (3.0, 5.841, 0.01)] {
            let p = two_sided_tail(df, t);
            assert!((p - tail).abs() < 2e-5, "df {df}: {p}");
        }
        let between = t_two_sided(4.5, 0.95);
        assert!(t_two_sided(5.0, 0.95) < between && between < t_two_sided(4.0, 0.95));
        assert!((two_sided_tail(7.0, 0.0) - 1.0).abs() < 1e-12);
        assert!(two_sided_tail(7.0, f64::INFINITY).abs() < 1e-300);
    }
}
