//! Each operation of the client, once or more, over real connections.

use http_body_util::BodyExt as _;
use oss_emulator::{Fault, FaultEffect};
use ossup::{
    AbortMultipartUploadRequest, AppendObjectRequest, ByteRange, CompleteMultipartUploadRequest, CompletedPart,
    CompletedParts, CopyObjectRequest, CopySource, Crc64, CreateBucketConfiguration, DataRedundancyType, Delete,
    DeleteBucketRequest, DeleteMultipleObjectsRequest, DeleteObjectRequest, DeleteObjectTaggingRequest,
    GetBucketInfoRequest, GetBucketLocationRequest, GetBucketVersioningRequest, GetObjectAclRequest,
    GetObjectMetaRequest, GetObjectRequest, GetObjectTaggingRequest, GetSymlinkRequest, HeadObjectRequest,
    InitiateMultipartUploadRequest, ListBucketsRequest, ListMultipartUploadsRequest, ListObjectVersionsRequest,
    ListObjectsV2Request, ListPartsRequest, ObjectAcl, PartNumber, PutBucketRequest, PutBucketVersioningRequest,
    PutObjectAclRequest, PutObjectRequest, PutObjectTaggingRequest, PutSymlinkRequest, ResponseBody,
    RestoreConfiguration, RestoreObjectRequest, StorageClass, Tagging, UploadPartCopyRequest, UploadPartRequest,
    VersionEntry, VersioningStatus, items, pages,
};

use crate::support::{PART, assert_content, bytes, count, emulator, start};

/// The bytes of a response, as they come; the error if they are not what the server promised.
async fn read(body: ResponseBody) -> Result<Vec<u8>, String> {
    let ResponseBody::Stream(stream) = body else { panic!("content is streamed") };
    stream.collect().await.map(|whole| whole.to_bytes().to_vec()).map_err(|error| error.to_string())
}

fn number(number: u16) -> PartNumber {
    PartNumber::new(number).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_are_made_described_listed_and_removed() {
    let (_emulator, client) = start(emulator()).await;
    let configuration =
        CreateBucketConfiguration::new().storage_class(StorageClass::Ia).data_redundancy_type(DataRedundancyType::Zrs);
    client.put_bucket(PutBucketRequest::new("second").configuration(configuration)).await.unwrap();

    let info = client.get_bucket_info(GetBucketInfoRequest::new("second")).await.unwrap().bucket;
    assert_eq!((info.name.as_str(), info.storage_class), ("second", Some(StorageClass::Ia)));
    assert_eq!((info.data_redundancy_type, info.versioning), (Some(DataRedundancyType::Zrs), None));
    let location = client.get_bucket_location(GetBucketLocationRequest::new("second")).await.unwrap().location;
    assert_eq!(location, "oss-cn-hangzhou");

    let versioning =
        || async { client.get_bucket_versioning(GetBucketVersioningRequest::new("second")).await.unwrap().versioning };
    assert_eq!(versioning().await, None);
    for status in [VersioningStatus::Enabled, VersioningStatus::Suspended] {
        client.put_bucket_versioning(PutBucketVersioningRequest::new("second", status.clone())).await.unwrap();
        assert_eq!(versioning().await, Some(status));
    }

    let page = client.list_buckets(ListBucketsRequest::new()).await.unwrap();
    assert_eq!(page.buckets.iter().map(|bucket| bucket.name.as_str()).collect::<Vec<_>>(), ["demo", "second"]);
    client.delete_bucket(DeleteBucketRequest::new("second")).await.unwrap();
    let mut names = Vec::new();
    let mut buckets = items(client.transport().clone(), ListBucketsRequest::new());
    while let Some(bucket) = buckets.next().await {
        names.push(bucket.unwrap().name);
    }
    assert_eq!(names, ["demo"]);
    let error = client.get_bucket_info(GetBucketInfoRequest::new("second")).await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchBucket"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_written_looked_at_read_whole_and_in_ranges_and_removed() {
    let (emulator, client) = start(emulator()).await;
    let content = bytes(300_000);
    let put = client.put_object(PutObjectRequest::new("demo", "a/ü b").body(content.clone())).await.unwrap();
    assert_eq!(put.hash_crc64, Some(Crc64::of(&content)));

    let head = client.head_object(HeadObjectRequest::new("demo", "a/ü b")).await.unwrap();
    assert_eq!((head.content_length, head.etag.as_ref()), (Some(300_000), Some(&put.etag)));
    let meta = client.get_object_meta(GetObjectMetaRequest::new("demo", "a/ü b")).await.unwrap();
    assert_eq!((meta.content_length, meta.etag.as_ref()), (Some(300_000), Some(&put.etag)));

    let get = client.get_object(GetObjectRequest::new("demo", "a/ü b")).await.unwrap();
    assert_eq!(get.hash_crc64, Some(Crc64::of(&content)));
    assert!(read(get.body).await.unwrap() == content);
    for (range, expected) in [
        (ByteRange::from(100..200), &content[100..200]),
        (ByteRange::Last(7), &content[content.len() - 7..]),
        (ByteRange::Between { first: 299_990, last: None }, &content[299_990..]),
    ] {
        let get = client.get_object(GetObjectRequest::new("demo", "a/ü b").range(range)).await.unwrap();
        assert_eq!(get.status.as_u16(), 206);
        assert_eq!(read(get.body).await.unwrap(), expected);
    }

    client.delete_object(DeleteObjectRequest::new("demo", "a/ü b")).await.unwrap();
    let error = client.get_object(GetObjectRequest::new("demo", "a/ü b")).await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchKey"));
    assert!(emulator.objects("demo").unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_is_not_what_the_server_promised_is_an_error_of_the_stream() {
    let (emulator, client) = start(emulator()).await;
    client.put_object(PutObjectRequest::new("demo", "k").body(bytes(200_000))).await.unwrap();
    for effect in [FaultEffect::WrongCrc, FaultEffect::CloseMidResponse(100_000)] {
        emulator.add_fault(Fault::on("GetObject").effect(effect.clone()));
        let get = client.get_object(GetObjectRequest::new("demo", "k")).await.unwrap();
        assert!(read(get.body).await.is_err(), "{effect:?}");
    }
    let get = client.get_object(GetObjectRequest::new("demo", "k")).await.unwrap();
    assert!(read(get.body).await.unwrap() == bytes(200_000));
}

/// Rows: R57.
#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_a_download_is_never_that_of_another_object() {
    let (emulator, client) = start(emulator()).await;
    let content = bytes(200_000);
    client.put_object(PutObjectRequest::new("demo", "k").body(content.clone())).await.unwrap();
    emulator.add_fault(Fault::on("GetObject").effect(FaultEffect::CloseMidResponse(100_000)));
    let get = client.get_object(GetObjectRequest::new("demo", "k")).await.unwrap();
    let etag = get.etag.unwrap();
    assert!(read(get.body).await.is_err());
    assert_eq!(count(&emulator, "GetObject"), 1, "nothing is fetched behind the caller's back");

    let rest = || {
        let range = ByteRange::Between { first: 100_000, last: None };
        client.get_object(GetObjectRequest::new("demo", "k").range(range).if_match(etag.clone()))
    };
    assert!(read(rest().await.unwrap().body).await.unwrap() == content[100_000..]);
    client.put_object(PutObjectRequest::new("demo", "k").body(vec![0; 200_000])).await.unwrap();
    let error = rest().await.unwrap_err();
    assert_eq!((error.code(), error.attempts()), (Some("PreconditionFailed"), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_go_from_page_to_page() {
    let (emulator, client) = start(emulator()).await;
    let keys: Vec<String> = (0..7).map(|n| format!("dir {}/k&{n}", n % 3)).collect();
    for key in &keys {
        client.put_object(PutObjectRequest::new("demo", key).body("x")).await.unwrap();
    }
    let mut sorted = keys.clone();
    sorted.sort();

    emulator.clear_history();
    let mut listed = Vec::new();
    let mut list = items(client.transport().clone(), ListObjectsV2Request::new("demo").max_keys(2));
    while let Some(object) = list.next().await {
        listed.push(object.unwrap().key);
    }
    assert_eq!((&listed, count(&emulator, "ListObjectsV2")), (&sorted, 4));

    let folded = client.list_objects_v2(ListObjectsV2Request::new("demo").delimiter("/")).await.unwrap();
    assert_eq!(folded.common_prefixes, ["dir 0/", "dir 1/", "dir 2/"]);
    assert!(folded.contents.is_empty());
    let mut list = pages(client.transport().clone(), ListObjectsV2Request::new("demo").prefix("dir 0/").max_keys(2));
    let mut sizes = Vec::new();
    while let Some(page) = list.next().await {
        sizes.push(page.unwrap().contents.len());
    }
    assert_eq!(sizes, [2, 1]);

    for key in &keys {
        client.initiate_multipart_upload(InitiateMultipartUploadRequest::new("demo", key)).await.unwrap();
    }
    let mut uploads = items(client.transport().clone(), ListMultipartUploadsRequest::new("demo").max_uploads(3));
    let mut under_way = Vec::new();
    while let Some(upload) = uploads.next().await {
        under_way.push(upload.unwrap().key);
    }
    assert_eq!(under_way, sorted);
    let page = client.list_multipart_uploads(ListMultipartUploadsRequest::new("demo").prefix("dir 2/")).await.unwrap();
    assert_eq!(page.uploads.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_kept_listed_read_and_removed() {
    let (_emulator, client) = start(emulator()).await;
    client.put_bucket_versioning(PutBucketVersioningRequest::new("demo", VersioningStatus::Enabled)).await.unwrap();
    let mut versions = Vec::new();
    for text in ["one", "two"] {
        let put = client.put_object(PutObjectRequest::new("demo", "k").body(text)).await.unwrap();
        versions.push(put.version_id.unwrap());
    }
    let marker = client.delete_object(DeleteObjectRequest::new("demo", "k")).await.unwrap();
    assert!(marker.delete_marker);
    let error = client.get_object(GetObjectRequest::new("demo", "k")).await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchKey"));
    for (version, text) in versions.iter().zip(["one", "two"]) {
        let get = client.get_object(GetObjectRequest::new("demo", "k").version_id(version)).await.unwrap();
        assert_eq!(read(get.body).await.unwrap(), text.as_bytes());
    }

    let page = client.list_object_versions(ListObjectVersionsRequest::new("demo")).await.unwrap();
    let listed: Vec<_> = page.entries.iter().map(|entry| matches!(entry, VersionEntry::DeleteMarker(_))).collect();
    assert_eq!(listed, [true, false, false], "newest first");
    let mut entries = items(client.transport().clone(), ListObjectVersionsRequest::new("demo").max_keys(1));
    while let Some(entry) = entries.next().await {
        let (key, version) = match entry.unwrap() {
            VersionEntry::Version(version) => (version.key, version.version_id),
            VersionEntry::DeleteMarker(marker) => (marker.key, marker.version_id),
            other => panic!("{other:?}"),
        };
        client.delete_object(DeleteObjectRequest::new("demo", key).version_id(version)).await.unwrap();
    }
    let page = client.list_object_versions(ListObjectVersionsRequest::new("demo")).await.unwrap();
    assert!(page.entries.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_objects_are_removed_by_one_request() {
    let (emulator, client) = start(emulator()).await;
    let keys = ["a", "b & c", "d/é"];
    for key in keys {
        client.put_object(PutObjectRequest::new("demo", key).body("x")).await.unwrap();
    }
    let delete: Delete = ["a", "b & c", "never there"].into_iter().collect();
    let done = client.delete_multiple_objects(DeleteMultipleObjectsRequest::new("demo", delete)).await.unwrap();
    assert_eq!(
        done.deleted.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(),
        ["a", "b & c", "never there"]
    );
    let quiet: Delete = ["d/é"].into_iter().collect();
    let done =
        client.delete_multiple_objects(DeleteMultipleObjectsRequest::new("demo", quiet.quiet(true))).await.unwrap();
    assert!(done.deleted.is_empty());
    assert!(emulator.objects("demo").unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appendable_object_grows_at_its_end() {
    let (emulator, client) = start(emulator()).await;
    let append =
        |position, text: &'static str| client.append_object(AppendObjectRequest::new("demo", "log", position, text));
    let first = append(0, "one ").await.unwrap();
    assert_eq!(first.next_append_position, 4);
    let second = AppendObjectRequest::new("demo", "log", 4, "two").init_hash_crc64(first.hash_crc64.unwrap());
    let second = client.append_object(second).await.unwrap();
    assert_eq!((second.next_append_position, second.hash_crc64), (7, Some(Crc64::of(b"one two"))));
    let error = append(4, "again").await.unwrap_err();
    assert_eq!(error.code(), Some("PositionNotEqualToLength"));
    assert_content(&emulator, "log", b"one two");
    let head = client.head_object(HeadObjectRequest::new("demo", "log")).await.unwrap();
    assert_eq!((head.object_type.as_deref(), head.next_append_position), (Some("Appendable"), Some(7)));
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_links_tags_and_acls_go_with_an_object() {
    let (emulator, client) = start(emulator()).await;
    client.put_object(PutObjectRequest::new("demo", "from + é").body("content")).await.unwrap();
    let copy = CopyObjectRequest::new("demo", "to", CopySource::new("demo", "from + é"));
    assert!(client.copy_object(copy).await.unwrap().etag.quoted().len() > 2);
    assert_content(&emulator, "to", b"content");

    client.put_symlink(PutSymlinkRequest::new("demo", "link", "from + é")).await.unwrap();
    let link = client.get_symlink(GetSymlinkRequest::new("demo", "link")).await.unwrap();
    assert_eq!(link.symlink_target.as_deref(), Some("from + é"));
    let through = client.get_object(GetObjectRequest::new("demo", "link")).await.unwrap();
    assert_eq!(read(through.body).await.unwrap(), b"content");

    let tagging = Tagging::new().tag("kind", "film").tag("no value", "");
    client.put_object_tagging(PutObjectTaggingRequest::new("demo", "to", tagging)).await.unwrap();
    let tags = || async { client.get_object_tagging(GetObjectTaggingRequest::new("demo", "to")).await.unwrap().tags };
    let mut pairs: Vec<_> = tags().await.into_iter().map(|tag| (tag.key, tag.value)).collect();
    pairs.sort();
    assert_eq!(pairs, [("kind", "film"), ("no value", "")].map(|(key, value)| (key.to_owned(), value.to_owned())));
    client.delete_object_tagging(DeleteObjectTaggingRequest::new("demo", "to")).await.unwrap();
    assert!(tags().await.is_empty());

    let acl = || async { client.get_object_acl(GetObjectAclRequest::new("demo", "to")).await.unwrap().acl };
    assert_eq!(acl().await, ObjectAcl::Default);
    client.put_object_acl(PutObjectAclRequest::new("demo", "to", ObjectAcl::PublicRead)).await.unwrap();
    assert_eq!(acl().await, ObjectAcl::PublicRead);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_object_is_readable_once_restored() {
    let (_emulator, client) = start(emulator().restore_after(std::time::Duration::ZERO)).await;
    let put = PutObjectRequest::new("demo", "old").storage_class(StorageClass::Archive).body("content");
    client.put_object(put).await.unwrap();
    let error = client.get_object(GetObjectRequest::new("demo", "old")).await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidObjectState"));
    let restore = RestoreObjectRequest::new("demo", "old").configuration(RestoreConfiguration::new(1));
    assert_eq!(client.restore_object(restore).await.unwrap().status.as_u16(), 202);
    let get = client.get_object(GetObjectRequest::new("demo", "old")).await.unwrap();
    assert_eq!(read(get.body).await.unwrap(), b"content");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_multipart_upload_can_be_made_by_hand() {
    let (emulator, client) = start(emulator()).await;
    let content = bytes(2 * PART + 9);
    client.put_object(PutObjectRequest::new("demo", "source").body(content.clone())).await.unwrap();
    let begin = || async {
        let started =
            client.initiate_multipart_upload(InitiateMultipartUploadRequest::new("demo", "whole")).await.unwrap();
        started.upload_id
    };

    let id = begin().await;
    let first = UploadPartRequest::new("demo", "whole", id.clone(), number(1), content[..PART].to_vec());
    let first = client.upload_part(first).await.unwrap();
    assert_eq!(first.hash_crc64, Some(Crc64::of(&content[..PART])));
    let rest = UploadPartCopyRequest::new("demo", "whole", id.clone(), number(2), CopySource::new("demo", "source"))
        .copy_source_range(PART as u64..content.len() as u64);
    let rest = client.upload_part_copy(rest).await.unwrap();

    let list = ListPartsRequest::new("demo", "whole", id.clone()).max_parts(1);
    let mut parts = items(client.transport().clone(), list.clone());
    let mut listed = Vec::new();
    while let Some(part) = parts.next().await {
        listed.push(CompletedPart::from(&part.unwrap()));
    }
    assert_eq!(listed, [CompletedPart::new(number(1), first.etag), CompletedPart::new(number(2), rest.etag)]);
    assert!(client.list_parts(list).await.unwrap().is_truncated);
    let complete = CompleteMultipartUploadRequest::new("demo", "whole", id, CompletedParts::from(listed));
    let done = client.complete_multipart_upload(complete).await.unwrap();
    assert_eq!(done.hash_crc64, Some(Crc64::of(&content)));
    assert_content(&emulator, "whole", &content);

    let id = begin().await;
    client.abort_multipart_upload(AbortMultipartUploadRequest::new("demo", "whole", id.clone())).await.unwrap();
    let error = client.list_parts(ListPartsRequest::new("demo", "whole", id)).await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchUpload"));
    assert!(emulator.uploads("demo").unwrap().is_empty());
}
