//! Lines about uploads.

use std::path::PathBuf;
use std::time::Duration;

use ossup::{CallbackOutcome, Leftovers, Stored, UploadError, UploadResult, Verified};
use serde::Serialize;

use super::{Line, Totals};
use crate::failure::Failure;
use crate::size::{Size, counted, in_both};

/// From where to where.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Place {
    /// The file, with replacement characters where its name is not UTF-8; `-` is standard input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    pub(crate) bucket: String,
    pub(crate) key: Option<String>,
}

impl Place {
    /// The object, as people write it.
    pub(crate) fn target(&self) -> String {
        format!("oss://{}/{}", self.bucket, self.key.as_deref().unwrap_or_default())
    }
}

/// What was seen of an upload on the way.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    pub(crate) warnings: Vec<String>,
    pub(crate) attempts: u32,
    pub(crate) reused_bytes: u64,
    pub(crate) took: Duration,
}

/// What was compared of an object where CRC64 was not to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Instead {
    Size,
    Nothing,
}

/// An object that was uploaded.
#[derive(Serialize)]
pub(crate) struct Uploaded {
    op: &'static str,
    status: &'static str,
    #[serde(flatten)]
    place: Place,
    size: u64,
    etag: Option<String>,
    /// As text: JSON numbers beyond 2^53 are rounded by many readers.
    crc64: Option<String>,
    version_id: Option<String>,
    upload_id: Option<String>,
    http_status: u16,
    request_id: Option<String>,
    /// `crc64`, `parts` (single parts only), `size` or `none`.
    verified: &'static str,
    part_size: u64,
    parts_sent: usize,
    parts_reused: usize,
    /// Attempts of the part that took the most.
    attempts: u32,
    /// Bytes of the object that this run sent, each counted once.
    sent_bytes: u64,
    ms: u64,
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<String>,
    #[serde(skip)]
    instead: Option<Instead>,
    /// What is printed for people.
    #[serde(skip)]
    rows: Option<String>,
}

impl Uploaded {
    pub(crate) fn new(place: Place, result: &UploadResult, observed: Observed) -> Self {
        Self {
            op: "upload",
            status: "done",
            place,
            size: result.size,
            etag: result.etag.as_ref().map(ToString::to_string),
            crc64: result.hash_crc64.map(|crc| crc.to_string()),
            version_id: result.version_id.clone(),
            upload_id: result.upload_id.as_ref().map(ToString::to_string),
            http_status: result.status_code(),
            request_id: result.request_id.clone(),
            verified: match result.verified {
                Verified::Crc64 => "crc64",
                Verified::PartsOnly => "parts",
                _ => "none",
            },
            part_size: result.part_size,
            parts_sent: result.parts_sent,
            parts_reused: result.parts_reused,
            attempts: observed.attempts,
            sent_bytes: result.size.saturating_sub(observed.reused_bytes),
            ms: u64::try_from(observed.took.as_millis()).unwrap_or(u64::MAX),
            warnings: observed.warnings,
            callback: result.callback.as_ref().map(callback),
            instead: None,
            rows: None,
        }
    }

    /// Says what was compared in place of CRC64.
    pub(crate) fn compared(mut self, instead: Option<Instead>) -> Self {
        if instead == Some(Instead::Size) {
            self.verified = "size";
        }
        self.instead = instead;
        self
    }

    /// Says that the server copied it, and no bytes were sent.
    pub(crate) fn of_copy(mut self) -> Self {
        (self.op, self.sent_bytes) = ("copy", 0);
        self
    }

    /// Says that it was copied through this machine.
    pub(crate) fn of_streamed_copy(mut self) -> Self {
        self.op = "copy";
        self
    }

    /// How far the content was verified.
    pub(crate) fn is_proven(&self) -> bool {
        self.verified == "crc64"
    }

    /// Prints rows for people too; `stored` are the files in which a local emulator keeps the object.
    pub(crate) fn with_rows(mut self, stored: &[PathBuf]) -> Self {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let parts = match (self.parts_sent, self.parts_reused) {
            (0, 0) => "in one request".to_owned(),
            (sent, 0) => format!("in {} of {}", counted(sent as u64, "part"), Size(self.part_size)),
            (sent, 1) => format!("in {}; 1 more was stored by an earlier run", counted(sent as u64, "part")),
            (sent, reused) => {
                format!("in {}; {reused} more were stored by an earlier run", counted(sent as u64, "part"))
            }
        };
        let verified = match self.verified {
            "crc64" if self.op == "copy" => "verified: that of the copy equals that of the source",
            "crc64" => "verified: the server's equals that of the bytes read",
            "parts" => "verified for single parts only",
            "size" => "not compared; the size of the object is that of what was stored",
            _ if self.instead.is_some() => "not compared, as asked for",
            _ => "NOT verified: the server returned none",
        };
        let mut rows = vec![
            ("size", format!("{} {parts}", in_both(self.size))),
            ("status", self.http_status.to_string()),
            ("request id", or_none(&self.request_id)),
            ("etag", or_none(&self.etag)),
            ("crc64", format!("{} {verified}", or_none(&self.crc64))),
        ];
        rows.extend(self.version_id.clone().map(|version| ("version id", version)));
        rows.extend(self.upload_id.clone().map(|id| ("upload id", id)));
        rows.extend(self.callback.clone().map(|outcome| ("callback", outcome)));
        rows.extend(stored_at(stored).map(|place| ("stored at", place)));
        let first = format!("{} -> {}", or_none(&self.place.source), self.place.target());
        let rows = rows.into_iter().fold(first, |text, (name, value)| format!("{text}\n  {name:<11} {value}"));
        self.rows = Some(rows);
        self
    }
}

impl Line for Uploaded {
    fn text(&self) -> Option<String> {
        self.rows.clone()
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
        totals.bytes += self.size;
    }
}

/// A file that was not uploaded.
#[derive(Serialize)]
pub(crate) struct NotUploaded {
    op: &'static str,
    status: &'static str,
    #[serde(flatten)]
    place: Place,
    error: Failure,
    #[serde(flatten)]
    outcome: UploadOutcome,
}

/// What an upload that failed leaves behind.
#[derive(Serialize)]
pub(crate) struct UploadOutcome {
    /// Whether the object is in place all the same: `yes`, `no` or `unknown`.
    stored: &'static str,
    upload_id: Option<String>,
    /// Whether the same command resumes it.
    resumable: bool,
    /// What may still hold parts on the server.
    leftovers: Option<Left>,
    warnings: Vec<String>,
}

impl UploadOutcome {
    /// Nothing was sent.
    fn unsent() -> Self {
        Self { stored: "no", upload_id: None, resumable: false, leftovers: None, warnings: Vec::new() }
    }

    pub(crate) fn of(error: &UploadError, observed: Observed) -> Self {
        let left = |left: &Leftovers| Left { upload_id: left.upload_id.to_string(), reason: left.reason.clone() };
        Self {
            stored: match error.stored() {
                Stored::Yes => "yes",
                Stored::No => "no",
                _ => "unknown",
            },
            upload_id: error.upload_id().map(ToString::to_string),
            resumable: error.is_resumable(),
            leftovers: error.leftovers().map(left),
            warnings: observed.warnings,
        }
    }
}

/// An upload that is left on the server.
#[derive(Serialize)]
struct Left {
    upload_id: String,
    /// Why it could not be aborted; null if it was kept on purpose.
    reason: Option<String>,
}

impl NotUploaded {
    /// A file of which nothing was sent.
    pub(crate) fn unsent(place: Place, error: Failure) -> Self {
        Self { op: "upload", status: "failed", place, error, outcome: UploadOutcome::unsent() }
    }

    /// Says that the object is in place all the same, and what was seen on the way.
    pub(crate) fn but_stored(mut self, observed: Observed) -> Self {
        (self.outcome.stored, self.outcome.warnings) = ("yes", observed.warnings);
        self
    }

    /// Says that it is of a copy.
    pub(crate) fn of_copy(mut self) -> Self {
        self.op = "copy";
        self
    }

    /// An upload that failed; `failure` is how it is reported.
    pub(crate) fn new(place: Place, failure: Failure, error: &UploadError, observed: Observed) -> Self {
        Self { outcome: UploadOutcome::of(error, observed), ..Self::unsent(place, failure) }
    }
}

impl Line for NotUploaded {
    /// Failures are reported on standard error.
    fn text(&self) -> Option<String> {
        None
    }

    fn count(&self, totals: &mut Totals) {
        totals.failed += 1;
    }
}

/// Something that was passed over.
#[derive(Serialize)]
pub(crate) struct Skipped {
    op: &'static str,
    status: &'static str,
    source: String,
    reason: String,
}

impl Skipped {
    pub(crate) fn new(source: String, reason: String) -> Self {
        Self { op: "skip", status: "skipped", source, reason }
    }
}

impl Line for Skipped {
    fn text(&self) -> Option<String> {
        None
    }

    fn count(&self, totals: &mut Totals) {
        totals.skipped += 1;
    }
}

/// The emulator keeps the parts of an object as files of their own.
fn stored_at(files: &[PathBuf]) -> Option<String> {
    let first = files.first()?;
    match (files.len(), first.parent()) {
        (1, _) | (_, None) => Some(first.display().to_string()),
        (count, Some(folder)) => Some(format!("{} ({count} files, one for each part)", folder.display())),
    }
}

fn callback(outcome: &CallbackOutcome) -> String {
    match outcome {
        CallbackOutcome::Ok(response) => String::from_utf8_lossy(response).into_owned(),
        CallbackOutcome::Failed { code, message } => format!("failed: {code}: {message}"),
        _ => "unknown".to_owned(),
    }
}
