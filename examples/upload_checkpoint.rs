//! Uploads a file with a checkpoint: if this program is stopped and started again, it resumes.
//!
//! ```text
//! cargo run --example upload_checkpoint -- --region cn-hangzhou --bucket demo --key film.mkv --file-path film.mkv
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod common;

use clap::Parser;
use ossup::PutObjectRequest;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = common::Arguments::parse();
    let client = arguments.client()?;

    // The folder is made if it is missing; the record is removed when the upload has succeeded.
    let checkpoints = std::env::temp_dir().join("ossup-example-checkpoints");
    let uploader = client.uploader().enable_checkpoint(true).checkpoint_dir(checkpoints);

    let result =
        uploader.upload_file(PutObjectRequest::new(&arguments.bucket, &arguments.key), &arguments.file_path).await?;

    common::show(&result);
    println!("parts sent: {}, parts reused: {}", result.parts_sent, result.parts_reused);
    Ok(())
}
