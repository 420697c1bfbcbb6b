//! Laws of time: the few distributions a world is drawn from, with their residual lives.
//!
//! Library crates may change the values they draw in a minor version, so the sampling is written
//! here: inversion wherever the quantile has a closed form, one uniform word a draw. Floats live in
//! this module and nowhere else in the drawing of a world; every public result is a whole number of
//! nanoseconds, and `exp`, `log`, `pow`, `sin` and `erfc` come from `libm`, so that all machines agree.
#![expect(
    clippy::float_arithmetic,
    reason = "the mathematics of the laws; every result becomes an integer before it leaves"
)]

pub mod cycle;
pub mod normal;
pub mod poisson;
mod special;
pub mod zipf;

use thiserror::Error;

use crate::ratio::Ratio;
use crate::seed::Draw;
use crate::time::Span;
pub(crate) use special::{nanos, span, unit};

/// How long something lasts: a session, a down time, a gap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// Always the same.
    Constant {
        /// That length.
        span: Span,
    },
    /// Uniform between two lengths.
    Uniform {
        /// The shortest.
        min: Span,
        /// The longest.
        max: Span,
    },
    /// Exponential: no memory.
    Exponential {
        /// The mean.
        mean: Span,
    },
    /// Weibull, `P(S > x) = exp(-(x / scale)^shape)`: what measured sessions mostly follow, with a
    /// shape below 1.
    Weibull {
        /// `k`; below 1 the tail is heavier than exponential.
        shape: f64,
        /// `lambda`: 63.2 % of all draws are shorter.
        scale: Span,
    },
    /// Lomax (Pareto II), `P(S > x) = (1 + x / scale)^-shape`. The mean is finite above shape 1, the
    /// mean residual above shape 2.
    Lomax {
        /// `alpha`, the index of the tail.
        shape: f64,
        /// `s`.
        scale: Span,
    },
    /// Lognormal.
    LogNormal {
        /// The median, `exp(mu)`.
        median: Span,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
}

/// A parameter of a law outside its permitted range.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{law}: {parameter} = {value} is not permitted; it must be {permitted}")]
pub struct LawError {
    /// The name of the law.
    pub law: &'static str,
    /// The parameter.
    pub parameter: &'static str,
    /// What was given.
    pub value: String,
    /// What is permitted.
    pub permitted: &'static str,
}

/// The longest length a parameter may have: 100 years of 365 days.
pub const PARAMETER_MAX: Span = Span::from_hours(100 * 365 * 24);

impl Law {
    /// The Weibull law with this shape and mean (the form other simulators are configured in).
    pub fn weibull_with_mean(shape: f64, mean: Span) -> Self {
        Self::Weibull { shape, scale: span(nanos(mean) / libm::tgamma(1.0 + 1.0 / shape)) }
    }

    /// The Lomax law with this shape (above 1) and mean.
    pub fn lomax_with_mean(shape: f64, mean: Span) -> Self {
        Self::Lomax { shape, scale: span(nanos(mean) * (shape - 1.0)) }
    }

    /// The Weibull law that leaves the share `low` below `at_low` and the share `high` below
    /// `at_high`: for published quantiles. `None` when they are not two different, ordered points.
    pub fn weibull_through(low: Ratio, at_low: Span, high: Ratio, at_high: Span) -> Option<Self> {
        let (p, q) = (share(low), share(high));
        if !(0.0 < p && p < q && q < 1.0) || at_low == Span::ZERO || at_high <= at_low {
            return None;
        }
        let (a, b) = (-libm::log1p(-p), -libm::log1p(-q));
        let shape = libm::log(b / a) / libm::log(nanos(at_high) / nanos(at_low));
        Some(Self::Weibull { shape, scale: span(nanos(at_low) / libm::pow(a, 1.0 / shape)) })
    }

    /// The name in scenario files.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Constant { .. } => "constant",
            Self::Uniform { .. } => "uniform",
            Self::Exponential { .. } => "exponential",
            Self::Weibull { .. } => "weibull",
            Self::Lomax { .. } => "lomax",
            Self::LogNormal { .. } => "lognormal",
        }
    }

    /// Checks every parameter against its permitted range.
    ///
    /// # Errors
    /// Names the first parameter that is out of range, its value, and what is permitted.
    pub fn validate(&self) -> Result<(), LawError> {
        match *self {
            Self::Constant { span } => self.check_length("span", span, Span::ZERO),
            Self::Uniform { min, max } => {
                self.check_length("max", max, Span::from_nanos(1))?;
                if min > max {
                    return Err(self.error("min", min.to_string(), "at most max"));
                }
                Ok(())
            }
            Self::Exponential { mean } => self.check_length("mean", mean, Span::from_nanos(1)),
            Self::Weibull { shape, scale } => {
                self.check_number("shape", shape, 0.1, 10.0, "between 0.1 and 10")?;
                self.check_length("scale", scale, Span::from_nanos(1))
            }
            Self::Lomax { shape, scale } => {
                self.check_number("shape", shape, 0.1, 100.0, "between 0.1 and 100")?;
                self.check_length("scale", scale, Span::from_nanos(1))
            }
            Self::LogNormal { median, sigma } => {
                self.check_number("sigma", sigma, 0.01, 5.0, "between 0.01 and 5")?;
                self.check_length("median", median, Span::from_nanos(1))
            }
        }
    }

    fn check_number(
        &self,
        parameter: &'static str,
        value: f64,
        low: f64,
        high: f64,
        permitted: &'static str,
    ) -> Result<(), LawError> {
        if (low..=high).contains(&value) {
            Ok(())
        } else {
            Err(self.error(parameter, value.to_string(), permitted))
        }
    }

    fn check_length(
        &self,
        parameter: &'static str,
        value: Span,
        low: Span,
    ) -> Result<(), LawError> {
        if value > PARAMETER_MAX {
            Err(self.error(parameter, value.to_string(), "at most 36500d"))
        } else if value < low {
            Err(self.error(parameter, value.to_string(), "longer than 0s"))
        } else {
            Ok(())
        }
    }

    fn error(&self, parameter: &'static str, value: String, permitted: &'static str) -> LawError {
        LawError { law: self.name(), parameter, value, permitted }
    }

    /// One draw.
    pub fn sample(&self, draw: &mut impl Draw) -> Span {
        match *self {
            Self::Constant { span } => span,
            Self::Uniform { min, max } => {
                Span::from_nanos(min.as_nanos() + draw.below((max - min).as_nanos() + 1))
            }
            Self::Exponential { mean } => span(nanos(mean) * standard_exponential(draw)),
            Self::Weibull { shape, scale } => {
                span(nanos(scale) * libm::pow(standard_exponential(draw), 1.0 / shape))
            }
            Self::Lomax { shape, scale } => span(nanos(scale) * standard_lomax(shape, draw)),
            Self::LogNormal { median, sigma } => {
                span(nanos(median) * libm::exp(sigma * normal::sample(draw)))
            }
        }
    }

    /// What is left of a draw at a moment that knows nothing of it: the law of the remaining life of
    /// whoever is up when a stationary network is first looked at,
    /// `P(R <= x) = integral of P(S > t) from 0 to x, over the mean of S`.
    ///
    /// Each is exact: a uniform share of a length-biased draw, or the same law again where the law
    /// allows. Fresh draws in their place would bias the losses of a day tenfold.
    pub fn residual(&self, draw: &mut impl Draw) -> Span {
        match *self {
            Self::Constant { span: whole } => span(nanos(whole) * unit(draw)),
            Self::Uniform { min, max } => {
                let (a, b) = (nanos(min), nanos(max));
                let biased = f64::sqrt(a * a + unit(draw) * (b * b - a * a));
                span(unit(draw) * biased)
            }
            Self::Exponential { .. } => self.sample(draw),
            Self::Weibull { shape, scale } => {
                let share = unit(draw);
                let gamma = special::gamma(1.0 + 1.0 / shape, draw);
                span(share * nanos(scale) * libm::pow(gamma, 1.0 / shape))
            }
            Self::Lomax { shape, scale } => span(nanos(scale) * standard_lomax(shape - 1.0, draw)),
            Self::LogNormal { median, sigma } => {
                let share = unit(draw);
                let biased = libm::exp(sigma * sigma + sigma * normal::sample(draw));
                span(share * nanos(median) * biased)
            }
        }
    }

    /// The mean; `None` when it is infinite.
    pub fn mean(&self) -> Option<Span> {
        Some(match *self {
            Self::Constant { span } => span,
            Self::Uniform { min, max } => Span::from_nanos(min.as_nanos().midpoint(max.as_nanos())),
            Self::Exponential { mean } => mean,
            Self::Weibull { shape, scale } => span(nanos(scale) * libm::tgamma(1.0 + 1.0 / shape)),
            Self::Lomax { shape, scale } if shape > 1.0 => span(nanos(scale) / (shape - 1.0)),
            Self::Lomax { .. } => return None,
            Self::LogNormal { median, sigma } => {
                span(nanos(median) * libm::exp(sigma * sigma / 2.0))
            }
        })
    }

    /// The middles of `cells` equally likely parts of the law, ascending: a table from which draws
    /// take no float.
    pub fn quantiles(&self, cells: u32) -> Vec<Span> {
        (0..cells).map(|cell| self.quantile((f64::from(cell) + 0.5) / f64::from(cells))).collect()
    }

    /// The length that a share `p`, strictly between 0 and 1, of all draws stay below.
    fn quantile(&self, p: f64) -> Span {
        match *self {
            Self::Constant { span } => span,
            Self::Uniform { min, max } => span(nanos(min) + p * nanos(max - min)),
            Self::Exponential { mean } => span(nanos(mean) * -libm::log1p(-p)),
            Self::Weibull { shape, scale } => {
                span(nanos(scale) * libm::pow(-libm::log1p(-p), 1.0 / shape))
            }
            Self::Lomax { shape, scale } => {
                span(nanos(scale) * libm::expm1(-libm::log1p(-p) / shape))
            }
            Self::LogNormal { median, sigma } => {
                span(nanos(median) * libm::exp(sigma * normal::quantile(p)))
            }
        }
    }

    /// The median.
    pub fn median(&self) -> Span {
        self.quantile(0.5)
    }

    /// The probability of a draw of at most `x`.
    pub fn cdf(&self, x: Span) -> f64 {
        let t = nanos(x);
        match *self {
            Self::Constant { span } => f64::from(u8::from(x >= span)),
            Self::Uniform { min, max } => {
                ((t - nanos(min)) / nanos(max - min).max(1.0)).clamp(0.0, 1.0)
            }
            Self::Exponential { mean } => -libm::expm1(-t / nanos(mean)),
            Self::Weibull { shape, scale } => -libm::expm1(-libm::pow(t / nanos(scale), shape)),
            Self::Lomax { shape, scale } => lomax_cdf(shape, t / nanos(scale)),
            Self::LogNormal { median, sigma } => {
                if x == Span::ZERO {
                    0.0
                } else {
                    normal::cdf(libm::log(t / nanos(median)) / sigma)
                }
            }
        }
    }

    /// The probability of a [`residual`](Self::residual) of at most `x`.
    pub fn residual_cdf(&self, x: Span) -> f64 {
        let t = nanos(x);
        match *self {
            Self::Constant { span } => (t / nanos(span).max(1.0)).min(1.0),
            Self::Uniform { min, max } => {
                let (a, b) = (nanos(min), nanos(max));
                let over = (t.min(b) - a).max(0.0);
                let area = t.min(a) + over - over * over / (2.0 * (b - a).max(1.0));
                2.0 * area / (a + b)
            }
            Self::Exponential { .. } => self.cdf(x),
            Self::Weibull { shape, scale } => {
                special::gamma_p(1.0 / shape, libm::pow(t / nanos(scale), shape))
            }
            Self::Lomax { shape, scale } => lomax_cdf(shape - 1.0, t / nanos(scale)),
            Self::LogNormal { median, sigma } => {
                if x == Span::ZERO {
                    return 0.0;
                }
                let z = libm::log(t / nanos(median)) / sigma;
                let mean = nanos(median) * libm::exp(sigma * sigma / 2.0);
                t / mean * normal::cdf(-z) + normal::cdf(z - sigma)
            }
        }
    }
}

/// A ratio as a float.
pub(crate) fn share(ratio: Ratio) -> f64 {
    special::float(ratio.numerator()) / special::float(ratio.denominator())
}

fn standard_exponential(draw: &mut impl Draw) -> f64 {
    -libm::log(unit(draw))
}

fn standard_lomax(shape: f64, draw: &mut impl Draw) -> f64 {
    libm::expm1(standard_exponential(draw) / shape)
}

fn lomax_cdf(shape: f64, t: f64) -> f64 {
    -libm::expm1(-shape * libm::log1p(t))
}

#[cfg(test)]
mod tests;
