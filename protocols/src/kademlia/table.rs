//! The routing table: one bucket for each length of common prefix, in one flat list of contacts.
//!
//! Buckets lie behind one another, the farthest first, so that a table of 330 contacts is 1.3 KiB
//! and one allocation; only as many heads exist as the deepest bucket in use. What few tables need
//! (a pending newcomer, replacements, counts of failures) is in a side structure that exists only
//! then. Departures from the paper: buckets by prefix length instead of a splitting tree, and the
//! pending slot of rust-libp2p.

use dhtlab_core::author::{Distance, Key, NodeIx, Time};

use smallvec::SmallVec;

use super::bucket::{Head, Status};
use super::contacts::Contacts;
use super::keys::Keys;
use super::params::Params;
use super::rank::sorted_into;
use super::side::{Pending, Side};
use super::zoom::visit_buckets;

/// Heads that lie in the table itself: enough for a million nodes.
const HEADS_USUAL: usize = 24;

/// Entries are allocated this many at a time: doubling would waste half of a large table.
const CHUNK: usize = 16;

/// What became of a contact that wanted to enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insert {
    /// It is an entry now.
    Inserted,
    /// It waits for the place of `oldest`, which has been disconnected for the longest time.
    Pending {
        /// The entry that will go unless it comes back.
        oldest: NodeIx,
    },
    /// It was an entry, or waits, already.
    Present,
    /// There is no room.
    Full,
    /// It is not welcome.
    Refused,
    /// It is this node itself.
    Myself,
}

/// The routing table of one node.
#[derive(Clone, Debug)]
pub struct Table {
    prefix: u64,
    me: NodeIx,
    k: u8,
    bits: u16,
    entries: Vec<NodeIx>,
    heads: SmallVec<[Head; HEADS_USUAL]>,
    pub(super) side: Option<Box<Side>>,
}

impl Table {
    /// The empty table of `me`.
    pub fn new(me: NodeIx, params: &Params, keys: &(impl Keys + ?Sized)) -> Self {
        Self {
            prefix: keys.prefix(me),
            me,
            k: u8::try_from(params.k).unwrap_or(u8::MAX),
            bits: u16::try_from(params.bits).unwrap_or(u16::MAX),
            entries: Vec::new(),
            heads: SmallVec::new(),
            side: None,
        }
    }

    /// Takes over `entries`, which lie bucket behind bucket with `lens` entries each, all
    /// disconnected or all connected.
    pub(super) fn fill(&mut self, entries: Vec<NodeIx>, lens: &[u8], status: Status) {
        let mut start = 0;
        self.heads = lens
            .iter()
            .map(|&len| {
                let disconnected = if status == Status::Disconnected { len } else { 0 };
                let head = Head { start, len, disconnected };
                start += u16::from(len);
                head
            })
            .collect();
        assert_eq!(usize::from(start), entries.len(), "the lengths cover the entries");
        self.entries = entries;
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Is there no entry?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries, the farthest bucket first.
    pub fn entries(&self) -> &[NodeIx] {
        &self.entries
    }

    /// The entries of bucket `bucket`.
    pub fn bucket(&self, bucket: usize) -> &[NodeIx] {
        self.heads.get(bucket).map_or(&[], |head| &self.entries[head.range()])
    }

    /// The closest bucket with an entry.
    pub fn deepest(&self) -> Option<usize> {
        self.heads.iter().rposition(|head| head.len > 0)
    }

    /// The bucket `node` belongs to: the length of the common prefix; `None` for this node itself.
    pub fn bucket_of(&self, node: NodeIx, keys: &(impl Keys + ?Sized)) -> Option<usize> {
        if node == self.me {
            return None;
        }
        let shared = (keys.prefix(node) ^ self.prefix).leading_zeros();
        let shared =
            if shared < 64 { shared } else { keys.key(node).common_prefix(keys.key(self.me)) };
        if shared < u32::from(self.bits) { usize::try_from(shared).ok() } else { None }
    }

    fn position(&self, bucket: usize, node: NodeIx) -> Option<usize> {
        self.bucket(bucket).iter().position(|entry| *entry == node)
    }

    /// The status of `node`; `None` when it is no entry.
    pub fn status(&self, node: NodeIx, keys: &(impl Keys + ?Sized)) -> Option<Status> {
        let bucket = self.bucket_of(node, keys)?;
        self.position(bucket, node).map(|position| self.heads[bucket].status(position))
    }

    /// Is the bucket full?
    fn is_full(&self, bucket: usize) -> bool {
        self.heads.get(bucket).is_some_and(|head| head.len >= self.k)
    }

    /// Adds `node` to `bucket`, which has room, at the end of the part for `status`.
    fn add(&mut self, bucket: usize, node: NodeIx, status: Status) {
        debug_assert!(!self.is_full(bucket), "a full bucket takes no entry");
        while self.heads.len() <= bucket {
            let start = u16::try_from(self.entries.len()).unwrap_or(u16::MAX);
            self.heads.push(Head { start, len: 0, disconnected: 0 });
        }
        if self.entries.len() == self.entries.capacity() {
            self.entries.reserve_exact(CHUNK);
        }
        let head = &mut self.heads[bucket];
        let offset = match status {
            Status::Connected => head.len,
            Status::Disconnected => head.disconnected,
        };
        self.entries.insert(usize::from(head.start) + usize::from(offset), node);
        head.len += 1;
        head.disconnected += u8::from(status == Status::Disconnected);
        for later in &mut self.heads[bucket + 1..] {
            later.start += 1;
        }
    }

    /// Removes the entry at `position` of `bucket`.
    fn remove_at(&mut self, bucket: usize, position: usize) -> NodeIx {
        let head = &mut self.heads[bucket];
        let node = self.entries.remove(usize::from(head.start) + position);
        head.disconnected -= u8::from(head.status(position) == Status::Disconnected);
        head.len -= 1;
        for later in &mut self.heads[bucket + 1..] {
            later.start -= 1;
        }
        node
    }

    /// Adds `node`, or lets it wait for the place of a disconnected entry until `replace_at`.
    pub fn insert(
        &mut self,
        node: NodeIx,
        status: Status,
        now: Time,
        replace_at: Time,
        keys: &(impl Keys + ?Sized),
    ) -> Insert {
        let Some(bucket) = self.bucket_of(node, keys) else { return Insert::Myself };
        self.apply_pending(bucket, now);
        let waiting = self.side.as_ref().and_then(|side| side.pending_of(bucket));
        if self.position(bucket, node).is_some() || waiting.is_some_and(|p| p.node == node) {
            return Insert::Present;
        }
        if !self.is_full(bucket) {
            self.add(bucket, node, status);
            return Insert::Inserted;
        }
        let head = self.heads[bucket];
        if status == Status::Disconnected || head.disconnected == 0 || waiting.is_some() {
            return Insert::Full;
        }
        self.side_mut().pending.push(Pending::new(bucket, node, status, replace_at));
        Insert::Pending { oldest: self.entries[head.range().start] }
    }

    /// Sets the status of `node`, moving it to the end of its part; says whether it is an entry.
    ///
    /// The oldest entry coming back saves its place from the newcomer that waits for it.
    pub fn update(
        &mut self,
        node: NodeIx,
        status: Status,
        now: Time,
        keys: &(impl Keys + ?Sized),
    ) -> bool {
        let Some(bucket) = self.bucket_of(node, keys) else { return false };
        self.apply_pending(bucket, now);
        let Some(position) = self.position(bucket, node) else {
            if let Some(side) = &mut self.side {
                side.set_pending_status(bucket, node, status);
            }
            return false;
        };
        if position == 0
            && status == Status::Connected
            && let Some(side) = &mut self.side
        {
            side.take_pending(bucket);
        }
        let head = &mut self.heads[bucket];
        head.replace(&mut self.entries[head.range()], position, status);
        true
    }

    /// Lets the newcomer that waits at `bucket` in, if its time has come.
    fn apply_pending(&mut self, bucket: usize, now: Time) {
        let Some(side) = &mut self.side else { return };
        if side.pending_of(bucket).is_none_or(|pending| pending.replace_at > now) {
            return;
        }
        let Some(pending) = side.take_pending(bucket) else { return };
        if self.is_full(bucket) {
            if self.heads[bucket].disconnected == 0 {
                return;
            }
            self.remove_at(bucket, 0);
        }
        self.add(bucket, pending.node, pending.status);
    }

    /// Takes note of `node` being alive, in a protocol without connections: an entry moves to the
    /// end of its bucket; a newcomer is added there if it is to be admitted and there is room.
    pub fn observe(&mut self, node: NodeIx, admit: bool, keys: &(impl Keys + ?Sized)) -> Insert {
        let Some(bucket) = self.bucket_of(node, keys) else { return Insert::Myself };
        if let Some(position) = self.position(bucket, node) {
            let head = &mut self.heads[bucket];
            head.replace(&mut self.entries[head.range()], position, Status::Connected);
            Insert::Present
        } else if !admit {
            Insert::Refused
        } else if self.is_full(bucket) {
            Insert::Full
        } else {
            self.add(bucket, node, Status::Connected);
            Insert::Inserted
        }
    }

    /// Puts `newcomer` at the end of its bucket in the place of `entry`, if that is still there.
    pub fn supplant(
        &mut self,
        entry: NodeIx,
        newcomer: NodeIx,
        keys: &(impl Keys + ?Sized),
    ) -> bool {
        let Some(bucket) = self.bucket_of(entry, keys) else { return false };
        let Some(position) = self.position(bucket, entry) else { return false };
        if self.position(bucket, newcomer).is_some() {
            return false;
        }
        debug_assert_eq!(self.bucket_of(newcomer, keys), Some(bucket), "one bucket");
        self.remove_at(bucket, position);
        self.add(bucket, newcomer, Status::Connected);
        true
    }

    /// Adds to `out` the entries closest to `target`, closest first, at most `limit`, without
    /// `except`.
    pub fn closest(
        &mut self,
        target: Key,
        limit: usize,
        except: Option<NodeIx>,
        now: Time,
        keys: &(impl Keys + ?Sized),
        out: &mut Contacts,
    ) {
        let buckets = self.heads.len();
        let waiting = self.side.as_ref().is_some_and(|side| !side.pending.is_empty());
        visit_buckets(self.distance(target, keys), buckets, |bucket| {
            if waiting {
                self.apply_pending(bucket, now);
            }
            sorted_into((bucket, self.bucket(bucket)), target, limit, except, keys, out);
            out.len() < limit
        });
    }

    /// Does `node` wait for a place?
    pub(super) fn waits(&self, node: NodeIx) -> bool {
        self.side
            .as_ref()
            .is_some_and(|side| side.pending.iter().any(|pending| pending.node == node))
    }

    /// The bucket that a key with this prefix falls into; see `Protocol::glance`.
    pub(super) fn first_bucket(&self, prefix: u64) -> usize {
        (self.prefix ^ prefix).leading_zeros() as usize
    }

    fn distance(&self, target: Key, keys: &(impl Keys + ?Sized)) -> Distance {
        if self.heads.len() <= 64 {
            // Only the first word is looked at.
            Distance::from_words([self.prefix ^ target.prefix(), 0, 0, 0])
        } else {
            keys.key(self.me).distance(target)
        }
    }

    /// How many entries are between this node and `key`, as rust-libp2p estimates it: those of the
    /// key's bucket that are not farther from this node than the key, and all of the closer buckets
    /// that are on the key's side.
    pub fn between(&self, key: Key, keys: &(impl Keys + ?Sized)) -> usize {
        let distance = keys.key(self.me).distance(key);
        let first = distance.leading_zeros() as usize;
        let own = keys.key(self.me);
        let mut count = self
            .bucket(first)
            .iter()
            .filter(|node| keys.key(**node).distance(own) <= distance)
            .count();
        for (bucket, head) in self.heads.iter().enumerate().skip(first + 1) {
            if distance.words()[bucket / 64] >> (63 - bucket % 64) & 1 == 1 {
                count += usize::from(head.len);
            }
        }
        count
    }

    /// The side structure, made when it is first needed.
    pub(super) fn side_mut(&mut self) -> &mut Side {
        self.side.get_or_insert_default()
    }
}
