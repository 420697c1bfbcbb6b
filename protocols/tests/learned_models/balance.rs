//! V10: how evenly quantile edges spread keys over hosts, and what simpler models do to skew.

use dhtlab_core::author::mix;
use dhtlab_core::keyset::KeySet;
use dhtlab_protocols::learned_chord::{Form, train};

use crate::common::{CLUSTERS, LINEAR, LOGNORMAL, Ring, ZIPF, draw, gini, params, peak, sorted};

const KEYS: usize = 200_000;
const SEEDS: u64 = 5;

/// Gini's coefficient and the peak over the mean, for each seed's own keys and ring.
fn balance(set: &KeySet, hosts: usize, form: Form, leaves: usize) -> (f64, f64) {
    let mut means = (0.0, 0.0);
    for seed in 1..=SEEDS {
        let keys = sorted(set, seed, KEYS);
        let model = train(&keys, &params(form, leaves)).expect("keys").model;
        let loads = Ring::new(seed, hosts, 10).loads(keys.iter().map(|key| model.position(*key)));
        means.0 += gini(&loads) / SEEDS as f64;
        means.1 += peak(&loads) / SEEDS as f64;
    }
    means
}

#[test]
fn quantile_edges_balance_like_a_hash() {
    for set in [KeySet::Uniform, LOGNORMAL, CLUSTERS] {
        let (gini, peak) = balance(&set, 500, Form::Edges, 1_000);
        assert!((0.17 - 0.02..=0.18 + 0.02).contains(&gini), "{}: {gini}", set.name());
        assert!((1.9..2.9).contains(&peak), "{}: {peak}", set.name());
    }
    let (gini, _) = balance(&ZIPF, 500, Form::Edges, 1_000);
    assert!((gini - 0.25).abs() <= 0.04, "zipf gaps: {gini}");
}

#[test]
fn the_balance_does_not_depend_on_the_number_of_hosts() {
    for hosts in [100, 1_000] {
        let (gini, _) = balance(&LOGNORMAL, hosts, Form::Edges, 1_000);
        assert!((0.15..=0.20).contains(&gini), "{hosts}: {gini}");
    }
}

#[test]
fn a_straight_root_is_not_enough_for_skew() {
    for set in [LOGNORMAL, ZIPF] {
        for leaves in [100, 1_000] {
            let (straight, worst) = balance(&set, 500, LINEAR, leaves);
            let (edges, best) = balance(&set, 500, Form::Edges, 1_000);
            assert!(straight > 1.2 * edges, "{} {leaves}: {straight} {edges}", set.name());
            assert!(worst > 1.2 * best, "{} {leaves}: {worst} {best}", set.name());
        }
    }
    // The twin: it is the skew, not the form.
    let (uniform, _) = balance(&KeySet::Uniform, 500, LINEAR, 1_000);
    assert!((uniform - 0.17).abs() <= 0.02, "{uniform}");
}

#[test]
fn too_few_leaves_and_no_learning_are_worse() {
    let (fine, _) = balance(&CLUSTERS, 500, Form::Edges, 1_000);
    let (coarse, _) = balance(&CLUSTERS, 500, Form::Edges, 100);
    assert!(coarse > fine + 0.03, "{coarse} {fine}");
    let (coarse, peak) = balance(&ZIPF, 500, Form::Edges, 100);
    assert!(coarse > 0.4 && (5.0..8.0).contains(&peak), "{coarse} {peak}");
    // The planted bug: keys that are their own positions. Nearly all keys meet one host.
    let keys = draw(&LOGNORMAL, 1, KEYS);
    let ring = Ring::new(1, 500, 10);
    assert!(gini(&ring.loads(keys.iter().copied())) > 0.99);
    // And the yardstick: a hash that forgets the order.
    let hashed = gini(&ring.loads(keys.iter().map(|key| mix(*key))));
    assert!((0.15..0.20).contains(&hashed), "{hashed}");
}
