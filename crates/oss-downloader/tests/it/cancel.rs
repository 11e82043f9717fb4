//! Pausing, cancelling, dropping.

use std::time::Duration;

use oss_downloader::{DownloadErrorKind, DownloadEvent, Verified};

use crate::fake::{Fake, Fault, PART, bytes, folder, names, request};

const SIZE: u64 = 9 * PART;

#[tokio::test(start_paused = true)]
async fn cancelling_ends_every_request_and_removes_what_was_fetched() {
    for at in [0, 5, 15, 25, 45] {
        let (fake, (folder, path)) = (Fake::new(bytes(SIZE)), folder());
        fake.state().piece_latency = Duration::from_millis(5);
        let handle = fake.downloader().download_file(request(), &path).start();
        tokio::time::sleep(Duration::from_millis(at)).await;
        let error = handle.cancel().await.unwrap_err();
        assert!(matches!(error.kind(), DownloadErrorKind::Cancelled), "{error}");
        assert_eq!((fake.state().in_flight, names(folder.path()).len()), (0, 1), "after {at} ms");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_at_any_moment_leaves_nothing() {
    for at in [0, 5, 15, 25, 45] {
        let (fake, (folder, path)) = (Fake::new(bytes(SIZE)), folder());
        fake.state().piece_latency = Duration::from_millis(5);
        let download = fake.downloader().download_file(request(), &path).into_future();
        assert!(tokio::time::timeout(Duration::from_millis(at), download).await.is_err());
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!((fake.state().in_flight, names(folder.path()).len()), (0, 1), "after {at} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_paused_download_finishes_its_parts_and_begins_no_other() {
    let (fake, (_folder, path)) = (Fake::new(bytes(SIZE)), folder());
    fake.state().piece_latency = Duration::from_millis(5);
    let handle = fake.downloader().download_file(request(), &path).start();
    let mut events = handle.events();
    tokio::time::sleep(Duration::from_millis(20)).await;
    handle.pause();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let fetched = fake.requests();
    assert!(fetched < 9 && fake.state().in_flight == 0, "{fetched}");
    assert_eq!(handle.progress().confirmed, fetched as u64 * PART);
    handle.resume();
    assert_eq!(handle.await.unwrap().verified, Verified::Crc64);
    let (mut paused, mut continued) = (0, 0);
    while let Some(event) = events.next().await {
        paused += u32::from(event == DownloadEvent::Paused);
        continued += u32::from(event == DownloadEvent::Continued);
    }
    assert_eq!((paused, continued), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn cancelling_while_the_server_hangs_returns_at_once() {
    for what in ["GetObject 0", "GetObject 102400"] {
        let (fake, (folder, path)) = (Fake::new(bytes(SIZE)), folder());
        fake.fault(what, Fault::Hang);
        let handle = fake.downloader().download_file(request(), &path).start();
        tokio::time::sleep(Duration::from_millis(30)).await;
        let began = tokio::time::Instant::now();
        assert!(handle.cancel().await.is_err());
        assert!(began.elapsed() < Duration::from_millis(100));
        assert_eq!((fake.state().in_flight, names(folder.path()).len()), (0, 1));
    }
}

/// The runtime has one thread, and no timer of it is looked at while a task does not yield: another thread tells.
#[test]
fn a_body_that_is_always_ready_does_not_keep_cancel_from_ending() {
    for to_file in [true, false] {
        let (done, waiting) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            runtime.block_on(async {
                let (fake, (_folder, path)) = (Fake::new(bytes(SIZE)), folder());
                fake.state().latency = Duration::ZERO;
                fake.faults("GetObject", Fault::Empty, 9);
                let handle = match to_file {
                    true => fake.downloader().download_file(request(), &path).start(),
                    false => fake.downloader().download_to(request(), tokio::io::sink()).start(),
                };
                while fake.requests() == 0 {
                    tokio::task::yield_now().await;
                }
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                let error = handle.cancel().await.unwrap_err();
                assert!(matches!(error.kind(), DownloadErrorKind::Cancelled), "{error}");
            });
            let _ = done.send(());
        });
        let ended = waiting.recv_timeout(Duration::from_secs(60));
        assert!(ended.is_ok(), "to a file: {to_file}: {ended:?}");
    }
}
