use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oss_transfer::files::{FileSystem, when_handles_are_left};
use tokio::time::sleep;

use super::Context;
use crate::checkpoint::{
    CheckpointError, CheckpointSlot, CheckpointStore, InitiateDigest, Loaded, Phase, Record, SourceStamp,
    StoredPart, UploadIdentity, without_parent_components,
};
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::plan::{PartLayout, PartReceipt};

/// Where the record of an upload is kept, and under which identity.
#[derive(Clone)]
pub(crate) struct CheckpointPlace {
    pub(crate) store: Arc<dyn CheckpointStore>,
    pub(crate) identity: UploadIdentity,
}

impl CheckpointPlace {
    /// Takes the slot and loads what it holds; with the identity that the record is kept under. Blocks.
    fn open(
        self,
        files: &dyn FileSystem,
        stamp: &SourceStamp,
    ) -> Result<(Box<dyn CheckpointSlot>, Loaded, UploadIdentity), CheckpointError> {
        let Self { store, mut identity } = self;
        if let Some(path) = without_parent_components(files, &identity.path) {
            // Earlier versions kept the record under the path as it was given.
            let mut slot = store.open(&identity)?;
            if let found @ (Loaded::Record(_) | Loaded::SdkRecord(_)) = slot.load(stamp)? {
                return Ok((slot, found, identity));
            }
            identity.path = path;
        }
        let mut slot = store.open(&identity)?;
        let loaded = slot.load(stamp)?;
        Ok((slot, loaded, identity))
    }
}

fn is_obstructed(error: &UploadError) -> bool {
    matches!(error.kind(), UploadErrorKind::Checkpoint(CheckpointError::Obstructed { .. }))
}

#[derive(Clone)]
struct Slot {
    slot: Arc<Mutex<Option<Box<dyn CheckpointSlot>>>>,
    /// Whether calls never wait for a device.
    inline: bool,
}

impl Slot {
    /// Has the slot do something where blocking is allowed.
    async fn with<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut dyn CheckpointSlot) -> Result<T, CheckpointError> + Send + 'static,
    ) -> Result<T, UploadError> {
        let slot = self.clone();
        blocking(self.inline, move || match slot.lock().as_mut() {
            Some(slot) => act(slot.as_mut()),
            None => Err(CheckpointError::NoRecord),
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<dyn CheckpointSlot>>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The record of this upload, locked for as long as it lives.
pub(super) struct Checkpoint {
    slot: Slot,
    pub(super) record: Record,
    /// The size of its parts, unless an earlier run chose another.
    part_size: u64,
}

impl Checkpoint {
    /// Takes the slot and reads what an earlier run left; `None`, with a warning, if the names of the record are taken by
    /// something else. Without a record the upload cannot be resumed, which is no reason not to upload.
    pub(super) async fn open(
        context: &Context,
        place: CheckpointPlace,
        stamp: SourceStamp,
        layout: PartLayout,
    ) -> Result<Option<(Self, Loaded)>, UploadError> {
        let invalid = |error| UploadError::new(Stage::Options, error, Stored::No);
        let digest = InitiateDigest::of(&context.requests.initiate_on_the_wire().map_err(invalid)?);
        let requested = context.requests.requested().map_err(invalid)?;
        let inline = place.store.runs_inline();
        let opening = || {
            let (place, files) = (place.clone(), context.files.clone());
            blocking(inline, move || place.open(files.as_ref(), &stamp))
        };
        let opening = when_handles_are_left(opening, |pause| async move {
            sleep(pause).await;
            Ok(())
        });
        let opening = context.unless_cancelled((Stage::Checkpoint, Stored::No), opening);
        let (slot, loaded, identity) = match opening.await? {
            Err(error) if is_obstructed(&error) => {
                context.reporter.warn(format!("no record of the upload is kept, so it cannot be resumed: {error}"));
                return Ok(None);
            }
            opened => opened?,
        };
        let mut record = Record::intent(identity, stamp, layout.part_size(), digest, context.clock.now());
        record.requested = Some(requested);
        let slot = Slot { slot: Arc::new(Mutex::new(Some(slot))), inline };
        Ok(Some((Self { slot, record, part_size: layout.part_size() }, loaded)))
    }

    /// Writes the record as a whole.
    pub(super) async fn save(&self) -> Result<(), UploadError> {
        let record = self.record.clone();
        self.slot.with(move |slot| slot.save(&record)).await
    }

    /// Writes that the upload got as far as `phase`.
    pub(super) async fn enter(&mut self, phase: Phase) -> Result<(), UploadError> {
        self.record.enter(phase, self.part_size);
        self.save().await
    }

    /// What part tasks use to write that their part is stored.
    pub(super) fn part_writer(&self) -> PartWriter {
        PartWriter { slot: self.slot.clone() }
    }

    /// Removes the record: nothing is left to resume.
    pub(super) async fn remove(self, context: &Context) {
        let slot = self.slot.lock().take();
        let Some(slot) = slot else { return };
        if let Err(error) = blocking(self.slot.inline, move || slot.remove()).await {
            context.reporter.warn(format!("the record of the upload could not be removed: {error}"));
        }
    }

    /// Removes the record, and the one of another program that it came from: the upload is complete.
    pub(super) async fn finish(self, context: &Context) {
        self.remove_imported(context).await;
        self.remove(context).await;
    }

    /// Forgets the upload that was taken over from another program.
    pub(super) async fn forget_imported(&mut self, context: &Context) {
        self.remove_imported(context).await;
        self.record.imported_from = None;
    }

    async fn remove_imported(&self, context: &Context) {
        let (Some(path), Some(upload)) = (self.record.imported_from.clone(), self.record.upload()) else { return };
        let id = upload.id.clone();
        if let Err(error) = self.slot.with(move |slot| slot.remove_sdk_record(&path, &id).map(drop)).await {
            context.reporter.warn(format!("the other program's record could not be removed: {error}"));
        }
    }
}

/// Writes parts into the record.
#[derive(Clone)]
pub(super) struct PartWriter {
    slot: Slot,
}

impl PartWriter {
    pub(super) async fn add(&self, receipt: &PartReceipt) -> Result<(), UploadError> {
        let part = StoredPart::new(receipt.part.number, receipt.part.len, receipt.etag.clone(), receipt.crc64);
        self.slot.with(move |slot| slot.add_part(&part)).await
    }
}

/// Runs a call of the store where blocking is allowed.
async fn blocking<T: Send + 'static>(
    inline: bool,
    work: impl FnOnce() -> Result<T, CheckpointError> + Send + 'static,
) -> Result<T, UploadError> {
    let span = tracing::Span::current();
    let done = if inline { Ok(work()) } else { tokio::task::spawn_blocking(move || span.in_scope(work)).await };
    done.unwrap_or_else(|panic| Err(CheckpointError::Store(panic.into())))
        .map_err(|error| UploadError::new(Stage::Checkpoint, error, Stored::No))
}
