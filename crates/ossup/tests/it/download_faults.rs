//! Everything that the emulator can do wrong to a download, at the first, a middle and the last range, to a file, as a stream
//! and when a download is resumed: verified content, or a clear error and the old file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use oss_emulator::{Emulator, Fault, FaultEffect};
use oss_transfer::files::MemoryFiles;
use ossup::{
    Client, Config, CopyObjectRequest, CopySource, Credentials, DownloadError, DownloadErrorKind, Downloader,
    GetObjectRequest, PutObjectRequest, TargetError, Verified,
};

use crate::support::{PART, bytes, emulator, start};

const LEN: usize = 5 * PART + 123;
static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| bytes(LEN));

fn get(key: &str) -> GetObjectRequest {
    GetObjectRequest::new("demo", key)
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
            Self::Resume => range.div_ceil(2),
            Self::File | Self::Stream => range,
        }
    }
}

/// One download under one fault, of an object of its own.
struct Run {
    emulator: Arc<Emulator>,
    downloader: Downloader,
    key: String,
    fault: Fault,
    expected: Expected,
}

/// Downloads under the fault at each of the ranges, in each way; a file has other content before.
async fn check(
    emulator: &Arc<Emulator>,
    name: &str,
    ranges: &[u64],
    fault: impl Fn(Fault) -> Fault,
    expected: impl Fn(Way) -> Expected,
) {
    let mut runs = tokio::task::JoinSet::new();
    for way in [Way::File, Way::Stream, Way::Resume] {
        for range in ranges {
            let key = format!("{}-{way:?}-{range}", name.replace(' ', "-"));
            let fault = fault(Fault::on("GetObject").key(key.as_str()).nth(way.request(*range)));
            let client = client(emulator, &fault);
            let copy = CopyObjectRequest::new("demo", key.as_str(), CopySource::new("demo", "film"));
            client.copy_object(copy).await.unwrap();
            // One range at a time, so that the n-th request is for the n-th range.
            let downloader = client.downloader().part_size(PART as u64).parallel_num(1).part_attempts(2_u32);
            let run = Run { emulator: emulator.clone(), downloader, key, fault, expected: expected(way) };
            runs.spawn(async move {
                match way {
                    Way::Stream => run.stream().await,
                    Way::File => run.file(false).await,
                    Way::Resume => run.file(true).await,
                }
            });
        }
    }
    while let Some(run) = runs.join_next().await {
        run.unwrap();
    }
}

fn client(emulator: &Emulator, fault: &Fault) -> Client {
    use FaultEffect::{Stall, StallAfterStoring, StallMidResponse};
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    let mut config = config.credentials(Credentials::new(id, secret));
    if fault.effects.iter().any(|effect| matches!(effect, Stall | StallAfterStoring | StallMidResponse(_))) {
        config = config.read_write_timeout(Duration::from_secs(1));
    }
    Client::new(config).unwrap()
}

impl Run {
    async fn file(self, resumes: bool) {
        let Self { emulator, mut downloader, key, fault, expected } = self;
        let (folder, records) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = folder.path().join("film");
        std::fs::write(&path, "old").unwrap();
        if resumes {
            downloader = downloader.enable_checkpoint(true).checkpoint_dir(records.path());
            let refusal = Fault::on("GetObject").key(key.as_str()).nth(RESUMED + 1);
            emulator.add_fault(refusal.respond(403, "AccessDenied"));
            let error = downloader.download_file(get(&key), &path).await.unwrap_err();
            assert!(error.is_resumable(), "{key}: {}", chain(&error));
        }
        emulator.add_fault(fault);
        let outcome = downloader.download_file(get(&key), &path).await;
        let content = std::fs::read(&path).unwrap();
        let mut kept = 0;
        match (outcome, expected) {
            (Ok(result), New) => {
                assert_eq!(result.verified, Verified::Crc64, "{key}");
                assert!(content == *CONTENT, "{key}: {} bytes", content.len());
            }
            (Err(error), Old(text)) => {
                assert_named(&key, &error, text);
                assert_eq!(content, b"old", "{key}");
                kept = usize::from(error.is_resumable());
            }
            (Ok(_), Old(_)) => panic!("{key}: no error"),
            (Err(error), New) => panic!("{key}: {}", chain(&error)),
        }
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1 + kept, "{key}: {left:?}");
    }

    async fn stream(self) {
        let Self { emulator, downloader, key, fault, expected } = self;
        emulator.add_fault(fault);
        let mut content = Vec::new();
        let reading = async {
            let mut stream = downloader.stream(get(&key)).await?;
            while let Some(piece) = stream.next().await {
                content.extend_from_slice(&piece?);
            }
            Ok(stream.result().map(|result| result.verified))
        };
        match (reading.await, expected) {
            (Ok(verified), New) => {
                assert_eq!(verified, Some(Verified::Crc64), "{key}");
                assert!(content == *CONTENT, "{key}: {} bytes", content.len());
            }
            (Err(error), Old(text)) => assert_named(&key, &error, text),
            (Ok(_), Old(_)) => panic!("{key}: no error"),
            (Err(error), New) => panic!("{key}: {}", chain(&error)),
        }
    }
}

/// The error names the object, and has this in it.
fn assert_named(key: &str, error: &DownloadError, text: &str) {
    let chain = chain(error);
    assert!(chain.contains(text) && chain.contains(&format!("oss://demo/{key}")), "{key}: {chain}");
}

fn chain(error: &DownloadError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

async fn server() -> Arc<Emulator> {
    let (emulator, client) = start(emulator()).await;
    put(&client).await;
    Arc::new(emulator)
}

fn new(_: Way) -> Expected {
    New
}

const EVERY: [u64; 3] = [1, 3, 6];
/// The first response is what tells the object, so nothing can contradict it.
const LATER: [u64; 2] = [3, 6];

/// Rows: R54, R59.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_once_ends_in_a_verified_file() {
    let emulator = server().await;
    let effect = |effect: FaultEffect| move |fault: Fault| fault.effect(effect.clone());
    tokio::join!(
        check(&emulator, "not read", &EVERY, effect(FaultEffect::CloseBeforeReading), new),
        check(&emulator, "no response", &EVERY, effect(FaultEffect::CloseAfterStoring), new),
        check(&emulator, "half a head", &EVERY, effect(FaultEffect::CloseMidResponse(40)), new),
        check(&emulator, "a cut body", &[1, 3], effect(FaultEffect::CloseMidResponse(50_000)), new),
        check(&emulator, "closed without a word", &EVERY, effect(FaultEffect::CloseAfterResponse), new),
        check(&emulator, "a length too small", &EVERY, effect(FaultEffect::LengthOffBy(-1)), new),
        check(&emulator, "a length too large", &EVERY, effect(FaultEffect::LengthOffBy(1)), new),
    );
    tokio::join!(
        check(&emulator, "slow", &EVERY, effect(FaultEffect::ThrottleResponse(400_000)), new),
        check(&emulator, "late", &EVERY, effect(FaultEffect::Delay(50)), new),
        check(&emulator, "stalled", &EVERY, effect(FaultEffect::Stall), new),
        check(&emulator, "no response, and not closed", &EVERY, effect(FaultEffect::StallAfterStoring), new),
        check(&emulator, "stalled in the head", &EVERY, effect(FaultEffect::StallMidResponse(40)), new),
        check(&emulator, "stalled in the body", &[1, 3], effect(FaultEffect::StallMidResponse(50_000)), new),
        check(&emulator, "another time of day", &EVERY, effect(FaultEffect::DateOffset(-86_400)), new),
    );
    tokio::join!(
        check(&emulator, "no CRC64", &EVERY, effect(FaultEffect::MissingCrc), new),
        check(&emulator, "no entity tag", &EVERY, effect(FaultEffect::MissingEtag), new),
        check(&emulator, "no date", &EVERY, effect(FaultEffect::MissingDate), new),
        check(&emulator, "interim responses", &EVERY, effect(FaultEffect::Informational(3)), new),
        check(&emulator, "no HTTP", &EVERY, effect(FaultEffect::Raw(b"not HTTP".to_vec())), new),
        check(&emulator, "503", &EVERY, |fault| fault.respond(503, "ServiceUnavailable"), new),
        check(&emulator, "a proxy's page", &EVERY, |fault| fault.respond(502, "").body("<html>"), new),
    );
    tokio::join!(
        check(&emulator, "another page", &LATER, |fault| fault.respond(200, "").body("<html>"), new),
        check(&emulator, "an error in a 200", &LATER, effect(FaultEffect::ErrorIn200("InternalError".to_owned())), new),
        check(&emulator, "a damaged byte", &EVERY, effect(FaultEffect::FlipByte(100)), |way| match way {
            // What was given away cannot be fetched again.
            Way::Stream => Old("CRC64 of the bytes received is"),
            Way::File | Way::Resume => New,
        }),
        check(&emulator, "the whole object", &EVERY, effect(FaultEffect::IgnoreRange), new),
        check(&emulator, "the next range", &EVERY, effect(FaultEffect::ShiftRange(100)), new),
        check(&emulator, "the range before", &LATER, effect(FaultEffect::ShiftRange(-100)), new),
    );
}

/// Rows: W21.
#[tokio::test(flavor = "multi_thread")]
async fn what_stays_broken_is_an_error_that_says_what_and_the_old_file() {
    let emulator = server().await;
    let effect = |effect: FaultEffect| move |fault: Fault| fault.effect(effect.clone()).always();
    tokio::join!(
        check(&emulator, "a cut head", &EVERY, effect(FaultEffect::CloseMidResponse(300)), |_| Old("connection")),
        check(&emulator, "a damaged byte", &EVERY, effect(FaultEffect::FlipByte(100)), |_| Old(
            "CRC64 of the bytes received is"
        )),
        check(&emulator, "a wrong CRC64", &EVERY, effect(FaultEffect::WrongCrc), |_| Old("CRC64")),
        check(&emulator, "another entity tag", &LATER, effect(FaultEffect::WrongEtag), |_| Old("entity tag")),
        check(&emulator, "the whole object", &LATER, effect(FaultEffect::IgnoreRange), |_| Old(
            "the server ignored the range"
        )),
        check(&emulator, "the next range", &EVERY, effect(FaultEffect::ShiftRange(100)), |_| Old("range")),
        check(
            &emulator,
            "a page",
            &EVERY,
            |fault| fault.respond(200, "").body("<html>").always(),
            |_| Old("oss://demo")
        ),
    );
    tokio::join!(
        check(
            &emulator,
            "archived",
            &EVERY,
            |fault| fault.respond(403, "InvalidObjectState"),
            |_| Old("InvalidObjectState")
        ),
        check(&emulator, "no right", &EVERY, |fault| fault.respond(403, "AccessDenied"), |_| Old("AccessDenied")),
    );
}

/// Rows: R57.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_changes_between_ranges_is_an_error_and_no_mixture() {
    let emulator = server().await;
    let third = [2, 3, 6];
    check(&emulator, "replaced", &third, |fault| fault.replace(bytes(LEN + 1)), |_| Old("the object changed")).await;
    let mut same_length = bytes(LEN);
    same_length.reverse();
    check(
        &emulator,
        "of the same length",
        &third,
        |fault| fault.replace(same_length.clone()),
        |_| Old("the object changed"),
    )
    .await;
    check(&emulator, "shrunk", &third, |fault| fault.replace(bytes(PART)), |_| Old("the object changed")).await;
    check(&emulator, "emptied", &third, |fault| fault.replace(""), |_| Old("the object changed")).await;
    check(&emulator, "deleted", &third, Fault::delete, |_| Old("the object changed")).await;
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
        let error = client.downloader().download_file(get("film"), &path).await.unwrap_err();
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
        let error = downloader.download_file(get("film"), "/d/film").await.unwrap_err();
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
