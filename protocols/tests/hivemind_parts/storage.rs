//! Records and tiers: invariants I4 (expirations do not go back), I5 (the order of stores and merges
//! does not matter) and I6 (a record outlives its subkeys), and the two defects.

use std::collections::BTreeMap;

use dhtlab_core::author::{Key, Time, Value};
use dhtlab_protocols::hivemind::{Dictionary, Flaws, Stored, Tier, Tiers};
use proptest::prelude::*;

const GOOD: Flaws = Flaws { stale_store: false, lazy_dictionary_store: false };
const KEY: Key = Key::MIN;

const fn at(nanos: u64) -> Time {
    Time::from_nanos(nanos)
}

const fn value(version: u64) -> Value {
    Value { version, bytes: 10 }
}

#[derive(Clone, Debug)]
enum Step {
    Plain(u64),
    Subkey(u64, u64),
    Whole(Vec<(u64, u64)>),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let entries = prop::collection::vec((0_u64..6, 0_u64..40), 0..6);
    let step = prop_oneof![
        1 => (0_u64..40).prop_map(Step::Plain),
        5 => (0_u64..6, 0_u64..40).prop_map(|(subkey, life)| Step::Subkey(subkey, life)),
        2 => entries.prop_map(Step::Whole),
        3 => (0_u64..12).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..80)
}

/// The oracle of one record: a plain value, or subkeys with a latest expiration.
#[derive(Clone, Debug)]
enum Model {
    Plain(u64, u64),
    Dictionary { outer: u64, latest: u64, entries: BTreeMap<u64, (u64, u64)> },
}

impl Model {
    fn outer(&self) -> u64 {
        match self {
            Self::Plain(_, expires) | Self::Dictionary { outer: expires, .. } => *expires,
        }
    }

    fn plain(old: &mut Option<Self>, version: u64, expires: u64, now: u64) -> bool {
        Self::clear(old, now);
        let stored = expires >= now && old.as_ref().is_none_or(|old| old.outer() < expires);
        if stored {
            *old = Some(Self::Plain(version, expires));
        }
        stored
    }

    fn clear(old: &mut Option<Self>, now: u64) {
        if old.as_ref().is_some_and(|old| old.outer() < now) {
            *old = None;
        }
        if let Some(Self::Dictionary { entries, .. }) = old {
            entries.retain(|_, (_, expires)| *expires >= now);
        }
    }

    fn subkey(old: &mut Option<Self>, subkey: u64, version: u64, expires: u64, now: u64) -> bool {
        Self::clear(old, now);
        match old {
            Some(Self::Plain(_, outer)) if *outer >= expires => false,
            Some(Self::Dictionary { outer, latest, entries }) => {
                if expires > *latest {
                    *latest = expires;
                    *outer = (*outer).max(expires);
                }
                let newer = entries.get(&subkey).is_none_or(|(_, old)| *old < expires);
                if newer && expires >= now {
                    entries.insert(subkey, (version, expires));
                }
                newer && expires >= now
            }
            _ if expires < now => false,
            _ => {
                let entries = BTreeMap::from([(subkey, (version, expires))]);
                *old = Some(Self::Dictionary { outer: expires, latest: expires, entries });
                true
            }
        }
    }
}

fn same(tier: &Tier, model: Option<&Model>, now: u64) -> Result<(), TestCaseError> {
    let found = tier.peek(&KEY, at(now));
    prop_assert_eq!(found.map(|found| found.1), model.map(|model| at(model.outer())));
    match (found.map(|found| found.0), model) {
        (Some(Stored::Plain(found)), Some(Model::Plain(version, _))) => {
            prop_assert_eq!(found.version, *version);
        }
        (Some(Stored::Dictionary(found)), Some(Model::Dictionary { latest, entries, .. })) => {
            let found: Vec<_> = found.entries(at(now)).map(|(k, v, e)| (k, v.version, e)).collect();
            let expected: Vec<_> = entries.iter().map(|(k, (v, e))| (*k, *v, at(*e))).collect();
            prop_assert_eq!(found, expected);
            let outer = model.map_or(0, Model::outer);
            prop_assert!(entries.values().all(|(_, expires)| *expires <= outer), "I6");
            prop_assert!(*latest <= outer);
        }
        (None, None) => {}
        (found, model) => prop_assert!(false, "{found:?} instead of {model:?}"),
    }
    Ok(())
}

const BEFORE: u64 = 3;

proptest! {
    #[test]
    fn a_record_is_what_the_oracle_says(steps in steps()) {
        let mut tier = Tier::new(None);
        let mut model: Option<Model> = None;
        let (mut now, mut version) = (100, 0);
        for step in steps {
            Model::clear(&mut model, now);
            same(&tier, model.as_ref(), now)?;
            let before = model.as_ref().map(Model::outer);
            version += 1;
            match step {
                Step::Plain(life) => {
                    let expires = now + life - BEFORE;
                    let stored = tier.store_plain(KEY, value(version), at(expires), at(now), GOOD);
                    prop_assert_eq!(stored, Model::plain(&mut model, version, expires, now));
                }
                Step::Subkey(subkey, life) => {
                    let expires = now + life - BEFORE;
                    let stored =
                        tier.store_subkey(KEY, subkey, value(version), at(expires), at(now), GOOD);
                    let expected = Model::subkey(&mut model, subkey, version, expires, now);
                    prop_assert_eq!(stored, expected);
                }
                Step::Whole(lives) => {
                    let lives: BTreeMap<u64, u64> = lives.into_iter().collect();
                    let entries = lives.iter().map(|(k, life)| (*k, now + life - BEFORE));
                    let sent = entries.clone().map(|(k, expires)| (k, value(version), at(expires)));
                    let sent = Dictionary::decoded(at(0), sent);
                    let stored = tier.store_dictionary(KEY, &sent, at(now), GOOD);
                    let mut all = true;
                    for (subkey, expires) in entries.filter(|(_, expires)| *expires >= now) {
                        all &= Model::subkey(&mut model, subkey, version, expires, now);
                    }
                    prop_assert_eq!(stored, all);
                }
                Step::Wait(nanos) => now += nanos,
            }
            let after = tier.peek(&KEY, at(now)).map(|found| found.1);
            if let Some(before) = before.map(at).filter(|before| *before >= at(now)) {
                prop_assert!(after.is_some_and(|after| after >= before), "I4");
            }
        }
        Model::clear(&mut model, now);
        same(&tier, model.as_ref(), now)?;
    }

    /// I5 for plain values: whatever the order, the last to expire is there.
    #[test]
    fn stores_commute(lives in Just((1..20_u64).collect::<Vec<_>>()).prop_shuffle()) {
        let mut tier = Tier::new(None);
        for life in lives {
            tier.store_plain(KEY, value(life), at(life), at(0), GOOD);
        }
        prop_assert_eq!(tier.get(&KEY, at(0)), Some((&Stored::Plain(value(19)), at(19))));
    }

    /// I5 for dictionaries; versions say the expiration, so equal ones do not conflict.
    #[test]
    fn merging_commutes_and_is_idempotent(
        parts in prop::collection::vec(prop::collection::vec((0_u64..8, 0_u64..40), 0..8), 3),
        now in 0_u64..40, bug: bool,
    ) {
        let parts: Vec<Dictionary> = parts
            .into_iter()
            .map(|entries| {
                let mut dictionary = Dictionary::new();
                for (subkey, expires) in entries {
                    dictionary.store(subkey, value(expires), at(expires), at(0), false);
                }
                dictionary.packed(at(now))
            })
            .collect();
        let merged = |order: [usize; 5]| {
            let mut all = parts[order[0]].clone();
            order[1..].iter().for_each(|part| all.merge(&parts[*part], at(now), false));
            all.entries(at(now)).collect::<Vec<_>>()
        };
        let reference = merged([0, 1, 2, 2, 2]);
        for order in [[0, 0, 1, 1, 2], [2, 1, 0, 0, 2], [1, 2, 0, 1, 2], [2, 0, 1, 2, 1]] {
            prop_assert_eq!(merged(order), reference.clone());
        }
        // Merging leaves what was merged from alone.
        let (before, mut copy) = (parts[0].clone(), parts[0].clone());
        copy.merge(&parts[1], at(now), bug);
        prop_assert!(parts[0] == before);
    }
}

#[test]
fn a_message_says_neither_what_expired_nor_what_is_cut_short() {
    let mut dictionary = Dictionary::new();
    dictionary.store(1, value(1), at(100), at(0), true);
    dictionary.store(1, value(2), at(50), at(0), true);
    dictionary.store(2, value(3), at(20), at(0), true);
    assert_eq!(dictionary.entries(at(51)).count(), 0);
    let packed = dictionary.packed(at(30));
    assert_eq!(packed.entries(at(51)).collect::<Vec<_>>(), [(1, value(1), at(100))]);
    assert_eq!(packed.entries(at(0)).count(), 1);
    assert_eq!(packed.latest(), at(100));
    // Of two entries of 10 bytes one is left.
    assert_eq!(dictionary.wire_bytes(2, at(0)) - packed.wire_bytes(2, at(0)), 1 + 3 + 12 + 9);
}

#[test]
fn refused_offers_raise_the_latest_expiration_too() {
    let mut dictionary = Dictionary::new();
    assert!(dictionary.store(1, value(1), at(100), at(0), false));
    assert!(!dictionary.store(2, value(1), at(110), at(120), false));
    assert_eq!(dictionary.latest(), at(110));
}

#[test]
fn a_plain_store_wipes_a_dictionary_and_a_subkey_a_plain_value() {
    let mut tier = Tier::new(None);
    assert!(tier.store_subkey(KEY, 1, value(1), at(10), at(0), GOOD));
    assert!(!tier.store_plain(KEY, value(2), at(10), at(0), GOOD));
    assert!(tier.store_plain(KEY, value(2), at(11), at(0), GOOD));
    assert!(tier.dictionary_mut(&KEY, at(0)).is_none());
    assert!(!tier.store_subkey(KEY, 1, value(3), at(11), at(0), GOOD));
    assert!(tier.store_subkey(KEY, 1, value(3), at(12), at(0), GOOD));
    assert_eq!(tier.dictionary_mut(&KEY, at(0)).map(|d| d.len(at(0))), Some(1));
}

/// The defect G1 in a subkey, and in a whole dictionary hit by a plain store.
#[test]
fn a_stale_store_shortens_dictionaries_exactly_with_the_defect() {
    for flaws in [GOOD, Flaws { stale_store: true, ..GOOD }] {
        let alive = usize::from(!flaws.stale_store);
        let mut tier = Tier::new(None);
        assert!(tier.store_subkey(KEY, 1, value(1), at(100), at(0), flaws));
        assert!(tier.store_subkey(KEY, 2, value(2), at(100), at(0), flaws));
        assert!(!tier.store_subkey(KEY, 1, value(3), at(50), at(0), flaws));
        assert_eq!(tier.dictionary_mut(&KEY, at(51)).map(|d| d.len(at(51))), Some(1 + alive));
        assert!(!tier.store_plain(KEY, value(4), at(60), at(51), flaws));
        assert_eq!(tier.get(&KEY, at(60)).map(|found| found.1), Some(at(100)));
        assert_eq!(tier.len(at(61)), alive);
    }
}

/// The defect G4: what comes after a refused subkey is lost.
#[test]
fn a_dictionary_is_stored_up_to_a_refused_subkey_exactly_with_the_defect() {
    for flaws in [GOOD, Flaws { lazy_dictionary_store: true, ..GOOD }] {
        let mut tier = Tier::new(None);
        assert!(tier.store_subkey(KEY, 2, value(9), at(100), at(0), flaws));
        let sent = Dictionary::decoded(at(90), (1..5).map(|subkey| (subkey, value(1), at(90))));
        assert!(!tier.store_dictionary(KEY, &sent, at(0), flaws));
        let stored = tier.dictionary_mut(&KEY, at(0)).unwrap();
        let subkeys: Vec<u64> = stored.entries(at(0)).map(|entry| entry.0).collect();
        let expected: &[u64] = if flaws.lazy_dictionary_store { &[1, 2] } else { &[1, 2, 3, 4] };
        assert_eq!(subkeys, expected);
    }
}

#[test]
fn a_find_prefers_what_lives_longer_and_then_the_storage() {
    let mut tiers = Tiers::new(None, Some(1));
    tiers.tier_mut(true).store_plain(KEY, value(1), at(10), at(0), GOOD);
    assert_eq!(tiers.find(&KEY, at(0)).map(|found| found.1), Some(at(10)));
    tiers.tier_mut(false).store_plain(KEY, value(2), at(10), at(0), GOOD);
    assert_eq!(tiers.find(&KEY, at(0)), Some((&Stored::Plain(value(2)), at(10))));
    tiers.cache.store_plain(KEY, value(3), at(11), at(0), GOOD);
    assert_eq!(tiers.find(&KEY, at(0)), Some((&Stored::Plain(value(3)), at(11))));
    assert_eq!(tiers.peek(&KEY, at(0)), Some((&Stored::Plain(value(3)), at(11))));
    assert_eq!(tiers.find(&KEY, at(12)), None);
}
