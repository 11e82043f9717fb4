//! Uploads from an open file, from its current position; any `AsyncRead`, stream or `Read` works the same way.
//!
//! ```text
//! cargo run --example upload_from -- --region cn-hangzhou --bucket demo --key cat.jpg --file-path cat.jpg
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod common;

use clap::Parser;
use ossup::PutObjectRequest;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = common::Arguments::parse();
    let client = arguments.client()?;

    let reader = std::fs::File::open(&arguments.file_path)?;
    let result =
        client.uploader().upload_from(PutObjectRequest::new(&arguments.bucket, &arguments.key), reader).await?;

    common::show(&result);
    Ok(())
}
