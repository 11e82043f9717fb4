use std::future::IntoFuture as _;
use std::time::Duration;

use oss_uploader::{ParallelNum, Priority, Scheduler, Source};
use tokio::time::Instant;

use crate::fake::{Fake, Fault, PART, bytes, request};

#[tokio::test(start_paused = true)]
async fn uploads_of_one_uploader_share_its_connections_and_buffers() {
    let fake = Fake::new();
    let scheduler = Scheduler::new().connections(4).buffered_bytes(3 * PART);
    let uploader = fake.uploader().scheduler(scheduler);
    let reader = || Source::reader(std::io::Cursor::new(bytes(5 * PART)));
    let uploads = (0..3).map(|_| uploader.upload_from(request(), reader()).start());
    for upload in uploads.collect::<Vec<_>>() {
        upload.await.unwrap();
    }
    assert!(fake.state().most_in_flight <= 5, "4 parts, and requests that carry none");
    assert_eq!(fake.content(), bytes(5 * PART));
}

/// Gives some bytes at once, and the rest after a long time.
struct Halting {
    bytes: bytes::Bytes,
    halt: std::pin::Pin<Box<tokio::time::Sleep>>,
}

impl tokio::io::AsyncRead for Halting {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        if self.bytes.len() as u64 == PART / 2 {
            std::task::ready!(std::future::Future::poll(self.halt.as_mut(), cx));
        }
        let half = (PART / 2) as usize;
        let before_halt = if self.bytes.len() > half { self.bytes.len() - half } else { self.bytes.len() };
        let len = before_halt.min(buffer.remaining());
        buffer.put_slice(&self.bytes.split_to(len));
        std::task::Poll::Ready(Ok(()))
    }
}

/// Whether the stream is faster than the network, or stops in the middle of a part.
///
/// Rows: R77.
#[tokio::test(start_paused = true)]
async fn a_paused_stream_gives_its_share_of_the_buffers_back() {
    const HOUR: Duration = Duration::from_secs(3600);
    let reader = |len| Source::reader(std::io::Cursor::new(bytes(len)));
    let halting = || {
        let halt = Box::pin(tokio::time::sleep(24 * HOUR));
        Source::reader(Halting { bytes: bytes(5 * PART), halt })
    };
    for (source, len) in [(reader(60 * PART), 60 * PART), (halting(), 5 * PART)] {
        let fake = Fake::new();
        fake.state().latency = Duration::from_secs(1);
        let uploader = fake.uploader().scheduler(Scheduler::new().buffered_bytes(PART));
        let paused = uploader.upload_from(request(), source).start();
        tokio::time::sleep(Duration::from_secs(30) / 4).await;
        paused.pause();
        let what = format!("{paused:?}");
        let other = uploader.upload_from(request(), reader(9 * PART));
        let other = tokio::time::timeout(HOUR, other.into_future()).await.expect(&what).unwrap();
        assert_eq!(other.size, 9 * PART);
        let sent = fake.count("UploadPart");
        tokio::time::sleep(HOUR).await;
        assert_eq!(fake.count("UploadPart"), sent, "nothing more is read, and nothing sent");
        paused.resume();
        assert_eq!(paused.await.unwrap().size, len);
        assert_eq!(fake.content(), bytes(len));
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_of_high_priority_overtakes() {
    let fake = Fake::new();
    fake.state().latency = Duration::from_secs(1);
    let uploader = fake.uploader().scheduler(Scheduler::new().connections(2));
    let patient = uploader.upload_from(request(), bytes(20 * PART)).parallel_num(8).start();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let began = Instant::now();
    uploader.upload_from(request(), bytes(10)).priority(Priority::High).await.unwrap();
    assert!(began.elapsed() <= Duration::from_secs(3), "{:?}", began.elapsed());
    patient.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_bandwidth_is_shared_and_kept() {
    let fake = Fake::new();
    let uploader = fake.uploader().scheduler(Scheduler::new().bandwidth(PART));
    let began = Instant::now();
    let first = uploader.upload_from(request(), bytes(5 * PART)).start();
    let second = uploader.upload_from(request(), bytes(5 * PART)).start();
    first.await.unwrap();
    second.await.unwrap();
    let took = began.elapsed();
    assert!(took > Duration::from_secs(8) && took < Duration::from_secs(12), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn automatic_parallelism_grows_and_sends_a_straggler_twice() {
    let fake = Fake::new();
    fake.fault("UploadPart 60", Fault::Hang);
    let upload = fake.uploader().upload_from(request(), bytes(60 * PART)).parallel_num(ParallelNum::Auto);
    let result = tokio::time::timeout(Duration::from_secs(60), upload).await.unwrap().unwrap();
    assert!(fake.state().most_in_flight > 4);
    assert_eq!((fake.count("UploadPart"), result.parts_sent), (61, 60));
    assert_eq!(fake.content(), bytes(60 * PART));
}
