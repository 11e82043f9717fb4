//! Everything that the emulator can do wrong to a download, at the first, a middle and the last range, to a file, as a stream
//! and when a download is resumed: verified content, or a clear error and the old file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use oss_emulator::{Emulator, Fault, FaultEffect};
use oss_transfer::files::MemoryFiles;
use ossup::{
    Client, Config, Credentials, DownloadError, DownloadErrorKind, Downloader, GetObjectRequest, PutObjectRequest,
    TargetError, Verified,
};

use crate::support::{PART, bytes, emulator, start};

const LEN: usize = 8 * PART + 123;
static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| bytes(LEN));

fn get() -> GetObjectRequest {
    GetObjectRequest::new("demo", "film")
}

async fn put(client: &Client) {
    client.put_object(PutObjectRequest::new("demo", "film").body(CONTENT.clone())).await.unwrap();
}

/// What there is after a download under a fault.
#[derive(Clone, Copy)]
enum Expected {
    /// The whole object.
    New,
    /// What the file had, and an error whose text has this in it.
    Old(&'static str),
}
use Expected::{New, Old};

/// How the object comes.
#[derive(Clone, Copy, Debug)]
enum Way {
    File,
    Stream,
    /// To a file of which an earlier run has fetched the first ranges.
    Resume,
}

/// Ranges that the earlier run fetched.
const RESUMED: u64 = 3;

impl Way {
    /// Which of the requests is for a range that is the first, a middle or the last one of those that are fetched.
    fn request(self, range: u64) -> u64 {
        match self {
            Self::Resume => range.div_ceil(3) + u64::from(range > 5) * RESUMED,
            Self::File | Self::Stream => range,
        }
    }
}

/// Downloads under the fault at each of the ranges, in each way; a file has other content before.
async fn check(name: &'static str, ranges: &[u64], fault: impl Fn(Fault) -> Fault, expected: Expected) {
    let mut runs = tokio::task::JoinSet::new();
    for way in [Way::File, Way::Stream, Way::Resume] {
        for range in ranges {
            let at = format!("{name} at range {range}, {way:?}");
            let fault = fault(Fault::on("GetObject").nth(way.request(*range)));
            runs.spawn(async move {
                match way {
                    Way::Stream => check_stream(&at, fault, expected).await,
                    Way::File | Way::Resume => check_file(&at, fault, expected, matches!(way, Way::Resume)).await,
                }
            });
        }
    }
    while let Some(run) = runs.join_next().await {
        run.unwrap();
    }
}

/// A server with the object, and one range at a time of it, so that the n-th request is for the n-th range.
async fn server() -> (Emulator, Downloader) {
    let emulator = emulator().start().await.unwrap();
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    // What stalls is given up soon.
    let config = config.credentials(Credentials::new(id, secret)).read_write_timeout(Duration::from_secs(1));
    let client = Client::new(config).unwrap();
    put(&client).await;
    let downloader = client.downloader().part_size(PART as u64).parallel_num(1).part_attempts(2_u32);
    (emulator, downloader)
}

async fn check_file(at: &str, fault: Fault, expected: Expected, resumes: bool) {
    let (emulator, mut downloader) = server().await;
    let (folder, records) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("film");
    std::fs::write(&path, "old").unwrap();
    if resumes {
        downloader = downloader.enable_checkpoint(true).checkpoint_dir(records.path());
        emulator.add_fault(Fault::on("GetObject").nth(RESUMED + 1).respond(403, "AccessDenied"));
        let error = downloader.download_file(get(), &path).await.unwrap_err();
        assert!(error.is_resumable(), "{at}: {}", chain(&error));
        emulator.clear_faults();
    }
    emulator.add_fault(fault);
    let outcome = downloader.download_file(get(), &path).await;
    let content = std::fs::read(&path).unwrap();
    let mut kept = 0;
    match (outcome, expected) {
        (Ok(result), New) => {
            assert_eq!(result.verified, Verified::Crc64, "{at}");
            assert_eq!(result.resumed_bytes, if resumes { RESUMED * PART as u64 } else { 0 }, "{at}");
            assert!(content == *CONTENT, "{at}: {} bytes", content.len());
        }
        (Err(error), Old(text)) => {
            assert_named(at, &error, text);
            assert_eq!(content, b"old", "{at}");
            kept = usize::from(error.is_resumable());
        }
        (Ok(_), Old(_)) => panic!("{at}: no error"),
        (Err(error), New) => panic!("{at}: {}", chain(&error)),
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1 + kept, "{at}: {left:?}");
}

async fn check_stream(at: &str, fault: Fault, expected: Expected) {
    let (emulator, downloader) = server().await;
    emulator.add_fault(fault);
    let mut content = Vec::new();
    let reading = async {
        let mut stream = downloader.stream(get()).await?;
        while let Some(piece) = stream.next().await {
            content.extend_from_slice(&piece?);
        }
        Ok(stream.result().map(|result| result.verified))
    };
    match (reading.await, expected) {
        (Ok(verified), New) => {
            assert_eq!(verified, Some(Verified::Crc64), "{at}");
            assert!(content == *CONTENT, "{at}: {} bytes", content.len());
        }
        (Err(error), Old(text)) => assert_named(at, &error, text),
        (Ok(_), Old(_)) => panic!("{at}: no error"),
        (Err(error), New) => panic!("{at}: {}", chain(&error)),
    }
}

/// The error names the object, and has this in it.
fn assert_named(at: &str, error: &DownloadError, text: &str) {
    let chain = chain(error);
    assert!(chain.contains(text) && chain.contains("oss://demo/film"), "{at}: {chain}");
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
    check("late", &EVERY, effect(FaultEffect::Delay(50)), New).await;
    check("stalled", &EVERY, effect(FaultEffect::Stall), New).await;
    check("no response, and not closed", &EVERY, effect(FaultEffect::StallAfterStoring), New).await;
    check("stalled in the head", &EVERY, effect(FaultEffect::StallMidResponse(40)), New).await;
    check("stalled in the body", &[1, 5], effect(FaultEffect::StallMidResponse(50_000)), New).await;
    check("another time of day", &EVERY, effect(FaultEffect::DateOffset(-86_400)), New).await;
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
