use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use oss_models::{ObjectKey, PutObjectRequest};
use tokio::sync::mpsc;

use super::walk::{Found, walk};
use super::{DirectoryError, DirectoryEvent, DirectorySummary, DirectoryUpload, FileError};
use crate::engine::Command;
use crate::error::{UploadError, UploadErrorKind};
use crate::events::{Events, UploadEvent};
use crate::{Progress, UploadHandle, UploadResult, Uploader};

/// An upload of a folder under way: a stream of what happens to its files.
///
/// New files are started only while events are taken. Dropping it cancels the uploads under way.
#[derive(Debug)]
pub struct DirectoryRun {
    uploader: Uploader,
    request: PutObjectRequest,
    jobs: usize,
    /// Gone when the walk is over, or its rest is not wanted.
    found: Option<mpsc::Receiver<Found>>,
    running: Vec<Running>,
    summary: DirectorySummary,
}

/// A file whose upload is under way.
#[derive(Debug)]
struct Running {
    path: PathBuf,
    key: ObjectKey,
    handle: UploadHandle,
    events: Events,
    /// Its end, until its last events were taken.
    outcome: Option<Result<UploadResult, UploadError>>,
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
            // What was no link when the walk found it must be none when it is opened.
            uploader: uploader.follow_links(selection.follow_links),
            found: Some(walk(folder, request.key.clone(), selection)?),
            request,
            jobs,
            running: Vec::new(),
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

    /// The files under way, and how far each is.
    pub fn running(&self) -> impl Iterator<Item = (&Path, &ObjectKey, Progress)> {
        self.running.iter().map(|file| (file.path.as_path(), &file.key, file.handle.progress()))
    }

    /// Begins no further file; those under way finish.
    pub fn stop(&mut self) {
        if self.found.take().is_some() {
            self.summary.stopped = true;
        }
    }

    /// Begins no further file and cancels those under way, as [`UploadHandle::cancel`] does: each aborts its upload or
    /// keeps its parts, within `cleanup_timeout`, and its end is still among the events.
    pub fn cancel(&mut self) {
        self.stop();
        self.summary.stopped |= !self.running.is_empty();
        self.running.iter().for_each(|file| file.handle.tell(Command::Cancel));
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<DirectoryEvent>> {
        for index in 0..self.running.len() {
            if let Poll::Ready(event) = self.poll_file(index, cx) {
                return Poll::Ready(Some(event));
            }
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

    /// What happened to one file under way: its events first, so that none comes after its end.
    fn poll_file(&mut self, index: usize, cx: &mut Context<'_>) -> Poll<DirectoryEvent> {
        let Some(file) = self.running.get_mut(index) else { return Poll::Pending };
        if file.outcome.is_none()
            && let Poll::Ready(outcome) = Pin::new(&mut file.handle).poll(cx)
        {
            file.outcome = Some(outcome);
        }
        while let Poll::Ready(Some(event)) = Pin::new(&mut file.events).poll_next(cx) {
            if !matches!(event, UploadEvent::Progress(_)) {
                return Poll::Ready(DirectoryEvent::Upload { path: file.path.clone(), key: file.key.clone(), event });
            }
        }
        match file.outcome.take() {
            Some(outcome) => Poll::Ready(self.finished(index, outcome)),
            None => Poll::Pending,
        }
    }

    fn take_up(&mut self, found: Found) -> DirectoryEvent {
        match found {
            Found::File { path, key } => {
                let mut request = self.request.clone();
                request.key = key.to_string();
                let handle = self.uploader.upload_file(request, &path).start();
                let events = handle.events();
                self.running.push(Running { path: path.clone(), key: key.clone(), handle, events, outcome: None });
                DirectoryEvent::Started { path, key }
            }
            Found::Skipped { path, reason } => {
                self.summary.skipped += 1;
                DirectoryEvent::Skipped { path, reason }
            }
            Found::Failed { path, error } => self.failed(path, error),
        }
    }

    fn finished(&mut self, index: usize, outcome: Result<UploadResult, UploadError>) -> DirectoryEvent {
        let Running { path, key, .. } = self.running.swap_remove(index);
        match outcome {
            Ok(result) => {
                self.summary.uploaded += 1;
                self.summary.bytes += result.size;
                DirectoryEvent::Uploaded { path, key, result: Box::new(result) }
            }
            Err(error) if matches!(error.kind(), UploadErrorKind::Panicked { what: "the upload" }) => {
                self.failed(path, FileError::Panicked)
            }
            Err(error) => self.failed(path, error.into()),
        }
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
