//! V18, I11: when a host asks for a new model.

use dhtlab_core::author::{Draw, Rng, Span, Time};
use dhtlab_protocols::learned_chord::trigger::Thresholds;
use dhtlab_protocols::learned_chord::{Monitor, Reason, Trigger};

fn host(trigger: Trigger, base: u64) -> Monitor {
    let mut host = Monitor::new(trigger, Thresholds::default(), Time::ZERO);
    host.activated(Time::ZERO, (base > 0).then_some((0, base)));
    host
}

/// The number of inserts after which the host is first ready.
fn first_ready(host: &mut Monitor) -> (u32, Reason) {
    for count in 1..=10_000 {
        host.insert(0, true);
        if let Some(reason) = host.ready(Time::ZERO) {
            return (count, reason);
        }
    }
    panic!("never ready");
}

#[test]
fn ready_at_forty_per_cent_and_not_before() {
    for trigger in [Trigger::Lead40, Trigger::Dlht] {
        assert_eq!(first_ready(&mut host(trigger, 1_000)), (400, Reason::Growth));
        assert_eq!(first_ready(&mut host(trigger, 1_001)), (401, Reason::Growth), "rounded up");
    }
    // The bound on the total, and DLHT's volume.
    assert_eq!(first_ready(&mut host(Trigger::Lead40, 0)), (50, Reason::Growth));
    assert_eq!(first_ready(&mut host(Trigger::Lead40, 10)), (40, Reason::Growth));
    assert_eq!(first_ready(&mut host(Trigger::Dlht, 10)), (90, Reason::Growth));
    assert_eq!(first_ready(&mut host(Trigger::Dlht, 100_000)), (1_000, Reason::Growth));
    // The planted bug: a threshold of 39 % is noticed.
    let mut early = Monitor::new(
        Trigger::Lead40,
        Thresholds { growth_percent: 39, ..Thresholds::default() },
        Time::ZERO,
    );
    early.activated(Time::ZERO, [(0, 1_000)]);
    assert_eq!(first_ready(&mut early).0, 390);
}

#[test]
fn ready_again_only_after_an_activation() {
    let mut host = host(Trigger::Lead40, 1_000);
    assert_eq!(first_ready(&mut host).0, 400);
    for _ in 0..1_400 {
        host.remove();
    }
    assert_eq!(host.ready(Time::ZERO), Some(Reason::Growth), "latched");
    host.activated(Time::ZERO, [(0, 1_400)]);
    assert_eq!((host.base(), host.fresh(), host.total()), (1_400, 0, 1_400));
    assert_eq!(host.ready(Time::ZERO), None);
    assert_eq!(first_ready(&mut host).0, 560);
}

#[test]
fn overwrites_are_not_new_keys() {
    let mut host = host(Trigger::Lead40, 1_000);
    for _ in 0..5_000 {
        host.insert(0, false);
    }
    assert_eq!((host.ready(Time::ZERO), host.fresh(), host.total()), (None, 0, 1_000));
}

#[test]
fn never_is_never() {
    let mut host = host(Trigger::None, 10);
    for _ in 0..5_000 {
        host.insert(0, true);
    }
    host.force();
    assert_eq!(host.ready(Time::ZERO.saturating_add(Span::from_hours(999))), None);
}

#[test]
fn the_checks_of_dlht_come_in_its_order() {
    let day = Time::ZERO.saturating_add(Span::from_hours(24));
    let before = Time::ZERO.saturating_add(Span::from_hours(23));
    let errors = |host: &mut Monitor, count: u32, hundredths: u64| {
        for _ in 0..count {
            host.predicted(u64::MAX / 100 * hundredths);
        }
    };
    // Age, and nothing earlier.
    let aged = host(Trigger::Dlht, 1_000);
    assert_eq!(aged.clone().ready(before), None);
    assert_eq!(aged.clone().ready(day), Some(Reason::Age));
    // Growth before age.
    let mut grown = aged.clone();
    (0..400).for_each(|_| grown.insert(0, true));
    assert_eq!(grown.clone().ready(day), Some(Reason::Growth));
    // A trend before growth: more than 20 % from the first to the second half.
    let mut trend = grown.clone();
    errors(&mut trend, 50, 2);
    errors(&mut trend, 49, 3);
    assert_eq!(trend.clone().ready(day), Some(Reason::Growth), "99 predictions");
    errors(&mut trend, 1, 3);
    assert_eq!(trend.clone().ready(day), Some(Reason::Trend));
    // A mean error before a trend: more than 100 predictions.
    let mut wrong = aged.clone();
    errors(&mut wrong, 100, 6);
    assert_eq!(wrong.clone().ready(before), None, "100 predictions");
    errors(&mut wrong, 1, 9);
    assert_eq!(wrong.clone().ready(before), Some(Reason::Error));
    errors(&mut wrong, 1_000, 4);
    assert_eq!(wrong.clone().ready(before), None, "only the last 1,000 count");
    // Force before all, and despite an empty reservoir; nothing else despite it.
    wrong.force();
    assert_eq!(wrong.clone().ready(day), Some(Reason::Forced));
    let mut empty = host(Trigger::Dlht, 99);
    errors(&mut empty, 1_000, 9);
    assert_eq!(empty.clone().ready(day), None);
    empty.force();
    assert_eq!(empty.ready(day), Some(Reason::Forced));
}

/// In how many of 1,000 runs drift is seen after `fresh` keys from `leaf`, against 500 uniform ones.
fn drifts(fresh: u32, leaf: impl Fn(&mut Rng) -> u64) -> u32 {
    let mut found = 0;
    for run in 0..1_000 {
        let mut rng = Rng::from_state(run);
        let base: Vec<(usize, u64)> = (0..500).map(|_| (rng.index(200), 1)).collect();
        let mut host = Monitor::new(Trigger::Ks, Thresholds::default(), Time::ZERO);
        host.activated(Time::ZERO, base);
        for _ in 0..fresh {
            host.insert(usize::try_from(leaf(&mut rng)).expect("a leaf"), true);
        }
        found += u32::from(host.ready(Time::ZERO) == Some(Reason::Drift));
    }
    found
}

#[test]
fn drift_is_seen_where_it_is_and_rarely_elsewhere() {
    for fresh in [50, 200, 1_000] {
        let found = drifts(fresh, |rng| rng.below(200));
        println!("{fresh}: {found} of 1000");
        // 5 %, and four standard deviations of the count.
        assert!(found <= 50 + 28, "{fresh}: {found}");
    }
    // The twins: keys of the upper half only, and appended ones.
    assert_eq!(drifts(200, |rng| 100 + rng.below(100)), 1_000);
    assert_eq!(drifts(200, |_| 199), 1_000);
}
