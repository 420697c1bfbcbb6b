//! What every protocol owes the simulator, whatever it is: [`conforms`] runs the whole list over one
//! protocol and one set of parameters.
//!
//! A message cannot be handed to a node from outside, so late and unknown messages are made by
//! slowing links down at random: an answer then meets a request that was given up, a query that is
//! over, or another try at the same thing. None of it is a duplicate on the wire.

use std::fmt::Debug;
use std::sync::Arc;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::link::Links;
use dhtlab_core::link::jitter::Jitter;
use dhtlab_core::link::loss::Loss;
use dhtlab_core::link::model::{LinkModel, LinkSpec};
use dhtlab_core::members::Members;
use dhtlab_core::place::Places;
use dhtlab_core::protocol::Protocol;
use dhtlab_core::reach::{Effect, Rule};
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::World;

use crate::common::{Log, add_operations, at, random_key, world};

/// A protocol under test.
pub(crate) struct Subject<P: Protocol> {
    /// What to call it in a failure.
    pub(crate) name: &'static str,
    /// Its parameters; asked for once a run.
    pub(crate) params: fn() -> P::Params,
    /// No operation takes longer.
    pub(crate) patience: Span,
    /// More requests than this are given up before their answers while links are slow: a lookup of
    /// some protocols asks more nodes than that of others.
    pub(crate) late: u32,
    /// Does it store records? One that does not must say so, of every operation but searches.
    pub(crate) stores: bool,
}

/// Everybody boots at a moment of its own and stays until `down`.
fn staying(world: &mut World, down: Time) {
    let mut sessions = Sessions::new();
    for node in 0..world.len() as u64 {
        let up = Time::from_nanos(1 + node * 50_000_003);
        sessions.push_identity([Session { up, down, graceful: node.is_multiple_of(2) }]);
    }
    world.sessions = sessions;
}

/// Links that lose so many of a hundred messages.
fn lossy(lost: u64) -> Links {
    let model = LinkModel::Constant { one_way: Span::from_millis(40) };
    let loss = Loss::Bernoulli(Ratio::from_millionths(lost * 10_000));
    Links::new(&LinkSpec { model, jitter: Jitter::None, loss }, Seed(1), Places::default())
}

/// All kinds of operations in turn, from `start`; reads are of keys that only others stored.
fn ask_everything(world: &mut World, count: u32, start: Time) {
    let key = |number: u32| Key::from_words([mix(number.into()), 1, 2, 3]);
    add_operations(world, count, start, Span::from_millis(900), |number, stream| {
        let round = number / 5;
        match number % 5 {
            0 => Command::Put { key: key(round), value: Value { version: 1, bytes: 99 } },
            1 => Command::Get { key: key(round + 1_000) },
            2 => Command::Provide { key: key(round) },
            3 => Command::GetProviders { key: key(round + 1_000) },
            _ => Command::FindNode { target: random_key(stream) },
        }
    });
}

impl<P: Protocol + Debug> Subject<P> {
    fn engine(&self, world: World, shards: u32) -> (Engine<P, Log>, Log) {
        let log = Log::default();
        let params = (self.params)();
        (Engine::new(Arc::new(world), params, Start::Join, shards, |_| log.clone()), log)
    }

    /// Long after the last of `count` operations from `start`.
    fn after(&self, start: Time, count: u32) -> Time {
        start + Span::from_secs(1) * u64::from(count) + self.patience
    }

    /// A single node is nobody's contact, sends nothing, and answers for itself.
    fn boots_alone(&self) {
        let mut world = world(1, 1);
        staying(&mut world, Time::NEVER);
        ask_everything(&mut world, 20, at(5));
        let (mut engine, log) = self.engine(world, 1);
        engine.run_until(self.after(at(5), 20));
        assert_eq!(log.take().ops.len(), 20, "{}: every operation ends", self.name);
        assert_eq!(engine.tally().sent, 0, "{}: there is nobody to send to", self.name);
        assert!(self.known(&engine, NodeIx::new(0)).is_empty(), "{}", self.name);
    }

    fn known(&self, engine: &Engine<P, Log>, node: NodeIx) -> Vec<NodeIx> {
        let mut known = Vec::new();
        let state = engine.state(node).unwrap_or_else(|| panic!("{}: {node:?} is up", self.name));
        state.contacts(&mut |contact, _| known.push(contact));
        known
    }

    /// Two nodes find one another; what one stores the other reads, unless the protocol has no records.
    fn boots_with_two(&self) {
        let mut world = world(2, 2);
        staying(&mut world, Time::NEVER);
        let (key, value) = (Key::MAX, Value { version: 4, bytes: 10 });
        add_operations(&mut world, 2, at(700), Span::from_secs(100), |number, _| match number {
            0 => Command::Put { key, value },
            _ => Command::Get { key },
        });
        world.operations[0].node = NodeIx::new(0);
        world.operations[1].node = NodeIx::new(1);
        let (mut engine, log) = self.engine(world, 1);
        engine.run_until(self.after(at(800), 2));
        let ops = log.take().ops;
        let read = ops.last().and_then(|(record, _)| record.value);
        assert_eq!(read, self.stores.then_some(value), "{}", self.name);
        let refused = ops.iter().filter(|(record, _)| record.outcome == Outcome::Unsupported);
        assert_eq!(refused.count(), if self.stores { 0 } else { 2 }, "{}", self.name);
        for (me, other) in [(0, 1), (1, 0)] {
            let other = NodeIx::new(other);
            assert!(self.known(&engine, NodeIx::new(me)).contains(&other), "{}", self.name);
        }
    }

    /// With everything lost, every operation ends and none claims success.
    fn ends_when_everything_is_lost(&self) {
        let mut world = world(20, 3);
        staying(&mut world, Time::NEVER);
        world.links = lossy(100);
        ask_everything(&mut world, 50, at(5));
        let (mut engine, log) = self.engine(world, 1);
        engine.run_until(self.after(at(5), 50));
        let ended = log.take().ops;
        assert_eq!(ended.len(), 50, "{}: every operation ends", self.name);
        // What a node keeps for itself needs no message.
        let alone = |r: &dhtlab_core::record::OpRecord| r.requests == 0;
        let honest = ended.iter().all(|(r, _)| r.outcome != Outcome::Done || alone(r));
        assert!(honest, "{}", self.name);
        assert!(engine.tally().lost > 0 && engine.tally().delivered == 0, "{}", self.name);
    }

    /// While links are slowed down at random, answers come late, out of order, or to nobody who
    /// waits. Afterwards everything works again.
    fn tolerates_late_and_unknown_messages(&self) {
        let mut world = world(20, 4);
        staying(&mut world, Time::NEVER);
        let count = 240;
        ask_everything(&mut world, count, at(5));
        let mut stream = Stream::new(world.seed, Purpose::Fault, 0);
        let (mut engine, log) = self.engine(world, 1);
        for second in 0..180 {
            engine.run_until(at(second));
            if second % 20 < 12 {
                let mut some =
                    || Members::of(20, (0..20).map(NodeIx::new).filter(|_| stream.below(3) == 0));
                let (from, to) = (some(), some());
                let effect = Effect::Delay(Span::from_millis(stream.below(25_000)));
                let rule = Rule { from, to, joined_since: None, in_flight: false, effect };
                let rule = engine.control(|plane| plane.add_rule(rule));
                engine.run_until(at(second) + Span::from_millis(900));
                engine.control(|plane| plane.remove_rule(rule));
            }
        }
        engine.run_until(self.after(at(5), count));
        let seen = log.take();
        assert_eq!(seen.ops.len(), count as usize, "{}: every operation ends", self.name);
        let late: u32 = seen.ops.iter().map(|(record, _)| record.failures).sum();
        assert!(late > self.late, "{}: only {late} requests were given up", self.name);
        let twice = seen.ops.windows(2).any(|pair| pair[0].0.op == pair[1].0.op);
        assert!(!twice, "{}: an operation ended twice", self.name);
        let mut calm = seen.ops.iter().filter(|(record, _)| record.at > at(184));
        let found = calm.any(|(record, _)| record.outcome == Outcome::Done);
        assert!(found, "{}: nothing works afterwards", self.name);
        for node in (0..20).map(NodeIx::new) {
            assert!(!self.known(&engine, node).is_empty(), "{}: {node:?} is lost", self.name);
        }
    }

    /// Everybody leaves at once, some with a word and some without: nobody and nothing remains.
    fn survives_that_all_leave_at_once(&self) {
        let mut world = world(30, 5);
        staying(&mut world, at(60));
        ask_everything(&mut world, 80, at(5));
        let (mut engine, _) = self.engine(world, 1);
        engine.run_until(at(59));
        assert_eq!(engine.live().len(), 30, "{}", self.name);
        engine.run_until(self.after(at(5), 80) + Span::from_hours(30));
        assert!(engine.live().is_empty(), "{}", self.name);
        assert_eq!(engine.pending(), 0, "{}: something waits for nobody", self.name);
        assert_eq!(engine.tally().ends, 30, "{}", self.name);
    }

    /// The number of shards changes nothing.
    fn runs_alike_on_any_number_of_shards(&self) {
        let run = |shards| {
            let mut world = world(45, 6);
            staying(&mut world, Time::NEVER);
            world.links = lossy(5);
            ask_everything(&mut world, 60, at(5));
            let (mut engine, log) = self.engine(world, shards);
            engine.run_until(at(90));
            assert_eq!(engine.shard_count(), shards as usize, "{}", self.name);
            (engine.digest(), engine.tally(), log.take().ops)
        };
        let one = run(1);
        for shards in [2, 3, 4] {
            assert_eq!(run(shards), one, "{}: {shards} shards", self.name);
        }
    }

    /// After the last operation nothing but clocks runs: every hour has moments at which no message
    /// is under way and each node waits for a few timers only.
    fn keeps_nothing_but_clocks(&self) {
        let mut world = world(12, 7);
        staying(&mut world, Time::NEVER);
        ask_everything(&mut world, 40, at(5));
        let (mut engine, log) = self.engine(world, 1);
        engine.run_until(self.after(at(5), 40));
        assert_eq!(log.take().ops.len(), 40, "{}", self.name);
        for hour in 1..=3_u64 {
            let quietest = (0..600).map(|moment| {
                engine.run_until(at(hour * 3_600 + moment * 5) + Span::from_millis(7));
                let tally = engine.tally();
                let ended = tally.events() - tally.timers - tally.commands - tally.boots;
                (tally.sent - ended, engine.pending())
            });
            let (under_way, pending) = quietest.min().expect("600 moments");
            assert_eq!(under_way, 0, "{}: messages without end", self.name);
            // A wake-up that was put off stays in the queue until its first time.
            assert!(pending <= 12 * 4, "{}: {pending} events for 12 nodes", self.name);
        }
    }

    /// The whole list.
    ///
    /// # Panics
    /// When the protocol breaks a rule.
    pub(crate) fn conforms(&self) {
        self.boots_alone();
        self.boots_with_two();
        self.ends_when_everything_is_lost();
        self.tolerates_late_and_unknown_messages();
        self.survives_that_all_leave_at_once();
        self.runs_alike_on_any_number_of_shards();
        self.keeps_nothing_but_clocks();
    }
}
