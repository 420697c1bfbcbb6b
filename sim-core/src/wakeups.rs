//! Timers of all nodes of a shard: values of a closed enum, one queued wake-up a node.

use smallvec::SmallVec;

use crate::time::Time;

/// The armed timers of one node: few, so a scan beats a tree.
#[derive(Debug)]
pub(crate) struct Timers<T>(SmallVec<[(Time, T); 2]>);

impl<T: Copy + Ord> Timers<T> {
    pub(crate) fn new() -> Self {
        Self(SmallVec::new())
    }

    /// Sets `timer` to `at`, in place of an earlier setting.
    pub(crate) fn arm(&mut self, timer: T, at: Time) {
        match self.0.iter_mut().find(|(_, armed)| *armed == timer) {
            Some(entry) => entry.0 = at,
            None => self.0.push((at, timer)),
        }
    }

    /// Clears `timer`.
    pub(crate) fn disarm(&mut self, timer: T) {
        if let Some(place) = self.0.iter().position(|(_, armed)| *armed == timer) {
            self.0.swap_remove(place);
        }
    }

    /// The earliest setting, or [`Time::NEVER`].
    pub(crate) fn earliest(&self) -> Time {
        self.0.iter().map(|(at, _)| *at).min().unwrap_or(Time::NEVER)
    }

    /// Removes and returns the first timer due at `now`, in order of setting and then of timer.
    pub(crate) fn take_due(&mut self, now: Time) -> Option<T> {
        let place = (0..self.0.len())
            .filter(|place| self.0[*place].0 <= now)
            .min_by_key(|place| self.0[*place])?;
        Some(self.0.swap_remove(place).1)
    }

    /// Clears all.
    pub(crate) fn clear(&mut self) {
        self.0 = SmallVec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arming_replaces_and_due_timers_come_in_order() {
        let at = Time::from_nanos;
        let mut timers = Timers::new();
        for (timer, time) in [('b', 5), ('a', 5), ('c', 1), ('d', 9), ('c', 7)] {
            timers.arm(timer, at(time));
        }
        timers.disarm('x');
        assert_eq!(timers.earliest(), at(5));
        let due: Vec<char> = std::iter::from_fn(|| timers.take_due(at(7))).collect();
        assert_eq!(due, ['a', 'b', 'c']);
        assert_eq!(timers.earliest(), at(9));
        timers.clear();
        assert_eq!((timers.earliest(), timers.take_due(Time::NEVER)), (Time::NEVER, None));
    }
}
