//! I1 to I5 and I7: a table under random sequences of what may happen to it, beside a model of plain
//! lists and a full sort.

use std::collections::BTreeMap;

use dhtlab_core::author::*;
use dhtlab_protocols::kademlia::Status;
use dhtlab_protocols::kademlia::contacts::Contacts;
use dhtlab_protocols::kademlia::table::{Insert, Table};
use proptest::prelude::*;

use super::check::{Sometimes, Verdict, always, ensure};
use super::common::preset;

/// The buckets that contacts are drawn for: the far ones, and both sides of the borders of words.
const BUCKETS: [u32; 6] = [0, 1, 2, 63, 64, 200];
const ME: NodeIx = NodeIx::new(0);

/// Who there is: node 0 is the owner of the table.
fn keys() -> impl Strategy<Value = Vec<Key>> {
    let key = any::<[u64; 4]>().prop_map(Key::from_words);
    let others = prop::collection::vec((0..BUCKETS.len(), key.clone()), 6..60);
    (key, others).prop_map(|(me, others)| {
        let near = |(at, tail): (usize, Key)| {
            let bucket = BUCKETS[at];
            me.flip_bit(bucket).with_tail(bucket + 1, tail)
        };
        std::iter::once(me).chain(others.into_iter().map(near)).collect()
    })
}

#[derive(Clone, Debug)]
enum Act {
    Insert { node: usize, connected: bool },
    Update { node: usize, connected: bool },
    Find { target: Target, limit: usize, except: usize },
    Observe { node: usize, admit: bool },
    Supplant { entry: usize, newcomer: usize },
}

#[derive(Clone, Debug)]
enum Target {
    Anywhere(Key),
    Near(usize, u32),
}

impl Target {
    fn key(&self, keys: &[Key]) -> Key {
        match *self {
            Self::Anywhere(key) => key,
            Self::Near(node, bit) => keys[node % keys.len()].flip_bit(bit),
        }
    }
}

fn find() -> impl Strategy<Value = Act> {
    let target = prop_oneof![
        any::<[u64; 4]>().prop_map(|words| Target::Anywhere(Key::from_words(words))),
        (any::<usize>(), 0..KEY_BITS).prop_map(|(node, bit)| Target::Near(node, bit)),
    ];
    (target, 0..33_usize, any::<usize>()).prop_map(|(target, limit, except)| Act::Find {
        target,
        limit,
        except,
    })
}

/// Acts with the seconds that pass before each.
type Schedule = Vec<(u64, Act)>;

fn with_connections() -> impl Strategy<Value = Schedule> {
    let act = prop_oneof![
        3 => (any::<usize>(), any::<bool>()).prop_map(|(node, connected)| Act::Insert { node, connected }),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(node, connected)| Act::Update { node, connected }),
        1 => find(),
    ];
    prop::collection::vec((0..25_u64, act), 1..150)
}

fn with_datagrams() -> impl Strategy<Value = Schedule> {
    let act = prop_oneof![
        4 => (any::<usize>(), any::<bool>()).prop_map(|(node, admit)| Act::Observe { node, admit }),
        2 => any::<(usize, usize)>().prop_map(|(entry, newcomer)| Act::Supplant { entry, newcomer }),
        1 => find(),
    ];
    prop::collection::vec((0..25_u64, act), 1..150)
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    node: NodeIx,
    connected: bool,
    replace_at: Time,
}

/// One bucket of the model.
#[derive(Clone, Debug, Default)]
struct Lists {
    disconnected: Vec<NodeIx>,
    connected: Vec<NodeIx>,
    waiting: Option<Waiting>,
}

impl Lists {
    fn all(&self) -> Vec<NodeIx> {
        [self.disconnected.as_slice(), &self.connected].concat()
    }

    fn holds(&self, node: NodeIx) -> bool {
        self.disconnected.contains(&node) || self.connected.contains(&node)
    }

    fn drop(&mut self, node: NodeIx) {
        self.disconnected.retain(|other| *other != node);
        self.connected.retain(|other| *other != node);
    }

    fn push(&mut self, node: NodeIx, connected: bool) {
        if connected { self.connected.push(node) } else { self.disconnected.push(node) }
    }
}

#[derive(Debug, Default)]
struct Counts {
    full: Sometimes,
    waits: Sometimes,
    evicted: Sometimes,
    saved: Sometimes,
    supplanted: Sometimes,
    cut: Sometimes,
}

/// The model: what the sources say, in lists.
struct Model<'a> {
    keys: &'a [Key],
    k: usize,
    buckets: BTreeMap<u32, Lists>,
    counts: &'a Counts,
}

impl Model<'_> {
    fn bucket(&mut self, node: NodeIx) -> Option<&mut Lists> {
        let bucket = self.keys[node.index()].common_prefix(self.keys[0]);
        (node != ME).then(|| self.buckets.entry(bucket).or_default())
    }

    /// Whoever waits long enough comes in, unless everybody came back.
    fn apply(&mut self, bucket: u32, now: Time) {
        let (k, counts) = (self.k, self.counts);
        let lists = self.buckets.entry(bucket).or_default();
        let Some(waiting) = lists.waiting.filter(|waiting| waiting.replace_at <= now) else {
            return;
        };
        lists.waiting = None;
        if lists.all().len() >= k {
            if lists.disconnected.is_empty() {
                // Never in practice: the last to come back was the oldest, which ends the waiting.
                return;
            }
            lists.disconnected.remove(0);
            counts.evicted.note(true);
        }
        lists.push(waiting.node, waiting.connected);
    }

    fn insert(&mut self, node: NodeIx, connected: bool, now: Time, replace_at: Time) -> Insert {
        if node == ME {
            return Insert::Myself;
        }
        self.apply(self.keys[node.index()].common_prefix(self.keys[0]), now);
        let (k, counts) = (self.k, self.counts);
        let Some(lists) = self.bucket(node) else { return Insert::Myself };
        if lists.holds(node) || lists.waiting.is_some_and(|waiting| waiting.node == node) {
            return Insert::Present;
        }
        if lists.all().len() < k {
            lists.push(node, connected);
            return Insert::Inserted;
        }
        counts.full.note(true);
        match lists.disconnected.first() {
            Some(&oldest) if connected && lists.waiting.is_none() => {
                counts.waits.note(true);
                lists.waiting = Some(Waiting { node, connected, replace_at });
                Insert::Pending { oldest }
            }
            _ => Insert::Full,
        }
    }

    fn update(&mut self, node: NodeIx, connected: bool, now: Time) -> bool {
        if node == ME {
            return false;
        }
        self.apply(self.keys[node.index()].common_prefix(self.keys[0]), now);
        let counts = self.counts;
        let Some(lists) = self.bucket(node) else { return false };
        if !lists.holds(node) {
            if let Some(waiting) = lists.waiting.as_mut().filter(|waiting| waiting.node == node) {
                waiting.connected = connected;
            }
            return false;
        }
        if connected && lists.all()[0] == node {
            counts.saved.note(lists.waiting.is_some());
            lists.waiting = None;
        }
        lists.drop(node);
        lists.push(node, connected);
        true
    }

    fn observe(&mut self, node: NodeIx, admit: bool) -> Insert {
        let (k, counts) = (self.k, self.counts);
        let Some(lists) = self.bucket(node) else { return Insert::Myself };
        if lists.holds(node) {
            lists.drop(node);
            lists.push(node, true);
            Insert::Present
        } else if !admit {
            Insert::Refused
        } else if lists.all().len() >= k {
            counts.full.note(true);
            Insert::Full
        } else {
            lists.push(node, true);
            Insert::Inserted
        }
    }

    fn supplant(&mut self, entry: NodeIx, newcomer: NodeIx) -> bool {
        let counts = self.counts;
        let Some(lists) = self.bucket(entry) else { return false };
        if !lists.holds(entry) || lists.holds(newcomer) {
            return false;
        }
        counts.supplanted.note(true);
        lists.drop(entry);
        lists.push(newcomer, true);
        true
    }

    /// A search lets the waiting in at every bucket it passes, the closest to the target first.
    fn pass(&mut self, target: Key, limit: usize, except: NodeIx, now: Time) {
        let me = self.keys[0];
        let mut order: Vec<u32> = self.buckets.keys().copied().collect();
        let end = |bucket: u32| me.flip_bit(bucket).with_tail(bucket + 1, target);
        order.sort_by_key(|bucket| end(*bucket).distance(target));
        let mut found = 0;
        for bucket in order {
            self.apply(bucket, now);
            let entries = self.buckets[&bucket].all();
            found += entries.iter().filter(|node| **node != except).count();
            if found >= limit {
                return;
            }
        }
    }

    /// Does the table show what the model holds, entry for entry?
    fn shown_by(&self, table: &Table) -> Verdict {
        for (bucket, lists) in &self.buckets {
            let shown = table.bucket(*bucket as usize);
            ensure(shown == lists.all(), || format!("bucket {bucket}: {shown:?}, not {lists:?}"))?;
            let connected = |node| table.status(node, self.keys) == Some(Status::Connected);
            let right = shown.iter().copied().filter(|node| connected(*node));
            ensure(right.eq(lists.connected.iter().copied()), || format!("status in {bucket}"))?;
        }
        let total: usize = self.buckets.values().map(|lists| lists.all().len()).sum();
        ensure(total == table.len() && table.is_empty() == (total == 0), || "length".to_owned())
    }
}

/// I1, I2, I4, and the first half of I5: `entries` bucket by bucket with whether they are connected.
pub(crate) fn in_order(
    buckets: &[(u32, Vec<(NodeIx, bool)>)],
    me: NodeIx,
    keys: &[Key],
    k: usize,
) -> Verdict {
    let mut seen = Vec::new();
    for (bucket, entries) in buckets {
        ensure(entries.len() <= k, || format!("I1: bucket {bucket} holds {}", entries.len()))?;
        for (node, _) in entries {
            let place = keys[node.index()].common_prefix(keys[me.index()]);
            ensure(place == *bucket, || format!("I2: {node:?} is in {bucket}, not {place}"))?;
            ensure(*node != me && !seen.contains(node), || format!("I4: {node:?}"))?;
            seen.push(*node);
        }
        let sorted = entries.is_sorted_by_key(|(_, connected)| *connected);
        ensure(sorted, || format!("I5: disconnected behind connected in {bucket}"))?;
    }
    Ok(())
}

fn shown(table: &Table, keys: &[Key]) -> Vec<(u32, Vec<(NodeIx, bool)>)> {
    let status = |node| table.status(node, keys) == Some(Status::Connected);
    let last = table.deepest().map_or(0, |bucket| bucket + 1);
    (0..last)
        .map(|bucket| {
            let entries = table.bucket(bucket).iter();
            (
                u32::try_from(bucket).expect("a bucket"),
                entries.map(|node| (*node, status(*node))).collect(),
            )
        })
        .collect()
}

/// I7: `found` are the `limit` of `entries` that are closest to `target`, closest first.
fn nearest(
    found: &[NodeIx],
    entries: &[NodeIx],
    target: Key,
    limit: usize,
    keys: &[Key],
) -> Verdict {
    let mut all = entries.to_vec();
    all.sort_by_key(|node| keys[node.index()].distance(target));
    all.truncate(limit);
    ensure(found == all, || format!("I7: {found:?}, not {all:?}"))
}

/// Carries out `act` on both; what each says must be the same.
fn step(table: &mut Table, model: &mut Model<'_>, act: &Act, now: Time) -> Verdict {
    let keys = model.keys;
    let node = |number: usize| NodeIx::from_usize(number % keys.len());
    let status = |connected| if connected { Status::Connected } else { Status::Disconnected };
    let replace_at = now + Span::from_secs(60);
    match *act {
        Act::Insert { node: n, connected } => {
            let said = table.insert(node(n), status(connected), now, replace_at, keys);
            let expected = model.insert(node(n), connected, now, replace_at);
            ensure(said == expected, || format!("insert: {said:?}, not {expected:?}"))?;
        }
        Act::Update { node: n, connected } => {
            let said = table.update(node(n), status(connected), now, keys);
            ensure(said == model.update(node(n), connected, now), || "update".to_owned())?;
        }
        Act::Observe { node: n, admit } => {
            let said = table.observe(node(n), admit, keys);
            let expected = model.observe(node(n), admit);
            ensure(said == expected, || format!("observe: {said:?}, not {expected:?}"))?;
        }
        Act::Supplant { entry, newcomer } => {
            let (entry, newcomer) = (node(entry), node(newcomer));
            let bucket = |node| table.bucket_of(node, keys);
            if bucket(entry).is_some() && bucket(entry) == bucket(newcomer) {
                let said = table.supplant(entry, newcomer, keys);
                ensure(said == model.supplant(entry, newcomer), || "supplant".to_owned())?;
            }
        }
        Act::Find { ref target, limit, except } => {
            let (target, except) = (target.key(keys), node(except));
            let limit = limit.min(32);
            let mut found = Contacts::EMPTY;
            table.closest(target, limit, Some(except), now, keys, &mut found);
            model.pass(target, limit, except, now);
            let others: Vec<NodeIx> =
                table.entries().iter().copied().filter(|node| *node != except).collect();
            model.counts.cut.note(others.len() > limit && limit > 0);
            nearest(&found, &others, target, limit, keys)?;
        }
    }
    Ok(())
}

fn run((keys, k, schedule): (Vec<Key>, u32, Schedule), counts: &Counts) -> Verdict {
    let mut params = preset("rust-libp2p-0.49");
    params.k = k;
    let mut table = Table::new(ME, &params, &keys);
    let mut model = Model { keys: &keys, k: k as usize, buckets: BTreeMap::new(), counts };
    let mut now = Time::ZERO;
    for (secs, act) in schedule {
        now += Span::from_secs(secs);
        let before = shown(&table, &keys);
        step(&mut table, &mut model, &act, now)?;
        model.shown_by(&table)?;
        in_order(&shown(&table, &keys), ME, &keys, k as usize)?;
        if !matches!(act, Act::Supplant { .. }) {
            let connected = before.iter().flat_map(|(_, entries)| entries).filter(|entry| entry.1);
            for (node, _) in connected {
                let stays = table.status(*node, &keys).is_some();
                ensure(stays, || format!("I6: {node:?} was connected and went"))?;
            }
        }
    }
    Ok(())
}

#[test]
fn a_table_with_connections_does_what_lists_and_a_sort_do() {
    let counts = Counts::default();
    let cases = (keys(), 1..7_u32, with_connections());
    always(400, &cases, |case| run(case, &counts));
    counts.full.happened("a bucket was full", 1_000);
    counts.waits.happened("a newcomer waited", 300);
    counts.evicted.happened("a newcomer took a place", 100);
    counts.saved.happened("the oldest saved its place", 10);
    counts.cut.happened("there was more than was asked for", 500);
}

#[test]
fn a_table_of_datagrams_does_what_lists_and_a_sort_do() {
    let counts = Counts::default();
    let cases = (keys(), 1..7_u32, with_datagrams());
    always(400, &cases, |case| run(case, &counts));
    counts.full.happened("a bucket was full", 1_000);
    counts.supplanted.happened("an entry was supplanted", 100);
    counts.cut.happened("there was more than was asked for", 500);
}

/// I3: a contact is in the one bucket whose range of distances holds it, and the ranges touch.
#[test]
fn the_ranges_of_buckets_are_disjoint_and_cover_everything() {
    let power = |bit: u32| Key::MIN.distance(Key::MIN.flip_bit(255 - bit));
    let params = preset("rust-libp2p-0.49");
    always(400, &(keys(), any::<[u64; 4]>()), |(mut keys, other)| {
        keys.push(Key::from_words(other));
        let table = Table::new(ME, &params, &keys);
        for number in 1..keys.len() {
            let node = NodeIx::from_usize(number);
            let distance = keys[0].distance(keys[number]);
            let ranges = (0..256)
                .filter(|i| distance >= power(*i) && (*i == 255 || distance < power(*i + 1)));
            let buckets: Vec<usize> = ranges.map(|i| 255 - i as usize).collect();
            let said: Vec<usize> = table.bucket_of(node, &keys).into_iter().collect();
            ensure(said == buckets, || format!("I3: {said:?}, not {buckets:?}"))?;
        }
        ensure(table.bucket_of(ME, &keys).is_none(), || "I3: no bucket for oneself".to_owned())
    });
}

/// How many entries lie between a node and a key, by the definition instead of by buckets.
#[test]
fn who_is_between_a_node_and_a_key_is_counted_by_distances() {
    let params = preset("rust-libp2p-0.49");
    let some = Sometimes::default();
    always(200, &(keys(), any::<[u64; 4]>(), any::<usize>(), 0..KEY_BITS), |case| {
        let (keys, anywhere, near, bit) = case;
        let mut table = Table::new(ME, &params, &keys);
        for node in (1..keys.len()).map(NodeIx::from_usize) {
            table.insert(node, Status::Disconnected, Time::ZERO, Time::ZERO, &keys);
        }
        let near = Target::Near(near, bit).key(&keys);
        for key in [Key::from_words(anywhere), near] {
            let me = keys[0];
            let first = me.common_prefix(key);
            let between = table.entries().iter().map(|node| keys[node.index()]).filter(|other| {
                let bucket = other.common_prefix(me);
                bucket == first && other.distance(me) <= key.distance(me)
                    || bucket > first && other.distance(key) < me.distance(key)
            });
            let (between, said) = (between.count(), table.between(key, &keys));
            some.note(between > 0);
            ensure(said == between, || format!("{said}, not {between}"))?;
        }
        Ok(())
    });
    some.happened("somebody was between", 100);
}

/// The planted bugs: each of the mistakes a table could make is one that the checkers see.
#[test]
fn tables_in_disorder_are_noticed() {
    let me = Key::MIN;
    let keys: Vec<Key> = std::iter::once(me)
        .chain((1..6).map(|n| me.flip_bit(0).with_tail(8, Key::from_words([n, n, n, n]))))
        .chain([me.flip_bit(1)])
        .collect();
    let node = NodeIx::new;
    let bucket = |list: &[(u32, bool)]| {
        vec![(0, list.iter().map(|(n, connected)| (node(*n), *connected)).collect())]
    };
    let check = |list: &[(u32, bool)]| in_order(&bucket(list), ME, &keys, 3);
    assert_eq!(check(&[(1, false), (2, true)]), Ok(()));
    let complaint = |list: &[(u32, bool)], which: &str| check(list).unwrap_err().starts_with(which);
    assert!(complaint(&[(1, false), (2, false), (3, false), (4, false)], "I1"));
    assert!(complaint(&[(6, false)], "I2"));
    assert!(complaint(&[(1, false), (1, false)], "I4"));
    assert!(complaint(&[(1, true), (2, false)], "I5"));
    let all = [1, 2, 3, 4].map(node);
    let target = keys[2];
    let mut sorted = all.to_vec();
    sorted.sort_by_key(|n| keys[n.index()].distance(target));
    assert_eq!(nearest(&sorted[..3], &all, target, 3, &keys), Ok(()));
    let swapped = [sorted[1], sorted[0], sorted[2]];
    assert!(nearest(&swapped, &all, target, 3, &keys).is_err());
    assert!(nearest(&sorted[..2], &all, target, 3, &keys).is_err());
    assert!(nearest(&sorted[1..], &all, target, 3, &keys).is_err());
}
