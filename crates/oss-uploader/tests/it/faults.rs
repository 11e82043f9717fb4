use std::time::Duration;

use oss_uploader::{Stored, UploadError, UploadEvent, Verified};

use crate::fake::{Fake, Fault, PART, bytes, request, until_asked};

/// Rows: W13, R60.
#[tokio::test(start_paused = true)]
async fn parts_outlive_an_outage_of_a_minute() {
    let fake = Fake::new();
    for _ in 0..5 {
        fake.fault("UploadPart 2", Fault::LostOnTheWay).fault("UploadPart 3", Fault::Refuse(500, "InternalError"));
    }
    let result = fake.uploader().upload_from(request(), bytes(4 * PART)).await.unwrap();
    assert_eq!(fake.content(), bytes(4 * PART));
    assert_eq!((fake.count("UploadPart"), result.parts_sent), (14, 4));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_was_never_reached_is_told_within_a_second() {
    for (len, operation) in [(10, "PutObject"), (4 * PART, "InitiateMultipartUpload")] {
        let fake = Fake::new();
        for _ in 0..3 {
            fake.fault(operation, Fault::NotSent);
        }
        let began = tokio::time::Instant::now();
        let error = fake.uploader().upload_from(request(), bytes(len)).await.unwrap_err();
        assert_eq!((fake.count(operation), error.stored()), (3, Stored::No), "{error}");
        assert!(began.elapsed() < Duration::from_secs(1));

        // Once reached, the same failure is an outage, which is waited for.
        fake.fault(operation, Fault::Refuse(500, "InternalError"));
        for _ in 0..6 {
            fake.fault(operation, Fault::NotSent);
        }
        fake.uploader().upload_from(request(), bytes(len)).await.unwrap();
        assert_eq!(fake.count(operation), 11);
    }
}

/// Rows: R60.
#[tokio::test(start_paused = true)]
async fn a_request_is_sent_eight_times_at_most_whatever_else_fails() {
    for (len, operation) in [
        (10, "PutObject"),
        (2 * PART, "InitiateMultipartUpload"),
        (2 * PART, "UploadPart 1"),
        (2 * PART, "CompleteMultipartUpload"),
    ] {
        for fault in [Fault::LostOnTheWay, Fault::Refuse(503, "ServiceUnavailable")] {
            let fake = Fake::new();
            for _ in 0..50 {
                fake.fault(operation, fault.clone()).fault("HeadObject", Fault::Refuse(503, "ServiceUnavailable"));
                fake.fault("ListParts", Fault::Refuse(503, "ServiceUnavailable"));
            }
            let began = tokio::time::Instant::now();
            fake.uploader().upload_from(request(), bytes(len)).await.unwrap_err();
            let sent = fake.count(operation.split(' ').next().unwrap());
            assert!(
                sent <= 9 && began.elapsed() < Duration::from_secs(400),
                "{operation}: {sent} {:?}",
                began.elapsed()
            );
            assert!(fake.count("HeadObject") <= 10, "{operation}: {}", fake.history());
            // The transport below makes one attempt for each.
            assert!(fake.state().log.iter().all(|entry| entry.max_attempts == Some(1)));
        }
    }
}

/// Rows: R66.
#[tokio::test(start_paused = true)]
async fn every_wait_is_at_least_what_the_server_asked_for() {
    for (len, operation) in [
        (10, "PutObject"),
        (2 * PART, "InitiateMultipartUpload"),
        (2 * PART, "UploadPart 1"),
        (2 * PART, "CompleteMultipartUpload"),
    ] {
        let fake = Fake::new();
        fake.fault(operation, Fault::AskForWait(77)).fault(operation, Fault::AskForWait(33));
        let began = tokio::time::Instant::now();
        fake.uploader().upload_from(request(), bytes(len)).await.unwrap();
        let took = began.elapsed().as_secs();
        assert!((110..130).contains(&took), "{operation}: {took} s");
    }
}

/// Rows: W24, R66.
#[tokio::test(start_paused = true)]
async fn all_parts_hold_back_when_the_server_asks_for_a_wait() {
    let fake = Fake::new();
    fake.fault("UploadPart 2", Fault::AskForWait(60));
    let uploading = fake.uploader().upload_from(request(), bytes(9 * PART)).parallel_num(2).start();
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert!(fake.count("UploadPart") <= 3, "{}", fake.history());
    uploading.await.unwrap();
}

/// Rows: R66.
#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_an_hour_is_not_asked_again() {
    let fake = Fake::new();
    fake.fault("UploadPart 1", Fault::AskForWait(3600));
    let began = tokio::time::Instant::now();
    let error = fake.uploader().upload_from(request(), bytes(PART)).await.unwrap_err();
    assert_eq!((error.code(), fake.count("UploadPart")), (Some("ServiceUnavailable"), 1), "{error}");
    assert!(began.elapsed() < Duration::from_secs(1));
}

/// The transport has exchanged expired credentials and may not repeat the call.
#[tokio::test(start_paused = true)]
async fn credentials_that_expire_cost_one_more_attempt() {
    for (len, operation) in [(10, "PutObject"), (2 * PART, "UploadPart 2"), (2 * PART, "CompleteMultipartUpload")] {
        for code in ["SecurityTokenExpired", "RequestTimeTooSkewed"] {
            let fake = Fake::new();
            fake.fault(operation, Fault::Refuse(403, code));
            let began = tokio::time::Instant::now();
            fake.uploader().upload_from(request(), bytes(len)).part_attempts(1_u32).await.unwrap();
            assert!(began.elapsed() < Duration::from_millis(100));
            fake.fault(operation, Fault::Refuse(403, code)).fault(operation, Fault::Refuse(403, code));
            let error = fake.uploader().upload_from(request(), bytes(len)).await.unwrap_err();
            assert_eq!(error.code(), Some(code), "{error}");
        }
    }
}

/// Rows: W15, W22, R80.
#[tokio::test(start_paused = true)]
async fn the_first_error_is_reported_and_nothing_is_left() {
    let fake = Fake::new();
    fake.fault("UploadPart 2", Fault::Refuse(403, "AccessDenied"));
    fake.fault("UploadPart 3", Fault::Slow(Duration::from_millis(1)));
    let error = fake.uploader().upload_from(request(), bytes(9 * PART)).await.unwrap_err();
    assert_eq!((error.code(), error.part().map(|part| part.get())), (Some("AccessDenied"), Some(2)));
    assert_eq!((error.stored(), error.is_resumable()), (Stored::No, false));
    assert!(error.leftovers().is_none() && error.upload_id().is_some());
    assert!(fake.state().uploads.is_empty() && fake.object().is_none());
    assert_eq!(fake.state().in_flight, 0);
    assert!(fake.history().ends_with("Abort ListParts"), "{}", fake.history());
}

/// Rows: W2, W15.
#[tokio::test(start_paused = true)]
async fn a_fatal_error_ends_the_siblings_at_once() {
    let fake = Fake::new();
    fake.fault("UploadPart 1", Fault::Hang).fault("UploadPart 2", Fault::Refuse(404, "NoSuchBucket"));
    let began = tokio::time::Instant::now();
    fake.uploader().upload_from(request(), bytes(9 * PART)).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(1));
    assert!(fake.count("UploadPart") <= 4);
    assert_eq!(fake.entry("AbortMultipartUpload").beside, 0, "no part is under way that could come in after the abort");
}

/// Rows: W22, R46.
#[tokio::test(start_paused = true)]
async fn an_abort_is_repeated_until_the_upload_is_gone_and_what_is_left_is_told() {
    let fake = Fake::new();
    fake.fault("UploadPart 1", Fault::Refuse(403, "AccessDenied"));
    fake.fault("AbortMultipartUpload", Fault::LostOnTheWay)
        .fault("AbortMultipartUpload", Fault::Refuse(503, "SlowDown"));
    let error = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap_err();
    assert!(error.leftovers().is_none() && fake.state().uploads.is_empty(), "{}", fake.history());

    // A part that came in after the first abort is still there.
    let fake = Fake::new();
    fake.fault("UploadPart 1", Fault::Refuse(403, "AccessDenied")).fault("AbortMultipartUpload", Fault::Ignored);
    let error = fake.uploader().upload_from(request(), bytes(PART)).await.unwrap_err();
    assert!(error.leftovers().is_none() && fake.state().uploads.is_empty(), "{}", fake.history());
    assert_eq!(fake.history(), "Initiate Part1 Abort ListParts Abort ListParts");

    // A caller who may not ask whether parts are left learns it from the next abort.
    let fake = Fake::new();
    fake.fault("UploadPart 1", Fault::Refuse(403, "AccessDenied"));
    fake.fault("ListParts", Fault::Refuse(403, "AccessDenied"));
    let error = fake.uploader().upload_from(request(), bytes(PART)).await.unwrap_err();
    assert!(error.leftovers().is_none() && fake.state().uploads.is_empty(), "{}", fake.history());
    assert_eq!(fake.history(), "Initiate Part1 Abort ListParts Abort");

    let fake = Fake::new();
    fake.fault("UploadPart 1", Fault::Refuse(403, "AccessDenied"));
    fake.fault("AbortMultipartUpload", Fault::Refuse(403, "AccessDenied"));
    let error = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap_err();
    let left = error.leftovers().unwrap();
    assert_eq!(left.upload_id.as_str(), "ID1");
    assert!(left.reason.as_ref().unwrap().contains("AccessDenied"), "{left:?}");

    let fake = Fake::new();
    fake.fault("UploadPart 1", Fault::Refuse(403, "AccessDenied")).fault("AbortMultipartUpload", Fault::Hang);
    let began = tokio::time::Instant::now();
    let error = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap_err();
    assert!(error.leftovers().unwrap().reason.as_ref().unwrap().contains("30 s"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(31));
}

#[tokio::test(start_paused = true)]
async fn what_failed_in_the_same_moment_is_told_beside_the_first_failure() {
    let fake = Fake::new();
    fake.fault("UploadPart 2", Fault::Refuse(403, "AccessDenied"));
    fake.fault("UploadPart 3", Fault::Refuse(400, "InvalidArgument"));
    let error = fake.uploader().upload_from(request(), bytes(5 * PART)).await.unwrap_err();
    let told = |error: &UploadError| (error.code().map(str::to_owned), error.part().map(|part| part.get()));
    assert_eq!(told(&error), (Some("AccessDenied".to_owned()), Some(2)));
    let others: Vec<_> = error.others().iter().map(told).collect();
    assert_eq!(others, [(Some("InvalidArgument".to_owned()), Some(3))]);
    assert!(fake.state().uploads.is_empty());
}

#[tokio::test(start_paused = true)]
async fn parts_are_left_when_asked_for() {
    let fake = Fake::new();
    fake.fault("UploadPart 2", Fault::Refuse(403, "AccessDenied"));
    let upload = fake.uploader().upload_from(request(), bytes(2 * PART)).leave_parts_on_error(true);
    let error = upload.await.unwrap_err();
    assert_eq!(error.leftovers().unwrap().reason, None);
    assert_eq!(fake.state().uploads.len(), 1);
    assert_eq!(fake.count("AbortMultipartUpload"), 0);
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn a_damaged_part_goes_again_and_is_given_up_after_three_attempts() {
    for counts in [true, false] {
        let fake = Fake::new();
        fake.state().counts = counts;
        fake.fault("UploadPart 1", Fault::Damage).fault("UploadPart 1", Fault::Damage);
        let result = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap();
        assert_eq!((result.verified, fake.content()), (Verified::Crc64, bytes(2 * PART)));

        fake.fault("UploadPart 1", Fault::Damage);
        fake.fault("UploadPart 1", Fault::Damage).fault("UploadPart 1", Fault::Damage);
        let error = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap_err();
        assert_eq!(error.attempts(), 3);
        assert!(fake.state().uploads.is_empty());
    }
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn a_damaged_object_is_replaced_and_never_called_not_stored() {
    let fake = Fake::new();
    fake.fault("PutObject", Fault::Damage);
    let result = fake.uploader().upload_from(request(), bytes(10)).await.unwrap();
    assert_eq!((result.verified, fake.content()), (Verified::Crc64, bytes(10)));
    for (forbid, attempts) in [(false, 3), (true, 1)] {
        let fake = Fake::new();
        for _ in 0..3 {
            fake.fault("PutObject", Fault::Damage);
        }
        let upload = fake.uploader().upload_from(request().forbid_overwrite(forbid), bytes(10));
        let error = upload.await.unwrap_err();
        assert_eq!((error.stored(), fake.count("PutObject")), (Stored::Unknown, attempts), "{error}");
    }
}

/// Rows: W22, R66.
#[tokio::test(start_paused = true)]
async fn an_abort_waits_as_long_as_the_server_asks_for() {
    for operation in ["AbortMultipartUpload", "ListParts"] {
        let fake = Fake::new();
        fake.fault("UploadPart 1", Fault::Refuse(403, "AccessDenied")).fault(operation, Fault::AskForWait(5));
        let began = tokio::time::Instant::now();
        fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap_err();
        assert!(fake.state().uploads.is_empty(), "{}", fake.history());
        let took = began.elapsed();
        assert!((Duration::from_secs(5)..Duration::from_secs(7)).contains(&took), "{operation}: {took:?}");
    }
}

/// Rows: R53.
#[tokio::test(start_paused = true)]
async fn a_part_without_etag_goes_again() {
    let fake = Fake::new();
    fake.fault("UploadPart 1", Fault::Header("etag", None));
    fake.uploader().upload_from(request(), bytes(PART)).await.unwrap();
    assert_eq!(fake.history(), "Initiate Part1 Part1 Complete");
}

/// Rows: W24.
#[tokio::test(start_paused = true)]
async fn throttling_leaves_fewer_parts_in_flight() {
    let fake = Fake::new();
    fake.state().latency = Duration::from_secs(2);
    for part in 1..=8 {
        fake.fault(&format!("UploadPart {part}"), Fault::Refuse(503, "TotalQpsLimitExceeded"));
    }
    let uploading = fake.uploader().upload_from(request(), bytes(16 * PART)).parallel_num(8).start();
    tokio::time::sleep(Duration::from_secs(7)).await;
    let in_flight = fake.state().in_flight;
    assert!(in_flight <= 4, "{in_flight} in flight");
    uploading.await.unwrap();
    assert_eq!(fake.content(), bytes(16 * PART));
}

/// Rows: R47.
#[tokio::test(start_paused = true)]
async fn a_lost_response_to_initiate_leaves_at_most_an_empty_upload() {
    let fake = Fake::new();
    fake.fault("InitiateMultipartUpload", Fault::ResponseLost);
    let uploading = fake.uploader().upload_from(request(), bytes(2 * PART)).start();
    let mut events = uploading.events();
    uploading.await.unwrap();
    let mut warnings = 0;
    while let Some(event) = events.next().await {
        warnings += usize::from(matches!(event, UploadEvent::Warning(_)));
    }
    assert_eq!(warnings, 1);
    let state = fake.state();
    assert!(state.uploads.len() == 1 && state.uploads.values().all(|upload| upload.parts.is_empty()));
}

/// Rows: R38, R47.
#[tokio::test(start_paused = true)]
async fn a_cancelled_initiate_says_that_an_empty_upload_may_be_left() {
    let fake = Fake::new();
    fake.fault("InitiateMultipartUpload", Fault::HeldBack(Duration::from_secs(60)));
    let uploading = fake.uploader().upload_from(request(), bytes(2 * PART)).start();
    let mut events = uploading.events();
    until_asked(&fake, "InitiateMultipartUpload", 1).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    uploading.cancel().await.unwrap_err();
    let mut warnings = 0;
    while let Some(event) = events.next().await {
        warnings += usize::from(matches!(event, UploadEvent::Warning(_)));
    }
    assert_eq!((warnings, fake.state().uploads.len()), (1, 1));
}

/// Rows: R41.
#[tokio::test(start_paused = true)]
async fn an_upload_that_another_client_aborted_is_sent_again_once() {
    let fake = Fake::new();
    fake.fault("UploadPart 4", Fault::Refuse(404, "NoSuchUpload"));
    let uploading = fake.uploader().upload_from(request(), bytes(5 * PART)).start();
    let mut events = uploading.events();
    uploading.await.unwrap();
    assert_eq!((fake.count("InitiateMultipartUpload"), fake.content()), (2, bytes(5 * PART)));
    let (mut restarted, mut most) = (0, 0);
    while let Some(event) = events.next().await {
        match event {
            UploadEvent::Restarted { .. } => restarted += 1,
            UploadEvent::Progress(progress) => most = most.max(progress.confirmed),
            _ => {}
        }
    }
    assert_eq!((restarted, most), (1, 5 * PART));

    let fake = Fake::new();
    fake.fault("UploadPart 2", Fault::Refuse(404, "NoSuchUpload"));
    fake.fault("UploadPart 2", Fault::Refuse(404, "NoSuchUpload"));
    let error = fake.uploader().upload_from(request(), bytes(3 * PART)).await.unwrap_err();
    assert_eq!((error.code(), fake.count("InitiateMultipartUpload")), (Some("NoSuchUpload"), 2));
}
