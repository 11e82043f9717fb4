//! `ossup mkdir`, `append`, `restore` and `set-props` from end to end.

use std::time::Duration;

use oss_emulator::{Emulator, Fault, FaultEffect};
use ossup::{HeadObjectRequest, HeadObjectResult, PutObjectRequest, Tagging};

use rustix::process::Signal;

use crate::support::{
    Ended, Login, Scratch, bytes, client, count, emulator, end, put, run, run_with_input, send, until,
};

async fn ossup(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[arguments, &["-e", emulator.endpoint()]].concat()).await
}

async fn head(emulator: &Emulator, key: &str) -> HeadObjectResult {
    client(emulator).head_object(HeadObjectRequest::new("demo", key)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marker_of_a_folder_is_made_once() {
    let emulator = emulator().start().await.unwrap();
    let ended = ossup(&emulator, &["mkdir", "oss://demo/a", "oss://demo/b/c/"]).await.succeeded();
    assert_eq!(ended.stdout, "created oss://demo/a/\ncreated oss://demo/b/c/\n");
    let keys: Vec<_> = emulator.objects("demo").unwrap().into_iter().map(|object| object.key).collect();
    assert_eq!(keys, ["a/", "b/c/"]);
    let ended = ossup(&emulator, &["mkdir", "oss://demo/a/", "--json"]).await.succeeded();
    assert_eq!((&ended.json()["status"], &ended.json()["op"]), (&"skipped".into(), &"mkdir".into()), "{ended:?}");
    let ended = ossup(&emulator, &["mkdir", "oss://missing/a", "--json"]).await;
    assert_eq!((ended.code, &ended.json()["error"]["code"]), (Some(1), &"NoSuchBucket".into()), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_appended_piece_by_piece_and_verified() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let content = bytes(7, (8 << 20) + 5);
    let file = scratch.file("log", &content);
    let ended = ossup(&emulator, &["append", &file, "oss://demo/log", "--metadata", "a=b", "--json"]).await.succeeded();
    assert_eq!((&ended.json()["size"], count(&emulator, "AppendObject")), (&content.len().into(), 2), "{ended:?}");
    assert!(ended.json()["crc64"].is_string(), "{ended:?}");
    let login = Login::of(&emulator);
    let append = ["append", "-", "oss://demo/log", "-e", emulator.endpoint()];
    run_with_input(&login, &append, &[b"more\n"]).await.succeeded();
    assert_eq!(emulator.content("demo", "log").unwrap().unwrap(), [&content[..], b"more\n"].concat());
    assert_eq!(head(&emulator, "log").await.metadata.value("a"), Some("b"));
    ossup(&emulator, &["append", &scratch.file("empty", b""), "oss://demo/new"]).await.succeeded();
    assert_eq!(emulator.content("demo", "new").unwrap().unwrap(), b"");

    put(&client(&emulator), &["normal"]).await;
    let before = count(&emulator, "AppendObject");
    for (arguments, code, says) in [
        (&["append", &file, "oss://demo/normal"][..], 1, "not appendable"),
        (&["append", &file, "oss://demo/log", "--acl", "private"], 64, "set-props"),
        (&["append", &file, "oss://demo/"], 64, "names no object"),
        (&["append", "missing", "oss://demo/log"], 1, "cannot read missing"),
    ] {
        let ended = ossup(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert_eq!(count(&emulator, "AppendObject"), before);
    let ended = ossup(&emulator, &["append", &file, "oss://demo/log", "--position", "3"]).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("PositionNotEqualToLength"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_whose_response_was_lost_is_found_or_called_unknown() {
    let lost = || Fault::on("AppendObject").effect(FaultEffect::CloseAfterStoring);
    let scratch = Scratch::new();
    let content = bytes(7, (8 << 20) + 5);
    let file = scratch.file("log", &content);
    for nth in [1, 2] {
        let emulator = emulator().fault(lost().nth(nth)).start().await.unwrap();
        let ended = ossup(&emulator, &["append", &file, "oss://demo/log", "--json"]).await.succeeded();
        assert_eq!((&ended.json()["size"], count(&emulator, "AppendObject")), (&content.len().into(), 2), "{ended:?}");
        assert_eq!(emulator.content("demo", "log").unwrap().unwrap(), content);
    }
    // No one can be asked: the bytes may be there, or come yet.
    let denied = Fault::on("HeadObject").nth(2).respond(403, "AccessDenied");
    let emulator = emulator().fault(lost()).fault(denied).start().await.unwrap();
    let ended = ossup(&emulator, &["append", &file, "oss://demo/log"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("whether this piece was appended too is unknown; 0 bytes were"), "{ended:?}");
}

/// The same command would append it once more.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_appended_before_a_failure_is_told() {
    const PIECE: usize = 8 << 20;
    let scratch = Scratch::new();
    let file = scratch.file("log", &bytes(7, PIECE + 5));
    let says = format!("; {PIECE} bytes were appended before, up to position {PIECE}\n");
    let refused = Fault::on("AppendObject").nth(2).always().respond(503, "ServiceUnavailable");
    let emulator = emulator().fault(refused).start().await.unwrap();
    let ended = ossup(&emulator, &["append", &file, "oss://demo/log", "--json"]).await;
    assert!(ended.code == Some(1) && ended.stderr.ends_with(&says), "{ended:?}");
    let line = ended.json();
    assert_eq!(
        (&line["op"], &line["key"], &line["size"]),
        (&"append".into(), &"log".into(), &PIECE.into()),
        "{ended:?}"
    );
    assert_eq!((&line["error"]["code"], &line["error"]["retryable"]), (&"ServiceUnavailable".into(), &false.into()));

    let stuck = Fault::on("AppendObject").nth(2).delay(Duration::from_secs(600));
    let emulator = crate::support::emulator().fault(stuck).start().await.unwrap();
    let arguments = ["append", &file, "oss://demo/log", "--json", "-e", emulator.endpoint()];
    let child = crate::support::ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
    until("the second piece", || count(&emulator, "AppendObject") == 2).await;
    send(&child, Signal::TERM);
    let ended = end(child).await;
    let unknown = format!("interrupted; whether this piece was appended too is unknown{says}");
    assert!(ended.code == Some(143) && ended.stderr.ends_with(&unknown), "{ended:?}");
    let line = ended.json();
    assert_eq!((&line["error"]["kind"], &line["size"]), (&"interrupted".into(), &PIECE.into()), "{ended:?}");
    assert_eq!(ended.summary()["exit"], 143);
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_objects_are_restored_as_asked() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    for (key, class) in [("dir/a", "Archive"), ("dir/b", "ColdArchive"), ("dir/c", "Standard")] {
        client.put_object(PutObjectRequest::new("demo", key).storage_class(class).body("x")).await.unwrap();
    }
    let ended = ossup(&emulator, &["restore", "oss://demo/dir/b", "--days", "3", "--tier", "bulk"]).await.succeeded();
    assert_eq!(ended.stdout, "started to restore oss://demo/dir/b\n");
    assert!(head(&emulator, "dir/b").await.restore.is_some());
    let sent = emulator.history().into_iter().find(|request| request.operation == "RestoreObject").unwrap();
    assert!(sent.body_len > 0, "the days and the tier are in the body");
    emulator.clear_history();
    let ended = ossup(&emulator, &["restore", "-r", "oss://demo/dir", "-n"]).await.succeeded();
    assert_eq!((ended.stdout.lines().count(), count(&emulator, "RestoreObject")), (2, 0), "{ended:?}");
    let ended = ossup(&emulator, &["restore", "-r", "oss://demo/dir", "--json"]).await.succeeded();
    assert_eq!((ended.summary()["done"].as_u64(), count(&emulator, "RestoreObject")), (Some(2), 2), "{ended:?}");
    let ended = ossup(&emulator, &["restore", "oss://demo/dir/c", "oss://demo/dir/a"]).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(2), 1), "{ended:?}");
    emulator.clear_history();
    for (arguments, says) in [
        (&["restore", "oss://demo/dir/"][..], "add -r"),
        (&["restore", "oss://demo/dir/a", "--tier", "bulk"], "--days"),
        (&["restore", "oss://demo/dir/a", "--days", "0"], "--days"),
        (&["restore", "-r", "oss://demo/dir/", "--version-id", "x"], "--version-id"),
    ] {
        let ended = ossup(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_are_changed_and_the_others_stay() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    let mut request = PutObjectRequest::new("demo", "dir/a").body("content").acl("public-read").content_type("text/x");
    request.cache_control = Some("no-cache".to_owned());
    request.tagging = Some(Tagging::from_encoded("k=v").unwrap());
    let mut metadata = ossup::Metadata::new();
    metadata.insert("old", "1");
    request.metadata = Some(metadata);
    client.put_object(request).await.unwrap();
    put(&client, &["dir/b"]).await;

    ossup(&emulator, &["set-props", "oss://demo/dir/a", "--metadata", "new=2", "--storage-class", "IA"])
        .await
        .succeeded();
    let now = head(&emulator, "dir/a").await;
    assert_eq!((now.metadata.value("old"), now.metadata.value("new")), (Some("1"), Some("2")));
    assert_eq!((now.content_type.as_deref(), now.cache_control.as_deref()), (Some("text/x"), Some("no-cache")));
    assert_eq!((now.storage_class.unwrap().as_str(), now.tagging_count), ("IA", Some(1)));
    assert_eq!(emulator.content("demo", "dir/a").unwrap().unwrap(), b"content");
    let acl = async |key: &str| {
        let ended = ossup(&emulator, &["stat", key, "--acl", "--tags", "--json"]).await.succeeded();
        (ended.json()["acl"].as_str().unwrap().to_owned(), ended.json()["tags"].to_string())
    };
    assert_eq!(acl("oss://demo/dir/a").await, ("public-read".to_owned(), r#"{"k":"v"}"#.to_owned()));

    // ACL and tags take no copy.
    emulator.clear_history();
    ossup(&emulator, &["set-props", "-r", "oss://demo/dir", "--acl", "private", "--tagging", "t=u"]).await.succeeded();
    assert_eq!((count(&emulator, "CopyObject"), count(&emulator, "PutObjectAcl")), (0, 2));
    assert_eq!(acl("oss://demo/dir/b").await, ("private".to_owned(), r#"{"t":"u"}"#.to_owned()));
    emulator.clear_history();
    let ended =
        ossup(&emulator, &["set-props", "-r", "oss://demo/dir", "--acl", "private", "--include", "b", "-n"]).await;
    assert_eq!(ended.succeeded().stdout, "would change oss://demo/dir/b\n");
    assert_eq!(count(&emulator, "PutObjectAcl"), 0);

    emulator.add_fault(Fault::on("CopyObject").respond(403, "AccessDenied").always());
    let ended = ossup(&emulator, &["set-props", "oss://demo/dir/a", "--content-type", "a/b", "--json"]).await;
    assert_eq!((ended.code, &ended.json()["error"]["code"]), (Some(1), &"AccessDenied".into()), "{ended:?}");
    assert!(ended.stderr.contains("; it is as it was"), "{ended:?}");
    emulator.clear_history();
    for (arguments, says) in [
        (&["set-props", "oss://demo/dir/a"][..], "nothing to set"),
        (&["set-props", "oss://demo/dir/", "--acl", "private"], "add -r"),
        (&["set-props", "oss://demo/dir/a", "--acl", "private", "--include", "a"], "add -r"),
        (&["set-props", "oss://demo/dir/a", "--metadata", "a"], "NAME=VALUE"),
    ] {
        let ended = ossup(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty());
}
