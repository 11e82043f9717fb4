//! What an error of an object that goes by one request says about the object is true, whenever it leaves.

use std::time::Duration;

use oss_models::{Callback, PartNumber};
use oss_uploader::checkpoint::MemoryStore;
use oss_uploader::session::MultipartSession;
use oss_uploader::{Scheduler, SourceError, Stored, UploadErrorKind};
use std::sync::Arc;

use crate::fake::{Fake, Fault, PART, bytes, file, request};

const MINUTE: Duration = Duration::from_secs(60);

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Rows: R38.
#[tokio::test(start_paused = true)]
async fn a_put_that_is_cancelled_after_it_was_stored_is_no_false_no() {
    // The response comes while it is waited for, or the object itself tells.
    for (held_back, asked) in [(Duration::from_secs(9), 0), (MINUTE, 1)] {
        let fake = Fake::new();
        fake.fault("PutObject", Fault::HeldBack(held_back));
        let uploading = fake.uploader().upload_from(request(), bytes(1000)).start();
        until(|| fake.object().is_some()).await;
        let began = tokio::time::Instant::now();
        let result = uploading.cancel().await.expect("it is in place");
        assert_eq!((result.size, result.confirmed_by_head), (1000, asked == 1));
        assert_eq!((fake.count("PutObject"), fake.count("HeadObject")), (1, asked));
        assert!(began.elapsed() <= Duration::from_secs(30));
    }
    // No one can be asked.
    for fault in [Fault::Hang, Fault::Refuse(403, "AccessDenied")] {
        let fake = Fake::new();
        fake.fault("PutObject", Fault::HeldBack(MINUTE)).fault("HeadObject", fault);
        let uploading = fake.uploader().upload_from(request(), bytes(1000)).start();
        until(|| fake.object().is_some()).await;
        let began = tokio::time::Instant::now();
        let error = uploading.cancel().await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Cancelled), "{error}");
        assert_eq!((error.stored(), fake.count("HeadObject")), (Stored::Unknown, 1));
        assert!(began.elapsed() <= Duration::from_secs(30));
    }
}

/// Rows: R38.
#[tokio::test(start_paused = true)]
async fn a_put_whose_bytes_have_not_all_left_is_called_back_at_once() {
    let fake = Fake::new();
    let slow = Scheduler::new().bandwidth(PART);
    let upload = fake.uploader().scheduler(slow).multipart_threshold(9 * PART).upload_from(request(), bytes(8 * PART));
    let uploading = upload.start();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let began = tokio::time::Instant::now();
    let error = uploading.cancel().await.unwrap_err();
    assert_eq!((error.stored(), fake.count("PutObject"), fake.count("HeadObject")), (Stored::No, 1, 0), "{error}");
    assert!(began.elapsed() < Duration::from_secs(1));
    tokio::time::sleep(MINUTE).await;
    assert!(fake.object().is_none());
}

/// Rows: R38.
#[tokio::test(start_paused = true)]
async fn cancelled_after_a_lost_response_a_put_is_asked_about_once() {
    for (refused, stored) in [(1, true), (2, false)] {
        let fake = Fake::new();
        fake.fault("PutObject", Fault::ResponseLost).fault("PutObject", Fault::Hang);
        for _ in 0..refused {
            fake.fault("HeadObject", Fault::Refuse(403, "AccessDenied"));
        }
        let uploading = fake.uploader().upload_from(request(), bytes(1000)).start();
        until(|| fake.count("PutObject") == 2).await;
        match uploading.cancel().await {
            Ok(result) => assert!(stored && result.confirmed_by_head),
            Err(error) => assert_eq!((error.stored(), stored), (Stored::Unknown, false), "{error}"),
        }
        assert_eq!(fake.count("HeadObject"), 2);
    }
}

/// Rows: R2, R3.
#[tokio::test(start_paused = true)]
async fn a_file_that_changes_after_a_lost_response_is_no_false_no() {
    for content in ["cut", "grown far beyond what it was when it was opened"] {
        let (fake, file) = (Fake::new(), file(10));
        fake.fault("PutObject", Fault::ResponseLost).fault("HeadObject", Fault::Slow(Duration::from_millis(100)));
        let uploading = fake.uploader().upload_file(request(), file.path()).start();
        until(|| fake.object().is_some()).await;
        std::fs::write(file.path(), content).unwrap();
        let error = uploading.await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Source(SourceError::Changed { .. })), "{error}");
        assert_eq!(error.stored(), Stored::Yes, "{content}: {error}");
    }
}

/// What a service that does not count has sent can be known from the source alone.
#[tokio::test(start_paused = true)]
async fn a_source_that_cannot_be_read_after_a_lost_response_leaves_it_unknown() {
    let (fake, file) = (Fake::new(), file(10));
    fake.state().counts = false;
    fake.fault("PutObject", Fault::LostAfter(Duration::from_secs(1)));
    let uploading = fake.uploader().upload_file(request(), file.path()).start();
    until(|| fake.object().is_some()).await;
    std::fs::write(file.path(), "cut").unwrap();
    let error = uploading.await.unwrap_err();
    assert_eq!(error.stored(), Stored::Unknown, "{error}");
}

/// Rows: W48, R50.
#[tokio::test(start_paused = true)]
async fn after_a_failed_callback_the_object_is_in_place_whatever_the_file_does() {
    let (fake, file) = (Fake::new(), file(10));
    fake.fault("PutObject", Fault::CallbackFails);
    let request = request().callback(Callback::new("http://h/", "b"));
    let uploading = fake.uploader().upload_file(request, file.path()).start();
    until(|| fake.object().is_some()).await;
    std::fs::write(file.path(), "cut").unwrap();
    let error = uploading.await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Source(_)), "{error}");
    assert_eq!(error.stored(), Stored::Yes, "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_callback_that_panics_at_the_end_does_not_deny_the_object() {
    for len in [10, 2 * PART] {
        let fake = Fake::new();
        let upload = fake.uploader().upload_from(request(), bytes(len)).on_progress(move |progress| {
            assert!(progress.confirmed < len, "at the end");
        });
        let error = upload.await.unwrap_err();
        assert!(fake.object().is_some() || error.stored() != Stored::Yes);
        assert_eq!(error.stored() == Stored::No, fake.object().is_none(), "{error}");
    }
}

/// Rows: R54, R80.
#[tokio::test(start_paused = true)]
async fn a_damaged_attempt_is_not_forgotten_when_the_next_one_is_refused() {
    for (len, operation) in [(10, "PutObject"), (2 * PART, "UploadPart 2")] {
        let fake = Fake::new();
        fake.fault(operation, Fault::Damage).fault(operation, Fault::Refuse(403, "AccessDenied"));
        let error = fake.uploader().upload_from(request(), bytes(len)).await.unwrap_err();
        assert_eq!(error.code(), Some("AccessDenied"), "{error}");
        assert_eq!(error.stored() == Stored::Unknown, fake.object().is_some(), "{error}");
        assert!(error.to_string().contains("CRC64 of the bytes sent was"), "{error}");
        assert_eq!(error.others().len(), 1);
    }
    // So it is in a session.
    let fake = Fake::new();
    let uploader = fake.uploader();
    let session = MultipartSession::begin(&uploader, request(), None).await.unwrap();
    fake.fault("UploadPart", Fault::Damage).fault("UploadPart", Fault::Refuse(403, "AccessDenied"));
    let error = session.upload_part(&uploader, PartNumber::MIN, 0, bytes(PART)).await.unwrap_err();
    assert!(error.to_string().contains("CRC64 of the bytes sent was"), "{error}");
}

/// Rows: R33.
#[tokio::test(start_paused = true)]
async fn an_earlier_complete_that_cannot_be_verified_stays_unknown() {
    let (fake, file) = (Fake::new(), file(3 * PART));
    let store = MemoryStore::new();
    let upload = || {
        let upload = fake.uploader().upload_file(request(), file.path()).enable_checkpoint(true);
        upload.checkpoint_store(Arc::new(store.clone())).part_attempts(1_u32)
    };
    fake.fault("CompleteMultipartUpload", Fault::HeldBack(MINUTE));
    let earlier = upload().start();
    until(|| fake.object().is_some()).await;
    drop(earlier);
    tokio::time::sleep(MINUTE).await;
    fake.fault("ListParts", Fault::Refuse(503, "ServiceUnavailable"));
    let error = upload().await.unwrap_err();
    assert_eq!((error.stored(), error.is_resumable()), (Stored::Unknown, true), "{error}");
    assert!(upload().await.unwrap().confirmed_by_head);
}

/// Rows: R45, R56.
#[tokio::test(start_paused = true)]
async fn the_same_bytes_with_other_metadata_are_another_object() {
    // Stored shortly before, and every attempt is lost before it is carried out.
    type Change = fn(oss_models::PutObjectRequest) -> oss_models::PutObjectRequest;
    let changes: [Change; 3] = [
        |request| request.content_type("text/html"),
        |request| request.header("x-oss-meta-made-by", "us"),
        |request| request.storage_class(oss_models::StorageClass::Ia),
    ];
    for change in changes {
        let fake = Fake::new();
        let earlier = request().content_type("text/plain").storage_class(oss_models::StorageClass::Standard);
        fake.uploader().upload_from(earlier.clone(), bytes(1000)).await.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        for _ in 0..8 {
            fake.fault("PutObject", Fault::LostOnTheWay);
        }
        let error = fake.uploader().upload_from(change(earlier.clone()), bytes(1000)).await.unwrap_err();
        assert_eq!(error.stored(), Stored::Unknown, "{error}");
        // Lost once, it goes again.
        fake.clear_faults();
        fake.fault("PutObject", Fault::LostOnTheWay);
        let result = fake.uploader().upload_from(change(earlier), bytes(1000)).await.unwrap();
        assert!(!result.confirmed_by_head);
    }
}

/// Rows: R45, R48, R56.
#[tokio::test(start_paused = true)]
async fn the_same_object_of_before_the_upload_proves_nothing() {
    for forbid in [false, true] {
        let fake = Fake::new();
        fake.state().versioned = true;
        fake.uploader().upload_from(request(), bytes(1000)).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        for _ in 0..8 {
            fake.fault("PutObject", Fault::LostOnTheWay);
        }
        if forbid {
            fake.clear_faults();
            fake.fault("PutObject", Fault::LostOnTheWay);
        }
        let upload = fake.uploader().upload_from(request().forbid_overwrite(forbid), bytes(1000));
        let error = upload.await.unwrap_err();
        assert_eq!(error.code(), forbid.then_some("FileAlreadyExists"), "{error}");
    }
}

/// Rows: R51, R56, R60.
#[tokio::test(start_paused = true)]
async fn a_put_goes_again_unless_it_would_call_back_or_add_a_version() {
    for (versioned, callback, history) in
        [(false, false, "Put Head Put"), (true, false, "Put Head"), (false, true, "Put Head")]
    {
        let fake = Fake::new();
        fake.state().versioned = versioned;
        fake.fault("PutObject", Fault::ResponseLost);
        let request = if callback { request().callback(Callback::new("http://h/", "b")) } else { request() };
        fake.uploader().upload_from(request, bytes(1000)).await.unwrap();
        assert_eq!(fake.history(), history);
    }
    // What was not carried out goes again in any case.
    let fake = Fake::new();
    fake.state().versioned = true;
    fake.fault("PutObject", Fault::LostOnTheWay);
    fake.uploader().upload_from(request().callback(Callback::new("http://h/", "b")), bytes(1000)).await.unwrap();
    assert_eq!(fake.history(), "Put Head Put");
}

/// Rows: W14, R45.
#[tokio::test(start_paused = true)]
async fn a_complete_is_not_proven_by_the_same_bytes_with_other_metadata() {
    for (name, value) in [("content-type", "text/html"), ("x-oss-meta-made-by", "them"), ("x-oss-storage-class", "IA")]
    {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", Fault::LostOnTheWay);
        let request = request().storage_class(oss_models::StorageClass::Standard);
        let uploading = fake.uploader().upload_from(request, bytes(2 * PART)).start();
        until(|| fake.count("CompleteMultipartUpload") == 1).await;
        fake.state().uploads.clear();
        fake.plant(bytes(2 * PART), "Multipart", 0);
        fake.relabel(name, value);
        let error = uploading.await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::NotStored { .. }), "{name}: {error}");
    }
}
