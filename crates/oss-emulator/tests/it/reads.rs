//! Faults of reads: what a client must notice when it fetches an object in ranges, or lets the server copy it.

use oss_emulator::{Emulator, Fault, FaultEffect};
use oss_models::Crc64;

use crate::support::{ID, Raw, SECRET, Server, check, complete, part};

const LEN: usize = 300_000;

fn content() -> Vec<u8> {
    (0..LEN).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

fn range(range: &str) -> Raw {
    Raw::get("a").header("range", range).header("x-oss-range-behavior", "standard")
}

async fn server() -> Server {
    let server = Server::new().await;
    server.ok(&Raw::put("a").body(content())).await;
    server
}

#[tokio::test]
async fn a_read_can_bring_the_whole_object_or_another_range() {
    let server = server().await;
    let with = async |effect: FaultEffect, asked: &str| {
        server.emulator.add_fault(Fault::on("GetObject").effect(effect));
        server.ok(&range(asked)).await
    };
    let whole = with(FaultEffect::IgnoreRange, "bytes=100-199").await;
    assert_eq!((whole.status, whole.header("content-range"), whole.body.len()), (200, "", LEN));
    for (shift, asked, told, from, to) in [
        (50, "bytes=100-199", "bytes 150-249/300000", 150, 250),
        (-200, "bytes=100-199", "bytes 0-99/300000", 0, 100),
        (1, "bytes=299900-299999", "bytes 299901-299999/300000", 299_901, LEN),
    ] {
        let other = with(FaultEffect::ShiftRange(shift), asked).await;
        assert_eq!((other.status, other.header("content-range")), (206, told));
        assert!(other.body == content()[from..to], "{told}");
    }
    assert!(server.ok(&range("bytes=100-199")).await.body == content()[100..200]);
}

#[tokio::test]
async fn one_byte_of_a_read_can_be_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let on_disk = Emulator::builder().credentials(ID, SECRET).bucket("demo").dir(dir.path()).start().await.unwrap();
    for server in [Server::new().await, Server::from(on_disk)] {
        server.ok(&Raw::put("a").body(content())).await;
        for position in [0, 150_000, 299_999, 300_000] {
            server.emulator.add_fault(Fault::on("GetObject").effect(FaultEffect::FlipByte(position)));
            let damaged = server.ok(&Raw::get("a")).await;
            let differ: Vec<_> =
                damaged.body.iter().zip(content()).map(|(a, b)| u64::from(a ^ b)).enumerate().collect();
            let differ: Vec<_> = differ.into_iter().filter(|(_, bits)| *bits != 0).collect();
            let expected: Vec<_> =
                (position < LEN as u64).then(|| (usize::try_from(position).unwrap(), 1)).into_iter().collect();
            assert_eq!(differ, expected);
            assert_eq!(damaged.header("x-oss-hash-crc64ecma"), Crc64::of(&content()).to_string());
        }
        assert!(server.ok(&Raw::get("a")).await.body == content());
    }
}

#[tokio::test]
async fn another_client_replaces_or_deletes_an_object_between_two_reads() {
    let server = server().await;
    let etag = server.ok(&Raw::head("a")).await.header("etag").to_owned();
    let pinned = || range("bytes=0-9").header("if-match", &etag);
    server.emulator.add_fault(Fault::on("GetObject").nth(2).replace("new"));
    server.ok(&pinned()).await;
    assert_eq!(server.send(&pinned()).await.code(), "PreconditionFailed");
    let new = server.ok(&Raw::get("a")).await;
    assert_eq!((new.text().as_str(), new.header("x-oss-hash-crc64ecma")), ("new", &*Crc64::of(b"new").to_string()));
    server.emulator.add_fault(Fault::on("GetObject").delete());
    assert_eq!(server.send(&Raw::get("a")).await.code(), "NoSuchKey");
    assert!(server.emulator.objects("demo").unwrap().is_empty());
    server.emulator.add_fault(Fault::on("GetObject").replace_object("nowhere", "a", ""));
    assert_eq!(server.send(&Raw::get("a")).await.code(), "NoSuchBucket");
}

#[tokio::test]
async fn every_condition_on_the_source_holds_for_a_copied_part_too() {
    let server = server().await;
    let etag = server.ok(&Raw::head("a")).await.header("etag").to_owned();
    let id = server.initiate("k").await;
    let copy = |name: &str, value: &str| {
        part("k", &id, "1")
            .header("x-oss-copy-source", "/demo/a")
            .header(&format!("x-oss-copy-source-if-{name}"), value)
    };
    let (past, future) = ("Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT");
    check(
        &server,
        vec![
            ("match", copy("match", &etag), "200"),
            ("no match", copy("match", "\"X\""), "412 PreconditionFailed"),
            ("none match", copy("none-match", &etag), "304"),
            ("none match, other", copy("none-match", "\"X\""), "200"),
            ("modified since", copy("modified-since", past), "200"),
            ("not modified since", copy("modified-since", future), "304"),
            ("unmodified since", copy("unmodified-since", future), "200"),
            ("modified meanwhile", copy("unmodified-since", past), "412 PreconditionFailed"),
        ],
    )
    .await;
    let replaced = Fault::on("UploadPartCopy").replace_object("demo", "a", "new");
    server.emulator.add_fault(replaced);
    assert_eq!(server.send(&copy("match", &etag)).await.code(), "PreconditionFailed");
}

#[tokio::test]
async fn a_copy_has_its_largest_size_and_may_lack_a_crc64() {
    let builder = Emulator::builder().credentials(ID, SECRET).bucket("demo");
    let server = Server::from(builder.max_copy_size(LEN as u64 - 1).copy_without_crc(true).start().await.unwrap());
    server.ok(&Raw::put("a").body(content())).await;
    server.ok(&Raw::put("small").body("x")).await;
    let copy = |source: &str| Raw::put("b").header("x-oss-copy-source", source);
    check(&server, vec![("too large", copy("/demo/a"), "400 EntityTooLarge"), ("small", copy("/demo/small"), "200")])
        .await;
    assert_eq!(server.ok(&Raw::head("b")).await.header("x-oss-hash-crc64ecma"), "");
    let id = server.initiate("k").await;
    let copied = server.ok(&part("k", &id, "1").header("x-oss-copy-source", "/demo/a")).await;
    let etag = copied.element("ETag").replace("&quot;", "");
    let done = server.ok(&complete("k", &id, &[(1, &etag)])).await;
    assert_eq!(done.header("x-oss-hash-crc64ecma"), "");
    assert!(server.ok(&Raw::get("k")).await.body == content());
}
