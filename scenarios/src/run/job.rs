//! What a run is told besides the world and the protocol's parameters.

use dhtlab_core::engine::Start;
use dhtlab_core::time::{Span, Time};

use super::probe::Probe;
use crate::faults::Fault;

/// A named stretch, with or without a fault.
#[derive(Debug)]
pub struct Phase {
    /// The name the user gave it.
    pub name: String,
    /// When it begins.
    pub from: Time,
    /// When it ends; [`Time::NEVER`] when it lasts to the end.
    pub until: Time,
    /// What happens, if anything does.
    pub fault: Option<Box<dyn Fault>>,
}

/// What a search has to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judging {
    /// The so many live servers, the asker apart, whose keys are closest by XOR. A search is right when
    /// the closest of them is among the first so many nodes found.
    Closest(usize),
    /// The live server with the first virtual node at or clockwise after the leading 64 bits of the
    /// target; it may be the asker itself. A search is right when that is the first node found.
    Successor {
        /// Virtual nodes of each server, at [`point_id`](dhtlab_core::ring::point_id) without salt.
        points: u16,
    },
}

/// How to run one protocol in one world.
#[derive(Debug)]
pub struct Job {
    /// Warm tables or joins by message.
    pub start: Start,
    /// Simulated length; operations are issued until then.
    pub duration: Span,
    /// How long the run goes on afterwards so that operations under way can end.
    pub drain: Span,
    /// The stretch at the start that `measure` leaves out.
    pub warmup: Span,
    /// Length of the bins of time series and of the rungs of the digest ladder.
    pub bin: Span,
    /// Named stretches, in the order of the scenario.
    pub phases: Vec<Phase>,
    /// How searches are judged.
    pub judging: Judging,
    /// Threads inside the run.
    pub shards: u32,
    /// What is kept step by step; `None` for a run that is to be whole.
    pub probe: Option<Probe>,
}

impl Job {
    /// The end of the measured run.
    pub fn end(&self) -> Time {
        Time::ZERO + self.duration
    }

    /// Every instant at which the run pauses, in order: ends of bins, of the warm-up and of phases.
    pub fn stops(&self) -> Vec<Time> {
        let (bin, end) = (self.bin.as_nanos().max(1), self.end());
        let edges = (1..=self.duration.as_nanos() / bin).map(|index| Time::from_nanos(index * bin));
        let phases = self.phases.iter().flat_map(|phase| [phase.from, phase.until]);
        let mut stops: Vec<Time> =
            edges.chain(phases).chain([Time::ZERO + self.warmup, end]).collect();
        stops.retain(|stop| *stop <= end && *stop > Time::ZERO);
        stops.sort_unstable();
        stops.dedup();
        stops
    }

    /// A bin length that cuts `duration` into about sixty round parts, at least a second each.
    pub fn round_bin(duration: Span) -> Span {
        const ROUND: [u64; 13] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600];
        let wanted = duration.as_nanos() / 1_000_000_000 / 60;
        let secs = ROUND
            .into_iter()
            .find(|secs| *secs >= wanted)
            .unwrap_or(3_600 * wanted.div_ceil(3_600));
        Span::from_secs(secs)
    }
}
