//! What a model does beyond the keys it was trained on.

use crate::learned_chord::knots::{Knots, scaled};

/// `knots` squeezed to leave a share of 1 / (keys + 1) free at each end, with an exponential tail in
/// it: the free share halves with every further width of the trained range, until the key range or
/// the positions are used up. Both tails are points like all others.
pub(super) fn extrapolated(knots: &Knots, keys: usize) -> Option<Knots> {
    let (first, last) = (knots.keys()[0], knots.keys()[knots.keys().len() - 1]);
    let width = last - first;
    let free = (u64::MAX / (keys as u64).saturating_add(1)).min(u64::MAX / 4);
    let squeezed = knots.positions().iter().map(|position| {
        // The squeezed range ends `free` before the end, so the sum cannot overflow.
        free + scaled(*position, u64::MAX - 2 * free, u64::MAX)
    });
    let mut points: Vec<(u64, u64)> = tail(free, first, width);
    for point in &mut points {
        point.0 = first - point.0;
    }
    points.reverse();
    points.extend(knots.keys().iter().copied().zip(squeezed));
    let above = tail(free, u64::MAX - last, width);
    points.extend(above.into_iter().map(|(far, left)| (last + far, u64::MAX - left)));
    Knots::through(points)
}

/// Distances from the end of the trained range, at most `room`, with what is free beyond each.
fn tail(free: u64, room: u64, width: u64) -> Vec<(u64, u64)> {
    let mut points = Vec::new();
    let (mut far, mut left) = (0_u64, free);
    while left > 0 {
        left /= 2;
        far = far.saturating_add(width);
        if far >= room {
            points.extend((room > 0).then_some((room, 0)));
            break;
        }
        points.push((far, left));
    }
    points
}
