use super::*;
use crate::seed::Rng;
use crate::time::Time;

/// The gate of every Kolmogorov–Smirnov test: false red once in 10 000 for a fresh seed.
const KS_GATE: f64 = 2.225;
const DRAWS: u32 = 40_000;

fn laws() -> [Law; 7] {
    let hour = Span::from_hours(1);
    [
        Law::Exponential { mean: hour },
        Law::Weibull { shape: 0.61511, scale: Span::from_millis(10_172_310) },
        Law::Weibull { shape: 2.5, scale: hour },
        Law::Lomax { shape: 3.0, scale: hour },
        Law::Lomax { shape: 1.5, scale: hour },
        Law::LogNormal { median: hour, sigma: 1.3 },
        Law::Uniform { min: Span::from_mins(10), max: hour },
    ]
}

/// The largest distance between the empirical law of `sample` and `cdf`, times the root of its size.
fn ks(sample: impl Fn(&mut Rng) -> Span, cdf: impl Fn(Span) -> f64) -> f64 {
    let mut rng = Rng::from_state(2009);
    let mut drawn: Vec<Span> = (0..DRAWS).map(|_| sample(&mut rng)).collect();
    drawn.sort_unstable();
    let n = f64::from(DRAWS);
    let gap = drawn
        .iter()
        .zip(0..)
        .map(|(x, i)| {
            let (p, i) = (cdf(*x), f64::from(i));
            (p - i / n).max((i + 1.0) / n - p)
        })
        .fold(0.0, f64::max);
    gap * n.sqrt()
}

#[test]
fn draws_follow_their_law() {
    for law in laws() {
        let gap = ks(|rng| law.sample(rng), |x| law.cdf(x));
        assert!(gap < KS_GATE, "{law:?}: {gap}");
    }
}

#[test]
fn residual_lives_follow_the_equilibrium_law() {
    for law in laws() {
        let gap = ks(|rng| law.residual(rng), |x| law.residual_cdf(x));
        assert!(gap < KS_GATE, "{law:?}: {gap}");
    }
}

/// The planted bug: fresh draws in place of residual lives are told apart, except where the law has
/// no memory.
#[test]
fn fresh_draws_are_no_residual_lives() {
    for law in laws() {
        let gap = ks(|rng| law.sample(rng), |x| law.residual_cdf(x));
        let memoryless = matches!(law, Law::Exponential { .. });
        assert_eq!(gap < KS_GATE, memoryless, "{law:?}: {gap}");
    }
}

/// A renewal process looked at, at a fixed instant, shows the residual law: the sampler is checked
/// against the process it stands for, not only against its own formula.
#[test]
fn a_renewal_process_shows_the_residual_law() {
    let law = Law::Weibull { shape: 0.7, scale: Span::from_mins(10) };
    let instant = Time::ZERO + Span::from_hours(40);
    let process = |rng: &mut Rng| {
        let mut at = Time::ZERO;
        while at <= instant {
            at += law.sample(rng);
        }
        at.since(instant)
    };
    let gap = ks(process, |x| law.residual_cdf(x));
    assert!(gap < KS_GATE, "{gap}");
}

#[test]
fn moments_agree_with_the_published_fits() {
    let minutes =
        |law: Law| (law.mean().unwrap().as_secs_f64() / 60.0, law.median().as_secs_f64() / 60.0);
    let weibull = |shape, millis| Law::Weibull { shape, scale: Span::from_millis(millis) };
    for (law, mean, median) in [
        (weibull(0.54512, 21_462_912), 617.5, 182.6),
        (weibull(0.61511, 10_172_310), 247.1, 93.4),
        (weibull(0.47648, 24_820_590), 908.0, 191.7),
    ] {
        let (a, b) = minutes(law);
        assert!((a - mean).abs() < 0.1 && (b - median).abs() < 0.1, "{a} {b}");
    }
    assert_eq!(Law::Lomax { shape: 1.0, scale: Span::from_secs(1) }.mean(), None);
    for law in laws() {
        assert!((law.cdf(law.median()) - 0.5).abs() < 1e-9, "{law:?}");
    }
}

#[test]
fn laws_are_found_from_means_and_quantiles() {
    let hour = Span::from_hours(1);
    for law in [Law::weibull_with_mean(0.5, hour), Law::lomax_with_mean(3.0, hour)] {
        assert!(law.mean().unwrap().as_nanos().abs_diff(hour.as_nanos()) < 1_000, "{law:?}");
    }
    let two = |percent| Ratio::new(percent, 100).unwrap();
    let law = Law::weibull_through(two(50), Span::from_hours(2), two(80), Span::from_hours(8));
    let law = law.unwrap();
    assert!((law.cdf(Span::from_hours(2)) - 0.5).abs() < 1e-9);
    assert!((law.cdf(Span::from_hours(8)) - 0.8).abs() < 1e-9);
    let Law::Weibull { shape, scale } = law else { panic!() };
    assert!((shape - 0.608).abs() < 1e-3, "{shape}");
    assert!((scale.as_secs_f64() / 3600.0 - 3.66).abs() < 0.01, "{scale:?}");
    assert_eq!(Law::weibull_through(two(80), hour, two(50), hour), None);
}

/// Durability of one epoch, by the law of those who hold: residual for holders picked among the live,
/// fresh for holders that have just joined.
#[test]
fn epoch_losses_agree_with_the_closed_form() {
    let hours = |n| Span::from_hours(n);
    let exponential = Law::Exponential { mean: hours(10) };
    for (span, r, q) in [
        (hours(1), 3.0, 8.6e-4),
        (hours(5), 5.0, 9.4e-3),
        (hours(10), 5.0, 0.1009),
        (hours(20), 8.0, 0.3125),
        (hours(20), 20.0, 0.0546),
    ] {
        let loss = libm::pow(exponential.residual_cdf(span), r);
        assert!((loss / q - 1.0).abs() < 0.01, "{span} {r}: {loss}");
    }
    let kad = Law::Weibull { shape: 0.61511, scale: Span::from_millis(10_172_310) };
    let picked = libm::pow(kad.residual_cdf(hours(22)), 20.0);
    let joined = libm::pow(kad.cdf(hours(22)), 20.0);
    assert!((picked - 0.175).abs() < 0.001 && (joined - 0.553).abs() < 0.001, "{picked} {joined}");
}

/// How long a record survives on holders picked among the live of an IPFS-like network.
#[test]
fn holders_survive_as_measured() {
    let law = Law::Weibull { shape: 0.518, scale: Span::from_millis(6_962_400) };
    for (hours, alive) in [(1, 0.83), (6, 0.44), (12, 0.25), (24, 0.107), (48, 0.028)] {
        let survives = 1.0 - law.residual_cdf(Span::from_hours(hours));
        assert!((survives - alive).abs() < 0.03, "{hours} h: {survives}");
    }
    let lost = law.residual_cdf(Span::from_hours(24));
    assert!((1.0 - libm::pow(lost, 3.0) - 0.29).abs() < 0.01);
    assert!((1.0 - libm::pow(lost, 20.0) - 0.90).abs() < 0.01);
}

#[test]
fn parameters_out_of_range_are_named_with_what_is_permitted() {
    let law = Law::Weibull { shape: 0.0, scale: Span::from_secs(1) };
    let shown = law.validate().unwrap_err().to_string();
    assert_eq!(shown, "weibull: shape = 0 is not permitted; it must be between 0.1 and 10");
    for law in [
        Law::Exponential { mean: Span::ZERO },
        Law::LogNormal { median: Span::from_secs(1), sigma: f64::NAN },
        Law::Uniform { min: Span::from_secs(2), max: Span::from_secs(1) },
        Law::Lomax { shape: 2.0, scale: Span::MAX },
    ] {
        assert!(law.validate().is_err(), "{law:?}");
    }
    assert!(laws().iter().all(|law| law.validate().is_ok()));
}

#[test]
fn poisson_counts_have_their_variance_at_their_mean() {
    let process = poisson::Poisson { every: Span::from_secs(1) };
    let mut rng = Rng::from_state(11);
    let counts: Vec<f64> =
        (0..4_000).map(|_| special::float(process.count(Span::from_secs(50), &mut rng))).collect();
    let mean = counts.iter().sum::<f64>() / 4_000.0;
    let variance = counts.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>() / 3_999.0;
    assert!((mean - 50.0).abs() < 5.0 * (50.0_f64 / 4_000.0).sqrt(), "{mean}");
    assert!((variance / 50.0 - 1.0).abs() < 5.0 * (2.0_f64 / 4_000.0).sqrt(), "{variance}");
}

#[test]
fn zipf_shares_agree_with_the_table() {
    for (exponent, top, top_percent, top_tenth) in
        [(0.8, 0.0369, 0.300, 0.571), (0.91, 0.0671, 0.421, 0.681), (1.0, 0.1022, 0.530, 0.765)]
    {
        let law = zipf::Zipf::new(10_000, exponent).unwrap();
        let mut rng = Rng::from_state(5);
        let mut hits = [0_u32; 3];
        for _ in 0..200_000 {
            let rank = law.sample(&mut rng);
            for (hit, bound) in hits.iter_mut().zip([1, 100, 1_000]) {
                *hit += u32::from(rank < bound);
            }
        }
        for (hit, expected) in hits.into_iter().zip([top, top_percent, top_tenth]) {
            let error: f64 = f64::from(hit) / 200_000.0 - expected;
            let gate = 5.0 * (expected * (1.0 - expected) / 200_000.0_f64).sqrt() + 0.0005;
            assert!(error.abs() < gate, "{exponent}: {hit} {expected}");
        }
        assert!((0..1_000).all(|_| law.sample_among(7, &mut rng) < 7));
    }
    assert_eq!(zipf::Zipf::new(0, 1.0), None);
    assert_eq!(zipf::Zipf::new(10, -1.0), None);
}

/// With exponential stays of mean `tau` the population follows a swing that is smaller and later
/// than that of the arrivals, by known amounts.
#[test]
fn a_daily_cycle_shows_in_the_population_as_theory_says() {
    use std::f64::consts::TAU;
    let day = Span::from_hours(24);
    let daily = cycle::Cycle {
        amplitude: Ratio::new(2, 5).unwrap(),
        period: day,
        phase: Span::from_hours(9),
    };
    let arrivals = poisson::Poisson { every: Span::from_millis(500) };
    let stay = Law::Exponential { mean: Span::from_hours(6) };
    let looks: Vec<Time> = (0..8).map(|i| Time::ZERO + Span::from_hours(48 + 3 * i)).collect();
    let mut present = [0_u32; 8];
    let mut rng = Rng::from_state(3);
    let (mut clock, mut at) = (Time::ZERO, Time::ZERO);
    while at < looks[7] {
        let next = arrivals.next(clock, &mut rng);
        at = daily.advance(at, next.since(clock));
        clock = next;
        let end = at + stay.sample(&mut rng);
        for (count, look) in present.iter_mut().zip(&looks) {
            *count += u32::from(at <= *look && *look < end);
        }
    }
    let (level, turn) = (43_200.0, TAU / 24.0 * 6.0);
    for (count, hour) in present.into_iter().zip([0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0, 21.0]) {
        let angle: f64 = TAU / 24.0 * (hour - 9.0) - libm::atan(turn);
        let expected = level * (1.0 + 0.4 * libm::cos(angle) / f64::sqrt(1.0 + turn * turn));
        // The empty start has decayed by e^-8 at the first look.
        let error = f64::from(count) - expected;
        assert!(error.abs() < 5.0 * f64::sqrt(expected) + 20.0, "{hour}: {count} {expected}");
    }
}
