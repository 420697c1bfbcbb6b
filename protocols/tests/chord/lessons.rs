//! Rings that learn: what they are asked to keep, and what is measured on them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::keyset::KeySet;
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_core::world::{Operation, World};
use dhtlab_protocols::chord::Chord;
use dhtlab_protocols::chord::params::{Params, Placement, TriggerRule};
use dhtlab_protocols::learned_chord::Model;

use crate::common::{Log, at};
use crate::support::usual;

/// Parameters of a ring that learns soon.
pub(crate) fn learned(virtual_nodes: u32) -> Params {
    Params {
        placement: Placement::Learned,
        virtual_nodes,
        ready_keys_min: 20,
        leaves: 200,
        dual_read: Span::from_secs(60),
        ..usual()
    }
}

/// `count` skewed names, different for different `series`.
pub(crate) fn names(count: usize, series: u64) -> Vec<u64> {
    let mut stream = Stream::new(dhtlab_core::seed::Seed(77), Purpose::RecordKeys, series);
    let law = KeySet::LogNormal { mu: 0.0, sigma: 2.0 };
    law.draw(&mut stream, count, None).expect("a wide law")
}

/// Adds an operation for each of `names` every `gap` from `start`, at random nodes.
pub(crate) fn add(
    world: &mut World,
    names: &[u64],
    start: Time,
    gap: Span,
    command: impl Fn(Key) -> Command,
) {
    let mut stream = Stream::new(world.seed, Purpose::Workload, start.as_nanos());
    for (number, name) in (0..).zip(names) {
        let node = NodeIx::from_usize(stream.index(world.len()));
        let operation =
            Operation { at: start + gap * number, node, command: command(Key::named(*name)) };
        world.operations.push(operation);
    }
    world.operations.sort_by_key(|operation| operation.at);
}

pub(crate) fn put(key: Key) -> Command {
    Command::Put { key, value: Value { version: 1, bytes: 100 } }
}

pub(crate) fn get(key: Key) -> Command {
    Command::Get { key }
}

/// An engine on several shards.
pub(crate) fn engine(world: World, params: Params, shards: u32) -> (Engine<Chord, Log>, Log) {
    let log = Log::default();
    (Engine::new(Arc::new(world), params, Start::Warm, shards, |_| log.clone()), log)
}

/// The nodes that are up, with their states.
pub(crate) fn hosts(engine: &Engine<Chord, Log>) -> Vec<(NodeIx, &Chord)> {
    let nodes = (0..engine.world().len()).map(NodeIx::from_usize);
    nodes.filter_map(|node| engine.state(node).map(|state| (node, state))).collect()
}

/// The names of the models in use.
pub(crate) fn orders(engine: &Engine<Chord, Log>) -> BTreeSet<(u32, u64)> {
    hosts(engine).iter().filter_map(|(_, host)| host.model()).map(Model::order).collect()
}

/// The sum, or largest, or smallest, of a reading.
pub(crate) fn reading(engine: &Engine<Chord, Log>, now: Time, name: &str) -> u64 {
    let mut values = Vec::new();
    let mut fold = Fold::Sum;
    for (_, host) in hosts(engine) {
        host.readings(now, &mut |reading: Reading| {
            if reading.name == name {
                values.push(reading.value);
                fold = reading.fold;
            }
        });
    }
    match fold {
        Fold::Sum => values.iter().sum(),
        Fold::Mean => values.iter().sum::<u64>() / values.len().max(1) as u64,
        Fold::Max => values.into_iter().max().unwrap_or(0),
        Fold::Min => values.into_iter().min().unwrap_or(0),
    }
}

/// Who holds each name.
pub(crate) fn holders(engine: &Engine<Chord, Log>, now: Time) -> BTreeMap<u64, Vec<NodeIx>> {
    let mut holders: BTreeMap<u64, Vec<NodeIx>> = BTreeMap::new();
    for (node, host) in hosts(engine) {
        host.records(now, &mut |key, _| holders.entry(key.name()).or_default().push(node));
    }
    holders
}

/// The host that owns `place` on the ring of all virtual nodes.
pub(crate) fn owner(engine: &Engine<Chord, Log>, params: &Params, place: u64) -> NodeIx {
    let mut points: Vec<RingPoint> = Vec::new();
    for (node, _) in hosts(engine) {
        for vnode in 0..u16::try_from(params.virtual_nodes).expect("a few") {
            points.push((point_id(engine.world().key_prefix(node), vnode, 0), node, vnode));
        }
    }
    points.sort_unstable();
    points[points.partition_point(|point| point.0 < place) % points.len()].1
}

/// I6: each of `names` is at its owner under the model in use there, and nowhere else.
pub(crate) fn assert_placed(
    engine: &Engine<Chord, Log>,
    params: &Params,
    now: Time,
    names: &[u64],
) {
    let holders = holders(engine, now);
    for name in names {
        let at = holders.get(name).unwrap_or_else(|| panic!("{name} is lost"));
        let model = engine.state(at[0]).and_then(Chord::model).expect("it learns");
        assert_eq!(*at, [owner(engine, params, model.position(*name))], "{name}");
    }
}

/// Gini's coefficient of records over hosts.
pub(crate) fn gini(engine: &Engine<Chord, Log>, now: Time) -> f64 {
    let mut loads: Vec<f64> = Vec::new();
    for (_, host) in hosts(engine) {
        let mut load = 0.0;
        host.records(now, &mut |_, _| load += 1.0);
        loads.push(load);
    }
    loads.sort_by(f64::total_cmp);
    let (count, sum) = (float(loads.len()), loads.iter().sum::<f64>());
    let weighted: f64 =
        (1..).zip(&loads).map(|(rank, load)| (2.0 * f64::from(rank) - count - 1.0) * load).sum();
    weighted / (count * sum)
}

/// Runs a second at a time and hands over the state after each.
pub(crate) fn each_second(
    engine: &mut Engine<Chord, Log>,
    from: u64,
    until: u64,
    mut look: impl FnMut(&Engine<Chord, Log>, Time),
) {
    for second in from..=until {
        engine.run_until(at(second));
        look(engine, at(second));
    }
}

/// The trigger that never fires.
pub(crate) fn idle(virtual_nodes: u32) -> Params {
    Params { trigger: TriggerRule::None, ..learned(virtual_nodes) }
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("not that many"))
}

/// The share of `whole` that `part` is.
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    float(part) / float(whole)
}
