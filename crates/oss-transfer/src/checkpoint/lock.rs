use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::files;
use super::{CheckpointError, Owner};
use crate::files::{FileHandle, FileSystem, Links, Lock};

/// An exclusive lock on a file that names its owner; the operating system ends it with the process, however that ends.
#[derive(Debug)]
pub struct FileLock {
    files: Arc<dyn FileSystem>,
    /// Locked as long as it is open.
    _file: Arc<dyn FileHandle>,
    path: PathBuf,
}

/// [`FileLock::owner`] holds a shared lock for an instant, which must not be taken for another transfer.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(4);

/// Longest owner that is read, in bytes.
const MAX_OWNER_LEN: u64 = 1024;

impl FileLock {
    /// Takes the lock on the file at `path`, which is created if it is missing, or says which process has it. Blocks.
    ///
    /// # Errors
    /// [`CheckpointError::AlreadyRunning`] names the process; otherwise why the file cannot be locked.
    pub fn take(files: Arc<dyn FileSystem>, path: PathBuf) -> Result<Self, CheckpointError> {
        let mut owner = Owner::default();
        for attempt in 0..TRIES {
            if attempt > 0 && !files.runs_inline() {
                std::thread::sleep(PAUSE);
            }
            files::check_unobstructed(files.as_ref(), &path)?;
            let opened = files::open_or_create_private(files.as_ref(), &path);
            let file = opened.map_err(|source| open_error(&path, source))?;
            match lock(files.as_ref(), file.as_ref(), &path)? {
                Locked::Ours => {
                    write_owner(file.as_ref(), &path);
                    return Ok(Self { files, _file: file, path });
                }
                Locked::Theirs(theirs) => owner = theirs,
                Locked::Gone => {}
            }
        }
        Err(CheckpointError::AlreadyRunning { owner })
    }

    /// The process that has the lock at this moment, if any has. Blocks.
    pub fn owner(files: &dyn FileSystem, path: &Path) -> Option<Owner> {
        let file = files::open_untrusted(files, path).ok()?;
        match file.try_lock(Lock::Shared) {
            Ok(false) => Some(read_owner(file.as_ref())),
            _ => None,
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Removed while it is still locked: a process that opened it before finds out that it is no longer the file of
        // this name. Where that cannot be found out the file stays.
        if cfg!(unix) {
            let _ = self.files.remove(&self.path);
        }
    }
}

/// What came of locking a lock file that was opened.
#[derive(Debug, PartialEq)]
enum Locked {
    Ours,
    Theirs(Owner),
    /// Its last owner removed the file between our opening and locking it, so the lock would keep no one out.
    Gone,
}

fn lock(files: &dyn FileSystem, file: &dyn FileHandle, path: &Path) -> Result<Locked, CheckpointError> {
    match file.try_lock(Lock::Exclusive) {
        Ok(true) if is_current(files, file, path).map_err(|source| open_error(path, source))? => Ok(Locked::Ours),
        Ok(true) => Ok(Locked::Gone),
        Ok(false) => Ok(Locked::Theirs(read_owner(file))),
        Err(source) => Err(CheckpointError::NoLocks { path: path.to_owned(), source }),
    }
}

/// Whether the open file is still what `path` names. Where the platform does not tell, the file is never removed.
fn is_current(files: &dyn FileSystem, file: &dyn FileHandle, path: &Path) -> io::Result<bool> {
    let opened = file.metadata()?;
    match files.metadata(path, Links::Refuse) {
        Ok(named) => Ok(named.is_same_file(&opened).unwrap_or(true)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Best effort: the owner is for people; the lock is what counts.
fn write_owner(file: &dyn FileHandle, path: &Path) {
    let owner = Owner::process(std::process::id(), host_name());
    let written = serde_json::to_vec(&owner).map_err(io::Error::from).and_then(|text| {
        file.set_len(0)?;
        file.write_all_at(&text, 0)
    });
    if let Err(error) = written {
        tracing::debug!(path = %path.display(), %error, "could not write the owner of a lock");
    }
}

fn open_error(path: &Path, source: io::Error) -> CheckpointError {
    CheckpointError::Io { action: "open the lock file", path: path.to_owned(), source }
}

fn read_owner(file: &dyn FileHandle) -> Owner {
    let text = files::read_at_most(file, MAX_OWNER_LEN).ok().flatten().unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn host_name() -> Option<String> {
    #[cfg(unix)]
    return rustix::system::uname().nodename().to_str().ok().map(str::to_owned);
    #[cfg(not(unix))]
    return std::env::var("COMPUTERNAME").ok();
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::files::{MemoryFiles, SystemFiles};

    /// Rows: W41, R25.
    #[test]
    fn a_lock_on_a_file_that_its_last_owner_removed_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let all: [Arc<dyn FileSystem>; 2] = [SystemFiles::shared(), Arc::new(MemoryFiles::new())];
        for files in all {
            let first = FileLock::take(files.clone(), path.clone()).unwrap();
            let [early, late] = [(); 2].map(|()| files::open_or_create_private(files.as_ref(), &path).unwrap());
            let try_lock = |file: &Arc<dyn FileHandle>| lock(files.as_ref(), file.as_ref(), &path).unwrap();
            assert!(matches!(try_lock(&early), Locked::Theirs(owner) if owner.pid == Some(std::process::id())));
            drop(first);
            assert_eq!(try_lock(&early), Locked::Gone);
            let _second = FileLock::take(files.clone(), path.clone()).unwrap();
            drop(early);
            assert_eq!(try_lock(&late), Locked::Gone);
        }
    }
}
