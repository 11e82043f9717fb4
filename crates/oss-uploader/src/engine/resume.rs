use oss_models::{Crc64, HeadObjectResult, UploadId};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::Context;
use super::abort::abort;
use super::record::Checkpoint;
use crate::UploadResult;
use crate::checkpoint::Loaded;
use crate::error::{Stage, Stored, UploadError};
use crate::events::UploadEvent;
use crate::plan::{
    Attempts, Candidate, PartReceipt, Previous, Resumable, ResumePlan, ResumeStep, Resumption, Session, examine,
};
use crate::source::{RandomAccess, SourceError};

/// What became of an earlier run.
pub(super) enum EarlierRun {
    /// There was none, or nothing of it can be used.
    None(Checkpoint),
    /// It can be resumed.
    Open(Checkpoint, Session),
    /// It had succeeded, and the caller was not told.
    Completed(Box<UploadResult>),
}

/// Looks at what an earlier run left: asks the server for its parts, and compares them with the local bytes.
pub(super) async fn look_for_earlier_run(
    context: &Context,
    checkpoint: Checkpoint,
    loaded: Loaded,
    source: &RandomAccess,
) -> Result<EarlierRun, UploadError> {
    match examine(loaded, &checkpoint.record, source.len(), context.settings.verify_resumed_parts) {
        Previous::None { warning } => {
            warning.into_iter().for_each(|warning| context.reporter.warn(warning));
            Ok(EarlierRun::None(checkpoint))
        }
        Previous::Obsolete { upload_id, reason } => {
            context.reporter.emit(UploadEvent::Restarted { reason: reason.to_owned() });
            abort_earlier(context, &upload_id).await;
            Ok(EarlierRun::None(checkpoint))
        }
        Previous::Resumable(run) => resume(context, checkpoint, *run, source).await,
    }
}

pub(super) async fn abort_earlier(context: &Context, upload_id: &UploadId) {
    if let Err(error) = abort(context, upload_id).await {
        context.reporter.warn(format!("the earlier upload {upload_id} could not be aborted: {error}"));
    }
}

async fn resume(
    context: &Context,
    mut checkpoint: Checkpoint,
    run: Resumable,
    source: &RandomAccess,
) -> Result<EarlierRun, UploadError> {
    run.warning.iter().for_each(|warning| context.reporter.warn(warning));
    let listing = context.requests.list_parts(&run.upload.id);
    let mut plan = ResumePlan::new(&run, source.len(), readers(context), &context.requests)?;
    checkpoint.record = run.record;
    let attempts = Attempts::new(Stage::Resume, Stored::No, context.settings.retry);
    let mut comparing = JoinSet::new();
    loop {
        match plan.next() {
            ResumeStep::List(marker) => {
                let mut request = listing.clone();
                request.part_number_marker = marker;
                plan.on_page(context.persist(attempts, request, || {}).await);
            }
            ResumeStep::Prove => {
                let (crc64, head) = prove(context, attempts, source).await?;
                plan.on_head(crc64, head);
            }
            ResumeStep::Save => plan.on_saved(checkpoint.save().await),
            ResumeStep::Compare(candidate) => {
                comparing.spawn(compare(candidate, source.clone()).in_current_span());
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
            context.reporter.meter.add_reused(source.len());
            checkpoint.finish(context).await;
            Ok(EarlierRun::Completed(Box::new(result.counted_reused(upload_id, source.len(), part_size, parts))))
        }
        Resumption::Restart { upload_id, reason } => {
            abort_earlier(context, &upload_id).await;
            context.reporter.emit(UploadEvent::Restarted { reason });
            checkpoint.forget_imported(context).await;
            Ok(EarlierRun::None(checkpoint))
        }
    }
}

/// Sums up the source and asks for the object.
async fn prove(
    context: &Context,
    attempts: Attempts,
    source: &RandomAccess,
) -> Result<(Crc64, Result<HeadObjectResult, UploadError>), UploadError> {
    let whole = source.whole();
    let reading = context.unless_cancelled(Stage::Resume, Stored::Unknown, whole.crc64());
    let crc64 = reading.await?.map_err(|error| UploadError::new(Stage::Resume, error, Stored::Unknown))?;
    Ok((crc64, context.persist(attempts, context.requests.head(), || {}).await))
}

/// Parts that are read at a time: as many as are sent, and no more than can be summed up.
fn readers(context: &Context) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    context.settings.parallel_num.expected().min(processors)
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
    match context.unless_cancelled(Stage::Resume, Stored::No, comparing.join_next()).await? {
        None => Ok(None),
        Some(Ok(compared)) => compared,
        Some(Err(_)) => Err(UploadError::new(Stage::Resume, SourceError::Panicked, Stored::No)),
    }
}
