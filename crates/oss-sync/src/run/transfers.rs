use std::sync::Arc;
use std::task::{Context, Poll};

use oss_downloader::{DownloadError, DownloadEvent, DownloadResult};
use oss_models::{CopyObjectRequest, CopySource, GetObjectRequest, PutObjectRequest};
use oss_transfer::{Batch, BatchEvent, Progress};
use oss_uploader::{UploadError, UploadEvent, UploadResult};

use super::tasks::{MTIME, write_mtime};
use super::{ItemError, Shared};
use crate::planner::Transfer;
use crate::{Direction, Place};

/// The transfers under way: all of a run go the same way.
#[derive(Debug)]
pub(super) enum Moving {
    Up(Batch<Arc<Transfer>, UploadResult, UploadError>),
    Down(Batch<Arc<Transfer>, DownloadResult, DownloadError>),
}

/// What happened to one of them.
pub(super) enum Moved {
    Uploading(Arc<Transfer>, UploadEvent),
    Downloading(Arc<Transfer>, DownloadEvent),
    Ended(Arc<Transfer>, Ended),
}

/// How it ended.
pub(super) enum Ended {
    Uploaded(Box<UploadResult>),
    Downloaded(Box<DownloadResult>),
    Failed(ItemError),
}

impl Moving {
    pub(super) fn new(direction: Direction) -> Self {
        match direction {
            Direction::Down => Self::Down(Batch::new()),
            Direction::Up | Direction::Across => Self::Up(Batch::new()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Up(batch) => batch.len(),
            Self::Down(batch) => batch.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn cancel(&self) {
        match self {
            Self::Up(batch) => batch.cancel(),
            Self::Down(batch) => batch.cancel(),
        }
    }

    pub(super) fn progress(&self) -> Box<dyn Iterator<Item = (&Arc<Transfer>, Progress)> + '_> {
        match self {
            Self::Up(batch) => Box::new(batch.progress()),
            Self::Down(batch) => Box::new(batch.progress()),
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Moved> {
        match self {
            Self::Up(batch) => batch.poll_event(cx).map(|event| match event {
                BatchEvent::Happened(transfer, event) => Moved::Uploading(transfer, event),
                BatchEvent::Ended(transfer, Ok(result)) => Moved::Ended(transfer, Ended::Uploaded(Box::new(result))),
                BatchEvent::Ended(transfer, Err(error)) => {
                    Moved::Ended(transfer, Ended::Failed(ItemError::Upload(error)))
                }
            }),
            Self::Down(batch) => batch.poll_event(cx).map(|event| match event {
                BatchEvent::Happened(transfer, event) => Moved::Downloading(transfer, event),
                BatchEvent::Ended(transfer, Ok(result)) => Moved::Ended(transfer, Ended::Downloaded(Box::new(result))),
                BatchEvent::Ended(transfer, Err(error)) => {
                    Moved::Ended(transfer, Ended::Failed(ItemError::Download(error)))
                }
            }),
        }
    }

    pub(super) fn begin(&mut self, shared: &Shared, transfer: Arc<Transfer>) {
        let path = transfer.source.path.as_str();
        match (self, &shared.sync.source, &shared.sync.destination) {
            (Self::Up(batch), Place::Folder { root, follow_links }, Place::Objects { bucket, prefix, payer }) => {
                let bare = || PutObjectRequest::new("", "");
                let mut request = shared.sync.request.clone().unwrap_or_else(bare);
                (request.bucket, request.key) = (bucket.to_string(), format!("{prefix}{path}"));
                request.request_payer.clone_from(payer);
                if shared.sync.preserve_mtime
                    && let Some(mtime) = transfer.source.modified.and_then(write_mtime)
                {
                    request.metadata.get_or_insert_default().insert(MTIME, mtime);
                }
                let upload = shared.managers.uploader.upload_file(request, root.join(path));
                let handle = upload.follow_links(*follow_links).start();
                batch.add(transfer, handle);
            }
            (
                Self::Up(batch),
                Place::Objects { bucket: from, prefix: below, .. },
                Place::Objects { bucket, prefix, payer },
            ) => {
                let source = CopySource::new(from.as_str(), format!("{below}{path}"));
                let mut request = CopyObjectRequest::new(bucket.as_str(), format!("{prefix}{path}"), source);
                request.copy_source_if_match.clone_from(&transfer.source.etag);
                request.request_payer.clone_from(payer);
                batch.add(transfer.clone(), shared.managers.copier.copy(request).start());
            }
            (Self::Down(batch), Place::Objects { bucket, prefix, payer }, Place::Folder { root, .. }) => {
                let mut request = GetObjectRequest::new(bucket.as_str(), format!("{prefix}{path}"));
                request.if_match.clone_from(&transfer.source.etag);
                request.request_payer.clone_from(payer);
                let download = shared.managers.downloader.download_file(request, root.join(path));
                let handle = download.without_links_below(root).start();
                batch.add(transfer, handle);
            }
            // No other pair of places is let in.
            _ => {}
        }
    }
}
