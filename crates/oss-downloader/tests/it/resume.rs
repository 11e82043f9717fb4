//! Downloads that are continued by another run.

use std::path::Path;
use std::time::Duration;

use oss_downloader::{Download, DownloadErrorKind, DownloadEvent, DownloadStage, TargetError, Verified};
use oss_transfer::checkpoint::CheckpointError;

use crate::fake::{Fake, Fault, PART, bytes, folder, names, request};

const SIZE: u64 = 9 * PART;

fn download(fake: &Fake, path: &Path, records: &Path) -> Download {
    fake.downloader().download_file(request(), path).enable_checkpoint(true).checkpoint_dir(records)
}

/// Ends a download when so many parts were requested, and says how many bytes are left to fetch.
async fn interrupted(fake: &Fake, path: &Path, records: &Path, requests: usize) {
    fake.state().piece_latency = Duration::from_millis(1);
    let running = tokio::spawn(download(fake, path, records).into_future());
    while fake.requests() < requests {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    running.abort();
    let _ = running.await;
    fake.state().log.clear();
    fake.state().piece_latency = Duration::ZERO;
}

/// Rows: W38.
#[tokio::test(start_paused = true)]
async fn ended_at_any_part_at_most_the_parts_in_flight_are_fetched_again() {
    for requests in 1..=9 {
        let (fake, (folder, path), records) = (Fake::new(bytes(SIZE)), folder(), tempfile::tempdir().unwrap());
        interrupted(&fake, &path, records.path(), requests).await;
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        let result = download(&fake, &path, records.path()).await.unwrap();
        assert_eq!((result.verified, std::fs::read(&path).unwrap()), (Verified::Crc64, bytes(SIZE).to_vec()));
        let fetched = fake.history().iter().filter(|entry| entry.starts_with("GET")).count();
        assert!(fetched <= 9 - requests + 3, "{fetched} after {requests} requests");
        assert_eq!(result.resumed_bytes, (9 - fetched as u64) * PART);
        assert_eq!((names(folder.path()).len(), names(records.path())), (1, Vec::<String>::new()));
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_may_pass_leaves_what_was_fetched_and_says_so() {
    let (fake, (folder, path), records) = (Fake::new(bytes(SIZE)), folder(), tempfile::tempdir().unwrap());
    fake.faults("GetObject 819200", Fault::Refuse(500, "InternalError"), 8);
    let error = download(&fake, &path, records.path()).await.unwrap_err();
    assert!(error.is_resumable() && error.to_string().ends_with("; run it again to continue"), "{error}");
    assert_eq!(names(folder.path()).len(), 2);
    fake.state().log.clear();
    let handle = download(&fake, &path, records.path()).start();
    let mut events = handle.events();
    let result = handle.await.unwrap();
    assert_eq!((result.resumed_bytes, result.parts_fetched), (8 * PART, 1));
    assert_eq!(fake.history(), ["HEAD".to_owned(), format!("GET {}-{}", 8 * PART, SIZE - 1)]);
    let mut resumed = None;
    while let Some(event) = events.next().await {
        if let DownloadEvent::Resumed { parts, bytes } = event {
            resumed = Some((parts, bytes));
        }
    }
    assert_eq!(resumed, Some((8, 8 * PART)));
}

/// Rows: W31.
#[tokio::test(start_paused = true)]
async fn parts_with_other_bytes_on_the_disk_are_fetched_again() {
    for verify in [true, false] {
        let (fake, (folder, path), records) = (Fake::new(bytes(SIZE)), folder(), tempfile::tempdir().unwrap());
        interrupted(&fake, &path, records.path(), 9).await;
        let temp = names(folder.path()).into_iter().find(|name| name.contains(".ossup-")).unwrap();
        let temp = folder.path().join(temp);
        let mut content = std::fs::read(&temp).unwrap();
        content[5] ^= 1;
        std::fs::write(&temp, content).unwrap();
        let result = download(&fake, &path, records.path()).verify_resumed_parts(verify).await.unwrap();
        if verify {
            assert_eq!((result.verified, std::fs::read(&path).unwrap()), (Verified::Crc64, bytes(SIZE).to_vec()));
            assert!(fake.history().contains(&format!("GET 0-{}", PART - 1)));
        } else {
            // What is taken on trust is not called verified.
            assert_eq!(result.verified, Verified::PartsOnly);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_changed_object_is_an_error_and_the_next_run_begins_afresh() {
    for (replaced, ignores_if_match) in [(true, false), (true, true), (false, false)] {
        let (fake, (folder, path), records) = (Fake::new(bytes(SIZE)), folder(), tempfile::tempdir().unwrap());
        interrupted(&fake, &path, records.path(), 6).await;
        fake.state().ignores_if_match = ignores_if_match;
        if replaced {
            fake.store(bytes(SIZE + 1));
        } else {
            fake.state().object = None;
        }
        let error = download(&fake, &path, records.path()).await.unwrap_err();
        assert!(matches!(error.kind(), DownloadErrorKind::ObjectChanged { .. }), "{error}");
        assert_eq!((error.stage(), fake.history()), (DownloadStage::Open, vec!["HEAD".to_owned()]));
        assert!(!error.is_resumable());
        assert_eq!((names(folder.path()), names(records.path())), (vec!["a.bin".to_owned()], Vec::new()));
        fake.store(bytes(SIZE + 1));
        let result = download(&fake, &path, records.path()).await.unwrap();
        assert_eq!((result.resumed_bytes, std::fs::read(&path).unwrap()), (0, bytes(SIZE + 1).to_vec()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_changed_object_is_fetched_again_where_that_is_allowed() {
    let (fake, (_folder, path), records) = (Fake::new(bytes(SIZE)), folder(), tempfile::tempdir().unwrap());
    interrupted(&fake, &path, records.path(), 6).await;
    fake.store(bytes(SIZE + 1));
    let result = download(&fake, &path, records.path()).restart_changed_object(true).await.unwrap();
    assert_eq!((result.resumed_bytes, result.verified), (0, Verified::Crc64));
    assert_eq!(std::fs::read(&path).unwrap(), bytes(SIZE + 1));
}

#[tokio::test(start_paused = true)]
async fn a_record_without_its_file_or_a_damaged_one_costs_only_time() {
    for harm in ["no file", "short file", "damaged record", "empty record"] {
        let (fake, (folder, path), records) = (Fake::new(bytes(SIZE)), folder(), tempfile::tempdir().unwrap());
        interrupted(&fake, &path, records.path(), 6).await;
        let find = |folder: &Path, mark: &str| {
            folder.join(names(folder).into_iter().find(|name| name.contains(mark)).unwrap())
        };
        let temp = find(folder.path(), ".ossup-");
        let record = find(records.path(), ".ossup-download");
        match harm {
            "no file" => std::fs::remove_file(temp).unwrap(),
            "short file" => std::fs::write(temp, "x").unwrap(),
            "damaged record" => std::fs::write(record, "x").unwrap(),
            _ => std::fs::write(record, "").unwrap(),
        }
        let result = download(&fake, &path, records.path()).await.unwrap();
        assert_eq!((result.resumed_bytes, result.verified), (0, Verified::Crc64), "{harm}");
        assert_eq!((std::fs::read(&path).unwrap(), names(folder.path()).len()), (bytes(SIZE).to_vec(), 1), "{harm}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_torn_last_line_costs_that_part() {
    let (fake, (_folder, path), records) = (Fake::new(bytes(SIZE)), folder(), tempfile::tempdir().unwrap());
    fake.faults("GetObject 819200", Fault::Refuse(500, "InternalError"), 8);
    download(&fake, &path, records.path()).await.unwrap_err();
    let record = records.path().join(names(records.path()).remove(0));
    let text = std::fs::read(&record).unwrap();
    std::fs::write(&record, &text[..text.len() - 3]).unwrap();
    let result = download(&fake, &path, records.path()).await.unwrap();
    assert_eq!((result.resumed_bytes, result.verified), (7 * PART, Verified::Crc64));
}

/// Rows: W41.
#[tokio::test(start_paused = true)]
async fn of_two_downloads_to_one_file_one_is_told_at_once() {
    let (fake, (_folder, path), records) = (Fake::new(bytes(SIZE)), folder(), tempfile::tempdir().unwrap());
    fake.state().piece_latency = Duration::from_millis(10);
    let first = tokio::spawn(download(&fake, &path, records.path()).into_future());
    while fake.requests() < 4 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let error = download(&fake, &path, records.path()).await.unwrap_err();
    let running = matches!(error.kind(), DownloadErrorKind::Checkpoint(CheckpointError::AlreadyRunning { .. }));
    assert!(running, "{error}");
    let error = fake.downloader().download_file(request(), &path).await.unwrap_err();
    assert!(matches!(error.kind(), DownloadErrorKind::Target(TargetError::Busy { .. })), "{error}");
    assert_eq!(first.await.unwrap().unwrap().verified, Verified::Crc64);
}

#[tokio::test(start_paused = true)]
async fn another_version_or_range_is_another_download() {
    let (fake, (_folder, path), records) = (Fake::new(bytes(SIZE)), folder(), tempfile::tempdir().unwrap());
    interrupted(&fake, &path, records.path(), 6).await;
    let range = request().range(0..5 * PART);
    let download = fake.downloader().download_file(range, &path).enable_checkpoint(true).checkpoint_dir(records.path());
    let result = download.await.unwrap();
    assert_eq!((result.resumed_bytes, result.size), (0, 5 * PART));
}

/// Rows: W42.
#[tokio::test(start_paused = true)]
async fn what_the_sdks_fetched_is_taken_over_and_their_files_removed() {
    for (file, leaves) in [(".temp", 1), ("", 1)] {
        let (fake, (folder, path), records) = (Fake::new(bytes(SIZE)), folder(), tempfile::tempdir().unwrap());
        let data = format!("{}{file}", path.display());
        let prefix = bytes(SIZE).slice(..4 * usize::try_from(PART).unwrap());
        std::fs::write(&data, &prefix).unwrap();
        let etag = fake.state().object.as_ref().unwrap().etag.clone();
        let record = sdk_record(&data, &etag, 4 * PART, oss_models::Crc64::of(&prefix).to_u64());
        let name = format!("{:x}-{:x}.dcp", md5::compute("oss://demo/dir/a.bin\n\n"), md5::compute(&data));
        std::fs::write(records.path().join(name), record).unwrap();
        let dir = format!("{}/", records.path().display());
        let result = download(&fake, &path, Path::new(&dir)).await.unwrap();
        assert_eq!((result.resumed_bytes, result.verified), (4 * PART, Verified::Crc64));
        assert_eq!(std::fs::read(&path).unwrap(), bytes(SIZE));
        assert_eq!((names(folder.path()).len(), names(records.path())), (leaves, Vec::new()));
    }
}

fn sdk_record(data_file: &str, etag: &str, offset: u64, crc64: u64) -> String {
    let data = format!(
        r#"{{"ObjectInfo":{{"Name":"oss://demo/dir/a.bin","VersionId":"","Range":""}},"ObjectMeta":{{"Size":{SIZE},"LastModified":"Tue, 14 Nov 2023 22:13:20 GMT","ETag":"\"{etag}\""}},"FilePath":"{data_file}","PartSize":{PART},"DownloadInfo":{{"Offset":{offset},"CRC64":{crc64}}}}}"#
    );
    let md5 = md5::compute(&data);
    format!(r#"{{"Magic":"92611BED-89E2-46B6-89E5-72F273D4B0A3","MD5":"{md5:x}","Data":{data}}}"#)
}
