//! Conversions between whole numbers and shares of one.
#![expect(clippy::float_arithmetic, reason = "conversions for the training alone")]

/// The width of the ring, 2^64.
const RING: f64 = 18_446_744_073_709_551_616.0;

/// A whole number as a float, rounded to 53 bits.
#[expect(clippy::cast_precision_loss, reason = "training asks for no more than 53 bits")]
pub(crate) const fn float(value: u64) -> f64 {
    value as f64
}

/// The whole part of `value`: below zero 0, above the range the largest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is wanted"
)]
pub(crate) const fn whole(value: f64) -> u64 {
    value as u64
}

/// A ring position as a share of the ring.
pub(crate) fn share(position: u64) -> f64 {
    float(position) / RING
}

/// The ring position of a share; below 0 the first, above 1 the last.
pub(crate) fn position(share: f64) -> u64 {
    whole(share * RING)
}

/// Where the key at `rank` of `count` belongs: the middle of its share.
pub(crate) fn target(rank: usize, count: usize) -> f64 {
    (float(rank as u64) + 0.5) / float(count as u64)
}
