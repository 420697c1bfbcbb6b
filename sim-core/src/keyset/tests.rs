//! The shapes of the key sets, and that the same stream gives the same names.

use super::*;
use crate::seed::{Purpose, Seed, mix};

fn drawn(set: &KeySet, count: usize) -> Vec<u64> {
    let mut stream = Stream::new(Seed(1), Purpose::RecordKeys, 0);
    set.draw(&mut stream, count, None).expect("names")
}

fn sorted(set: &KeySet, count: usize) -> Vec<u64> {
    let mut names = drawn(set, count);
    names.sort_unstable();
    names
}

fn all() -> [KeySet; 8] {
    [
        KeySet::Uniform,
        KeySet::Normal { mean: 0.5, sd: 0.1 },
        KeySet::LogNormal { mu: 0.0, sigma: 2.0 },
        KeySet::Clusters { count: 50, width: 0.001 },
        KeySet::ZipfGaps { exponent: 1.5 },
        KeySet::Sequential,
        KeySet::Step { plateaus: 2 },
        KeySet::Given((0..20_000).map(|k| k * k / 2).collect()),
    ]
}

/// `value` as a share of the range of names.
#[expect(clippy::cast_precision_loss, reason = "a comparison with a tolerance")]
fn share(value: u64) -> f64 {
    value as f64 / 18_446_744_073_709_551_616.0
}

#[test]
fn all_names_of_a_draw_differ() {
    for set in all() {
        let mut names = sorted(&set, 10_000);
        names.dedup();
        assert_eq!(names.len(), 10_000, "{}", set.name());
    }
}

#[test]
fn the_names_of_every_set_are_frozen() {
    let digests = all().map(|set| drawn(&set, 1_000).iter().fold(0, |sum, name| mix(sum ^ name)));
    assert_eq!(digests, FROZEN, "{digests:#x?}");
}

const FROZEN: [u64; 8] = [
    0x61f6_d876_6c4b_c7da,
    0x25ce_7a5f_821d_7446,
    0x073e_d78a_a81f_0476,
    0xc4df_d84c_379b_067e,
    0x78dc_0a1f_decc_6993,
    0x9cb8_784d_e3a8_bcf7,
    0xa17b_fe88_b637_2384,
    0xf71d_5a33_b5ec_4789,
];

#[test]
fn a_narrow_law_keeps_its_names_apart_and_a_narrower_one_is_refused() {
    // 250,000 records within 18 million names of standard deviation: hundreds of duplicates at first.
    let narrow = KeySet::Clusters { count: 1, width: 1e-12 };
    assert_eq!(sample::duplicates(&drawn(&narrow, 250_000)), Vec::<usize>::new());
    let mut stream = Stream::new(Seed(1), Purpose::RecordKeys, 0);
    let refused = KeySet::LogNormal { mu: -10.0, sigma: 0.01 }.draw(&mut stream, 700_000, None);
    assert!(matches!(refused, Err(KeySetError::Crowded { asked: 700_000, .. })), "{refused:?}");
    assert_eq!(sample::duplicates(&[4, 7, 4, 4, 7]), [2, 3, 4]);
}

#[test]
fn uniform_and_normal_names_have_their_quantiles() {
    let names = sorted(&KeySet::Uniform, 100_000);
    let gap = (1..10).map(|tenth| {
        let wanted = f64::from(tenth) / 10.0;
        (share(names[usize::try_from(tenth).unwrap() * 10_000]) - wanted).abs()
    });
    assert!(gap.fold(0.0, f64::max) < 0.006);
    let names = sorted(&KeySet::Normal { mean: 0.4, sd: 0.05 }, 100_000);
    for (rank, z) in [(2_275, -2.0), (15_866, -1.0), (50_000, 0.0), (84_134, 1.0)] {
        assert!((share(names[rank]) - (0.4 + 0.05 * z)).abs() < 0.001, "{z}");
    }
}

#[test]
fn lognormal_names_have_their_quantiles_and_mu_shifts_them() {
    for mu in [0.0, 1.0] {
        let names = sorted(&KeySet::LogNormal { mu, sigma: 2.0 }, 100_000);
        for (rank, z) in [(2_275, -2.0), (50_000, 0.0), (97_725, 2.0)] {
            let log = libm::log(share(names[rank]) * libm::exp2(26.0));
            assert!((log - (mu + 2.0 * z)).abs() < 0.05, "{mu} {z}: {log}");
        }
    }
}

#[test]
fn clusters_are_tight_and_equally_full() {
    let names = sorted(&KeySet::Clusters { count: 5, width: 1e-6 }, 1_000);
    // Neighbours further apart than 20 standard deviations belong to different clusters.
    let far: Vec<usize> = (1..1_000).filter(|i| share(names[*i] - names[i - 1]) > 20e-6).collect();
    assert_eq!(far, [200, 400, 600, 800]);
}

#[test]
fn zipf_gaps_follow_their_law() {
    let names = sorted(&KeySet::ZipfGaps { exponent: 1.5 }, 100_000);
    assert!((share(names[99_999]) - 0.5).abs() < 1e-9);
    let apart: Vec<u64> = names.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut gaps = [&[names[0]], &apart[..]].concat();
    assert!(!gaps.is_sorted_by(|a, b| a >= b), "in random order");
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    // The largest of all is 1 / zeta(1.5) = .3828 of the sum; the others follow from it.
    assert!((share(gaps[0]) * 2.0 - 0.384).abs() < 0.002, "{}", share(gaps[0]) * 2.0);
    for rank in [2_u32, 10, 1_000, 100_000] {
        let wanted = share(gaps[0]) * libm::pow(f64::from(rank), -1.5);
        let found = share(gaps[rank as usize - 1]);
        assert!((found / wanted - 1.0).abs() < 1e-6, "{rank}");
    }
}

#[test]
fn sequential_names_ascend_above_what_was_there() {
    let mut stream = Stream::new(Seed(1), Purpose::RecordKeys, 0);
    let set = KeySet::Sequential;
    let names = set.draw(&mut stream, 3, Some(7)).unwrap();
    assert_eq!(names, [1, 2, 3].map(|place| 7 + place * SEQUENTIAL_STRIDE));
    assert_eq!(set.draw(&mut stream, 2, Some(u64::MAX - 2)), Ok(vec![u64::MAX - 1, u64::MAX]));
    let full = KeySetError::Full { asked: 2, above: u64::MAX - 1 };
    assert_eq!(set.draw(&mut stream, 2, Some(u64::MAX - 1)), Err(full));
}

#[test]
fn steps_are_dense_and_far_apart() {
    let names = sorted(&KeySet::Step { plateaus: 2 }, 1_000);
    assert!((0..500).all(|i| names[i] == i as u64), "a run from 0");
    assert!((500..1_000).all(|i| names[i] == u64::MAX / 2 + i as u64 - 500), "a run at the half");
}

#[test]
fn given_names_are_drawn_without_replacement() {
    let given = KeySet::Given([5, 5, 9, 1].into());
    assert_eq!(sorted(&given, 3), [1, 5, 9]);
    let mut stream = Stream::new(Seed(1), Purpose::RecordKeys, 0);
    let few = KeySetError::TooFew { set: "given", asked: 4, there: 3 };
    assert_eq!(given.draw(&mut stream, 4, None), Err(few));
}

#[test]
fn a_parameter_out_of_range_is_named() {
    for (set, text) in [
        (KeySet::Normal { mean: 2.0, sd: 0.1 }, "normal: mean = 2 is not permitted"),
        (KeySet::Normal { mean: 0.5, sd: f64::NAN }, "normal: sd = NaN is not permitted"),
        (KeySet::LogNormal { mu: 0.0, sigma: 9.0 }, "lognormal: sigma = 9 is not permitted"),
        (KeySet::Clusters { count: 0, width: 0.1 }, "clusters: count = 0 is not permitted"),
        (KeySet::ZipfGaps { exponent: 0.0 }, "zipf-gaps: exponent = 0 is not permitted"),
        (KeySet::Step { plateaus: 0 }, "step: plateaus = 0 is not permitted"),
        (KeySet::Given([].into()), "given: names = 0 is not permitted; it must be at least one"),
    ] {
        let error = set.validate().expect_err("out of range").to_string();
        assert!(error.starts_with(text), "{error}");
    }
}
