//! `ossup rm` and `ossup rb` from end to end.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use oss_emulator::{Emulator, Fault, FaultEffect};
use ossup::{DeleteObjectRequest, GetBucketInfoRequest, InitiateMultipartUploadRequest, PutBucketRequest};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::support::{
    Ended, Login, Scratch, client, count, emulator, end, entries, keep_versions, ossup, put, run, run_with_input,
};

const KEYS: [&str; 7] = ["a", "dir", "dir-1", "dir/", "dir/x", "dir/y/z", "z"];

async fn stored() -> Emulator {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &KEYS).await;
    emulator
}

async fn ossup_of(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[arguments, &["--endpoint", emulator.endpoint()]].concat()).await
}

fn left(emulator: &Emulator) -> Vec<String> {
    emulator.objects("demo").unwrap().into_iter().map(|object| object.key).collect()
}

/// A run whose standard input and error are a terminal, at which `answer` is typed.
async fn at_a_terminal(emulator: &Emulator, arguments: &[&str], answer: &str) -> (Option<i32>, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let end_of_program = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let copy = || Stdio::from(OwnedFd::from(end_of_program.try_clone().unwrap()));
    let arguments = [arguments, &["--endpoint", emulator.endpoint()]].concat();
    let child = ossup(Some(&Login::of(emulator)), &arguments).stdin(copy()).stderr(copy()).spawn().unwrap();
    drop(end_of_program);
    let mut terminal = File::from(terminal);
    let answer = format!("{answer}\n");
    let typing = tokio::task::spawn_blocking(move || {
        let mut seen = Vec::new();
        let mut byte = [0];
        // The terminal is closed with an error when the program ends.
        while terminal.read(&mut byte).is_ok_and(|count| count > 0) {
            seen.push(byte[0]);
            if seen.ends_with(b"to go ahead: ") {
                terminal.write_all(answer.as_bytes()).unwrap();
            }
        }
        String::from_utf8(seen).unwrap()
    });
    let ended = end(child).await;
    (ended.code, typing.await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_is_deleted_and_nothing_else() {
    for (arguments, wanted) in [
        (&["oss://demo/a"][..], &["dir", "dir-1", "dir/", "dir/x", "dir/y/z", "z"][..]),
        (&["oss://demo/dir"], &["a", "dir-1", "dir/", "dir/x", "dir/y/z", "z"]),
        (&["oss://demo/a", "oss://demo/dir", "oss://demo/missing"], &["dir-1", "dir/", "dir/x", "dir/y/z", "z"]),
        (&["oss://demo/dir", "-r", "-f"], &["a", "dir", "dir-1", "z"]),
        (&["oss://demo/dir/", "-r", "-f"], &["a", "dir", "dir-1", "z"]),
        (&["oss://demo/dir*", "-r", "-f"], &["a", "z"]),
        (&["oss://demo", "-r", "-f"], &[]),
        (&["oss://demo/dir*", "-r", "-n"], &KEYS),
        (&["oss://demo", "-r", "-f", "--older-than", "1h"], &KEYS),
        (&["oss://demo", "-r", "-f", "--older-than", "0"], &[]),
        (&["oss://demo/a", "--older-than", "1h"], &KEYS),
        (&["oss://demo/dir", "--older-than", "0"], &["a", "dir-1", "dir/", "dir/x", "dir/y/z", "z"]),
        (&["oss://demo/dir/", "-r", "-f", "--max-delete", "3"], &["a", "dir", "dir-1", "z"]),
    ] {
        let emulator = stored().await;
        let ended = ossup_of(&emulator, &[&["rm"], arguments, &["--json"]].concat()).await.succeeded();
        assert_eq!(left(&emulator), wanted, "{arguments:?}: {ended:?}");
        let status = if arguments.contains(&"-n") { "planned" } else { "done" };
        let lines = ended.lines();
        let deletions = lines.iter().filter(|line| line["op"] == "delete");
        assert!(deletions.clone().all(|line| line["status"] == status && line["bucket"] == "demo"), "{ended:?}");
        let counted = if status == "done" { "deleted" } else { "planned" };
        assert_eq!(ended.summary()[counted], deletions.count(), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_say_what_is_deleted() {
    let emulator = stored().await;
    let ended = ossup_of(&emulator, &["rm", "oss://demo/dir/", "-r", "-n"]).await.succeeded();
    assert_eq!(
        ended.stdout,
        "would delete oss://demo/dir/\nwould delete oss://demo/dir/x\nwould delete oss://demo/dir/y/z\n3 to delete, 0 failed\n"
    );
    assert_eq!(count(&emulator, "DeleteMultipleObjects") + count(&emulator, "DeleteObject"), 0);
    let ended = ossup_of(&emulator, &["rm", "oss://demo/a", "oss://demo/z"]).await.succeeded();
    assert_eq!(ended.stdout, "deleted oss://demo/a\ndeleted oss://demo/z\n2 deleted, 0 failed\n");
    assert_eq!(ossup_of(&emulator, &["rm", "oss://demo/dir", "-q"]).await.succeeded().stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_go_in_batches_that_are_cut_by_count_and_by_bytes() {
    let emulator = Emulator::builder().bucket("demo").history_limit(100_000).start().await.unwrap();
    let client = client(&emulator);
    let mut keys: Vec<String> = (0..1_200).map(|number| format!("k{number:05}")).collect();
    keys.extend(["a&b<c>\"'", "b\u{1}\u{9f}", "c d\te\nf", "\u{1f600}", "..", "%2F", "d//e/"].map(str::to_owned));
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    put(&client, &keys).await;
    ossup_of(&emulator, &["rm", "-r", "-f", "oss://demo"]).await.succeeded();
    assert!(left(&emulator).is_empty(), "{:?}", left(&emulator));
    assert_eq!(count(&emulator, "DeleteMultipleObjects"), 2);

    // So long when they are escaped that 1,000 of them would be more than a request may hold.
    emulator.clear_history();
    let keys: Vec<String> = (0..600).map(|number| format!("{number:03}{}", "\"".repeat(1_000))).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    put(&client, &keys).await;
    ossup_of(&emulator, &["rm", "-r", "-f", "oss://demo"]).await.succeeded();
    assert!(left(&emulator).is_empty());
    let sizes: Vec<u64> = emulator
        .history()
        .into_iter()
        .filter(|request| request.operation == "DeleteMultipleObjects")
        .map(|request| request.body_len)
        .collect();
    assert_eq!(sizes.len(), 2, "{sizes:?}");
    assert!(sizes.iter().all(|size| *size <= 2 << 20), "{sizes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_from_standard_input() {
    let emulator = emulator().start().await.unwrap();
    let login = Login::of(&emulator);
    let client = client(&emulator);
    let keys = ["a", "line\nfeed", "b c", "rest"];
    put(&client, &keys).await;
    let arguments = ["rm", "-", "--endpoint", emulator.endpoint()];
    run_with_input(&login, &arguments, &[b"oss://demo/a\r\n\noss://demo/b c"]).await.succeeded();
    assert_eq!(left(&emulator), ["line\nfeed", "rest"]);
    let ended = run_with_input(&login, &[&arguments[..], &["--null"]].concat(), &[b"oss://demo/line\nfeed\0"]).await;
    ended.succeeded();
    assert_eq!(left(&emulator), ["rest"]);
    // What ls prints is what rm reads.
    let listed = ossup_of(&emulator, &["ls", "oss://demo", "-r", "--null"]).await.succeeded().stdout;
    let ended =
        run_with_input(&login, &[&arguments[..], &["--null", "--json"]].concat(), &[listed.as_bytes(), b"demo/x\0"])
            .await;
    assert_eq!((ended.code, &ended.summary()["deleted"], &ended.summary()["failed"]), (Some(2), &1.into(), &1.into()));
    assert!(left(&emulator).is_empty() && ended.stderr.contains("write oss://BUCKET/KEY"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_kept_unless_all_are_to_go() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    put(&client, &["a", "a", "a-1", "b"]).await;
    let versions = async || {
        let ended = ossup_of(&emulator, &["ls", "oss://demo", "-r", "--all-versions", "--json"]).await.succeeded();
        (entries(&ended), ended)
    };
    let ended = ossup_of(&emulator, &["rm", "oss://demo/a", "oss://demo/b"]).await.succeeded();
    assert!(ended.stderr.contains("2 of them got a delete marker"), "{ended:?}");
    let (kinds, listed) = versions().await;
    assert_eq!(kinds, ["delete_marker a", "version a", "version a", "version a-1", "delete_marker b", "version b"]);
    // A version by its id, here the marker of b, so that it is there again.
    let id = listed.lines()[4]["version_id"].as_str().unwrap().to_owned();
    ossup_of(&emulator, &["rm", "oss://demo/b", "--version-id", &id]).await.succeeded();
    assert_eq!(left(&emulator), ["a-1", "b"]);
    // Without -f, what cannot be undone is refused.
    let ended = ossup_of(&emulator, &["rm", "oss://demo/a", "--all-versions"]).await;
    assert_eq!((ended.code, ended.stderr.contains("only with -f")), (Some(3), true), "{ended:?}");
    ossup_of(&emulator, &["rm", "oss://demo/a", "--all-versions", "-f"]).await.succeeded();
    assert_eq!(versions().await.0, ["version a-1", "version b"]);
    ossup_of(&emulator, &["rm", "oss://demo", "-r", "--all-versions", "-f"]).await.succeeded();
    assert!(versions().await.0.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_uploads_are_aborted() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    for key in ["a", "dir/b", "dir/c"] {
        client.initiate_multipart_upload(InitiateMultipartUploadRequest::new("demo", key)).await.unwrap();
    }
    put(&client, &["a", "dir/b"]).await;
    let ended = ossup_of(&emulator, &["rm", "-m", "-r", "-f", "oss://demo/dir/", "--json"]).await.succeeded();
    assert_eq!(ended.summary()["deleted"], 2, "{ended:?}");
    assert_eq!(emulator.uploads("demo").unwrap().len(), 1);
    assert_eq!(left(&emulator), ["a", "dir/b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_choose_among_versions_and_uploads_too() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    put(&client, &["dir/a.jpg", "dir/a.jpg", "dir/b.txt"]).await;
    for key in ["dir/a.jpg", "dir/b.txt"] {
        client.initiate_multipart_upload(InitiateMultipartUploadRequest::new("demo", key)).await.unwrap();
    }
    let all = ["rm", "-r", "-f", "oss://demo/dir/", "--json"];
    let ended = ossup_of(&emulator, &[&all[..], &["-m", "--include", "*.jpg"]].concat()).await.succeeded();
    assert_eq!((&ended.summary()["deleted"], emulator.uploads("demo").unwrap().len()), (&1.into(), 1), "{ended:?}");
    // An upload has no size, so it is not known to be small.
    let ended = ossup_of(&emulator, &[&all[..], &["-m", "--max-size", "1G"]].concat()).await.succeeded();
    assert_eq!((&ended.summary()["deleted"], emulator.uploads("demo").unwrap().len()), (&0.into(), 1), "{ended:?}");
    let versions = [&all[..], &["--all-versions", "--exclude", "*.txt"]].concat();
    let ended = ossup_of(&emulator, &versions).await.succeeded();
    assert_eq!((&ended.summary()["deleted"], left(&emulator)), (&2.into(), vec!["dir/b.txt".to_owned()]), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_a_line_for_each_deletion() {
    let emulator = stored().await;
    let scratch = Scratch::new();
    let report = scratch.text("report");
    ossup_of(&emulator, &["rm", "-r", "-f", "oss://demo/dir/", "-q", "--report", &report]).await.succeeded();
    let stdout = std::fs::read_to_string(&report).unwrap();
    let read = Ended { code: Some(0), stdout, stderr: String::new() };
    assert_eq!(read.lines().iter().filter(|line| line["op"] == "delete" && line["status"] == "done").count(), 3);
    let unwritable = scratch.text("no/report");
    let ended = ossup_of(&emulator, &["rm", "oss://demo/a", "--report", &unwritable]).await;
    assert_eq!((ended.code, ended.stderr.lines().count(), left(&emulator).len()), (Some(1), 1, 4), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_a_folder_is_deleted_only_with_force() {
    let emulator = stored().await;
    for arguments in [
        &["rm", "-r", "oss://demo/dir/"][..],
        &["rm", "-r", "oss://demo"],
        &["rb", "-r", "oss://demo"],
        &["rb", "-r", "-f", "oss://demo"],
        &["rb", "-r", "--yes-delete-bucket", "demo", "oss://demo"],
        &["rb", "-r", "-f", "--yes-delete-bucket", "other", "oss://demo"],
        &["rm", "-r", "-f", "oss://demo", "--max-delete", "6"],
        &["rm", "oss://demo/a", "oss://demo/z", "--max-delete", "1"],
    ] {
        let ended = ossup_of(&emulator, &[arguments, &["--json"]].concat()).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(3), 1), "{arguments:?}: {ended:?}");
        assert_eq!(ended.json()["error"]["kind"], "refused", "{ended:?}");
        assert!(ended.stderr.contains("nothing was deleted"), "{ended:?}");
        assert_eq!(left(&emulator), KEYS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_the_answer_decides() {
    let emulator = stored().await;
    let (code, seen) = at_a_terminal(&emulator, &["rm", "-r", "oss://demo/dir/"], "no").await;
    assert_eq!((code, left(&emulator).len()), (Some(3), KEYS.len()), "{seen}");
    assert!(seen.contains("3 objects in oss://demo/dir/ will be deleted"), "{seen}");
    let (code, seen) = at_a_terminal(&emulator, &["rm", "-r", "oss://demo/dir/"], "yes").await;
    assert_eq!((code, left(&emulator)), (Some(0), ["a", "dir", "dir-1", "z"].map(str::to_owned).to_vec()), "{seen}");
    // A whole bucket takes its name.
    let (code, seen) = at_a_terminal(&emulator, &["rm", "-r", "oss://demo"], "yes").await;
    assert_eq!((code, left(&emulator).len()), (Some(3), 4), "{seen}");
    let (code, seen) = at_a_terminal(&emulator, &["rb", "-r", "oss://demo"], "yes").await;
    assert_eq!((code, left(&emulator).len()), (Some(3), 4), "{seen}");
    let (code, seen) = at_a_terminal(&emulator, &["rm", "-r", "oss://demo"], "demo").await;
    assert_eq!((code, left(&emulator).len()), (Some(0), 0), "{seen}");
    let (code, seen) = at_a_terminal(&emulator, &["rb", "-r", "oss://demo"], "demo").await;
    assert_eq!(code, Some(0), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_deleted_when_it_is_empty_or_with_all_that_is_in_it() {
    let emulator = stored().await;
    let client = client(&emulator);
    let ended = ossup_of(&emulator, &["rb", "oss://demo"]).await;
    assert_eq!((ended.code, ended.stderr.contains("rb -r")), (Some(1), true), "{ended:?}");
    client.put_bucket(PutBucketRequest::new("empty")).await.unwrap();
    assert_eq!(
        ossup_of(&emulator, &["rb", "oss://empty", "-n"]).await.succeeded().stdout,
        "would delete oss://empty\n"
    );
    assert_eq!(ossup_of(&emulator, &["rb", "oss://empty"]).await.succeeded().stdout, "deleted oss://empty\n");
    assert_eq!(ossup_of(&emulator, &["rb", "oss://empty/a"]).await.code, Some(64));

    keep_versions(&client).await;
    put(&client, &["a"]).await;
    client.delete_object(DeleteObjectRequest::new("demo", "a")).await.unwrap();
    client.initiate_multipart_upload(InitiateMultipartUploadRequest::new("demo", "u")).await.unwrap();
    let all = ["rb", "oss://demo", "-r", "-f", "--yes-delete-bucket", "demo", "--json"];
    let planned = ossup_of(&emulator, &[&all[..], &["-n"]].concat()).await.succeeded();
    // Seven objects, another version of one, a delete marker, an upload, and the bucket.
    assert_eq!((&planned.summary()["planned"], left(&emulator).len()), (&11.into(), 6), "{planned:?}");
    let ended = ossup_of(&emulator, &all).await.succeeded();
    assert_eq!((&ended.summary()["done"], &ended.summary()["deleted"]), (&11.into(), &10.into()), "{ended:?}");
    assert!(client.get_bucket_info(GetBucketInfoRequest::new("demo")).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_whose_deletion_lost_its_response_is_deleted() {
    let lost = Fault::on("DeleteBucket").effect(FaultEffect::CloseAfterStoring);
    let emulator = emulator().bucket("other").fault(lost).start().await.unwrap();
    let rb = ["rb", "oss://other", "--endpoint", emulator.endpoint(), "--json"];
    let ended = run(&Login::of(&emulator), &rb).await.succeeded();
    assert_eq!((&ended.json()["status"], count(&emulator, "DeleteBucket")), (&"done".into(), 2), "{ended:?}");
    // Without a lost response it was not there.
    let ended = run(&Login::of(&emulator), &rb).await;
    assert_eq!((ended.code, &ended.json()["error"]["code"]), (Some(1), &"NoSuchBucket".into()), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_deleted_is_named_and_no_permission_ends_it() {
    let emulator = stored().await;
    emulator.add_fault(Fault::on("DeleteMultipleObjects").respond(403, "AccessDenied").always());
    let ended = ossup_of(&emulator, &["rm", "-r", "-f", "oss://demo", "--json"]).await;
    assert_eq!((ended.code, &ended.summary()["failed"]), (Some(1), &KEYS.len().into()), "{ended:?}");
    assert!(ended.lines()[0]["error"]["code"] == "AccessDenied" && ended.stderr.lines().count() == 1, "{ended:?}");
    assert_eq!(left(&emulator), KEYS);
    let ended = ossup_of(&emulator, &["rb", "-r", "-f", "--yes-delete-bucket", "demo", "oss://demo"]).await;
    assert!(ended.code == Some(1) && ended.stderr.contains("oss://demo was not deleted"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_one_line_and_deletes_nothing() {
    let emulator = stored().await;
    emulator.clear_history();
    for (arguments, says) in [
        (&["rm"][..], "<WHAT>"),
        (&["rm", "demo/a"], "write oss://BUCKET/KEY"),
        (&["rm", "oss://demo"], "add -r"),
        (&["rm", "oss://demo/dir/"], "add -r"),
        (&["rm", "oss://demo/a*"], "add -r"),
        (&["rm", "oss://demo/a", "oss://demo/dir/"], "add -r"),
        (&["rm", "oss://demo/a", "-"], "stands alone"),
        (&["rm", "-", "-r"], "-r"),
        (&["rm", "-", "--max-delete", "1"], "--max-delete"),
        (&["rm", "-", "--older-than", "1d"], "--older-than"),
        (&["rm", "oss://demo/a", "--null"], "--null"),
        (&["rm", "oss://demo/a", "oss://demo/z", "--version-id", "x"], "--version-id"),
        (&["rm", "oss://demo/a", "--version-id", "x", "-r"], "--recursive"),
        (&["rm", "oss://demo/a", "--version-id", "x", "--all-versions"], "--all-versions"),
        (&["rm", "-r", "-f", "oss://demo", "--older-than", "soon"], "--older-than"),
        (&["rb", "oss://demo", "--yes-delete-bucket", "demo"], "--recursive"),
    ] {
        let ended = ossup_of(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{arguments:?}: {ended:?}");
        assert!(ended.stdout.is_empty() && ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert!(emulator.history().is_empty());
    assert_eq!(left(&emulator), KEYS);
}
