//! What every operation sends: method, bucket and key, query, headers, body.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use expect_test::{Expect, expect};
use oss_models::*;
use proptest::prelude::*;

fn render(request: &Request) -> String {
    let mut text = format!("{} /", request.method);
    if let Some(bucket) = &request.bucket {
        let _ = write!(text, "{bucket}/");
    }
    if let Some(key) = &request.key {
        text.push_str(&percent::encode_path(key.as_str()));
    }
    for (n, (name, value)) in request.query.iter().enumerate() {
        // One to a line, or long lists of them would make lines that `rustfmt` folds and `expect!` cannot update.
        let _ = write!(text, "{}{}", if n == 0 { "?" } else { "\n  &" }, percent::encode(name));
        if !value.is_empty() {
            let _ = write!(text, "={}", percent::encode(value));
        }
    }
    let mut headers: Vec<_> =
        request.headers.iter().map(|(name, value)| format!("\n{name}: {}", value.to_str().unwrap())).collect();
    headers.sort();
    text.extend(headers);
    if let Some(body) = request.body.as_bytes() {
        let _ = write!(text, "\n\n{}", String::from_utf8_lossy(body));
    }
    text
}

fn check(operation: impl Operation, expected: Expect) {
    expected.assert_eq(&render(&operation.into_request().unwrap()));
}

fn refused(operation: impl Operation, expected: Expect) {
    expected.assert_eq(&operation.into_request().map(|_| ()).unwrap_err().to_string());
}

fn upload() -> UploadId {
    UploadId::new("ID/1").unwrap()
}

fn part(number: u16) -> PartNumber {
    PartNumber::new(number).unwrap()
}

fn full_put() -> PutObjectRequest {
    PutObjectRequest::new("demo", "a b/ü.jpg")
        .body("meow")
        .metadata([("Author", "me")])
        .content_type("image/x")
        .cache_control("no-cache")
        .content_disposition("attachment")
        .content_encoding("gzip")
        .expires("soon")
        .storage_class("IA")
        .acl(ObjectAcl::PublicRead)
        .server_side_encryption(ServerSideEncryption::Kms)
        .server_side_data_encryption(ServerSideDataEncryption::Sm4)
        .server_side_encryption_key_id("k1")
        .tagging(Tagging::new().tag("a&b", "c d").tag("e", ""))
        .forbid_overwrite(true)
        .traffic_limit(245_760)
        .request_payer(RequestPayer::Requester)
        .callback(Callback::new("http://h", "b"))
        .callback_var(CallbackVars::new().var("x:a", "1"))
        .object_worm_mode(ObjectWormMode::Governance)
        .object_worm_retain_until_date("2026-10-10T00:00:00.000Z")
        .object_worm_legal_hold("ON")
        .content_md5("1B2M2Y8AsgTpgAmY7PhCfg==")
        .header("x-oss-new", "1")
        .query("new", "2 3")
}

#[test]
fn facts_of_the_operations() {
    fn facts<O: Operation>() -> String {
        let info = O::INFO;
        let callback = if info.takes_callback { ", may call back" } else { "" };
        format!("{}: {:?}, {:?}, needs {:?}{callback}\n", info.name, info.repeat, info.answer, info.needs)
    }
    let all = [
        facts::<PutObjectRequest>(),
        facts::<AppendObjectRequest>(),
        facts::<GetObjectRequest>(),
        facts::<HeadObjectRequest>(),
        facts::<CopyObjectRequest>(),
        facts::<DeleteMultipleObjectsRequest>(),
        facts::<InitiateMultipartUploadRequest>(),
        facts::<UploadPartRequest>(),
        facts::<UploadPartCopyRequest>(),
        facts::<CompleteMultipartUploadRequest>(),
        facts::<AbortMultipartUploadRequest>(),
        facts::<ListPartsRequest>(),
    ];
    expect![[r#"
        PutObject: Safe, Headers, needs ["ETag"], may call back
        AppendObject: OnlyIfNotSent, Headers, needs ["x-oss-next-append-position"]
        GetObject: Safe, Content, needs []
        HeadObject: Safe, Headers, needs []
        CopyObject: Safe, Xml("CopyObjectResult"), needs ["ETag"]
        DeleteMultipleObjects: Safe, XmlOrEmpty("DeleteResult"), needs []
        InitiateMultipartUpload: Safe, Xml("InitiateMultipartUploadResult"), needs ["UploadId"]
        UploadPart: Safe, Headers, needs ["ETag"]
        UploadPartCopy: Safe, Xml("CopyPartResult"), needs ["ETag"]
        CompleteMultipartUpload: Safe, Xml("CompleteMultipartUploadResult"), needs ["ETag"], may call back
        AbortMultipartUpload: Safe, Headers, needs []
        ListParts: Safe, Xml("ListPartsResult"), needs []
    "#]]
    .assert_eq(&all.concat());
}

#[test]
fn put_object() {
    check(
        PutObjectRequest::new("demo", "cat.JPG").body("meow"),
        expect![[r#"
        PUT /demo/cat.JPG
        content-type: image/jpeg

        meow"#]],
    );
    check(
        PutObjectRequest::new("demo", "a/../b?%2F+").body("meow"),
        expect![[r#"
        PUT /demo/a/../b%3F%252F%2B
        content-type: application/octet-stream

        meow"#]],
    );
    check(
        full_put(),
        expect![[r#"
        PUT /demo/a%20b/%C3%BC.jpg?new=2%203
        cache-control: no-cache
        content-disposition: attachment
        content-encoding: gzip
        content-md5: 1B2M2Y8AsgTpgAmY7PhCfg==
        content-type: image/x
        expires: soon
        x-oss-callback-var: eyJ4OmEiOiIxIn0=
        x-oss-callback: eyJjYWxsYmFja0JvZHkiOiJiIiwiY2FsbGJhY2tVcmwiOiJodHRwOi8vaCJ9
        x-oss-forbid-overwrite: true
        x-oss-meta-author: me
        x-oss-new: 1
        x-oss-object-acl: public-read
        x-oss-object-worm-legal-hold: ON
        x-oss-object-worm-mode: GOVERNANCE
        x-oss-object-worm-retain-until-date: 2026-10-10T00:00:00.000Z
        x-oss-request-payer: requester
        x-oss-server-side-data-encryption: SM4
        x-oss-server-side-encryption-key-id: k1
        x-oss-server-side-encryption: KMS
        x-oss-storage-class: IA
        x-oss-tagging: a%26b=c%20d&e=
        x-oss-traffic-limit: 245760

        meow"#]],
    );
}

#[test]
fn an_upload_in_parts_carries_what_put_object_was_given() {
    check(
        initiate_from(&full_put()),
        expect![[r#"
            POST /demo/a%20b/%C3%BC.jpg?uploads
              &encoding-type=url
              &new=2%203
            cache-control: no-cache
            content-disposition: attachment
            content-encoding: gzip
            content-type: image/x
            expires: soon
            x-oss-forbid-overwrite: true
            x-oss-meta-author: me
            x-oss-new: 1
            x-oss-object-worm-legal-hold: ON
            x-oss-object-worm-mode: GOVERNANCE
            x-oss-object-worm-retain-until-date: 2026-10-10T00:00:00.000Z
            x-oss-request-payer: requester
            x-oss-server-side-data-encryption: SM4
            x-oss-server-side-encryption-key-id: k1
            x-oss-server-side-encryption: KMS
            x-oss-storage-class: IA
            x-oss-tagging: a%26b=c%20d&e="#]],
    );
    check(
        upload_part_from(&full_put(), upload(), part(2), "bytes"),
        expect![[r#"
            PUT /demo/a%20b/%C3%BC.jpg?uploadId=ID%2F1
              &partNumber=2
              &new=2%203
            x-oss-new: 1
            x-oss-request-payer: requester
            x-oss-traffic-limit: 245760

            bytes"#]],
    );
    let parts = vec![CompletedPart::new(part(1), Etag::new("E1").unwrap())];
    check(
        complete_from(&full_put(), upload(), parts),
        expect![[r#"
            POST /demo/a%20b/%C3%BC.jpg?encoding-type=url
              &uploadId=ID%2F1
              &new=2%203
            content-md5: k7rV+n0x8InIhSOIOz0Quw==
            content-type: application/xml
            x-oss-callback-var: eyJ4OmEiOiIxIn0=
            x-oss-callback: eyJjYWxsYmFja0JvZHkiOiJiIiwiY2FsbGJhY2tVcmwiOiJodHRwOi8vaCJ9
            x-oss-forbid-overwrite: true
            x-oss-new: 1
            x-oss-object-acl: public-read
            x-oss-request-payer: requester

            <CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&quot;E1&quot;</ETag></Part></CompleteMultipartUpload>"#]],
    );
    check(
        abort_from(&full_put(), upload()),
        expect![[r#"
            DELETE /demo/a%20b/%C3%BC.jpg?uploadId=ID%2F1
              &new=2%203
            x-oss-new: 1
            x-oss-request-payer: requester"#]],
    );
    check(
        list_parts_from(&full_put(), upload()),
        expect![[r#"
            GET /demo/a%20b/%C3%BC.jpg?encoding-type=url
              &uploadId=ID%2F1
              &new=2%203
            x-oss-new: 1
            x-oss-request-payer: requester"#]],
    );
    check(
        head_from(&full_put()),
        expect![[r#"
        HEAD /demo/a%20b/%C3%BC.jpg?new=2%203
        x-oss-new: 1
        x-oss-request-payer: requester"#]],
    );
}

#[test]
fn headers_added_by_name_go_where_their_field_would() {
    let put =
        PutObjectRequest::new("demo", "k").header("Content-MD5", "x").header("Content-Type", "a/b").header("x-a", "1");
    let names = |headers: &[(String, String)]| headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&initiate_from(&put).headers), ["Content-Type", "x-a"]);
    let complete = complete_from(&put, upload(), CompletedParts::All);
    assert_eq!(names(&complete.headers), ["x-a"]);
}

#[test]
fn a_callback_is_not_printed() {
    let put = full_put();
    let sent = put.clone().into_request().unwrap();
    let value = sent.headers.get("x-oss-callback").unwrap().to_str().unwrap();
    assert!(!format!("{put:?}{sent:?}").contains(value));
}

#[test]
fn append_object() {
    check(
        AppendObjectRequest::new("demo", "log.txt", 7, "more"),
        expect![[r#"
            POST /demo/log.txt?append
              &position=7
            content-type: text/plain

            more"#]],
    );
}

#[test]
fn get_and_head() {
    let time = UNIX_EPOCH + Duration::from_secs(784_111_777);
    let get = GetObjectRequest::new("demo", "k")
        .version_id("v")
        .range(0..100)
        .range_behavior("standard")
        .if_match(Etag::new("E").unwrap())
        .if_modified_since(time)
        .response_content_type("text/plain");
    check(
        get,
        expect![[r#"
            GET /demo/k?versionId=v
              &response-content-type=text%2Fplain
            if-match: "E"
            if-modified-since: Sun, 06 Nov 1994 08:49:37 GMT
            range: bytes=0-99
            x-oss-range-behavior: standard"#]],
    );
    check(
        HeadObjectRequest::new("demo", "k").version_id("v").if_unmodified_since(time),
        expect![[r#"
        HEAD /demo/k?versionId=v
        if-unmodified-since: Sun, 06 Nov 1994 08:49:37 GMT"#]],
    );
    check(GetObjectMetaRequest::new("demo", "k"), expect!["HEAD /demo/k?objectMeta"]);
}

#[test]
fn copies() {
    let source = || CopySource::new("other", "ü k").version_id("v");
    check(
        CopyObjectRequest::new("demo", "k", source())
            .metadata_directive(MetadataDirective::Replace)
            .tagging_directive(TaggingDirective::Replace)
            .copy_source_if_none_match(Etag::new("E").unwrap()),
        expect![[r#"
            PUT /demo/k
            x-oss-copy-source-if-none-match: "E"
            x-oss-copy-source: /other/%C3%BC%20k?versionId=v
            x-oss-metadata-directive: REPLACE
            x-oss-tagging-directive: Replace"#]],
    );
    check(
        UploadPartCopyRequest::new("demo", "k", upload(), part(3), source()).copy_source_range(5..=9),
        expect![[r#"
            PUT /demo/k?uploadId=ID%2F1
              &partNumber=3
            x-oss-copy-source-range: bytes=5-9
            x-oss-copy-source: /other/%C3%BC%20k?versionId=v"#]],
    );
}

#[test]
fn deletes() {
    check(
        DeleteObjectRequest::new("demo", "k").version_id("v").bypass_governance_retention(true),
        expect![[r#"
        DELETE /demo/k?versionId=v
        x-oss-bypass-governance-retention: true"#]],
    );
    let delete = Delete::from(vec![ObjectIdentifier::new("a<\u{c}"), ObjectIdentifier::new("b").version_id("v")]);
    check(
        DeleteMultipleObjectsRequest::new("demo", delete.quiet(true)),
        expect![[r#"
            POST /demo/?delete
              &encoding-type=url
            content-md5: BSwPxcX2JwVDzrYd+/zqBw==
            content-type: application/xml

            <Delete><Quiet>true</Quiet><Object><Key>a&lt;&#12;</Key></Object><Object><Key>b</Key><VersionId>v</VersionId></Object></Delete>"#]],
    );
}

#[test]
fn lists() {
    check(
        ListObjectsV2Request::new("demo")
            .prefix("a/")
            .delimiter("/")
            .start_after("a/b")
            .continuation_token("t+=")
            .max_keys(7)
            .fetch_owner(true),
        expect![[r#"
            GET /demo/?list-type=2
              &encoding-type=url
              &prefix=a%2F
              &delimiter=%2F
              &start-after=a%2Fb
              &continuation-token=t%2B%3D
              &fetch-owner=true
              &max-keys=7"#]],
    );
    check(
        ListObjectVersionsRequest::new("demo")
            .prefix("p")
            .delimiter("/")
            .key_marker("k")
            .version_id_marker("v")
            .max_keys(1),
        expect![[r#"
            GET /demo/?versions
              &encoding-type=url
              &prefix=p
              &delimiter=%2F
              &key-marker=k
              &version-id-marker=v
              &max-keys=1"#]],
    );
    check(
        ListPartsRequest::new("demo", "k", upload()).max_parts(2).part_number_marker(part(1)),
        expect![[r#"
            GET /demo/k?encoding-type=url
              &uploadId=ID%2F1
              &max-parts=2
              &part-number-marker=1"#]],
    );
    check(
        ListMultipartUploadsRequest::new("demo")
            .prefix("p")
            .delimiter("/")
            .key_marker("k")
            .upload_id_marker("u")
            .max_uploads(1_000),
        expect![[r#"
            GET /demo/?uploads
              &encoding-type=url
              &prefix=p
              &delimiter=%2F
              &key-marker=k
              &upload-id-marker=u
              &max-uploads=1000"#]],
    );
    check(
        ListBucketsRequest::new().prefix("p").marker("m").max_keys(3).resource_group_id("rg"),
        expect![[r#"
            GET /?prefix=p
              &marker=m
              &max-keys=3
            x-oss-resource-group-id: rg"#]],
    );
}

#[test]
fn acl_tagging_symlink_and_restore() {
    check(
        PutObjectAclRequest::new("demo", "k", ObjectAcl::Private).version_id("v"),
        expect![[r#"
            PUT /demo/k?acl
              &versionId=v
            x-oss-object-acl: private"#]],
    );
    check(GetObjectAclRequest::new("demo", "k"), expect!["GET /demo/k?acl"]);
    check(
        PutObjectTaggingRequest::new("demo", "k", Tagging::new().tag("a<", "b\n")),
        expect![[r#"
        PUT /demo/k?tagging
        content-md5: XEA6KbHruP0vnVxQXJac9w==
        content-type: application/xml

        <Tagging><TagSet><Tag><Key>a&lt;</Key><Value>b&#10;</Value></Tag></TagSet></Tagging>"#]],
    );
    check(GetObjectTaggingRequest::new("demo", "k"), expect!["GET /demo/k?tagging"]);
    check(DeleteObjectTaggingRequest::new("demo", "k"), expect!["DELETE /demo/k?tagging"]);
    check(
        PutSymlinkRequest::new("demo", "k", "dir/ü").forbid_overwrite(false),
        expect![[r#"
        PUT /demo/k?symlink
        x-oss-forbid-overwrite: false
        x-oss-symlink-target: dir/%C3%BC"#]],
    );
    check(GetSymlinkRequest::new("demo", "k"), expect!["GET /demo/k?symlink"]);
    check(RestoreObjectRequest::new("demo", "k"), expect!["POST /demo/k?restore"]);
    let bulk = RestoreConfiguration::new(2).tier(RestoreTier::Bulk);
    check(
        RestoreObjectRequest::new("demo", "k").configuration(bulk),
        expect![[r#"
        POST /demo/k?restore
        content-md5: 4g7lF6v6yIHgiHX4alOYGg==
        content-type: application/xml

        <RestoreRequest><Days>2</Days><JobParameters><Tier>Bulk</Tier></JobParameters></RestoreRequest>"#]],
    );
}

#[test]
fn buckets() {
    check(PutBucketRequest::new("demo"), expect!["PUT /demo/"]);
    let configuration = CreateBucketConfiguration::new().storage_class("IA").data_redundancy_type("ZRS");
    check(
        PutBucketRequest::new("demo").acl(BucketAcl::Private).bucket_tagging("k%201=v").configuration(configuration),
        expect![[r#"
            PUT /demo/
            content-md5: tkg5x9wuNQgXymcwY9zo2g==
            content-type: application/xml
            x-oss-acl: private
            x-oss-bucket-tagging: k%201=v

            <CreateBucketConfiguration><StorageClass>IA</StorageClass><DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>"#]],
    );
    check(DeleteBucketRequest::new("demo"), expect!["DELETE /demo/"]);
    check(GetBucketInfoRequest::new("demo"), expect!["GET /demo/?bucketInfo"]);
    check(GetBucketLocationRequest::new("demo"), expect!["GET /demo/?location"]);
    check(
        PutBucketVersioningRequest::new("demo", VersioningStatus::Enabled),
        expect![[r#"
        PUT /demo/?versioning
        content-md5: 8qj8HSeDu3APPMQZVG06WQ==
        content-type: application/xml

        <VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"#]],
    );
    check(GetBucketVersioningRequest::new("demo"), expect!["GET /demo/?versioning"]);
}

#[test]
fn parts_are_sent_in_order_whatever_order_they_are_given_in() {
    let parts: CompletedParts =
        [3, 1, 2].map(|n| CompletedPart::new(part(n), Etag::new(&format!("\"E{n}\"")).unwrap())).into_iter().collect();
    check(
        CompleteMultipartUploadRequest::new("demo", "k", upload(), parts),
        expect![[r#"
            POST /demo/k?encoding-type=url
              &uploadId=ID%2F1
            content-md5: 9KXXVwyVGPRBnkqY3bF83g==
            content-type: application/xml

            <CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&quot;E1&quot;</ETag></Part><Part><PartNumber>2</PartNumber><ETag>&quot;E2&quot;</ETag></Part><Part><PartNumber>3</PartNumber><ETag>&quot;E3&quot;</ETag></Part></CompleteMultipartUpload>"#]],
    );
    check(
        CompleteMultipartUploadRequest::new("demo", "k", upload(), CompletedParts::All),
        expect![[r#"
            POST /demo/k?encoding-type=url
              &uploadId=ID%2F1
            x-oss-complete-all: yes"#]],
    );
}

#[test]
fn broken_rules_are_named_before_anything_is_sent() {
    let put = || PutObjectRequest::new("demo", "k");
    let twice = || vec![CompletedPart::new(part(1), Etag::new("E").unwrap()); 2];
    refused(
        PutObjectRequest::new("Demo", "k"),
        expect![[r#"invalid bucket: "Demo" has a character other than a-z, 0-9 and -"#]],
    );
    refused(PutObjectRequest::new("demo", "/k"), expect![[r#"invalid key: "/k" begins with / or \"#]]);
    refused(
        put().cache_control("a\r\nb: c"),
        expect![[
            r#"invalid cache_control: the header "cache-control" has a character other than visible ASCII and space"#
        ]],
    );
    refused(
        put().metadata([("a", "ü")]),
        expect![[r#"invalid metadata: the header "x-oss-meta-a" has a character other than visible ASCII and space"#]],
    );
    refused(
        put().metadata([("a", " x")]),
        expect![[
            r#"invalid metadata: the header "x-oss-meta-a" begins or ends with white space, which would be lost"#
        ]],
    );
    refused(
        put().metadata([("a b", "x")]),
        expect![[r#"invalid metadata: the name "a b" is not of letters, digits and -"#]],
    );
    refused(
        put().header("Authorization", "x"),
        expect!["invalid header: Authorization is written by the library itself"],
    );
    refused(put().header("a b", "x"), expect![[r#"invalid header: the header "a b" is not a header name"#]]);
    refused(
        put().acl(ObjectAcl::Private).header("x-oss-object-acl", "private"),
        expect![[r#"invalid header: the header "x-oss-object-acl" is set twice"#]],
    );
    refused(put().query("Signature", "x"), expect![[r#"invalid query: "Signature" is written by the library itself"#]]);
    refused(
        HeadObjectRequest::new("demo", "k").version_id("v").query("versionId", "w"),
        expect!["invalid query: the query parameter versionId is set twice"],
    );
    refused(put().traffic_limit(1), expect!["invalid traffic_limit: 1 is outside 245760 to 838860800"]);
    refused(put().content_md5("abc"), expect!["invalid content_md5: not the base64 of 16 bytes"]);
    refused(ListObjectsV2Request::new("demo").max_keys(1_001), expect!["invalid max_keys: 1001 is outside 1 to 1000"]);
    refused(GetObjectRequest::new("demo", "k").range(5..5), expect!["invalid range: a range of no bytes"]);
    refused(
        DeleteMultipleObjectsRequest::new("demo", Delete::default()),
        expect!["invalid delete: 0 objects; 1 to 1000 are allowed"],
    );
    let no_version = Delete::from(vec![ObjectIdentifier::new("k").version_id("")]);
    refused(
        DeleteMultipleObjectsRequest::new("demo", no_version),
        expect![[r#"invalid delete: the version of "k" is empty"#]],
    );
    refused(
        CompleteMultipartUploadRequest::new("demo", "k", upload(), vec![]),
        expect!["invalid parts: no parts; an object has at least one"],
    );
    refused(
        CompleteMultipartUploadRequest::new("demo", "k", upload(), twice()),
        expect!["invalid parts: part 1 is there twice"],
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
    fn a_header_with_a_control_or_foreign_character_is_refused_by_its_field(
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
            let mut answer = Response::new(http::StatusCode::OK);
            answer.headers = request.headers;
            prop_assert_eq!(HeadObjectRequest::read(answer).unwrap().metadata, metadata);
        }
    }
}
