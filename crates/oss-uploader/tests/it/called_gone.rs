//! An upload that the server once calls gone is aborted: it is gone then, or named.

use std::sync::Arc;
use std::time::Duration;

use oss_uploader::checkpoint::MemoryStore;
use oss_uploader::{Upload, UploadError, UploadEvent, UploadResult};
use tokio::time::Instant;

use crate::fake::{Fake, Fault, PART, bytes, file, request};

const GONE: Fault = Fault::Refuse(404, "NoSuchUpload");
const FORBIDDEN: Fault = Fault::Refuse(403, "AccessDenied");

/// The outcome, and the warnings.
async fn run(upload: Upload) -> (Result<UploadResult, UploadError>, Vec<String>) {
    let uploading = upload.start();
    let mut events = uploading.events();
    let outcome = uploading.await;
    let mut warnings = Vec::new();
    while let Some(event) = events.next().await {
        if let UploadEvent::Warning(text) = event {
            warnings.push(text);
        }
    }
    (outcome, warnings)
}

/// Rows: R41, R46.
#[tokio::test(start_paused = true)]
async fn a_wrong_no_such_upload_leaves_nothing_before_all_is_sent_again() {
    for operation in ["UploadPart 2", "CompleteMultipartUpload"] {
        let fake = Fake::new();
        fake.fault(operation, GONE);
        let (outcome, warnings) = run(fake.uploader().upload_from(request(), bytes(3 * PART))).await;
        assert_eq!((outcome.unwrap().size, warnings.len()), (3 * PART, 0));
        assert!(fake.state().uploads.is_empty(), "{operation}: {}", fake.history());
        assert_eq!(fake.count("InitiateMultipartUpload"), 2);
    }
}

/// Rows: R41.
#[tokio::test(start_paused = true)]
async fn what_is_sent_again_waits_as_long_as_the_server_asked_before() {
    let fake = Fake::new();
    fake.fault("UploadPart 1", Fault::AskForWait(7)).fault("UploadPart 2", GONE);
    let began = Instant::now();
    let (outcome, _) = run(fake.uploader().parallel_num(2).upload_from(request(), bytes(3 * PART))).await;
    assert_eq!((outcome.unwrap().size, fake.count("InitiateMultipartUpload")), (3 * PART, 2));
    assert!(began.elapsed() >= Duration::from_secs(7), "{:?}: {}", began.elapsed(), fake.history());
}

/// Rows: R41, R46.
#[tokio::test(start_paused = true)]
async fn an_upload_called_gone_that_cannot_be_aborted_is_named() {
    let fake = Fake::new();
    fake.fault("UploadPart 2", GONE).fault("AbortMultipartUpload", FORBIDDEN);
    let (outcome, warnings) = run(fake.uploader().upload_from(request(), bytes(3 * PART))).await;
    assert_eq!(outcome.unwrap().upload_id.unwrap().as_str(), "ID2");
    assert!(warnings.len() == 1 && warnings[0].contains("ID1") && warnings[0].contains("AccessDenied"), "{warnings:?}");

    // Nothing is sent again: the error names it.
    let fake = Fake::new();
    fake.fault("UploadPart 2", GONE).fault("AbortMultipartUpload", FORBIDDEN);
    let upload = fake.uploader().upload_from(request(), bytes(3 * PART)).restart_lost_upload(false);
    let error = run(upload).await.0.unwrap_err();
    assert_eq!(error.leftovers().map(|left| left.upload_id.as_str()), Some("ID1"), "{error}");
}

/// Rows: R41, R46.
#[tokio::test(start_paused = true)]
async fn without_another_attempt_an_upload_called_gone_is_aborted_too() {
    let fake = Fake::new();
    fake.fault("UploadPart 2", GONE);
    let upload = fake.uploader().upload_from(request(), bytes(3 * PART)).restart_lost_upload(false);
    let error = run(upload).await.0.unwrap_err();
    assert!(error.leftovers().is_none() && fake.state().uploads.is_empty(), "{error}: {}", fake.history());
}

/// Rows: R41, R46.
#[tokio::test(start_paused = true)]
async fn an_earlier_upload_called_gone_is_aborted_or_named_too() {
    for (abort, named) in [(None, false), (Some(FORBIDDEN), true)] {
        let (fake, file, store) = (Fake::new(), file(3 * PART), MemoryStore::new());
        let upload = || {
            let upload = fake.uploader().upload_file(request(), file.path()).enable_checkpoint(true);
            // One part at a time, so that none is still being written into the record when the upload ends.
            upload.checkpoint_store(Arc::new(store.clone())).part_attempts(1_u32).parallel_num(1)
        };
        fake.fault("UploadPart 3", Fault::LostOnTheWay);
        assert!(upload().await.unwrap_err().is_resumable());
        fake.fault("ListParts", GONE);
        if let Some(abort) = abort {
            fake.fault("AbortMultipartUpload", abort);
        }
        let (outcome, warnings) = run(upload()).await;
        assert_eq!(outcome.unwrap().upload_id.unwrap().as_str(), "ID2");
        assert_eq!(fake.state().uploads.contains_key("ID1"), named);
        assert_eq!(warnings.iter().any(|text| text.contains("ID1")), named, "{warnings:?}");
    }
}
