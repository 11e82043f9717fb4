use std::time::Duration;

use oss_transfer::Progress;

/// Something that happened during a download.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DownloadEvent {
    /// The object is known.
    Started {
        /// Bytes to be downloaded.
        size: u64,
    },
    /// A download of an earlier run was resumed.
    Resumed {
        /// Parts that need not be fetched again.
        parts: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// Everything is fetched again.
    Restarted {
        /// Why.
        reason: String,
    },
    /// A part arrived.
    PartFetched {
        /// Position of its first byte in the object.
        offset: u64,
        /// Its length in bytes.
        len: u64,
    },
    /// An attempt of a part failed; the part is fetched again.
    PartFailed {
        /// Position of its first byte in the object.
        offset: u64,
        /// The attempt, from 1.
        attempt: u32,
        /// The error.
        error: String,
        /// Wait before the next attempt.
        retry_in: Duration,
    },
    /// Bytes have moved.
    Progress(Progress),
    /// No further parts are started for now.
    Paused,
    /// Parts are started again.
    Continued,
    /// Every part is there; the content is verified and put in place.
    Completing,
    /// Something that does not stop the download, but that its owner should know.
    Warning(String),
    /// Events were dropped because they were not taken in time.
    Missed(u64),
}

/// The events of one download from the moment of subscription; ends with the download.
///
/// Keeps the last 1,024 events that were not taken, and then says how many were missed.
pub type DownloadEvents = oss_transfer::Events<DownloadEvent>;

oss_transfer::transfer_event!(DownloadEvent);
