//! What few tables need: newcomers that wait, replacements, and counts of failures.

use dhtlab_core::author::{NodeIx, Span, Time};

use super::bucket::Status;

/// Back-off doubles at most this often.
const BACK_OFF_DOUBLINGS: u8 = 10;

/// A newcomer that waits for the place of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    /// The bucket it belongs to.
    bucket: u16,
    /// The newcomer.
    pub(super) node: NodeIx,
    /// Whether it is connected.
    pub(super) status: Status,
    /// When it takes the place.
    pub(super) replace_at: Time,
}

const _: () = assert!(size_of::<Pending>() == 16, "one for each full bucket of a busy node");

impl Pending {
    /// `node` waits at `bucket` until `replace_at`.
    pub(super) fn new(bucket: usize, node: NodeIx, status: Status, replace_at: Time) -> Self {
        Self { bucket: slot(bucket), node, status, replace_at }
    }
}

/// The number of a bucket as it is kept.
fn slot(bucket: usize) -> u16 {
    u16::try_from(bucket).unwrap_or(u16::MAX)
}

/// An entry that did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fault {
    node: NodeIx,
    failures: u8,
    /// Nothing is sent to it before.
    locked_until: Time,
}

/// The rarely used parts of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// At most one for each bucket.
    pub(super) pending: Vec<Pending>,
    /// Bucket and contact, the most recently seen last.
    replacements: Vec<(u16, NodeIx)>,
    /// Entries with failures since their last answer, in order of contact.
    faults: Vec<Fault>,
}

impl Side {
    /// The newcomer that waits at `bucket`.
    pub(super) fn pending_of(&self, bucket: usize) -> Option<Pending> {
        self.pending.iter().find(|pending| pending.bucket == slot(bucket)).copied()
    }

    /// A word of the newcomers that wait; see `Protocol::glance`.
    pub(super) fn glance(&self) -> u64 {
        self.pending.first().map_or(0, |pending| u64::from(pending.node.get()))
    }

    /// Removes the newcomer that waits at `bucket`.
    pub(super) fn take_pending(&mut self, bucket: usize) -> Option<Pending> {
        let at = self.pending.iter().position(|pending| pending.bucket == slot(bucket))?;
        Some(self.pending.swap_remove(at))
    }

    /// Sets the status of `node` if it waits at `bucket`.
    pub(super) fn set_pending_status(&mut self, bucket: usize, node: NodeIx, status: Status) {
        for pending in &mut self.pending {
            if pending.bucket == slot(bucket) && pending.node == node {
                pending.status = status;
            }
        }
    }

    /// Notes that `node` would like to enter the full `bucket`; the oldest of more than `k` is
    /// forgotten.
    pub(super) fn remember(&mut self, bucket: usize, node: NodeIx, k: usize) {
        let bucket = slot(bucket);
        let (mut first, mut count, mut same) = (None, 0, None);
        for (at, (other, remembered)) in self.replacements.iter().enumerate() {
            if *other == bucket {
                first = first.or(Some(at));
                count += 1;
                if *remembered == node {
                    same = Some(at);
                }
            }
        }
        if let Some(at) = same.or(first.filter(|_| count >= k)) {
            self.replacements.remove(at);
        }
        self.replacements.push((bucket, node));
    }

    /// Takes the most recently seen replacement for `bucket`.
    pub(super) fn take_replacement(&mut self, bucket: usize) -> Option<NodeIx> {
        let at = self.replacements.iter().rposition(|(other, _)| *other == slot(bucket))?;
        Some(self.replacements.remove(at).1)
    }

    /// Counts a failure of `node`, locks it for a doubling back-off, and returns the count.
    pub(super) fn fail(&mut self, node: NodeIx, now: Time, base: Span) -> u8 {
        let at = match self.faults.binary_search_by_key(&node, |fault| fault.node) {
            Ok(at) => at,
            Err(at) => {
                self.faults.insert(at, Fault { node, failures: 0, locked_until: now });
                at
            }
        };
        let fault = &mut self.faults[at];
        let doublings = fault.failures.min(BACK_OFF_DOUBLINGS);
        fault.failures = fault.failures.saturating_add(1);
        fault.locked_until = now.saturating_add(base.saturating_mul(1 << doublings));
        fault.failures
    }

    /// Forgets the failures of `node`, which answered or is no entry any more.
    pub(super) fn pardon(&mut self, node: NodeIx) {
        if let Ok(at) = self.faults.binary_search_by_key(&node, |fault| fault.node) {
            self.faults.remove(at);
        }
    }

    /// Is `node` locked at `now`?
    pub(super) fn is_locked(&self, node: NodeIx, now: Time) -> bool {
        self.faults
            .binary_search_by_key(&node, |fault| fault.node)
            .is_ok_and(|at| self.faults[at].locked_until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_are_bounded_and_the_latest_comes_first() {
        let mut side = Side::default();
        for node in 0..5 {
            side.remember(1, NodeIx::new(node), 3);
        }
        side.remember(1, NodeIx::new(2), 3);
        side.remember(2, NodeIx::new(9), 3);
        let taken: Vec<_> = std::iter::from_fn(|| side.take_replacement(1)).collect();
        assert_eq!(taken, [2, 4, 3].map(NodeIx::new));
    }

    #[test]
    fn back_off_doubles_with_each_failure_and_ends_with_an_answer() {
        let mut side = Side::default();
        let (node, base) = (NodeIx::new(7), Span::from_secs(1));
        let at = |secs| Time::ZERO + Span::from_secs(secs);
        assert_eq!(side.fail(node, at(0), base), 1);
        assert!(side.is_locked(node, Time::ZERO) && !side.is_locked(node, at(1)));
        assert_eq!(side.fail(node, at(1), base), 2);
        assert!(side.is_locked(node, at(2)) && !side.is_locked(node, at(3)));
        side.pardon(node);
        assert!(!side.is_locked(node, at(2)));
    }
}
