//! Time of each hot path.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark; the macros make undocumented functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hot_paths::{BLOCK, HotPath, PARTS};

fn hot_paths(c: &mut Criterion) {
    let mut group = c.benchmark_group("hot paths");
    for path in HotPath::ALL {
        group.throughput(match path {
            HotPath::Crc64 => Throughput::Bytes(BLOCK as u64),
            HotPath::Sign | HotPath::Combine => Throughput::Elements(1),
            HotPath::ListParts => Throughput::Elements(PARTS.into()),
        });
        let mut once = path.prepare().expect("its input");
        group.bench_function(path.name(), |b| b.iter(|| once().expect("taken")));
    }
    group.finish();
}

criterion_group!(benches, hot_paths);
criterion_main!(benches);
