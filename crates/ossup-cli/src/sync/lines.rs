//! Lines about what sync deletes, and what it could not do.

use ossup::sync::SyncStep;
use serde::Serialize;

use crate::address::{Address, shown};
use crate::failure::Failure;
use crate::output::{Line, Totals, UploadOutcome};

/// An object that was deleted, or would be.
#[derive(Serialize)]
pub(super) struct ObjectDeletion {
    op: &'static str,
    status: &'static str,
    bucket: String,
    key: String,
    version_id: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    delete_marker: bool,
}

/// A file that was deleted, or would be.
#[derive(Serialize)]
pub(super) struct FileDeletion {
    op: &'static str,
    status: &'static str,
    target: String,
}

/// Something that sync could not do.
#[derive(Serialize)]
pub(super) struct NotSynced {
    op: &'static str,
    status: &'static str,
    /// `list`, `compare`, `transfer` or `delete`.
    step: &'static str,
    /// The file or object.
    source: String,
    error: Failure,
    /// Of an upload or a copy.
    #[serde(flatten)]
    outcome: Option<UploadOutcome>,
}

impl ObjectDeletion {
    pub(super) fn new(object: &Address, status: &'static str, delete_marker: bool) -> Self {
        let (bucket, key) = (object.bucket.to_string(), object.rest.clone());
        Self { op: "delete", status, bucket, key, version_id: None, delete_marker }
    }
}

impl FileDeletion {
    pub(super) fn new(target: String, status: &'static str) -> Self {
        Self { op: "delete", status, target }
    }
}

impl NotSynced {
    pub(super) fn new(step: SyncStep, source: String, error: Failure, outcome: Option<UploadOutcome>) -> Self {
        let step = match step {
            SyncStep::List(_) => "list",
            SyncStep::Compare(_) => "compare",
            SyncStep::Delete => "delete",
            _ => "transfer",
        };
        Self { op: "sync", status: "failed", step, source, error, outcome }
    }
}

fn text(status: &str, what: &str) -> String {
    if status == "done" { format!("deleted {what}") } else { format!("would delete {what}") }
}

fn count(status: &str, totals: &mut Totals) {
    match status {
        "done" => {
            totals.done += 1;
            totals.deleted += 1;
        }
        _ => totals.planned += 1,
    }
}

impl Line for ObjectDeletion {
    /// What a dry run prints is all that it does.
    fn is_result(&self) -> bool {
        self.status == "planned"
    }

    fn text(&self) -> Option<String> {
        Some(text(self.status, &shown(&self.bucket, &self.key)))
    }

    fn count(&self, totals: &mut Totals) {
        count(self.status, totals);
    }
}

impl Line for FileDeletion {
    /// What a dry run prints is all that it does.
    fn is_result(&self) -> bool {
        self.status == "planned"
    }

    fn text(&self) -> Option<String> {
        Some(text(self.status, &self.target))
    }

    fn count(&self, totals: &mut Totals) {
        count(self.status, totals);
    }
}

impl Line for NotSynced {
    /// Failures are reported on standard error.
    fn text(&self) -> Option<String> {
        None
    }

    fn count(&self, totals: &mut Totals) {
        totals.failed += 1;
    }
}
