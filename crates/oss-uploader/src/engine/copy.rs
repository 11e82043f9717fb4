use std::future::ready;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use oss_models::{
    CallError, CopyObjectRequest, CopyObjectResult, HeadObjectResult, put_from_copy, source_head_from,
    source_tagging_from,
};
use oss_transfer::PartGauge;

use super::context::Context;
use super::random_access;
use super::send::{Exchange, send};
use crate::UploadResult;
use crate::checkpoint::CheckpointPlace;
use crate::error::{Stage, Stored, UploadError};
use crate::plan::{
    self, CopiedObject, CopyPlan, CopyRules, CopyStep, attributes_request, source_unreachable, verify_copy,
};
use crate::requests::Requests;
use crate::source::{Origin, SourceObject};

/// Copies an object within the service: by one CopyObject, or in parts.
pub(crate) async fn copy(
    mut context: Context,
    mut request: CopyObjectRequest,
    rules: CopyRules,
    place: impl FnOnce() -> Result<Option<CheckpointPlace>, UploadError>,
) -> Result<UploadResult, UploadError> {
    // What is repeated, the plan repeats.
    request.options.max_attempts.get_or_insert(1);
    let head = context.persist((Stage::Source, Stored::No), source_head_from(&request)).await;
    let head = head.map_err(source_unreachable)?;
    let object = CopiedObject::described(&request, &head)?;
    let size = object.size;
    context.started(Some(size));
    object.pin(&mut request);
    context.requests = Requests::new(put_from_copy(&request, &head, None), None);
    let mut plan = CopyPlan::of(&request, &object, &head, &rules, context.elapsed())?;
    let source = Arc::new(SourceObject { request, object });
    let result = if Box::pin(follow(&context, &source, &mut plan)).await {
        match Box::pin(in_parts(&mut context, &source, &head, place)).await {
            Ok(result) => result,
            Err(error) => {
                plan.on_parts_failed(error);
                follow(&context, &source, &mut plan).await;
                let left = plan.left();
                let found = UploadResult::of_copy(plan.finish()?).counted_whole(size);
                left.into_iter().for_each(|left| context.reporter.warn(left));
                found
            }
        }
    } else {
        let result = UploadResult::of_copy(plan.finish()?).counted_whole(size);
        let gauge = PartGauge::new(&context.reporter.meter);
        gauge.add(size);
        gauge.confirm(size);
        result
    };
    let attributes = attributes_of_copy(&context, &source.object, &result).await;
    context.finished(verify_copy(&source.object, result, attributes.as_ref(), &rules)?)
}

/// Follows the plan to its end; whether the object is to be copied in parts.
async fn follow(context: &Context, source: &SourceObject, plan: &mut CopyPlan) -> bool {
    loop {
        match plan.next(context.elapsed()) {
            CopyStep::Copy { within } => match attempt(context, source, within, plan).await {
                Ok(Some(Ok((response, _)))) => plan.on_copied(response),
                Ok(Some(Err(error))) => plan.on_failed(error, context.elapsed(), context.jitter()),
                Ok(None) => plan.on_no_response(),
                Err(error) => plan.on_interrupted(error),
            },
            CopyStep::Prove { within } => match context.ask_once(within, ready(Ok(()))).await {
                Ok(((), head)) => plan.on_head(head, context.elapsed(), context.jitter()),
                Err(error) => plan.on_interrupted(error),
            },
            CopyStep::WaitUntil(at) => {
                let waiting = context.wait_until((Stage::Put, Stored::No), at);
                waiting.await.unwrap_or_else(|error| plan.on_interrupted(error));
            }
            CopyStep::Parts => return true,
            CopyStep::Done => return false,
        }
    }
}

/// Sends CopyObject once; `None` if it was cancelled and had no response for as long as that is waited for. The outer error is
/// that it was cancelled before.
async fn attempt(
    context: &Context,
    source: &SourceObject,
    within: Option<Duration>,
    plan: &mut CopyPlan,
) -> Result<Option<Result<(CopyObjectResult, Exchange), CallError>>, UploadError> {
    let _slot = context.unless_cancelled((Stage::Put, Stored::No), context.connection()).await?;
    let mut request = source.request.clone();
    request.options = within.into_iter().fold(request.options, |options, limit| options.operation_timeout(limit));
    let sending = pin!(send(&context.service, request));
    Ok(context.to_the_end((Stage::Put, Stored::Unknown), || Some(plan.on_cancelled()), sending).await.ok())
}

/// Copies the object as an upload whose parts the server reads itself. Tags are asked for where the copy takes them.
async fn in_parts(
    context: &mut Context,
    source: &Arc<SourceObject>,
    head: &HeadObjectResult,
    place: impl FnOnce() -> Result<Option<CheckpointPlace>, UploadError>,
) -> Result<UploadResult, UploadError> {
    let mut tags = None;
    if let Some(asking) = source_tagging_from(&source.request, head) {
        tags = Some(context.persist((Stage::Source, Stored::No), asking).await?.tags.into_iter().collect());
    }
    context.requests = Requests::new(put_from_copy(&source.request, head, tags), None);
    context.requests.check().map_err(|error| UploadError::new(Stage::Source, error, Stored::No))?;
    let layout = plan::layout(source.object.size, &context.settings)?;
    Box::pin(random_access(context, Origin::Object(source.clone()), layout, place)).await
}

/// The attributes of the copy, if they are needed and the server tells them: its CRC64 may be among them.
async fn attributes_of_copy(
    context: &Context,
    object: &CopiedObject,
    result: &UploadResult,
) -> Option<HeadObjectResult> {
    let request = attributes_request(&context.requests, object, result)?;
    let head = context.persist((Stage::Verify, Stored::Yes), request).await;
    let unasked = |error| context.reporter.warn(format!("the copy could not be asked for its CRC64: {error}"));
    head.map_err(unasked).ok()
}
