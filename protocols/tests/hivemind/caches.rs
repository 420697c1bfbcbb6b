//! What reads and stores leave in the own cache: dictionaries that are mended, stores that are
//! remembered, and records that are read again.

use dhtlab_core::author::*;
use dhtlab_protocols::hivemind::Params;

use crate::swarm::{Ended, Plan};

/// What happens in a test, in order and ten seconds apart: who does what with the one key.
#[derive(Clone, Copy)]
enum Deed {
    /// The writer stores this version, under this subkey, valid for so many seconds.
    Writer(u64, Option<u64>, u64),
    /// The reader does.
    Reader(u64, Option<u64>, u64),
    /// The reader reads the first valid copy, or the latest.
    Read { latest: bool },
}

use Deed::{Read, Reader, Writer};

/// A read of whatever is valid.
const READ: Deed = Read { latest: false };

/// How many requests a read took, and the versions it found.
type Seen = (u32, Vec<u64>);

/// The reads of the reader in a swarm of 100, where neither of the two is near the key.
fn reads(deeds: &[Deed], change: impl Fn(&mut Params)) -> Vec<Seen> {
    let mut plan = Plan::sequential(100, 1);
    change(&mut plan.params);
    let key = plan.any_key();
    let mut nodes: Vec<NodeIx> = (0..100).map(NodeIx::new).collect();
    nodes.sort_by_key(|node| plan.world.key(*node).distance(key));
    let (reader, writer) = (nodes[99], nodes[98]);
    let mut now = plan.joined_at();
    for deed in deeds {
        let item = |version, subkey, secs| Item {
            key,
            subkey,
            value: Value { version, bytes: 16 },
            lifetime: Span::from_secs(secs),
        };
        let (who, item, latest) = match *deed {
            Writer(version, subkey, secs) => (writer, item(version, subkey, secs), None),
            Reader(version, subkey, secs) => (reader, item(version, subkey, secs), None),
            Read { latest } => (reader, item(0, None, 0), Some(latest)),
        };
        let items = plan.batch([item]);
        let command = match latest {
            None => Command::PutMany { items },
            Some(latest) => Command::GetMany { items, latest },
        };
        plan.ask(now, who, command);
        now += 10_000;
    }
    let of = |ended: Ended| {
        let versions = ended.entries.iter().map(|entry| entry.value.version).collect();
        (ended.record.requests, versions)
    };
    let ops = plan.run(now).seen().ops.into_iter().zip(deeds);
    ops.filter(|(_, deed)| matches!(deed, Read { .. })).map(|(ended, _)| of(ended)).collect()
}

/// The last read, which is to be at home: what it found.
#[track_caller]
fn at_home(reads: &[Seen]) -> &[u64] {
    let (requests, versions) = reads.last().expect("a read");
    assert_eq!(*requests, 0, "{reads:?}");
    versions
}

#[test]
fn a_read_mends_the_dictionary_at_home() {
    // The second subkey expires first: the whole is valid no longer than what is cached, so that it is
    // not cached again.
    let deeds =
        [Writer(1, Some(1), 300), READ, Writer(2, Some(2), 200), Read { latest: true }, READ];
    let reads = reads(&deeds, |_| {});
    assert_eq!(reads[0].1, [1]);
    assert_eq!(reads[1].1, [1, 2]);
    assert_eq!(at_home(&reads), [1, 2]);
}

#[test]
fn a_plain_record_that_was_taken_is_cached() {
    for cached in [true, false] {
        let reads = reads(&[Reader(1, None, 100), READ], |params| params.cache_on_store = cached);
        assert_eq!(reads[0].1, [1]);
        assert_eq!(reads[0].0 == 0, cached);
    }
}

#[test]
fn a_plain_record_that_was_rejected_shows_that_the_cache_is_old() {
    // The third expires between the first, which is cached, and the second, which all have.
    let deeds = [Reader(1, None, 100), Writer(2, None, 300), Reader(3, None, 120), READ];
    assert_eq!(at_home(&reads(&deeds, |_| {})), [2]);
    // One that expires before what is cached says nothing.
    let deeds = [Reader(1, None, 200), Writer(2, None, 300), Reader(3, None, 100), READ];
    assert_eq!(at_home(&reads(&deeds, |_| {})), [1]);
}

#[test]
fn a_subkey_is_merged_into_a_cached_dictionary() {
    let deeds = [Writer(1, Some(1), 300), READ, Reader(3, Some(3), 100), READ];
    assert_eq!(at_home(&reads(&deeds, |_| {})), [1, 3]);
}

#[test]
fn a_cached_dictionary_that_others_may_have_written_to_is_read_again_at_once() {
    // The first subkey is known already, which the defect of storing dictionaries stumbles over: what
    // was read is cached as a whole, not subkey by subkey.
    let deeds =
        [Writer(1, Some(1), 200), READ, Writer(2, Some(2), 300), Reader(3, Some(3), 100), READ];
    assert_eq!(at_home(&reads(&deeds, |_| {})), [1, 2, 3]);
}

#[test]
fn a_subkey_alone_is_not_cached() {
    let reads = reads(&[Reader(1, Some(1), 100), READ], |_| {});
    assert_eq!(reads[0].1, [1]);
    assert!(reads[0].0 > 0);
}

/// The first is valid until 43 s and read at home at 20 s: so it is read again at 38 s, when the second is
/// there. That is valid until 60 s, and as nobody reads it meanwhile, it is not read again.
#[test]
fn a_cached_record_is_renewed_as_long_as_it_is_read() {
    let wait = Writer(0, Some(9), 1);
    let deeds = [Writer(1, None, 43), READ, READ, Writer(2, None, 30), wait, READ];
    let found = reads(&deeds, |params| params.cache_on_store = false);
    assert_eq!(found[1], (0, vec![1]));
    assert_eq!(at_home(&found), [2]);
    let [first, _, _, second, ..] = deeds;
    let deeds = [first, READ, READ, second, Writer(3, None, 200), wait, wait, READ];
    let found = reads(&deeds, |params| params.cache_on_store = false);
    assert_eq!(found[2].1, [3]);
    assert!(found[2].0 > 0, "the second has expired");
}

#[test]
fn a_renewal_is_cached_even_where_reads_are_not() {
    let deeds = [Reader(1, None, 33), READ, Writer(2, None, 200), READ];
    let renewed = |params: &mut Params| params.cache_locally = false;
    // In vain: only what was cached at the store is there.
    let off = |params: &mut Params| {
        renewed(params);
        params.cache_refresh_before_expiry = Span::ZERO;
    };
    assert_eq!(at_home(&reads(&deeds, renewed)), [2]);
    assert_eq!(at_home(&reads(&deeds, off)), [1]);
}
