//! The tutorial's protocol owes the simulator what every protocol owes it, and finds what it can.

mod common;
mod conformance;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_protocols::params::{Preset, Tunable as _};
use dhtlab_protocols::walk::{Params, Walk};

use std::sync::Arc;

use common::{Log, add_operations, at, join_within, random_key, world};
use conformance::Subject;

fn default() -> Params {
    Preset::<Params>::find("default").expect("a known preset").params()
}

#[test]
fn walk_conforms() {
    let patience = Span::from_mins(1);
    Subject::<Walk> { name: "walk", params: default, patience, late: 3, stores: false }.conforms();
}

/// Of a hundred searches among `nodes` nodes: how many end at the node nearest to their target.
fn found(nodes: u32, params: Params) -> usize {
    let mut world = world(nodes, 11);
    join_within(&mut world, Span::from_mins(10));
    add_operations(&mut world, 100, at(1_200), Span::from_secs(1), |_, stream| Command::FindNode {
        target: random_key(stream),
    });
    let world = Arc::new(world);
    let log = Log::default();
    let mut engine =
        Engine::<Walk, Log>::new(world.clone(), params, Start::Join, 1, |_| log.clone());
    engine.run_until(at(1_400));
    let ended = log.take().ops;
    assert_eq!(ended.len(), 100);
    let right = |(record, found): &&(dhtlab_core::record::OpRecord, Vec<NodeIx>)| {
        let target = world.operations[record.op.index()].command.key();
        found.first() == common::closest(&world, target, record.node, |_| true).first()
    };
    ended.iter().filter(right).count()
}

#[test]
fn near_contacts_make_a_walk_arrive() {
    let near = found(300, default());
    let chance = found(300, Params { near: 0, ..default() });
    assert!(near >= 75, "{near} of 100 with near contacts");
    assert!(near >= chance + 5, "{near} with near contacts, {chance} by chance alone");
}

#[test]
fn contacts_are_bounded_and_no_walk_is_left_over() {
    let params = Params { contacts: 4, near: 2, ..default() };
    let world = Arc::new(world(40, 3));
    let mut engine = Engine::<Walk, Log>::new(world, params, Start::Join, 1, |_| Log::default());
    engine.run_until(at(60));
    for node in (0..40).map(NodeIx::new) {
        let mut contacts = Vec::new();
        engine.state(node).unwrap().contacts(&mut |contact, _| contacts.push(contact));
        assert!((1..=4).contains(&contacts.len()) && !contacts.contains(&node), "{contacts:?}");
    }
    assert_eq!(engine.pending(), 0, "no walk is left over");
}

#[test]
fn every_parameter_can_be_set_and_bounds_hold() {
    let mut params = default();
    assert_eq!(params.validate(), Ok(()));
    for info in Params::fields() {
        params.set(info.name, params.get(info.name).unwrap()).unwrap();
    }
    let none = dhtlab_protocols::params::ParamValue::Count(0);
    assert!(params.set("near", none.clone()).is_ok());
    assert!(params.set("contacts", none).is_err());
}
