//! `ossup ls` from end to end.

use std::process::Stdio;

use oss_emulator::{Emulator, Fault, FaultEffect, SyntheticObjects};
use ossup::{DeleteObjectRequest, InitiateMultipartUploadRequest, PutBucketRequest};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::support::{Ended, Login, client, count, emulator, end, entries, keep_versions, ossup, put, run};

const KEYS: [&str; 7] = ["a", "dir", "dir-1", "dir/", "dir/x", "dir/y/z", "z"];

async fn stored() -> Emulator {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &KEYS).await;
    emulator
}

async fn ls(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["ls", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

/// The entries with `--json`.
async fn listed(emulator: &Emulator, arguments: &[&str]) -> Vec<String> {
    let ended = ls(emulator, &[arguments, &["--json"]].concat()).await.succeeded();
    let entries = entries(&ended);
    assert_eq!(ended.summary()["done"], entries.len(), "{ended:?}");
    entries
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_an_object_and_a_prefix_are_told_apart() {
    let emulator = stored().await;
    for (arguments, wanted) in [
        (&["oss://demo"][..], &["object a", "object dir", "object dir-1", "prefix dir/", "object z"][..]),
        (&["oss://demo/dir"], &["object dir", "prefix dir/"]),
        (&["oss://demo/dir/"], &["object dir/", "object dir/x", "prefix dir/y/"]),
        (&["oss://demo/dir*"], &["object dir", "object dir-1", "prefix dir/"]),
        (&["oss://demo/dir*", "-r"], &["object dir", "object dir-1", "object dir/", "object dir/x", "object dir/y/z"]),
        (&["oss://demo/dir", "-r"], &["object dir/", "object dir/x", "object dir/y/z"]),
        (&["oss://demo/dir", "-d"], &["object dir", "prefix dir/"]),
        (&["oss://demo/nothing/"], &[]),
        (&["oss://demo/nothing"], &[]),
        (&["oss://demo", "-r", "--limited-num", "2"], &["object a", "object dir"]),
        (&["oss://demo", "-r", "--start-after", "dir/", "--end-with", "dir/y/z"], &["object dir/x", "object dir/y/z"]),
        (&["oss://demo", "--start-after", "a", "--end-with", "dir-1"], &["object dir", "object dir-1"]),
    ] {
        assert_eq!(listed(&emulator, arguments).await, wanted, "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_aligned_and_counted() {
    let emulator = stored().await;
    let ended = ls(&emulator, &["oss://demo", "--region", "cn-hangzhou"]).await.succeeded();
    let rows: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(rows.len(), 7, "{ended:?}");
    let column = rows[0].find("Object").unwrap();
    assert!(rows[1..6].iter().all(|row| row.find("oss://demo/") == Some(column)), "{ended:?}");
    assert!(rows[4].trim_start().starts_with("PRE "), "{ended:?}");
    assert_eq!(rows[6], "4 objects, 1 folder, 10 bytes");

    let ended = ls(&emulator, &["oss://demo/dir/", "-s"]).await.succeeded();
    assert_eq!(ended.stdout, "oss://demo/dir/\noss://demo/dir/x\noss://demo/dir/y/\n");
    let ended = ls(&emulator, &["oss://demo", "--human-readable", "-q"]).await.succeeded();
    assert!(ended.stdout.contains(" 3 B ") && !ended.stdout.contains("objects"), "{ended:?}");
    let ended = ls(&emulator, &["oss://demo/nothing/"]).await.succeeded();
    assert_eq!(ended.stdout, "0 objects\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_with_line_feeds_are_escaped_for_people_and_whole_for_programs() {
    let emulator = emulator().start().await.unwrap();
    let keys = ["a b&<\u{1}>", "line\nfeed", "\u{e9}\u{1f600}"];
    put(&client(&emulator), &keys).await;
    let ended = ls(&emulator, &["oss://demo", "-s"]).await.succeeded();
    assert_eq!(ended.stdout, "oss://demo/a b&<\\u{1}>\noss://demo/line\\nfeed\noss://demo/\u{e9}\u{1f600}\n");
    let ended = ls(&emulator, &["oss://demo", "--null"]).await.succeeded();
    assert_eq!(ended.stdout, keys.map(|key| format!("oss://demo/{key}\0")).concat());
    assert_eq!(listed(&emulator, &["oss://demo"]).await, keys.map(|key| format!("object {key}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_delete_markers_are_listed() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    put(&client, &["a", "a", "dir/b"]).await;
    client.delete_object(DeleteObjectRequest::new("demo", "a")).await.unwrap();
    let all = ["delete_marker a", "version a", "version a", "version dir/b"];
    assert_eq!(listed(&emulator, &["oss://demo", "--all-versions", "-r", "--page-size", "1"]).await, all);
    assert_eq!(listed(&emulator, &["oss://demo", "--all-versions"]).await, [&all[..3], &["prefix dir/"]].concat());
    assert_eq!(listed(&emulator, &["oss://demo/a", "--all-versions"]).await, all[..3]);
    let ended = ls(&emulator, &["oss://demo/a", "--all-versions"]).await.succeeded();
    assert!(ended.stdout.ends_with("3 versions, 2 bytes\n") && ended.stdout.contains(" latest "), "{ended:?}");
    assert_eq!(listed(&emulator, &["oss://demo"]).await, ["prefix dir/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_uploads_are_listed() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    for key in ["a", "dir/b"] {
        client.initiate_multipart_upload(InitiateMultipartUploadRequest::new("demo", key)).await.unwrap();
    }
    assert_eq!(listed(&emulator, &["oss://demo", "-m", "-r"]).await, ["upload a", "upload dir/b"]);
    assert_eq!(listed(&emulator, &["oss://demo", "-m"]).await, ["upload a", "prefix dir/"]);
    let ended = ls(&emulator, &["oss://demo", "-m"]).await.succeeded();
    let upload = &emulator.uploads("demo").unwrap()[0];
    assert!(ended.stdout.contains(&upload.upload_id) && ended.stdout.ends_with("1 upload, 1 folder\n"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_are_listed() {
    let emulator = emulator().start().await.unwrap();
    for bucket in ["abc", "other"] {
        client(&emulator).put_bucket(PutBucketRequest::new(bucket)).await.unwrap();
    }
    assert_eq!(ls(&emulator, &["-s"]).await.succeeded().stdout, "oss://abc\noss://demo\noss://other\n");
    let ended = ls(&emulator, &["oss://", "-s", "--start-after", "abc", "--end-with", "demo"]).await.succeeded();
    assert_eq!(ended.stdout, "oss://demo\n");
    let ended = ls(&emulator, &["--limited-num", "2", "--page-size", "1"]).await.succeeded();
    assert!(ended.stdout.contains("cn-hangzhou") && ended.stdout.ends_with("2 buckets\n"), "{ended:?}");
    assert_eq!(ls(&emulator, &["-r"]).await.code, Some(64));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_rows_are_there_with_the_first_page() {
    let slow = Fault::on("ListObjectsV2").nth(2).effect(FaultEffect::Stall);
    let emulator = emulator().fault(slow).start().await.unwrap();
    put(&client(&emulator), &KEYS).await;
    let arguments = ["ls", "-r", "oss://demo", "-s", "--page-size", "3", "--endpoint", emulator.endpoint()];
    let mut child = ossup(Some(&Login::of(&emulator)), &arguments).stderr(Stdio::null()).spawn().unwrap();
    let mut rows = BufReader::new(child.stdout.take().unwrap()).lines();
    for key in &KEYS[..3] {
        assert_eq!(rows.next_line().await.unwrap().unwrap(), format!("oss://demo/{key}"));
    }
    child.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_pages_are_asked_for_than_are_wanted() {
    let emulator = stored().await;
    let pages = async |arguments: &[&str]| {
        emulator.clear_history();
        listed(&emulator, &[&["oss://demo", "-r", "--page-size", "2"], arguments].concat()).await;
        count(&emulator, "ListObjectsV2")
    };
    assert_eq!(pages(&[]).await, 4);
    assert_eq!(pages(&["--limited-num", "2"]).await, 1);
    assert_eq!(pages(&["--end-with", "dir"]).await, 1);
    assert_eq!(pages(&["--start-after", "dir/x"]).await, 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_ends_the_list_quietly() {
    let emulator = stored().await;
    for more in ["-s", "--json", "--null", "-r"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = ossup(
            Some(&Login::of(&emulator)),
            &["ls", "oss://demo", "--page-size", "1", more, "--endpoint", emulator.endpoint()],
        );
        emulator.clear_history();
        let ended = end(command.stdout(writer).spawn().unwrap()).await.succeeded();
        assert_eq!(ended.stderr, "", "{ended:?}");
        assert_eq!(count(&emulator, "ListObjectsV2"), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_one_line_and_a_missing_bucket_a_failure() {
    let emulator = stored().await;
    for (arguments, code, says) in [
        (&["oss://missing"][..], 1, "NoSuchBucket"),
        (&["demo"], 64, "write oss://BUCKET/KEY"),
        (&["oss://demo", "--page-size", "1001"], 64, "--page-size"),
        (&["oss://demo", "--limited-num", "0"], 64, "--limited-num"),
        (&["oss://demo", "-r", "-d"], 64, "--dirs"),
        (&["oss://demo", "-m", "--all-versions"], 64, "--all-versions"),
        (&["oss://demo", "--null", "--json"], 64, "--null"),
        (&["oss://demo", "--start-after", "b", "--end-with", "a"], 64, "nothing is after"),
    ] {
        let ended = ls(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
}

/// As users of s5cmd write it.
#[tokio::test(flavor = "multi_thread")]
async fn a_star_within_an_address_gets_a_hint() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["a.gz", "*.gz"]).await;
    let ended = ls(&emulator, &["oss://demo/*.gz", "-s"]).await.succeeded();
    assert_eq!(ended.stdout, "oss://demo/*.gz\n");
    assert!(ended.stderr.contains("-r oss://demo/ --include '*.gz'") && ended.stderr.lines().count() == 1, "{ended:?}");
    assert_eq!(ls(&emulator, &["oss://demo/*.gz", "-q"]).await.succeeded().stderr, "");
    let chosen = ls(&emulator, &["-r", "oss://demo/", "--include", "*.gz", "-s"]).await.succeeded();
    assert_eq!((chosen.stdout.lines().count(), chosen.stderr.as_str()), (2, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_choose_and_the_order_may_be_given_up() {
    let emulator = emulator().synthetic_bucket("big", SyntheticObjects::new(5000).folders(20)).start().await.unwrap();
    let client = client(&emulator);
    put(&client, &["dir/a.txt", "dir/b.jpg", "dir/sub/c.txt", "e.txt"]).await;
    // Before the lists of which some requests are still under way when the program has printed enough and ends.
    emulator.clear_history();
    for (arguments, says) in [
        (&["-r", "oss://demo", "--jobs", "2"][..], "--sort none"),
        (&["oss://demo", "--sort", "none"], "-r"),
        (&["-r", "-m", "oss://demo", "--sort", "none"], "-r alone"),
        (&["-r", "oss://demo", "--sort", "size"], "--sort"),
        (&["-r", "oss://demo", "--sort", "none", "--jobs", "0"], "--jobs"),
        (&["-r", "oss://demo", "--include", "{"], "is not a pattern"),
        (&["--include", "a"], "filters"),
    ] {
        let ended = run(&Login::of(&emulator), &[&["ls", "-e", emulator.endpoint()], arguments].concat()).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty());

    let keys = async |arguments: &[&str]| {
        let arguments = [&["ls", "-e", emulator.endpoint(), "-s"], arguments].concat();
        run(&Login::of(&emulator), &arguments).await.succeeded().stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = ["oss://demo/dir/a.txt", "oss://demo/dir/sub/c.txt"];
    assert_eq!(keys(&["-r", "oss://demo/dir/", "--include", "*.txt"]).await, all);
    assert_eq!(keys(&["-r", "oss://demo/dir", "--exclude", "*.jpg"]).await, all);
    assert_eq!(keys(&["-r", "oss://demo", "--include", "/e*"]).await, ["oss://demo/e.txt"]);
    assert_eq!(keys(&["-r", "oss://demo", "--min-size", "10"]).await, ["oss://demo/dir/sub/c.txt"]);
    assert_eq!(keys(&["-r", "oss://demo", "--min-age", "1h"]).await.len(), 0);
    assert_eq!(keys(&["-r", "--all-versions", "oss://demo", "--exclude", "dir/**"]).await, ["oss://demo/e.txt"]);
    assert_eq!(keys(&["oss://demo/dir/", "--exclude", "*.jpg"]).await, ["oss://demo/dir/a.txt", "oss://demo/dir/sub/"]);

    let in_order = keys(&["-r", "oss://big"]).await;
    assert_eq!((in_order.len(), in_order.is_sorted()), (5000, true));
    for (more, jobs) in [(&[][..], 8), (&["--jobs", "3"], 3), (&["--jobs", "auto", "--page-size", "100"], 8)] {
        emulator.clear_history();
        let mut unordered = keys(&[&["-r", "oss://big", "--sort", "none"], more].concat()).await;
        let asked = count(&emulator, "ListObjectsV2");
        assert!(jobs == 3 || !unordered.is_sorted(), "{more:?} was one list");
        unordered.sort();
        assert!(unordered == in_order, "{more:?}");
        assert!(asked > 5, "{asked}");
    }
    emulator.clear_history();
    keys(&["-r", "oss://big", "--sort", "none", "--jobs", "1"]).await;
    assert_eq!(count(&emulator, "ListObjectsV2"), 5);
    assert_eq!(keys(&["-r", "oss://big", "--sort", "none", "--limited-num", "1500"]).await.len(), 1500);
}
