//! What goes wrong on the way: a verified file, or a clear error and the old file.

use std::time::Duration;

use oss_downloader::{DownloadErrorKind, DownloadEvent, Verified};
use tokio::time::Instant;

use crate::fake::{Fake, Fault, PART, bytes, folder, names, request};

const SIZE: u64 = 9 * PART;

/// The first byte of the first, a middle and the last part.
const STARTS: [u64; 3] = [0, 4 * PART, 8 * PART];

fn kib(kib: usize) -> usize {
    kib << 10
}

/// Rows: R54, R59.
#[tokio::test(start_paused = true)]
async fn what_breaks_on_the_way_is_fetched_again_from_the_byte_reached() {
    for start in STARTS {
        for (fault, again) in [
            (Fault::Cut(kib(40)), start + kib(40) as u64),
            (Fault::Short(kib(40)), start + kib(40) as u64),
            (Fault::Refuse(503, "ServiceUnavailable"), start),
            // Pieces have 16 KiB, and the last one does not count.
            (Fault::Long, start + kib(96) as u64),
            (Fault::OtherRange, start),
        ] {
            let (fake, (_folder, path)) = (Fake::new(bytes(SIZE)), folder());
            fake.fault(&format!("GetObject {start}"), fault.clone());
            let result = fake.downloader().download_file(request(), &path).await;
            let result = result.unwrap_or_else(|error| panic!("{fault:?} at {start}: {error}"));
            assert_eq!(result.verified, Verified::Crc64, "{fault:?} at {start}");
            assert_eq!(std::fs::read(&path).unwrap(), bytes(SIZE));
            let starts: Vec<_> = fake.state().log.iter().filter_map(|entry| entry.start).collect();
            assert!(starts.len() == 10 && starts.contains(&again), "{fault:?} at {start}: {starts:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_shorter_range_lacks_is_fetched_next_and_is_no_failure() {
    for start in STARTS {
        let (fake, (_folder, path)) = (Fake::new(bytes(SIZE)), folder());
        fake.fault(&format!("GetObject {start}"), Fault::Less(kib(40)));
        let handle = fake.downloader().download_file(request(), &path).part_attempts(1_u32).start();
        let mut events = handle.events();
        assert_eq!(handle.await.unwrap().verified, Verified::Crc64, "at {start}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes(SIZE));
        while let Some(event) = events.next().await {
            assert!(!matches!(event, DownloadEvent::PartFailed { .. }), "at {start}: {event:?}");
        }
        let rest = format!("GET {}-{}", start + kib(40) as u64, start + PART - 1);
        assert!(fake.requests() == 10 && fake.history().contains(&rest), "at {start}: {:?}", fake.history());
    }
}

/// Rows: R57.
#[tokio::test(start_paused = true)]
async fn an_object_that_changes_on_the_way_is_an_error_and_no_mixture() {
    let new = bytes(SIZE + 1);
    for fault in [Fault::Replace(new.clone()), Fault::Replace(bytes(PART)), Fault::Remove] {
        for ignores_if_match in [false, true] {
            for start in &STARTS[1..] {
                let (fake, (folder, path)) = (Fake::new(bytes(SIZE)), folder());
                fake.state().ignores_if_match = ignores_if_match;
                fake.fault(&format!("GetObject {start}"), fault.clone());
                let error = fake.downloader().download_file(request(), &path).await.unwrap_err();
                assert!(matches!(error.kind(), DownloadErrorKind::ObjectChanged { .. }), "{error}");
                assert!(!error.is_resumable());
                assert_eq!((std::fs::read(&path).unwrap(), names(folder.path()).len()), (b"old".to_vec(), 1));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_changed_object_is_fetched_from_its_beginning_where_that_is_allowed() {
    let (fake, (_folder, path)) = (Fake::new(bytes(SIZE)), folder());
    let new = bytes(SIZE + 1);
    fake.fault(&format!("GetObject {}", 4 * PART), Fault::Replace(new.clone()));
    let handle = fake.downloader().download_file(request(), &path).restart_changed_object(true).start();
    let mut events = handle.events();
    let result = handle.await.unwrap();
    assert_eq!((result.verified, result.size), (Verified::Crc64, SIZE + 1));
    assert_eq!(std::fs::read(&path).unwrap(), new);
    let mut restarted = 0;
    while let Some(event) = events.next().await {
        restarted += u32::from(matches!(event, DownloadEvent::Restarted { .. }));
    }
    assert_eq!(restarted, 1);
}

#[tokio::test(start_paused = true)]
async fn an_object_without_entity_tag_is_told_from_another_by_what_it_has() {
    let (fake, (_folder, path)) = (Fake::new(bytes(SIZE)), folder());
    fake.state().tells_etag = false;
    fake.downloader().download_file(request(), &path).await.unwrap();
    let mut same_length = bytes(SIZE).to_vec();
    same_length[5 * usize::try_from(PART).unwrap()] ^= 1;
    fake.fault(&format!("GetObject {}", 4 * PART), Fault::Replace(same_length.into()));
    let error = fake.downloader().download_file(request(), &path).await.unwrap_err();
    assert!(error.to_string().contains("its CRC64 was"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes(SIZE));
}

/// Rows: W21.
#[tokio::test(start_paused = true)]
async fn damaged_bytes_are_fetched_again_once_and_never_put_in_place() {
    for start in STARTS {
        let (fake, (folder, path)) = (Fake::new(bytes(SIZE)), folder());
        fake.fault(&format!("GetObject {start}"), Fault::Corrupt);
        let result = fake.downloader().download_file(request(), &path).await.unwrap();
        assert_eq!((result.verified, fake.requests()), (Verified::Crc64, 18), "which part it was, no response tells");
        assert_eq!(std::fs::read(&path).unwrap(), bytes(SIZE));

        std::fs::write(&path, "old").unwrap();
        fake.faults(&format!("GetObject {start}"), Fault::Corrupt, 2);
        let error = fake.downloader().download_file(request(), &path).await.unwrap_err();
        assert!(matches!(error.kind(), DownloadErrorKind::Corrupt { .. }), "{error}");
        assert_eq!((std::fs::read(&path).unwrap(), names(folder.path()).len()), (b"old".to_vec(), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn the_whole_object_in_place_of_a_part_is_never_taken_for_it() {
    for start in &STARTS[1..] {
        let (fake, (folder, path)) = (Fake::new(bytes(SIZE)), folder());
        fake.fault(&format!("GetObject {start}"), Fault::Whole);
        let result = fake.downloader().download_file(request(), &path).await.unwrap();
        assert_eq!((result.verified, fake.requests()), (Verified::Crc64, 10));

        std::fs::write(&path, "old").unwrap();
        fake.faults(&format!("GetObject {start}"), Fault::Whole, 9);
        let error = fake.downloader().download_file(request(), &path).await.unwrap_err();
        assert!(matches!(error.kind(), DownloadErrorKind::RangeIgnored), "{error}");
        assert_eq!((std::fs::read(&path).unwrap(), names(folder.path()).len()), (b"old".to_vec(), 1));
    }
}

/// Rows: W13.
#[tokio::test(start_paused = true)]
async fn parts_outlive_an_outage_of_a_minute() {
    let (fake, (_folder, path)) = (Fake::new(bytes(SIZE)), folder());
    fake.faults(&format!("GetObject {}", 4 * PART), Fault::NotSent, 7);
    let began = Instant::now();
    let result = fake.downloader().download_file(request(), &path).await.unwrap();
    assert_eq!(result.verified, Verified::Crc64);
    assert!(began.elapsed() > Duration::from_secs(60));
}

/// Rows: W15, W2.
#[tokio::test(start_paused = true)]
async fn the_first_error_is_reported_with_its_part_and_ends_the_others() {
    let (fake, (folder, path)) = (Fake::new(bytes(SIZE)), folder());
    fake.faults("GetObject 409600", Fault::Refuse(403, "AccessDenied"), 1);
    fake.fault("GetObject 307200", Fault::Hang);
    let error = fake.downloader().download_file(request(), &path).await.unwrap_err();
    assert_eq!((error.code(), error.range()), (Some("AccessDenied"), Some((4 * PART, 5 * PART - 1))));
    assert!(
        error
            .to_string()
            .starts_with("download of oss://demo/dir/a.bin failed while fetching parts (bytes 409600 to 511999)")
    );
    assert_eq!((fake.state().in_flight, names(folder.path()).len()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn an_error_names_its_object_and_what_failed_beside_it() {
    let (fake, (_folder, path)) = (Fake::new(bytes(SIZE)), folder());
    fake.fault(&format!("GetObject {PART}"), Fault::Refuse(403, "AccessDenied"));
    fake.fault(&format!("GetObject {}", 2 * PART), Fault::Refuse(403, "InvalidObjectState"));
    let error = fake.downloader().download_file(request(), &path).await.unwrap_err();
    let named = (error.bucket().map(|bucket| bucket.as_str()), error.key().map(|key| key.as_str()));
    assert_eq!(named, (Some("demo"), Some("dir/a.bin")));
    assert_eq!((error.code(), error.range(), error.attempts()), (Some("AccessDenied"), Some((PART, 2 * PART - 1)), 1));
    let others: Vec<_> = error.others().iter().map(|other| (other.code(), other.range())).collect();
    assert_eq!(others, [(Some("InvalidObjectState"), Some((2 * PART, 3 * PART - 1)))]);

    fake.faults(&format!("GetObject {}", 4 * PART), Fault::Refuse(500, "InternalError"), 3);
    let error = fake.downloader().download_file(request(), &path).part_attempts(3_u32).await.unwrap_err();
    assert_eq!((error.code(), error.attempts(), error.others().len()), (Some("InternalError"), 3, 0));
    assert!(error.to_string().contains("(bytes 409600 to 511999, attempt 3)"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_reached_is_told_at_once() {
    let (fake, (_folder, path)) = (Fake::new(bytes(SIZE)), folder());
    fake.fault("GetObject", Fault::NotSent);
    let began = Instant::now();
    assert!(fake.downloader().download_file(request(), &path).await.is_err());
    assert!(began.elapsed() < Duration::from_secs(1));
    fake.fault("GetObject", Fault::Refuse(503, "ServiceUnavailable"));
    assert!(fake.downloader().download_file(request(), &path).await.is_ok(), "but trouble is waited for");
}

/// Rows: W24.
#[tokio::test(start_paused = true)]
async fn throttling_leaves_fewer_parts_in_flight() {
    let (fake, (_folder, path)) = (Fake::new(bytes(SIZE)), folder());
    fake.fault("GetObject 102400", Fault::Refuse(503, "SlowDown"));
    fake.state().latency = Duration::from_secs(1);
    let download = fake.downloader().download_file(request(), &path).parallel_num(8);
    let running = tokio::spawn(download.into_future());
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let after = fake.state().in_flight;
    assert!(after <= 4, "{after}");
    assert_eq!(running.await.unwrap().unwrap().verified, Verified::Crc64);
}

#[tokio::test(start_paused = true)]
async fn the_last_straggling_part_is_fetched_twice_and_the_first_bytes_win() {
    let (fake, (_folder, path)) = (Fake::new(bytes(SIZE)), folder());
    fake.fault(&format!("GetObject {}", 8 * PART), Fault::Drip(Duration::from_secs(9)));
    let began = Instant::now();
    let result = fake.downloader().download_file(request(), &path).await.unwrap();
    assert_eq!((result.verified, fake.requests()), (Verified::Crc64, 10));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(std::fs::read(&path).unwrap(), bytes(SIZE));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_given_up_for_a_new_connection() {
    let (fake, (_folder, path)) = (Fake::new(bytes(PART)), folder());
    // 16 KiB every 2 s are half of the minimum.
    fake.fault("GetObject 0", Fault::Drip(Duration::from_secs(2)));
    let began = Instant::now();
    let result = fake.downloader().download_file(request(), &path).await.unwrap();
    assert_eq!(result.verified, Verified::Crc64);
    assert_eq!(fake.requests(), 1, "it ended within the window");
    fake.fault("GetObject 0", Fault::Drip(Duration::from_secs(7)));
    let began_again = Instant::now();
    fake.downloader().download_file(request(), &path).await.unwrap();
    assert_eq!(fake.requests(), 3);
    assert!(began_again.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_service_is_an_error_and_cleans_up() {
    let (fake, (folder, path)) = (Fake::new(bytes(SIZE)), folder());
    fake.fault("GetObject 102400", Fault::Panic);
    let error = fake.downloader().download_file(request(), &path).await.unwrap_err();
    assert!(matches!(error.kind(), DownloadErrorKind::Panicked { .. }), "{error}");
    let progress = |_| panic!("the caller's");
    let error = fake.downloader().download_file(request(), &path).on_progress(progress).await.unwrap_err();
    assert!(matches!(error.kind(), DownloadErrorKind::Panicked { .. }), "{error}");
    assert_eq!((std::fs::read(&path).unwrap(), names(folder.path()).len()), (b"old".to_vec(), 1));
}

/// Every fault of the list at every part, as a table.
#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_the_file_is_the_old_or_the_new() {
    let faults = [
        Fault::NotSent,
        Fault::Refuse(403, "InvalidObjectState"),
        Fault::Refuse(404, "NoSuchKey"),
        Fault::Refuse(500, "InternalError"),
        Fault::Cut(0),
        Fault::Cut(1),
        Fault::Short(0),
        Fault::Long,
        Fault::Corrupt,
        Fault::Slow(Duration::from_secs(1)),
        Fault::Whole,
        Fault::OtherRange,
        Fault::Replace(bytes(SIZE - 1)),
        Fault::Remove,
    ];
    for times in [1, 30] {
        for fault in &faults {
            for start in STARTS {
                let (fake, (folder, path)) = (Fake::new(bytes(SIZE)), folder());
                fake.faults(&format!("GetObject {start}"), fault.clone(), times);
                let outcome = fake.downloader().download_file(request(), &path).await;
                let content = std::fs::read(&path).unwrap();
                match outcome {
                    Ok(result) => {
                        let object = fake.state().object.as_ref().unwrap().bytes.clone();
                        assert_eq!((content, result.verified), (object.to_vec(), Verified::Crc64));
                    }
                    Err(error) => {
                        assert_eq!(content, b"old", "{error}");
                        assert!(error.to_string().contains("oss://demo/dir/a.bin"), "{error}");
                    }
                }
                assert_eq!(names(folder.path()), ["a.bin"], "{fault:?} at {start}");
            }
        }
    }
}
