use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use oss_models::{Callback, Crc64, ObjectAcl, PutObjectRequest, StorageClass};
use oss_uploader::{CallbackOutcome, Progress, Stage, UploadErrorKind, Verified};

use crate::fake::{Fake, Fault, PART, bytes, file, request};

/// Rows: W6, R7.
#[tokio::test(start_paused = true)]
async fn a_small_source_goes_by_one_put_object_an_empty_one_too() {
    for len in [0, 1, PART - 1] {
        let fake = Fake::new();
        let result = fake.uploader().upload_from(request(), bytes(len)).await.unwrap();
        assert_eq!(fake.history(), "Put");
        assert_eq!(fake.content(), bytes(len));
        assert_eq!(result.hash_crc64, Some(Crc64::of(&bytes(len))));
        assert_eq!((result.verified, result.size, result.upload_id), (Verified::Crc64, len, None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_source_goes_in_parts_and_the_whole_is_verified() {
    for (len, parts) in [(PART, 1), (PART + 1, 2), (7 * PART + 5, 8)] {
        let fake = Fake::new();
        let result = fake.uploader().upload_from(request(), bytes(len)).await.unwrap();
        assert_eq!(fake.content(), bytes(len));
        assert_eq!(fake.count("UploadPart"), parts);
        assert_eq!((result.verified, result.parts_sent, result.parts_reused), (Verified::Crc64, parts, 0));
        assert_eq!(result.upload_id.unwrap().as_str(), "ID1");
        assert_eq!(result.etag.unwrap().as_str(), fake.object().unwrap().etag);
        assert!(fake.state().most_in_flight <= 3);
    }
}

/// Rows: W12.
#[tokio::test(start_paused = true)]
async fn the_threshold_is_an_option_of_its_own() {
    let fake = Fake::new();
    let uploader = fake.uploader().multipart_threshold(5 * PART);
    uploader.upload_from(request(), bytes(3 * PART)).await.unwrap();
    assert_eq!(fake.history(), "Put");
    uploader.upload_from(request(), bytes(5 * PART)).await.unwrap();
    assert_eq!(fake.count("UploadPart"), 5);
}

/// Rows: W9, W11, R14.
#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_an_option_or_a_field_is_wrong() {
    let fake = Fake::new();
    let error = fake.uploader().upload_from(request(), bytes(1)).part_size(5).await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Option(option) if option.option == "part_size"), "{error}");
    let error = fake.uploader().upload_from(PutObjectRequest::new("Demo", "a"), bytes(1)).await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Request(_)) && error.stage() == Stage::Options, "{error}");
    let error = fake.uploader().upload_from(request().header("a b", "c"), bytes(1)).await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Request(_)), "{error}");
    assert_eq!(fake.history(), "");
}

/// Rows: W44.
#[tokio::test(start_paused = true)]
async fn a_checkpoint_of_a_stream_is_an_error_only_when_asked_for_itself() {
    let fake = Fake::new();
    let error = fake.uploader().upload_from(request(), bytes(1)).enable_checkpoint(true).await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Option(option) if option.option == "enable_checkpoint"), "{error}");
    fake.uploader().enable_checkpoint(true).upload_from(request(), bytes(1)).await.unwrap();
}

/// For the content `bytes(2 * PART)`.
fn rich_request() -> PutObjectRequest {
    request()
        .acl(ObjectAcl::Private)
        .storage_class(StorageClass::Ia)
        .content_type("text/x-mine")
        .forbid_overwrite(true)
        .traffic_limit(819_200)
        .content_md5(BASE64_STANDARD.encode(*md5::compute(bytes(2 * PART))))
        .header("x-mine", "1")
        .query("mine", "2")
}

/// Rows: W45, W46, W47.
#[tokio::test(start_paused = true)]
async fn every_field_goes_to_the_operations_where_it_belongs() {
    let fake = Fake::new();
    fake.uploader().upload_from(rich_request(), bytes(2 * PART)).await.unwrap();
    let where_is = |header: &str| {
        ["InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload"]
            .map(|operation| fake.entry(operation).headers.contains_key(header))
    };
    assert_eq!(where_is("x-oss-object-acl"), [false, false, true]);
    assert_eq!(where_is("x-oss-storage-class"), [true, false, false]);
    assert_eq!(where_is("x-oss-forbid-overwrite"), [true, false, true]);
    assert_eq!(where_is("x-oss-traffic-limit"), [false, true, false]);
    assert_eq!(where_is("x-mine"), [true, true, true]);
    // That of the whole object fits neither the empty body of Initiate nor a part.
    assert_eq!(where_is("content-md5")[..2], [false, false]);
    assert_eq!(fake.entry("InitiateMultipartUpload").headers["content-type"], "text/x-mine");
    for entry in &fake.state().log {
        assert!(entry.query.contains(&("mine".to_owned(), "2".to_owned())), "{entry:?}");
    }
}

/// Every request of an upload, in parts and by one request: a header by name is where its setter would put it.
///
/// Rows: W45, W47.
#[tokio::test(start_paused = true)]
async fn a_header_by_name_goes_where_its_setter_would_put_it() {
    let describing = [
        ("X-Oss-Server-Side-Encryption", "AES256"),
        ("x-oss-storage-class", "IA"),
        ("x-oss-tagging", "a=b"),
        ("x-oss-object-worm-mode", "GOVERNANCE"),
        ("x-oss-meta-a", "b"),
        ("Content-Disposition", "inline"),
    ];
    let completing = [("x-oss-object-acl", "private"), ("x-oss-callback", "Y2I="), ("x-oss-callback-var", "e30=")];
    let mut request = request().header("X-Oss-Traffic-Limit", "819200").header("x-mine", "1");
    for (name, value) in describing.iter().chain(&completing) {
        request = request.header(*name, *value);
    }
    let fake = Fake::new();
    fake.fault("UploadPart 2", Fault::Refuse(403, "AccessDenied"));
    fake.uploader().upload_from(request.clone(), bytes(3 * PART)).await.unwrap_err();
    fake.fault("CompleteMultipartUpload", Fault::ResponseLost);
    fake.uploader().upload_from(request.clone(), bytes(3 * PART)).await.unwrap();
    fake.uploader().upload_from(request, bytes(10)).await.unwrap();
    for entry in &fake.state().log {
        let operation = entry.operation;
        let is = |operations: &[&str]| operations.contains(&operation);
        for (name, _) in describing {
            let expected = is(&["PutObject", "InitiateMultipartUpload"]);
            assert_eq!(entry.headers.contains_key(name.to_ascii_lowercase()), expected, "{name} of {operation}");
        }
        for (name, _) in completing {
            let expected = is(&["PutObject", "CompleteMultipartUpload"]);
            assert_eq!(entry.headers.contains_key(name), expected, "{name} of {operation}");
        }
        assert_eq!(entry.headers.contains_key("x-oss-traffic-limit"), is(&["PutObject", "UploadPart"]), "{operation}");
        assert!(entry.headers.contains_key("x-mine"), "{operation}");
    }
    for operation in ["AbortMultipartUpload", "ListParts", "HeadObject", "PutObject"] {
        assert!(fake.count(operation) > 0, "{operation}: {}", fake.history());
    }
}

/// Rows: W48.
#[tokio::test(start_paused = true)]
async fn a_callback_by_name_shows_its_outcome_like_one_by_its_setter() {
    let by_name = || request().header("X-OSS-Callback", "Y2I=");
    let by_query = || request().query("callback", "Y2I=");
    let fake = Fake::new();
    let result = fake.uploader().upload_from(by_name(), bytes(2 * PART)).await.unwrap();
    assert_eq!(result.callback, Some(CallbackOutcome::Ok("{\"done\":1}".into())));
    for request in [by_name(), by_query()] {
        for (operation, len) in [("PutObject", 10), ("CompleteMultipartUpload", 2 * PART)] {
            let fake = Fake::new();
            fake.fault(operation, Fault::ResponseLost);
            let lost = fake.uploader().upload_from(request.clone(), bytes(len)).await.unwrap();
            assert_eq!(lost.callback, Some(CallbackOutcome::Unknown), "{operation}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_media_type_by_name_is_not_replaced_by_that_of_the_file_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.html");
    for (len, operation) in [(10, "PutObject"), (2 * PART, "InitiateMultipartUpload")] {
        std::fs::write(&path, bytes(len)).unwrap();
        let fake = Fake::new();
        fake.uploader().upload_file(request().header("Content-Type", "text/x-mine"), &path).await.unwrap();
        assert_eq!(fake.entry(operation).headers["content-type"], "text/x-mine");
    }
}

/// Rows: R48.
#[tokio::test(start_paused = true)]
async fn a_refusal_to_overwrite_by_name_counts_after_a_lost_response() {
    let fake = Fake::new();
    fake.fault("PutObject", Fault::ResponseLost);
    let request = request().header("x-oss-forbid-overwrite", "true");
    let result = fake.uploader().upload_from(request, bytes(10)).await.unwrap();
    assert!(result.confirmed_by_head, "{}", fake.history());
    // What may not overwrite goes again without a question before.
    assert_eq!((fake.count("PutObject"), fake.count("HeadObject")), (2, 1), "{}", fake.history());
}

/// Rows: W50.
#[tokio::test(start_paused = true)]
async fn every_part_can_carry_its_md5() {
    let (fake, file) = (Fake::new(), file(3 * PART));
    fake.uploader().send_content_md5(true).upload_file(request(), file.path()).await.unwrap();
    fake.uploader().send_content_md5(true).upload_from(request(), file.reopen().unwrap()).await.unwrap();
    fake.uploader().upload_from(request(), bytes(3 * PART)).send_content_md5(true).await.unwrap();
    assert_eq!(fake.count("UploadPart"), 9, "the server compared each and refused none");
    assert!(fake.entry("UploadPart").headers.contains_key("content-md5"));
}

/// Rows: W49.
#[tokio::test(start_paused = true)]
async fn the_media_type_follows_from_the_file_name_then_from_the_key() {
    let folder = tempfile::tempdir().unwrap();
    for (file, key, expected) in [("a.html", "b.png", "text/html"), ("a.unheard", "b.png", "image/png")] {
        let path = folder.path().join(file);
        std::fs::write(&path, "content").unwrap();
        let fake = Fake::new();
        fake.uploader().upload_file(PutObjectRequest::new("demo", key), path).await.unwrap();
        assert_eq!(fake.entry("PutObject").headers["content-type"], expected);
    }
}

/// Rows: W48, R52.
#[tokio::test(start_paused = true)]
async fn the_callback_response_is_in_the_result_byte_for_byte() {
    let fake = Fake::new();
    let request = request().callback(Callback::new("http://h/", "b"));
    let result = fake.uploader().upload_from(request, bytes(2 * PART)).await.unwrap();
    assert_eq!(result.callback, Some(CallbackOutcome::Ok("{\"done\":1}".into())));
    assert!(result.etag.is_some() && result.verified == Verified::Crc64);
}

/// However often bytes leave: a caller draws something each time.
///
/// Rows: W51.
#[tokio::test(start_paused = true)]
async fn progress_is_told_at_most_ten_times_a_second_also_of_one_put_object() {
    let (fake, len) = (Fake::new(), 64 * PART);
    let scheduler = oss_uploader::Scheduler::new().bandwidth(len / 2);
    let uploader = fake.uploader().scheduler(scheduler).multipart_threshold(len + 1);
    let seen = Arc::new(Mutex::new(0));
    let count = seen.clone();
    let file = file(len);
    let began = tokio::time::Instant::now();
    uploader.upload_file(request(), file.path()).on_progress(move |_| *count.lock().unwrap() += 1).await.unwrap();
    let tenths = began.elapsed().as_millis() / 100;
    let seen = *seen.lock().unwrap();
    assert_eq!(fake.history(), "Put");
    assert!(tenths > 15 && (tenths / 2..=tenths + 2).contains(&seen), "{seen} times in {tenths} tenths of a second");
}

/// Rows: W51.
#[tokio::test(start_paused = true)]
async fn progress_is_monotone_within_parts_and_reaches_the_total() {
    let fake = Fake::new();
    let seen = Arc::new(Mutex::new(Vec::<Progress>::new()));
    let log = seen.clone();
    let upload = fake.uploader().upload_from(request(), bytes(6 * PART));
    upload.on_progress(move |progress| log.lock().unwrap().push(progress)).await.unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.is_sorted_by_key(|progress| progress.confirmed) && seen.is_sorted_by_key(|p| p.transferred));
    let last = seen.last().unwrap();
    assert_eq!((last.confirmed, last.in_flight, last.total), (6 * PART, 0, Some(6 * PART)));
    assert!(seen.iter().any(|progress| progress.in_flight > 0), "bytes are seen before parts are confirmed");
}

/// Rows: W51.
#[tokio::test(start_paused = true)]
async fn the_last_progress_is_the_total_and_what_is_sent_again_counts_once() {
    for len in [10, PART + 5] {
        let fake = Fake::new();
        fake.fault("PutObject", Fault::ReadTwice).fault("UploadPart 1", Fault::ReadTwice);
        let seen = Arc::new(Mutex::new(Vec::<Progress>::new()));
        let log = seen.clone();
        let upload = fake.uploader().upload_from(request(), bytes(len));
        upload.on_progress(move |progress| log.lock().unwrap().push(progress)).await.unwrap();
        let seen = seen.lock().unwrap();
        assert_eq!(seen.last().map(|last| (last.confirmed, last.in_flight)), Some((len, 0)));
        assert!(seen.iter().all(|progress| progress.confirmed + progress.in_flight <= len), "{seen:?}");
        assert!(seen.iter().any(|progress| progress.in_flight > 0), "{seen:?}");
    }
}

/// Rows: R55.
#[tokio::test(start_paused = true)]
async fn without_crc_the_result_says_so_and_strictness_makes_it_an_error() {
    for len in [10, 3 * PART] {
        let fake = Fake::new();
        fake.state().tells_crc = false;
        let result = fake.uploader().upload_from(request(), bytes(len)).await.unwrap();
        assert_eq!((result.verified, result.hash_crc64), (Verified::No, None));
        let strict = fake.uploader().require_verification(true);
        let error = strict.upload_from(request(), bytes(len)).await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Unverified), "{error}");
        assert!(error.stored_object().unwrap().etag.is_some());
    }
}

/// Rows: W18, W19, R54.
#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_count_is_verified_all_the_same() {
    let file = file(3 * PART);
    let fake = Fake::new();
    fake.state().counts = false;
    for uploader in [fake.uploader(), fake.uploader().multipart_threshold(9 * PART)] {
        let result = uploader.upload_file(request(), file.path()).await.unwrap();
        assert_eq!((result.verified, fake.content()), (Verified::Crc64, bytes(3 * PART)));
    }
}
