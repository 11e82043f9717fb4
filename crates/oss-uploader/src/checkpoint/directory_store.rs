use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use oss_models::UploadId;

use super::files;
use super::format::{self, MAX_LEN, Undecodable, VERSION};
use super::lock::FileLock;
use super::sdk;
use super::state_folder::state_folder;
use super::{
    CheckpointError, CheckpointSlot, CheckpointStore, Loaded, Record, SourceStamp, StoredPart, StoredUpload,
    UploadIdentity,
};

/// Records as files in one folder, each named by [`UploadIdentity::digest`].
///
/// | name ends in | what it is |
/// |---|---|
/// | `.ossup` | a record: a line of JSON about the upload, then one line per finished part, each with a checksum |
/// | `.ossup-lock` | locked while the upload runs; names its process |
/// | `.ossup-new` | a record being written; without meaning after a crash |
/// | `.ossup-bad` | a damaged record that was set aside; only the last one is kept |
///
/// The folder is created with mode 0700 when it is first needed, the files have mode 0600, and no link in the place of
/// a file is followed. A record that belongs to another user or that others may write is set aside. A file of more than
/// 8 MiB is not read: 10,000 parts need less than 2 MiB.
///
/// A whole record is written to a new file, synced, and renamed over the old one. A finished part is one line at the
/// end, neither renamed nor synced: it survives `kill -9`; a loss of power may cost the last lines, and then the server
/// is asked which parts it has.
#[derive(Debug)]
pub struct DirectoryStore {
    folder: PathBuf,
    sdk_folders: Vec<PathBuf>,
    warned: AtomicBool,
}

impl DirectoryStore {
    /// A store in this folder, taken as given.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), sdk_folders: Vec::new(), warned: AtomicBool::new(false) }
    }

    /// A store in the folder of this user's state; see [`state_folder`].
    ///
    /// # Errors
    /// [`CheckpointError::NoStateFolder`] if the environment names none.
    pub fn for_user() -> Result<Self, CheckpointError> {
        state_folder(|name| std::env::var_os(name)).map(Self::new)
    }

    /// Also looks for records that the official OSS SDKs V2 for Python and Go left (`….ucp`), where they would have put
    /// them for this value of their `checkpoint_dir`: without a slash at its end that is its *parent* folder; empty
    /// means the temporary folder. The folder as given is searched too. Off by default.
    #[must_use]
    pub fn import_sdk_records(mut self, checkpoint_dir: impl Into<OsString>) -> Self {
        self.sdk_folders.extend(sdk::folders(&checkpoint_dir.into(), |name| std::env::var_os(name), Path::is_dir));
        self
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Creates the folder if it is missing, and warns once if others may look into it.
    fn prepare_folder(&self) -> Result<(), CheckpointError> {
        let prepared = files::create_private_folder(&self.folder).and_then(|()| std::fs::metadata(&self.folder));
        let metadata = prepared.map_err(|source| CheckpointError::Folder { path: self.folder.clone(), source })?;
        if files::is_open_to_others(&metadata) && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(folder = %self.folder.display(), "other users may enter the folder for checkpoints");
        }
        Ok(())
    }
}

impl CheckpointStore for DirectoryStore {
    fn open(&self, identity: &UploadIdentity) -> Result<Box<dyn CheckpointSlot>, CheckpointError> {
        self.prepare_folder()?;
        let paths = SlotPaths::new(&self.folder, &identity.digest());
        let lock = FileLock::take(paths.lock.clone())?;
        Ok(Box::new(DirectorySlot {
            folder: self.folder.clone(),
            sdk_folders: self.sdk_folders.clone(),
            identity: identity.clone(),
            paths,
            open: None,
            _lock: lock,
        }))
    }

    fn list(&self) -> Result<Vec<StoredUpload>, CheckpointError> {
        let failed = |source| CheckpointError::Folder { path: self.folder.clone(), source };
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut uploads = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_none_or(|extension| extension != RECORD) {
                continue;
            }
            if let Ok(Content::Record(record)) = read_record(&path) {
                let paths = SlotPaths::new(&self.folder, &record.identity.digest());
                if paths.record == path {
                    uploads.push(StoredUpload::new(*record, FileLock::owner(&paths.lock)));
                }
            }
        }
        Ok(uploads)
    }
}

const RECORD: &str = "ossup";

/// The files of one upload.
#[derive(Debug)]
struct SlotPaths {
    record: PathBuf,
    lock: PathBuf,
    new: PathBuf,
    bad: PathBuf,
}

impl SlotPaths {
    fn new(folder: &Path, digest: &str) -> Self {
        let path = |suffix: &str| folder.join(format!("{digest}.{RECORD}{suffix}"));
        Self { record: path(""), lock: path("-lock"), new: path("-new"), bad: path("-bad") }
    }
}

/// The slot of one upload.
#[derive(Debug)]
struct DirectorySlot {
    folder: PathBuf,
    sdk_folders: Vec<PathBuf>,
    identity: UploadIdentity,
    paths: SlotPaths,
    /// The record that this slot saved last.
    open: Option<OpenRecord>,
    _lock: FileLock,
}

impl CheckpointSlot for DirectorySlot {
    fn load(&mut self, source: &SourceStamp) -> Result<Loaded, CheckpointError> {
        match read_record(&self.paths.record).map_err(|source| io_error("read", &self.paths.record, source))? {
            Content::Missing => Ok(sdk::find(&self.sdk_folders, &self.identity, source)),
            Content::Record(record) if record.identity == self.identity => Ok(Loaded::Record(record)),
            Content::Record(_) => self.set_aside("it is about another upload".to_owned()),
            Content::Unusable(reason) => self.set_aside(reason),
            Content::Newer(version) => {
                Err(CheckpointError::NewerVersion { path: self.paths.record.clone(), version, supported: VERSION })
            }
        }
    }

    fn save(&mut self, record: &Record) -> Result<(), CheckpointError> {
        let bytes = format::encode(record)?;
        self.open = None;
        let written = OpenRecord::create(&self.paths.new, &bytes).and_then(|open| {
            std::fs::rename(&self.paths.new, &self.paths.record)?;
            files::sync_folder(&self.folder)?;
            Ok(open)
        });
        match written {
            Ok(open) => {
                self.open = Some(open);
                Ok(())
            }
            Err(source) => {
                let _ = std::fs::remove_file(&self.paths.new);
                Err(io_error("write", &self.paths.record, source))
            }
        }
    }

    fn add_part(&mut self, part: &StoredPart) -> Result<(), CheckpointError> {
        let line = format::encode_part(part)?;
        let open = self.open.as_mut().ok_or(CheckpointError::NoRecord)?;
        if open.len + line.len() as u64 > MAX_LEN {
            return Err(CheckpointError::TooLarge { limit: MAX_LEN });
        }
        open.append(&line).map_err(|source| io_error("write", &self.paths.record, source))
    }

    fn remove_foreign(&mut self, record: &Path, upload_id: &UploadId) -> Result<bool, CheckpointError> {
        sdk::remove(record, &self.identity, upload_id).map_err(|source| io_error("remove", record, source))
    }

    fn remove(self: Box<Self>) -> Result<(), CheckpointError> {
        match std::fs::remove_file(&self.paths.record) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| files::sync_folder(&self.folder)),
        }
        .map_err(|source| io_error("remove", &self.paths.record, source))
    }
}

impl DirectorySlot {
    fn set_aside(&self, reason: String) -> Result<Loaded, CheckpointError> {
        let moved_to = self.paths.bad.clone();
        std::fs::rename(&self.paths.record, &moved_to)
            .map_err(|source| io_error("set aside", &self.paths.record, source))?;
        tracing::warn!(reason, moved_to = %moved_to.display(), "a checkpoint was unusable and was set aside");
        Ok(Loaded::Quarantined { reason, moved_to })
    }
}

/// A record on disk that lines can be added to.
#[derive(Debug)]
struct OpenRecord {
    file: File,
    /// Length of what was written whole.
    len: u64,
}

impl OpenRecord {
    /// Creates the file with this content, synced.
    fn create(path: &Path, content: &[u8]) -> io::Result<Self> {
        let mut file = match files::create_private(path) {
            // Left by a process that was killed; we hold the lock, so nobody is writing it.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                std::fs::remove_file(path)?;
                files::create_private(path)?
            }
            created => created?,
        };
        file.write_all(content)?;
        file.sync_all()?;
        Ok(Self { file, len: content.len() as u64 })
    }

    /// Adds a line. After a failure the next line is written in its place, so that no torn line hides later ones.
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.len))?;
        if let Err(error) = self.file.write_all(line) {
            let _ = self.file.set_len(self.len);
            return Err(error);
        }
        self.len += line.len() as u64;
        Ok(())
    }
}

/// What a record's file holds.
enum Content {
    Missing,
    Record(Box<Record>),
    Unusable(String),
    Newer(u32),
}

/// Reads a file that may be anything. An error means that the file could not be looked at.
fn read_record(path: &Path) -> io::Result<Content> {
    let found = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::Missing),
        found => found?,
    };
    // Before opening, so that a link or a socket has a reason rather than an error code; after, because the file may
    // have been exchanged.
    if let Some(reason) = files::distrust(&found, files::WRITABLE_BY_GROUP_OR_OTHERS) {
        return Ok(Content::Unusable(reason));
    }
    let file = files::open_untrusted(path)?;
    if let Some(reason) = files::distrust(&file.metadata()?, files::WRITABLE_BY_GROUP_OR_OTHERS) {
        return Ok(Content::Unusable(reason));
    }
    let Some(bytes) = files::read_at_most(&file, MAX_LEN)? else {
        return Ok(Content::Unusable(format!("it is larger than {MAX_LEN} bytes")));
    };
    Ok(match format::decode(&bytes) {
        Ok(record) => Content::Record(Box::new(record)),
        Err(Undecodable::Newer(version)) => Content::Newer(version),
        Err(Undecodable::Damaged(reason)) => Content::Unusable(reason),
    })
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> CheckpointError {
    CheckpointError::Io { action, path: path.to_owned(), source }
}
