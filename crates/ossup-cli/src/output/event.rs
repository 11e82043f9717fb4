//! Lines about what happens on the way.

use ossup::{DownloadEvent, UploadEvent};
use serde::Serialize;

use super::upload::Place;
use super::{Line, Totals};
use crate::address::Address;
use crate::size::counted;

/// Something that happened, and does not end anything.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Event {
    op: &'static str,
    /// `warning`, `retry`, `resumed`, `restarted` or `initiated`.
    event: &'static str,
    #[serde(flatten)]
    place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<u16>,
    /// Position in the object of the first byte of the part of a download.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    /// Wait before the next attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_in_ms: Option<u64>,
    message: String,
    /// Whether it is also a line on standard error.
    #[serde(skip)]
    noted: bool,
}

impl Event {
    pub(crate) fn warning(place: Option<Place>, message: impl Into<String>) -> Self {
        Self {
            op: "event",
            event: "warning",
            place,
            upload_id: None,
            part: None,
            offset: None,
            attempt: None,
            retry_in_ms: None,
            message: message.into(),
            noted: true,
        }
    }

    /// The report of an event of an upload; `None` if there is nothing to report.
    pub(crate) fn of_upload(place: &Place, event: &UploadEvent) -> Option<Self> {
        let new = |event, message: String| Self { event, ..Self::warning(Some(place.clone()), message) };
        Some(match event {
            UploadEvent::Warning(text) => new("warning", text.clone()),
            UploadEvent::PartFailed { number, attempt, error, retry_in } => Self {
                part: Some(number.get()),
                attempt: Some(*attempt),
                retry_in_ms: Some(u64::try_from(retry_in.as_millis()).unwrap_or(u64::MAX)),
                ..new("retry", error.clone())
            },
            UploadEvent::Restarted { reason } => new("restarted", reason.clone()),
            UploadEvent::Resumed { upload_id, parts, bytes } => Self {
                upload_id: Some(upload_id.to_string()),
                ..new("resumed", format!("{} stored by an earlier run", of_parts(*parts, *bytes)))
            },
            UploadEvent::Initiated { upload_id } => {
                let id = Some(upload_id.to_string());
                Self {
                    upload_id: id,
                    noted: false,
                    ..new("initiated", "the multipart upload was initiated".to_owned())
                }
            }
            UploadEvent::Missed(count) => new("warning", format!("{count} events were dropped")),
            _ => return None,
        })
    }

    /// Something that happened to an object.
    pub(crate) fn of_object(object: &Address, event: &'static str, message: String) -> Self {
        let place = Place { source: None, bucket: object.bucket.to_string(), key: Some(object.rest.clone()) };
        Self { event, ..Self::warning(Some(place), message) }
    }

    /// The report of an event of a download; `None` if there is nothing to report.
    pub(crate) fn of_download(object: &Address, event: &DownloadEvent) -> Option<Self> {
        let new = |event, message| Self::of_object(object, event, message);
        Some(match event {
            DownloadEvent::Warning(text) => new("warning", text.clone()),
            DownloadEvent::PartFailed { offset, attempt, error, retry_in } => Self {
                offset: Some(*offset),
                attempt: Some(*attempt),
                retry_in_ms: Some(u64::try_from(retry_in.as_millis()).unwrap_or(u64::MAX)),
                ..new("retry", error.clone())
            },
            DownloadEvent::Restarted { reason } => new("restarted", reason.clone()),
            DownloadEvent::Resumed { parts, bytes } => {
                new("resumed", format!("{} fetched by an earlier run", of_parts(*parts, *bytes)))
            }
            DownloadEvent::Missed(count) => new("warning", format!("{count} events were dropped")),
            _ => return None,
        })
    }

    /// What people read on standard error.
    pub(super) fn note(&self) -> Option<String> {
        let at = self.place.as_ref().map(|place| format!("{}: ", place.target())).unwrap_or_default();
        let message = &self.message;
        let part = match (self.part, self.offset) {
            (Some(part), _) => format!("part {part}"),
            (None, offset) => format!("the part at {}", offset.unwrap_or_default()),
        };
        self.noted.then(|| match (self.event, self.attempt, self.retry_in_ms) {
            ("retry", Some(attempt), Some(wait)) => {
                format!(
                    "{at}{part}, attempt {attempt}: {message}; trying again in {}.{} s",
                    wait / 1000,
                    wait % 1000 / 100
                )
            }
            ("restarted", ..) => format!("{at}starting over: {message}"),
            ("resumed", ..) => format!("{at}resuming: {message}"),
            _ => format!("warning: {at}{message}"),
        })
    }

    pub(super) fn is_warning_with(&self, text: &str) -> bool {
        self.event == "warning" && self.message == text
    }
}

impl Line for Event {
    fn text(&self) -> Option<String> {
        None
    }

    fn count(&self, _: &mut Totals) {}
}

/// `1 part (5 bytes) was`, `2 parts (10 bytes) were`.
fn of_parts(parts: usize, bytes: u64) -> String {
    let were = if parts == 1 { "was" } else { "were" };
    format!("{} ({}) {were}", counted(parts as u64, "part"), counted(bytes, "byte"))
}
