//! Lines about what would be transferred, and what is removed once it was moved.

use serde::Serialize;

use super::{Line, Place, Totals};
use crate::address::shown;
use crate::failure::Failure;

/// What a dry run would transfer.
#[derive(Serialize)]
pub(crate) struct Planned {
    op: &'static str,
    status: &'static str,
    #[serde(flatten)]
    place: Place,
    /// The file that would be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// `null` for what has no size until it is read.
    size: Option<u64>,
}

impl Planned {
    pub(crate) fn upload(place: Place, size: Option<u64>) -> Self {
        Self { op: "upload", status: "planned", place, target: None, size }
    }

    pub(crate) fn download(bucket: &str, key: &str, target: String, size: Option<u64>) -> Self {
        let place = Place { source: None, bucket: bucket.to_owned(), key: Some(key.to_owned()) };
        Self { op: "download", status: "planned", place, target: Some(target), size }
    }

    pub(crate) fn copy(place: Place, size: Option<u64>) -> Self {
        Self { op: "copy", ..Self::upload(place, size) }
    }
}

impl Line for Planned {
    fn is_result(&self) -> bool {
        true
    }

    fn text(&self) -> Option<String> {
        let object = shown(&self.place.bucket, self.place.key.as_deref().unwrap_or_default());
        let (from, to) = match (&self.place.source, &self.target) {
            (_, Some(target)) => (&object, target),
            (Some(source), None) => (source, &object),
            (None, None) => (&object, &object),
        };
        Some(format!("would {} {from} -> {to}", self.op))
    }

    fn count(&self, totals: &mut Totals) {
        totals.planned += 1;
        totals.bytes += self.size.unwrap_or_default();
    }
}

/// A source of a move, after its copy was proven.
#[derive(Serialize)]
pub(crate) struct Removed {
    op: &'static str,
    status: &'static str,
    /// The file or folder, or the object.
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

impl Removed {
    pub(crate) fn done(source: String) -> Self {
        Self { op: "remove", status: "done", source, error: None }
    }

    pub(crate) fn planned(source: String) -> Self {
        Self { op: "remove", status: "planned", source, error: None }
    }

    /// It is there still, or that it is gone is not known.
    pub(crate) fn failed(source: String, error: Failure) -> Self {
        Self { op: "remove", status: "failed", source, error: Some(error) }
    }
}

impl Line for Removed {
    /// What a dry run prints is all that it does.
    fn is_result(&self) -> bool {
        self.status == "planned"
    }

    fn text(&self) -> Option<String> {
        None
    }

    fn count(&self, totals: &mut Totals) {
        match self.status {
            "done" => totals.deleted += 1,
            "failed" => totals.failed += 1,
            // What would be removed was planned with its copy.
            _ => {}
        }
    }
}
