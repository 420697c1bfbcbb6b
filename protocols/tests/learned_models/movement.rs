//! V16: what a retrain moves.

use dhtlab_core::keyset::KeySet;
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_protocols::learned_chord::{Form, train};

use crate::common::{LOGNORMAL, Ring, draw, params, peak};

const KEYS: usize = 200_000;

/// The share of old keys whose host changes when the model is trained again on old and new keys, and
/// the peak over the mean before and after.
fn retrain(seed: u64, new: &[u64]) -> (f64, f64, f64) {
    let ring = Ring::new(seed, 500, 10);
    let mut keys = draw(&LOGNORMAL, seed, KEYS);
    let old = keys.clone();
    keys.sort_unstable();
    let before = train(&keys, &params(Form::Edges, 1_000)).expect("keys").model;
    keys.extend(new);
    keys.sort_unstable();
    let after = train(&keys, &params(Form::Edges, 1_000)).expect("keys").model;
    let owner = |position| ring.owner(position);
    let moved =
        old.iter().filter(|key| owner(before.position(**key)) != owner(after.position(**key)));
    let moved = moved.count() as f64 / KEYS as f64;
    let stale = peak(&ring.loads(keys.iter().map(|key| before.position(*key))));
    let fresh = peak(&ring.loads(keys.iter().map(|key| after.position(*key))));
    (moved, stale, fresh)
}

/// The means over `seeds` seeds.
fn mean(seeds: u64, new: impl Fn(u64) -> Vec<u64>) -> (f64, f64, f64) {
    let mut sums = (0.0, 0.0, 0.0);
    for seed in 1..=seeds {
        let (moved, stale, fresh) = retrain(seed, &new(seed));
        sums = (sums.0 + moved, sums.1 + stale, sums.2 + fresh);
    }
    let n = seeds as f64;
    (sums.0 / n, sums.1 / n, sums.2 / n)
}

/// What `count` more keys of the same law are expected to move: positions shift by the difference of
/// two empirical distributions, which at the share `u` is normal with variance `u (1 - u) v`, and a
/// key stays where it is if none of 5,000 uniform virtual nodes lies in the shift.
fn expected(count: usize) -> f64 {
    let (old, new) = (KEYS as f64, count as f64);
    let scale = 5_000.0 * new / (old + new) * f64::sqrt(1.0 / old + 1.0 / new);
    let stays = (0..1_000).map(|step| {
        let u = (f64::from(step) + 0.5) / 1_000.0;
        let a = scale * f64::sqrt(u * (1.0 - u));
        libm::exp(a * a / 2.0) * libm::erfc(a / std::f64::consts::SQRT_2)
    });
    1.0 - stays.sum::<f64>() / 1_000.0
}

fn more(set: &KeySet, seed: u64, count: usize, above: Option<u64>) -> Vec<u64> {
    let mut stream = Stream::new(Seed(seed), Purpose::RecordKeys, 1);
    set.draw(&mut stream, count, above).expect("names")
}

/// One seed in forty moves .43, another .89: only the mean can be compared.
#[test]
fn more_of_the_same_moves_more_than_half() {
    let count = KEYS * 2 / 5;
    let (moved, stale, fresh) = mean(40, |seed| more(&LOGNORMAL, seed, count, None));
    assert!((moved - 0.64).abs() <= 0.05, "{moved}");
    assert!((moved - expected(count)).abs() <= 0.03, "{moved} {}", expected(count));
    assert!((stale - fresh).abs() < 0.3, "and for nothing: {stale} {fresh}");
    let count = KEYS / 20;
    let (moved, ..) = mean(40, |seed| more(&LOGNORMAL, seed, count, None));
    assert!((moved - expected(count)).abs() <= 0.03, "{moved} {}", expected(count));
}

#[test]
fn shifted_keys_move_nearly_all() {
    let shifted = KeySet::LogNormal { mu: 1.0, sigma: 2.0 };
    let (moved, ..) = mean(5, |seed| more(&shifted, seed, KEYS * 2 / 5, None));
    assert!((moved - 0.996).abs() <= 0.05, "{moved}");
}

#[test]
fn appended_keys_make_a_hot_spot_and_then_move_nearly_all() {
    let (moved, stale, fresh) = mean(5, |seed| {
        let above = draw(&LOGNORMAL, seed, KEYS).into_iter().max();
        more(&KeySet::Sequential, seed, KEYS * 2 / 5, above)
    });
    assert!((moved - 0.997).abs() <= 0.05, "{moved}");
    assert!((100.0..=200.0).contains(&stale), "{stale}");
    assert!(fresh < 2.9, "{fresh}");
}

#[test]
fn the_same_keys_move_nothing() {
    let (moved, stale, fresh) = retrain(1, &[]);
    assert!(moved == 0.0 && (stale - fresh).abs() < 1e-9);
}
