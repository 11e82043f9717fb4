//! What is read from responses, and which responses are no success.

use expect_test::{Expect, expect};
use http::{HeaderName, HeaderValue, StatusCode};
use oss_models::*;
use proptest::prelude::*;

use crate::support::upload;

fn response(status: u16, headers: &[(&'static str, &str)], body: impl Into<bytes::Bytes>) -> Response {
    headers.iter().fold(
        Response::new(StatusCode::from_u16(status).unwrap()).with_body(body),
        |response, (name, value)| {
            response.with_header(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        },
    )
}

fn refused<O: Operation>(response: Response, expected: Expect) -> CallErrorKind {
    let error = O::read(response).map(|_| ()).unwrap_err();
    expected.assert_eq(&format!("{error} ({:?})", error.retry_class()));
    error
}

#[test]
fn put_object_tells_etag_crc_and_callback_response() {
    let headers = [
        ("etag", "\"AB\""),
        ("x-oss-hash-crc64ecma", "18446744073709551615"),
        ("x-oss-version-id", "v"),
        ("x-oss-request-id", "R"),
        ("content-type", "application/json"),
    ];
    let result = PutObjectRequest::read(response(200, &headers, "{\"a\":1}")).unwrap();
    assert_eq!(result.etag.as_str(), "AB");
    assert_eq!(result.hash_crc64, Some(Crc64::from_u64(u64::MAX)));
    assert_eq!((result.version_id.as_deref(), result.request_id()), (Some("v"), Some("R")));
    assert_eq!(result.callback_result.as_deref(), Some(&b"{\"a\":1}"[..]));
    assert_eq!(PutObjectRequest::read(response(200, &headers, "")).unwrap().callback_result, None);
}

/// Rows: R54.
#[test]
fn a_crc_that_cannot_be_read_is_not_taken_for_none() {
    refused::<PutObjectRequest>(
        response(200, &[("etag", "E"), ("x-oss-hash-crc64ecma", "-1")], ""),
        expect![[r#"unreadable response (status 200 OK): x-oss-hash-crc64ecma cannot be read: "-1" (Transient)"#]],
    );
}

/// Rows: R49, R65.
#[test]
fn what_a_proxy_says_is_no_success() {
    refused::<PutObjectRequest>(
        response(200, &[("etag", "E")], "<html><body>log in"),
        expect![[
            r#"unreadable response (status 200 OK): not well-formed: <body> is not closed: "<html><body>log in" (Transient)"#
        ]],
    );
    refused::<PutObjectRequest>(
        response(200, &[("etag", "E")], "<html><body/></html>"),
        expect![[r#"unreadable response (status 200 OK): a page of HTML: "<html><body/></html>" (Transient)"#]],
    );
    refused::<UploadPartRequest>(
        response(200, &[], ""),
        expect!["unreadable response (status 200 OK): no ETag (Transient)"],
    );
    refused::<ListPartsRequest>(
        response(200, &[], ""),
        expect!["unreadable response (status 200 OK): nothing where <ListPartsResult> was expected (Transient)"],
    );
    refused::<ListPartsRequest>(
        response(200, &[], "{}"),
        expect![[
            r#"unreadable response (status 200 OK): not well-formed: text outside the root element: "{}" (Transient)"#
        ]],
    );
    refused::<ListPartsRequest>(
        response(200, &[], "<ListBucketResult/>"),
        expect![[
            r#"unreadable response (status 200 OK): <ListBucketResult> where <ListPartsResult> was expected: "<ListBucketResult/>" (Transient)"#
        ]],
    );
    let name = "n\n".repeat(300);
    for document in [format!("<{name}/>"), format!("<a></{name}>")] {
        let kind = ListPartsRequest::read(response(200, &[], document)).unwrap_err();
        let text = kind.to_string();
        assert!(text.len() < 2048 && !text.contains(char::is_control), "{text:?}");
    }
    refused::<HeadObjectRequest>(response(302, &[], ""), expect!["302 BadErrorResponse: no error document (Never)"]);
    refused::<GetObjectRequest>(
        response(502, &[], vec![0xff; 9]),
        expect![[r#"502 BadErrorResponse: not UTF-8: "���������" (Transient)"#]],
    );
}

/// Rows: R49.
#[test]
fn an_error_with_status_200_is_an_error_with_the_class_of_its_code() {
    let error = |code: &str| response(200, &[], format!("<Error><Code>{code}</Code></Error>"));
    refused::<CompleteMultipartUploadRequest>(error("InternalError"), expect!["200 InternalError (Transient)"]);
    refused::<CompleteMultipartUploadRequest>(error("InvalidPart"), expect!["200 InvalidPart (Never)"]);
    refused::<AbortMultipartUploadRequest>(error("InternalError"), expect!["200 InternalError (Transient)"]);
}

/// Rows: R49, R53.
#[test]
fn complete_needs_an_etag_from_document_or_header() {
    let read = |headers: &[(&'static str, &str)], body: &str| {
        CompleteMultipartUploadRequest::read(response(200, headers, body.to_owned()))
    };
    let document = "<CompleteMultipartUploadResult xmlns='x'><EncodingType>url</EncodingType><Key>a%2Bb+%2F</Key>\
                    <ETag>&quot;E-1&#34;</ETag><New/></CompleteMultipartUploadResult>";
    let result = read(&[], document).unwrap();
    assert_eq!((result.etag.as_str(), result.key.as_deref(), result.callback_result), ("E-1", Some("a+b+/"), None));

    let json = ("content-type", "application/json");
    let result = read(&[json, ("etag", "\"E-2\"")], "[1]").unwrap();
    assert_eq!((result.etag.as_str(), result.callback_result.as_deref()), ("E-2", Some(&b"[1]"[..])));

    refused::<CompleteMultipartUploadRequest>(
        response(200, &[json], "[1]"),
        expect!["unreadable response (status 200 OK): no ETag (Transient)"],
    );
    refused::<CompleteMultipartUploadRequest>(
        response(200, &[], "<CompleteMultipartUploadResult><ETag>\"\"</ETag></CompleteMultipartUploadResult>"),
        expect!["unreadable response (status 200 OK): no ETag (Transient)"],
    );
}

/// Rows: R50.
#[test]
fn status_203_says_nothing_of_a_callback_where_none_is_possible() {
    let headers = [("etag", "\"E\"")];
    assert_eq!(UploadPartRequest::read(response(203, &headers, "")).unwrap().etag.as_str(), "E");
    assert!(HeadObjectRequest::read(response(203, &headers, "")).is_ok());
    refused::<AbortMultipartUploadRequest>(
        response(203, &[], "<Error><Code>AccessDenied</Code></Error>"),
        expect![[
            r#"unreadable response (status 203 Non Authoritative Information): an error where no callback could fail: "<Error><Code>AccessDenied</Code></Error>" (Transient)"#
        ]],
    );
    // Where one is possible, the document decides.
    assert_eq!(PutObjectRequest::read(response(203, &headers, "")).unwrap().etag.as_str(), "E");
    let document = "<CompleteMultipartUploadResult><ETag>\"E\"</ETag></CompleteMultipartUploadResult>";
    assert_eq!(CompleteMultipartUploadRequest::read(response(203, &[], document)).unwrap().etag.as_str(), "E");
}

/// Rows: R50.
#[test]
fn only_a_request_that_asks_for_a_callback_may_call_back() {
    let put = || PutObjectRequest::new("demo", "k").body("meow");
    let callback = || Callback::new("http://h", "b");
    let complete = CompleteMultipartUploadRequest::new("demo", "k", upload(), CompletedParts::All);
    let get = GetObjectRequest::new("demo", "k").query("callback", "e30=");
    for (request, may) in [
        (put().into_request(), false),
        (put().callback(callback()).into_request(), true),
        (put().query("callback", "e30=").into_request(), true),
        (complete.clone().into_request(), false),
        (complete.callback(callback()).into_request(), true),
        (get.into_request(), false),
    ] {
        let request = request.unwrap();
        let facts = request.facts();
        assert_eq!(facts.takes_callback, may, "{request:?}");
        assert_eq!((facts.name, facts.needs), (request.operation.name, request.operation.needs));
        let refusal =
            response::check(&facts, StatusCode::NON_AUTHORITATIVE_INFORMATION, &http::HeaderMap::new(), b"<Error/>");
        assert_eq!(matches!(refusal, Err(CallErrorKind::Service(_))), may);
    }
}

/// Rows: R50.
#[test]
fn a_failed_callback_is_an_error_that_tells_what_is_stored() {
    let body = "<Error><Code>CallbackFailed</Code><Message>m</Message></Error>";
    let kind = refused::<CompleteMultipartUploadRequest>(
        response(203, &[("etag", "\"E\"")], body),
        expect!["203 CallbackFailed: m (Never)"],
    );
    let CallErrorKind::Service(error) = kind else { panic!("{kind:?}") };
    assert_eq!(error.stored_object().and_then(|object| object.etag), Etag::new("E").ok());
}

#[test]
fn names_are_decoded_only_when_the_document_says_so() {
    let document = |kind: &str| {
        format!(
            "<ListBucketResult><Name>demo</Name>{kind}<IsTruncated>true</IsTruncated><NextContinuationToken>t%3D</NextContinuationToken>\
             <Contents><Key>demo%2Fgp-%0C%0A%0B+</Key><Size>3</Size><ETag>\"E\"</ETag><StorageClass>STANDARD</StorageClass>\
             <LastModified>2015-10-21T07:28:00.000Z</LastModified><Owner><ID>1</ID></Owner></Contents>\
             <CommonPrefixes><Prefix>a%2F</Prefix></CommonPrefixes></ListBucketResult>"
        )
    };
    let read = |kind| ListObjectsV2Request::read(response(200, &[], document(kind))).unwrap();
    let list = read("<EncodingType>url</EncodingType>");
    assert_eq!(list.contents[0].key, "demo/gp-\u{c}\n\u{b}+");
    assert_eq!(list.contents[0].storage_class, Some(StorageClass::Standard));
    assert_eq!(list.contents[0].owner.as_ref().and_then(|owner| owner.id.as_deref()), Some("1"));
    assert_eq!((list.common_prefixes, list.next_continuation_token.as_deref()), (vec!["a/".to_owned()], Some("t=")));
    let list = read("");
    assert_eq!(
        (list.contents[0].key.as_str(), list.common_prefixes),
        ("demo%2Fgp-%0C%0A%0B+", vec!["a%2F".to_owned()])
    );
}

#[test]
fn versions_and_delete_markers_keep_their_order() {
    let entry = |element: &str, version: &str| {
        format!(
            "<{element}><Key>k</Key><VersionId>{version}</VersionId><IsLatest>false</IsLatest><Size>0</Size></{element}>"
        )
    };
    let body = [entry("Version", "3"), entry("DeleteMarker", "2"), entry("Version", "1")].concat();
    let list =
        ListObjectVersionsRequest::read(response(200, &[], format!("<ListVersionsResult>{body}</ListVersionsResult>")))
            .unwrap();
    let order: Vec<_> = list
        .entries
        .iter()
        .map(|entry| match entry {
            VersionEntry::Version(version) => version.version_id.as_str(),
            VersionEntry::DeleteMarker(_) => "marker",
            _ => "?",
        })
        .collect();
    assert_eq!(order, ["3", "marker", "1"]);
}

#[test]
fn parts_need_number_etag_and_size() {
    let page = |part: &str| response(200, &[], format!("<ListPartsResult><Part>{part}</Part></ListPartsResult>"));
    let good = "<Size>7</Size><PartNumber>2</PartNumber><ETag>E</ETag><HashCrc64ecma>9</HashCrc64ecma>";
    let parts = ListPartsRequest::read(page(good)).unwrap().parts;
    assert_eq!((parts[0].part_number.get(), parts[0].size, parts[0].hash_crc64), (2, 7, Some(Crc64::from_u64(9))));
    refused::<ListPartsRequest>(
        page("<PartNumber>10001</PartNumber><ETag>E</ETag><Size>1</Size>"),
        expect![[r#"unreadable response (status 200 OK): PartNumber cannot be read: "10001" (Transient)"#]],
    );
    refused::<ListPartsRequest>(
        page("<PartNumber>1</PartNumber><Size>1</Size>"),
        expect!["unreadable response (status 200 OK): no ETag (Transient)"],
    );
    refused::<ListPartsRequest>(
        page("<PartNumber>1</PartNumber><ETag>E</ETag><Size>-1</Size>"),
        expect![[r#"unreadable response (status 200 OK): Size cannot be read: "-1" (Transient)"#]],
    );
}

#[test]
fn a_quiet_delete_returns_nothing() {
    assert!(DeleteMultipleObjectsRequest::read(response(200, &[], "")).unwrap().deleted.is_empty());
}

#[test]
fn buckets_are_read() {
    let body = "<ListAllMyBucketsResult><Owner><ID>1</ID></Owner><Buckets><Bucket><Name>demo</Name></Bucket></Buckets></ListAllMyBucketsResult>";
    let list = ListBucketsRequest::read(response(200, &[], body)).unwrap();
    assert_eq!((list.buckets[0].name.as_str(), list.is_truncated), ("demo", false));

    let body = "<BucketInfo><Bucket><Name>demo</Name><AccessControlList><Grant>private</Grant></AccessControlList></Bucket></BucketInfo>";
    let info = GetBucketInfoRequest::read(response(200, &[], body)).unwrap();
    assert_eq!((info.bucket.name.as_str(), info.bucket.acl), ("demo", Some(BucketAcl::Private)));

    let location =
        GetBucketLocationRequest::read(response(200, &[], "<LocationConstraint>oss-cn-x</LocationConstraint>"))
            .unwrap();
    assert_eq!(location.location, "oss-cn-x");
    let versioning = GetBucketVersioningRequest::read(response(200, &[], "<VersioningConfiguration/>")).unwrap();
    assert_eq!(versioning.versioning, None);
}

#[test]
fn lists_of_the_first_version_have_a_marker() {
    let body = "<ListBucketResult><EncodingType>url</EncodingType><Marker>a%2F</Marker><IsTruncated>true</IsTruncated>\
                <NextMarker>b%2F</NextMarker><Contents><Key>b%2F</Key><Size>0</Size><Owner><ID>1</ID></Owner></Contents>\
                </ListBucketResult>";
    let list = ListObjectsRequest::read(response(200, &[], body)).unwrap();
    assert_eq!((list.marker.as_deref(), list.next_marker.as_deref()), (Some("a/"), Some("b/")));
    assert_eq!((list.contents[0].key.as_str(), list.is_truncated), ("b/", true));
}

/// What was put is what is got, so that rules can be read, changed and put again.
#[test]
fn rules_of_buckets_are_read_as_they_are_written() {
    fn sent(operation: impl Operation) -> bytes::Bytes {
        operation.into_request().unwrap().body.as_bytes().cloned().unwrap()
    }
    let cors = CorsConfiguration::new([
        CorsRule::new(["https://a", "*"], [CorsMethod::Put]).allowed_headers(["*"]).expose_headers(["ETag", "x-oss-a"]),
        CorsRule::new(["http://b"], [CorsMethod::Get, CorsMethod::Head]).max_age_seconds(5),
    ])
    .response_vary(true);
    let document = sent(PutBucketCorsRequest::new("demo", cors.clone()));
    assert_eq!(GetBucketCorsRequest::read(response(200, &[], document)).unwrap().configuration, cors);

    let midnight = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_006_400);
    let filter = LifecycleFilter::new().object_size_less_than(5).not(LifecycleNot::new("a/b").tag("k", "v"));
    let lifecycle = LifecycleConfiguration::new([
        LifecycleRule::new("1")
            .prefix("a/")
            .tag("k", "v<")
            .filter(filter)
            .expiration(LifecycleAge::CreatedBeforeDate(midnight)),
        LifecycleRule::new("2")
            .status(RuleStatus::Disabled)
            .abort_multipart_upload(LifecycleAge::Days(7))
            .transition(LifecycleTransition::new(LifecycleAge::Days(1), "IA").return_to_std_when_visit(true))
            .noncurrent_version_expiration_days(3)
            .noncurrent_version_transition(LifecycleTransition::new(LifecycleAge::Days(2), "ColdArchive")),
    ]);
    let document = sent(PutBucketLifecycleRequest::new("demo", lifecycle.clone()));
    assert_eq!(GetBucketLifecycleRequest::read(response(200, &[], document)).unwrap().configuration, lifecycle);
    let odd = "<LifecycleConfiguration><Rule><ID>x</ID></Rule></LifecycleConfiguration>";
    refused::<GetBucketLifecycleRequest>(
        response(200, &[], odd),
        expect!["unreadable response (status 200 OK): no Status (Transient)"],
    );
}

#[test]
fn the_numbers_of_a_bucket_are_read() {
    let body = "<BucketStat><Storage>1600</Storage><ObjectCount>230</ObjectCount><MultipartUploadCount>40</MultipartUploadCount>\
                <LastModifiedTime>1643341269</LastModifiedTime><ColdArchiveRealStorage>7</ColdArchiveRealStorage></BucketStat>";
    let stat = GetBucketStatRequest::read(response(200, &[], body)).unwrap();
    assert_eq!((stat.storage, stat.object_count, stat.multipart_upload_count), (1600, 230, Some(40)));
    assert_eq!((stat.cold_archive_real_storage, stat.archive_storage), (Some(7), None));
    refused::<GetBucketStatRequest>(
        response(200, &[], "<BucketStat/>"),
        expect!["unreadable response (status 200 OK): no Storage (Transient)"],
    );
}

#[test]
fn tags_acl_and_symlinks_are_read() {
    let body =
        "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value/></Tag></TagSet></Tagging>";
    assert_eq!(
        GetObjectTaggingRequest::read(response(200, &[], body)).unwrap().tags,
        [Tag::new("a", "1"), Tag::new("b", "")]
    );
    let body =
        "<AccessControlPolicy><AccessControlList><Grant>public-read</Grant></AccessControlList></AccessControlPolicy>";
    assert_eq!(GetObjectAclRequest::read(response(200, &[], body)).unwrap().acl, ObjectAcl::PublicRead);
    let link = GetSymlinkRequest::read(response(200, &[("x-oss-symlink-target", "dir%2F%C3%BC")], "")).unwrap();
    assert_eq!(link.symlink_target.as_deref(), Some("dir/ü"));
}

#[test]
fn what_is_stored_is_described_by_headers() {
    let headers = [
        ("etag", "\"E\""),
        ("content-length", "9"),
        ("content-encoding", "gzip"),
        ("content-language", "de"),
        ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("x-oss-hash-crc64ecma", "7"),
        ("x-oss-version-id", "v"),
        ("x-oss-storage-class", "ColdArchive"),
        ("x-oss-object-type", "Multipart"),
        ("x-oss-tagging-count", "2"),
        ("x-oss-meta-author", "me"),
        ("x-oss-restore", "ongoing-request=\"true\""),
        ("x-oss-delete-marker", "true"),
    ];
    let head = HeadObjectRequest::read(response(200, &headers, "")).unwrap();
    assert_eq!(
        (head.etag, head.content_length, head.hash_crc64),
        (Etag::new("E").ok(), Some(9), Some(Crc64::from_u64(7)))
    );
    assert_eq!((head.content_encoding.as_deref(), head.content_language.as_deref()), (Some("gzip"), Some("de")));
    assert_eq!((head.version_id.as_deref(), head.delete_marker), (Some("v"), true));
    assert_eq!((head.storage_class, head.tagging_count), (Some(StorageClass::ColdArchive), Some(2)));
    assert_eq!((head.object_type.as_deref(), head.metadata.value("author")), (Some("Multipart"), Some("me")));
    assert!(head.restore.is_some_and(|restore| restore.is_ongoing()));

    let meta = GetObjectMetaRequest::read(response(200, &headers, "")).unwrap();
    assert_eq!((meta.content_length, meta.hash_crc64), (Some(9), Some(Crc64::from_u64(7))));
    assert_eq!((meta.version_id.as_deref(), meta.last_modified), (Some("v"), head.last_modified));
}

#[test]
fn writes_return_what_they_made() {
    let headers = [
        ("etag", "\"E\""),
        ("x-oss-hash-crc64ecma", "7"),
        ("x-oss-version-id", "v"),
        ("x-oss-next-append-position", "4"),
    ];
    let append = AppendObjectRequest::read(response(200, &headers, "")).unwrap();
    assert_eq!((append.next_append_position, append.hash_crc64), (4, Some(Crc64::from_u64(7))));
    refused::<AppendObjectRequest>(
        response(200, &[("etag", "E")], ""),
        expect!["unreadable response (status 200 OK): no x-oss-next-append-position (Transient)"],
    );

    let copied =
        "<CopyObjectResult><ETag>\"E\"</ETag><LastModified>2015-10-21T07:28:00.000Z</LastModified></CopyObjectResult>";
    let source = [("x-oss-copy-source-version-id", "s"), ("x-oss-version-id", "v")];
    let copy = CopyObjectRequest::read(response(200, &source, copied)).unwrap();
    assert_eq!((copy.etag.as_str(), copy.version_id.as_deref()), ("E", Some("v")));
    assert_eq!((copy.copy_source_version_id.as_deref(), copy.last_modified.is_some()), (Some("s"), true));

    let link = PutSymlinkRequest::read(response(200, &headers, "")).unwrap();
    assert_eq!((link.etag, link.version_id.as_deref()), (Etag::new("E").ok(), Some("v")));
    let acl = PutObjectAclRequest::read(response(200, &headers, "")).unwrap();
    let tagging = PutObjectTaggingRequest::read(response(200, &headers, "")).unwrap();
    let no_tagging = DeleteObjectTaggingRequest::read(response(204, &headers, "")).unwrap();
    for version_id in [acl.version_id, tagging.version_id, no_tagging.version_id] {
        assert_eq!(version_id.as_deref(), Some("v"));
    }
    let restore = [("x-oss-object-restore-priority", "Bulk"), ("x-oss-version-id", "v")];
    let restored = RestoreObjectRequest::read(response(202, &restore, "")).unwrap();
    assert_eq!((restored.status.as_u16(), restored.restore_tier), (202, Some(RestoreTier::Bulk)));
}

#[test]
fn an_upload_in_parts_is_named_copied_into_and_listed() {
    let body = "<InitiateMultipartUploadResult><EncodingType>url</EncodingType><Bucket>demo</Bucket><Key>a%2Fb</Key>\
                <UploadId>ID</UploadId></InitiateMultipartUploadResult>";
    let initiated = InitiateMultipartUploadRequest::read(response(200, &[], body)).unwrap();
    assert_eq!((initiated.upload_id.as_str(), initiated.key.as_deref()), ("ID", Some("a/b")));
    refused::<InitiateMultipartUploadRequest>(
        response(200, &[], "<InitiateMultipartUploadResult/>"),
        expect!["unreadable response (status 200 OK): no UploadId (Transient)"],
    );

    let headers = [("content-range", "bytes 5-9/100"), ("x-oss-copy-source-version-id", "s")];
    let body =
        "<CopyPartResult><ETag>\"E\"</ETag><LastModified>2015-10-21T07:28:00.000Z</LastModified></CopyPartResult>";
    let part = UploadPartCopyRequest::read(response(200, &headers, body)).unwrap();
    assert_eq!((part.etag.as_str(), part.content_range.map(ContentRange::len)), ("E", Some(5)));
    assert_eq!(part.copy_source_version_id.as_deref(), Some("s"));
    // A range outside the source copies all of it, and says so by saying nothing.
    assert_eq!(UploadPartCopyRequest::read(response(200, &[], body)).unwrap().content_range, None);

    let body = "<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
                <NextKeyMarker>a%2Fb</NextKeyMarker><NextUploadIdMarker>ID</NextUploadIdMarker>\
                <Upload><Key>a%2Fb</Key><UploadId>ID</UploadId><Initiated>2015-10-21T07:28:00.000Z</Initiated></Upload>\
                <CommonPrefixes><Prefix>c%2F</Prefix></CommonPrefixes></ListMultipartUploadsResult>";
    let list = ListMultipartUploadsRequest::read(response(200, &[], body)).unwrap();
    assert_eq!((list.uploads[0].key.as_str(), list.uploads[0].upload_id.as_str()), ("a/b", "ID"));
    assert_eq!((list.next_key_marker.as_deref(), list.next_upload_id_marker.as_deref()), (Some("a/b"), Some("ID")));
    assert_eq!((list.is_truncated, list.common_prefixes), (true, vec!["c/".to_owned()]));
}

#[test]
fn what_has_nothing_to_return_returns_status_and_headers() {
    let id = [("x-oss-request-id", "R")];
    assert_eq!(PutBucketRequest::read(response(200, &id, "")).unwrap().request_id(), Some("R"));
    assert_eq!(DeleteBucketRequest::read(response(204, &id, "")).unwrap().status.as_u16(), 204);
    assert_eq!(PutBucketVersioningRequest::read(response(200, &id, "")).unwrap().request_id(), Some("R"));
    assert_eq!(PutBucketCorsRequest::read(response(200, &id, "")).unwrap().request_id(), Some("R"));
    assert_eq!(DeleteBucketCorsRequest::read(response(204, &id, "")).unwrap().status.as_u16(), 204);
    assert_eq!(PutBucketLifecycleRequest::read(response(200, &id, "")).unwrap().request_id(), Some("R"));
    assert_eq!(DeleteBucketLifecycleRequest::read(response(204, &id, "")).unwrap().status.as_u16(), 204);
    let marked = [("x-oss-delete-marker", "true"), ("x-oss-version-id", "v")];
    let deleted = DeleteObjectRequest::read(response(204, &marked, "")).unwrap();
    assert_eq!((deleted.delete_marker, deleted.version_id.as_deref()), (true, Some("v")));
}

#[test]
fn the_content_of_an_object_is_handed_on() {
    let result =
        GetObjectRequest::read(response(206, &[("content-range", "bytes 0-2/9"), ("content-length", "3")], "<a>"))
            .unwrap();
    let range = result.content_range.unwrap();
    assert_eq!((range.first, range.last, range.size, result.content_length), (0, 2, Some(9), Some(3)));
    assert!(matches!(result.body, ResponseBody::Bytes(bytes) if bytes == "<a>"));
}

#[test]
fn what_was_read_to_check_a_body_is_not_taken_for_another_body() {
    let page =
        |key| format!("<ListBucketResult><Contents><Key>{key}</Key><Size>1</Size></Contents></ListBucketResult>");
    let mut checked = response(200, &[], page("a&amp;b"));
    checked.check(ListObjectsV2Request::INFO).unwrap();
    let other = checked.bytes().unwrap().clone();
    assert_eq!(ListObjectsV2Request::read(checked).unwrap().contents[0].key, "a&b");
    for body in [page("c"), page("d/e/f"), page("&lt;")] {
        let key =
            body["<ListBucketResult><Contents><Key>".len()..].split_once("</Key>").unwrap().0.replace("&lt;", "<");
        let mut checked = response(200, &[], other.clone());
        checked.check(ListObjectsV2Request::INFO).unwrap();
        checked.body = ResponseBody::Bytes(body.into());
        assert_eq!(ListObjectsV2Request::read(checked).unwrap().contents[0].key, key);
    }
    let mut checked = response(200, &[], other.clone());
    checked.check(ListObjectsV2Request::INFO).unwrap();
    checked.body = ResponseBody::Bytes(other.slice(..other.len() - 1));
    refused::<ListObjectsV2Request>(
        checked,
        expect![[
            r#"unreadable response (status 200 OK): not well-formed: syntax error: tag not closed: `>` not found before end of input: "<ListBucketResult><Contents><Key>a&amp;b</Key><Size>1</Size></Contents></ListBucketResult" (Transient)"#
        ]],
    );
}

proptest! {
    #[test]
    fn any_response_is_read_or_refused(status in 100_u16..600, json: bool, body in "(<[/]?(Error|Code|ListPartsResult|Part|ETag|html)>|[a-z0-9\u{0}\"{}]){0,12}") {
        let headers: &[_] = if json { &[("content-type", "application/json")] } else { &[] };
        let response = || response(status, headers, body.clone());
        let _ = ListPartsRequest::read(response());
        let _ = CompleteMultipartUploadRequest::read(response());
        let _ = PutObjectRequest::read(response());
        let checked = response::check(ListPartsRequest::INFO, response().status, &response().headers, body.as_bytes());
        prop_assert!(checked.is_ok() || ListPartsRequest::read(response()).is_err());
        let mut kept = response();
        prop_assert_eq!(format!("{:?}", kept.check(ListPartsRequest::INFO)), format!("{checked:?}"));
        prop_assert_eq!(format!("{:?}", ListPartsRequest::read(kept)), format!("{:?}", ListPartsRequest::read(response())));
    }
}
