//! Uploading a whole folder.

mod walk;

use std::fmt;
use std::io;
use std::path::PathBuf;

use oss_models::{BoxError, InvalidRequest};

/// Why an upload of a folder could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// It is not a folder, or cannot be looked at.
    #[error("{} cannot be uploaded as a folder", path.display())]
    Folder {
        /// The path.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// A glob is not one.
    #[error("{glob:?} is not a glob")]
    Glob {
        /// The glob.
        glob: String,
        /// Cause.
        #[source]
        source: BoxError,
    },
}

/// Why one file of a folder was not uploaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It or its folder could not be looked at.
    #[error("could not be looked at")]
    Walk(#[source] io::Error),
    /// Its path is not UTF-8, which a key must be.
    #[error("its name is not UTF-8, so it cannot be the key of an object")]
    NameNotText,
    /// Its path cannot be a key.
    #[error(transparent)]
    Key(InvalidRequest),
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
