//! The download manager over real connections.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use oss_emulator::{Emulator, Fault};
use ossup::{
    Client, Config, Credentials, DownloadErrorKind, GetObjectRequest, PutBucketVersioningRequest, PutObjectRequest,
    Verified, VersioningStatus,
};
use tokio::io::AsyncReadExt as _;

use crate::support::{PART, bytes, count, emulator, start, until};

fn get() -> GetObjectRequest {
    GetObjectRequest::new("demo", "film")
}

async fn put(client: &Client, content: &[u8]) {
    client.put_object(PutObjectRequest::new("demo", "film").body(content.to_vec())).await.unwrap();
}

fn target() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film");
    std::fs::write(&path, "old").unwrap();
    (folder, path)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_any_size_come_back_verified() {
    let (emulator, client) = start(emulator()).await;
    let (folder, path) = target();
    for len in [0, 1, PART - 1, PART, PART + 1, 5 * PART + 7] {
        let content = bytes(len);
        put(&client, &content).await;
        let before = emulator.history().len();
        let result = client.downloader().download_file(get(), &path).part_size(PART as u64).await.unwrap();
        assert_eq!((result.verified, result.size), (Verified::Crc64, len as u64));
        assert!(std::fs::read(&path).unwrap() == content, "{len}");
        let requests = emulator.history().len() - before;
        assert_eq!(requests, if len == 0 { 2 } else { len.div_ceil(PART) }, "{len}");

        let mut stream = client.downloader().stream(get()).part_size(PART as u64).await.unwrap();
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        assert!(read == content && stream.result().unwrap().verified == Verified::Crc64, "{len}");
        let mut written = Vec::new();
        client.downloader().download_to(get(), &mut written).await.unwrap();
        assert!(written == content, "{len}");
    }
    assert_eq!(names(folder.path()), ["film"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_or_a_range_is_downloaded_as_asked_for() {
    let (_emulator, client) = start(emulator()).await;
    let versions = PutBucketVersioningRequest::new("demo", VersioningStatus::Enabled);
    client.put_bucket_versioning(versions).await.unwrap();
    let (old, new) = (bytes(3 * PART), bytes(4 * PART));
    let put_old = client.put_object(PutObjectRequest::new("demo", "film").body(old.clone())).await.unwrap();
    put(&client, &new).await;
    let (_folder, path) = target();
    let downloader = client.downloader().part_size(PART as u64);
    let version = put_old.version_id.unwrap();
    let result = downloader.download_file(get().version_id(version.as_str()), &path).await.unwrap();
    assert_eq!(result.version_id.as_deref(), Some(version.as_str()));
    assert!(std::fs::read(&path).unwrap() == old);
    downloader.download_file(get().range(PART as u64 + 1..), &path).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == new[PART + 1..]);
    let ranges = downloader.ranges(get(), &[10..20, 300_000..300_005]).await.unwrap();
    assert_eq!(ranges, [&new[10..20], &new[300_000..300_005]]);
}

/// Rows: R57.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_replaced_on_the_way_is_an_error_and_no_mixture() {
    let held = Fault::on("GetObject").nth(4).delay(Duration::from_millis(300));
    let (emulator, client) = start(emulator().fault(held)).await;
    put(&client, &bytes(9 * PART)).await;
    let (folder, path) = target();
    let download = client.downloader().download_file(get(), &path).part_size(PART as u64).parallel_num(1).start();
    until("the fourth range", || count(&emulator, "GetObject") == 4).await;
    put(&client, &bytes(9 * PART + 1)).await;
    let error = download.await.unwrap_err();
    assert!(matches!(error.kind(), DownloadErrorKind::ObjectChanged { .. }), "{error}");
    assert_eq!((std::fs::read(&path).unwrap(), names(folder.path()).len()), (b"old".to_vec(), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_leaves_the_old_file_and_says_so() {
    let (_emulator, client) = start(emulator()).await;
    let (folder, path) = target();
    let error = client.downloader().download_file(get(), &path).await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchKey"));
    assert!(error.to_string().contains("oss://demo/film"), "{error}");
    assert_eq!((std::fs::read(&path).unwrap(), names(folder.path()).len()), (b"old".to_vec(), 1));
}

/// 60 MiB in all.
const KILLED_PART: usize = 3 << 19;
const PARTS: usize = 40;
const PARALLEL: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn only_a_download_that_left_something_says_that_it_can_continue() {
    let (emulator, client) = start(emulator()).await;
    let (_folder, path) = target();
    let records = tempfile::tempdir().unwrap();
    let downloader = client.downloader().part_size(PART as u64).parallel_num(1).part_attempts(1_u32);
    let downloader = downloader.enable_checkpoint(true).checkpoint_dir(records.path());
    let error = downloader.download_file(get(), &path).await.unwrap_err();
    assert!(!error.is_resumable() && !error.to_string().contains("run it again"), "{error}");
    put(&client, &bytes(3 * PART)).await;
    for _ in 0..2 {
        emulator.add_fault(Fault::on("GetObject").nth(2).always().respond(500, "InternalError"));
        let error = downloader.download_file(get(), &path).await.unwrap_err();
        assert!(error.is_resumable() && error.to_string().ends_with("; run it again to continue"), "{error}");
        emulator.clear_faults();
        // The record of the run before is still there when this one finds no server.
        emulator.add_fault(Fault::on("GetObject").always().respond(500, "InternalError"));
        assert!(downloader.download_file(get(), &path).await.unwrap_err().is_resumable());
        emulator.clear_faults();
    }
    downloader.download_file(get(), &path).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == bytes(3 * PART));
}

/// Rows: R31, W38.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moments_downloads_finish_and_fetch_little_twice() {
    kill_downloads(8).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: `cargo xtask audit big` runs it"]
async fn sixty_kills_cost_what_was_in_flight_at_each() {
    kill_downloads(60).await;
}

/// Processes that download the same object to the same file, of which so many are killed, each at a moment of its own while
/// ranges are in flight: in the end the file is the whole object, and no more was fetched than what was in flight at each kill.
async fn kill_downloads(number: usize) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let slow = Fault::on("GetObject").always().delay(Duration::from_millis(5));
    let (emulator, client) = start(emulator().fault(slow)).await;
    let content = bytes((PARTS - 1) * KILLED_PART + 123);
    put(&client, &content).await;
    let (folder, path) = target();
    let records = tempfile::tempdir().unwrap();
    let mut kills = 0;
    while kills < number {
        std::fs::write(&path, "old").unwrap();
        let (before, killed_before) = (emulator.history().len(), kills);
        loop {
            let wanted = emulator.history().len() + 1 + random.usize(..PARTS / 5);
            let mut child = child(&emulator, &path, records.path());
            let mut ended = kills == number;
            until("ranges in flight", || {
                ended = ended || child.try_wait().unwrap().is_some();
                ended || emulator.history().len() >= wanted
            })
            .await;
            if !ended {
                tokio::time::sleep(Duration::from_micros(random.u64(..8_000))).await;
                let _ = child.kill();
            }
            let status = child.wait().unwrap();
            let found = std::fs::read(&path).unwrap();
            assert!(found == b"old" || found == content, "a mixture of {} bytes", found.len());
            if status.success() {
                assert!(found == content);
                break;
            }
            assert!(status.code().is_none(), "it failed by itself: {status}");
            kills += 1;
        }
        let ranges = emulator.history()[before..].iter().filter(|request| request.operation == "GetObject").count();
        let kills = kills - killed_before;
        println!("{kills} kills, {ranges} ranges");
        assert!(ranges <= PARTS + kills * PARALLEL, "{ranges} ranges for {PARTS} parts after {kills} kills");
        assert_eq!(names(folder.path()), ["film"]);
        assert!(names(records.path()).iter().all(|name| name.ends_with("-lock")), "{:?}", names(records.path()));
    }
}

/// This test program, which downloads `demo/film` in a process of its own.
fn child(emulator: &Emulator, path: &Path, records: &Path) -> std::process::Child {
    let (id, secret) = emulator.credentials();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "download::one_download"])
        .env("DOWNLOAD_ENDPOINT", emulator.endpoint())
        .env("DOWNLOAD_REGION", emulator.region())
        .env("DOWNLOAD_ID", id)
        .env("DOWNLOAD_SECRET", secret)
        .env("DOWNLOAD_PATH", path)
        .env("DOWNLOAD_RECORDS", records)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run in a process of its own by the test above"]
async fn one_download() {
    let value = |name: &str| std::env::var(format!("DOWNLOAD_{name}")).unwrap();
    let config = Config::default().endpoint(value("ENDPOINT")).region(value("REGION"));
    let client = Client::new(config.credentials(Credentials::new(value("ID"), value("SECRET")))).unwrap();
    let download = client.downloader().download_file(get(), value("PATH")).part_size(KILLED_PART as u64);
    let result = download.enable_checkpoint(true).checkpoint_dir(value("RECORDS")).await.unwrap();
    assert_eq!(result.verified, Verified::Crc64);
}
