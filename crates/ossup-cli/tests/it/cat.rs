//! `ossup cat` from end to end.

use std::io::Read as _;

use oss_emulator::{Emulator, Fault, FaultEffect};
use ossup::PutObjectRequest;

use crate::support::{Ended, Login, bytes, client, emulator, end, keep_versions, ossup, put, run};

const PART: usize = 6 << 20;

async fn cat(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["cat", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

/// A run whose output is not text.
async fn output(emulator: &Emulator, arguments: &[&str]) -> (Vec<u8>, String) {
    let arguments = [&["cat", "--endpoint", emulator.endpoint()], arguments].concat();
    let output = ossup(Some(&Login::of(emulator)), &arguments).output().await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    (output.stdout, String::from_utf8(output.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_written_in_order_and_verified() {
    let emulator = emulator().start().await.unwrap();
    let content = bytes(1, 3 * PART + 17);
    let client = client(&emulator);
    client.put_object(PutObjectRequest::new("demo", "film").body(content.clone())).await.unwrap();
    put(&client, &["a"]).await;
    let (written, notes) = output(&emulator, &["oss://demo/a", "oss://demo/film", "oss://demo/a"]).await;
    assert!(written == [b"a", &content[..], b"a"].concat() && notes.is_empty(), "{notes}");
    // What JSON says goes to standard error, since standard output has the content.
    let (written, notes) = output(&emulator, &["oss://demo/film", "--json"]).await;
    let ended = Ended { code: Some(0), stdout: notes, stderr: String::new() };
    assert!(written == content);
    let line = ended.json();
    assert_eq!((&line["op"], &line["verified"], &line["target"]), (&"download".into(), &"crc64".into(), &"-".into()));
    assert_eq!((&line["size"], &line["parts_fetched"]), (&content.len().into(), &4.into()), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_an_object_is_written() {
    let emulator = emulator().start().await.unwrap();
    client(&emulator).put_object(PutObjectRequest::new("demo", "a").body("0123456789")).await.unwrap();
    for (arguments, wanted) in [
        (&["--offset", "3"][..], "3456789"),
        (&["--offset", "0"], "0123456789"),
        (&["--count", "4"], "0123"),
        (&["--offset", "3", "--count", "4"], "3456"),
        (&["--offset", "8", "--count", "1KiB"], "89"),
        (&["--head", "2"], "01"),
        (&["--tail", "2"], "89"),
        (&["--tail", "20"], "0123456789"),
        (&["--head", "20"], "0123456789"),
    ] {
        let ended = cat(&emulator, &[&["oss://demo/a"], arguments].concat()).await.succeeded();
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), (wanted, ""), "{arguments:?}: {ended:?}");
    }
    let ended = cat(&emulator, &["oss://demo/a", "--offset", "11"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("InvalidRange") && ended.stderr.lines().count() == 1, "{ended:?}");
    client(&emulator).put_object(PutObjectRequest::new("demo", "empty")).await.unwrap();
    for arguments in [&["--head", "2"], &["--tail", "2"], &["--count", "2"]] {
        let ended = cat(&emulator, &[&["oss://demo/empty"], &arguments[..]].concat()).await.succeeded();
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""), "{arguments:?}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_written_when_asked_for() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    let first = client.put_object(PutObjectRequest::new("demo", "a").body("older")).await.unwrap();
    put(&client, &["a"]).await;
    let id = first.version_id.unwrap();
    assert_eq!(cat(&emulator, &["oss://demo/a", "--version-id", &id]).await.succeeded().stdout, "older");
    let ended = cat(&emulator, &["oss://demo/a", "oss://demo/a", "--version-id", &id]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(64), ""), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_does_not_stop_the_others() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["a"]).await;
    let ended = cat(&emulator, &["oss://demo/missing", "oss://demo/a"]).await;
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.lines().count()), (Some(2), "a", 1), "{ended:?}");
    assert!(ended.stderr.contains("oss://demo/missing"), "{ended:?}");
    assert_eq!(cat(&emulator, &["oss://demo/missing"]).await.code, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_is_not_that_of_the_object_is_a_failure() {
    let emulator =
        emulator().fault(Fault::on("GetObject").effect(FaultEffect::WrongCrc).always()).start().await.unwrap();
    put(&client(&emulator), &["a"]).await;
    let ended = cat(&emulator, &["oss://demo/a"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("CRC64"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_ends_it_quietly() {
    let emulator = emulator().start().await.unwrap();
    let content = bytes(1, 2 * PART);
    client(&emulator).put_object(PutObjectRequest::new("demo", "film").body(content.clone())).await.unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let arguments = ["cat", "oss://demo/film", "oss://demo/film", "--endpoint", emulator.endpoint()];
    let child = ossup(Some(&Login::of(&emulator)), &arguments).stdout(writer).spawn().unwrap();
    let mut head = [0; 10];
    tokio::task::spawn_blocking(move || {
        reader.read_exact(&mut head).unwrap();
        assert_eq!(head, content[..10]);
    })
    .await
    .unwrap();
    let ended = end(child).await.succeeded();
    assert_eq!(ended.stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_one_line_before_anything_is_sent() {
    let emulator = emulator().start().await.unwrap();
    for (arguments, says) in [
        (&["oss://demo"][..], "write oss://demo/KEY"),
        (&["a"], "write oss://BUCKET/KEY"),
        (&["oss://demo/a", "--head", "0"], "--head"),
        (&["oss://demo/a", "--head", "1", "--tail", "1"], "--tail"),
        (&["oss://demo/a", "--head", "1", "--offset", "1"], "--offset"),
        (&["oss://demo/a", "--count", "many"], "--count"),
        (&["oss://demo/a", "oss://demo/b", "oss://demo"], "names no object"),
    ] {
        let ended = cat(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stdout.is_empty() && ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn packed_content_is_unpacked_and_ranges_come_at_once() {
    let emulator = emulator().start().await.unwrap();
    let content = "line\n".repeat(500_000);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, content.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let client = client(&emulator);
    client.put_object(ossup::PutObjectRequest::new("demo", "a.gz").body(packed.clone())).await.unwrap();
    client
        .put_object(ossup::PutObjectRequest::new("demo", "cut.gz").body(packed[..packed.len() / 2].to_vec()))
        .await
        .unwrap();
    client.put_object(ossup::PutObjectRequest::new("demo", "large").body(vec![b'x'; 40 << 20])).await.unwrap();
    let cat = async |arguments: &[&str]| {
        run(&Login::of(&emulator), &[&["cat", "-e", emulator.endpoint()], arguments].concat()).await
    };
    assert!(cat(&["-z", "oss://demo/a.gz"]).await.succeeded().stdout == content);
    for key in ["oss://demo/cut.gz", "oss://demo/large"] {
        let ended = cat(&["-z", key]).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(1), 1), "{key}");
    }
    for (jobs, parallel) in [("1", false), ("4", true)] {
        emulator.clear_history();
        emulator.clear_faults();
        assert_eq!(cat(&["oss://demo/large", "--jobs", jobs]).await.succeeded().stdout.len(), 40 << 20);
        let requests = emulator.history().iter().filter(|request| request.operation == "GetObject").count();
        assert!(!parallel || requests > 1, "{jobs}: {requests}");
    }
    for arguments in [&["-z", "--head", "5", "oss://demo/a.gz"][..], &["--jobs", "0", "oss://demo/large"]] {
        let ended = cat(arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{ended:?}");
    }
}
