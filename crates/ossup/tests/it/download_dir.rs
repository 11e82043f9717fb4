//! Downloads of whole prefixes.

use std::path::Path;

use oss_emulator::Fault;
use ossup::downloader::directory::{DirectoryDownload, DirectoryError, DirectoryEvent, DirectorySummary, FileError};
use ossup::{Client, DownloadErrorKind, GetObjectRequest, PutObjectRequest, PutSymlinkRequest, TargetError, Verified};

use crate::support::{PART, bytes, count, emulator, start};

async fn put(client: &Client, key: &str, content: impl Into<Vec<u8>>) {
    client.put_object(PutObjectRequest::new("demo", key).body(content.into())).await.unwrap();
}

fn below(prefix: &str) -> GetObjectRequest {
    GetObjectRequest::new("demo", prefix)
}

/// The files and folders below a folder, in order: folders end in `/`, files have their content behind them.
fn tree(folder: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() {
                lines.push(format!("{name}/"));
                folders.push(path);
            } else {
                lines.push(format!("{name} {}", String::from_utf8_lossy(&std::fs::read(path).unwrap())));
            }
        }
    }
    lines.sort();
    lines
}

/// The failures, as `key: reason`, in order, and the summary.
async fn failures(download: DirectoryDownload) -> (Vec<String>, DirectorySummary) {
    let mut run = download.start().await.unwrap();
    let mut failures = Vec::new();
    while let Some(event) = run.next().await {
        match event {
            DirectoryEvent::Failed { key, error } => failures.push(format!("{key}: {error}")),
            DirectoryEvent::ListFailed { error } => failures.push(format!("list: {error}")),
            _ => {}
        }
    }
    failures.sort();
    (failures, run.summary())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_object_below_the_prefix_becomes_a_file_by_one_request() {
    let (emulator, client) = start(emulator()).await;
    let long = "x".repeat(255);
    for key in ["in/a", "in/sub/deep/b", "in/.hidden", "in/ü &+?=%41", "inside", "other"] {
        put(&client, key, key).await;
    }
    put(&client, &format!("in/{long}"), "long").await;
    put(&client, "in/empty", "").await;
    put(&client, "in/folder/", "").await;
    put(&client, "in/large", bytes(3 * PART)).await;
    emulator.clear_history();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("new/root");
    let downloader = client.downloader().part_size(PART as u64);
    let mut run = downloader.download_dir(below("in/"), &root).start().await.unwrap();
    while let Some(event) = run.next().await {
        match event {
            DirectoryEvent::Downloaded { result, .. } => assert_eq!(result.verified, Verified::Crc64),
            DirectoryEvent::Failed { key, error } => panic!("{key}: {error}"),
            _ => assert!(run.running().count() <= 4),
        }
    }
    let summary = run.summary();
    assert!(summary.is_complete());
    assert_eq!((summary.downloaded, summary.folders, summary.failed), (7, 1, 0));
    assert!(std::fs::read(root.join("large")).unwrap() == bytes(3 * PART));
    std::fs::remove_file(root.join("large")).unwrap();
    let expected = [
        ".hidden in/.hidden".to_owned(),
        "a in/a".to_owned(),
        "empty ".to_owned(),
        "folder/".to_owned(),
        "sub/".to_owned(),
        "sub/deep/".to_owned(),
        "sub/deep/b in/sub/deep/b".to_owned(),
        format!("{long} long"),
        "ü &+?=%41 in/ü &+?=%41".to_owned(),
    ];
    assert_eq!(tree(&root), expected);
    // One for each object, three for the large one, and only the empty one's attributes.
    assert_eq!(
        (count(&emulator, "ListObjectsV2"), count(&emulator, "GetObject"), count(&emulator, "HeadObject")),
        (1, 8, 1)
    );
    let reads = emulator.history().into_iter().filter(|request| request.operation == "GetObject");
    assert!(reads.into_iter().all(|request| request.headers.iter().any(|(name, _)| name == "if-match")));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_leads_out_of_the_folder() {
    let (_emulator, client) = start(emulator()).await;
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("root");
    std::fs::create_dir_all(root.join("real")).unwrap();
    std::fs::create_dir(outer.path().join("elsewhere")).unwrap();
    std::fs::write(outer.path().join("elsewhere/secret"), "old").unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../elsewhere", root.join("link")).unwrap();
        std::os::unix::fs::symlink("../elsewhere/secret", root.join("file-link")).unwrap();
        std::os::unix::fs::symlink("../../elsewhere", root.join("real/link")).unwrap();
    }
    for key in [
        "p/../elsewhere/secret",
        "p/a/../../../elsewhere/secret",
        "p//etc/x",
        "p/.",
        "p/b/./c",
        "p/.film.ossup-0123456789abcdef",
        "p/link/secret",
        "p/link/new/",
        "p/file-link",
        "p/real/link/secret",
        "p/good",
    ] {
        put(&client, key, if key.ends_with('/') { "" } else { "new" }).await;
    }
    let (failed, summary) = failures(client.downloader().download_dir(below("p/"), &root)).await;
    assert_eq!((summary.downloaded, summary.failed, summary.stopped), (1, 10, false), "{failed:#?}");
    assert_eq!(failed.iter().filter(|line| line.contains("is a symbolic link")).count(), 4, "{failed:#?}");
    assert_eq!(std::fs::read(outer.path().join("elsewhere/secret")).unwrap(), b"old");
    let names = |folder: &str| std::fs::read_dir(outer.path().join(folder)).unwrap().count();
    assert_eq!((names(""), names("elsewhere"), names("root")), (2, 1, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_both_have_a_file_are_told_and_the_others_arrive() {
    let (_emulator, client) = start(emulator()).await;
    for (key, content) in
        [("a", "1"), ("a-b", "2"), ("a/b", "3"), ("a/c/", ""), ("d/", "bytes"), ("d/e", "4"), ("f/g", "5")]
    {
        put(&client, key, content).await;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a-b")).unwrap();
    std::fs::write(folder.path().join("f"), "old").unwrap();
    let (failed, summary) = failures(client.downloader().download_dir(below(""), folder.path())).await;
    assert_eq!(tree(folder.path()), ["a 1", "a-b/", "d/", "d/e 4", "f old"]);
    assert_eq!((summary.downloaded, summary.failed), (2, 5), "{failed:#?}");
    assert!(failed[0].starts_with("a-b: ") && failed[0].contains("is a directory"), "{failed:#?}");
    assert!(failed[1].starts_with("a/b: another key makes a file") && failed[2].starts_with("a/c/: another key"));
    assert!(failed[3].starts_with("d/: its key ends in `/`") && failed[4].starts_with("f/g: "), "{failed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_choose_by_path_size_and_place() {
    let (emulator, client) = start(emulator()).await;
    for key in ["p/a.jpg", "p/b.txt", "p/raw/c.jpg", "p/tmp/d.jpg", "p/z.jpg"] {
        put(&client, key, key).await;
    }
    put(&client, "p/large.jpg", bytes(1000)).await;
    let folder = tempfile::tempdir().unwrap();
    let downloader = client.downloader();
    let filter = ossup::directory::Filter::builder().exclude("tmp/").include("*.jpg");
    let download = downloader.download_dir(below("p/"), folder.path());
    let filtered = download.clone().filter(filter.max_size(100).start_after("a.jpg").end_with("raw/z"));
    assert_eq!(filtered.await.unwrap().downloaded, 1);
    assert_eq!(tree(folder.path()), ["raw/", "raw/c.jpg p/raw/c.jpg"]);
    let list = emulator.history().into_iter().find(|request| request.operation == "ListObjectsV2").unwrap();
    assert!(list.query.contains(&("start-after".to_owned(), "p/a.jpg".to_owned())), "{:?}", list.query);
    let error = download.include("a[").await.unwrap_err();
    assert!(matches!(error, DirectoryError::Filter(_)), "{error}");
}

/// Rows: R57.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_replaced_since_it_was_listed_is_a_failure() {
    let replaced = Fault::on("GetObject").key("b").replace("new");
    let (_emulator, client) = start(emulator().fault(replaced)).await;
    for key in ["a", "b", "c"] {
        put(&client, key, key).await;
    }
    client.put_symlink(PutSymlinkRequest::new("demo", "link", "a")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("b"), "old").unwrap();
    let mut run = client.downloader().download_dir(below(""), folder.path()).start().await.unwrap();
    let mut changed = 0;
    while let Some(event) = run.next().await {
        if let DirectoryEvent::Failed { key, error: FileError::Download(error) } = event {
            assert!(matches!(error.kind(), DownloadErrorKind::ObjectChanged { .. }), "{key}: {error}");
            changed += 1;
        }
    }
    assert_eq!((changed, run.summary().downloaded), (1, 3));
    assert_eq!(tree(folder.path()), ["a a", "b old", "c c", "link a"], "a link brings what it leads to");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_every_object_would_meet_ends_the_run_and_what_one_meets_does_not() {
    let (emulator, client) = start(emulator()).await;
    for n in 0..30 {
        put(&client, &format!("k{n}"), "x").await;
    }
    let folder = tempfile::tempdir().unwrap();
    emulator.add_fault(Fault::on("GetObject").always().respond(403, "AccessDenied"));
    let summary = client.downloader().download_dir(below(""), folder.path()).jobs(2).await.unwrap();
    assert!(summary.stopped && summary.failed <= 2 && !summary.is_complete(), "{summary:?}");
    emulator.clear_faults();
    emulator.add_fault(Fault::on("GetObject").key("k7").always().respond(403, "InvalidObjectState"));
    let summary = client.downloader().download_dir(below(""), folder.path()).await.unwrap();
    assert_eq!((summary.downloaded, summary.failed, summary.stopped), (29, 1, false));
    emulator.clear_faults();

    let full = oss_transfer::files::MemoryFiles::new().capacity(3);
    let downloader = client.downloader().files(std::sync::Arc::new(full));
    let mut run = downloader.download_dir(below(""), "/d").jobs(1).start().await.unwrap();
    let mut last = None;
    while let Some(event) = run.next().await {
        if let DirectoryEvent::Failed { error: FileError::Download(error), .. } = event {
            last = Some(error);
        }
    }
    assert_eq!((run.summary().downloaded, run.summary().failed, run.summary().stopped), (3, 1, true));
    assert!(matches!(last.unwrap().kind(), DownloadErrorKind::Target(TargetError::Io { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_breaks_off_is_told_and_the_run_is_not_complete() {
    let (emulator, client) = start(emulator()).await;
    for n in 0..1001 {
        put(&client, &format!("{n:04}"), "").await;
    }
    emulator.add_fault(Fault::on("ListObjectsV2").nth(2).always().respond(403, "AccessDenied"));
    let folder = tempfile::tempdir().unwrap();
    let (failed, summary) = failures(client.downloader().download_dir(below(""), folder.path()).jobs(64)).await;
    assert_eq!((summary.downloaded, summary.failed, summary.stopped), (1000, 0, true));
    assert!(failed.len() == 1 && failed[0].starts_with("list: ") && failed[0].contains("AccessDenied"), "{failed:?}");
    let error =
        client.downloader().download_dir(GetObjectRequest::new("nowhere", ""), folder.path()).await.unwrap_err();
    assert!(matches!(&error, DirectoryError::List(error) if error.code() == Some("AccessDenied")), "{error}");
    emulator.clear_faults();
    let summary = client.downloader().download_dir(below(""), folder.path()).jobs(64).await.unwrap();
    assert_eq!((summary.downloaded, summary.is_complete()), (1001, true), "those of the second page too");
}

/// What an error says of its cause.
fn cause(error: &dyn std::error::Error) -> Option<String> {
    error.source().map(ToString::to_string)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_run_from_beginning_is_told_before_any_object_is_fetched() {
    let (emulator, client) = start(emulator()).await;
    put(&client, "a", "x").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "old").unwrap();
    emulator.clear_history();
    let downloader = client.downloader();
    let error = downloader.clone().part_size(1_u64).download_dir(below(""), folder.path()).await.unwrap_err();
    let DirectoryError::Option(reason) = &error else { panic!("{error}") };
    assert_eq!((error.to_string(), cause(&error)), (reason.to_string(), None));
    let error = downloader.download_dir(below("").range(1..), folder.path()).await.unwrap_err();
    assert!(matches!(error, DirectoryError::Request(_)) && cause(&error).is_none(), "{error}");
    assert!(error.to_string().contains("range") && error.to_string().contains("a download of many"), "{error}");
    let error = downloader.download_dir(below(""), folder.path()).include("a[").await.unwrap_err();
    assert!(matches!(error, DirectoryError::Filter(_)) && cause(&error).is_none(), "{error}");
    assert!(error.to_string().contains("`a[` is not a pattern"), "{error}");
    for path in [Path::new("").to_owned(), file.clone(), file.join("below")] {
        let error = downloader.download_dir(below(""), &path).await.unwrap_err();
        let DirectoryError::Folder { path: named, source } = &error else { panic!("{error}") };
        assert_eq!((named, cause(&error)), (&path, Some(source.to_string())));
        assert_eq!(error.to_string(), format!("nothing can be downloaded into {}", path.display()));
    }
    assert!(emulator.history().is_empty() && std::fs::read(&file).unwrap() == b"old");

    let nowhere = GetObjectRequest::new("nowhere", "");
    let error = downloader.download_dir(nowhere, folder.path()).await.unwrap_err();
    let DirectoryError::List(call) = &error else { panic!("{error}") };
    assert_eq!((call.code(), error.to_string(), cause(&error)), (Some("NoSuchBucket"), call.to_string(), cause(call)));
    assert_eq!(count(&emulator, "GetObject"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_ends_what_is_under_way_and_a_stopped_finishes_it() {
    let (emulator, client) = start(emulator()).await;
    for key in ["a", "b", "c", "d"] {
        put(&client, key, bytes(3 * PART)).await;
    }
    emulator.add_fault(Fault::on("GetObject").always().delay(std::time::Duration::from_millis(20)));
    for cancels in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let downloader = client.downloader().part_size(PART as u64).parallel_num(1);
        let mut run = downloader.download_dir(below(""), folder.path()).jobs(2).start().await.unwrap();
        let mut started = 0;
        while started < 2 {
            started += usize::from(matches!(run.next().await, Some(DirectoryEvent::Started { .. })));
        }
        if cancels {
            run.cancel();
        } else {
            run.stop();
        }
        let summary = run.finish().await;
        let expected = if cancels { (0, 2, true) } else { (2, 0, true) };
        assert_eq!((summary.downloaded, summary.failed, summary.stopped), expected);
        assert_eq!(tree(folder.path()).len(), if cancels { 0 } else { 2 });
    }
}

/// Rows: W38.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_checkpoint_the_same_call_continues_where_the_last_one_ended() {
    let (emulator, client) = start(emulator()).await;
    put(&client, "film", bytes(5 * PART)).await;
    let (folder, records) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    emulator.add_fault(Fault::on("GetObject").nth(4).always().respond(500, "InternalError"));
    let downloader = client.downloader().part_size(PART as u64).parallel_num(1).part_attempts(1_u32);
    let downloader = downloader.enable_checkpoint(true).checkpoint_dir(records.path());
    let first = downloader.download_dir(below(""), folder.path()).await.unwrap();
    assert_eq!((first.downloaded, first.failed), (0, 1));
    emulator.clear_faults();
    emulator.clear_history();
    let second = downloader.download_dir(below(""), folder.path()).await.unwrap();
    assert_eq!((second.downloaded, count(&emulator, "GetObject")), (1, 2), "three parts were there");
    assert!(std::fs::read(folder.path().join("film")).unwrap() == bytes(5 * PART));
}

#[cfg(feature = "blocking")]
#[test]
fn a_program_without_async_downloads_a_folder_too() {
    use ossup::{Config, Credentials};

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let emulator = runtime.block_on(emulator().start()).unwrap();
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    let client = ossup::blocking::Client::new(config.credentials(Credentials::new(id, secret))).unwrap();
    client.call(PutObjectRequest::new("demo", "in/a").body("x")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let summary = client.wait(client.downloader().download_dir(below("in/"), folder.path())).unwrap();
    assert_eq!((summary.downloaded, tree(folder.path())), (1, vec!["a x".to_owned()]));
}
