//! Uploading the files of a folder.

mod run;
mod walk;

pub use run::DirectoryRun;

use std::error::Error;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use oss_models::{CallError, InvalidRequest, ObjectKey, PutObjectRequest};
pub use oss_transfer::{Candidate, DEFAULT_JOBS, Filter, FilterBuilder, InvalidFilter, InvalidShard, MAX_JOBS, Shard};

use crate::{UploadError, UploadEvent, UploadResult, Uploader};

impl Uploader {
    /// Uploads every file below a folder, each to the key of `request` followed by the file's path below the folder
    /// with `/` between its names. The key is a prefix as it stands: `photos/` makes `photos/a.jpg`, `photos` makes
    /// `photosa.jpg`, and an empty one nothing.
    ///
    /// Everything else that `request` says (metadata, storage class, …) holds for every object, and the options of this
    /// uploader for every upload: with a checkpoint, the same call made again resumes the files that were under
    /// way.
    ///
    /// Hidden files are uploaded like others, and ignore files such as `.gitignore` have no meaning. Symbolic links are
    /// not followed by default. Empty folders leave nothing behind.
    pub fn upload_dir(&self, request: PutObjectRequest, folder: impl Into<PathBuf>) -> DirectoryUpload {
        DirectoryUpload {
            uploader: self.clone(),
            request,
            folder: folder.into(),
            filter: FilterBuilder::default(),
            leave_out: LeaveOut::default(),
            checkers: 1,
            request_of: RequestOf::default(),
            follow_links: false,
            jobs: DEFAULT_JOBS,
        }
    }
}

/// An upload of a folder before it begins: await it for the summary, or [`DirectoryUpload::start`] it for a report of
/// every file.
///
/// Memory does not grow with the number of files: the walk waits for the uploads, and the uploads for the reader of the
/// events.
#[derive(Clone, Debug)]
#[must_use = "nothing is uploaded until it is awaited or started"]
pub struct DirectoryUpload {
    uploader: Uploader,
    request: PutObjectRequest,
    folder: PathBuf,
    filter: FilterBuilder,
    leave_out: LeaveOut,
    checkers: usize,
    request_of: RequestOf,
    follow_links: bool,
    jobs: usize,
}

impl DirectoryUpload {
    /// Uploads the files whose path below the folder this pattern matches, and none that no rule matches. Of all rules the
    /// first that matches decides; the patterns are those of [`Filter`]. Default: all files.
    pub fn include(mut self, pattern: impl Into<String>) -> Self {
        self.filter = self.filter.include(pattern);
        self
    }

    /// Leaves out files whose path below the folder this pattern matches, unless an earlier rule matches it: `tmp/` is
    /// everything in folders of that name. Default: none.
    pub fn exclude(mut self, pattern: impl Into<String>) -> Self {
        self.filter = self.filter.exclude(pattern);
        self
    }

    /// Sets which files are uploaded, by path, size and time. Replaces the rules so far. Default: all files.
    pub fn filter(mut self, filter: FilterBuilder) -> Self {
        self.filter = filter;
        self
    }

    /// Sets a function that is asked about each file that the filter admits, with its path and its key: one for which it gives
    /// a reason is left out, and reported as [`DirectoryEvent::LeftOut`]. It is called on a thread that may block.
    /// Default: none.
    pub fn leave_out<F>(mut self, reason: F) -> Self
    where
        F: Fn(&Path, &ObjectKey) -> Option<&'static str> + Send + Sync + 'static,
    {
        self.leave_out = LeaveOut(Some(Arc::new(reason)));
        self
    }

    /// Sets how many files the function of [`leave_out`](Self::leave_out) is asked about at a time, each on a thread of its own:
    /// 1 to 256; other values are moved into the range. Default 1. Files are then found in another order.
    pub fn checkers(mut self, checkers: usize) -> Self {
        self.checkers = checkers.clamp(1, MAX_JOBS);
        self
    }

    /// Sets a function that makes the request of each file, given its path and the request of the folder with its key; what it
    /// does must be quick, as it is called between other uploads. Default: the request of the folder.
    pub fn request_of<F>(mut self, request: F) -> Self
    where
        F: Fn(&Path, PutObjectRequest) -> PutObjectRequest + Send + Sync + 'static,
    {
        self.request_of = RequestOf(Some(Arc::new(request)));
        self
    }

    /// Whether symbolic links are followed: a linked file is uploaded, a linked folder walked. A link that leads back to
    /// a folder that contains it is reported as a failure. Default no: links are skipped.
    pub fn follow_links(mut self, follow: bool) -> Self {
        self.follow_links = follow;
        self
    }

    /// Files that are uploaded at a time, 1 to 256; other values are moved into the range. Default 4.
    ///
    /// Each is an upload of its own, so up to `jobs * parallel_num` parts are in flight. Fewer are started where the process
    /// may not have that many files and connections open; a file for which none is left is put off, and started again.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.clamp(1, MAX_JOBS);
        self
    }

    /// Begins the upload. It goes on while its events are taken.
    ///
    /// # Errors
    /// It is not a folder, or a pattern of the filter is invalid. What happens to single files is in the events.
    pub async fn start(self) -> Result<DirectoryRun, DirectoryError> {
        DirectoryRun::start(self).await
    }
}

impl IntoFuture for DirectoryUpload {
    type Output = Result<DirectorySummary, DirectoryError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.start().await?.finish().await) })
    }
}

/// The function that leaves out files.
#[derive(Clone, Default)]
struct LeaveOut(Option<Arc<Reason>>);

/// The function that makes the request of a file.
#[derive(Clone, Default)]
struct RequestOf(Option<Arc<MakeRequest>>);

type MakeRequest = dyn Fn(&Path, PutObjectRequest) -> PutObjectRequest + Send + Sync;

impl fmt::Debug for RequestOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestOf").field(&self.0.is_some()).finish()
    }
}

type Reason = dyn Fn(&Path, &ObjectKey) -> Option<&'static str> + Send + Sync;

impl fmt::Debug for LeaveOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LeaveOut").field(&self.0.is_some()).finish()
    }
}

/// What happened to one file of a folder.
#[derive(Debug)]
#[non_exhaustive]
pub enum DirectoryEvent {
    /// Its upload began.
    Started {
        /// The file.
        path: PathBuf,
        /// Its key.
        key: ObjectKey,
    },
    /// Something happened during its upload; progress is in [`DirectoryRun::running`] instead.
    Upload {
        /// The file.
        path: PathBuf,
        /// Its key.
        key: ObjectKey,
        /// What happened.
        event: UploadEvent,
    },
    /// It was uploaded.
    Uploaded {
        /// The file.
        path: PathBuf,
        /// Its key.
        key: ObjectKey,
        /// What the server said.
        result: Box<UploadResult>,
    },
    /// It was not uploaded.
    Failed {
        /// The file, or the folder that could not be read.
        path: PathBuf,
        /// Why.
        error: FileError,
    },
    /// It was left out by the function of [`DirectoryUpload::leave_out`].
    LeftOut {
        /// The file.
        path: PathBuf,
        /// Its key.
        key: ObjectKey,
        /// Why.
        reason: &'static str,
    },
    /// It is not to be uploaded.
    Skipped {
        /// What was passed over.
        path: PathBuf,
        /// Why.
        reason: SkipReason,
    },
}

/// What became of the files of a folder.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct DirectorySummary {
    /// Files that were uploaded.
    pub uploaded: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that were not uploaded, and folders that could not be read.
    pub failed: u64,
    /// Things that were passed over: links, pipes, sockets, devices, and files that were left out one by one.
    pub skipped: u64,
    /// Whether the rest of the files was not tried, because they would all have failed like one that did: no such
    /// bucket, no permission, a key or signature that is refused, a wrong clock.
    pub stopped: bool,
}

impl DirectorySummary {
    /// Whether every file was uploaded.
    pub fn is_complete(&self) -> bool {
        self.failed == 0 && !self.stopped
    }
}

/// Why an upload of a folder could not begin.
#[derive(Debug)]
#[non_exhaustive]
pub enum DirectoryError {
    /// It is not a folder, or cannot be read.
    Folder {
        /// The path.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The filter has a pattern that is none, or admits nothing.
    Filter(InvalidFilter),
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { path, .. } => write!(f, "{} cannot be uploaded as a folder", path.display()),
            Self::Filter(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl Error for DirectoryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Folder { source, .. } => Some(source),
            Self::Filter(error) => error.source(),
        }
    }
}

/// Why one file of a folder was not uploaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileError {
    /// It or its folder could not be read.
    Walk(io::Error),
    /// Its path is not UTF-8, which a key must be.
    NameNotText,
    /// Its path cannot be a key.
    Key(InvalidRequest),
    /// Its upload failed.
    Upload(UploadError),
    /// Its upload panicked, which is a defect.
    Panicked,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Walk(_) => f.write_str("could not be read"),
            Self::NameNotText => f.write_str("its name is not UTF-8, so it cannot be the key of an object"),
            Self::Key(error) => fmt::Display::fmt(error, f),
            Self::Upload(error) => fmt::Display::fmt(error, f),
            Self::Panicked => f.write_str("its upload panicked"),
        }
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Walk(error) => Some(error),
            Self::Key(error) => error.source(),
            Self::Upload(error) => error.source(),
            _ => None,
        }
    }
}

impl From<UploadError> for FileError {
    fn from(error: UploadError) -> Self {
        Self::Upload(error)
    }
}

impl FileError {
    /// Whether every other file would fail alike.
    pub fn is_fatal_for_batch(&self) -> bool {
        matches!(self, Self::Upload(error) if error.call().is_some_and(CallError::is_fatal_for_batch))
    }
}

/// Why something in a folder was passed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SkipReason {
    /// It is a symbolic link, and those are not followed.
    Link,
    /// It is a pipe, a socket or a device.
    NotAFile,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link => "a symbolic link",
            Self::NotAFile => "not a regular file",
        })
    }
}
