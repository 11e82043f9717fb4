use oss_transfer::{TransferError, TransferHandle};

use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::{UploadEvent, UploadResult};

/// An upload or a copy that runs in the background. `.await` it for the result; dropping it ends the upload.
pub type UploadHandle = TransferHandle<UploadResult, UploadError>;

impl TransferError for UploadError {
    type Event = UploadEvent;
    /// What the upload was doing, and whether its object is in place.
    type Moment = (Stage, Stored);

    const NAME: &'static str = "the upload";
    const LOST: (Stage, Stored) = (Stage::Parts, Stored::Unknown);

    fn cancelled((stage, stored): (Stage, Stored)) -> Self {
        Self::new(stage, UploadErrorKind::Cancelled, stored)
    }

    fn panicked((stage, stored): (Stage, Stored), what: &'static str) -> Self {
        Self::new(stage, UploadErrorKind::Panicked { what }, stored)
    }
}
