//! An upload that is dropped while it is completed becomes an object, or nothing is left of it; and one that is dropped
//! outside of its runtime is cleaned up on it.

use std::future::IntoFuture;
use std::pin::{Pin, pin};
use std::time::Duration;

use oss_uploader::{UploadError, UploadErrorKind, UploadEvent, UploadHandle, UploadResult};
use tokio::runtime::{Builder, Runtime};

use crate::fake::{Fake, Fault, PART, bytes, request, until_asked};
use crate::log::{Log, subscribe};

const LIMIT: Duration = Duration::from_secs(30);

async fn until_completing(fake: &Fake, uploading: UploadHandle) {
    while fake.count("CompleteMultipartUpload") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(uploading);
    tokio::time::sleep(LIMIT + Duration::from_secs(1)).await;
}

/// Rows: R37, R46.
#[tokio::test(start_paused = true)]
async fn a_complete_that_is_under_way_goes_on_when_its_future_is_dropped() {
    let fake = Fake::new();
    fake.fault("CompleteMultipartUpload", Fault::Slow(Duration::from_secs(9)));
    until_completing(&fake, fake.uploader().upload_from(request(), bytes(2 * PART)).start()).await;
    assert_eq!(fake.content(), bytes(2 * PART));
    assert_eq!(fake.history(), "Initiate Part1 Part2 Complete");
}

/// Rows: R37, R46.
#[tokio::test(start_paused = true)]
async fn what_is_open_after_a_dropped_complete_is_aborted() {
    for fault in [Fault::Hang, Fault::LostOnTheWay, Fault::Refuse(503, "ServiceUnavailable")] {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", fault.clone());
        until_completing(&fake, fake.uploader().upload_from(request(), bytes(2 * PART)).start()).await;
        assert!(fake.object().is_none() && fake.state().uploads.is_empty(), "{fault:?}: {}", fake.history());
        assert!(fake.history().ends_with("Complete ListParts Abort ListParts"), "{}", fake.history());
    }
}

/// Rows: R37, R46.
#[tokio::test(start_paused = true)]
async fn a_dropped_complete_that_was_carried_out_is_not_followed_by_an_abort() {
    for fault in [Fault::HeldBack(2 * LIMIT), Fault::ResponseLost] {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", fault);
        until_completing(&fake, fake.uploader().upload_from(request(), bytes(2 * PART)).start()).await;
        assert_eq!((fake.content(), fake.count("AbortMultipartUpload")), (bytes(2 * PART), 0));
    }
}

/// Parts that are to be left are left, also then.
#[tokio::test(start_paused = true)]
async fn parts_that_are_to_be_left_are_not_aborted_after_a_dropped_complete() {
    let fake = Fake::new();
    fake.fault("CompleteMultipartUpload", Fault::Hang);
    let upload = fake.uploader().upload_from(request(), bytes(2 * PART)).leave_parts_on_error(true);
    until_completing(&fake, upload.start()).await;
    assert_eq!(fake.count("AbortMultipartUpload"), 0);
    assert_eq!(fake.state().uploads.len(), 1);
}

/// What a cancelled or dropped upload must not leave is known by the response to Initiate alone.
///
/// Rows: R37, R38, R47.
#[tokio::test(start_paused = true)]
async fn what_a_cancelled_or_dropped_initiate_opens_is_aborted() {
    for (cancelled, kept) in [(true, false), (false, false), (false, true)] {
        let fake = Fake::new();
        fake.fault("InitiateMultipartUpload", Fault::HeldBack(Duration::from_secs(9)));
        let uploading = fake.uploader().upload_from(request(), bytes(2 * PART)).leave_parts_on_error(kept).start();
        let mut events = uploading.events();
        until_asked(&fake, "InitiateMultipartUpload", 1).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(fake.state().uploads.len(), 1);
        if cancelled {
            let error = uploading.cancel().await.unwrap_err();
            assert!(matches!(error.kind(), UploadErrorKind::Cancelled) && error.leftovers().is_none(), "{error:?}");
        } else {
            drop(uploading);
            tokio::time::sleep(LIMIT).await;
        }
        assert_eq!(fake.history(), "Initiate Abort ListParts");
        while let Some(event) = events.next().await {
            assert!(!matches!(event, UploadEvent::Warning(_)), "{event:?}");
        }
    }
}

/// Rows: R37, R47.
#[tokio::test(start_paused = true)]
async fn a_dropped_initiate_without_a_response_is_warned_of() {
    for fault in [Fault::HeldBack(2 * LIMIT), Fault::ResponseLost, Fault::LostAfter(Duration::from_secs(9))] {
        let fake = Fake::new();
        fake.fault("InitiateMultipartUpload", fault.clone());
        let uploading = fake.uploader().upload_from(request(), bytes(2 * PART)).start();
        let mut events = uploading.events();
        until_asked(&fake, "InitiateMultipartUpload", 1).await;
        drop(uploading);
        let mut warnings = 0;
        while let Some(event) = events.next().await {
            warnings += usize::from(matches!(event, UploadEvent::Warning(_)));
        }
        assert_eq!((warnings, fake.state().uploads.len()), (1, 1), "{fault:?}");
    }
}

type Uploading = Pin<Box<dyn Future<Output = Result<UploadResult, UploadError>> + Send>>;

/// An upload that was polled on a runtime until it met `fault`, and is under way there.
fn until_met(fault: &str) -> (Runtime, Fake, Uploading) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let fake = runtime.block_on(async { Fake::new() });
    fake.fault(fault, Fault::Hang);
    let mut uploading = fake.uploader().upload_from(request(), bytes(4 * PART)).into_future();
    runtime.block_on(async {
        let waiting = pin!(tokio::time::sleep(Duration::from_secs(1)));
        tokio::select! { biased; _ = &mut uploading => panic!("it hangs"), () = waiting => {} }
    });
    (runtime, fake, uploading)
}

/// Rows: R37, R39.
#[test]
fn an_upload_that_is_dropped_outside_of_its_runtime_is_cleaned_up_on_it() {
    for fault in ["UploadPart 2", "CompleteMultipartUpload"] {
        let (runtime, fake, uploading) = until_met(fault);
        drop(uploading);
        runtime.block_on(async { tokio::time::sleep(2 * LIMIT).await });
        assert!(fake.object().is_none() && fake.state().uploads.is_empty(), "{fault}: {}", fake.history());
    }
}

/// Another runtime that lives is not its own: the connections of the upload are not driven there.
///
/// Rows: R37, R39.
#[test]
fn an_upload_that_is_dropped_on_another_runtime_is_cleaned_up_on_its_own() {
    let (runtime, fake, uploading) = until_met("UploadPart 2");
    let other = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    other.block_on(async { drop(uploading) });
    other.block_on(async { tokio::time::sleep(2 * LIMIT).await });
    assert_eq!(fake.count("AbortMultipartUpload"), 0);
    runtime.block_on(async { tokio::time::sleep(2 * LIMIT).await });
    assert!(fake.state().uploads.is_empty(), "{}", fake.history());
}

/// Rows: R37, R39.
#[test]
fn a_dropped_upload_that_can_no_longer_be_cleaned_up_is_named_in_the_log() {
    for fault in ["UploadPart 2", "CompleteMultipartUpload"] {
        let log = Log::default();
        let _subscribed = subscribe(&log);
        let (runtime, _fake, uploading) = until_met(fault);
        runtime.shutdown_background();
        drop(uploading);
        let lines = log.lines();
        let warnings: Vec<_> = lines.iter().filter(|line| line.contains("WARN")).collect();
        assert!(warnings.len() == 1 && warnings[0].contains("ID1"), "{fault}: {warnings:?}");
    }
}

/// The runtime is there when the upload is dropped, and ends while the upload is being aborted on it.
///
/// Rows: R37, R39.
#[test]
fn a_cleaning_up_that_ends_with_its_runtime_is_named_in_the_log() {
    let log = Log::default();
    let _subscribed = subscribe(&log);
    let (runtime, fake, uploading) = until_met("UploadPart 2");
    fake.fault("AbortMultipartUpload", Fault::Hang);
    drop(uploading);
    runtime.block_on(async { tokio::time::sleep(Duration::from_secs(1)).await });
    assert_eq!(fake.count("AbortMultipartUpload"), 1);
    runtime.shutdown_background();
    let lines = log.lines();
    let warnings: Vec<_> = lines.iter().filter(|line| line.contains("WARN")).collect();
    assert!(warnings.len() == 1 && warnings[0].contains("ID1"), "{warnings:?}");
}
