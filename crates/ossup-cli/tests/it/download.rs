//! `ossup cp` downwards, from end to end.

use std::io::Read as _;

use oss_emulator::{Emulator, Fault, FaultEffect};
use ossup::PutObjectRequest;
use rustix::process::Signal;

use crate::support::{
    Ended, Login, Scratch, bytes, client, count, emulator, end, keep_versions, ossup, put, run, run_with_input, send,
    until,
};

const PART: usize = 100 * 1024;

async fn cp(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["cp", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

async fn store(emulator: &Emulator, key: &str, content: &[u8]) {
    client(emulator).put_object(PutObjectRequest::new("demo", key).body(content.to_vec())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_goes_to_a_file_a_folder_or_standard_output() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let content = bytes(1, 5 * PART + 17);
    store(&emulator, "dir/film", &content).await;
    let parts = ["--part-size", "100KiB"];

    let file = scratch.text("file");
    let ended = cp(&emulator, &[&["oss://demo/dir/film", &file, "--json"][..], &parts].concat()).await.succeeded();
    let line = ended.json();
    assert_eq!(
        (&line["op"], &line["status"], &line["verified"]),
        (&"download".into(), &"done".into(), &"crc64".into())
    );
    assert_eq!((&line["parts_fetched"], &line["target"]), (&6.into(), &file.clone().into()), "{ended:?}");
    assert_eq!((&ended.summary()["done"], &ended.summary()["bytes"]), (&1.into(), &content.len().into()));
    assert!(std::fs::read(&file).unwrap() == content);

    let folder = scratch.folder.path().to_str().unwrap();
    let ended = cp(&emulator, &["oss://demo/dir/film", folder]).await.succeeded();
    assert!(std::fs::read(scratch.path("film")).unwrap() == content);
    assert!(ended.stdout.starts_with("oss://demo/dir/film -> ") && ended.stdout.contains("verified: "), "{ended:?}");
    let new = format!("{}/", scratch.text("new"));
    let ended = cp(&emulator, &["oss://demo/dir/film", &new, "-q"]).await.succeeded();
    assert!(std::fs::read(scratch.path("new/film")).unwrap() == content && ended.stdout.is_empty(), "{ended:?}");

    let arguments = ["cp", "oss://demo/dir/film", "-", "--endpoint", emulator.endpoint()];
    let output = ossup(Some(&Login::of(&emulator)), &arguments).output().await.unwrap();
    assert!(output.status.success() && output.stdout == content && output.stderr.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_up_from_standard_input_comes_down_the_same() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let content = bytes(2, 3 * PART);
    let endpoint = emulator.endpoint();
    run_with_input(&login, &["cp", "-", "oss://demo/x", "--endpoint", endpoint], &[&content]).await.succeeded();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let child = ossup(Some(&login), &["cat", "oss://demo/x", "--endpoint", endpoint]).stdout(writer).spawn().unwrap();
    let read = tokio::task::spawn_blocking(move || {
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        read
    });
    end(child).await.succeeded();
    assert!(read.await.unwrap() == content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_downloaded_when_asked_for() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    let first = client.put_object(PutObjectRequest::new("demo", "a").body("older")).await.unwrap();
    put(&client, &["a"]).await;
    let scratch = Scratch::new();
    let file = scratch.text("file");
    cp(&emulator, &["oss://demo/a", &file, "--version-id", &first.version_id.unwrap()]).await.succeeded();
    assert_eq!(std::fs::read(&file).unwrap(), b"older");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_failed_is_resumed_by_the_same_command() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let content = bytes(3, 20 * PART);
    store(&emulator, "film", &content).await;
    let (file, checkpoints) = (scratch.file("film", b"old"), scratch.text("checkpoints"));
    let arguments = [
        "oss://demo/film",
        &file,
        "--part-size",
        "100KiB",
        "--parallel-num",
        "1",
        "--part-attempts",
        "1",
        "--checkpoint-dir",
        &checkpoints,
        "--json",
    ];
    emulator.add_fault(Fault::on("GetObject").nth(11).respond(403, "AccessDenied"));
    let failed = cp(&emulator, &arguments).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert_eq!((&failed.json()["status"], &failed.json()["resumable"]), (&"failed".into(), &true.into()), "{failed:?}");
    assert_eq!(std::fs::read(&file).unwrap(), b"old");

    emulator.clear_faults();
    emulator.clear_history();
    let ended = cp(&emulator, &arguments).await.succeeded();
    assert!(ended.json()["resumed_bytes"].as_u64().unwrap() >= 9 * PART as u64, "{ended:?}");
    assert!(count(&emulator, "GetObject") <= 11, "{}", count(&emulator, "GetObject"));
    assert!(std::fs::read(&file).unwrap() == content);

    emulator.clear_history();
    let without = [&arguments[..8], &["--no-checkpoint", "--json"]].concat();
    assert_eq!(cp(&emulator, &without).await.succeeded().json()["resumed_bytes"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_keeps_what_was_fetched_and_says_how_to_resume() {
    let slow = Fault::on("GetObject").effect(FaultEffect::Delay(250)).always();
    let emulator = emulator().fault(slow).start().await.unwrap();
    let scratch = Scratch::new();
    store(&emulator, "film", &bytes(4, 40 * PART)).await;
    let (file, checkpoints) = (scratch.file("film", b"old"), scratch.text("checkpoints"));
    let arguments = [
        "cp",
        "oss://demo/film",
        &file,
        "--part-size",
        "100KiB",
        "--checkpoint-dir",
        &checkpoints,
        "--json",
        "--endpoint",
        emulator.endpoint(),
    ];
    let child = ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
    until("some parts", || count(&emulator, "GetObject") > 5).await;
    send(&child, Signal::INT);
    let ended = end(child).await;
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert_eq!(ended.json()["error"]["kind"], "interrupted", "{ended:?}");
    assert!(ended.stderr.contains("to resume: ossup cp oss://demo/film"), "{ended:?}");
    assert_eq!(std::fs::read(&file).unwrap(), b"old");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_object_changes_nothing() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("file", b"old");
    let ended = cp(&emulator, &["oss://demo/missing", &file, "--json"]).await;
    assert_eq!((ended.code, &ended.json()["error"]["code"]), (Some(1), &"NoSuchKey".into()), "{ended:?}");
    assert_eq!(std::fs::read(&file).unwrap(), b"old");
    let names: Vec<_> =
        std::fs::read_dir(scratch.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["file"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_one_line_before_anything_is_sent() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let (file, folder) = (scratch.text("file"), scratch.folder.path().to_str().unwrap());
    let other = scratch.file("other", b"content");
    for (arguments, says) in [
        (&["oss://demo", &file][..], "write oss://demo/KEY"),
        (&[&other, &file], "neither "),
        (&["oss://demo/a/..", folder], "name the file to write"),
        (&["oss://demo/a", &file, "--acl", "private"], "--acl"),
        (&["oss://demo/a", &file, "--if-none-match"], "properties of objects"),
        (&["oss://demo/a/", "-", "-r"], "does not fit into standard output"),
        (&["oss://demo/a*", folder, "-r"], "is not a folder"),
        (&["oss://demo/a", &file, "-r", "--if-match", "E"], "--if-match"),
        (&["oss://demo/a", "-", "--size-only"], "no size and no time"),
        (&["oss://demo/a", &file, "--metadata-directive", "COPY"], "directives"),
        (&["oss://demo/a", &file, "--if-match", ""], "--if-match"),
        (&["oss://demo/a", &file, "-r", "--max-errors", "0"], "--max-errors"),
        (&["oss://demo/a", &file, "-r", "--jobs", "0"], "--jobs"),
        (&["oss://demo/a", &file, "--jobs", "2"], "--recursive"),
        (&["oss://demo/a", &file, "--parallel", "none"], "--parallel"),
        (&["oss://demo/a", &file, "--leave-parts-on-error"], "--leave-parts-on-error"),
        (&["oss://demo/a", &file, "-P"], "-L and -P"),
        (&["oss://demo/a", "-", "--checkpoint-dir", folder], "--checkpoint-dir"),
        (&["oss://demo/a", &file, "--part-size", "1"], "part_size"),
        (&[&other, "oss://demo/a", "--version-id", "x"], "--version-id"),
        (&[&other, "oss://demo/a", "--if-match", "x"], "--if-match"),
        (&[&other, "oss://demo/a", "--copy-props", "none"], "--copy-props"),
    ] {
        let ended = cp(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stdout.is_empty() && ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty() && !scratch.path("file").exists());
}
