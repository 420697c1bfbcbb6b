//! Wall clocks that are wrong: how far each is ahead of the true time, or behind it.

use crate::dist::normal;
use crate::seed::{Draw, Purpose, Seed, Stream};
use crate::time::Span;

/// The largest error of a clock: an hour, far below what a clock shows at the start of a run.
pub const CLOCK_ERROR_MAX: Span = Span::from_hours(1);

/// The law of clock errors. Each machine has its own error for the whole run: clocks are set wrong, they do
/// not drift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockError {
    /// All clocks are right.
    #[default]
    None,
    /// Anything up to `most`, ahead or behind, each alike.
    Uniform {
        /// The largest error, at most [`CLOCK_ERROR_MAX`].
        most: Span,
    },
    /// Normal around the true time; draws beyond [`CLOCK_ERROR_MAX`] are cut to that.
    Normal {
        /// The standard deviation, at most [`CLOCK_ERROR_MAX`].
        sd: Span,
    },
}

impl ClockError {
    /// Is its parameter within an hour?
    pub fn is_valid(self) -> bool {
        match self {
            Self::None => true,
            Self::Uniform { most: size } | Self::Normal { sd: size } => size <= CLOCK_ERROR_MAX,
        }
    }

    /// Can a clock be wrong?
    pub fn is_none(self) -> bool {
        match self {
            Self::None => true,
            Self::Uniform { most: size } | Self::Normal { sd: size } => size == Span::ZERO,
        }
    }

    /// How far the clock of the machine at `slot` is ahead, in nanoseconds.
    pub(crate) fn draw(self, seed: Seed, slot: u32) -> i64 {
        let mut stream = Stream::new(seed, Purpose::ClockErrors, u64::from(slot));
        match self {
            Self::None => 0,
            Self::Uniform { most } => {
                signed(stream.below(2 * most.as_nanos() + 1)) - signed(most.as_nanos())
            }
            Self::Normal { sd } => normal::deviation(sd, CLOCK_ERROR_MAX, &mut stream),
        }
    }
}

/// At most two hours, which fit by far.
fn signed(nanos: u64) -> i64 {
    i64::try_from(nanos).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(law: ClockError) -> Vec<i64> {
        (0..4_000).map(|slot| law.draw(Seed(5), slot)).collect()
    }

    /// The mean, and the share of draws within `limit` of zero, in thousandths.
    fn shape(errors: &[i64], limit: i64) -> (i64, usize) {
        let mean = errors.iter().sum::<i64>() / 4_000;
        (mean, errors.iter().filter(|error| error.abs() <= limit).count() / 4)
    }

    #[test]
    fn errors_follow_their_law_on_both_sides_of_the_truth() {
        let second = 1_000_000_000;
        let uniform = drawn(ClockError::Uniform { most: Span::from_secs(1) });
        assert!(uniform.iter().all(|error| error.abs() <= second));
        let (mean, half) = shape(&uniform, second / 2);
        // Five standard errors: of the mean 0.046 s, of the share 4 %.
        assert!(mean.abs() < second * 46 / 1_000 && half.abs_diff(500) < 40, "{mean} {half}");
        let normal = drawn(ClockError::Normal { sd: Span::from_secs(1) });
        let (mean, within) = shape(&normal, second);
        assert!(mean.abs() < second * 80 / 1_000 && within.abs_diff(683) < 37, "{mean} {within}");
        assert!(normal.iter().any(|error| error.abs() > 3 * second));
    }

    #[test]
    fn no_clock_is_more_than_an_hour_wrong() {
        let hour = i64::try_from(CLOCK_ERROR_MAX.as_nanos()).unwrap();
        let cut = drawn(ClockError::Normal { sd: CLOCK_ERROR_MAX });
        assert!(cut.iter().all(|error| error.abs() <= hour));
        assert!(cut.iter().filter(|error| error.abs() == hour).count() > 1_000);
        assert!(!ClockError::Uniform { most: Span::from_mins(61) }.is_valid());
        assert!(ClockError::Normal { sd: Span::ZERO }.is_none());
    }
}
