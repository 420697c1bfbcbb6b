//! Churn: who comes and goes when, drawn ahead for the whole run.
//!
//! The network is a pool of slots. A slot is up for a session and then down for a while; what comes
//! back is the same identity or a new one. Each slot has its own stream, so that neither another slot
//! nor a longer run changes what it drew. The start is stationary: whoever is up at the start is in
//! the middle of a session and has a residual life before it, because fresh sessions of a
//! heavy-tailed law would all end early and bias the losses of a day tenfold.

mod pool;
pub mod trace;

use thiserror::Error;

use crate::dist::cycle::Cycle;
use crate::dist::{Law, LawError};
use crate::ratio::Ratio;
use crate::time::Span;
pub(crate) use pool::{Plan, Pool};

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

    /// How many sessions begin in a run on average, those of the start among them: a steady
    /// population of `nodes` turns over once in a mean session.
    ///
    /// # Errors
    /// When a mean is infinite.
    pub fn sessions_expected(&self, nodes: u32, duration: Span) -> Result<u64, ChurnError> {
        let stay = u128::from(mean(&self.session, "session")?.as_nanos());
        let leaving = u64::from(nodes) - self.stable_core.of(u64::from(nodes));
        let begun = u128::from(leaving) * u128::from(duration.as_nanos()) / stay.max(1);
        Ok(u64::from(nodes).saturating_add(u64::try_from(begun).unwrap_or(u64::MAX)))
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

#[cfg(test)]
mod tests;
