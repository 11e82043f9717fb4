//! What is refused before anything is sent, and what any text becomes.

use expect_test::expect;
use oss_models::*;
use proptest::prelude::*;

use crate::support::{full_put, part, refused, upload};

/// Rows: R91.
#[test]
fn a_callback_is_not_printed() {
    let put = full_put();
    let sent = put.clone().into_request().unwrap();
    let value = sent.headers.get("x-oss-callback").unwrap().to_str().unwrap();
    assert!(!format!("{put:?}{sent:?}").contains(value));
}

/// Rows: R83, R84.
#[test]
fn broken_rules_are_named_before_anything_is_sent() {
    let put = || PutObjectRequest::new("demo", "k");
    let twice = || vec![CompletedPart::new(part(1), Etag::new("E").unwrap()); 2];
    refused(PutObjectRequest::new("Demo", "k"), expect![[r#"`bucket` must be made of a-z, 0-9 and -, got "Demo""#]]);
    refused(PutObjectRequest::new("demo", "/k"), expect![[r#"`key` must not begin with / or \, got "/k""#]]);
    refused(
        put().cache_control("a\r\nb: c"),
        expect![[
            r#"`cache_control` cannot be sent: the header "cache-control" has a character other than visible ASCII and space; percent-encode it"#
        ]],
    );
    refused(
        put().metadata([("a", "ü")]),
        expect![[
            r#"`metadata` cannot be sent: the header "x-oss-meta-a" has a character other than visible ASCII and space; percent-encode it"#
        ]],
    );
    refused(
        put().metadata([("a", " x")]),
        expect![[
            r#"`metadata` cannot be sent: the header "x-oss-meta-a" begins or ends with white space, which would be lost"#
        ]],
    );
    refused(
        put().metadata([("a b", "x")]),
        expect![[r#"`metadata` must have names of letters, digits and -, got "a b""#]],
    );
    refused(
        put().header("Authorization", "x"),
        expect![[r#"`header` "Authorization" is written by the library itself"#]],
    );
    refused(put().header("a b", "x"), expect![[r#"`header` cannot be sent: the header "a b" is not a header name"#]]);
    refused(
        put().acl(ObjectAcl::Private).header("x-oss-object-acl", "private"),
        expect![[r#"`header` cannot be sent: the header "x-oss-object-acl" is set twice"#]],
    );
    refused(put().query("Signature", "x"), expect![[r#"`query` "Signature" is written by the library itself"#]]);
    refused(
        HeadObjectRequest::new("demo", "k").version_id("v").query("versionId", "w"),
        expect![[r#"`query` cannot be sent: the query parameter "versionId" is set twice"#]],
    );
    refused(put().traffic_limit(1), expect!["`traffic_limit` must be between 245760 and 838860800, got 1"]);
    refused(put().content_md5("abc"), expect!["`content_md5` must be the base64 of 16 bytes"]);
    refused(put().header("Content-MD5", "abc"), expect!["`content_md5` must be the base64 of 16 bytes"]);
    refused(
        ListObjectsV2Request::new("demo").max_keys(1_001),
        expect!["`max_keys` must be between 1 and 1000, got 1001"],
    );
    refused(GetObjectRequest::new("demo", "k").range(5..5), expect!["`range` must not be a range of no bytes"]);
    refused(
        DeleteMultipleObjectsRequest::new("demo", Delete::default()),
        expect!["`delete` must name 1 to 1000 objects, got 0"],
    );
    let no_version = Delete::from(vec![ObjectIdentifier::new("k").version_id("")]);
    refused(
        DeleteMultipleObjectsRequest::new("demo", no_version),
        expect![[r#"`delete` has an empty version id for "k""#]],
    );
    refused(
        CompleteMultipartUploadRequest::new("demo", "k", upload(), vec![]),
        expect!["`parts` must name at least one part"],
    );
    refused(CompleteMultipartUploadRequest::new("demo", "k", upload(), twice()), expect!["`parts` names part 1 twice"]);
}

#[test]
fn rules_of_buckets_are_checked_before_they_replace_others() {
    let cors = |rules: Vec<CorsRule>| PutBucketCorsRequest::new("demo", CorsConfiguration::new(rules));
    let none: [&str; 0] = [];
    refused(cors(vec![]), expect!["`configuration` must have at least one rule; DeleteBucketCors removes all"]);
    refused(
        cors(vec![CorsRule::new(none, [CorsMethod::Get])]),
        expect!["`configuration` must have an allowed origin and an allowed method in each rule"],
    );
    refused(
        cors(vec![CorsRule::new(["*"], [])]),
        expect!["`configuration` must have an allowed origin and an allowed method in each rule"],
    );
    refused(
        cors(vec![CorsRule::new(["http://*.*"], [CorsMethod::Get])]),
        expect![[r#"`configuration` must have at most one * in each origin and header, got "http://*.*""#]],
    );
    refused(
        cors(vec![CorsRule::new(["*"], [CorsMethod::Get]).expose_headers(["x-*"])]),
        expect![[r#"`configuration` must name exposed headers without *, got "x-*""#]],
    );
    let lifecycle =
        |rules: Vec<LifecycleRule>| PutBucketLifecycleRequest::new("demo", LifecycleConfiguration::new(rules));
    let rule = || LifecycleRule::new("r");
    let noon = std::time::UNIX_EPOCH + std::time::Duration::from_secs(43_200);
    let before = LifecycleAge::CreatedBeforeDate;
    refused(lifecycle(vec![]), expect!["`configuration` must have 1 to 1000 rules, got 0"]);
    refused(lifecycle(vec![rule(); 1_001]), expect!["`configuration` must have 1 to 1000 rules, got 1001"]);
    refused(
        lifecycle(vec![LifecycleRule::new("r".repeat(256))]),
        expect!["`configuration` must have rules with names of at most 255 bytes, got one of 256"],
    );
    refused(
        lifecycle(vec![rule().expiration(LifecycleAge::Days(0))]),
        expect!["`configuration` must have at least 1 day, got 0"],
    );
    refused(
        lifecycle(vec![rule().noncurrent_version_expiration_days(0)]),
        expect!["`configuration` must have at least 1 day, got 0"],
    );
    refused(
        lifecycle(vec![rule().abort_multipart_upload(before(noon))]),
        expect!["`configuration` must have dates at midnight UTC, from 1970 on"],
    );
    let dated = LifecycleTransition::new(before(std::time::UNIX_EPOCH), "IA");
    refused(
        lifecycle(vec![rule().noncurrent_version_transition(dated)]),
        expect!["`configuration` must have a number of days for versions that are no longer the current ones"],
    );
}

#[test]
fn only_a_digest_of_the_caller_is_marked_as_such() {
    let mine = full_put().into_request().unwrap();
    let ours = PutObjectTaggingRequest::new("demo", "k", Tagging::new()).into_request().unwrap();
    assert!(mine.digest_from_caller && !ours.digest_from_caller);
}

proptest! {
    #[test]
    fn any_key_is_sent_as_it_is_or_refused(key in any::<String>()) {
        if let Ok(request) = HeadObjectRequest::new("demo", key.as_str()).into_request() {
            prop_assert_eq!(request.key.as_ref().map(ObjectKey::as_str), Some(key.as_str()));
            let encoded = percent::encode_path(&key).into_owned();
            let decoded = percent::decode(&encoded);
            prop_assert_eq!(decoded.as_deref(), Some(key.as_str()));
        }
    }

    /// Rows: R84.
    #[test]
    fn a_header_with_a_control_character_is_refused_by_its_field(
        before in "[a-z]{0,4}", bad in "[\u{0}-\u{1f}\u{7f}-\u{2ff}]", after in "[a-z]{0,4}",
    ) {
        let value = format!("{before}{bad}{after}");
        let fields = [
            ("metadata", PutObjectRequest::new("demo", "k").metadata(Metadata::from_iter([("name".to_owned(), value.clone())])).into_request()),
            ("cache_control", PutObjectRequest::new("demo", "k").cache_control(value.as_str()).into_request()),
            ("header", PutObjectRequest::new("demo", "k").header("x-mine", value).into_request()),
        ];
        for (field, request) in fields {
            prop_assert_eq!(request.map(|_| ()).map_err(|invalid| invalid.field), Err(field));
        }
    }

    #[test]
    fn metadata_is_given_back_as_it_was_sent_or_refused(
        pairs in proptest::collection::vec(("[a-zA-Z0-9-]{1,9}|[a-z_]{0,3}", "[!-~]([ -~]{0,20}[!-~])?|.{0,3}"), 0..4),
    ) {
        let metadata: Metadata = pairs.into_iter().collect();
        if let Ok(request) = PutObjectRequest::new("demo", "k").metadata(metadata.clone()).into_request() {
            let mut response = Response::new(http::StatusCode::OK);
            response.headers = request.headers;
            prop_assert_eq!(HeadObjectRequest::read(response).unwrap().metadata, metadata);
        }
    }
}
