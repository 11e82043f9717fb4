//! Bytes that are taken in order: streams, writers, ranges.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use oss_downloader::{DownloadErrorKind, ObjectStream, Verified};
use tokio::io::AsyncReadExt;

use crate::fake::{Fake, Fault, PART, bytes, request};

const SIZE: u64 = 9 * PART;

async fn next(stream: &mut ObjectStream) -> Option<Result<Bytes, oss_downloader::DownloadError>> {
    poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}

async fn rest(stream: &mut ObjectStream) -> Result<Bytes, oss_downloader::DownloadError> {
    let mut all = BytesMut::new();
    while let Some(piece) = next(stream).await {
        all.extend_from_slice(&piece?);
    }
    Ok(all.freeze())
}

#[tokio::test(start_paused = true)]
async fn a_stream_gives_the_bytes_in_order_and_ends_verified() {
    for size in [0, 1, PART, SIZE, SIZE + 7] {
        let fake = Fake::new(bytes(size));
        let mut stream = fake.downloader().stream(request()).await.unwrap();
        assert_eq!((stream.info().size, stream.result().is_none()), (size, true));
        assert_eq!(rest(&mut stream).await.unwrap(), bytes(size));
        assert_eq!(stream.result().unwrap().verified, Verified::Crc64);
        assert!(next(&mut stream).await.is_none(), "it stays at its end");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_a_reader_too() {
    let fake = Fake::new(bytes(SIZE));
    let mut stream = fake.downloader().stream(request().range(10..)).await.unwrap();
    let mut first = [0; 1000];
    stream.read_exact(&mut first).await.unwrap();
    let mut all = first.to_vec();
    stream.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, bytes(SIZE).slice(10..));
    assert_eq!(stream.result().unwrap().verified, Verified::No, "the server has no CRC64 of a range");
}

#[tokio::test(start_paused = true)]
async fn what_a_read_leaves_of_a_piece_the_stream_gives_next() {
    let fake = Fake::new(bytes(SIZE));
    let mut stream = fake.downloader().stream(request()).await.unwrap();
    let mut first = [0; 1000];
    stream.read_exact(&mut first).await.unwrap();
    let left = next(&mut stream).await.unwrap().unwrap();
    assert!(left.len() < 16 << 10, "the rest of one piece");
    let all = [&first, &left[..], &rest(&mut stream).await.unwrap()[..]].concat();
    assert_eq!(all, bytes(SIZE));
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_how_far_it_is() {
    let fake = Fake::new(bytes(SIZE));
    let mut stream = fake.downloader().stream(request()).await.unwrap();
    assert_eq!((stream.progress().confirmed, stream.progress().total), (0, Some(SIZE)));
    let taken = next(&mut stream).await.unwrap().unwrap().len() as u64;
    let confirmed = stream.progress().confirmed;
    assert!((taken..SIZE).contains(&confirmed), "{confirmed}");
    rest(&mut stream).await.unwrap();
    assert_eq!(stream.progress().confirmed, SIZE);
}

/// Rows: W1.
#[tokio::test(start_paused = true)]
async fn a_slow_consumer_stops_the_ranges_and_bounds_the_memory() {
    let fake = Fake::new(bytes(50 * PART));
    let mut stream = fake.downloader().stream(request()).await.unwrap();
    let mut taken = 0_u64;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let held = fake.state().sent - taken;
        assert!(held <= 3 * PART, "{held} bytes are held");
        taken += next(&mut stream).await.unwrap().unwrap().len() as u64;
    }
    drop(stream);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(fake.state().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_ranges_is_held_back_too() {
    let fake = Fake::new(bytes(50 * PART));
    fake.state().ignores_range = true;
    let mut stream = fake.downloader().stream(request()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(30)).await;
    let held = fake.state().sent;
    assert!(held <= 4 * PART, "{held} bytes are held");
    assert_eq!(rest(&mut stream).await.unwrap(), bytes(50 * PART));
}

#[tokio::test(start_paused = true)]
async fn what_breaks_is_fetched_again_and_no_byte_comes_twice() {
    for fault in
        [Fault::Cut(50_000), Fault::Short(1), Fault::Refuse(500, "InternalError"), Fault::Drip(Duration::from_secs(8))]
    {
        for start in [0, 4 * PART, 8 * PART] {
            let fake = Fake::new(bytes(SIZE));
            fake.fault(&format!("GetObject {start}"), fault.clone());
            let mut stream = fake.downloader().stream(request()).await.unwrap();
            assert_eq!(rest(&mut stream).await.unwrap(), bytes(SIZE), "{fault:?} at {start}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_verified_ends_in_an_error_instead_of_the_end() {
    let fake = Fake::new(bytes(SIZE));
    fake.fault("GetObject 409600", Fault::Corrupt);
    let mut stream = fake.downloader().stream(request()).await.unwrap();
    let error = rest(&mut stream).await.unwrap_err();
    assert!(matches!(error.kind(), DownloadErrorKind::Corrupt { .. }), "{error}");
    assert!(next(&mut stream).await.is_none() && stream.result().is_none());
    fake.fault("GetObject 409600", Fault::Replace(bytes(SIZE + 1)));
    let mut stream = fake.downloader().stream(request()).await.unwrap();
    let mut all = Vec::new();
    let error = stream.read_to_end(&mut all).await.unwrap_err();
    assert!(error.to_string().contains("the object changed"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_not_there_is_told_when_the_stream_is_opened() {
    let fake = Fake::new("");
    fake.state().object = None;
    let error = fake.downloader().stream(request()).await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchKey"));
}

#[tokio::test(start_paused = true)]
async fn a_writer_gets_the_bytes_in_order() {
    let fake = Fake::new(bytes(SIZE));
    let mut written = Vec::new();
    let result = fake.downloader().download_to(request(), &mut written).await.unwrap();
    assert_eq!((result.verified, result.size), (Verified::Crc64, SIZE));
    assert_eq!(written, bytes(SIZE));
}

#[tokio::test(start_paused = true)]
async fn a_callback_is_told_how_far_a_writer_has_come() {
    let fake = Fake::new(bytes(SIZE));
    let (seen, mut written) = (Arc::new(Mutex::new(Vec::new())), Vec::new());
    let sink = seen.clone();
    let download = fake.downloader().download_to(request(), &mut written);
    download.on_progress(move |progress| sink.lock().unwrap().push(progress.confirmed)).await.unwrap();
    let seen = seen.lock().unwrap().clone();
    assert!(seen.is_sorted() && seen.len() > 2 && seen.last() == Some(&SIZE), "{seen:?}");
    let panicking = fake.downloader().download_to(request(), Vec::new()).on_progress(|_| panic!("the caller's"));
    let error = panicking.await.unwrap_err();
    assert!(matches!(error.kind(), DownloadErrorKind::Panicked { what: "the progress callback" }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_fails_ends_the_download() {
    let fake = Fake::new(bytes(SIZE));
    let (writer, reader) = tokio::io::duplex(64);
    drop(reader);
    let error = fake.downloader().download_to(request(), writer).await.unwrap_err();
    assert!(error.to_string().contains("could not write to the writer"), "{error}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(fake.state().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_of_a_stream_is_an_error_when_asked_for() {
    let fake = Fake::new(bytes(10));
    assert!(fake.downloader().stream(request()).enable_checkpoint(true).await.is_err());
    assert_eq!(fake.requests(), 0);
    assert!(fake.downloader().enable_checkpoint(true).stream(request()).await.is_ok(), "inherited");
}

#[tokio::test(start_paused = true)]
async fn ranges_come_back_as_they_were_asked_for_and_near_ones_by_one_request() {
    let (fake, all) = (Fake::new(bytes(SIZE)), bytes(SIZE));
    let ranges = [500_000..500_010, 0..10, 20..30, 7..7, SIZE - 5..SIZE + 100, 5..25];
    let found = fake.downloader().ranges(request(), &ranges).await.unwrap();
    for (range, found) in ranges.iter().zip(&found) {
        let [start, end] = [range.start, range.end.min(SIZE)].map(|at| usize::try_from(at).unwrap());
        assert_eq!(found, &all.slice(start..end), "{range:?}");
    }
    assert_eq!(fake.history(), ["GET 0-29", "GET 500000-500009", &format!("GET {}-{}", SIZE - 5, SIZE - 1)]);
    let pinned = fake.state().log.iter().filter(|entry| entry.headers.contains_key("if-match")).count();
    assert_eq!(pinned, 2);
}

#[tokio::test(start_paused = true)]
async fn ranges_that_are_not_there_are_errors_and_empty_ones_cost_nothing() {
    let fake = Fake::new(bytes(SIZE));
    let downloader = fake.downloader();
    assert_eq!(downloader.ranges(request(), &[3..3, 9..9]).await.unwrap(), [Bytes::new(), Bytes::new()]);
    assert_eq!(downloader.ranges(request(), &[]).await.unwrap(), Vec::<Bytes>::new());
    let reversed = std::ops::Range { start: 9, end: 3 };
    let reversed = downloader.ranges(request(), &[0..1, reversed]).await.unwrap_err();
    assert!(reversed.to_string().contains("9..3"), "{reversed}");
    assert!(downloader.ranges(request().range(1..), &[0..3, 5..9]).await.is_err());
    assert_eq!(fake.requests(), 0);
    let error = downloader.ranges(request(), &[0..3, SIZE..SIZE + 1]).await.unwrap_err();
    assert!(matches!(error.kind(), DownloadErrorKind::OutOfRange { size: SIZE }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn ranges_of_an_object_that_comes_whole_are_cut_from_it() {
    let (fake, all) = (Fake::new(bytes(PART)), bytes(PART));
    fake.state().ignores_range = true;
    let found = fake.downloader().ranges(request(), &[PART - 9..PART, 0..5, 5..PART - 9]).await.unwrap();
    let middle = all.slice(5..all.len() - 9);
    assert_eq!(found, [all.slice(all.len() - 9..), all.slice(..5), middle]);
    assert_eq!(fake.history(), [format!("GET 0-{}", PART - 1)]);
    // Of a longer one no part is taken for another.
    fake.store(bytes(PART + 1));
    let error = fake.downloader().ranges(request(), &[0..5, 5..9]).await.unwrap_err();
    assert!(matches!(error.kind(), DownloadErrorKind::RangeIgnored), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_range_past_the_end_of_an_object_that_comes_whole_is_told() {
    let fake = Fake::new(bytes(SIZE));
    fake.state().ignores_range = true;
    let error = fake.downloader().stream(request().range(SIZE..)).await.unwrap_err();
    assert!(matches!(error.kind(), DownloadErrorKind::OutOfRange { size: SIZE }), "{error}");
    assert!(error.to_string().ends_with("past the end of the object, which has 921600 bytes"), "{error}");
    assert_eq!(fake.requests(), 1, "asking again cannot help");
}

#[tokio::test(start_paused = true)]
async fn long_ranges_are_fetched_in_parts_at_once() {
    let fake = Fake::new(bytes(SIZE));
    let found = fake.downloader().ranges(request(), &[5..SIZE, 0..1]).await.unwrap();
    assert_eq!(found, [bytes(SIZE).slice(5..), bytes(SIZE).slice(..1)]);
    assert_eq!((fake.requests(), fake.state().most_in_flight), (10, 3), "the short range goes by itself");
}
