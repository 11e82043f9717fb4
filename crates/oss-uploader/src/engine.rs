//! Carries out what the plan says: opens the source, sends requests, keeps the record, cleans up. Decides nothing that
//! the plan can decide.

mod cleanup;
mod complete;
mod context;
mod first;
mod multipart;
mod parts;
mod proof;
mod put;
mod record;
mod requests;
mod resume;
mod session;
#[cfg(test)]
mod speed;

pub(crate) use context::{Command, Context, ProgressCallback, Reporter, Service};
pub(crate) use record::CheckpointPlace;
pub(crate) use requests::Requests;
pub(crate) use session::{abort, complete, initiate, send_part};

use multipart::{MultipartSource, StreamStart};
use record::Checkpoint;
use resume::Found;

use crate::error::{Stage, UploadError, UploadErrorKind};
use crate::events::UploadEvent;
use crate::plan::{GrowingLayout, MultipartPlan, PartLayout, Step, StreamSizes};
use crate::source::{FileRules, GrowthRule, LinkRule, OpenSource, PartData, RandomAccess, Source, StreamSource};
use crate::{Settings, UploadResult};

/// Uploads one source to one object. What needs no checkpoint must not fail for want of a place for it, so the place is
/// asked for only then.
pub(crate) async fn run(
    context: &Context,
    source: Source,
    checkpoint: impl FnOnce() -> Result<Option<CheckpointPlace>, UploadError>,
) -> Result<UploadResult, UploadError> {
    let opening = context.unless_cancelled(Stage::Source, source.open_soon(file_rules(&context.settings)));
    let source = opening.await?.map_err(|error| UploadError::new(Stage::Source, error))?;
    let result = match source {
        OpenSource::RandomAccess(source) => random_access(context, source, checkpoint).await?,
        OpenSource::Stream(stream) => sequential(context, stream).await?,
    };
    context.reporter.meter.set_total(result.size);
    context.reporter.progress()?;
    Ok(result)
}

async fn random_access(
    context: &Context,
    source: RandomAccess,
    place: impl FnOnce() -> Result<Option<CheckpointPlace>, UploadError>,
) -> Result<UploadResult, UploadError> {
    let size = source.len();
    let settings = &context.settings;
    settings.check_size(size).map_err(|error| UploadError::new(Stage::Options, error))?;
    context.reporter.meter.set_total(size);
    context.reporter.emit(UploadEvent::Started { size: Some(size) });

    let layout = layout(settings, size)?;
    let place = if size >= settings.checkpoint_threshold { place()? } else { None };
    let (mut checkpoint, mut found) = match (place, source.file()) {
        (Some(place), Some(file)) => {
            let (checkpoint, loaded) = Checkpoint::open(context, place, file.stamp(), layout).await?;
            match resume::look_for_earlier_run(context, checkpoint, loaded, &source).await? {
                Found::Finished(result) => return Ok(*result),
                Found::Open(checkpoint, session) => (Some(checkpoint), Some(session)),
                Found::Nothing(checkpoint) => (Some(checkpoint), None),
            }
        }
        _ => (None, None),
    };
    if found.is_none() && (size < settings.multipart_threshold || size == 0) {
        if let Some(checkpoint) = checkpoint.take() {
            checkpoint.remove(context).await;
        }
        return put::put(context, source.data(0, size), Some(&source)).await;
    }

    let mut restarts_left = u32::from(settings.restart_lost_upload);
    loop {
        let layout = found.as_ref().map_or(layout, |session| session.layout);
        let source = MultipartSource::RandomAccess { source: source.clone(), layout };
        match multipart::multipart(context, source, found.take(), checkpoint.as_mut()).await {
            Err(error) if error.is_upload_gone() && restarts_left > 0 => {
                restarts_left -= 1;
                context.reporter.meter.restart();
                context.reporter.emit(UploadEvent::Restarted { reason: error.to_string() });
            }
            Err(error) if error.is_upload_gone() => {
                // What it names is gone, so the record is of no more use.
                if let Some(checkpoint) = checkpoint {
                    checkpoint.remove(context).await;
                }
                return Err(error);
            }
            Err(error) => return Err(cleanup::settle(context, checkpoint, error).await),
            Ok(result) => {
                if let Some(checkpoint) = checkpoint {
                    checkpoint.finish(context).await;
                }
                return Ok(result);
            }
        }
    }
}

/// Reads the first part before anything is sent: a stream that ends within it needs no multipart upload.
async fn sequential(context: &Context, mut stream: StreamSource) -> Result<UploadResult, UploadError> {
    let settings = &context.settings;
    let declared = stream.len();
    let sizes = match declared {
        Some(size) => {
            settings.check_size(size).map_err(|error| UploadError::new(Stage::Options, error))?;
            context.reporter.meter.set_total(size);
            let layout = layout(settings, size)?;
            within_budget(settings, layout.part_size().min(size))?;
            StreamSizes::Known(layout)
        }
        None => {
            let parallel = settings.parallel_num.expected();
            StreamSizes::Growing(GrowingLayout::new(settings.part_size, parallel, settings.byte_budget))
        }
    };
    context.reporter.emit(UploadEvent::Started { size: declared });

    let mut plan = MultipartPlan::stream(sizes, settings.byte_budget, context.plan_options());
    let want = match plan.poll_step(context.elapsed()) {
        Step::Read(want) => want,
        _ => settings.part_size,
    };
    let room = context.scheduler.buffer(settings.priority, want);
    let room = context.unless_cancelled(Stage::Source, room).await?;
    let filling = context.guard_panics("the reader", async move { (stream.fill(want).await, stream) });
    let (first, stream) = context.unless_cancelled(Stage::Source, filling).await??;
    let first = first.map(|first| first.holding(room));
    let first = first.map_err(|error| UploadError::new(Stage::Source, error))?;
    let len = first.blocks.len();
    if first.ended && (len < settings.multipart_threshold || len == 0) {
        context.reporter.meter.set_total(len);
        return put::put(context, PartData::Blocks(first.blocks), None).await;
    }
    let source = MultipartSource::Stream(Box::new(StreamStart { stream, first, plan }));
    match multipart::multipart(context, source, None, None).await {
        Ok(result) => Ok(result),
        Err(error) => Err(cleanup::settle(context, None, error).await),
    }
}

fn file_rules(settings: &Settings) -> FileRules {
    FileRules {
        growth: if settings.allow_growth { GrowthRule::MayGrow } else { GrowthRule::Unchanged },
        links: if settings.follow_links { LinkRule::Follow } else { LinkRule::Refuse },
    }
}

fn layout(settings: &Settings, size: u64) -> Result<PartLayout, UploadError> {
    PartLayout::new(size, settings.part_size)
        .map_err(|error| UploadError::new(Stage::Options, UploadErrorKind::ByteBudget { reason: error.to_string() }))
}

/// One part is sent while the next one is read, so two of them must fit.
fn within_budget(settings: &Settings, part_size: u64) -> Result<(), UploadError> {
    let needed = part_size.saturating_mul(2);
    if needed <= settings.byte_budget {
        return Ok(());
    }
    let reason = format!("parts of {part_size} bytes need a byte_budget of at least {needed}");
    Err(UploadError::new(Stage::Options, UploadErrorKind::ByteBudget { reason }))
}
