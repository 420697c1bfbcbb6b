//! A monotone, piecewise linear map from keys to positions, in whole numbers.

/// Points with strictly ascending keys and never descending positions, at least two.
///
/// Between two points the map interpolates and rounds down; before the first and after the last it
/// is constant. Each of these keeps the order, so the whole map does, for every 64-bit key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knots {
    keys: Vec<u64>,
    positions: Vec<u64>,
}

impl Knots {
    /// The map through these points. `None` unless there are at least two, equally many keys and
    /// positions, the keys ascend strictly, and the positions never descend.
    pub fn new(keys: Vec<u64>, positions: Vec<u64>) -> Option<Self> {
        let sound = keys.len() >= 2
            && keys.len() == positions.len()
            && keys.is_sorted_by(|a, b| a < b)
            && positions.is_sorted();
        sound.then_some(Self { keys, positions })
    }

    /// The map through points whose keys never descend: of equal keys the last stays, and a position
    /// below an earlier one is lifted to it. A lone point gets a neighbour at the same position.
    /// `None` without points.
    pub(crate) fn through(points: impl IntoIterator<Item = (u64, u64)>) -> Option<Self> {
        let (mut keys, mut positions) = (Vec::new(), Vec::new());
        let mut height = 0;
        for (key, position) in points {
            height = position.max(height);
            if keys.last().is_some_and(|last| *last >= key) {
                keys.pop();
                positions.pop();
            }
            keys.push(key);
            positions.push(height);
        }
        if let ([key], [position]) = (keys[..].as_ref(), positions[..].as_ref()) {
            let (key, position) = (*key, *position);
            let low = key.min(u64::MAX - 1);
            (keys, positions) = (vec![low, low + 1], vec![position, position]);
        }
        Self::new(keys, positions)
    }

    /// The map of every key to itself.
    pub fn identity() -> Self {
        Self { keys: vec![0, u64::MAX], positions: vec![0, u64::MAX] }
    }

    /// The keys of the points, strictly ascending.
    pub const fn keys(&self) -> &[u64] {
        self.keys.as_slice()
    }

    /// The positions of the points, never descending.
    pub const fn positions(&self) -> &[u64] {
        self.positions.as_slice()
    }

    /// The piece that `key` falls into, from 0; what lies outside belongs to the first or last.
    pub fn piece(&self, key: u64) -> usize {
        let inner = &self.keys[1..self.keys.len() - 1];
        inner.partition_point(|start| *start <= key)
    }

    /// The position of `key`.
    pub fn position(&self, key: u64) -> u64 {
        let piece = self.piece(key);
        let (left, right) = (self.keys[piece], self.keys[piece + 1]);
        let (low, high) = (self.positions[piece], self.positions[piece + 1]);
        if key <= left {
            low
        } else if key >= right {
            high
        } else {
            low + scaled(key - left, high - low, right - left)
        }
    }

    /// The smallest key whose position is at least `position`; the last point's key if there is none.
    pub fn first_at(&self, position: u64) -> u64 {
        let point = self.positions.partition_point(|at| *at < position);
        if point == 0 {
            return self.keys[0];
        }
        if point == self.keys.len() {
            return self.keys[point - 1];
        }
        let (left, right) = (self.keys[point - 1], self.keys[point]);
        let (low, high) = (self.positions[point - 1], self.positions[point]);
        // Rounded up, because the map itself rounds down.
        right - scaled(high - position, right - left, high - low)
    }
}

/// `part * size / whole`, rounded down. `part` is at most `whole`, so the result is at most `size`.
pub(crate) fn scaled(part: u64, size: u64, whole: u64) -> u64 {
    debug_assert!(part <= whole && whole > 0, "a part of a whole");
    let product = u128::from(part) * u128::from(size);
    // Most products of short pieces fit one word, whose division is several times faster.
    match u64::try_from(product) {
        Ok(product) => product / whole,
        Err(_) => u64::try_from(product / u128::from(whole)).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_out_of_order_are_refused() {
        let refused = |keys: &[u64], positions: &[u64]| {
            assert_eq!(Knots::new(keys.to_vec(), positions.to_vec()), None);
        };
        refused(&[1], &[0]);
        refused(&[1, 2], &[0]);
        refused(&[2, 2], &[0, 1]);
        refused(&[1, 2], &[1, 0]);
        assert!(Knots::new(vec![1, 2], vec![5, 5]).is_some());
    }

    #[test]
    fn the_map_interpolates_and_is_constant_outside() {
        let knots = Knots::new(vec![10, 20, 30], vec![100, 200, 203]).unwrap();
        let found = [0, 10, 11, 19, 20, 24, 29, 30, u64::MAX].map(|key| knots.position(key));
        assert_eq!(found, [100, 100, 110, 190, 200, 201, 202, 203, 203]);
        assert_eq!([0, 19, 20, 30, 99].map(|key| knots.piece(key)), [0, 0, 1, 1, 1]);
    }

    #[test]
    fn the_first_key_at_a_position_is_the_first() {
        let knots = Knots::new(vec![10, 20, 30, 40], vec![100, 200, 200, 203]).unwrap();
        for position in 0..=210 {
            let scan = (0..=40).find(|key| knots.position(*key) >= position);
            let wanted = scan.map_or(40, |key| key.max(10));
            assert_eq!(knots.first_at(position), wanted, "{position}");
        }
    }

    #[test]
    fn rough_points_become_a_sound_map() {
        let knots = Knots::through([(1, 5), (2, 4), (2, 9), (7, 3)]).unwrap();
        assert_eq!((knots.keys(), knots.positions()), (&[1, 2, 7][..], &[5, 9, 9][..]));
        assert_eq!(Knots::through([(u64::MAX, 3)]).unwrap().position(0), 3);
        assert_eq!(Knots::through([]), None);
    }
}
