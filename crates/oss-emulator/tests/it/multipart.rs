//! Multipart uploads and what is refused about them.

use std::time::Duration;

use oss_emulator::Emulator;
use oss_models::Crc64;

use crate::support::{ID, Raw, SECRET, Server, check, complete, part};

const PART: usize = 100 * 1024;

#[tokio::test]
async fn an_upload_is_completed_from_its_listed_parts() {
    let server = Server::new().await;
    let id = server.initiate("big").await;
    let bodies = [vec![1_u8; PART], vec![2; PART], vec![3; 10]];
    let mut etags = Vec::new();
    for (number, body) in (1..).zip(&bodies) {
        etags.push((number, server.part("big", &id, number, body).await));
    }
    server.part("big", &id, 9, b"never listed").await;
    assert_eq!(server.send(&Raw::get("big")).await.status, 404);
    let listed: Vec<_> = etags.iter().map(|(number, etag)| (*number, etag.as_str())).collect();
    let response = server.ok(&complete("big", &id, &listed)).await;
    let whole = bodies.concat();
    assert_eq!(response.header("x-oss-hash-crc64ecma"), Crc64::of(&whole).to_string());
    assert!(response.header("etag").ends_with("-3\""), "{}", response.header("etag"));
    assert_eq!(response.element("ETag").replace("&quot;", "\""), response.header("etag"));
    let got = server.ok(&Raw::get("big")).await;
    assert_eq!(
        (got.body == whole, got.header("x-oss-object-type"), got.header("content-md5")),
        (true, "Multipart", "")
    );
    assert_eq!(server.send(&complete("big", &id, &listed)).await.code(), "NoSuchUpload");
    let range = server.ok(&Raw::get("big").header("range", format!("bytes={}-{}", PART - 1, 2 * PART))).await;
    assert_eq!(range.body, whole[PART - 1..=2 * PART]);
    assert!(server.emulator.uploads("demo").unwrap().is_empty());
}

#[tokio::test]
async fn a_bad_part_or_complete_is_refused_and_changes_nothing() {
    let server = Server::new().await;
    let id = server.initiate("k").await;
    let etag = server.part("k", &id, 1, &vec![1; PART]).await;
    let other = server.part("k", &id, 5, &vec![5; PART]).await;
    let small = server.part("k", &id, 7, b"small").await;
    let put = |number: &str| part("k", &id, number).body("x");
    let no_such_upload = "404 NoSuchUpload 0042-00000002";
    let invalid_number = "400 InvalidArgument 0017-00000220";
    let raw = |body: &str| Raw::post("k").query("uploadId", &id).body(body);
    let done = |parts: &[(u16, &str)]| complete("k", &id, parts);
    let all = |raw: Raw| raw.header("x-oss-complete-all", "yes");
    check(
        &server,
        vec![
            ("number 0", put("0"), invalid_number),
            ("number 10001", put("10001"), invalid_number),
            ("number -1", put("-1"), invalid_number),
            ("number x", put("x"), invalid_number),
            ("number empty", put(""), invalid_number),
            ("number 99999999999", put("99999999999"), invalid_number),
            ("number 10000", put("10000"), "200"),
            ("unknown upload", part("k", "0000", "1").body("x"), "404 NoSuchUpload 0017-00000244"),
            ("upload of another key", part("other", &id, "1").body("x"), "404 NoSuchUpload 0017-00000244"),
            (
                "wrong digest",
                put("1").header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
                "400 InvalidDigest 0017-00000503",
            ),
            ("over 5 GB", part("k", &id, "1").line("Content-Length: 5368709121"), "400 EntityTooLarge"),
            (
                "copy from a missing source",
                part("k", &id, "2").header("x-oss-copy-source", "/demo/missing"),
                "404 NoSuchKey",
            ),
            ("complete unknown", complete("k", "0000", &[(1, &etag)]), no_such_upload),
            ("complete another key", complete("other", &id, &[(1, &etag)]), no_such_upload),
            ("no body", raw(""), "400 MalformedXML 0042-00000205"),
            ("no parts", done(&[]), "400 MalformedXML 0042-00000205"),
            ("not xml", raw("hello"), "400 MalformedXML"),
            ("other root", raw("<Complete/>"), "400 MalformedXML"),
            (
                "part without etag",
                raw("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>"),
                "400 MalformedXML",
            ),
            (
                "part without number",
                raw("<CompleteMultipartUpload><Part><ETag>X</ETag></Part></CompleteMultipartUpload>"),
                "400 MalformedXML",
            ),
            ("part number 0 listed", done(&[(0, &etag)]), invalid_number),
            ("descending", done(&[(5, &other), (1, &etag)]), "400 InvalidPartOrder 0042-00000209"),
            ("twice", done(&[(1, &etag), (1, &etag)]), "400 InvalidPartOrder 0042-00000209"),
            ("missing part", done(&[(1, &etag), (2, &etag)]), "400 InvalidPart"),
            ("wrong etag", done(&[(1, &other)]), "400 InvalidPart"),
            ("empty etag", done(&[(1, "")]), "400 InvalidPart"),
            (
                "small part in front",
                done(&[(7, &small), (10000, "9DD4E461268C8034F5C8564E155C67A6")]),
                "400 EntityTooSmall 0042-00000213",
            ),
            ("complete-all with a body", all(done(&[(1, &etag)])), "400 InvalidArgument 0042-00000216"),
            ("complete-all no", raw("").header("x-oss-complete-all", "no"), "400 InvalidArgument"),
            ("complete-all with small parts", all(raw("")), "400 EntityTooSmall"),
            (
                "wrong digest of the body",
                done(&[(1, &etag)]).header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
                "400 InvalidDigest",
            ),
            ("unknown acl", done(&[(1, &etag)]).header("x-oss-object-acl", "x"), "400 InvalidArgument"),
            ("nothing became visible", Raw::get("k"), "404 NoSuchKey"),
            (
                "gaps, lower case, no quotes, a small last part",
                done(&[(1, &etag.to_lowercase()), (5, other.trim_matches('"')), (7, &small)]),
                "200",
            ),
            ("part after complete", put("1"), "404 NoSuchUpload 0017-00000244"),
            ("abort after complete", Raw::delete("k").query("uploadId", &id), no_such_upload),
            ("list after complete", Raw::get("k").query("uploadId", &id), no_such_upload),
            (
                "initiate forbidden",
                Raw::post("k").query("uploads", "").header("x-oss-forbid-overwrite", "true"),
                "409 FileAlreadyExists 0026-00000002",
            ),
            (
                "initiate with bad metadata",
                Raw::post("k").query("uploads", "").header("x-oss-meta-a", "v".repeat(9000)),
                "400 InvalidArgument",
            ),
        ],
    )
    .await;
    let invalid = {
        let id = server.initiate("k2").await;
        server.send(&complete("k2", &id, &[(3, "ABC")])).await
    };
    assert_eq!((invalid.element("PartNumber").as_str(), invalid.element("ETag").as_str()), ("3", "ABC"));
    assert_eq!(invalid.element("UploadId").len(), 32);
}

#[tokio::test]
async fn complete_all_takes_every_part_in_order() {
    let server = Server::new().await;
    let id = server.initiate("k").await;
    let all = || Raw::post("k").query("uploadId", &id).header("x-oss-complete-all", "yes");
    assert_eq!(server.send(&all()).await.code(), "InvalidPart");
    server.part("k", &id, 2, b"end").await;
    server.part("k", &id, 1, &vec![0; PART]).await;
    server.ok(&all()).await;
    assert_eq!(server.ok(&Raw::get("k")).await.body.len(), PART + 3);
}

#[tokio::test]
async fn parts_are_listed_in_pages_and_replaced_by_number() {
    let server = Server::new().await;
    let id = server.initiate("k").await;
    for number in [3, 1, 2, 7] {
        server.part("k", &id, number, b"old").await;
    }
    server.part("k", &id, 3, b"newer").await;
    let list =
        |marker: &str| Raw::get("k").query("uploadId", &id).query("max-parts", "2").query("part-number-marker", marker);
    let first = server.ok(&list("0")).await;
    assert_eq!((first.element("IsTruncated").as_str(), first.element("NextPartNumberMarker").as_str()), ("true", "2"));
    let second = server.ok(&list("2")).await;
    assert_eq!(
        (second.element("IsTruncated").as_str(), second.element("NextPartNumberMarker").as_str()),
        ("false", "7")
    );
    assert_eq!((second.element("PartNumber").as_str(), second.element("Size").as_str()), ("3", "5"));
    assert_eq!(second.element("HashCrc64ecma"), Crc64::of(b"newer").to_string());
}

#[tokio::test]
async fn a_part_can_be_copied_from_a_range() {
    let server = Server::new().await;
    let source: Vec<u8> = (0..300_000_u32).map(|n| (n % 253) as u8).collect();
    server.ok(&Raw::put("src").body(&source)).await;
    let id = server.initiate("k").await;
    let copy = |number: &str, range: &str| {
        part("k", &id, number).header("x-oss-copy-source", "/demo/src").header("x-oss-copy-source-range", range)
    };
    let first = server.ok(&copy("1", "bytes=100000-299999")).await;
    assert_eq!(first.header("content-range"), "bytes 100000-299999/300000");
    let second = server.ok(&copy("2", "bytes=0-999999")).await;
    assert_eq!(second.header("content-range"), "");
    server.ok(&Raw::delete("src")).await;
    let listed = [(1, first.element("ETag").replace("&quot;", "")), (2, second.element("ETag").replace("&quot;", ""))];
    let done = server.ok(&complete("k", &id, &[(1, &listed[0].1), (2, &listed[1].1)])).await;
    let whole = [&source[100_000..], &source[..]].concat();
    assert_eq!(done.header("x-oss-hash-crc64ecma"), Crc64::of(&whole).to_string());
    assert!(server.ok(&Raw::get("k")).await.body == whole);
}

#[tokio::test]
async fn a_repeated_complete_is_remembered_only_on_request() {
    let builder =
        Emulator::builder().credentials(ID, SECRET).bucket("demo").remember_completed(Duration::from_secs(60));
    let server = Server::from(builder.start().await.unwrap());
    let id = server.initiate("k").await;
    let etag = server.part("k", &id, 1, b"x").await;
    let first = server.ok(&complete("k", &id, &[(1, &etag)])).await;
    let again = server.ok(&complete("k", &id, &[(1, &etag)])).await;
    assert_eq!(first.header("etag"), again.header("etag"));
    assert_eq!(first.header("x-oss-hash-crc64ecma"), again.header("x-oss-hash-crc64ecma"));
    server.emulator.set_clock_offset(120);
    assert_eq!(server.send(&complete("k", &id, &[(1, &etag)]).clock(120)).await.code(), "NoSuchUpload");
}

#[tokio::test]
async fn a_late_part_after_abort_is_kept_only_on_request() {
    for keep in [false, true] {
        let builder = Emulator::builder().credentials(ID, SECRET).bucket("demo").late_part_after_abort(keep);
        let server = Server::from(builder.start().await.unwrap());
        let id = server.initiate("k").await;
        server.part("k", &id, 1, b"x").await;
        let abort = Raw::delete("k").query("uploadId", &id);
        let list = Raw::get("k").query("uploadId", &id);
        let body = vec![0; 100_000];
        let late = part("k", &id, "2").body(&body);
        let bytes = late.encode(&server.authority);
        let mut io = server.connect().await;
        use tokio::io::AsyncWriteExt as _;
        io.write_all(&bytes[..bytes.len() - 10]).await.unwrap();
        while server.emulator.history().iter().all(|record| record.part_number != Some(2)) {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.send(&abort).await.status, 204);
        assert_eq!(server.send(&list).await.status, 404);
        io.write_all(&bytes[bytes.len() - 10..]).await.unwrap();
        let response = crate::support::read_response(&mut io, false).await.unwrap();
        if keep {
            assert_eq!(response.status, 200);
            assert_eq!(server.ok(&list).await.element("PartNumber"), "2");
            assert_eq!(server.send(&abort).await.status, 204);
        } else {
            assert_eq!(response.code(), "NoSuchUpload");
        }
        assert_eq!(server.send(&abort).await.code(), "NoSuchUpload");
        assert_eq!(server.send(&list).await.code(), "NoSuchUpload");
    }
}

#[tokio::test]
async fn uploads_are_listed_by_key_and_id_with_folding() {
    let server = Server::new().await;
    for key in ["a/1", "a/2", "b", "b"] {
        server.initiate(key).await;
    }
    let list = || Raw::new("GET").query("uploads", "");
    let cold = Raw::post("z").query("uploads", "").header("x-oss-storage-class", "IA");
    let cold = server.ok(&cold).await.element("UploadId");
    assert_eq!(server.ok(&list().query("prefix", "z")).await.element("StorageClass"), "IA");
    server.ok(&Raw::delete("z").query("uploadId", &cold)).await;
    let folded = server.ok(&list().query("delimiter", "/").query("max-uploads", "1")).await;
    assert_eq!((folded.element("IsTruncated").as_str(), folded.element("NextKeyMarker").as_str()), ("true", "a/"));
    let rest = server.ok(&list().query("delimiter", "/").query("key-marker", "a/")).await;
    assert_eq!(rest.text().matches("<Upload>").count(), 2);
    let first = server.ok(&list().query("prefix", "b").query("max-uploads", "1")).await;
    let next = list()
        .query("key-marker", &first.element("NextKeyMarker"))
        .query("upload-id-marker", &first.element("NextUploadIdMarker"));
    let second = server.ok(&next).await;
    assert_eq!(second.text().matches("<Upload>").count(), 1);
    assert_ne!(first.element("NextUploadIdMarker"), second.element("NextUploadIdMarker"));
    assert_eq!(server.ok(&list().query("key-marker", "b")).await.text().matches("<Upload>").count(), 0);
}

/// A part has the encryption of its upload, and its response says so.
#[tokio::test]
async fn only_what_begins_an_object_may_ask_for_encryption() {
    let server = Server::new().await;
    server.ok(&Raw::put("a").body("x")).await;
    let encrypted = |raw: Raw| raw.header("x-oss-server-side-encryption", "AES256");
    let refused = "400 InvalidArgument 0005-00000002";
    let initiated = server.ok(&encrypted(Raw::post("k").query("uploads", ""))).await;
    let id = initiated.element("UploadId");
    let one = part("k", &id, "1").body("x");
    let done = complete("k", &id, &[(1, "9DD4E461268C8034F5C8564E155C67A6")]);
    let append = Raw::post("log").query("append", "").query("position", "0").body("x");
    let copied = part("k", &id, "2").header("x-oss-copy-source", "/demo/a");
    check(
        &server,
        vec![
            ("part", encrypted(one.clone()), refused),
            ("data encryption of a part", one.clone().header("x-oss-server-side-data-encryption", "SM4"), refused),
            ("key of a part", one.clone().header("x-oss-server-side-encryption-key-id", "k"), refused),
            ("copied part", encrypted(copied), refused),
            ("complete", encrypted(done.clone()), refused),
            ("abort", encrypted(Raw::delete("k").query("uploadId", &id)), refused),
            ("list of parts", encrypted(Raw::get("k").query("uploadId", &id)), refused),
            ("get", encrypted(Raw::get("a")), refused),
            ("delete", encrypted(Raw::delete("a")), refused),
            ("put", encrypted(Raw::put("a").body("x")), "200"),
            ("append", encrypted(append), "200"),
            ("copy", encrypted(Raw::put("b").header("x-oss-copy-source", "/demo/a")), "200"),
        ],
    )
    .await;
    for raw in [one, done, Raw::head("k")] {
        assert_eq!(server.ok(&raw).await.header("x-oss-server-side-encryption"), "AES256", "{raw:?}");
    }
}
