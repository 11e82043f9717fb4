use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use oss_models::{CallError, GetObjectRequest};
use oss_transfer::files::{Access, Blocking, FileKind, FileSystem, Links, ignores_case, run_blocking, start_blocking};
use oss_transfer::{PathConflicts, Progress};

use super::listing::{Chooser, Found, Listing};
use super::{DirectoryDownload, DirectoryError, DirectoryEvent, DirectorySummary, FileError};
use crate::downloader::Below;
use crate::engine::Command;
use crate::error::{DownloadError, DownloadErrorKind, TargetError};
use crate::events::{DownloadEvent, DownloadEvents};
use crate::options::Settings;
use crate::target::refuse_links;
use crate::{DownloadHandle, DownloadResult, Downloader};

/// A download of a prefix under way: a stream of what happens to its objects.
///
/// New downloads are begun only while events are taken. Dropping it ends the downloads under way.
#[derive(Debug)]
pub struct DirectoryRun {
    downloader: Downloader,
    request: GetObjectRequest,
    folder: PathBuf,
    jobs: usize,
    /// Gone when the list is over, or its rest is not wanted.
    listing: Option<Listing>,
    running: Vec<Running>,
    summary: DirectorySummary,
}

/// An object that is being downloaded, or a folder that is being made.
#[derive(Debug)]
struct Running {
    key: String,
    path: PathBuf,
    work: Work,
}

#[expect(clippy::large_enum_variant, reason = "the large one is the usual one")]
#[derive(Debug)]
enum Work {
    Download {
        handle: DownloadHandle,
        events: DownloadEvents,
        /// Its end, until its last events were taken.
        outcome: Option<Result<DownloadResult, DownloadError>>,
    },
    Folder(Blocking<Result<(), TargetError>>),
}

impl DirectoryRun {
    pub(super) async fn start(download: DirectoryDownload) -> Result<Self, DirectoryError> {
        let DirectoryDownload { downloader, request, folder, filter, leave_out, jobs } = download;
        let filter = filter.build().map_err(DirectoryError::Filter)?;
        Settings::check(&downloader.options).map_err(DirectoryError::Option)?;
        let files = downloader.file_system();
        let examined = run_blocking(files.as_ref(), {
            let (files, folder) = (files.clone(), folder.clone());
            move || examine(files.as_ref(), &folder)
        });
        let examined = examined.await.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
        let (folder, ignores_case) =
            examined.map_err(|source| DirectoryError::Folder { path: folder.clone(), source })?;
        let chooser = Chooser {
            prefix: request.key.clone(),
            filter,
            leave_out,
            folder: folder.clone(),
            conflicts: PathConflicts::new(ignores_case),
        };
        let listing = Listing::new(downloader.service(), &request, chooser);
        let mut listing = listing.map_err(DirectoryError::Request)?;
        let listed = listing.fill().await.map_err(DirectoryError::List)?;
        let summary = DirectorySummary::default();
        let listing = Some(listing).filter(|_| listed);
        Ok(Self { downloader, request, folder, jobs, listing, running: Vec::new(), summary })
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

    /// The objects under way, their files, and how far each is.
    pub fn running(&self) -> impl Iterator<Item = (&str, &Path, Progress)> {
        self.running.iter().filter_map(|running| match &running.work {
            Work::Download { handle, .. } => Some((&*running.key, running.path.as_path(), handle.progress())),
            Work::Folder(_) => None,
        })
    }

    /// Begins no further download; those under way finish.
    pub fn stop(&mut self) {
        if self.listing.take().is_some() {
            self.summary.stopped = true;
        }
    }

    /// Begins no further download and cancels those under way, as [`DownloadHandle::cancel`] does: each keeps what a
    /// checkpoint needs or removes what was fetched, and its end is still among the events.
    pub fn cancel(&mut self) {
        self.stop();
        self.summary.stopped |= !self.running.is_empty();
        for running in &self.running {
            if let Work::Download { handle, .. } = &running.work {
                handle.send(Command::Cancel);
            }
        }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<DirectoryEvent>> {
        for index in 0..self.running.len() {
            if let Poll::Ready(event) = self.poll_running(index, cx) {
                return Poll::Ready(Some(event));
            }
        }
        if self.running.len() < self.jobs
            && let Some(listing) = &mut self.listing
        {
            match listing.poll_next(cx) {
                Poll::Ready(Some(Ok(found))) => return Poll::Ready(Some(self.take_up(found))),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(self.list_failed(error))),
                Poll::Ready(None) => self.listing = None,
                Poll::Pending => return Poll::Pending,
            }
        }
        if self.running.is_empty() && self.listing.is_none() { Poll::Ready(None) } else { Poll::Pending }
    }

    /// What happened to one object under way: its events first, so that none comes after its end.
    fn poll_running(&mut self, index: usize, cx: &mut Context<'_>) -> Poll<DirectoryEvent> {
        let Some(Running { key, path, work }) = self.running.get_mut(index) else { return Poll::Pending };
        match work {
            Work::Folder(making) => {
                let made = std::task::ready!(Pin::new(making).poll(cx));
                let Running { key, path, .. } = self.running.swap_remove(index);
                Poll::Ready(match made {
                    Ok(Ok(())) => {
                        self.summary.folders += 1;
                        DirectoryEvent::Folder { key, path }
                    }
                    Ok(Err(error)) => self.failed(key, FileError::Folder(error)),
                    Err(_) => self.failed(key, FileError::Panicked),
                })
            }
            Work::Download { handle, events, outcome } => {
                if outcome.is_none()
                    && let Poll::Ready(ended) = Pin::new(&mut *handle).poll(cx)
                {
                    *outcome = Some(ended);
                }
                while let Poll::Ready(Some(event)) = Pin::new(&mut *events).poll_next(cx) {
                    if !matches!(event, DownloadEvent::Progress(_)) {
                        return Poll::Ready(DirectoryEvent::Download { key: key.clone(), path: path.clone(), event });
                    }
                }
                match outcome.take() {
                    Some(outcome) => Poll::Ready(self.finished(index, outcome)),
                    None => Poll::Pending,
                }
            }
        }
    }

    fn take_up(&mut self, found: Found) -> DirectoryEvent {
        match found {
            Found::File { key, path, listed } => {
                let path = self.folder.join(path);
                let mut request = self.request.clone();
                request.key.clone_from(&key);
                let below = Below { folder: Some(self.folder.clone()), listed };
                let handle = self.downloader.download_file(request, &path).below(below).start();
                let events = handle.events();
                let work = Work::Download { handle, events, outcome: None };
                self.running.push(Running { key: key.clone(), path: path.clone(), work });
                DirectoryEvent::Started { key, path }
            }
            Found::Folder { key, path } => {
                let path = self.folder.join(path);
                let making = make_folder(self.downloader.file_system(), self.folder.clone(), path.clone());
                self.running.push(Running { key: key.clone(), path: path.clone(), work: Work::Folder(making) });
                DirectoryEvent::Started { key, path }
            }
            Found::LeftOut { object, path, reason } => {
                self.summary.left_out += 1;
                DirectoryEvent::LeftOut { object, path: self.folder.join(path), reason }
            }
            Found::Failed { key, error } => self.failed(key, error),
        }
    }

    fn finished(&mut self, index: usize, outcome: Result<DownloadResult, DownloadError>) -> DirectoryEvent {
        let Running { key, path, .. } = self.running.swap_remove(index);
        match outcome {
            Ok(result) => {
                self.summary.downloaded += 1;
                self.summary.bytes += result.size;
                DirectoryEvent::Downloaded { key, path, result: Box::new(result) }
            }
            Err(error) if matches!(error.kind(), DownloadErrorKind::Panicked { what: "the download" }) => {
                self.failed(key, FileError::Panicked)
            }
            Err(error) => self.failed(key, FileError::Download(error)),
        }
    }

    fn failed(&mut self, key: String, error: FileError) -> DirectoryEvent {
        self.summary.failed += 1;
        if error.is_fatal_for_batch() {
            self.summary.stopped = true;
            self.listing = None;
        }
        DirectoryEvent::Failed { key, error }
    }

    fn list_failed(&mut self, error: CallError) -> DirectoryEvent {
        self.stop();
        DirectoryEvent::ListFailed { error }
    }
}

impl Stream for DirectoryRun {
    type Item = DirectoryEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<DirectoryEvent>> {
        self.poll_event(cx)
    }
}

/// The folder as an absolute path, and whether letter case is ignored there. It may be missing.
fn examine(files: &dyn FileSystem, folder: &Path) -> io::Result<(PathBuf, bool)> {
    if folder.as_os_str().is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path is empty"));
    }
    let folder = std::path::absolute(folder)?;
    match files.metadata(&folder, Links::Follow) {
        Ok(metadata) if metadata.kind == FileKind::Directory => {}
        Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let existing = folder.ancestors().find(|path| files.metadata(path, Links::Follow).is_ok());
    let ignores_case = existing.is_some_and(|existing| ignores_case(files, existing));
    Ok((folder, ignores_case))
}

fn make_folder(files: Arc<dyn FileSystem>, root: PathBuf, path: PathBuf) -> Blocking<Result<(), TargetError>> {
    start_blocking(files.clone().as_ref(), move || {
        refuse_links(files.as_ref(), &root, &path)?;
        let created = files.create_folder(&path, Access::Default);
        created.map_err(|source| TargetError::Io { action: "create", path, source })
    })
}
