//! Kademlia as rust-libp2p runs it, everything on but periodic upkeep: warm tables, one lookup a node
//! and minute, tables updated, timeouts armed, records kept, digests chained. An iteration is a tenth of
//! a simulated second; the deliveries of one are counted once and given as the throughput.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dhtlab_benches::kademlia::{engine, params, world};
use dhtlab_core::time::Span;

const STEP: Span = Span::from_millis(100);
const COUNTED_STEPS: u64 = 20;

fn deliveries(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kademlia");
    for nodes in [10_000, 100_000] {
        let world = world(nodes, nodes / 60, Span::from_hours(1));
        for dial in [false, true] {
            let mut engine = engine(&world, params("rust-libp2p-0.49", dial), 1);
            let before = engine.tally().delivered;
            for _ in 0..COUNTED_STEPS {
                engine.run_until(engine.now() + STEP);
            }
            group.throughput(Throughput::Elements(
                (engine.tally().delivered - before) / COUNTED_STEPS,
            ));
            let name = if dial { "dialling" } else { "datagrams" };
            group.bench_function(BenchmarkId::new(name, nodes), |bencher| {
                bencher.iter(|| engine.run_until(engine.now() + STEP));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = kademlia;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(4));
    targets = deliveries
}
criterion_main!(kademlia);
