//! The pool of slots: the history of each, drawn from its own stream.

use crate::churn::{Churn, ChurnError, ChurnSpec, SLOTS_MAX, Start, Turnover, mean};
use crate::dist::cycle::Cycle;
use crate::dist::poisson::Poisson;
use crate::node::NodeIx;
use crate::ratio::Ratio;
use crate::seed::{Draw, Purpose, Seed, Stream};
use crate::session::{Session, Sessions};
use crate::time::{Span, Time};

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
    pub(super) availability: Ratio,
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
                // Who is down for the whole run is known to nobody and has no number.
                if first.is_some() {
                    let stays = std::iter::successors(first, |last| walk.next(last));
                    sessions.push_identity(stays.map(|session| self.clip(session)));
                }
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
