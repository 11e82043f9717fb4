//! Copies an object into another region, which the service itself does not do: through this machine, without a file.
//!
//! ```text
//! cargo run --example copy_across_regions -- --region cn-hangzhou --bucket demo --key cat.jpg \
//!     --to-region cn-beijing --to-bucket archive --to cat.jpg
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

use anyhow::ensure;
use clap::Parser;
use ossup::{Client, Config, GetObjectRequest, PutObjectRequest, Source};

/// What is copied, and where to.
#[derive(Parser)]
struct Arguments {
    /// The region of the source.
    #[arg(long)]
    region: String,
    /// The bucket of the source.
    #[arg(long)]
    bucket: String,
    /// The domain name that other services use to reach OSS in the region of the source; by default the public one.
    #[arg(long)]
    endpoint: Option<String>,
    /// The source.
    #[arg(long)]
    key: String,
    /// The region of the copy.
    #[arg(long)]
    to_region: String,
    /// The bucket of the copy.
    #[arg(long)]
    to_bucket: String,
    /// The domain name in the region of the copy; by default the public one.
    #[arg(long)]
    to_endpoint: Option<String>,
    /// The copy.
    #[arg(long)]
    to: String,
}

fn client(region: String, endpoint: Option<String>) -> anyhow::Result<Client> {
    let mut config = Config::load_default().region(region);
    if let Some(endpoint) = endpoint {
        config = config.endpoint(endpoint);
    }
    Ok(Client::new(config)?)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { region, bucket, endpoint, key, to_region, to_bucket, to_endpoint, to } = Arguments::parse();
    let (from_here, to_there) = (client(region, endpoint)?, client(to_region, to_endpoint)?);

    // Parts are fetched ahead only as far as the upload takes them: the memory is that of both windows.
    let stream = from_here.downloader().stream(GetObjectRequest::new(bucket, key)).await?;
    let (size, crc64) = (stream.info().size, stream.info().hash_crc64);
    // The stream ends without an error only if all of it is the source, and without its end nothing is completed.
    let source = Source::stream(stream).with_len(size);
    let result = to_there.uploader().upload_from(PutObjectRequest::new(to_bucket, to), source).await?;

    ensure!(crc64.is_none() || crc64 == result.hash_crc64, "the copy is not the source");
    println!("{} bytes, {:?}, {} parts", result.size, result.verified, result.parts_sent);
    Ok(())
}
