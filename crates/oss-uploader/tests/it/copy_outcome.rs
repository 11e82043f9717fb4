//! What is said about a copy is true, whatever becomes of its requests and of earlier runs.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use oss_models::{CopyObjectRequest, CopySource, MetadataDirective};
use oss_uploader::checkpoint::{CheckpointStore, MemoryStore};
use oss_uploader::{Copier, ObjectCopy, Scheduler, Stored, UploadErrorKind, UploadEvent, Verified};
use tokio::time::Instant;

use crate::fake::{COPIED, Fake, Fault, PART, bytes, until_asked};
use crate::runs::{end, outcome_and_events, warnings};

/// A service with an object that is copied.
fn fake() -> Fake {
    fake_with(1000)
}

fn fake_with(len: u64) -> Fake {
    let fake = Fake::new();
    plant_source(&fake, bytes(len));
    fake
}

/// Puts the object in place that is copied, stored in one and the same second whenever it is.
fn plant_source(fake: &Fake, content: Bytes) {
    fake.plant(content, "Normal", 0);
    fake.state().object.as_mut().unwrap().modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_699_999_900);
    fake.relabel("content-type", "text/plain");
    fake.relabel("x-oss-meta-made-by", "us");
    fake.as_source();
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

/// A copier that tries one request first where that may do, and else copies in parts.
fn in_parts(fake: &Fake) -> Copier {
    copier(fake).part_size(PART).multipart_copy_threshold(0_u64)
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
        match in_parts(&fake).copy(request().forbid_overwrite(true)).await {
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

#[tokio::test(start_paused = true)]
async fn a_copy_found_in_place_names_the_upload_that_its_parts_left() {
    let fake = fake_with(2 * PART + 1);
    fake.fault("CopyObject", Fault::ResponseLost).fault("AbortMultipartUpload", Fault::Refuse(403, "AccessDenied"));
    // The question before the parts tells nothing, and then the copy itself is in their way.
    fake.fault("HeadObject", Fault::Slow(Duration::ZERO)).fault("HeadObject", Fault::Refuse(403, "AccessDenied"));
    let copying = in_parts(&fake).copy(request().forbid_overwrite(true));
    let (outcome, events) = outcome_and_events(copying.start()).await;
    assert!(outcome.unwrap().confirmed_by_head);
    assert_eq!(warnings(&events), ["the copy is in place; an upload of it in parts is left, ID1"]);
    assert_eq!(fake.state().uploads.keys().collect::<Vec<_>>(), ["ID1"]);
}

#[tokio::test(start_paused = true)]
async fn a_callback_that_panics_at_the_end_of_a_copy_hides_no_object() {
    let fake = fake();
    let copying = copier(&fake).copy(request()).on_progress(|_| panic!("the callback is broken"));
    let error = copying.await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Panicked { what: "the progress callback" }), "{error}");
    let named = error.stored_object().unwrap().etag.as_ref().unwrap().to_string();
    assert_eq!((error.stored(), named), (Stored::Yes, fake.object().unwrap().etag));
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_is_cancelled_before_its_turn_is_not_sent() {
    let fake = fake();
    let uploader = fake.uploader().scheduler(Scheduler::new().connections(1));
    fake.fault("PutObject", Fault::Hang);
    let other = uploader.upload_from(crate::fake::request(), bytes(10)).start();
    until_asked(&fake, "PutObject", 1).await;
    let copying = Copier::from(uploader).copy(request()).start();
    until_asked(&fake, "HeadObject", 1).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let error = copying.cancel().await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Cancelled), "{error}");
    assert_eq!((error.stored(), fake.history().as_str()), (Stored::No, "Put Head"));
    drop(other);
}

/// The question between two attempts has no response, and is put once more.
#[tokio::test(start_paused = true)]
async fn a_copy_that_is_cancelled_while_it_is_asked_for_is_asked_for_again() {
    for is_stored in [true, false] {
        let fake = fake();
        let lost = if is_stored { Fault::LostAfter(Duration::from_secs(5)) } else { Fault::LostOnTheWay };
        fake.fault("CopyObject", lost)
            .fault("HeadObject", Fault::Slow(Duration::ZERO))
            .fault("HeadObject", Fault::Hang);
        let copying = copier(&fake).copy(request()).start();
        until_asked(&fake, "HeadObject", 2).await;
        match copying.cancel().await {
            Ok(result) => assert!(is_stored && result.confirmed_by_head),
            Err(error) => {
                assert!(!is_stored && matches!(error.kind(), UploadErrorKind::Cancelled), "{error}");
                // It is not there, and may still arrive.
                assert_eq!(error.stored(), Stored::Unknown);
            }
        }
        assert_eq!(fake.history(), "Head Copy Head Head");
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_without_crc64_that_may_not_be_asked_for_it_is_unverified() {
    for is_required in [false, true] {
        let fake = fake();
        fake.fault("CopyObject", Fault::Header("x-oss-hash-crc64ecma", None));
        fake.fault("HeadObject", Fault::Slow(Duration::ZERO)).fault("HeadObject", Fault::Refuse(403, "AccessDenied"));
        let copying = copier(&fake).copy(request()).require_verification(is_required);
        let (outcome, events) = outcome_and_events(copying.start()).await;
        let warnings = warnings(&events);
        let told = "the copy could not be asked for its CRC64: ";
        assert!(warnings.len() == 1 && warnings[0].starts_with(told) && warnings[0].contains("403"), "{warnings:?}");
        match outcome {
            Ok(result) => assert!(!is_required && result.verified == Verified::No),
            Err(error) => {
                assert!(is_required && matches!(error.kind(), UploadErrorKind::Unverified), "{error}");
                assert_eq!(error.stored(), Stored::Yes);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_copies_another_range_than_asked_for_makes_no_copy() {
    let fake = fake_with(2 * PART + 1);
    for _ in 0..100 {
        fake.fault("UploadPartCopy 2", Fault::Header("content-range", Some("bytes 0-9/204801")));
    }
    let error = in_parts(&fake).disable_shallow_copy(true).copy(request()).await.unwrap_err();
    assert!(error.to_string().contains("the server copied other bytes than were asked for"), "{error}");
    assert_eq!((error.part().map(|part| part.get()), error.stored()), (Some(2), Stored::No));
    assert_eq!((fake.count("CompleteMultipartUpload"), fake.state().uploads.len()), (0, 0));
    assert!(fake.object().is_none());
}

/// A copy in three parts that leaves a record in the store.
fn recorded(fake: &Fake, store: &MemoryStore) -> ObjectCopy {
    let store: Arc<dyn CheckpointStore> = Arc::new(store.clone());
    let copier = in_parts(fake).disable_shallow_copy(true);
    copier.copy(request()).enable_checkpoint(true).checkpoint_store(store)
}

fn restarts(events: &[UploadEvent]) -> Vec<&str> {
    let restarts = events.iter().filter_map(|event| match event {
        UploadEvent::Restarted { reason } => Some(reason.as_str()),
        _ => None,
    });
    restarts.collect()
}

/// The CRC64 of the source is all that can prove it.
#[tokio::test(start_paused = true)]
async fn a_copy_made_by_an_earlier_run_that_was_not_told_is_found_by_its_crc64() {
    for has_crc64 in [true, false] {
        let (fake, store) = (fake_with(2 * PART + 1), MemoryStore::new());
        fake.state().tells_crc = has_crc64;
        fake.fault("CompleteMultipartUpload", Fault::HeldBack(Duration::from_secs(3600)));
        let copying = recorded(&fake, &store).start();
        while fake.object().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        end(copying).await;
        assert_eq!((fake.content(), store.list().unwrap().len()), (bytes(2 * PART + 1), 1));

        let (outcome, events) = outcome_and_events(recorded(&fake, &store).start()).await;
        let result = outcome.unwrap();
        let gone = "the server no longer knows the upload ID1 of the earlier run";
        let (reused, copied, told, verified): (_, _, &[&str], _) =
            if has_crc64 { (3, 3, &[], Verified::Crc64) } else { (0, 6, &[gone], Verified::No) };
        assert_eq!((result.parts_reused, result.verified, fake.count("UploadPartCopy")), (reused, verified, copied));
        assert_eq!((result.size, restarts(&events).as_slice()), (2 * PART + 1, told));
        assert_eq!((fake.content(), store.list().unwrap().len()), (bytes(2 * PART + 1), 0));
    }
}

/// As long as before and stored in the same second, so that only its entity tag and its CRC64 tell.
#[tokio::test(start_paused = true)]
async fn parts_of_a_source_that_another_object_took_the_place_of_are_not_used() {
    let (fake, store) = (fake_with(2 * PART + 1), MemoryStore::new());
    fake.fault("UploadPartCopy 3", Fault::Hang);
    let copying = recorded(&fake, &store).start();
    until_asked(&fake, "UploadPartCopy", 3).await;
    end(copying).await;
    let other = Bytes::from(vec![7; 2 * PART as usize + 1]);
    plant_source(&fake, other.clone());

    let (outcome, events) = outcome_and_events(recorded(&fake, &store).start()).await;
    let reason = "the source changed since the earlier run, or is to be stored in another way";
    assert_eq!((outcome.unwrap().parts_reused, restarts(&events)), (0, vec![reason]));
    assert_eq!((fake.content(), fake.state().uploads.len()), (other, 0), "the upload of the other source is aborted");
}
