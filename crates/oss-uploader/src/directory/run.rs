use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use oss_models::{ObjectKey, PutObjectRequest};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};

use super::walk::{Found, walk};
use super::{DirectoryError, DirectoryEvent, DirectorySummary, DirectoryUpload, FileError};
use crate::{UploadError, UploadResult, Uploader};

/// An upload of a folder under way: a stream of what happens to its files.
///
/// New files are begun only while events are taken. Dropping it cancels the uploads under way.
#[derive(Debug)]
pub struct DirectoryRun {
    uploader: Uploader,
    request: PutObjectRequest,
    jobs: usize,
    /// Gone when the walk is over, or its rest is not wanted.
    found: Option<mpsc::Receiver<Found>>,
    running: JoinSet<Result<UploadResult, UploadError>>,
    files: HashMap<Id, (PathBuf, ObjectKey)>,
    summary: DirectorySummary,
}

impl DirectoryRun {
    pub(super) async fn start(upload: DirectoryUpload) -> Result<Self, DirectoryError> {
        let DirectoryUpload { uploader, request, folder, selection, jobs } = upload;
        let is_folder = match tokio::fs::metadata(&folder).await {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
            Err(error) => Err(error),
        };
        is_folder.map_err(|source| DirectoryError::Folder { path: folder.clone(), source })?;
        Ok(Self {
            // What was no link when it was come upon must be none when it is opened.
            uploader: uploader.follow_links(selection.follow_links),
            found: Some(walk(folder, request.key.clone(), selection)?),
            request,
            jobs,
            running: JoinSet::new(),
            files: HashMap::new(),
            summary: DirectorySummary::default(),
        })
    }

    /// The next event; `None` when everything is done.
    pub async fn next(&mut self) -> Option<DirectoryEvent> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// What has happened up to now.
    pub fn summary(&self) -> DirectorySummary {
        self.summary
    }

    /// Takes all events that are left, and sums everything up.
    pub async fn finish(mut self) -> DirectorySummary {
        while self.next().await.is_some() {}
        self.summary
    }

    /// Begins no further file; those under way finish.
    pub fn stop(&mut self) {
        if self.found.take().is_some() {
            self.summary.stopped = true;
        }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<DirectoryEvent>> {
        if let Poll::Ready(Some(joined)) = self.running.poll_join_next_with_id(cx) {
            return Poll::Ready(self.finished(joined));
        }
        if self.running.len() < self.jobs
            && let Some(found) = &mut self.found
        {
            match found.poll_recv(cx) {
                Poll::Ready(Some(found)) => return Poll::Ready(Some(self.take_up(found))),
                Poll::Ready(None) => self.found = None,
                Poll::Pending => return Poll::Pending,
            }
        }
        if self.running.is_empty() && self.found.is_none() { Poll::Ready(None) } else { Poll::Pending }
    }

    fn take_up(&mut self, found: Found) -> DirectoryEvent {
        match found {
            Found::File { path, key } => {
                let mut request = self.request.clone();
                request.key = key.to_string();
                let upload = self.uploader.upload_file(request, &path);
                let task = self.running.spawn(upload.into_future());
                self.files.insert(task.id(), (path.clone(), key.clone()));
                DirectoryEvent::Started { path, key }
            }
            Found::Skipped { path, reason } => {
                self.summary.skipped += 1;
                DirectoryEvent::Skipped { path, reason }
            }
            Found::Failed { path, error } => self.failed(path, error),
        }
    }

    fn finished(
        &mut self,
        joined: Result<(Id, Result<UploadResult, UploadError>), JoinError>,
    ) -> Option<DirectoryEvent> {
        let (id, outcome) = match joined {
            Ok((id, outcome)) => (id, outcome.map_err(FileError::from)),
            Err(error) => (error.id(), Err(FileError::Panicked)),
        };
        let (path, key) = self.files.remove(&id)?;
        Some(match outcome {
            Ok(result) => {
                self.summary.uploaded += 1;
                self.summary.bytes += result.size;
                DirectoryEvent::Uploaded { path, key, result: Box::new(result) }
            }
            Err(error) => self.failed(path, error),
        })
    }

    fn failed(&mut self, path: PathBuf, error: FileError) -> DirectoryEvent {
        self.summary.failed += 1;
        if error.is_fatal_for_batch() {
            self.summary.stopped = true;
            self.found = None;
        }
        DirectoryEvent::Failed { path, error }
    }
}

impl Stream for DirectoryRun {
    type Item = DirectoryEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<DirectoryEvent>> {
        self.poll_event(cx)
    }
}
