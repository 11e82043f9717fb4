//! Uploads a file in parts of 100 KiB, five at once, and leaves the parts on the server if the upload fails.
//!
//! ```text
//! cargo run --example upload_options -- --region cn-hangzhou --bucket demo --key film.mkv --file-path film.mkv
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod common;

use clap::Parser;
use ossup::PutObjectRequest;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = common::Arguments::parse();
    let client = arguments.client()?;

    let uploader = client.uploader().part_size(100 * 1024).parallel_num(5).leave_parts_on_error(true);

    let result =
        uploader.upload_file(PutObjectRequest::new(&arguments.bucket, &arguments.key), &arguments.file_path).await?;

    common::show(&result);
    Ok(())
}
