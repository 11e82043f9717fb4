//! One run of an upload after another, of the same file, to the same server.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use oss_models::PutObjectRequest;
use oss_uploader::checkpoint::{CheckpointStore, MemoryStore, StoredUpload};
use oss_uploader::{Upload, UploadError, UploadEvent, UploadHandle, UploadResult};
use tempfile::NamedTempFile;

use crate::fake::{Fake, PART, file, request};

pub(crate) const PARTS: u64 = 9;
pub(crate) const SIZE: u64 = (PARTS - 1) * PART + 5;

/// A file, a server and a store of records, for one run after another.
pub(crate) struct Runs {
    pub(crate) fake: Fake,
    pub(crate) file: NamedTempFile,
    pub(crate) store: MemoryStore,
}

impl Runs {
    pub(crate) fn new() -> Self {
        Self { fake: Fake::new(), file: file(SIZE), store: MemoryStore::new() }
    }

    pub(crate) fn upload(&self) -> Upload {
        self.upload_as(request())
    }

    pub(crate) fn upload_as(&self, request: PutObjectRequest) -> Upload {
        self.recorded(self.fake.uploader().upload_file(request, self.file.path()))
    }

    pub(crate) fn upload_path(&self, path: impl Into<PathBuf>) -> Upload {
        self.recorded(self.fake.uploader().upload_file(request(), path))
    }

    pub(crate) fn recorded(&self, upload: Upload) -> Upload {
        let store: Arc<dyn CheckpointStore> = Arc::new(self.store.clone());
        upload.enable_checkpoint(true).checkpoint_store(store)
    }

    /// A run that ends as by a kill once so many parts were started.
    pub(crate) async fn killed_after(&self, parts: usize) {
        self.killed_with(self.upload(), parts).await;
    }

    pub(crate) async fn killed_with(&self, upload: Upload, parts: usize) {
        let sent = self.fake.count("UploadPart");
        let uploading = upload.start();
        while self.fake.count("UploadPart") < sent + parts {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        end(uploading).await;
        assert_eq!(self.fake.count("AbortMultipartUpload"), 0);
    }

    /// A run that ends with a transient error.
    pub(crate) async fn interrupted(&self) {
        self.killed_after(5).await;
    }

    pub(crate) async fn finish(&self) -> UploadResult {
        let result = self.upload().await.unwrap();
        assert_eq!(self.fake.content(), Bytes::from(std::fs::read(self.file.path()).unwrap()));
        assert!(self.records().is_empty() && self.fake.state().uploads.is_empty());
        result
    }

    /// Gives the first stored part other bytes; its number.
    pub(crate) fn plant_a_part(&self, bytes: Vec<u8>) -> u16 {
        let mut state = self.fake.state();
        let upload = state.uploads.values_mut().next().unwrap();
        let (number, part) = upload.parts.iter_mut().next().unwrap();
        *part = bytes.into();
        *number
    }

    pub(crate) fn times_sent(&self, part: u16) -> usize {
        self.fake.state().log.iter().filter(|entry| entry.part == Some(part)).count()
    }

    pub(crate) fn records(&self) -> Vec<StoredUpload> {
        self.store.list().unwrap()
    }
}

/// An upload's outcome, and what it told on the way.
pub(crate) async fn with_events(upload: Upload) -> (Result<UploadResult, UploadError>, Vec<UploadEvent>) {
    outcome_and_events(upload.start()).await
}

/// The same of what began.
pub(crate) async fn outcome_and_events(
    uploading: UploadHandle,
) -> (Result<UploadResult, UploadError>, Vec<UploadEvent>) {
    let (mut events, mut seen) = (uploading.events(), Vec::new());
    let outcome = uploading.await;
    while let Some(event) = events.next().await {
        seen.push(event);
    }
    (outcome, seen)
}

pub(crate) fn warnings(events: &[UploadEvent]) -> Vec<&str> {
    let warnings = events.iter().filter_map(|event| match event {
        UploadEvent::Warning(warning) => Some(warning.as_str()),
        _ => None,
    });
    warnings.collect()
}

/// Ends an upload as by a kill.
pub(crate) async fn end(uploading: UploadHandle) {
    drop(uploading);
    tokio::time::sleep(Duration::from_secs(60)).await;
}
