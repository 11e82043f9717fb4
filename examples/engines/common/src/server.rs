//! An OSS on this machine, and the store that an engine is given.

use std::sync::Arc;

use anyhow::{Context, Result};
use object_store::ObjectStore;
use oss_emulator::Emulator;
use oss_object_store::v0_13::OssStoreBuilder;

/// The bucket of the examples.
pub const BUCKET: &str = "lake";

/// Starts an OSS in memory with an empty [`BUCKET`]. Without `check_signatures` every caller is its owner.
///
/// # Errors
/// If it cannot listen.
pub async fn start(check_signatures: bool) -> Result<Emulator> {
    let builder = Emulator::builder().bucket(BUCKET).verify_signatures(check_signatures);
    builder.start().await.context("the emulator does not start")
}

/// The store for a bucket of this server: the one function that names the crate under test.
///
/// # Errors
/// If the store refuses its settings.
pub fn oss_store(emulator: &Emulator, bucket: &str) -> Result<Arc<dyn ObjectStore>> {
    let (id, secret) = emulator.credentials();
    let store = OssStoreBuilder::new()
        .with_endpoint(emulator.endpoint())
        .with_region(emulator.region())
        .with_access_key_id(id)
        .with_secret_access_key(secret)
        .with_bucket(bucket)
        .build()?;
    Ok(Arc::new(store))
}
