//! The finger table of one virtual node.

use super::peer::Peer;
use super::ring::{distance, inside};

/// Fingers `id + 2^63` down to the last that reaches beyond the first successor; all shorter ones are
/// the first successor and are not kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Fingers {
    /// The finger of exponent `63 - place`, where it is known.
    list: Vec<Option<Peer>>,
}

impl Fingers {
    /// No fingers, with room for those of exponents 63 down to `lowest`.
    pub(super) fn with_lowest(lowest: u32) -> Self {
        Self { list: Vec::with_capacity((64 - lowest.min(63)) as usize) }
    }

    /// The place that the finger of exponent `exponent` points behind.
    pub(super) const fn start(id: u64, exponent: u32) -> u64 {
        id.wrapping_add(1 << exponent)
    }

    /// The smallest exponent whose finger is not the first successor: the first one for which
    /// `id + 2^exponent` lies beyond it; 64 when there is none.
    pub(super) const fn lowest(id: u64, first: Peer) -> u32 {
        let reach = distance(id, first.id);
        if reach == 0 { 64 } else { 64 - reach.leading_zeros() }
    }

    /// Sets the finger of `exponent`.
    pub(super) fn set(&mut self, exponent: u32, peer: Option<Peer>) {
        let place = (63 - exponent) as usize;
        if place >= self.list.len() {
            if peer.is_none() {
                return;
            }
            self.list.resize(place + 1, None);
        }
        self.list[place] = peer;
    }

    /// Forgets fingers below `lowest`: the first successor stands for them.
    pub(super) fn cut(&mut self, lowest: u32) {
        self.list.truncate(64_usize.saturating_sub(lowest as usize));
    }

    /// The finger of `exponent`, 63 at most, if it is known.
    pub(super) fn get(&self, exponent: u32) -> Option<Peer> {
        self.list.get((63 - exponent) as usize).copied().flatten()
    }

    /// How many places are kept.
    pub(super) const fn len(&self) -> usize {
        self.list.len()
    }

    /// Reads the finger that a lookup of `target` looks at first.
    pub(super) fn glance(&self, id: u64, target: u64) -> u64 {
        let place = distance(id, target).leading_zeros() as usize;
        self.list.get(place).copied().flatten().map_or(0, |peer| peer.id)
    }

    /// Known fingers strictly between `id` and `target`, the farthest first, neighbours that are equal
    /// once.
    pub(super) fn before(&self, id: u64, target: u64) -> impl Iterator<Item = Peer> {
        // No finger of a greater exponent lies before the target; with the whole ring to go, all may.
        let away = distance(id, target);
        let skip = if away == 0 { 0 } else { away.leading_zeros() as usize };
        let mut last = None;
        self.list.iter().skip(skip).copied().flatten().filter(move |peer| {
            let fresh = last != Some(*peer) && inside(peer.id, id, target);
            last = Some(*peer);
            fresh
        })
    }

    /// The distinct known fingers, the farthest first.
    pub(super) fn distinct(&self) -> impl Iterator<Item = Peer> {
        let mut last = None;
        self.list.iter().copied().flatten().filter(move |peer| last.replace(*peer) != Some(*peer))
    }

    /// Forgets a virtual node that is silent.
    pub(super) fn remove(&mut self, gone: Peer) {
        for finger in &mut self.list {
            if *finger == Some(gone) {
                *finger = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::NodeIx;

    use super::*;

    fn peer(id: u64) -> Peer {
        Peer::new(id, NodeIx::new(1), 0)
    }

    #[test]
    fn exponents_below_the_first_successor_are_not_kept() {
        assert_eq!(Fingers::lowest(0, peer(1)), 1);
        assert_eq!(Fingers::lowest(0, peer(4)), 3);
        assert_eq!(Fingers::lowest(10, peer(9)), 64);
        assert_eq!(Fingers::lowest(10, peer(10)), 64);
        let mut fingers = Fingers::default();
        fingers.set(60, Some(peer(1 << 61)));
        fingers.set(63, Some(peer(1 << 63)));
        assert_eq!(fingers.distinct().count(), 2);
        fingers.cut(61);
        assert_eq!((fingers.get(60), fingers.get(63)), (None, Some(peer(1 << 63))));
    }

    #[test]
    fn the_farthest_finger_before_the_target_comes_first() {
        let mut fingers = Fingers::default();
        for exponent in 50..64 {
            fingers.set(exponent, Some(peer((1 << exponent) + 5)));
        }
        let target = (1 << 55) + 5;
        let found: Vec<u64> = fingers.before(0, target).map(|peer| peer.id).collect();
        assert_eq!(found[0], (1 << 54) + 5);
        assert!(found.iter().all(|id| inside(*id, 0, target)) && found.len() == 5);
        assert_eq!(fingers.before(0, 0).count(), 14, "a round about the whole ring");
    }
}
