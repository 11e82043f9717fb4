//! Which parts of an earlier run are taken over, and how they are compared.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use oss_uploader::{SourceError, UploadErrorKind, UploadEvent, Verified};

use crate::fake::{Fault, PART, bytes, request};
use crate::runs::{PARTS, Runs, SIZE, end, with_events};

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
