//! The routing table against lists in a map that are searched in full.

use std::collections::BTreeMap;

use dhtlab_core::author::*;
use dhtlab_protocols::kademlia::contacts::Contacts;
use dhtlab_protocols::kademlia::table::{Insert, Table};
use dhtlab_protocols::kademlia::{Params, Preset, Status};
use proptest::prelude::*;

const ME: NodeIx = NodeIx::new(0);
const PENDING: Span = Span::from_secs(60);

fn params(k: u32) -> Params {
    Params { k, ..Preset::find("rust-libp2p-0.49").expect("it exists").params() }
}

/// One bucket, and the newcomer that waits for it.
#[derive(Clone, Debug, Default)]
struct Bucket {
    disconnected: Vec<NodeIx>,
    connected: Vec<NodeIx>,
    pending: Option<(NodeIx, Status, Time)>,
}

impl Bucket {
    fn all(&self) -> Vec<NodeIx> {
        [self.disconnected.clone(), self.connected.clone()].concat()
    }

    fn push(&mut self, node: NodeIx, status: Status) {
        match status {
            Status::Connected => self.connected.push(node),
            Status::Disconnected => self.disconnected.push(node),
        }
    }

    fn apply(&mut self, now: Time, k: usize) {
        let Some((node, status, at)) = self.pending else { return };
        if at > now {
            return;
        }
        self.pending = None;
        if self.all().len() < k {
            self.push(node, status);
        } else if !self.disconnected.is_empty() {
            self.disconnected.remove(0);
            self.push(node, status);
        }
    }
}

/// The oracle.
struct Naive {
    keys: Vec<Key>,
    k: usize,
    buckets: BTreeMap<u32, Bucket>,
}

impl Naive {
    fn bucket(&mut self, node: NodeIx, now: Time) -> &mut Bucket {
        let shared = self.keys[node.index()].common_prefix(self.keys[0]);
        let bucket = self.buckets.entry(shared).or_default();
        bucket.apply(now, self.k);
        bucket
    }

    fn insert(&mut self, node: NodeIx, status: Status, now: Time) -> Insert {
        if node == ME {
            return Insert::Myself;
        }
        let k = self.k;
        let bucket = self.bucket(node, now);
        if bucket.all().contains(&node) || bucket.pending.is_some_and(|p| p.0 == node) {
            Insert::Present
        } else if bucket.all().len() < k {
            bucket.push(node, status);
            Insert::Inserted
        } else if status == Status::Disconnected
            || bucket.disconnected.is_empty()
            || bucket.pending.is_some()
        {
            Insert::Full
        } else {
            bucket.pending = Some((node, status, now + PENDING));
            Insert::Pending { oldest: bucket.disconnected[0] }
        }
    }

    fn update(&mut self, node: NodeIx, status: Status, now: Time) -> bool {
        if node == ME {
            return false;
        }
        let bucket = self.bucket(node, now);
        let all = bucket.all();
        if !all.contains(&node) {
            if let Some(pending) = &mut bucket.pending
                && pending.0 == node
            {
                pending.1 = status;
            }
            return false;
        }
        if all[0] == node && status == Status::Connected {
            bucket.pending = None;
        }
        bucket.connected.retain(|other| *other != node);
        bucket.disconnected.retain(|other| *other != node);
        bucket.push(node, status);
        true
    }

    fn closest(&mut self, target: Key, now: Time) -> Vec<NodeIx> {
        let k = self.k;
        self.buckets.values_mut().for_each(|bucket| bucket.apply(now, k));
        let mut all: Vec<NodeIx> = self.buckets.values().flat_map(Bucket::all).collect();
        all.sort_by_key(|node| self.keys[node.index()].distance(target));
        all
    }
}

/// Keys in few buckets, some of which agree with the own key in more than a word.
fn crowded_keys() -> impl Strategy<Value = Vec<Key>> {
    let key = (prop::sample::select(vec![0_u32, 1, 2, 5, 63, 64, 70]), any::<[u64; 4]>());
    prop::collection::vec(key, 24).prop_map(|list| {
        let own = Key::from_words([7, 8, 9, 10]);
        let others = list.into_iter().map(|(shared, tail)| {
            own.flip_bit(shared).with_tail(shared + 1, Key::from_words(tail))
        });
        [own].into_iter().chain(others).collect()
    })
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Insert(u32, bool),
    Update(u32, bool),
    Wait(u64),
    Closest,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0_u32..25, any::<bool>()).prop_map(|(node, up)| Act::Insert(node, up)),
        4 => (0_u32..25, any::<bool>()).prop_map(|(node, up)| Act::Update(node, up)),
        2 => (0_u64..50).prop_map(Act::Wait),
        1 => Just(Act::Closest),
    ];
    prop::collection::vec(act, 1..120)
}

fn status(up: bool) -> Status {
    if up { Status::Connected } else { Status::Disconnected }
}

/// Runs `acts` on the table and on the oracle with bucket size `k`; the first difference is an error.
fn compare(keys: &[Key], acts: &[Act], table_k: u32, k: usize) -> Result<(), String> {
    let mut table = Table::new(ME, &params(table_k), keys);
    let mut naive = Naive { keys: keys.to_vec(), k, buckets: BTreeMap::new() };
    let mut now = Time::ZERO;
    for act in acts {
        let same = match *act {
            Act::Wait(secs) => {
                now += Span::from_secs(secs);
                true
            }
            Act::Insert(node, up) => {
                let node = NodeIx::new(node);
                table.insert(node, status(up), now, now + PENDING, keys)
                    == naive.insert(node, status(up), now)
            }
            Act::Update(node, up) => {
                let node = NodeIx::new(node);
                table.update(node, status(up), now, keys) == naive.update(node, status(up), now)
            }
            Act::Closest => {
                let target = keys[3].flip_bit(9);
                let mut found = Contacts::EMPTY;
                table.closest(target, 32, None, now, keys, &mut found);
                found[..] == naive.closest(target, now)
            }
        };
        let lists = naive.buckets.iter().all(|(shared, bucket)| {
            table.bucket(*shared as usize) == bucket.all()
                && bucket.all().iter().all(|node| {
                    let up = bucket.connected.contains(node);
                    table.status(*node, keys) == Some(status(up))
                })
        });
        let count: usize = naive.buckets.values().map(|bucket| bucket.all().len()).sum();
        if !same || !lists || table.len() != count {
            return Err(format!("{act:?}"));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_table_does_what_lists_in_a_map_do(keys in crowded_keys(), acts in acts(), k in 1_u32..5) {
        prop_assert_eq!(compare(&keys, &acts, k, k as usize), Ok(()));
    }

    #[test]
    fn buckets_hold_at_most_k_of_their_range_and_never_the_own_node(
        keys in crowded_keys(), acts in acts(),
    ) {
        let mut table = Table::new(ME, &params(3), &keys);
        let mut now = Time::ZERO;
        for act in acts {
            match act {
                Act::Insert(node, up) => {
                    table.insert(NodeIx::new(node), status(up), now, now + PENDING, &keys);
                }
                Act::Update(node, up) => {
                    table.update(NodeIx::new(node), status(up), now, &keys);
                }
                Act::Wait(secs) => now += Span::from_secs(secs),
                Act::Closest => {}
            }
            let mut seen = Vec::new();
            for bucket in 0..256 {
                let entries = table.bucket(bucket);
                prop_assert!(entries.len() <= 3);
                for entry in entries {
                    let shared = keys[entry.index()].common_prefix(keys[0]);
                    prop_assert_eq!(shared as usize, bucket);
                    prop_assert!(*entry != ME && !seen.contains(entry));
                    seen.push(*entry);
                }
                let up = entries.iter().map(|entry| table.status(*entry, &keys));
                let up: Vec<bool> = up.map(|s| s == Some(Status::Connected)).collect();
                prop_assert!(up.is_sorted(), "disconnected entries come first");
            }
            prop_assert_eq!(&seen, table.entries());
        }
    }

    #[test]
    fn the_closest_are_those_of_a_full_search(
        words in prop::collection::vec(any::<[u64; 4]>(), 300), target in any::<[u64; 4]>(),
        limit in 1_usize..=32, like in prop::option::of(0_usize..300), tied in any::<bool>(),
    ) {
        // Where keys tie, all share their first word or its upper half.
        let keys: Vec<Key> = words
            .into_iter()
            .map(|mut w| {
                if tied { w[0] &= 0x3 << 40; }
                Key::from_words(w)
            })
            .collect();
        let mut target = like.map_or(Key::from_words(target), |i| keys[i]);
        if tied { target = Key::from_words([1 << 40, target.words()[1], 0, 0]); }
        let mut table = Table::new(ME, &params(20), &keys);
        for node in 1..300 {
            table.insert(NodeIx::new(node), Status::Disconnected, Time::ZERO, Time::ZERO, &keys);
        }
        let except = Some(NodeIx::new(5));
        let mut found = Contacts::EMPTY;
        table.closest(target, limit, except, Time::ZERO, &keys, &mut found);
        let mut expected = table.entries().to_vec();
        expected.retain(|node| Some(*node) != except);
        expected.sort_by_key(|node| keys[node.index()].distance(target));
        expected.truncate(limit);
        prop_assert_eq!(&found[..], &expected[..]);
    }
}

#[test]
fn a_table_whose_k_is_off_by_one_is_found_out() {
    let own = Key::from_words([7, 8, 9, 10]);
    let others =
        (0..10_u64).map(|n| own.flip_bit(0).with_tail(1, Key::from_words([mix(n), n, 0, 0])));
    let keys: Vec<Key> = [own].into_iter().chain(others).collect();
    let acts: Vec<Act> = (1..10).map(|node| Act::Insert(node, false)).collect();
    assert_eq!(compare(&keys, &acts, 4, 4), Ok(()));
    assert!(compare(&keys, &acts, 5, 4).is_err());
}
