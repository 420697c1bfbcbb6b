//! Poisson processes: events at a steady mean rate with no memory.

use crate::dist::Law;
use crate::seed::Draw;
use crate::time::{Span, Time};

/// A Poisson process with one event `every` so long on average.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poisson {
    /// The mean gap between two events.
    pub every: Span,
}

impl Poisson {
    /// The first event after `from`: at least a nanosecond later, because time is whole nanoseconds
    /// and two events of one source do not coincide.
    pub fn next(&self, from: Time, draw: &mut impl Draw) -> Time {
        let gap = Law::Exponential { mean: self.every }.sample(draw);
        from.saturating_add(gap.max(Span::from_nanos(1)))
    }

    /// How many events fall into `window`.
    pub fn count(&self, window: Span, draw: &mut impl Draw) -> u64 {
        let end = Time::ZERO.saturating_add(window);
        let mut at = self.next(Time::ZERO, draw);
        let mut count = 0;
        while at < end {
            count += 1;
            at = self.next(at, draw);
        }
        count
    }
}
