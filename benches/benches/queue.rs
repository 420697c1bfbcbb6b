//! The event queue against `std::collections::BinaryHeap`: one hold (pop the first event, push one
//! ahead of it) on the mix a hash table has: 45 % latencies of 20 to 120 ms, 45 % timeouts of 3 s,
//! 10 % refreshes in 10 to 60 minutes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dhtlab_core::event::Event;
use dhtlab_core::node::NodeIx;
use dhtlab_core::queue::Queue;
use dhtlab_core::seed::{Draw, Rng};
use dhtlab_core::time::{Span, Time};

trait Pending {
    fn put(&mut self, event: Event);
    fn take(&mut self) -> Option<Event>;
}

impl Pending for Queue {
    fn put(&mut self, event: Event) {
        self.push(event);
    }
    fn take(&mut self) -> Option<Event> {
        self.pop_before(Time::NEVER)
    }
}

impl Pending for BinaryHeap<Reverse<Event>> {
    fn put(&mut self, event: Event) {
        self.push(Reverse(event));
    }
    fn take(&mut self) -> Option<Event> {
        self.pop().map(|event| event.0)
    }
}

fn ahead(rng: &mut Rng) -> Span {
    match rng.below(20) {
        0..9 => Span::from_nanos(20_000_000 + rng.below(100_000_000)),
        9..18 => Span::from_secs(3),
        _ => Span::from_nanos(600_000_000_000 + rng.below(3_000_000_000_000)),
    }
}

/// A queue in its steady state: three times as many holds as events were done before the clock runs.
fn filled<Q: Pending>(mut queue: Q, pending: u32) -> (Q, Rng, u32) {
    let mut rng = Rng::from_state(1);
    for seq in 0..pending {
        let at = Time::ZERO + Span::from_nanos(rng.below(3_000_000_000));
        queue.put(Event::wake(at, NodeIx::new(seq), 0));
    }
    let mut seq = 0;
    for _ in 0..pending * 3 {
        hold(&mut queue, &mut rng, &mut seq);
    }
    (queue, rng, seq)
}

fn hold<Q: Pending>(queue: &mut Q, rng: &mut Rng, seq: &mut u32) {
    let event = queue.take().expect("a hold keeps the number pending");
    *seq = (*seq + 1) & 0x7fff_ffff;
    queue.put(Event::wake(event.time + ahead(rng), event.target, *seq));
}

fn holds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hold");
    group.throughput(Throughput::Elements(1));
    for pending in [10_000, 100_000, 1_000_000] {
        group.bench_function(BenchmarkId::new("binary-heap", pending), |bencher| {
            let (mut queue, mut rng, mut seq) = filled(BinaryHeap::new(), pending);
            bencher.iter(|| hold(black_box(&mut queue), &mut rng, &mut seq));
        });
        group.bench_function(BenchmarkId::new("queue", pending), |bencher| {
            let (mut queue, mut rng, mut seq) = filled(Queue::new(), pending);
            bencher.iter(|| hold(black_box(&mut queue), &mut rng, &mut seq));
        });
    }
    group.finish();
}

criterion_group! {
    name = queue;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(3));
    targets = holds
}
criterion_main!(queue);
