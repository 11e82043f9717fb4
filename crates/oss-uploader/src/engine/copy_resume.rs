use oss_models::UploadId;

use super::context::Context;
use super::record::Checkpoint;
use super::resume::{EarlierRun, abort_earlier};
use crate::UploadResult;
use crate::checkpoint::{Loaded, Phase};
use crate::error::{Stage, Stored, UploadError};
use crate::events::UploadEvent;
use crate::plan::{Attempts, CopiedObject, Previous, Resumable, ResumePlan, ResumeStep, Resumption, examine};

/// Looks at what an earlier run of a copy left. Its parts were made of the object that the record names, so they are
/// adopted if that is still the source; the CRC64 of the whole proves them in the end.
pub(super) async fn look_for_earlier_copy(
    context: &Context,
    checkpoint: Checkpoint,
    loaded: Loaded,
    object: &CopiedObject,
) -> Result<EarlierRun, UploadError> {
    let same_source = matches!(&loaded, Loaded::Record(record) if record.source == checkpoint.record.source);
    match examine(loaded, &checkpoint.record, object.size, false) {
        Previous::None { warning } => {
            warning.into_iter().for_each(|warning| context.reporter.warn(warning));
            Ok(EarlierRun::None(checkpoint))
        }
        Previous::Resumable(run) if same_source => resume(context, checkpoint, *run, object).await,
        Previous::Resumable(run) => Ok(discard(context, checkpoint, &run.upload.id).await),
        Previous::Obsolete { upload_id, .. } => Ok(discard(context, checkpoint, &upload_id).await),
    }
}

/// The earlier run copied another object, or stored it in another way.
async fn discard(context: &Context, checkpoint: Checkpoint, upload_id: &UploadId) -> EarlierRun {
    let reason = "the source changed since the earlier run, or is to be stored in another way".to_owned();
    context.reporter.emit(UploadEvent::Restarted { reason });
    abort_earlier(context, upload_id).await;
    EarlierRun::None(checkpoint)
}

async fn resume(
    context: &Context,
    mut checkpoint: Checkpoint,
    mut run: Resumable,
    object: &CopiedObject,
) -> Result<EarlierRun, UploadError> {
    if object.crc64.is_none() {
        // Nothing could prove that an object that is there is the one that was completed.
        run.record.phase = Phase::Uploading(run.upload.clone());
    }
    let listing = context.requests.list_parts(&run.upload.id);
    let mut plan = ResumePlan::new(&run, object.size, 1, &context.requests)?;
    checkpoint.record = run.record;
    let attempts = Attempts::new(Stage::Resume, Stored::No, context.settings.retry);
    loop {
        match plan.next() {
            ResumeStep::List(marker) => {
                let mut request = listing.clone();
                request.part_number_marker = marker;
                plan.on_page(context.persist(attempts, request, || {}).await);
            }
            ResumeStep::Prove => {
                let head = context.persist(attempts, context.requests.head(), || {}).await;
                plan.on_head(object.crc64.unwrap_or_default(), head);
            }
            ResumeStep::Save => plan.on_saved(checkpoint.save().await),
            // There are no local bytes, so nothing is compared with them.
            ResumeStep::Compare(_) | ResumeStep::Idle => plan.on_compared(Ok(None)),
            ResumeStep::Done => break,
        }
    }
    match plan.finish()? {
        Resumption::Resumed(session) => {
            let (parts, bytes, upload_id) = (session.adopted.len(), session.adopted.size(), session.upload.id.clone());
            tracing::Span::current().record("upload_id", upload_id.as_str());
            context.reporter.meter.add_reused(bytes);
            context.reporter.emit(UploadEvent::Resumed { upload_id, parts, bytes });
            Ok(EarlierRun::Open(checkpoint, session))
        }
        Resumption::Completed { placed, upload_id, part_size, parts } => {
            let result = UploadResult::of(*placed, false).counted_reused(upload_id, object.size, part_size, parts);
            context.reporter.meter.add_reused(object.size);
            checkpoint.finish(context).await;
            Ok(EarlierRun::Completed(Box::new(result)))
        }
        Resumption::Restart { upload_id, reason } => {
            abort_earlier(context, &upload_id).await;
            context.reporter.emit(UploadEvent::Restarted { reason });
            Ok(EarlierRun::None(checkpoint))
        }
    }
}
