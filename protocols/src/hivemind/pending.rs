//! Reads under way that may end with what another read of the same key found.

use std::collections::BTreeMap;

use dhtlab_core::author::{Key, Time};
use smallvec::SmallVec;

/// One key of a read under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiter {
    /// The job.
    pub(super) job: u32,
    /// The number of the key in it.
    pub(super) at: u32,
    /// What is valid until then is enough for it.
    pub(super) sufficient: Time,
}

/// All keys of reads under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    by_key: BTreeMap<Key, SmallVec<[Waiter; 1]>>,
}

impl Pending {
    /// A read begins.
    pub(super) fn insert(&mut self, key: Key, waiter: Waiter) {
        self.by_key.entry(key).or_default().push(waiter);
    }

    /// A read ended.
    pub(super) fn remove(&mut self, key: Key, job: u32, at: u32) {
        self.retain(key, |waiter| (waiter.job, waiter.at) != (job, at));
    }

    /// Takes out those for whom `threshold` is enough, those with the least demands first.
    pub(super) fn satisfied(&mut self, key: Key, threshold: Time) -> SmallVec<[Waiter; 1]> {
        let Some(waiters) = self.by_key.get(&key) else { return SmallVec::new() };
        let enough = |waiter: &Waiter| waiter.sufficient <= threshold;
        let mut taken: SmallVec<[Waiter; 1]> = waiters.iter().copied().filter(enough).collect();
        taken.sort_by_key(|waiter| waiter.sufficient);
        self.retain(key, |waiter| !enough(waiter));
        taken
    }

    fn retain(&mut self, key: Key, keep: impl Fn(&Waiter) -> bool) {
        let Some(waiters) = self.by_key.get_mut(&key) else { return };
        waiters.retain(|waiter| keep(waiter));
        if waiters.is_empty() {
            self.by_key.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::Span;

    use super::*;

    #[test]
    fn a_read_ends_with_what_another_found_if_that_is_enough_for_it() {
        let at = |secs| Time::ZERO + Span::from_secs(secs);
        let key = Key::from_words([1; 4]);
        let mut pending = Pending::default();
        for (job, sufficient) in [(0, Time::NEVER), (1, at(5)), (2, at(3)), (3, at(9))] {
            pending.insert(key, Waiter { job, at: 0, sufficient });
        }
        pending.remove(key, 3, 0);
        let jobs = |taken: SmallVec<[Waiter; 1]>| -> Vec<u32> {
            taken.iter().map(|waiter| waiter.job).collect()
        };
        assert_eq!(jobs(pending.satisfied(key, at(6))), [2, 1]);
        assert_eq!(jobs(pending.satisfied(key, at(6))), [0; 0]);
        assert_eq!(jobs(pending.satisfied(key, Time::NEVER)), [0]);
        assert!(pending.by_key.is_empty());
    }
}
