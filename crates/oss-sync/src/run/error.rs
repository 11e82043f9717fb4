use std::io;
use std::sync::Arc;

use oss_downloader::{DownloadError, DownloadErrorKind, TargetError};
use oss_models::{CallError, DeleteFailure};
use oss_uploader::UploadError;

use crate::plan_file::PlanError;
use crate::{MergeError, PlaceError, Side};

/// Why a sync could not begin, or ended before its end. Nothing is deleted then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// Both places are folders on this machine.
    #[error("both are folders on this machine: rsync makes one equal to the other")]
    TwoFolders,
    /// Two places contain one another.
    #[error("{one} and {other} contain one another: nothing was transferred or deleted")]
    Overlap {
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// There is a place for what is deleted, and nothing is to be deleted.
    #[error("a backup keeps what is deleted, but nothing is to be deleted")]
    BackupWithoutDelete,
    /// A list failed.
    #[error("listing the {}: {source}", side.word())]
    List {
        /// Which.
        side: Side,
        /// Why.
        source: PlaceError,
    },
    /// A list is not in order.
    #[error(transparent)]
    Order(#[from] MergeError),
    /// The plan cannot be read or written, or not be used.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The list of what is to be deleted could not be kept on disk.
    #[error("a temporary file: {0}")]
    Temporary(io::Error),
}

/// Why one file or object was not transferred, compared or deleted.
#[derive(Debug)]
#[non_exhaustive]
pub enum ItemError {
    /// Its upload or copy failed.
    Upload(UploadError),
    /// Its download failed.
    Download(DownloadError),
    /// It could not be read or asked for.
    Place(PlaceError),
    /// A part of a side could not be read.
    Unreadable(String),
    /// It cannot be transferred without harm.
    Refused(String),
    /// It was not deleted.
    Delete(DeleteFailure),
    /// A file was not deleted.
    Remove(io::Error),
    /// No verified copy of it is at the place for what is deleted, so it was kept.
    NotBackedUp(String),
}

impl std::fmt::Display for ItemError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Upload(error) => error.fmt(f),
            Self::Download(error) => error.fmt(f),
            Self::Place(error) => error.fmt(f),
            Self::Unreadable(reason) | Self::Refused(reason) => f.write_str(reason),
            Self::Delete(error) => error.fmt(f),
            Self::Remove(error) => write!(f, "it could not be removed: {error}"),
            Self::NotBackedUp(reason) => write!(f, "it was kept, since it could not be backed up: {reason}"),
        }
    }
}

impl std::error::Error for ItemError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Upload(error) => error.source(),
            Self::Download(error) => error.source(),
            Self::Place(error) => error.source(),
            Self::Delete(error) => error.source(),
            _ => None,
        }
    }
}

impl ItemError {
    /// The call that failed, if one did.
    pub fn call(&self) -> Option<&CallError> {
        match self {
            Self::Upload(error) => error.call(),
            Self::Download(error) => error.call(),
            Self::Place(PlaceError::Call(error)) => Some(error),
            Self::Delete(DeleteFailure::Call(error) | DeleteFailure::NotSent(error)) => Some(Arc::as_ref(error)),
            _ => None,
        }
    }

    /// Whether every other one would fail alike.
    pub fn is_fatal_for_batch(&self) -> bool {
        let is_of_the_disk = |error: &TargetError| match error {
            TargetError::Io { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::QuotaExceeded
            ),
            _ => false,
        };
        match self {
            Self::Download(error) if matches!(error.kind(), DownloadErrorKind::Target(target) if is_of_the_disk(target)) => {
                true
            }
            Self::Upload(_) | Self::Download(_) | Self::Delete(_) => {
                self.call().is_some_and(CallError::is_fatal_for_batch)
            }
            _ => false,
        }
    }
}
