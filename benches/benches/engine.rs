//! The engine alone: a message loop with a tenth of the nodes pinging random peers, with timeouts.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dhtlab_benches::loop_engine;
use dhtlab_core::time::Span;

fn deliveries(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("loop");
    for nodes in [10_000, 100_000, 1_000_000] {
        for shards in [1, 2] {
            // A tenth of the nodes have one message each under way, which takes 50 ms.
            group.throughput(Throughput::Elements(u64::from(nodes / 10)));
            group.bench_function(BenchmarkId::new(format!("{shards}-shard"), nodes), |bencher| {
                let mut engine = loop_engine(nodes, shards);
                bencher.iter(|| engine.run_until(engine.now() + Span::from_millis(50)));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = engine;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(3));
    targets = deliveries
}
criterion_main!(engine);
