use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use oss_models::BoxError;
use serde::{Deserialize, Serialize};

use crate::files::FileKind;

/// Why a checkpoint could not be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Another transfer of the same file and key is under way.
    AlreadyRunning {
        /// The process that carries it out.
        owner: Owner,
    },
    /// The file system of the store cannot lock, so nothing would keep two transfers apart. Use a folder on another one.
    NoLocks {
        /// The lock file.
        path: PathBuf,
        /// What the operating system reported when the lock was asked for.
        source: io::Error,
    },
    /// The folder for records does not exist and cannot be created, or is not a folder.
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system reported.
        source: io::Error,
    },
    /// The environment names no folder for the state of this user.
    NoStateFolder {
        /// The environment variables that were looked at.
        variables: &'static str,
    },
    /// A record could not be read, written or removed.
    Io {
        /// What was attempted, such as `write`.
        action: &'static str,
        /// The record, or the file that it is written to first.
        path: PathBuf,
        /// What the operating system reported.
        source: io::Error,
    },
    /// The name of one of the record's files is taken by something else, such as a folder.
    Obstructed {
        /// The name.
        path: PathBuf,
        /// What has it.
        kind: FileKind,
    },
    /// The record was written by a later version of this library; it was kept.
    NewerVersion {
        /// The record.
        path: PathBuf,
        /// Its version.
        version: u32,
        /// The latest version understood.
        supported: u32,
    },
    /// The record would grow past what is read back.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A part was to be added before any record was saved.
    NoRecord,
    /// Another store's own reason.
    Store(BoxError),
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyRunning { owner } => write!(f, "another transfer of this file and key is running ({owner})"),
            Self::NoLocks { path, .. } => write!(
                f,
                "{} cannot be locked; a checkpoint needs a folder on a file system with locks",
                path.display()
            ),
            Self::Folder { path, .. } => write!(f, "{} cannot be used as the folder for checkpoints", path.display()),
            Self::NoStateFolder { variables } => write!(
                f,
                "no folder for checkpoints: none of {variables} is set to an absolute path; name one explicitly"
            ),
            Self::Io { action, path, .. } => write!(f, "could not {action} {}", path.display()),
            Self::Obstructed { path, kind } => {
                write!(f, "{} is {kind}, where a file of the record belongs", path.display())
            }
            Self::NewerVersion { path, version, supported } => {
                write!(f, "{} has version {version}; this program understands up to {supported}", path.display())
            }
            Self::TooLarge { limit } => write!(f, "the record would be larger than {limit} bytes"),
            Self::NoRecord => f.write_str("a part cannot be added before a record was saved"),
            Self::Store(_) => f.write_str("the checkpoint store failed"),
        }
    }
}

impl Error for CheckpointError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoLocks { source, .. } | Self::Folder { source, .. } | Self::Io { source, .. } => Some(source),
            Self::Store(source) => Some(source.as_ref()),
            _ => None,
        }
    }
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

impl Owner {
    /// The process of this id, on this host if it is known.
    pub fn process(pid: u32, host: Option<String>) -> Self {
        Self { pid: Some(pid), host }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_is_wrong_where_and_leaves_the_cause_to_its_source() {
        let path = || PathBuf::from("/state/a.json");
        let cause = || io::Error::other("cause");
        for (error, text, has_source) in [
            (
                CheckpointError::AlreadyRunning { owner: Owner::process(7, Some("host\u{1b}".to_owned())) },
                "another transfer of this file and key is running (process 7 on host\\u{1b})",
                false,
            ),
            (
                CheckpointError::AlreadyRunning { owner: Owner::default() },
                "another transfer of this file and key is running (unknown process)",
                false,
            ),
            (
                CheckpointError::NoLocks { path: path(), source: cause() },
                "/state/a.json cannot be locked; a checkpoint needs a folder on a file system with locks",
                true,
            ),
            (
                CheckpointError::Folder { path: path(), source: cause() },
                "/state/a.json cannot be used as the folder for checkpoints",
                true,
            ),
            (
                CheckpointError::NoStateFolder { variables: "XDG_STATE_HOME, HOME" },
                "no folder for checkpoints: none of XDG_STATE_HOME, HOME is set to an absolute path; name one explicitly",
                false,
            ),
            (
                CheckpointError::Obstructed { path: path(), kind: FileKind::Directory },
                "/state/a.json is a directory, where a file of the record belongs",
                false,
            ),
            (
                CheckpointError::Io { action: "write", path: path(), source: cause() },
                "could not write /state/a.json",
                true,
            ),
            (
                CheckpointError::NewerVersion { path: path(), version: 9, supported: 2 },
                "/state/a.json has version 9; this program understands up to 2",
                false,
            ),
            (CheckpointError::TooLarge { limit: 100 }, "the record would be larger than 100 bytes", false),
            (CheckpointError::NoRecord, "a part cannot be added before a record was saved", false),
            (CheckpointError::Store("cause".into()), "the checkpoint store failed", true),
        ] {
            assert_eq!(error.to_string(), text);
            assert_eq!(error.source().map(ToString::to_string), has_source.then(|| "cause".to_owned()), "{text}");
        }
    }
}
