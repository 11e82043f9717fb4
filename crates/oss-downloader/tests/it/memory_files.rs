//! Downloads to files in memory, where the process can die at any call and the power can go.

use std::sync::Arc;

use oss_downloader::{Downloader, Verified};
use oss_transfer::files::{FileSystem, MemoryFiles, OpenMode, is_out_of_handles};

use crate::fake::{Fake, Fault, PART, bytes, request};

const SIZE: u64 = 5 * PART;
const SMALL: u64 = 4096;

fn downloader(fake: &Fake, files: &MemoryFiles) -> Downloader {
    fake.downloader().files(Arc::new(files.clone())).checkpoint_dir("/records")
}

fn planted() -> MemoryFiles {
    let files = MemoryFiles::new();
    files.plant("/d/a", "old");
    files
}

/// At whichever call the process is killed or the power goes, the file is the old one or the new one, and the next run
/// ends with the new one and nothing beside it.
///
/// Rows: R18, W32, W38.
#[tokio::test(start_paused = true)]
async fn a_death_at_any_call_leaves_the_old_file_or_the_new_one() {
    for (size, least) in [(SIZE, 30), (SMALL, 10)] {
        let fake = Fake::new(bytes(size));
        let whole = planted();
        downloader(&fake, &whole).download_file(request(), "/d/a").enable_checkpoint(true).await.unwrap();
        let calls = whole.changes();
        assert!(calls > least, "{calls}");
        for call in 1..=calls {
            let files = planted();
            files.die_at(call);
            let outcome = downloader(&fake, &files).download_file(request(), "/d/a").enable_checkpoint(true).await;
            for after in [files.after_kill(), files.after_power_loss()] {
                let content = after.content("/d/a").unwrap();
                assert!(content == b"old" || content == bytes(size), "after call {call}: {} bytes", content.len());
                assert!(outcome.is_err() || content == bytes(size), "what was reported stays");
                let again =
                    downloader(&fake, &after).download_file(request(), "/d/a").enable_checkpoint(true).await.unwrap();
                assert_eq!((again.verified, after.content("/d/a").unwrap()), (Verified::Crc64, bytes(size).to_vec()));
                let left: Vec<_> = after.paths().into_iter().filter(|path| !path.ends_with("a")).collect();
                let records = left.iter().all(|path| path.display().to_string().ends_with("-lock"));
                assert!(records, "after call {call}: {left:?}");
            }
        }
    }
}

/// As on a file system that keeps no owners: the name is that of the digest, which others can compute too.
#[tokio::test(start_paused = true)]
async fn a_temporary_file_that_may_be_of_another_user_is_left_alone() {
    let fake = Fake::new(bytes(SIZE));
    // What it is called, a download under way tells.
    let files = planted();
    fake.fault(&format!("GetObject {PART}"), Fault::Hang);
    let running = downloader(&fake, &files).download_file(request(), "/d/a").start();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let temp = files.paths().into_iter().find(|path| !path.ends_with("a")).expect("a temporary file");
    drop(running);

    let files = planted().without_owners();
    files.plant(&temp, "theirs");
    let result = downloader(&fake, &files).download_file(request(), "/d/a").await.unwrap();
    assert_eq!((result.verified, files.content("/d/a").unwrap()), (Verified::Crc64, bytes(SIZE).to_vec()));
    assert_eq!((files.content(&temp).unwrap(), files.paths().len()), (b"theirs".to_vec(), 2));
}

/// All of a small object is in memory before there is a file: nothing is reserved, and nothing resumed.
#[tokio::test(start_paused = true)]
async fn a_small_object_is_written_at_once_or_the_old_file_stays() {
    let fake = Fake::new(bytes(SMALL));
    let files = planted().capacity(100);
    let error = downloader(&fake, &files).download_file(request(), "/d/a").await.unwrap_err();
    assert!(error.to_string().contains("write"), "{error}");
    assert_eq!((files.content("/d/a").unwrap(), files.paths().len()), (b"old".to_vec(), 1));
    for path in ["/d/a", "/d/new/b"] {
        let files = planted();
        fake.fault("GetObject", Fault::Cut(1000)).fault("GetObject", Fault::Corrupt);
        let result = downloader(&fake, &files).download_file(request(), path).await.unwrap();
        assert_eq!((result.verified, result.size, result.parts_fetched), (Verified::Crc64, SMALL, 1));
        assert_eq!(files.content(path).unwrap(), bytes(SMALL));
    }
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_is_full_at_any_byte_leaves_the_old_file() {
    for allocates in [true, false] {
        for capacity in [3, PART, 3 * PART, SIZE - 1, SIZE + 2] {
            let fake = Fake::new(bytes(SIZE));
            let files = planted().capacity(capacity);
            let files = if allocates { files } else { files.without_allocation() };
            let error = downloader(&fake, &files).download_file(request(), "/d/a").await.unwrap_err();
            assert!(error.to_string().contains(if allocates { "allocate" } else { "write" }), "{error}");
            assert_eq!((files.content("/d/a").unwrap(), files.paths().len()), (b"old".to_vec(), 1));
            assert!(!allocates || fake.requests() == 1, "nothing is fetched that has no room");
        }
    }
}

/// The record's lock first, then the temporary file.
///
/// Rows: R78.
#[tokio::test(start_paused = true)]
async fn a_handle_of_a_file_is_waited_for_and_for_no_more_than_a_minute() {
    for (recorded, given_back) in [(false, true), (true, true), (false, false), (true, false)] {
        let (fake, files) = (Fake::new(bytes(SIZE)), planted().handle_limit(4));
        let held: Vec<_> = (0..4).map(|_| files.open("/d/a".as_ref(), OpenMode::READ).unwrap()).collect();
        let download = downloader(&fake, &files).download_file(request(), "/d/a").enable_checkpoint(recorded).start();
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        let held = (!given_back).then_some(held);
        match download.await {
            Ok(result) => assert!(given_back && result.verified == Verified::Crc64),
            Err(error) => assert!(!given_back && is_out_of_handles(&error), "recorded: {recorded}: {error}"),
        }
        drop(held);
    }
}

/// Whatever has the name of a file of the record.
///
/// Rows: R19, R22.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_folder_in_the_place_of_a_record_ends_no_download() {
    let (fake, folder) = (Fake::new(bytes(SIZE)), tempfile::tempdir().unwrap());
    let (records, target) = (folder.path().join("records"), folder.path().join("a"));
    let download = || {
        let downloader = fake.downloader().checkpoint_dir(&records);
        downloader.download_file(request(), &target).enable_checkpoint(true)
    };
    // What its files are called, a run that is dropped tells.
    let running = download().start();
    tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    drop(running);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let names = || std::fs::read_dir(&records).unwrap().map(|entry| entry.unwrap().path());
    let record = names().find(|path| path.extension().is_some_and(|extension| extension == "ossup-download"));
    let lock = record.expect("a record").with_extension("ossup-download-lock");
    std::fs::create_dir(&lock).unwrap();
    let running = download().start();
    let mut events = running.events();
    assert_eq!(running.await.unwrap().verified, Verified::Crc64);
    assert_eq!(std::fs::read(&target).unwrap(), bytes(SIZE));
    let mut warned = false;
    while let Some(event) = events.next().await {
        warned |= matches!(event, oss_downloader::DownloadEvent::Warning(warning) if warning.contains("no record"));
    }
    assert!(warned && lock.is_dir());
}
