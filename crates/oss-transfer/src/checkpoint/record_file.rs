use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::files;
use super::lock::FileLock;
use super::{CheckpointError, Owner};
use crate::files::{Access, Existing, FileHandle, FileKind, FileSystem, Links, Metadata, SystemFiles};

/// Longest record in bytes; a longer file is not read.
pub const MAX_RECORD_LEN: u64 = 8 << 20;

/// Records as files in one folder. A record `NAME` of the extension `EXT` has up to four files:
///
/// | name | what it is |
/// |---|---|
/// | `NAME.EXT` | the record |
/// | `NAME.EXT-lock` | locked while the transfer runs; names its process |
/// | `NAME.EXT-new` | a record being written; without meaning after a crash |
/// | `NAME.EXT-bad` | a damaged record that was quarantined; only the last one is kept |
///
/// The folder is created with mode 0700 when it is first needed, the files have mode 0600, and no link in the place of
/// a file is followed. A record that belongs to another user or that others may write is not trusted, unless the file
/// system keeps neither owners nor modes (FAT, some shares on a network).
#[derive(Debug)]
pub struct RecordFolder {
    files: Arc<dyn FileSystem>,
    path: PathBuf,
    extension: &'static str,
    warned: AtomicBool,
}

impl RecordFolder {
    /// The records with this extension in this folder, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>, extension: &'static str) -> Self {
        Self { files: SystemFiles::shared(), path: path.into(), extension, warned: AtomicBool::new(false) }
    }

    /// Sets the files that the folder is among. Default: those of the operating system.
    #[must_use]
    pub fn with_files(mut self, files: Arc<dyn FileSystem>) -> Self {
        self.files = files;
        self
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the record of this name and locks it until the [`RecordFile`] is dropped. `name` must be a plain file
    /// name, such as a digest in hexadecimal digits. Blocks.
    ///
    /// # Errors
    /// [`CheckpointError::AlreadyRunning`] at once if another process, or another transfer of this one, holds it;
    /// [`CheckpointError::Obstructed`] if a file of the record cannot be made; otherwise why the folder cannot be used.
    pub fn open(&self, name: &str) -> Result<RecordFile, CheckpointError> {
        self.prepare()?;
        let paths = Paths::new(&self.path, name, self.extension);
        let lock = FileLock::take(self.files.clone(), paths.lock.clone())?;
        // A link in its place is removed before it is written, a folder is not.
        if let Err(CheckpointError::Obstructed { path, kind: kind @ FileKind::Directory }) =
            files::check_unobstructed(self.files.as_ref(), &paths.new)
        {
            return Err(CheckpointError::Obstructed { path, kind });
        }
        Ok(RecordFile { files: self.files.clone(), folder: self.path.clone(), paths, open: None, _lock: lock })
    }

    /// The records that can be read, by their paths, in no order. Blocks.
    ///
    /// # Errors
    /// [`CheckpointError::Folder`] if the folder cannot be read. One that does not exist yet is empty.
    pub fn list(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, CheckpointError> {
        let failed = |source| CheckpointError::Folder { path: self.path.clone(), source };
        let paths = match self.files.list(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            paths => paths.map_err(failed)?,
        };
        let mut records = Vec::new();
        for path in paths {
            if path.extension().is_some_and(|extension| extension == self.extension)
                && let Ok(RecordContent::Bytes(bytes)) = read(self.files.as_ref(), &path)
            {
                records.push((path, bytes));
            }
        }
        Ok(records)
    }

    /// The path of the record of this name.
    pub fn path_of(&self, name: &str) -> PathBuf {
        Paths::new(&self.path, name, self.extension).record
    }

    /// The process that holds the record of this name at this moment, if any does. Blocks.
    pub fn owner_of(&self, name: &str) -> Option<Owner> {
        FileLock::owner(self.files.as_ref(), &Paths::new(&self.path, name, self.extension).lock)
    }

    /// Creates the folder if it is missing, and warns once if others may look into it.
    fn prepare(&self) -> Result<(), CheckpointError> {
        let created = self.files.create_folder(&self.path, Access::Private);
        let prepared = created.and_then(|()| self.files.metadata(&self.path, Links::Follow));
        let metadata = prepared.map_err(|source| CheckpointError::Folder { path: self.path.clone(), source })?;
        if files::is_open_to_others(&metadata) && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(folder = %self.path.display(), "other users may enter the folder for checkpoints");
        }
        Ok(())
    }
}

/// The files of one record.
#[derive(Debug)]
struct Paths {
    record: PathBuf,
    lock: PathBuf,
    new: PathBuf,
    bad: PathBuf,
}

impl Paths {
    fn new(folder: &Path, name: &str, extension: &str) -> Self {
        let path = |suffix: &str| folder.join(format!("{name}.{extension}{suffix}"));
        Self { record: path(""), lock: path("-lock"), new: path("-new"), bad: path("-bad") }
    }
}

/// The locked record of one transfer. Dropping it releases the lock and keeps the record. Its calls block.
///
/// A whole record is written to a new file, synced, and renamed over the old one. What is appended is neither renamed
/// nor synced: it survives `kill -9`, and a loss of power may cost the last lines.
#[derive(Debug)]
pub struct RecordFile {
    files: Arc<dyn FileSystem>,
    folder: PathBuf,
    paths: Paths,
    /// The record that was saved last.
    open: Option<OpenRecord>,
    _lock: FileLock,
}

/// What the file of a record holds.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RecordContent {
    /// There is no file.
    Missing,
    /// These bytes, written by this user.
    Bytes(Vec<u8>),
    /// Something that cannot be a record, for this reason.
    Unusable(String),
}

impl RecordFile {
    /// The path of the record.
    pub fn path(&self) -> &Path {
        &self.paths.record
    }

    /// What an earlier run left.
    ///
    /// # Errors
    /// Why the file cannot be read. Damage is not an error.
    pub fn read(&self) -> Result<RecordContent, CheckpointError> {
        read(self.files.as_ref(), &self.paths.record).map_err(|source| self.error("read", source))
    }

    /// Replaces the record by these bytes; durable when this returns.
    ///
    /// # Errors
    /// Why it could not be written; the earlier record is still there.
    pub fn replace(&mut self, bytes: &[u8]) -> Result<(), CheckpointError> {
        self.open = None;
        let written = OpenRecord::create(self.files.as_ref(), &self.paths.new, bytes).and_then(|open| {
            self.files.rename(&self.paths.new, &self.paths.record, Existing::Replace)?;
            self.files.sync_folder(&self.folder)?;
            Ok(open)
        });
        match written {
            Ok(open) => {
                self.open = Some(open);
                Ok(())
            }
            Err(source) => {
                let _ = self.files.remove(&self.paths.new);
                Err(self.error("write", source))
            }
        }
    }

    /// Adds a line to the record that was last saved; cheap enough to call after every part.
    ///
    /// # Errors
    /// [`CheckpointError::NoRecord`] before [`RecordFile::replace`], [`CheckpointError::TooLarge`] past
    /// [`MAX_RECORD_LEN`], otherwise why it could not be written; the record without the line is still there.
    pub fn append(&mut self, line: &[u8]) -> Result<(), CheckpointError> {
        let open = self.open.as_mut().ok_or(CheckpointError::NoRecord)?;
        if open.len + line.len() as u64 > MAX_RECORD_LEN {
            return Err(CheckpointError::TooLarge { limit: MAX_RECORD_LEN });
        }
        let appended = open.append(line);
        appended.map_err(|source| self.error("write", source))
    }

    /// Makes the lines that were appended durable.
    ///
    /// # Errors
    /// [`CheckpointError::NoRecord`] before [`RecordFile::replace`], otherwise why it could not be done.
    pub fn sync(&self) -> Result<(), CheckpointError> {
        let open = self.open.as_ref().ok_or(CheckpointError::NoRecord)?;
        open.file.sync_data().map_err(|source| self.error("sync", source))
    }

    /// Moves a record that cannot be trusted out of the way, and returns where it is now.
    ///
    /// # Errors
    /// [`CheckpointError::Obstructed`] if something else is in its way; otherwise why it could not be moved.
    pub fn quarantine(&self, reason: &str) -> Result<PathBuf, CheckpointError> {
        let moved_to = self.paths.bad.clone();
        let moved = self.files.rename(&self.paths.record, &moved_to, Existing::Replace);
        moved.map_err(|source| {
            // A file does not replace a folder, nor a folder a file.
            let paths = [&self.paths.bad, &self.paths.record].into_iter();
            let mut obstacles = paths.filter_map(|path| files::check_unobstructed(self.files.as_ref(), path).err());
            obstacles.next().unwrap_or_else(|| self.error("quarantine", source))
        })?;
        tracing::warn!(reason, moved_to = %moved_to.display(), "a checkpoint was unusable and was quarantined");
        Ok(moved_to)
    }

    /// Removes the record and releases the lock.
    ///
    /// # Errors
    /// Why it could not be removed.
    pub fn remove(self) -> Result<(), CheckpointError> {
        match self.files.remove(&self.paths.record) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| self.files.sync_folder(&self.folder)),
        }
        .map_err(|source| self.error("remove", source))
    }

    fn error(&self, action: &'static str, source: io::Error) -> CheckpointError {
        CheckpointError::Io { action, path: self.paths.record.clone(), source }
    }
}

/// A record on disk that lines can be added to.
#[derive(Debug)]
struct OpenRecord {
    file: Arc<dyn FileHandle>,
    /// Length of what was written whole.
    len: u64,
}

impl OpenRecord {
    /// Creates the file with this content, synced.
    fn create(files: &dyn FileSystem, path: &Path, content: &[u8]) -> io::Result<Self> {
        let file = match files::create_private(files, path) {
            // Left by a process that was killed; we hold the lock, so no one is writing it.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                files.remove(path)?;
                files::create_private(files, path)?
            }
            created => created?,
        };
        file.write_all_at(content, 0)?;
        file.sync_data()?;
        Ok(Self { file, len: content.len() as u64 })
    }

    /// Adds a line. After a failure the next line is written in its place, so that no torn line hides later ones.
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all_at(line, self.len) {
            let _ = self.file.set_len(self.len);
            return Err(error);
        }
        self.len += line.len() as u64;
        Ok(())
    }
}

/// Reads a file that may be anything. An error means that the file could not be examined.
fn read(files: &dyn FileSystem, path: &Path) -> io::Result<RecordContent> {
    let found = match files.metadata(path, Links::Refuse) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(RecordContent::Missing),
        found => found?,
    };
    // Before opening, so that a link or a socket has a reason rather than an error code; after, because the file may
    // have been exchanged.
    if let Some(reason) = distrust(files, path, &found) {
        return Ok(RecordContent::Unusable(reason));
    }
    let file = files::open_untrusted(files, path)?;
    if let Some(reason) = distrust(files, path, &file.metadata()?) {
        return Ok(RecordContent::Unusable(reason));
    }
    Ok(match files::read_at_most(file.as_ref(), MAX_RECORD_LEN)? {
        Some(bytes) => RecordContent::Bytes(bytes),
        None => RecordContent::Unusable(format!("it is larger than {MAX_RECORD_LEN} bytes")),
    })
}

/// Why a record is not one that this user wrote. Where the file system keeps neither owners nor modes, the folder is all
/// that guards it.
fn distrust(files: &dyn FileSystem, path: &Path, found: &Metadata) -> Option<String> {
    let reason = files::distrust(files, found, files::WRITABLE_BY_GROUP_OR_OTHERS)?;
    let is_all_that_is_kept =
        || new_private_file(files, path).is_ok_and(|new| (new.user, new.mode) == (found.user, found.mode));
    if found.is_file() && is_all_that_is_kept() { None } else { Some(reason) }
}

/// What becomes of owner and mode of a private file that is created beside `path`; it is removed again.
fn new_private_file(files: &dyn FileSystem, path: &Path) -> io::Result<Metadata> {
    let mut number = 0;
    loop {
        let mut extension = path.extension().unwrap_or_default().to_owned();
        extension.push(format!("-new-{}-{number}", std::process::id()));
        let path = path.with_extension(extension);
        match files::create_private(files, &path) {
            // Of another thread, or of a process that was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < MAX_NEW_FILES => number += 1,
            created => {
                let metadata = created?.metadata();
                let _ = files.remove(&path);
                return metadata;
            }
        }
    }
}

const MAX_NEW_FILES: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{MemoryFiles, OpenMode};

    fn folder(files: &MemoryFiles) -> RecordFolder {
        RecordFolder::new("/", "rec").with_files(Arc::new(files.clone()))
    }

    /// Rows: W34, R20.
    #[test]
    fn a_record_is_found_on_a_file_system_without_owners_and_modes() {
        let files = MemoryFiles::new().without_owners();
        folder(&files).open("a").unwrap().replace(b"content").unwrap();

        let expected = RecordContent::Bytes(b"content".to_vec());
        assert_eq!(folder(&files).open("a").unwrap().read().unwrap(), expected);
        let path = folder(&files).path_of("a");
        assert_eq!(folder(&files).list().unwrap(), [(path.clone(), b"content".to_vec())]);
        assert_eq!(files.paths(), [path], "nothing else is left in the folder");
    }

    /// One that is read back has at most so many bytes.
    #[test]
    fn a_line_too_much_is_refused_and_the_record_stays() {
        let files = MemoryFiles::new();
        let mut record = folder(&files).open("a").unwrap();
        let whole = vec![b'x'; usize::try_from(MAX_RECORD_LEN).unwrap() - 3];
        record.replace(&whole).unwrap();
        let error = record.append(b"1234").unwrap_err();
        assert!(matches!(error, CheckpointError::TooLarge { limit: MAX_RECORD_LEN }), "{error}");
        record.append(b"123").unwrap();
        assert!(matches!(record.append(b"4"), Err(CheckpointError::TooLarge { .. })));
        assert_eq!(record.read().unwrap(), RecordContent::Bytes([&whole[..], b"123"].concat()));
    }

    /// Rows: W34, R20.
    #[test]
    fn a_record_that_others_may_write_is_not_trusted_where_modes_are_kept() {
        let files = MemoryFiles::new();
        folder(&files).open("a").unwrap().replace(b"content").unwrap();
        files.open(&folder(&files).path_of("a"), OpenMode::UPDATE).unwrap().set_mode(0o666).unwrap();

        let content = folder(&files).open("a").unwrap().read().unwrap();
        assert!(matches!(&content, RecordContent::Unusable(reason) if reason.contains("666")), "{content:?}");
        assert_eq!(folder(&files).list().unwrap(), []);
    }
}
