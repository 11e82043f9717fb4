//! Signatures per second, with a cached signing key and without.
#![allow(missing_docs, clippy::expect_used, reason = "a benchmark; the macros make undocumented functions")]

use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::{HeaderMap, HeaderValue, Method};
use oss_auth::{Credentials, Product, SigningRequest, V1Signer, V4Signer};

fn request() -> SigningRequest<'static> {
    SigningRequest::new(Method::PUT)
        .bucket("examplebucket")
        .key("photos/2024/07/02/cat in a box.jpg")
        .query("partNumber", "17")
        .query("uploadId", "0004B9895DBBB6EC98E36")
        .host("examplebucket.oss-cn-hangzhou.aliyuncs.com")
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("image/jpeg"));
    headers.insert("x-oss-meta-author", HeaderValue::from_static("eric"));
    headers
}

fn time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_719_880_245)
}

fn signatures(c: &mut Criterion) {
    let mut group = c.benchmark_group("signatures");
    group.throughput(Throughput::Elements(1));
    let credentials = [Credentials::new("ak", "one"), Credentials::new("ak", "two")];
    let [one, _] = &credentials;

    let signer = V4Signer::new("cn-hangzhou", Product::OSS).expect("a region");
    group.bench_function("v4, cached key", |b| {
        b.iter(|| signer.sign(black_box(&request()), &mut headers(), one, time()).expect("signed"));
    });
    group.bench_function("v4, new key each time", |b| {
        // The cache holds one key, so two secrets in turn never find theirs.
        let mut turn = credentials.iter().cycle();
        b.iter(|| {
            let credentials = turn.next().expect("a cycle has no end");
            signer.sign(black_box(&request()), &mut headers(), credentials, time()).expect("signed");
        });
    });
    group.bench_function("v4 in the URL, cached key", |b| {
        let life = Duration::from_secs(900);
        b.iter(|| signer.presign(black_box(&request()), &headers(), one, time(), life).expect("signed"));
    });
    group.bench_function("v1", |b| {
        b.iter(|| V1Signer::new().sign(black_box(&request()), &mut headers(), one, time()).expect("signed"));
    });
    group.finish();
}

criterion_group!(benches, signatures);
criterion_main!(benches);
