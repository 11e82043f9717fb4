use oss_models::{Crc64, UploadId};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::Context;
use super::abort::abort;
use super::record::Checkpoint;
use crate::UploadResult;
use crate::checkpoint::{CheckpointPlace, Loaded, Phase, SourceStamp};
use crate::error::{Stage, Stored, UploadError};
use crate::events::UploadEvent;
use crate::plan::{
    Attempts, Candidate, CopiedObject, PartLayout, PartReceipt, Previous, Resumable, ResumePlan, ResumeStep,
    Resumption, Session, examine,
};
use crate::source::{RandomAccess, SourceError};

/// What became of an earlier run.
pub(super) enum EarlierRun {
    /// There was none, or nothing of it can be used. Without a record no run is remembered.
    None(Option<Checkpoint>),
    /// It can be resumed.
    Open(Checkpoint, Session),
    /// It had succeeded, and the caller was not told.
    Completed(Box<UploadResult>),
}

/// Where the bytes of an upload come from that has a record.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// From here: the parts of an earlier run are compared with them.
    Local(&'a RandomAccess),
    /// From an object, and the parts of an earlier run were made of the one that its record names. They are adopted if that
    /// is still the source; the CRC64 of the whole proves them in the end.
    Object(&'a CopiedObject),
}

impl Origin<'_> {
    fn size(&self) -> u64 {
        match self {
            Self::Local(source) => source.len(),
            Self::Object(object) => object.size,
        }
    }
}

/// Opens the record and looks at what an earlier run left: asks the server for its parts, and compares them.
pub(super) async fn look_for_earlier_run(
    context: &Context,
    place: CheckpointPlace,
    stamp: SourceStamp,
    layout: PartLayout,
    origin: Origin<'_>,
) -> Result<EarlierRun, UploadError> {
    let opened = Checkpoint::open(context, place, stamp, layout).await?;
    let Some((checkpoint, loaded)) = opened else { return Ok(EarlierRun::None(None)) };
    let verify = matches!(origin, Origin::Local(_)) && context.settings.verify_resumed_parts;
    let is_same = matches!(&loaded, Loaded::Record(record) if record.source == checkpoint.record.source);
    match examine(loaded, &checkpoint.record, origin.size(), verify) {
        Previous::None { warning } => {
            warning.into_iter().for_each(|warning| context.reporter.warn(warning));
            Ok(EarlierRun::None(Some(checkpoint)))
        }
        Previous::Resumable(run) if is_same || matches!(origin, Origin::Local(_)) => {
            resume(context, checkpoint, *run, origin).await
        }
        Previous::Resumable(run) => {
            Ok(begin_again(context, checkpoint, &run.upload.id, ANOTHER_OBJECT.to_owned()).await)
        }
        Previous::Obsolete { upload_id, reason } => {
            let reason = if matches!(origin, Origin::Local(_)) { reason } else { ANOTHER_OBJECT };
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
    mut run: Resumable,
    origin: Origin<'_>,
) -> Result<EarlierRun, UploadError> {
    run.warning.iter().for_each(|warning| context.reporter.warn(warning));
    if matches!(origin, Origin::Object(CopiedObject { crc64: None, .. })) {
        // Nothing could prove that an object that is there is the one that was completed.
        run.record.phase = Phase::Uploading(run.upload.clone());
    }
    let listing = context.requests.list_parts(&run.upload.id);
    let mut plan = ResumePlan::new(&run, origin.size(), readers(context), &context.requests)?;
    checkpoint.record = run.record;
    let attempts = Attempts::new(Stage::Resume, Stored::No, context.settings.retry);
    let mut comparing = JoinSet::new();
    loop {
        match plan.next() {
            ResumeStep::List(marker) => {
                let mut request = listing.clone();
                request.part_number_marker = marker;
                plan.on_page(context.persist(attempts, request).await);
            }
            ResumeStep::Prove => {
                let crc64 = whole_crc64(context, origin).await?;
                plan.on_head(crc64, context.persist(attempts, context.requests.head()).await);
            }
            ResumeStep::Save => plan.on_saved(checkpoint.save().await),
            ResumeStep::Compare(candidate) => {
                // Of a copy there are no local bytes, so nothing is compared with them.
                if let Origin::Local(source) = origin {
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
async fn whole_crc64(context: &Context, origin: Origin<'_>) -> Result<Crc64, UploadError> {
    match origin {
        Origin::Object(object) => Ok(object.crc64.unwrap_or_default()),
        Origin::Local(source) => {
            let whole = source.whole();
            let reading = context.unless_cancelled((Stage::Resume, Stored::Unknown), whole.crc64());
            reading.await?.map_err(|error| UploadError::new(Stage::Resume, error, Stored::Unknown))
        }
    }
}

/// Parts that are read at a time: as many as are sent, and no more than can be summed up.
fn readers(context: &Context) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    context.settings.parallel_num.expected().min(processors)
}

/// Why nothing of an earlier copy can be used.
const ANOTHER_OBJECT: &str = "the source changed since the earlier run, or is to be stored in another way";

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
