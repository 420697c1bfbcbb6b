//! The laws of the metric, M1 to M6, over keys that are often equal or nearly so; and metrics that
//! are none, which the same laws must refuse.

use std::cell::Cell;

use dhtlab_core::author::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// The sum of two distances; `None` when it exceeds every distance.
fn sum(a: Distance, b: Distance) -> Option<Distance> {
    let mut words = [0; 4];
    let mut carry = false;
    for i in (0..4).rev() {
        let (part, over) = a.words()[i].overflowing_add(b.words()[i]);
        let (part, more) = part.overflowing_add(u64::from(carry));
        words[i] = part;
        carry = over || more;
    }
    (!carry).then_some(Distance::from_words(words))
}

fn xor(a: Distance, b: Distance) -> Distance {
    Distance::from_words(std::array::from_fn(|i| a.words()[i] ^ b.words()[i]))
}

/// The laws that `d` breaks at three points.
fn broken(d: impl Fn(Key, Key) -> Distance, [x, y, z]: [Key; 3]) -> Vec<&'static str> {
    let laws = [
        ("M1", d(x, x) == Distance::ZERO),
        ("M2", x == y || d(x, y) > Distance::ZERO),
        ("M3", d(x, y) == d(y, x)),
        ("M4", sum(d(x, y), d(y, z)).is_none_or(|way_round| d(x, z) <= way_round)),
        ("M5", xor(d(x, y), d(y, z)) == d(x, z)),
        ("M6", y == z || d(x, y) != d(x, z)),
    ];
    laws.into_iter().filter(|(_, holds)| !holds).map(|(law, _)| law).collect()
}

/// Three keys, the second and third often close to the first.
fn points() -> impl Strategy<Value = [Key; 3]> {
    let word = || prop_oneof![Just(0), Just(u64::MAX), any::<u64>()];
    let key = move || [word(), word(), word(), word()].prop_map(Key::from_words);
    let near = (any::<bool>(), 0..KEY_BITS, any::<bool>());
    (key(), [key(), key()], [near.clone(), near]).prop_map(|(x, others, near)| {
        let other = |i: usize| match near[i] {
            (true, _, true) => x,
            (true, bit, false) => x.flip_bit(bit),
            _ => others[i],
        };
        [x, other(0), other(1)]
    })
}

fn config() -> Config {
    Config {
        cases: 2_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..Config::default()
    }
}

#[test]
fn distances_obey_the_laws_of_a_metric_that_is_unidirectional() {
    let (equal, close) = (Cell::new(0), Cell::new(0));
    let outcome = TestRunner::new(config()).run(&points(), |points| {
        let [x, y, z] = points;
        prop_assert_eq!(broken(Key::distance, points), [""; 0]);
        // M6: the one point at that distance is found.
        prop_assert_eq!(x.at_distance(x.distance(y)), y);
        prop_assert_eq!(x.distance(x.at_distance(y.distance(z))), y.distance(z));
        equal.set(equal.get() + u32::from(x == y && y != z));
        close.set(close.get() + u32::from(x.common_prefix(y) > 128 && x != y));
        Ok(())
    });
    outcome.unwrap();
    assert!(equal.get() > 50 && close.get() > 50, "both happen: {equal:?} {close:?}");
}

/// M6 by counting: from each of 64 points each of 64 distances leads to exactly one of them.
#[test]
fn every_distance_leads_to_exactly_one_point() {
    let space = |n: u64| Key::from_words([n & 3, 0, n >> 2 & 3, n >> 4]);
    for from in (0..64).map(space) {
        for to in (0..64).map(space) {
            let distance = from.distance(to);
            let there = (0..64).filter(|n| from.distance(space(*n)) == distance).count();
            assert_eq!(there, 1, "{from:?} {distance:?}");
        }
    }
}

/// An order of distances is an order of the first bit at which two keys part from a third.
#[test]
fn the_longer_prefix_is_always_the_closer_one() {
    let outcome = TestRunner::new(config()).run(&points(), |[x, y, z]| {
        if x.common_prefix(y) > x.common_prefix(z) {
            prop_assert!(x.distance(y) < x.distance(z));
        }
        prop_assert_eq!(x.distance(y).leading_zeros(), x.common_prefix(y));
        Ok(())
    });
    outcome.unwrap();
}

/// The planted bugs: a ring, which has two points at each distance; a look at the first word only;
/// a distance that depends on the direction; and one that counts bits.
#[test]
fn metrics_of_other_kinds_are_refused() {
    let key = |n| Key::from_words([n, 0, 0, 0]);
    let of = |n: u64| Distance::from_words([n, 0, 0, 0]);
    let ring = |a: Key, b: Key| {
        let gap = a.prefix().wrapping_sub(b.prefix());
        of(gap.min(gap.wrapping_neg()))
    };
    assert_eq!(broken(ring, [10, 7, 13].map(key)), ["M5", "M6"]);
    let first_word = |a: Key, b: Key| of(a.distance(b).words()[0]);
    let close = [[1, 0, 0, 0], [1, 0, 0, 1], [2, 0, 0, 0]].map(Key::from_words);
    assert_eq!(broken(first_word, close), ["M2"]);
    let one_way = |a: Key, b: Key| of(b.prefix().wrapping_sub(a.prefix()));
    assert_eq!(broken(one_way, [1, 2, 5].map(key)), ["M3", "M5"]);
    let squared = |a: Key, b: Key| of(a.prefix().abs_diff(b.prefix()).pow(2));
    assert!(broken(squared, [1, 2, 4].map(key)).contains(&"M4"));
    let bits = |a: Key, b: Key| of(u64::from(a.distance(b).words()[0].count_ones()));
    assert!(broken(bits, [0, 1, 2].map(key)).contains(&"M6"));
    let shifted = |a: Key, b: Key| of(a.distance(b).words()[0] + 1);
    assert!(broken(shifted, [0, 1, 2].map(key)).contains(&"M1"));
}
