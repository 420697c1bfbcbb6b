//! The hop counts of Roos, Salah and Strufe (V1, V2).
//!
//! Their count is the depth of the contact that is the target, a random node; a contact of the own
//! table has depth one. Their model has full static tables, a round trip of one unit, and answers of
//! fewer contacts than a walk starts with (two in the row for k = 8); it knows neither stop rules nor
//! timeouts. A static walk over warm tables is just that. The engine, whose walks start with as many
//! contacts as its answers have, must give the same where it can be set to the same.

use std::sync::Arc;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::world::Operation;
use dhtlab_protocols::kademlia::lookup::WalkRules;
use dhtlab_protocols::kademlia::params::WalkPolicy;
use dhtlab_protocols::kademlia::{Kademlia, Params, Preset};

use super::statistics::{Sample, agrees};
use super::walk::{Manner, walk};
use super::warm::{Log, Tables, choices, plain, world};

const TOLERANCE: f64 = 0.03;

/// As printed: k, network size, contacts in an answer, mean hops.
const PRINTED: [(u32, u32, u32, f64); 4] =
    [(8, 1_000, 2, 2.26), (20, 1_000, 20, 1.90), (20, 10_000, 20, 2.42), (16, 10_000, 16, 2.53)];

/// Two different nodes.
fn two(nodes: usize, draw: &mut impl Draw) -> (NodeIx, NodeIx) {
    let asker = draw.index(nodes);
    let target = (asker + 1 + draw.index(nodes - 1)) % nodes;
    (NodeIx::from_usize(asker), NodeIx::from_usize(target))
}

fn static_hops(nodes: u32, k: u32, reply: u32, seed: u64) -> Sample {
    let tables = Tables::warm(nodes, k, seed);
    let params = Params { walk: WalkPolicy::Paper, ..plain(k) };
    let manner =
        Manner { rules: WalkRules::new(&params, k), reply: reply as usize, seeds: k as usize };
    let mut draw = choices(seed);
    let mut hops = Sample::default();
    for _ in 0..3_000 {
        let (asker, target) = two(tables.len(), &mut draw);
        let walked = walk(&tables, &manner, asker, tables.keys[target.index()]);
        assert_eq!(walked.results[0].0, target, "a node is found by its key");
        hops.add(walked.results[0].1);
    }
    hops
}

#[test]
fn static_walks_take_as_many_hops_as_published() {
    for (k, nodes, reply, printed) in PRINTED {
        for seed in [1, 2] {
            let hops = static_hops(nodes, k, reply, seed);
            let what = format!("hops, N = {nodes}, k = {k}, seed {seed} ({})", hops.shown());
            assert!(agrees(&what, hops.mean(), printed, TOLERANCE), "{what}");
            // The planted bug: whoever named the target is taken for the end.
            let missing = hops.mean() - 1.0;
            assert!(!agrees("... less the last", missing, printed, TOLERANCE), "{what}");
        }
    }
    // Another planted bug, in the tables: buckets of half the size.
    let halved = static_hops(1_000, 4, 2, 1);
    assert!(!agrees("... k = 4 for 8", halved.mean(), 2.26, TOLERANCE));
}

#[test]
fn the_engine_with_the_walk_of_the_paper_takes_as_many() {
    for (k, nodes, _, printed) in PRINTED {
        let mut params = Preset::find("paper-2002").unwrap().params();
        params.refresh_interval = Span::ZERO;
        (params.k, params.find_results, params.reply_contacts) = (k, k, k);
        let mut world = world(nodes, 3);
        let mut draw = choices(3);
        for number in 0..2_000 {
            let (node, target) = two(world.len(), &mut draw);
            let command = Command::FindNode { target: world.key(target) };
            let at = Time::ZERO + Span::from_millis(10) * number;
            world.operations.push(Operation { at, node, command });
        }
        let log = Log::default();
        let mut engine: Engine<Kademlia, Log> =
            Engine::new(Arc::new(world), params, Start::Warm, 1, |_| log.clone());
        engine.run_until(Time::ZERO + Span::from_secs(30));
        let ended = log.operations();
        assert_eq!(ended.len(), 2_000);
        let hops: Sample = ended.iter().map(|ended| ended.record.hops).collect();
        let what = format!("hops in the engine, N = {nodes}, k = {k} ({})", hops.shown());
        assert!(agrees(&what, hops.mean(), printed, TOLERANCE), "{what}");
    }
}
