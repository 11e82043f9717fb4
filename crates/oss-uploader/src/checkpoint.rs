//! Checkpoints: what is known about an unfinished upload, kept outside the process so that another can resume it.
//!
//! A [`CheckpointStore`] opens one [`CheckpointSlot`] per [`UploadIdentity`] and locks it for as long as the slot lives,
//! so that of two uploads of the same file to the same key one runs and the other learns at once who is in its way.
//! Through the slot the upload loads what an earlier run left, and saves its own [`Record`].
//!
//! Nothing in a record is trusted for content: it says *what to ask the server for* (the upload id) and *what was stored*
//! (sizes, entity tags, CRC64s), and the upload compares that with the server's response and with the local bytes before
//! it adopts a part. A lost, damaged or forged record costs time, never content.
//!
//! [`DirectoryStore`] keeps records as files, [`MemoryStore`] in memory. To keep them elsewhere (a database, a shared
//! cache), implement the two traits; the rules are:
//!
//! - Calls block; the engine makes them on threads that may block.
//! - [`CheckpointStore::open`] is exclusive per [`UploadIdentity::digest`]; the lock must end with its owner, also when
//!   that is killed (a lease that expires will do; one that only a clean exit releases will not).
//! - [`CheckpointSlot::save`] replaces the record as a whole, or leaves the old one; when it returns the record must
//!   survive a loss of power, because the very next step may create something on the server that only it names.
//! - [`CheckpointSlot::add_part`] must survive the end of the process; a loss of power may undo it.
//! - Whatever cannot be read back exactly as it was saved is [`Loaded::Quarantined`], not an error.

mod directory_store;
mod format;
mod memory_store;
mod place;
mod record;
mod sdk;
mod spelling;

pub use directory_store::{DirectoryStore, state_folder};
pub use memory_store::MemoryStore;
pub use record::{
    InitiateDigest, OpenUpload, Phase, Record, RequestedProperties, SourceStamp, StampChange, StoredPart,
    UploadIdentity,
};

pub(crate) use place::CheckpointPlace;

use std::path::{Path, PathBuf};

use oss_models::{BucketName, ObjectKey, UploadId};
pub use oss_transfer::checkpoint::{CheckpointError, Owner};

/// A place for the records of unfinished uploads.
///
/// Calls block. The [module](self) documentation says what an implementation must keep to.
pub trait CheckpointStore: Send + Sync {
    /// Takes the slot of one upload and locks it until the slot is dropped.
    ///
    /// # Errors
    /// [`CheckpointError::AlreadyRunning`] at once if another upload holds it; otherwise why the store cannot be used.
    fn open(&self, identity: &UploadIdentity) -> Result<Box<dyn CheckpointSlot>, CheckpointError>;

    /// The uploads that have a record or a lock here, in no order. Unreadable records are left out and left alone.
    ///
    /// # Errors
    /// Why the store cannot be read. A store that does not exist yet is empty.
    fn list(&self) -> Result<Vec<StoredUpload>, CheckpointError>;

    /// Whether calls never wait for a device, so that they are made without a thread of their own. Default no.
    fn runs_inline(&self) -> bool {
        false
    }
}

/// The locked place of one upload's record.
///
/// Calls block. Dropping the slot releases the lock and keeps the record.
pub trait CheckpointSlot: Send {
    /// What an earlier run left. `source` is the file as it is now; it decides whether a record of another program
    /// belongs to it. Our own record is given back whatever the file looks like: the caller compares
    /// [`Record::source`], since even a record that no longer fits names an upload that must be aborted.
    ///
    /// # Errors
    /// [`CheckpointError::NewerVersion`]: the record was written by a later version; it is kept, and must not be
    /// overwritten. Otherwise why the store cannot be read. Damage is not an error.
    fn load(&mut self, source: &SourceStamp) -> Result<Loaded, CheckpointError>;

    /// Replaces the record by `record`, its parts included; durable when this returns.
    ///
    /// # Errors
    /// Why it could not be written; the earlier record is still there.
    fn save(&mut self, record: &Record) -> Result<(), CheckpointError>;

    /// Adds one finished part to the record that was last saved; cheap enough to call after every part. A number that
    /// is already there is replaced.
    ///
    /// # Errors
    /// Why it could not be written; the record without the part is still there.
    fn add_part(&mut self, part: &StoredPart) -> Result<(), CheckpointError>;

    /// Removes the record of another program that [`CheckpointSlot::load`] gave as [`Loaded::SdkRecord`] in this or an
    /// earlier run: after the upload succeeded, or when the server no longer knows its upload id. Returns whether it
    /// was there and named this upload id; any other file is left alone.
    ///
    /// # Errors
    /// Why it could not be removed.
    fn remove_sdk_record(&mut self, _record: &Path, _upload_id: &UploadId) -> Result<bool, CheckpointError> {
        Ok(false)
    }

    /// Removes our record and releases the lock: the upload is complete, or nothing of it is left to resume.
    ///
    /// # Errors
    /// Why it could not be removed.
    fn remove(self: Box<Self>) -> Result<(), CheckpointError>;
}

/// What a slot held.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Loaded {
    /// No record.
    Nothing,
    /// A record of ours.
    Record(Box<Record>),
    /// Something that is not a record any more (damaged, cut short, not ours by owner). It was moved away and the upload
    /// starts afresh.
    Quarantined {
        /// What was wrong.
        reason: String,
        /// Where it is now.
        moved_to: PathBuf,
    },
    /// A record of another program for the same file, bucket and key, unchanged since.
    SdkRecord(SdkRecord),
    /// A record of another program that is damaged or does not fit; it was left where it is.
    UnusableSdkRecord {
        /// The record's file.
        path: PathBuf,
        /// Why it was not taken over.
        reason: String,
    },
}

/// An upload that another program began and left a record of.
///
/// What it sent at Initiate (metadata, storage class, encryption, …) is unknown and can no longer be changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SdkRecord {
    /// Which program.
    pub kind: SdkKind,
    /// The record's file.
    pub path: PathBuf,
    /// The upload to resume.
    pub upload_id: UploadId,
    /// Size of its parts in bytes, 100 KiB to 5 GiB; the last may be smaller. Fits the source in at most 10,000 parts.
    pub part_size: u64,
}

/// A record of another program, as it is found in a folder: what it says was not compared with any file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FoundSdkRecord {
    /// Which program.
    pub kind: SdkKind,
    /// The record's file.
    pub path: PathBuf,
    /// The file that was being uploaded, as the program wrote it: the Go SDK may leave a relative path.
    pub source: PathBuf,
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: ObjectKey,
    /// The upload.
    pub upload_id: UploadId,
}

/// The programs whose records are understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SdkKind {
    /// The official OSS SDK V2 for Python.
    PythonSdkV2,
    /// The official OSS SDK V2 for Go.
    GoSdkV2,
}

/// One upload that a store knows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoredUpload {
    /// Its record.
    pub record: Record,
    /// Who is carrying it out at this moment, if any process does.
    pub running: Option<Owner>,
}

impl StoredUpload {
    /// An upload and who is carrying it out.
    pub fn new(record: Record, running: Option<Owner>) -> Self {
        Self { record, running }
    }
}
