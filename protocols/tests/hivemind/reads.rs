//! Reads: what is at home, what others read meanwhile, what is cached and read again; a lone node.

use dhtlab_core::author::*;

use crate::swarm::{Ended, Plan};

fn value(version: u64) -> Value {
    Value { version, bytes: 16 }
}

/// Whether it ended well, how many requests it took, and which version it read.
fn of(ended: &Ended) -> (Outcome, u32, Option<u64>) {
    let record = &ended.record;
    (record.outcome, record.requests, record.value.map(|value| value.version))
}

/// A reader and a writer of a swarm of 100, neither of them near `key`.
fn strangers(plan: &mut Plan) -> (NodeIx, NodeIx, Key) {
    let key = plan.any_key();
    let mut nodes: Vec<NodeIx> = (0..100).map(NodeIx::new).collect();
    nodes.sort_by_key(|node| plan.world.key(*node).distance(key));
    (nodes[99], nodes[98], key)
}

#[test]
fn a_lone_node_stores_on_itself_and_asks_nobody() {
    let mut plan = Plan::sequential(1, 1);
    let (node, key) = (NodeIx::new(0), plan.any_key());
    let other = plan.any_key();
    plan.ask(60_000, node, Command::Get { key });
    plan.ask(61_000, node, Command::Put { key, value: value(1) });
    plan.ask(62_000, node, Command::Get { key });
    plan.ask(63_000, node, Command::FindNode { target: other });
    plan.ask(64_000, node, Command::Delete { key });
    let ops = plan.run(70_000).seen().ops;
    let ends: Vec<_> = ops.iter().map(of).collect();
    assert_eq!(
        ends,
        [
            (Outcome::NotFound, 0, None),
            (Outcome::Done, 0, None),
            (Outcome::Done, 0, Some(1)),
            (Outcome::NoContacts, 0, None),
            (Outcome::Unsupported, 0, None),
        ]
    );
}

#[test]
fn what_was_read_is_cached_and_read_again_before_it_expires_while_it_is_in_use() {
    for renewed in [true, false] {
        let mut plan = Plan::sequential(100, 1);
        plan.params.record_lifetime = Span::from_secs(60);
        plan.params.cache_on_store = false;
        if !renewed {
            plan.params.cache_refresh_before_expiry = Span::ZERO;
        }
        let (reader, writer, key) = strangers(&mut plan);
        let start = plan.joined_at();
        plan.ask(start, writer, Command::Put { key, value: value(1) });
        for after in [10_000, 20_000] {
            plan.ask(start + after, reader, Command::Get { key });
        }
        plan.ask(start + 40_000, writer, Command::Put { key, value: value(2) });
        plan.ask(start + 62_000, reader, Command::Get { key });
        let ops = plan.run(start + 70_000).seen().ops;
        assert!(of(&ops[1]).1 > 0, "the first read is of others");
        assert_eq!(of(&ops[2]), (Outcome::Done, 0, Some(1)), "the second is at home");
        let last = of(&ops[4]);
        assert_eq!((last.0, last.2), (Outcome::Done, Some(2)), "the first version has expired");
        assert_eq!(last.1 == 0, renewed, "and the second was fetched in time");
    }
}

#[test]
fn a_read_ends_with_what_another_one_of_the_same_key_found() {
    for reuse in [true, false] {
        let mut plan = Plan::sequential(100, 2);
        plan.params.reuse_get_requests = reuse;
        plan.params.read_latest = true;
        plan.params.cache_on_store = false;
        let (reader, writer, key) = strangers(&mut plan);
        let start = plan.joined_at();
        plan.ask(start, writer, Command::Put { key, value: value(1) });
        for after in [10_000, 10_250] {
            plan.ask(start + after, reader, Command::Get { key });
        }
        let run = plan.run(start + 20_000);
        let ops = run.seen().ops;
        assert_eq!((of(&ops[1]).2, of(&ops[2]).2), (Some(1), Some(1)));
        let (first, second) = (run.took(&ops[1]), run.took(&ops[2]));
        assert_eq!(second < first - 0.2, reuse, "{first} and {second} s");
    }
}

#[test]
fn a_read_of_many_finds_each_and_counts_what_is_not_there() {
    let mut plan = Plan::sequential(60, 3);
    let keys: Vec<Key> = (0..9).map(|_| plan.any_key()).collect();
    let item = |key: Key, subkey: Option<u64>, version| Item {
        key,
        subkey,
        value: value(version),
        lifetime: Span::from_secs(200),
    };
    let all: Vec<Item> = keys[..8]
        .iter()
        .flat_map(|key| (0..3).map(|subkey| item(*key, Some(subkey), subkey + 10)))
        .chain([item(keys[8], None, 99)])
        .collect();
    let missing = plan.any_key();
    let put = plan.batch(all);
    let wanted = keys.iter().chain([&missing, &keys[8]]).map(|key| item(*key, None, 0));
    let get = plan.batch(wanted.collect::<Vec<_>>());
    let start = plan.joined_at();
    plan.ask(start, NodeIx::new(5), Command::PutMany { items: put });
    plan.ask(start + 10_000, NodeIx::new(50), Command::GetMany { items: get, latest: false });
    let ops = plan.run(start + 20_000).seen().ops;
    assert_eq!(ops[0].record.batch.map(|batch| batch.done), Some(25));
    assert_eq!(ops[1].record.outcome, Outcome::NotFound);
    assert_eq!(ops[1].record.batch.map(|batch| batch.done), Some(10));
    let entries: Vec<_> = ops[1]
        .entries
        .iter()
        .map(|entry| (entry.item, entry.subkey, entry.value.version))
        .collect();
    let mut expected: Vec<_> =
        (0..8).flat_map(|key| (0..3).map(move |sub| (key, Some(sub), sub + 10))).collect();
    expected.extend([(8, None, 99), (10, None, 99)]);
    assert_eq!(entries, expected);
}
