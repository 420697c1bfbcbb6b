//! Arithmetic of the ring of 64-bit identifiers. All comparisons go through the clockwise distance.

/// The clockwise distance from `a` to `b`.
pub(super) const fn distance(a: u64, b: u64) -> u64 {
    b.wrapping_sub(a)
}

/// Is `x` strictly between `a` and `b`, clockwise? With `a == b` the stretch is the whole ring
/// without that point.
pub(super) const fn inside(x: u64, a: u64, b: u64) -> bool {
    if a == b { x != a } else { x != a && distance(a, x) < distance(a, b) }
}

/// Is `x` in `(a, b]`, clockwise? With `a == b` the stretch is the whole ring.
pub(super) const fn up_to(x: u64, a: u64, b: u64) -> bool {
    a == b || (x != a && distance(a, x) <= distance(a, b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_whole_ring_is_what_lies_between_a_point_and_itself() {
        for a in [0, 7, u64::MAX] {
            assert!(!inside(a, a, a) && up_to(a, a, a));
            assert!(inside(a.wrapping_add(1), a, a) && inside(a.wrapping_sub(1), a, a));
        }
    }

    #[test]
    fn stretches_go_over_the_top() {
        let (a, b) = (u64::MAX - 1, 2);
        assert!(inside(u64::MAX, a, b) && inside(0, a, b) && inside(1, a, b));
        assert!(!inside(a, a, b) && !inside(b, a, b) && !inside(3, a, b));
        assert!(up_to(b, a, b) && !up_to(a, a, b));
    }

    proptest! {
        /// On a ring of 16 points, against walking.
        #[test]
        fn stretches_are_what_a_walk_passes(a in 0..16_u64, b in 0..16_u64, x in 0..16_u64) {
            let spread = |point: u64| point << 60;
            let steps = |to: u64| if to == a { 16 } else { (to + 16 - a) % 16 };
            let (to_x, to_b) = ((x + 16 - a) % 16, steps(b));
            let (sa, sb, sx) = (spread(a), spread(b), spread(x));
            prop_assert_eq!(inside(sx, sa, sb), to_x > 0 && to_x < to_b);
            prop_assert_eq!(up_to(sx, sa, sb), steps(x) <= to_b);
        }
    }
}
