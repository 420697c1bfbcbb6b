//! Churn: who comes and goes when, drawn ahead for the whole run.
//!
//! The network is a pool of slots. A slot is up for a session and then down for a while; what comes
//! back is the same identity or a new one. Each slot has its own stream, so that neither another slot
//! nor a longer run changes what it drew. The start is stationary: whoever is up at the start is in
//! the middle of a session and has a residual life before it, because fresh sessions of a
//! heavy-tailed law would all end early and bias the losses of a day tenfold.

pub mod trace;

use thiserror::Error;

use crate::dist::cycle::Cycle;
use crate::dist::poisson::Poisson;
use crate::dist::{Law, LawError};
use crate::node::NodeIx;
use crate::ratio::Ratio;
use crate::seed::{Draw, Purpose, Seed, Stream};
use crate::session::{Session, Sessions};
use crate::time::{Span, Time};

/// Who comes and goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Churn {
    /// Nobody: all nodes stay.
    None,
    /// Drawn from laws.
    Drawn(ChurnSpec),
    /// As measured. The bootstrap nodes come on top of the nodes of the trace.
    Trace(trace::Trace),
}

/// How nodes come and go.
#[derive(Clone, Debug, PartialEq)]
pub struct ChurnSpec {
    /// The length of a session.
    pub session: Law,
    /// What follows a session.
    pub turnover: Turnover,
    /// The share of the sessions that end with a good-bye.
    pub graceful: Ratio,
    /// The share of the target population that never leaves.
    pub stable_core: Ratio,
    /// The daily cycle of arrivals.
    pub diurnal: Option<Diurnal>,
    /// Does the start show the law of the long run? Anything else is a planted error of a test, or a
    /// study of that error.
    pub stationary: bool,
}

/// What follows a session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turnover {
    /// The same identity comes back after a down time.
    Rejoin {
        /// Its length.
        downtime: Law,
    },
    /// A new identity takes the slot after a down time.
    Replace {
        /// Its length.
        downtime: Law,
    },
    /// New identities arrive as a Poisson process that holds the population at its target
    /// (a queue with any number of servers: M/G/infinity).
    Arrivals,
}

/// A daily cycle of arrivals, and of returns after a down time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diurnal {
    /// The swing around the mean rate, below 1.
    pub amplitude: Ratio,
    /// The length of the cycle.
    pub period: Span,
    /// When arrivals peak in each region, after the start of the run; repeated when there are more
    /// regions, zero when there is none.
    pub phases: Vec<Span>,
}

/// How the run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// All nodes of the start are up at time zero, with tables as an ideal join would leave them.
    Warm,
    /// The nodes of the start join by messages, at even times over a span; only the bootstrap nodes
    /// are up at time zero.
    Join {
        /// How long the joins take together.
        over: Span,
    },
}

/// Why a churn model is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ChurnError {
    /// A parameter of a law is out of range.
    #[error(transparent)]
    Law(#[from] LawError),
    /// A law has no mean, so that there is no stationary start.
    #[error(
        "{0} has an infinite mean, so that no population is ever steady; raise its shape above 1"
    )]
    InfiniteMean(&'static str),
    /// Sessions have no length.
    #[error("sessions are longer than zero on average")]
    EmptySessions,
    /// The swing of the daily cycle is too large, or its period zero.
    #[error("a daily cycle has an amplitude below 100% and a period longer than zero")]
    Cycle,
    /// More slots than node numbers.
    #[error("{0} slots are needed to keep so many nodes up; at most {SLOTS_MAX} are permitted")]
    TooManySlots(u64),
}

/// The largest number of slots in a pool.
pub const SLOTS_MAX: u32 = 1 << 30;

impl ChurnSpec {
    /// Sessions of this law, after which the same identity comes back.
    pub const fn rejoin(session: Law, downtime: Law) -> Self {
        Self::of(session, Turnover::Rejoin { downtime })
    }

    /// Sessions of this law, after which a new identity takes the place.
    pub const fn replace(session: Law, downtime: Law) -> Self {
        Self::of(session, Turnover::Replace { downtime })
    }

    /// Sessions of this law, begun by a Poisson process of new identities.
    pub const fn arrivals(session: Law) -> Self {
        Self::of(session, Turnover::Arrivals)
    }

    const fn of(session: Law, turnover: Turnover) -> Self {
        Self {
            session,
            turnover,
            graceful: Ratio::ZERO,
            stable_core: Ratio::ZERO,
            diurnal: None,
            stationary: true,
        }
    }

    /// Checks the ranges of all parameters.
    ///
    /// # Errors
    /// Names the first parameter that is out of range.
    pub fn validate(&self) -> Result<(), ChurnError> {
        self.session.validate()?;
        if mean(&self.session, "session")? == Span::ZERO {
            return Err(ChurnError::EmptySessions);
        }
        if let Some(downtime) = self.downtime() {
            downtime.validate()?;
            mean(&downtime, "downtime")?;
        }
        match &self.diurnal {
            Some(diurnal) if diurnal.amplitude.is_one() || diurnal.period == Span::ZERO => {
                Err(ChurnError::Cycle)
            }
            _ => Ok(()),
        }
    }

    const fn downtime(&self) -> Option<Law> {
        match self.turnover {
            Turnover::Rejoin { downtime } | Turnover::Replace { downtime } => Some(downtime),
            Turnover::Arrivals => None,
        }
    }

    /// The share of its time that a slot is up: the mean session over the mean of a whole round.
    ///
    /// # Errors
    /// When a mean is infinite.
    pub fn availability(&self) -> Result<Ratio, ChurnError> {
        let up = mean(&self.session, "session")?.as_nanos();
        let down = match self.downtime() {
            Some(downtime) => mean(&downtime, "downtime")?.as_nanos(),
            None => 0,
        };
        Ratio::new(up, up.saturating_add(down)).ok_or(ChurnError::EmptySessions)
    }

    fn cycle(&self, region: u8) -> Option<Cycle> {
        let Diurnal { amplitude, period, phases } = self.diurnal.as_ref()?;
        let phase = match phases.len() {
            0 => Span::ZERO,
            count => phases[usize::from(region) % count],
        };
        Some(Cycle { amplitude: *amplitude, period: *period, phase })
    }
}

fn mean(law: &Law, name: &'static str) -> Result<Span, ChurnError> {
    law.mean().ok_or(ChurnError::InfiniteMean(name))
}

/// A pool of slots, planned: how many there are, and what each is.
#[derive(Debug)]
pub(crate) struct Pool<'a> {
    seed: Seed,
    churn: &'a Churn,
    start: Start,
    /// Sessions that begin later are of no interest.
    end: Time,
    /// Slots that are always up, from the start: bootstrap nodes.
    bootstrap: u32,
    /// Slots that never leave once they have come, the bootstrap nodes among them.
    stable: u32,
    /// Slots that are up at the start or would be, had all joined: these and the stable ones.
    initial: u32,
    availability: Ratio,
    /// Region and time of those who arrive later, after the initial slots.
    arrivals: Vec<(Time, u8)>,
}

/// What a pool is planned from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) seed: Seed,
    pub(crate) churn: &'a Churn,
    pub(crate) start: Start,
    pub(crate) nodes: u32,
    pub(crate) bootstrap: u32,
    pub(crate) duration: Span,
    /// The relative share of the nodes in each region.
    pub(crate) shares: &'a [u64],
}

/// The streams of arrivals by region lie beyond those of the slots.
const ARRIVALS_INDEX: u64 = 1 << 32;
/// So does the number of those who are there at the start.
const INITIAL_INDEX: u64 = 2 << 32;

impl<'a> Pool<'a> {
    pub(crate) fn plan(plan: &Plan<'a>) -> Result<Self, ChurnError> {
        let Plan { seed, churn, start, nodes, bootstrap, duration, shares } = *plan;
        let end = Time::ZERO.saturating_add(duration);
        let mut pool = Self {
            seed,
            churn,
            start,
            end,
            bootstrap,
            stable: nodes.max(bootstrap),
            initial: nodes.max(bootstrap),
            availability: Ratio::ONE,
            arrivals: Vec::new(),
        };
        let spec = match churn {
            Churn::None => return Ok(pool),
            Churn::Trace(trace) => {
                let measured = u32::try_from(trace.sessions.len()).unwrap_or(SLOTS_MAX);
                (pool.stable, pool.initial) = (bootstrap, bootstrap.saturating_add(measured));
                return Ok(pool);
            }
            Churn::Drawn(spec) => spec,
        };
        spec.validate()?;
        let others = u64::from(nodes.saturating_sub(bootstrap));
        let core = spec.stable_core.of(others);
        let leaving = others - core;
        pool.availability = spec.availability()?;
        let initial = if spec.turnover == Turnover::Arrivals {
            pool.arrivals = pool.draw_arrivals(spec, leaving, shares)?;
            let one = Poisson { every: Span::from_secs(1) };
            let mut stream = Stream::new(seed, Purpose::Sessions, INITIAL_INDEX);
            one.count(Span::from_secs(leaving), &mut stream)
        } else {
            let up = u128::from(pool.availability.numerator());
            let round = u128::from(pool.availability.denominator());
            u64::try_from((u128::from(leaving) * round + up / 2) / up).unwrap_or(u64::MAX)
        };
        let stable = u64::from(bootstrap) + core;
        let slots = stable.saturating_add(initial).saturating_add(pool.arrivals.len() as u64);
        if slots > u64::from(SLOTS_MAX) {
            return Err(ChurnError::TooManySlots(slots));
        }
        let fits = |count| u32::try_from(count).unwrap_or(SLOTS_MAX);
        (pool.stable, pool.initial) = (fits(stable), fits(stable + initial));
        Ok(pool)
    }

    /// A Poisson process in each region, at the rate that replaces those who leave.
    fn draw_arrivals(
        &self,
        spec: &ChurnSpec,
        population: u64,
        shares: &[u64],
    ) -> Result<Vec<(Time, u8)>, ChurnError> {
        let stay = u128::from(mean(&spec.session, "session")?.as_nanos());
        let all: u128 = shares.iter().map(|share| u128::from(*share)).sum();
        let mut arrivals = Vec::new();
        for (region, share) in (0..).zip(shares) {
            let rate = u128::from(population) * u128::from(*share);
            if rate == 0 {
                continue;
            }
            let every = Span::from_nanos(u64::try_from(stay * all / rate).unwrap_or(u64::MAX));
            if every == Span::ZERO {
                return Err(ChurnError::TooManySlots(u64::MAX));
            }
            let process = Poisson { every };
            let index = ARRIVALS_INDEX | u64::from(region);
            let mut stream = Stream::new(self.seed, Purpose::Sessions, index);
            let cycle = spec.cycle(region);
            // The process runs on a steady clock; the cycle turns that into the time of the day.
            let (mut steady, mut at) = (Time::ZERO, Time::ZERO);
            loop {
                let next = process.next(steady, &mut stream);
                at = match &cycle {
                    Some(cycle) => cycle.advance(at, next.since(steady)),
                    None => next,
                };
                steady = next;
                if at >= self.end {
                    break;
                }
                arrivals.push((at, region));
                if arrivals.len() as u64 > u64::from(SLOTS_MAX) {
                    return Err(ChurnError::TooManySlots(arrivals.len() as u64));
                }
            }
        }
        arrivals.sort_unstable();
        Ok(arrivals)
    }

    /// How many slots there are.
    pub(crate) fn slots(&self) -> u32 {
        self.initial + u32::try_from(self.arrivals.len()).unwrap_or(SLOTS_MAX)
    }

    /// The region of `slot`, where that is a matter of its arrival.
    pub(crate) fn region(&self, slot: u32) -> Option<u8> {
        let arrival = slot.checked_sub(self.initial)?;
        self.arrivals.get(arrival as usize).map(|(_, region)| *region)
    }

    /// Adds the identities of `slot`, which lies in `region`, with their sessions; gives their number.
    pub(crate) fn push(&self, slot: u32, region: u8, sessions: &mut Sessions) -> usize {
        let before = sessions.len();
        let joined = self.joined(slot);
        let stable = [Session { up: joined, down: Time::NEVER, graceful: false }];
        match self.churn {
            Churn::Trace(trace) if slot >= self.stable => {
                let measured = trace.sessions.of(NodeIx::new(slot - self.stable)).iter().copied();
                let seen = measured.filter(|session| session.up < self.end);
                sessions.push_identity(seen.map(|session| self.clip(session)));
            }
            Churn::Drawn(spec) if slot >= self.stable => {
                self.push_drawn(spec, slot, region, joined, sessions);
            }
            _ => sessions.push_identity(stable.into_iter().filter(|stay| stay.up < self.end)),
        }
        sessions.len() - before
    }

    fn push_drawn(
        &self,
        spec: &ChurnSpec,
        slot: u32,
        region: u8,
        joined: Time,
        sessions: &mut Sessions,
    ) {
        let mut walk = Walk {
            spec,
            end: self.end,
            cycle: spec.cycle(region),
            stream: Stream::new(self.seed, Purpose::Sessions, u64::from(slot)),
        };
        let first = match slot.checked_sub(self.initial) {
            Some(arrival) => {
                let shift = joined.since(Time::ZERO);
                let at = self.arrivals[arrival as usize].0.saturating_add(shift);
                walk.fresh(at)
            }
            None => walk.first(joined, self.availability),
        };
        match spec.turnover {
            Turnover::Rejoin { .. } => {
                let rest = std::iter::successors(first, |last| walk.next(last));
                sessions.push_identity(rest.map(|session| self.clip(session)));
            }
            Turnover::Replace { .. } | Turnover::Arrivals => {
                let mut next = first;
                while let Some(session) = next {
                    sessions.push_identity([self.clip(session)]);
                    next = walk.next(&session);
                }
            }
        }
    }

    /// When the history of `slot` begins.
    ///
    /// In a joining network each slot's stationary process begins at its own even time, so that all
    /// of it is stationary from the end of the joins on.
    fn joined(&self, slot: u32) -> Time {
        match self.start {
            Start::Join { over } if slot >= self.bootstrap && over > Span::ZERO => {
                let mut stream = Stream::new(self.seed, Purpose::Arrivals, u64::from(slot));
                Time::from_nanos(1 + stream.below(over.as_nanos()))
            }
            _ => Time::ZERO,
        }
    }

    /// What ends after the run never ends.
    fn clip(&self, session: Session) -> Session {
        let down = if session.down >= self.end { Time::NEVER } else { session.down };
        Session { down, ..session }
    }
}

/// The history of one slot, session by session.
struct Walk<'a> {
    spec: &'a ChurnSpec,
    end: Time,
    cycle: Option<Cycle>,
    stream: Stream,
}

impl Walk<'_> {
    /// The first session of a slot whose history begins at `from`, in the middle of a round.
    fn first(&mut self, from: Time, availability: Ratio) -> Option<Session> {
        let up = self.stream.chance(availability);
        let law = if up { Some(self.spec.session) } else { self.spec.downtime() };
        let left = law.map_or(Span::ZERO, |law| {
            if self.spec.stationary {
                law.residual(&mut self.stream)
            } else {
                law.sample(&mut self.stream)
            }
        });
        if up { self.session(from, left) } else { self.after(from, left) }
    }

    /// The session after `last`.
    fn next(&mut self, last: &Session) -> Option<Session> {
        let gap = self.spec.downtime()?.sample(&mut self.stream);
        self.after(last.down, gap)
    }

    /// The session that follows a down time of `gap` from `from` on.
    fn after(&mut self, from: Time, gap: Span) -> Option<Session> {
        // The old session ends before the next begins, also where down times have no length.
        let gap = gap.max(Span::from_nanos(1));
        let up = match &self.cycle {
            Some(cycle) => cycle.advance(from, gap).max(from.saturating_add(Span::from_nanos(1))),
            None => from.saturating_add(gap),
        };
        if up >= self.end {
            return None;
        }
        self.fresh(up)
    }

    /// A whole session from `up` on.
    fn fresh(&mut self, up: Time) -> Option<Session> {
        let length = self.spec.session.sample(&mut self.stream);
        self.session(up, length)
    }

    /// A session from `up` on; none when that is after the run.
    fn session(&mut self, up: Time, length: Span) -> Option<Session> {
        let graceful = self.stream.chance(self.spec.graceful);
        let down = up.saturating_add(length.max(Span::from_nanos(1)));
        (up < self.end).then_some(Session { up, down, graceful })
    }
}

#[cfg(test)]
mod tests;
