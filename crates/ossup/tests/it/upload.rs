//! The upload manager over real connections.

use std::time::Duration;

use oss_emulator::{Fault, FaultEffect};
use ossup::{
    Callback, CallbackOutcome, GetObjectRequest, HeadObjectRequest, Metadata, ObjectAcl, Operation as _,
    PutBucketVersioningRequest, PutObjectRequest, StorageClass, Stored, Tagging, UploadErrorKind, Verified,
    VersioningStatus,
};

use crate::support::{PART, application, assert_content, bytes, count, emulator, plain_http, request, start, until};

const HELD: Duration = Duration::from_secs(600);

#[tokio::test(flavor = "multi_thread")]
async fn parallel_num_parts_are_in_flight_and_no_more() {
    let held = (1..=3).map(|part| Fault::on("UploadPart").part(part).delay(HELD));
    let (emulator, client) = start(held.fold(emulator(), |builder, fault| builder.fault(fault))).await;
    let upload = client.uploader().upload_from(request(), bytes(8 * PART)).part_size(PART as u64).parallel_num(3);
    let handle = upload.start();
    until("three parts", || count(&emulator, "UploadPart") == 3).await;
    // Others get through meanwhile, and a fourth part would have.
    for _ in 0..20 {
        client.head_object(HeadObjectRequest::new("demo", "film")).await.unwrap_err();
    }
    assert_eq!(count(&emulator, "UploadPart"), 3);
    let error = handle.cancel().await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Cancelled), "{error}");
    assert!(emulator.uploads("demo").unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_by_one_request_or_in_parts_and_is_verified() {
    let (emulator, client) = start(emulator()).await;
    let folder = tempfile::tempdir().unwrap();
    for (len, parts) in [(0, 0), (1, 0), (PART - 1, 0), (PART, 1), (5 * PART + 1, 6)] {
        let content = bytes(len);
        let path = folder.path().join("film.mkv");
        std::fs::write(&path, &content).unwrap();
        let result = client.uploader().upload_file(request(), &path).part_size(PART as u64).await.unwrap();
        assert_eq!((result.verified, result.size, result.parts_sent), (Verified::Crc64, len as u64, parts));
        assert_eq!(result.upload_id.is_some(), parts > 0);
        let stored = emulator.objects("demo").unwrap().remove(0);
        assert_eq!(result.hash_crc64.map(ossup::Crc64::to_u64), stored.crc64);
        assert_eq!(result.etag.unwrap().as_str(), stored.etag);
        assert_content(&emulator, "film", &content);
    }
    assert!(emulator.uploads("demo").unwrap().is_empty());
}

/// OSS refuses them on parts and on Complete, and so does the emulator.
#[tokio::test(flavor = "multi_thread")]
async fn encryption_by_name_reaches_the_object_and_nothing_else() {
    let (emulator, client) = start(emulator()).await;
    for len in [10, 3 * PART] {
        let request = request().header("x-oss-server-side-encryption", "AES256");
        client.uploader().upload_from(request, bytes(len)).part_size(PART as u64).await.unwrap();
        let head = client.head_object(HeadObjectRequest::new("demo", "film")).await.unwrap();
        assert_eq!(head.headers["x-oss-server-side-encryption"], "AES256");
        assert_content(&emulator, "film", &bytes(len));
    }
}

/// Rows: W48, R50.
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_by_name_is_made_and_told() {
    let ok = application(200, r#"{"thanks":true}"#).await;
    for len in [10, 3 * PART] {
        let (_emulator, client) = start(emulator()).await;
        let by_setter = request().callback(Callback::new(&ok, "object=${object}&size=${size}")).into_request().unwrap();
        let callback = by_setter.headers["x-oss-callback"].to_str().unwrap();
        let upload = client.uploader().upload_from(request().header("x-oss-callback", callback), bytes(len));
        let result = upload.part_size(PART as u64).await.unwrap();
        assert_eq!(result.callback, Some(CallbackOutcome::Ok(r#"{"thanks":true}"#.into())));
    }
}

/// A failed callback is no failure of the upload.
///
/// Rows: W48, R50.
#[tokio::test(flavor = "multi_thread")]
async fn the_result_has_the_response_of_the_callback_or_its_failure() {
    let ok = application(200, r#"{"thanks":true}"#).await;
    let broken = application(500, "no").await;
    for len in [10, 3 * PART] {
        let (emulator, client) = start(emulator()).await;
        let upload = |url: &str| {
            let request = request().callback(Callback::new(url, "object=${object}&size=${size}"));
            client.uploader().upload_from(request, bytes(len)).part_size(PART as u64)
        };
        let result = upload(&ok).await.unwrap();
        assert_eq!(result.callback, Some(CallbackOutcome::Ok(r#"{"thanks":true}"#.into())));
        assert_eq!((result.status_code(), result.verified), (200, Verified::Crc64));

        emulator.clear_history();
        let result = upload(&broken).await.unwrap();
        let Some(CallbackOutcome::Failed { code, .. }) = &result.callback else { panic!("{result:?}") };
        assert_eq!((code.as_str(), result.status_code()), ("CallbackFailed", 203));
        assert_content(&emulator, "film", &bytes(len));
        assert!(emulator.uploads("demo").unwrap().is_empty());
        let finals = count(&emulator, "PutObject") + count(&emulator, "CompleteMultipartUpload");
        assert_eq!((finals, count(&emulator, "AbortMultipartUpload")), (1, 0), "called back once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_bucket_with_versions_the_result_names_the_version() {
    let (_emulator, client) = start(emulator()).await;
    client.put_bucket_versioning(PutBucketVersioningRequest::new("demo", VersioningStatus::Enabled)).await.unwrap();
    let uploader = client.uploader().part_size(PART as u64);
    let first = uploader.upload_from(request(), bytes(5)).await.unwrap().version_id.unwrap();
    let second = uploader.upload_from(request(), bytes(2 * PART)).await.unwrap().version_id.unwrap();
    assert_ne!(first, second);
    for (version, len) in [(first, 5), (second, 2 * PART as u64)] {
        let head = client.head_object(HeadObjectRequest::new("demo", "film").version_id(version)).await.unwrap();
        assert_eq!(head.content_length, Some(len));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_forbid_overwrite_the_object_that_is_there_stays() {
    let (emulator, client) = start(emulator()).await;
    let uploader = client.uploader().part_size(PART as u64);
    let once = || request().forbid_overwrite(true);
    uploader.upload_from(once(), bytes(7)).await.unwrap();
    for len in [8, 2 * PART] {
        let error = uploader.upload_from(once(), bytes(len)).await.unwrap_err();
        assert_eq!(error.call().and_then(|call| call.code()), Some("FileAlreadyExists"), "{error}");
        assert_eq!(error.stored(), Stored::No);
    }
    assert_content(&emulator, "film", &bytes(7));
    assert!(emulator.uploads("demo").unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_request_says_is_stored_whichever_way_the_object_went() {
    let (emulator, client) = start(emulator()).await;
    for len in [3, 3 * PART] {
        let mut metadata = Metadata::new();
        metadata.insert("author", "me");
        let request = request()
            .metadata(metadata)
            .content_type("video/x-film")
            .cache_control("no-cache")
            .content_disposition("attachment")
            .tagging(Tagging::new().tag("kind", "a b+c=1/2").tag("year", "2026"))
            .acl(ObjectAcl::PublicRead)
            .storage_class(StorageClass::Ia);
        client.uploader().upload_from(request, bytes(len)).part_size(PART as u64).await.unwrap();

        let head = client.head_object(HeadObjectRequest::new("demo", "film")).await.unwrap();
        assert_eq!(head.metadata.value("author"), Some("me"));
        assert_eq!(head.content_type.as_deref(), Some("video/x-film"));
        assert_eq!(head.cache_control.as_deref(), Some("no-cache"));
        assert_eq!(head.content_disposition.as_deref(), Some("attachment"));
        assert_eq!((head.storage_class, head.tagging_count), (Some(StorageClass::Ia), Some(2)));
        let stored = emulator.objects("demo").unwrap().remove(0);
        let tags = [("kind", "a b+c=1/2"), ("year", "2026")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!((stored.acl.as_str(), stored.tags.as_slice()), ("public-read", tags.as_slice()), "{len}");
    }
}

/// Rows: W14, R45.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_response_is_no_failure_and_no_second_upload() {
    for (operation, len) in [
        ("PutObject", 10),
        ("InitiateMultipartUpload", 3 * PART),
        ("UploadPart", 3 * PART),
        ("CompleteMultipartUpload", 3 * PART),
    ] {
        for effect in [FaultEffect::CloseAfterStoring, FaultEffect::CloseMidResponse(5)] {
            let fault = Fault::on(operation).effect(effect);
            let (emulator, client) = start(emulator().fault(fault)).await;
            let upload = client.uploader().upload_from(request(), bytes(len)).part_size(PART as u64);
            let result = upload.await.unwrap_or_else(|error| panic!("{operation}: {error:?}"));
            assert_eq!(result.verified, Verified::Crc64, "{operation}");
            assert_eq!(result.confirmed_by_head, operation == "CompleteMultipartUpload");
            assert_content(&emulator, "film", &bytes(len));
            assert_eq!(count(&emulator, "AbortMultipartUpload"), 0, "{operation}");
            assert!(count(&emulator, "UploadPart") <= 4, "{operation}");
            // The id in a lost response to Initiate is unknown to the client; that upload has no parts.
            let left = emulator.uploads("demo").unwrap();
            assert!(left.iter().all(|upload| upload.parts.is_empty()), "{operation}: {left:?}");
            assert_eq!(left.len(), usize::from(operation == "InitiateMultipartUpload"), "{operation}");
        }
    }
}

/// Rows: W14.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_response_under_forbid_overwrite_is_no_conflict() {
    for (operation, len) in [("PutObject", 10), ("CompleteMultipartUpload", 2 * PART)] {
        let (emulator, client) =
            start(emulator().fault(Fault::on(operation).effect(FaultEffect::CloseAfterStoring))).await;
        let upload = client.uploader().upload_from(request().forbid_overwrite(true), bytes(len)).part_size(PART as u64);
        not_at_the_end_of_a_second().await;
        let result = upload.await.unwrap();
        assert!(result.confirmed_by_head, "{operation}");
        assert_eq!(result.verified, Verified::Crc64);
        assert_content(&emulator, "film", &bytes(len));
    }
}

/// Times of objects have whole seconds: of what is stored in the last milliseconds of one, nothing tells for sure that it is
/// not older than the upload.
async fn not_at_the_end_of_a_second() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    if now.subsec_millis() > 900 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Rows: R54, W21.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_not_what_was_sent_is_never_a_success() {
    let wrong = |operation| Fault::on(operation).effect(FaultEffect::WrongCrc);
    let (emulator, client) = start(emulator().fault(wrong("CompleteMultipartUpload").always())).await;
    let error = client.uploader().upload_from(request(), bytes(2 * PART)).part_size(PART as u64).await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Corrupt { .. }), "{error:?}");
    assert_eq!(error.stored(), Stored::Yes);
    let stored = emulator.objects("demo").unwrap().remove(0);
    assert_eq!(
        error.stored_object().and_then(|object| Some(object.etag.as_ref()?.as_str())),
        Some(stored.etag.as_str())
    );
    assert!(error.upload_id().is_some());

    // One damaged part is sent again.
    emulator.clear_faults();
    emulator.clear_history();
    emulator.add_fault(wrong("UploadPart").part(2));
    let result = client.uploader().upload_from(request(), bytes(3 * PART)).part_size(PART as u64).await.unwrap();
    assert_eq!((result.verified, count(&emulator, "UploadPart")), (Verified::Crc64, 4));
}

/// Rows: R55.
#[tokio::test(flavor = "multi_thread")]
async fn without_checksums_the_result_says_so_and_strictness_refuses_it() {
    let silent = Fault::on_any().effect(FaultEffect::MissingCrc).always();
    let (_emulator, client) = start(emulator().fault(silent)).await;
    for len in [10, 2 * PART] {
        let upload = || client.uploader().upload_from(request(), bytes(len)).part_size(PART as u64);
        assert_eq!(upload().await.unwrap().verified, Verified::No);
        let error = upload().require_verification(true).await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Unverified), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_of_one_client_run_side_by_side() {
    let (emulator, client) = start(emulator().latency(Duration::from_millis(2))).await;
    let uploader = client.uploader().part_size(PART as u64);
    let upload = |key: &str, len| uploader.upload_from(PutObjectRequest::new("demo", key), bytes(len));
    let (a, b, c) =
        tokio::join!(upload("a", 9 * PART).into_future(), upload("b", 7 * PART + 1).into_future(), upload("c", 9));
    for (key, result) in [("a", a), ("b", b), ("c", c)] {
        let result = result.unwrap();
        assert_eq!(result.verified, Verified::Crc64);
        assert_content(&emulator, key, &bytes(usize::try_from(result.size).unwrap()));
    }
    assert!(emulator.uploads("demo").unwrap().is_empty());
}

/// Rows: R37.
#[tokio::test(flavor = "multi_thread")]
async fn a_future_that_is_dropped_leaves_no_upload() {
    // Two requests: the response to Initiate has come. Any more: amid the parts, or amid Complete.
    for requests in 2..14 {
        let (emulator, client) = start(emulator().latency(Duration::from_millis(3))).await;
        let upload = client.uploader().upload_from(request(), bytes(10 * PART)).part_size(PART as u64);
        tokio::select! {
            biased;
            () = until("requests", || emulator.history().len() >= requests) => {}
            done = upload.into_future() => { done.unwrap(); }
        }
        until("no upload", || emulator.uploads("demo").unwrap().is_empty()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_url_writes_and_reads_one_object_without_credentials() {
    let (emulator, client) = start(emulator()).await;
    let hour = Duration::from_secs(3600);
    let put = PutObjectRequest::new("demo", "dir/a b+c.txt").content_type("text/plain").into_request().unwrap();
    let put = client.transport().presign(&put, hour).await.unwrap();
    let headers = |signed: &ossup::http::HeaderMap| {
        signed.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap())).collect::<String>()
    };
    let with = headers(put.signed_headers());
    assert!(with.contains("content-type: text/plain"), "{with}");
    let (status, body) = plain_http(put.method().as_str(), put.url(), &with, "hello").await;
    assert_eq!(status, 200, "{body}");
    assert_content(&emulator, "dir/a b+c.txt", b"hello");

    let get = GetObjectRequest::new("demo", "dir/a b+c.txt").into_request().unwrap();
    let get = client.transport().presign(&get, hour).await.unwrap();
    assert_eq!(plain_http("GET", get.url(), &headers(get.signed_headers()), "").await, (200, "hello".to_owned()));
    // For this method and key only.
    assert_eq!(plain_http("DELETE", get.url(), "", "").await.0, 403);
    assert_eq!(plain_http("GET", &get.url().replacen("c.txt", "d.txt", 1), "", "").await.0, 403);
    assert!(!format!("{get:?}").contains(get.url()), "a signed URL is a secret");
}
