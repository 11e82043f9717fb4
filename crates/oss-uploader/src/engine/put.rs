use std::pin::pin;
use std::sync::Arc;

use oss_models::{Body, CallError, Crc64, HeadObjectResult, PutObjectRequest, PutObjectResult};
use oss_transfer::PartGauge;
use tokio::time::timeout;

use super::Context;
use super::send::{Exchange, send, send_as};
use crate::UploadResult;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::plan::{Evidence, PutPlan, PutStep};
use crate::source::{Handover, PartBody, PartSource};

/// Sends the whole object by one PutObject.
pub(super) async fn put(
    context: &Context,
    source: Result<PartSource, UploadError>,
) -> Result<UploadResult, UploadError> {
    let source = &source?;
    context.reporter.set_total(source.len());
    let mut plan = PutPlan::new(source.len(), &context.requests, &context.settings, context.elapsed());
    let mut gauge = PartGauge::new(&context.reporter.meter);
    // CRC64 of the bytes that left last, whatever became of them.
    let mut sent = None;
    loop {
        match plan.next(context.elapsed()) {
            PutStep::Send => {
                gauge = PartGauge::new(&context.reporter.meter);
                let handover = Handover::of(source.len());
                let outcome = attempt(context, source, &gauge, &handover, &mut plan).await;
                for crc64 in handover.crc64s() {
                    plan.on_left(crc64);
                    sent = Some(crc64);
                }
                match outcome {
                    Ok(Ok((response, exchange))) => {
                        plan.on_sent(Evidence::Put(Box::new(response)), exchange.sent.map(|sent| sent.crc64));
                    }
                    Ok(Err(error)) => plan.on_failed(error, context.elapsed(), context.jitter()),
                    Err(error) => plan.on_interrupted(error, handover.is_whole()),
                }
            }
            PutStep::Prove { within } => match Box::pin(context.ask_once(ask(context, source, sent), within)).await {
                Ok(Ok((crc64, head))) => plan.on_head(crc64, head, context.elapsed(), context.jitter()),
                Ok(Err(error)) | Err(error) => plan.on_interrupted(error, false),
            },
            PutStep::Check(counted) => plan.on_checked(Box::pin(check(context, source, counted.or(sent))).await),
            PutStep::WaitUntil(at) => {
                let waiting = context.wait_until((Stage::Put, Stored::No), at);
                waiting.await.unwrap_or_else(|error| plan.on_interrupted(error, false));
            }
            PutStep::Done => break,
        }
    }
    let placed = plan.finish()?;
    gauge.confirm(source.len());
    Ok(UploadResult::of(placed, context.requests.wants_callback()).counted_whole(source.len()))
}

type Sending = Result<(PutObjectResult, Exchange), CallError>;

/// Sends the object once. The outer error is one of this side.
async fn attempt(
    context: &Context,
    source: &PartSource,
    gauge: &Arc<PartGauge>,
    handover: &Arc<Handover>,
    plan: &mut PutPlan,
) -> Result<Sending, UploadError> {
    let _slot = context.unless_cancelled((Stage::Put, Stored::No), context.connection()).await?;
    context.check_source(source, None, Stored::No).await?;
    let body = PartBody::new(source.clone(), gauge.clone()).paced(context.lane.pacer()).noted(handover);
    let request = context.requests.put(Body::replayable(body));
    let sending = pin!(send_as::<PutObjectRequest>(&context.service, request));
    let mut sending = pin!(context.reporting((Stage::Put, Stored::Unknown), sending));
    tokio::select! {
        biased;
        sent = &mut sending => return sent,
        () = context.commands.cancelled() => {}
    }
    let cancelled = || UploadError::new(Stage::Put, UploadErrorKind::Cancelled, Stored::Unknown);
    match plan.on_cancelled(handover.is_whole()) {
        Some(limit) => timeout(limit, sending).await.unwrap_or_else(|_| Err(cancelled())),
        None => Err(cancelled()),
    }
}

/// Asks for the object once, and sums up the source if the service did not count what it sent. The outer error is one of this
/// side.
async fn ask(
    context: &Context,
    source: &PartSource,
    sent: Option<Crc64>,
) -> Result<(Crc64, Result<HeadObjectResult, UploadError>), UploadError> {
    let failed = |kind: UploadErrorKind| UploadError::new(Stage::Put, kind, Stored::Unknown);
    let crc64 = source.crc64_unless(sent).await.map_err(|error| failed(error.into()))?;
    let head = send(&context.service, context.requests.head()).await;
    Ok((crc64, head.map(|(head, _)| head).map_err(|error| failed(error.into()))))
}

/// The CRC64 of what was sent, if the source is still what it was.
async fn check(context: &Context, source: &PartSource, sent: Option<Crc64>) -> Result<Crc64, UploadError> {
    let sent = source.crc64_unless(sent).await;
    let sent = sent.map_err(|error| UploadError::new(Stage::Put, error, Stored::Yes))?;
    context.check_source(source, Some(sent), Stored::Yes).await?;
    Ok(sent)
}
