//! What the library warns of and what goes again reaches those who read.

use oss_emulator::{Fault, FaultEffect};
use ossup::PutObjectRequest;
use serde_json::Value;

use crate::support::{Ended, Login, Scratch, bytes, client, count, emulator, run};

const PART: usize = 100 * 1024;

/// The events of this kind.
fn events(ended: &Ended, kind: &str) -> Vec<Value> {
    ended.lines().into_iter().filter(|line| line["op"] == "event" && line["event"] == kind).collect()
}

/// From where the object comes.
enum Way {
    File,
    Folder,
    Object,
    Prefix,
}

/// Rows: R47.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_left_by_a_lost_initiate_is_named() {
    for (command, way) in [
        (&["cp"][..], Way::File),
        (&["cp", "-r"], Way::Folder),
        (&["mv", "-r"], Way::Folder),
        (&["sync"], Way::Folder),
        (&["cp"], Way::Object),
        (&["cp", "-r"], Way::Prefix),
        (&["sync"], Way::Prefix),
    ] {
        let lost = Fault::on("InitiateMultipartUpload").effect(FaultEffect::CloseAfterStoring);
        let emulator = emulator().bucket("other").fault(lost).start().await.unwrap();
        let scratch = Scratch::new();
        std::fs::create_dir(scratch.path("in")).unwrap();
        let content = bytes(1, 3 * PART);
        let (file, folder) = (scratch.file("in/film", &content), scratch.text("in"));
        let source = PutObjectRequest::new("other", "film").body(content);
        client(&emulator).put_object(source).await.unwrap();
        let (source, to) = match way {
            Way::File => (file.as_str(), "oss://demo/film"),
            Way::Folder => (folder.as_str(), "oss://demo/"),
            Way::Object => ("oss://other/film", "oss://demo/film"),
            Way::Prefix => ("oss://other/", "oss://demo/"),
        };
        let more =
            ["--endpoint", emulator.endpoint(), "--part-size", "100KiB", "--bigfile-threshold", "100KiB", "--json"];
        let ended = run(&Login::of(&emulator), &[command, &[source, to], &more].concat()).await.succeeded();

        let left = emulator.uploads("demo").unwrap();
        let [left] = &left[..] else { panic!("{command:?} {source}: one upload is left: {left:?}") };
        let naming =
            |line: &&str| line.starts_with("ossup: warning: oss://demo/film: ") && line.contains(&left.upload_id);
        assert_eq!(ended.stderr.lines().filter(naming).count(), 1, "{ended:?}");
        let warnings = events(&ended, "warning");
        let naming = |line: &&Value| line["message"].as_str().unwrap().contains(&left.upload_id);
        assert_eq!(warnings.iter().filter(naming).count(), 1, "{ended:?}");
        assert!(warnings.iter().all(|line| line["key"] == "film" && line["bucket"] == "demo"), "{ended:?}");
        // The warning of the upload manager is logged and is an event, and is told once.
        assert_eq!(warnings.len(), 2, "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_goes_again_is_told_with_its_error_and_the_wait() {
    let refused = Fault::on("UploadPart").part(2).times(1).respond(503, "ServiceUnavailable");
    let emulator = emulator().fault(refused).start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("film", &bytes(1, 3 * PART));
    let arguments =
        ["cp", &file, "oss://demo/film", "--endpoint", emulator.endpoint(), "--part-size", "100KiB", "--json"];
    let ended = run(&Login::of(&emulator), &arguments).await.succeeded();
    let retries = events(&ended, "retry");
    let [retry] = &retries[..] else { panic!("one retry: {ended:?}") };
    assert_eq!((&retry["key"], &retry["part"], &retry["attempt"]), (&"film".into(), &2.into(), &1.into()));
    assert!(retry["retry_in_ms"].is_u64() && retry["message"].as_str().unwrap().contains("ServiceUnavailable"));
    assert!(ended.stderr.starts_with("ossup: oss://demo/film: part 2, attempt 1: "), "{ended:?}");
    assert_eq!(
        (ended.json()["attempts"].as_u64(), ended.json()["sent_bytes"].as_u64()),
        (Some(2), Some(3 * PART as u64))
    );
    // Initiate, three parts, another attempt of one, Complete.
    assert_eq!(ended.summary()["requests"]["put"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_starts_over_or_is_resumed_says_so() {
    let gone = Fault::on("UploadPart").part(2).respond(404, "NoSuchUpload");
    let emulator = emulator().fault(gone).start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("film", &bytes(1, 3 * PART));
    let arguments =
        ["cp", &file, "oss://demo/film", "--endpoint", emulator.endpoint(), "--part-size", "100KiB", "--json"];
    let ended = run(&Login::of(&emulator), &arguments).await.succeeded();
    assert_eq!((events(&ended, "restarted").len(), events(&ended, "initiated").len()), (1, 2), "{ended:?}");
    assert!(ended.stderr.contains("ossup: oss://demo/film: starting over: "), "{ended:?}");

    let checkpoints = scratch.text("checkpoints");
    let arguments = [&arguments[..], &["--checkpoint-dir", &checkpoints]].concat();
    emulator.add_fault(Fault::on("CompleteMultipartUpload").always().respond(503, "ServiceUnavailable"));
    let failed = run(&Login::of(&emulator), &[&arguments[..], &["--part-attempts", "1"]].concat()).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    emulator.clear_faults();
    let ended = run(&Login::of(&emulator), &arguments).await.succeeded();
    assert_eq!(events(&ended, "resumed")[0]["upload_id"], failed.json()["upload_id"], "{ended:?}");
    assert!(ended.stderr.starts_with("ossup: oss://demo/film: resuming: 3 parts"), "{ended:?}");
    assert_eq!(ended.json()["sent_bytes"], 0);
    // Of the upload that was called gone, in case it was not; the one that was resumed was never given up.
    assert_eq!(count(&emulator, "AbortMultipartUpload"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_beyond_loopback_is_warned_of() {
    let login = Login { id: "me".to_owned(), secret: "mine".to_owned() };
    let scratch = Scratch::new();
    let file = scratch.file("file", b"content");
    // A name that no server has, so nothing leaves this machine.
    let arguments = ["cp", &file, "oss://demo/k", "--region", "cn-hangzhou", "--part-attempts", "1", "--json"];
    let warned = async |endpoint: &str| {
        let ended = run(&login, &[&arguments[..], &["--endpoint", endpoint]].concat()).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let warnings = events(&ended, "warning");
        let told = ended.stderr.matches("ossup: warning: requests go over plain HTTP").count();
        assert_eq!(warnings.len(), told, "{ended:?}");
        told
    };
    assert_eq!(warned("http://oss.example.invalid").await, 1);
    assert_eq!(warned("https://oss.example.invalid").await, 0);
}
