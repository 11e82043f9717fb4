//! What is printed at the end.

use std::borrow::Cow;
use std::path::PathBuf;

use ossup::{CallbackOutcome, UploadError, UploadResult, Verified};
use serde::Serialize;

use crate::size::Size;

/// The last line of `--json`.
#[derive(Serialize)]
pub(crate) struct Line {
    status_code: u16,
    request_id: Option<String>,
    etag: Option<String>,
    /// As text: JSON numbers beyond 2^53 are rounded by many readers.
    hash_crc64: Option<String>,
    version_id: Option<String>,
    upload_id: Option<String>,
    size: u64,
    verified: bool,
    /// How far: `crc64`, `parts-only` or `no`.
    verified_by: &'static str,
    parts_sent: usize,
    parts_reused: usize,
    part_size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<String>,
}

/// A line of `--json` about one file of a folder.
#[derive(Serialize)]
pub(crate) struct FileLine<'a, T> {
    /// With replacement characters where it is no text.
    pub(crate) path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<&'a str>,
    #[serde(flatten)]
    pub(crate) outcome: T,
}

/// The last line of `--json` for a folder.
#[derive(Serialize)]
pub(crate) struct FolderLine {
    pub(crate) uploaded: u64,
    pub(crate) bytes: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    pub(crate) stopped: bool,
}

impl Line {
    pub(crate) fn new(result: &UploadResult) -> Self {
        Self {
            status_code: result.status_code(),
            request_id: result.request_id.clone(),
            etag: result.etag.as_ref().map(ToString::to_string),
            hash_crc64: result.hash_crc64.map(|crc| crc.to_string()),
            version_id: result.version_id.clone(),
            upload_id: result.upload_id.as_ref().map(ToString::to_string),
            size: result.size,
            verified: result.verified == Verified::Crc64,
            verified_by: verified_by(result.verified),
            parts_sent: result.parts_sent,
            parts_reused: result.parts_reused,
            part_size: result.part_size,
            callback: result.callback.as_ref().map(callback),
        }
    }
}

/// The line of `--json` for an upload that failed.
#[derive(Serialize)]
pub(crate) struct FailedLine {
    error: String,
    status_code: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    upload_id: Option<String>,
    resumable: bool,
}

impl FailedLine {
    pub(crate) fn new(error: &UploadError) -> Self {
        let call = error.call();
        Self {
            error: sentence(error),
            status_code: call.and_then(|call| call.status()).map(|status| status.as_u16()),
            code: call.and_then(|call| call.code()).map(str::to_owned),
            request_id: call.and_then(|call| call.service()).map(|refusal| refusal.request_id.clone()),
            upload_id: error.upload_id().map(ToString::to_string),
            resumable: error.is_resumable(),
        }
    }
}

/// The result as a person reads it.
pub(crate) fn text(from: &str, to: &str, result: &UploadResult, stored: &[PathBuf]) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let parts = match (result.parts_sent, result.parts_reused) {
        (0, 0) => "in one request".to_owned(),
        (sent, 0) => format!("in {sent} parts of {}", Size(result.part_size)),
        (sent, reused) => format!("in {sent} parts, {reused} more were there already"),
    };
    let verified = match result.verified {
        Verified::Crc64 => "verified: the server's is that of the bytes read",
        Verified::PartsOnly => "verified for parts only",
        _ => "NOT verified: the server gave none",
    };
    let mut rows = vec![
        ("size", format!("{} ({} bytes) {parts}", Size(result.size), result.size)),
        ("status", result.status_code().to_string()),
        ("request id", or_none(result.request_id.clone())),
        ("etag", or_none(result.etag.as_ref().map(ToString::to_string))),
        ("crc64", format!("{} {verified}", or_none(result.hash_crc64.map(|crc| crc.to_string())))),
    ];
    rows.extend(result.version_id.clone().map(|version| ("version id", version)));
    rows.extend(result.upload_id.as_ref().map(|id| ("upload id", id.to_string())));
    rows.extend(result.callback.as_ref().map(|outcome| ("callback", callback(outcome))));
    rows.extend(stored_at(stored).map(|place| ("stored at", place)));
    rows.into_iter().fold(format!("{from} -> {to}"), |text, (name, value)| format!("{text}\n  {name:<11} {value}"))
}

/// The emulator keeps the parts of an object as files of their own.
fn stored_at(files: &[PathBuf]) -> Option<String> {
    let first = files.first()?;
    match (files.len(), first.parent()) {
        (1, _) | (_, None) => Some(first.display().to_string()),
        (count, Some(folder)) => Some(format!("{} ({count} files, one for each part)", folder.display())),
    }
}

/// An error with its causes, each once, on one line.
pub(crate) fn chain(error: &anyhow::Error) -> String {
    sentence(error.as_ref())
}

pub(crate) fn sentence(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

fn verified_by(verified: Verified) -> &'static str {
    match verified {
        Verified::Crc64 => "crc64",
        Verified::PartsOnly => "parts-only",
        _ => "no",
    }
}

fn callback(outcome: &CallbackOutcome) -> String {
    match outcome {
        CallbackOutcome::Ok(response) => String::from_utf8_lossy(response).into_owned(),
        CallbackOutcome::Failed { code, message } => format!("failed: {code}: {message}"),
        _ => "unknown".to_owned(),
    }
}
