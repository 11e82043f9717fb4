//! Flags of single commands, each with what would be otherwise if it were ignored.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use oss_emulator::{Emulator, Fault, FaultEffect, SyntheticObjects};
use ossup::{InitiateMultipartUploadRequest, PartNumber, PutObjectRequest, UploadPartRequest};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpListener;

use crate::support::{
    Ended, Login, Scratch, bytes, client, count, emulator, end, keep_versions, keys, ossup, put, run, text, tree, until,
};

const PART: usize = 100 << 10;

async fn at(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[arguments, &["-e", emulator.endpoint()]].concat()).await
}

fn begin(emulator: &Emulator, arguments: &[&str]) -> tokio::process::Child {
    let mut command = ossup(Some(&Login::of(emulator)), &[arguments, &["-e", emulator.endpoint()]].concat());
    // No one reads what it prints.
    command.stdout(Stdio::null()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_in_no_order_takes_as_many_requests_at_once_as_asked() {
    for command in [&["ls", "-r", "--sort", "none", "oss://big"][..], &["du", "oss://big"]] {
        for flag in ["--jobs", "--job"] {
            let big = SyntheticObjects::new(100_000).folders(50);
            let emulator = emulator().synthetic_bucket("big", big).start().await.unwrap();
            emulator.add_fault(Fault::on("ListObjectsV2").effect(FaultEffect::Delay(200)).always());
            let running = begin(&emulator, &[command, &[flag, "1"]].concat());
            until("a few requests", || count(&emulator, "ListObjectsV2") >= 3).await;
            let open = emulator.history().iter().filter(|request| request.status.is_none()).count();
            assert!(open <= 1, "{command:?}: {open} at once");
            drop(running);
            let running = begin(&emulator, &[command, &[flag, "20"]].concat());
            let at_once = || emulator.history().iter().filter(|request| request.status.is_none()).count();
            until("more than the usual eight", || at_once() > 9).await;
            drop(running);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_is_a_failure_when_strict() {
    let emulator = emulator().start().await.unwrap();
    let large = PutObjectRequest::new("demo", "large").body(vec![b'x'; 1 << 20]);
    client(&emulator).put_object(large).await.unwrap();
    for (flags, code, lines) in [(&[][..], 0, 0), (&["--strict"], 1, 1)] {
        let arguments = [&["cat", "oss://demo/large", "-e", emulator.endpoint()], flags].concat();
        let (mut reader, writer) = std::io::pipe().unwrap();
        let child = ossup(Some(&Login::of(&emulator)), &arguments).stdout(writer).spawn().unwrap();
        let mut first = [0; 10];
        std::io::Read::read_exact(&mut reader, &mut first).unwrap();
        drop(reader);
        let ended = end(child).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), lines), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_contents_are_compared_at_once_as_asked() {
    const FILES: usize = 24;
    let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
    std::fs::create_dir(scratch.path("in")).unwrap();
    for index in 0..FILES {
        scratch.file(&format!("in/{index:02}"), b"1");
    }
    let folder = scratch.text("in");
    at(&emulator, &["cp", "-r", &folder, "oss://demo/"]).await.succeeded();
    emulator.add_fault(Fault::on("HeadObject").effect(FaultEffect::Stall).always());
    for command in [&["check"][..], &["sync", "--compare", "crc64"]] {
        emulator.clear_history();
        let running = begin(&emulator, &[command, &[&folder, "oss://demo/", "--checkers", "20"]].concat());
        until("20 at once", || count(&emulator, "HeadObject") == 20).await;
        drop(running);
    }
}

/// What is the same to each kind of comparison, and what is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_compares_as_asked() {
    for (compare, sent) in [("auto", 0), ("size", 0), ("time", 1), ("crc64", 0), ("etag", 0)] {
        let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
        std::fs::create_dir(scratch.path("in")).unwrap();
        put(&client(&emulator), &["x/a"]).await;
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        // The same content, written later; then another content of the same size.
        scratch.file("in/a", b"x/a");
        let folder = scratch.text("in");
        let sync = ["sync", &folder, "oss://demo/x/", "--compare", compare, "-n", "--json"];
        let ended = at(&emulator, &sync).await.succeeded();
        assert_eq!(ended.summary()["planned"], sent, "{compare}: {ended:?}");
        scratch.file("in/a", b"x/b");
        let ended = at(&emulator, &sync).await.succeeded();
        assert_eq!(ended.summary()["planned"], u64::from(compare != "size"), "{compare}: {ended:?}");
    }
    let ended = end(ossup(None, &["sync", "a", "oss://demo/", "--compare", "colour"]).spawn().unwrap()).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_lists_as_fast_and_as_often_at_once_as_asked() {
    let big = || SyntheticObjects::new(30_000).folders(30);
    let emulator = emulator().synthetic_bucket("big", big()).start().await.unwrap();
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("in")).unwrap();
    let folder = scratch.text("in");
    emulator.add_fault(Fault::on("ListObjectsV2").effect(FaultEffect::Delay(150)).always());
    let at_once = || emulator.history().iter().filter(|request| request.status.is_none()).count();
    let running = begin(&emulator, &["sync", "-n", &folder, "oss://big/", "--list-jobs", "6"]);
    until("several at once", || at_once() >= 4).await;
    drop(running);
    emulator.clear_faults();
    emulator.clear_history();
    let ended = at(&emulator, &["sync", "-n", &folder, "oss://big/", "--list-qps", "20", "--json"]).await.succeeded();
    // 30 pages at 20 a second.
    assert!(ended.summary()["ms"].as_u64().unwrap() >= 1_000, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_deletes_no_more_than_asked() {
    let sides = async || {
        let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
        std::fs::create_dir(scratch.path("in")).unwrap();
        scratch.file("in/a", b"x/a");
        put(&client(&emulator), &["x/a", "x/b.log", "x/c"]).await;
        (emulator, scratch)
    };
    let with = async |flags: &[&str]| {
        let (emulator, scratch) = sides().await;
        let folder = scratch.text("in");
        let ended = at(&emulator, &[&["sync", &folder, "oss://demo/x/"], flags].concat()).await;
        (ended, emulator, scratch)
    };
    let left = |emulator: &Emulator| keys(emulator).join(" ");
    for (flags, code, rest) in [
        (&[][..], 0, "x/a x/b.log x/c"),
        (&["--delete"], 0, "x/a"),
        (&["--delete", "--max-delete", "1"], 3, "x/a x/b.log x/c"),
        (&["--delete", "--max-delete", "66%"], 3, "x/a x/b.log x/c"),
        (&["--delete", "--max-delete", "67%"], 0, "x/a"),
        (&["--delete", "--exclude", "*.log"], 0, "x/a x/b.log"),
        (&["--delete", "--exclude", "*.log", "--delete-excluded"], 0, "x/a"),
        (&["--recursive", "--delete"], 0, "x/a"),
        (&["-r", "--delete"], 0, "x/a"),
    ] {
        let (ended, emulator, _) = with(flags).await;
        assert_eq!((ended.code, left(&emulator).as_str()), (Some(code), rest), "{flags:?}: {ended:?}");
        assert!(!ended.stderr.contains("1 entries"), "{ended:?}");
    }
    // Each is looked at once more.
    let (ended, emulator, _) = with(&["--delete", "--delete-checked"]).await;
    assert!(ended.code == Some(0) && count(&emulator, "HeadObject") >= 2, "{ended:?}");
    let (ended, emulator, _) = with(&["--delete"]).await;
    assert!(ended.code == Some(0) && count(&emulator, "HeadObject") < 2, "{ended:?}");
    // An empty source, a failure, and a whole bucket.
    for (flags, code, is_kept) in [
        (&["--delete"][..], 3, true),
        (&["--delete", "--allow-empty-source"], 0, false),
        (&["--delete", "--allow-empty-source", "--max-delete", "1"], 3, true),
    ] {
        let (emulator, scratch) = sides().await;
        std::fs::remove_file(scratch.path("in/a")).unwrap();
        let folder = scratch.text("in");
        let ended = at(&emulator, &[&["sync", &folder, "oss://demo/x/"], flags].concat()).await;
        assert_eq!((ended.code, !keys(&emulator).is_empty()), (Some(code), is_kept), "{flags:?}: {ended:?}");
    }
    for (flags, code, is_kept) in [(&["--delete"][..], 2, true), (&["--delete", "--delete-anyway"], 2, false)] {
        let (emulator, scratch) = sides().await;
        scratch.file("in/d", b"1");
        scratch.file("in/e", b"1");
        emulator.add_fault(Fault::on("PutObject").key("x/d").respond(400, "InvalidArgument").always());
        let folder = scratch.text("in");
        let ended = at(&emulator, &[&["sync", &folder, "oss://demo/x/"], flags].concat()).await;
        let has = keys(&emulator).contains(&"x/c".to_owned());
        assert_eq!((ended.code, has), (Some(code), is_kept), "{flags:?}: {ended:?}");
    }
    for (flags, code) in [(&["--delete"][..], 3), (&["--delete", "--force"], 0), (&["--delete", "-f"], 0)] {
        let (emulator, scratch) = sides().await;
        let folder = scratch.text("in");
        let ended = at(&emulator, &[&["sync", &folder, "oss://demo/"], flags].concat()).await;
        assert_eq!((ended.code, keys(&emulator).contains(&"x/c".to_owned())), (Some(code), code == 3), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_follows_links_and_keeps_its_files_where_asked() {
    let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
    std::fs::create_dir(scratch.path("in")).unwrap();
    let target = scratch.file("target", b"linked");
    std::os::unix::fs::symlink(&target, scratch.path("in/link")).unwrap();
    let folder = scratch.text("in");
    at(&emulator, &["sync", &folder, "oss://demo/x/"]).await.succeeded();
    assert!(keys(&emulator).is_empty());
    at(&emulator, &["sync", &folder, "oss://demo/x/", "--follow-links"]).await.succeeded();
    assert_eq!(keys(&emulator), ["x/link"]);
    // In /proc no user can make a file.
    for (temporary, code, says) in [(target.as_str(), 64, "--temp-dir"), ("/proc", 1, "temporary file")] {
        let ended = at(&emulator, &["sync", &folder, "oss://demo/x/", "--delete", "--temp-dir", temporary]).await;
        assert!(ended.code == Some(code) && ended.stderr.contains(says), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_is_not_of_one_region_is_refused() {
    let (emulator, scratch) = (emulator().bucket("other").start().await.unwrap(), Scratch::new());
    put(&client(&emulator), &["x/a"]).await;
    emulator.clear_history();
    let section = "[buckets other]\nendpoint=oss-cn-beijing.aliyuncs.com\nregion=cn-beijing\n";
    scratch.file(".ossutilconfig", format!("[default]\nendpoint={}\n{section}", emulator.endpoint()).as_bytes());
    let sync = ["sync", "oss://demo/x/", "oss://other/x/"];
    let mut command = ossup(Some(&Login::of(&emulator)), &sync);
    let ended = end(command.env("HOME", scratch.folder.path()).spawn().unwrap()).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{ended:?}");
    assert!(ended.stderr.contains("one region: cp -r -u") && emulator.history().is_empty(), "{ended:?}");
}

/// An upload of three parts of which the last failed, with a record.
async fn leave(emulator: &Emulator, scratch: &Scratch) -> (String, String) {
    let (film, records) = (scratch.file("film", &bytes(1, 8 * PART)), scratch.text("records"));
    emulator.add_fault(Fault::on("UploadPart").respond(503, "ServiceUnavailable").always());
    let cp = ["cp", &film, "oss://demo/film", "--part-size", "100KiB", "--part-attempts", "1", "--retry-times", "1"];
    let ended = at(emulator, &[&cp[..], &["--checkpoint-dir", &records]].concat()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    emulator.clear_faults();
    emulator.clear_history();
    (film, records)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_resumed_as_fast_and_in_as_many_parts_at_once_as_asked() {
    let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
    let (_, records) = leave(&emulator, &scratch).await;
    let resume = ["uploads", "resume", "--all", "--checkpoint-dir", &records];
    for flag in ["--parallel-num", "--parallel"] {
        emulator.clear_history();
        emulator.add_fault(Fault::on("UploadPart").effect(FaultEffect::Stall).always());
        let mut running = begin(&emulator, &[&resume[..], &[flag, "7"]].concat());
        until("7 at once", || count(&emulator, "UploadPart") == 7).await;
        // Its records are free once it is gone.
        running.kill().await.unwrap();
        emulator.clear_faults();
    }
    let ended = at(&emulator, &[&resume[..], &["--rate", "1M", "--json"]].concat()).await.succeeded();
    // Most of 800 KiB at 1 MiB a second.
    assert!(ended.summary()["ms"].as_u64().unwrap() >= 400, "{ended:?}");
    assert_eq!(count(&emulator, "InitiateMultipartUpload"), 0);
}

/// An upload of which the SDK for Python left a record and one part; the folders of its records and of ours.
async fn leave_of_python(emulator: &Emulator, scratch: &Scratch) -> (String, String) {
    let (sdk, records) = (scratch.path("sdk"), scratch.text("records"));
    std::fs::create_dir(&sdk).unwrap();
    let film = scratch.file("film", &bytes(1, 8 * PART));
    let client = client(emulator);
    let id = client.initiate_multipart_upload(InitiateMultipartUploadRequest::new("demo", "film")).await.unwrap();
    let id = id.upload_id;
    let part = UploadPartRequest::new("demo", "film", id.clone(), PartNumber::new(1).unwrap(), bytes(1, PART));
    client.upload_part(part).await.unwrap();
    crate::uploads_resume::python_record(&sdk, Path::new(&film), "film", id.as_str());
    emulator.clear_history();
    (text(&sdk), records)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_sdk_began_is_adopted_as_fast_as_asked() {
    let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
    let (sdk, records) = leave_of_python(&emulator, &scratch).await;
    let adopt = ["uploads", "adopt", "--all", "--from", "python", "--records", &sdk, "--checkpoint-dir", &records];
    emulator.add_fault(Fault::on("UploadPart").effect(FaultEffect::Stall).always());
    let mut running = begin(&emulator, &[&adopt[..], &["--parallel-num", "6"]].concat());
    until("6 at once", || count(&emulator, "UploadPart") == 6).await;
    // Its records are free once it is gone.
    running.kill().await.unwrap();
    emulator.clear_faults();
    let scratch = Scratch::new();
    let (sdk, records) = leave_of_python(&emulator, &scratch).await;
    let adopt = ["uploads", "adopt", "--all", "--from", "python", "--records", &sdk, "--checkpoint-dir", &records];
    let ended = at(&emulator, &[&adopt[..], &["--rate", "1M", "--json"]].concat()).await.succeeded();
    assert_eq!(ended.summary()["done"], 1, "{ended:?}");
    assert!(ended.summary()["ms"].as_u64().unwrap() >= 300, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_aborted_by_the_beginning_of_their_keys() {
    let emulator = emulator().start().await.unwrap();
    for key in ["a/1", "b/1"] {
        let request = InitiateMultipartUploadRequest::new("demo", key);
        client(&emulator).initiate_multipart_upload(request).await.unwrap();
    }
    at(&emulator, &["uploads", "abort", "oss://demo", "--older-than", "0", "--prefix", "a/"]).await.succeeded();
    let left: Vec<_> = emulator.uploads("demo").unwrap().into_iter().map(|upload| upload.key).collect();
    assert_eq!(left, ["b/1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_restored() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    let archived = || PutObjectRequest::new("demo", "a").storage_class("Archive").body("x");
    let first = client.put_object(archived()).await.unwrap().version_id.unwrap();
    client.put_object(archived()).await.unwrap();
    at(&emulator, &["restore", "oss://demo/a", "--version-id", &first]).await.succeeded();
    let history = emulator.history();
    let sent = history.iter().find(|request| request.operation == "RestoreObject").unwrap();
    assert!(sent.query.contains(&("versionId".to_owned(), first)), "{sent:?}");
}

/// A server with these flags; what it prints until it says its endpoint.
async fn serve(scratch: &Scratch, flags: &[&str]) -> (tokio::process::Child, Vec<String>) {
    let login = Login { id: "id".to_owned(), secret: "secret".to_owned() };
    let data = scratch.text("data");
    let arguments = [&["serve", "--port", "0", "--dir", &data][..], flags].concat();
    let mut child = ossup(Some(&login), &arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut printed = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        let is_last = line.starts_with("endpoint: ");
        printed.push(line);
        if is_last {
            break;
        }
    }
    // What it prints later has to go somewhere.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, printed)
}

fn endpoint(printed: &[String]) -> String {
    printed.iter().find_map(|line| line.strip_prefix("endpoint: ")).expect("an endpoint").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_emulator_is_served_as_asked() {
    let login = Login { id: "id".to_owned(), secret: "secret".to_owned() };
    let (scratch, login) = (Scratch::new(), &login);
    let at = async |endpoint: &str, arguments: &[&str]| run(login, &[arguments, &["-e", endpoint]].concat()).await;
    // TLS with an authority of its own, which clients are told to trust.
    let (ca, file) = (scratch.text("ca.pem"), scratch.file("file", b"content"));
    let faults = scratch.file(
        "faults",
        br#"[{"operation": "HeadObject", "effects": [{"response": {"status": 403, "code": "AccessDenied"}}]}]"#,
    );
    let flags = ["--tls", "--ca-out", &ca, "--region", "cn-beijing", "--bucket", "mine", "--bucket", "yours"];
    let flags = [&flags[..], &["--etag", "crc", "--durability", "process", "--faults", &faults]].concat();
    let (child, printed) = serve(&scratch, &flags).await;
    let secure = endpoint(&printed);
    assert!(secure.starts_with("https://"), "{printed:?}");
    let ended = at(&secure, &["ls", "--region", "cn-beijing", "--retry-times", "1"]).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("certificate"), "{ended:?}");
    let trusted = ["--region", "cn-beijing", "--ca-file", &ca];
    let ended = at(&secure, &[&["ls", "-s"], &trusted[..]].concat()).await.succeeded();
    assert_eq!(ended.stdout, "oss://mine\noss://yours\n");
    let ended = at(&secure, &[&["ls"], &trusted[2..], &["--region", "cn-hangzhou"]].concat()).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("region"), "{ended:?}");
    let ended = at(&secure, &[&["cp", &file, "oss://mine/a", "--json"], &trusted[..]].concat()).await.succeeded();
    // Not the MD5 of the content.
    let md5 = format!("{:X}", md5::compute("content"));
    assert!(!ended.json()["etag"].as_str().unwrap().contains(&md5), "{ended:?}");
    let ended = at(&secure, &[&["stat", "oss://mine/a"], &trusted[..]].concat()).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("AccessDenied"), "{ended:?}");
    drop(child);

    // Only with the long flag, and with credentials of one's own, others may reach it.
    let other = scratch.text("other");
    let listens = ["serve", "--port", "0", "--dir", &other, "--listen", "0.0.0.0"];
    let refused = run(login, &listens).await;
    assert!(refused.code != Some(0) && refused.stderr.contains("--expose-to-the-network"), "{refused:?}");
    let (child, printed) =
        serve(&scratch, &["--listen", "0.0.0.0", "--expose-to-the-network-and-accept-the-risk"]).await;
    let port = endpoint(&printed).rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    // Of this machine, 127.0.0.9 is none that only 127.0.0.1 would be.
    tokio::net::TcpStream::connect(format!("127.0.0.9:{port}")).await.unwrap();
    drop(child);
    let wrong = scratch.file("wrong.pem", b"no certificate");
    let ended = run(login, &["serve", "--port", "0", "--dir", &other, "--callback-ca", &wrong]).await;
    assert!(ended.code != Some(0) && ended.stderr.contains("callback authority"), "{ended:?}");
    let ended = run(login, &["serve", "--port", "0", "--dir", &other, "--durability", "none"]).await;
    assert_eq!(ended.code, Some(64), "{ended:?}");
    let ended = run(login, &["serve", "--port", "70000", "--dir", &other]).await;
    assert_eq!(ended.code, Some(64), "{ended:?}");
}

/// A server that takes no connection: those that wait fill its queue.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_takes_no_longer_than_asked() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("https://{}", server.local_addr().unwrap());
    let login = Login { id: "me".to_owned(), secret: "mine".to_owned() };
    let ls = ["ls", "-e", &endpoint, "--region", "cn-hangzhou", "--retry-times", "1", "--connect-timeout", "50ms"];
    // It accepts, and says nothing: the handshake is a part of connecting.
    let silent = tokio::spawn(async move {
        let (mut stream, _) = server.accept().await.unwrap();
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all).await;
    });
    let ended = run(&login, &ls).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("connect_timeout"), "{ended:?}");
    silent.await.unwrap();
}

/// `--quiet` leaves errors and what was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_run_prints_what_was_asked_for_and_errors() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["a"]).await;
    for flag in ["-q", "--quiet"] {
        let ended = at(&emulator, &["ls", "oss://demo", "-s", flag]).await.succeeded();
        assert_eq!(ended.stdout, "oss://demo/a\n");
        let ended = at(&emulator, &["rm", "oss://demo/a", flag]).await.succeeded();
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
        let planned = at(&emulator, &["rm", "oss://demo/b", "-n", flag]).await.succeeded();
        assert_eq!(planned.stdout, "would delete oss://demo/b\n");
        let ended = at(&emulator, &["stat", "oss://demo/a", flag]).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{ended:?}");
        put(&client(&emulator), &["a"]).await;
    }
}

/// What a user of ossutil, rclone or s5cmd types out of habit ends in one line that says what to type.
#[tokio::test(flavor = "multi_thread")]
async fn words_of_other_tools_are_told_what_to_type() {
    let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
    let folder = scratch.text(".");
    for (arguments, says) in [
        (&["copy", &folder, "oss://demo/"][..], "cp copies"),
        (&["purge", "oss://demo/x"], "rm deletes"),
        (&["lsf", "oss://demo"], "ls lists"),
        (&["head", "oss://demo/a"], "stat says"),
        (&["size", "oss://demo"], "du adds up"),
        (&["set-acl", "oss://demo/a", "private"], "set-props"),
        (&["sync", &folder, "oss://demo/", "--size-only"], "--compare size"),
        (&["sync", &folder, "oss://demo/", "-u"], "--compare"),
        (&["cp", &folder, "oss://demo/", "-r", "--transfers", "8"], "--jobs"),
        (&["cp", &folder, "oss://demo/", "-r", "--bwlimit", "8M"], "--rate"),
        (&["ls", "oss://demo", "--humanize"], "--human-readable"),
        (&["ls", "oss://demo", "--endpoint-url", "x"], "--endpoint HOST"),
        (&["cp", "a", "oss://demo/", "--disable-crc64"], "there is no --disable-crc64: --verify none"),
        (&["cp", "s3://demo/a", "a"], "write oss://BUCKET/KEY"),
        (&["cp", "oss://demo/dir/*", "a"], "add -r"),
        (&["cp", "oss://demo/dir/", "a"], "add -r"),
        (&["cp", "demo/a", "a"], "write oss://BUCKET/KEY"),
        (&["cp", &folder, "oss://demo/", "-r", "--only-current-dir"], "-d takes only"),
        (&["cp", &folder, "oss://demo/", "-r", "--enable-symlink-dir"], "-L follows links"),
        (&["cp", &folder, "oss://demo/", "-r", "--follow-links"], "-L follows links"),
        (&["sync", &folder, "oss://demo/", "-L"], "--follow-links follows links"),
        (&["sync", &folder, "oss://demo/", "--max-depth", "1"], "--exclude '*/**'"),
        (&["sync", &folder, "oss://demo/", "--delete-after"], "last of all"),
        (&["sync", &folder, "oss://demo/", "-a"], "--preserve mtime,mode"),
        (&["check", &folder, "oss://demo/", "--one-way"], "--missing-only"),
        (&["du", "-sh", "oss://demo"], "the total is the last row"),
        (&["du", "--max-depth", "1", "oss://demo"], "--depth N"),
        (&["ls", "-R", "oss://demo"], "-r is for everything"),
        (&["mkdir", "-p", "oss://demo/a/b"], "leave it out"),
        (&["cp", &folder, "oss://demo/", "-r", "--retries", "8"], "--retry-times"),
        (&["cp", &folder, "oss://demo/", "-r", "--s3-chunk-size", "8M"], "--part-size"),
        (&["cp", &folder, "oss://demo/", "-r", "--no-verify-ssl"], "--ca-file"),
        (&["cp", &folder, "oss://demo/", "-r", "--exit-on-error"], "--max-errors 1"),
        (&["-m", "cp", "-r", &folder, "oss://demo/"], "--jobs N"),
        (&["rsync", &folder, "oss://demo/"], "sync makes"),
        (&["s3", "ls"], "leave it out"),
        (&["completion", "bash"], "completions SHELL"),
        (&["config", "list"], "there is no config list: config list-profiles"),
        (&["config", "-i", "a", "-k", "b"], "config set KEY VALUE"),
        (&["uploads", "rm", "oss://demo"], "uploads abort"),
        (&["presign", "oss://demo/a", "--expires", "60"], "--expires-duration"),
        (&["cat", "oss://demo/a", "--range", "0-4"], "--offset SIZE"),
        (&["cp", ".", "oss://demo/x/"], "add -r"),
        (&["find", "oss://demo", "-name", "a"], "ls -r lists"),
        (&["tail", "oss://demo/a"], "--tail SIZE"),
        (&["cp", &folder, "oss://demo/", "-r", "--dryrun"], "--dry-run"),
        (&["rm", "oss://demo/a", "-a"], "rm -m aborts"),
        (&["rm", "oss://demo", "-b"], "rb deletes one"),
        (&["rm", "-m", "oss://demo"], "add -r to abort every unfinished upload"),
        (&["presign", "oss://demo/a", "--expire", "1h"], "--expires-duration"),
        (&["ls", "-l", "oss://demo"], "ls prints times"),
        (&["lifecycle", "--method", "get", "oss://demo"], "in the OSS console"),
        (&["bucket-policy", "oss://demo"], "in the OSS console"),
        (&["create-symlink", "oss://demo/l", "oss://demo/a"], "PutSymlink"),
        (&["tree", "oss://demo"], "ls -r lists"),
        (&["run", "commands.txt"], "xargs"),
    ] {
        let ended = at(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty() && tree(scratch.folder.path()).is_empty());
}
