//! V11: stores of 32 keys at once, with few and with many workers.

use dhtlab_core::author::*;

use crate::swarm::{Plan, at, close_to, mean};

const KEYS: u32 = 32;
const ROUNDS: u64 = 8;
/// The number of the kind of message that asks.
const FIND: usize = 4;

/// Seconds of a store of 32 keys, find requests of it, and the share of the stores that were complete.
fn stored(nodes: u32, workers: u32, seed: u64) -> (f64, f64, f64) {
    let mut plan = Plan::sequential(nodes, seed);
    plan.params.num_workers = workers;
    let mut now = plan.joined_at();
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        let items: Vec<Item> = (0..KEYS)
            .map(|version| Item {
                key: plan.any_key(),
                subkey: None,
                value: Value { version: u64::from(version), bytes: 16 },
                lifetime: Span::MAX,
            })
            .collect();
        let items = plan.batch(items);
        let node = plan.any_node();
        plan.ask(now, node, Command::PutMany { items });
        starts.push(now);
        now += 30_000;
    }
    let mut run = plan.start();
    let mut finds = Vec::new();
    for start in starts {
        run.engine.run_until(at(start - 1));
        run.engine.take_traffic();
        run.engine.run_until(at(start + 29_000));
        let lookups = run.engine.take_traffic()[FIND][Traffic::Lookup as usize];
        finds.push(f64::from(u32::try_from(lookups.messages).expect("few")));
    }
    let seen = run.seen();
    let done = seen.ops.iter().map(|ended| {
        f64::from(u8::from(ended.record.batch.is_some_and(|batch| batch.done == KEYS)))
    });
    (mean(seen.ops.iter().map(|ended| run.took(ended))), mean(finds), mean(done))
}

#[test]
fn v11_batches_of_32_keys_take_the_time_that_was_measured() {
    let printed = [(100, 0.7, 4.6, 179.0), (256, 0.9, 6.0, 235.0), (1_000, 1.7, 13.6, 504.0)];
    for (nodes, many, few, finds) in printed {
        for seed in 1..3 {
            let (a, b) = (stored(nodes, 32, seed), stored(nodes, 4, seed));
            close_to("32 workers", a.0, many, 15.0);
            close_to("4 workers", b.0, few, 15.0);
            close_to("requests", a.1, finds, 15.0);
            close_to("requests with few", b.1, finds, 15.0);
            assert!(a.2 + b.2 > 1.99, "every record is stored");
        }
    }
}
