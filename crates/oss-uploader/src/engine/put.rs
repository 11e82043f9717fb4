use std::pin::pin;
use std::sync::Arc;

use oss_models::{Body, CallError, Crc64, PutObjectResult};
use oss_transfer::PartGauge;

use super::Context;
use super::send::{Exchange, send};
use crate::UploadResult;
use crate::error::{Stage, Stored, UploadError};
use crate::plan::{Attempts, Evidence, PutPlan, PutStep};
use crate::source::{PartBody, PartSource};

/// Sends the whole object by one PutObject.
pub(super) async fn put(
    context: &Context,
    source: Result<PartSource, UploadError>,
) -> Result<UploadResult, UploadError> {
    let source = &source?;
    context.reporter.set_total(source.len());
    let forbid_overwrite = context.requests.forbids_overwrite();
    let mut plan = PutPlan::new(source.len(), forbid_overwrite, &context.settings, context.elapsed());
    let mut gauge = PartGauge::new(&context.reporter.meter);
    loop {
        match plan.next(context.elapsed()) {
            PutStep::Send => {
                gauge = PartGauge::new(&context.reporter.meter);
                match attempt(context, source, &gauge).await {
                    Ok(Ok((response, exchange))) => {
                        plan.on_sent(Evidence::Put(Box::new(response)), exchange.sent.map(|sent| sent.crc64));
                    }
                    Ok(Err(error)) => plan.on_failed(error, context.elapsed(), context.jitter()),
                    Err(error) => plan.on_interrupted(error),
                }
            }
            PutStep::Prove => match source.crc64().await {
                Ok(crc64) => {
                    let asking = Attempts::new(Stage::Put, Stored::Unknown, context.settings.retry);
                    let head = context.persist(asking, context.requests.head(), || {}).await;
                    plan.on_head(crc64, head, context.elapsed(), context.jitter());
                }
                Err(error) => plan.on_interrupted(UploadError::new(Stage::Put, error, Stored::No)),
            },
            PutStep::Check(sent) => plan.on_checked(check(context, source, sent).await),
            PutStep::WaitUntil(at) => {
                context.wait_until(Stage::Put, Stored::No, at).await.unwrap_or_else(|error| plan.on_interrupted(error));
            }
            PutStep::Done => break,
        }
    }
    let placed = plan.finish()?;
    gauge.confirm(source.len());
    Ok(UploadResult::of(placed, context.requests.wants_callback()).counted_whole(source.len()))
}

/// Sends the object once. The outer error is one of this side.
async fn attempt(
    context: &Context,
    source: &PartSource,
    gauge: &Arc<PartGauge>,
) -> Result<Result<(PutObjectResult, Exchange), CallError>, UploadError> {
    let _slot = context.unless_cancelled(Stage::Put, Stored::No, context.connection()).await?;
    context.check_source(source, None, Stored::No).await?;
    let body = PartBody::new(source.clone(), gauge.clone()).paced(context.scheduler.pacer());
    let sending = send(&context.service, context.requests.put(Body::replayable(body)));
    context.unless_cancelled(Stage::Put, Stored::No, watch_progress(context, sending)).await?
}

/// Shows the progress while the object is under way.
async fn watch_progress<T>(context: &Context, sending: impl Future<Output = T>) -> Result<T, UploadError> {
    let mut sending = pin!(sending);
    loop {
        tokio::select! {
            biased;
            sent = &mut sending => return Ok(sent),
            () = context.reporter.meter.moved() => context.reporter.progress(Stored::No)?,
        }
    }
}

/// The CRC64 of what was sent, if the source is still what it was.
async fn check(context: &Context, source: &PartSource, sent: Option<Crc64>) -> Result<Crc64, UploadError> {
    let sent = match sent {
        Some(sent) => sent,
        None => source.crc64().await.map_err(|error| UploadError::new(Stage::Put, error, Stored::Yes))?,
    };
    context.check_source(source, Some(sent), Stored::Yes).await?;
    Ok(sent)
}
