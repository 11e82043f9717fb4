//! Storage: metadata in an embedded transactional store, content as blobs next to it.
//!
//! **Invariant:** a blob is durable before the transaction that refers to it commits, and is removed only after the
//! transaction that forgot it has committed. So a crash leaves unreferenced blobs at worst, and the next start removes them.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::{fs, io};

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{Database, Durability as Commit, StorageBackend, WriteTransaction};

use crate::error::{OssError, Outcome};
use crate::settings::Durability;

pub(crate) mod blobs;
pub(crate) mod records;
pub(crate) mod tables;

pub(crate) use blobs::{BlobWriter, Blobs, Pin, SegmentReader};
pub(crate) use tables::{Tables, Walk, Writing};

/// Enough for the metadata of thousands of objects, and little enough for thousands of servers in one test run.
const MEMORY_CACHE: usize = 1024 * 1024;
const DISK_CACHE: usize = 16 * 1024 * 1024;
/// In memory one change in so many is committed as for a disk: with it pages that are no longer used come back.
const COLLECTED_AFTER: u32 = 32;

/// Everything that is kept.
#[derive(Debug)]
pub(crate) struct Store {
    database: Database,
    pub(crate) blobs: Arc<Blobs>,
    /// Read-locked from the start of a snapshot until the blobs found in it are pinned; see [`Store::read_pinned`].
    pinning: RwLock<()>,
    /// Changes so far, which wraps around.
    changes: AtomicU32,
    /// The folder's lock: a second server on the same folder is refused.
    _lock: Option<fs::File>,
}

impl Store {
    pub(crate) fn in_memory(quota: Option<u64>) -> io::Result<Self> {
        let database = Database::builder()
            .set_cache_size(MEMORY_CACHE)
            .create_with_backend(InMemoryBackend::new())
            .map_err(io::Error::other)?;
        Self::open(database, Blobs::in_memory(quota), None)
    }

    /// Opens or creates a store below `dir`, and removes what a crash left unfinished.
    pub(crate) fn on_disk(dir: &Path, durability: Durability, quota: Option<u64>) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let lock = fs::File::create(dir.join("lock"))?;
        lock.try_lock().map_err(|_| io::Error::new(io::ErrorKind::ResourceBusy, "another server uses this folder"))?;
        let file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(dir.join("metadata.redb"))?;
        let sync = durability == Durability::Power;
        let backend = FileWithOptionalSync { file: FileBackend::new(file).map_err(io::Error::other)?, sync };
        let database =
            Database::builder().set_cache_size(DISK_CACHE).create_with_backend(backend).map_err(io::Error::other)?;
        Self::open(database, Blobs::on_disk(dir, sync, quota)?, Some(lock))
    }

    fn open(database: Database, blobs: Blobs, lock: Option<fs::File>) -> io::Result<Self> {
        let store = Self {
            database,
            blobs: Arc::new(blobs),
            pinning: RwLock::new(()),
            changes: AtomicU32::new(0),
            _lock: lock,
        };
        let known = store.write(|txn| {
            txn.create_tables()?;
            txn.blob_ids()
        })?;
        store.blobs.sweep(&HashSet::from_iter(known))?;
        Ok(store)
    }

    /// Reads a consistent snapshot.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&redb::ReadTransaction) -> Outcome<T>) -> Outcome<T> {
        let txn = redb::ReadableDatabase::begin_read(&self.database)?;
        read(&txn)
    }

    /// As [`Store::read`], for closures that pin the blobs they find.
    ///
    /// A blob of the snapshot is not removed before `read` has returned, so that what it pins is there.
    pub(crate) fn read_pinned<T>(&self, read: impl FnOnce(&redb::ReadTransaction) -> Outcome<T>) -> Outcome<T> {
        let _pinning = self.pinning.read().unwrap_or_else(PoisonError::into_inner);
        self.read(read)
    }

    /// Makes one change: all of it, or on an error none.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut Writing) -> Outcome<T>) -> Outcome<T> {
        let mut txn = Writing::new(self.begin_write()?);
        let value = change(&mut txn)?;
        let unused = txn.commit()?;
        if !unused.is_empty() {
            // Readers whose snapshot is older than this commit may still be about to pin; later ones do not see the blobs.
            drop(self.pinning.write().unwrap_or_else(PoisonError::into_inner));
        }
        for blob in unused {
            self.blobs.remove(blob);
        }
        Ok(value)
    }

    fn begin_write(&self) -> Outcome<WriteTransaction> {
        let mut txn = self.database.begin_write()?;
        let number = self.changes.fetch_add(1, Ordering::Relaxed);
        if !self.blobs.is_on_disk() && !number.is_multiple_of(COLLECTED_AFTER) {
            txn.set_durability(Commit::None).map_err(OssError::internal)?;
        }
        Ok(txn)
    }

    /// Runs `work` where it may block: inline in memory, on the blocking pool for a disk.
    ///
    /// Inline matters for simulations: nothing leaves the thread, so a seed decides everything.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        if self.blobs.is_on_disk() {
            let store = Arc::clone(self);
            tokio::task::spawn_blocking(move || work(&store)).await.map_err(OssError::internal)?
        } else {
            work(self)
        }
    }
}

/// The file of the metadata, optionally without syncing it: a killed process loses nothing, a power cut may.
#[derive(Debug)]
struct FileWithOptionalSync {
    file: FileBackend,
    sync: bool,
}

impl StorageBackend for FileWithOptionalSync {
    fn len(&self) -> Result<u64, io::Error> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        if self.sync { self.file.sync_data() } else { Ok(()) }
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        self.file.write(offset, data)
    }

    fn close(&self) -> Result<(), io::Error> {
        self.file.close()
    }
}

/// Text and bytes of header values: one char for each byte, so that any value survives JSON unchanged.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The reverse of [`latin1`].
pub(crate) fn latin1_bytes(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}
