use oss_models::{Crc64, UploadId};

use super::Context;
use super::cleanup::AbortOnDrop;
use super::complete;
use super::context::{send, server_time};
use super::parts::{self, StoredParts};
use super::record::Checkpoint;
use super::resume::Session;
use crate::UploadResult;
use crate::checkpoint::{OpenUpload, Phase};
use crate::error::{Stage, UploadError};
use crate::events::UploadEvent;
use crate::plan::{MultipartPlan, PartLayout, Receipts};
use crate::source::{Filled, Freshness, RandomAccess, SourceError, StreamSource};

/// Where the parts come from.
pub(super) enum MultipartSource {
    RandomAccess { source: RandomAccess, layout: PartLayout },
    Stream(Box<StreamStart>),
}

impl MultipartSource {
    fn part_size(&self) -> u64 {
        match self {
            Self::RandomAccess { layout, .. } => layout.part_size(),
            Self::Stream(start) => start.plan.part_size(),
        }
    }
}

/// A stream of which the first part was read.
pub(super) struct StreamStart {
    pub(super) stream: StreamSource,
    pub(super) first: Filled,
    pub(super) plan: MultipartPlan<UploadError>,
}

/// Initiates unless `session` is open already, uploads the parts, completes. An error names the upload id if there is
/// one, and leaves cleaning up to the caller.
pub(super) async fn multipart(
    context: &Context,
    source: MultipartSource,
    session: Option<Session>,
    mut checkpoint: Option<&mut Checkpoint>,
) -> Result<UploadResult, UploadError> {
    let (upload, adopted) = match session {
        Some(session) => (session.upload, session.adopted),
        None => (initiate(context, source.part_size(), checkpoint.as_deref_mut()).await?, Receipts::default()),
    };
    let mut guard = AbortOnDrop::new(context, &upload.id);
    if checkpoint.is_some() || context.settings.leave_parts_on_error {
        guard.disarm();
    }
    let done = parts_and_complete(context, source, &upload, adopted, checkpoint, &mut guard).await;
    guard.disarm();
    done.map_err(|error| error.with_upload_id(&upload.id))
}

async fn initiate(
    context: &Context,
    part_size: u64,
    checkpoint: Option<&mut Checkpoint>,
) -> Result<OpenUpload, UploadError> {
    let Some(checkpoint) = checkpoint else { return send_initiate(context).await };
    checkpoint.record.part_size = part_size;
    checkpoint.record.phase = Phase::Intent;
    checkpoint.record.parts.clear();
    // On disk before the server is asked, so that not even a crash in between leaves an upload that nobody knows of.
    checkpoint.save().await?;
    let upload = send_initiate(context).await?;
    let saved = checkpoint.enter(Phase::Uploading, &upload).await;
    saved.map_err(|error| error.with_upload_id(&upload.id))?;
    Ok(upload)
}

pub(super) async fn send_initiate(context: &Context) -> Result<OpenUpload, UploadError> {
    let mut failures = 0;
    let response = loop {
        let sending = send(&context.service, context.requests.initiate());
        let (unknown, error) = match context.unless_cancelled(Stage::Initiate, sending).await? {
            Ok((response, exchange)) => {
                warn_of_lost_initiate(context, exchange.earlier_attempt_unknown);
                break response;
            }
            Err(error) => (error.outcome_unknown(), error),
        };
        warn_of_lost_initiate(context, unknown);
        failures += 1;
        context.wait_to_retry(Stage::Initiate, error, failures).await?;
    };
    let upload = OpenUpload::new(response.upload_id, server_time(&response.headers));
    tracing::debug!(upload_id = %upload.id, "initiated");
    context.reporter.emit(UploadEvent::Initiated { upload_id: upload.id.clone() });
    Ok(upload)
}

/// Nothing tells whether an upload of the same key is ours, so none is aborted for it.
fn warn_of_lost_initiate(context: &Context, lost: bool) {
    if lost {
        context.reporter.warn("a response to Initiate was lost; an empty upload of this key, begun now, may be left");
    }
}

async fn parts_and_complete(
    context: &Context,
    source: MultipartSource,
    upload: &OpenUpload,
    adopted: Receipts,
    checkpoint: Option<&mut Checkpoint>,
    guard: &mut AbortOnDrop,
) -> Result<UploadResult, UploadError> {
    let random_access = match &source {
        MultipartSource::RandomAccess { source, .. } => Some(source.clone()),
        MultipartSource::Stream(_) => None,
    };
    let writer = checkpoint.as_ref().map(|checkpoint| checkpoint.part_writer());
    let stored = upload_parts(context, source, &upload.id, adopted, writer).await?;
    if let Some(source) = random_access {
        check_source(context, &source, stored.receipts.crc64()).await?;
    }
    if let Some(checkpoint) = checkpoint {
        checkpoint.enter(Phase::Completing, upload).await?;
    }
    // From here on an abort might destroy an object in the making.
    guard.disarm();
    context.reporter.emit(UploadEvent::Completing);
    complete::complete(context, upload, stored).await
}

async fn upload_parts(
    context: &Context,
    source: MultipartSource,
    upload_id: &UploadId,
    adopted: Receipts,
    writer: Option<super::record::PartWriter>,
) -> Result<StoredParts, UploadError> {
    let mut parts = parts::Parts::new(context, upload_id, source, adopted, writer)?;
    let outcome = parts.run().await;
    // Nothing may arrive at the server once an abort or a Complete is under way.
    parts.end_tasks().await;
    outcome?;
    parts.finish()
}

/// The source must still be what it was. Where only its attributes changed, its bytes are read once more, and must be
/// those that were sent.
pub(super) async fn check_source(
    context: &Context,
    source: &RandomAccess,
    sent: Option<Crc64>,
) -> Result<(), UploadError> {
    let failed = |error: SourceError| UploadError::new(Stage::Source, error);
    if source.check().await.map_err(failed)? == Freshness::Same {
        return Ok(());
    }
    let Some(sent) = sent else { return Ok(()) };
    let reading = context.unless_cancelled(Stage::Source, source.crc64(0, source.len()));
    match (reading.await?.map_err(failed)? == sent, source.file()) {
        (false, Some(file)) => Err(failed(file.changed("it was written to"))),
        _ => Ok(()),
    }
}
