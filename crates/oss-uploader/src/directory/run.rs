use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use oss_models::{ObjectKey, PutObjectRequest};
use oss_transfer::files::is_out_of_handles;
use oss_transfer::{Batch, BatchEvent, TransferError, jobs_by_handles};
use tokio::sync::mpsc;

use super::walk::{Checks, Found, walk};
use super::{DirectoryError, DirectoryEvent, DirectorySummary, DirectoryUpload, FileError, RequestOf};
use crate::error::{UploadError, UploadErrorKind};
use crate::events::UploadEvent;
use crate::{DEFAULT_PARALLEL_NUM, ParallelNum, Progress, UploadResult, Uploader};

/// An upload of a folder under way: a stream of what happens to its files.
///
/// New files are started only while events are taken. Dropping it cancels the uploads under way.
#[derive(Debug)]
pub struct DirectoryRun {
    uploader: Uploader,
    request: PutObjectRequest,
    request_of: RequestOf,
    jobs: usize,
    /// Gone when the walk is over, or its rest is not wanted.
    found: Option<mpsc::Receiver<Found>>,
    running: Batch<File, UploadResult, UploadError>,
    /// Files for which no handle was left; they are begun again when there is room.
    put_off: VecDeque<File>,
    /// Whether no further file is begun.
    stopped: bool,
    summary: DirectorySummary,
}

/// A file and the key of its object.
type File = (PathBuf, ObjectKey);

impl DirectoryRun {
    pub(super) async fn start(upload: DirectoryUpload) -> Result<Self, DirectoryError> {
        let DirectoryUpload { uploader, request, folder, filter, leave_out, checkers, request_of, follow_links, jobs } =
            upload;
        let filter = filter.build().map_err(DirectoryError::Filter)?;
        let is_folder = match tokio::fs::metadata(&folder).await {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
            Err(error) => Err(error),
        };
        is_folder.map_err(|source| DirectoryError::Folder { path: folder.clone(), source })?;
        let jobs = uploader.fewer_by_handles(jobs);
        Ok(Self {
            // What was no link when the walk found it must be none when it is opened.
            uploader: uploader.follow_links(follow_links),
            found: Some(walk(folder, request.key.clone(), filter, Checks { leave_out, checkers }, follow_links)),
            request,
            request_of,
            jobs,
            running: Batch::new(),
            put_off: VecDeque::new(),
            stopped: false,
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
        self.running.progress().map(|((path, key), progress)| (path.as_path(), key, progress))
    }

    /// Begins no further file; those under way finish.
    pub fn stop(&mut self) {
        let (walking, put_off) = (self.found.take().is_some(), !self.put_off.is_empty());
        self.put_off.clear();
        self.stopped = true;
        self.summary.stopped |= walking || put_off;
    }

    /// Begins no further file and cancels those under way, as [`UploadHandle::cancel`](crate::UploadHandle::cancel)
    /// does: each aborts its upload or
    /// keeps its parts, within `cleanup_timeout`, and its end is still among the events.
    pub fn cancel(&mut self) {
        self.stop();
        self.summary.stopped |= !self.running.is_empty();
        self.running.cancel();
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<DirectoryEvent>> {
        if let Poll::Ready(event) = self.running.poll_event(cx) {
            return Poll::Ready(Some(match event {
                BatchEvent::Happened((path, key), event) => DirectoryEvent::Upload { path, key, event },
                BatchEvent::Ended(file, outcome) => self.ended(file, outcome),
            }));
        }
        if self.running.len() < self.jobs
            && let Some((path, key)) = self.put_off.pop_front()
        {
            self.begin(&path, &key);
            let event = UploadEvent::Restarted { reason: "files that were open were closed".to_owned() };
            return Poll::Ready(Some(DirectoryEvent::Upload { path, key, event }));
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
        // With nothing running, what was put off was begun above.
        if self.running.is_empty() && self.found.is_none() { Poll::Ready(None) } else { Poll::Pending }
    }

    fn take_up(&mut self, found: Found) -> DirectoryEvent {
        match found {
            Found::File { path, key } => {
                self.begin(&path, &key);
                DirectoryEvent::Started { path, key }
            }
            Found::LeftOut { path, key, reason } => {
                self.summary.skipped += 1;
                DirectoryEvent::LeftOut { path, key, reason }
            }
            Found::Skipped { path, reason } => {
                self.summary.skipped += 1;
                DirectoryEvent::Skipped { path, reason }
            }
            Found::Failed { path, error } => self.failed(path, error),
        }
    }

    fn begin(&mut self, path: &Path, key: &ObjectKey) {
        let mut request = self.request.clone();
        request.key = key.to_string();
        if let Some(request_of) = &self.request_of.0 {
            request = request_of(path, request);
        }
        self.running.add((path.to_owned(), key.clone()), self.uploader.upload_file(request, path).start());
    }

    fn ended(&mut self, (path, key): File, outcome: Result<UploadResult, UploadError>) -> DirectoryEvent {
        match outcome {
            Ok(result) => {
                self.summary.uploaded += 1;
                self.summary.bytes += result.size;
                DirectoryEvent::Uploaded { path, key, result: Box::new(result) }
            }
            Err(error) if matches!(error.kind(), UploadErrorKind::Panicked { what: UploadError::NAME }) => {
                self.failed(path, FileError::Panicked)
            }
            // The others give theirs back when they end, and fewer at a time need fewer.
            Err(error) if is_out_of_handles(&error) && !self.running.is_empty() && !self.stopped => {
                self.jobs = self.running.len();
                let warning = format!("put off until fewer files are open: {error}");
                self.put_off.push_back((path.clone(), key.clone()));
                DirectoryEvent::Upload { path, key, event: UploadEvent::Warning(warning) }
            }
            Err(error) => self.failed(path, error.into()),
        }
    }

    fn failed(&mut self, path: PathBuf, error: FileError) -> DirectoryEvent {
        self.summary.failed += 1;
        if error.is_fatal_for_batch() {
            self.summary.stopped = true;
            self.stopped = true;
            self.found = None;
            self.put_off.clear();
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

impl Uploader {
    /// Of so many uploads at a time, as many as the process can have open files, records and connections for.
    fn fewer_by_handles(&self, jobs: usize) -> usize {
        jobs_by_handles(jobs, self.handles_of_one(), self.files().handle_limit())
    }

    /// Its file, its connections, and its record with the lock of it.
    fn handles_of_one(&self) -> usize {
        let parallel = self.options.parallel_num.map_or(DEFAULT_PARALLEL_NUM.into(), ParallelNum::expected);
        1 + parallel + if self.options.enable_checkpoint == Some(true) { 2 } else { 0 }
    }
}
