//! V11: DLHT's rule reproduces its flaw, and routing through the root repairs it.

use dhtlab_core::keyset::KeySet;
use dhtlab_protocols::learned_chord::dlht::Dlht;
use dhtlab_protocols::learned_chord::{Curve, TrainError, train};

use crate::common::{LINEAR, LOGNORMAL, draw, params, sorted};

/// The published numbers are one run's: a mean error of .237 and 14 leaves. Both depend on the one
/// largest key of the sample, which tilts the root: the heavier it is, the fewer leaves are asked and
/// the larger the error. So the leaves are compared among samples with the published error.
#[test]
fn most_leaves_are_never_asked_when_keys_are_skewed() {
    let mut runs = Vec::new();
    for seed in 1..=40 {
        let mut keys = draw(&LOGNORMAL, seed, 20_000);
        // The first 500 keys to come: a random sample. Every 40th of the sorted keys would always
        // hold one of the largest, and ask three leaves more.
        let probes: Vec<u64> = keys[..500].to_vec();
        keys.sort_unstable();
        let hash = Dlht::train(&keys, Curve::Linear, Curve::Linear, 100).unwrap();
        runs.push((hash.defects(&keys).mean_error, hash.defects(&probes).leaves_used as f64));
    }
    let mean = |runs: &[(f64, f64)]| {
        let sum = runs.iter().fold((0.0, 0.0), |sum, run| (sum.0 + run.0, sum.1 + run.1));
        (sum.0 / runs.len() as f64, sum.1 / runs.len() as f64)
    };
    let (error, used) = mean(&runs);
    println!("40 samples: error {error:.4}, {used:.1} leaves");
    assert!((error - 0.237).abs() <= 0.02, "{error}");
    assert!(used < 30.0, "{used}");
    runs.retain(|run| (run.0 - 0.237).abs() <= 0.002);
    let (error, used) = mean(&runs);
    println!("{} samples with the published error: {error:.4}, {used:.1} leaves", runs.len());
    assert!(runs.len() >= 5 && (used - 14.0).abs() <= 3.0, "{runs:?}");
}

#[test]
fn the_flaw_is_the_rule_and_not_the_keys() {
    // Uniform keys meet the leaf they trained; skewed keys do too when the root routes the training.
    let uniform = sorted(&KeySet::Uniform, 1, 20_000);
    let found = Dlht::train(&uniform, Curve::Linear, Curve::Linear, 100).unwrap().defects(&uniform);
    assert!(found.mean_error < 0.005 && found.leaves_used == 100, "{found:?}");
    let skewed = sorted(&LOGNORMAL, 1, 20_000);
    let routed = train(&skewed, &params(LINEAR, 100)).unwrap();
    assert!(routed.all.mean < 0.06, "{:?}", routed.all);
}

#[test]
fn curved_leaves_lose_the_order() {
    let mut inversions = 0;
    for seed in 1..=5 {
        let keys = sorted(&crate::common::ZIPF, seed, 20_000);
        let hash = Dlht::train(&keys, Curve::Cubic, Curve::Cubic, 100).unwrap();
        inversions += hash.defects(&keys).inversions;
    }
    println!("inversions {inversions}");
    assert!(inversions > 0);
    assert_eq!(
        Dlht::train(&[1], Curve::Linear, Curve::Linear, 2),
        Err(TrainError::Branching { leaves: 2, keys: 1 })
    );
}
