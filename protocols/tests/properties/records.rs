//! S1 to S3 and S5 through whole networks.

use std::collections::BTreeSet;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::record::OpRecord;
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::{Operation, World};
use dhtlab_protocols::kademlia::{Kademlia, Params, Quorum};
use proptest::prelude::*;

use super::check::{Sometimes, Verdict, always, ensure};
use super::common::{Log, add_operations, at, engine, preset, random_key, world};
use super::scenario::links;

const KEY: Key = Key::from_words([0x1234, 5, 6, 7]);
const VALUE: Value = Value { version: 7, bytes: 100 };

fn quorum() -> impl Strategy<Value = Quorum> {
    prop_oneof![
        Just(Quorum::One),
        Just(Quorum::Majority),
        Just(Quorum::All),
        (1..33_u32).prop_map(Quorum::N),
    ]
}

/// S1: a put succeeds exactly with enough distinct acknowledgements, all from nodes that `holds`.
fn acknowledged(
    record: &OpRecord,
    acks: &[NodeIx],
    needed: u32,
    holds: impl Fn(NodeIx) -> bool,
) -> Verdict {
    let distinct = acks.iter().collect::<BTreeSet<_>>().len();
    ensure(distinct == acks.len(), || format!("S1: {acks:?} are not distinct"))?;
    let enough = distinct >= needed as usize;
    ensure((record.outcome == Outcome::Done) == enough, || {
        format!("S1: {:?} with {distinct} of {needed}", record.outcome)
    })?;
    let liar = acks.iter().find(|node| !holds(**node));
    ensure(liar.is_none(), || format!("S1: {liar:?} acknowledged and holds nothing"))
}

/// Does `node` hold the record under `key` now?
fn holds(engine: &Engine<Kademlia, Log>, node: NodeIx, key: Key) -> bool {
    let mut found = false;
    if let Some(state) = engine.state(node) {
        state.records(engine.now(), &mut |other, _| found |= other == key);
    }
    found
}

/// Does `node` keep a record for the ten minutes of the test? So many as it believes to be closer to
/// the key than itself halve its life, and one that would be over at once is acknowledged unkept.
fn keeps_long(world: &World, node: NodeIx, key: Key, replication: u32) -> bool {
    let me = world.key(node);
    let first = me.common_prefix(key);
    let believed = world.keys.iter().filter(|other| {
        let bucket = other.common_prefix(me);
        bucket == first && other.distance(me) <= key.distance(me)
            || bucket > first && other.distance(key) < me.distance(key)
    });
    believed.count() <= replication as usize + 8
}

#[test]
fn a_put_succeeds_exactly_with_enough_distinct_acknowledgements() {
    let (done, failed) = (Sometimes::default(), Sometimes::default());
    let (missed, kept) = (Sometimes::default(), Sometimes::default());
    let lost = prop_oneof![Just(0_u64), 0..600_u64];
    let cases = (2..40_u32, 1..21_u32, quorum(), lost, any::<bool>(), any::<u64>());
    always(64, &cases, |(nodes, replication, quorum, lost, paper, seed)| {
        let name = if paper { "paper-2002" } else { "rust-libp2p-0.49" };
        let params = Params { replication, quorum, refresh_interval: Span::ZERO, ..preset(name) };
        let needed = params.acks_needed();
        let mut world = world(nodes, seed);
        world.links = links(seed, lost);
        add_operations(&mut world, 15, at(1), Span::from_millis(500), |_, stream| Command::Put {
            key: random_key(stream),
            value: VALUE,
        });
        let (mut engine, log) = engine(world, params, Start::Warm);
        engine.run_until(at(300));
        let ended = log.take().ops;
        ensure(ended.len() == 15, || format!("{} of 15 ended", ended.len()))?;
        for (record, acks) in &ended {
            let key = engine.world().operations[record.op.index()].command.key();
            let short = |node| !keeps_long(engine.world(), node, key, replication);
            acknowledged(record, acks, needed, |node| holds(&engine, node, key) || short(node))?;
            kept.add(acks.iter().filter(|node| !short(**node)).count() as u64);
            // Without loss the outcome is known beforehand.
            let reachable = replication.min(nodes - 1) >= needed;
            let said = record.outcome == Outcome::Done;
            ensure(lost > 0 || said == reachable, || format!("S1: {record:?} of {nodes}"))?;
            done.note(said);
            failed.note(!said);
            missed.note(!said && acks.len() + 1 == needed as usize);
        }
        Ok(())
    });
    done.happened("a put succeeded", 200);
    failed.happened("a put failed", 100);
    kept.happened("a holder kept what it acknowledged", 1_000);
    missed.happened("one acknowledgement was missing", 10);
}

/// S2 and S3 through a network: a value is read only until its life after the last publication is
/// over; each passing on may add its way.
fn read_in_time(read: Option<Time>, published: Time, ttl: Span, ways: Span) -> Verdict {
    let Some(read) = read else { return Ok(()) };
    ensure(read < published + ttl + ways, || {
        format!("S2: read at {read:?}, published at {published:?}")
    })
}

#[test]
fn records_end_with_their_life_unless_their_publisher_renews_it() {
    let (read, missed, renewed) =
        (Sometimes::default(), Sometimes::default(), Sometimes::default());
    let cases = (8..30_u32, 40..120_u64, 5..25_u64, any::<bool>(), any::<u64>());
    always(32, &cases, |(nodes, ttl, replicate, stays, seed)| {
        let ttl = Span::from_secs(ttl);
        let params = Params {
            record_ttl: ttl,
            replication_interval: Span::from_secs(replicate),
            publication_interval: if stays { Span::from_secs(20) } else { Span::ZERO },
            refresh_interval: Span::ZERO,
            cache_writes: false,
            ..preset("paper-2002")
        };
        let mut world = world(nodes, seed);
        let (publisher, published) = (NodeIx::new(1), at(1));
        let mut sessions = Sessions::new();
        for node in 0..nodes {
            let goes = node == publisher.get() && !stays;
            let down = if goes { at(10) } else { Time::NEVER };
            sessions.push_identity([Session { up: Time::ZERO, down, graceful: false }]);
        }
        world.sessions = sessions;
        let put = Command::Put { key: KEY, value: VALUE };
        world.operations.push(Operation { at: published, node: publisher, command: put });
        for second in 11..300 {
            let node = NodeIx::new(2 + second % (nodes - 2));
            let at = at(second.into());
            world.operations.push(Operation { at, node, command: Command::Get { key: KEY } });
        }
        let (mut engine, log) = engine(world, params, Start::Warm);
        engine.run_until(at(400));
        for (record, _) in log.take().ops.iter().skip(1) {
            let found = record.value.map(|_| record.at);
            missed.note(found.is_none());
            if stays {
                renewed.note(found.is_some_and(|read| read > published + ttl * 2));
            } else {
                let runs = ttl.as_nanos() / 1_000_000_000 / replicate + 2;
                // Its way from holder to holder and back to the reader.
                read_in_time(found, published, ttl, Span::from_millis(100) * (runs + 4))?;
                read.note(found.is_some());
            }
        }
        Ok(())
    });
    read.happened("a record was read after its publisher left", 200);
    missed.happened("a record had expired", 200);
    renewed.happened("a record outlived its life twice", 200);
}

/// S5 through a network: nobody tells of more providers than it may keep, and all of them announced
/// themselves.
fn announced(found: &[NodeIx], providers: &[NodeIx], cap: usize) -> Verdict {
    ensure(found.len() <= cap, || format!("S5: {} providers, at most {cap}", found.len()))?;
    let stranger = found.iter().find(|node| !providers.contains(node));
    ensure(stranger.is_none(), || format!("S5: {stranger:?} announced nothing"))
}

#[test]
fn providers_announce_themselves_and_no_more_are_told_than_kept() {
    let (bites, found_some) = (Sometimes::default(), Sometimes::default());
    let cases = (10..50_u32, 1..8_u32, 1..30_u32, any::<bool>(), any::<u64>());
    always(48, &cases, |(nodes, providers_max, providers, paper, seed)| {
        let name = if paper { "paper-2002" } else { "rust-libp2p-0.49" };
        let params = Params { providers_max, refresh_interval: Span::ZERO, ..preset(name) };
        let mut world = world(nodes, seed);
        add_operations(&mut world, providers + 20, at(1), Span::from_secs(1), |number, _| {
            if number < providers {
                Command::Provide { key: KEY }
            } else {
                Command::GetProviders { key: KEY }
            }
        });
        let (mut engine, log) = engine(world, params, Start::Warm);
        engine.run_until(at(120));
        let ended = log.take().ops;
        let (told, asked) = ended.split_at(providers as usize);
        let providers: Vec<NodeIx> = told.iter().map(|(record, _)| record.node).collect();
        for (_, found) in asked {
            announced(found, &providers, providers_max as usize)?;
            bites.note(found.len() == providers_max as usize && providers.len() > found.len());
            found_some.note(!found.is_empty());
        }
        Ok(())
    });
    bites.happened("the cap on providers bit", 100);
    found_some.happened("providers were found", 500);
}

/// The planted bugs: an acknowledgement counted twice, a quorum missed by one, a holder that holds
/// nothing, a record read too late, a provider too many, one that somebody else announced.
#[test]
fn puts_and_reads_that_promise_too_much_are_noticed() {
    let record = OpRecord {
        op: OpId::new(0),
        node: NodeIx::new(0),
        at: at(9),
        outcome: Outcome::Done,
        value: None,
        hops: 1,
        depth_max: 1,
        requests: 2,
        successes: 2,
        failures: 0,
        range: None,
        batch: None,
    };
    let acks = [1, 2].map(NodeIx::new);
    assert_eq!(acknowledged(&record, &acks, 2, |_| true), Ok(()));
    assert!(acknowledged(&record, &acks, 3, |_| true).is_err());
    assert!(acknowledged(&record, &[acks[0], acks[0]], 2, |_| true).is_err());
    assert!(acknowledged(&record, &acks, 2, |node| node == acks[0]).is_err());
    let failed = OpRecord { outcome: Outcome::QuorumFailed, ..record };
    assert!(acknowledged(&failed, &acks, 2, |_| true).is_err());
    assert!(read_in_time(Some(at(11)), at(1), Span::from_secs(10), Span::ZERO).is_err());
    assert!(announced(&acks, &acks, 1).is_err() && announced(&acks, &acks[1..], 2).is_err());
}
