//! What a download to a file gives, and what it costs.

use bytes::Bytes;
use oss_downloader::{DownloadErrorKind, DownloadEvent, DownloadStage, Scheduler, TargetError, Verified};
use oss_models::{ByteRange, Crc64, Etag};

use crate::fake::{Fake, Fault, PART, bytes, folder, names, request};

#[tokio::test(start_paused = true)]
async fn a_small_object_costs_one_request() {
    for size in [1, 4096, PART - 1, PART] {
        let (fake, (folder, path)) = (Fake::new(bytes(size)), folder());
        let result = fake.downloader().download_file(request(), &path).await.unwrap();
        assert_eq!(fake.history(), [format!("GET 0-{}", PART - 1)]);
        assert_eq!((result.size, result.verified, result.parts_fetched), (size, Verified::Crc64, 1));
        assert_eq!(result.hash_crc64, Some(Crc64::of(&bytes(size))));
        assert_eq!(result.request_id.as_deref(), Some("REQUEST"));
        assert_eq!(std::fs::read(&path).unwrap(), bytes(size));
        assert_eq!(names(folder.path()), ["a.bin"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_object_becomes_an_empty_file() {
    let (fake, (folder, path)) = (Fake::new(""), folder());
    let result = fake.downloader().download_file(request(), &path).await.unwrap();
    assert_eq!(fake.history(), [format!("GET 0-{}", PART - 1), "HEAD".to_owned()]);
    assert_eq!((result.size, result.verified), (0, Verified::Crc64));
    assert_eq!((std::fs::read(&path).unwrap(), names(folder.path()).len()), (Vec::new(), 1));
}

/// Rows: R57.
#[tokio::test(start_paused = true)]
async fn a_large_object_is_fetched_in_parts_that_are_pinned() {
    let size = 9 * PART + 1;
    let (fake, (_folder, path)) = (Fake::new(bytes(size)), folder());
    fake.state().object.as_mut().unwrap().version = Some("V1".to_owned());
    let result = fake.downloader().download_file(request(), &path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes(size));
    assert_eq!(
        (result.verified, result.version_id.as_deref(), result.parts_fetched),
        (Verified::Crc64, Some("V1"), 10)
    );
    let state = fake.state();
    assert_eq!((state.log.len(), state.most_in_flight, state.sent), (10, 3, size));
    let etag = state.object.as_ref().unwrap().etag.clone();
    for (index, entry) in state.log.iter().enumerate() {
        let pinned = entry.headers.get("if-match").map(|value| value.to_str().unwrap().trim_matches('"').to_owned());
        assert_eq!(pinned, (index > 0).then(|| etag.clone()));
        assert_eq!(entry.query.contains(&("versionId".to_owned(), "V1".to_owned())), index > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_range_is_downloaded_as_a_file_of_its_own() {
    let all = bytes(5 * PART);
    let size = all.len() as u64;
    for (range, expected, requests) in [
        (ByteRange::from(7..PART + 9), 7..PART + 9, 2),
        (ByteRange::from(7..), 7..size, 5),
        (ByteRange::from(PART..10 * PART), PART..size, 4),
        (ByteRange::Last(9), size - 9..size, 1),
        (ByteRange::Last(2 * PART), 3 * PART..size, 3),
        (ByteRange::Last(2 * size), 0..size, 6),
    ] {
        let (fake, (_folder, path)) = (Fake::new(all.clone()), folder());
        let result = fake.downloader().download_file(request().range(range), &path).await.unwrap();
        let expected = all.slice(usize::try_from(expected.start).unwrap()..usize::try_from(expected.end).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), expected, "{range:?}");
        assert_eq!((result.size, fake.requests()), (expected.len() as u64, requests), "{range:?}");
        let whole = expected.len() == all.len();
        assert_eq!(result.verified, if whole { Verified::Crc64 } else { Verified::No }, "{range:?}");
    }
    let (fake, (folder, path)) = (Fake::new(all), folder());
    let error = fake.downloader().download_file(request().range(size..), &path).await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidRange"));
    assert_eq!((std::fs::read(&path).unwrap(), names(folder.path()).len()), (b"old".to_vec(), 1));
}

#[tokio::test(start_paused = true)]
async fn the_callers_conditions_hold_for_the_object() {
    let (fake, (_folder, path)) = (Fake::new(bytes(3 * PART)), folder());
    let etag = Etag::new(fake.state().object.as_ref().unwrap().etag.clone()).unwrap();
    let unmodified = request().if_none_match(etag.clone());
    let error = fake.downloader().download_file(unmodified, &path).await.unwrap_err();
    assert_eq!(error.call().and_then(|call| call.status()).map(|status| status.as_u16()), Some(304));
    assert_eq!(fake.requests(), 1);
    let other = request().if_none_match(Etag::new("other").unwrap());
    fake.downloader().download_file(other, &path).await.unwrap();
    fake.downloader().download_file(request().if_match(etag), &path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes(3 * PART));
}

#[tokio::test(start_paused = true)]
async fn a_crc64_that_no_range_tells_is_asked_for_at_the_end() {
    let (fake, (_folder, path)) = (Fake::new(bytes(2 * PART)), folder());
    fake.state().tells_crc_with_content = false;
    let result = fake.downloader().download_file(request(), &path).await.unwrap();
    assert_eq!(result.verified, Verified::Crc64);
    assert_eq!(fake.history().last().map(String::as_str), Some("HEAD"));
}

/// Rows: W20.
#[tokio::test(start_paused = true)]
async fn an_object_without_crc64_is_not_verified_and_the_result_says_so() {
    let (fake, (folder, path)) = (Fake::new(bytes(2 * PART)), folder());
    fake.state().tells_crc_with_content = false;
    fake.state().tells_crc_with_head = false;
    let download = fake.downloader().download_file(request(), &path).start();
    let mut events = download.events();
    let result = download.await.unwrap();
    assert_eq!((result.verified, result.hash_crc64), (Verified::No, None));
    let mut warned = false;
    while let Some(event) = events.next().await {
        warned |= matches!(event, DownloadEvent::Warning(warning) if warning.contains("no CRC64"));
    }
    assert!(warned);
    std::fs::write(&path, "old").unwrap();
    let error = fake.downloader().download_file(request(), &path).require_verification(true).await.unwrap_err();
    assert!(matches!(error.kind(), DownloadErrorKind::Unverified), "{error}");
    assert_eq!((std::fs::read(&path).unwrap(), names(folder.path()).len()), (b"old".to_vec(), 1));
}

#[tokio::test(start_paused = true)]
async fn without_verification_nothing_is_compared_unless_it_is_required_too() {
    for requires in [false, true] {
        let (fake, (_folder, path)) = (Fake::new(bytes(2 * PART)), folder());
        fake.state().tells_crc_with_content = false;
        fake.fault(&format!("GetObject {PART}"), Fault::Corrupt);
        let download = fake.downloader().download_file(request(), &path).skip_verification(true);
        let result = download.require_verification(requires).await.unwrap();
        let is_whole = std::fs::read(&path).unwrap() == bytes(2 * PART);
        let expected = if requires { (Verified::Crc64, true) } else { (Verified::No, false) };
        assert_eq!((result.verified, is_whole), expected);
        assert_eq!(fake.history().contains(&"HEAD".to_owned()), requires, "no CRC64 is asked for");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_without_ranges_gives_the_whole_object_at_once() {
    let (fake, (_folder, path)) = (Fake::new(bytes(5 * PART)), folder());
    fake.state().ignores_range = true;
    let result = fake.downloader().download_file(request(), &path).await.unwrap();
    assert_eq!((result.verified, fake.requests()), (Verified::Crc64, 1));
    assert_eq!(std::fs::read(&path).unwrap(), bytes(5 * PART));
    // What breaks is read again from its beginning.
    fake.fault("GetObject", Fault::Cut(2 * usize::try_from(PART).unwrap()));
    let result = fake.downloader().download_file(request(), &path).await.unwrap();
    assert_eq!((result.verified, fake.requests()), (Verified::Crc64, 3));
    assert_eq!(std::fs::read(&path).unwrap(), bytes(5 * PART));
    let error = fake.downloader().download_file(request().range(5..9), &path).await.unwrap_err();
    assert!(matches!(error.kind(), DownloadErrorKind::RangeIgnored), "{error}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_an_option_a_field_or_the_path_is_wrong() {
    let (fake, (folder, path)) = (Fake::new(bytes(10)), folder());
    let downloader = fake.downloader();
    let errors = [
        downloader.download_file(request(), &path).part_size(0_u64).await.unwrap_err(),
        downloader.download_file(request().accept_encoding("gzip"), &path).await.unwrap_err(),
        downloader.download_file(request().range(5..5), &path).await.unwrap_err(),
        downloader.download_file(request(), "").await.unwrap_err(),
        downloader.download_file(request(), folder.path()).await.unwrap_err(),
        downloader.download_file(request(), &path).forbid_overwrite(true).await.unwrap_err(),
        downloader.download_file(request(), path.join("below")).await.unwrap_err(),
    ];
    for error in &errors {
        assert!(matches!(error.stage(), DownloadStage::Options | DownloadStage::Target), "{error}");
    }
    assert_eq!(fake.requests(), 0);
    assert_eq!((std::fs::read(&path).unwrap(), names(folder.path()).len()), (b"old".to_vec(), 1));
}

#[tokio::test(start_paused = true)]
async fn missing_folders_are_made_once_the_object_is_known() {
    let (fake, (folder, _)) = (Fake::new(bytes(10)), folder());
    let path = folder.path().join("b/c/d");
    fake.state().object = None;
    let error = fake.downloader().download_file(request(), &path).await.unwrap_err();
    assert_eq!((error.code(), folder.path().join("b").exists()), (Some("NoSuchKey"), false));
    fake.store(bytes(10));
    fake.downloader().download_file(request(), &path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes(10));
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_folder_that_cannot_be_written_is_a_clear_error() {
    use std::os::unix::fs::PermissionsExt;
    let (fake, (folder, path)) = (Fake::new(bytes(10)), folder());
    if std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0) {
        // Root may write everywhere; a folder that no one can write to is under /proc.
        let error = fake.downloader().download_file(request(), "/proc/self/a").await.unwrap_err();
        assert!(matches!(error.kind(), DownloadErrorKind::Target(TargetError::Io { .. })), "{error}");
        return;
    }
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
    let error = fake.downloader().download_file(request(), &path).await.unwrap_err();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    assert!(matches!(error.kind(), DownloadErrorKind::Target(TargetError::Io { .. })), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
}

#[cfg(unix)]
#[tokio::test]
async fn a_fifo_is_written_from_front_to_back() {
    use std::process::Command;
    let (fake, (folder, _)) = (Fake::new(bytes(9 * PART)), folder());
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let reader = {
        let fifo = fifo.clone();
        std::thread::spawn(move || std::fs::read(fifo).unwrap())
    };
    let result = fake.downloader().download_file(request(), &fifo).await.unwrap();
    assert_eq!((result.verified, Bytes::from(reader.join().unwrap())), (Verified::Crc64, bytes(9 * PART)));
    assert_eq!(names(folder.path()), ["a.bin", "fifo"]);
}

#[tokio::test(start_paused = true)]
async fn downloads_share_the_limits_of_their_scheduler() {
    let fake = Fake::new(bytes(5 * PART));
    let scheduler = Scheduler::new().connections(2).bandwidth(PART);
    let downloader = fake.downloader().scheduler(scheduler);
    let began = tokio::time::Instant::now();
    let (one, two) = (folder(), folder());
    let (first, second) = tokio::join!(
        downloader.download_file(request(), &one.1).into_future(),
        downloader.download_file(request(), &two.1).into_future()
    );
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(fake.state().most_in_flight, 2);
    let seconds = began.elapsed().as_secs();
    assert!((9..=11).contains(&seconds), "10 parts at one a second took {seconds} s");
}

#[tokio::test(start_paused = true)]
async fn progress_is_monotone_and_reaches_the_total() {
    let (fake, (_folder, path)) = (Fake::new(bytes(5 * PART)), folder());
    fake.state().piece_latency = std::time::Duration::from_millis(50);
    fake.fault("GetObject 204800", Fault::Cut(40_000));
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = seen.clone();
    let download = fake.downloader().download_file(request(), &path);
    download.on_progress(move |progress| sink.lock().unwrap().push(progress)).await.unwrap();
    let seen = seen.lock().unwrap();
    assert!(
        seen.windows(2)
            .all(|pair| pair[0].confirmed <= pair[1].confirmed && pair[0].transferred <= pair[1].transferred)
    );
    let last = seen.last().unwrap();
    assert_eq!((last.confirmed, last.transferred, last.total), (5 * PART, 5 * PART, Some(5 * PART)));
    assert!(seen.iter().any(|progress| progress.confirmed % PART != 0), "it moves within parts");
}
