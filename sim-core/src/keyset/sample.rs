//! The draws behind the key sets.

use crate::dist::{normal, unit};
use crate::keyset::{KeySetError, LOGNORMAL_UNIT, SEQUENTIAL_STRIDE};
use crate::seed::Draw;

/// How often one name that falls outside of the range is drawn again before it is put at the end.
/// Validated laws leave at least a third of their mass inside, so this never happens in practice.
const OUTSIDE_MAX: u32 = 256;

/// The width of the range of names, 2^64.
const RANGE: f64 = 18_446_744_073_709_551_616.0;

/// The names of [`zipf_gaps`] lie below this.
const GAPS_END: u64 = 1 << 63;

/// A count or name as a float, rounded to 53 bits.
#[expect(clippy::cast_precision_loss, reason = "a relative error of 2^-53 is below the law's own")]
fn float(value: u64) -> f64 {
    value as f64
}

/// The whole part of `value`, when it is a name.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within the range by the check before it; the fraction is meant to go"
)]
fn whole(value: f64) -> Option<u64> {
    (0.0..RANGE).contains(&value).then_some(value as u64)
}

/// The whole part of `value`, which may be negative and beyond the range.
#[expect(clippy::cast_possible_truncation, reason = "saturates, and is checked after it")]
const fn offset(value: f64) -> i128 {
    value as i128
}

/// A uniform share of the range.
pub(super) fn share(draw: &mut impl Draw) -> f64 {
    unit(draw)
}

/// One name of the law that `variate` draws from.
fn inside<D: Draw>(draw: &mut D, variate: impl Fn(&mut D) -> Option<u64>) -> u64 {
    for _ in 0..OUTSIDE_MAX {
        if let Some(name) = variate(draw) {
            return name;
        }
    }
    u64::MAX
}

/// One name of a normal law; both parameters are shares of the range.
///
/// The distance from the mean is made whole before it is added: a float near the middle of the range
/// knows every 2,048th name only, and a tight cluster would fall on few names.
pub(super) fn normal(mean: f64, sd: f64, draw: &mut impl Draw) -> u64 {
    let centre = offset(RANGE * mean);
    inside(draw, |draw| u64::try_from(centre + offset(RANGE * (sd * normal::sample(draw)))).ok())
}

/// One name of a lognormal law.
pub(super) fn lognormal(mu: f64, sigma: f64, draw: &mut impl Draw) -> u64 {
    inside(draw, |draw| whole(float(LOGNORMAL_UNIT) * libm::exp(mu + sigma * normal::sample(draw))))
}

/// Names whose gaps follow a Zipf law by rank, over the lower half of the range, shuffled.
pub(super) fn zipf_gaps(exponent: f64, count: usize, draw: &mut impl Draw) -> Vec<u64> {
    let weight = |rank: u64| libm::pow(float(rank), -exponent);
    let ranks = 1..=count as u64;
    let total: f64 = ranks.clone().map(weight).sum();
    // A gap is never 0, and `count` gaps rounded up must not leave the range.
    let unit = float(GAPS_END - count as u64) / total.max(1.0);
    let mut gaps: Vec<u64> =
        ranks.map(|rank| whole(unit * weight(rank)).unwrap_or(0) + 1).collect();
    draw.shuffle(&mut gaps);
    let mut names = gaps;
    let mut at = 0;
    for name in &mut names {
        at += *name;
        *name = at;
    }
    draw.shuffle(&mut names);
    names
}

/// Ascending names above `above`, one stride apart, or closer when there is no room.
pub(super) fn sequential(count: usize, above: Option<u64>) -> Result<Vec<u64>, KeySetError> {
    let above = above.unwrap_or(0);
    let count_wide = count as u64;
    let stride = SEQUENTIAL_STRIDE.min((u64::MAX - above) / count_wide.max(1));
    if stride == 0 {
        return Err(KeySetError::Full { asked: count, above });
    }
    Ok((1..=count_wide).map(|place| above + place * stride).collect())
}

/// Runs of consecutive names, the starts of the runs equally far apart, shuffled.
pub(super) fn step(plateaus: u32, count: usize, draw: &mut impl Draw) -> Vec<u64> {
    let plateaus = u64::from(plateaus);
    let apart = u64::MAX / plateaus;
    let mut names: Vec<u64> =
        (0..count as u64).map(|index| index % plateaus * apart + index / plateaus).collect();
    draw.shuffle(&mut names);
    names
}

/// The indexes of all names that an earlier index has already, ascending.
pub(super) fn duplicates(names: &[u64]) -> Vec<usize> {
    let mut sorted: Vec<(u64, usize)> =
        names.iter().enumerate().map(|(index, name)| (*name, index)).collect();
    sorted.sort_unstable();
    let mut found: Vec<usize> =
        sorted.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1).collect();
    found.sort_unstable();
    found
}
