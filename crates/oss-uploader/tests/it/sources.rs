use std::io::{Read, Seek, SeekFrom, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_core::Stream;
use oss_models::PutObjectRequest;
use oss_uploader::{Source, SourceError, Stored, UploadErrorKind, Uploader, Verified};
use tokio::io::{AsyncRead, ReadBuf};

use crate::fake::{Fake, Fault, PART, bytes, file, request};

/// Pieces of one size, one after the other.
struct Pieces(Bytes, usize);

impl Stream for Pieces {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let n = self.1.min(self.0.len());
        Poll::Ready((n > 0).then(|| Ok(self.0.split_to(n))))
    }
}

/// Rows: W3, W5, W6, W7, R7, R8, R10.
#[tokio::test(start_paused = true)]
async fn every_kind_of_source_gives_the_same_object() {
    for len in [0, 1, PART - 1, PART, PART + 1, 5 * PART, 5 * PART + 7] {
        let file = file(len);
        let sources = [
            Source::bytes(bytes(len)),
            Source::file(file.reopen().unwrap()),
            Source::stream(Pieces(bytes(len), 1000)),
            Source::reader(std::io::Cursor::new(bytes(len))),
            Source::blocking_reader(std::io::Cursor::new(bytes(len))),
            Source::stream(Pieces(bytes(len), 300_000)).with_len(len),
        ];
        for source in sources {
            let fake = Fake::new();
            let what = format!("{source:?} of {len}");
            let result = fake.uploader().upload_from(request(), source).await.expect(&what);
            assert_eq!(fake.content(), bytes(len), "{what}");
            assert_eq!((result.size, result.verified), (len, Verified::Crc64), "{what}");
            let parts = if len < PART { 0 } else { len.div_ceil(PART) as usize };
            assert_eq!((result.parts_sent, fake.count("UploadPart")), (parts, parts), "{what}");
        }
    }
}

/// Rows: W4, R9.
#[tokio::test(start_paused = true)]
async fn an_open_file_is_uploaded_from_its_position() {
    for skip in [5, 2 * PART + 5] {
        let mut handle = file(4 * PART).reopen().unwrap();
        handle.seek(SeekFrom::Start(skip)).unwrap();
        let fake = Fake::new();
        fake.uploader().upload_from(request(), handle).await.unwrap();
        assert_eq!(fake.content(), bytes(4 * PART).slice(skip as usize..));
    }
}

/// Rows: W5, R10.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_pipe_is_a_stream() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let writing = std::thread::spawn(move || writer.write_all(&bytes(3 * PART)).unwrap());
    let fake = Fake::new();
    let file = std::fs::File::from(std::os::fd::OwnedFd::from(reader));
    fake.uploader().upload_from(request(), file).await.unwrap();
    writing.join().unwrap();
    assert_eq!(fake.content(), bytes(3 * PART));
}

/// Rows: R81.
#[tokio::test]
async fn a_reader_that_blocks_does_not_block_the_runtime() {
    /// Blocks until the very runtime that uploads it lets it continue.
    struct Waiting(std::sync::mpsc::Receiver<()>);
    impl Read for Waiting {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            self.0.recv().unwrap();
            Ok(0)
        }
    }
    let (go_on, waiting) = std::sync::mpsc::channel();
    let fake = Fake::new();
    let uploading = fake.uploader().upload_from(request(), Source::blocking_reader(Waiting(waiting))).start();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    go_on.send(()).unwrap();
    uploading.await.unwrap();
}

/// Rows: R11, R15.
#[tokio::test(start_paused = true)]
async fn a_reader_that_fails_leaves_no_object_and_no_upload() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("out of paper"))
        }
    }
    for good in [10, 3 * PART + 10] {
        let fake = Fake::new();
        let source = Source::blocking_reader(std::io::Cursor::new(bytes(good)).chain(Broken));
        let error = fake.uploader().upload_from(request(), source).await.unwrap_err();
        let UploadErrorKind::Source(read) = error.kind() else { panic!("{error}") };
        // Not of a file, so there is no path to name.
        let at = if good < PART { 0 } else { 3 * PART };
        assert_eq!(read.to_string(), format!("could not read the source at offset {at}"));
        assert_eq!(std::error::Error::source(read).map(ToString::to_string).as_deref(), Some("out of paper"));
        assert!(fake.object().is_none() && fake.state().uploads.is_empty());
    }
}

/// An empty object would look like success.
///
/// Rows: R6, R11.
#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_source_of_no_bytes_whose_reading_fails_is_no_empty_object() {
    use std::fs::{File, OpenOptions};

    let (empty, written) = (file(0), file(10));
    let write_only = |path| OpenOptions::new().write(true).open(path).unwrap();
    let mut at_its_end = write_only(written.path());
    at_its_end.seek(SeekFrom::End(0)).unwrap();
    let handles = [
        File::open("/proc/self/mem").unwrap(),
        File::open("/proc/self").unwrap(),
        write_only(empty.path()),
        at_its_end,
    ];
    let fake = Fake::new();
    for growing in [false, true] {
        let uploader = fake.uploader().allow_growth(growing);
        let mut uploads = vec![uploader.upload_file(request(), "/proc/self/mem")];
        uploads.extend(handles.iter().map(|file| uploader.upload_from(request(), file.try_clone().unwrap())));
        for (n, upload) in uploads.into_iter().enumerate() {
            let error = upload.await.expect_err(&format!("source {n}"));
            let is_read = matches!(error.kind(), UploadErrorKind::Source(SourceError::Read { offset: 0, .. }));
            assert!(is_read, "source {n}: {error}");
            assert_eq!(error.stored(), Stored::No);
        }
    }
    assert_eq!(fake.history(), "");
}

/// Rows: W3, R12.
#[tokio::test(start_paused = true)]
async fn a_digest_of_the_whole_is_compared_however_the_object_is_sent() {
    let content_md5 = |bytes: &[u8]| BASE64_STANDARD.encode(*md5::compute(bytes));
    for len in [0, 10, PART, 250_000] {
        let file = file(len);
        let (good, bad) = (content_md5(&bytes(len)), content_md5(b"something else"));
        let by_setter = |digest: &str| request().content_md5(digest);
        let by_name = |digest: &str| request().header("Content-MD5", digest);
        for n in 0..6 {
            let upload = |uploader: &Uploader, request: PutObjectRequest| match n {
                0 => uploader.upload_file(request, file.path()),
                1 => uploader.upload_from(request, Source::file(file.reopen().unwrap())),
                2 => uploader.upload_from(request, bytes(len)),
                3 => uploader.upload_from(request, Source::stream(Pieces(bytes(len), 30_000))),
                4 => uploader.upload_from(request, Source::reader(std::io::Cursor::new(bytes(len))).with_len(len)),
                _ => uploader.upload_from(request, Source::blocking_reader(std::io::Cursor::new(bytes(len)))),
            };
            for (good, bad) in [(by_setter(&good), by_setter(&bad)), (by_name(&good), by_name(&bad))] {
                let what = format!("source {n} of {len}");
                let fake = Fake::new();
                upload(&fake.uploader(), good).await.expect(&what);
                assert_eq!(fake.content(), bytes(len), "{what}");

                let fake = Fake::new();
                let error = upload(&fake.uploader(), bad).await.expect_err(&what);
                assert!(fake.object().is_none() && fake.state().uploads.is_empty(), "{what}: {error}");
                assert_eq!(fake.count("CompleteMultipartUpload"), 0, "{what}");
                assert!(fake.count("PutObject") <= 1, "{what}: the digest stays wrong");
                if n < 3 && len >= PART {
                    let is_mismatch = matches!(error.kind(), UploadErrorKind::Source(SourceError::Md5Mismatch { .. }));
                    assert!(is_mismatch, "{what}: {error}");
                    assert_eq!(fake.history(), "", "refused before anything is sent");
                }
            }
        }
    }
}

/// Rows: W29, R12.
#[tokio::test(start_paused = true)]
async fn a_stream_of_another_length_than_stated_is_an_error_before_complete() {
    for (stated, given) in [(3 * PART, 3 * PART + 1), (3 * PART, 3 * PART - 1), (5, 6), (5, 4), (PART, 0)] {
        let fake = Fake::new();
        let source = Source::stream(Pieces(bytes(given), 5000)).with_len(stated);
        let error = fake.uploader().upload_from(request(), source).await.unwrap_err();
        assert!(
            matches!(error.kind(), UploadErrorKind::Source(SourceError::SizeMismatch { declared, .. }) if *declared == stated),
            "{error}"
        );
        assert_eq!((error.stored(), fake.count("CompleteMultipartUpload")), (Stored::No, 0));
        assert!(fake.object().is_none() && fake.state().uploads.is_empty());
    }
}

/// Endless, and counts what was taken.
struct Endless(Arc<AtomicU64>);

impl AsyncRead for Endless {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let n = buffer.remaining();
        buffer.put_slice(&vec![0; n]);
        self.0.fetch_add(n as u64, Relaxed);
        Poll::Ready(Ok(()))
    }
}

/// Rows: W1, R77.
#[tokio::test(start_paused = true)]
async fn a_fast_stream_into_a_slow_network_is_read_one_part_ahead() {
    for parallel in [1, 3] {
        let (fake, read) = (Fake::new(), Arc::new(AtomicU64::new(0)));
        fake.state().latency = Duration::from_secs(3600);
        let source = Source::reader(Endless(read.clone()));
        let uploading = fake.uploader().upload_from(request(), source).parallel_num(parallel).start();
        tokio::time::sleep(Duration::from_secs(3700)).await;
        assert_eq!(fake.state().in_flight, parallel);
        assert_eq!(read.load(Relaxed), (parallel as u64 + 1) * PART);
        drop(uploading);
    }
}

/// Rows: W10, R13.
#[tokio::test(start_paused = true)]
async fn a_length_beyond_the_byte_budget_is_refused_before_anything_is_read() {
    let (fake, read) = (Fake::new(), Arc::new(AtomicU64::new(0)));
    let source = Source::reader(Endless(read.clone())).with_len(48 << 40);
    let error = fake.uploader().upload_from(request(), source).await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::ByteBudget { .. }), "{error}");
    assert_eq!((fake.history().as_str(), read.load(Relaxed)), ("", 0));
}

/// Rows: W17, R40.
#[tokio::test(start_paused = true)]
async fn a_panic_in_the_callers_code_is_an_error_and_cleans_up() {
    struct Bomb(u64);
    impl AsyncRead for Bomb {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<std::io::Result<()>> {
            assert!(self.0 > 0, "the reader is broken");
            let n = buffer.remaining().min(1000);
            buffer.put_slice(&[1; 1000][..n]);
            self.0 = self.0.saturating_sub(n as u64);
            Poll::Ready(Ok(()))
        }
    }
    let uploads = |fake: &Fake| {
        vec![
            fake.uploader().upload_from(request(), Source::reader(Bomb(10))),
            fake.uploader().upload_from(request(), Source::reader(Bomb(3 * PART))),
            fake.uploader().upload_from(request(), bytes(4 * PART)).on_progress(|progress| {
                assert!(progress.confirmed == 0, "the callback is broken");
            }),
        ]
    };
    for n in 0..uploads(&Fake::new()).len() {
        let fake = Fake::new();
        let error = uploads(&fake).remove(n).await.unwrap_err();
        assert!(matches!(error.kind(), UploadErrorKind::Panicked { .. }), "{error}");
        assert!(fake.object().is_none() && fake.state().uploads.is_empty(), "{}", fake.history());
    }
    let fake = Fake::new();
    fake.fault("UploadPart 2", Fault::Panic);
    let error = fake.uploader().upload_from(request(), bytes(4 * PART)).await.unwrap_err();
    assert!(matches!(error.kind(), UploadErrorKind::Panicked { what: "the service" }), "{error}");
    assert!(fake.state().uploads.is_empty());
}
