//! Finds the multipart uploads that were never finished, whose parts are stored and billed, and aborts the old ones.
//!
//! ```text
//! cargo run --example stale_cleanup
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

mod local;

use std::time::{Duration, SystemTime};

use local::BUCKET;
use ossup::stale::{StaleOutcome, UnfinishedUploads};
use ossup::{BucketName, Client, InitiateMultipartUploadRequest};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let emulator = local::emulator().await?;
    let client = Client::new(local::config(&emulator))?;

    // One program began an upload 20 hours ago and crashed; another one began its upload just now. (For that the
    // server's clock is set; the client notices and signs with the server's time.)
    emulator.set_clock_offset(-20 * 60 * 60);
    client.initiate_multipart_upload(InitiateMultipartUploadRequest::new(BUCKET, "forgotten.mkv")).await?;
    emulator.set_clock_offset(0);
    client.initiate_multipart_upload(InitiateMultipartUploadRequest::new(BUCKET, "at-work.mkv")).await?;

    let unfinished = UnfinishedUploads::new(client.transport().clone(), BucketName::new(BUCKET)?);
    for upload in unfinished.list().await? {
        println!("{} was started at {:?}", upload.key, upload.initiated);
    }

    // Only age shows whether an upload is still needed: choose longer than any upload takes. `list_stale` would say what
    // `abort_stale` does, and do nothing.
    for stale in unfinished.abort_stale(12 * HOUR, SystemTime::now()).await? {
        println!("{}: {:?}", stale.upload.key, stale.outcome);
        match stale.upload.key.as_str() {
            "forgotten.mkv" => assert!(matches!(stale.outcome, StaleOutcome::Aborted)),
            _ => assert!(matches!(stale.outcome, StaleOutcome::Young)),
        }
    }

    let left: Vec<_> = emulator.uploads(BUCKET)?.into_iter().map(|upload| upload.key).collect();
    assert_eq!(left, ["at-work.mkv"]);
    Ok(())
}
