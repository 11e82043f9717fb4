use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use oss_models::{PutObjectRequest, UploadId};
use oss_uploader::checkpoint::{CheckpointStore, MemoryStore, StoredUpload};
use oss_uploader::{Stage, Upload, UploadErrorKind, UploadEvent, UploadHandle, UploadResult, Verified};
use tempfile::NamedTempFile;

use crate::fake::{Fake, Fault, PART, bytes, file, request};

const PARTS: u64 = 9;
const SIZE: u64 = (PARTS - 1) * PART + 5;

/// A file, a server and a store of records, for one run after another.
struct Runs {
    fake: Fake,
    file: NamedTempFile,
    store: MemoryStore,
}

impl Runs {
    fn new() -> Self {
        Self { fake: Fake::new(), file: file(SIZE), store: MemoryStore::new() }
    }

    fn upload(&self) -> Upload {
        self.upload_as(request())
    }

    fn upload_as(&self, request: PutObjectRequest) -> Upload {
        let store: Arc<dyn CheckpointStore> = Arc::new(self.store.clone());
        self.fake.uploader().upload_file(request, self.file.path()).enable_checkpoint(true).checkpoint_store(store)
    }

    /// A run that ends as by a kill once so many parts were begun.
    async fn killed_after(&self, parts: usize) {
        let sent = self.fake.count("UploadPart");
        let uploading = self.upload().start();
        while self.fake.count("UploadPart") < sent + parts {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        end(uploading).await;
        assert_eq!(self.fake.count("AbortMultipartUpload"), 0);
    }

    /// A run that ends with an error that may pass.
    async fn interrupted(&self) {
        self.killed_after(5).await;
    }

    async fn finish(&self) -> UploadResult {
        let result = self.upload().await.unwrap();
        assert_eq!(self.fake.content(), Bytes::from(std::fs::read(self.file.path()).unwrap()));
        assert!(self.records().is_empty() && self.fake.state().uploads.is_empty());
        result
    }

    fn records(&self) -> Vec<StoredUpload> {
        self.store.list().unwrap()
    }
}

/// Ends an upload as by a kill.
async fn end(uploading: UploadHandle) {
    drop(uploading);
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// Rows: W38, R31.
#[tokio::test(start_paused = true)]
async fn killed_at_any_part_at_most_the_parts_in_flight_are_sent_again() {
    for parts in 1..=PARTS as usize {
        let runs = Runs::new();
        runs.killed_after(parts).await;
        let result = runs.finish().await;
        assert_eq!(result.verified, Verified::Crc64);
        assert_eq!(result.parts_sent + result.parts_reused, PARTS as usize);
        let sent = runs.fake.count("UploadPart");
        assert!(sent <= PARTS as usize + 3, "{sent} part bodies after a kill at {parts}");
        assert_eq!(runs.fake.count("InitiateMultipartUpload"), 1);
    }
}

/// Rows: W38, R31, R43.
#[tokio::test(start_paused = true)]
async fn one_slow_part_does_not_cost_the_others() {
    let runs = Runs::new();
    runs.fake.fault("UploadPart 1", Fault::Hang);
    runs.killed_after(PARTS as usize).await;
    let result = runs.finish().await;
    assert!(result.parts_sent <= 3 && result.parts_reused >= 6, "{result:?}");
}

/// Rows: W18, W38, R32.
#[tokio::test(start_paused = true)]
async fn when_all_parts_are_there_only_complete_is_sent() {
    let runs = Runs::new();
    runs.fake.fault("CompleteMultipartUpload", Fault::LostOnTheWay);
    let uploading = runs.upload().start();
    while runs.fake.count("CompleteMultipartUpload") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    end(uploading).await;
    let result = runs.finish().await;
    assert_eq!((result.parts_sent, result.parts_reused), (0, PARTS as usize));
    assert_eq!((result.verified, runs.fake.count("UploadPart")), (Verified::Crc64, PARTS as usize));
}

/// Rows: R33.
#[tokio::test(start_paused = true)]
async fn killed_after_complete_was_accepted_the_next_run_finds_the_object_and_sends_nothing() {
    for (seconds_ago, found) in [(0, true), (100, false)] {
        let runs = Runs::new();
        runs.fake.fault("CompleteMultipartUpload", Fault::AnswerLost);
        let uploading = runs.upload().start();
        while runs.fake.object().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        end(uploading).await;
        if !found {
            // Somebody else's object, older than the upload, took the place.
            runs.fake.plant(bytes(SIZE), "Multipart", seconds_ago);
        }
        let result = runs.finish().await;
        assert_eq!(result.confirmed_by_head, found);
        assert_eq!(runs.fake.count("UploadPart"), if found { 1 } else { 2 } * PARTS as usize);
    }
}

/// Rows: W31, R18, R28.
#[tokio::test(start_paused = true)]
async fn parts_with_other_bytes_are_sent_again() {
    let runs = Runs::new();
    runs.interrupted().await;
    let planted = {
        let mut state = runs.fake.state();
        let upload = state.uploads.values_mut().next().unwrap();
        let (number, part) = upload.parts.iter_mut().next().unwrap();
        *part = vec![0; part.len()].into();
        *number
    };
    let events = runs.upload().start();
    let result = events.await.unwrap();
    assert_eq!((result.verified, runs.fake.content()), (Verified::Crc64, bytes(SIZE)));
    let again = runs.fake.state().log.iter().filter(|entry| entry.part == Some(planted)).count();
    assert_eq!(again, 2);
}

/// Rows: W20, W31.
#[tokio::test(start_paused = true)]
async fn without_crc_in_the_list_parts_are_compared_by_md5() {
    let runs = Runs::new();
    runs.interrupted().await;
    runs.fake.state().tells_crc = false;
    let result = runs.finish().await;
    assert!(result.parts_reused >= 2, "{result:?}");
    assert_eq!(result.verified, Verified::No, "what this run sent was not compared");
}

/// Rows: W31, R43.
#[tokio::test(start_paused = true)]
async fn parts_are_taken_on_trust_when_asked_for_and_the_result_says_so() {
    let runs = Runs::new();
    runs.interrupted().await;
    let result = runs.upload().verify_resumed_parts(false).await.unwrap();
    assert!(result.parts_reused >= 2 && result.verified == Verified::PartsOnly, "{result:?}");
}

/// Rows: W38, R43.
#[tokio::test(start_paused = true)]
async fn foreign_numbers_and_sizes_are_left_out() {
    let runs = Runs::new();
    runs.interrupted().await;
    {
        let mut state = runs.fake.state();
        let upload = state.uploads.values_mut().next().unwrap();
        upload.parts.insert(77, bytes(PART));
        upload.parts.insert(2, bytes(PART - 1));
    }
    assert_eq!(runs.finish().await.verified, Verified::Crc64);
}

/// Rows: W37, R42.
#[tokio::test(start_paused = true)]
async fn a_list_that_fails_in_passing_is_asked_for_again_and_never_costs_the_parts() {
    let runs = Runs::new();
    runs.interrupted().await;
    runs.fake.fault("ListParts", Fault::Refuse(500, "InternalError")).fault("ListParts", Fault::NotSent);
    let result = runs.finish().await;
    assert!(result.parts_reused >= 2);

    let runs = Runs::new();
    runs.interrupted().await;
    for _ in 0..20 {
        runs.fake.fault("ListParts", Fault::Refuse(500, "InternalError"));
    }
    let error = runs.upload().await.unwrap_err();
    assert_eq!((error.stage(), error.is_resumable()), (Stage::Resume, true), "{error}");
    assert!(runs.records().len() == 1 && runs.fake.state().uploads.len() == 1);
    runs.fake.clear_faults();
    runs.finish().await;
}

/// Rows: R44.
#[tokio::test(start_paused = true)]
async fn pages_that_go_backward_repeat_a_part_or_never_end_are_an_error_and_cost_nothing() {
    let page = |part: u16, next: u16| {
        format!(
            "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>{next}</NextPartNumberMarker>\
             <Part><PartNumber>{part}</PartNumber><ETag>e</ETag><Size>1</Size></Part></ListPartsResult>"
        )
    };
    let backward = vec![page(1, 1), page(2, 1)];
    let twice = vec![page(1, 1), page(1, 2)];
    let endless = (1..=20).map(|number| page(number, number)).collect();
    for pages in [backward, twice, endless] {
        let runs = Runs::new();
        runs.interrupted().await;
        for page in pages {
            runs.fake.fault("ListParts", Fault::Answer(page));
        }
        let error = runs.upload().await.unwrap_err();
        assert_eq!((error.stage(), error.is_resumable()), (Stage::Resume, true), "{error}");
        assert!(runs.fake.count("ListParts") <= 11 && runs.records().len() == 1);
        runs.fake.clear_faults();
        assert!(runs.finish().await.parts_reused >= 2);
    }
}

/// Rows: R35.
#[tokio::test(start_paused = true)]
async fn an_upload_without_parts_is_used_again() {
    let runs = Runs::new();
    for part in 1..=3 {
        runs.fake.fault(&format!("UploadPart {part}"), Fault::Hang);
    }
    runs.killed_after(1).await;
    runs.finish().await;
    assert_eq!(runs.fake.count("InitiateMultipartUpload"), 1);
}

/// Rows: W36, R28.
#[tokio::test(start_paused = true)]
async fn a_file_that_changed_since_is_sent_anew_and_the_old_upload_aborted() {
    let runs = Runs::new();
    runs.interrupted().await;
    std::fs::write(runs.file.path(), vec![7; SIZE as usize + 1]).unwrap();
    let result = runs.finish().await;
    assert_eq!((result.parts_reused, result.upload_id), (0, UploadId::new("ID2")));
    // A small file does so too.
    let runs = Runs::new();
    runs.interrupted().await;
    std::fs::write(runs.file.path(), "small").unwrap();
    runs.finish().await;
}

/// Rows: W39, R26.
#[tokio::test(start_paused = true)]
async fn an_upload_begun_with_other_headers_is_not_gone_on_with() {
    let runs = Runs::new();
    runs.interrupted().await;
    let other = request().storage_class(oss_models::StorageClass::Ia);
    let result = runs.upload_as(other).await.unwrap();
    assert_eq!((result.parts_reused, runs.fake.state().uploads.len()), (0, 0));
}

/// Rows: R41.
#[tokio::test(start_paused = true)]
async fn an_upload_that_the_server_forgot_is_begun_anew() {
    let runs = Runs::new();
    runs.interrupted().await;
    runs.fake.state().uploads.clear();
    let uploading = runs.upload().start();
    let mut events = uploading.events();
    uploading.await.unwrap();
    let mut restarted = 0;
    while let Some(event) = events.next().await {
        restarted += usize::from(matches!(event, UploadEvent::Restarted { .. }));
    }
    assert_eq!(restarted, 1);
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
async fn parts_are_kept_after_an_error_that_may_pass_and_only_then() {
    for (code, kept) in [("SecurityTokenExpired", true), ("AccessDenied", false)] {
        let runs = Runs::new();
        runs.fake.fault("UploadPart 5", Fault::Refuse(403, code));
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

/// Rows: W33, R22.
#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_written_stops_the_upload_before_anything_is_sent() {
    let (fake, file) = (Fake::new(), file(SIZE));
    let blocker = NamedTempFile::new().unwrap();
    let upload = fake.uploader().upload_file(request(), file.path()).enable_checkpoint(true);
    let error = upload.checkpoint_dir(blocker.path().join("folder")).await.unwrap_err();
    assert_eq!((error.stage(), fake.history().as_str()), (Stage::Checkpoint, ""), "{error}");
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
