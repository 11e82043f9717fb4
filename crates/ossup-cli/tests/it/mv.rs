//! `ossup mv`, from end to end.

use oss_emulator::{Emulator, Fault, FaultEffect};
use ossup::PutObjectRequest;

use crate::support::{
    Ended, Login, Scratch, client, count, emulator, identities, keep_versions, keys, put, run, tree, writes,
};

async fn mv(emulator: &Emulator, arguments: &[&str]) -> Ended {
    run(&Login::of(emulator), &[&["mv", "--endpoint", emulator.endpoint()], arguments].concat()).await
}

fn folder() -> Scratch {
    let scratch = Scratch::new();
    for folder in ["in", "in/a", "in/empty"] {
        std::fs::create_dir(scratch.path(folder)).unwrap();
    }
    scratch.file("in/x", b"1");
    scratch.file("in/a/y", b"2");
    scratch
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_or_an_object_is_where_it_was_moved_to_and_nowhere_else() {
    let emulator = emulator().start().await.unwrap();
    let scratch = Scratch::new();
    let file = scratch.file("file", b"content");
    let ended = mv(&emulator, &[&file, "oss://demo/a", "--json"]).await.succeeded();
    assert_eq!((keys(&emulator), scratch.path("file").exists()), (vec!["a".to_owned()], false));
    assert_eq!((&ended.summary()["done"], &ended.summary()["deleted"]), (&1.into(), &1.into()), "{ended:?}");
    mv(&emulator, &["oss://demo/a", "oss://demo/b"]).await.succeeded();
    assert_eq!(keys(&emulator), ["b"]);
    mv(&emulator, &["oss://demo/b", &file]).await.succeeded();
    assert!(keys(&emulator).is_empty());
    assert_eq!(std::fs::read(&file).unwrap(), b"content");
    // A look just before each delete.
    assert_eq!(count(&emulator, "DeleteObject"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_moved_up_across_and_down() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    let scratch = folder();
    let source = scratch.text("in");
    mv(&emulator, &["-r", &source, "oss://demo/dir/"]).await.succeeded();
    assert_eq!((keys(&emulator), scratch.path("in").exists()), (vec!["dir/a/y".to_owned(), "dir/x".to_owned()], false));
    client(&emulator).put_object(PutObjectRequest::new("demo", "dir/marker/").body("")).await.unwrap();
    mv(&emulator, &["-r", "oss://demo/dir", "oss://other/to/"]).await.succeeded();
    assert!(keys(&emulator).is_empty(), "{:?}", keys(&emulator));
    let target = scratch.text("out");
    mv(&emulator, &["-r", "oss://other/to", &target]).await.succeeded();
    assert!(emulator.objects("other").unwrap().is_empty());
    assert_eq!(tree(target.as_ref()).into_keys().collect::<Vec<_>>(), ["a/", "a/y", "marker/", "x"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_folders_stay_when_asked_for_and_files_that_were_not_moved() {
    let emulator = emulator().start().await.unwrap();
    let scratch = folder();
    let source = scratch.text("in");
    mv(&emulator, &["-r", &source, "oss://demo/", "--keep-empty-dirs", "--exclude", "x"]).await.succeeded();
    assert_eq!(tree(source.as_ref()).into_keys().collect::<Vec<_>>(), ["a/", "empty/", "x"]);
    mv(&emulator, &["-r", &source, "oss://demo/", "--exclude", "x"]).await.succeeded();
    assert_eq!(tree(source.as_ref()).into_keys().collect::<Vec<_>>(), ["x"]);
    assert_eq!(keys(&emulator), ["a/y"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_copy_is_not_proven_is_kept() {
    // The response has no CRC64, so that nothing proves the copy.
    let unproven = |operation| Fault::on(operation).effect(FaultEffect::MissingCrc).always();
    let emulator = emulator().fault(unproven("PutObject")).start().await.unwrap();
    let scratch = folder();
    let (file, source) = (scratch.text("in/x"), scratch.text("in"));
    for arguments in [&[&file, "oss://demo/x"][..], &["-r", &source, "oss://demo/"]] {
        let ended = mv(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.contains("nothing proves")), (Some(2), true), "{arguments:?}: {ended:?}");
    }
    assert!(scratch.path("in/x").exists() && scratch.path("in/a/y").exists());
    // Nor is one removed whose copy failed, or may have.
    emulator.clear_faults();
    for (is_stored, says) in [(false, "not stored"), (true, "is unknown")] {
        // The second one is stored, and no one can find out.
        let put = Fault::on("PutObject");
        let put = match is_stored {
            true => put.response_after_storing(500, "InternalError"),
            false => put.respond(403, "AccessDenied"),
        };
        emulator.add_fault(put.always());
        emulator.add_fault(Fault::on("HeadObject").respond(403, "AccessDenied").always());
        let ended = mv(&emulator, &[&file, "oss://demo/y", "--part-attempts", "1"]).await;
        assert_eq!((ended.code, scratch.path("in/x").exists()), (Some(1), true), "{ended:?}");
        assert!(ended.stderr.contains(says), "{says}: {ended:?}");
        emulator.clear_faults();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_replaced_meanwhile_is_kept() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    let client = client(&emulator);
    let scratch = Scratch::new();
    let file = scratch.text("file");
    // The look just before the delete comes after that of the command for a single copy, and that of the copier.
    for (arguments, look) in [
        (&["oss://demo/dir/a", "oss://other/a"][..], 3),
        (&["-r", "oss://demo/dir/", "oss://other/"], 2),
        (&["oss://demo/dir/a", &file], 1),
        (&["-r", "oss://demo/dir", &file], 1),
    ] {
        let refused = Fault::on("DeleteObject").respond(403, "AccessDenied").always();
        let lost = Fault::on("HeadObject").nth(look).respond(403, "AccessDenied").always();
        let replaced = Fault::on("HeadObject").nth(look).replace_object("demo", "dir/a", "other");
        for (fault, left) in [(refused, &b"dir/a"[..]), (lost, b"dir/a"), (replaced, b"other")] {
            put(&client, &["dir/a"]).await;
            let _ = std::fs::remove_file(&file).or_else(|_| std::fs::remove_dir_all(&file));
            emulator.clear_history();
            emulator.add_fault(fault);
            let ended = mv(&emulator, arguments).await;
            assert_eq!((ended.code, ended.stderr.contains("is kept")), (Some(2), true), "{arguments:?}: {ended:?}");
            assert_eq!(emulator.content("demo", "dir/a").unwrap().as_deref(), Some(left), "{arguments:?}");
            emulator.clear_faults();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_moved_onto_or_into_itself_and_streams_are_refused() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["x/a", "x/y/b"]).await;
    emulator.clear_history();
    for (arguments, code) in [
        (&["oss://demo/x/a", "oss://demo/x/a"][..], 3),
        (&["oss://demo/x/a", "oss://demo/x/a", "--content-type", "text/x-a"], 3),
        (&["oss://demo/x/a", "oss://demo/x/"], 3),
        (&["-r", "oss://demo/x", "oss://demo/x/y"], 3),
        (&["-r", "oss://demo/x/y", "oss://demo/x"], 3),
        (&["-", "oss://demo/z"], 64),
        (&["oss://demo/x/a", "-"], 64),
        (&["oss://demo/x/a", "oss://demo/z", "--version-id", "v"], 64),
        (&["oss://demo/x/a", "oss://demo/z", "--keep-empty-dirs"], 64),
        (&["a", "b"], 64),
    ] {
        let ended = mv(&emulator, arguments).await;
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(code), 1), "{arguments:?}: {ended:?}");
    }
    assert_eq!((writes(&emulator), keys(&emulator).len()), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_move_moves_nothing() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    put(&client(&emulator), &["dir/a", "dir/b"]).await;
    let scratch = folder();
    let (source, file, target) = (scratch.text("in"), scratch.text("in/x"), scratch.text("target"));
    for arguments in [
        &["oss://demo/dir/a", "oss://other/a"][..],
        &["-r", "oss://demo/dir/", &target],
        &[&file, "oss://other/f"],
        &["-r", &source, "oss://other/in/"],
    ] {
        emulator.clear_history();
        let planned = mv(&emulator, &[&["-n", "--json"], arguments].concat()).await.succeeded();
        assert_eq!(writes(&emulator), 0, "{arguments:?}: {planned:?}");
        assert!(scratch.path("in/a/y").exists() && !scratch.path("target").exists());
        let done = mv(&emulator, &[&["--json"], arguments].concat()).await.succeeded();
        assert_eq!(identities(&planned), identities(&done), "{arguments:?}");
        let _ = std::fs::remove_dir_all(&target);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_of_a_source_stay_and_are_told_of() {
    let emulator = emulator().bucket("other").start().await.unwrap();
    let client = client(&emulator);
    keep_versions(&client).await;
    put(&client, &["dir/a"]).await;
    let ended = mv(&emulator, &["oss://demo/dir/a", "oss://other/a"]).await.succeeded();
    assert!(ended.stderr.contains("got a delete marker"), "{ended:?}");
    put(&client, &["dir/a"]).await;
    let ended = mv(&emulator, &["-r", "oss://demo/dir/", "oss://other/"]).await.succeeded();
    assert!(ended.stderr.contains("got a delete marker"), "{ended:?}");
    assert!(keys(&emulator).is_empty());
}
