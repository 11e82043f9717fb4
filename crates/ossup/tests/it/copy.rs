//! Copies within the service, over real connections.

use std::time::Duration;

use oss_emulator::{Emulator, EmulatorBuilder, EtagMode, Fault, FaultEffect};
use ossup::{
    Client, CopyObjectRequest, CopySource, GetObjectRequest, GetObjectTaggingRequest, HeadObjectRequest,
    HeadObjectResult, MetadataDirective, ObjectCopy, PutBucketVersioningRequest, PutObjectRequest, Source,
    StorageClass, Stored, Tag, Tagging, TaggingDirective, UploadErrorKind, Verified, VersioningStatus,
};

use crate::support::{PART, bytes, count, emulator, start, until};

const LEN: usize = 4 * PART + 123;
/// What is hard to write in a header, a query or XML.
const HARD: &str = "a b/&=+?#%41 <ü>\"'";

fn buckets() -> EmulatorBuilder {
    emulator().bucket("other")
}

/// Stores the object that is copied.
async fn put(client: &Client, key: &str) {
    let tags = Tagging::new().tag("a+b=c", "x+y =ü:/").tag("plain", "");
    let request = PutObjectRequest::new("demo", key).body(bytes(LEN)).content_type("text/x-own").tagging(tags);
    let request =
        request.metadata([("own", "1 & 2 = 3 + ?")]).cache_control("no-cache").header("content-language", "de");
    client.put_object(request.storage_class(StorageClass::Ia)).await.unwrap();
}

fn request(bucket: &str, key: &str) -> CopyObjectRequest {
    CopyObjectRequest::new(bucket, key, CopySource::new("demo", "film"))
}

/// A copy that goes in parts, one after the other.
fn in_parts(client: &Client, request: CopyObjectRequest) -> ObjectCopy {
    let copier = client.copier().part_size(PART as u64).multipart_copy_threshold(0_u64).disable_shallow_copy(true);
    copier.copy(request).parallel_num(1)
}

async fn head(client: &Client, bucket: &str, key: &str) -> HeadObjectResult {
    client.head_object(HeadObjectRequest::new(bucket, key)).await.unwrap()
}

async fn tags(client: &Client, bucket: &str, key: &str) -> Vec<Tag> {
    client.get_object_tagging(GetObjectTaggingRequest::new(bucket, key)).await.unwrap().tags
}

fn content(emulator: &Emulator, bucket: &str, key: &str) -> Option<Vec<u8>> {
    emulator.content(bucket, key).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_content_metadata_and_tags_of_its_source_either_way() {
    let (emulator, client) = start(buckets()).await;
    put(&client, HARD).await;
    let source = CopySource::new("demo", HARD);
    for bucket in ["demo", "other"] {
        for parts in [false, true] {
            emulator.clear_history();
            let key = format!("copy/{HARD}/{parts}");
            let request = CopyObjectRequest::new(bucket, key.as_str(), source.clone());
            let copying = if parts { in_parts(&client, request) } else { client.copier().copy(request) };
            let result = copying.await.unwrap();
            assert_eq!(
                (result.verified, result.size, result.parts_sent),
                (Verified::Crc64, LEN as u64, if parts { 5 } else { 0 })
            );
            assert!(content(&emulator, bucket, &key).unwrap() == bytes(LEN), "{bucket} {parts}");
            let copy = head(&client, bucket, &key).await;
            assert_eq!(copy.content_type.as_deref(), Some("text/x-own"), "{bucket} {parts}");
            assert_eq!(copy.cache_control.as_deref(), Some("no-cache"));
            assert_eq!(copy.metadata.value("own"), Some("1 & 2 = 3 + ?"));
            assert_eq!(tags(&client, bucket, &key).await, [Tag::new("a+b=c", "x+y =ü:/"), Tag::new("plain", "")]);
            assert_eq!(copy.storage_class, Some(StorageClass::Standard), "the class is never taken from the source");
            assert_eq!(count(&emulator, "CopyObject"), usize::from(!parts));
            assert_eq!(count(&emulator, "UploadPartCopy"), if parts { 5 } else { 0 });
            let copies = emulator.history().into_iter().filter(|request| request.operation.contains("Copy"));
            for copy in copies {
                let pinned = copy.headers.iter().any(|(name, _)| name == "x-oss-copy-source-if-match");
                assert!(pinned, "{copy:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directives_hold_whichever_way_the_copy_goes() {
    let (_emulator, client) = start(buckets()).await;
    put(&client, "film").await;
    for parts in [false, true] {
        let own = request("other", "b.txt").metadata([("new", "1")]).tagging(Tagging::new().tag("new", "tag"));
        let own = own.metadata_directive(MetadataDirective::Replace).tagging_directive(TaggingDirective::Replace);
        let own = own.storage_class(StorageClass::Archive);
        if parts { in_parts(&client, own) } else { client.copier().copy(own) }.await.unwrap();
        let copy = head(&client, "other", "b.txt").await;
        assert_eq!((copy.metadata.value("new"), copy.metadata.value("own")), (Some("1"), None), "{parts}");
        assert_eq!((copy.content_type.as_deref(), copy.cache_control), (Some("text/plain"), None), "{parts}");
        assert_eq!(copy.storage_class, Some(StorageClass::Archive), "{parts}");
        assert_eq!(tags(&client, "other", "b.txt").await, [Tag::new("new", "tag")], "{parts}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_object_is_copied_at_once_where_that_works_else_in_parts() {
    let limit = LEN as u64 - 1;
    for (max_copy_size, same_bucket, copies, parts) in
        [(u64::MAX, true, 1, 0), (limit, true, 1, 5), (u64::MAX, false, 0, 5)]
    {
        let (emulator, client) = start(buckets().max_copy_size(max_copy_size)).await;
        put(&client, "film").await;
        let copier = client.copier().part_size(PART as u64).multipart_copy_threshold(limit);
        let bucket = if same_bucket { "demo" } else { "other" };
        let result = copier.copy(request(bucket, "copy")).await.unwrap();
        assert_eq!(result.verified, Verified::Crc64);
        assert!(content(&emulator, bucket, "copy").unwrap() == bytes(LEN));
        assert_eq!((count(&emulator, "CopyObject"), count(&emulator, "UploadPartCopy")), (copies, parts));
    }
    // An object that the service does not copy at once, though it is below the threshold.
    let (emulator, client) = start(buckets().max_copy_size(limit)).await;
    put(&client, "film").await;
    client.copier().part_size(PART as u64).copy(request("other", "copy")).await.unwrap();
    assert_eq!((count(&emulator, "CopyObject"), count(&emulator, "UploadPartCopy")), (1, 5));
}

/// Rows: R57.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changes_meanwhile_is_an_error_and_no_mixture() {
    for (name, change) in [
        ("replaced", Fault::on("UploadPartCopy").nth(3).replace_object("demo", "film", bytes(LEN + 1))),
        ("deleted", Fault::on("UploadPartCopy").nth(3).effect(deleted())),
        ("replaced before one request", Fault::on("CopyObject").replace_object("demo", "film", "new")),
    ] {
        let (emulator, client) = start(buckets().fault(change)).await;
        put(&client, "film").await;
        client.put_object(PutObjectRequest::new("other", "copy").body("old")).await.unwrap();
        let one = name.ends_with("request");
        let request = request("other", "copy");
        let copying = if one { client.copier().copy(request) } else { in_parts(&client, request) };
        let error = copying.await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::SourceChanged { .. }), "{name}: {error}");
        assert!(error.to_string().starts_with("copy failed while copying"), "{name}: {error}");
        assert_eq!((error.stored(), error.leftovers().is_none()), (Stored::No, true), "{name}: {error}");
        assert_eq!(content(&emulator, "other", "copy").unwrap(), b"old", "{name}");
        assert!(emulator.uploads("other").unwrap().is_empty(), "{name}");
    }
}

fn deleted() -> FaultEffect {
    serde_json::from_str(r#"{"replace": {"bucket": "demo", "key": "film", "content": null}}"#).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_callers_conditions_and_version_hold() {
    let (emulator, client) = start(buckets()).await;
    let versions = PutBucketVersioningRequest::new("demo", VersioningStatus::Enabled);
    client.put_bucket_versioning(versions).await.unwrap();
    put(&client, "film").await;
    let first = head(&client, "demo", "film").await;
    client.put_object(PutObjectRequest::new("demo", "film").body("newer")).await.unwrap();
    let refused = request("other", "copy").copy_source_if_match(first.etag.clone().unwrap());
    let error = client.copier().copy(refused).await.unwrap_err();
    assert_eq!(error.code(), Some("PreconditionFailed"), "{error}");
    let version = first.version_id.unwrap();
    let source = CopySource::new("demo", "film").version_id(version.as_str());
    for parts in [false, true] {
        let request = CopyObjectRequest::new("other", "copy", source.clone());
        if parts { in_parts(&client, request) } else { client.copier().copy(request) }.await.unwrap();
        assert!(content(&emulator, "other", "copy").unwrap() == bytes(LEN));
        assert_eq!(tags(&client, "other", "copy").await.len(), 2, "those of that version");
    }
}

/// Rows: W14, R45.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_once_ends_in_a_verified_copy() {
    for (parts, operation) in [
        (false, "HeadObject"),
        (false, "CopyObject"),
        (true, "GetObjectTagging"),
        (true, "InitiateMultipartUpload"),
        (true, "UploadPartCopy"),
        (true, "CompleteMultipartUpload"),
    ] {
        for effect in [
            FaultEffect::CloseBeforeReading,
            FaultEffect::CloseAfterStoring,
            FaultEffect::ErrorIn200("InternalError".to_owned()),
        ] {
            if operation == "HeadObject" && matches!(effect, FaultEffect::ErrorIn200(_)) {
                // A HEAD has no document that could say so.
                continue;
            }
            let fault = Fault::on(operation).effect(effect.clone()).respond(503, "ServiceUnavailable");
            let plain = Fault::on(operation).effect(effect.clone());
            for fault in [fault, plain] {
                let (emulator, client) = start(buckets().fault(fault)).await;
                put(&client, "film").await;
                let request = request("other", "copy");
                let copying = if parts { in_parts(&client, request) } else { client.copier().copy(request) };
                let result = copying.await.unwrap_or_else(|error| panic!("{operation} {effect:?}: {error}"));
                assert_eq!(result.verified, Verified::Crc64, "{operation} {effect:?}");
                assert!(content(&emulator, "other", "copy").unwrap() == bytes(LEN), "{operation} {effect:?}");
            }
        }
    }
}

/// Rows: W20, W21.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_compared_with_its_source_or_the_result_says_that_it_is_not() {
    for parts in [false, true] {
        let copying = |client: &Client| {
            let request = request("other", "copy");
            if parts { in_parts(client, request) } else { client.copier().copy(request) }
        };
        let (emulator, client) = start(buckets().copy_without_crc(true)).await;
        put(&client, "film").await;
        assert_eq!(copying(&client).await.unwrap().verified, Verified::No);
        let error = copying(&client).require_verification(true).await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Unverified), "{error}");
        assert_eq!(error.stored(), Stored::Yes);
        assert!(content(&emulator, "other", "copy").unwrap() == bytes(LEN));

        // The response has none, and the object does.
        let operation = if parts { "CompleteMultipartUpload" } else { "CopyObject" };
        let (_emulator, client) = start(buckets().fault(Fault::on(operation).effect(FaultEffect::MissingCrc))).await;
        put(&client, "film").await;
        assert_eq!(copying(&client).require_verification(true).await.unwrap().verified, Verified::Crc64);

        let (_emulator, client) = start(buckets().fault(Fault::on(operation).effect(FaultEffect::WrongCrc))).await;
        put(&client, "film").await;
        let error = copying(&client).await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::CopyDiffers { .. }), "{error}");
        assert!(error.to_string().contains("the object is in place with ETag"), "it is named: {error}");
    }
}

/// Rows: W38.
#[tokio::test(flavor = "multi_thread")]
async fn another_run_copies_the_rest_if_the_source_is_still_the_same() {
    for changed in [false, true] {
        let (emulator, client) = start(buckets()).await;
        put(&client, "film").await;
        let records = tempfile::tempdir().unwrap();
        let copying = || {
            let copying = in_parts(&client, request("other", "copy")).part_attempts(1_u32);
            copying.enable_checkpoint(true).checkpoint_dir(records.path())
        };
        emulator.add_fault(Fault::on("UploadPartCopy").nth(4).always().respond(500, "InternalError"));
        let error = copying().await.unwrap_err();
        assert!(error.is_resumable() && error.leftovers().is_some(), "{error}");
        emulator.clear_faults();
        emulator.clear_history();
        if changed {
            client.put_object(PutObjectRequest::new("demo", "film").body(bytes(LEN + 1))).await.unwrap();
        }
        let result = copying().await.unwrap();
        assert_eq!(result.verified, Verified::Crc64);
        let (reused, copied, len) = if changed { (0, 5, LEN + 1) } else { (3, 2, LEN) };
        assert_eq!((result.parts_reused, count(&emulator, "UploadPartCopy")), (reused, copied));
        assert!(content(&emulator, "other", "copy").unwrap() == bytes(len));
        assert!(emulator.uploads("other").unwrap().is_empty(), "that of the other source was aborted");
        let left: Vec<_> = std::fs::read_dir(records.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| name.to_string_lossy().ends_with("lock")), "{left:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_in_another_region_is_named_and_can_go_through_here() {
    let elsewhere = Fault::on("HeadObject")
        .always()
        .respond(403, "AccessDenied")
        .element("Endpoint", "oss-cn-beijing.aliyuncs.com");
    let (emulator, client) = start(buckets().fault(elsewhere)).await;
    put(&client, "film").await;
    let error = client.copier().copy(request("other", "copy")).await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::CrossRegion(_)), "{error}");
    assert!(error.to_string().contains("the source is in another region"), "{error}");
    let stream = client.downloader().stream(GetObjectRequest::new("demo", "film")).await.unwrap();
    let source = Source::stream(stream).with_len(LEN as u64);
    let result = client.uploader().upload_from(PutObjectRequest::new("other", "copy"), source).await.unwrap();
    assert_eq!(result.verified, Verified::Crc64);
    assert!(content(&emulator, "other", "copy").unwrap() == bytes(LEN));
}

/// A download stream into an upload: what the stream says at its very end, after the last byte, counts.
///
/// Rows: R57.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_goes_wrong_on_its_way_through_here_leaves_no_copy() {
    for part_size in [PART, 2 * LEN] {
        for (name, fault) in [
            ("damaged", Fault::on("GetObject").effect(FaultEffect::FlipByte(100))),
            ("damaged at the end", Fault::on("GetObject").nth(5).effect(FaultEffect::FlipByte(100))),
            ("replaced", Fault::on("GetObject").nth(3).replace(bytes(LEN + 1))),
            ("cut short", Fault::on("GetObject").nth(4).replace(bytes(PART))),
        ] {
            for len in [LEN, 4 * PART] {
                let (emulator, client) = start(buckets().fault(fault.clone())).await;
                client.put_object(PutObjectRequest::new("demo", "film").body(bytes(len))).await.unwrap();
                let stream = client.downloader().stream(GetObjectRequest::new("demo", "film"));
                let stream = stream.part_size(PART as u64).parallel_num(1).part_attempts(1_u32).await.unwrap();
                let source = Source::stream(stream).with_len(len as u64);
                let upload = client.uploader().upload_from(PutObjectRequest::new("other", "copy"), source);
                let outcome = upload.part_size(part_size as u64).await;
                let copy = content(&emulator, "other", "copy");
                match outcome {
                    // Of four parts no fifth is fetched, so nothing goes wrong.
                    Ok(_) => {
                        assert!(name == "damaged at the end" && len == 4 * PART && copy == Some(bytes(len)), "{name}");
                    }
                    Err(error) => {
                        assert_eq!((copy, error.stored()), (None, Stored::No), "{name}: {error}");
                        assert!(emulator.uploads("other").unwrap().is_empty(), "{name}");
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_copied_is_told_and_leaves_nothing() {
    let (emulator, client) = start(buckets()).await;
    put(&client, "film").await;
    client
        .put_object(PutObjectRequest::new("demo", "cold").body("x").storage_class(StorageClass::Archive))
        .await
        .unwrap();
    let copy =
        |source: &str| client.copier().copy(CopyObjectRequest::new("other", "copy", CopySource::new("demo", source)));
    let missing = copy("missing").await.unwrap_err();
    assert_eq!((missing.code(), missing.stored()), (Some("NoSuchKey"), Stored::No));
    assert_eq!(copy("cold").await.unwrap_err().code(), Some("InvalidObjectState"));
    let sent = emulator.history().len();
    for invalid in [
        request("Other", "copy"),
        request("other", ""),
        CopyObjectRequest::new("other", "a", CopySource::new("demo", "")),
    ] {
        assert!(matches!(client.copier().copy(invalid).await.unwrap_err().kind(), UploadErrorKind::Request(_)));
    }
    let error = client.copier().copy(request("other", "copy")).part_size(1_u64).await.unwrap_err();
    assert!(error.to_string().starts_with("copy failed while checking the request"), "{error}");
    assert_eq!(emulator.history().len(), sent, "nothing was sent");
    let taken = request("other", "taken").forbid_overwrite(true);
    client.put_object(PutObjectRequest::new("other", "taken").body("old")).await.unwrap();
    for parts in [false, true] {
        let copying = if parts { in_parts(&client, taken.clone()) } else { client.copier().copy(taken.clone()) };
        assert_eq!(copying.await.unwrap_err().code(), Some("FileAlreadyExists"));
    }
    assert_eq!(content(&emulator, "other", "taken").unwrap(), b"old");
    assert!(emulator.uploads("other").unwrap().is_empty());
}

/// Rows: W22, W46.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_or_dropped_copy_leaves_nothing_behind() {
    for cancels in [true, false] {
        let slow = Fault::on("UploadPartCopy").always().delay(Duration::from_millis(50));
        let (emulator, client) = start(buckets().fault(slow)).await;
        put(&client, "film").await;
        let handle = in_parts(&client, request("other", "copy")).start();
        until("a part is copied", || count(&emulator, "UploadPartCopy") >= 2).await;
        if cancels {
            let error = handle.cancel().await.unwrap_err();
            assert!(matches!(error.kind(), UploadErrorKind::Cancelled), "{error}");
        } else {
            drop(handle);
        }
        until("the upload is gone", || emulator.uploads("other").unwrap().is_empty()).await;
        assert_eq!(content(&emulator, "other", "copy"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_object_and_a_link_are_copied_as_they_are() {
    let (emulator, client) = start(buckets()).await;
    client.put_object(PutObjectRequest::new("demo", "film").body("")).await.unwrap();
    let result = in_parts(&client, request("other", "copy")).await.unwrap();
    assert_eq!(
        (result.verified, result.size, content(&emulator, "other", "copy")),
        (Verified::Crc64, 0, Some(Vec::new()))
    );
    put(&client, "film").await;
    client.put_symlink(ossup::PutSymlinkRequest::new("demo", "link", "film")).await.unwrap();
    let link = CopyObjectRequest::new("demo", "link2", CopySource::new("demo", "link"));
    let result = client.copier().copy(link).await.unwrap();
    assert_eq!(result.verified, Verified::No, "nothing is known of the link itself");
    let target = client.get_symlink(ossup::GetSymlinkRequest::new("demo", "link2")).await.unwrap();
    assert_eq!(target.symlink_target.as_deref(), Some("film"));
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_monotone_and_reaches_the_size() {
    let (_emulator, client) = start(buckets()).await;
    put(&client, "film").await;
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = seen.clone();
    let copying = in_parts(&client, request("other", "copy"));
    copying.on_progress(move |progress| sink.lock().unwrap().push(progress)).await.unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.windows(2).all(|pair| pair[0].confirmed <= pair[1].confirmed));
    let last = seen.last().unwrap();
    assert_eq!((last.confirmed, last.total), (LEN as u64, Some(LEN as u64)));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "stores 1 GiB; run it alone"]
async fn one_gib_is_copied_inside_a_bucket_and_across_buckets() {
    const GIB: u64 = 1 << 30;
    let folder = tempfile::tempdir().unwrap();
    let builder = buckets().dir(folder.path()).durability(oss_emulator::Durability::Process).etag(EtagMode::Crc);
    let (emulator, client) = start(builder).await;
    let file = folder.path().join("source");
    std::fs::File::create(&file).unwrap().set_len(GIB).unwrap();
    client.uploader().upload_file(PutObjectRequest::new("demo", "film"), &file).part_size(64_u64 << 20).await.unwrap();
    for (bucket, key) in [("demo", "copy"), ("other", "copy")] {
        for shallow in [true, false] {
            let changed = request(bucket, key).metadata([("new", "1")]).metadata_directive(MetadataDirective::Replace);
            let began = std::time::Instant::now();
            let result = client.copier().copy(changed).disable_shallow_copy(!shallow).await.unwrap();
            println!("{bucket}, shallow {shallow}: {} parts in {:?}", result.parts_sent, began.elapsed());
            assert_eq!((result.verified, result.size), (Verified::Crc64, GIB));
            assert_eq!(head(&client, bucket, key).await.metadata.value("new"), Some("1"));
        }
    }
    drop(emulator);
}
