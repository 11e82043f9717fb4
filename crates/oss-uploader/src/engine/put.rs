use std::future::ready;
use std::pin::pin;
use std::sync::Arc;

use oss_models::{Body, CallError, Crc64, PutObjectRequest, PutObjectResult};
use oss_transfer::PartGauge;

use super::Context;
use super::send::{Exchange, send_as};
use crate::UploadResult;
use crate::error::{Stage, Stored, UploadError};
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
    let mut gauge = None;
    loop {
        match plan.next(context.elapsed()) {
            PutStep::Send => {
                // When it was opened; later it is looked at again.
                let looked_at = gauge.is_none();
                let gauge = gauge.insert(PartGauge::new(&context.reporter.meter));
                let handover = Handover::of(source.len());
                let outcome = attempt(context, (source, looked_at), gauge, &handover, &mut plan).await;
                handover.take_crc64s().into_iter().for_each(|crc64| plan.on_left(crc64));
                match outcome {
                    Ok(Ok((response, exchange))) => {
                        plan.on_sent(Evidence::Put(Box::new(response)), exchange.sent.map(|sent| sent.crc64));
                    }
                    Ok(Err(error)) => plan.on_failed(error, context.elapsed(), context.jitter()),
                    Err(error) => plan.on_interrupted(error, handover.is_whole()),
                }
            }
            PutStep::Prove { within, sent } => {
                match Box::pin(context.ask_once(within, source.crc64_unless(sent))).await {
                    Ok((crc64, head)) => plan.on_head(crc64, head, context.elapsed(), context.jitter()),
                    Err(error) => plan.on_interrupted(error, false),
                }
            }
            PutStep::Check(sent) => plan.on_checked(check(context, source, sent).await),
            PutStep::WaitUntil(at) => {
                let waiting = context.wait_until((Stage::Put, Stored::No), at);
                waiting.await.unwrap_or_else(|error| plan.on_interrupted(error, false));
            }
            PutStep::Done => break,
        }
    }
    let placed = plan.finish()?;
    gauge.iter().for_each(|gauge| gauge.confirm(source.len()));
    Ok(UploadResult::of(placed, context.requests.wants_callback()).counted_whole(source.len()))
}

/// Sends the object once, of a source that was `looked_at` just now or has to be again. The outer error is one of this side.
async fn attempt(
    context: &Context,
    (source, looked_at): (&PartSource, bool),
    gauge: &Arc<PartGauge>,
    handover: &Arc<Handover>,
    plan: &mut PutPlan,
) -> Result<Result<(PutObjectResult, Exchange), CallError>, UploadError> {
    let mut connection = pin!(context.unless_cancelled((Stage::Put, Stored::No), context.connection()));
    let (_slot, at_once) = tokio::select! {
        biased;
        slot = &mut connection => (slot?, true),
        () = ready(()) => (connection.await?, false),
    };
    if !(looked_at && at_once) {
        context.check_source(source, None, Stored::No).await?;
    }
    let body = PartBody::new(source.clone(), gauge.clone()).paced(context.lane.pacer()).noted(handover);
    let request = context.requests.put(Body::replayable(body));
    let sending = pin!(send_as::<PutObjectRequest>(&context.service, request));
    let moment = (Stage::Put, Stored::Unknown);
    let sending = pin!(context.reporting(moment, sending));
    context.to_the_end(moment, || plan.on_cancelled(handover.is_whole()), sending).await?
}

/// The CRC64 of what was sent, if the source is still what it was.
async fn check(context: &Context, source: &PartSource, sent: Option<Crc64>) -> Result<Crc64, UploadError> {
    let sent = source.crc64_unless(sent).await;
    let sent = sent.map_err(|error| UploadError::new(Stage::Put, error, Stored::Yes))?;
    context.check_source(source, Some(sent), Stored::Yes).await?;
    Ok(sent)
}
