use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use oss_models::{CallError, GetObjectRequest};
use oss_transfer::files::{Access, Blocking, FileKind, FileSystem, Links, ignores_case, run_blocking, start_blocking};
use oss_transfer::{
    Batch, BatchEvent, DEFAULT_PARALLEL_NUM, ParallelNum, PathConflicts, Progress, TransferError, jobs_by_handles,
};

use super::listing::{Chooser, Found, Listing};
use super::{DirectoryDownload, DirectoryError, DirectoryEvent, DirectorySummary, FileError};
use crate::downloader::Below;
use crate::error::{DownloadError, DownloadErrorKind, TargetError};
use crate::options::Settings;
use crate::target::refuse_links;
use crate::{DownloadResult, Downloader};

/// A download of a prefix under way: a stream of what happens to its objects.
///
/// New downloads are started only while events are taken. Dropping it ends the downloads under way.
#[derive(Debug)]
pub struct DirectoryRun {
    downloader: Downloader,
    request: GetObjectRequest,
    folder: PathBuf,
    jobs: usize,
    /// Gone when the list is over, or its rest is not wanted.
    listing: Option<Listing>,
    running: Batch<Item, DownloadResult, DownloadError>,
    /// Folders that are being made.
    making: Vec<(Item, Blocking<Result<(), TargetError>>)>,
    summary: DirectorySummary,
}

/// The key of an object, and its file or folder.
type Item = (String, PathBuf);

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
        let jobs = downloader.fewer_by_handles(jobs);
        let summary = DirectorySummary::default();
        let listing = Some(listing).filter(|_| listed);
        let (running, making) = (Batch::new(), Vec::new());
        Ok(Self { downloader, request, folder, jobs, listing, running, making, summary })
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
        self.running.progress().map(|((key, path), progress)| (&**key, path.as_path(), progress))
    }

    /// Begins no further download; those under way finish.
    pub fn stop(&mut self) {
        if self.listing.take().is_some() {
            self.summary.stopped = true;
        }
    }

    /// Begins no further download and cancels those under way, as
    /// [`DownloadHandle::cancel`](crate::DownloadHandle::cancel) does: each keeps what a
    /// checkpoint needs or removes what was fetched, and its end is still among the events.
    pub fn cancel(&mut self) {
        self.stop();
        self.summary.stopped |= self.under_way() > 0;
        self.running.cancel();
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<DirectoryEvent>> {
        if let Poll::Ready(event) = self.running.poll_event(cx) {
            return Poll::Ready(Some(match event {
                BatchEvent::Happened((key, path), event) => DirectoryEvent::Download { key, path, event },
                BatchEvent::Ended(item, outcome) => self.ended(item, outcome),
            }));
        }
        for index in 0..self.making.len() {
            if let Poll::Ready(event) = self.poll_making(index, cx) {
                return Poll::Ready(Some(event));
            }
        }
        if self.under_way() < self.jobs
            && let Some(listing) = &mut self.listing
        {
            match listing.poll_next(cx) {
                Poll::Ready(Some(Ok(found))) => return Poll::Ready(Some(self.take_up(found))),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(self.list_failed(error))),
                Poll::Ready(None) => self.listing = None,
                Poll::Pending => return Poll::Pending,
            }
        }
        if self.under_way() == 0 && self.listing.is_none() { Poll::Ready(None) } else { Poll::Pending }
    }

    /// Objects and folders.
    fn under_way(&self) -> usize {
        self.running.len() + self.making.len()
    }

    fn poll_making(&mut self, index: usize, cx: &mut Context<'_>) -> Poll<DirectoryEvent> {
        let Some((_, making)) = self.making.get_mut(index) else { return Poll::Pending };
        let made = ready!(Pin::new(making).poll(cx));
        let ((key, path), _) = self.making.swap_remove(index);
        Poll::Ready(match made {
            Ok(Ok(())) => {
                self.summary.folders += 1;
                DirectoryEvent::Folder { key, path }
            }
            Ok(Err(error)) => self.failed(key, FileError::Folder(error)),
            Err(_) => self.failed(key, FileError::Panicked),
        })
    }

    fn take_up(&mut self, found: Found) -> DirectoryEvent {
        match found {
            Found::File { key, path, listed } => {
                let path = self.folder.join(path);
                let mut request = self.request.clone();
                request.key.clone_from(&key);
                let below = Below { folder: Some(self.folder.clone()), listed };
                let handle = self.downloader.download_file(request, &path).below(below).start();
                self.running.add((key.clone(), path.clone()), handle);
                DirectoryEvent::Started { key, path }
            }
            Found::Folder { key, path } => {
                let path = self.folder.join(path);
                let making = make_folder(self.downloader.file_system(), self.folder.clone(), path.clone());
                self.making.push(((key.clone(), path.clone()), making));
                DirectoryEvent::Started { key, path }
            }
            Found::LeftOut { object, path, reason } => {
                self.summary.left_out += 1;
                DirectoryEvent::LeftOut { object, path: self.folder.join(path), reason }
            }
            Found::Failed { key, error } => self.failed(key, error),
        }
    }

    fn ended(&mut self, (key, path): Item, outcome: Result<DownloadResult, DownloadError>) -> DirectoryEvent {
        match outcome {
            Ok(result) => {
                self.summary.downloaded += 1;
                self.summary.bytes += result.size;
                DirectoryEvent::Downloaded { key, path, result: Box::new(result) }
            }
            Err(error) if matches!(error.kind(), DownloadErrorKind::Panicked { what: DownloadError::NAME }) => {
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

impl Downloader {
    /// Of so many downloads at a time, as many as the process can have open files, records and connections for: one that waits
    /// for a handle has some that others wait for.
    fn fewer_by_handles(&self, jobs: usize) -> usize {
        let parallel = self.options.parallel_num.map_or(DEFAULT_PARALLEL_NUM.into(), ParallelNum::expected);
        // The file, its connections, its record with the lock of it, and what is open for a moment: a folder to be synced.
        let each = 2 + parallel + if self.options.enable_checkpoint == Some(true) { 2 } else { 0 };
        jobs_by_handles(jobs, each, self.file_system().handle_limit())
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
