//! Reading a range name by name, as a state machine without I/O: the baseline of LEAD's authors.
//!
//! The asker is told which names exist. They are looked up in batches; the next batch begins when
//! all of the one before have ended.

use std::sync::Arc;

use dhtlab_core::author::NodeIx;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Read the record of this name.
    Read(u64),
    /// Lookups are under way.
    Wait,
    /// All are done.
    End,
}

/// A range that is being read.
#[derive(Clone, Debug)]
pub(super) struct Names {
    all: Arc<[u64]>,
    /// Which of them are still to be read.
    next: usize,
    end: usize,
    limit: usize,
    width: usize,
    /// How many more the batch has.
    batch: usize,
    open: usize,
    found: Vec<u64>,
    holders: Vec<NodeIx>,
    complete: bool,
}

impl Names {
    /// The `limit` smallest of the sorted `names` from `lo` to `hi`, up to `width` at once.
    pub(super) fn new(names: Arc<[u64]>, (lo, hi): (u64, u64), limit: u32, width: u32) -> Self {
        let next = names.partition_point(|name| *name < lo);
        let end = names.partition_point(|name| *name <= hi).max(next);
        let (limit, width) = (limit as usize, width as usize);
        Self {
            all: names,
            next,
            end,
            limit,
            width,
            batch: 0,
            open: 0,
            found: Vec::new(),
            holders: Vec::new(),
            complete: true,
        }
    }

    /// What to do next.
    pub(super) fn next(&mut self) -> Step {
        if self.open == 0 && self.batch == 0 {
            let wanted = self.limit.saturating_sub(self.found.len());
            self.batch = self.width.min(wanted).min(self.end - self.next);
            if self.batch == 0 {
                return Step::End;
            }
        }
        if self.batch == 0 {
            return Step::Wait;
        }
        let name = self.all[self.next];
        self.next += 1;
        self.batch -= 1;
        self.open += 1;
        Step::Read(name)
    }

    /// The owner of `name`, or a replica, said whether it has the record.
    pub(super) fn answered(&mut self, name: u64, holder: NodeIx, there: bool) {
        self.open -= 1;
        if there {
            self.found.push(name);
        }
        if let Err(at) = self.holders.binary_search(&holder) {
            self.holders.insert(at, holder);
        }
    }

    /// Nobody said anything about a name.
    pub(super) fn lost(&mut self) {
        self.open -= 1;
        self.complete = false;
    }

    /// The names found, in order.
    pub(super) fn names(&self) -> Vec<u64> {
        let mut found = self.found.clone();
        found.sort_unstable();
        found.truncate(self.limit);
        found
    }

    /// Was everything said about every name that is wanted?
    pub(super) fn is_complete(&self) -> bool {
        let over = self.next == self.end || self.found.len() >= self.limit;
        self.complete && over && self.open == 0
    }

    /// How many hosts answered.
    pub(super) fn holders(&self) -> u32 {
        u32::try_from(self.holders.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_begins_when_the_one_before_has_ended() {
        let names: Arc<[u64]> = [1, 3, 5, 7, 9, 11].into();
        let mut range = Names::new(names, (2, 9), u32::MAX, 3);
        let host = NodeIx::new(1);
        assert_eq!([range.next(), range.next()], [Step::Read(3), Step::Read(5)]);
        assert_eq!([range.next(), range.next()], [Step::Read(7), Step::Wait]);
        range.answered(5, host, true);
        range.answered(3, host, false);
        assert_eq!(range.next(), Step::Wait);
        range.answered(7, host, true);
        assert_eq!(range.next(), Step::Read(9));
        assert!(!range.is_complete());
        range.answered(9, host, true);
        assert_eq!(range.next(), Step::End);
        assert!(range.is_complete());
        assert_eq!((range.names(), range.holders()), (vec![5, 7, 9], 1));
    }

    #[test]
    fn no_more_are_read_than_wanted() {
        let mut range = Names::new([1, 2, 3].into(), (0, 9), 2, 100);
        assert_eq!([range.next(), range.next()], [Step::Read(1), Step::Read(2)]);
        assert_eq!(range.next(), Step::Wait);
        range.lost();
        range.answered(2, NodeIx::new(1), true);
        assert_eq!(range.next(), Step::Read(3));
        range.answered(3, NodeIx::new(1), true);
        assert_eq!((range.next(), range.is_complete()), (Step::End, false));
        assert_eq!(Names::new([].into(), (0, 9), 2, 100).next(), Step::End);
    }
}
