use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oss_transfer::files::when_handles_are_left;
use tokio::time::sleep;

use super::Context;
use crate::checkpoint::{CheckpointError, CheckpointPlace, CheckpointSlot, Loaded, Phase, Record, SourceStamp};
use crate::error::{Stage, Stored, UploadError};
use crate::plan::{PartLayout, PartReceipt, new_record, without_record};

/// The place of a record on disk, which the tasks of an upload share.
#[derive(Clone)]
pub(super) struct Slot {
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

    /// Writes that a part is stored.
    pub(super) async fn add(&self, receipt: &PartReceipt) -> Result<(), UploadError> {
        let part = receipt.into();
        self.with(move |slot| slot.add_part(&part)).await
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<dyn CheckpointSlot>>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The record of this upload, locked for as long as it lives.
pub(super) struct Checkpoint {
    pub(super) slot: Slot,
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
        let (part_size, now) = (layout.part_size(), context.clock.now());
        let mut record = new_record(&context.requests, place.identity.clone(), stamp, part_size, now)?;
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
            Ok(opened) => opened,
            Err(error) => {
                context.reporter.warn(without_record(error)?);
                return Ok(None);
            }
        };
        record.identity = identity;
        let slot = Slot { slot: Arc::new(Mutex::new(Some(slot))), inline };
        Ok(Some((Self { slot, record, part_size }, loaded)))
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

    /// Removes the record: nothing is left to resume.
    pub(super) async fn remove(self, context: &Context) {
        let Some(slot) = self.slot.lock().take() else { return };
        if let Err(error) = blocking(self.slot.inline, move || slot.remove()).await {
            context.reporter.warn(format!("the record of the upload could not be removed: {error}"));
        }
    }

    /// Removes the record, and the one of another program that it came from: the upload is complete.
    pub(super) async fn finish(mut self, context: &Context) {
        self.forget_imported(context).await;
        self.remove(context).await;
    }

    /// Forgets the upload that was taken over from another program, and removes that one's record.
    pub(super) async fn forget_imported(&mut self, context: &Context) {
        let (Some(path), Some(upload)) = (self.record.imported_from.take(), self.record.upload()) else { return };
        let id = upload.id.clone();
        if let Err(error) = self.slot.with(move |slot| slot.remove_sdk_record(&path, &id).map(drop)).await {
            context.reporter.warn(format!("the other program's record could not be removed: {error}"));
        }
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
