//! Learned Chord against plain Chord: the same ring, the same hops, the same bytes where nothing is
//! learned.

use dhtlab_core::author::*;
use dhtlab_core::engine::Start;
use dhtlab_protocols::chord::params::{Params, Placement, TriggerRule};

use crate::common::{add_operations, at, join_within, random_key, world};
use crate::lessons::*;
use crate::support::usual;

#[test]
fn i16_with_hashed_places_it_is_chord_message_for_message() {
    let run = |params: Params, start| {
        let mut world = world(40, 3);
        if start == Start::Join {
            join_within(&mut world, Span::from_secs(100));
        }
        add(&mut world, &names(400, 0), at(120), Span::from_millis(50), put);
        add(&mut world, &names(400, 0), at(150), Span::from_millis(50), get);
        let (mut engine, _) = crate::support::engine(world, params, start);
        engine.run_until(at(300));
        engine.digest()
    };
    for start in [Start::Warm, Start::Join] {
        let learned = Params { placement: Placement::Sha, virtual_nodes: 1, ..learned(1) };
        assert_eq!(run(learned, start), run(usual(), start));
    }
    assert_ne!(run(idle(1), Start::Warm), run(usual(), Start::Warm), "heartbeats are heard");
}

#[test]
fn i16_without_a_lesson_records_are_where_their_names_are() {
    let run = |params: Params| {
        let mut world = world(40, 3);
        add(&mut world, &names(400, 0), at(20), Span::from_millis(50), put);
        let (mut engine, _) = engine(world, params, 1);
        engine.run_until(at(200));
        holders(&engine, at(200))
    };
    assert_eq!(run(idle(3)), run(Params { placement: Placement::Scaled, ..idle(3) }));
}

#[test]
fn v14_lookups_of_the_same_targets_take_the_same_hops() {
    let hops = |params: Params| -> Vec<u8> {
        let mut world = world(60, 3);
        add_operations(&mut world, 2_000, at(5), Span::from_millis(5), |_, stream| {
            Command::FindNode { target: random_key(stream) }
        });
        let (mut engine, log) = engine(world, params, 1);
        engine.run_until(at(60));
        log.take().ops.iter().map(|(record, _)| record.hops).collect()
    };
    let params = Params { trigger: TriggerRule::Lead40, ..learned(5) };
    let plain = Params { placement: Placement::Sha, ..learned(5) };
    assert_eq!(hops(params), hops(plain));
}

#[test]
fn shards_change_nothing() {
    let run = |shards| {
        let mut world = world(30, 3);
        let names = names(1_500, 0);
        add(&mut world, &names, at(20), Span::from_millis(20), put);
        add(&mut world, &names, at(55), Span::from_millis(20), get);
        let (mut engine, log) = engine(world, learned(5), shards);
        engine.run_until(at(300));
        assert!(orders(&engine).first().is_some_and(|order| order.0 > 0));
        let ends: Vec<_> = log.take().ops.into_iter().map(|(record, _)| record).collect();
        (engine.digest(), ends)
    };
    let one = run(1);
    assert!(one == run(2) && one == run(3));
}
