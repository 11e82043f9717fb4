//! Sources that are always ready, whatever they give: none keeps a task, or a thread, from ending.

use std::io::{self, Read};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::header::ETAG;
use http::{HeaderValue, StatusCode};
use http_body_util::BodyExt;
use oss_models::{Request, Response};
use oss_uploader::{Source, Stored, UploadErrorKind, Uploader};
use tokio::io::{AsyncRead, ReadBuf};
use tower::service_fn;

use crate::fake::{Fake, PART, bytes, request};

/// What takes longer than this hangs. Nothing waits for it otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `work` on a runtime of one thread. If a task of it never yields, no timer there would tell, so another thread does.
fn ends(what: &'static str, work: impl Future<Output = ()> + Send + 'static) {
    let (done, waiting) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(work);
        // What blocks is not waited for.
        runtime.shutdown_background();
        let _ = done.send(());
    });
    match waiting.recv_timeout(PATIENCE) {
        Ok(()) => {}
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("does not end: {what}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("failed: {what}"),
    }
}

/// Whether a source was asked for bytes: before, there is nothing that could keep a task.
type Asked = Arc<AtomicBool>;

/// Gives these bytes, then pieces of no bytes for ever.
struct ThenEmpty(Bytes, Asked);

impl Stream for ThenEmpty {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.1.store(self.0.is_empty(), Relaxed);
        Poll::Ready(Some(Ok(std::mem::take(&mut self.0))))
    }
}

/// Gives one byte at a time for ever.
struct Trickle(Asked);

impl AsyncRead for Trickle {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.0.store(true, Relaxed);
        buffer.put_slice(&[1]);
        Poll::Ready(Ok(()))
    }
}

/// Rows: R38, R40.
#[test]
fn no_source_that_is_always_ready_keeps_cancel_from_ending() {
    type MakeSource = fn(Asked) -> Source;
    let sources: [(&str, MakeSource); 4] = [
        ("no bytes at all", |asked| Source::stream(ThenEmpty(Bytes::new(), asked))),
        ("no bytes after some", |asked| Source::stream(ThenEmpty(bytes(10), asked))),
        ("no bytes after a part", |asked| Source::stream(ThenEmpty(bytes(PART + 10), asked))),
        ("one byte at a time, into a part of gibibytes", |asked| Source::reader(Trickle(asked)).with_len(1 << 40)),
    ];
    for (what, source) in sources {
        ends(what, async move {
            let fake = Fake::new();
            let uploader = fake.uploader().part_size(4_u64 << 30).byte_budget(1_u64 << 40);
            let uploader = if what.contains("gibibytes") { uploader } else { fake.uploader() };
            let asked = Asked::default();
            let uploading = uploader.upload_from(request(), source(asked.clone())).start();
            while !asked.load(Relaxed) {
                tokio::task::yield_now().await;
            }
            let error = uploading.cancel().await.unwrap_err();
            assert!(matches!(error.kind(), UploadErrorKind::Cancelled), "{what}: {error}");
            assert_eq!(error.stored(), Stored::No, "{what}");
            assert!(fake.state().uploads.is_empty(), "{what}: {}", fake.history());
        });
    }
}

/// Blocks in memory are always ready. 64 MiB are more of them than a task of tokio may take in one turn.
///
/// Rows: R38.
#[test]
fn a_body_in_memory_leaves_turns_to_other_tasks() {
    let meanwhile = Arc::new(AtomicU64::new(0));
    let counted = meanwhile.clone();
    ends("a body in memory", async move {
        let turns = Arc::new(AtomicU64::new(0));
        let turning = turns.clone();
        tokio::spawn(async move {
            loop {
                turning.fetch_add(1, Relaxed);
                tokio::task::yield_now().await;
            }
        });
        // Reads bodies without ever waiting, and counts the turns that the other task had meanwhile.
        let never_waits = service_fn(move |request: Request| {
            let (turns, meanwhile) = (turns.clone(), meanwhile.clone());
            async move {
                let (mut body, before) = (request.body.open().unwrap(), turns.load(Relaxed));
                while body.frame().await.is_some() {}
                meanwhile.store(turns.load(Relaxed) - before, Relaxed);
                Ok(Response::new(StatusCode::OK).with_header(ETAG, HeaderValue::from_static("\"e\"")))
            }
        });
        let uploader = Uploader::new(never_waits).multipart_threshold(1_u64 << 30);
        uploader.upload_from(request(), vec![1; 64 << 20]).await.unwrap();
    });
    assert!(counted.load(Relaxed) > 0, "no other task had a turn");
}

/// Tells when it is dropped, and otherwise asks to be called again.
struct Interrupted(mpsc::Sender<()>, Asked);

impl Read for Interrupted {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.1.store(true, Relaxed);
        Err(io::ErrorKind::Interrupted.into())
    }
}

impl Drop for Interrupted {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// Rows: R38.
#[test]
fn a_thread_whose_reads_are_always_interrupted_ends_with_its_upload() {
    let (dropped, told) = mpsc::channel();
    ends("cancel", async move {
        let asked = Asked::default();
        let source = Source::blocking_reader(Interrupted(dropped, asked.clone()));
        let uploading = Fake::new().uploader().upload_from(request(), source).start();
        while !asked.load(Relaxed) {
            tokio::task::yield_now().await;
        }
        uploading.cancel().await.unwrap_err();
    });
    told.recv_timeout(PATIENCE).expect("the thread lets go of the reader");
}

/// Reads one byte for each permission.
struct Permitted {
    permissions: mpsc::Receiver<()>,
    reads: mpsc::Sender<()>,
}

impl Read for Permitted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let _ = self.reads.send(());
        self.permissions.recv().map_err(io::Error::other)?;
        buffer[0] = 1;
        Ok(1)
    }
}

/// What is read after the upload is gone is lost to the next reader.
///
/// Rows: R37, R38.
#[test]
fn a_blocking_reader_is_not_read_on_after_its_upload_is_gone() {
    for dropped in [false, true] {
        let (permit, permissions) = mpsc::channel();
        let (reads, read) = mpsc::channel();
        let permitting = permit.clone();
        let read = Arc::new(Mutex::new(read));
        let reading = read.clone();
        ends("cancel", async move {
            let source = Source::blocking_reader(Permitted { permissions, reads });
            let uploading = Fake::new().uploader().upload_from(request(), source).start();
            // The third read is under way, and blocks.
            permitting.send(()).unwrap();
            permitting.send(()).unwrap();
            let mut seen = 0;
            while seen < 3 {
                seen += reading.lock().unwrap().try_iter().count();
                tokio::task::yield_now().await;
            }
            match dropped {
                true => drop(uploading),
                false => drop(uploading.cancel().await),
            }
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        });
        for _ in 0..10 {
            let _ = permit.send(());
        }
        // The read that was under way ends, and there is no other: the reader, and with it the sender, goes.
        let read = read.lock().unwrap();
        let ended = std::iter::from_fn(|| match read.recv_timeout(PATIENCE) {
            Ok(()) => Some(()),
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("the reader is not let go"),
        });
        assert_eq!(ended.count(), 0, "reads after the end, dropped: {dropped}");
    }
}
