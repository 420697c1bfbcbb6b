//! The timed map against the original's algorithm in its plainest form: a list instead of a heap.

use std::collections::BTreeMap;

use dhtlab_core::author::Time;
use dhtlab_protocols::hivemind::timed::Timed;
use proptest::prelude::*;

/// The oracle. `eager` clears up before a store, the one departure of ours.
struct Naive {
    values: BTreeMap<u8, (u32, Time)>,
    current: BTreeMap<u8, Time>,
    list: Vec<(Time, u8)>,
    max: Option<u32>,
    bug: bool,
    eager: bool,
}

impl Naive {
    fn purge(&mut self, now: Time) {
        self.list.sort_unstable();
        while self.list.first().is_some_and(|(due, _)| *due < now)
            || self.max.is_some_and(|max| self.values.len() > max as usize)
        {
            let (due, key) = self.list.remove(0);
            if self.current.get(&key) == Some(&due) {
                self.current.remove(&key);
                self.values.remove(&key);
            }
        }
    }

    fn store(&mut self, key: u8, value: u32, expires: Time, now: Time) -> bool {
        if self.eager {
            self.purge(now);
        }
        if expires < now {
            return false;
        }
        let old = self.values.get(&key).map(|(_, expires)| *expires);
        if old.is_none_or(|old| old < expires) || self.bug {
            self.current.insert(key, expires);
            self.list.push((expires, key));
        }
        if old.is_some_and(|old| old >= expires) {
            return false;
        }
        self.values.insert(key, (value, expires));
        if old.is_none() {
            self.purge(now);
        }
        true
    }

    fn remove(&mut self, key: u8) {
        self.values.remove(&key);
        self.current.remove(&key);
    }

    fn all(&mut self, now: Time) -> Vec<(u8, u32, Time)> {
        self.purge(now);
        self.values.iter().map(|(key, (value, expires))| (*key, *value, *expires)).collect()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Store(u8, u64),
    Remove(u8),
    Look(u8),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0_u8..8, 0_u64..30).prop_map(|(key, life)| Step::Store(key, life)),
        1 => (0_u8..8).prop_map(Step::Remove),
        2 => (0_u8..8).prop_map(Step::Look),
        3 => (0_u64..12).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..150)
}

/// The earliest expiration offered is a little before the present.
const BEFORE: u64 = 3;

fn agree(steps: Vec<Step>, max: Option<u32>, bug: bool, eager: bool) -> Result<(), TestCaseError> {
    let mut timed = Timed::new(max);
    let mut naive = Naive {
        values: BTreeMap::new(),
        current: BTreeMap::new(),
        list: Vec::new(),
        max,
        bug,
        eager,
    };
    let mut now = 100;
    for (value, step) in (0..).zip(steps) {
        let time = Time::from_nanos(now);
        match step {
            Step::Store(key, life) => {
                let expires = Time::from_nanos(now + life - BEFORE);
                let stored = timed.store(key, value, expires, time, bug);
                prop_assert_eq!(stored, naive.store(key, value, expires, time));
            }
            Step::Remove(key) => {
                timed.remove(&key, time);
                naive.remove(key);
            }
            Step::Look(key) => {
                let all = naive.all(time);
                let expected = all.iter().find(|entry| entry.0 == key).map(|e| (e.1, e.2));
                let peeked = timed.peek(&key, time).map(|(value, expires)| (*value, expires));
                prop_assert_eq!(peeked, expected);
                let live: Vec<_> = timed.live(time).map(|(k, v, e)| (k, *v, e)).collect();
                prop_assert_eq!(&live, &all);
                prop_assert_eq!(timed.len(time), all.len());
                let first = timed.first(time).map(|(key, ..)| key);
                let due = naive.current.iter().map(|(key, due)| (*due, *key)).min();
                prop_assert_eq!(first, due.map(|(_, key)| key));
                let got = timed.get(&key, time).map(|(value, expires)| (*value, expires));
                prop_assert_eq!(got, expected);
                prop_assert!(got.is_none_or(|(_, expires)| expires >= time), "I3");
            }
            Step::Wait(nanos) => now += nanos,
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_map_is_the_list_of_the_original(
        steps in steps(), max in prop::option::of(0_u32..6), bug: bool,
    ) {
        agree(steps, max, bug, true)?;
    }

    /// Without the defect it cannot be told when the original clears up.
    #[test]
    fn clearing_up_early_is_seen_only_with_the_defect(
        steps in steps(), max in prop::option::of(0_u32..6),
    ) {
        agree(steps, max, false, false)?;
    }
}

const fn at(nanos: u64) -> Time {
    Time::from_nanos(nanos)
}

/// Planted: the departure does show with the defect on, so the property above can fail.
#[test]
fn clearing_up_early_is_seen_with_the_defect() {
    let steps = vec![Step::Store(1, 100 + BEFORE), Step::Store(1, 10 + BEFORE), Step::Wait(20)];
    let steps = [steps, vec![Step::Store(1, 10 + BEFORE)]].concat();
    assert!(agree(steps.clone(), None, true, true).is_ok());
    assert!(agree(steps, None, true, false).is_err());
}

#[test]
fn a_value_is_there_at_the_instant_it_expires() {
    let mut timed = Timed::new(None);
    assert!(timed.store(1, 'a', at(50), at(50), false));
    assert!(timed.get(&1, at(50)).is_some());
    assert!(timed.get(&1, at(51)).is_none());
    assert!(!timed.store(1, 'a', at(50), at(51), false));
}

#[test]
fn an_equal_expiration_does_not_replace() {
    let mut timed = Timed::new(None);
    assert!(timed.store(1, 'a', at(50), at(0), false));
    assert!(!timed.store(1, 'b', at(50), at(0), false));
    assert_eq!(timed.peek(&1, at(0)), Some((&'a', at(50))));
}

#[test]
fn a_newcomer_that_goes_at_once_counts_as_stored() {
    let mut timed = Timed::new(Some(2));
    assert!(timed.store(1, 'a', at(50), at(0), false));
    assert!(timed.store(2, 'b', at(60), at(0), false));
    assert!(timed.store(3, 'c', at(40), at(0), false));
    assert_eq!(timed.peek(&3, at(0)), None);
    // The earliest goes, not the least recently used.
    timed.get(&1, at(0));
    assert!(timed.store(4, 'd', at(70), at(0), false));
    assert_eq!(timed.live(at(0)).map(|(key, ..)| key).collect::<Vec<_>>(), [2, 4]);
}

/// The queue of a key that is announced for ever does not grow.
#[test]
fn ghosts_are_bounded() {
    let mut timed = Timed::new(None);
    for nanos in 0..100_000 {
        assert!(timed.store(1, nanos, at(nanos + 1_000_000), at(0), false));
    }
    let debug = format!("{timed:?}");
    assert!(debug.len() < 4_096, "{} characters", debug.len());
}

/// The defect G1: a refused store shortens the life of what is there; without it nothing happens.
#[test]
fn a_stale_store_shortens_a_newer_value_exactly_with_the_defect() {
    for (bug, alive) in [(true, false), (false, true)] {
        let mut timed = Timed::new(None);
        assert!(timed.store(1, 'n', at(100), at(0), bug));
        assert!(!timed.store(1, 'o', at(50), at(0), bug));
        assert_eq!(timed.get(&1, at(50)), Some((&'n', at(100))));
        assert_eq!(timed.get(&1, at(51)).is_some(), alive);
    }
}
