//! Whom not to ask for a while, because they did not answer.
//!
//! Source: `Blacklist` in `hivemind/dht/node.py`.

use std::collections::BTreeMap;

use dhtlab_core::author::{NodeIx, Span, Time};

#[derive(Clone, Copy, Debug)]
struct Ban {
    until: Time,
    /// Bans since the last success, this one included.
    count: u32,
}

/// The bans of one node: the n-th in a row lasts `base` times `rate` to the power of n - 1.
///
/// A ban is over when its time is; nobody is told. Its count stays until the peer answers.
#[derive(Clone, Debug)]
pub struct Blacklist {
    base: Span,
    rate: u32,
    bans: BTreeMap<NodeIx, Ban>,
}

impl Blacklist {
    /// The empty list. The first ban lasts `base` (usually 5 s; zero: nobody is ever banned), each
    /// that follows `rate` times as long (usually 2; a real number in the original).
    pub const fn new(base: Span, rate: u32) -> Self {
        Self { base, rate, bans: BTreeMap::new() }
    }

    /// Takes note of `peer` not having answered: bans it unless it is banned already.
    pub fn failed(&mut self, peer: NodeIx, now: Time) {
        if self.base == Span::ZERO || self.is_banned(peer, now) {
            return;
        }
        let ban = self.bans.entry(peer).or_insert(Ban { until: Time::ZERO, count: 0 });
        let factor = u64::from(self.rate).saturating_pow(ban.count);
        ban.until = now.saturating_add(self.base.saturating_mul(factor));
        ban.count = ban.count.saturating_add(1);
    }

    /// Takes note of `peer` having answered: it is as if it had never failed.
    pub fn succeeded(&mut self, peer: NodeIx) {
        self.bans.remove(&peer);
    }

    /// Is `peer` banned? It still is at the very end of its ban.
    pub fn is_banned(&self, peer: NodeIx, now: Time) -> bool {
        self.bans.get(&peer).is_some_and(|ban| ban.until >= now)
    }

    /// How many bans `peer` has had since its last success.
    pub fn bans(&self, peer: NodeIx) -> u32 {
        self.bans.get(&peer).map_or(0, |ban| ban.count)
    }

    /// How many peers were banned since their last success.
    pub fn len(&self) -> usize {
        self.bans.len()
    }

    /// Was nobody banned since their last success?
    pub fn is_empty(&self) -> bool {
        self.bans.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PEER: NodeIx = NodeIx::new(1);

    fn at(secs: u64) -> Time {
        Time::ZERO.saturating_add(Span::from_secs(secs))
    }

    #[test]
    fn bans_double_and_a_success_resets_them() {
        let mut list = Blacklist::new(Span::from_secs(5), 2);
        let mut now = 0;
        for length in [5, 10, 20, 40, 80] {
            list.failed(PEER, at(now));
            assert!(list.is_banned(PEER, at(now + length)));
            now += length + 1;
            assert!(!list.is_banned(PEER, at(now)));
        }
        assert_eq!(list.bans(PEER), 5);
        list.succeeded(PEER);
        assert_eq!((list.bans(PEER), list.len()), (0, 0));
        list.failed(PEER, at(now));
        assert!(!list.is_banned(PEER, at(now + 6)));
    }

    #[test]
    fn a_ban_of_no_time_is_none_and_one_of_for_ever_overflows_nothing() {
        let mut list = Blacklist::new(Span::ZERO, 2);
        list.failed(PEER, at(1));
        assert!(list.is_empty() && !list.is_banned(PEER, at(1)));
        let mut list = Blacklist::new(Span::MAX, u32::MAX);
        list.failed(PEER, at(1));
        assert!(list.is_banned(PEER, Time::NEVER));
    }

    proptest! {
        /// The oracle remembers failures in a row that fell outside of a ban.
        #[test]
        fn a_ban_is_as_long_as_the_failures_before_it_say(
            steps in prop::collection::vec((0_u64..40, prop::bool::weighted(0.8)), 0..60), rate in 1_u32..4,
        ) {
            let mut list = Blacklist::new(Span::from_secs(5), rate);
            let (mut now, mut count, mut until) = (1, 0, 0);
            for (wait, fails) in steps {
                now += wait;
                prop_assert_eq!(list.is_banned(PEER, at(now)), now <= until);
                if fails {
                    list.failed(PEER, at(now));
                    if now > until {
                        until = now + 5 * u64::from(rate).pow(count);
                        count += 1;
                    }
                } else {
                    list.succeeded(PEER);
                    (count, until) = (0, 0);
                }
                prop_assert_eq!(list.bans(PEER), count);
            }
        }
    }
}
