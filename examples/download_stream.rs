//! Reads an object as a stream, in order, while further parts are fetched ahead: here to count its lines.
//!
//! ```text
//! cargo run --example download_stream -- --region cn-hangzhou --bucket demo --key log.txt --file-path lines.txt
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod common;

use anyhow::Context as _;
use clap::Parser;
use ossup::GetObjectRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = common::Arguments::parse();
    let client = arguments.client()?;

    let request = GetObjectRequest::new(&arguments.bucket, &arguments.key);
    // At most `part_size * parallel_num` bytes are in memory; a reader that stops stops the requests.
    let mut stream = client.downloader().stream(request).await?;
    let mut file = tokio::fs::File::create(&arguments.file_path).await?;
    let (mut lines, mut buffer) = (0, vec![0; 64 * 1024]);
    loop {
        let read = stream.read(&mut buffer).await?;
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else { break };
        lines += piece.iter().filter(|byte| **byte == b'\n').count();
        file.write_all(piece).await?;
    }
    file.flush().await?;

    // The end of a stream without an error says that all of it was verified as far as this tells.
    let result = stream.result().context("the stream is not at its end")?;
    println!("{lines} lines in {} bytes, {:?}", result.size, result.verified);
    Ok(())
}
