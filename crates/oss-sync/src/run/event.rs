use std::path::PathBuf;
use std::sync::Arc;

use oss_downloader::{DownloadEvent, DownloadResult};
use oss_uploader::{UploadEvent, UploadResult};

use super::ItemError;
use crate::planner::{Action, Kept, Transfer};
use crate::{DeleteRefusal, Entry, Reason, Side, Sides};

/// What happened to a path.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncEvent {
    /// What would be done; of a dry run, or written to a plan.
    Planned(Action),
    /// Its transfer began.
    Started(Arc<Transfer>),
    /// Something happened during its upload or copy.
    Uploading {
        /// What is transferred.
        transfer: Arc<Transfer>,
        /// What happened.
        event: UploadEvent,
    },
    /// Something happened during its download.
    Downloading {
        /// What is transferred.
        transfer: Arc<Transfer>,
        /// What happened.
        event: DownloadEvent,
    },
    /// It was uploaded or copied.
    Uploaded {
        /// What was transferred.
        transfer: Arc<Transfer>,
        /// What the server said, and how far the content was verified.
        result: Box<UploadResult>,
    },
    /// It was downloaded.
    Downloaded {
        /// What was transferred.
        transfer: Arc<Transfer>,
        /// What the server said, and how far the content was verified.
        result: Box<DownloadResult>,
        /// The file.
        target: PathBuf,
    },
    /// It is equal on both sides.
    Skipped {
        /// As the source has it.
        source: Entry,
        /// What showed it.
        reason: Reason,
    },
    /// It is on the source, and no file: a link that is not followed, a device.
    LeftOut {
        /// Its path.
        path: String,
        /// Why.
        reason: String,
    },
    /// It is on the destination alone, or may be, and stays.
    Kept {
        /// As the destination has it.
        entry: Entry,
        /// Why.
        why: Kept,
    },
    /// It was left as it is: it changed since the plan was made, or since it was listed.
    Changed {
        /// Its path.
        path: String,
        /// What changed.
        reason: String,
    },
    /// Something is not as it should be, and does not end anything.
    Warning {
        /// The path.
        path: String,
        /// What.
        warning: String,
    },
    /// It was not done.
    Failed {
        /// Its path.
        path: String,
        /// What was not done.
        step: Step,
        /// Why.
        error: ItemError,
    },
    /// Nothing that is extra is deleted.
    DeletesRefused(DeleteRefusal),
    /// It was deleted.
    Deleted {
        /// As the destination had it.
        entry: Entry,
        /// Whether the bucket keeps versions, so that a delete marker hides it now.
        is_marker: bool,
    },
}

/// What was not done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// A part of a side could not be listed.
    List(Side),
    /// A content could not be read or asked for.
    Compare(Side),
    /// The transfer.
    Transfer,
    /// The deletion.
    Delete,
}

/// What became of everything.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct SyncSummary {
    /// Files or objects that were transferred.
    pub transferred: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those that are equal, or no files.
    pub skipped: u64,
    /// Those that were not transferred, compared, listed or deleted.
    pub failed: u64,
    /// Those that were left alone, since they changed meanwhile.
    pub changed: u64,
    /// Those that were deleted.
    pub deleted: u64,
    /// Of those, the ones that a delete marker hides.
    pub markers: u64,
    /// Those that are on the destination alone, and were not to be deleted.
    pub kept: u64,
    /// What a dry run or a plan has.
    pub planned: u64,
    /// Whether the rest was not tried.
    pub stopped: bool,
    /// Why nothing that is extra was deleted, if it was to be.
    pub refusal: Option<DeleteRefusal>,
    /// What is known of both sides.
    pub sides: Sides,
}

impl SyncSummary {
    /// Whether the destination is as the source now, as far as it was asked for.
    pub fn is_complete(&self) -> bool {
        self.failed == 0 && self.changed == 0 && !self.stopped && self.refusal.is_none()
    }

    /// Whether a rule of safety kept everything that is extra.
    pub fn is_refused(&self) -> bool {
        self.refusal.as_ref().is_some_and(|refusal| !matches!(refusal, DeleteRefusal::Failures { .. }))
    }
}
