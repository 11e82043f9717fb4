//! Carries out what the plan says: opens the source, sends requests, keeps the record, cleans up. It decides nothing.

mod abort;
mod complete;
mod context;
mod copy;
mod copy_part;
mod dropped;
mod initiate;
mod parts;
mod put;
mod reading;
mod record;
mod resume;
mod send;
mod session;

pub(crate) use abort::abort;
pub(crate) use complete::complete;
pub(crate) use context::Context;
pub(crate) use copy::copy;
pub(crate) use initiate::initiate;
pub(crate) use session::send_part;

use reading::Reading;
use record::Checkpoint;
use resume::{EarlierRun, look_for_earlier_run};

use crate::UploadResult;
use crate::checkpoint::CheckpointPlace;
use crate::error::{Stage, Stored, UploadError};
use crate::events::UploadEvent;
use crate::plan::{
    self, Asked, MultipartPlan, PartLayout, PlanOptions, Quiet, Step, UploadPlan, UploadStep, keeps_record,
    stream_sizes,
};
use crate::source::{FileRules, Input, OpenSource, Origin, Source, StreamSource, StreamStart};

/// Uploads one source to one object. What needs no checkpoint must not fail for want of a place for it, so the place is
/// asked for only then.
pub(crate) async fn run(
    context: &Context,
    source: Source,
    place: impl FnOnce() -> Result<Option<CheckpointPlace>, UploadError>,
) -> Result<UploadResult, UploadError> {
    let opening = source.open_soon(context.files.clone(), FileRules::of(&context.settings), &context.open_files);
    let opening = context.unless_cancelled((Stage::Source, Stored::No), opening);
    let result = match opening.await?.map_err(|error| UploadError::new(Stage::Source, error, Stored::No))? {
        OpenSource::RandomAccess(source) => {
            let layout = plan::layout(source.len(), &context.settings)?;
            context.started(Some(source.len()));
            random_access(context, Origin::Local(source), layout, place).await?
        }
        OpenSource::Stream(stream) => {
            Box::pin(sequential(context, stream.expecting_md5(context.requests.content_md5()))).await?
        }
    };
    context.reporter.set_total(result.size);
    context.finished(result)
}

/// The life of an upload whose source is open. What a small object does not need is boxed: its states are large, and every
/// future of an upload would be as large as they are.
async fn carry_out(
    context: &Context,
    mut plan: UploadPlan,
    mut input: Input,
    mut checkpoint: Option<Checkpoint>,
) -> Result<UploadResult, UploadError> {
    // What the server asked parts to wait counts for those that are sent again, too.
    let mut quiet = Quiet::default();
    loop {
        match plan.next() {
            UploadStep::Put => plan.on_put(put::put(context, input.whole()).await),
            UploadStep::Record(phase) => plan.on_recorded(match &mut checkpoint {
                Some(checkpoint) => Box::pin(checkpoint.enter(phase)).await,
                None => Ok(()),
            }),
            UploadStep::Initiate => plan.on_initiated(Box::pin(initiate(context)).await),
            UploadStep::Parts(session) => {
                let (upload, aborts) = (session.upload.clone(), plan.aborts_if_dropped());
                let record = checkpoint.as_ref();
                let sending = parts::upload_parts(context, *session, &mut input, record, aborts, &mut quiet);
                plan.on_parts(upload, Box::pin(sending).await);
            }
            UploadStep::Complete(upload, stored) => {
                let record = checkpoint.as_ref().map(|checkpoint| &checkpoint.record);
                let asked = Asked::of_parts(&context.requests, record);
                context.reporter.emit(UploadEvent::Completing);
                let completing = complete(context, &upload, &stored, asked, plan.aborts_if_dropped());
                plan.on_completed(&upload, Box::pin(completing).await);
            }
            UploadStep::Restart { reason, left } => {
                left.into_iter().for_each(|left| context.reporter.warn(left));
                context.reporter.restart(reason);
            }
            UploadStep::Abort(id) => plan.on_aborted(Box::pin(abort(context, &id)).await.err()),
            UploadStep::ForgetRecord => {
                if let Some(checkpoint) = checkpoint.take() {
                    Box::pin(checkpoint.remove(context)).await;
                }
            }
            UploadStep::FinishRecord => {
                if let Some(checkpoint) = checkpoint.take() {
                    Box::pin(checkpoint.finish(context)).await;
                }
            }
            UploadStep::Done => return plan.finish(),
        }
    }
}

/// An upload of bytes that can be read anywhere: looks for what an earlier run left, if a record is kept, and carries the
/// upload out from there.
async fn random_access(
    context: &Context,
    origin: Origin,
    layout: PartLayout,
    place: impl FnOnce() -> Result<Option<CheckpointPlace>, UploadError>,
) -> Result<UploadResult, UploadError> {
    let (size, settings) = (origin.size(), &context.settings);
    let place = if keeps_record(size, settings) { place()? } else { None };
    let md5 = context.requests.content_md5().filter(|_| plan::compares_md5(size, place.is_some(), settings));
    if let Some((md5, source)) = md5.zip(origin.local()) {
        let whole = source.whole();
        let comparing = context.unless_cancelled((Stage::Source, Stored::No), whole.check_md5(md5));
        Box::pin(comparing).await?.map_err(|error| UploadError::new(Stage::Source, error, Stored::No))?;
    }
    let (checkpoint, resumed) = match place.zip(origin.stamp()) {
        Some((place, stamp)) => match Box::pin(look_for_earlier_run(context, place, stamp, layout, &origin)).await? {
            EarlierRun::Completed(result) => return Ok(*result),
            EarlierRun::Open(checkpoint, session) => (Some(checkpoint), Some(session)),
            EarlierRun::None(checkpoint) => (checkpoint, None),
        },
        None => (None, None),
    };
    let plan = UploadPlan::random_access(size, resumed, checkpoint.is_some(), settings);
    carry_out(context, plan, Input::RandomAccess(origin, layout), checkpoint).await
}

/// Reads the first part before anything is sent: a stream that ends within it needs no multipart upload.
async fn sequential(context: &Context, mut stream: StreamSource) -> Result<UploadResult, UploadError> {
    let (declared, settings) = (stream.len(), &context.settings);
    let sizes = stream_sizes(declared, settings)?;
    context.started(declared);
    let mut parts = MultipartPlan::stream(sizes, settings.byte_budget, PlanOptions::of(settings));
    let want = match parts.poll_step(context.elapsed()) {
        Step::Read(want) => want,
        _ => settings.part_size,
    };
    let reading = Reading::new(context);
    let filling = context.guard_panics("the reader", async move { (reading.fill(&mut stream, want).await, stream) });
    let (first, stream) = context.unless_cancelled((Stage::Source, Stored::No), filling).await??;
    let first = first.map_err(|error| UploadError::new(Stage::Source, error, Stored::No))?;
    let plan = UploadPlan::stream(first.blocks.len(), first.ended, settings);
    let start = StreamStart { stream, first, plan: parts };
    carry_out(context, plan, Input::Stream(Some(Box::new(start))), None).await
}
