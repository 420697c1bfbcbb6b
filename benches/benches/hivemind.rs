//! Hivemind's routing table: the 20 nearest of about 930 members, as every find is answered.

use criterion::{Criterion, criterion_group, criterion_main};
use dhtlab_core::author::{Draw, Key, NodeIx, Time};
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_protocols::hivemind::table::Table;

const CONTACTS: u32 = 10_000;
const TARGETS: usize = 1_024;

fn nearest(criterion: &mut Criterion) {
    let mut stream = Stream::new(Seed(1), Purpose::NodeKeys, 0);
    let mut key = || Key::from_words(std::array::from_fn(|_| stream.next_u64()));
    let keys: Vec<Key> = (0..=CONTACTS).map(|_| key()).collect();
    let targets: Vec<Key> = (0..TARGETS).map(|_| key()).collect();
    let mut table = Table::new(20, 5);
    for node in 1..=CONTACTS {
        table.add(NodeIx::new(node), &keys[0], Time::ZERO, &keys);
    }
    let mut out = Vec::new();
    let mut at = 0;
    let mut next = move || {
        at = (at + 1) % TARGETS;
        at
    };
    let name = format!("hivemind nearest 20 of {} members", table.len());
    criterion.bench_function(&name, |bencher| {
        bencher.iter(|| {
            out.clear();
            let excluded = NodeIx::new(1);
            table.nearest(&targets[next()], 20, Some(excluded), &keys, &mut out);
            out.len()
        });
    });
    let mut node = 0;
    criterion.bench_function("hivemind a contact heard of again", |bencher| {
        bencher.iter(|| {
            node = node % CONTACTS + 1;
            let node = NodeIx::new(node);
            (table.contains(node, &keys), table.add(node, &keys[0], Time::ZERO, &keys))
        });
    });
}

criterion_group!(hivemind, nearest);
criterion_main!(hivemind);
