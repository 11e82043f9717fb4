//! Lines about downloads.

use std::time::Duration;

use ossup::{DownloadResult, Verified};
use serde::Serialize;

use super::{Instead, Line, Totals};
use crate::address::{Address, shown};
use crate::failure::Failure;
use crate::size::{Size, counted, in_both};

/// An object that was downloaded.
#[derive(Serialize)]
pub(crate) struct Downloaded {
    op: &'static str,
    status: &'static str,
    bucket: String,
    key: String,
    /// The file, with replacement characters where its name is not UTF-8; `-` is standard output.
    target: String,
    size: u64,
    etag: Option<String>,
    /// As text: JSON numbers beyond 2^53 are rounded by many readers.
    crc64: Option<String>,
    version_id: Option<String>,
    request_id: Option<String>,
    /// `crc64`, `parts` (single parts only), `size` or `none`.
    verified: &'static str,
    parts_fetched: usize,
    /// Bytes that an earlier run had fetched.
    resumed_bytes: u64,
    /// Attempts of the part that took the most.
    attempts: u32,
    ms: u64,
    #[serde(skip)]
    instead: Option<Instead>,
    /// Whether people need not read of it: many objects are told of in their sum.
    #[serde(skip)]
    is_one_of_many: bool,
}

impl Downloaded {
    pub(crate) fn new(
        source: &Address,
        target: String,
        result: &DownloadResult,
        attempts: u32,
        took: Duration,
    ) -> Self {
        Self {
            op: "download",
            status: "done",
            bucket: source.bucket.to_string(),
            key: source.rest.clone(),
            target,
            size: result.size,
            etag: result.etag.as_ref().map(ToString::to_string),
            crc64: result.hash_crc64.map(|crc| crc.to_string()),
            version_id: result.version_id.clone(),
            request_id: result.request_id.clone(),
            verified: match result.verified {
                Verified::Crc64 => "crc64",
                Verified::PartsOnly => "parts",
                _ => "none",
            },
            parts_fetched: result.parts_fetched,
            resumed_bytes: result.resumed_bytes,
            attempts,
            ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            instead: None,
            is_one_of_many: false,
        }
    }

    /// Says what was compared in place of CRC64; the length of a body is compared in any case.
    pub(crate) fn compared(mut self, instead: Option<Instead>) -> Self {
        if instead == Some(Instead::Size) {
            self.verified = "size";
        }
        self.instead = instead;
        self
    }

    /// Prints no rows for people.
    pub(crate) fn one_of_many(mut self) -> Self {
        self.is_one_of_many = true;
        self
    }
}

impl Line for Downloaded {
    fn text(&self) -> Option<String> {
        // Standard output has the content.
        if self.target == "-" || self.is_one_of_many {
            return None;
        }
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let parts = match (self.parts_fetched, self.resumed_bytes) {
            (0 | 1, 0) => "in one request".to_owned(),
            (fetched, 0) => format!("in {fetched} parts"),
            (fetched, resumed) => {
                let parts = counted(fetched as u64, "part");
                format!("in {parts}; {} were fetched by an earlier run", Size(resumed))
            }
        };
        let verified = match self.verified {
            "crc64" => "verified: the server's equals that of the bytes written",
            "parts" => "verified for single parts only",
            "size" => "not compared; the size of what was written is that of the object",
            _ if self.instead.is_some() => "not compared, as asked for",
            _ => "NOT verified: the server returned none",
        };
        let mut rows = vec![
            ("size", format!("{} {parts}", in_both(self.size))),
            ("request id", or_none(&self.request_id)),
            ("etag", or_none(&self.etag)),
            ("crc64", format!("{} {verified}", or_none(&self.crc64))),
        ];
        rows.extend(self.version_id.clone().map(|version| ("version id", version)));
        let first = format!("{} -> {}", shown(&self.bucket, &self.key), self.target);
        Some(rows.into_iter().fold(first, |text, (name, value)| format!("{text}\n  {name:<11} {value}")))
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
        totals.bytes += self.size;
    }
}

/// An object that was not downloaded.
#[derive(Serialize)]
pub(crate) struct NotDownloaded {
    op: &'static str,
    status: &'static str,
    bucket: String,
    key: String,
    target: String,
    error: Failure,
    /// Whether the same command resumes it.
    resumable: bool,
}

impl NotDownloaded {
    pub(crate) fn new(source: &Address, target: String, error: Failure, resumable: bool) -> Self {
        let (bucket, key) = (source.bucket.to_string(), source.rest.clone());
        Self { op: "download", status: "failed", bucket, key, target, error, resumable }
    }
}

impl Line for NotDownloaded {
    /// Failures are reported on standard error.
    fn text(&self) -> Option<String> {
        None
    }

    fn count(&self, totals: &mut Totals) {
        totals.failed += 1;
    }
}
