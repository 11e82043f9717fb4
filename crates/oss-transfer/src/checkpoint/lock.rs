use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files;
use super::{CheckpointError, Owner};

/// An exclusive lock on a file that names its owner; the operating system ends it with the process, however that ends.
#[derive(Debug)]
pub struct FileLock {
    /// Locked as long as it is open.
    _file: File,
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
    pub fn take(path: PathBuf) -> Result<Self, CheckpointError> {
        let mut owner = Owner::default();
        for attempt in 0..TRIES {
            if attempt > 0 {
                std::thread::sleep(PAUSE);
            }
            let file = files::open_or_create_private(&path).map_err(|source| open_error(&path, source))?;
            match lock(&file, &path)? {
                Locked::Ours => {
                    write_owner(&file, &path);
                    return Ok(Self { _file: file, path });
                }
                Locked::Theirs(theirs) => owner = theirs,
                Locked::Gone => {}
            }
        }
        Err(CheckpointError::AlreadyRunning { owner })
    }

    /// The process that has the lock at this moment, if any has. Blocks.
    pub fn owner(path: &Path) -> Option<Owner> {
        let file = files::open_untrusted(path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(read_owner(&file)),
            _ => None,
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Removed while it is still locked: a process that opened it before finds out that it is no longer the file of this
        // name. Where that cannot be found out the file stays.
        if cfg!(unix) {
            let _ = std::fs::remove_file(&self.path);
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

fn lock(file: &File, path: &Path) -> Result<Locked, CheckpointError> {
    match file.try_lock() {
        Ok(()) if is_current(file, path)? => Ok(Locked::Ours),
        Ok(()) => Ok(Locked::Gone),
        Err(TryLockError::WouldBlock) => Ok(Locked::Theirs(read_owner(file))),
        Err(TryLockError::Error(source)) => Err(CheckpointError::NoLocks { path: path.to_owned(), source }),
    }
}

fn is_current(file: &File, path: &Path) -> Result<bool, CheckpointError> {
    #[cfg(unix)]
    return files::is_still_at(file, path).map_err(|source| open_error(path, source));
    // Elsewhere the file is never removed.
    #[cfg(not(unix))]
    return Ok(true);
}

/// Best effort: the owner is for people; the lock is what counts.
fn write_owner(mut file: &File, path: &Path) {
    let owner = Owner::process(std::process::id(), host_name());
    let written = serde_json::to_vec(&owner).map_err(io::Error::from).and_then(|text| {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&text)
    });
    if let Err(error) = written {
        tracing::debug!(path = %path.display(), %error, "could not write the owner of a lock");
    }
}

fn open_error(path: &Path, source: io::Error) -> CheckpointError {
    CheckpointError::Io { action: "open the lock file", path: path.to_owned(), source }
}

fn read_owner(mut file: &File) -> Owner {
    let mut text = Vec::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(MAX_OWNER_LEN).read_to_end(&mut text));
    read.ok().and_then(|_| serde_json::from_slice(&text).ok()).unwrap_or_default()
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

    /// Rows: W41, R25.
    #[test]
    fn a_lock_on_a_file_that_its_last_owner_removed_keeps_nobody_out_and_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let first = FileLock::take(path.clone()).unwrap();
        let [early, late] = [(); 2].map(|()| files::open_or_create_private(&path).unwrap());
        assert!(matches!(lock(&early, &path).unwrap(), Locked::Theirs(owner) if owner.pid == Some(std::process::id())));
        drop(first);
        assert_eq!(lock(&early, &path).unwrap(), Locked::Gone);
        let _second = FileLock::take(path.clone()).unwrap();
        drop(early);
        assert_eq!(lock(&late, &path).unwrap(), Locked::Gone);
    }
}
