//! Names of buckets and objects, hosts, paths, and methods that do not exist.

use crate::support::{Case, Raw, Server, Sign, check};

#[tokio::test]
async fn bad_names_are_refused_and_odd_ones_kept() {
    let server = Server::new().await;
    let bucket = |name: &str| Raw::new("PUT").bucket(name);
    let raw_key = |from: &str, to: &str| Raw::get("a").sign(Sign::No).replace(from, to);
    let long = "k".repeat(1023);
    let mut cases: Vec<Case> = vec![
        ("short bucket", bucket("ab"), "400 InvalidBucketName"),
        ("long bucket", bucket(&"a".repeat(64)), "400 InvalidBucketName"),
        ("upper-case bucket", bucket("Demo"), "400 InvalidBucketName"),
        ("bucket with a dot", bucket("a.b.c"), "400 InvalidBucketName"),
        ("bucket with an underscore", bucket("a_b_c"), "400 InvalidBucketName"),
        ("bucket that begins with -", bucket("-abc"), "400 InvalidBucketName"),
        ("bucket that ends with -", bucket("abc-"), "400 InvalidBucketName"),
        ("bucket of 63", bucket(&"a".repeat(63)), "200"),
        ("encoded slash in bucket", raw_key("/demo/a", "/de%2Fmo/a"), "400 InvalidBucketName"),
        ("dots as bucket", raw_key("/demo/a", "/../etc/passwd"), "400 InvalidBucketName"),
        ("encoded dots as bucket", raw_key("/demo/a", "/%2e%2e/a"), "400 InvalidBucketName"),
        ("no bucket", raw_key("/demo/a", "//a"), "400 InvalidBucketName"),
        ("key that begins with /", raw_key("/demo/a", "/demo//a"), "400 InvalidObjectName 0016-00000003"),
        ("key that begins with an encoded /", raw_key("/demo/a", "/demo/%2Fa"), "400 InvalidObjectName"),
        ("key that begins with \\", raw_key("/demo/a", "/demo/%5Ca"), "400 InvalidObjectName"),
        ("key that is not UTF-8", raw_key("/demo/a", "/demo/%ff%fe"), "400 InvalidObjectName"),
        ("key of 1024 bytes", Raw::put(&"k".repeat(1024)).body("x"), "400 InvalidObjectName"),
        ("key of 512 two-byte letters", Raw::put(&"é".repeat(512)).body("x"), "400 InvalidObjectName"),
        ("key of 1023 bytes", Raw::put(&long).body("x"), "200"),
        ("query that is not UTF-8", raw_key("/a", "/a?versionId=%ff"), "400 InvalidArgument"),
    ];
    for key in [
        ".",
        "..",
        "a/..",
        "a/../../../etc/passwd",
        "../../etc/passwd",
        "a//b",
        "a/",
        "a/./b",
        "%2F",
        "%2e%2e",
        "a\\b",
        "a\0b",
        "a\nb",
        "a\u{7f}",
        "a b+c",
        "?#&=",
        "日本語/é",
        "CON",
        "a:b",
        "a*b",
        "~",
        "'\"<>",
        "\u{1F600}",
    ] {
        cases.push((Box::leak(format!("put {key:?}").into_boxed_str()), Raw::put(key).body(key), "200"));
        cases.push((Box::leak(format!("get {key:?}").into_boxed_str()), Raw::get(key), "200"));
    }
    check(&server, cases).await;
    assert_eq!(server.ok(&Raw::get("a/../../../etc/passwd")).await.text(), "a/../../../etc/passwd");
    assert_eq!(server.ok(&Raw::get("a\\b")).await.text(), "a\\b");
}

/// Rows: R86.
#[tokio::test]
async fn keys_become_no_part_of_a_path() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = oss_emulator::Emulator::builder()
        .dir(dir.path().join("store"))
        .credentials(crate::support::ID, crate::support::SECRET)
        .bucket("demo")
        .start()
        .await
        .unwrap();
    let server = Server::from(emulator);
    for key in ["../../escape", "a/b/c", "..", "x\0y", "CON"] {
        server.ok(&Raw::put(key).body("x")).await;
        let paths = server.emulator.object_paths("demo", key).unwrap();
        let name = paths[0].file_name().unwrap().to_str().unwrap();
        assert!(name.len() == 16 && name.bytes().all(|b| b.is_ascii_hexdigit()), "{name}");
    }
    let outside: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(outside, ["store"]);
}

/// Rows: R87.
#[tokio::test]
async fn requests_to_other_host_names_are_refused() {
    let server = Server::new().await;
    server.ok(&Raw::put("a").body("hello")).await;
    let host = |host: &str| Raw::get("a").host(host);
    let virtual_host = |host: &str| Raw::get("a").host(host).replace("/demo/a", "/a");
    check(
        &server,
        vec![
            ("rebound name", host("evil.example"), "403 NonStandardHostForbidden"),
            (
                "rebound name with our port",
                host(&format!("evil.example:{}", server.authority.rsplit(':').next().unwrap())),
                "403 NonStandardHostForbidden",
            ),
            ("localhost in front of another name", host("localhost.evil.example"), "403 NonStandardHostForbidden"),
            ("localhost", host("localhost"), "200"),
            ("loopback", host("127.0.0.1:1"), "200"),
            ("ipv6", host("[::1]:80"), "200"),
            ("bucket as host", virtual_host("demo.localhost"), "200"),
            ("bucket as host of the public endpoint", virtual_host("demo.oss-cn-hangzhou.aliyuncs.com"), "200"),
            (
                "bucket as host of another region",
                virtual_host("demo.oss-cn-beijing.aliyuncs.com"),
                "403 NonStandardHostForbidden",
            ),
            ("two labels in front", virtual_host("x.demo.localhost"), "400 InvalidBucketName"),
            ("host twice", Raw::get("a").line("Host: localhost"), "400"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_domain_of_the_customer_stands_for_its_bucket() {
    let builder = oss_emulator::Emulator::builder().credentials(crate::support::ID, crate::support::SECRET);
    let emulator = builder.bucket("demo").cname("img.example.com", "demo").start().await.unwrap();
    let server = Server::from(emulator);
    let there = |raw: Raw| raw.host("img.example.com").replace("/demo/", "/");
    for sign in [Sign::V4, Sign::V1, Sign::V4Url, Sign::V1Url] {
        server.ok(&there(Raw::put("a/b").sign(sign).body("x"))).await;
        assert_eq!(server.ok(&Raw::get("a/b").sign(sign)).await.text(), "x");
        assert_eq!(server.ok(&there(Raw::get("a/b").sign(sign))).await.text(), "x");
    }
    let list = server.ok(&there(Raw::new("GET").query("list-type", "2"))).await;
    assert_eq!((list.element("Name").as_str(), list.element("Key").as_str()), ("demo", "a/b"));
}

#[tokio::test]
async fn a_domain_must_be_a_host_name() {
    let builder = || oss_emulator::Emulator::builder().without_listener();
    for bad in ["", "http://oss", "oss:9000", "oss/", "a..b", ".", "a b", "é"] {
        let error = builder().domain(bad).start().await.unwrap_err();
        assert_eq!(error.to_string(), format!("a domain must be a host name such as oss.example.com, got {bad:?}"));
        assert!(builder().cname(bad, "demo").start().await.is_err(), "{bad}");
    }
    assert!(builder().cname("img.example.com", "De").start().await.is_err());
    assert!(builder().domain("emulator").domain("oss.default.svc.cluster.local").start().await.is_ok());
}

#[tokio::test]
async fn unknown_methods_and_sub_resources_are_told_apart() {
    let server = Server::new().await;
    check(
        &server,
        vec![
            ("patch an object", Raw::new("PATCH").key("a"), "405 MethodNotAllowed"),
            ("trace a bucket", Raw::new("TRACE"), "405 MethodNotAllowed"),
            ("delete the service", Raw::new("DELETE").bucket(""), "405 MethodNotAllowed"),
            ("post to an object without a sub-resource", Raw::post("a"), "405 MethodNotAllowed"),
            ("cors preflight", Raw::new("OPTIONS").key("a").sign(Sign::No), "400 BadRequest"),
            ("lifecycle", Raw::new("GET").query("lifecycle", ""), "400 NotImplemented"),
            ("statistics", Raw::new("GET").query("stat", ""), "400 NotImplemented"),
            ("image processing", Raw::get("a").query("x-oss-process", "image/resize"), "400 NotImplemented"),
            (
                "a sub-resource with another method",
                Raw::put("a").query("uploads", "").body("x"),
                "405 MethodNotAllowed",
            ),
            (
                "a bucket's sub-resource with another method",
                Raw::new("DELETE").query("versions", ""),
                "405 MethodNotAllowed",
            ),
            ("unknown query name", Raw::new("GET").query("nonsense", "1"), "200"),
            (
                "part number without upload id",
                Raw::put("a").query("partNumber", "1").body("x"),
                "400 MissingArgument 0017-00000219",
            ),
            (
                "upload id without part number",
                Raw::put("a").query("uploadId", "X").body("x"),
                "400 MissingArgument 0017-00000219",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn buckets_come_and_go_by_the_rules() {
    let server = Server::new().await;
    let put = |body: &str| Raw::new("PUT").bucket("second").body(body);
    let ia = "<CreateBucketConfiguration><StorageClass>IA</StorageClass></CreateBucketConfiguration>";
    check(&server, vec![
        ("new", put(ia), "200"),
        ("again, same settings", put(ia), "200"),
        ("again, other settings", put(""), "409 BucketAlreadyExists 0015-00000104"),
        ("unknown class", Raw::new("PUT").bucket("third").body(ia.replace("IA", "Cold")), "400 InvalidArgument"),
        ("unknown redundancy", Raw::new("PUT").bucket("third").body("<CreateBucketConfiguration><DataRedundancyType>XRS</DataRedundancyType></CreateBucketConfiguration>"), "400 InvalidArgument"),
        ("not xml", put("<a"), "400 MalformedXML"),
        ("other root", put("<a/>"), "400 MalformedXML"),
        ("unknown acl", Raw::new("PUT").bucket("third").header("x-oss-acl", "public"), "400 InvalidArgument"),
        ("acl default", Raw::new("PUT").bucket("third").header("x-oss-acl", "default"), "400 InvalidArgument"),
        ("put acl without header", Raw::new("PUT").query("acl", ""), "400 MissingArgument"),
        ("missing bucket", Raw::new("GET").bucket("missing").query("bucketInfo", ""), "404 NoSuchBucket 0015-00000101"),
        ("head of a missing bucket", Raw::new("HEAD").bucket("missing"), "404 NoSuchBucket"),
        ("head of a bucket", Raw::new("HEAD"), "200"),
        ("an upload begins", Raw::post("a").bucket("second").query("uploads", ""), "200"),
        ("not empty: an upload", Raw::new("DELETE").bucket("second"), "409 BucketNotEmpty 0015-00000301"),
        ("an object", Raw::put("a").body("x"), "200"),
        ("not empty: an object", Raw::new("DELETE"), "409 BucketNotEmpty 0015-00000301"),
        ("object gone", Raw::delete("a"), "204"),
        ("bucket gone", Raw::new("DELETE"), "204"),
        ("bucket gone twice", Raw::new("DELETE"), "404 NoSuchBucket"),
    ])
    .await;
    let mut last = 0;
    for n in 0..120 {
        last = server.send(&Raw::new("PUT").bucket(&format!("bucket-{n}"))).await.status;
        if last != 200 {
            break;
        }
    }
    assert_eq!(last, 400, "a hundred buckets and no end");
}
