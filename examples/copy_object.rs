//! Copies an object within the service, which moves the bytes itself.
//!
//! ```text
//! cargo run --example copy_object -- --region cn-hangzhou --bucket demo --key cat.jpg --to copies/cat.jpg
//! ```
#![allow(clippy::print_stdout, reason = "an example shows its result")]

use clap::Parser;
use ossup::{Client, Config, CopyObjectRequest, CopySource};

/// What is copied, and where to.
#[derive(Parser)]
struct Arguments {
    /// The region in which both buckets are located.
    #[arg(long)]
    region: String,
    /// The bucket of the source.
    #[arg(long)]
    bucket: String,
    /// The domain name that other services use to reach OSS; by default the public one of the region.
    #[arg(long)]
    endpoint: Option<String>,
    /// The source.
    #[arg(long)]
    key: String,
    /// The bucket of the copy; by default that of the source.
    #[arg(long)]
    to_bucket: Option<String>,
    /// The copy.
    #[arg(long)]
    to: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { region, bucket, endpoint, key, to_bucket, to } = Arguments::parse();
    let mut config = Config::load_default().region(region);
    if let Some(endpoint) = endpoint {
        config = config.endpoint(endpoint);
    }
    let client = Client::new(config)?;

    // Metadata and tags come from the source; small objects go by one request, large ones in parts.
    let source = CopySource::new(&bucket, key);
    let request = CopyObjectRequest::new(to_bucket.unwrap_or(bucket), to, source);
    let result = client.copier().copy(request).await?;

    println!("{} bytes, {:?}, {} parts", result.size, result.verified, result.parts_sent);
    Ok(())
}
