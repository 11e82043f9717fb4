use oss_models::{Crc64, UploadId};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::Context;
use super::abort::abort;
use super::record::Checkpoint;
use crate::UploadResult;
use crate::checkpoint::{CheckpointPlace, SourceStamp};
use crate::error::{Stage, Stored, UploadError};
use crate::events::UploadEvent;
use crate::plan::{
    Candidate, PartLayout, PartReceipt, Previous, Resumable, ResumePlan, ResumeStep, Resumption, Session, examine,
    examine_copy, readers,
};
use crate::source::{Origin, RandomAccess, SourceError};

/// What became of an earlier run.
pub(super) enum EarlierRun {
    /// There was none, or nothing of it can be used. Without a record no run is remembered.
    None(Option<Checkpoint>),
    /// It can be resumed.
    Open(Checkpoint, Session),
    /// It had succeeded, and the caller was not told.
    Completed(Box<UploadResult>),
}

/// Opens the record and looks at what an earlier run left: asks the server for its parts, and compares them.
pub(super) async fn look_for_earlier_run(
    context: &Context,
    place: CheckpointPlace,
    stamp: SourceStamp,
    layout: PartLayout,
    origin: &Origin,
) -> Result<EarlierRun, UploadError> {
    let opened = Checkpoint::open(context, place, stamp, layout).await?;
    let Some((checkpoint, loaded)) = opened else { return Ok(EarlierRun::None(None)) };
    let previous = match origin {
        Origin::Local(source) => {
            examine(loaded, &checkpoint.record, source.len(), context.settings.verify_resumed_parts)
        }
        Origin::Object(source) => examine_copy(loaded, &checkpoint.record, &source.object),
    };
    match previous {
        Previous::None { warning } => {
            warning.into_iter().for_each(|warning| context.reporter.warn(warning));
            Ok(EarlierRun::None(Some(checkpoint)))
        }
        Previous::Resumable(run) => resume(context, checkpoint, *run, origin).await,
        Previous::Obsolete { upload_id, reason } => {
            Ok(begin_again(context, checkpoint, &upload_id, reason.to_owned()).await)
        }
    }
}

/// Nothing of the earlier run can be used.
async fn begin_again(
    context: &Context,
    mut checkpoint: Checkpoint,
    upload_id: &UploadId,
    reason: String,
) -> EarlierRun {
    context.reporter.emit(UploadEvent::Restarted { reason });
    if let Err(error) = abort(context, upload_id).await {
        context.reporter.warn(format!("the earlier upload {upload_id} could not be aborted: {error}"));
    }
    checkpoint.forget_imported(context).await;
    EarlierRun::None(Some(checkpoint))
}

async fn resume(
    context: &Context,
    mut checkpoint: Checkpoint,
    run: Resumable,
    origin: &Origin,
) -> Result<EarlierRun, UploadError> {
    run.warning.iter().for_each(|warning| context.reporter.warn(warning));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let readers = readers(&context.settings, processors);
    let listing = context.requests.list_parts(&run.upload.id);
    let mut plan = ResumePlan::new(&run, origin.size(), readers, &context.requests)?;
    checkpoint.record = run.record;
    let mut comparing = JoinSet::new();
    loop {
        match plan.next() {
            ResumeStep::List(marker) => {
                let mut request = listing.clone();
                request.part_number_marker = marker;
                plan.on_page(context.persist((Stage::Resume, Stored::No), request).await);
            }
            ResumeStep::Prove => {
                let crc64 = whole_crc64(context, origin).await?;
                plan.on_head(crc64, context.persist((Stage::Resume, Stored::No), context.requests.head()).await);
            }
            ResumeStep::Save => plan.on_saved(checkpoint.save().await),
            ResumeStep::Compare(candidate) => {
                // Of a copy there are no local bytes, so nothing is compared with them.
                if let Some(source) = origin.local() {
                    comparing.spawn(compare(candidate, source.clone()).in_current_span());
                }
            }
            ResumeStep::Idle => plan.on_compared(next_compared(context, &mut comparing).await),
            ResumeStep::Done => break,
        }
    }
    match plan.finish()? {
        Resumption::Resumed(session) => {
            let (parts, bytes) = (session.adopted.len(), session.adopted.size());
            let upload_id = session.upload.id.clone();
            tracing::Span::current().record("upload_id", upload_id.as_str());
            context.reporter.meter.add_reused(bytes);
            context.reporter.emit(UploadEvent::Resumed { upload_id, parts, bytes });
            Ok(EarlierRun::Open(checkpoint, session))
        }
        Resumption::Completed { placed, upload_id, part_size, parts } => {
            let result = UploadResult::of(*placed, context.requests.wants_callback());
            context.reporter.meter.add_reused(origin.size());
            checkpoint.finish(context).await;
            Ok(EarlierRun::Completed(Box::new(result.counted_reused(upload_id, origin.size(), part_size, parts))))
        }
        Resumption::Restart { upload_id, reason } => Ok(begin_again(context, checkpoint, &upload_id, reason).await),
    }
}

/// The CRC64 that an object has which is made of these bytes.
async fn whole_crc64(context: &Context, origin: &Origin) -> Result<Crc64, UploadError> {
    match origin {
        Origin::Object(source) => Ok(source.object.crc64.unwrap_or_default()),
        Origin::Local(source) => {
            let whole = source.whole();
            let reading = context.unless_cancelled((Stage::Resume, Stored::Unknown), whole.crc64());
            reading.await?.map_err(|error| UploadError::new(Stage::Resume, error, Stored::Unknown))
        }
    }
}

type Compared = Result<Option<PartReceipt>, UploadError>;

/// Reads the part's range of the source; `None` if the server has other bytes.
async fn compare(candidate: Candidate, source: RandomAccess) -> Compared {
    let part = candidate.part;
    let sums = source.part(part.offset, part.len).sums(candidate.needs_md5()).await;
    let (crc64, md5) =
        sums.map_err(|error| UploadError::new(Stage::Resume, error, Stored::No).with_part(part.number, 1))?;
    Ok(candidate.compare(crc64, md5.as_ref()))
}

async fn next_compared(context: &Context, comparing: &mut JoinSet<Compared>) -> Compared {
    match context.unless_cancelled((Stage::Resume, Stored::No), comparing.join_next()).await? {
        None => Ok(None),
        Some(Ok(compared)) => compared,
        Some(Err(_)) => Err(UploadError::new(Stage::Resume, SourceError::Panicked, Stored::No)),
    }
}
