//! `ossup sync` from end to end.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use oss_emulator::{Emulator, EmulatorBuilder, Fault, FaultEffect};
use ossup::PutObjectRequest;
use tokio::process::Child;

use crate::support::{
    Ended, Login, Scratch, bytes, client, count, emulator, end, identities, keep_versions, keys, ossup, put, run, tree,
    writes,
};

async fn sync(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["sync", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

/// A folder and a bucket: `same` is equal, `changed` and `missing` are to be sent, and `extra` is at the destination alone.
async fn two_sides() -> (Emulator, Scratch) {
    let (emulator, scratch) = (emulator().start().await.unwrap(), Scratch::new());
    put(&client(&emulator), &["x/same", "x/changed", "x/extra", "x2/beside"]).await;
    for (name, content) in [("same", "x/same"), ("changed", "X/CHANGED"), ("missing", "1")] {
        scratch.file(name, content.as_bytes());
    }
    (emulator, scratch)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_becomes_equal_and_the_second_run_sends_nothing() {
    let (emulator, scratch) = two_sides().await;
    let folder = scratch.text(".");
    let ended = sync(&emulator, &[&folder, "oss://demo/x"]).await.succeeded();
    assert!(ended.stdout.contains("2 transferred (10 B), 1 unchanged, 0 deleted, 0 failed"), "{ended:?}");
    assert!(ended.stdout.contains("1 more is at the destination alone"), "{ended:?}");
    assert_eq!(keys(&emulator), ["x/changed", "x/extra", "x/missing", "x/same", "x2/beside"]);
    let ended = sync(&emulator, &[&folder, "oss://demo/x/", "--delete", "--json"]).await.succeeded();
    let line = ended.json();
    assert_eq!((&line["op"], &line["key"], &line["status"]), (&"delete".into(), &"x/extra".into(), &"done".into()));
    let summary = ended.summary();
    assert_eq!((&summary["skipped"], &summary["deleted"], &summary["command"]), (&3.into(), &1.into(), &"sync".into()));
    assert_eq!(keys(&emulator), ["x/changed", "x/missing", "x/same", "x2/beside"]);
    let before = writes(&emulator);
    sync(&emulator, &[&folder, "oss://demo/x", "--delete"]).await.succeeded();
    assert_eq!(writes(&emulator), before);

    // And back, to a folder that is made.
    let target = scratch.text("new");
    let ended = sync(&emulator, &["oss://demo/x", &target, "--json"]).await.succeeded();
    assert_eq!(ended.summary()["done"], 3);
    assert_eq!(tree(&scratch.path("new")).into_keys().collect::<Vec<_>>(), ["changed", "missing", "same"]);
    fs::write(scratch.path("new").join("extra"), "1").unwrap();
    let ended = sync(&emulator, &["oss://demo/x", &target, "--delete", "--json"]).await.succeeded();
    assert!(ended.json()["target"].as_str().unwrap().ends_with("new/extra"), "{ended:?}");
}

/// Rule S10 of safety.
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_prints_what_the_run_does_and_its_exit_code_can_tell() {
    let (emulator, scratch) = two_sides().await;
    let folder = scratch.text(".");
    let arguments = [&*folder, "oss://demo/x", "--delete", "--json"];
    let before = writes(&emulator);
    let dry = sync(&emulator, &[&arguments[..], &["-n"]].concat()).await.succeeded();
    assert_eq!((writes(&emulator), dry.summary()["planned"].as_u64()), (before, Some(3)));
    assert_eq!(sync(&emulator, &[&arguments[..], &["-n", "--exit-code"]].concat()).await.code, Some(4));
    let real = sync(&emulator, &arguments).await.succeeded();
    assert_eq!(identities(&dry), identities(&real));
    assert_eq!(sync(&emulator, &[&arguments[..], &["-n", "--exit-code"]].concat()).await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_exits_with_3_and_a_failure_with_1_or_2() {
    let (emulator, scratch) = two_sides().await;
    let (folder, empty) = (scratch.text("."), Scratch::new());
    let empty = empty.text(".");
    for (arguments, code, says) in [
        (&[&*folder, "oss://demo/x", "--delete", "--max-delete", "0"][..], 3, "nothing was deleted: 1 entry would be"),
        (&[&*empty, "oss://demo/x", "--delete"], 3, "the source is empty"),
        (&["/no/such/folder", "oss://demo/x", "--delete"], 3, "is not taken for an empty one"),
        (&["/no/such/folder", "oss://demo/x"], 1, "/no/such/folder"),
        (&[&*folder, "oss://demo", "--delete"], 3, "add -f"),
        (&["oss://demo/x", "oss://demo/x/y"], 3, "contain one another"),
        (&[&*folder, "oss://missing/x"], 1, "NoSuchBucket"),
        (&[&*folder, &*empty], 64, "rsync"),
        (&[&*folder, "oss://demo/x*"], 64, "is not a folder"),
        (&[&*folder, "oss://demo/x", "--backup-dir", "old"], 64, "nothing is to be deleted"),
        (&["oss://demo/x", &*empty, "--acl", "private"], 64, "are for uploads"),
    ] {
        let ended = sync(&emulator, arguments).await;
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments:?}: {ended:?}");
    }
    assert!(keys(&emulator).contains(&"x/extra".to_owned()));
    emulator.add_fault(Fault::on("PutObject").key("x/missing").respond(400, "InvalidArgument").always());
    scratch.file("missing", b"22");
    let ended = sync(&emulator, &[&folder, "oss://demo/x", "--delete", "--json"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("--delete-anyway"), "{ended:?}");
    let failed = ended.lines().into_iter().find(|line| line["status"] == "failed").unwrap();
    assert_eq!((&failed["op"], &failed["step"]), (&"sync".into(), &"transfer".into()));
    emulator.add_fault(Fault::on("ListObjectsV2").respond(403, "AccessDenied").always());
    assert_eq!(sync(&emulator, &[&folder, "oss://demo/x", "--delete"]).await.code, Some(1));
    assert_eq!(count(&emulator, "DeleteMultipleObjects"), 0);
}

/// Uploads and copies.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_transfer_that_failed_leaves_is_told() {
    let always = |operation: &str| Fault::on(operation).respond(403, "AccessDenied").always();
    let faults = [always("UploadPart"), always("UploadPartCopy"), always("AbortMultipartUpload")];
    let lost = Fault::on("InitiateMultipartUpload").effect(FaultEffect::CloseAfterStoring);
    let scratch = Scratch::new();
    scratch.file("film", &bytes(1, 300 << 10));
    let folder = scratch.text(".");
    for source in [&*folder, "oss://other/"] {
        let emulator = faults.iter().cloned().fold(emulator().bucket("other"), EmulatorBuilder::fault);
        let emulator = emulator.fault(lost.clone()).start().await.unwrap();
        let object = PutObjectRequest::new("other", "film").body(bytes(1, 300 << 10));
        client(&emulator).put_object(object).await.unwrap();
        let more = ["--part-size", "100KiB", "--bigfile-threshold", "100KiB", "--part-attempts", "2", "--json"];
        let ended = sync(&emulator, &[&[source, "oss://demo/x"], &more[..]].concat()).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let line = ended.lines().into_iter().find(|line| line["status"] == "failed").unwrap();
        assert_eq!((&line["op"], &line["step"], &line["stored"]), (&"sync".into(), &"transfer".into(), &"no".into()));
        let left = &line["leftovers"];
        assert!(left["reason"].as_str().unwrap().contains("AccessDenied"), "{line}");
        assert!(
            emulator.uploads("demo").unwrap().iter().any(|upload| left["upload_id"] == *upload.upload_id),
            "{line}"
        );
        assert_eq!(line["warnings"].as_array().unwrap().len(), 1, "the lost response to Initiate: {line}");
        assert!(ended.stderr.contains("could not be aborted: "), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_written_and_carried_out_but_for_what_changed() {
    let (emulator, scratch) = two_sides().await;
    let (folder, other) = (scratch.text("."), Scratch::new());
    let plan = other.text("p.ndjson");
    let before = writes(&emulator);
    sync(&emulator, &[&folder, "oss://demo/x", "--delete", "--plan", &plan]).await.succeeded();
    assert_eq!(writes(&emulator), before);
    put(&client(&emulator), &["x/missing"]).await;
    let ended = sync(&emulator, &[&folder, "oss://demo/x", "--apply", &plan, "--json"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let skipped = ended.lines().into_iter().find(|line| line["op"] == "skip").unwrap();
    assert!(skipped["reason"].as_str().unwrap().contains("appeared since the plan was made"), "{skipped}");
    assert_eq!(keys(&emulator), ["x/changed", "x/missing", "x/same", "x2/beside"]);
    let text = fs::read_to_string(&plan).unwrap();
    fs::write(&plan, text.lines().next().unwrap().to_owned() + "\n").unwrap();
    let ended = sync(&emulator, &[&folder, "oss://demo/x", "--apply", &plan]).await;
    assert!(ended.code == Some(3) && ended.stderr.contains("has no end"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_backups_and_versions_are_told() {
    let (emulator, scratch) = two_sides().await;
    keep_versions(&client(&emulator)).await;
    let folder = scratch.text(".");
    let only = ["--exclude", "missing", "--delete", "--backup-dir", "oss://demo/old/"];
    let ended = sync(&emulator, &[&[&*folder, "oss://demo/x"], &only[..]].concat()).await.succeeded();
    assert!(ended.stdout.contains("1 is hidden by a delete marker"), "{ended:?}");
    assert_eq!(keys(&emulator), ["old/extra", "x/changed", "x/same", "x2/beside"]);
    let ended = sync(&emulator, &[&folder, "oss://demo/x", "--verbose", "--compare", "crc64", "--json"]).await;
    let reasons: Vec<_> = ended.lines().into_iter().filter(|line| line["op"] == "skip").collect();
    assert!(reasons.len() == 2 && reasons.iter().all(|line| line["reason"] == "same_crc64"), "{ended:?}");
}

/// What a shard leaves out is another's, on both sides.
#[tokio::test(flavor = "multi_thread")]
async fn shards_together_do_what_one_run_would() {
    let (emulator, scratch) = two_sides().await;
    let folder = scratch.text(".");
    for index in 0..3 {
        let shard = format!("{index}/3");
        let arguments = [&*folder, "oss://demo/x", "--delete", "--allow-empty-source", "--shard", &shard];
        sync(&emulator, &arguments).await.succeeded();
    }
    assert_eq!(keys(&emulator), ["x/changed", "x/missing", "x/same", "x2/beside"]);
    let child = ossup(
        Some(&Login::of(&emulator)),
        &["sync", "--endpoint", emulator.endpoint(), &folder, "oss://demo/y", "--shard", "auto/2"],
    )
    .env("JOB_COMPLETION_INDEX", "1")
    .spawn()
    .unwrap();
    let first = end(child).await.succeeded();
    let second = sync(&emulator, &[&folder, "oss://demo/y", "--shard", "0/2"]).await.succeeded();
    assert_eq!(keys(&emulator).iter().filter(|key| key.starts_with("y/")).count(), 3, "{first:?} {second:?}");
    for shard in ["2/2", "auto", "x"] {
        let ended = sync(&emulator, &[&folder, "oss://demo/y", "--shard", shard]).await;
        assert_eq!(ended.code, Some(64), "{ended:?}");
    }
}

/// Killed at a random moment, again and again, until it ends: nothing is missing, and little is sent twice.
async fn kill_and_run_again(files: usize, kills: usize, seed: u64) {
    // Of each file there is a look or two in every run.
    let emulator = emulator().history_limit(files * (kills + 2) * 3).start().await.unwrap();
    let scratch = Scratch::new();
    let mut random = fastrand::Rng::with_seed(seed);
    for number in 0..files {
        let folder = scratch.path(&format!("d{}", number % 50));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{number:06}")), number.to_string()).unwrap();
    }
    put(&client(&emulator), &["x/extra"]).await;
    let (login, folder) = (Login::of(&emulator), scratch.text("."));
    let arguments = [
        "sync",
        "--endpoint",
        emulator.endpoint(),
        &folder,
        "oss://demo/x",
        "--delete",
        "--no-progress",
        "--jobs",
        "8",
    ];
    let least = files / 40;
    for _ in 0..kills {
        let sent = || count(&emulator, "PutObject");
        let (before, more) = (sent(), random.usize(least..(files - least) / kills));
        let mut child = ossup(Some(&login), &arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while sent() < (before + more).min(files - least) {
            assert!(child.try_wait().unwrap().is_none(), "seed {seed}: it ended before it was killed");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(keys(&emulator).contains(&"x/extra".to_owned()), "seed {seed}");
        child.kill().await.unwrap();
    }
    to_the_end(ossup(Some(&login), &arguments).spawn().unwrap()).await.succeeded();
    let stored = keys(&emulator);
    assert_eq!(stored.len(), files, "seed {seed}");
    assert!(!stored.contains(&"x/extra".to_owned()));
    // What was stored is compared and not sent; what was under way may have been stored before the kill.
    let sent = count(&emulator, "PutObject") - 1;
    assert!(sent <= files + kills * 8, "seed {seed}: {sent} of {files}");
    let check = ["check", "--endpoint", emulator.endpoint(), &folder, "oss://demo/x"];
    to_the_end(ossup(Some(&login), &check).spawn().unwrap()).await.succeeded();
}

/// However long it takes.
async fn to_the_end(child: Child) -> Ended {
    child.wait_with_output().await.unwrap().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sync_continues_where_it_was() {
    kill_and_run_again(400, 3, fastrand::u64(..)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: `cargo xtask audit big` runs it"]
async fn a_sync_of_20_000_files_is_killed_ten_times() {
    kill_and_run_again(20_000, 10, fastrand::u64(..)).await;
}
