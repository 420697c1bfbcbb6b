//! A daily cycle: clocks that run faster by day than by night.

use std::f64::consts::TAU;

use crate::dist::share;
use crate::dist::special::{nanos, span};
use crate::ratio::Ratio;
use crate::time::{Span, Time};

/// A rate that swings around its mean: `1 + amplitude * cos(2 pi (t - phase) / period)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The swing; below 1.
    pub amplitude: Ratio,
    /// The length of a full swing, a day for people.
    pub period: Span,
    /// When the rate is highest, as a span after the start of the run.
    pub phase: Span,
}

/// Halvings of an interval of at most 2^63 nanoseconds down to one.
const HALVINGS_MAX: u32 = 64;

impl Cycle {
    /// The instant at which a span of `operational` time that begins at `from` is used up, when
    /// operational time passes at this cycle's rate.
    ///
    /// An exponential gap measured so is a gap of the Poisson process with the swinging rate: the same
    /// law as thinning a faster process, without the rejected draws.
    pub fn advance(&self, from: Time, operational: Span) -> Time {
        let amplitude = share(self.amplitude);
        let swing = nanos(self.period) / TAU * amplitude;
        let start = self.angle(from);
        let target = nanos(operational);
        let elapsed = |real: f64| {
            let turned = TAU * real / nanos(self.period);
            real + swing * (libm::sin(start + turned) - libm::sin(start))
        };
        // The rate lies between 1 - amplitude and 1 + amplitude, and what the swing adds is at most
        // two swings.
        let (mut low, mut high) = ((target - 2.0 * swing).max(0.0), target + 2.0 * swing);
        for _ in 0..HALVINGS_MAX {
            if high - low < 0.5 {
                break;
            }
            let middle = f64::midpoint(low, high);
            if elapsed(middle) < target {
                low = middle;
            } else {
                high = middle;
            }
        }
        from.saturating_add(span(high))
    }

    /// The angle of the cycle at `at`, with whole periods taken off in integers first.
    fn angle(&self, at: Time) -> f64 {
        let period = self.period.as_nanos();
        let into = (at.as_nanos() % period + period - self.phase.as_nanos() % period) % period;
        TAU * nanos(Span::from_nanos(into)) / nanos(self.period)
    }
}
