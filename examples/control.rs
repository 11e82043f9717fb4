//! Starts an upload in the background, watches, pauses and resumes it; and cancels another one.
//!
//! ```text
//! cargo run --example control
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod local;

use std::time::Duration;

use anyhow::Context as _;
use local::BUCKET;
use oss_emulator::Fault;
use ossup::{Client, Events, PutObjectRequest, UploadErrorKind, UploadEvent};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let emulator = local::emulator().await?;
    // A slow server, so that there is something to watch.
    emulator.add_fault(Fault::on("UploadPart").always().delay(Duration::from_millis(20)));
    let client = Client::new(local::config(&emulator))?;
    let uploader = client.uploader().part_size(200 * 1024);
    let film = vec![7; 4_000_000];

    // `start` instead of `.await` returns a handle. The function is called at most ten times a second.
    let upload = uploader
        .upload_from(PutObjectRequest::new(BUCKET, "film.mkv"), film.clone())
        .on_progress(|progress| println!("{:>7} of {} bytes", progress.confirmed, progress.total.unwrap_or_default()))
        .start();
    let mut events = upload.events();
    wait_for(&mut events, |event| matches!(event, UploadEvent::PartStored { .. })).await?;

    // Parts in flight finish; no other starts.
    upload.pause();
    wait_for(&mut events, |event| matches!(event, UploadEvent::Paused)).await?;
    println!("paused after {} bytes", upload.progress().confirmed);
    upload.resume();
    wait_for(&mut events, |event| matches!(event, UploadEvent::Continued)).await?;

    // The handle is a future of the result. Dropping it instead would end the upload.
    let result = upload.await?;
    println!("{} bytes in {} parts, {:?}", result.size, result.parts_sent, result.verified);
    assert_eq!(emulator.content(BUCKET, "film.mkv")?, Some(film.clone()));

    // Cancelling waits until the parts are gone from the server.
    let upload = uploader.upload_from(PutObjectRequest::new(BUCKET, "unwanted.mkv"), film).start();
    wait_for(&mut upload.events(), |event| matches!(event, UploadEvent::PartStored { .. })).await?;
    let error = upload.cancel().await.err().context("a cancelled upload has no result")?;
    println!("{error}");
    assert!(matches!(error.kind(), UploadErrorKind::Cancelled));
    assert!(emulator.uploads(BUCKET)?.is_empty());
    Ok(())
}

/// Receives events until the expected one.
async fn wait_for(events: &mut Events, wanted: impl Fn(&UploadEvent) -> bool) -> anyhow::Result<()> {
    loop {
        let event = events.next().await.context("the upload ended before")?;
        if wanted(&event) {
            println!("{event:?}");
            return Ok(());
        }
    }
}
