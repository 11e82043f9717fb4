//! Records of unfinished uploads: when they are written, whose they are, and when they go.

use std::sync::Arc;
use std::time::Duration;

use oss_models::UploadId;
use oss_uploader::checkpoint::{CheckpointStore, Phase};
use oss_uploader::{Stage, Stored, UploadErrorKind};

use crate::fake::{Fake, Fault, bytes, file, request};
use crate::runs::{PARTS, Runs, SIZE, end, warnings, with_events};

/// Rows: W40, R31.
#[tokio::test(start_paused = true)]
async fn parts_are_in_the_record_as_soon_as_they_are_stored() {
    let (runs, mut before) = (Runs::new(), 0);
    for round in 1..=2 {
        runs.killed_after(4).await;
        let stored = runs.fake.state().uploads.values().next().unwrap().parts.clone();
        let records = runs.records();
        let recorded = &records[0].record.parts;
        assert!(recorded.len() > before, "in round {round} none was added to {before}");
        before = recorded.len();
        for (number, part) in recorded {
            let bytes = &stored[&number.get()];
            assert_eq!((part.len, part.crc64), (bytes.len() as u64, Some(oss_models::Crc64::of(bytes))));
        }
    }
    runs.finish().await;
}

/// Rows: R34.
#[tokio::test(start_paused = true)]
async fn an_intent_is_recorded_before_initiate_and_the_next_run_tells_of_it() {
    let runs = Runs::new();
    runs.fake.fault("InitiateMultipartUpload", Fault::Hang);
    let uploading = runs.upload().start();
    while runs.fake.count("InitiateMultipartUpload") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(runs.records()[0].record.phase, Phase::Intent);
    end(uploading).await;
    assert_eq!(runs.records()[0].record.phase, Phase::Intent);
    let (outcome, events) = with_events(runs.upload()).await;
    outcome.unwrap();
    let warnings = warnings(&events);
    assert!(warnings.len() == 1 && warnings[0].contains("an empty upload may be left"), "{warnings:?}");
    assert_eq!(runs.fake.count("AbortMultipartUpload"), 0, "nothing tells whose upload it would be");
}

/// Rows: R34, R47.
#[tokio::test(start_paused = true)]
async fn an_intent_stays_if_initiate_may_have_succeeded_and_only_then() {
    for (fault, kept) in [(Fault::LostOnTheWay, 1), (Fault::Refuse(403, "AccessDenied"), 0)] {
        let runs = Runs::new();
        for _ in 0..20 {
            runs.fake.fault("InitiateMultipartUpload", fault.clone());
        }
        let error = runs.upload().await.unwrap_err();
        assert_eq!((error.stage(), runs.records().len()), (Stage::Initiate, kept), "{error}");
    }
}

/// Rows: R17.
#[tokio::test(start_paused = true)]
async fn a_damaged_record_is_reported_and_the_upload_starts_over() {
    let (fake, file, folder) = (Fake::new(), file(SIZE), tempfile::tempdir().unwrap());
    let upload =
        || fake.uploader().upload_file(request(), file.path()).enable_checkpoint(true).checkpoint_dir(folder.path());
    let uploading = upload().start();
    while fake.count("UploadPart") < 4 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    end(uploading).await;
    let records = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let record = records.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "ossup")).unwrap();
    std::fs::write(&record, "rubbish").unwrap();
    let (outcome, events) = with_events(upload()).await;
    assert_eq!((outcome.unwrap().parts_reused, fake.content()), (0, bytes(SIZE)));
    let warnings = warnings(&events);
    assert!(warnings.len() == 1 && warnings[0].contains("unusable, now at"), "{warnings:?}");
    assert_eq!(std::fs::read_to_string(record.with_extension("ossup-bad")).unwrap(), "rubbish");
}

/// Rows: R27.
#[tokio::test(start_paused = true)]
async fn an_upload_to_another_endpoint_is_not_resumed() {
    let runs = Runs::new();
    runs.interrupted().await;
    let store: Arc<dyn CheckpointStore> = Arc::new(runs.store.clone());
    for uploader in
        [runs.fake.uploader().endpoint("http://other", "path"), runs.fake.uploader().endpoint("http://fake", "custom")]
    {
        let upload = uploader.upload_file(request(), runs.file.path());
        let result = upload.enable_checkpoint(true).checkpoint_store(store.clone()).await.unwrap();
        assert_eq!(result.parts_reused, 0);
    }
    let result = runs.upload().await.unwrap();
    assert_eq!((result.parts_reused >= 2, result.upload_id), (true, UploadId::new("ID1").ok()));
}

/// Rows: W41, R27.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn another_spelling_of_the_path_is_the_same_upload() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    std::fs::create_dir_all(at("real/sub")).unwrap();
    std::os::unix::fs::symlink(at("real/sub"), at("link")).unwrap();
    std::fs::write(at("real/file"), bytes(SIZE)).unwrap();
    // By its letters alone the path would name this one.
    std::fs::write(at("file"), bytes(3)).unwrap();
    for spelling in ["real/./file", "real/sub/../file", "real/../real/sub/./../file", "link/../file"] {
        let runs = Runs::new();
        runs.killed_with(runs.upload_path(at("real/file")), 5).await;
        let result = runs.upload_path(at(spelling)).await.unwrap();
        assert!(result.parts_reused >= 2, "{spelling}");
        assert_eq!(runs.fake.count("InitiateMultipartUpload"), 1, "{spelling}");
        assert!(runs.records().is_empty(), "{spelling}");
    }
}

/// Earlier versions named a record by the path as it was given.
///
/// Rows: R27.
#[tokio::test(start_paused = true)]
async fn a_record_under_a_path_with_parent_components_is_still_found() {
    let runs = Runs::new();
    runs.interrupted().await;
    let mut record = runs.records().remove(0).record;
    runs.store.open(&record.identity).unwrap().remove().unwrap();
    let path = runs.file.path();
    let folder = path.parent().unwrap();
    let spelling = folder.join("..").join(folder.file_name().unwrap()).join(path.file_name().unwrap());
    record.identity.path.clone_from(&spelling);
    runs.store.open(&record.identity).unwrap().save(&record).unwrap();

    let result = runs.upload_path(spelling).await.unwrap();
    assert!(result.parts_reused >= 2, "{result:?}");
    assert!(runs.records().is_empty());
}

/// Rows: W21, R54.
#[tokio::test(start_paused = true)]
async fn an_object_with_other_bytes_takes_its_record_with_it() {
    let runs = Runs::new();
    runs.fake.rot();
    let error = runs.upload().await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Corrupt { .. }) && !error.is_resumable(), "{error}");
    assert_eq!((error.stored(), runs.records().len()), (Stored::Yes, 0));
}

/// Rows: R41.
#[tokio::test(start_paused = true)]
async fn an_upload_that_is_lost_again_and_again_leaves_no_record() {
    let runs = Runs::new();
    for _ in 0..2 {
        runs.fake.fault("UploadPart 2", Fault::Refuse(404, "NoSuchUpload"));
    }
    let error = runs.upload().await.unwrap_err();
    assert_eq!((error.code(), runs.records().len()), (Some("NoSuchUpload"), 0));
}

/// Rows: W36, R28.
#[tokio::test(start_paused = true)]
async fn a_file_that_changed_since_is_sent_again_and_the_old_upload_aborted() {
    let runs = Runs::new();
    runs.interrupted().await;
    std::fs::write(runs.file.path(), vec![7; SIZE as usize + 1]).unwrap();
    let result = runs.finish().await;
    assert_eq!((result.parts_reused, result.upload_id), (0, UploadId::new("ID2").ok()));
    // A small file does so too.
    let runs = Runs::new();
    runs.interrupted().await;
    std::fs::write(runs.file.path(), "small").unwrap();
    runs.finish().await;
}

/// Rows: W39, R26.
#[tokio::test(start_paused = true)]
async fn an_upload_started_with_other_headers_is_not_resumed() {
    let runs = Runs::new();
    runs.interrupted().await;
    let other = request().storage_class(oss_models::StorageClass::Ia);
    let result = runs.upload_as(other).await.unwrap();
    assert_eq!((result.parts_reused, runs.fake.state().uploads.len()), (0, 0));
}

/// Rows: W41, R25.
#[tokio::test(start_paused = true)]
async fn of_two_uploads_of_one_file_one_is_told_at_once() {
    let runs = Runs::new();
    let first = runs.upload().start();
    while runs.fake.count("UploadPart") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let error = runs.upload().await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Checkpoint(_)) && error.stage() == Stage::Checkpoint, "{error}");
    first.await.unwrap();
    assert_eq!(runs.fake.content(), bytes(SIZE));
}

/// Rows: W23.
#[tokio::test(start_paused = true)]
async fn parts_are_kept_after_a_transient_error_and_only_then() {
    for (code, kept) in [("SecurityTokenExpired", true), ("AccessDenied", false)] {
        let runs = Runs::new();
        // Credentials that were exchanged once and are refused again.
        runs.fake.fault("UploadPart 5", Fault::Refuse(403, code)).fault("UploadPart 5", Fault::Refuse(403, code));
        let error = runs.upload().await.unwrap_err();
        assert_eq!(error.is_resumable(), kept, "{error}");
        let left = (runs.records().len(), runs.fake.state().uploads.len());
        assert_eq!(left, (usize::from(kept), usize::from(kept)));
    }
    let runs = Runs::new();
    let uploading = runs.upload().start();
    while runs.fake.count("UploadPart") < 5 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let error = uploading.cancel().await.unwrap_err();
    assert!(error.is_resumable() && runs.records().len() == 1);
    assert!(runs.finish().await.parts_reused >= 2);
}

/// Rows: R1, R28.
#[tokio::test(start_paused = true)]
async fn a_file_that_changes_while_it_is_uploaded_takes_its_record_with_it() {
    let runs = Runs::new();
    let uploading = runs.upload().start();
    while runs.fake.count("UploadPart") < 4 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    std::fs::write(runs.file.path(), vec![7; SIZE as usize]).unwrap();
    let error = uploading.await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Source(_)), "{error}");
    assert!(runs.records().is_empty() && runs.fake.state().uploads.is_empty());
}

/// Rows: R45.
#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_keeps_the_record_for_the_next_run() {
    let runs = Runs::new();
    for _ in 0..20 {
        runs.fake.fault("CompleteMultipartUpload", Fault::LostOnTheWay);
    }
    let error = runs.upload().await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::OutcomeUnknown(_)) && error.is_resumable(), "{error}");
    runs.fake.clear_faults();
    let result = runs.finish().await;
    assert_eq!((result.parts_sent, runs.fake.count("UploadPart")), (0, PARTS as usize));
}

/// Rows: W35, R23, R24.
#[tokio::test(start_paused = true)]
async fn a_folder_for_records_is_taken_as_given_and_created() {
    let (fake, file, folder) = (Fake::new(), file(SIZE), tempfile::tempdir().unwrap());
    let records = folder.path().join("not/there");
    let uploading =
        fake.uploader().upload_file(request(), file.path()).enable_checkpoint(true).checkpoint_dir(&records);
    let uploading = uploading.start();
    while fake.count("UploadPart") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(std::fs::read_dir(&records).unwrap().count() > 0);
    uploading.await.unwrap();
}
