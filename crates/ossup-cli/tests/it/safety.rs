//! What keeps a command from deleting or replacing what was not meant.

use oss_emulator::{Emulator, Fault, FaultEffect};
use ossup::{InitiateMultipartUploadRequest, PutObjectRequest};

use crate::support::{
    Ended, Login, Scratch, bytes, client, emulator, identities, keep_versions, keys, put, run, writes,
};

async fn ossup(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[arguments, &["--endpoint", emulator.endpoint()]].concat()).await
}

#[track_caller]
fn assert_refused(ended: &Ended, says: &str) {
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(3), 1), "{ended:?}");
    assert!(ended.stderr.contains(says), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_deleted_is_counted_before_anything_is() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["dir/a", "dir/b", "dir/c", "other"]).await;
    emulator.clear_history();
    assert_refused(&ossup(&emulator, &["rm", "-rf", "oss://demo/dir/", "--max-delete", "2"]).await, "--max-delete 2");
    // Over all that are named, not for each.
    let several = ["rm", "-rf", "oss://demo/dir/a", "oss://demo/dir/", "oss://demo/other", "--max-delete", "3"];
    put(&client(&emulator), &["other/x"]).await;
    emulator.clear_history();
    assert_refused(&ossup(&emulator, &several).await, "--max-delete 3");
    assert_eq!((writes(&emulator), keys(&emulator).len()), (0, 5));
    ossup(&emulator, &["rm", "-rf", "oss://demo/dir/", "--max-delete", "3"]).await.succeeded();
    assert_eq!(keys(&emulator), ["other", "other/x"]);
}

/// OSS ignores the header there, and the object would be replaced.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_replaced_where_the_condition_is_ignored() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("in")).unwrap();
    let (file, folder) = (scratch.file("in/a", b"new"), scratch.text("in"));
    put(&client(&emulator), &["a"]).await;
    let commands: [&[&str]; 6] = [
        &["cp", &file, "oss://demo/a", "--if-none-match"],
        &["cp", "-r", &folder, "oss://demo", "--if-none-match"],
        &["cp", "oss://demo/a", "oss://demo/b", "--if-none-match"],
        &["mv", &file, "oss://demo/b", "--if-none-match"],
        &["sync", &folder, "oss://demo/c/", "--if-none-match"],
        &["cp", &file, "oss://demo/a", "--if-none-match", "-n"],
    ];
    // Without the right to ask, with a warning.
    emulator.add_fault(Fault::on("GetBucketVersioning").respond(403, "AccessDenied").always());
    let ended = ossup(&emulator, &["cp", "-r", &folder, "oss://demo/d/", "--if-none-match"]).await.succeeded();
    assert!(ended.stderr.contains("could not be found out"), "{ended:?}");
    emulator.clear_faults();
    keep_versions(&client(&emulator)).await;
    emulator.clear_history();
    for command in commands {
        assert_refused(&ossup(&emulator, command).await, "OSS ignores --if-none-match");
    }
    assert_eq!((writes(&emulator), keys(&emulator)), (0, vec!["a".to_owned(), "d/a".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_within_one_another_are_neither_copied_nor_moved() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["x/a", "x/y/b"]).await;
    emulator.clear_history();
    for command in ["cp", "mv"] {
        for ends in
            [["oss://demo/x", "oss://demo/x/y"], ["oss://demo/x/y", "oss://demo/x"], ["oss://demo", "oss://demo/x"]]
        {
            let ended = ossup(&emulator, &[&[command, "-r"], &ends[..]].concat()).await;
            assert_eq!((ended.code, ended.stderr.lines().count()), (Some(3), 1), "{command} {ends:?}: {ended:?}");
        }
    }
    assert!(emulator.history().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_bucket_is_deleted_only_with_a_flag_or_its_name() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["a"]).await;
    emulator.clear_history();
    for address in ["oss://demo", "oss://demo/", "oss://demo/*"] {
        assert_refused(&ossup(&emulator, &["rm", "-r", address]).await, "only with -f");
    }
    assert_refused(&ossup(&emulator, &["rb", "-r", "oss://demo"]).await, "--yes-delete-bucket demo");
    assert_refused(&ossup(&emulator, &["rb", "-r", "-f", "oss://demo"]).await, "--yes-delete-bucket demo");
    assert!(emulator.history().is_empty());
    ossup(&emulator, &["rm", "-rf", "oss://demo"]).await.succeeded();
    assert!(keys(&emulator).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_any_command_writes_nothing_and_tells_the_same() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    let scratch = Scratch::new();
    let client = client(&emulator);
    std::fs::create_dir(scratch.path("in")).unwrap();
    scratch.file("in/x", b"1");
    let (source, target) = (scratch.text("in"), scratch.text("out"));
    client.initiate_multipart_upload(InitiateMultipartUploadRequest::new("demo", "left")).await.unwrap();
    put(&client, &["a", "dir/b"]).await;
    for arguments in [
        &["cp", "-r", &source, "oss://demo/in/"][..],
        &["cp", "-r", "oss://demo/dir/", &target],
        &["cp", "oss://demo/a", "oss://demo/c"],
        &["set-props", "oss://demo/a", "--metadata", "x=y"],
        &["uploads", "abort", "oss://demo", "--older-than", "0"],
        &["mv", "oss://demo/dir/b", "oss://other/b"],
        &["rm", "-rf", "oss://demo"],
        &["rb", "-r", "-f", "oss://demo", "--yes-delete-bucket", "demo"],
    ] {
        emulator.clear_history();
        let planned = ossup(&emulator, &[arguments, &["-n", "--json"]].concat()).await.succeeded();
        assert_eq!(writes(&emulator), 0, "{arguments:?}: {planned:?}");
        assert!(planned.summary()["done"] == 0 && !scratch.path("out").exists(), "{arguments:?}: {planned:?}");
        let done = ossup(&emulator, &[arguments, &["--json"]].concat()).await.succeeded();
        assert_eq!(identities(&planned), identities(&done), "{arguments:?}");
        let _ = std::fs::remove_dir_all(&target);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_download_leaves_the_file_that_was_there() {
    let emulator = emulator().start().await.unwrap();
    let content = bytes(1, 300 << 10);
    let client = client(&emulator);
    client.put_object(PutObjectRequest::new("demo", "a").body(content.clone())).await.unwrap();
    let scratch = Scratch::new();
    let target = scratch.file("target", b"old");
    let cp = ["cp", "oss://demo/a", &target, "--part-attempts", "1", "--retry-times", "1", "--no-checkpoint"];
    for fault in [
        Fault::on("GetObject").effect(FaultEffect::CloseMidResponse(100_000)),
        Fault::on("GetObject").effect(FaultEffect::WrongCrc),
        Fault::on("GetObject").respond(403, "AccessDenied"),
    ] {
        emulator.clear_faults();
        emulator.add_fault(fault.always());
        let ended = ossup(&emulator, &cp).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert_eq!(std::fs::read(&target).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(scratch.folder.path()).unwrap().count(), 1, "nothing beside it: {ended:?}");
    }
    emulator.clear_faults();
    ossup(&emulator, &cp).await.succeeded();
    assert_eq!(std::fs::read(&target).unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_kept_and_told_of_unless_they_are_asked_for() {
    let emulator = emulator().start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    put(&client, &["a", "b"]).await;
    let ended = ossup(&emulator, &["rm", "oss://demo/a", "oss://demo/b"]).await.succeeded();
    assert!(ended.stderr.contains("2 of them got a delete marker"), "{ended:?}");
    let versions = ossup(&emulator, &["ls", "-r", "oss://demo", "--all-versions", "--json"]).await.succeeded();
    assert_eq!(versions.lines().iter().filter(|line| line["op"] == "entry").count(), 4);
    emulator.clear_history();
    // One object too: nothing of it could be brought back.
    for arguments in [&["rm", "oss://demo/a", "--all-versions"][..], &["rm", "-r", "oss://demo", "--all-versions"]] {
        assert_refused(&ossup(&emulator, arguments).await, "only with -f");
    }
    assert_eq!(writes(&emulator), 0);
    ossup(&emulator, &["rm", "-rf", "oss://demo", "--all-versions"]).await.succeeded();
    let versions = ossup(&emulator, &["ls", "-r", "oss://demo", "--all-versions", "--json"]).await.succeeded();
    assert_eq!(versions.lines().len(), 1);
}
