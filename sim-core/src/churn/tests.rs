#![expect(clippy::float_arithmetic, reason = "statistics of a test")]

use super::*;
use crate::dist::share;
use crate::node::NodeIx;
use crate::seed::Seed;
use crate::session::{Session, Sessions};
use crate::time::Time;

const HOUR: Span = Span::from_hours(1);

fn kad() -> ChurnSpec {
    ChurnSpec::rejoin(
        Law::Weibull { shape: 0.61511, scale: Span::from_millis(10_172_310) },
        Law::Weibull { shape: 0.47648, scale: Span::from_millis(24_820_590) },
    )
}

fn short() -> ChurnSpec {
    ChurnSpec::replace(
        Law::Weibull { shape: 0.6, scale: Span::from_mins(20) },
        Law::Exponential { mean: Span::from_mins(10) },
    )
}

struct Drawn {
    sessions: Sessions,
    slots: u32,
    availability: f64,
}

fn draw(churn: &Churn, start: Start, seed: u64, nodes: u32, duration: Span) -> Drawn {
    let plan = Plan { seed: Seed(seed), churn, start, nodes, bootstrap: 2, duration, shares: &[1] };
    let pool = Pool::plan(&plan).unwrap();
    let mut sessions = Sessions::new();
    for slot in 0..pool.slots() {
        pool.push(slot, 0, &mut sessions);
    }
    Drawn { sessions, slots: pool.slots(), availability: share(pool.availability) }
}

fn at(hours: u64) -> Time {
    Time::ZERO + Span::from_hours(hours)
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// Mean and variance of the population over `seeds` independent worlds.
fn population(churn: &Churn, start: Start, nodes: u32, when: Time, seeds: u64) -> (f64, f64) {
    let duration = when.since(Time::ZERO) + Span::from_secs(1);
    let counts: Vec<f64> = (0..seeds)
        .map(|seed| float(draw(churn, start, seed, nodes, duration).sessions.population(when)))
        .collect();
    let n = float(counts.len());
    let mean = counts.iter().sum::<f64>() / n;
    (mean, counts.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>() / (n - 1.0))
}

/// A pool of alternating slots has a binomial population, at the start and at any later time,
/// within 4.5 standard errors; of its mean, and of the ratio of its variance to the theory.
#[test]
fn the_population_of_a_pool_is_binomial_at_all_times() {
    const SEEDS: u64 = 200;
    for (spec, hours) in [(kad(), [0, 1, 30]), (short(), [0, 1, 6])] {
        let churn = Churn::Drawn(spec);
        let Drawn { slots, availability: a, .. } = draw(&churn, Start::Warm, 0, 502, HOUR);
        let pool = f64::from(slots - 2);
        assert!((pool * a - 500.0).abs() < 1.0);
        for hour in hours {
            let (mean, variance) = population(&churn, Start::Warm, 502, at(hour), SEEDS);
            let theory = pool * a * (1.0 - a);
            let gate = 4.5 * libm::sqrt(theory / 200.0);
            assert!((mean - 2.0 - pool * a).abs() < gate, "{hour} h: {mean}");
            let gate = 4.5 * libm::sqrt(2.0 / 199.0);
            assert!((variance / theory - 1.0).abs() < gate, "{hour} h: {variance} {theory}");
        }
    }
}

/// Poisson arrivals with any sessions: a Poisson population around the target.
#[test]
fn the_population_of_free_arrivals_is_poisson_at_all_times() {
    let churn = Churn::Drawn(ChurnSpec::arrivals(kad().session));
    let joining = Start::Join { over: HOUR };
    for (start, hour) in [(Start::Warm, 0), (Start::Warm, 5), (joining, 1), (joining, 5)] {
        let (mean, variance) = population(&churn, start, 402, at(hour), 200);
        let gate = 4.5 * libm::sqrt(400.0 / 200.0);
        assert!((mean - 402.0).abs() < gate, "{start:?} {hour} h: {mean}");
        let gate = 4.5 * libm::sqrt(2.0 / 199.0);
        assert!((variance / 400.0 - 1.0).abs() < gate, "{start:?} {hour} h: {variance}");
    }
}

/// The planted error: a start with fresh sessions is not the long run's. Many of a heavy-tailed law
/// end early, and the population sinks.
#[test]
fn a_start_with_fresh_sessions_is_noticed() {
    let mut spec = kad();
    spec.stationary = false;
    let (mean, _) = population(&Churn::Drawn(spec), Start::Warm, 502, at(1), 50);
    let gate = 4.5 * libm::sqrt(500.0 / 50.0);
    assert!((mean - 502.0).abs() > 3.0 * gate, "{mean}");
}

/// Whatever is up at a moment has a residual life by the equilibrium law, at the start as later, and
/// the whole lengths of new sessions follow the law itself.
#[test]
fn sessions_and_residual_lives_follow_their_laws() {
    let law = short().session;
    let churn = Churn::Drawn(short());
    let Drawn { sessions, .. } = draw(&churn, Start::Warm, 3, 10_002, Span::from_hours(40));
    let one: Vec<&Session> =
        (2..sessions.len()).flat_map(|node| sessions.of(NodeIx::from_usize(node))).collect();
    let ks = |mut sample: Vec<Span>, cdf: &dyn Fn(Span) -> f64| {
        sample.sort_unstable();
        let n = float(sample.len());
        let gap = sample
            .iter()
            .enumerate()
            .map(|(i, x)| (cdf(*x) - float(i) / n).abs().max((float(i + 1) / n - cdf(*x)).abs()))
            .fold(0.0, f64::max);
        (gap * libm::sqrt(n), n)
    };
    for when in [Time::ZERO, at(3)] {
        let left: Vec<Span> = one
            .iter()
            .filter(|session| session.up <= when && when < session.down)
            .map(|session| session.down.since(when))
            .collect();
        let (gap, n) = ks(left.clone(), &|x| law.residual_cdf(x));
        assert!(gap < 2.225 && n > 9_000.0, "{when:?}: {gap} of {n}");
        // The planted error: they are no fresh draws.
        assert!(ks(left, &|x| law.cdf(x)).0 > 10.0);
    }
    let whole = one
        .iter()
        .filter(|session| at(1) < session.up && session.up < at(2))
        .map(|session| session.down.since(session.up))
        .collect();
    let (gap, n) = ks(whole, &|x| law.cdf(x));
    assert!(gap < 2.225 && n > 5_000.0, "{gap} of {n}");
}

#[test]
fn a_longer_run_begins_like_a_shorter_one() {
    for spec in [kad(), short(), ChurnSpec::arrivals(kad().session)] {
        let churn = Churn::Drawn(spec);
        let seen = |hours| {
            let span = Span::from_hours(hours);
            let drawn = draw(&churn, Start::Join { over: HOUR }, 9, 300, span).sessions;
            let mut seen: Vec<(Time, Option<Time>, bool)> = (0..drawn.len())
                .flat_map(|node| drawn.of(NodeIx::from_usize(node)).to_vec())
                .filter(|session| session.up < at(4))
                .map(|s| (s.up, Some(s.down).filter(|down| *down < at(4)), s.graceful))
                .collect();
            seen.sort_unstable();
            seen
        };
        assert_eq!(seen(4), seen(40));
    }
}

#[test]
fn bootstrap_nodes_and_the_core_stay() {
    let mut spec = short();
    spec.stable_core = Ratio::new(1, 2).unwrap();
    spec.graceful = Ratio::new(1, 4).unwrap();
    let churn = Churn::Drawn(spec);
    let Drawn { sessions, .. } =
        draw(&churn, Start::Join { over: HOUR }, 4, 2_002, Span::from_hours(20));
    for node in [0, 1] {
        let whole = Session { up: Time::ZERO, down: Time::NEVER, graceful: false };
        assert_eq!(sessions.of(NodeIx::new(node)), [whole]);
    }
    for node in 2..1_002 {
        let [stay] = sessions.of(NodeIx::new(node)) else { panic!("one stay") };
        assert!(Time::ZERO < stay.up && stay.up <= at(1) && stay.down == Time::NEVER);
    }
    let others: Vec<&Session> =
        (1_002..sessions.len()).flat_map(|node| sessions.of(NodeIx::from_usize(node))).collect();
    let (polite, all) = (others.iter().filter(|s| s.graceful).count(), others.len());
    let gate = 5.0 * libm::sqrt(float(all) * 3.0 / 16.0);
    assert!((float(polite) - float(all) / 4.0).abs() < gate, "{polite} of {all}");
    assert!(others.iter().all(|s| s.up > Time::ZERO));
}

#[test]
fn replaced_nodes_never_come_back() {
    let churn = Churn::Drawn(short());
    let Drawn { sessions, slots, .. } = draw(&churn, Start::Warm, 1, 500, Span::from_hours(5));
    assert!(sessions.len() > 2 * slots as usize);
    assert!((0..sessions.len()).all(|node| sessions.of(NodeIx::from_usize(node)).len() == 1));
    let churn = Churn::Drawn(kad());
    let Drawn { sessions, slots, .. } = draw(&churn, Start::Warm, 1, 500, Span::from_hours(5));
    assert!(sessions.len() < slots as usize);
    let numbers = 0..u32::try_from(sessions.len()).unwrap();
    assert!(numbers.clone().all(|node| !sessions.of(NodeIx::new(node)).is_empty()));
    assert!(numbers.into_iter().any(|node| sessions.of(NodeIx::new(node)).len() > 2));
}

/// Returns after a down time follow the day: twice as many at the peak as in the trough.
#[test]
fn a_daily_cycle_shows_in_returns() {
    let mut spec = ChurnSpec::rejoin(
        Law::Exponential { mean: Span::from_mins(30) },
        Law::Exponential { mean: HOUR },
    );
    let phases = vec![Span::from_hours(6), Span::from_hours(18)];
    let third = Ratio::new(1, 3).unwrap();
    spec.diurnal = Some(Diurnal { amplitude: third, period: Span::from_hours(24), phases });
    let churn = Churn::Drawn(spec);
    let plan = Plan {
        seed: Seed(1),
        churn: &churn,
        start: Start::Warm,
        nodes: 4_000,
        bootstrap: 0,
        duration: Span::from_hours(49),
        shares: &[1, 1],
    };
    let pool = Pool::plan(&plan).unwrap();
    for (region, peak, trough) in [(0, 30, 42), (1, 42, 30)] {
        let mut sessions = Sessions::new();
        for slot in 0..pool.slots() {
            pool.push(slot, region, &mut sessions);
        }
        let (mut high, mut low) = (0.0, 0.0);
        for node in 0..sessions.len() {
            for session in sessions.of(NodeIx::from_usize(node)) {
                high += float(usize::from(at(peak - 1) < session.up && session.up < at(peak + 1)));
                low +=
                    float(usize::from(at(trough - 1) < session.up && session.up < at(trough + 1)));
            }
        }
        // Not quite twice: at the peak fewer are down and can return.
        assert!(high / low > 1.4 && high / low < 2.0, "{high} {low}");
    }
}

/// The estimate that memory and time are judged by, within five standard errors of a Poisson count.
#[test]
fn as_many_sessions_begin_as_expected() {
    for spec in [kad(), short(), ChurnSpec::arrivals(short().session)] {
        let day = Span::from_hours(24);
        let expected = spec.sessions_expected(1_000, day).unwrap();
        let drawn = draw(&Churn::Drawn(spec), Start::Warm, 2, 1_002, day).sessions.count() as u64;
        let gate = 5.0 * libm::sqrt(float(usize::try_from(expected).unwrap()));
        assert!(float(usize::try_from(drawn.abs_diff(expected)).unwrap()) < gate, "{drawn}");
    }
}

#[test]
fn a_measured_trace_is_played_after_the_bootstrap_nodes() {
    let trace = trace::read("node,up,down\na,0,3600\na,7000,9000\nb,5,\n").unwrap();
    let churn = Churn::Trace(trace);
    let Drawn { sessions, .. } = draw(&churn, Start::Warm, 1, 0, HOUR);
    assert_eq!(sessions.len(), 4);
    let a = Session { up: Time::ZERO, down: Time::NEVER, graceful: false };
    assert_eq!(sessions.of(NodeIx::new(2)), [a]);
}

#[test]
fn what_has_no_steady_state_is_refused() {
    let endless = Law::Lomax { shape: 1.0, scale: HOUR };
    let spec = ChurnSpec::arrivals(endless);
    assert_eq!(spec.validate(), Err(ChurnError::InfiniteMean("session")));
    let none = Law::Constant { span: Span::ZERO };
    assert_eq!(ChurnSpec::rejoin(none, none).validate(), Err(ChurnError::EmptySessions));
    let mut spec = kad();
    spec.diurnal = Some(Diurnal { amplitude: Ratio::ONE, period: HOUR, phases: Vec::new() });
    assert_eq!(spec.validate(), Err(ChurnError::Cycle));
}
