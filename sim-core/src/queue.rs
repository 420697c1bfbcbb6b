//! The event queue: a monotone radix heap whose smallest part is a sorted run.
//!
//! Pending events wait in unsorted buckets. A bucket is addressed by the highest base-64 digit in
//! which its events' times differ from `base`, the start of the current run, so an event moves at
//! most once a digit as time comes nearer, whatever mix of milliseconds and hours is pending. When
//! the nearest bucket is small it is sorted once and becomes the run; what is pushed into the run's
//! own stretch of time afterwards goes to a small heap beside it. The usual cost is a push to the end
//! of a vector, about two moves, and a share of a short sort, all in memory that is near.
//!
//! `benches/README.md` has it against `BinaryHeap`, which also is the oracle of the tests.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::event::Event;
use crate::time::Time;

const DIGIT_BITS: u32 = 6;
const DIGITS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64_usize.div_ceil(DIGIT_BITS as usize);
/// A bucket of at most so many events is sorted rather than split; measured, flat from 64 to 1024.
const RUN_MAX: usize = 256;
/// Emptied buckets keep their memory up to so many events; more is given back.
const KEEP_MAX: usize = 4096;

/// Pending events, popped in the order of [`Event::key`].
#[derive(Debug)]
pub struct Queue {
    /// The current run, latest first: the next event is at the end.
    run: Vec<Event>,
    /// Where the run's stretch of time ends (exclusive).
    run_end: u64,
    /// Events pushed into the run's stretch after it was sorted.
    late: BinaryHeap<Reverse<Event>>,
    /// `LEVELS * DIGITS` buckets.
    buckets: Vec<Vec<Event>>,
    /// Which buckets of each level hold events.
    occupied: [u64; LEVELS],
    /// Which levels hold events.
    levels: u32,
    /// The start of the current run; no bucket holds an earlier event.
    base: u64,
    len: usize,
    popped: Time,
}

impl Default for Queue {
    fn default() -> Self {
        Self::new()
    }
}

impl Queue {
    /// Nothing pending, at time zero.
    pub fn new() -> Self {
        Self {
            run: Vec::new(),
            run_end: 0,
            late: BinaryHeap::new(),
            buckets: vec![Vec::new(); LEVELS * DIGITS],
            occupied: [0; LEVELS],
            levels: 0,
            base: 0,
            len: 0,
            popped: Time::ZERO,
        }
    }

    /// How many events are pending.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Is nothing pending?
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds `event`.
    ///
    /// # Panics
    /// When it is earlier than the last one popped.
    pub fn push(&mut self, event: Event) {
        assert!(event.time >= self.popped, "an event was pushed into the past: {event:?}");
        self.len += 1;
        if event.time.as_nanos() < self.run_end {
            self.late.push(Reverse(event));
        } else {
            self.stow(event);
        }
    }

    /// Removes and returns the first event if it is earlier than `limit`.
    ///
    /// # Panics
    /// When an event comes out earlier than the one before: the queue is broken.
    pub fn pop_before(&mut self, limit: Time) -> Option<Event> {
        if self.run.is_empty() && self.late.is_empty() && !self.refill(limit) {
            return None;
        }
        let from_late = match (self.run.last(), self.late.peek()) {
            (Some(first), Some(Reverse(late))) => late.key() < first.key(),
            (None, _) => true,
            (_, None) => false,
        };
        let next = if from_late { self.late.peek().map(|late| &late.0) } else { self.run.last() };
        if next.is_none_or(|event| event.time >= limit) {
            return None;
        }
        let event = if from_late { self.late.pop().map(|late| late.0) } else { self.run.pop() }?;
        assert!(event.time >= self.popped, "time went backwards: {event:?}");
        self.popped = event.time;
        self.len -= 1;
        Some(event)
    }

    /// No pending event is earlier than this; `None` when nothing is pending.
    pub fn lower_bound(&self) -> Option<Time> {
        let run = self.run.last().map(|event| event.time);
        let late = self.late.peek().map(|late| late.0.time);
        let near = match (run, late) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        near.or_else(|| {
            self.nearest().map(|(level, digit)| Time::from_nanos(self.bucket_start(level, digit)))
        })
    }

    /// The events that come next in the sorted run, nearest last; late ones are not among them.
    pub fn upcoming(&self, count: usize) -> &[Event] {
        &self.run[self.run.len().saturating_sub(count)..]
    }

    fn stow(&mut self, event: Event) {
        let time = event.time.as_nanos();
        debug_assert!(time >= self.base, "an event before the base");
        let level = level_of(time ^ self.base);
        let digit = digit_of(time, level);
        self.occupied[level] |= 1 << digit;
        self.levels |= 1 << level;
        self.buckets[level * DIGITS + digit].push(event);
    }

    /// The lowest level that holds events and its first occupied digit.
    fn nearest(&self) -> Option<(usize, usize)> {
        if self.levels == 0 {
            return None;
        }
        let level = self.levels.trailing_zeros() as usize;
        Some((level, self.occupied[level].trailing_zeros() as usize))
    }

    /// The first instant that belongs to a bucket.
    fn bucket_start(&self, level: usize, digit: usize) -> u64 {
        let shift = DIGIT_BITS * shift_of(level);
        let above = self.base.checked_shr(shift + DIGIT_BITS).unwrap_or(0);
        let above = above.checked_shl(shift + DIGIT_BITS).unwrap_or(0);
        above | (digit as u64) << shift
    }

    /// Sorts the nearest events into the run, unless they all come at `limit` or later.
    fn refill(&mut self, limit: Time) -> bool {
        while let Some((level, digit)) = self.nearest() {
            let start = self.bucket_start(level, digit);
            if start >= limit.as_nanos() {
                return false;
            }
            let index = level * DIGITS + digit;
            self.occupied[level] &= !(1 << digit);
            if self.occupied[level] == 0 {
                self.levels &= !(1 << level);
            }
            self.base = start;
            if level == 0 || self.buckets[index].len() <= RUN_MAX {
                std::mem::swap(&mut self.run, &mut self.buckets[index]);
                self.run.sort_unstable_by_key(|event| Reverse(event.key()));
                self.run_end = start.saturating_add(1 << (DIGIT_BITS * shift_of(level)));
                return true;
            }
            self.split(index);
        }
        false
    }

    /// Moves the events of one bucket to the levels below.
    fn split(&mut self, index: usize) {
        let mut events = std::mem::take(&mut self.buckets[index]);
        for event in events.drain(..) {
            self.stow(event);
        }
        if events.capacity() <= KEEP_MAX {
            self.buckets[index] = events;
        }
    }
}

fn level_of(differing: u64) -> usize {
    ((differing | 1).ilog2() / DIGIT_BITS) as usize
}

fn digit_of(time: u64, level: usize) -> usize {
    let shifted = time >> (DIGIT_BITS * shift_of(level));
    usize::try_from(shifted & (DIGITS as u64 - 1)).unwrap_or(0)
}

fn shift_of(level: usize) -> u32 {
    u32::try_from(level).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::node::NodeIx;

    fn event(time: u64, source: u32, seq: u32) -> Event {
        Event::wake(Time::from_nanos(time), NodeIx::new(source), seq)
    }

    /// A span of one of the lengths a hash table's timers have, from nothing to an hour.
    fn ahead() -> impl Strategy<Value = u64> {
        prop_oneof![
            Just(0),
            1..100_u64,
            1_000_000..90_000_000_u64,
            Just(3_000_000_000),
            0..3_600_000_000_000_u64
        ]
    }

    proptest! {
        #[test]
        fn pops_what_a_binary_heap_pops(
            script in prop::collection::vec((ahead(), 0..50_u32, any::<bool>(), ahead()), 1..800),
        ) {
            let (mut queue, mut oracle) = (Queue::new(), BinaryHeap::new());
            let mut now = 0;
            for (seq, (after, source, pop, window)) in (0..).zip(script) {
                let pushed = event(now + after, source, seq);
                queue.push(pushed);
                oracle.push(Reverse(pushed));
                if pop {
                    let limit = Time::from_nanos(now + window);
                    let expected = oracle.peek().filter(|next| next.0.time < limit).copied();
                    if expected.is_some() { oracle.pop(); }
                    let popped = queue.pop_before(limit);
                    prop_assert_eq!(popped, expected.map(|next| next.0));
                    now = popped.map_or(now, |next| next.time.as_nanos());
                }
                prop_assert_eq!(queue.len(), oracle.len());
                if let Some(bound) = queue.lower_bound() {
                    prop_assert!(oracle.peek().is_some_and(|next| next.0.time >= bound));
                }
            }
            while let Some(Reverse(expected)) = oracle.pop() {
                prop_assert_eq!(queue.pop_before(Time::NEVER), Some(expected));
            }
            prop_assert_eq!(queue.pop_before(Time::NEVER), None);
        }
    }

    #[test]
    fn mass_ties_leave_in_order_of_source_and_sequence() {
        let mut queue = Queue::new();
        for i in 0..10_000_u32 {
            queue.push(event(1_000_000, i.wrapping_mul(7_919) % 10_000, i));
        }
        let mut popped = Vec::new();
        while let Some(next) = queue.pop_before(Time::NEVER) {
            popped.push(next.key());
        }
        assert!(popped.is_sorted() && popped.len() == 10_000);
    }

    #[test]
    #[should_panic(expected = "pushed into the past")]
    fn the_past_is_closed() {
        let mut queue = Queue::new();
        queue.push(event(10, 0, 0));
        queue.pop_before(Time::NEVER);
        queue.push(event(9, 0, 1));
    }
}
