//! Rings with a node at every place: hops are counted bits, exactly.
//!
//! A lookup goes to the closest node before the target that it knows, and from there to the owner: from
//! `D` whole gaps before that node it takes as many hops as `D` has one bits, and one more. The mean
//! over all origins is `m/2 + 1 - (m + 1)/2^m` (the strict rule, which ends at the node before the owner).
//!
//! The other law, Binomial(m, 1/2), needs a finger that may itself be the owner. It cannot be expressed
//! by `lookup_end` or `verify_owner`: a node knows of a finger that it is the first behind some place,
//! not that nobody sits between the target and it; so only successors and the own stretch end a lookup.
//! What follows Binomial(m, 1/2) is the way to the node before the owner, over all starts but the
//! owner itself, whose way round would take m hops.

use dhtlab_core::author::*;
use dhtlab_core::engine::Start;
use dhtlab_core::world::Operation;
use dhtlab_protocols::chord::params::LookupEnd;

use crate::common::{at, world};
use crate::statistics::float;
use crate::support::{engine, still, usual};

/// Hops of a lookup from each of `origins` to every place of a ring of 2^m, by (origin, owner).
fn all_hops(m: u32, origins: u32, offset: u64) -> Vec<(u32, u32, u8)> {
    let nodes = 1 << m;
    let gap = 64 - m;
    let place = |node: u32| u64::from(node) << gap;
    let mut world = world(nodes, 1);
    for node in 0..nodes {
        world.keys[node as usize] = Key::from_words([place(node), 0, 0, 0]);
        world.prefixes[node as usize] = place(node);
    }
    let pairs: Vec<(u32, u32)> =
        (0..origins).flat_map(|o| (0..nodes).map(move |owner| (o * 37 % nodes, owner))).collect();
    for (number, (origin, owner)) in (0..).zip(&pairs) {
        let target = Key::from_words([place(*owner).wrapping_sub(offset), 0, 0, 0]);
        let at = at(1) + Span::from_micros(10) * number;
        let node = NodeIx::new(*origin);
        world.operations.push(Operation { at, node, command: Command::FindNode { target } });
    }
    let params = still(usual());
    let params = dhtlab_protocols::chord::Params {
        successors: 1,
        lookup_end: LookupEnd::Successor,
        verify_owner: false,
        ..params
    };
    let (mut engine, log) = engine(world, params, Start::Warm);
    engine.run_until(at(60));
    let seen = log.take().ops;
    assert_eq!(seen.len(), pairs.len());
    let found = pairs.iter().zip(&seen).map(|((origin, owner), (record, found))| {
        assert_eq!((record.node.get(), found[0].get()), (*origin, *owner), "the true owner");
        (*origin, *owner, record.hops)
    });
    found.collect()
}

#[test]
fn hops_on_a_full_ring_are_counted_bits() {
    for (m, origins) in [(3, 8), (7, 128), (10, 8), (12, 2)] {
        let nodes = 1_u32 << m;
        // At a place in the middle of a gap, right behind the node before, and at the owner.
        for offset in [1_u64 << (63 - m), (1 << (64 - m)) - 1, 0] {
            let mut histogram = vec![0_u64; m as usize + 2];
            let mut sum = 0_u64;
            for (origin, owner, hops) in all_hops(m, origins, offset) {
                let before = owner.wrapping_sub(origin).wrapping_sub(1) % nodes;
                let expected = if owner == origin { 0 } else { before.count_ones() + 1 };
                assert_eq!(u32::from(hops), expected, "m = {m}, {origin} to {owner}");
                histogram[usize::from(hops)] += 1;
                sum += u64::from(hops);
            }
            // 2 N times the mean is m N + 2 N - 2 (m + 1), a whole number.
            let n = u64::from(nodes);
            let law = u64::from(m) * n + 2 * n - 2 * (u64::from(m) + 1);
            assert_eq!(2 * sum, law * u64::from(origins), "m = {m}");
            let mean = float(usize::try_from(sum).unwrap_or(0)) / f64::from(origins * nodes);
            eprintln!("m = {m}: mean {mean:.4}");
            // The way to the node before the owner: binomial but for the owner's own way round.
            let mut ways = 1;
            for k in 0..m {
                assert_eq!(histogram[k as usize + 1], ways * u64::from(origins), "m = {m}, {k}");
                ways = ways * u64::from(m - k) / u64::from(k + 1);
            }
            assert_eq!(histogram[m as usize + 1], 0, "that is the owner itself");
        }
    }
}
