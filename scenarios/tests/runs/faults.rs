//! Faults, seen by a protocol that does nothing but call everybody twice a second.

use std::collections::BTreeSet;
use std::sync::Arc;

use dhtlab::faults::{
    BootstrapBlock, Censored, CrashStorm, Direction, Fault, Partition, Place, Side,
};
use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::link::model::{LinkModel, LinkSpec};
use dhtlab_core::link::table::RegionTable;
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_core::world::{World, WorldSpec};
use proptest::prelude::*;

use crate::support::{SMALL, plan, run};

/// Calls everybody and remembers who called.
struct Crier {
    heard: Vec<Call>,
}

/// One message that arrived.
#[derive(Clone, Copy)]
struct Call {
    from: NodeIx,
    sent: Time,
    came: Time,
}

/// Says when it was sent.
struct Hello(Time);

impl Message for Hello {
    const KINDS: &'static [&'static str] = &["hello"];
    fn kind(&self) -> u8 {
        0
    }
    fn digest(&self) -> u64 {
        self.0.as_nanos()
    }
}

impl Protocol for Crier {
    const NAME: &'static str = "crier";
    /// How many nodes there are.
    type Params = u32;
    type Message = Hello;
    type Timer = ();
    type Saved = ();

    fn boot(_: &[NodeIx], _: Option<()>, ctx: &mut Ctx<'_, Self>) -> Self {
        ctx.arm((), EVERY);
        Self { heard: Vec::new() }
    }
    fn warm(_: &WarmView<'_>, bootstrap: &[NodeIx], ctx: &mut Ctx<'_, Self>) -> Self {
        Self::boot(bootstrap, None, ctx)
    }
    fn on_message(&mut self, from: NodeIx, message: Hello, ctx: &mut Ctx<'_, Self>) {
        self.heard.push(Call { from, sent: message.0, came: ctx.now() });
    }
    fn on_timer(&mut self, (): (), ctx: &mut Ctx<'_, Self>) {
        let me = ctx.me();
        for node in (0..*ctx.params()).map(NodeIx::new).filter(|node| *node != me) {
            ctx.send(node, Hello(ctx.now()));
        }
        ctx.arm((), EVERY);
    }
    fn on_command(&mut self, _: OpId, _: Command, _: &mut Ctx<'_, Self>) {}
    fn save(self, _: &u32) {}
    fn wire_len(_: &u32, _: &Hello) -> u32 {
        10
    }
    fn contacts(&self, _: &mut dyn FnMut(NodeIx, ContactKind)) {}
}

/// Chosen so that calls are under way at the full tens of seconds.
const EVERY: Span = Span::from_millis(497);
const NODES: u32 = 44;

fn at(seconds: u64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

/// Nodes in eleven regions, one in four of them a bootstrap node.
fn engine(shards: u32) -> Engine<Crier, ()> {
    let world = WorldSpec {
        link: LinkSpec::plain(LinkModel::Regions(RegionTable::aws_2019())),
        bootstrap_nodes: NODES / 4,
        ..WorldSpec::still(Seed(3), NODES, Span::from_mins(1))
    };
    let world = World::draw(&world).unwrap();
    Engine::new(Arc::new(world), NODES, Start::Warm, shards, |_| ())
}

/// Everything that anybody heard of anybody: (call, hearer).
fn heard(engine: &Engine<Crier, ()>) -> Vec<(Call, NodeIx)> {
    let nodes = (0..NODES).map(NodeIx::new);
    let of = |node| engine.state(node).map(|state| (node, state.heard.clone()));
    nodes
        .filter_map(of)
        .flat_map(|(node, calls)| calls.into_iter().map(move |c| (c, node)))
        .collect()
}

/// Pairs of whom the second heard a call that the first sent between two times.
fn pairs(engine: &Engine<Crier, ()>, from: Time, until: Time) -> BTreeSet<(NodeIx, NodeIx)> {
    let inside =
        heard(engine).into_iter().filter(|(call, _)| call.sent >= from && call.sent < until);
    inside.map(|(call, hearer)| (call.from, hearer)).collect()
}

fn all_pairs(nodes: &[NodeIx]) -> BTreeSet<(NodeIx, NodeIx)> {
    let pairs = nodes.iter().flat_map(|a| nodes.iter().map(move |b| (*a, *b)));
    pairs.filter(|(a, b)| a != b).collect()
}

/// Lets `fault` act from second 10 to second 20 of a run of 30 seconds.
fn struck(fault: &mut dyn Fault, seed: u64, shards: u32) -> Engine<Crier, ()> {
    let mut engine = engine(shards);
    let mut stream = Stream::new(Seed(seed), Purpose::Fault, 0);
    engine.run_until(at(10));
    engine.control(|plane| fault.apply(plane, &mut stream));
    engine.run_until(at(20));
    engine.control(|plane| fault.heal(plane));
    engine.run_until(at(30));
    engine
}

/// The nodes of three regions, by their numbers in the table.
const CUT_OFF: [u8; 3] = [1, 4, 9];

fn side(engine: &Engine<Crier, ()>, node: NodeIx) -> bool {
    CUT_OFF.contains(&engine.world().links.region_of(node))
}

#[test]
fn no_message_crosses_a_cut_and_all_do_once_it_is_mended() {
    for (direction, in_flight, shards) in [
        (Direction::Both, true, 1),
        (Direction::Both, true, 2),
        (Direction::Both, false, 1),
        (Direction::Out, true, 1),
        (Direction::In, true, 1),
    ] {
        let place = Place::Regions(CUT_OFF.to_vec());
        let mut cut = Partition::new(Side::At(place), direction, in_flight);
        let engine = struck(&mut cut, 1, shards);
        let everybody: Vec<NodeIx> = (0..NODES).map(NodeIx::new).collect();
        let inside = everybody.iter().filter(|node| side(&engine, **node)).count();
        assert!(inside > 4 && inside < 30, "{inside} nodes are cut off");
        let stopped = |from: NodeIx, to: NodeIx| match (side(&engine, from), side(&engine, to)) {
            (true, false) => direction != Direction::In,
            (false, true) => direction != Direction::Out,
            _ => false,
        };
        for (call, hearer) in heard(&engine) {
            let sent_inside = call.sent >= at(10) && call.sent < at(20);
            let came_inside = call.came > at(10) && call.came < at(20);
            let crosses = stopped(call.from, hearer);
            assert!(!(crosses && sent_inside), "{direction:?}: sent across the cut");
            assert!(!(crosses && in_flight && came_inside), "{direction:?}: arrived across it");
        }
        let tally = engine.tally();
        assert!(tally.refused > 0, "{tally:?}");
        assert_eq!(tally.stopped > 0, in_flight, "{tally:?}");
        let all = all_pairs(&everybody);
        assert_eq!(pairs(&engine, at(0), at(9)), all);
        let crossing = all.iter().filter(|(from, to)| stopped(*from, *to)).count();
        assert_eq!(pairs(&engine, at(10), at(20)).len(), all.len() - crossing);
        assert_eq!(pairs(&engine, at(20), at(29)), all, "{direction:?}");
    }
}

/// In a run of Kademlia too, as a scenario states it.
#[test]
fn a_scenario_that_cuts_has_messages_refused_and_stopped() {
    let text = SMALL
        .replace("nodes = 40", "nodes = 60")
        .replace("bootstrap_nodes = 2", "bootstrap_nodes = 6");
    let split = "\n[[phase]]\nname = \"split\"\nat = \"8m\"\nfor = \"4m\"\nfault = \"partition\"\n\
        regions = [\"tokyo\", \"seoul\", \"sydney\"]\ndirection = \"both\"\nin_flight = \"cut\"\n";
    let outcome = run(&plan(&(text + split), &[]), 0, 1);
    assert!(outcome.tally.refused > 100 && outcome.tally.stopped > 0, "{:?}", outcome.tally);
    let success = |from: f64, to: f64| {
        let lookups = outcome.run.operations.iter().filter(|o| o.op == "find_node");
        let ends: Vec<bool> = lookups
            .filter(|o| o.t_start_s >= from && o.t_start_s < to)
            .map(|o| o.outcome == "ok")
            .collect();
        let ok = u32::try_from(ends.iter().filter(|ok| **ok).count()).unwrap();
        f64::from(ok) / f64::from(u32::try_from(ends.len()).unwrap())
    };
    let (before, during, after) =
        (success(300.0, 480.0), success(480.0, 720.0), success(900.0, 1_200.0));
    assert!(before > 0.9 && during < before - 0.15 && after > 0.9, "{before} {during} {after}");
    let [recovery] = &outcome.run.recoveries[..] else { panic!("one fault heals") };
    assert!(recovery.time_to_95_s.is_some(), "{recovery:?}");
}

#[test]
fn a_block_keeps_newcomers_from_bootstrap_nodes_and_nobody_else() {
    let mut block = BootstrapBlock::new(Ratio::ONE, Censored::Joiners, true);
    let mut storm = CrashStorm::new(Ratio::new(1, 2).unwrap(), Place::Everywhere, true);
    let mut engine = engine(1);
    let mut stream = Stream::new(Seed(1), Purpose::Fault, 0);
    engine.run_until(at(5));
    engine.control(|plane| storm.apply(plane, &mut stream));
    engine.run_until(at(10));
    let stayed = engine.live();
    engine.control(|plane| block.apply(plane, &mut stream));
    engine.control(|plane| storm.heal(plane));
    engine.run_until(at(20));
    engine.control(|plane| block.heal(plane));
    engine.run_until(at(30));
    let everybody: Vec<NodeIx> = (0..NODES).map(NodeIx::new).collect();
    let blocked = |from: &NodeIx, to: &NodeIx| {
        !stayed.contains(*from) && engine.world().bootstrap.contains(to)
    };
    let mut expected = all_pairs(&everybody);
    let whole = expected.len();
    expected.retain(|(from, to)| !blocked(from, to));
    assert!(expected.len() < whole);
    assert_eq!(pairs(&engine, at(11), at(20)), expected);
    assert_eq!(pairs(&engine, at(20), at(29)).len(), whole);
}

fn fault(kind: u8) -> Box<dyn Fault> {
    let half = Ratio::new(1, 2).unwrap();
    match kind {
        0 => Box::new(Partition::new(Side::Share(half), Direction::Both, true)),
        1 => Box::new(BootstrapBlock::new(half, Censored::Joiners, true)),
        _ => Box::new(CrashStorm::new(half, Place::Everywhere, true)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a fault draws for itself: once it is over, everybody who is up reaches everybody.
    #[test]
    fn a_healed_fault_leaves_nothing_behind(kind in 0..3_u8, seed: u64, shards in 1..3_u32) {
        let mut fault = fault(kind);
        fault.randomise(&mut Stream::new(Seed(seed), Purpose::Fault, 1));
        let engine = struck(fault.as_mut(), seed, shards);
        let live: Vec<NodeIx> = engine.live().iter().collect();
        // A storm of at most nine in ten may be for good; all others let everybody live.
        let least = if kind == 2 { 4 } else { NODES as usize };
        prop_assert!(live.len() >= least, "{} live", live.len());
        prop_assert_eq!(pairs(&engine, at(20), at(29)), all_pairs(&live));
    }

    #[test]
    fn what_a_fault_draws_for_itself_is_in_range(seed: u64) {
        let mut stream = Stream::new(Seed(seed), Purpose::Fault, 1);
        let mut partition = Partition::new(Side::At(Place::Everywhere), Direction::Both, false);
        partition.randomise(&mut stream);
        let Side::Share(share) = partition.side else { panic!("a share") };
        let millionths = share.of(1_000_000);
        prop_assert!((50_000..=500_000).contains(&millionths));
        let mut block = BootstrapBlock::new(Ratio::ZERO, Censored::Joiners, true);
        block.randomise(&mut stream);
        prop_assert!(block.share.of(1_000_000) <= 1_000_000);
        let mut storm = CrashStorm::new(Ratio::ZERO, Place::Everywhere, false);
        storm.randomise(&mut stream);
        prop_assert!(storm.share.of(1_000_000) <= 900_000);
    }
}
