mod body;
mod file;
mod input;
mod part;
mod pipe;
mod pool;
mod stream;

pub(crate) use body::{Handover, PartBody};
#[cfg(test)]
pub(crate) use file::GrowthRule;
pub(crate) use file::{FileRules, FileSource};
pub(crate) use input::{Input, Origin, PartContent, SourceObject, StreamStart, Supply};
pub(crate) use part::PartSource;
pub(crate) use stream::{Blocks, Filled, StreamSource};

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::Stream;
use oss_models::BoxError;
use oss_transfer::files::{FileSystem, HandleWait, OpenFiles, is_out_of_handles};
use tokio::io::AsyncRead;
use tokio::time::sleep;

use stream::{Reader, StreamReader};

/// What is to be uploaded.
///
/// Files and bytes in memory can be read anywhere and as often as needed; everything else is read once, from front to
/// back, into buffers. A source that blocks ([`Source::blocking_reader`], and a pipe behind [`Source::file`]) is read on
/// threads that may block; a read that is under way when the upload is dropped ends by itself.
pub struct Source(Kind);

enum Kind {
    Path(PathBuf),
    File(File),
    Bytes(Bytes),
    Stream { reader: Reader, len: Option<u64> },
}

impl Source {
    /// A regular file by its path; a symbolic link is followed once, when it is opened.
    pub(crate) fn path(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Path(path.into()))
    }

    /// An open file, from its current position to its end. A pipe or a device is read as a stream.
    pub fn file(file: File) -> Self {
        Self(Kind::File(file))
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Bytes(bytes.into()))
    }

    /// An asynchronous reader, to its end.
    pub fn reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self(Kind::Stream { reader: Reader::Async(Box::pin(reader)), len: None })
    }

    /// A stream of bytes, to its end; its pieces may have any size.
    pub fn stream<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes> + 'static,
        E: Into<BoxError> + 'static,
    {
        Self::reader(StreamReader::new(stream))
    }

    /// A blocking reader, to its end.
    pub fn blocking_reader(reader: impl Read + Send + 'static) -> Self {
        Self(Kind::Stream { reader: Reader::Blocking(Box::new(reader)), len: None })
    }

    /// States the length of a reader or stream in bytes; without effect on files and bytes.
    ///
    /// The part size can then be chosen for the whole length, and a source that gives more or fewer bytes is an error
    /// instead of an object of another length.
    #[must_use]
    pub fn with_len(mut self, bytes: u64) -> Self {
        if let Kind::Stream { len, .. } = &mut self.0 {
            *len = Some(bytes);
        }
        self
    }

    /// The path, if the source is named by one.
    pub(crate) fn as_path(&self) -> Option<&std::path::Path> {
        match &self.0 {
            Kind::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Opens the source: at once if that needs no waiting, otherwise where blocking is allowed. While no handle of a file is
    /// left it waits: without limit as long as other uploads have some, which they give back; otherwise for a minute.
    pub(crate) async fn open_soon(
        self,
        files: Arc<dyn FileSystem>,
        rules: FileRules,
        open_files: &OpenFiles,
    ) -> Result<OpenSource, SourceError> {
        match self.as_path().and_then(|path| FileSource::open_cached(files.as_ref(), path, rules)) {
            Some(file) => Ok(OpenSource::RandomAccess(file.counted(open_files.add()).into())),
            // Boxed, because a small file mostly does without.
            None => Box::pin(self.open_waiting(files, rules, open_files)).await,
        }
    }

    async fn open_waiting(
        self,
        files: Arc<dyn FileSystem>,
        rules: FileRules,
        open_files: &OpenFiles,
    ) -> Result<OpenSource, SourceError> {
        let path = match self.0 {
            Kind::Path(path) => path,
            other => return blocking(files.runs_inline(), move || Self(other).open(files.as_ref(), rules)).await,
        };
        let mut wait = HandleWait::default();
        loop {
            let (opening, path) = (files.clone(), path.clone());
            let opened = blocking(files.runs_inline(), move || FileSource::open(opening.as_ref(), path, rules)).await;
            match opened {
                Ok(file) => return Ok(OpenSource::RandomAccess(file.counted(open_files.add()).into())),
                Err(error) if is_out_of_handles(&error) => match wait.pause(open_files.any()) {
                    Some(pause) => sleep(pause).await,
                    None => return Err(error),
                },
                Err(error) => return Err(error),
            }
        }
    }

    /// Opens the source. Blocks.
    pub(crate) fn open(self, files: &dyn FileSystem, rules: FileRules) -> Result<OpenSource, SourceError> {
        match self.0 {
            Kind::Path(path) => Ok(OpenSource::RandomAccess(FileSource::open(files, path, rules)?.into())),
            Kind::File(file) => Ok(match FileSource::from_file(file, rules.growth) {
                Ok(file) => OpenSource::RandomAccess(file.into()),
                Err(pipe) => {
                    pipe::widen(&pipe);
                    OpenSource::Stream(StreamSource::new(Reader::Blocking(Box::new(pipe)), None))
                }
            }),
            Kind::Bytes(bytes) => Ok(OpenSource::RandomAccess(RandomAccess::Bytes(bytes))),
            Kind::Stream { reader, len } => Ok(OpenSource::Stream(StreamSource::new(reader, len))),
        }
    }
}

/// A source after it was opened.
pub(crate) enum OpenSource {
    RandomAccess(RandomAccess),
    Stream(StreamSource),
}

/// Bytes that can be read anywhere, as often as needed.
#[derive(Clone)]
pub(crate) enum RandomAccess {
    File(std::sync::Arc<FileSource>),
    Bytes(Bytes),
}

impl RandomAccess {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::File(file) => file.len(),
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// The bytes of one part.
    pub(crate) fn part(&self, offset: u64, len: u64) -> PartSource {
        match self {
            Self::File(file) => PartSource::file(file.clone(), offset, len),
            Self::Bytes(bytes) => PartSource::bytes(bytes, offset, len),
        }
    }

    /// All bytes.
    pub(crate) fn whole(&self) -> PartSource {
        self.part(0, self.len())
    }

    /// The file behind it.
    pub(crate) fn file(&self) -> Option<&std::sync::Arc<FileSource>> {
        match self {
            Self::File(file) => Some(file),
            Self::Bytes(_) => None,
        }
    }
}

/// What a look at an open file said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Freshness {
    Same,
    /// Only its attributes seem to have changed; its bytes must tell.
    Doubtful,
}

/// Why a source could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// The file could not be opened or examined.
    Open {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The path names something that is not a regular file.
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is, such as `a directory`.
        kind: &'static str,
    },
    /// A read failed.
    Read {
        /// The file, if it has a name.
        path: Option<PathBuf>,
        /// Offset in the object, in bytes.
        offset: u64,
        /// Cause.
        source: io::Error,
    },
    /// The file was written to, replaced or cut while it was uploaded.
    Changed {
        /// The file, if it has a name.
        path: Option<PathBuf>,
        /// What changed.
        change: String,
    },
    /// The source has another length than it said.
    SizeMismatch {
        /// Length that was stated.
        declared: u64,
        /// Length that was found; a lower bound if it is larger.
        found: u64,
    },
    /// The source has another MD5 than the request's `content_md5`.
    Md5Mismatch {
        /// MD5 that was stated, in base64.
        declared: String,
        /// MD5 that was found, in base64.
        found: String,
    },
    /// The source can be read only once, and was.
    Consumed,
    /// The reader panicked.
    Panicked,
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { path, .. } => write!(f, "could not open {}", path.display()),
            Self::NotAFile { path, kind } => write!(f, "{} is {kind}, not a regular file", path.display()),
            Self::Read { path: Some(path), offset, .. } => {
                write!(f, "could not read {} at offset {offset}", path.display())
            }
            Self::Read { path: None, offset, .. } => write!(f, "could not read the source at offset {offset}"),
            Self::Changed { path, change } => {
                write!(f, "{}the source changed while it was uploaded: {change}", In(path.as_deref()))
            }
            Self::SizeMismatch { declared, found } => write!(f, "the source said {declared} bytes and has {found}"),
            Self::Md5Mismatch { declared, found } => {
                write!(f, "the source has the MD5 {found}, not the {declared} of content_md5")
            }
            Self::Consumed => f.write_str("the source can be read only once"),
            Self::Panicked => f.write_str("the reader panicked"),
        }
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Open { source, .. } | Self::Read { source, .. } => Some(source),
            _ => None,
        }
    }
}

struct In<'a>(Option<&'a std::path::Path>);

impl fmt::Display for In<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |path| write!(f, "{}: ", path.display()))
    }
}

/// Runs what may block where blocking is allowed, or at once if it does not block (`inline`).
pub(crate) async fn blocking<T: Send + 'static>(
    inline: bool,
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    if inline {
        return work();
    }
    // An error here is a panic, or the runtime going away, which ends this future too.
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(SourceError::Panicked))
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Kind::File(file) => f.debug_tuple("File").field(file).finish(),
            Kind::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Kind::Stream { len, .. } => f.debug_struct("Stream").field("len", len).finish(),
        }
    }
}

impl From<File> for Source {
    fn from(file: File) -> Self {
        Self::file(file)
    }
}

impl From<tokio::fs::File> for Source {
    /// As [`Source::file`]; a file that still writes or reads in the background is read as a stream.
    fn from(file: tokio::fs::File) -> Self {
        match file.try_into_std() {
            Ok(file) => Self::file(file),
            Err(file) => Self::reader(file),
        }
    }
}

impl From<Bytes> for Source {
    fn from(bytes: Bytes) -> Self {
        Self::bytes(bytes)
    }
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        Self::bytes(text)
    }
}

impl From<&'static [u8]> for Source {
    fn from(bytes: &'static [u8]) -> Self {
        Self::bytes(bytes)
    }
}

impl From<&'static str> for Source {
    fn from(text: &'static str) -> Self {
        Self::bytes(text)
    }
}
