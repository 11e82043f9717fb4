use oss_transfer::{TransferError, TransferHandle};

use crate::error::{DownloadError, DownloadErrorKind, DownloadStage};
use crate::{DownloadEvent, DownloadResult};

/// A download that runs in the background. `.await` it for the result; dropping it ends the download.
pub type DownloadHandle = TransferHandle<DownloadResult, DownloadError>;

impl TransferError for DownloadError {
    type Event = DownloadEvent;
    /// What the download was doing.
    type Moment = DownloadStage;

    const NAME: &'static str = "the download";
    const LOST: DownloadStage = DownloadStage::Parts;

    fn cancelled(stage: DownloadStage) -> Self {
        Self::new(stage, DownloadErrorKind::Cancelled)
    }

    fn panicked(stage: DownloadStage, what: &'static str) -> Self {
        Self::new(stage, DownloadErrorKind::Panicked { what })
    }
}
