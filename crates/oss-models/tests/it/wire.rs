//! What every operation sends: method, bucket and key, query, headers, body.

use std::time::{Duration, UNIX_EPOCH};

use expect_test::expect;
use oss_models::*;

use crate::support::{check, full_put, part, upload};

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
fn nothing_is_before_an_append_at_position_0() {
    let before = |request: AppendObjectRequest| request.into_request().unwrap().crc64_before;
    assert_eq!(before(AppendObjectRequest::new("demo", "log", 0, "more")), Some(Crc64::EMPTY));
    assert_eq!(before(AppendObjectRequest::new("demo", "log", 7, "more")), None);
    let known = Crc64::of(b"1234567");
    assert_eq!(before(AppendObjectRequest::new("demo", "log", 7, "more").init_hash_crc64(known)), Some(known));
}

#[test]
fn append_object() {
    check(
        AppendObjectRequest::new("demo", "log.txt", 7, "more").init_hash_crc64(Crc64::EMPTY),
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
fn uploads_in_parts() {
    check(
        InitiateMultipartUploadRequest::new("demo", "a.txt")
            .metadata([("a", "b")])
            .storage_class("IA")
            .tagging(Tagging::new().tag("t", "1"))
            .forbid_overwrite(true),
        expect![[r#"
            POST /demo/a.txt?uploads
              &encoding-type=url
            content-type: text/plain
            x-oss-forbid-overwrite: true
            x-oss-meta-a: b
            x-oss-storage-class: IA
            x-oss-tagging: t=1"#]],
    );
    check(
        UploadPartRequest::new("demo", "k", upload(), part(3), "meow").traffic_limit(245_760),
        expect![[r#"
        PUT /demo/k?uploadId=ID%2F1
          &partNumber=3
        x-oss-traffic-limit: 245760

        meow"#]],
    );
    check(
        AbortMultipartUploadRequest::new("demo", "k", upload()).request_payer("requester"),
        expect![[r#"
        DELETE /demo/k?uploadId=ID%2F1
        x-oss-request-payer: requester"#]],
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
        ListObjectsRequest::new("demo").prefix("a/").delimiter("/").marker("a/b").max_keys(7),
        expect![[r#"
        GET /demo/?encoding-type=url
          &prefix=a%2F
          &delimiter=%2F
          &marker=a%2Fb
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
fn cors_rules() {
    let rule = CorsRule::new(["https://*.example.com", "http://a"], [CorsMethod::Put, CorsMethod::Head])
        .allowed_headers(["*"])
        .expose_headers(["ETag"])
        .max_age_seconds(600);
    let plain = CorsRule::new(["*"], [CorsMethod::Get]);
    check(
        PutBucketCorsRequest::new("demo", CorsConfiguration::new([rule, plain]).response_vary(true)),
        expect![[r#"
        PUT /demo/?cors
        content-md5: ucp+IMdQwla1i3nYyL2QIA==
        content-type: application/xml

        <CORSConfiguration><CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedOrigin>http://a</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds></CORSRule><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule><ResponseVary>true</ResponseVary></CORSConfiguration>"#]],
    );
    check(GetBucketCorsRequest::new("demo"), expect!["GET /demo/?cors"]);
    check(DeleteBucketCorsRequest::new("demo"), expect!["DELETE /demo/?cors"]);
}

#[test]
fn lifecycle_rules() {
    let midnight = UNIX_EPOCH + Duration::from_secs(1_700_006_400);
    let filter = LifecycleFilter::new().object_size_greater_than(500).not(LifecycleNot::new("logs/keep/"));
    let logs = LifecycleRule::new("logs")
        .prefix("logs/")
        .tag("team", "R&D")
        .filter(filter)
        .expiration(LifecycleAge::Days(365))
        .transition(LifecycleTransition::new(LifecycleAge::Days(30), "IA").is_access_time(true).allow_small_file(false))
        .transition(LifecycleTransition::new(LifecycleAge::CreatedBeforeDate(midnight), StorageClass::Archive))
        .abort_multipart_upload(LifecycleAge::Days(7))
        .noncurrent_version_expiration_days(10)
        .noncurrent_version_transition(LifecycleTransition::new(LifecycleAge::Days(5), "IA"));
    let off = LifecycleRule::new("markers").status("Disabled").expiration(LifecycleExpiration::of_delete_markers());
    check(
        PutBucketLifecycleRequest::new("demo", LifecycleConfiguration::new([logs, off]))
            .allow_same_action_overlap(true),
        expect![[r#"
            PUT /demo/?lifecycle
            content-md5: zsrbJVH3mTNdikMC3wvVYg==
            content-type: application/xml
            x-oss-allow-same-action-overlap: true

            <LifecycleConfiguration><Rule><ID>logs</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Tag><Key>team</Key><Value>R&amp;D</Value></Tag><Filter><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan><Not><Prefix>logs/keep/</Prefix></Not></Filter><Expiration><Days>365</Days></Expiration><Transition><Days>30</Days><StorageClass>IA</StorageClass><IsAccessTime>true</IsAccessTime><AllowSmallFile>false</AllowSmallFile></Transition><Transition><CreatedBeforeDate>2023-11-15T00:00:00.000Z</CreatedBeforeDate><StorageClass>Archive</StorageClass></Transition><AbortMultipartUpload><Days>7</Days></AbortMultipartUpload><NoncurrentVersionExpiration><NoncurrentDays>10</NoncurrentDays></NoncurrentVersionExpiration><NoncurrentVersionTransition><NoncurrentDays>5</NoncurrentDays><StorageClass>IA</StorageClass></NoncurrentVersionTransition></Rule><Rule><ID>markers</ID><Prefix></Prefix><Status>Disabled</Status><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule></LifecycleConfiguration>"#]],
    );
    check(GetBucketLifecycleRequest::new("demo"), expect!["GET /demo/?lifecycle"]);
    check(DeleteBucketLifecycleRequest::new("demo"), expect!["DELETE /demo/?lifecycle"]);
    check(GetBucketStatRequest::new("demo"), expect!["GET /demo/?stat"]);
}

#[test]
fn parts_are_sent_in_order_whatever_order_they_are_given_in() {
    let parts: CompletedParts =
        [3, 1, 2].map(|n| CompletedPart::new(part(n), Etag::new(format!("\"E{n}\"")).unwrap())).into_iter().collect();
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
