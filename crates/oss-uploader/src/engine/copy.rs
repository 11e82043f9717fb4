use std::pin::pin;
use std::sync::Arc;

use oss_models::{
    CallError, CopyObjectRequest, CopyObjectResult, HeadObjectRequest, HeadObjectResult, MetadataDirective, Operation,
    Tagging, content_type_of, put_from_copy, source_head_from, source_tagging_from,
};
use oss_transfer::PartGauge;
use tokio::time::timeout;

use super::context::Context;
use super::resume::{EarlierRun, Origin, look_for_earlier_run};
use super::send::send;
use super::{Input, carry_out};
use crate::UploadResult;
use crate::checkpoint::CheckpointPlace;
use crate::error::{Stage, Stored, UploadError, UploadErrorKind};
use crate::plan::{
    self, Asked, Attempts, CopiedObject, CopyPlan, CopyRules, CopyStep, UploadPlan, is_cross_region, keeps_record,
    needs_attributes, unusable_response, verify_copy,
};
use crate::requests::Requests;

/// A copy that was asked for.
pub(crate) struct CopyOrder {
    pub(crate) request: CopyObjectRequest,
    pub(crate) rules: CopyRules,
}

/// Copies an object within the service: by one CopyObject, or in parts.
pub(crate) async fn copy(
    mut context: Context,
    order: CopyOrder,
    place: impl FnOnce() -> Result<Option<CheckpointPlace>, UploadError>,
) -> Result<UploadResult, UploadError> {
    let CopyOrder { mut request, rules } = order;
    // What is repeated, the plan repeats.
    request.options.max_attempts.get_or_insert(1);
    let head = examine_source(&context, &request).await?;
    let object = CopiedObject::of(&head).map_err(|reason| unreadable(&request, reason))?;
    context.started(Some(object.size));
    pin(&mut request, &object);
    context.requests = Requests::new(put_from_copy(&request, &head, None), None);
    let result = match Box::pin(by_one_request(&context, &request, (&object, &head), &rules)).await? {
        ByOne::Copied(result) => *result,
        ByOne::Parts(mut plan) => {
            let by_one = request.clone();
            let copying = async {
                let tags = source_tags(&context, &request, &head).await?;
                context.requests = Requests::new(put_from_copy(&request, &head, tags), None);
                context.requests.check().map_err(|error| UploadError::new(Stage::Source, error, Stored::No))?;
                Box::pin(in_parts(&context, request, &object, place)).await
            };
            match Box::pin(copying).await {
                Ok(result) => result,
                Err(error) => {
                    let left = error.leftovers().map(|left| left.upload_id.clone());
                    plan.on_parts_failed(error);
                    follow(&context, &by_one, &mut plan).await;
                    let found = UploadResult::of_copy(plan.finish()?).counted_whole(object.size);
                    if let Some(id) = left {
                        context.reporter.warn(format!("the copy is in place; an upload of it in parts is left, {id}"));
                    }
                    found
                }
            }
        }
    };
    let attributes = match needs_attributes(&object, &result) {
        true => attributes_of_copy(&context, &result).await,
        false => None,
    };
    let result = verify_copy(&object, result, attributes.as_ref(), &rules)?;
    match context.reporter.progress((Stage::Parts, Stored::Yes)) {
        Ok(()) => Ok(result),
        Err(error) => Err(error.with_stored_object(result.into_object())),
    }
}

/// Asks for the attributes of the source, under the conditions of the copy.
async fn examine_source(context: &Context, request: &CopyObjectRequest) -> Result<HeadObjectResult, UploadError> {
    let attempts = Attempts::new(Stage::Source, Stored::No, context.settings.retry);
    let head = context.persist(attempts, source_head_from(request)).await;
    head.map_err(|error| {
        error.map_kind(|kind| match kind {
            UploadErrorKind::Call(error) if is_cross_region(&error) => UploadErrorKind::CrossRegion(error),
            kind => kind,
        })
    })
}

/// The tags of the source, where the copy takes them.
async fn source_tags(
    context: &Context,
    request: &CopyObjectRequest,
    head: &HeadObjectResult,
) -> Result<Option<Tagging>, UploadError> {
    let Some(asking) = source_tagging_from(request, head) else { return Ok(None) };
    let attempts = Attempts::new(Stage::Source, Stored::No, context.settings.retry);
    let tagging = context.persist(attempts, asking).await?;
    Ok(Some(tagging.tags.into_iter().collect()))
}

/// Names the very object that was described in every request from now on.
fn pin(request: &mut CopyObjectRequest, object: &CopiedObject) {
    // The caller's conditions held when the source was described.
    request.copy_source_if_match.clone_from(&object.etag);
    request.copy_source_if_none_match = None;
    (request.copy_source_if_modified_since, request.copy_source_if_unmodified_since) = (None, None);
    if let Some(version) = &object.version_id {
        request.copy_source.version_id = Some(version.clone());
    }
    if request.metadata_directive == Some(MetadataDirective::Replace) && request.content_type.is_none() {
        request.content_type = content_type_of(&request.key).map(str::to_owned);
    }
}

/// What came of copying by one request.
enum ByOne {
    Copied(Box<UploadResult>),
    /// It is to be copied in parts; a copy may be in place already.
    Parts(Box<CopyPlan>),
}

async fn by_one_request(
    context: &Context,
    request: &CopyObjectRequest,
    (object, head): (&CopiedObject, &HeadObjectResult),
    rules: &CopyRules,
) -> Result<ByOne, UploadError> {
    let on_the_wire = request.clone().into_request();
    let on_the_wire = on_the_wire.map_err(|error| UploadError::new(Stage::Source, error, Stored::No))?;
    let asked = Asked::of_copy(&on_the_wire.headers, &head.headers);
    let mut plan = CopyPlan::new(object.clone(), asked, is_in_place(request), rules, context.elapsed());
    if follow(context, request, &mut plan).await {
        return Ok(ByOne::Parts(Box::new(plan)));
    }
    let result = UploadResult::of_copy(plan.finish()?).counted_whole(object.size);
    let gauge = PartGauge::new(&context.reporter.meter);
    gauge.add(object.size);
    gauge.confirm(object.size);
    Ok(ByOne::Copied(Box::new(result)))
}

/// Follows the plan to its end; whether the object is to be copied in parts.
async fn follow(context: &Context, request: &CopyObjectRequest, plan: &mut CopyPlan) -> bool {
    loop {
        match plan.next(context.elapsed()) {
            CopyStep::Copy { within } => {
                let mut request = request.clone();
                if let Some(limit) = within {
                    request.options = request.options.operation_timeout(limit);
                }
                match attempt(context, request, plan).await {
                    Ok(Some(Ok(response))) => plan.on_copied(response),
                    Ok(Some(Err(error))) => plan.on_failed(error, context.elapsed(), context.jitter()),
                    Ok(None) => plan.on_no_response(),
                    Err(error) => plan.on_interrupted(error),
                }
            }
            CopyStep::Prove { within } => match context.ask_once(ask(context), within).await {
                Ok(head) => plan.on_head(head, context.elapsed(), context.jitter()),
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
    request: CopyObjectRequest,
    plan: &mut CopyPlan,
) -> Result<Option<Result<CopyObjectResult, CallError>>, UploadError> {
    let _slot = context.unless_cancelled((Stage::Put, Stored::No), context.connection()).await?;
    let mut sending = pin!(send(&context.service, request));
    let sent = tokio::select! {
        biased;
        sent = &mut sending => Some(sent),
        () = context.commands.cancelled() => timeout(plan.on_cancelled(), sending).await.ok(),
    };
    Ok(sent.map(|sent| sent.map(|(response, _)| response)))
}

/// Asks for the copy once.
async fn ask(context: &Context) -> Result<HeadObjectResult, UploadError> {
    let head = send(&context.service, context.requests.head()).await;
    head.map(|(head, _)| head).map_err(|error| UploadError::new(Stage::Put, error, Stored::Unknown))
}

/// Whether the service can make the copy without moving bytes.
fn is_in_place(request: &CopyObjectRequest) -> bool {
    request.copy_source.bucket == request.bucket
        && request.storage_class.is_none()
        && request.server_side_encryption.is_none()
        && request.server_side_encryption_key_id.is_none()
}

async fn in_parts(
    context: &Context,
    request: CopyObjectRequest,
    object: &CopiedObject,
    place: impl FnOnce() -> Result<Option<CheckpointPlace>, UploadError>,
) -> Result<UploadResult, UploadError> {
    let (size, settings) = (object.size, &context.settings);
    let layout = plan::layout(size, settings)?;
    let place = if keeps_record(size, settings) { place()? } else { None };
    let (checkpoint, resumed) = match place {
        Some(place) => {
            let looking = look_for_earlier_run(context, place, object.stamp(), layout, Origin::Object(object));
            match Box::pin(looking).await? {
                EarlierRun::Completed(result) => return Ok(*result),
                EarlierRun::Open(checkpoint, session) => (Some(checkpoint), Some(session)),
                EarlierRun::None(checkpoint) => (checkpoint, None),
            }
        }
        None => (None, None),
    };
    let plan = UploadPlan::random_access(size, resumed, checkpoint.is_some(), settings);
    let input = Input::Copy { request: Arc::new(request), layout, crc64: object.crc64 };
    Box::pin(carry_out(context, plan, input, checkpoint)).await
}

/// The attributes of the copy, if the server tells them: its CRC64 may be among them.
async fn attributes_of_copy(context: &Context, result: &UploadResult) -> Option<HeadObjectResult> {
    let mut request: HeadObjectRequest = context.requests.head();
    request.version_id.clone_from(&result.version_id);
    let attempts = Attempts::new(Stage::Verify, Stored::Yes, context.settings.retry);
    match context.persist(attempts, request).await {
        Ok(head) => Some(head),
        Err(error) => {
            context.reporter.warn(format!("the copy could not be asked for its CRC64: {error}"));
            None
        }
    }
}

fn unreadable(request: &CopyObjectRequest, reason: String) -> UploadError {
    UploadError::new(Stage::Source, unusable_response(source_head_from(request), reason), Stored::No)
}
