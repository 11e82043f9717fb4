//! Downloading the objects below a prefix into a folder.

mod listing;
mod run;

pub use oss_transfer::{
    Candidate, DEFAULT_JOBS, Filter, FilterBuilder, InvalidFilter, LocalPath, MAX_JOBS, PathConflict, PathRules,
    UnsafeKey,
};
pub use run::DirectoryRun;

use std::error::Error;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use oss_models::{CallError, GetObjectRequest, InvalidRequest, ObjectSummary};

use crate::{DownloadError, DownloadErrorKind, DownloadEvent, DownloadResult, Downloader, InvalidOption, TargetError};

impl Downloader {
    /// Downloads every object whose key begins with the key of `request` to a file below a folder. What follows that
    /// prefix is the path: with `photos/`, the object `photos/2024/a.jpg` becomes `2024/a.jpg`. The prefix is taken as it
    /// stands: with `photo`, the same object would become `s/2024/a.jpg`. Empty, it is the whole bucket.
    ///
    /// The list tells what each object is, so a small one costs one request, and each is the very object that was listed:
    /// one that was replaced since is a failure. The options of this downloader hold for every download: with a
    /// checkpoint, the same call made again continues with the objects that were under way.
    ///
    /// No key leads out of the folder: one with `..`, an absolute one, one below a symbolic link and others that have no
    /// safe path are failures ([`FileError`]), and nothing is written for them. An object of no bytes whose key ends in `/`
    /// makes a folder.
    pub fn download_dir(&self, request: GetObjectRequest, folder: impl Into<PathBuf>) -> DirectoryDownload {
        DirectoryDownload {
            downloader: self.clone(),
            request,
            folder: folder.into(),
            filter: FilterBuilder::default(),
            leave_out: LeaveOut::default(),
            jobs: DEFAULT_JOBS,
        }
    }
}

/// A download of a prefix before it begins: await it for the summary, or [`DirectoryDownload::start`] it for a report of
/// every object.
///
/// Memory does not grow with the number of objects: the list waits for the downloads, and the downloads for the caller
/// who takes the events. (Where letter case is ignored, 8 bytes for each object tell names that differ in nothing else.)
#[derive(Clone, Debug)]
#[must_use = "nothing is downloaded until it is awaited or started"]
pub struct DirectoryDownload {
    downloader: Downloader,
    request: GetObjectRequest,
    folder: PathBuf,
    filter: FilterBuilder,
    leave_out: LeaveOut,
    jobs: usize,
}

impl DirectoryDownload {
    /// Downloads the objects whose path below the prefix this pattern matches, and none that no rule matches. Of all rules
    /// the first that matches decides; the patterns are those of [`Filter`]. Default: all objects.
    pub fn include(mut self, pattern: impl Into<String>) -> Self {
        self.filter = self.filter.include(pattern);
        self
    }

    /// Leaves out objects whose path below the prefix this pattern matches, unless an earlier rule matches it. Default:
    /// none.
    pub fn exclude(mut self, pattern: impl Into<String>) -> Self {
        self.filter = self.filter.exclude(pattern);
        self
    }

    /// Sets which objects are downloaded, by path, size and time. Replaces the rules so far. Default: all objects.
    pub fn filter(mut self, filter: FilterBuilder) -> Self {
        self.filter = filter;
        self
    }

    /// Sets a function that is asked about each object that the filter admits and that has a path, with what the list says of
    /// it and its file: one for which it gives a reason is left out, and reported as [`DirectoryEvent::LeftOut`]. It is
    /// called between requests, so it must not block for long. Default: none.
    pub fn leave_out<F>(mut self, reason: F) -> Self
    where
        F: Fn(&ObjectSummary, &Path) -> Option<&'static str> + Send + Sync + 'static,
    {
        self.leave_out = LeaveOut(Some(Arc::new(reason)));
        self
    }

    /// Objects that are downloaded at a time, 1 to 256; other values are moved into the range. Default 4.
    ///
    /// Each is a download of its own, so up to `jobs * parallel_num` parts are in flight. Fewer are started where the process
    /// may have too few files open for so many.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.clamp(1, MAX_JOBS);
        self
    }

    /// Asks for the first page of the list and begins the download. It goes on while its events are taken.
    ///
    /// # Errors
    /// [`DirectoryError`]. What happens to single objects is in the events.
    pub async fn start(self) -> Result<DirectoryRun, DirectoryError> {
        DirectoryRun::start(self).await
    }
}

impl IntoFuture for DirectoryDownload {
    type Output = Result<DirectorySummary, DirectoryError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.start().await?.finish().await) })
    }
}

/// The function that leaves out objects.
#[derive(Clone, Default)]
struct LeaveOut(Option<Arc<Reason>>);

type Reason = dyn Fn(&ObjectSummary, &Path) -> Option<&'static str> + Send + Sync;

impl fmt::Debug for LeaveOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LeaveOut").field(&self.0.is_some()).finish()
    }
}

/// What happened to one object of a prefix.
#[derive(Debug)]
#[non_exhaustive]
pub enum DirectoryEvent {
    /// Its download began.
    Started {
        /// Its key.
        key: String,
        /// The file.
        path: PathBuf,
    },
    /// Something happened during its download; progress is in [`DirectoryRun::running`] instead.
    Download {
        /// Its key.
        key: String,
        /// The file.
        path: PathBuf,
        /// What happened.
        event: DownloadEvent,
    },
    /// It was downloaded.
    Downloaded {
        /// Its key.
        key: String,
        /// The file.
        path: PathBuf,
        /// What the server said, and how far the content was verified.
        result: Box<DownloadResult>,
    },
    /// It stands for a folder, which is there now.
    Folder {
        /// Its key.
        key: String,
        /// The folder.
        path: PathBuf,
    },
    /// It was left out by the function of [`DirectoryDownload::leave_out`].
    LeftOut {
        /// What the list says of it.
        object: Box<ObjectSummary>,
        /// The file, or the folder that it stands for.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// It was not downloaded.
    Failed {
        /// Its key.
        key: String,
        /// Why.
        error: FileError,
    },
    /// The list ended before its end; the objects behind are not known.
    ListFailed {
        /// Why.
        error: CallError,
    },
}

/// What became of the objects of a prefix.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct DirectorySummary {
    /// Objects that were downloaded.
    pub downloaded: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects that stand for a folder.
    pub folders: u64,
    /// Objects that were left out one by one.
    pub left_out: u64,
    /// Objects that were not downloaded.
    pub failed: u64,
    /// Whether the rest of the objects was not tried: the run was stopped, the list failed, or they would all have failed
    /// like one that did (no permission, a key or signature that is refused, a disk that is full).
    pub stopped: bool,
}

impl DirectorySummary {
    /// Whether every object was downloaded.
    pub fn is_complete(&self) -> bool {
        self.failed == 0 && !self.stopped
    }
}

/// Why a download of a prefix could not begin.
#[derive(Debug)]
#[non_exhaustive]
pub enum DirectoryError {
    /// An option is outside its range; nothing was sent.
    Option(InvalidOption),
    /// A field of the request breaks a rule, or is not allowed in a download of many objects; nothing was sent.
    Request(InvalidRequest),
    /// The filter has a pattern that is none, or admits nothing; nothing was sent.
    Filter(InvalidFilter),
    /// It is not a folder, or cannot be looked at; nothing was sent.
    Folder {
        /// The path.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The objects could not be listed.
    List(CallError),
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(error) => fmt::Display::fmt(error, f),
            Self::Request(error) => fmt::Display::fmt(error, f),
            Self::Filter(error) => fmt::Display::fmt(error, f),
            Self::Folder { path, .. } => write!(f, "nothing can be downloaded into {}", path.display()),
            Self::List(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl Error for DirectoryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Option(error) => error.source(),
            Self::Request(error) => error.source(),
            Self::Filter(error) => error.source(),
            Self::Folder { source, .. } => Some(source),
            Self::List(error) => error.source(),
        }
    }
}

/// Why one object of a prefix was not downloaded. What is at its path is as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileError {
    /// Its key has no path below a folder.
    Key(UnsafeKey),
    /// Its key and that of an object before it cannot both have a file.
    Conflict(PathConflict),
    /// Its key ends in `/`, so it would be a folder, and it has bytes, which a folder cannot have.
    FolderWithContent {
        /// How many.
        size: u64,
    },
    /// The folder that it stands for could not be made.
    Folder(TargetError),
    /// Its download failed.
    Download(DownloadError),
    /// Its download panicked, which is a defect.
    Panicked,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => write!(f, "its key has no path below a folder: {error}"),
            Self::Conflict(error) => fmt::Display::fmt(error, f),
            Self::FolderWithContent { size } => {
                write!(f, "its key ends in `/`, which stands for a folder, and it is not empty ({size} B)")
            }
            Self::Folder(error) => fmt::Display::fmt(error, f),
            Self::Download(error) => fmt::Display::fmt(error, f),
            Self::Panicked => f.write_str("its download panicked"),
        }
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Folder(error) => error.source(),
            Self::Download(error) => error.source(),
            _ => None,
        }
    }
}

impl FileError {
    /// Whether every other object would fail alike.
    pub fn is_fatal_for_batch(&self) -> bool {
        match self {
            Self::Folder(error) => is_of_the_disk(error),
            Self::Download(error) => match error.kind() {
                DownloadErrorKind::Target(error) => is_of_the_disk(error),
                _ => error.call().is_some_and(CallError::is_fatal_for_batch),
            },
            _ => false,
        }
    }
}

/// Whether the disk takes nothing more.
fn is_of_the_disk(error: &TargetError) -> bool {
    let kind = match error {
        TargetError::Io { source, .. } => Some(source.kind()),
        _ => None,
    };
    matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::QuotaExceeded))
}
