//! Drives one protocol through one world: stops at every edge, lets faults act, reads the gauges.

use std::sync::Arc;

use dhtlab_core::cause::Traffic as Purposes;
use dhtlab_core::digest::Rung;
use dhtlab_core::engine::Engine;
use dhtlab_core::protocol::{Message, Protocol};
use dhtlab_core::record::Tally;
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_core::step::Step;
use dhtlab_core::time::Time;
use dhtlab_core::world::World;
use dhtlab_reports::{model, recovery};

use super::batches::Batches;
use super::collect;
use super::gauge::Gauges;
use super::job::{Job, Judging, Phase};
use super::ledger::Ledger;
use super::probe::Probe;
use super::referee::Referee;

/// What comes out of a run.
#[derive(Debug)]
pub struct Outcome {
    /// The rows for tables and figures; names and parameters are for the caller to fill in.
    pub run: model::Run,
    /// The digest at every stop, and at the end.
    pub ladder: Vec<Rung>,
    /// What happened, in numbers.
    pub tally: Tally,
    /// Shards that were really used.
    pub shards: usize,
    /// How searches were judged.
    pub judging: Judging,
    /// What the probe kept: in order of time, then of node, then as the node did it.
    pub steps: Vec<Step>,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Simulated time reached.
    pub now: Time,
    /// Where the run ends.
    pub end: Time,
    /// Events handled.
    pub events: u64,
    /// Nodes that are up.
    pub live: usize,
}

/// The run was told to stop before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run was stopped")]
pub struct Stopped;

/// Watches a run; returning false stops it.
pub type Watch<'a> = &'a mut dyn FnMut(&Pace) -> bool;

/// Longest stretch of simulated time between two calls of the watcher, in bins.
const SHARE_OF_BIN: u64 = 4;

/// Runs protocol `P` with `params` in `world`.
///
/// # Errors
/// When `watch` says so.
pub fn drive<P: Protocol>(
    world: &Arc<World>,
    params: P::Params,
    mut job: Job,
    watch: Watch<'_>,
) -> Result<Outcome, Stopped> {
    let referee = Referee::new(world, job.judging);
    let ledger = |_| Ledger::new(&referee, job.probe);
    let engine =
        Engine::<P, Ledger<'_>>::new(Arc::clone(world), params, job.start, job.shards, ledger);
    let mut drive = Drive {
        engine,
        run: model::Run::default(),
        ladder: Vec::new(),
        gauges: Gauges::new(world),
        batches: Batches::new(world),
    };
    drive.run.intervals = collect::intervals(&job);
    let stops = job.stops();
    let phases = std::mem::take(&mut job.phases);
    let mut phases: Vec<Running> =
        phases.into_iter().enumerate().map(|(i, phase)| Running::new(world, i, phase)).collect();
    drive.turn(&mut phases, Time::ZERO);
    drive.gauge(&job);
    let mut from = Time::ZERO;
    for stop in stops {
        drive.advance(from, stop, &job, watch)?;
        drive.turn(&mut phases, stop);
        from = stop;
        if job.probe.is_some_and(|probe| drive.has_seen(probe)) {
            return Ok(drive.finish(&job, stop));
        }
    }
    let end = job.end() + job.drain;
    Ok(drive.finish(&job, end))
}

/// A phase with the random stream of its fault.
struct Running {
    phase: Phase,
    stream: Stream,
}

impl Running {
    fn new(world: &World, index: usize, phase: Phase) -> Self {
        Self { phase, stream: Stream::new(world.seed, Purpose::Fault, index as u64) }
    }
}

struct Drive<'w, P: Protocol> {
    engine: Engine<P, Ledger<'w>>,
    run: model::Run,
    ladder: Vec<Rung>,
    gauges: Gauges,
    batches: Batches,
}

impl<P: Protocol> Drive<'_, P> {
    /// Ends and begins the phases that turn at `now`: first those that end.
    fn turn(&mut self, phases: &mut [Running], now: Time) {
        for running in phases.iter_mut().filter(|running| running.phase.until == now) {
            if let Some(fault) = &mut running.phase.fault {
                self.engine.control(|plane| fault.heal(plane));
            }
        }
        for running in phases.iter_mut().filter(|running| running.phase.from == now) {
            if let Some(fault) = &mut running.phase.fault {
                self.engine.control(|plane| fault.apply(plane, &mut running.stream));
            }
        }
    }

    /// Runs from one stop to the next and reads what has gathered.
    fn advance(
        &mut self,
        from: Time,
        stop: Time,
        job: &Job,
        watch: Watch<'_>,
    ) -> Result<(), Stopped> {
        let length = stop.since(from).as_nanos();
        for part in 1..=SHARE_OF_BIN {
            let edge = Time::from_nanos(from.as_nanos() + length / SHARE_OF_BIN * part);
            self.engine.run_until(if part == SHARE_OF_BIN { stop } else { edge });
            self.batches.settle(&mut self.engine);
            let pace = Pace {
                now: self.engine.now(),
                end: job.end(),
                events: self.engine.tally().events(),
                live: self.gauges.live(),
            };
            if !watch(&pace) {
                return Err(Stopped);
            }
        }
        self.take_traffic(from, stop);
        self.ladder.push(Rung { at: stop, digest: self.engine.digest() });
        self.gauge(job);
        Ok(())
    }

    fn gauge(&mut self, job: &Job) {
        self.gauges.read(&self.engine, job, &mut self.run);
    }

    fn take_traffic(&mut self, from: Time, stop: Time) {
        let kinds = <P::Message as Message>::KINDS;
        let counts = self.engine.take_traffic();
        for (kind, by_purpose) in kinds.iter().zip(&counts) {
            for (purpose, count) in
                Purposes::ALL.iter().zip(by_purpose).filter(|(_, count)| count.messages > 0)
            {
                self.run.traffic.push(model::Traffic {
                    t_start_s: from.as_secs_f64(),
                    t_end_s: stop.as_secs_f64(),
                    msg_type: kind,
                    purpose: purpose.name(),
                    count: count.messages,
                    bytes: count.bytes,
                });
            }
        }
    }

    /// Has everything happened that `probe` asks for?
    fn has_seen(&self, probe: Probe) -> bool {
        match probe {
            Probe::Operation(op) => {
                self.engine.observers().any(|ledger| ledger.has_seen_the_end_of(op))
            }
            Probe::Window { until, .. } => self.engine.now() >= until,
        }
    }

    /// Runs until `end` and makes rows of what has gathered.
    fn finish(mut self, job: &Job, end: Time) -> Outcome {
        self.engine.run_until(end);
        self.batches.settle(&mut self.engine);
        let digest = self.engine.digest();
        if self.ladder.last().is_none_or(|last| last.at < end) {
            self.ladder.push(Rung { at: end, digest });
        }
        self.run.ladder = self.ladder.iter().map(collect::rung).collect();
        let tally = self.engine.tally();
        self.run.sim_duration_s = job.duration.as_secs_f64();
        self.run.events = tally.events();
        self.run.digest = digest.to_string();
        "complete".clone_into(&mut self.run.status);
        self.run.operations = collect::operations(&self.engine, &self.batches, job);
        self.run.joins = collect::joins(&self.engine, job);
        self.run.node_load = collect::node_load(&self.engine);
        self.run.recoveries = recovery::recoveries(&self.run.operations, &self.run.intervals);
        let mut steps: Vec<Step> =
            self.engine.observers_mut().flat_map(Ledger::take_steps).collect();
        steps.sort_by_key(|step| (step.at, step.node));
        let shards = self.engine.shard_count();
        Outcome { shards, run: self.run, ladder: self.ladder, tally, judging: job.judging, steps }
    }
}
