//! Range queries against the truth: what was missed, and what was reported without being there.
//!
//! The ledgers keep every name that a range query found, at eight bytes each, because the stores that
//! decide about them are on the ledgers of other shards; all queries are judged after the run. That
//! takes the logarithm of the number of stores for every store, every query, every name that was
//! reported, and every name that should have been.

use std::collections::BTreeSet;

use dhtlab_core::time::Time;

use super::history::History;

/// A range query with its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query<'a> {
    pub(super) lo: u64,
    pub(super) hi: u64,
    pub(super) limit: u32,
    pub(super) issued: Time,
    pub(super) finished: Time,
    /// The names reported.
    pub(super) names: &'a [u64],
}

/// What an answer is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Worth {
    /// Names that had to be found.
    pub(super) due: u32,
    /// Of these, the names reported.
    pub(super) hits: u32,
    /// Names reported.
    pub(super) reported: u32,
    /// Of these, the names that are right.
    pub(super) right: u32,
}

impl Worth {
    /// Nothing is missing and nothing is wrong.
    pub(super) const fn is_flawless(&self) -> bool {
        self.hits == self.due && self.right == self.reported
    }

    /// The share of the names due that was reported; `None` where none was due.
    pub(super) fn recall(&self) -> Option<f64> {
        (self.due > 0).then(|| f64::from(self.hits) / f64::from(self.due))
    }

    /// The share of the names reported that is right; `None` where none was reported.
    pub(super) fn precision(&self) -> Option<f64> {
        (self.reported > 0).then(|| f64::from(self.right) / f64::from(self.reported))
    }
}

/// Judges all `queries`; the answers are in their order.
pub(super) fn judge(history: &History, queries: &[Query<'_>]) -> Vec<Worth> {
    let mut order: Vec<usize> = (0..queries.len()).collect();
    order.sort_unstable_by_key(|index| queries[*index].issued);
    let mut worth = vec![Worth::default(); queries.len()];
    let mut turns = history.turns().into_iter().peekable();
    // The names that a query issued now may have to find: those it must find, and few others.
    let mut there = BTreeSet::new();
    for index in order {
        let query = &queries[index];
        while let Some(turn) = turns.next_if(|turn| turn.at < query.issued) {
            if turn.there {
                there.insert(turn.name);
            } else {
                there.remove(&turn.name);
            }
        }
        worth[index] = weigh(query, history, &there);
    }
    worth
}

fn weigh(query: &Query<'_>, history: &History, there: &BTreeSet<u64>) -> Worth {
    let right = right_names(query, history);
    // An answer that is full ends at its last name: what lies beyond was not asked for.
    let full = right.len() == query.limit as usize;
    let end = right.last().copied().filter(|_| full).unwrap_or(query.hi);
    let (mut due, mut hits) = (0, 0);
    let mut found = right.iter().copied().peekable();
    if query.lo <= end {
        let must = |name: &u64| history.must_be_found(*name, query.issued, query.finished);
        let names = there.range(query.lo..=end).copied().filter(must);
        for name in names.take(query.limit as usize) {
            due += 1;
            while found.next_if(|other| *other < name).is_some() {}
            hits += u32::from(found.peek() == Some(&name));
        }
    }
    Worth { due, hits, reported: number(query.names.len()), right: number(right.len()) }
}

/// The names reported that lie in the range, follow all right ones before them, were stored by
/// somebody, and are within the limit.
fn right_names(query: &Query<'_>, history: &History) -> Vec<u64> {
    let mut right: Vec<u64> = Vec::with_capacity(query.names.len());
    for name in query.names {
        let follows = right.last().is_none_or(|last| last < name);
        let inside = (query.lo..=query.hi).contains(name) && right.len() < query.limit as usize;
        if follows && inside && history.may_be_found(*name, query.finished) {
            right.push(*name);
        }
    }
    right
}

fn number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::history::Effect;
    use super::super::history::tests::{T, certain, effects};
    use super::*;
    use proptest::prelude::*;

    /// The definition, over all names there are.
    fn brute(query: &Query<'_>, puts: &[Effect], deletes: &[Effect]) -> Worth {
        let mut right: Vec<u64> = Vec::new();
        for name in query.names {
            let may = puts.iter().any(|put| put.name == *name && put.issued <= query.finished);
            let inside = query.lo <= *name && *name <= query.hi;
            let follows = right.iter().all(|before| before < name);
            if may && inside && follows && right.len() < query.limit as usize {
                right.push(*name);
            }
        }
        let full = right.len() == query.limit as usize;
        let end = if full { *right.last().unwrap() } else { query.hi };
        let mut due: Vec<u64> = (0..6).map(|name| name * 10).collect();
        due.retain(|name| {
            (query.lo..=end).contains(name)
                && certain(puts, deletes, *name, query.issued, query.finished)
        });
        due.truncate(query.limit as usize);
        Worth {
            due: number(due.len()),
            hits: number(due.iter().filter(|name| right.contains(name)).count()),
            reported: number(query.names.len()),
            right: number(right.len()),
        }
    }

    proptest! {
        #[test]
        fn the_sweep_says_what_the_definition_says(
            puts in effects(), deletes in effects(),
            asked in prop::collection::vec(
                (0..60_u64, 0..60_u64, 1..8_u32, any::<bool>(), 0..50_u64, 0..10_u64,
                 prop::collection::vec(0..60_u64, 0..8), any::<bool>()),
                0..12,
            ),
        ) {
            let answers: Vec<Vec<u64>> = asked.iter().map(|one| {
                // Names that exist, mostly, and mostly in order.
                let mut names: Vec<u64> = one.6.iter().map(|name| if name % 7 == 0 { *name } else { name / 10 * 10 }).collect();
                if one.7 { names.sort_unstable(); }
                names
            }).collect();
            let queries: Vec<Query<'_>> = asked.iter().zip(&answers).map(|(one, names)| Query {
                lo: one.0, hi: one.1, limit: if one.3 { u32::MAX } else { one.2 },
                issued: T(one.4), finished: T(one.4 + one.5), names,
            }).collect();
            let history = History::new(puts.clone(), deletes.clone());
            let worth = judge(&history, &queries);
            for (query, worth) in queries.iter().zip(worth) {
                prop_assert_eq!(worth, brute(query, &puts, &deletes), "{:?}", query);
            }
        }
    }

    fn stored(names: &[u64]) -> History {
        let put = |name: &u64| Effect { name: *name, issued: T(1), acked: T(2), over: T(2) };
        History::new(names.iter().map(put).collect(), Vec::new())
    }

    fn ask(names: &[u64], limit: u32) -> Worth {
        let history = stored(&[10, 20, 30, 40, 50]);
        let query = Query { lo: 15, hi: 45, limit, issued: T(5), finished: T(6), names };
        judge(&history, &[query])[0]
    }

    #[test]
    fn every_planted_mistake_shows() {
        assert!(ask(&[20, 30, 40], u32::MAX).is_flawless());
        let shares = |names| {
            let worth = ask(names, u32::MAX);
            assert!(!worth.is_flawless());
            (worth.hits, worth.due, worth.right, worth.reported)
        };
        assert_eq!(shares(&[20, 40]), (2, 3, 2, 2), "one is missing");
        assert_eq!(shares(&[10, 20, 30, 40]), (3, 3, 3, 4), "below the range");
        assert_eq!(shares(&[20, 30, 40, 50]), (3, 3, 3, 4), "above the range");
        assert_eq!(shares(&[20, 25, 30, 40]), (3, 3, 3, 4), "never stored");
        assert_eq!(shares(&[20, 30, 30, 40]), (3, 3, 3, 4), "twice");
        assert_eq!(shares(&[30, 20, 40]), (2, 3, 2, 3), "out of order");
        assert_eq!(shares(&[]), (0, 3, 0, 0), "nothing");
    }

    #[test]
    fn with_a_limit_only_the_first_names_count() {
        assert!(ask(&[20, 30], 2).is_flawless());
        let skipped = ask(&[30, 40], 2);
        assert_eq!((skipped.hits, skipped.due), (1, 2));
        let more = ask(&[20, 30, 40], 2);
        assert_eq!((more.hits, more.due, more.right, more.reported), (2, 2, 2, 3));
        // A name that may or may not be there fills an answer rightly.
        let mut puts: Vec<Effect> = Vec::new();
        for (name, acked) in [(20, T(2)), (25, Time::NEVER), (30, T(2))] {
            puts.push(Effect { name, issued: T(1), acked, over: acked });
        }
        let history = History::new(puts, Vec::new());
        for names in [&[20, 25][..], &[20, 30]] {
            let query =
                Query { lo: 0, hi: u64::MAX, limit: 2, issued: T(5), finished: T(6), names };
            assert!(judge(&history, &[query])[0].is_flawless());
        }
    }
}
