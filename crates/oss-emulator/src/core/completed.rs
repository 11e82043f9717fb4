//! Completed uploads that a repeated CompleteMultipartUpload still finds, where the builder asked for it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The response to a repeated Complete.
#[derive(Clone, Debug)]
pub(crate) struct Completed {
    pub(crate) bucket: String,
    pub(crate) key: String,
    /// Forgotten from this time on, in milliseconds since 1970.
    pub(crate) until_ms: i64,
    pub(crate) etag: String,
    pub(crate) crc64: Option<u64>,
    pub(crate) version_id: Option<String>,
}

/// Completed uploads by upload id.
#[derive(Debug, Default)]
pub(crate) struct CompletedUploads(Mutex<HashMap<String, Completed>>);

impl CompletedUploads {
    /// Adds one and drops those whose time is over.
    pub(crate) fn insert(&self, upload_id: String, completed: Completed, now_ms: i64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, old| old.until_ms > now_ms);
        all.insert(upload_id, completed);
    }

    pub(crate) fn find(&self, upload_id: &str, now_ms: i64) -> Option<Completed> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(upload_id).filter(|completed| completed.until_ms > now_ms).cloned()
    }
}
