use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oss_models::UploadId;
use oss_transfer::checkpoint::{RecordContent, RecordFile, RecordFolder};
use oss_transfer::files::FileSystem;

use super::format::{self, Undecodable, VERSION};
use super::sdk;
use super::{
    CheckpointError, CheckpointSlot, CheckpointStore, FoundSdkRecord, Loaded, Record, SourceStamp, StoredPart,
    StoredUpload, UploadIdentity,
};

/// The folder for the records of this user, by the environment that `variable` looks up:
///
/// - Windows: `%LOCALAPPDATA%\ossup\uploads`
/// - macOS: `~/Library/Application Support/ossup/uploads`
/// - elsewhere: `$XDG_STATE_HOME/ossup/uploads`, or `~/.local/state/ossup/uploads` if that is unset, empty or relative
///
/// Touches nothing; the folder need not exist.
///
/// # Errors
/// [`CheckpointError::NoStateFolder`] if the environment names none.
pub fn state_folder(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, CheckpointError> {
    oss_transfer::checkpoint::state_folder("uploads", variable)
}

/// Records as files in one folder, each named by [`UploadIdentity::digest`].
///
/// | name ends in | what it is |
/// |---|---|
/// | `.ossup` | a record: a line of JSON about the upload, then one line per finished part, each with a checksum |
/// | `.ossup-lock` | locked while the upload runs; names its process |
/// | `.ossup-new` | a record being written; without meaning after a crash |
/// | `.ossup-bad` | a damaged record that was quarantined; only the last one is kept |
///
/// The folder is created with mode 0700 when it is first needed, the files have mode 0600, and no link in the place of
/// a file is followed. A record that belongs to another user or that others may write is quarantined. A file of more than
/// 8 MiB is not read: 10,000 parts need less than 2 MiB.
///
/// A whole record is written to a new file, synced, and renamed over the old one. A finished part is one line at the
/// end, neither renamed nor synced: it survives `kill -9`; a loss of power may cost the last lines, and then the server
/// is asked which parts it has.
#[derive(Debug)]
pub struct DirectoryStore {
    folder: RecordFolder,
    runs_inline: bool,
    sdk_folders: Vec<PathBuf>,
}

impl DirectoryStore {
    /// A store in this folder, taken as given.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: RecordFolder::new(folder, EXTENSION), runs_inline: false, sdk_folders: Vec::new() }
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

    /// The records of uploads in the folders of [`import_sdk_records`](Self::import_sdk_records), in the order of their names.
    /// Files that are no such records are left out. Blocks.
    ///
    /// # Errors
    /// A folder that cannot be read. One that is not there is empty.
    pub fn sdk_records(&self) -> Result<Vec<FoundSdkRecord>, CheckpointError> {
        sdk::list(&self.sdk_folders)
    }

    /// Sets the file system that the folder is on. Default: the operating system's.
    #[must_use]
    pub fn with_files(mut self, files: Arc<dyn FileSystem>) -> Self {
        self.runs_inline = files.runs_inline();
        self.folder = self.folder.with_files(files);
        self
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl CheckpointStore for DirectoryStore {
    fn open(&self, identity: &UploadIdentity) -> Result<Box<dyn CheckpointSlot>, CheckpointError> {
        Ok(Box::new(DirectorySlot {
            file: self.folder.open(&identity.digest())?,
            sdk_folders: self.sdk_folders.clone(),
            identity: identity.clone(),
        }))
    }

    fn list(&self) -> Result<Vec<StoredUpload>, CheckpointError> {
        let records = self.folder.list()?.into_iter();
        let stored = records.filter_map(|(path, bytes)| {
            let record = format::decode(&bytes).ok()?;
            let name = record.identity.digest();
            (self.folder.path_of(&name) == path).then(|| StoredUpload::new(record, self.folder.owner_of(&name)))
        });
        Ok(stored.collect())
    }

    fn runs_inline(&self) -> bool {
        self.runs_inline
    }
}

const EXTENSION: &str = "ossup";

/// The slot of one upload.
#[derive(Debug)]
struct DirectorySlot {
    file: RecordFile,
    sdk_folders: Vec<PathBuf>,
    identity: UploadIdentity,
}

impl CheckpointSlot for DirectorySlot {
    fn load(&mut self, source: &SourceStamp) -> Result<Loaded, CheckpointError> {
        let bytes = match self.file.read()? {
            RecordContent::Missing => return Ok(sdk::find(&self.sdk_folders, &self.identity, source)),
            RecordContent::Unusable(reason) => return self.quarantine(reason),
            RecordContent::Bytes(bytes) => bytes,
            _ => return self.quarantine("it is of an unknown kind".to_owned()),
        };
        match format::decode(&bytes) {
            Ok(record) if record.identity == self.identity => Ok(Loaded::Record(Box::new(record))),
            Ok(_) => self.quarantine("it is about another upload".to_owned()),
            Err(Undecodable::Damaged(reason)) => self.quarantine(reason),
            Err(Undecodable::Newer(version)) => {
                let path = self.file.path().to_owned();
                Err(CheckpointError::NewerVersion { path, version, supported: VERSION })
            }
        }
    }

    fn save(&mut self, record: &Record) -> Result<(), CheckpointError> {
        self.file.replace(&format::encode(record)?)
    }

    fn add_part(&mut self, part: &StoredPart) -> Result<(), CheckpointError> {
        self.file.append(&format::encode_part(part)?)
    }

    fn remove_sdk_record(&mut self, record: &Path, upload_id: &UploadId) -> Result<bool, CheckpointError> {
        sdk::remove(record, &self.identity, upload_id).map_err(|source| {
            let path = record.to_owned();
            CheckpointError::Io { action: "remove", path, source }
        })
    }

    fn remove(self: Box<Self>) -> Result<(), CheckpointError> {
        self.file.remove()
    }
}

impl DirectorySlot {
    fn quarantine(&self, reason: String) -> Result<Loaded, CheckpointError> {
        let moved_to = self.file.quarantine(&reason)?;
        Ok(Loaded::Quarantined { reason, moved_to })
    }
}
