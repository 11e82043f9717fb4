use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use oss_models::{PutObjectRequest, UploadId};
use oss_uploader::checkpoint::{CheckpointStore, MemoryStore, Phase, StoredUpload};
use oss_uploader::{
    SourceError, Stage, Stored, Upload, UploadError, UploadErrorKind, UploadEvent, UploadHandle, UploadResult, Verified,
};
use tempfile::NamedTempFile;

use crate::fake::{Fake, Fault, PART, bytes, file, request};

pub(crate) const PARTS: u64 = 9;
pub(crate) const SIZE: u64 = (PARTS - 1) * PART + 5;

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
        self.recorded(self.fake.uploader().upload_file(request, self.file.path()))
    }

    fn upload_path(&self, path: impl Into<PathBuf>) -> Upload {
        self.recorded(self.fake.uploader().upload_file(request(), path))
    }

    fn recorded(&self, upload: Upload) -> Upload {
        let store: Arc<dyn CheckpointStore> = Arc::new(self.store.clone());
        upload.enable_checkpoint(true).checkpoint_store(store)
    }

    /// A run that ends as by a kill once so many parts were started.
    async fn killed_after(&self, parts: usize) {
        self.killed_with(self.upload(), parts).await;
    }

    async fn killed_with(&self, upload: Upload, parts: usize) {
        let sent = self.fake.count("UploadPart");
        let uploading = upload.start();
        while self.fake.count("UploadPart") < sent + parts {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        end(uploading).await;
        assert_eq!(self.fake.count("AbortMultipartUpload"), 0);
    }

    /// A run that ends with a transient error.
    async fn interrupted(&self) {
        self.killed_after(5).await;
    }

    async fn finish(&self) -> UploadResult {
        let result = self.upload().await.unwrap();
        assert_eq!(self.fake.content(), Bytes::from(std::fs::read(self.file.path()).unwrap()));
        assert!(self.records().is_empty() && self.fake.state().uploads.is_empty());
        result
    }

    /// Gives the first stored part other bytes; its number.
    fn plant_a_part(&self, bytes: Vec<u8>) -> u16 {
        let mut state = self.fake.state();
        let upload = state.uploads.values_mut().next().unwrap();
        let (number, part) = upload.parts.iter_mut().next().unwrap();
        *part = bytes.into();
        *number
    }

    fn times_sent(&self, part: u16) -> usize {
        self.fake.state().log.iter().filter(|entry| entry.part == Some(part)).count()
    }

    fn records(&self) -> Vec<StoredUpload> {
        self.store.list().unwrap()
    }
}

/// An upload's outcome, and what it told on the way.
pub(crate) async fn with_events(upload: Upload) -> (Result<UploadResult, UploadError>, Vec<UploadEvent>) {
    let uploading = upload.start();
    let (mut events, mut seen) = (uploading.events(), Vec::new());
    let outcome = uploading.await;
    while let Some(event) = events.next().await {
        seen.push(event);
    }
    (outcome, seen)
}

pub(crate) fn warnings(events: &[UploadEvent]) -> Vec<&str> {
    let warnings = events.iter().filter_map(|event| match event {
        UploadEvent::Warning(warning) => Some(warning.as_str()),
        _ => None,
    });
    warnings.collect()
}

/// Ends an upload as by a kill.
pub(crate) async fn end(uploading: UploadHandle) {
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
async fn killed_after_complete_the_next_run_finds_the_object_and_sends_nothing() {
    for (seconds_ago, found) in [(0, true), (100, false)] {
        let runs = Runs::new();
        runs.fake.fault("CompleteMultipartUpload", Fault::ResponseLost);
        let uploading = runs.upload().start();
        while runs.fake.object().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        end(uploading).await;
        if !found {
            // Another client's object, older than the upload, took the place.
            runs.fake.plant(bytes(SIZE), "Multipart", seconds_ago);
        }
        let result = runs.finish().await;
        assert_eq!(result.confirmed_by_head, found);
        assert_eq!(runs.fake.count("UploadPart"), if found { 1 } else { 2 } * PARTS as usize);
    }
}

/// Rows: R33.
#[tokio::test(start_paused = true)]
async fn an_object_that_cannot_be_asked_for_waits_a_forbidden_one_is_sent_again() {
    let runs = Runs::new();
    runs.fake.fault("CompleteMultipartUpload", Fault::ResponseLost);
    let uploading = runs.upload().start();
    while runs.fake.object().is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    end(uploading).await;
    for _ in 0..20 {
        runs.fake.fault("HeadObject", Fault::Refuse(500, "InternalError"));
    }
    let error = runs.upload().await.unwrap_err();
    assert_eq!((error.stored(), error.is_resumable(), runs.records().len()), (Stored::Unknown, true, 1), "{error}");
    runs.fake.clear_faults();
    runs.fake.fault("HeadObject", Fault::Refuse(403, "AccessDenied"));
    let result = runs.finish().await;
    assert_eq!((result.confirmed_by_head, result.parts_sent), (false, PARTS as usize));
}

/// Rows: R1, R28.
#[tokio::test(start_paused = true)]
async fn a_file_cut_while_parts_are_compared_keeps_the_upload_for_the_next_run() {
    let runs = Runs::new();
    runs.interrupted().await;
    let uploading = runs.upload().start();
    while runs.fake.count("ListParts") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    std::fs::File::options().write(true).open(runs.file.path()).unwrap().set_len(5).unwrap();
    let error = uploading.await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Source(_)) && !error.is_resumable(), "{error}");
    assert_eq!((error.leftovers().unwrap().upload_id.as_str(), runs.records().len()), ("ID1", 1));
    runs.finish().await;
}

/// Rows: W31, R18, R28.
#[tokio::test(start_paused = true)]
async fn parts_with_other_bytes_are_sent_again() {
    let runs = Runs::new();
    runs.interrupted().await;
    let planted = runs.plant_a_part(vec![0; PART as usize]);
    assert_eq!(runs.finish().await.verified, Verified::Crc64);
    assert_eq!(runs.times_sent(planted), 2);
}

/// Rows: W20, W31, R18.
#[tokio::test(start_paused = true)]
async fn without_crc_in_the_list_parts_are_compared_by_md5() {
    let runs = Runs::new();
    runs.interrupted().await;
    runs.fake.state().tells_crc = false;
    let planted = runs.plant_a_part(vec![0; PART as usize]);
    let result = runs.finish().await;
    assert!(result.parts_reused >= 1, "{result:?}");
    assert_eq!(result.verified, Verified::No, "what this run sent was not compared");
    assert_eq!(runs.times_sent(planted), 2);
}

/// Rows: W31, R43.
#[tokio::test(start_paused = true)]
async fn parts_are_taken_on_trust_when_asked_for_and_the_result_says_so() {
    let runs = Runs::new();
    runs.interrupted().await;
    let result = runs.upload().verify_resumed_parts(false).await.unwrap();
    assert!(result.parts_reused >= 2 && result.verified == Verified::PartsOnly, "{result:?}");

    // Also where the object was found in place after a lost response.
    let runs = Runs::new();
    runs.interrupted().await;
    runs.fake.fault("CompleteMultipartUpload", Fault::ResponseLost);
    let result = runs.upload().verify_resumed_parts(false).await.unwrap();
    assert!(result.confirmed_by_head && result.verified == Verified::PartsOnly, "{result:?}");

    // A part of another size is none of this plan's, trusted or not.
    let runs = Runs::new();
    runs.interrupted().await;
    let planted = runs.plant_a_part(vec![0; PART as usize + 1]);
    runs.upload().verify_resumed_parts(false).await.unwrap();
    assert_eq!((runs.times_sent(planted), runs.fake.content()), (2, bytes(SIZE)));
}

/// Rows: W26, R28.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn nothing_is_taken_on_trust_for_a_file_whose_attributes_changed_since() {
    use std::os::unix::fs::MetadataExt;
    let runs = Runs::new();
    runs.interrupted().await;
    let planted = runs.plant_a_part(vec![0; PART as usize]);
    let changed = |path: &Path| std::fs::metadata(path).map(|now| (now.ctime(), now.ctime_nsec())).unwrap();
    let before = changed(runs.file.path());
    // The clock of a file system ticks slowly.
    while changed(runs.file.path()) == before {
        std::fs::set_permissions(runs.file.path(), std::fs::metadata(runs.file.path()).unwrap().permissions()).unwrap();
    }
    let result = runs.upload().verify_resumed_parts(false).await.unwrap();
    assert_eq!((result.verified, runs.fake.content()), (Verified::Crc64, bytes(SIZE)));
    assert!(result.parts_reused >= 1 && runs.times_sent(planted) == 2, "{result:?}");
}

/// As after `cp -p`, a remount, or in another container: the same bytes and times under another number. A file that only
/// looks the same costs no more than a comparison.
///
/// Rows: W26, R28.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_copy_of_the_file_with_its_time_is_compared_and_its_parts_reused() {
    for (trust, same) in [(false, true), (true, true), (true, false)] {
        let runs = Runs::new();
        runs.interrupted().await;
        let stored = runs.fake.state().uploads.values().map(|upload| upload.parts.len()).sum::<usize>();
        let copy = tempfile::NamedTempFile::new_in(runs.file.path().parent().unwrap()).unwrap();
        let content = if same { bytes(SIZE) } else { vec![7; SIZE as usize].into() };
        std::fs::write(copy.path(), content).unwrap();
        copy.as_file().set_modified(runs.file.as_file().metadata().unwrap().modified().unwrap()).unwrap();
        copy.persist(runs.file.path()).unwrap();

        let upload = runs.upload().verify_resumed_parts(!trust);
        let (outcome, events) = with_events(upload).await;
        let result = outcome.unwrap();
        assert_eq!(runs.fake.content(), Bytes::from(std::fs::read(runs.file.path()).unwrap()));
        assert_eq!(result.parts_reused, if same { stored } else { 0 }, "{events:?}");
        assert_eq!((result.verified, runs.fake.count("InitiateMultipartUpload")), (Verified::Crc64, 1));
    }
}

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

/// Rows: W51.
#[tokio::test(start_paused = true)]
async fn a_resumed_upload_tells_what_was_there_before() {
    let runs = Runs::new();
    runs.interrupted().await;
    let (outcome, events) = with_events(runs.upload()).await;
    let reused = outcome.unwrap().parts_reused;
    assert!(reused >= 2);
    let expected = |event: &UploadEvent| match event {
        UploadEvent::Resumed { parts, bytes, .. } => *parts == reused && *bytes == reused as u64 * PART,
        _ => false,
    };
    assert!(events.iter().any(expected), "{events:?}");
    let progress = events.iter().filter_map(|event| match event {
        UploadEvent::Progress(progress) => Some(*progress),
        _ => None,
    });
    for progress in progress {
        assert!(progress.reused == reused as u64 * PART && progress.confirmed >= progress.reused, "{progress:?}");
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

/// Rows: W38, R43.
#[tokio::test(start_paused = true)]
async fn unknown_numbers_and_other_sizes_are_left_out() {
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
async fn a_list_that_fails_transiently_goes_again_and_costs_no_parts() {
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
async fn pages_that_go_backward_repeat_or_never_end_are_an_error() {
    let page = |part: u16, next: u16| {
        format!(
            "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>{next}</NextPartNumberMarker>\
             <Part><PartNumber>{part}</PartNumber><ETag>e</ETag><Size>1</Size></Part></ListPartsResult>"
        )
    };
    let backward = vec![page(1, 1), page(2, 1)];
    let before_the_marker = vec![page(5, 5), page(3, 6)];
    let twice = vec![page(1, 1), page(1, 2)];
    let nowhere = vec![page(1, 0)];
    let endless = (1..=20).map(|number| page(number, number)).collect();
    for (pages, asked) in [(backward, 2), (before_the_marker, 2), (twice, 2), (nowhere, 1), (endless, 11)] {
        let runs = Runs::new();
        runs.interrupted().await;
        for page in pages {
            runs.fake.fault("ListParts", Fault::Response(page));
        }
        let error = runs.upload().await.unwrap_err();
        assert_eq!((error.stage(), error.is_resumable()), (Stage::Resume, true), "{error}");
        assert_eq!((runs.fake.count("ListParts"), runs.records().len()), (asked, 1));
        runs.fake.clear_faults();
        assert!(runs.finish().await.parts_reused >= 2);
    }
}

/// Nothing of the earlier run is touched for it.
///
/// Rows: R12.
#[tokio::test(start_paused = true)]
async fn a_wrong_digest_of_the_whole_costs_no_stored_part() {
    let runs = Runs::new();
    runs.interrupted().await;
    let history = runs.fake.history();
    let wrong = request().content_md5("AAAAAAAAAAAAAAAAAAAAAA==");
    // Whatever the threshold is now, it is resumed in parts.
    let error = runs.upload_as(wrong).multipart_threshold(SIZE + 1).await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Source(SourceError::Md5Mismatch { .. })), "{error}");
    assert_eq!(runs.fake.history(), history);
    assert!(runs.finish().await.parts_reused >= 2);
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

/// Rows: R41.
#[tokio::test(start_paused = true)]
async fn an_upload_that_the_server_forgot_starts_over() {
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

    // The record of the new one is of that one alone.
    let runs = Runs::new();
    runs.killed_after(8).await;
    runs.fake.state().uploads.clear();
    let sent = runs.fake.count("UploadPart");
    let uploading = runs.upload().part_size(2 * PART).start();
    while runs.fake.count("UploadPart") < sent + 4 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    end(uploading).await;
    let records = runs.records();
    let recorded = &records[0].record;
    assert_eq!((recorded.part_size, recorded.upload().map(|open| open.id.as_str())), (2 * PART, Some("ID2")));
    assert!(recorded.parts.values().all(|part| part.len == 2 * PART), "{recorded:?}");
    assert!(runs.finish().await.parts_reused >= 2);
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
