use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use oss_models::PutObjectRequest;
use oss_uploader::checkpoint::{CheckpointStore, MemoryStore};
use oss_uploader::directory::{DirectoryError, DirectoryEvent, FileError};
use oss_uploader::{MIN_PART_SIZE, UploadErrorKind, UploadEvent};
use tempfile::TempDir;

use crate::server::Server;

/// A folder with files of these names, each holding its own name.
fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        write(folder.path(), name, name.as_bytes());
    }
    folder
}

fn write(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn to(prefix: &str) -> PutObjectRequest {
    PutObjectRequest::new("examplebucket", prefix)
}

fn objects(server: &Server) -> BTreeMap<String, Bytes> {
    server.state().objects.clone()
}

#[tokio::test]
async fn every_file_becomes_an_object_under_the_prefix() {
    let server = Server::default();
    let folder = folder(&["a.txt", ".hidden", "sub/deep/b", "empty"]);
    fs::write(folder.path().join("empty"), "").unwrap();
    let summary = server.uploader().upload_dir(to("in/"), folder.path()).await.unwrap();
    let expected =
        [("in/.hidden", ".hidden"), ("in/a.txt", "a.txt"), ("in/empty", ""), ("in/sub/deep/b", "sub/deep/b")];
    let expected = expected.map(|(key, content)| (key.to_owned(), Bytes::from(content))).into();
    assert_eq!(objects(&server), expected);
    assert!(summary.is_complete());
    assert_eq!((summary.uploaded, summary.bytes, summary.failed), (4, 22, 0));
}

#[tokio::test]
async fn the_events_tell_of_every_file_and_filters_choose() {
    let server = Server::default();
    let folder = folder(&["a.jpg", "b.txt", "tmp/c.jpg"]);
    std::os::unix::fs::symlink("a.jpg", folder.path().join("link.jpg")).unwrap();
    let upload = server.uploader().upload_dir(to(""), folder.path()).exclude("tmp/").include("*.jpg");
    let mut run = upload.start().await.unwrap();
    let mut told = Vec::new();
    while let Some(event) = run.next().await {
        told.push(match event {
            DirectoryEvent::Started { key, .. } => format!("started {key}"),
            DirectoryEvent::Uploaded { key, result, .. } => format!("uploaded {key} {}", result.size),
            DirectoryEvent::Upload { key, event, .. } => format!("{key}: {event:?}"),
            DirectoryEvent::Skipped { path, reason } => {
                format!("skipped {}: {reason}", path.file_name().unwrap().display())
            }
            other => panic!("{other:?}"),
        });
    }
    told.sort();
    let of_upload = "a.jpg: Started { size: Some(5) }";
    assert_eq!(told, [of_upload, "skipped link.jpg: a symbolic link", "started a.jpg", "uploaded a.jpg 5"]);
    assert_eq!(objects(&server).len(), 1);
    assert_eq!(run.summary().skipped, 1);
}

#[tokio::test(start_paused = true)]
async fn as_many_files_as_jobs_are_uploaded_at_once_and_no_more() {
    let names: Vec<_> = (0..60).map(|n| format!("f{n}")).collect();
    let folder = folder(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for jobs in [1, 5] {
        let server = Server::default();
        server.state().latency = Duration::from_secs(1);
        let summary = server.uploader().upload_dir(to(""), folder.path()).jobs(jobs).await.unwrap();
        assert_eq!(summary.uploaded, 60);
        assert!(server.state().most_active <= jobs, "{}", server.state().most_active);
        assert!(jobs == 1 || server.state().most_active > 1);
    }
}

/// Rows: R16.
#[tokio::test]
async fn files_that_cannot_be_uploaded_do_not_hold_up_the_others() {
    use std::os::unix::ffi::OsStrExt;
    let server = Server::default();
    let folder = folder(&["a", "b"]);
    fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"bad\xff")), "x").unwrap();
    let mut run = server.uploader().upload_dir(to(""), folder.path()).start().await.unwrap();
    let mut failures = Vec::new();
    while let Some(event) = run.next().await {
        if let DirectoryEvent::Failed { error, .. } = event {
            failures.push(error);
        }
    }
    assert!(matches!(&failures[..], [FileError::NameNotText]), "{failures:?}");
    assert_eq!((run.summary().uploaded, run.summary().failed, run.summary().stopped), (2, 1, false));
}

#[tokio::test]
async fn a_path_that_is_too_long_for_a_key_fails_alone() {
    let server = Server::default();
    let folder = folder(&["a", "longer"]);
    let mut run = server.uploader().upload_dir(to(&"p".repeat(1022)), folder.path()).start().await.unwrap();
    let mut failures = Vec::new();
    while let Some(event) = run.next().await {
        if let DirectoryEvent::Failed { path, error } = event {
            failures.push((path, error));
        }
    }
    let [(path, error @ FileError::Key(reason))] = &failures[..] else { panic!("{failures:?}") };
    assert_eq!((path, error.to_string()), (&folder.path().join("longer"), reason.to_string()));
    assert!(reason.to_string().contains("1023") && cause(error).is_none(), "{reason}");
    assert_eq!((run.summary().uploaded, run.summary().failed, objects(&server).len()), (1, 1, 1));
}

#[tokio::test]
async fn one_file_refused_for_itself_does_not_stop_the_batch() {
    let server = Server::default();
    server.state().refuse = vec![("PutObject", StatusCode::BAD_REQUEST, "InvalidArgument")];
    let folder = folder(&["a", "b", "c"]);
    let summary = server.uploader().upload_dir(to(""), folder.path()).jobs(1).await.unwrap();
    assert_eq!((summary.failed, summary.stopped), (3, false));
}

#[tokio::test]
async fn what_every_file_would_meet_stops_the_batch() {
    for code in [
        "NoSuchBucket",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "AccessDenied",
        "RequestTimeTooSkewed",
        "InvalidBucketName",
    ] {
        let server = Server::default();
        server.state().refuse = vec![("PutObject", StatusCode::FORBIDDEN, code)];
        let names: Vec<_> = (0..30).map(|n| format!("f{n}")).collect();
        let folder = folder(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let uploader = server.uploader().part_attempts(1_u32);
        let summary = uploader.upload_dir(to(""), folder.path()).jobs(2).await.unwrap();
        assert!(summary.stopped && !summary.is_complete(), "{code}: {summary:?}");
        assert!(summary.failed <= 2, "{code}: {summary:?}");
    }
}

fn cause(error: &dyn std::error::Error) -> Option<&(dyn std::error::Error + 'static)> {
    error.source()
}

#[tokio::test]
async fn what_is_no_folder_is_an_error_before_anything_is_sent() {
    let server = Server::default();
    let folder = folder(&["file"]);
    for path in ["missing", "file"] {
        let path = folder.path().join(path);
        let error = server.uploader().upload_dir(to(""), &path).await.unwrap_err();
        assert!(matches!(&error, DirectoryError::Folder { path: named, .. } if *named == path), "{error:?}");
        assert_eq!(error.to_string(), format!("{} cannot be uploaded as a folder", path.display()));
        assert!(cause(&error).is_some_and(|cause| cause.is::<std::io::Error>()), "{error:?}");
    }
    let error = server.uploader().upload_dir(to(""), folder.path()).include("a[").await.unwrap_err();
    assert_eq!(error.to_string(), "`a[` is not a pattern: `[` without `]`");
    assert!(cause(&error).is_none(), "its text says everything");
    assert!(server.state().log.is_empty());
}

/// Rows: R16.
#[tokio::test]
async fn a_stopped_run_begins_no_further_file_and_the_walk_is_never_far_ahead() {
    let server = Server::default();
    let names: Vec<_> = (0..300).map(|n| format!("f{n}")).collect();
    let folder = folder(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut run = server.uploader().upload_dir(to(""), folder.path()).jobs(3).start().await.unwrap();
    run.next().await;
    run.stop();
    let summary = run.finish().await;
    assert_eq!(summary.uploaded, 1);
    assert!(summary.stopped);
    assert_eq!(server.count("PutObject"), 1);
}

/// Rows: W16.
#[tokio::test(start_paused = true)]
async fn a_cancelled_run_aborts_the_uploads_under_way_and_tells_of_each() {
    let server = Server::default();
    let folder = folder(&[]);
    let part = usize::try_from(MIN_PART_SIZE).unwrap();
    for name in ["a", "b", "c"] {
        write(folder.path(), name, &vec![7; part * 3]);
    }
    server.state().latency = Duration::from_secs(1);
    let uploader = server.uploader().part_size(MIN_PART_SIZE).parallel_num(1_usize);
    let mut run = uploader.upload_dir(to(""), folder.path()).jobs(2).start().await.unwrap();
    let (mut initiated, mut stored) = (0, 0);
    while stored < 2 {
        match run.next().await.unwrap() {
            DirectoryEvent::Upload { event: UploadEvent::Initiated { .. }, .. } => initiated += 1,
            DirectoryEvent::Upload { event: UploadEvent::PartStored { .. }, .. } => stored += 1,
            _ => {}
        }
    }
    assert_eq!((initiated, run.running().count()), (2, 2));
    run.cancel();
    let mut failures = Vec::new();
    while let Some(event) = run.next().await {
        if let DirectoryEvent::Failed { error: FileError::Upload(error), .. } = event {
            failures.push((matches!(error.kind(), UploadErrorKind::Cancelled), error.leftovers().is_none()));
        }
    }
    assert_eq!(failures, [(true, true), (true, true)], "the third file was never started");
    let summary = run.summary();
    assert_eq!((summary.uploaded, summary.failed, summary.stopped), (0, 2, true));
    assert!(server.state().uploads.is_empty() && objects(&server).is_empty());
}

/// Rows: R31.
#[tokio::test]
async fn with_a_checkpoint_the_same_call_resumes_where_the_last_one_ended() {
    let server = Server::default();
    let folder = folder(&[]);
    let part = usize::try_from(MIN_PART_SIZE).unwrap();
    write(folder.path(), "large", &vec![7; part * 3]);
    let store = MemoryStore::new();
    let checkpoints: Arc<dyn CheckpointStore> = Arc::new(store.clone());
    let uploader = server
        .uploader()
        .part_size(MIN_PART_SIZE)
        .part_attempts(1_u32)
        .enable_checkpoint(true)
        .checkpoint_store(checkpoints);
    server.state().refuse = vec![("CompleteMultipartUpload", StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable")];
    let first = uploader.upload_dir(to(""), folder.path()).await.unwrap();
    assert_eq!((first.uploaded, first.failed, server.count("UploadPart")), (0, 1, 3));
    server.state().refuse.clear();
    let second = uploader.upload_dir(to(""), folder.path()).await.unwrap();
    assert_eq!((second.uploaded, server.count("UploadPart")), (1, 3), "no part was sent again");
    assert!(store.list().unwrap().is_empty());
}

/// Rows: R5.
#[tokio::test]
async fn a_file_that_became_a_link_since_it_was_found_is_not_followed() {
    let folder = folder(&["a"]);
    let elsewhere = tempfile::tempdir().unwrap();
    write(elsewhere.path(), "secret", b"secret");
    let server = Server::default();
    let mut run = server.uploader().upload_dir(to(""), folder.path()).start().await.unwrap();
    let DirectoryEvent::Started { path, .. } = run.next().await.unwrap() else { panic!("the only file is started") };
    // Its upload is a task that has not run yet.
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("secret"), &path).unwrap();
    let Some(DirectoryEvent::Failed { error, .. }) = run.next().await else { panic!("a link is refused") };
    let cause = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source()).last().unwrap();
    assert!(cause.to_string().contains("a symbolic link"), "{cause}");
    assert!(objects(&server).is_empty());
}

/// Resident memory of this process in KiB.
fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Rows: R16.
#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "makes 200,000 files; run it alone, since it measures the memory of the process"]
async fn memory_does_not_grow_with_the_number_of_files() {
    const FILES: u64 = 200_000;
    let folder = tempfile::tempdir().unwrap();
    for n in 0..FILES {
        let path = folder.path().join(format!("{}/{}/{n}", n % 7, n % 1000));
        if n < 7000 {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
        }
        fs::write(path, "").unwrap();
    }
    let server = Server::default();
    server.state().keep_nothing = true;
    let mut run = server.uploader().upload_dir(to(""), folder.path()).start().await.unwrap();
    for _ in 0..5_000 {
        run.next().await;
    }
    let before = resident_kib();
    let summary = run.finish().await;
    let grown = resident_kib().saturating_sub(before);
    assert_eq!(summary.uploaded, FILES);
    assert!(grown < 4096, "{grown} KiB more");
}
