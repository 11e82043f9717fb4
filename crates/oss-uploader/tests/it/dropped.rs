//! An upload that is dropped while it is completed becomes an object, or nothing is left of it.

use std::time::Duration;

use oss_uploader::UploadHandle;

use crate::fake::{Fake, Fault, PART, bytes, request};

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
