//! DataFusion on `oss://`: writes Parquet by `COPY … TO`, reads it back with predicates, compares the sums, and counts the
//! requests of each step beside those that object_store's S3 adapter needs for the same plan on the same layout.
//!
//! Both stores talk to an OSS on this machine; the one for the S3 adapter checks no signatures, since it would send those
//! of S3. It fails when a sum is wrong, when the layouts differ, or when a step needs more requests on `oss://`.

mod plan;
mod registry;
mod report;

use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;
use datafusion::execution::object_store::{DefaultObjectStoreRegistry, ObjectStoreRegistry};
use engines_common::{BUCKET, oss_store, start};
use object_store::aws::AmazonS3Builder;
use oss_emulator::Emulator;
use url::Url;

use crate::plan::Run;
use crate::registry::OssRegistry;

/// Compares DataFusion on `oss://` with DataFusion on object_store's S3 adapter.
#[derive(Debug, Parser)]
struct Options {
    /// Rows to write and to read.
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1_000..=1_000_000_000))]
    rows: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    // One after the other: each has its table in memory.
    let ours = on_oss(options.rows).await.context("on oss://")?;
    let theirs = on_s3(options.rows).await.context("on the S3 adapter")?;
    report::print(options.rows, &ours, &theirs);
    report::judge(&ours, &theirs)
}

async fn on_oss(rows: u64) -> Result<Run> {
    let emulator = Arc::new(start(true).await?);
    let server = Arc::clone(&emulator);
    let registry = OssRegistry::new(move |bucket| oss_store(&server, bucket));
    let run = plan::run(Arc::new(registry), &format!("oss://{BUCKET}/sales/"), rows, &emulator).await;
    stop(emulator).await;
    run
}

async fn on_s3(rows: u64) -> Result<Run> {
    let emulator = Arc::new(start(false).await?);
    let store = AmazonS3Builder::new()
        .with_endpoint(emulator.endpoint())
        .with_region(emulator.region())
        .with_bucket_name(BUCKET)
        .with_skip_signature(true)
        .with_allow_http(true)
        .build()?;
    let registry = DefaultObjectStoreRegistry::new();
    registry.register_store(&Url::parse(&format!("s3://{BUCKET}"))?, Arc::new(store));
    let run = plan::run(Arc::new(registry), &format!("s3://{BUCKET}/sales/"), rows, &emulator).await;
    stop(emulator).await;
    run
}

/// Frees what the server holds, if no one else has it any more.
async fn stop(emulator: Arc<Emulator>) {
    if let Ok(emulator) = Arc::try_unwrap(emulator) {
        emulator.shutdown().await;
    }
}
