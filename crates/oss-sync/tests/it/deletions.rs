//! What goes away, and what never does.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use oss_downloader::DownloadErrorKind;
use oss_emulator::{Fault, FaultEffect};
use oss_models::{PutBucketVersioningRequest, VersioningStatus, call};
use oss_sync::{
    Comparison, DeleteLimits, DeleteRefusal, ItemError, MaxDelete, Place, PlaceError, Side, Sync, SyncError, SyncEvent,
};
use oss_transfer::files::MemoryFiles;
use oss_transfer::{Filter, Shard};
use tempfile::TempDir;

use crate::support::{count, down, files, folder, keys, lines, managers, objects, put, run, start, up};

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
async fn what_is_extra_in_a_folder_is_deleted_unless_it_changed() {
    let (_emulator, service) = start().await;
    put(&service, &[("x/a", "1")]).await;
    let target = folder(&[("a", "1"), ("extra", "1"), ("d/extra", "2")]);
    symlink("a", target.path().join("link")).unwrap();
    let (lines, _) = run(down(target.path()), &service).await.unwrap();
    assert_eq!(lines, ["a same Crc64", "d/extra deleted", "extra deleted"]);
    assert_eq!(files(target.path()).keys().collect::<Vec<_>>(), ["a", "link"]);
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

/// Rule S7 of safety.
#[tokio::test]
async fn an_object_that_has_no_path_below_the_backup_is_kept() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("x/../out", "precious")]).await;
    let (source, other) = (folder(&[("a", "1")]), TempDir::new().unwrap());
    let backup = Place::folder(other.path().join("kept"));
    let (lines, summary) = run(up(source.path()).backup(backup), &service).await.unwrap();
    let reason = "it was kept, since it could not be backed up: one of its names is `.` or `..`";
    assert!(lines.iter().any(|line| line.starts_with("../out failed") && line.ends_with(reason)), "{lines:?}");
    assert_eq!((summary.deleted, summary.failed, keys(&emulator).len()), (0, 1, 2));
    assert!(files(other.path()).is_empty());
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

/// Downloads that the server never responds to.
#[tokio::test]
async fn a_cancelled_download_ends_what_is_under_way_and_deletes_nothing() {
    let (emulator, service) = start().await;
    put(&service, &[("x/a", "1"), ("x/b", "1"), ("x/c", "1")]).await;
    emulator.add_fault(Fault::on("GetObject").effect(FaultEffect::Stall).always());
    let target = folder(&[("b", "old"), ("extra", "1")]);
    let mut run = down(target.path()).jobs(2).start(managers(&service)).await.unwrap();
    let (mut started, mut cancelled) = (0, 0);
    while let Some(event) = run.next().await.unwrap() {
        match event {
            SyncEvent::Started(_) => {
                started += 1;
                run.cancel();
            }
            SyncEvent::Failed { error: ItemError::Download(error), .. } => {
                assert!(matches!(error.kind(), DownloadErrorKind::Cancelled), "{error}");
                cancelled += 1;
            }
            _ => {}
        }
    }
    let summary = run.summary();
    assert_eq!((started >= 1, cancelled, summary.transferred, summary.deleted), (true, started, 0, 0), "{summary:?}");
    assert!(summary.stopped);
    assert_eq!(
        files(target.path()),
        [("b", b"old".to_vec()), ("extra", b"1".to_vec())].map(|(name, bytes)| (name.to_owned(), bytes)).into()
    );
}

/// Every other download would fail alike.
#[tokio::test]
async fn a_disk_that_is_full_ends_the_run() {
    let (emulator, service) = start().await;
    // Old enough for their files to get their times.
    emulator.set_clock_offset(-60);
    for number in 0..6 {
        put(&service, &[(&format!("x/{number}"), "1")]).await;
    }
    emulator.set_clock_offset(0);
    let target = folder(&[("extra", "1")]);
    let mut managers = managers(&service);
    let full = MemoryFiles::new().capacity(3);
    managers.downloader = managers.downloader.files(Arc::new(full.clone()));
    let mut run = down(target.path()).jobs(1).start(managers).await.unwrap();
    let (mut failed, mut warned) = (Vec::new(), 0);
    while let Some(event) = run.next().await.unwrap() {
        match event {
            SyncEvent::Failed { path, error, .. } => failed.push((path, error.is_fatal_for_batch())),
            // The files are elsewhere.
            SyncEvent::Warning { warning, .. } => {
                assert!(warning.starts_with("its time of modification could not be set: "), "{warning}");
                warned += 1;
            }
            _ => {}
        }
    }
    let summary = run.summary();
    assert_eq!((failed, warned), (vec![("3".to_owned(), true)], 3));
    assert_eq!((summary.transferred, summary.deleted, summary.stopped), (3, 0, true), "{summary:?}");
    assert_eq!((full.paths().len(), files(target.path()).len()), (3, 1));
}

#[tokio::test]
async fn a_sync_by_several_lists_deletes_nothing_when_one_fails() {
    let (emulator, service) = start().await;
    for number in 0..2_200 {
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
    assert_eq!((summary.deleted, summary.sides.destination_entries), (2_199, 2_200));
}

/// A file where a folder has to be, and the reverse: what is extra is in the way, and goes away first if it may.
#[tokio::test]
async fn a_file_gives_way_to_a_folder_and_a_folder_to_a_file() {
    let (_emulator, service) = start().await;
    put(&service, &[("x/file/below", "1"), ("x/folder", "2"), ("x/same", "3")]).await;
    let before = [("file", "old"), ("folder/a", "old"), ("folder/d/b", "old"), ("same", "3")];
    let target = folder(&before);
    // Neither without a wish to delete, nor against a limit.
    for sync in [
        down(target.path()).delete(false),
        down(target.path()).limits(DeleteLimits::default().max_delete(MaxDelete::Count(2))),
    ] {
        let (lines, summary) = run(sync, &service).await.unwrap();
        assert_eq!((summary.failed, summary.deleted, summary.transferred), (2, 0, 0), "{lines:?}");
        assert_eq!(files(target.path()).len(), 4);
    }
    let (lines, summary) = run(down(target.path()), &service).await.unwrap();
    let expected =
        ["file deleted", "file/below sent", "folder sent", "folder/a deleted", "folder/d/b deleted", "same same Crc64"];
    assert_eq!(lines, expected);
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!(files(target.path()).keys().collect::<Vec<_>>(), ["file/below", "folder", "same"]);
    // What is left out is not extra, and stays in the way.
    let target = folder(&before);
    let filter = Filter::builder().exclude("folder/a").build().unwrap();
    let (lines, summary) = run(down(target.path()).filter(filter), &service).await.unwrap();
    assert!(
        lines.iter().any(|line| line.starts_with("folder failed Transfer") && line.contains("a directory")),
        "{lines:?}"
    );
    assert_eq!((summary.failed, summary.transferred, summary.deleted), (1, 1, 2), "{lines:?}");
    assert_eq!(files(target.path()).keys().collect::<Vec<_>>(), ["file/below", "folder/a", "same"]);
}
