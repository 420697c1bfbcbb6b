//! Learned hashes: one key through a model of a thousand leaves, and training on a million keys.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dhtlab_core::keyset::KeySet;
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_protocols::learned_chord::{Curve, Form, Model, Params, Summary, Tail, train};

const LEAVES: usize = 1_000;

const FORMS: [(&str, Form); 3] = [
    ("edges", Form::Edges),
    ("rmi linear", Form::Rmi { root: Curve::Linear, leaf: Curve::Linear }),
    ("rmi cubic", Form::Rmi { root: Curve::Cubic, leaf: Curve::Cubic }),
];

fn params(form: Form) -> Params {
    Params { form, leaves: LEAVES, tail: Tail::Clamp }
}

/// Lognormal keys in random order.
fn keys(count: usize) -> Vec<u64> {
    let mut stream = Stream::new(Seed(1), Purpose::RecordKeys, 0);
    KeySet::LogNormal { mu: 0.0, sigma: 2.0 }.draw(&mut stream, count, None).expect("names")
}

fn evaluate(criterion: &mut Criterion) {
    let keys = keys(10_000);
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    let mut group = criterion.benchmark_group("learned/evaluate");
    group.throughput(Throughput::Elements(keys.len() as u64));
    for (name, form) in FORMS {
        let model = train(&sorted, &params(form)).expect("sorted keys").model;
        group.bench_function(BenchmarkId::new("position", name), |bencher| {
            bencher.iter(|| keys.iter().fold(0, |sum, key| sum ^ model.position(black_box(*key))));
        });
        group.bench_function(BenchmarkId::new("leaf", name), |bencher| {
            bencher.iter(|| keys.iter().fold(0, |sum, key| sum ^ model.leaf(black_box(*key))));
        });
    }
}

fn training(criterion: &mut Criterion) {
    let mut sorted = keys(1_000_000);
    sorted.sort_unstable();
    let mut group = criterion.benchmark_group("learned/train");
    group.sample_size(10);
    for (name, form) in FORMS {
        group.bench_function(name, |bencher| {
            bencher.iter(|| train(black_box(&sorted), &params(form)).expect("sorted keys"));
        });
    }
    let birth = Model::identity();
    let summary = Summary::of(sorted.iter().copied(), &birth, 10_000);
    group.bench_function("from a summary", |bencher| {
        bencher.iter(|| black_box(&summary).build(&birth, LEAVES).expect("keys"));
    });
}

criterion_group!(benches, evaluate, training);
criterion_main!(benches);
