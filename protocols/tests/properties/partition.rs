//! X1: a partition lets nothing across. What happens on one side leaves no trace on the other.

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::record::{Load, OpRecord};
use dhtlab_protocols::kademlia::Kademlia;
use proptest::prelude::*;

use super::check::{Sometimes, Verdict, always, ensure};
use super::common::{Log, at, engine, preset};
use super::scenario::{NAMES, Scenario};
use super::swarm::{cut, scenario};

/// The odd nodes are cut off.
fn far(node: NodeIx) -> bool {
    node.get() % 2 == 1
}

/// What was seen of the near side: what its operations found, and what its nodes carried.
#[derive(Clone, Debug, PartialEq)]
struct Side {
    ended: Vec<(OpRecord, Vec<NodeIx>)>,
    loads: Vec<Load>,
}

/// Runs with the network cut at second 50 (unless `leaky`); from then on the far side is asked for
/// `other` things.
fn run(scenario: &Scenario, name: &str, other: bool, leaky: bool) -> (Side, Engine<Kademlia, Log>) {
    let mut world = scenario.draw();
    let late = |at_second: Time| at_second > at(50);
    for operation in &mut world.operations {
        if other && far(operation.node) && late(operation.at) {
            let target = operation.command.key().flip_bit(0);
            operation.command = match operation.command {
                Command::FindNode { .. } => Command::Get { key: target },
                _ => Command::FindNode { target },
            };
        }
    }
    let (mut engine, log) = engine(world, preset(name), scenario.start);
    engine.run_until(at(50));
    if !leaky {
        cut(&mut engine, far);
    }
    engine.run_until(at(200));
    let near = |node: &NodeIx| !far(*node);
    let ended = log.take().ops.into_iter().filter(|(record, _)| near(&record.node)).collect();
    let nodes = (0..scenario.nodes).map(NodeIx::new).filter(near);
    let loads = nodes.map(|node| engine.load(node)).collect();
    (Side { ended, loads }, engine)
}

/// X1: the near side is the same whatever the far side does.
fn no_trace(one: &Side, other: &Side) -> Verdict {
    ensure(one == other, || "X1: the other side left a trace".to_owned())
}

/// X1: whoever answers a walk that began after the cut is on the side of the asker.
fn own_side(engine: &Engine<Kademlia, Log>, side: &Side) -> Verdict {
    for (record, found) in &side.ended {
        let operation = engine.world().operations[record.op.index()];
        if operation.at > at(50) && matches!(operation.command, Command::FindNode { .. }) {
            let stranger = found.iter().find(|node| far(**node));
            ensure(stranger.is_none(), || format!("X1: {stranger:?} answered across the cut"))?;
        }
    }
    Ok(())
}

fn busy() -> impl Strategy<Value = (Scenario, usize)> {
    (scenario(4..40), 0..NAMES.len(), any::<bool>()).prop_map(|(scenario, preset, warm)| {
        let start = if warm { Start::Warm } else { Start::Join };
        (Scenario { operations: 80, gap: Span::from_millis(1_500), start, ..scenario }, preset)
    })
}

#[test]
fn nothing_crosses_a_partition() {
    let (refused, found, seen) = (Sometimes::default(), Sometimes::default(), Sometimes::default());
    always(32, &busy(), |(scenario, preset)| {
        let name = NAMES[preset];
        let (side, engine) = run(&scenario, name, false, false);
        let (again, _) = run(&scenario, name, true, false);
        refused.note(engine.tally().refused > 0);
        let walks = side.ended.iter().filter(|(record, _)| record.at > at(60));
        found.add(walks.filter(|(_, found)| !found.is_empty()).count() as u64);
        own_side(&engine, &side)?;
        no_trace(&side, &again)?;
        // The planted bug: a cut that is none.
        let [leak, other] = [false, true].map(|other| run(&scenario, name, other, true));
        let noticed = no_trace(&leak.0, &other.0).is_err();
        seen.note(noticed && own_side(&leak.1, &leak.0).is_err());
        Ok(())
    });
    refused.happened("a message was refused at the cut", 25);
    found.happened("somebody was found behind the cut", 100);
    seen.happened("a leak was noticed in both ways", 20);
}
