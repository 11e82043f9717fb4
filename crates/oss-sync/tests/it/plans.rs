//! What would be done: said, or written to be carried out later.

use std::fs;
use std::os::unix::fs::symlink;

use oss_emulator::Fault;
use oss_models::{DeleteObjectRequest, call};
use oss_sync::{Place, Sync, SyncError};
use tempfile::TempDir;

use crate::support::{down, files, folder, keys, objects, put, run, start, up};

/// Rule S10 of safety.
#[tokio::test]
async fn a_dry_run_says_what_would_be_done_and_writes_nothing() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "old-"), ("x/extra", "1")]).await;
    let source = folder(&[("a", "new"), ("b", "1")]);
    emulator.clear_history();
    let (lines, summary) = run(up(source.path()).dry_run(true), &service).await.unwrap();
    assert_eq!((lines.len(), summary.planned, summary.transferred, summary.deleted), (3, 3, 0, 0), "{lines:?}");
    assert!(
        emulator.history().iter().all(|request| ["ListObjectsV2", "HeadObject"].contains(&request.operation.as_str()))
    );
    assert_eq!(keys(&emulator), ["x/a", "x/extra"]);
}

#[tokio::test]
async fn a_plan_is_carried_out_but_for_what_changed_since() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "old-"), ("x/b", "old-"), ("x/extra-1", "1"), ("x/extra-2", "1"), ("x/extra-3", "1")])
        .await;
    put(&service, &[("x/extra-4", "1")]).await;
    let source = folder(&[("a", "new"), ("b", "new"), ("c", "new"), ("d", "new"), ("e", "new")]);
    let plan =
        source.path().parent().unwrap().join(format!("{}.plan", source.path().file_name().unwrap().to_str().unwrap()));
    let (_, summary) = run(up(source.path()).plan(&plan), &service).await.unwrap();
    assert_eq!((summary.planned, summary.transferred, summary.deleted), (9, 0, 0));
    // Behind its back: two sources, three destinations, and a path that is no longer extra.
    fs::write(source.path().join("d"), "newer").unwrap();
    fs::write(source.path().join("extra-3"), "back").unwrap();
    put(&service, &[("x/b", "another"), ("x/extra-2", "another")]).await;
    fs::remove_file(source.path().join("e")).unwrap();
    call(service.clone(), DeleteObjectRequest::new("demo", "x/extra-4")).await.unwrap();
    let apply = Sync::new(Place::folder(source.path()), objects("x/")).apply(&plan);
    let (lines, summary) = run(apply, &service).await.unwrap();
    let expected = [
        "a sent",
        "b changed: the destination changed since the plan was made",
        "c sent",
        "d changed: the source changed since the plan was made",
        "e changed: the source went away since the plan was made",
        "extra-1 deleted",
        "extra-2 changed: the destination changed since the plan was made",
        "extra-3 changed: the source appeared since the plan was made",
        "extra-4 changed: the destination went away since the plan was made",
    ];
    assert_eq!(lines, expected);
    assert_eq!((summary.changed, summary.is_complete()), (6, false));
    assert_eq!(keys(&emulator), ["x/a", "x/b", "x/c", "x/extra-2", "x/extra-3"]);
    let other = Sync::new(Place::folder(source.path()), objects("y/")).apply(&plan);
    assert!(matches!(run(other, &service).await.unwrap_err(), SyncError::Plan(error) if error.is_refusal()));
    fs::remove_file(plan).unwrap();
}

#[tokio::test]
async fn what_a_plan_says_is_not_done_where_it_cannot_be_looked_at() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "old-"), ("x/extra", "1"), ("y/a", "new")]).await;
    let (source, other) = (folder(&[("a", "new")]), TempDir::new().unwrap());
    let plan = other.path().join("plan");
    // Of what is extra both sides are looked at.
    for (from, key) in [(Place::folder(source.path()), "x/extra"), (objects("y/"), "y/extra")] {
        let sync = || Sync::new(from.clone(), objects("x/"));
        run(sync().delete(true).plan(&plan), &service).await.unwrap();
        for (refused, path) in [("x/a", "a"), (key, "extra")] {
            emulator.add_fault(Fault::on("HeadObject").key(refused).respond(403, "AccessDenied").always());
            let (lines, summary) = run(sync().apply(&plan), &service).await.unwrap();
            emulator.clear_faults();
            let failed: Vec<_> = lines.iter().filter(|line| line.contains(" failed ")).collect();
            let told = format!("HeadObject oss://demo/{refused}");
            assert!(failed.len() == 1 && failed[0].starts_with(path) && failed[0].contains(&told), "{lines:?}");
            assert_eq!((summary.failed, summary.deleted), (1, 0), "{lines:?}");
        }
        assert!(keys(&emulator).contains(&"x/extra".to_owned()));
        put(&service, &[("x/a", "old-")]).await;
    }
}

/// Rule S8 of safety. The file has neither another time nor another size: the folder on the way to it is another.
#[tokio::test]
async fn nothing_is_deleted_behind_a_link_that_came_since_the_plan() {
    let (_emulator, service) = start().await;
    put(&service, &[("x/a", "1")]).await;
    let (target, elsewhere) = (folder(&[("a", "1"), ("d/extra", "1")]), TempDir::new().unwrap());
    let plan = elsewhere.path().join("plan");
    run(down(target.path()).plan(&plan), &service).await.unwrap();
    fs::rename(target.path().join("d"), elsewhere.path().join("d")).unwrap();
    symlink(elsewhere.path().join("d"), target.path().join("d")).unwrap();
    let (lines, summary) = run(down(target.path()).apply(&plan), &service).await.unwrap();
    assert_eq!(lines, ["d/extra changed: it is behind a symbolic link now"]);
    assert_eq!((summary.deleted, summary.is_complete()), (0, false));
    assert!(elsewhere.path().join("d/extra").exists());
}

/// Rule S8 of safety.
#[tokio::test]
async fn nothing_is_written_through_a_link_that_came_since_the_plan() {
    let (_emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("x/d/new", "1")]).await;
    let (target, elsewhere) = (folder(&[("a", "1"), ("d/old", "1")]), TempDir::new().unwrap());
    let plan = elsewhere.path().join("plan");
    run(down(target.path()).delete(false).plan(&plan), &service).await.unwrap();
    fs::rename(target.path().join("d"), elsewhere.path().join("d")).unwrap();
    symlink(elsewhere.path().join("d"), target.path().join("d")).unwrap();
    let (lines, summary) = run(down(target.path()).delete(false).apply(&plan), &service).await.unwrap();
    assert_eq!((summary.transferred, summary.failed, summary.is_complete()), (0, 1, false), "{lines:?}");
    assert!(!elsewhere.path().join("d/new").exists());
}

#[tokio::test]
async fn a_plan_in_whose_way_something_extra_is_ends_equal() {
    let (_emulator, service) = start().await;
    put(&service, &[("x/file/below", "1"), ("x/folder", "2")]).await;
    let (target, other) = (folder(&[("file", "old"), ("folder/a", "old")]), TempDir::new().unwrap());
    let plan = other.path().join("plan");
    let (_, summary) = run(down(target.path()).plan(&plan), &service).await.unwrap();
    assert_eq!(summary.planned, 4);
    let (lines, summary) = run(down(target.path()).apply(&plan), &service).await.unwrap();
    assert_eq!(lines, ["file deleted", "file/below sent", "folder sent", "folder/a deleted"]);
    assert!(summary.is_complete());
    assert_eq!(files(target.path()).keys().collect::<Vec<_>>(), ["file/below", "folder"]);
}
