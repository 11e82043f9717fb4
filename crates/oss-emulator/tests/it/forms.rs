//! Form uploads: policy, signature, and malformed forms.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oss_auth::time::UtcTime;
use oss_auth::v4::{Product, Scope, SigningKey};

use crate::support::{ID, Raw, SECRET, Server, Sign, check};

const BOUNDARY: &str = "9431149156168";

fn form(fields: &[(&str, &str)], file: &[u8]) -> Raw {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    body.extend_from_slice(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\n").as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    Raw::new("POST")
        .sign(Sign::No)
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(body)
}

/// Fields of a form signed with V4.
fn signed(conditions: &serde_json::Value, secret: &str) -> Vec<(String, String)> {
    let now = UtcTime::new(std::time::SystemTime::now()).unwrap();
    let scope = Scope::new(now, "cn-hangzhou", &Product::OSS);
    let policy = serde_json::json!({"expiration": "2100-01-01T00:00:00.000Z", "conditions": conditions});
    let policy = STANDARD.encode(policy.to_string());
    let signature = SigningKey::derive(secret, &scope).sign(&policy);
    [
        ("x-oss-signature-version", "OSS4-HMAC-SHA256".to_owned()),
        ("x-oss-credential", format!("{ID}/{scope}")),
        ("x-oss-date", now.to_basic()),
        ("policy", policy),
        ("x-oss-signature", signature),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn with<'a>(signed: &'a [(String, String)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let signed = signed.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    signed.chain(more.iter().copied()).collect()
}

#[tokio::test]
async fn a_form_that_meets_its_policy_is_stored() {
    let server = Server::new().await;
    let conditions = serde_json::json!([{"bucket": "demo"}, ["starts-with", "$key", "user/"], ["content-length-range", 1, 1_000_000]]);
    let ok = signed(&conditions, SECRET);
    let file = vec![b'-'; 300_000];
    let response = server.send(&form(&with(&ok, &[("key", "user/${filename}"), ("x-oss-meta-a", "b")]), &file)).await;
    assert_eq!(response.status, 204, "{}", response.text());
    let got = server.ok(&Raw::get("user/f.txt")).await;
    assert_eq!((got.body == file, got.header("content-type"), got.header("x-oss-meta-a")), (true, "text/plain", "b"));

    let created = server.send(&form(&with(&ok, &[("key", "user/b"), ("success_action_status", "201")]), b"x")).await;
    assert_eq!((created.status, created.element("Key").as_str()), (201, "user/b"));
    let sent_on =
        server.send(&form(&with(&ok, &[("key", "user/c"), ("success_action_redirect", "http://h/p?q=1")]), b"x")).await;
    assert_eq!(sent_on.status, 303);
    assert!(
        sent_on.header("location").starts_with("http://h/p?q=1&bucket=demo&key=user%2Fc&etag="),
        "{}",
        sent_on.header("location")
    );
}

#[tokio::test]
async fn a_form_that_breaks_a_rule_is_refused() {
    let server = Server::new().await;
    let conditions = serde_json::json!([["eq", "$key", "k"], ["content-length-range", 2, 4]]);
    let ok = signed(&conditions, SECRET);
    let forged = signed(&conditions, "other");
    let strange = signed(&serde_json::json!([["matches", "$key", "k"]]), SECRET);
    let no_boundary = form(&[], b"x").after("content-type", "multipart/form-data");
    let mut cut = form(&with(&ok, &[("key", "k")]), b"abc");
    cut.body.truncate(cut.body.len() - 10);
    let mut no_file = form(&[("key", "k")], b"x");
    no_file.body =
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--{BOUNDARY}--\r\n")
            .into_bytes();
    let mut no_name = form(&[], b"x");
    no_name.body =
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nk\r\n--{BOUNDARY}--\r\n").into_bytes();
    let without = |name: &str| ok.iter().filter(|(have, _)| have != name).cloned().collect::<Vec<_>>();
    check(
        &server,
        vec![
            ("too small", form(&with(&ok, &[("key", "k")]), b"a"), "400 EntityTooSmall"),
            ("too large", form(&with(&ok, &[("key", "k")]), b"abcde"), "400 EntityTooLarge"),
            ("other key", form(&with(&ok, &[("key", "j")]), b"abc"), "403 AccessDenied"),
            ("forged", form(&with(&forged, &[("key", "k")]), b"abc"), "403 SignatureDoesNotMatch 0002-00000201"),
            ("unknown condition", form(&with(&strange, &[("key", "k")]), b"abc"), "400 InvalidPolicyDocument"),
            ("no signature", form(&with(&without("x-oss-signature"), &[("key", "k")]), b"abc"), "400 InvalidArgument"),
            ("no policy", form(&with(&without("policy"), &[("key", "k")]), b"abc"), "400 InvalidArgument"),
            ("no date", form(&with(&without("x-oss-date"), &[("key", "k")]), b"abc"), "400 InvalidArgument"),
            ("anonymous", form(&[("key", "k")], b"abc"), "403 AccessDenied"),
            ("no key", form(&with(&ok, &[]), b"abc"), "403 AccessDenied"),
            (
                "bad digest",
                form(&with(&ok, &[("key", "k"), ("content-md5", "x")]), b"abc"),
                "400 InvalidDigest 0017-00000502",
            ),
            ("no boundary", no_boundary, "400 MalformedPOSTRequest"),
            ("cut", cut, "400 MalformedPOSTRequest"),
            ("no file", no_file, "400 IncorrectNumberOfFilesInPOSTRequest"),
            ("no name", no_name, "400 MalformedPOSTRequest"),
            ("not a form", Raw::new("POST").body("x").sign(Sign::No), "400 MalformedPOSTRequest"),
            ("nothing was stored", Raw::get("k"), "404 NoSuchKey"),
            ("good", form(&with(&ok, &[("key", "k")]), b"abc"), "204"),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_field_that_met_the_policy_is_the_one_that_is_stored() {
    let server = Server::new().await;
    let conditions = serde_json::json!([
        ["starts-with", "$key", "user/"],
        ["eq", "$x-oss-object-acl", "private"],
        ["not-in", "$content-type", ["text/plain"]],
        {"x-oss-meta-by": "me"},
    ]);
    let ok = signed(&conditions, SECRET);
    let good = [("x-oss-object-acl", "private"), ("x-oss-meta-by", "me"), ("content-type", "image/png")];
    let again = [
        ("key", "admin/a"),
        ("Key", "admin/a"),
        ("X-OSS-Object-ACL", "public-read"),
        ("x-oss-object-acl", "public-read"),
        ("x-oss-meta-by", "another"),
        ("Content-Type", "text/plain"),
    ];
    let fields = [&[("key", "user/a")][..], &good, &again].concat();
    assert_eq!(server.send(&form(&with(&ok, &fields), b"x")).await.status, 204);
    let stored = server.emulator.objects("demo").unwrap();
    let stored: Vec<_> = stored.iter().map(|object| (object.key.as_str(), object.acl.as_str())).collect();
    assert_eq!(stored, [("user/a", "private")]);
    let got = server.ok(&Raw::head("user/a")).await;
    assert_eq!((got.header("x-oss-meta-by"), got.header("content-type")), ("me", "image/png"));
    // The type of the file stands in for the field, so the policy judges it as well.
    let untyped = [&[("key", "user/b")][..], &good[..2]].concat();
    let key_of_file = [&[("key", "${filename}")][..], &good].concat();
    check(
        &server,
        vec![
            ("type of the file", form(&with(&ok, &untyped), b"x"), "403 AccessDenied"),
            ("name of the file", form(&with(&ok, &key_of_file), b"x"), "403 AccessDenied"),
        ],
    )
    .await;
}
