//! Range queries and the share of records that move when a ring learns again.

use dhtlab_core::author::*;
use dhtlab_core::keyset::KeySet;
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_protocols::chord::Chord;
use dhtlab_protocols::chord::params::{Params, RangeMode};

use crate::common::{at, world};
use crate::lessons::*;

/// While a model is trained and records move: who says that nothing is missing is right.
#[test]
fn ranges_tell_the_truth_while_records_move() {
    for (virtual_nodes, mode) in [(1, RangeMode::Walk), (5, RangeMode::Parallel)] {
        let params = Params { range_mode: mode, ..learned(virtual_nodes) };
        let names = names(2_000, 0);
        let mut world = world(30, 5);
        add(&mut world, &names, at(5), Span::from_millis(5), put);
        let mut sorted = names.clone();
        sorted.sort_unstable();
        let (first, last) = (sorted[100], sorted[1_900]);
        let wanted = 1_801;
        // Many ranges, from the end of the puts until long after the last move.
        add(&mut world, &names[..1_000], at(16), Span::from_millis(100), |_| Command::Range {
            lo: first,
            hi: last,
            limit: u32::MAX,
        });
        let (mut engine, log) = engine(world, params, 1);
        let mut moving = 0;
        each_second(&mut engine, 1, 200, |engine, now| {
            moving += u32::from(reading(engine, now, "migration.pending_sum") > 0);
        });
        let ended: Vec<_> =
            log.take().ops.into_iter().filter_map(|(record, _)| record.range).collect();
        let complete = ended.iter().filter(|range| range.complete).count();
        println!("{mode:?}: {complete} of {} complete, {moving} s of moves", ended.len());
        assert!(orders(&engine).first().is_some_and(|order| order.0 > 0) && ended.len() == 1_000);
        assert!(complete > 900, "{complete}");
        for range in ended.iter().filter(|range| range.complete) {
            assert_eq!(range.items, wanted, "a complete answer lacks nothing");
        }
    }
}

fn draw(law: &KeySet, count: usize, series: u64, above: Option<u64>) -> Vec<u64> {
    let mut stream = Stream::new(Seed(3), Purpose::RecordKeys, series);
    law.draw(&mut stream, count, above).expect("a wide law")
}

/// The share of the first records that another host holds after `more` came.
fn moved(more: &[u64]) -> f64 {
    let params = Params { leaves: 500, ready_neighbours_percent: 50, ..learned(10) };
    let law = KeySet::LogNormal { mu: 0.0, sigma: 2.0 };
    let first = draw(&law, 4_000, 0, None);
    let mut world = world(50, 9);
    add(&mut world, &first, at(5), Span::from_millis(4), put);
    add(&mut world, more, at(200), Span::from_millis(4), put);
    let (mut engine, _) = engine(world, params.clone(), 1);
    engine.run_until(at(195));
    let before = (orders(&engine), holders(&engine, at(195)));
    engine.run_until(at(500));
    assert!(orders(&engine) > before.0, "it learned again");
    assert_eq!(orders(&engine).len(), 1);
    let after = holders(&engine, at(500));
    assert!(after.values().all(|at| at.len() == 1));
    let moved = first.iter().filter(|name| before.1[*name] != after[*name]).count();
    share(moved, first.len())
}

/// V16's law for 50 x 10 virtual nodes and 4,000 records: a place moves by the noise of two samples of
/// 4,000 and of 2,400, an arc is a 500th of the ring. At that size most records change hosts whatever
/// the new ones are; when all are appended each moves by up to two fifths of the ring.
#[test]
fn v16_most_records_move_with_every_lesson() {
    let same = draw(&KeySet::LogNormal { mu: 0.0, sigma: 2.0 }, 2_400, 1, None);
    let shifted = draw(&KeySet::LogNormal { mu: 1.0, sigma: 2.0 }, 2_400, 2, None);
    let (same, shifted) = (moved(&same), moved(&shifted));
    println!("moved: same {same:.3}, shifted {shifted:.3}");
    assert!((0.4..0.95).contains(&same) && shifted > same && shifted > 0.9);
}

/// Where removals and moves meet, what was removed stays removed.
#[test]
fn removed_records_stay_removed_by_the_end() {
    let params = learned(5);
    let names = names(1_500, 0);
    let mut world = world(30, 5);
    add(&mut world, &names, at(5), Span::from_millis(5), put);
    add(&mut world, &names[..500], at(300), Span::from_millis(5), |key| Command::Delete { key });
    let (mut engine, _) = engine(world, params.clone(), 1);
    engine.run_until(at(600));
    let held = holders(&engine, at(600));
    assert!(names[..500].iter().all(|name| !held.contains_key(name)));
    assert_placed(&engine, &params, at(600), &names[500..]);
    assert!(engine.state(NodeIx::new(0)).and_then(Chord::model).is_some());
}
