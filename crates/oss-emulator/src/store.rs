//! Storage: metadata in an embedded transactional store or in memory, content as blobs next to it.
//!
//! **Invariant:** a blob is durable before the transaction that refers to it commits, and is removed only after the
//! transaction that forgot it has committed. So a crash leaves unreferenced blobs at worst, and the next start removes them.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::{fs, io};

use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase as _, StorageBackend};

use self::disk_tables::DiskChanges;
use self::memory_tables::MemoryTables;
use crate::error::{OssError, Outcome};
use crate::settings::Durability;

pub(crate) mod blobs;
mod disk_tables;
mod memory_tables;
pub(crate) mod records;
pub(crate) mod tables;

pub(crate) use blobs::{BlobWriter, Blobs, Pin, SegmentReader};
pub(crate) use tables::{Tables, Walk, Writing};

const DISK_CACHE: usize = 16 * 1024 * 1024;

/// Everything that is kept.
#[derive(Debug)]
pub(crate) struct Store {
    metadata: Metadata,
    pub(crate) blobs: Arc<Blobs>,
    /// Read-locked from the start of a snapshot until the blobs found in it are pinned; see [`Store::read_pinned`].
    pinning: RwLock<()>,
    /// The folder's lock: a second server on the same folder is refused.
    _lock: Option<fs::File>,
}

/// Where metadata is kept.
#[derive(Debug)]
enum Metadata {
    Memory(Box<MemoryTables>),
    Disk(Database),
}

impl Store {
    pub(crate) fn in_memory(quota: Option<u64>) -> Self {
        Self::new(Metadata::Memory(Box::default()), Blobs::in_memory(quota), None)
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
        let changes = DiskChanges::new(database.begin_write().map_err(OssError::from)?);
        changes.create_tables()?;
        let known = changes.blob_ids()?;
        changes.commit()?;
        let blobs = Blobs::on_disk(dir, sync, quota)?;
        blobs.sweep(&HashSet::from_iter(known))?;
        Ok(Self::new(Metadata::Disk(database), blobs, Some(lock)))
    }

    fn new(metadata: Metadata, blobs: Blobs, lock: Option<fs::File>) -> Self {
        Self { metadata, blobs: Arc::new(blobs), pinning: RwLock::new(()), _lock: lock }
    }

    /// Reads a consistent snapshot. In memory changes wait meanwhile, so `read` must make none.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&dyn Tables) -> Outcome<T>) -> Outcome<T> {
        match &self.metadata {
            Metadata::Memory(tables) => read(&*tables.read()),
            Metadata::Disk(database) => read(&database.begin_read()?),
        }
    }

    /// As [`Store::read`], for closures that pin the blobs they find.
    ///
    /// A blob of the snapshot is not removed before `read` has returned, so that what it pins is there.
    pub(crate) fn read_pinned<T>(&self, read: impl FnOnce(&dyn Tables) -> Outcome<T>) -> Outcome<T> {
        let _pinning = self.pinning.read().unwrap_or_else(PoisonError::into_inner);
        self.read(read)
    }

    /// Makes one change: all of it, or on an error none.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut Writing) -> Outcome<T>) -> Outcome<T> {
        let (value, unused) = match &self.metadata {
            Metadata::Memory(tables) => {
                let mut changes = tables.change();
                (change(&mut *changes)?, changes.commit())
            }
            Metadata::Disk(database) => {
                let mut changes = DiskChanges::new(database.begin_write()?);
                (change(&mut changes)?, changes.commit()?)
            }
        };
        if !unused.is_empty() {
            // Readers whose snapshot is older than this commit may still be about to pin; later ones do not see the blobs.
            drop(self.pinning.write().unwrap_or_else(PoisonError::into_inner));
        }
        for blob in unused {
            self.blobs.remove(blob);
        }
        Ok(value)
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
