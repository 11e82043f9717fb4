//! Headers that say something wrong about the body or the object.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oss_emulator::Emulator;

use crate::support::{Case, ID, Raw, SECRET, Server, check};

fn put() -> Raw {
    Raw::put("a").body("hello")
}

#[tokio::test]
async fn a_body_must_be_what_its_headers_promise() {
    let server = Server::new().await;
    let mut short = put().line("Content-Length: 10");
    short.send_only = Some(5);
    let mut none = put().body("");
    none.no_length = true;
    let mut chunked = Raw::put("chunked").body(vec![7; 5000]);
    chunked.chunked = true;
    let part = |raw: Raw| raw.query("partNumber", "1").query("uploadId", "0");
    check(
        &server,
        vec![
            (
                "md5 of something else",
                put().header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
                "400 InvalidDigest 0017-00000503",
            ),
            (
                "md5 in hex",
                put().header("content-md5", "5d41402abc4b2a76b9719d911017c592"),
                "400 InvalidDigest 0017-00000502",
            ),
            ("md5 too short", put().header("content-md5", "1B2M2Y8AsgTpgAmY7PhC"), "400 InvalidDigest 0017-00000502"),
            ("md5 no base64", put().header("content-md5", "!!!!"), "400 InvalidDigest 0017-00000502"),
            ("md5 empty", put().header("content-md5", ""), "400 InvalidDigest 0017-00000502"),
            ("nothing was stored", Raw::get("a"), "404 NoSuchKey 0026-00000001"),
            ("right md5", put().md5(), "200"),
            ("fewer bytes than announced", short, "400 IncompleteBody"),
            ("neither length nor chunks", none.clone(), "411 MissingContentLength 0017-00000101"),
            ("part without length", part(none.clone()), "411 MissingContentLength"),
            (
                "append without length",
                Raw { method: "POST".parse().unwrap(), ..none }.query("append", "").query("position", "0"),
                "411 MissingContentLength",
            ),
            ("more than 5 GB announced", Raw::put("a").line("Content-Length: 5368709121"), "400 EntityTooLarge"),
            ("chunked", chunked, "200"),
            ("the old object is untouched", Raw::get("a"), "200"),
        ],
    )
    .await;
    assert_eq!(server.ok(&Raw::get("a")).await.text(), "hello");
    assert_eq!(server.ok(&Raw::get("chunked")).await.body, vec![7; 5000]);
}

#[tokio::test]
async fn headers_of_an_object_are_checked() {
    let server = Server::new().await;
    let meta = |len: usize| put().header("x-oss-meta-a", "v".repeat(len));
    let tags = |text: &str| put().header("x-oss-tagging", text);
    let many: Vec<_> = (0..11).map(|n| format!("k{n}=v")).collect();
    let callback = |json: &str| put().header("x-oss-callback", STANDARD.encode(json));
    let mut cases: Vec<Case> = vec![
        ("metadata of 8 KB", meta(8 * 1024 - 1), "200"),
        ("metadata over 8 KB", meta(8 * 1024), "400 InvalidArgument"),
        ("metadata over 8 KB in two", meta(5000).header("x-oss-meta-b", "v".repeat(5000)), "400 InvalidArgument"),
        ("metadata without a name", put().header("x-oss-meta-", "v"), "400 InvalidArgument"),
        ("metadata with an odd name", put().header("x-oss-meta-a!b", "v"), "400 InvalidArgument"),
        ("unknown acl", put().header("x-oss-object-acl", "open"), "400 InvalidArgument"),
        ("empty acl", put().header("x-oss-object-acl", ""), "400 InvalidArgument"),
        ("unknown class", put().header("x-oss-storage-class", "Glacier"), "400 InvalidArgument"),
        ("lower-case class", put().header("x-oss-storage-class", "standard"), "400 InvalidArgument"),
        (
            "forbid-overwrite maybe",
            put().header("x-oss-forbid-overwrite", "maybe"),
            "400 InvalidArgument 0017-00000279",
        ),
        ("forbid-overwrite TRUE", put().header("x-oss-forbid-overwrite", "TRUE"), "400 InvalidArgument 0017-00000279"),
        (
            "unknown encryption",
            put().header("x-oss-server-side-encryption", "ROT13"),
            "400 InvalidEncryptionAlgorithmError",
        ),
        (
            "key id without KMS",
            put().header("x-oss-server-side-encryption", "AES256").header("x-oss-server-side-encryption-key-id", "k"),
            "400 InvalidEncryptionRequest",
        ),
        ("key id alone", put().header("x-oss-server-side-encryption-key-id", "k"), "400 InvalidEncryptionRequest"),
        (
            "unknown data encryption",
            put().header("x-oss-server-side-encryption", "KMS").header("x-oss-server-side-data-encryption", "AES"),
            "400 InvalidDataEncryptionAlgorithmError",
        ),
        ("encryption", put().header("x-oss-server-side-encryption", "AES256"), "200"),
        ("tags", tags("a=1&b"), "200"),
        ("metadata with an underscore", put().header("x-oss-meta-a_b", "1"), "400 InvalidArgument"),
        ("metadata with a dot", put().header("x-oss-meta-a.b", "1"), "400 InvalidArgument"),
        ("traffic limit", put().header("x-oss-traffic-limit", "245760"), "200"),
        ("traffic limit too low", put().header("x-oss-traffic-limit", "245759"), "400 InvalidArgument"),
        ("traffic limit too high", put().query("x-oss-traffic-limit", "838860801"), "400 InvalidArgument"),
        ("traffic limit that is no number", put().header("x-oss-traffic-limit", "1M"), "400 InvalidArgument"),
        ("eleven tags", tags(&many.join("&")), "400 InvalidTag"),
        ("tag twice", tags("a=1&a=2"), "400 InvalidTag"),
        ("tag without key", tags("=1"), "400 InvalidTag"),
        ("tag key of 129", tags(&format!("{}=1", "k".repeat(129))), "400 InvalidTag"),
        ("tag value of 257", tags(&format!("k={}", "v".repeat(257))), "400 InvalidTag"),
        ("tag with a control character", tags("a=%01"), "400 InvalidTag"),
        ("tag that is not UTF-8", tags("a=%ff"), "400 InvalidArgument"),
        ("callback no base64", put().header("x-oss-callback", "{}"), "400 InvalidArgument"),
        ("callback no json", callback("hello"), "400 InvalidArgument"),
        ("callback without body", callback(r#"{"callbackUrl":"http://127.0.0.1:1/"}"#), "400 InvalidArgument"),
        (
            "callback in header and query",
            callback("{}").query("callback", &STANDARD.encode("{}")),
            "400 InvalidArgument",
        ),
        (
            "callback over 5 KB",
            callback(&format!(r#"{{"callbackBody":"{}"}}"#, "x".repeat(5000))),
            "400 InvalidArgument",
        ),
        ("callback without url", callback(r#"{"callbackBody":"a"}"#), "200"),
        ("copy source without key", Raw::put("b").header("x-oss-copy-source", "/demo"), "400 InvalidArgument"),
        ("copy source that is missing", Raw::put("b").header("x-oss-copy-source", "/demo/missing"), "404 NoSuchKey"),
        (
            "copy source in a missing bucket",
            Raw::put("b").header("x-oss-copy-source", "/missing/a"),
            "404 NoSuchBucket",
        ),
        (
            "unknown directive",
            Raw::put("b").header("x-oss-copy-source", "/demo/a").header("x-oss-metadata-directive", "MERGE"),
            "400 InvalidArgument",
        ),
        ("symlink without target", Raw::put("l").query("symlink", ""), "400 MissingArgument"),
        (
            "symlink to a bad name",
            Raw::put("l").query("symlink", "").header("x-oss-symlink-target", "/a"),
            "400 InvalidArgument",
        ),
    ];
    for name in ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"] {
        cases.push((name, put().header(name, "*"), "400 NotImplemented"));
    }
    check(&server, cases).await;
}

#[tokio::test]
async fn metadata_comes_back_byte_for_byte() {
    let server = Server::new().await;
    let raw = put()
        .header("X-OSS-Meta-Name", b"caf\xc3\xa9  x")
        .header("Cache-Control", "no-cache")
        .header("Expires", "never")
        .header("Content-Disposition", "inline")
        .header("x-oss-tagging", "a=1&b=2");
    server.ok(&raw).await;
    let response = server.ok(&Raw::head("a")).await;
    assert_eq!(response.header("x-oss-meta-name"), "café  x");
    assert_eq!(response.header("cache-control"), "no-cache");
    assert_eq!(response.header("expires"), "never");
    assert_eq!(response.header("content-disposition"), "inline");
    assert_eq!(response.header("content-type"), "application/octet-stream");
    assert_eq!(response.header("x-oss-tagging-count"), "2");
    assert_eq!(response.header("content-length"), "5");
    assert_eq!(response.header("content-md5"), "XUFAKrxLKna5cZ2REBfFkg==");
    assert_eq!(response.header("etag"), "\"5D41402ABC4B2A76B9719D911017C592\"");
    assert_eq!(response.header("x-oss-object-type"), "Normal");
    let replaced = put().header("Content-Type", "text/plain");
    server.ok(&replaced).await;
    let response = server.ok(&Raw::get("a")).await;
    assert_eq!((response.header("content-type"), response.header("x-oss-meta-name")), ("text/plain", ""));
}

#[tokio::test]
async fn every_response_says_who_when_and_how_long() {
    let server = Server::new().await;
    let mut ids = std::collections::BTreeSet::new();
    for (raw, len) in [
        (put(), "0"),
        (Raw::get("a"), "5"),
        (Raw::head("a"), "5"),
        (Raw::head("a").query("objectMeta", ""), "5"),
        (Raw::new("HEAD"), "0"),
        (Raw::get("a").header("range", "bytes=1-2"), "2"),
        (Raw::delete("a"), ""),
    ] {
        let response = server.ok(&raw).await;
        assert_eq!(response.header("server"), "AliyunOSS", "{raw:?}");
        assert!(
            response.header("date").ends_with(" GMT") && !response.header("x-oss-server-time").is_empty(),
            "{raw:?}"
        );
        assert_eq!(response.header("content-length"), len, "{raw:?}");
        let id = response.header("x-oss-request-id");
        assert!(id.len() == 24 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')), "{id}");
        ids.insert(id.to_owned());
    }
    assert_eq!(ids.len(), 7, "each id is used once");
}

#[tokio::test]
async fn the_quota_refuses_what_does_not_fit() {
    let emulator = Emulator::builder().credentials(ID, SECRET).bucket("demo").quota(10).start().await.unwrap();
    let server = Server::from(emulator);
    check(
        &server,
        vec![
            ("fits", put(), "200"),
            ("does not fit", Raw::put("b").body("0123456789"), "403 QuotaExceeded"),
            ("still fits", Raw::put("b").body("01234"), "200"),
            ("delete", Raw::delete("b"), "204"),
            ("fits again", Raw::put("c").body("01234"), "200"),
        ],
    )
    .await;
}
