//! Uploads a file with the defaults of the upload manager.
//!
//! ```text
//! cargo run --example upload_file -- --region cn-hangzhou --bucket demo --key cat.jpg --file-path cat.jpg
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod common;

use clap::Parser;
use ossup::PutObjectRequest;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = common::Arguments::parse();
    let client = arguments.client()?;

    let result = client
        .uploader()
        .upload_file(PutObjectRequest::new(&arguments.bucket, &arguments.key), &arguments.file_path)
        .await?;

    common::show(&result);
    Ok(())
}
