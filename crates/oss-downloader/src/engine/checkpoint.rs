//! The record of a download while it runs.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oss_models::Crc64;
use oss_transfer::checkpoint::{CheckpointError, RecordContent, RecordFile, RecordFolder};
use oss_transfer::files::{FileHandle, FileSystem, run_blocking};

use super::context::Context;
use crate::error::{DownloadError, DownloadErrorKind, DownloadStage};
use crate::plan::{Earlier, Span, SyncSchedule};
use crate::record::{Identity, SdkRecord, Undecodable, VERSION, decode, encode, encode_part, find_sdk_record};

/// Where records are kept.
#[derive(Clone, Debug)]
pub(crate) struct CheckpointPlace {
    pub(crate) folder: Arc<RecordFolder>,
    /// The value of `checkpoint_dir` by which the SDKs would look for their records.
    pub(crate) sdk_dir: PathBuf,
}

/// The locked record of this download.
pub(super) struct Checkpoint {
    identity: Identity,
    file: Arc<Mutex<RecordFile>>,
    /// The record of an SDK that was taken over, to be removed after success.
    imported: Option<SdkRecord>,
    /// Whether anything is recorded that another run could use.
    has_record: AtomicBool,
}

/// What an earlier run left.
pub(super) enum Loaded {
    Nothing,
    Record(Earlier),
    Sdk(SdkRecord),
}

impl Checkpoint {
    /// Locks the record, and reads what an earlier run left; `None`, with a warning, if the names of the record are taken by
    /// something else.
    pub(super) async fn open(
        context: &Context,
        place: CheckpointPlace,
        identity: Identity,
    ) -> Result<Option<(Self, Loaded)>, DownloadError> {
        let opening = || {
            let (files, place, known) = (context.files.clone(), place.clone(), identity.clone());
            move || load(files.as_ref(), &place, &known)
        };
        let opened = context.opening_files(DownloadStage::Checkpoint, opening).await;
        let (file, loaded, warning) = match opened {
            Err(error) if is_obstructed(&error) => {
                context.reporter.warn(format!("no record of the download is kept, so it cannot be resumed: {error}"));
                return Ok(None);
            }
            opened => opened?,
        };
        warning.into_iter().for_each(|warning| context.reporter.warn(warning));
        let has_record = AtomicBool::new(!matches!(loaded, Loaded::Nothing));
        Ok(Some((Self { identity, file: Arc::new(Mutex::new(file)), imported: None, has_record }, loaded)))
    }

    /// Replaces the record.
    pub(super) async fn save(&self, context: &Context, earlier: &Earlier) -> Result<(), DownloadError> {
        let bytes = encode(&self.identity, earlier, context.clock.now())
            .map_err(|error| DownloadError::new(DownloadStage::Checkpoint, error))?;
        let file = self.file.clone();
        context.on_files(DownloadStage::Checkpoint, move || lock(&file).replace(&bytes)).await?;
        self.has_record.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Whether an earlier run or this one recorded anything.
    pub(super) fn has_record(&self) -> bool {
        self.has_record.load(Ordering::Relaxed)
    }

    /// What records finished parts.
    pub(super) fn writer(&self, context: &Context, data: Arc<dyn FileHandle>) -> PartWriter {
        PartWriter { files: context.files.clone(), record: self.file.clone(), data, schedule: Arc::default() }
    }

    pub(super) fn imported(&mut self, record: SdkRecord) {
        self.imported = Some(record);
    }

    /// Removes the record, and after success the one of an SDK too. A file that stays is a warning.
    pub(super) async fn remove(self, context: &Context, succeeded: bool) {
        let (file, imported) = (self.file, self.imported.filter(|_| succeeded));
        let files = context.files.clone();
        let removed = context
            .on_files(DownloadStage::Checkpoint, move || {
                if let Some(imported) = imported {
                    let _ = files.remove(&imported.path);
                    if imported.has_temp_file() {
                        let _ = files.remove(&imported.data);
                    }
                }
                match Arc::into_inner(file) {
                    Some(file) => file.into_inner().unwrap_or_else(PoisonError::into_inner).remove(),
                    None => Ok(()),
                }
            })
            .await;
        if let Err(error) = removed {
            context.reporter.warn(error.to_string());
        }
    }
}

fn is_obstructed(error: &DownloadError) -> bool {
    matches!(error.kind(), DownloadErrorKind::Checkpoint(CheckpointError::Obstructed { .. }))
}

fn load(
    files: &dyn FileSystem,
    place: &CheckpointPlace,
    identity: &Identity,
) -> Result<(RecordFile, Loaded, Option<String>), CheckpointError> {
    let file = place.folder.open(&identity.digest())?;
    let unusable = match file.read()? {
        RecordContent::Missing => {
            let found = find_sdk_record(files, identity, &place.sdk_dir, &std::env::temp_dir());
            return Ok((file, found.map_or(Loaded::Nothing, Loaded::Sdk), None));
        }
        RecordContent::Bytes(bytes) => match decode(identity, &bytes) {
            Ok(earlier) => return Ok((file, Loaded::Record(earlier), None)),
            Err(Undecodable::Damaged(reason)) => reason,
            Err(Undecodable::Newer(version)) => {
                let path = file.path().to_owned();
                return Err(CheckpointError::NewerVersion { path, version, supported: VERSION });
            }
        },
        RecordContent::Unusable(reason) => reason,
        _ => "it is of an unknown kind".to_owned(),
    };
    let moved_to = file.quarantine(&unusable)?;
    let warning = format!("the checkpoint was unusable ({unusable}) and was moved to {}", moved_to.display());
    Ok((file, Loaded::Nothing, Some(warning)))
}

fn lock(file: &Mutex<RecordFile>) -> std::sync::MutexGuard<'_, RecordFile> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records parts as they finish.
#[derive(Clone)]
pub(super) struct PartWriter {
    files: Arc<dyn FileSystem>,
    record: Arc<Mutex<RecordFile>>,
    data: Arc<dyn FileHandle>,
    schedule: Arc<Mutex<SyncSchedule>>,
}

impl PartWriter {
    /// Records a part, so that it survives the end of the process; from time to time, first the data and then the record
    /// are made durable, so that they survive a loss of power.
    pub(super) async fn add(&self, span: Span, crc64: Crc64, now: Duration) -> Result<(), DownloadErrorKind> {
        let writer = self.clone();
        let work = move || -> Result<(), CheckpointError> {
            let line = encode_part(span, crc64)?;
            let due = {
                let mut schedule = writer.schedule.lock().unwrap_or_else(PoisonError::into_inner);
                schedule.on_recorded(span.len(), now)
            };
            lock(&writer.record).append(&line)?;
            if due {
                let path = lock(&writer.record).path().to_owned();
                let synced = writer.data.sync_data();
                synced.map_err(|source| CheckpointError::Io { action: "sync the data of", path, source })?;
                lock(&writer.record).sync()?;
            }
            Ok(())
        };
        match run_blocking(self.files.as_ref(), work).await {
            Ok(added) => Ok(added?),
            Err(_) => Err(DownloadErrorKind::Panicked { what: "the work on files" }),
        }
    }
}
