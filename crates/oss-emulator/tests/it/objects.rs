//! Reading, ranges, conditions, append, copy, links, restore, tags, lists, deletions.

use std::sync::Arc;
use std::time::Duration;

use oss_emulator::{Durability, Emulator};

use crate::support::{Case, ID, Raw, SECRET, Server, check, exchange};

#[tokio::test]
async fn ranges_follow_the_documented_table() {
    let server = Server::new().await;
    let content: Vec<u8> = (0..1000_u32).map(|n| (n % 251) as u8).collect();
    server.ok(&Raw::put("a").body(&content)).await;
    let crc = server.ok(&Raw::head("a")).await.header("x-oss-hash-crc64ecma").to_owned();
    for (range, standard, status, content_range) in [
        ("bytes=0-0", false, 206, "bytes 0-0/1000"),
        ("bytes=0-999", false, 206, "bytes 0-999/1000"),
        ("bytes=500-", false, 206, "bytes 500-999/1000"),
        ("bytes=-10", false, 206, "bytes 990-999/1000"),
        ("bytes=500-2000", false, 200, ""),
        ("bytes=500-2000", true, 206, "bytes 500-999/1000"),
        ("bytes=1000-", false, 200, ""),
        ("bytes=1000-", true, 416, "bytes */1000"),
        ("bytes=2000-3000", true, 416, "bytes */1000"),
        ("bytes=-2000", false, 200, ""),
        ("bytes=-2000", true, 206, "bytes 0-999/1000"),
        ("bytes=-0", true, 416, "bytes */1000"),
        ("byte=0-9", false, 200, ""),
        ("bytes=9-1", false, 200, ""),
        ("bytes=x", true, 200, ""),
        ("bytes=0-9,20-29", false, 206, "bytes 0-9/1000"),
        ("bytes=99999999999999999999-", false, 200, ""),
    ] {
        let mut raw = Raw::get("a").header("range", range);
        if standard {
            raw = raw.header("x-oss-range-behavior", "standard");
        }
        let response = server.send(&raw).await;
        assert_eq!((response.status, response.header("content-range")), (status, content_range), "{range} {standard}");
        if status == 206 {
            let (from, to) = content_range[6..].split_once('/').unwrap().0.split_once('-').unwrap();
            let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
            assert_eq!(response.body, content[from..=to], "{range}");
            assert_eq!(response.header("x-oss-hash-crc64ecma"), crc);
        }
    }
}

/// The bytes of an object are all of one kind: `content[0]` repeated.
fn assert_is_one_content(content: &[u8], len: usize) {
    assert_eq!(content.len(), len);
    assert!(content.iter().all(|byte| *byte == content[0]), "bytes of two objects");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_read_and_copied_whole_while_it_is_overwritten() {
    const LEN: usize = 300_000;
    let dir = tempfile::tempdir().unwrap();
    let builder = Emulator::builder().dir(dir.path()).durability(Durability::Process);
    let server = Arc::new(Server::from(builder.credentials(ID, SECRET).bucket("demo").start().await.unwrap()));
    server.ok(&Raw::put("a").body(vec![0; LEN])).await;
    let id = server.initiate("parts").await;
    let writer = {
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            for n in (1..=u8::MAX).cycle() {
                server.ok(&Raw::put("a").body(vec![n; LEN])).await;
                tokio::task::yield_now().await;
            }
        })
    };
    for _ in 0..100 {
        assert_is_one_content(&server.ok(&Raw::get("a")).await.body, LEN);
        server.ok(&Raw::put("copy").header("x-oss-copy-source", "/demo/a")).await;
        assert_is_one_content(&server.ok(&Raw::get("copy")).await.body, LEN);
        assert_is_one_content(&server.emulator.content("demo", "a").unwrap().unwrap(), LEN);
    }
    for _ in 0..20 {
        server.ok(&crate::support::part("parts", &id, "1").header("x-oss-copy-source", "/demo/a")).await;
    }
    writer.abort();
    server.ok(&Raw::post("parts").query("uploadId", &id).header("x-oss-complete-all", "yes")).await;
    assert_is_one_content(&server.ok(&Raw::get("parts")).await.body, LEN);
}

#[tokio::test]
async fn conditions_decide_between_200_304_and_412() {
    let server = Server::new().await;
    server.ok(&Raw::put("a").body("hello")).await;
    let etag = "\"5D41402ABC4B2A76B9719D911017C592\"";
    let modified = server.ok(&Raw::head("a")).await.header("last-modified").to_owned();
    let get = |name: &str, value: &str| Raw::get("a").header(name, value);
    let (past, future) = ("Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT");
    check(
        &server,
        vec![
            ("match", get("if-match", etag), "200"),
            ("match without quotes and case", get("if-match", &etag.trim_matches('"').to_lowercase()), "200"),
            ("no match", get("if-match", "\"X\""), "412 PreconditionFailed"),
            ("none match", get("if-none-match", etag), "304"),
            ("none match, other", get("if-none-match", "\"X\""), "200"),
            ("modified since", get("if-modified-since", past), "200"),
            ("not modified since", get("if-modified-since", &modified), "304"),
            ("not modified since the future", get("if-modified-since", future), "304"),
            ("unmodified since", get("if-unmodified-since", &modified), "200"),
            ("modified meanwhile", get("if-unmodified-since", past), "412 PreconditionFailed"),
            ("unreadable date", get("if-unmodified-since", "soon"), "200"),
            ("head, none match", Raw::head("a").header("if-none-match", etag), "304"),
            ("head, no match", Raw::head("a").header("if-match", "X"), "412 PreconditionFailed"),
            (
                "copy, match",
                Raw::put("b").header("x-oss-copy-source", "/demo/a").header("x-oss-copy-source-if-match", etag),
                "200",
            ),
            (
                "copy, no match",
                Raw::put("b").header("x-oss-copy-source", "/demo/a").header("x-oss-copy-source-if-match", "X"),
                "412 PreconditionFailed",
            ),
            (
                "copy, none match",
                Raw::put("b").header("x-oss-copy-source", "/demo/a").header("x-oss-copy-source-if-none-match", etag),
                "304",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn missing_things_are_named_precisely() {
    let server = Server::new().await;
    server.ok(&Raw::put("a").body("hello")).await;
    server.ok(&Raw::put("link").query("symlink", "").header("x-oss-symlink-target", "nowhere")).await;
    check(
        &server,
        vec![
            ("get", Raw::get("x"), "404 NoSuchKey 0026-00000001"),
            ("head", Raw::head("x"), "404 NoSuchKey 0026-00000001"),
            ("meta", Raw::head("x").query("objectMeta", ""), "404 NoSuchKey"),
            ("acl", Raw::get("x").query("acl", ""), "404 NoSuchKey"),
            ("tagging", Raw::get("x").query("tagging", ""), "404 NoSuchKey"),
            ("symlink", Raw::get("x").query("symlink", ""), "404 NoSuchKey"),
            ("restore", Raw::post("x").query("restore", ""), "404 NoSuchKey"),
            ("delete", Raw::delete("x"), "204"),
            ("version", Raw::get("a").query("versionId", "nope"), "404 NoSuchVersion"),
            ("null version", Raw::get("a").query("versionId", "null"), "200"),
            ("symlink of a normal object", Raw::get("a").query("symlink", ""), "400 NotSymlink"),
            ("dangling link", Raw::get("link"), "404 SymlinkTargetNotExist"),
            (
                "link to a link",
                Raw::put("l2").query("symlink", "").header("x-oss-symlink-target", "link"),
                "400 InvalidTargetType 0026-00000011",
            ),
            (
                "restore of a standard object",
                Raw::post("a").query("restore", ""),
                "400 OperationNotSupported 0016-00000702",
            ),
            ("object acl without header", Raw::put("a").query("acl", ""), "400 MissingArgument"),
            (
                "object acl unknown",
                Raw::put("a").query("acl", "").header("x-oss-object-acl", "x"),
                "400 InvalidArgument",
            ),
            (
                "unreadable position",
                Raw::post("ap").query("append", "").query("position", "x").body("x"),
                "400 InvalidArgument",
            ),
            ("no position", Raw::post("ap").query("append", "").body("x"), "400 InvalidArgument"),
        ],
    )
    .await;
    let head = server.send(&Raw::head("x")).await;
    assert!(head.body.is_empty() && !head.header("x-oss-err").is_empty() && head.header("x-oss-ec") == "0026-00000001");
}

#[tokio::test]
async fn appends_go_to_the_end_and_only_there() {
    let server = Server::new().await;
    let append =
        |position: &str, body: &str| Raw::post("log").query("append", "").query("position", position).body(body);
    let first = server.ok(&append("0", "hello ")).await;
    assert_eq!(first.header("x-oss-next-append-position"), "6");
    let wrong = server.send(&append("0", "x")).await;
    assert_eq!((wrong.status, wrong.header("x-oss-next-append-position")), (409, "6"));
    let second = server.ok(&append("6", "world")).await;
    assert_eq!(second.header("x-oss-hash-crc64ecma"), oss_models::Crc64::of(b"hello world").to_string());
    assert_eq!(server.ok(&Raw::get("log")).await.text(), "hello world");
    server.ok(&Raw::put("normal").body("x")).await;
    let mut cases: Vec<Case> = vec![
        ("beyond the end", append("12", "x"), "409 PositionNotEqualToLength 0026-00000016"),
        (
            "onto a normal object",
            Raw::post("normal").query("append", "").query("position", "1").body("x"),
            "409 ObjectNotAppendable",
        ),
        (
            "onto a normal object at 0",
            Raw::post("normal").query("append", "").query("position", "0").body("x"),
            "409 ObjectNotAppendable",
        ),
        (
            "first at 5",
            Raw::post("new").query("append", "").query("position", "5").body("x"),
            "409 PositionNotEqualToLength",
        ),
        ("forbidden at 0", append("0", "x").header("x-oss-forbid-overwrite", "true"), "409 FileAlreadyExists"),
        ("forbid is ignored later", append("11", "!").header("x-oss-forbid-overwrite", "true"), "200"),
        ("wrong digest", append("12", "x").header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="), "400 InvalidDigest"),
    ];
    cases.push(("nothing was added", append("12", ""), "200"));
    check(&server, cases).await;
    assert_eq!(server.ok(&Raw::get("log")).await.text(), "hello world!");
}

#[tokio::test]
async fn an_archived_object_is_read_after_its_restore() {
    let emulator = Emulator::builder()
        .credentials(ID, SECRET)
        .bucket("demo")
        .restore_after(Duration::from_secs(3600))
        .start()
        .await
        .unwrap();
    let server = Server::from(emulator);
    server.ok(&Raw::put("a").header("x-oss-storage-class", "Archive").body("cold")).await;
    let restore = || Raw::post("a").query("restore", "");
    check(
        &server,
        vec![
            ("too early", Raw::get("a"), "403 InvalidObjectState"),
            ("too early to copy", Raw::put("b").header("x-oss-copy-source", "/demo/a"), "403 InvalidObjectState"),
            ("bad days", restore().body("<RestoreRequest><Days>0</Days></RestoreRequest>"), "400 MalformedXML"),
            (
                "bad tier",
                restore().body(
                    "<RestoreRequest><Days>1</Days><JobParameters><Tier>Slow</Tier></JobParameters></RestoreRequest>",
                ),
                "400 MalformedXML",
            ),
            ("restore", restore().body("<RestoreRequest><Days>3</Days></RestoreRequest>"), "202"),
            ("again", restore(), "409 RestoreAlreadyInProgress"),
            ("still too early", Raw::get("a"), "403 InvalidObjectState"),
        ],
    )
    .await;
    assert_eq!(server.ok(&Raw::head("a")).await.header("x-oss-restore"), "ongoing-request=\"true\"");
    server.emulator.set_clock_offset(3700);
    let later = |raw: Raw| raw.clock(3700);
    assert_eq!(server.ok(&later(Raw::get("a"))).await.text(), "cold");
    assert!(
        server
            .ok(&later(Raw::head("a")))
            .await
            .header("x-oss-restore")
            .starts_with("ongoing-request=\"false\", expiry-date=")
    );
    assert_eq!(server.send(&later(restore())).await.status, 200);
}

#[tokio::test]
async fn lists_check_their_arguments() {
    let server = Server::new().await;
    let list = |name: &str, value: &str| Raw::new("GET").query("list-type", "2").query(name, value);
    let versions = || Raw::new("GET").query("versions", "");
    let uploads = || Raw::new("GET").query("uploads", "");
    let parts = |name: &str, value: &str| Raw::get("a").query("uploadId", "X").query(name, value);
    let long = "p".repeat(1024);
    check(
        &server,
        vec![
            ("max-keys 1000", list("max-keys", "1000"), "200"),
            ("max-keys 0", list("max-keys", "0"), "200"),
            ("max-keys 1001", list("max-keys", "1001"), "400 InvalidArgument"),
            ("max-keys -1", list("max-keys", "-1"), "400 InvalidArgument"),
            ("max-keys x", list("max-keys", "x"), "400 InvalidArgument"),
            ("long prefix", list("prefix", &long), "400 InvalidArgument"),
            ("long delimiter", list("delimiter", &long), "400 InvalidArgument"),
            ("long start-after", list("start-after", &long), "400 InvalidArgument"),
            ("unknown encoding", list("encoding-type", "base64"), "400 InvalidArgument"),
            ("bad token", list("continuation-token", "%%%"), "400 InvalidArgument"),
            ("token of another form", list("continuation-token", "AAAA"), "400 InvalidArgument"),
            ("v1 max-keys", Raw::new("GET").query("max-keys", "1001"), "400 InvalidArgument"),
            ("versions max-keys", versions().query("max-keys", "1001"), "400 InvalidArgument"),
            ("version marker without key", versions().query("version-id-marker", "x"), "400 InvalidArgument"),
            ("max-uploads", uploads().query("max-uploads", "1001"), "400 InvalidArgument"),
            ("max-uploads 0", uploads().query("max-uploads", "0"), "400 InvalidArgument"),
            ("upload marker alone is ignored", uploads().query("upload-id-marker", "x"), "200"),
            ("max-parts", parts("max-parts", "1001"), "400 InvalidArgument"),
            ("max-parts 0", parts("max-parts", "0"), "400 InvalidArgument"),
            ("part-number-marker", parts("part-number-marker", "x"), "400 InvalidArgument"),
            ("buckets max-keys", Raw::new("GET").bucket("").query("max-keys", "1001"), "400 InvalidArgument"),
        ],
    )
    .await;
}

#[tokio::test]
async fn pages_fold_and_do_not_repeat() {
    let server = Server::new().await;
    for key in ["a", "b/1", "b/2", "b/3", "c", "d/1", "e\n"] {
        server.ok(&Raw::put(key).body("x")).await;
    }
    let mut token = String::new();
    let mut seen = Vec::new();
    loop {
        let mut raw = Raw::new("GET")
            .query("list-type", "2")
            .query("delimiter", "/")
            .query("max-keys", "1")
            .query("encoding-type", "url");
        if !token.is_empty() {
            raw = raw.query("continuation-token", &token);
        }
        let response = server.ok(&raw).await;
        let prefix = response.element("CommonPrefixes");
        seen.push(if prefix.is_empty() { response.element("Key") } else { crate::support::element(&prefix, "Prefix") });
        assert_eq!(response.element("KeyCount"), "1");
        if response.element("IsTruncated") == "false" {
            break;
        }
        token = oss_auth::encoding::decode(&response.element("NextContinuationToken")).unwrap();
    }
    assert_eq!(seen, ["a", "b%2F", "c", "d%2F", "e%0A"]);
}

#[tokio::test]
async fn documents_must_be_well_formed_and_within_limits() {
    let server = Server::new().await;
    server.ok(&Raw::put("a").body("x")).await;
    let delete = |body: String| Raw::new("POST").query("delete", "").body(body).md5();
    let objects = |n: usize| {
        format!("<Delete>{}</Delete>", (0..n).map(|n| format!("<Object><Key>k{n}</Key></Object>")).collect::<String>())
    };
    let malformed = "400 MalformedXML 0016-00000608";
    let tagging = |body: &str| Raw::put("a").query("tagging", "").body(body);
    let bomb = "<!DOCTYPE Delete [<!ENTITY a \"aaaa\">]><Delete><Object><Key>&a;</Key></Object></Delete>";
    check(
        &server,
        vec![
            ("no digest", Raw::new("POST").query("delete", "").body(objects(1)), "400 MissingArgument"),
            (
                "wrong digest",
                Raw::new("POST").query("delete", "").body(objects(1)).header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
                "400 InvalidDigest 0017-00000503",
            ),
            ("1000 keys", delete(objects(1000)), "200"),
            ("1001 keys", delete(objects(1001)), malformed),
            ("no key", delete(objects(0)), malformed),
            ("empty body", delete(String::new()), malformed),
            ("object without key", delete("<Delete><Object/></Delete>".into()), malformed),
            ("empty key", delete("<Delete><Object><Key/></Object></Delete>".into()), malformed),
            ("other root", delete("<Remove/>".into()), malformed),
            ("unclosed", delete("<Delete><Object>".into()), malformed),
            ("entities", delete(bomb.into()), malformed),
            ("deep", delete("<Delete>".repeat(50)), malformed),
            ("not UTF-8", Raw::new("POST").query("delete", "").body(b"<Delete>\xff</Delete>").md5(), malformed),
            ("over 2 MB", delete("x".repeat(2 * 1024 * 1024 + 1)), malformed),
            ("tagging", tagging("<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"), "200"),
            ("tagging without set", tagging("<Tagging/>"), "400 MalformedXML"),
            (
                "tag without value",
                tagging("<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>"),
                "400 MalformedXML",
            ),
            (
                "tag without key",
                tagging("<Tagging><TagSet><Tag><Key></Key><Value>v</Value></Tag></TagSet></Tagging>"),
                "400 InvalidTag",
            ),
            (
                "versioning on and off",
                Raw::new("PUT")
                    .query("versioning", "")
                    .body("<VersioningConfiguration><Status>Off</Status></VersioningConfiguration>"),
                "400 MalformedXML",
            ),
            ("versioning empty", Raw::new("PUT").query("versioning", ""), "400 MalformedXML"),
        ],
    )
    .await;
    let quiet = server.ok(&delete("<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object></Delete>".into())).await;
    assert_eq!((quiet.header("content-length"), quiet.body.len()), ("0", 0));
}

#[tokio::test]
async fn of_two_writers_that_must_not_overwrite_exactly_one_wins() {
    let server = Server::new().await;
    for round in 0..10 {
        let raw = Raw::put(&format!("k{round}")).header("x-oss-forbid-overwrite", "true").body(vec![1; 200_000]);
        let (a, b, c) = tokio::join!(server.send(&raw), server.send(&raw), server.send(&raw));
        let mut got = [a.status, b.status, c.status];
        got.sort_unstable();
        assert_eq!(got, [200, 409, 409]);
    }
}

/// Were every read to begin at the first piece, this would take minutes.
#[tokio::test]
async fn an_object_that_came_in_many_pieces_is_read_in_linear_time() {
    const PIECES: usize = 100_000;
    let server = Server::new().await;
    let mut raw = Raw::put("a").line("Transfer-Encoding: chunked");
    raw.no_length = true;
    let pieces = "1\r\nx\r\n".repeat(PIECES) + "0\r\n\r\n";
    let bytes = [raw.encode(&server.authority), pieces.into_bytes()].concat();
    let stored = exchange(&mut server.connect().await, &bytes, false).await.expect("a response");
    assert_eq!(stored.status, 200, "{}", stored.text());
    let began = std::time::Instant::now();
    let read = server.ok(&Raw::get("a")).await;
    assert!(read.body.len() == PIECES && read.body.iter().all(|byte| *byte == b'x'));
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
}
