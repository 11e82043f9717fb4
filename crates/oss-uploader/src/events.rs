use std::time::Duration;

use oss_models::{PartNumber, UploadId};
use oss_transfer::Progress;
use serde::Serialize;

/// Something that happened during an upload.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UploadEvent {
    /// The source was opened.
    Started {
        /// Size in bytes, if known.
        size: Option<u64>,
    },
    /// A multipart upload was initiated.
    Initiated {
        /// Its id.
        upload_id: UploadId,
    },
    /// An upload of an earlier run was resumed.
    Resumed {
        /// Its id.
        upload_id: UploadId,
        /// Parts that need not be sent again.
        parts: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// The server knows the upload no longer; everything is sent again.
    Restarted {
        /// Why.
        reason: String,
    },
    /// A part was stored.
    PartStored {
        /// Its number.
        number: PartNumber,
        /// Its length in bytes.
        len: u64,
    },
    /// An attempt of a part failed; the part is sent again.
    PartFailed {
        /// Its number.
        number: PartNumber,
        /// The attempt, from 1.
        attempt: u32,
        /// The error.
        error: String,
        /// Wait before the next attempt.
        #[serde(serialize_with = "oss_models::serialize::seconds")]
        retry_in: Duration,
    },
    /// Bytes have moved.
    Progress(Progress),
    /// No further parts are started for now.
    Paused,
    /// Parts are started again.
    Continued,
    /// Every part is stored; the object is being put together.
    Completing,
    /// Something that does not stop the upload, but that the caller should know.
    Warning(String),
    /// Events were dropped because they were not taken.
    Missed(u64),
}

/// The events of one upload from the moment of subscription; ends with the upload.
///
/// Keeps the last 1,024 events that were not taken, and then says how many were missed.
pub type Events = oss_transfer::Events<UploadEvent>;

oss_transfer::transfer_event!(UploadEvent);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_json_under_its_name() {
        let mut progress = Progress::default();
        progress.eta = Some(Duration::from_millis(1_500));
        let number = PartNumber::MIN;
        let failed =
            UploadEvent::PartFailed { number, attempt: 2, error: "e".to_owned(), retry_in: Duration::from_millis(500) };
        for (event, expected) in [
            (UploadEvent::Paused, r#""paused""#),
            (UploadEvent::Missed(3), r#"{"missed":3}"#),
            (failed, r#"{"part_failed":{"number":1,"attempt":2,"error":"e","retry_in":0.5}}"#),
            (
                UploadEvent::Progress(progress),
                r#"{"progress":{"total":null,"confirmed":0,"in_flight":0,"transferred":0,"reused":0,"rate":0.0,"eta":1.5}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&event).unwrap(), expected);
        }
    }
}
