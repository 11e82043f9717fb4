//! Downloads.

use anyhow::{Context, Result, bail, ensure};
use ossup::{Download, DownloadError, DownloadEvent, Verified};
use tokio::io::AsyncReadExt as _;

use super::trial::{PART, Trial, bytes};

pub(super) async fn whole(trial: &Trial<'_>) -> Result<()> {
    for len in [0, 1, PART, 3 * PART + 7] {
        let content = bytes(len);
        trial.store("film", &content).await?;
        let path = trial.file("target", b"old")?;
        let result = trial.downloader().download_file(trial.get("film"), &path).parallel_num(3).await?;
        ensure!((result.verified, result.size) == (Verified::Crc64, len), "{result:?}");
        ensure!(std::fs::read(&path)? == content, "the file of {len} bytes has others");
        let mut stream = trial.downloader().stream(trial.get("film")).await?;
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await?;
        ensure!(read == content, "the stream of {len} bytes has others");
        let verified = stream.result().map(|result| result.verified);
        ensure!(verified == Some(Verified::Crc64), "the stream: {verified:?}");
    }
    Ok(())
}

pub(super) async fn ranges(trial: &Trial<'_>) -> Result<()> {
    let content = bytes(3 * PART);
    trial.store("film", &content).await?;
    let path = trial.folder().join("target");
    trial.downloader().download_file(trial.get("film").range(PART + 1..), &path).await?;
    ensure!(std::fs::read(&path)? == content.split_at(102_401).1, "the rest from a byte on");
    let read = trial.downloader().ranges(trial.get("film"), &[10..20, 204_795..204_805]).await?;
    let expected = [content.get(10..20), content.get(204_795..204_805)].map(Option::unwrap_or_default);
    ensure!(read == expected, "two ranges");
    Ok(())
}

const PARTS: u64 = 20;

/// Cancels a download as soon as a part was fetched.
async fn stopped(download: Download) -> Result<DownloadError> {
    let handle = download.start();
    let mut events = handle.events();
    loop {
        match events.next().await {
            Some(DownloadEvent::PartFetched { .. }) => break,
            Some(_) => {}
            None => bail!("it ended before a part was fetched: {:?}", handle.await.err()),
        }
    }
    match handle.cancel().await {
        Ok(result) => bail!("it ended after {} parts before it could be cancelled", result.parts_fetched),
        Err(error) => Ok(error),
    }
}

pub(super) async fn resumed(trial: &Trial<'_>) -> Result<()> {
    let content = bytes(PARTS * PART);
    trial.store("film", &content).await?;
    let path = trial.file("target", b"old")?;
    let records = trial.folder().join("records");
    let download = || {
        let download = trial.downloader().download_file(trial.get("film"), &path);
        download.enable_checkpoint(true).checkpoint_dir(&records)
    };
    let error = stopped(download()).await?;
    ensure!(error.is_resumable(), "{error}");
    ensure!(std::fs::read(&path)? == b"old", "the target is not what it was");
    let result = download().await?;
    ensure!(result.resumed_bytes >= PART && (result.parts_fetched as u64) < PARTS, "{result:?}");
    ensure!(result.verified == Verified::Crc64 && std::fs::read(&path)? == content, "{result:?}");
    Ok(())
}

pub(super) async fn missing(trial: &Trial<'_>) -> Result<()> {
    let path = trial.file("target", b"old")?;
    let failed = trial.downloader().download_file(trial.get("nothing"), &path).await;
    let error = failed.err().context("it was downloaded")?;
    ensure!(error.code() == Some("NoSuchKey"), "{error}");
    ensure!(std::fs::read(&path)? == b"old", "the target is not what it was");
    let names = std::fs::read_dir(trial.folder())?.count();
    ensure!(names == 1, "{names} files are there");
    Ok(())
}
