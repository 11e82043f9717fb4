use std::time::Duration;

use oss_models::{Callback, PartNumber};
use oss_uploader::session::MultipartSession;
use oss_uploader::{CallbackOutcome, Scheduler, SourceError, Stage, Stored, UploadErrorKind, UploadEvent, Verified};

use crate::fake::{Fake, Fault, PART, bytes, file, request};

/// Waits until so many requests of this operation have arrived.
async fn until_asked(fake: &Fake, operation: &str, times: usize) {
    while fake.count(operation) < times {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

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

/// Rows: R53.
#[tokio::test(start_paused = true)]
async fn a_part_without_etag_goes_again() {
    let fake = Fake::new();
    fake.fault("UploadPart 1", Fault::NoEtag);
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

/// Rows: W14, R45, R60.
#[tokio::test(start_paused = true)]
async fn a_lost_response_to_complete_is_resolved_by_head() {
    let fake = Fake::new();
    fake.fault("CompleteMultipartUpload", Fault::ResponseLost);
    let result = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap();
    assert!(result.confirmed_by_head && result.verified == Verified::Crc64 && result.parts_sent == 2);
    assert_eq!(fake.history(), "Initiate Part1 Part2 Complete ListParts Head");
}

/// Rows: W14, R46, R60.
#[tokio::test(start_paused = true)]
async fn a_complete_that_was_lost_on_the_way_goes_again() {
    let fake = Fake::new();
    fake.fault("CompleteMultipartUpload", Fault::LostOnTheWay)
        .fault("CompleteMultipartUpload", Fault::Refuse(500, "InternalError"));
    let result = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap();
    assert!(!result.confirmed_by_head);
    assert_eq!(fake.history(), "Initiate Part1 Part2 Complete ListParts Complete ListParts Complete");
}

/// Rows: W14, R45, R46.
#[tokio::test(start_paused = true)]
async fn while_the_outcome_of_complete_is_unknown_nothing_is_aborted() {
    let fake = Fake::new();
    for _ in 0..20 {
        fake.fault("CompleteMultipartUpload", Fault::LostOnTheWay);
    }
    let error = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::OutcomeUnknown(_)), "{error}");
    assert_eq!((error.stored(), fake.count("AbortMultipartUpload")), (Stored::Unknown, 0));
    assert_eq!(error.leftovers().unwrap().upload_id.as_str(), "ID1");
}

/// Rows: W14, R45.
#[tokio::test(start_paused = true)]
async fn a_response_to_complete_that_cannot_be_read_is_a_lost_response() {
    for response in ["<html>a proxy", "<Error><Code>InternalError</Code><Message>in a 200</Message></Error>"] {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", Fault::Response(response.to_owned()));
        let result = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap();
        assert!(result.confirmed_by_head && result.verified == Verified::Crc64);
        assert_eq!(fake.history(), "Initiate Part1 Part2 Complete ListParts Head");
    }
}

/// Rows: W14, R45, R55.
#[tokio::test(start_paused = true)]
async fn without_crc_the_entity_tag_proves_the_object_and_verifies_nothing() {
    for strict in [false, true] {
        let fake = Fake::new();
        fake.state().tells_crc = false;
        fake.fault("CompleteMultipartUpload", Fault::ResponseLost);
        let upload = fake.uploader().upload_from(request(), bytes(2 * PART)).require_verification(strict);
        match upload.await {
            Ok(result) => assert!(!strict && result.confirmed_by_head && result.verified == Verified::No, "{result:?}"),
            Err(error) => {
                assert!(strict && matches!(error.kind(), UploadErrorKind::Unverified), "{error}");
                assert!(error.stored() == Stored::Yes && error.stored_object().unwrap().etag.is_some());
            }
        }
        assert_eq!(fake.count("AbortMultipartUpload"), 0);
    }
}

/// Rows: W14, R45.
#[tokio::test(start_paused = true)]
async fn a_caller_who_may_not_list_parts_learns_from_the_next_complete() {
    for (fault, end) in [(Fault::LostOnTheWay, "Complete"), (Fault::ResponseLost, "Complete Head")] {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", fault).fault("ListParts", Fault::Refuse(403, "AccessDenied"));
        let result = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap();
        assert_eq!((result.verified, result.confirmed_by_head), (Verified::Crc64, end != "Complete"));
        assert_eq!(fake.history(), format!("Initiate Part1 Part2 Complete ListParts {end}"));
    }
}

/// Rows: W14, R45, R46.
#[tokio::test(start_paused = true)]
async fn an_object_that_cannot_be_asked_for_leaves_the_outcome_unknown() {
    let fake = Fake::new();
    fake.fault("CompleteMultipartUpload", Fault::ResponseLost).fault("HeadObject", Fault::Refuse(403, "AccessDenied"));
    let error = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::OutcomeUnknown(_)), "{error}");
    assert_eq!((error.stored(), error.others().len()), (Stored::Unknown, 1));
    assert_eq!((error.leftovers().unwrap().upload_id.as_str(), fake.count("AbortMultipartUpload")), ("ID1", 0));
}

/// Rows: W14, R45.
#[tokio::test(start_paused = true)]
async fn a_complete_of_unknown_age_is_proven_by_when_it_went_out() {
    for (seconds_ago, found) in [(0, true), (60, false)] {
        let fake = Fake::new();
        let uploader = fake.uploader();
        let mut session = MultipartSession::begin(&uploader, request(), None).await.unwrap();
        session.initiated = None;
        let part = session.upload_part(&uploader, PartNumber::MIN, 0, bytes(PART)).await.unwrap();
        fake.fault("CompleteMultipartUpload", Fault::LostOnTheWay);
        let completing = session.complete(&uploader, request(), vec![part]);
        let planting = async {
            until_asked(&fake, "CompleteMultipartUpload", 1).await;
            fake.state().uploads.clear();
            fake.plant(bytes(PART), "Multipart", seconds_ago);
        };
        let (outcome, ()) = tokio::join!(completing, planting);
        assert_eq!(outcome.is_ok_and(|result| result.confirmed_by_head), found, "{seconds_ago}");
    }
}

/// Rows: W14, R46.
#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_parts_decides_the_outcome_of_complete() {
    for code in ["InvalidPart", "InvalidPartOrder", "EntityTooSmall"] {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", Fault::LostOnTheWay)
            .fault("CompleteMultipartUpload", Fault::Refuse(400, code));
        let error = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap_err();
        assert_eq!((error.code(), error.stored()), (Some(code), Stored::No), "{error}");
        assert!(error.leftovers().is_none() && fake.state().uploads.is_empty());
    }
}

/// Rows: W14, R46, R38.
#[tokio::test(start_paused = true)]
async fn cancelling_while_the_outcome_of_complete_is_unknown_aborts_nothing() {
    // While the next Complete is waited for, and while the server is asked whether the upload or the object is there.
    for (fault, hangs) in [
        (Fault::LostOnTheWay, None),
        (Fault::LostOnTheWay, Some("ListParts")),
        (Fault::ResponseLost, Some("HeadObject")),
    ] {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", fault);
        if let Some(operation) = hangs {
            fake.fault(operation, Fault::Hang);
        }
        let uploading = fake.uploader().upload_from(request(), bytes(2 * PART)).start();
        until_asked(&fake, hangs.unwrap_or("CompleteMultipartUpload"), 1).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let began = tokio::time::Instant::now();
        let outcome = tokio::time::timeout(Duration::from_secs(60), uploading.cancel()).await;
        let error = outcome.expect("it ends").unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Cancelled), "{hangs:?}: {error}");
        assert_eq!((error.stored(), fake.count("AbortMultipartUpload")), (Stored::Unknown, 0), "{hangs:?}");
        assert!(began.elapsed() < Duration::from_secs(1) && error.leftovers().is_some(), "{hangs:?}");
    }
}

/// Rows: W14, R45.
#[tokio::test(start_paused = true)]
async fn an_object_that_is_older_or_another_proves_nothing() {
    // Another client aborts the upload while Complete is lost; what is in place then, if anything, is not this upload's.
    for planted in
        [None, Some((2 * PART, "Multipart", 60)), Some((2 * PART + 1, "Multipart", 0)), Some((2 * PART, "Normal", 0))]
    {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", Fault::LostOnTheWay);
        let uploading = fake.uploader().upload_from(request(), bytes(2 * PART)).start();
        while fake.count("CompleteMultipartUpload") == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        fake.state().uploads.clear();
        if let Some((content, kind, seconds_ago)) = planted {
            fake.plant(bytes(content), kind, seconds_ago);
        }
        let error = uploading.await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::NotStored { .. }), "{error}");
        assert_eq!(error.stored(), Stored::No);
    }
}

/// Rows: W14, R48.
#[tokio::test(start_paused = true)]
async fn file_already_exists_after_a_lost_response_may_be_our_own_object() {
    for (len, operation) in [(10, "PutObject"), (2 * PART, "CompleteMultipartUpload")] {
        let fake = Fake::new();
        fake.fault(operation, Fault::ResponseLost);
        let result = fake.uploader().upload_from(request().forbid_overwrite(true), bytes(len)).await.unwrap();
        assert!(result.confirmed_by_head && fake.content() == bytes(len));
    }
    let fake = Fake::new();
    fake.plant(bytes(10), "Normal", 100);
    fake.fault("PutObject", Fault::LostOnTheWay);
    let error = fake.uploader().upload_from(request().forbid_overwrite(true), bytes(10)).await.unwrap_err();
    assert_eq!((error.code(), error.stored()), (Some("FileAlreadyExists"), Stored::No), "{error}");
    // Without a lost response there is nothing to find out.
    let error = fake.uploader().upload_from(request().forbid_overwrite(true), bytes(10)).await.unwrap_err();
    assert_eq!((error.code(), fake.count("HeadObject")), (Some("FileAlreadyExists"), 1), "{error}");

    // The object cannot be asked for.
    let fake = Fake::new();
    fake.fault("PutObject", Fault::ResponseLost);
    fake.fault("HeadObject", Fault::Refuse(403, "AccessDenied"))
        .fault("HeadObject", Fault::Refuse(403, "AccessDenied"));
    let error = fake.uploader().upload_from(request().forbid_overwrite(true), bytes(10)).await.unwrap_err();
    assert_eq!((error.stored(), fake.count("PutObject")), (Stored::Unknown, 2), "{error}");
}

/// Rows: W14, R45, R48.
#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_second_complete_is_decided_by_the_object() {
    for refusal in [Fault::Refuse(409, "FileAlreadyExists"), Fault::Refuse(404, "NoSuchUpload")] {
        for (content, ours) in [(bytes(2 * PART), true), (bytes(2 * PART + 1), false)] {
            let fake = Fake::new();
            fake.fault("CompleteMultipartUpload", Fault::LostOnTheWay)
                .fault("CompleteMultipartUpload", refusal.clone());
            let uploading = fake.uploader().upload_from(request(), bytes(2 * PART)).start();
            until_asked(&fake, "CompleteMultipartUpload", 1).await;
            fake.plant(content, "Multipart", 0);
            match uploading.await {
                Ok(result) => assert!(ours && result.confirmed_by_head, "{refusal:?}: {result:?}"),
                Err(error) => {
                    assert!(!ours && matches!(error.kind(), UploadErrorKind::NotStored { .. }), "{refusal:?}: {error}");
                    assert!(error.stored() == Stored::No && fake.state().uploads.is_empty());
                }
            }
            let end = if ours { "Complete ListParts Complete Head" } else { "Complete Head Abort ListParts" };
            assert!(fake.history().ends_with(end), "{}", fake.history());
        }
    }
}

/// Rows: W14, R41, R48.
#[tokio::test(start_paused = true)]
async fn without_a_lost_response_a_refused_complete_is_what_it_says() {
    let fake = Fake::new();
    fake.fault("CompleteMultipartUpload", Fault::Refuse(404, "NoSuchUpload"));
    fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap();
    assert_eq!((fake.count("InitiateMultipartUpload"), fake.count("HeadObject")), (2, 0));

    let fake = Fake::new();
    fake.plant(bytes(2 * PART), "Multipart", 0);
    let upload = fake.uploader().upload_from(request().forbid_overwrite(true), bytes(2 * PART));
    let error = upload.await.unwrap_err();
    assert_eq!((error.code(), error.stored()), (Some("FileAlreadyExists"), Stored::No), "{error}");
    assert!(fake.count("HeadObject") == 0 && fake.state().uploads.is_empty());
}

/// Rows: R56, R60.
#[tokio::test(start_paused = true)]
async fn a_lost_response_to_put_is_looked_for_before_it_goes_again() {
    let fake = Fake::new();
    fake.state().versioned = true;
    fake.fault("PutObject", Fault::ResponseLost);
    let result = fake.uploader().upload_from(request(), bytes(10)).await.unwrap();
    assert_eq!(fake.history(), "Put Head");
    assert!(result.confirmed_by_head && result.version_id.is_some());

    let fake = Fake::new();
    fake.fault("PutObject", Fault::LostOnTheWay);
    let result = fake.uploader().upload_from(request(), bytes(10)).await.unwrap();
    assert_eq!((fake.history().as_str(), result.confirmed_by_head), ("Put Head Put", false));

    let fake = Fake::new();
    for _ in 0..20 {
        fake.fault("PutObject", Fault::LostOnTheWay);
    }
    let error = fake.uploader().upload_from(request(), bytes(10)).await.unwrap_err();
    assert_eq!((error.stage(), error.stored()), (Stage::Put, Stored::Unknown), "{error}");
}

/// Rows: W48, R50.
#[tokio::test(start_paused = true)]
async fn a_failed_callback_is_told_and_nothing_goes_again() {
    for (len, operation, history) in
        [(10, "PutObject", "Put"), (PART, "CompleteMultipartUpload", "Initiate Part1 Complete")]
    {
        let fake = Fake::new();
        fake.fault(operation, Fault::CallbackFails);
        let request = request().callback(Callback::new("http://h/", "b"));
        let result = fake.uploader().upload_from(request, bytes(len)).await.unwrap();
        let failed = CallbackOutcome::Failed { code: "CallbackFailed".into(), message: "no response".into() };
        assert_eq!((result.status_code(), result.callback), (203, Some(failed)));
        assert!(result.etag.is_some() && result.verified == Verified::Crc64);
        assert_eq!(fake.history(), history);
    }
}

/// Rows: W21, R50, R54.
#[tokio::test(start_paused = true)]
async fn a_failed_callback_hides_no_damage() {
    for (len, operation) in [(10, "PutObject"), (2 * PART, "CompleteMultipartUpload")] {
        let fake = Fake::new();
        fake.state().counts = false;
        fake.rot();
        fake.fault(operation, Fault::CallbackFails);
        let request = request().callback(Callback::new("http://h/", "b"));
        let error = fake.uploader().upload_from(request, bytes(len)).await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Corrupt { .. }), "{error}");
        assert!(error.stored() == Stored::Yes && error.stored_object().unwrap().etag.is_some());
        assert_eq!((fake.count(operation), fake.count("AbortMultipartUpload")), (1, 0));
    }
}

/// Rows: R51.
#[tokio::test(start_paused = true)]
async fn a_lost_response_leaves_the_callback_unknown() {
    for (len, operation) in [(10, "PutObject"), (2 * PART, "CompleteMultipartUpload")] {
        let fake = Fake::new();
        fake.fault(operation, Fault::ResponseLost);
        let request = request().callback(Callback::new("http://h/", "b"));
        let result = fake.uploader().upload_from(request, bytes(len)).await.unwrap();
        assert_eq!(result.callback, Some(CallbackOutcome::Unknown));
    }
}

/// Rows: W21, R54.
#[tokio::test(start_paused = true)]
async fn an_object_with_other_bytes_is_an_error_that_names_it() {
    let fake = Fake::new();
    fake.state().versioned = true;
    let uploading = fake.uploader().upload_from(request(), bytes(2 * PART)).start();
    while fake.count("CompleteMultipartUpload") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    fake.rot();
    let error = uploading.await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Corrupt { .. }), "{error}");
    assert_eq!(error.stored(), Stored::Yes);
    let object = error.stored_object().unwrap();
    assert!(object.etag.is_some() && object.version_id.is_some() && error.upload_id().is_some());
    assert_eq!(fake.count("AbortMultipartUpload"), 0);
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

/// Rows: W26, W30, R1, R2, R3, R15.
#[tokio::test(start_paused = true)]
async fn a_file_that_changes_while_it_is_uploaded_is_an_error_and_no_object() {
    type Change = fn(&std::path::Path);
    let rewrite: Change = |path| std::fs::write(path, bytes(9 * PART)).unwrap();
    let cut: Change = |path| std::fs::write(path, vec![1; 5]).unwrap();
    let grow: Change = |path| std::fs::write(path, bytes(10 * PART)).unwrap();
    for (when, change) in [(1, rewrite), (4, cut), (9, cut), (9, grow), (9, rewrite)] {
        let (fake, file) = (Fake::new(), file(9 * PART));
        let uploading = fake.uploader().upload_file(request(), file.path()).start();
        while fake.count("UploadPart") < when {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        change(file.path());
        let began = tokio::time::Instant::now();
        let error = uploading.await.unwrap_err();
        assert!(error.attempts() == 1 && began.elapsed() < Duration::from_secs(1), "it is told at once: {error}");
        assert!(matches!(error.kind(), UploadErrorKind::Source(_)), "after {when}: {error}");
        assert!(fake.object().is_none() && fake.state().uploads.is_empty());
        assert!(fake.count("UploadPart") < when + 3, "only those under way were sent: {}", fake.history());
    }
}

/// Rows: R1, R2, R3.
#[tokio::test(start_paused = true)]
async fn a_small_file_that_changes_before_or_while_it_is_sent_is_an_error() {
    for content in ["longer than it was", "short"] {
        let (fake, file) = (Fake::new(), file(10));
        let uploading = fake.uploader().upload_file(request(), file.path()).start();
        until_asked(&fake, "PutObject", 1).await;
        std::fs::write(file.path(), content).unwrap();
        let error = uploading.await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Source(_)), "{content}: {error}");
        assert_eq!(fake.count("PutObject"), 1);
        // What was to be sent of the longer one was there.
        assert_eq!(error.stored(), if fake.object().is_some() { Stored::Yes } else { Stored::No }, "{content}");
        assert_eq!(fake.object().is_some(), content.len() > 10);
    }

    let (fake, file) = (Fake::new(), file(10));
    let uploader = fake.uploader().scheduler(Scheduler::new().connections(1));
    fake.fault("PutObject", Fault::Slow(Duration::from_secs(9)));
    let other = uploader.upload_from(request(), bytes(3)).start();
    until_asked(&fake, "PutObject", 1).await;
    let uploading = uploader.upload_file(request(), file.path()).start();
    tokio::time::sleep(Duration::from_secs(1)).await;
    std::fs::write(file.path(), "another content").unwrap();
    let error = uploading.await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Source(_)), "{error}");
    assert_eq!((error.stored(), fake.count("PutObject")), (Stored::No, 1), "it was not sent");
    other.await.unwrap();
}

/// Writes other bytes of the same length and sets the time of the last change back. The clock of a file system ticks
/// slowly, so this is repeated until the attributes tell of it.
#[cfg(unix)]
fn rewrite_in_secret(path: &std::path::Path) {
    use std::os::unix::fs::MetadataExt;
    let before = std::fs::metadata(path).unwrap();
    let changed = |now: &std::fs::Metadata| (now.ctime(), now.ctime_nsec()) != (before.ctime(), before.ctime_nsec());
    while !changed(&std::fs::metadata(path).unwrap()) {
        std::fs::write(path, vec![7; before.len() as usize]).unwrap();
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(before.modified().unwrap()).unwrap();
    }
}

/// Rows: R1.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_mixture_of_contents_is_noticed_though_the_mtime_is_set_back() {
    for (threshold, stored) in [(PART, Stored::No), (9 * PART, Stored::Yes)] {
        let (fake, file) = (Fake::new(), file(3 * PART));
        let slow = Scheduler::new().bandwidth(PART);
        let uploader = fake.uploader().scheduler(slow).multipart_threshold(threshold);
        let uploading = uploader.upload_file(request(), file.path()).start();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        rewrite_in_secret(file.path());
        let error = uploading.await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Source(SourceError::Changed { .. })), "{error}");
        assert_eq!((error.stored(), fake.object().is_some()), (stored, stored == Stored::Yes));
        assert!(fake.state().uploads.is_empty());
    }
}

/// Rows: R4, R5.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn what_a_path_or_a_link_leads_to_later_does_not_count() {
    for (threshold, operation) in [(PART, "UploadPart"), (9 * PART, "PutObject")] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("old"), bytes(3 * PART)).unwrap();
        std::fs::write(path("new"), bytes(4 * PART)).unwrap();
        for (target, link) in [("old", "link"), ("new", "other")] {
            std::os::unix::fs::symlink(path(target), path(link)).unwrap();
        }
        for (named, replaced_by) in [("link", "other"), ("old", "new")] {
            let fake = Fake::new();
            let uploading = fake.uploader().multipart_threshold(threshold).upload_file(request(), path(named)).start();
            until_asked(&fake, operation, 1).await;
            std::fs::rename(path(replaced_by), path(named)).unwrap();
            assert_eq!((uploading.await.unwrap().verified, fake.content()), (Verified::Crc64, bytes(3 * PART)));
        }
    }
}

/// Rows: R1.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn where_only_the_attributes_of_a_file_change_its_bytes_are_read_again() {
    for (threshold, operation) in [(PART, "UploadPart"), (9 * PART, "PutObject")] {
        let (fake, file) = (Fake::new(), file(3 * PART));
        let uploading = fake.uploader().multipart_threshold(threshold).upload_file(request(), file.path()).start();
        until_asked(&fake, operation, 1).await;
        std::fs::hard_link(file.path(), file.path().with_extension("link")).unwrap();
        let result = uploading.await;
        std::fs::remove_file(file.path().with_extension("link")).unwrap();
        assert_eq!(result.unwrap().verified, Verified::Crc64);
    }
}
