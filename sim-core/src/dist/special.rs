//! Conversions between whole nanoseconds and floats, gamma draws, and the incomplete gamma function.

use crate::dist::normal;
use crate::seed::Draw;
use crate::time::Span;

/// An integer as a float, rounded to 53 bits.
#[expect(
    clippy::cast_precision_loss,
    reason = "a relative error of 2^-53 is below every law's own"
)]
pub(crate) fn float(value: u64) -> f64 {
    value as f64
}

/// The nanoseconds of `span`.
pub(crate) fn nanos(span: Span) -> f64 {
    float(span.as_nanos())
}

/// The span nearest to `nanos` nanoseconds; what is negative becomes zero, what is too long the longest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is wanted"
)]
pub(crate) fn span(nanos: f64) -> Span {
    Span::from_nanos(libm::rint(nanos) as u64)
}

/// A uniform number strictly between 0 and 1, from the upper 52 bits of one word.
pub(crate) fn unit(draw: &mut impl Draw) -> f64 {
    unit_of(draw.next_u64())
}

/// The middle of the cell of width 2^-52 that `bits` falls into.
pub(crate) fn unit_of(bits: u64) -> f64 {
    (float(bits >> 12) + 0.5) * (1.0 / float(1 << 52))
}

/// A draw from Gamma(`shape`, 1) for `shape` of at least 1, by the method of Marsaglia and Tsang
/// (2000): a cubed, shifted normal, accepted against the true density.
pub(crate) fn gamma(shape: f64, draw: &mut impl Draw) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / f64::sqrt(9.0 * d);
    loop {
        let z = normal::sample(draw);
        let root = 1.0 + c * z;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        if libm::log(unit(draw)) < z * z / 2.0 + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
}

const TERMS_MAX: u32 = 10_000;

/// The regularised lower incomplete gamma function `P(a, x)`.
///
/// Below `a + 1` the power series converges fast, above it the continued fraction of the complement
/// does (evaluated forwards, as Lentz proposed).
pub(crate) fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for n in 1..TERMS_MAX {
            term *= x / (a + f64::from(n));
            sum += term;
            if term < sum * f64::EPSILON {
                break;
            }
        }
        front * sum
    } else {
        let mut b = x + 1.0 - a;
        let mut c = f64::MAX;
        let mut d = 1.0 / b;
        let mut product = d;
        for n in 1..TERMS_MAX {
            let i = f64::from(n);
            let numerator = -i * (i - a);
            b += 2.0;
            d = 1.0 / (numerator * d + b);
            c = b + numerator / c;
            let step = c * d;
            product *= step;
            if (step - 1.0).abs() < f64::EPSILON {
                break;
            }
        }
        1.0 - front * product
    }
}
