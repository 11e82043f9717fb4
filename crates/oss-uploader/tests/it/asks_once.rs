//! No upload is given up while its outcome is unknown without having asked the server once.

use oss_uploader::{Stored, UploadErrorKind, Verified};

use crate::fake::{Fake, Fault, PART, bytes, request};

const REFUSALS: [(u16, &str); 4] =
    [(403, "AccessDenied"), (501, "NotImplemented"), (400, "InvalidArgument"), (404, "NoSuchBucket")];

/// Rows: W14, R45.
#[tokio::test(start_paused = true)]
async fn a_refused_repetition_of_a_lost_complete_is_no_failure() {
    for (status, code) in REFUSALS {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", Fault::LostThenRefused(status, code));
        let result = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap();
        assert!(result.confirmed_by_head && result.verified == Verified::Crc64, "{code}");
        assert_eq!(fake.history(), "Initiate Part1 Part2 Complete ListParts Head", "{code}");
    }
}

/// Rows: W14, R46.
#[tokio::test(start_paused = true)]
async fn a_refused_repetition_is_what_it_says_while_the_upload_is_open() {
    for (status, code) in REFUSALS {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", Fault::RefusedAfterLoss(status, code));
        let error = fake.uploader().upload_from(request(), bytes(2 * PART)).await.unwrap_err();
        assert_eq!((error.code(), error.stored()), (Some(code), Stored::No), "{error}");
        assert!(fake.object().is_none() && fake.state().uploads.is_empty(), "{}", fake.history());
    }
}

/// Rows: W14, R45, R46.
#[tokio::test(start_paused = true)]
async fn a_caller_who_may_not_list_parts_is_told_by_the_object() {
    for (fault, found) in
        [(Fault::LostThenRefused(403, "AccessDenied"), true), (Fault::RefusedAfterLoss(403, "AccessDenied"), false)]
    {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", fault).fault("ListParts", Fault::Refuse(403, "AccessDenied"));
        match fake.uploader().upload_from(request(), bytes(2 * PART)).await {
            Ok(result) => assert!(found && result.confirmed_by_head),
            Err(error) => {
                assert!(!found && matches!(error.kind(), UploadErrorKind::OutcomeUnknown(_)), "{error}");
                assert_eq!((error.stored(), fake.count("AbortMultipartUpload")), (Stored::Unknown, 0));
            }
        }
        assert_eq!((fake.count("ListParts"), fake.count("HeadObject")), (1, 1));
    }
}

/// Rows: W14, R45.
#[tokio::test(start_paused = true)]
async fn the_last_attempt_is_followed_by_a_question_too() {
    let fake = Fake::new();
    fake.fault("CompleteMultipartUpload", Fault::ResponseLost);
    let upload = fake.uploader().upload_from(request(), bytes(2 * PART)).part_attempts(1_u32);
    assert!(upload.await.unwrap().confirmed_by_head);
    assert_eq!(fake.history(), "Initiate Part1 Part2 Complete ListParts Head");
}
