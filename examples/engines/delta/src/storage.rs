//! `oss://` for Delta tables.

use std::sync::Arc;

use anyhow::{Context, Result};
use deltalake_core::logstore::{
    LogStore, LogStoreFactory, ObjectStoreFactory, ObjectStoreRef, StorageConfig, default_logstore, logstore_factories,
    object_store_factories,
};
use deltalake_core::{DeltaResult, DeltaTableError, Path};
use engines_common::oss_store;
use oss_emulator::Emulator;
use url::Url;

/// The table of this example.
pub(crate) const TABLE: &str = "oss://lake/events";

/// The keys of its commits.
pub(crate) const COMMITS: &str = "events/_delta_log/*.json";

/// Tells delta-rs how to reach `oss://`: which store has the objects, and that its `PutMode::Create` is enough for a log.
pub(crate) fn register(emulator: Arc<Emulator>) -> Result<()> {
    let scheme = Url::parse("oss://")?;
    object_store_factories().insert(scheme.clone(), Arc::new(Stores(emulator)));
    logstore_factories().insert(scheme, Arc::new(Logs));
    Ok(())
}

struct Stores(Arc<Emulator>);

impl ObjectStoreFactory for Stores {
    fn parse_url_opts(&self, url: &Url, _: &StorageConfig) -> DeltaResult<(ObjectStoreRef, Path)> {
        let bucket = url.host_str().ok_or_else(|| DeltaTableError::InvalidTableLocation(url.to_string()))?;
        // Each table that is opened has a client of its own, as two processes would.
        let store = oss_store(&self.0, bucket).map_err(|error| DeltaTableError::Generic(format!("{error:#}")))?;
        Ok((store, Path::parse(url.path())?))
    }
}

struct Logs;

impl LogStoreFactory for Logs {
    fn with_options(
        &self,
        prefixed: ObjectStoreRef,
        root: ObjectStoreRef,
        location: &Url,
        options: &StorageConfig,
    ) -> DeltaResult<Arc<dyn LogStore>> {
        Ok(default_logstore(prefixed, root, location, options))
    }
}

/// Opens the table at its latest version, through a client of its own.
pub(crate) async fn open() -> Result<deltalake_core::DeltaTable> {
    deltalake_core::open_table(Url::parse(TABLE)?).await.context("the table does not open")
}

/// Requests that create a commit.
pub(crate) struct CommitRequests {
    pub(crate) requests: usize,
    /// Those whose response never arrived.
    pub(crate) lost: usize,
}

pub(crate) fn commit_requests(emulator: &Emulator) -> CommitRequests {
    let history = emulator.history();
    let puts = || {
        history.iter().filter(|record| {
            record.operation == "PutObject" && record.key.contains("/_delta_log/") && record.key.ends_with(".json")
        })
    };
    CommitRequests { requests: puts().count(), lost: puts().filter(|record| record.status.is_none()).count() }
}
