//! Lines about what was done to one object, by commands that change objects in place.

use serde::Serialize;

use crate::address::{Address, shown};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Line, Output, Totals};

/// What became of an object.
#[derive(Serialize)]
pub(crate) struct Changed {
    /// `mkdir`, `append`, `restore` or `set_props`.
    op: &'static str,
    /// `done`, `skipped`, `failed` or `planned`.
    status: &'static str,
    bucket: String,
    key: String,
    /// Bytes that were added.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// CRC64 of the whole object, as text: JSON numbers beyond 2^53 are rounded by many readers.
    #[serde(skip_serializing_if = "Option::is_none")]
    crc64: Option<String>,
    /// What was done, or why nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

impl Changed {
    fn new(op: &'static str, status: &'static str, address: &Address, message: Option<String>) -> Self {
        let (bucket, key) = (address.bucket.to_string(), address.rest.clone());
        Self { op, status, bucket, key, size: None, crc64: None, message, error: None }
    }

    pub(crate) fn done(op: &'static str, address: &Address, message: impl Into<String>) -> Self {
        Self::new(op, "done", address, Some(message.into()))
    }

    pub(crate) fn skipped(op: &'static str, address: &Address, why: impl Into<String>) -> Self {
        Self::new(op, "skipped", address, Some(why.into()))
    }

    pub(crate) fn planned(op: &'static str, address: &Address, message: impl Into<String>) -> Self {
        Self::new(op, "planned", address, Some(message.into()))
    }

    pub(crate) fn failed(op: &'static str, address: &Address, error: Failure) -> Self {
        Self { error: Some(error), ..Self::new(op, "failed", address, None) }
    }

    /// Adds what is stored now.
    pub(crate) fn with_content(mut self, added: u64, crc64: Option<String>) -> Self {
        (self.size, self.crc64) = (Some(added), crc64);
        self
    }
}

impl Line for Changed {
    /// What a dry run prints is all that it does.
    fn is_result(&self) -> bool {
        self.status == "planned"
    }

    fn text(&self) -> Option<String> {
        let message = self.message.as_deref()?;
        Some(format!("{message} {}", shown(&self.bucket, &self.key)))
    }

    fn count(&self, totals: &mut Totals) {
        match self.status {
            "done" => totals.done += 1,
            "skipped" => totals.skipped += 1,
            "planned" => totals.planned += 1,
            _ => totals.failed += 1,
        }
        totals.bytes += self.size.unwrap_or_default();
    }
}

/// Reports an object that failed; the others go on.
pub(crate) fn failed(op: &'static str, address: &Address, error: Failure, output: &Output) {
    output.note(&error);
    let _ = output.line(&Changed::failed(op, address, error));
}

/// How a command ends by what became of its objects.
pub(crate) fn exit(output: &Output) -> Exit {
    let totals = output.totals();
    match (totals.failed, totals.done + totals.skipped) {
        (0, _) => Exit::Done,
        (_, 0) => Exit::Failed,
        _ => Exit::SomeFailed,
    }
}
