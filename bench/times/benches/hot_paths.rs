//! Time of each hot path.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark; the macros make undocumented functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hot_paths::{BLOCK, ENTRIES, HotPath, PART_SIZE, SMALL};

fn hot_paths(c: &mut Criterion) {
    let mut group = c.benchmark_group("hot paths");
    for path in HotPath::ALL {
        // Parts only come many at a time: what an upload takes besides is shared by them.
        let times = if matches!(path, HotPath::FilePart | HotPath::StreamPart) { 100 } else { 1 };
        group.throughput(match path {
            HotPath::Crc64 => Throughput::Bytes(BLOCK as u64),
            HotPath::Sign | HotPath::Combine => Throughput::Elements(1),
            HotPath::ListParts | HotPath::ListPage => Throughput::Elements(ENTRIES.into()),
            HotPath::SmallFile => Throughput::Bytes(SMALL),
            HotPath::FilePart | HotPath::StreamPart => Throughput::Bytes(PART_SIZE * u64::from(times)),
        });
        let mut take = path.prepare().expect("its input");
        group.bench_function(path.name(), |b| b.iter(|| take(times).expect("taken")));
    }
    group.finish();
}

criterion_group!(benches, hot_paths);
criterion_main!(benches);
