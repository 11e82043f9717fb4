use std::collections::BTreeMap;

use oss_models::{Crc64, Crc64Digest};
use oss_transfer::files::{FileHandle, FileSystem, Links, OpenMode};

use super::checkpoint::{Checkpoint, Loaded};
use super::context::Context;
use super::file::{Job, Place, create, reopen};
use crate::error::{DownloadError, DownloadStage, TargetError};
use crate::events::DownloadEvent;
use crate::plan::{Earlier, Imported, OnDisk, Span, adopts};
use crate::record::SdkRecord;

/// What is left of an earlier run, as far as it can be resumed.
pub(super) async fn look(
    context: &Context,
    place: &Place,
    checkpoint: &mut Checkpoint,
    loaded: Loaded,
) -> Result<Option<Job>, DownloadError> {
    let job = match loaded {
        Loaded::Nothing => None,
        Loaded::Record(earlier) => from_record(context, place, earlier).await?,
        Loaded::Sdk(record) => from_sdk(context, place, checkpoint, record).await?,
    };
    if let Some(job) = &job {
        let bytes = job.layout.spans().enumerate().filter(|(index, _)| job.adopted.contains_key(index));
        let bytes = bytes.map(|(_, span)| span.len()).sum();
        context.reporter.meter.add_reused(bytes);
        context.started(job.target.len());
        context.reporter.emit(DownloadEvent::Resumed { parts: job.adopted.len(), bytes });
    }
    Ok(job)
}

async fn from_record(context: &Context, place: &Place, earlier: Earlier) -> Result<Option<Job>, DownloadError> {
    let Some(layout) = earlier.layout(context.requests.wanted) else { return Ok(None) };
    let (digest, len) = (place.identity.digest(), earlier.target.len());
    let reopening = || {
        let (target, digest) = (place.target.clone(), digest.clone());
        move || target.reopen(&digest, len)
    };
    let reopened = context.opening_files(DownloadStage::Target, reopening).await?;
    let Some(mut temp) = reopened else { return Ok(None) };
    temp.keep(true);
    let (object, described) = match reopen(context, &earlier.object).await {
        Ok(found) => found,
        Err(error) => {
            temp.keep(crate::plan::is_resumable(error.kind()));
            return Err(error);
        }
    };
    let spans: Vec<Span> = layout.spans().collect();
    let mut adopted = BTreeMap::new();
    for (index, recorded) in earlier.parts(&layout) {
        let Some(span) = spans.get(index).copied() else { continue };
        let found = match context.settings.verify_resumed_parts {
            true => {
                let (file, place) = (temp.handle().clone(), span.start.saturating_sub(earlier.target.start));
                let reading = context.on_files(DownloadStage::Checkpoint, move || {
                    Ok::<_, TargetError>(crc64_of(file.as_ref(), place, span.len()).ok())
                });
                let read = context.unless_cancelled(DownloadStage::Checkpoint, reading).await??;
                read.map_or(OnDisk::Unreadable, OnDisk::Bytes)
            }
            false => OnDisk::Unread,
        };
        if adopts(recorded, found) {
            adopted.insert(index, recorded);
        }
    }
    let trusted = !context.settings.verify_resumed_parts && !adopted.is_empty();
    Ok(Some(Job { object, target: earlier.target, layout, adopted, trusted, described, temp, first: None }))
}

/// Copies what an SDK fetched, and checks it on the way.
async fn from_sdk(
    context: &Context,
    place: &Place,
    checkpoint: &mut Checkpoint,
    record: SdkRecord,
) -> Result<Option<Job>, DownloadError> {
    let imported = Imported::new(context.requests.wanted, record.object.size, record.offset, record.part_size);
    let Some(imported) = imported else { return Ok(None) };
    let (object, described) = reopen(context, &record.object).await?;
    let (target, layout) = (imported.target, imported.layout);
    let temp = create(context, place, target).await?;
    let (files, file, data) = (context.files.clone(), temp.handle().clone(), record.data.clone());
    let spans: Vec<Span> = layout.spans().take(imported.parts).collect();
    let origin = target.start;
    let copying = context.on_files(DownloadStage::Checkpoint, move || {
        Ok::<_, TargetError>(copy(files.as_ref(), &data, file.as_ref(), &spans, origin).unwrap_or_default())
    });
    let copied = context.unless_cancelled(DownloadStage::Checkpoint, copying).await??;
    let verify = context.settings.verify_resumed_parts;
    let adopted = imported.adopt(record.crc64, &copied, verify);
    let trusted = imported.is_trusted(record.crc64);
    context.reporter.warn(format!("the download of an SDK was taken over from {}", record.path.display()));
    checkpoint.imported(record);
    Ok(Some(Job { object, target, layout, adopted, trusted, described, temp, first: None }))
}

/// Copies parts from one file to another and gives the CRC64 of each; ends at the first that is not there whole.
fn copy(
    files: &dyn FileSystem,
    from: &std::path::Path,
    to: &dyn FileHandle,
    spans: &[Span],
    origin: u64,
) -> std::io::Result<Vec<Crc64>> {
    let from = files.open(from, OpenMode::READ.links(Links::Refuse))?;
    let mut copied = Vec::new();
    for span in spans {
        let place = span.start.saturating_sub(origin);
        let mut digest = Crc64Digest::new();
        let read = each_block(from.as_ref(), place, span.len(), |at, block| {
            digest.update(block);
            to.write_all_at(block, at)
        });
        match read {
            Ok(()) => copied.push(digest.value()),
            Err(_) => break,
        }
    }
    Ok(copied)
}

fn crc64_of(file: &dyn FileHandle, place: u64, len: u64) -> std::io::Result<Crc64> {
    let mut digest = Crc64Digest::new();
    each_block(file, place, len, |_, block| {
        digest.update(block);
        Ok(())
    })?;
    Ok(digest.value())
}

/// Reads a range of a file, block by block; one that is not there whole is an error.
fn each_block(
    file: &dyn FileHandle,
    place: u64,
    len: u64,
    mut act: impl FnMut(u64, &[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut block = vec![0; BLOCK];
    let (mut at, end) = (place, place.saturating_add(len));
    while at < end {
        let most = usize::try_from(end - at).unwrap_or(BLOCK).min(BLOCK);
        let read = match block.get_mut(..most).map(|block| file.read_at(block, at)) {
            Some(Ok(read)) if read > 0 => read,
            Some(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Some(Err(error)) => return Err(error),
            _ => return Err(std::io::ErrorKind::UnexpectedEof.into()),
        };
        act(at, block.get(..read).unwrap_or_default())?;
        at += read as u64;
    }
    Ok(())
}

const BLOCK: usize = 256 << 10;
