//! The entries of a dictionary, by subkey: a [`Timed`](super::timed::Timed) map without a bound, of which
//! copies are cheap.
//!
//! The key of a popular block has thousands of subkeys; each answer carries all of them, and each store
//! changes one. So entries are kept in sorted chunks that copies share until one side changes them, and
//! what is asked of all entries together is known without a walk.

use std::sync::Arc;

use dhtlab_core::author::{Time, Value, mix};

use super::msgpack;

/// The most entries of a chunk. A store that meets a shared map copies one chunk of these, and a pointer
/// for every other chunk.
const CHUNK_MAX: usize = 64;

/// A value, until when it is valid, and when it is removed: then, or earlier where a late store has cut
/// it short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) subkey: u64,
    pub(super) value: Value,
    pub(super) expires: Time,
    due: Time,
}

impl Entry {
    /// A hash of all that a message says of it.
    fn digest(&self) -> u64 {
        let value = [self.value.version, u64::from(self.value.bytes)];
        let words = [self.subkey, value[0], value[1], self.expires.as_nanos()];
        words.into_iter().fold(0, |hash: u64, word| mix(hash.rotate_left(7) ^ word))
    }
}

/// The number of a chunk and a place in it.
type Place = (usize, usize);

/// The entries, in the order of subkeys.
#[derive(Clone, Debug)]
pub(super) struct Entries {
    /// The first subkey of each chunk, except that of the first chunk, which has all below.
    firsts: Vec<u64>,
    chunks: Vec<Arc<Vec<Entry>>>,
    len: usize,
    /// How many are due before they expire.
    cut: usize,
    /// Nothing is due before this.
    due_min: Time,
    /// The bytes of all values in a message.
    bytes: u64,
    /// The sum of the hashes of all entries: one store changes it without a walk.
    digest: u64,
}

impl Default for Entries {
    fn default() -> Self {
        let (firsts, chunks) = (Vec::new(), Vec::new());
        Self { firsts, chunks, len: 0, cut: 0, due_min: Time::NEVER, bytes: 0, digest: 0 }
    }
}

impl Entries {
    /// As `Timed::store`. Looks first at `hint`, which is where the next subkey is likely to be
    /// afterwards.
    pub(super) fn store(
        &mut self,
        (subkey, value, expires): (u64, Value, Time),
        now: Time,
        bug: bool,
        hint: &mut Place,
    ) -> bool {
        self.purge(now);
        if expires < now {
            return false;
        }
        let seat = self.seek(subkey, hint);
        if let Ok(place) = seat
            && let old = *self.at(place)
            && old.expires >= expires
        {
            if bug && old.due != expires {
                self.replace(place, Entry { due: expires, ..old });
            }
            return false;
        }
        self.put(seat, Entry { subkey, value, expires, due: expires });
        true
    }

    /// Puts `value` under `subkey` without a look at the clock, as a message is decoded.
    pub(super) fn restore(&mut self, subkey: u64, value: Value, expires: Time) {
        let seat = self.seek(subkey, &mut (self.chunks.len().saturating_sub(1), 0));
        self.put(seat, Entry { subkey, value, expires, due: expires });
    }

    /// Would [`store`](Self::store) change anything?
    pub(super) fn is_changed_by(
        &self,
        subkey: u64,
        expires: Time,
        now: Time,
        bug: bool,
        hint: &mut Place,
    ) -> bool {
        let seat = self.seek(subkey, hint).ok().map(|place| self.at(place));
        let entry = seat.filter(|entry| entry.due >= now);
        let refused =
            entry.is_some_and(|entry| entry.expires >= expires && (!bug || entry.due == expires));
        expires >= now && !refused
    }

    /// The value under `subkey` and its expiration.
    pub(super) fn peek(&self, subkey: u64, now: Time) -> Option<(Value, Time)> {
        let place = self.seek(subkey, &mut (0, 0)).ok()?;
        let entry = self.at(place);
        (entry.due >= now).then_some((entry.value, entry.expires))
    }

    /// All that is not due.
    pub(super) fn live(&self, now: Time) -> impl Iterator<Item = &Entry> {
        let all = self.chunks.iter().flat_map(|chunk| chunk.iter());
        all.filter(move |entry| entry.due >= now)
    }

    /// The number of entries that are not due.
    pub(super) fn len(&self, now: Time) -> usize {
        if self.due_min >= now { self.len } else { self.live(now).count() }
    }

    /// Is nothing due before it expires, and nothing due at `now`?
    pub(super) fn is_fresh(&self, now: Time) -> bool {
        self.cut == 0 && self.len(now) == self.len
    }

    /// The bytes of all values in a message, whether due or not.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A hash of all entries, whether due or not.
    pub(super) fn digest(&self) -> u64 {
        mix(self.digest ^ self.len as u64)
    }

    /// Is nothing due at `now`, as far as is known without a walk?
    pub(super) fn is_whole(&self, now: Time) -> bool {
        self.due_min >= now
    }

    /// Removes what was due before `now`.
    fn purge(&mut self, now: Time) {
        if self.due_min >= now {
            return;
        }
        let old = std::mem::take(self);
        for chunk in old.chunks {
            let kept: Vec<Entry> = chunk.iter().filter(|entry| entry.due >= now).copied().collect();
            let Some(first) = kept.first() else { continue };
            self.firsts.push(first.subkey);
            for entry in &kept {
                self.count(entry);
            }
            self.chunks.push(if kept.len() == chunk.len() { chunk } else { Arc::new(kept) });
        }
    }

    fn at(&self, (chunk, at): Place) -> &Entry {
        &self.chunks[chunk][at]
    }

    /// Where `subkey` is, or where it belongs; `hint` moves on to what follows.
    fn seek(&self, subkey: u64, hint: &mut Place) -> Result<Place, Place> {
        let hinted = self.chunks.get(hint.0).and_then(|chunk| chunk.get(hint.1));
        let seat = if hinted.is_some_and(|entry| entry.subkey == subkey) {
            Ok(*hint)
        } else {
            let chunk = self.firsts.partition_point(|first| *first <= subkey).saturating_sub(1);
            let found = self.chunks.get(chunk).map_or(Err(0), |entries| {
                entries.binary_search_by_key(&subkey, |entry| entry.subkey)
            });
            found.map(|at| (chunk, at)).map_err(|at| (chunk, at))
        };
        let (Ok((chunk, at)) | Err((chunk, at))) = seat;
        let last = self.chunks.get(chunk).is_none_or(|entries| at + 1 >= entries.len());
        *hint = if last { (chunk + 1, 0) } else { (chunk, at + 1) };
        seat
    }

    fn put(&mut self, seat: Result<Place, Place>, entry: Entry) {
        match seat {
            Ok(place) => self.replace(place, entry),
            Err(place) => self.insert(place, entry),
        }
    }

    fn replace(&mut self, (chunk, at): Place, entry: Entry) {
        let slot = &mut Arc::make_mut(&mut self.chunks[chunk])[at];
        let old = std::mem::replace(slot, entry);
        self.len -= 1;
        self.cut -= usize::from(old.due != old.expires);
        self.bytes -= u64::from(msgpack::bytes_len(old.value.bytes));
        self.digest = self.digest.wrapping_sub(old.digest());
        self.count(&entry);
    }

    fn insert(&mut self, (chunk, at): Place, entry: Entry) {
        self.count(&entry);
        if self.chunks.is_empty() {
            self.firsts.push(entry.subkey);
            self.chunks.push(Arc::new(vec![entry]));
            return;
        }
        let entries = Arc::make_mut(&mut self.chunks[chunk]);
        entries.insert(at, entry);
        self.firsts[chunk] = entries[0].subkey;
        if entries.len() > CHUNK_MAX {
            // Subkeys that come in order leave full chunks behind.
            let is_last = chunk + 1 == self.chunks.len() && at == CHUNK_MAX;
            let upper = Arc::make_mut(&mut self.chunks[chunk]).split_off(if is_last {
                at
            } else {
                CHUNK_MAX / 2
            });
            self.firsts.insert(chunk + 1, upper[0].subkey);
            self.chunks.insert(chunk + 1, Arc::new(upper));
        }
    }

    /// Counts an entry in.
    fn count(&mut self, entry: &Entry) {
        self.len += 1;
        self.cut += usize::from(entry.due != entry.expires);
        self.due_min = self.due_min.min(entry.due);
        self.bytes += u64::from(msgpack::bytes_len(entry.value.bytes));
        self.digest = self.digest.wrapping_add(entry.digest());
    }
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::{Draw, Rng, Span};

    use super::*;
    use crate::hivemind::timed::Timed;

    /// The same as the map that tells nobody apart from any other, under random stores.
    #[test]
    fn they_are_as_the_map_that_expires() {
        for (seed, bug) in [(1, false), (2, true), (3, false), (4, true)] {
            let mut rng = Rng::from_state(seed);
            let (mut entries, mut timed) = (Entries::default(), Timed::default());
            let mut hint = (0, 0);
            for step in 0..20_000_u64 {
                let now = Time::ZERO + Span::from_nanos(step / 8);
                let subkey = rng.index(if step < 9_000 { 700 } else { 40 }) as u64;
                let expires = now + Span::from_nanos(rng.index(1_500) as u64);
                let value = Value { version: step, bytes: u32::try_from(rng.index(400)).unwrap() };
                let changed = entries.is_changed_by(subkey, expires, now, bug, &mut hint);
                assert_eq!(changed, timed.is_changed_by(&subkey, expires, now, bug));
                let old = entries.clone();
                assert_eq!(
                    entries.store((subkey, value, expires), now, bug, &mut hint),
                    timed.store(subkey, value, expires, now, bug)
                );
                assert!(old.live(Time::ZERO).count() == old.len);
                if step % 16 == 0 {
                    same(&entries, &timed, now);
                    same(&entries, &timed, now + Span::from_nanos(300));
                    same(&entries, &timed, Time::ZERO);
                }
            }
        }
    }

    fn same(entries: &Entries, timed: &Timed<u64, Value>, now: Time) {
        let all: Vec<_> =
            entries.live(now).map(|entry| (entry.subkey, entry.value, entry.expires)).collect();
        assert!(all.iter().copied().eq(timed.live(now).map(|(key, value, at)| (key, *value, at))));
        assert_eq!(entries.len(now), timed.len(now));
        assert_eq!(entries.cut == 0, timed.is_exact());
        if now == Time::ZERO {
            let bytes = all.iter().map(|(_, value, _)| u64::from(msgpack::bytes_len(value.bytes)));
            assert_eq!(entries.bytes(), bytes.sum::<u64>());
            let hash = |sum: u64, entry: &Entry| sum.wrapping_add(entry.digest());
            assert_eq!(entries.digest, entries.live(now).fold(0, hash));
        }
        for (subkey, value, expires) in all.into_iter().step_by(7) {
            assert_eq!(entries.peek(subkey, now), Some((value, expires)));
        }
    }
}
