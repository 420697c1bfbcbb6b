//! The recursive model index of two stages, trained top down.
//!
//! The root is fitted to all keys; every key is then routed through the root *as it will be when the
//! model is used*, and each leaf is fitted to the keys that really reach it. (Training leaf `j` on
//! the `j`-th quantile instead is the flaw of [`dlht`](crate::learned_chord::dlht).) A leaf's output
//! is clamped to the share of the keys before and after it, so leaves cannot cross.
//!
//! Both stages leave as whole numbers: the root as the smallest key of each leaf, a straight leaf as
//! its ends and the keys where clamping begins and ends, a cubic leaf as [`PIECES`] straight ones.
#![expect(
    clippy::float_arithmetic,
    reason = "training; the tables that leave it are whole numbers"
)]

use crate::learned_chord::knots::Knots;
use crate::learned_chord::share::{float, position, target, whole};
use crate::learned_chord::train::Curve;

/// The straight pieces of a cubic leaf.
pub const PIECES: u32 = 8;

/// A polynomial over a stretch of keys scaled to 0..1, ascending powers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Polynomial {
    first: u64,
    width: f64,
    coefficients: [f64; 4],
}

impl Polynomial {
    /// The least squares fit to `keys` (sorted) with targets by index; never descends between the
    /// first and the last key. Without two different keys it is the mean target.
    pub(super) fn fit(keys: &[u64], curve: Curve, wanted: impl Fn(usize) -> f64) -> Self {
        let (first, last) = (keys[0], keys[keys.len() - 1]);
        let width = float((last - first).max(1));
        let scaled = |key: u64| float(key - first) / width;
        let count = float(keys.len() as u64);
        let (mut mean_x, mut mean_y) = (0.0, 0.0);
        for (index, key) in keys.iter().enumerate() {
            mean_x += scaled(*key);
            mean_y += wanted(index);
        }
        (mean_x, mean_y) = (mean_x / count, mean_y / count);
        let (mut spread, mut product) = (0.0, 0.0);
        for (index, key) in keys.iter().enumerate() {
            let x = scaled(*key) - mean_x;
            spread += x * x;
            product += x * (wanted(index) - mean_y);
        }
        let slope =
            if first == last || spread <= 0.0 { 0.0 } else { f64::max(product / spread, 0.0) };
        let line = Self { first, width, coefficients: [mean_y - slope * mean_x, slope, 0.0, 0.0] };
        if curve == Curve::Linear || first == last {
            return line;
        }
        let points = keys.iter().enumerate().map(|(index, key)| (scaled(*key), wanted(index)));
        cubic(points).map_or(line, |coefficients| Self { coefficients, ..line })
    }

    /// The value at `key`, extrapolated outside of the fitted keys.
    pub(super) fn at(&self, key: u64) -> f64 {
        let x = if key >= self.first { float(key - self.first) } else { -float(self.first - key) }
            / self.width;
        let [a, b, c, d] = self.coefficients;
        a + x * (b + x * (c + x * d))
    }

    const fn straight(&self) -> bool {
        self.coefficients[2] == 0.0 && self.coefficients[3] == 0.0
    }

    /// The key at which a straight line with a slope reaches `value`.
    fn key_at(&self, value: f64) -> u64 {
        let x = (value - self.coefficients[0]) / self.coefficients[1] * self.width;
        if x >= 0.0 {
            self.first.saturating_add(whole(x))
        } else {
            self.first.saturating_sub(whole(-x))
        }
    }
}

/// The cubic least squares fit to points with `x` in 0..1, by the normal equations. `None` when they
/// are singular or the cubic descends somewhere in 0..1.
fn cubic(points: impl Iterator<Item = (f64, f64)>) -> Option<[f64; 4]> {
    let (mut moments, mut right) = ([0.0; 7], [0.0; 4]);
    for (x, y) in points {
        let mut power = 1.0;
        for (degree, moment) in moments.iter_mut().enumerate() {
            *moment += power;
            if let Some(sum) = right.get_mut(degree) {
                *sum += power * y;
            }
            power *= x;
        }
    }
    let mut rows = [[0.0; 5]; 4];
    for (row, line) in rows.iter_mut().enumerate() {
        line[..4].copy_from_slice(&moments[row..row + 4]);
        line[4] = right[row];
    }
    let found = solve(rows)?;
    ascends(&found).then_some(found)
}

/// Gauss's elimination with pivots.
fn solve(mut rows: [[f64; 5]; 4]) -> Option<[f64; 4]> {
    for column in 0..4 {
        let pivot =
            (column..4).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        let head = rows[column];
        if head[column].abs() < 1e-12 * head[4].abs().max(1.0) {
            return None;
        }
        for row in (0..4).filter(|row| *row != column) {
            let factor = rows[row][column] / head[column];
            for (cell, above) in rows[row].iter_mut().zip(head) {
                *cell -= factor * above;
            }
        }
    }
    Some([0, 1, 2, 3].map(|row| rows[row][4] / rows[row][row]))
}

/// True when the derivative is nowhere negative in 0..1: at both ends and, if it has its lowest point
/// between them, there.
fn ascends(&[_, b, c, d]: &[f64; 4]) -> bool {
    let slope = |x: f64| b + x * (2.0 * c + x * 3.0 * d);
    let lowest = if d > 0.0 { -c / (3.0 * d) } else { 0.0 };
    let between = if (0.0..=1.0).contains(&lowest) { lowest } else { 0.0 };
    [0.0, 1.0, between].into_iter().all(|x| slope(x) >= 0.0)
}

/// The tables of an index over `sorted` keys: the points, and the smallest key of each leaf.
pub(super) fn fit(sorted: &[u64], root: Curve, leaf: Curve, leaves: usize) -> (Knots, Vec<u64>) {
    let count = sorted.len();
    let root = Polynomial::fit(sorted, root, |rank| target(rank, count) * float(leaves as u64));
    let starts = starts(&root, sorted, leaves);
    let (lowest, highest) = (sorted[0], sorted[count - 1]);
    let mut points = Vec::with_capacity(4 * leaves);
    let mut from = 0;
    for (index, start) in starts.iter().enumerate() {
        let next = starts.get(index + 1);
        let end = next.map_or(highest, |next| next.saturating_sub(1).min(highest));
        let start = (*start).max(lowest);
        if next.is_some_and(|next| *next <= start) || start > end {
            continue;
        }
        let to = from + sorted[from..].partition_point(|key| *key <= end);
        let share = |rank: usize| float(rank as u64) / float(count as u64);
        let bounds = Bounds { start, end, low: share(from), high: share(to) };
        bounds.points(&sorted[from..to], leaf, |rank| target(from + rank, count), &mut points);
        from = to;
    }
    (Knots::through(points).expect("at least one leaf holds the first key"), starts)
}

/// The smallest key that the root sends to each leaf. What no trained key can reach starts after them.
fn starts(root: &Polynomial, sorted: &[u64], leaves: usize) -> Vec<u64> {
    let (mut low, highest) = (sorted[0], sorted[sorted.len() - 1]);
    let inner = (1..leaves).map(|leaf| {
        let wanted = float(leaf as u64);
        let (mut left, mut right) = (low, highest);
        while left < right {
            let middle = left.midpoint(right);
            if root.at(middle) >= wanted {
                right = middle;
            } else {
                left = middle + 1;
            }
        }
        low = left;
        if left == highest && root.at(highest) < wanted { highest.saturating_add(1) } else { left }
    });
    std::iter::once(0).chain(inner).collect()
}

/// What a leaf must stay within.
struct Bounds {
    start: u64,
    end: u64,
    low: f64,
    high: f64,
}

impl Bounds {
    /// Adds the points of the leaf fitted to `keys`.
    fn points(
        &self,
        keys: &[u64],
        curve: Curve,
        wanted: impl Fn(usize) -> f64,
        points: &mut Vec<(u64, u64)>,
    ) {
        if keys.is_empty() {
            points.extend([(self.start, position(self.low)), (self.end, position(self.low))]);
            return;
        }
        let line = Polynomial::fit(keys, curve, wanted);
        let (first, last) = (keys[0], keys[keys.len() - 1]);
        let mut at = vec![self.start];
        if !line.straight() {
            let step = |piece| (last - first) / u64::from(PIECES) * u64::from(piece);
            at.extend((0..PIECES).map(|piece| first + step(piece)).chain([last]));
        } else if line.coefficients[1] > 0.0 {
            let inside = |value| line.key_at(value).clamp(self.start, self.end);
            at.extend([inside(self.low), inside(self.high)]);
        }
        at.push(self.end);
        let inner = if line.straight() { self.start..=self.end } else { first..=last };
        points.extend(at.into_iter().map(|key| {
            let value = line.at(key.clamp(*inner.start(), *inner.end()));
            (key, position(value.clamp(self.low, self.high)))
        }));
    }
}
