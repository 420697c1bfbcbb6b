//! S2 to S6 and quorums, at the store itself: beside it a model that remembers everything.

use std::collections::BTreeMap;

use dhtlab_core::author::*;
use dhtlab_protocols::kademlia::message::Parcel;
use dhtlab_protocols::kademlia::store::{Kept, Record, Store, expiry};
use dhtlab_protocols::kademlia::{Params, Quorum};
use proptest::prelude::*;

use super::check::{Sometimes, Verdict, always, ensure};
use super::common::{at, preset};

const ME: NodeIx = NodeIx::new(0);

fn key(number: u64) -> Key {
    Key::from_words([number, 0, 0, 0])
}

#[derive(Clone, Copy, Debug)]
enum Act {
    /// A record arrives, or is the own one if its publisher is.
    Keep {
        key: u64,
        publisher: u32,
        life: u64,
    },
    Read {
        key: u64,
    },
    /// A run of the upkeep.
    Run {
        publish: bool,
        replicate: bool,
    },
    Announce {
        key: u64,
        provider: u32,
        life: u64,
    },
    Ask {
        key: u64,
    },
}

fn schedule() -> impl Strategy<Value = Vec<(u64, Act)>> {
    let act = prop_oneof![
        3 => (0..6_u64, 0..4_u32, 0..60_u64)
            .prop_map(|(key, publisher, life)| Act::Keep { key, publisher, life }),
        2 => (0..6_u64).prop_map(|key| Act::Read { key }),
        2 => any::<(bool, bool)>().prop_map(|(publish, replicate)| Act::Run { publish, replicate }),
        3 => (0..4_u64, 0..9_u32, 0..60_u64)
            .prop_map(|(key, provider, life)| Act::Announce { key, provider, life }),
        2 => (0..4_u64).prop_map(|key| Act::Ask { key }),
    ];
    prop::collection::vec((0..15_u64, act), 1..120)
}

#[derive(Default)]
struct Counts {
    expired: Sometimes,
    skipped: Sometimes,
    due: Sometimes,
    capped: Sometimes,
    full: Sometimes,
}

/// All that a store was given.
#[derive(Default)]
struct Model {
    /// With whether it arrived since the last run.
    records: BTreeMap<u64, (Record, bool)>,
    providers: BTreeMap<u64, Vec<(NodeIx, Time)>>,
}

impl Model {
    /// Whether there is room for one more provider; one that is known has it already.
    fn announce(&mut self, key: u64, (node, expires): (NodeIx, Time), p: &Params) -> bool {
        let new = !self.providers.contains_key(&key);
        if new && self.providers.len() >= p.provided_keys_max as usize {
            return false;
        }
        let list = self.providers.entry(key).or_default();
        if let Some(known) = list.iter_mut().find(|known| known.0 == node) {
            known.1 = expires;
            return true;
        }
        let room = list.len() < p.providers_max as usize;
        if room {
            list.push((node, expires));
        }
        room
    }
}

/// S2: what is read at `now` is what was stored last, and alive.
fn alive(read: Option<Record>, kept: Option<Record>, now: Time) -> Verdict {
    let expected = kept.filter(|record| record.expires > now).map(|record| record.value);
    let read = read.map(|record| record.value);
    ensure(read == expected, || format!("S2: {read:?} at {now:?}, not {expected:?}"))
}

/// S6: nobody passes on at `due` what `arrived` since the last run.
fn fresh_are_left_out(due: &[Key], arrived: &[Key]) -> Verdict {
    let passed = due.iter().find(|key| arrived.contains(key));
    ensure(passed.is_none(), || format!("S6: {passed:?} arrived since the last run"))
}

/// S5: `said` are the living ones of `list`, and no more than `cap`.
fn capped(said: &[NodeIx], list: &[(NodeIx, Time)], cap: usize) -> Verdict {
    let expected: Vec<NodeIx> = list.iter().map(|(node, _)| *node).collect();
    ensure(said == expected, || format!("S2: {said:?}, not {expected:?}"))?;
    ensure(said.len() <= cap, || format!("S5: {} providers, at most {cap}", said.len()))
}

/// A run of the upkeep takes all that is alive, was not freshly stored, and is to be passed on.
fn run(
    store: &mut Store,
    model: &mut Model,
    (publish, replicate): (bool, bool),
    now: Time,
    counts: &Counts,
) -> Verdict {
    let due = store.due_records(ME, publish, replicate, now);
    model.records.retain(|_, (record, _)| record.expires > now);
    let arrived = model.records.iter().filter(|(_, (_, fresh))| *fresh);
    let arrived: Vec<Key> = arrived.map(|(k, _)| key(*k)).collect();
    fresh_are_left_out(&due, &arrived)?;
    let mut expected = Vec::new();
    for (k, (record, fresh)) in &mut model.records {
        let own = record.publisher == Some(ME);
        if !*fresh && (own && publish || !own && replicate) {
            expected.push(key(*k));
        }
        counts.skipped.note(*fresh && replicate);
        *fresh = false;
    }
    counts.due.add(due.len() as u64);
    ensure(due == expected, || format!("{due:?} are due, not {expected:?}"))
}

fn step(
    (store, model): (&mut Store, &mut Model),
    act: Act,
    now: Time,
    p: &Params,
    counts: &Counts,
) -> Verdict {
    match act {
        Act::Keep { key: k, publisher, life } => {
            let value = Value { version: now.as_nanos() ^ u64::from(publisher), bytes: 10 };
            let (publisher, own) = (NodeIx::new(publisher), publisher == 0);
            let expires = if own { Time::NEVER } else { now + Span::from_secs(life) };
            let record = Record { value, publisher: Some(publisher), expires, skip: !own };
            let room =
                model.records.contains_key(&k) || model.records.len() < p.records_max as usize;
            let kept = store.keep(key(k), record, p);
            ensure((kept == Kept::Yes) == room, || format!("keep: {kept:?}"))?;
            counts.full.note(!room);
            if room {
                model.records.insert(k, (record, !own));
            }
        }
        Act::Read { key: k } => {
            let kept = model.records.get(&k).map(|kept| kept.0);
            alive(store.record(key(k), now), kept, now)?;
            // What is found dead is buried: it takes no room any more.
            if kept.is_some_and(|record| record.expires <= now) {
                counts.expired.note(true);
                model.records.remove(&k);
            }
        }
        Act::Run { publish, replicate } => run(store, model, (publish, replicate), now, counts)?,
        Act::Announce { key: k, provider, life } => {
            let expires = now + Span::from_secs(life);
            let node = NodeIx::new(provider);
            let said = store.add_provider(key(k), node, expires, p);
            let expected = model.announce(k, (node, expires), p);
            counts.capped.note(!expected);
            ensure((said == Kept::Yes) == expected, || format!("S5: {said:?} for {node:?}"))?;
        }
        Act::Ask { key: k } => {
            let said = store.providers(key(k), 32, now);
            let mut list = model.providers.remove(&k).unwrap_or_default();
            list.retain(|(_, expires)| *expires > now);
            capped(&said, &list, p.providers_max as usize)?;
            if !list.is_empty() {
                model.providers.insert(k, list);
            }
        }
    }
    Ok(())
}

#[test]
fn a_store_keeps_what_it_may_as_long_as_it_may() {
    let counts = Counts::default();
    let params = Params {
        records_max: 4,
        provided_keys_max: 3,
        providers_max: 3,
        ..preset("rust-libp2p-0.49")
    };
    always(400, &schedule(), |schedule| {
        let (mut store, mut model) = (Store::default(), Model::default());
        let mut now = Time::ZERO;
        for (secs, act) in schedule {
            now += Span::from_secs(secs);
            step((&mut store, &mut model), act, now, &params, &counts)?;
            let held = store.records().count();
            ensure(held <= params.records_max as usize, || format!("{held} records"))?;
        }
        Ok(())
    });
    counts.expired.happened("a record was found expired", 200);
    counts.skipped.happened("a fresh record was left out", 200);
    counts.due.happened("a record was due", 500);
    counts.capped.happened("a provider found no room", 500);
    counts.full.happened("a record found no room", 200);
}

/// S3: the last moment of a record after it was passed on `ways` times. Only its way takes time.
fn no_new_life(first: Time, last: Time, on_the_way: Span) -> Verdict {
    ensure(last <= first + on_the_way, || format!("S3: from {first:?} to {last:?}"))
}

/// S4: what is kept at `now` with so many holders closer ends after the halved life at the latest.
fn halved(expires: Time, now: Time, between: u32, p: &Params) -> Verdict {
    let beyond = between.saturating_sub(p.replication);
    let mut life = p.record_ttl.as_nanos() / 1_000_000_000;
    for _ in 0..beyond.min(64) {
        life /= 2;
    }
    ensure(expires <= now + Span::from_secs(life), || {
        format!("S4: {expires:?} at {now:?} with {between} between")
    })
}

#[test]
fn passing_on_never_prolongs_a_life_and_publishing_again_does() {
    let (shorter, renewed) = (Sometimes::default(), Sometimes::default());
    let ways = prop::collection::vec((0..7_200_000_u64, 1..500_u64, 0..40_u32), 1..40);
    always(400, &(ways, 1..33_u32, 1..200_000_u64), |(ways, replication, ttl)| {
        let record_ttl = Span::from_secs(ttl);
        let params = Params { replication, record_ttl, ..preset("rust-libp2p-0.49") };
        let value = Value { version: 1, bytes: 1 };
        let published = at(1);
        let publisher = Some(NodeIx::new(9));
        let mut record = Record { value, publisher, expires: published + record_ttl, skip: false };
        let first = record.expires;
        let (mut now, mut on_the_way) = (published, Span::ZERO);
        for (rest, way, between) in ways {
            now += Span::from_millis(rest);
            if now >= record.expires {
                break;
            }
            let parcel: Parcel = record.parcel(now);
            let way = Span::from_millis(way);
            (now, on_the_way) = (now + way, on_the_way + way);
            let expires = expiry(&parcel, between as usize, now, &params);
            halved(expires, now, between, &params)?;
            no_new_life(record.expires, expires, way)?;
            shorter.note(expires < record.expires);
            record.expires = expires;
        }
        no_new_life(first, record.expires, on_the_way)?;
        let again = Parcel { ttl: record_ttl, ..record.parcel(now) };
        let fresh = expiry(&again, 0, now, &params);
        renewed.note(fresh > first + on_the_way);
        ensure(fresh == now + record_ttl, || format!("S3: published again until {fresh:?}"))
    });
    shorter.happened("a holder far from the key kept a record for less", 100);
    renewed.happened("publishing again prolonged a life", 200);
}

/// The quorums in order, and none beyond the replication factor.
#[test]
fn quorums_are_ordered_and_never_exceed_the_replication_factor() {
    for replication in 1..=32 {
        let needed = |quorum: Quorum| quorum.needed(replication);
        let [one, majority, all] = [Quorum::One, Quorum::Majority, Quorum::All].map(needed);
        assert!(one == 1 && one <= majority && majority <= all && all == replication);
        assert!(2 * majority > replication && 2 * (majority - 1) <= replication);
        for n in 1..=64 {
            assert_eq!(needed(Quorum::N(n)), n.min(replication));
        }
    }
}

/// The planted bugs.
#[test]
fn stores_that_keep_or_tell_too_much_are_noticed() {
    let params = preset("rust-libp2p-0.49");
    let value = Value { version: 1, bytes: 1 };
    let record = Record { value, publisher: None, expires: at(5), skip: false };
    assert_eq!(alive(Some(record), Some(record), at(4)), Ok(()));
    assert!(alive(Some(record), Some(record), at(5)).is_err());
    assert!(alive(None, Some(record), at(4)).is_err());
    assert!(fresh_are_left_out(&[key(1), key(2)], &[key(2)]).is_err());
    let list = [1, 2, 3].map(|n| (NodeIx::new(n), Time::NEVER));
    assert!(capped(&[1, 2, 3].map(NodeIx::new), &list, 2).is_err());
    assert!(capped(&[NodeIx::new(1)], &list, 3).is_err());
    assert!(no_new_life(at(10), at(11), Span::from_millis(999)).is_err());
    // A holder that counts from the farthest of the closest instead of beyond them.
    let whole = at(0) + params.record_ttl;
    assert_eq!(halved(whole, at(0), params.replication, &params), Ok(()));
    assert!(halved(whole, at(0), params.replication + 1, &params).is_err());
}
