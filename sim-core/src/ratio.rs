//! Probabilities and shares as integer ratios: no float decides anything in a run.

use std::fmt;

/// A share or probability `numerator / denominator` between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    numerator: u64,
    denominator: u64,
}

impl Ratio {
    /// Never, or nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// Always, or all.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// `numerator / denominator`; `None` when the denominator is zero or the value exceeds 1.
    pub const fn new(numerator: u64, denominator: u64) -> Option<Self> {
        if denominator == 0 || numerator > denominator {
            None
        } else {
            Some(Self { numerator, denominator })
        }
    }

    /// `millionths / 1 000 000`, at most 1.
    pub const fn from_millionths(millionths: u64) -> Self {
        let numerator = if millionths > 1_000_000 { 1_000_000 } else { millionths };
        Self { numerator, denominator: 1_000_000 }
    }

    /// The upper part of the fraction.
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// The lower part of the fraction; never zero.
    pub const fn denominator(self) -> u64 {
        self.denominator
    }

    /// Is this exactly zero?
    pub const fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// Is this exactly one?
    pub const fn is_one(self) -> bool {
        self.numerator == self.denominator
    }

    /// The number of 64-bit draws out of 2^64 that fall below this probability; an event happens
    /// when a uniform draw is less than this (or the ratio is one).
    pub fn threshold(self) -> u64 {
        let scaled = (u128::from(self.numerator) << 64) / u128::from(self.denominator);
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }

    /// Does a uniform 64-bit `draw` fall within this probability?
    pub fn hit(self, draw: u64) -> bool {
        self.is_one() || draw < self.threshold()
    }

    /// This share of `count`, rounded to the nearest, halves up.
    pub fn of(self, count: u64) -> u64 {
        let product = u128::from(self.numerator) * u128::from(count);
        let rounded = (product + u128::from(self.denominator) / 2) / u128::from(self.denominator);
        u64::try_from(rounded).unwrap_or(u64::MAX)
    }
}

/// A percentage where it is a short one, else the fraction.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scaled = u128::from(self.numerator) * 1_000_000;
        if scaled.is_multiple_of(u128::from(self.denominator)) {
            let millionths = scaled / u128::from(self.denominator);
            let text = format!("{}.{:04}", millionths / 10_000, millionths % 10_000);
            write!(f, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
        } else {
            write!(f, "{}/{}", self.numerator, self.denominator)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_prints_as_a_user_writes_it() {
        let shown =
            [(1, 1000), (4, 5), (1, 3), (0, 1)].map(|(n, d)| Ratio::new(n, d).unwrap().to_string());
        assert_eq!(shown, ["0.1%", "80%", "1/3", "0%"]);
    }

    #[test]
    fn one_always_hits_and_zero_never() {
        assert!(Ratio::ONE.hit(u64::MAX) && !Ratio::ZERO.hit(0));
        assert_eq!(Ratio::new(1, 2).unwrap().threshold(), 1 << 63);
        assert_eq!(Ratio::new(3, 2), None);
    }
}
