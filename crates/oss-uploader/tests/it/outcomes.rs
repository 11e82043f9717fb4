use std::time::Duration;

use oss_models::{Callback, PartNumber};
use oss_uploader::session::MultipartSession;
use oss_uploader::{CallbackOutcome, Stage, Stored, UploadErrorKind, Verified};

use crate::fake::{Fake, Fault, PART, bytes, request, until_asked};

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
