//! Signatures, dates, tokens, URLs, and what an anonymous caller may do.

use std::time::{Duration, SystemTime};

use crate::support::{Case, ID, Raw, SECRET, Server, Sign, check};
use oss_emulator::Emulator;

fn get() -> Raw {
    Raw::get("a")
}

#[tokio::test]
async fn only_a_right_signature_of_a_known_key_at_the_right_time_is_let_in() {
    let server = Server::new().await;
    server.ok(&Raw::put("a").body("hello")).await;
    let day = 24 * 3600;
    let mut cases: Vec<Case> = Vec::new();
    for (sign, mismatch, name) in [
        (Sign::V4, "403 SignatureDoesNotMatch 0002-00000201", "v4"),
        (Sign::V1, "403 SignatureDoesNotMatch 0002-00000040", "v1"),
    ] {
        cases.extend([
            (name, get().sign(sign), "200"),
            ("wrong secret", get().sign(sign).secret("other"), mismatch),
            ("unknown key", get().sign(sign).id("unknown"), "403 InvalidAccessKeyId 0002-00000902"),
            ("clock 16 minutes behind", get().sign(sign).clock(-16 * 60), "403 RequestTimeTooSkewed 0002-00000504"),
            ("clock 16 minutes ahead", get().sign(sign).clock(16 * 60), "403 RequestTimeTooSkewed 0002-00000504"),
            ("clock 14 minutes behind", get().sign(sign).clock(-14 * 60), "200"),
            ("clock 14 minutes ahead", get().sign(sign).clock(14 * 60), "200"),
            ("years behind", get().sign(sign).clock(-5 * 365 * day), "403 RequestTimeTooSkewed"),
            ("header added after signing", get().sign(sign).after("x-oss-range-behavior", "standard"), mismatch),
            ("type added after signing", get().sign(sign).after("content-type", "text/plain"), mismatch),
            ("md5 added after signing", get().sign(sign).after("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="), mismatch),
            ("another key than signed", get().sign(sign).replace("/demo/a", "/demo/b"), mismatch),
            ("another bucket than signed", get().sign(sign).replace("/demo/", "/demo2/"), mismatch),
            ("sub-resource added", get().sign(sign).replace("/a", "/a?acl"), mismatch),
            ("sub-resource removed", get().sign(sign).query("acl", "").replace("?acl", ""), mismatch),
            ("unsigned header added", get().sign(sign).after("x-custom", "1"), "200"),
            ("no date", get().sign(sign).without("date").without("x-oss-date"), "403 AccessDenied"),
            ("unreadable date", get().sign(sign).without("x-oss-date").after("date", "yesterday"), "403 AccessDenied"),
            (
                "both forms of authorization",
                get().sign(sign).replace("/a", "/a?Signature=x&OSSAccessKeyId=y&Expires=1"),
                "400 InvalidArgument",
            ),
            ("token for a permanent key", get().sign(sign).token("t"), "403 InvalidSecurityToken"),
        ]);
    }
    for (name, value) in [
        ("unknown scheme", "Basic dGVzdDp0ZXN0"),
        ("empty authorization", ""),
        ("v1 without colon", "OSS test-id"),
        ("v1 without id", "OSS :abc"),
        ("v4 without fields", "OSS4-HMAC-SHA256"),
        ("v4 without signature", "OSS4-HMAC-SHA256 Credential=test-id/20260101/cn-hangzhou/oss/aliyun_v4_request"),
        ("v4 with a broken scope", "OSS4-HMAC-SHA256 Credential=test-id/20260101,Signature=00"),
        (
            "v4 with an unknown field",
            "OSS4-HMAC-SHA256 Credential=test-id/20260101/cn-hangzhou/oss/aliyun_v4_request,X=1,Signature=00",
        ),
        (
            "v4 with a field twice",
            "OSS4-HMAC-SHA256 Credential=test-id/20260101/cn-hangzhou/oss/aliyun_v4_request,Signature=00,Signature=00",
        ),
    ] {
        cases.push((name, get().after("authorization", value), "400 InvalidArgument"));
    }
    let empty = "OSS4-HMAC-SHA256 Credential=test-id/20260101/cn-hangzhou/oss/aliyun_v4_request,AdditionalHeaders=host;,Signature=00";
    let mut other_region = get();
    other_region.region = "cn-beijing".to_owned();
    cases.extend([
        ("empty additional header", get().after("authorization", empty), "400 InvalidArgument 0002-00000209"),
        ("other region", other_region, "400 InvalidArgument 0002-00000226"),
        ("additional header signed", get().header("x-more", "1").additional("x-more"), "200"),
        ("host signed", get().additional("host"), "200"),
        (
            "additional header changed",
            get().header("x-more", "1").additional("x-more").after("x-more", "2"),
            "403 SignatureDoesNotMatch",
        ),
        ("authorization twice", get().line("Authorization: OSS4-HMAC-SHA256 x"), "400 InvalidArgument"),
        ("query value changed", get().query("versionId", "null").replace("null", "nil"), "403 SignatureDoesNotMatch"),
        ("unknown query is signed too", get().replace("/a", "/a?x=1"), "403 SignatureDoesNotMatch"),
        (
            "method changed",
            Raw::new("DELETE").key("a").replace("/demo/a", "/demo/a").sign(Sign::No),
            "403 AccessDenied",
        ),
    ]);
    check(&server, cases).await;
}

#[tokio::test]
async fn a_signed_url_works_for_its_lifetime_and_for_nothing_else() {
    let server = Server::new().await;
    server.ok(&Raw::put("a").body("hello")).await;
    let v4 = || get().sign(Sign::V4Url);
    let v1 = || get().sign(Sign::V1Url);
    check(
        &server,
        vec![
            ("v4 url", v4(), "200"),
            ("v1 url", v1(), "200"),
            ("v4 url, expired", v4().clock(-700), "403 AccessDenied"),
            ("v1 url, expired", v1().clock(-700), "403 AccessDenied"),
            ("v4 url, a week old and still good", v4().clock(-600_000).lifetime(604_800), "200"),
            ("v4 url from the future", v4().clock(3600), "403 AccessDenied"),
            (
                "v4 url, lifetime changed",
                v4().replace("x-oss-expires=600", "x-oss-expires=6000"),
                "403 SignatureDoesNotMatch 0002-00000602",
            ),
            (
                "v4 url, lifetime 0",
                v4().replace("x-oss-expires=600", "x-oss-expires=0"),
                "400 InvalidArgument 0002-00000232",
            ),
            (
                "v4 url, lifetime over 7 days",
                v4().replace("x-oss-expires=600", "x-oss-expires=604801"),
                "400 InvalidArgument 0002-00000232",
            ),
            (
                "v4 url, lifetime no number",
                v4().replace("x-oss-expires=600", "x-oss-expires=-1"),
                "400 InvalidArgument 0002-00000232",
            ),
            ("v4 url without credential", v4().replace("x-oss-credential", "x-oss-credentia"), "403 AccessDenied"),
            ("v4 url without date", v4().replace("x-oss-date", "x-oss-dat"), "403 AccessDenied"),
            ("v4 url without signature", v4().replace("x-oss-signature=", "x-oss-signatur="), "403 AccessDenied"),
            ("v4 url, other algorithm", v4().replace("OSS4-HMAC-SHA256", "OSS5"), "400 InvalidArgument"),
            ("v4 url, other key", v4().replace("/demo/a", "/demo/b"), "403 SignatureDoesNotMatch 0002-00000602"),
            ("v4 url, parameter added", v4().replace("?", "?response-expires=x&"), "403 SignatureDoesNotMatch"),
            (
                "v4 url, signed header missing",
                v4().header("content-type", "text/plain").without("content-type"),
                "403 SignatureDoesNotMatch",
            ),
            (
                "v1 url, expiry changed",
                v1().replace("Expires=", "Expires=9"),
                "403 SignatureDoesNotMatch 0002-00000602",
            ),
            ("v1 url, expiry no number", v1().replace("Expires=", "Expires=x"), "403 AccessDenied"),
            ("v1 url without expiry", v1().replace("Expires=", "Expire="), "403 AccessDenied"),
            ("v1 url without id", v1().replace("OSSAccessKeyId=", "OSSAccessKeyI="), "403 AccessDenied"),
            ("v1 url without signature", v1().replace("Signature=", "Signatur="), "403 AccessDenied"),
            ("v1 url, sub-resource added", v1().replace("?", "?acl&"), "403 SignatureDoesNotMatch"),
            ("v1 url, other secret", v1().secret("x"), "403 SignatureDoesNotMatch 0002-00000602"),
            ("v4 url and header", v4().line("Authorization: OSS a:b"), "400 InvalidArgument"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_mismatch_shows_what_the_server_signed() {
    let server = Server::new().await;
    let response = server.send(&get().secret("wrong")).await;
    let text = response.element("StringToSign");
    assert!(text.starts_with("OSS4-HMAC-SHA256&#10;") && text.contains("/cn-hangzhou/oss/aliyun_v4_request"), "{text}");
    assert!(response.element("StringToSignBytes").starts_with("4F 53 53 34 2D "));
    assert!(response.element("CanonicalRequest").starts_with("GET&#10;/demo/a&#10;"));
    assert_eq!(response.element("OSSAccessKeyId"), ID);
    assert_eq!(response.element("SignatureProvided").len(), 64);
    assert_eq!(response.element("RequestId"), response.header("x-oss-request-id"));
    assert!(!response.text().contains("wrong"));
}

#[tokio::test]
async fn temporary_credentials_need_their_token_and_end() {
    let server = Server::new().await;
    server.ok(&Raw::put("a").body("hello")).await;
    let later = SystemTime::now() + Duration::from_secs(3600);
    let before = SystemTime::now() - Duration::from_secs(1);
    server.emulator.add_sts_credentials("STS.good", "s", "token", Some(later));
    server.emulator.add_sts_credentials("STS.old", "s", "token", Some(before));
    let sts = |id: &str| get().id(id).secret("s");
    let mut cases: Vec<Case> = vec![("no token", sts("STS.good"), "403 InvalidAccessKeyId")];
    for sign in [Sign::V4, Sign::V1, Sign::V4Url, Sign::V1Url] {
        cases.extend([
            ("token", sts("STS.good").token("token").sign(sign), "200"),
            ("wrong token", sts("STS.good").token("other").sign(sign), "403 InvalidSecurityToken"),
            ("expired token", sts("STS.old").token("token").sign(sign), "403 SecurityTokenExpired"),
        ]);
    }
    check(&server, cases).await;
}

#[tokio::test]
async fn an_anonymous_caller_may_do_what_the_acl_says() {
    let server = Server::new().await;
    server.ok(&Raw::put("private").body("1")).await;
    server.ok(&Raw::put("public").body("1").header("x-oss-object-acl", "public-read")).await;
    let no = |raw: Raw| raw.sign(Sign::No);
    check(
        &server,
        vec![
            ("private object", no(Raw::get("private")), "403 AccessDenied"),
            ("public object", no(Raw::get("public")), "200"),
            ("head of a public object", no(Raw::head("public")), "200"),
            ("override without signature", no(Raw::get("public").query("response-expires", "x")), "403 AccessDenied"),
            ("acl of a public object", no(Raw::get("public").query("acl", "")), "403 AccessDenied"),
            ("overwrite a public object", no(Raw::put("public").body("2")), "403 AccessDenied"),
            ("list of buckets", no(Raw::new("GET").bucket("")), "403 AccessDenied"),
            ("new bucket", no(Raw::new("PUT").bucket("other-bucket")), "403 AccessDenied"),
            ("missing bucket", no(Raw::get("a").bucket("missing")), "404 NoSuchBucket 0015-00000101"),
            ("list of a private bucket", no(Raw::new("GET")), "403 AccessDenied"),
        ],
    )
    .await;
    server.ok(&Raw::new("PUT").query("acl", "").header("x-oss-acl", "public-read-write")).await;
    check(
        &server,
        vec![
            ("anonymous put", no(Raw::put("new").body("1")), "200"),
            ("anonymous get", no(Raw::get("private")), "200"),
            ("anonymous delete", no(Raw::delete("new")), "204"),
            ("anonymous list", no(Raw::new("GET").query("list-type", "2")), "403 AccessDenied"),
            ("anonymous list, first version", no(Raw::new("GET")), "403 AccessDenied"),
            ("anonymous head of the bucket", no(Raw::new("HEAD")), "200"),
            ("anonymous tagging", no(Raw::get("private").query("tagging", "")), "403 AccessDenied"),
            ("delete the bucket", no(Raw::new("DELETE")), "403 AccessDenied"),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_object_that_a_request_also_names_must_be_readable() {
    let server = Server::new().await;
    server.ok(&Raw::new("PUT").bucket("open").header("x-oss-acl", "public-read-write")).await;
    let in_open = |raw: Raw| raw.bucket("open");
    for (key, acl) in [("secret", "default"), ("public", "public-read")] {
        server.ok(&Raw::put(key).body(key).header("x-oss-object-acl", acl)).await;
    }
    server.ok(&in_open(Raw::put("hidden").body("hidden")).header("x-oss-object-acl", "private")).await;
    server.ok(&in_open(Raw::put("link").query("symlink", "")).header("x-oss-symlink-target", "hidden")).await;
    server.ok(&Raw::new("PUT").bucket("open").query("versioning", "").body(VERSIONED)).await;
    let id = server.ok(&in_open(Raw::post("parts")).query("uploads", "")).await.element("UploadId");
    let no = |raw: Raw| raw.bucket("open").sign(Sign::No);
    let copy = |source: &str| no(Raw::put("copy")).header("x-oss-copy-source", source);
    let part = |source: &str| {
        let part = no(Raw::put("parts")).query("partNumber", "1").query("uploadId", &id);
        part.header("x-oss-copy-source", source)
    };
    let link = |target: &str| no(Raw::put("new")).query("symlink", "").header("x-oss-symlink-target", target);
    check(
        &server,
        vec![
            ("copy of a private object", copy("/demo/secret"), "403 AccessDenied"),
            ("copy of a version of it", copy("/demo/secret?versionId=null"), "403 AccessDenied"),
            ("copy of what may exist in a private bucket", copy("/demo/missing"), "403 AccessDenied"),
            ("copy of a private object of the open bucket", copy("/open/hidden"), "403 AccessDenied"),
            ("copy of a public object", copy("/demo/public"), "200"),
            ("copy from a missing bucket", copy("/missing/a"), "404 NoSuchBucket"),
            ("copy of a missing object of the open bucket", copy("/open/missing"), "404 NoSuchKey"),
            ("part of a private object", part("/demo/secret"), "403 AccessDenied"),
            ("part of a public object", part("/demo/public"), "200"),
            ("link to a private object", link("hidden"), "403 AccessDenied"),
            ("link to a public object", link("copy"), "200"),
            ("link to what does not exist yet", link("missing"), "200"),
            ("object behind a link", no(Raw::get("link")), "403 AccessDenied"),
            ("head of it", no(Raw::head("link")), "403 AccessDenied"),
            ("meta of it", no(Raw::head("link")).query("objectMeta", ""), "403 AccessDenied"),
            ("the owner follows the link", in_open(Raw::get("link")), "200"),
        ],
    )
    .await;
    assert_eq!(server.ok(&in_open(Raw::get("copy"))).await.text(), "public");
}

const VERSIONED: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

#[tokio::test]
async fn the_servers_clock_can_be_shifted() {
    let emulator = Emulator::builder().credentials(ID, SECRET).bucket("demo").clock_offset(3600).start().await.unwrap();
    let server = Server::from(emulator);
    check(
        &server,
        vec![
            ("our clock", get(), "403 RequestTimeTooSkewed"),
            ("the server's clock", Raw::put("a").clock(3600), "200"),
        ],
    )
    .await;
    server.emulator.set_clock_offset(0);
    server.ok(&get()).await;
}
