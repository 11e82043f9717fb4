use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use oss_uploader::checkpoint::{
    CheckpointError, CheckpointSlot, CheckpointStore, Loaded, MemoryStore, Record, SourceStamp, StoredPart,
    StoredUpload, UploadIdentity,
};
use oss_uploader::{Stage, Stored, Verified};
use tempfile::NamedTempFile;

use crate::fake::{Fake, bytes, file, request};
use crate::runs::{PARTS, SIZE, end, warnings, with_events};

/// A store on a disk without room for everything.
struct FullDisk {
    store: MemoryStore,
    room: Arc<Room>,
}

enum Room {
    /// For so many writes.
    Writes(AtomicUsize),
    /// For whole records, and not for the parts that are added to them.
    NoParts,
}

struct FullSlot(Box<dyn CheckpointSlot>, Arc<Room>);

impl FullDisk {
    fn with(room: Room) -> Arc<Self> {
        Arc::new(Self { store: MemoryStore::new(), room: Arc::new(room) })
    }
}

impl FullSlot {
    fn write(&self, is_part: bool) -> Result<(), CheckpointError> {
        let is_room = match &*self.1 {
            Room::Writes(left) => left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok(),
            Room::NoParts => !is_part,
        };
        if is_room { Ok(()) } else { Err(CheckpointError::Store("the disk is full".into())) }
    }
}

impl CheckpointStore for FullDisk {
    fn open(&self, identity: &UploadIdentity) -> Result<Box<dyn CheckpointSlot>, CheckpointError> {
        Ok(Box::new(FullSlot(self.store.open(identity)?, self.room.clone())))
    }

    fn list(&self) -> Result<Vec<StoredUpload>, CheckpointError> {
        self.store.list()
    }
}

impl CheckpointSlot for FullSlot {
    fn load(&mut self, source: &SourceStamp) -> Result<Loaded, CheckpointError> {
        self.0.load(source)
    }

    fn save(&mut self, record: &Record) -> Result<(), CheckpointError> {
        self.write(false)?;
        self.0.save(record)
    }

    fn add_part(&mut self, part: &StoredPart) -> Result<(), CheckpointError> {
        self.write(true)?;
        self.0.add_part(part)
    }

    fn remove(self: Box<Self>) -> Result<(), CheckpointError> {
        self.0.remove()
    }
}

/// Rows: W33, R22.
#[tokio::test(start_paused = true)]
async fn a_disk_that_fills_up_stops_the_upload_and_leaves_nothing_on_the_server() {
    // Before Initiate, before the first part, before Complete.
    for (writes, history) in [(0, ""), (1, "Initiate Abort ListParts"), (2 + PARTS as usize, " Abort ListParts")] {
        let (fake, file) = (Fake::new(), file(SIZE));
        let disk = FullDisk::with(Room::Writes(writes.into()));
        let upload = fake.uploader().upload_file(request(), file.path()).enable_checkpoint(true);
        let error = upload.checkpoint_store(disk.clone()).await.unwrap_err();
        assert_eq!((error.stage(), error.stored()), (Stage::Checkpoint, Stored::No), "{error}");
        assert!(fake.history().ends_with(history) && fake.state().uploads.is_empty(), "{}", fake.history());
        assert_eq!(fake.count("InitiateMultipartUpload"), writes.min(1));
        assert!(disk.list().unwrap().is_empty(), "after {writes} writes");
    }
}

/// Rows: W33, R22.
#[tokio::test(start_paused = true)]
async fn a_disk_that_is_full_at_a_resume_costs_no_parts() {
    let (fake, file, disk) = (Fake::new(), file(SIZE), FullDisk::with(Room::Writes(100.into())));
    let upload = || {
        let upload = fake.uploader().upload_file(request(), file.path()).enable_checkpoint(true);
        upload.checkpoint_store(disk.clone())
    };
    let room = |writes| match &*disk.room {
        Room::Writes(left) => left.store(writes, Relaxed),
        Room::NoParts => {}
    };
    let uploading = upload().start();
    while fake.count("UploadPart") < 5 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    end(uploading).await;
    room(0);
    let error = upload().await.unwrap_err();
    assert_eq!((error.stage(), error.is_resumable()), (Stage::Checkpoint, true), "{error}");
    assert!(error.leftovers().is_some() && fake.state().uploads.len() == 1);
    room(100);
    assert!(upload().await.unwrap().parts_reused >= 2);
}

/// Rows: W33, R22.
#[tokio::test(start_paused = true)]
async fn a_part_that_cannot_be_recorded_is_told_and_stops_nothing() {
    let (fake, file) = (Fake::new(), file(SIZE));
    let upload = fake.uploader().upload_file(request(), file.path()).enable_checkpoint(true);
    let (outcome, events) = with_events(upload.checkpoint_store(FullDisk::with(Room::NoParts))).await;
    assert_eq!((outcome.unwrap().verified, fake.content()), (Verified::Crc64, bytes(SIZE)));
    assert_eq!(warnings(&events).len(), PARTS as usize, "{events:?}");
}

/// Rows: W33, R22.
#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_written_stops_before_anything_is_sent() {
    let (fake, file) = (Fake::new(), file(SIZE));
    let blocker = NamedTempFile::new().unwrap();
    let upload = fake.uploader().upload_file(request(), file.path()).enable_checkpoint(true);
    let error = upload.checkpoint_dir(blocker.path().join("folder")).await.unwrap_err();
    assert_eq!((error.stage(), fake.history().as_str()), (Stage::Checkpoint, ""), "{error}");
}
