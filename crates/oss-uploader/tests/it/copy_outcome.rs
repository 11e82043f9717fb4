//! What is said about a copy by one request is true, whichever of its responses are lost.

use std::time::Duration;

use oss_models::{CopyObjectRequest, CopySource, MetadataDirective};
use oss_uploader::{Copier, Stored, UploadErrorKind};
use tokio::time::Instant;

use crate::fake::{COPIED, Fake, Fault, PART, bytes};

/// A service with an object that is copied.
fn fake() -> Fake {
    fake_with(1000)
}

fn fake_with(len: u64) -> Fake {
    let fake = Fake::new();
    fake.plant(bytes(len), "Normal", 100);
    fake.relabel("content-type", "text/plain");
    fake.relabel("x-oss-meta-made-by", "us");
    fake.as_source();
    fake
}

/// The object of another client: the same bytes, stored a moment before the copy begins.
fn plant_twin(fake: &Fake, name: &'static str, value: &'static str) {
    fake.plant(bytes(1000), "Normal", 0);
    fake.relabel("content-type", "text/plain");
    fake.relabel("x-oss-meta-made-by", "us");
    fake.relabel(name, value);
}

fn request() -> CopyObjectRequest {
    CopyObjectRequest::new("demo", "copy", CopySource::new("demo", COPIED))
}

fn copier(fake: &Fake) -> Copier {
    fake.uploader().into()
}

/// Rows: W14, R45.
#[tokio::test(start_paused = true)]
async fn an_object_with_other_metadata_passes_for_no_copy() {
    for (name, value) in [("x-oss-meta-made-by", "them"), ("x-oss-meta-more", "1"), ("content-type", "text/html")] {
        let fake = fake();
        plant_twin(&fake, name, value);
        fake.fault("CopyObject", Fault::LostOnTheWay);
        let result = copier(&fake).copy(request()).await.unwrap();
        assert!(!result.confirmed_by_head, "{name}");
        assert_eq!(fake.count("CopyObject"), 2, "{name}");
    }
}

/// Rows: W14, R45.
#[tokio::test(start_paused = true)]
async fn a_copy_is_proven_by_what_its_directive_asks_for() {
    let replacing = |value| {
        let request = request().metadata_directive(MetadataDirective::Replace).content_type("text/plain");
        request.metadata([("made-by", value)])
    };
    // The fake takes metadata from the source, whatever the directive says.
    for (request, is_proven) in [(request(), true), (replacing("us"), true), (replacing("them"), false)] {
        let fake = fake();
        fake.fault("CopyObject", Fault::LostAfter(Duration::from_secs(5)));
        let result = copier(&fake).copy(request).await.unwrap();
        assert_eq!((result.confirmed_by_head, fake.count("CopyObject")), (is_proven, if is_proven { 1 } else { 2 }));
    }
}

/// Rows: R54.
#[tokio::test(start_paused = true)]
async fn questions_about_a_copy_have_one_count() {
    let fake = fake();
    fake.fault("HeadObject", Fault::Slow(Duration::ZERO));
    for _ in 0..1000 {
        fake.fault("CopyObject", Fault::LostOnTheWay).fault("HeadObject", Fault::Refuse(503, "ServiceUnavailable"));
    }
    let began = Instant::now();
    let error = copier(&fake).copy(request()).await.unwrap_err();
    assert_eq!(error.stored(), Stored::Unknown, "{error}");
    // One for the source, one after each attempt but the last, three in the end.
    assert_eq!((fake.count("CopyObject"), fake.count("HeadObject")), (8, 1 + 7 + 3));
    assert!(began.elapsed() < Duration::from_secs(600), "{:?}", began.elapsed());
}

/// Rows: W14, R45.
#[tokio::test(start_paused = true)]
async fn the_last_question_about_a_copy_is_put_when_clocks_tell() {
    let fake = fake();
    fake.fault("CopyObject", Fault::ResponseLost);
    // The copy begins in the last moment of a second, and the first question is put in the next one.
    tokio::time::sleep(Duration::from_millis(975)).await;
    let result = copier(&fake).copy(request()).part_attempts(1_u32).await.unwrap();
    assert!(result.confirmed_by_head);
    assert_eq!((fake.count("CopyObject"), fake.count("HeadObject")), (1, 3));
}

/// Rows: W14, R46.
#[tokio::test(start_paused = true)]
async fn an_object_in_the_way_of_a_copy_is_told_from_the_copy() {
    for is_stored in [true, false] {
        let fake = fake();
        let lost = if is_stored { Fault::LostAfter(Duration::from_secs(5)) } else { Fault::LostOnTheWay };
        fake.fault("CopyObject", lost).fault("HeadObject", Fault::Slow(Duration::ZERO));
        // The question between the attempts tells nothing.
        fake.fault("HeadObject", Fault::Refuse(503, "ServiceUnavailable"));
        if !is_stored {
            fake.plant(bytes(10), "Normal", 100);
        }
        match copier(&fake).copy(request().forbid_overwrite(true)).await {
            Ok(result) => assert!(is_stored && result.confirmed_by_head),
            Err(error) => {
                assert!(!is_stored && matches!(error.kind(), UploadErrorKind::NotStored { .. }), "{error}");
                assert_eq!(error.stored(), Stored::No);
            }
        }
    }
}

/// Rows: W14, R46.
#[tokio::test(start_paused = true)]
async fn parts_that_a_lost_copy_may_be_in_the_way_of_are_followed_by_a_question() {
    for is_stored in [true, false] {
        let fake = fake_with(2 * PART + 1);
        fake.fault("CopyObject", if is_stored { Fault::ResponseLost } else { Fault::LostOnTheWay });
        // The question before the parts tells nothing.
        fake.fault("HeadObject", Fault::Slow(Duration::ZERO)).fault("HeadObject", Fault::Refuse(403, "AccessDenied"));
        if !is_stored {
            fake.plant(bytes(10), "Normal", 100);
        }
        let copier = copier(&fake).part_size(PART).multipart_copy_threshold(0_u64);
        match copier.copy(request().forbid_overwrite(true)).await {
            Ok(result) => assert!(is_stored && result.confirmed_by_head),
            Err(error) => {
                assert!(!is_stored && matches!(error.kind(), UploadErrorKind::NotStored { .. }), "{error}");
                assert_eq!(error.stored(), Stored::No);
            }
        }
        assert_eq!((fake.count("UploadPartCopy"), fake.count("HeadObject")), (3, 3));
        assert!(fake.state().uploads.is_empty(), "nothing is left");
    }
}
