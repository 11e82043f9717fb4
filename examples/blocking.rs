//! Uploads and reads without async.
//!
//! ```text
//! cargo run --features blocking --example blocking
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod local;

use local::BUCKET;
use ossup::blocking::Client;
use ossup::{HeadObjectRequest, PutObjectRequest, Verified};

fn main() -> anyhow::Result<()> {
    // The emulator is async, so it needs a runtime. With OSS in its place none is visible.
    let beside = tokio::runtime::Runtime::new()?;
    let emulator = beside.block_on(local::emulator())?;
    let client = Client::new(local::config(&emulator))?;

    // What the uploader makes is the same as in async code; the client waits for it.
    let upload = client.uploader().upload_from(PutObjectRequest::new(BUCKET, "cat.txt"), "meow");
    let result = client.wait(upload)?;

    // Any other operation is a call.
    let head = client.call(HeadObjectRequest::new(BUCKET, "cat.txt"))?;

    println!("{} bytes, {:?}, etag {:?}", result.size, result.verified, head.etag);
    assert_eq!(result.verified, Verified::Crc64);
    assert_eq!(head.etag, result.etag);
    Ok(())
}
