//! Network coordinates: a plane of delays and a height for the way into it.
//!
//! The delay between two nodes is the distance of their points plus both heights (Vivaldi's height
//! model). Coordinates never violate the triangle inequality, which measured networks do; results
//! about proximity are optimistic on them.
#![expect(
    clippy::float_arithmetic,
    reason = "one square root a message, correctly rounded on every machine, of an exact sum"
)]

use crate::dist::{Law, normal, unit};
use crate::seed::Draw;
use crate::time::Span;

/// A place in the plane of delays, in microseconds one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Point {
    /// One axis.
    pub x: i32,
    /// The other.
    pub y: i32,
    /// The way from the node to the plane; never negative.
    pub height: i32,
}

/// The largest absolute value of a coordinate: 1000 s, so that a sum of squares is exact in 53 bits.
pub const COORDINATE_MAX: i32 = 1_000_000_000 >> 4;

/// No message takes less between two measured or modelled places: the same zone of a data centre.
pub const DELAY_LEAST: Span = Span::from_micros(50);

impl Point {
    /// The delay of a message from here to `other`, one way.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a distance is not negative and below 2^63 nanoseconds"
    )]
    pub fn delay(self, other: Self) -> Span {
        let dx = f64::from(self.x) - f64::from(other.x);
        let dy = f64::from(self.y) - f64::from(other.y);
        let plane = (f64::sqrt(dx * dx + dy * dy) * 1_000.0) as u64;
        let heights = (i64::from(self.height) + i64::from(other.height)).unsigned_abs() * 1_000;
        Span::from_nanos(plane + heights).max(DELAY_LEAST)
    }
}

/// The smallest box around points, and their least height.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    low: Point,
    high: Point,
    height: i32,
}

impl Bounds {
    pub(super) fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        points.into_iter().fold(None, |bounds: Option<Self>, point| {
            let Some(Self { low, high, height }) = bounds else {
                return Some(Self { low: point, high: point, height: point.height });
            };
            Some(Self {
                low: Point { x: low.x.min(point.x), y: low.y.min(point.y), height: 0 },
                high: Point { x: high.x.max(point.x), y: high.y.max(point.y), height: 0 },
                height: height.min(point.height),
            })
        })
    }

    /// No delay between a point in this box and one in the `other` is less.
    pub(super) fn least_delay(&self, other: &Self) -> Span {
        let gap = |a: (i32, i32), b: (i32, i32)| (b.0 - a.1).max(a.0 - b.1).max(0);
        let here = Point { x: 0, y: 0, height: self.height };
        let there = Point {
            x: gap((self.low.x, self.high.x), (other.low.x, other.high.x)),
            y: gap((self.low.y, self.high.y), (other.low.y, other.high.y)),
            height: other.height,
        };
        here.delay(there)
    }
}

/// A cluster of the synthetic plane.
struct Cluster {
    x_ms: i32,
    y_ms: i32,
    share: u64,
}

/// The clusters of the synthetic plane; places in a plane fitted to delays, not countries.
///
/// Centres, spread and heights were fitted to the quantiles of the one-way delays between 1740 name
/// servers (the King set of p2psim, as coordinates): 5 % below 19.6 ms, 25 % below 43.7, half below
/// 80.6, 75 % below 119.8, 95 % below 203.3, 99 % below 340.1, mean 91.9.
const CLUSTERS: [Cluster; 5] = [
    Cluster { x_ms: 0, y_ms: 0, share: 546 },
    Cluster { x_ms: 41, y_ms: 0, share: 208 },
    Cluster { x_ms: 95, y_ms: 12, share: 77 },
    Cluster { x_ms: -71, y_ms: 41, share: 101 },
    Cluster { x_ms: 36, y_ms: -89, share: 68 },
];

/// The standard deviation of both axes within a cluster, in microseconds, before it is cut off.
const SPREAD_MICROS: f64 = 11_500.0;
/// A cluster ends two standard deviations from its centre, so that there is water between clusters.
const SPREAD_MAX: f64 = 2.0;
/// The law of heights: median 6 ms, 75 % below 16, 90 % below 39 (measured: 5.8, 14.8, 46.5).
const HEIGHT: Law = Law::LogNormal { median: Span::from_micros(6_000), sigma: 1.46 };
/// Three in a thousand are cut off here; no name server was further away.
const HEIGHT_MAX: Span = Span::from_millis(500);

/// The shares of the clusters of the synthetic plane, per thousand.
pub(super) fn cluster_shares() -> Vec<u64> {
    CLUSTERS.iter().map(|cluster| cluster.share).collect()
}

/// The box around `cluster`, before any node is placed.
pub(super) fn cluster_bounds(cluster: usize) -> Bounds {
    let Cluster { x_ms, y_ms, .. } = CLUSTERS[cluster];
    let corner =
        |side| Point { x: (x_ms + side * 23) * 1_000, y: (y_ms + side * 23) * 1_000, height: 0 };
    Bounds { low: corner(-1), high: corner(1), height: 0 }
}

/// A place in `cluster` of the synthetic plane.
#[expect(clippy::cast_possible_truncation, reason = "microseconds of a bounded spread fit")]
pub(crate) fn synthetic(cluster: usize, draw: &mut impl Draw) -> Point {
    let Cluster { x_ms, y_ms, .. } = CLUSTERS[cluster];
    let outside = normal::cdf(-SPREAD_MAX);
    let mut offset = || {
        let p = outside + unit(draw) * (1.0 - 2.0 * outside);
        (normal::quantile(p) * SPREAD_MICROS) as i32
    };
    let (x, y) = (x_ms * 1_000 + offset(), y_ms * 1_000 + offset());
    let height = HEIGHT.sample(draw).min(HEIGHT_MAX).as_nanos() / 1_000;
    Point { x, y, height: i32::try_from(height).unwrap_or(i32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Rng;

    fn plane(count: usize) -> Vec<Point> {
        let mut rng = Rng::from_state(1740);
        (0..count)
            .map(|_| {
                let mut point = rng.below(cluster_shares().iter().sum());
                let mut cluster = 0;
                for share in cluster_shares() {
                    if point < share {
                        break;
                    }
                    point -= share;
                    cluster += 1;
                }
                synthetic(cluster, &mut rng)
            })
            .collect()
    }

    #[test]
    fn the_synthetic_plane_has_the_measured_quantiles() {
        let points = plane(3_000);
        let mut delays: Vec<f64> = (0..points.len())
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .map(|(a, b)| points[a].delay(points[b]).as_secs_f64() * 1e3)
            .collect();
        delays.sort_by(f64::total_cmp);
        let mean = delays.iter().sum::<f64>() / 4_498_500.0;
        assert!((mean / 91.9 - 1.0).abs() < 0.08, "{mean}");
        for (per_mille, measured, slack) in [
            (50, 19.6, 0.08),
            (250, 43.7, 0.08),
            (500, 80.6, 0.05),
            (750, 119.8, 0.05),
            (950, 203.3, 0.10),
            (990, 340.1, 0.15),
        ] {
            let seen = delays[delays.len() * per_mille / 1_000];
            assert!((seen / measured - 1.0).abs() < slack, "p{per_mille}: {seen} {measured}");
        }
    }

    #[test]
    fn no_delay_is_below_the_bound_of_its_boxes() {
        let points = plane(400);
        let (a, b) = points.split_at(150);
        let bound = Bounds::around(a.to_vec()).unwrap();
        let bound = bound.least_delay(&Bounds::around(b.to_vec()).unwrap());
        for from in a {
            assert!(b.iter().all(|to| from.delay(*to) >= bound && to.delay(*from) >= bound));
        }
        let far = Point { x: 30_000, y: 40_000, height: 7_000 };
        assert_eq!(far.delay(Point { x: 0, y: 0, height: 1_000 }), Span::from_millis(58));
    }
}
