//! Everything that the emulator can do wrong to a download, at the first, a middle and the last range: a verified file, or
//! a clear error and the old file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oss_emulator::{Fault, FaultEffect};
use oss_transfer::files::MemoryFiles;
use ossup::{Client, DownloadError, DownloadErrorKind, GetObjectRequest, PutObjectRequest, TargetError, Verified};

use crate::support::{PART, bytes, emulator, start};

const LEN: usize = 8 * PART + 123;

fn get() -> GetObjectRequest {
    GetObjectRequest::new("demo", "film")
}

async fn put(client: &Client) {
    client.put_object(PutObjectRequest::new("demo", "film").body(bytes(LEN))).await.unwrap();
}

/// What the target has after a download under a fault.
enum Expected {
    /// The whole object.
    New,
    /// What it had, and an error whose text has this in it.
    Old(&'static str),
}
use Expected::{New, Old};

/// Downloads under the fault at each of the ranges, to a file that has other content.
async fn check(name: &str, ranges: &[u64], fault: impl Fn(Fault) -> Fault, expected: Expected) {
    for nth in ranges {
        let at = format!("{name} at range {nth}");
        let (_emulator, client) = start(emulator().fault(fault(Fault::on("GetObject").nth(*nth)))).await;
        put(&client).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        std::fs::write(&path, "old").unwrap();
        // One range at a time, so that the n-th request is for the n-th range.
        let download = client.downloader().download_file(get(), &path).part_size(PART as u64).parallel_num(1);
        let outcome = download.part_attempts(2_u32).await;
        let content = std::fs::read(&path).unwrap();
        match (outcome, &expected) {
            (Ok(result), New) => {
                assert_eq!(result.verified, Verified::Crc64, "{at}");
                assert!(content == bytes(LEN), "{at}: {} bytes", content.len());
            }
            (Err(error), Old(text)) => {
                let chain = chain(&error);
                assert!(chain.contains(text) && chain.contains("oss://demo/film"), "{at}: {chain}");
                assert_eq!(content, b"old", "{at}");
            }
            (Ok(_), Old(_)) => panic!("{at}: no error"),
            (Err(error), New) => panic!("{at}: {}", chain(&error)),
        }
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{at}: {left:?}");
    }
}

fn chain(error: &DownloadError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

const EVERY: [u64; 3] = [1, 5, 9];
/// The first response is what tells the object, so nothing can contradict it.
const LATER: [u64; 2] = [5, 9];

/// Rows: R54, R59.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_once_ends_in_a_verified_file() {
    let effect = |effect: FaultEffect| move |fault: Fault| fault.effect(effect.clone());
    check("not read", &EVERY, effect(FaultEffect::CloseBeforeReading), New).await;
    check("no response", &EVERY, effect(FaultEffect::CloseAfterStoring), New).await;
    check("half a head", &EVERY, effect(FaultEffect::CloseMidResponse(40)), New).await;
    check("a cut body", &[1, 5], effect(FaultEffect::CloseMidResponse(50_000)), New).await;
    check("closed without a word", &EVERY, effect(FaultEffect::CloseAfterResponse), New).await;
    check("a length too small", &EVERY, effect(FaultEffect::LengthOffBy(-1)), New).await;
    check("a length too large", &EVERY, effect(FaultEffect::LengthOffBy(1)), New).await;
    check("slow", &EVERY, effect(FaultEffect::ThrottleResponse(400_000)), New).await;
    check("no CRC64", &EVERY, effect(FaultEffect::MissingCrc), New).await;
    check("no entity tag", &EVERY, effect(FaultEffect::MissingEtag), New).await;
    check("no date", &EVERY, effect(FaultEffect::MissingDate), New).await;
    check("interim responses", &EVERY, effect(FaultEffect::Informational(3)), New).await;
    check("no HTTP", &EVERY, effect(FaultEffect::Raw(b"not HTTP".to_vec())), New).await;
    check("503", &EVERY, |fault| fault.respond(503, "ServiceUnavailable"), New).await;
    check("a proxy's page", &EVERY, |fault| fault.respond(502, "").body("<html>"), New).await;
    check("another page", &LATER, |fault| fault.respond(200, "").body("<html>"), New).await;
    check("an error in a 200", &LATER, effect(FaultEffect::ErrorIn200("InternalError".to_owned())), New).await;
    check("a damaged byte", &EVERY, effect(FaultEffect::FlipByte(100)), New).await;
    check("the whole object", &EVERY, effect(FaultEffect::IgnoreRange), New).await;
    check("the next range", &EVERY, effect(FaultEffect::ShiftRange(100)), New).await;
    check("the range before", &LATER, effect(FaultEffect::ShiftRange(-100)), New).await;
}

/// Rows: W21.
#[tokio::test(flavor = "multi_thread")]
async fn what_stays_broken_is_an_error_that_says_what_and_the_old_file() {
    let effect = |effect: FaultEffect| move |fault: Fault| fault.effect(effect.clone()).always();
    check("a cut head", &EVERY, effect(FaultEffect::CloseMidResponse(300)), Old("connection")).await;
    check("a damaged byte", &EVERY, effect(FaultEffect::FlipByte(100)), Old("CRC64 of the bytes received is")).await;
    check("a wrong CRC64", &EVERY, effect(FaultEffect::WrongCrc), Old("CRC64")).await;
    check("another entity tag", &LATER, effect(FaultEffect::WrongEtag), Old("entity tag")).await;
    check("the whole object", &LATER, effect(FaultEffect::IgnoreRange), Old("the server ignored the range")).await;
    check("the next range", &EVERY, effect(FaultEffect::ShiftRange(100)), Old("range")).await;
    check("a page", &EVERY, |fault| fault.respond(200, "").body("<html>").always(), Old("film")).await;
    check("archived", &EVERY, |fault| fault.respond(403, "InvalidObjectState"), Old("InvalidObjectState")).await;
    check("no right", &EVERY, |fault| fault.respond(403, "AccessDenied"), Old("AccessDenied")).await;
}

/// Rows: R57.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_changes_between_ranges_is_an_error_and_no_mixture() {
    let third = [3, 5, 9];
    check("replaced", &third, |fault| fault.replace(bytes(LEN + 1)), Old("the object changed")).await;
    let mut same_length = bytes(LEN);
    same_length.reverse();
    check("of the same length", &third, |fault| fault.replace(same_length.clone()), Old("the object changed")).await;
    check("shrunk", &third, |fault| fault.replace(bytes(PART)), Old("the object changed")).await;
    check("emptied", &third, |fault| fault.replace(""), Old("the object changed")).await;
    check("deleted", &third, Fault::delete, Old("the object changed")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_can_take_no_file_is_named_before_anything_is_sent() {
    let (emulator, client) = start(emulator()).await;
    put(&client).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "old").unwrap();
    let sent = emulator.history().len();
    for (path, text) in [
        (PathBuf::new(), "does not name a file: it is empty"),
        (folder.path().to_owned(), "is a directory, not a file"),
        (folder.path().join("new/"), "does not name a file"),
        (folder.path().join("file/below"), "could not examine"),
    ] {
        let error = client.downloader().download_file(get(), &path).await.unwrap_err();
        assert!(matches!(error.kind(), DownloadErrorKind::Target(_)) && error.to_string().contains(text), "{error}");
    }
    assert_eq!(emulator.history().len(), sent);
    assert_eq!(std::fs::read(folder.path().join("file")).unwrap(), b"old");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_or_read_only_keeps_the_old_file() {
    let old = || {
        let files = MemoryFiles::new();
        files.plant("/d/film", "old");
        files
    };
    let (_emulator, client) = start(emulator()).await;
    put(&client).await;
    for (files, action) in [
        (old().read_only(), "create"),
        (old().capacity(LEN as u64), "allocate"),
        (old().capacity(LEN as u64 * 6 / 10).without_allocation(), "write"),
    ] {
        let downloader = client.downloader().files(Arc::new(files.clone())).part_size(PART as u64);
        let error = downloader.download_file(get(), "/d/film").await.unwrap_err();
        match error.kind() {
            DownloadErrorKind::Target(TargetError::Io { action: failed, .. }) => assert_eq!(*failed, action),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            (files.content("/d/film").unwrap(), files.paths()),
            (b"old".to_vec(), vec![PathBuf::from("/d/film")])
        );
    }
    assert!(!Path::new("/d/film").exists());
}
