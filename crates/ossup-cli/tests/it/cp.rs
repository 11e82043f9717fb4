//! `ossup cp` from end to end.

use std::process::Stdio;

use oss_emulator::{Emulator, Fault};
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

use crate::support::{Ended, Login, Scratch, bytes, count, emulator, end, ossup, run, run_with_input, send};

const PART: usize = 100 * 1024;
const FIELDS: [&str; 20] = [
    "attempts",
    "bucket",
    "crc64",
    "etag",
    "http_status",
    "key",
    "ms",
    "op",
    "part_size",
    "parts_reused",
    "parts_sent",
    "request_id",
    "sent_bytes",
    "size",
    "source",
    "status",
    "upload_id",
    "verified",
    "version_id",
    "warnings",
];

/// `ossup serve`, and what it printed.
struct Serve {
    child: Child,
    endpoint: String,
    login: Login,
}

impl Serve {
    async fn start(folder: &str) -> Self {
        let mut child =
            ossup(None, &["serve", "--port", "0", "--dir", folder]).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut endpoint, mut id, mut secret) = (None, None, None);
        while secret.is_none() {
            let line = lines.next_line().await.unwrap().expect("serve says where it is");
            let found = |name: &str| line.strip_prefix(name).map(str::to_owned);
            endpoint = endpoint.or_else(|| found("endpoint: "));
            id = id.or_else(|| found("OSS_ACCESS_KEY_ID="));
            secret = found("OSS_ACCESS_KEY_SECRET=");
        }
        Self { child, endpoint: endpoint.unwrap(), login: Login { id: id.unwrap(), secret: secret.unwrap() } }
    }

    /// Ctrl-C, then the end.
    async fn stop(self) {
        send(&self.child, Signal::INT);
        assert_eq!(end(self.child).await.code, Some(0));
    }
}

#[track_caller]
fn assert_verified(ended: &Ended, size: usize, parts: usize) {
    let line = ended.json();
    let mut fields: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    // On the first line of all, which this need not be.
    fields.retain(|field| *field != "v");
    fields.sort_unstable();
    assert_eq!(fields, FIELDS);
    assert_eq!((&line["op"], &line["status"], &line["http_status"]), (&"upload".into(), &"done".into(), &200.into()));
    assert_eq!((&line["size"], &line["verified"]), (&size.into(), &"crc64".into()));
    assert_eq!((&line["parts_sent"], &line["parts_reused"]), (&parts.into(), &0.into()));
    assert_eq!(line["upload_id"].is_string(), parts > 0, "{line}");
    assert!(line["version_id"].is_null());
    assert!(line["crc64"].as_str().is_some_and(|crc| crc.parse::<u64>().is_ok()), "{line}");
    assert!(line["etag"].is_string() && line["request_id"].is_string(), "{line}");
    assert_eq!(ended.stderr, "");
    let summary = ended.summary();
    assert_eq!((&summary["command"], &summary["done"], &summary["bytes"]), (&"cp".into(), &1.into(), &size.into()));
    assert_eq!((&summary["failed"], &summary["skipped"]), (&0.into(), &0.into()));
    // One PutObject, or Initiate, the parts and Complete.
    assert_eq!(summary["requests"]["put"], if parts == 0 { 1 } else { parts + 2 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_and_a_pipe_arrive_at_a_server_in_a_process_of_its_own() {
    let scratch = Scratch::new();
    let data = scratch.text("data");
    let content = bytes(1, 2 * PART + 7);
    let file = scratch.file("film", &content);
    let serve = Serve::start(&data).await;

    let options = ["--endpoint", &serve.endpoint, "--part-size", "100KiB", "--json"];
    let from_file = run(&serve.login, &[&["cp", &file, "oss://demo/file"][..], &options].concat()).await.succeeded();
    assert_verified(&from_file, content.len(), 3);
    let pipe = [&["cp", "-", "oss://demo/pipe"][..], &options].concat();
    let from_pipe = run_with_input(&serve.login, &pipe, &[&content]).await.succeeded();
    assert_verified(&from_pipe, content.len(), 3);
    assert_eq!(from_file.json()["crc64"], from_pipe.json()["crc64"]);
    serve.stop().await;

    let reopened = Emulator::builder().dir(&data).start().await.unwrap();
    for key in ["file", "pipe"] {
        assert!(reopened.content("demo", key).unwrap().is_some_and(|stored| stored == content), "{key}");
    }
    assert!(reopened.uploads("demo").unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn local_needs_neither_server_nor_bucket_and_says_where_the_bytes_are() {
    let scratch = Scratch::new();
    let (data, content) = (scratch.text("data"), bytes(2, 1000));
    let file = scratch.file("note.txt", &content);

    let text =
        end(ossup(None, &["cp", &file, "oss://fresh/notes/", "--local", &data]).spawn().unwrap()).await.succeeded();
    let stored_at = text.stdout.lines().find_map(|line| line.trim().strip_prefix("stored at")).unwrap().trim();
    assert_eq!(std::fs::read(stored_at).unwrap(), content);
    assert!(text.stdout.contains("oss://fresh/notes/note.txt"), "{text:?}");

    let login = Login { id: "me".to_owned(), secret: "mine".to_owned() };
    let pipe = ["cp", "-", "oss://fresh/pipe", "--local", &data, "--json", "--part-size", "100KiB"];
    let large = bytes(3, PART + 1);
    assert_verified(&run_with_input(&login, &pipe, &[&large]).await.succeeded(), large.len(), 2);

    let reopened = Emulator::builder().dir(&data).start().await.unwrap();
    assert_eq!(reopened.content("fresh", "notes/note.txt").unwrap().unwrap(), content);
    assert!(reopened.content("fresh", "pipe").unwrap().is_some_and(|stored| stored == large));
}

/// Rows: W3, W5, W6, W7.
#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_of_any_length_is_one_object() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    // The third and last one: full parts, and one byte less and more, in pieces that fit nothing.
    for (len, parts) in [(0, 0), (10, 0), (PART - 1, 0), (PART, 1), (PART + 1, 2), (5 * PART + 3, 6)] {
        let content = bytes(len as u64, len);
        let pieces: Vec<&[u8]> = content.chunks(4099).collect();
        let arguments =
            ["cp", "-", "oss://demo/pipe", "--endpoint", emulator.endpoint(), "--part-size", "100KiB", "--json"];
        let ended = run_with_input(&login, &arguments, &pieces).await.succeeded();
        assert_eq!(ended.json()["size"], len);
        assert_eq!(ended.json()["parts_sent"], parts, "{len}: {ended:?}");
        assert!(emulator.content("demo", "pipe").unwrap().is_some_and(|stored| stored == content), "{len}");
    }
    assert!(emulator.uploads("demo").unwrap().is_empty());
    // Below a part, nothing but one PutObject was asked for.
    assert_eq!((count(&emulator, "PutObject"), count(&emulator, "InitiateMultipartUpload")), (3, 3));
}

/// One clear line on standard error, and on standard output nothing.
#[track_caller]
fn assert_failed(ended: &Ended, code: i32, says: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert_eq!(ended.stdout, "", "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    assert!(ended.stderr.starts_with("ossup: "), "{ended:?}");
    for text in says {
        assert_eq!(ended.stderr.matches(text).count(), 1, "{text:?} once in {ended:?}");
    }
}

/// Rows: W9.
#[tokio::test(flavor = "multi_thread")]
async fn each_mistake_has_an_exit_code_and_one_message_and_leaves_nothing() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let scratch = Scratch::new();
    let file = scratch.file("file", &bytes(4, 3 * PART));
    let folder = scratch.folder.path().to_str().unwrap().to_owned();
    let missing = scratch.text("missing");
    let endpoint = emulator.endpoint().to_owned();
    let cp = |source: &str, to: &str, more: &[&str]| {
        let mut arguments: Vec<String> = ["cp", source, to, "--endpoint", &endpoint].map(str::to_owned).into();
        arguments.extend(more.iter().map(|&text| text.to_owned()));
        let login = login.clone();
        async move { run(&login, &arguments.iter().map(String::as_str).collect::<Vec<_>>()).await }
    };

    let parts = ["--part-size", "100KiB"];
    assert_failed(&cp(&missing, "oss://demo/k", &[]).await, 1, &[&missing, "cannot read"]);
    assert_failed(&cp(&folder, "oss://demo/k", &[]).await, 64, &["is a folder"]);
    assert_failed(&cp(&file, "oss://nowhere/k", &parts).await, 1, &["NoSuchBucket", "oss://nowhere/k", "404"]);
    assert_failed(&cp(&file, "oss://nowhere/k", &[]).await, 1, &["NoSuchBucket", "oss://nowhere/k"]);
    assert_failed(&cp(&file, "oss://demo/k", &["--part-size", "99KiB"]).await, 64, &["part_size"]);
    assert_failed(&cp(&file, "oss://demo/k", &["--part-size", "5368709121"]).await, 64, &["part_size"]);
    assert_failed(&cp(&file, "oss://demo/k", &["--part-size", "a lot"]).await, 64, &["\"a lot\" is not a size"]);
    assert_failed(&cp(&file, "demo/k", &[]).await, 64, &["write oss://BUCKET/KEY"]);
    assert_failed(&cp(&file, "oss://Demo!/k", &[]).await, 64, &[]);
    assert_failed(&cp(&file, "oss://demo/k", &["--parallel-num", "0"]).await, 64, &["--parallel-num"]);
    let wrong = Login { secret: "not it".to_owned(), ..login.clone() };
    let refused = run(&wrong, &["cp", &file, "oss://demo/k", "--endpoint", &endpoint]).await;
    assert_failed(&refused, 1, &["SignatureDoesNotMatch", "403", "oss://demo/k"]);
    let anonymous = end(ossup(None, &["cp", &file, "oss://demo/k", "--endpoint", &endpoint]).spawn().unwrap()).await;
    assert_failed(&anonymous, 1, &["OSS_ACCESS_KEY_ID"]);

    assert!(emulator.objects("demo").unwrap().is_empty());
    assert!(emulator.uploads("demo").unwrap().is_empty());
    let sent: u64 = emulator.history().iter().filter(|request| request.status == Some(200)).map(|r| r.body_len).sum();
    assert_eq!(sent, 0, "no mistake may cost bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_without_a_listener_is_an_error_that_names_it() {
    // The port was free a moment ago.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let scratch = Scratch::new();
    let file = scratch.file("file", b"content");
    let login = Login { id: "me".to_owned(), secret: "mine".to_owned() };
    let endpoint = format!("http://{address}");
    let ended = run(&login, &["cp", &file, "oss://demo/k", "--endpoint", &endpoint, "--part-attempts", "1"]).await;
    assert_failed(&ended, 1, &["oss://demo/k", &address]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_always_fails_ends_with_an_abort_and_a_json_line() {
    let denied = Fault::on("UploadPart").part(2).respond(403, "AccessDenied").always();
    let emulator = emulator().fault(denied).start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("file", &bytes(5, 4 * PART));
    let arguments = ["cp", &file, "oss://demo/k", "--endpoint", emulator.endpoint(), "--part-size", "100KiB", "--json"];
    let ended = run(&Login::of(&emulator), &arguments).await;
    assert_eq!(ended.code, Some(1));
    let line = ended.json();
    assert_eq!((&line["op"], &line["status"]), (&"upload".into(), &"failed".into()));
    let error = &line["error"];
    assert_eq!((&error["code"], &error["status"]), (&"AccessDenied".into(), &403.into()));
    assert_eq!((&error["kind"], &error["retryable"]), (&"service".into(), &false.into()));
    assert!(error["request_id"].is_string() && error["message"].as_str().unwrap().contains("part 2"), "{line}");
    assert_eq!(line["resumable"], false);
    assert_eq!(ended.stderr.matches("AccessDenied").count(), 1, "{ended:?}");
    assert!(ended.stderr.contains("part 2"), "{ended:?}");
    assert!(emulator.uploads("demo").unwrap().is_empty());
}

/// Rows: R91, R95.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_printed_at_any_level() {
    let refused = Fault::on("UploadPart").part(2).respond(500, "InternalError");
    let emulator = emulator().fault(refused).start().await.unwrap();
    let (id, secret, token) = ("STS.canary-id", "canary-secret-3f1b", "canary-token-9c2d");
    emulator.add_sts_credentials(id, secret, token, None);
    let scratch = Scratch::new();
    let file = scratch.file("file", &bytes(6, 3 * PART));
    let endpoint = emulator.endpoint().to_owned();
    let checkpoints = scratch.text("checkpoints");
    let traced = async |secret: &str, key: &str| {
        let to = format!("oss://demo/{key}");
        let arguments = [
            "cp",
            &file,
            &to,
            "--endpoint",
            &endpoint,
            "--part-size",
            "100KiB",
            "--json",
            "--checkpoint-dir",
            &checkpoints,
        ];
        let login = Login { id: id.to_owned(), secret: secret.to_owned() };
        let mut command = ossup(Some(&login), &arguments);
        end(command.env("OSS_SESSION_TOKEN", token).env("OSSUP_LOG", "trace").spawn().unwrap()).await
    };
    let done = traced(secret, "done").await.succeeded();
    let wrong = traced("canary-secret-wrong", "refused").await;
    assert_eq!(wrong.code, Some(1));

    let authorizations: Vec<String> = emulator
        .history()
        .iter()
        .filter_map(|request| Some(request.header("authorization")?.rsplit_once("Signature=")?.1.to_owned()))
        .collect();
    assert!(authorizations.len() > 4, "the requests were signed");
    for ended in [&done, &wrong] {
        assert!(ended.stderr.contains("UploadPart") || ended.stderr.contains("Initiate"), "the trace is on: {ended:?}");
        let printed = format!("{}{}", ended.stdout, ended.stderr);
        for canary in
            [secret, "canary-secret-wrong", token].into_iter().chain(authorizations.iter().map(String::as_str))
        {
            assert!(!printed.contains(canary), "{canary} in {printed}");
        }
    }
    let help = end(ossup(None, &["cp", "--help"]).spawn().unwrap()).await.succeeded().stdout.to_lowercase();
    assert!(!help.contains("--secret") && !help.contains("--access-key") && !help.contains("--token"), "{help}");
}

/// Rows: R5.
#[tokio::test(flavor = "multi_thread")]
async fn links_are_followed_or_refused_as_they_are_asked_to_be() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("folder")).unwrap();
    scratch.file("folder/file", b"content");
    std::os::unix::fs::symlink("file", scratch.path("folder/link")).unwrap();
    std::os::unix::fs::symlink("folder", scratch.path("to-folder")).unwrap();
    let (link, to_folder) = (scratch.text("folder/link"), scratch.text("to-folder"));
    let cp = async |source: &str, to: &str, more: &[&str]| {
        run(&login, &[&["cp", source, to, "--endpoint", emulator.endpoint()], more].concat()).await
    };
    let keys = || emulator.objects("demo").unwrap().into_iter().map(|object| object.key).collect::<Vec<_>>();

    assert_failed(&cp(&link, "oss://demo/k", &["-P"]).await, 1, &["a symbolic link"]);
    assert_failed(&cp(&to_folder, "oss://demo/k/", &["-r", "--no-dereference"]).await, 1, &["a symbolic link"]);
    assert_eq!(keys(), [""; 0]);
    cp(&link, "oss://demo/one", &[]).await.succeeded();
    cp(&to_folder, "oss://demo/skip", &["-r"]).await.succeeded();
    cp(&to_folder, "oss://demo/take", &["-r", "-L"]).await.succeeded();
    assert_eq!(keys(), ["one", "skip/file", "take/file", "take/link"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_output_does_not_end_an_upload() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("folder")).unwrap();
    for name in ["a", "b", "c"] {
        scratch.file(&format!("folder/{name}"), b"content");
        std::os::unix::fs::symlink(name, scratch.path(&format!("folder/link-{name}"))).unwrap();
    }
    let folder = scratch.text("folder");
    let arguments = ["cp", "-r", &folder, "oss://demo/", "--endpoint", emulator.endpoint(), "--json", "--jobs", "1"];
    let mut child = ossup(Some(&Login::of(&emulator)), &arguments).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(end(child).await.code, Some(0));
    assert_eq!(emulator.objects("demo").unwrap().len(), 3);
}
