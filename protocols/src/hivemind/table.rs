//! The routing table: a binary tree of buckets, kept as a list of its leaves.
//!
//! A full bucket splits when it holds the own id, or when its depth is no multiple of
//! `depth_modulo`; so the tree is fine around the own id and up to 2^`depth_modulo` buckets wide
//! elsewhere. Source: learning-at-home/hivemind 4bd43b77, `hivemind/dht/routing.py`.
//!
//! Departures: an id exactly in the middle of a bucket that splits goes to the upper half, whose
//! range it is in (the original puts it into the lower one, with a chance of 2^-160); a bucket of
//! one id never splits. The original keeps maps of ids and addresses beside the buckets; here a
//! contact is its own address, and whether it is known is looked up in its bucket.

use dhtlab_core::author::{Key, NodeIx, Time};

use super::bucket::{Bucket, Spot};
use super::id::ID_BITS;
use crate::keys::Keys;
use crate::rank::{RANK_MAX, rank};

/// The place of a bucket, and where a contact stands in it.
pub(super) type Found = (usize, Spot);

/// The routing table of one node.
#[derive(Clone, Debug)]
pub struct Table {
    bucket_size: usize,
    depth_modulo: u16,
    /// Sorted by their ranges, which cover all ids.
    buckets: Vec<Bucket>,
    /// The leading 64 bits of the lower ends of `buckets`: most searches end in these.
    starts: Vec<u64>,
}

impl Table {
    /// The empty table: one bucket for all ids. A bucket has at most `bucket_size` members (k, at
    /// least 1, usually 20); a bucket of a depth that is a multiple of `depth_modulo` (b, at least
    /// 1, usually 5) splits only around the own id.
    pub fn new(bucket_size: u32, depth_modulo: u32) -> Self {
        Self {
            bucket_size: usize::try_from(bucket_size).unwrap_or(usize::MAX).max(1),
            depth_modulo: u16::try_from(depth_modulo).unwrap_or(u16::MAX).max(1),
            buckets: vec![Bucket::new(Key::MIN, 0, Time::ZERO)],
            starts: vec![0],
        }
    }

    /// Takes note of `node` being alive, `me` being the own key. When its bucket is full and may not
    /// split, the node waits as a replacement, and a member to ask for a sign of life is returned,
    /// unless all were named before and not heard of since.
    pub fn add(
        &mut self,
        node: NodeIx,
        me: &Key,
        now: Time,
        keys: &(impl Keys + ?Sized),
    ) -> Option<NodeIx> {
        self.add_at(self.find(node, keys), node, me, now, keys)
    }

    /// As [`add`](Self::add), of a node that was found at `spot`.
    pub(super) fn add_at(
        &mut self,
        (mut index, mut spot): Found,
        node: NodeIx,
        me: &Key,
        now: Time,
        keys: &(impl Keys + ?Sized),
    ) -> Option<NodeIx> {
        let key = || keys.key(node);
        debug_assert!(key().common_prefix(*me) < u32::from(ID_BITS), "not its own contact");
        loop {
            let bucket = &mut self.buckets[index];
            if bucket.add_at(spot, node, self.bucket_size, now) {
                return None;
            }
            let depth = bucket.depth();
            let may_split = !depth.is_multiple_of(self.depth_modulo) || bucket.covers(*me);
            if !may_split || depth >= ID_BITS {
                return bucket.ping_candidate();
            }
            self.split(index, now, keys);
            (index, spot) = self.find(node, keys);
        }
    }

    /// The bucket that `node` falls into, and where it stands there.
    pub(super) fn find(&self, node: NodeIx, keys: &(impl Keys + ?Sized)) -> Found {
        let index = self.index_of_node(node, keys);
        (index, self.buckets[index].spot(node))
    }

    fn split(&mut self, index: usize, now: Time, keys: &(impl Keys + ?Sized)) {
        let bucket = &self.buckets[index];
        let bit = u32::from(bucket.depth());
        let (lower, upper) = bucket.split(self.bucket_size, now, |node| keys.key(node).bit(bit));
        self.starts.insert(index + 1, upper.lower().prefix());
        self.buckets[index] = lower;
        self.buckets.insert(index + 1, upper);
    }

    /// Forgets `node`; the newest replacement in its bucket takes its place.
    pub fn remove(&mut self, node: NodeIx, keys: &(impl Keys + ?Sized)) {
        let index = self.index_of_node(node, keys);
        self.buckets[index].remove(node);
    }

    /// Is `node` known: a member or a replacement?
    pub fn contains(&self, node: NodeIx, keys: &(impl Keys + ?Sized)) -> bool {
        self.find(node, keys).1 != Spot::Unknown
    }

    /// Adds to `out` the `count` members closest to `target`, closest first, without `exclude`.
    ///
    /// The distances of the ids in a bucket are a range of their own, so all of a bucket are closer
    /// than all of the next; the next is the one that holds the first distance beyond this one's.
    pub fn nearest(
        &self,
        target: &Key,
        count: usize,
        exclude: Option<NodeIx>,
        keys: &(impl Keys + ?Sized),
        out: &mut Vec<NodeIx>,
    ) {
        let end = out.len() + count;
        let mut distance = Key::MIN;
        while out.len() < end {
            let at = Key::from_words(target.distance(distance).words());
            let bucket = &self.buckets[self.index_of(at)];
            sorted_into(bucket, target, end, exclude, keys, out);
            match beyond(distance, u32::from(bucket.depth())) {
                Some(next) => distance = next,
                None => return,
            }
        }
    }

    /// The bucket whose range `key` is in.
    fn index_of(&self, key: Key) -> usize {
        self.index_of_prefix(key.prefix(), || key)
    }

    /// The bucket whose range the key of `node` is in.
    fn index_of_node(&self, node: NodeIx, keys: &(impl Keys + ?Sized)) -> usize {
        self.index_of_prefix(keys.prefix(node), || keys.key(node))
    }

    /// The bucket of a key with these leading bits; the rest of it is hardly ever needed.
    fn index_of_prefix(&self, prefix: u64, key: impl Fn() -> Key) -> usize {
        let mut index = self.starts.partition_point(|start| *start <= prefix) - 1;
        // Buckets of more than 64 bits of depth may share a start.
        while index > 0 && self.starts[index] == prefix && self.buckets[index].lower() > key() {
            index -= 1;
        }
        index
    }

    /// A word of each cache line of the list that searches for buckets begin with.
    pub(super) fn glance(&self) -> u64 {
        self.starts.iter().step_by(8).fold(0, |word, start| word ^ start)
    }

    /// The bucket that most keys with these leading bits are in.
    pub(super) fn bucket_near(&self, prefix: u64) -> &Bucket {
        &self.buckets[self.starts.partition_point(|start| *start <= prefix) - 1]
    }

    /// All members, bucket by bucket in the order of ids, the least recently heard of first.
    pub fn members(&self) -> impl Iterator<Item = NodeIx> {
        self.buckets.iter().flat_map(|bucket| bucket.members().iter().copied())
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.buckets.iter().map(|bucket| bucket.members().len()).sum()
    }

    /// Is there no member?
    pub fn is_empty(&self) -> bool {
        self.buckets.iter().all(|bucket| bucket.members().is_empty())
    }

    /// The number of buckets, at least 1.
    pub fn bucket_count(&self) -> usize {
        self.buckets.len()
    }

    /// How many contacts wait for a place.
    pub fn replacement_count(&self) -> usize {
        self.buckets.iter().map(|bucket| bucket.replacements().len()).sum()
    }

    /// All buckets in the order of ids.
    pub fn buckets(&self) -> impl ExactSizeIterator<Item = &Bucket> {
        self.buckets.iter()
    }

    /// The bucket that `key` falls into.
    pub fn bucket_of(&self, key: &Key) -> &Bucket {
        &self.buckets[self.index_of(*key)]
    }
}

/// The first distance beyond the block of 2^(256 - `depth`) distances that `distance` starts; `None`
/// when it was the last block.
fn beyond(distance: Key, depth: u32) -> Option<Key> {
    let last = depth.checked_sub(1)?;
    let mut words = distance.words();
    let (mut word, mut step) = ((last / 64) as usize, 1 << (63 - last % 64));
    loop {
        let (sum, carried) = words[word].overflowing_add(step);
        words[word] = sum;
        if !carried {
            return Some(Key::from_words(words));
        }
        word = word.checked_sub(1)?;
        step = 1;
    }
}

/// Adds the members of `bucket` to `out`, closest to `target` first, until it holds `end` contacts.
fn sorted_into(
    bucket: &Bucket,
    target: &Key,
    end: usize,
    exclude: Option<NodeIx>,
    keys: &(impl Keys + ?Sized),
    out: &mut Vec<NodeIx>,
) {
    let members = bucket.members();
    let mut near = [NodeIx::new(0); RANK_MAX];
    if let Some(near) = near.get_mut(..members.len())
        && rank(u32::from(bucket.depth()), members, *target, keys, near)
    {
        let wanted = near.iter().copied().filter(|node| Some(*node) != exclude);
        out.extend(wanted.take(end - out.len()));
        return;
    }
    let start = out.len();
    out.extend(members.iter().copied().filter(|node| Some(*node) != exclude));
    out[start..].sort_unstable_by_key(|node| keys.key(*node).distance(*target));
    out.truncate(end);
}
