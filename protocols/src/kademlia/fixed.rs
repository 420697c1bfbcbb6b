//! The second phase of a store: ask each peer of a list once, all at the same time.

use dhtlab_core::author::NodeIx;

use super::contacts::Contacts;
use super::lookup::Step;
use super::params::LIST_MAX;

const _: () = assert!(LIST_MAX <= 32, "one bit for each peer");

/// A fixed list of peers that are asked once each. There is no time-out of its own: a request ends by
/// answer or failure, and the phase when all have.
#[derive(Clone, Copy, Debug)]
pub struct Fixed {
    peers: Contacts,
    asked: u8,
    /// Bit `i`: the request to peer `i` ended.
    ended: u32,
}

impl Fixed {
    /// Asks `peers`.
    pub fn new(peers: Contacts) -> Self {
        Self { peers, asked: 0, ended: 0 }
    }

    /// The list.
    pub fn peers(&self) -> Contacts {
        self.peers
    }

    /// What to do next.
    pub fn poll(&mut self) -> Step {
        if let Some(&peer) = self.peers.get(usize::from(self.asked)) {
            self.asked += 1;
            return Step::Ask(peer);
        }
        if self.ended.count_ones() as usize == self.peers.len() {
            Step::Finished
        } else {
            Step::Wait
        }
    }

    /// The request to `peer` ended; says whether it was under way.
    pub fn on_end(&mut self, peer: NodeIx) -> bool {
        let Some(at) = self.peers.iter().position(|other| *other == peer) else { return false };
        let bit = 1 << at;
        let news = at < usize::from(self.asked) && self.ended & bit == 0;
        self.ended |= if news { bit } else { 0 };
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_asked_at_once_and_the_end_comes_with_the_last_answer() {
        let peers: Contacts = (0..3).map(NodeIx::new).collect();
        let mut fixed = Fixed::new(peers);
        let asked: Vec<Step> = (0..4).map(|_| fixed.poll()).collect();
        let expected = [0, 1, 2].map(|n| Step::Ask(NodeIx::new(n)));
        assert_eq!((&asked[..3], asked[3]), (&expected[..], Step::Wait));
        assert!(fixed.on_end(NodeIx::new(1)) && !fixed.on_end(NodeIx::new(1)));
        assert!(!fixed.on_end(NodeIx::new(9)));
        assert!(fixed.on_end(NodeIx::new(0)) && fixed.poll() == Step::Wait);
        assert!(fixed.on_end(NodeIx::new(2)) && fixed.poll() == Step::Finished);
        assert_eq!(Fixed::new(Contacts::EMPTY).poll(), Step::Finished);
    }
}
