use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use oss_models::{BucketName, CallError, Crc64, InvalidRequest, ObjectKey};
use oss_transfer::InvalidOption;
use oss_transfer::checkpoint::CheckpointError;

/// A download that did not succeed: at which stage, and why.
///
/// A file that was in place is as it was. The first failure is the one reported, with its cause as `source`; failures of
/// other parts are in [`DownloadError::others`].
#[derive(Debug)]
pub struct DownloadError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    stage: DownloadStage,
    kind: DownloadErrorKind,
    bucket: Option<BucketName>,
    key: Option<ObjectKey>,
    range: Option<(u64, u64)>,
    attempts: u32,
    resumable: bool,
    others: Vec<DownloadError>,
}

/// What a download was doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DownloadStage {
    /// Checking options and request; nothing was sent.
    Options,
    /// Examining the target; nothing was sent.
    Target,
    /// Reading or writing the record of the download.
    Checkpoint,
    /// Asking for the first bytes, which tell what the object is.
    Open,
    /// Fetching parts.
    Parts,
    /// Comparing what was fetched with the object.
    Verify,
    /// Putting the file in place.
    Finish,
}

impl fmt::Display for DownloadStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Options => "checking the request",
            Self::Target => "examining the target",
            Self::Checkpoint => "keeping the checkpoint",
            Self::Open => "opening the object",
            Self::Parts => "fetching parts",
            Self::Verify => "verifying the content",
            Self::Finish => "putting the file in place",
        })
    }
}

/// Why a download did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadErrorKind {
    /// An option is outside its range; nothing was sent.
    #[error(transparent)]
    Option(InvalidOption),
    /// A field of the request breaks a rule, or is not allowed in a managed download; nothing was sent.
    #[error(transparent)]
    Request(InvalidRequest),
    /// The target could not be written.
    #[error(transparent)]
    Target(TargetError),
    /// The record of the download could not be used.
    #[error(transparent)]
    Checkpoint(CheckpointError),
    /// A call failed.
    #[error(transparent)]
    Call(CallError),
    /// The range of the request begins past the end of the object.
    #[error("the range begins past the end of the object, which has {size} bytes")]
    OutOfRange {
        /// Size of the object in bytes.
        size: u64,
    },
    /// The object was replaced or removed while it was downloaded, or since the download that is resumed.
    #[error("the object changed: {change}")]
    ObjectChanged {
        /// What changed.
        change: String,
    },
    /// The server gave the whole object where a part of it was asked for.
    #[error("the server ignored the range and sent the whole object")]
    RangeIgnored,
    /// The server's response contradicts the request or itself.
    #[error("unusable response: {reason}")]
    InvalidResponse {
        /// What was wrong with it.
        reason: String,
    },
    /// The bytes that arrived are not those of the object.
    #[error("CRC64 of the bytes received is {received}, the object has {stored}")]
    Corrupt {
        /// CRC64 of the bytes as they arrived.
        received: Crc64,
        /// CRC64 of the object.
        stored: Crc64,
    },
    /// The server gave no CRC64 to verify the content by, which the options require.
    #[error("the server gave no CRC64 to verify the content by")]
    Unverified,
    /// A function of the caller panicked.
    #[error("{what} panicked")]
    Panicked {
        /// Which one, such as `the progress callback`.
        what: &'static str,
    },
    /// The download was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Why a target could not be written. Repeating cannot help, so nothing is repeated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The path names no file.
    #[error("`{}` does not name a file: {reason}", path.display())]
    Name {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The path names something that cannot be replaced by a file.
    #[error("{} is {kind}, not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is, such as `a directory`.
        kind: &'static str,
    },
    /// A name on the way to the file is a symbolic link, which a download of a folder does not follow.
    #[error("{} is a symbolic link, which could lead out of the folder", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// The file exists, and the options forbid to replace it.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another download to the same file is running.
    #[error("another download to {} is running", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A call to the file system failed.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was attempted, such as `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The caller's writer failed.
    #[error("could not write to the writer")]
    Writer(#[source] io::Error),
}

macro_rules! from {
    ($($variant:ident($error:ty)),+ $(,)?) => {
        $(impl From<$error> for DownloadErrorKind {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })+
    };
}

from!(
    Option(InvalidOption),
    Request(InvalidRequest),
    Target(TargetError),
    Checkpoint(CheckpointError),
    Call(CallError)
);

impl DownloadError {
    pub(crate) fn new(stage: DownloadStage, kind: impl Into<DownloadErrorKind>) -> Self {
        let kind = kind.into();
        Self(Box::new(Inner {
            stage,
            kind,
            bucket: None,
            key: None,
            range: None,
            attempts: 1,
            resumable: false,
            others: Vec::new(),
        }))
    }

    #[must_use]
    pub(crate) fn on(mut self, bucket: &BucketName, key: &ObjectKey) -> Self {
        self.0.bucket = Some(bucket.clone());
        self.0.key = Some(key.clone());
        self
    }

    #[must_use]
    pub(crate) fn with_part(mut self, first: u64, last: u64, attempts: u32) -> Self {
        self.0.range = Some((first, last));
        self.0.attempts = attempts;
        self
    }

    #[must_use]
    pub(crate) fn resumable(mut self, resumable: bool) -> Self {
        self.0.resumable = resumable;
        self
    }

    #[must_use]
    pub(crate) fn with_others(mut self, others: Vec<DownloadError>) -> Self {
        self.0.others = others;
        self
    }

    /// What the download was doing.
    pub fn stage(&self) -> DownloadStage {
        self.0.stage
    }

    /// Why it did not succeed.
    pub fn kind(&self) -> &DownloadErrorKind {
        &self.0.kind
    }

    /// Bucket of the object.
    pub fn bucket(&self) -> Option<&BucketName> {
        self.0.bucket.as_ref()
    }

    /// Key of the object.
    pub fn key(&self) -> Option<&ObjectKey> {
        self.0.key.as_ref()
    }

    /// First and last byte of the part that failed first, if it was a part.
    pub fn range(&self) -> Option<(u64, u64)> {
        self.0.range
    }

    /// Attempts of what failed, each of which the transport may have repeated.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the same download, run again, continues where this one ended.
    pub fn is_resumable(&self) -> bool {
        self.0.resumable
    }

    /// What else went wrong: failures of parts that were under way when the first one ended the download.
    pub fn others(&self) -> &[DownloadError] {
        &self.0.others
    }

    /// The call that failed, if it was a call.
    pub fn call(&self) -> Option<&CallError> {
        match &self.0.kind {
            DownloadErrorKind::Call(error) => Some(error),
            _ => None,
        }
    }

    /// The server's error code, such as `NoSuchKey`, if the server responded with one.
    pub fn code(&self) -> Option<&str> {
        self.call().and_then(CallError::code)
    }
}

impl fmt::Display for DownloadError {
    /// One line with each fact once: what was attempted, on what, and why it failed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { stage, kind, bucket, key, range, attempts, resumable, .. } = &*self.0;
        f.write_str("download of ")?;
        match (bucket, key) {
            (Some(bucket), Some(key)) => write!(f, "oss://{bucket}/{}", key.as_str().escape_debug())?,
            _ => f.write_str("an object")?,
        }
        write!(f, " failed while {stage}")?;
        if let Some((first, last)) = range {
            write!(f, " (bytes {first} to {last}")?;
            match attempts {
                0 | 1 => f.write_str(")")?,
                attempts => write!(f, ", attempt {attempts})")?,
            }
        }
        write!(f, ": {kind}")?;
        if *resumable {
            f.write_str("; run it again to continue")?;
        }
        Ok(())
    }
}

impl Error for DownloadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // The kind's text is part of ours, so the chain continues with its cause.
        self.0.kind.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(error: &dyn Error) -> String {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            text += &format!(" <- {cause}");
            next = cause.source();
        }
        text
    }

    /// Rows: W15, W21.
    #[test]
    fn the_line_says_every_fact_once() {
        let (bucket, key) = (BucketName::new("demo").unwrap(), ObjectKey::new("dir/a\n.bin").unwrap());
        let source = io::Error::other("no space");
        let kind = TargetError::Io { action: "write", path: "/d/a".into(), source };
        let error =
            DownloadError::new(DownloadStage::Parts, kind).on(&bucket, &key).with_part(10, 19, 2).resumable(true);
        assert_eq!(
            chain(&error),
            "download of oss://demo/dir/a\\n.bin failed while fetching parts (bytes 10 to 19, attempt 2): could not write \
             /d/a; run it again to continue <- no space"
        );
        let error = DownloadError::new(DownloadStage::Verify, DownloadErrorKind::Unverified);
        assert_eq!(
            chain(&error),
            "download of an object failed while verifying the content: the server gave no CRC64 to verify the content by"
        );
    }
}
