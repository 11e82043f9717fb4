use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use oss_downloader::Downloader;
use oss_emulator::{Emulator, Fault, FaultEffect};
use oss_models::{Body, BucketName, PutBucketVersioningRequest, PutObjectRequest, VersioningStatus, call};
use oss_sync::{
    Comparison, DeleteLimits, DeleteRefusal, Managers, MaxDelete, Place, PlaceError, Side, Sync, SyncError, SyncEvent,
    SyncSummary,
};
use oss_transfer::{Filter, Shard};
use oss_transport::Transport;
use oss_uploader::{Copier, Uploader};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::{folder, objects, put, start, start_with};

fn managers(service: &Transport) -> Managers {
    let uploader = Uploader::new(service.clone());
    let downloader = Downloader::new(service.clone());
    Managers::new(service.clone(), uploader.clone(), downloader, Copier::from(uploader))
}

/// A sync up that deletes whatever it may.
fn up(folder: &Path) -> Sync {
    Sync::new(Place::folder(folder), objects("x/")).delete(true)
}

fn down(folder: &Path) -> Sync {
    Sync::new(objects("x/"), Place::folder(folder)).delete(true)
}

/// What happened, one line for each path, in order; and the sum.
async fn run(sync: Sync, service: &Transport) -> Result<(Vec<String>, SyncSummary), SyncError> {
    let mut run = sync.start(managers(service)).await?;
    let mut lines = Vec::new();
    while let Some(event) = run.next().await? {
        lines.extend(match event {
            SyncEvent::Uploaded { transfer, .. } | SyncEvent::Downloaded { transfer, .. } => {
                Some(format!("{} sent", transfer.source.path))
            }
            SyncEvent::Skipped { source, reason } => Some(format!("{} same {reason:?}", source.path)),
            SyncEvent::Kept { entry, why } => Some(format!("{} kept {why:?}", entry.path)),
            SyncEvent::Changed { path, reason } => Some(format!("{path} changed: {reason}")),
            SyncEvent::LeftOut { path, reason } => Some(format!("{path} left out: {reason}")),
            SyncEvent::Failed { path, step, error } => Some(format!("{path} failed {step:?}: {error}")),
            SyncEvent::Deleted { entry, .. } => Some(format!("{} deleted", entry.path)),
            SyncEvent::Planned(action) => Some(format!("{action:?}").split_whitespace().next().unwrap().to_owned()),
            SyncEvent::DeletesRefused(refusal) => Some(format!("~ {refusal}")),
            _ => None,
        });
    }
    lines.sort_unstable();
    Ok((lines, run.summary()))
}

async fn lines(sync: Sync, service: &Transport) -> Vec<String> {
    run(sync, service).await.unwrap().0
}

fn keys(emulator: &Emulator) -> Vec<String> {
    emulator.objects("demo").unwrap().into_iter().map(|object| object.key).collect()
}

fn count(emulator: &Emulator, operation: &str) -> usize {
    emulator.history().iter().filter(|request| request.operation == operation).count()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    drop(found.insert(
                        path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned(),
                        fs::read(&path).unwrap(),
                    ));
                }
            }
        }
    }
    found
}

/// Writes other bytes of the same length, and gives the file its old time back.
fn change_in_secret(path: &Path) {
    let time = fs::metadata(path).unwrap().modified().unwrap();
    let mut bytes = fs::read(path).unwrap();
    bytes[0] ^= 1;
    fs::write(path, bytes).unwrap();
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[tokio::test]
async fn a_folder_goes_up_and_what_is_extra_goes_away_last() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "old-"), ("x/extra", "1"), ("x/d/extra", "1"), ("x0", "beside"), ("w", "before")]).await;
    let folder = folder(&[("a", "new"), ("d/e", "1"), ("z", "")]);
    emulator.clear_history();
    let (lines, summary) = run(up(folder.path()), &service).await.unwrap();
    assert_eq!(lines, ["a sent", "d/e sent", "d/extra deleted", "extra deleted", "z sent"]);
    assert_eq!(keys(&emulator), ["w", "x/a", "x/d/e", "x/z", "x0"]);
    assert_eq!((summary.transferred, summary.deleted, summary.is_complete()), (3, 2, true));
    let history = emulator.history();
    let position = |operation: &str| history.iter().rposition(|request| request.operation == operation).unwrap();
    assert!(position("DeleteMultipleObjects") > position("PutObject"));
    assert_eq!(count(&emulator, "DeleteMultipleObjects"), 1);
}

#[tokio::test]
async fn a_second_sync_sends_nothing_and_neither_does_one_after_a_touch() {
    let (emulator, service) = start().await;
    let folder = folder(&[("a", "1"), ("d/b", "2"), ("d/c", "3")]);
    lines(up(folder.path()), &service).await;
    emulator.clear_history();
    for _ in 0..2 {
        let lines = lines(up(folder.path()), &service).await;
        assert_eq!(lines, ["a same Crc64", "d/b same Crc64", "d/c same Crc64"]);
        for name in ["a", "d/b", "d/c"] {
            let later = SystemTime::now() + Duration::from_secs(100);
            File::options().write(true).open(folder.path().join(name)).unwrap().set_modified(later).unwrap();
        }
    }
    assert_eq!(
        ["PutObject", "InitiateMultipartUpload", "DeleteMultipleObjects"].map(|name| count(&emulator, name)),
        [0; 3]
    );
}

/// The server is an hour ahead, so that every object is younger than its file, and no request tells them apart.
#[tokio::test]
async fn files_older_than_their_objects_cost_no_request() {
    let (emulator, service) = start().await;
    let folder = folder(&[("a", "1"), ("b", "2")]);
    lines(up(folder.path()), &service).await;
    // Their attributes changed just now, which by the server's clock is long before the objects that are put next.
    emulator.set_clock_offset(60);
    put(&service, &[("x/a", "1"), ("x/b", "2")]).await;
    emulator.set_clock_offset(0);
    emulator.clear_history();
    let lines = lines(up(folder.path()), &service).await;
    assert_eq!(lines, ["a same Time", "b same Time"]);
    assert_eq!(emulator.history().len(), 1, "{:?}", emulator.history());
}

#[tokio::test]
async fn one_changed_byte_with_the_same_size_and_time_is_found() {
    for offset in [0, 3_600, -3_600] {
        let (emulator, service) = start_with(|emulator| emulator.clock_offset(offset)).await;
        let folder = folder(&[("a", "1234"), ("b", "1234")]);
        lines(up(folder.path()), &service).await;
        change_in_secret(&folder.path().join("a"));
        let by_crc64 = up(folder.path()).comparison(Comparison::Content);
        assert_eq!(lines(by_crc64, &service).await, ["a sent", "b same Crc64"], "{offset}");
        // The attributes of the file tell of the change, whatever its time says.
        change_in_secret(&folder.path().join("b"));
        assert_eq!(lines(up(folder.path()), &service).await, ["a same Crc64", "b sent"], "{offset}");
        emulator.shutdown().await;
    }
}

#[tokio::test]
async fn objects_go_down_and_get_known_again_by_the_time_of_their_file() {
    for offset in [0, 3_600, -3_600] {
        let (emulator, service) = start_with(|emulator| emulator.clock_offset(offset - 60)).await;
        put(&service, &[("x/a", "1234"), ("x/d/b", "1234"), ("x/d/c", "1234")]).await;
        emulator.set_clock_offset(offset);
        let target = TempDir::new().unwrap();
        let into = target.path().join("new");
        assert_eq!(lines(down(&into), &service).await, ["a sent", "d/b sent", "d/c sent"], "{offset}");
        emulator.clear_history();
        assert_eq!(lines(down(&into), &service).await, ["a same Time", "d/b same Time", "d/c same Time"], "{offset}");
        assert_eq!(emulator.history().len(), 1);
        // An edit here, and one there, neither of which changes the size.
        fs::write(into.join("a"), "4321").unwrap();
        put(&service, &[("x/d/b", "4321")]).await;
        assert_eq!(lines(down(&into), &service).await, ["a sent", "d/b sent", "d/c same Time"], "{offset}");
        assert_eq!(files(&into)["a"], b"1234");
        assert_eq!(files(&into)["d/b"], b"4321");
        // What was put this very second is not known by its time.
        assert_eq!(lines(down(&into), &service).await, ["a same Time", "d/b same Crc64", "d/c same Time"], "{offset}");
    }
}

#[tokio::test]
async fn what_is_extra_in_a_folder_is_deleted_unless_it_changed() {
    let (_emulator, service) = start().await;
    put(&service, &[("x/a", "1")]).await;
    let target = folder(&[("a", "1"), ("extra", "1"), ("d/extra", "2")]);
    symlink("a", target.path().join("link")).unwrap();
    let (lines, _) = run(down(target.path()), &service).await.unwrap();
    assert_eq!(lines, ["a same Crc64", "d/extra deleted", "extra deleted"]);
    assert_eq!(files(target.path()).keys().collect::<Vec<_>>(), ["a", "link"]);
}

#[tokio::test]
async fn one_prefix_is_made_equal_to_another_without_a_byte_through_here() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("x/b", "2"), ("y/b", "3"), ("y/c", "4")]).await;
    emulator.clear_history();
    let across = || Sync::new(objects("x"), objects("y")).delete(true);
    assert_eq!(lines(across(), &service).await, ["a sent", "b sent", "c deleted"]);
    assert_eq!(keys(&emulator), ["x/a", "x/b", "y/a", "y/b"]);
    assert_eq!(["GetObject", "PutObject"].map(|name| count(&emulator, name)), [0, 0]);
    assert_eq!(lines(across(), &service).await, ["a same Etag", "b same Etag"]);
}

#[tokio::test]
async fn by_etag_a_file_is_compared_with_the_md5_that_the_list_has() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1234"), ("x/b", "1234")]).await;
    let folder = folder(&[("a", "1234"), ("b", "4321")]);
    emulator.clear_history();
    let sync = up(folder.path()).comparison(Comparison::Etag);
    assert_eq!(lines(sync, &service).await, ["a same Etag", "b sent"]);
    assert_eq!(count(&emulator, "HeadObject"), 0);
}

/// Rule S1 of safety. Each way in which a list goes wrong, on each side, on the first page and on a later one.
#[tokio::test]
async fn a_list_that_fails_ends_early_or_is_in_no_order_deletes_nothing() {
    let names: Vec<_> = (0..2_500).map(|number| format!("{number:05}")).collect();
    let effects = [
        FaultEffect::ListUnordered,
        FaultEffect::ListRepeated,
        FaultEffect::ListShort,
        FaultEffect::ListWithoutToken,
        FaultEffect::ListSameToken,
        FaultEffect::CutXml(5_000),
    ];
    let (emulator, service) = start().await;
    for name in &names {
        put(&service, &[(&format!("x/{name}"), "1")]).await;
    }
    let source = folder(&[("00000", "1"), ("zzz", "1")]);
    let unlimited = || DeleteLimits::default().max_delete(MaxDelete::Percent(100));
    for nth in [1, 2] {
        for effect in &effects {
            emulator.clear_faults();
            emulator.add_fault(Fault::on("ListObjectsV2").nth(nth).effect(effect.clone()).always());
            let error = run(up(source.path()).limits(unlimited()), &service).await;
            let Err(error) = error else { panic!("{effect:?} on page {nth} is no error") };
            let is_of_list =
                matches!(error, SyncError::List { side: Side::Destination, source: PlaceError::Call(_), .. });
            assert!(is_of_list, "{effect:?} on page {nth}: {error}");
            assert_eq!(keys(&emulator).iter().filter(|key| key.as_str() < "x/zzz").count(), 2_500, "{effect:?}");
        }
        // An error in the middle, and the bucket as the source.
        emulator.clear_faults();
        emulator.add_fault(Fault::on("ListObjectsV2").nth(nth).respond(403, "AccessDenied").always());
        assert!(run(up(source.path()).limits(unlimited()), &service).await.is_err());
        let target = folder(&[("only-here", "1"), ("zzzz", "1")]);
        let sync = down(target.path()).limits(unlimited()).comparison(Comparison::Size).dry_run(false);
        let error = run(sync.filter(Filter::builder().exclude("0*").build().unwrap()), &service).await.unwrap_err();
        assert!(matches!(error, SyncError::List { side: Side::Source, .. }), "{error}");
        assert_eq!(files(target.path()).keys().collect::<Vec<_>>(), ["only-here", "zzzz"]);
    }
    assert_eq!(count(&emulator, "DeleteMultipleObjects"), 0);
}

/// Rule S1 of safety. Tests may run as root, who reads everything: a name that leads to itself cannot be read by anyone.
#[tokio::test]
async fn an_unreadable_place_keeps_everything_below_it_on_the_other_side() {
    let (emulator, service) = start().await;
    put(&service, &[("x/d/a", "1"), ("x/d/b/c", "1"), ("x/e", "1"), ("x/f", "1")]).await;
    let source = folder(&[("f", "1")]);
    symlink("d", source.path().join("d")).unwrap();
    let anyway = DeleteLimits::default().after_failures(true);
    let followed = || Place::folder(source.path()).with_followed_links(true);
    let sync = || Sync::new(followed(), objects("x/")).delete(true);
    let (lines, summary) = run(sync(), &service).await.unwrap();
    assert!(matches!(summary.refusal, Some(DeleteRefusal::Failures { failed: 1 })), "{lines:?}");
    assert_eq!(keys(&emulator).len(), 4);
    let (lines, _) = run(sync().limits(anyway), &service).await.unwrap();
    assert!(lines.contains(&"e deleted".to_owned()), "{lines:?}");
    assert_eq!(keys(&emulator), ["x/d/a", "x/d/b/c", "x/f"]);
}

/// Rule S2 of safety.
#[tokio::test]
async fn a_transfer_that_failed_keeps_what_is_extra() {
    let (emulator, service) = start().await;
    put(&service, &[("x/extra", "1")]).await;
    let source = folder(&[("a", "1"), ("b", "1")]);
    emulator.add_fault(Fault::on("PutObject").key("x/a").respond(400, "InvalidArgument").always());
    let (lines, summary) = run(up(source.path()), &service).await.unwrap();
    assert!(lines[0].starts_with("a failed Transfer") && lines[1] == "b sent", "{lines:?}");
    assert_eq!(summary.refusal, Some(DeleteRefusal::Failures { failed: 1 }));
    assert_eq!((keys(&emulator), summary.is_refused()), (vec!["x/b".to_owned(), "x/extra".to_owned()], false));
    let anyway = up(source.path()).limits(DeleteLimits::default().after_failures(true));
    assert_eq!(run(anyway, &service).await.unwrap().1.deleted, 1);
}

/// Rule S3 of safety.
#[tokio::test]
async fn an_empty_source_empties_nothing_unless_that_is_allowed() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1")]).await;
    let (source, excluded) = (TempDir::new().unwrap(), folder(&[("b.log", "1")]));
    let (_, summary) = run(up(source.path()), &service).await.unwrap();
    assert_eq!((summary.refusal, keys(&emulator).len()), (Some(DeleteRefusal::EmptySource { extra: 1 }), 1));
    let filter = Filter::builder().exclude("*.log").build().unwrap();
    assert!(run(up(excluded.path()).filter(filter), &service).await.unwrap().1.is_refused());
    let error = run(up(&source.path().join("missing")), &service).await.unwrap_err();
    let is_missing = matches!(&error, SyncError::List { side: Side::Source, source: PlaceError::Walk(walk), .. } if walk.is_missing());
    assert!(is_missing, "{error}");
    assert_eq!(keys(&emulator).len(), 1);
    let allowed = up(source.path()).limits(DeleteLimits::default().allow_empty_source(true));
    assert_eq!(run(allowed, &service).await.unwrap().1.deleted, 1);
}

/// Rule S4 of safety.
#[tokio::test]
async fn deletions_are_counted_before_the_first() {
    let (emulator, service) = start().await;
    for number in 0..5 {
        put(&service, &[(&format!("x/{number}"), "1")]).await;
    }
    let source = folder(&[("0", "1")]);
    let limited = |most| up(source.path()).limits(DeleteLimits::default().max_delete(MaxDelete::Count(most)));
    let (_, summary) = run(limited(3), &service).await.unwrap();
    assert_eq!(summary.refusal, Some(DeleteRefusal::TooMany { extra: 4, limit: 3 }));
    assert_eq!(count(&emulator, "DeleteMultipleObjects"), 0);
    assert_eq!(run(limited(4), &service).await.unwrap().1.deleted, 4);
}

/// Rule S5 of safety.
#[tokio::test]
async fn places_that_contain_one_another_are_refused_before_anything_is_sent() {
    let (emulator, service) = start().await;
    let error = run(Sync::new(objects("x"), objects("x/y")).delete(true), &service).await.unwrap_err();
    assert!(matches!(error, SyncError::Overlap { .. }), "{error}");
    assert_eq!(emulator.history().len(), 0);
}

/// Rule S6 of safety.
#[tokio::test]
async fn what_changed_since_it_was_listed_is_not_deleted_if_it_is_asked_for() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("x/extra", "1"), ("x/other", "1")]).await;
    let source = folder(&[("a", "1")]);
    emulator.add_fault(Fault::on("HeadObject").key("x/extra").replace("new").always());
    let (lines, summary) = run(up(source.path()).delete_checked(true), &service).await.unwrap();
    assert!(lines.contains(&"extra changed: the destination changed since it was listed".to_owned()), "{lines:?}");
    assert_eq!(
        (summary.deleted, summary.is_complete(), keys(&emulator)),
        (1, false, vec!["x/a".to_owned(), "x/extra".to_owned()])
    );
}

/// Rule S7 of safety.
#[tokio::test]
async fn what_is_deleted_is_kept_elsewhere_first() {
    let (emulator, service) = start().await;
    let source = folder(&[("a", "1")]);
    let kept = TempDir::new().unwrap();
    for backup in [objects("old/"), Place::folder(kept.path())] {
        put(&service, &[("x/a", "1"), ("x/d/extra", "precious")]).await;
        let (_, summary) = run(up(source.path()).backup(backup), &service).await.unwrap();
        assert_eq!(summary.deleted, 1);
    }
    assert_eq!(keys(&emulator), ["old/d/extra", "x/a"]);
    assert_eq!(files(kept.path())["d/extra"], b"precious");

    put(&service, &[("x/extra", "precious")]).await;
    emulator.add_fault(Fault::on("CopyObject").respond(403, "AccessDenied").always());
    let (lines, summary) = run(up(source.path()).backup(objects("old/")), &service).await.unwrap();
    assert!(lines.iter().any(|line| line.contains("kept, since it could not be backed up")), "{lines:?}");
    assert_eq!((summary.deleted, keys(&emulator).len()), (0, 3));
    emulator.clear_faults();

    // Down: a file goes to a folder, or up.
    for (backup, number) in [(objects("old/"), 1), (Place::folder(kept.path()), 2)] {
        let target = folder(&[("a", "1"), (&format!("gone-{number}"), "file")]);
        let only = Filter::builder().exclude("*extra").build().unwrap();
        assert_eq!(run(down(target.path()).backup(backup).filter(only), &service).await.unwrap().1.deleted, 1);
        assert_eq!(files(target.path()).keys().collect::<Vec<_>>(), ["a"]);
    }
    assert_eq!(files(kept.path())["gone-2"], b"file");
    assert!(keys(&emulator).contains(&"old/gone-1".to_owned()));
}

#[tokio::test]
async fn what_is_left_out_is_neither_transferred_nor_deleted_unless_asked_for() {
    let (emulator, service) = start().await;
    let before = [("x/a.log", "1"), ("x/extra.log", "1"), ("x/extra", "1"), ("x/large", "1")];
    put(&service, &before).await;
    let source = folder(&[("a.log", "22"), ("b", "1"), ("large", "123456")]);
    let filter = || Filter::builder().exclude("*.log").max_size(3).build().unwrap();
    assert_eq!(lines(up(source.path()).filter(filter()), &service).await.len(), 3);
    assert_eq!(keys(&emulator), ["x/a.log", "x/b", "x/extra.log", "x/large"]);
    put(&service, &before).await;
    run(up(source.path()).filter(filter()).delete_excluded(true), &service).await.unwrap();
    assert_eq!(keys(&emulator), ["x/b"]);
}

#[tokio::test]
async fn a_small_source_replaces_what_is_too_large_at_the_destination() {
    let (_emulator, service) = start().await;
    put(&service, &[("x/a", "123456")]).await;
    let source = folder(&[("a", "1")]);
    let filter = Filter::builder().max_size(3).build().unwrap();
    assert_eq!(lines(up(source.path()).filter(filter), &service).await, ["a sent"]);
}

#[tokio::test]
async fn each_shard_sees_and_deletes_its_own_paths_alone() {
    let (emulator, service) = start().await;
    let source = TempDir::new().unwrap();
    for number in 0..40 {
        fs::write(source.path().join(format!("{number:02}")), "1").unwrap();
        put(&service, &[(&format!("x/extra-{number:02}"), "1")]).await;
    }
    let mut transferred = 0;
    for index in 0..4 {
        let filter = Filter::builder().shard(Shard::new(index, 4).unwrap()).build().unwrap();
        // Also if what the filter leaves out goes away.
        let (_, summary) = run(up(source.path()).filter(filter).delete_excluded(true), &service).await.unwrap();
        transferred += summary.transferred;
        let extra = keys(&emulator).iter().filter(|key| key.contains("extra")).count();
        assert!(summary.deleted < 40 && (index == 3) == (extra == 0), "{index}: {extra} are left");
    }
    assert_eq!((transferred, keys(&emulator).len()), (40, 40));
}

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
    let source = folder(&[("a", "new"), ("b", "new"), ("c", "new"), ("d", "new")]);
    let plan =
        source.path().parent().unwrap().join(format!("{}.plan", source.path().file_name().unwrap().to_str().unwrap()));
    let (_, summary) = run(up(source.path()).plan(&plan), &service).await.unwrap();
    assert_eq!((summary.planned, summary.transferred, summary.deleted), (7, 0, 0));
    // Behind its back: a source, two destinations, and a path that is no longer extra.
    fs::write(source.path().join("d"), "newer").unwrap();
    fs::write(source.path().join("extra-3"), "back").unwrap();
    put(&service, &[("x/b", "another"), ("x/extra-2", "another")]).await;
    let apply = Sync::new(Place::folder(source.path()), objects("x/")).apply(&plan);
    let (lines, summary) = run(apply, &service).await.unwrap();
    let expected = [
        "a sent",
        "b changed: the destination changed since the plan was made",
        "c sent",
        "d changed: the source changed since the plan was made",
        "extra-1 deleted",
        "extra-2 changed: the destination changed since the plan was made",
        "extra-3 changed: the source appeared since the plan was made",
    ];
    assert_eq!(lines, expected);
    assert_eq!((summary.changed, summary.is_complete()), (4, false));
    assert_eq!(keys(&emulator), ["x/a", "x/b", "x/c", "x/extra-2", "x/extra-3"]);
    let other = Sync::new(Place::folder(source.path()), objects("y/")).apply(&plan);
    assert!(matches!(run(other, &service).await.unwrap_err(), SyncError::Plan(error) if error.is_refusal()));
    fs::remove_file(plan).unwrap();
}

/// Rules S8 and S11 of safety.
#[tokio::test]
async fn no_key_leads_out_and_a_failed_download_leaves_the_old_file() {
    let (emulator, service) = start().await;
    put(&service, &[("x/../out", "1"), ("x/a", "1"), ("x/a/b", "1"), ("x/link/f", "1"), ("x/old", "new!")]).await;
    let target = folder(&[("old", "old"), ("elsewhere/f", "2")]);
    symlink("elsewhere", target.path().join("link")).unwrap();
    emulator.add_fault(Fault::on("GetObject").key("x/old").effect(FaultEffect::FlipByte(0)).always());
    let (lines, summary) = run(down(target.path()), &service).await.unwrap();
    assert_eq!((summary.failed, summary.transferred, summary.deleted), (4, 1, 0), "{lines:?}");
    assert_eq!(files(target.path()).keys().collect::<Vec<_>>(), ["a", "elsewhere/f", "link/f", "old"]);
    assert_eq!(files(target.path())["old"], b"old");
    assert_eq!(files(target.path())["elsewhere/f"], b"2");
}

/// Rule S12 of safety.
#[tokio::test]
async fn in_a_bucket_with_versions_the_sum_tells_of_delete_markers() {
    let (emulator, service) = start().await;
    call(service.clone(), PutBucketVersioningRequest::new("demo", VersioningStatus::Enabled)).await.unwrap();
    put(&service, &[("x/a", "1"), ("x/extra", "1")]).await;
    let source = folder(&[("a", "1")]);
    let (_, summary) = run(up(source.path()), &service).await.unwrap();
    assert_eq!((summary.deleted, summary.markers), (1, 1));
    assert_eq!(keys(&emulator), ["x/a"]);
}

#[tokio::test]
async fn the_time_of_a_file_goes_with_its_object_and_comes_back() {
    let (_emulator, service) = start().await;
    let source = folder(&[("a", "1")]);
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_600_000_000, 123_000_000);
    File::options().write(true).open(source.path().join("a")).unwrap().set_modified(time).unwrap();
    lines(up(source.path()).preserve_mtime(true), &service).await;
    let target = TempDir::new().unwrap();
    lines(down(target.path()).preserve_mtime(true), &service).await;
    assert_eq!(fs::metadata(target.path().join("a")).unwrap().modified().unwrap(), time);
    assert_eq!(lines(down(target.path()).preserve_mtime(true), &service).await, ["a same Crc64"]);
}

#[tokio::test]
async fn a_run_that_is_stopped_deletes_nothing() {
    let (emulator, service) = start().await;
    put(&service, &[("x/extra", "1")]).await;
    let source = folder(&[("a", "1"), ("b", "1"), ("c", "1")]);
    let mut run = up(source.path()).jobs(1).start(managers(&service)).await.unwrap();
    while let Some(event) = run.next().await.unwrap() {
        if matches!(event, SyncEvent::Uploaded { .. }) {
            run.stop();
        }
    }
    let summary = run.summary();
    assert!(summary.stopped && summary.transferred < 3 && summary.deleted == 0, "{summary:?}");
    assert!(keys(&emulator).contains(&"x/extra".to_owned()));
}

/// Two trees that are made at random, and what two maps say of them, up and down.
#[test]
fn any_two_trees_become_equal() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tree = || proptest::collection::btree_map("[abc]{1,2}(/[ab.]{1,2}x){0,2}", "[12]{0,2}", 1..10);
    let config = ProptestConfig::with_cases(24);
    let (emulator, service) = runtime.block_on(start());
    proptest!(config, |(one in tree(), other in tree(), goes_up in any::<bool>())| {
        // A file and a folder of one name cannot both be on disk.
        let fits = |tree: BTreeMap<String, String>| -> BTreeMap<String, String> {
            let below = |path: &str, tree: &BTreeMap<String, String>| tree.keys().any(|other| other.starts_with(&format!("{path}/")));
            tree.iter().filter(|(path, _)| !below(path, &tree)).map(|(path, content)| (path.clone(), content.clone())).collect()
        };
        let (one, other) = (fits(one), fits(other));
        let (here, there) = if goes_up { (&one, &other) } else { (&other, &one) };
        // Of a download, a folder may be in the way of a file.
        let collides = here.keys().any(|path| there.keys().any(|other| other.starts_with(&format!("{path}/")) || path.starts_with(&format!("{other}/"))));
        prop_assume!(!collides);
        runtime.block_on(async {
            for key in keys(&emulator) {
                call(service.clone(), oss_models::DeleteObjectRequest::new("demo", key)).await.unwrap();
            }
            let pairs = |tree: &BTreeMap<String, String>| tree.iter().map(|(path, content)| (path.clone(), content.clone())).collect::<Vec<_>>();
            let local = folder(&pairs(here).iter().map(|(path, content)| (path.as_str(), content.as_str())).collect::<Vec<_>>());
            for (path, content) in pairs(there) {
                let request = PutObjectRequest::new("demo", format!("x/{path}")).body(Body::from(content));
                call(service.clone(), request).await.unwrap();
            }
            let sync = || if goes_up { up(local.path()) } else { down(local.path()) };
            let summary = run(sync(), &service).await.unwrap().1;
            assert!(summary.is_complete(), "{summary:?}");
            let wanted = if goes_up { here } else { there };
            let stored: Vec<_> = keys(&emulator).iter().map(|key| key.strip_prefix("x/").unwrap().to_owned()).collect();
            assert_eq!(stored, wanted.keys().cloned().collect::<Vec<_>>());
            let on_disk: BTreeMap<_, _> = files(local.path()).into_iter().map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect();
            assert_eq!(&on_disk, wanted);
            let again = run(sync(), &service).await.unwrap().1;
            assert_eq!((again.transferred, again.deleted), (0, 0));
        });
    });
}

/// Two buckets that are listed to their ends, with a page of each in memory.
#[tokio::test]
async fn equal_buckets_cost_their_lists_and_nothing_else() {
    use oss_emulator::SyntheticObjects;
    let (emulator, service) = start_with(|emulator| {
        emulator
            .synthetic_bucket("one", SyntheticObjects::new(20_000))
            .synthetic_bucket("two", SyntheticObjects::new(20_000))
    })
    .await;
    let place = |bucket: &str| Place::objects(BucketName::new(bucket).unwrap(), "");
    let sync = Sync::new(place("one"), place("two")).delete(true);
    let mut run = sync.start(managers(&service)).await.unwrap();
    while run.next().await.unwrap().is_some() {}
    assert_eq!((run.summary().skipped, run.summary().failed), (20_000, 0));
    assert_eq!(emulator.history().len(), 40);
}

/// Every shape of keys, whatever is asked for at once: each object once and in order, for few requests more.
#[tokio::test]
async fn several_lists_at_once_give_each_object_once_and_in_order() {
    use oss_emulator::SyntheticObjects;
    let shapes = [
        SyntheticObjects::new(20_000),
        SyntheticObjects::new(20_000).folders(200),
        SyntheticObjects::new(20_000).folders(3),
        SyntheticObjects::new(1),
    ];
    for (at, shape) in shapes.into_iter().enumerate() {
        let (emulator, service) = start_with(|emulator| emulator.synthetic_bucket("one", shape)).await;
        for jobs in [2, 16] {
            emulator.clear_history();
            let list = oss_sync::ObjectList::new(BucketName::new("one").unwrap(), "").jobs(jobs);
            let (mut pages, mut last, mut count) = (list.pages(service.clone()), String::new(), 0);
            while let Some(page) = pages.next().await {
                for item in page.unwrap() {
                    let path = item.position().to_owned();
                    assert!(path > last, "{path} after {last}");
                    (last, count) = (path, count + 1);
                }
            }
            assert_eq!(count, shape.count, "shape {at}, {jobs} jobs");
            let (asked, least) = (emulator.history().len(), usize::try_from(shape.count.div_ceil(1_000)).unwrap());
            assert!(asked <= least + least / 2 + 2 * jobs, "shape {at}, {jobs} jobs: {asked} of {least}");
        }
        // A failure in any of them ends the list.
        emulator.add_fault(
            Fault::on("ListObjectsV2").nth(u64::from(shape.count > 1) * 4 + 1).respond(403, "AccessDenied").always(),
        );
        let list = oss_sync::ObjectList::new(BucketName::new("one").unwrap(), "").jobs(8);
        let mut pages = list.pages(service.clone());
        let failed = loop {
            match pages.next().await {
                Some(Ok(_)) => {}
                Some(Err(_)) => break true,
                None => break false,
            }
        };
        assert!(failed && pages.next().await.is_none());
        emulator.shutdown().await;
    }
}

#[tokio::test]
async fn a_sync_by_several_lists_deletes_nothing_when_one_fails() {
    let (emulator, service) = start().await;
    for number in 0..3_300 {
        put(&service, &[(&format!("x/{:02}/{number:05}", number / 100), "1")]).await;
    }
    let source = folder(&[("00/00000", "1")]);
    let unlimited = DeleteLimits::default().max_delete(MaxDelete::Percent(100));
    for nth in 1..=4 {
        emulator.clear_faults();
        emulator.add_fault(Fault::on("ListObjectsV2").nth(nth).respond(403, "AccessDenied").always());
        assert!(run(up(source.path()).limits(unlimited).list_jobs(4), &service).await.is_err(), "{nth}");
    }
    emulator.clear_faults();
    let (_, summary) = run(up(source.path()).limits(unlimited).list_jobs(4), &service).await.unwrap();
    assert_eq!((summary.deleted, summary.sides.destination_entries), (3_299, 3_300));
}
