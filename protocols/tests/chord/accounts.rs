//! I13, I14 and V19: lookups terminate within N hops, messages are accounted for to the last one, and
//! neither a second run nor more shards change a byte.

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::link::Links;
use dhtlab_core::link::jitter::Jitter;
use dhtlab_core::link::loss::Loss;
use dhtlab_core::link::model::{LinkModel, LinkSpec};
use dhtlab_core::place::Places;
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::World;
use dhtlab_protocols::chord::params::{LookupEnd, Routing};
use dhtlab_protocols::chord::{Chord, Params};
use proptest::prelude::*;

use crate::check::{Sometimes, Verdict, always, ensure};
use crate::common::{add_operations, at, random_key, world};
use crate::support::{Log, engine, usual};

const NODES: u32 = 40;
const OPERATIONS: u32 = 120;
/// When all nodes are gone, and when every message has arrived somewhere.
const OVER: u64 = 300;

/// A small network on lossy links whose nodes come and go, and are all gone in the end.
fn draw(seed: u64, lost: u64, stay: u64) -> World {
    let mut world = world(NODES, seed);
    let spec = LinkSpec {
        model: LinkModel::Uniform { min: Span::from_millis(10), max: Span::from_millis(120) },
        jitter: Jitter::None,
        loss: Loss::Bernoulli(Ratio::from_millionths(lost * 1_000)),
    };
    world.links = Links::new(&spec, world.seed, Places::default());
    world.sessions = Sessions::new();
    for node in 0..NODES {
        let mut stream = Stream::new(world.seed, Purpose::Sessions, u64::from(node));
        let mut length = || Span::from_millis(1 + stream.below(2_000 * stay));
        let mut up = Time::ZERO;
        let mut own = Vec::new();
        while up < at(OVER - 1) {
            let leave = if node == 0 { at(OVER) } else { (up + length()).min(at(OVER)) };
            own.push(Session { up, down: leave, graceful: node.is_multiple_of(2) });
            up = leave + length();
        }
        world.sessions.push_identity(own);
    }
    add_operations(&mut world, OPERATIONS, at(5), Span::from_secs(2), |_, stream| {
        Command::FindNode { target: random_key(stream) }
    });
    world
}

fn params(recursive: bool, v: u32, r: u32, list: bool) -> Params {
    Params {
        routing: if recursive { Routing::Recursive } else { Routing::Iterative },
        virtual_nodes: v,
        merge_vnode_tables: r.is_multiple_of(2),
        successors: r,
        lookup_end: if list { LookupEnd::List } else { LookupEnd::Successor },
        ..usual()
    }
}

/// I14: every message sent was handled or dropped for a reason; `flying` of them are under way.
fn balanced(engine: &Engine<Chord, Log>, flying: bool) -> Verdict {
    let tally = engine.tally();
    let gone = tally.lost + tally.refused + tally.stopped + tally.nobody;
    let messages = tally.delivered + gone;
    let bytes = tally.bytes_delivered + tally.bytes_dropped;
    let holds = if flying {
        tally.sent >= messages && tally.bytes_sent >= bytes
    } else {
        tally.sent == messages && tally.bytes_sent == bytes
    };
    ensure(holds, || format!("I14: {tally:?}"))
}

#[test]
fn lookups_end_within_n_hops_and_no_message_is_unaccounted_for() {
    let (ended, late, lost, far) = Default::default();
    let (ended, late, lost, far): (Sometimes, Sometimes, Sometimes, Sometimes) =
        (ended, late, lost, far);
    let rows = (any::<bool>(), 1..4_u32, 1..17_u32, any::<bool>());
    let cases = (any::<u64>(), 0..300_u64, 20..300_u64, rows);
    always(24, &cases, |(seed, loss, stay, (recursive, v, r, list))| {
        let params = params(recursive, v, r, list);
        let (mut engine, log) = engine(draw(seed, loss, stay), params.clone(), Start::Warm);
        engine.run_until(at(OVER / 2));
        balanced(&engine, true)?;
        engine.run_until(at(OVER + 10));
        balanced(&engine, false)?;
        for (record, _) in log.take().ops {
            let begun = engine.world().operations[record.op.index()].at;
            let took = record.at.since(begun);
            // A deadline stops what is on its way; the answer of an owner may be waited for once more.
            ensure(took <= params.lookup_deadline, || format!("I13: {took:?}: {record:?}"))?;
            let most = NODES * v;
            ensure(u32::from(record.hops) <= most, || format!("I13: {record:?}"))?;
            ended.add(1);
            late.note(record.outcome == Outcome::TimedOut);
            far.note(record.hops > 3);
        }
        lost.note(engine.tally().lost > 100);
        Ok(())
    });
    ended.happened("a lookup ended", 500);
    late.happened("a lookup ran out of time", 20);
    lost.happened("messages were lost", 10);
    far.happened("a lookup went far", 100);
}

/// V19.
#[test]
fn neither_repetition_nor_shards_change_anything() {
    for (recursive, v) in [(false, 1), (true, 5)] {
        let run = |shards: u32| {
            let log = Log::default();
            let world = std::sync::Arc::new(draw(5, 50, 100));
            let params = params(recursive, v, 8, true);
            let mut engine: Engine<Chord, Log> =
                Engine::new(world, params, Start::Warm, shards, |_| log.clone());
            engine.run_until(at(OVER + 10));
            assert_eq!(engine.shard_count(), shards as usize);
            (engine.digest(), engine.tally(), log.take().ops)
        };
        let once = run(1);
        assert!(once.2.len() > 50);
        for shards in 1..=4 {
            assert_eq!(run(shards), once, "{shards} shards");
        }
        let other = draw(6, 50, 100);
        let (mut other, _) = engine(other, params(recursive, v, 8, true), Start::Warm);
        other.run_until(at(OVER + 10));
        assert_ne!(other.digest(), once.0, "another seed");
    }
}
