//! What is printed, on which stream and with which exit code.

use std::fs::OpenOptions;

use oss_emulator::{EmulatorBuilder, Fault, FaultEffect};
use serde_json::Value;

use crate::support::{Ended, Login, Scratch, bytes, emulator, end, ossup, run};

const PART: usize = 100 * 1024;

/// The only item of a run that failed, whose summary counts `failed` items.
#[track_caller]
fn failure(ended: &Ended, code: i32, failed: u64) -> Value {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert_eq!(ended.summary()["failed"], failed, "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    let line = ended.json();
    assert_eq!(line["status"], "failed", "{ended:?}");
    let message = line["error"]["message"].as_str().unwrap();
    assert_eq!(ended.stderr, format!("ossup: {message}\n"));
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_before_anything_is_sent_is_a_line_of_json_too() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let scratch = Scratch::new();
    let (file, missing) = (scratch.file("file", b"content"), scratch.text("missing"));
    let cp = async |source: &str, to: &str, more: &[&str]| {
        run(&login, &[&["cp", source, to, "--endpoint", emulator.endpoint(), "--json"], more].concat()).await
    };

    let line = failure(&cp(&missing, "oss://demo/k", &[]).await, 1, 1);
    assert_eq!((&line["op"], &line["source"], &line["key"]), (&"upload".into(), &missing.clone().into(), &"k".into()));
    assert_eq!(line["error"]["kind"], "source");
    let line = failure(&cp(&missing, "oss://demo/k", &["-r"]).await, 1, 0);
    assert_eq!((&line["op"], &line["error"]["kind"]), (&"error".into(), &"source".into()));
    let line = failure(&cp(&file, "oss://demo/k", &["--ca-file", &missing]).await, 1, 0);
    assert_eq!((&line["op"], &line["error"]["kind"]), (&"error".into(), &"config".into()));
    let line = failure(&cp(&file, "oss://demo/k", &["--colour"]).await, 64, 0);
    assert_eq!((&line["op"], &line["error"]["kind"]), (&"error".into(), &"usage".into()));
    let arguments = ["cp", &file, "oss://demo/k", "--json", "--endpoint", emulator.endpoint()];
    let line = failure(&end(ossup(None, &arguments).spawn().unwrap()).await, 1, 0);
    assert_eq!((&line["op"], &line["error"]["kind"]), (&"error".into(), &"credentials".into()));
    let line = failure(&run(&login, &["mb", "oss://demo/k", "--json"]).await, 64, 0);
    assert_eq!((&line["op"], &line["error"]["kind"]), (&"error".into(), &"usage".into()));
    assert!(emulator.history().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_value_of_an_option_is_a_wrong_command_line() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let scratch = Scratch::new();
    let file = scratch.file("file", b"content");
    let folder = scratch.folder.path().to_str().unwrap();
    let long = format!("oss://demo/{}", "k".repeat(1024));
    for (arguments, name) in [
        (&["cp", &file, "oss://demo/k", "--part-size", "99KiB"][..], "part_size"),
        (&["cp", &file, "oss://demo/k", "--part-size", "6 apples"], "--part-size"),
        (&["cp", &file, "oss://demo/k", "--parallel-num", "0"], "--parallel-num"),
        (&["cp", &file, "oss://demo/k", "--parallel-num", "257"], "--parallel-num"),
        (&["cp", &file, "oss://demo/k", "--parallel-num", "many"], "--parallel-num"),
        (&["cp", &file, "oss://demo/k", "--part-attempts", "0"], "part_attempts"),
        (&["cp", &file, &long], "key"),
        (&["cp", folder, "oss://demo/k"], "-r"),
        (&["cp", "-r", folder, "oss://demo/k", "--jobs", "0"], "--jobs"),
        (&["cp", "-r", folder, "oss://demo/k", "--jobs", "257"], "--jobs"),
        (&["cp", "-r", folder, "oss://demo/k", "--include", "a["], "is not a pattern"),
        (&["cp", &file, "oss://demo/k", "--jobs", "2"], "--recursive"),
        (&["cp", "-r", folder, "oss://demo/k", "--metadata", "city=München"], "percent-encode it"),
        (&["cp", "-r", "oss://demo/a/", "oss://demo/b/", "--metadata", "city=München"], "percent-encode it"),
        (&["set-props", "oss://demo/k", "--metadata", "city=München"], "percent-encode it"),
        (&["cp", "-r", folder, "oss://demo/k", "--header", "Content-MD5: x"], "content_md5"),
    ] {
        let ended = run(&login, &[arguments, &["--endpoint", emulator.endpoint()]].concat()).await;
        assert_eq!(ended.code, Some(64), "{arguments:?}: {ended:?}");
        assert_eq!((ended.stdout.as_str(), ended.stderr.lines().count()), ("", 1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(name), "{arguments:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_a_file_has_no_colours() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("file", b"content");
    let arguments = ["cp", &file, "oss://demo/k", "--endpoint", emulator.endpoint()];
    let mut command = ossup(Some(&Login::of(&emulator)), &arguments);
    let ended = end(command.env("OSSUP_LOG", "debug").spawn().unwrap()).await.succeeded();
    assert!(ended.stderr.contains("DEBUG") && !ended.stderr.contains('\u{1b}'), "{ended:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn output_that_cannot_be_written_is_not_a_failed_upload() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("film", &bytes(1, 2 * PART));
    for json in [&[][..], &["--json"]] {
        let arguments = ["cp", &file, "oss://demo/k", "--endpoint", emulator.endpoint()];
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = ossup(Some(&Login::of(&emulator)), &[&arguments[..], json].concat());
        let ended = end(command.stdout(full).spawn().unwrap()).await.succeeded();
        assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
        assert!(ended.stderr.starts_with("ossup: everything is done, but standard output could"), "{ended:?}");
        assert!(emulator.content("demo", "k").unwrap().is_some());
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_cannot_be_written_is_a_failure() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("film", &bytes(1, 10));
    let cp = ["cp", &file, "oss://demo/k", "--endpoint", emulator.endpoint()];
    run(&Login::of(&emulator), &cp).await.succeeded();
    for command in [
        &["ls", "oss://demo"][..],
        &["stat", "oss://demo/k"],
        &["presign", "oss://demo/k"],
        &["hash", &file],
        &["rm", "-n", "oss://demo/k"],
    ] {
        for json in [&[][..], &["--json"]] {
            let arguments = [command, &["--endpoint", emulator.endpoint()], json].concat();
            let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
            let ended = end(ossup(Some(&Login::of(&emulator)), &arguments).stdout(full).spawn().unwrap()).await;
            assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{command:?}: {ended:?}");
            assert!(ended.stderr.starts_with("ossup: standard output could not be written"), "{command:?}: {ended:?}");
        }
    }
}

/// Rows: W14, W22.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_says_whether_the_object_is_stored_and_what_is_left() {
    let always = |operation: &str, code: &str| Fault::on(operation).respond(403, code).always();
    let lost = |operation: &str| Fault::on(operation).effect(FaultEffect::CloseAfterStoring);
    let cases = [
        // Refused, and nothing left.
        (vec![always("UploadPart", "AccessDenied")], "no", "the object is not stored", Value::Null),
        // Refused, and the abort too.
        (
            vec![always("UploadPart", "AccessDenied"), always("AbortMultipartUpload", "AccessDenied")],
            "no",
            "could not be aborted: ",
            Value::String("AccessDenied".to_owned()),
        ),
        // Completed with other bytes than were sent.
        (
            vec![Fault::on("CompleteMultipartUpload").effect(FaultEffect::WrongCrc)],
            "yes",
            "the object is in place",
            Value::Null,
        ),
        // The response is lost, and HeadObject is refused.
        (
            vec![
                lost("CompleteMultipartUpload").always(),
                always("HeadObject", "AccessDenied"),
                always("ListParts", "AccessDenied"),
            ],
            "unknown",
            "whether the object is stored is unknown",
            Value::Null,
        ),
    ];
    for (faults, stored, says, left) in cases {
        let builder = faults.into_iter().fold(emulator(), EmulatorBuilder::fault);
        let emulator = builder.fault(lost("InitiateMultipartUpload")).start().await.unwrap();
        let scratch = Scratch::new();
        let file = scratch.file("film", &bytes(1, 2 * PART));
        let arguments = ["cp", &file, "oss://demo/film", "--endpoint", emulator.endpoint(), "--part-size", "100KiB"];
        let more = ["--part-attempts", "2", "--json"];
        let ended = run(&Login::of(&emulator), &[&arguments[..], &more].concat()).await;
        assert_eq!((ended.code, &ended.json()["stored"]), (Some(1), &stored.into()), "{ended:?}");
        assert!(ended.stderr.lines().any(|line| line.contains(says)), "{says} in {ended:?}");
        let reason = ended.json()["leftovers"]["reason"].clone();
        match left {
            Value::Null => assert!(ended.json()["leftovers"]["reason"].is_null(), "{ended:?}"),
            left => assert!(reason.as_str().unwrap().contains(left.as_str().unwrap()), "{ended:?}"),
        }
        let warnings = ended.json()["warnings"].clone();
        assert_eq!(warnings.as_array().unwrap().len(), 1, "the lost response to Initiate: {ended:?}");
    }
}
