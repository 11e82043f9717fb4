use std::fmt;
use std::io;
use std::path::PathBuf;

use oss_models::BoxError;
use serde::{Deserialize, Serialize};

/// Why a checkpoint could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Another upload of the same file to the same key is under way.
    #[error("another upload of this file to this key is running ({owner})")]
    AlreadyRunning {
        /// Who carries it out.
        owner: Owner,
    },
    /// The file system of the store cannot lock, so nothing would keep two uploads apart. Use a folder on another one.
    #[error("{} cannot be locked; a checkpoint needs a folder on a file system with locks", path.display())]
    NoLocks {
        /// The lock file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// The folder for records does not exist and cannot be created, or is not a folder.
    #[error("{} cannot be used as the folder for checkpoints", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// The environment names no folder for the state of this user.
    #[error("no folder for checkpoints: none of {variables} is set to an absolute path; name one explicitly")]
    NoStateFolder {
        /// The environment variables that were looked at.
        variables: &'static str,
    },
    /// A record could not be read, written or removed.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was attempted, such as `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// The record was written by a later version of this library; it was kept.
    #[error("{} has version {version}; this program understands up to {supported}", path.display())]
    NewerVersion {
        /// The record.
        path: PathBuf,
        /// Its version.
        version: u32,
        /// The latest version understood.
        supported: u32,
    },
    /// The record would grow past what is read back.
    #[error("the record would be larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A part was to be added before any record was saved.
    #[error("a part cannot be added before a record was saved")]
    NoRecord,
    /// Another store's own reason.
    #[error("the checkpoint store failed")]
    Store(#[source] BoxError),
}

/// The process that holds a lock.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Owner {
    /// Process id; `None` if the owner could not be read.
    pub pid: Option<u32>,
    /// Host name; `None` if unknown.
    pub host: Option<String>,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("unknown process")?,
        }
        // The name comes from a file, and must not be able to move the cursor of a terminal.
        self.host.as_ref().map_or(Ok(()), |host| write!(f, " on {}", host.escape_debug()))
    }
}
