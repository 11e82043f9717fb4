//! One object, uploaded by three processes that share nothing but a token and the file.
//!
//! ```text
//! cargo run --example three_processes
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result, and its workers response on stdout")]

mod local;

use std::ops::RangeInclusive;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use local::BUCKET;
use ossup::session::{MultipartSession, PartReceipt};
use ossup::{Client, Config, PartNumber, PutObjectRequest, Verified};
use tokio::process::Command;

const PART_SIZE: u64 = 100 * 1024;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => drive().await,
        [region, endpoint, token, path, first, last] => {
            let config = Config::load_default().region(region).endpoint(endpoint);
            let receipts = work(&Client::new(config)?, token, path, first.parse()?..=last.parse()?).await?;
            println!("{}", serde_json::to_string(&receipts)?);
            Ok(())
        }
        _ => anyhow::bail!("takes no arguments but from itself"),
    }
}

/// Initiates the upload, has three processes send its parts, and completes it.
async fn drive() -> anyhow::Result<()> {
    let emulator = local::emulator().await?;
    let client = Client::new(local::config(&emulator))?;
    let content: Vec<u8> = (0..850_000_u32).flat_map(u32::to_le_bytes).take(850_000).collect();
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(&file, &content)?;

    // The token names the upload and holds no secret: it may go through a queue or a command line.
    let request = PutObjectRequest::new(BUCKET, "film.mkv");
    let session = MultipartSession::begin(&client.uploader(), request.clone(), Some(content.len() as u64)).await?;
    let token = serde_json::to_string(&session)?;

    // Nine parts, three for each. Credentials are each process's own matter; here they come by the environment.
    let (id, secret) = emulator.credentials();
    let mut workers = Vec::new();
    for (first, last) in [("1", "3"), ("4", "6"), ("7", "9")] {
        let mut worker = Command::new(std::env::current_exe()?);
        worker.args([emulator.region(), emulator.endpoint(), &token]).arg(file.path()).args([first, last]);
        worker.env("OSS_ACCESS_KEY_ID", id).env("OSS_ACCESS_KEY_SECRET", secret);
        workers.push(worker.stdout(Stdio::piped()).kill_on_drop(true).spawn()?);
    }

    let mut receipts: Vec<PartReceipt> = Vec::new();
    for worker in workers {
        let output = worker.wait_with_output().await?;
        ensure!(output.status.success(), "a worker failed: {}", output.status);
        receipts.extend(serde_json::from_slice::<Vec<_>>(&output.stdout).context("what a worker printed")?);
    }

    // Checks that the receipts cover the object, and compares the CRC64 of all parts with the server's.
    let result = session.complete(&client.uploader(), request, receipts).await?;
    println!("{} bytes, {:?}", result.size, result.verified);
    assert_eq!(result.verified, Verified::Crc64);
    assert_eq!(emulator.content(BUCKET, "film.mkv")?, Some(content));
    Ok(())
}

/// Uploads the parts with these numbers.
async fn work(
    client: &Client,
    token: &str,
    path: &str,
    numbers: RangeInclusive<u16>,
) -> anyhow::Result<Vec<PartReceipt>> {
    let session: MultipartSession = serde_json::from_str(token)?;
    let size = session.size.context("the token names the size")?;
    let mut receipts = Vec::new();
    for number in numbers {
        let offset = u64::from(number - 1) * PART_SIZE;
        let range = offset..size.min(offset + PART_SIZE);
        let number = PartNumber::new(number)?;
        receipts.push(session.upload_file_part(&client.uploader(), number, path, range).await?);
    }
    Ok(receipts)
}
