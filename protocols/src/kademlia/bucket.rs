//! One bucket: a slice of the table's entries and where its connected part begins.
//!
//! The left part holds disconnected entries, the longest disconnected first; the right part
//! connected ones, the longest connected first. A protocol without connections keeps everything in
//! the right part, so that the order is least recently seen first.

use dhtlab_core::author::NodeIx;

/// Is an entry connected?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// There is a connection to it.
    Connected,
    /// There is none.
    Disconnected,
}

/// Where a bucket is in the entries of its table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Index of its first entry.
    pub(super) start: u16,
    /// Number of entries.
    pub(super) len: u8,
    /// How many of them, from the left, are disconnected.
    pub(super) disconnected: u8,
}

impl Head {
    /// The place of the bucket in the entries.
    pub(super) fn range(self) -> std::ops::Range<usize> {
        let start = usize::from(self.start);
        start..start + usize::from(self.len)
    }

    /// The status of the entry at `position` in the bucket.
    pub(super) fn status(self, position: usize) -> Status {
        if position < usize::from(self.disconnected) {
            Status::Disconnected
        } else {
            Status::Connected
        }
    }

    /// Moves the entry at `position` to the end of the part for `status`. `slice` is the bucket.
    pub(super) fn replace(&mut self, slice: &mut [NodeIx], position: usize, status: Status) {
        debug_assert_eq!(slice.len(), usize::from(self.len), "the slice is the bucket");
        let was = self.status(position);
        slice[position..].rotate_left(1);
        if was == Status::Disconnected {
            self.disconnected -= 1;
        }
        if status == Status::Disconnected {
            let boundary = usize::from(self.disconnected);
            slice[boundary..].rotate_right(1);
            self.disconnected += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The oracle: two lists that are joined.
        #[test]
        fn replacing_is_removing_and_appending_to_a_part(
            len in 1_u8..32, split in 0_u8..32, moves in prop::collection::vec((0_usize..32, any::<bool>()), 0..40),
        ) {
            let mut head = Head { start: 0, len, disconnected: split.min(len) };
            let mut slice: Vec<NodeIx> = (0..u32::from(len)).map(NodeIx::new).collect();
            let (mut left, mut right): (Vec<_>, Vec<_>) =
                slice.iter().partition(|node| node.get() < u32::from(head.disconnected));
            for (position, connected) in moves {
                let position = position % usize::from(len);
                let node = slice[position];
                left.retain(|other| *other != node);
                right.retain(|other| *other != node);
                if connected { right.push(node) } else { left.push(node) }
                let status = if connected { Status::Connected } else { Status::Disconnected };
                head.replace(&mut slice, position, status);
                prop_assert_eq!(&slice, &[left.clone(), right.clone()].concat());
                prop_assert_eq!(usize::from(head.disconnected), left.len());
            }
        }
    }
}
