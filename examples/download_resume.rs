//! Downloads an object with a checkpoint: if this program is stopped and started again, it resumes.
//!
//! ```text
//! cargo run --example download_resume -- --region cn-hangzhou --bucket demo --key film.mkv --file-path film.mkv
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod common;

use clap::Parser;
use ossup::GetObjectRequest;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = common::Arguments::parse();
    let client = arguments.client()?;

    // The folder is made if it is missing; the record is removed when the download has succeeded.
    let checkpoints = std::env::temp_dir().join("ossup-example-checkpoints");
    let downloader = client.downloader().enable_checkpoint(true).checkpoint_dir(checkpoints);

    let request = GetObjectRequest::new(&arguments.bucket, &arguments.key);
    let result = downloader.download_file(request, &arguments.file_path).await?;

    println!("{} bytes, {:?}, {} of them were there already", result.size, result.verified, result.resumed_bytes);
    Ok(())
}
