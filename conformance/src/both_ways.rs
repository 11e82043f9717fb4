//! Objects that one client wrote and the other reads: the official Python SDK's come back equal through ours, and ours
//! through it, around the boundaries of parts.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use ossup::{GetObjectRequest, PutObjectRequest, Verified};
use xtask::step;

use crate::server::Server;

const SCRIPT: &str = include_str!("both_ways.py");
const BUCKET: &str = "demo";
const PART: u64 = 100 * 1024;

/// Sends so many objects each way.
///
/// # Errors
/// If an object does not come back as it was.
pub(super) fn run(python: &Path, objects: usize, seed: u64) -> Result<()> {
    println!("both ways: seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let server = Server::with(|builder| builder.bucket(BUCKET))?;
    let client = server.client()?;
    let (uploader, downloader) = (client.uploader().part_size(PART), client.downloader().part_size(PART));
    for number in 0..objects {
        let size = size(&mut random);
        let content: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(usize::try_from(size)?).collect();
        fs::write(path(&number.to_string()), content)?;
        let request = PutObjectRequest::new(BUCKET, format!("ours/{number}"));
        server.runtime.block_on(async { uploader.upload_file(request, path(&number.to_string())).await })?;
    }
    let script = path("both_ways.py");
    fs::write(&script, SCRIPT)?;
    let mut command = Command::new(python);
    command.arg(&script).arg(folder.path()).args([objects.to_string(), PART.to_string()]);
    server.tell(&mut command);
    step::run("the official Python SDK, both ways", &mut command)?;
    for number in 0..objects {
        let content = fs::read(path(&number.to_string()))?;
        let got =
            fs::read(path(&format!("got-{number}"))).with_context(|| format!("the SDK wrote no file {number}"))?;
        ensure!(got == content, "ours/{number}, {} bytes, is another object through the SDK", content.len());
        let request = GetObjectRequest::new(BUCKET, format!("theirs/{number}"));
        let target = path(&format!("back-{number}"));
        let result = server.runtime.block_on(async { downloader.download_file(request, &target).await })?;
        ensure!(
            fs::read(&target)? == content,
            "theirs/{number}, {} bytes, is another object through ours",
            content.len()
        );
        ensure!(result.verified == Verified::Crc64, "theirs/{number} was not verified");
    }
    println!("both ways: {objects} objects each way are equal");
    Ok(())
}

/// A size at, just before or just after a boundary of parts, or anywhere.
fn size(random: &mut fastrand::Rng) -> u64 {
    let boundary = PART * random.u64(0..5);
    match random.u8(..4) {
        0 => boundary,
        1 => boundary.saturating_sub(random.u64(1..4)),
        2 => boundary + random.u64(1..4),
        _ => random.u64(0..5 * PART),
    }
}
