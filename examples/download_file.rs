//! Downloads an object to a file with the defaults of the download manager.
//!
//! ```text
//! cargo run --example download_file -- --region cn-hangzhou --bucket demo --key cat.jpg --file-path cat.jpg
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod common;

use clap::Parser;
use ossup::GetObjectRequest;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = common::Arguments::parse();
    let client = arguments.client()?;

    // A file that exists keeps its content until all of the new one is there and verified.
    let result = client
        .downloader()
        .download_file(GetObjectRequest::new(&arguments.bucket, &arguments.key), &arguments.file_path)
        .await?;

    println!("{} bytes, {:?}, in {} parts", result.size, result.verified, result.parts_fetched);
    Ok(())
}
