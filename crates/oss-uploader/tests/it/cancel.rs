use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use oss_uploader::checkpoint::{CheckpointStore, MemoryStore};
use oss_uploader::{ParallelNum, Source, Stored, Upload, UploadErrorKind, UploadEvent};

use crate::fake::{Fake, Fault, PART, bytes, file, request};

const MINUTE: Duration = Duration::from_secs(60);

/// Rows: W16, R38.
#[tokio::test(start_paused = true)]
async fn cancelling_ends_every_request_aborts_and_tells() {
    for after in [0, 1, 2, 5] {
        let fake = Fake::new();
        let uploading = fake.uploader().upload_from(request(), bytes(9 * PART)).start();
        while fake.state().log.len() < after {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let began = tokio::time::Instant::now();
        let error = uploading.cancel().await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Cancelled), "{error}");
        assert_eq!((error.stored(), fake.state().in_flight), (Stored::No, 0));
        assert!(began.elapsed() < Duration::from_secs(1));
        assert!(fake.state().uploads.values().all(|upload| upload.parts.is_empty()));
        let requests = fake.state().log.len();
        tokio::time::sleep(MINUTE).await;
        assert_eq!(fake.state().log.len(), requests, "nothing is sent afterwards");
    }
}

/// Rows: R38, R46.
#[tokio::test(start_paused = true)]
async fn a_complete_under_way_is_waited_for_and_never_followed_by_an_abort() {
    for (fault, stored) in [(Fault::Slow(Duration::from_secs(5)), Stored::Yes), (Fault::Hang, Stored::Unknown)] {
        let fake = Fake::new();
        fake.fault("CompleteMultipartUpload", fault);
        let uploading = fake.uploader().upload_from(request(), bytes(2 * PART)).start();
        while fake.count("CompleteMultipartUpload") == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let outcome = tokio::time::timeout(MINUTE, uploading.cancel()).await.unwrap();
        match outcome {
            Ok(result) => assert!(stored == Stored::Yes && result.size == 2 * PART),
            Err(error) => assert_eq!(error.stored(), stored, "{error}"),
        }
        assert_eq!(fake.count("AbortMultipartUpload"), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn while_paused_parts_under_way_finish_and_none_begins() {
    let fake = Fake::new();
    let uploading = fake.uploader().upload_from(request(), bytes(9 * PART)).start();
    let mut events = uploading.events();
    while fake.count("UploadPart") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    uploading.pause();
    tokio::time::sleep(MINUTE).await;
    assert_eq!((fake.count("UploadPart"), fake.state().in_flight), (3, 0));
    assert_eq!(uploading.progress().confirmed, 3 * PART);
    uploading.resume();
    uploading.await.unwrap();
    assert_eq!(fake.content(), bytes(9 * PART));
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        seen.push(event);
    }
    assert!(seen.contains(&UploadEvent::Paused) && seen.contains(&UploadEvent::Continued));
    let stored = seen.iter().filter(|event| matches!(event, UploadEvent::PartStored { .. })).count();
    assert_eq!(stored, 9);
}

/// Polls a future so often and no more.
struct Polls<F>(F, usize);

impl<F: Future + Unpin> Future for Polls<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.1 == 0 {
            return Poll::Ready(None);
        }
        self.1 -= 1;
        Pin::new(&mut self.0).poll(cx).map(Some)
    }
}

/// What is left on the server of an upload that was dropped.
#[derive(Clone, Copy, PartialEq)]
enum Left {
    Nothing,
    /// Parts that another run resumes with.
    Parts,
}

/// Drops an upload after every possible number of polls; gives how many there are. `file` is its source, if it is one.
async fn drop_at_every_poll(file: Option<&Path>, left: Left, prepare: impl AsyncFn(&Fake) -> Upload) -> usize {
    let handles = || file.map_or(0, open_handles);
    let handles_before = handles();
    for polls in 0.. {
        let fake = Fake::new();
        let upload = prepare(&fake).await;
        let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        let outcome = Polls(upload.into_future(), polls).await;
        let (completing, requests) = (fake.count("CompleteMultipartUpload"), fake.state().log.len());
        tokio::time::sleep(MINUTE).await;
        assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), tasks, "no task outlives the drop");
        until_read(|| handles() == handles_before).await;
        assert_eq!(handles(), handles_before, "after {polls} polls the file is open");
        let later: Vec<_> = fake.state().log[requests..].iter().map(|entry| entry.operation).collect();
        let aborted_after_complete = completing > 0 && later.contains(&"AbortMultipartUpload");
        assert!(!aborted_after_complete || fake.object().is_none(), "after {polls} polls an abort races Complete");
        if let Some(outcome) = outcome {
            assert_eq!(outcome.is_ok(), fake.object().is_some(), "{outcome:?}");
            assert!(later.is_empty(), "{later:?}");
            return polls;
        }
        // A task that was about to send may do so before it learns of its end.
        let unasked = later.iter().filter(|name| !["AbortMultipartUpload", "ListParts"].contains(name)).count();
        assert_eq!(unasked, 0, "after {polls} polls: {later:?}");
        let with_parts = fake.state().uploads.values().filter(|upload| !upload.parts.is_empty()).count();
        match left {
            Left::Nothing => {
                assert_eq!(with_parts, 0, "after {polls} polls parts are left: {}", fake.history());
            }
            // What the response to Initiate would have named is empty, and no other run knows of it.
            Left::Parts if fake.history() == "Initiate Abort ListParts" => {}
            Left::Parts => assert_eq!(fake.count("AbortMultipartUpload"), 0, "after {polls} polls: {}", fake.history()),
        }
        assert_eq!(fake.state().in_flight, 0);
    }
    unreachable!("the upload ends")
}

/// Waits a while for a read that was under way on another thread: it ends by itself.
async fn until_read(is_so: impl Fn() -> bool) {
    for _ in 0..200 {
        if is_so() {
            return;
        }
        tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
    }
}

/// Rows: W17, R37, R39, R46.
#[tokio::test(start_paused = true)]
async fn dropping_the_future_at_any_poll_leaves_nothing_running_or_stored() {
    let large = bytes(6 * PART);
    let source = file(4 * PART);
    let small = file(10);
    let (large, source, small) = (&large, source.path(), small.path());
    let stream = || Source::reader(std::io::Cursor::new(bytes(3 * PART)));
    let with_checkpoint = |fake: &Fake| {
        let store: Arc<dyn CheckpointStore> = Arc::new(MemoryStore::new());
        fake.uploader().upload_file(request(), source).enable_checkpoint(true).checkpoint_store(store)
    };
    use Left::{Nothing, Parts};
    let polls = [
        // By one request.
        drop_at_every_poll(None, Nothing, async |fake| fake.uploader().upload_from(request(), bytes(10))).await,
        drop_at_every_poll(Some(small), Nothing, async |fake| fake.uploader().upload_file(request(), small)).await,
        // In parts, of each kind of source.
        drop_at_every_poll(None, Nothing, async |fake| fake.uploader().upload_from(request(), large.clone())).await,
        drop_at_every_poll(Some(source), Nothing, async |fake| fake.uploader().upload_file(request(), source)).await,
        drop_at_every_poll(None, Nothing, async |fake| fake.uploader().upload_from(request(), stream())).await,
        // With a record, without one before and with parts of an earlier run.
        drop_at_every_poll(Some(source), Parts, async |fake| with_checkpoint(fake)).await,
        drop_at_every_poll(Some(source), Parts, async |fake| {
            let store: Arc<dyn CheckpointStore> = Arc::new(MemoryStore::new());
            let upload = || with_checkpoint(fake).checkpoint_store(store.clone());
            let earlier = upload().parallel_num(1).start();
            while fake.count("UploadPart") < 3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            drop(earlier);
            tokio::time::sleep(MINUTE).await;
            upload()
        })
        .await,
        drop_at_every_poll(None, Parts, async |fake| {
            fake.uploader().upload_from(request(), large.clone()).leave_parts_on_error(true)
        })
        .await,
        // While something goes wrong and is gone over.
        drop_at_every_poll(None, Nothing, async |fake| {
            fake.fault("UploadPart 2", Fault::Refuse(503, "SlowDown"));
            fake.uploader().upload_from(request(), large.clone())
        })
        .await,
        drop_at_every_poll(None, Nothing, async |fake| {
            fake.fault("CompleteMultipartUpload", Fault::ResponseLost);
            fake.uploader().upload_from(request(), large.clone())
        })
        .await,
        drop_at_every_poll(None, Nothing, async |fake| {
            fake.fault("PutObject", Fault::ResponseLost);
            fake.uploader().upload_from(request(), bytes(10))
        })
        .await,
        // While it cleans up after a failure.
        drop_at_every_poll(None, Nothing, async |fake| {
            fake.fault("UploadPart 2", Fault::Refuse(403, "AccessDenied"));
            fake.fault("AbortMultipartUpload", Fault::LostOnTheWay);
            fake.uploader().upload_from(request(), large.clone())
        })
        .await,
        // With a second copy of a part under way.
        drop_at_every_poll(None, Nothing, async |fake| {
            fake.fault("UploadPart 6", Fault::Slow(MINUTE / 2));
            fake.uploader().upload_from(request(), large.clone()).parallel_num(ParallelNum::Auto)
        })
        .await,
    ];
    println!("{polls:?} polls");
    assert!(polls.iter().all(|polls| *polls >= 2), "{polls:?}");
}

#[cfg(target_os = "linux")]
fn open_handles(path: &Path) -> usize {
    let links =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link == path).count()
}

#[cfg(not(target_os = "linux"))]
fn open_handles(_: &Path) -> usize {
    0
}

/// Rows: W25, R37, R78.
#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn whether_it_fails_or_is_dropped_the_file_is_closed() {
    let file = file(4 * PART);
    let before = open_handles(file.path());
    for _ in 0..50 {
        let fake = Fake::new();
        fake.fault("UploadPart 2", Fault::Refuse(403, "AccessDenied"));
        fake.uploader().upload_file(request(), file.path()).await.unwrap_err();
        let dropped = fake.uploader().upload_file(request(), file.path()).into_future();
        drop(tokio::time::timeout(Duration::from_millis(15), dropped).await);
    }
    until_read(|| open_handles(file.path()) == before).await;
    assert_eq!(open_handles(file.path()), before);
}

/// Rows: R39.
#[test]
fn a_runtime_that_goes_away_takes_the_upload_with_it_quietly() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let (fake, uploading) = runtime.block_on(async {
        let fake = Fake::new();
        fake.fault("UploadPart 1", Fault::Hang);
        let uploading = fake.uploader().upload_from(request(), bytes(4 * PART)).start();
        while fake.count("UploadPart") == 0 {
            tokio::task::yield_now().await;
        }
        (fake, uploading)
    });
    runtime.shutdown_background();
    drop(uploading);
    drop(fake);
}
