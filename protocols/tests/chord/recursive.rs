//! Recursive lookups, and how long lookups take on constant links: exactly (oracle E1).

use dhtlab_core::author::*;
use dhtlab_core::engine::Start;
use dhtlab_core::record::OpRecord;
use dhtlab_protocols::chord::Params;
use dhtlab_protocols::chord::params::{LookupEnd, Routing};

use crate::common::{DELAY, add_operations, at, random_key, world};
use crate::statistics::{Sample, near};
use crate::support::{engine, still, usual};

/// Lookups with how long each took.
fn timed(params: Params, nodes: u32, seed: u64) -> Vec<(OpRecord, Span)> {
    let mut world = world(nodes, seed);
    add_operations(&mut world, 3_000, at(1), Span::from_millis(1), |_, stream| Command::FindNode {
        target: random_key(stream),
    });
    let begun: Vec<Time> = world.operations.iter().map(|operation| operation.at).collect();
    let (mut engine, log) = engine(world, still(params), Start::Warm);
    engine.run_until(at(60));
    let ops = log.take().ops;
    assert_eq!(ops.len(), 3_000);
    ops.into_iter()
        .zip(begun)
        .map(|((record, _), begun)| (record, record.at.since(begun)))
        .collect()
}

fn rows() -> Vec<Params> {
    let mut rows = Vec::new();
    for (successors, lookup_end) in [(1, LookupEnd::Successor), (16, LookupEnd::List)] {
        for virtual_nodes in [1, 4] {
            rows.push(Params { successors, lookup_end, virtual_nodes, ..usual() });
        }
    }
    rows
}

#[test]
fn iterative_lookups_take_two_delays_a_hop() {
    for params in rows() {
        for verify_owner in [false, true] {
            let mut far = 0;
            for (record, took) in timed(Params { verify_owner, ..params.clone() }, 500, 1) {
                assert_eq!(took, DELAY * 2 * u64::from(record.requests), "{record:?}");
                // The last hop is the owner, who is asked only to verify that it is there; or another
                // virtual node of its host was asked on the way.
                let asked = u32::from(record.hops.saturating_sub(u8::from(!verify_owner)));
                let by_host = params.virtual_nodes > 1 && record.requests == u32::from(record.hops);
                assert!(record.requests == asked || by_host, "{record:?}");
                far += u32::from(record.hops > 2);
            }
            assert!(far > 300, "some lookups go far: {far}");
        }
    }
}

#[test]
fn recursive_lookups_take_a_delay_a_hop_and_one_back() {
    for params in rows() {
        let params = Params { routing: Routing::Recursive, ..params };
        for (record, took) in timed(params, 500, 2) {
            let away = u64::from(record.hops);
            let expected = if away == 0 { Span::ZERO } else { DELAY * (away + 1) };
            assert_eq!(took, expected, "{record:?}");
        }
    }
}

#[test]
fn recursive_and_iterative_lookups_take_the_same_hops() {
    for params in rows() {
        let iterative = timed(params.clone(), 500, 3);
        let recursive = timed(Params { routing: Routing::Recursive, ..params }, 500, 3);
        let mut times = [Sample::default(); 2];
        for ((a, slow), (b, fast)) in iterative.iter().zip(&recursive) {
            assert_eq!((a.op, a.hops), (b.op, b.hops));
            let millis = |span: Span| u32::try_from(span.as_nanos() / 1_000_000).unwrap();
            times[0].add(millis(*slow));
            times[1].add(millis(*fast));
        }
        // (h + 1) d over 2 h d.
        let ratio = times[1].mean() / times[0].mean();
        let hops: Sample = iterative.iter().map(|(record, _)| record.hops).collect();
        let remote = iterative.iter().filter(|(record, _)| record.hops > 0).count();
        let share = crate::statistics::float(remote) / 3_000.0;
        let law = (hops.mean() + share) / (2.0 * hops.mean());
        assert!(near("time of recursive over iterative", ratio, law, 1e-9));
    }
}
