use super::Context;
use super::dropped::SettleOnDrop;
use super::send::send;
use crate::UploadResult;
use crate::checkpoint::OpenUpload;
use crate::error::{Stage, Stored, UploadError};
use crate::plan::{Asked, CompletionPlan, CompletionStep, Dropped, Evidence, StoredParts};

/// What an error is told of that comes while the outcome of a Complete is awaited or asked for.
const MOMENT: (Stage, Stored) = (Stage::Complete, Stored::Unknown);

/// Makes the object of its parts. With `settle_if_dropped` a Complete that is under way goes on if this is dropped, and an
/// upload that is open afterwards is aborted.
pub(crate) async fn complete(
    context: &Context,
    upload: &OpenUpload,
    stored: &StoredParts,
    asked: Option<Asked>,
    settle_if_dropped: bool,
) -> Result<UploadResult, UploadError> {
    let mut guard = SettleOnDrop::new(context, &upload.id, settle_if_dropped.then_some(Dropped::Completing));
    let mut plan = CompletionPlan::new(&stored.receipts, upload.initiated, asked, &context.settings);
    loop {
        match plan.next(context.elapsed()) {
            CompletionStep::Complete => {
                let (limit, request) =
                    (context.settings.cleanup_timeout, context.requests.complete(&upload.id, &stored.receipts));
                match context.to_the_end(MOMENT, || Some(limit), guard.send(&context.service, request)).await {
                    Ok(Ok((response, _))) => plan.on_completed(Evidence::Complete(Box::new(response))),
                    Ok(Err(error)) => plan.on_failed(error, context.elapsed(), context.jitter()),
                    Err(error) => plan.on_interrupted(error),
                }
            }
            CompletionStep::List => {
                let mut request = context.requests.list_parts(&upload.id);
                request.max_parts = Some(1);
                let asking = send(&context.service, request);
                match context.unless_cancelled(MOMENT, asking).await {
                    Ok(listed) => plan.on_listed(listed.map(drop), context.elapsed(), context.jitter()),
                    Err(error) => plan.on_interrupted(error),
                }
            }
            CompletionStep::Prove => {
                plan.on_head(context.persist(MOMENT, context.requests.head()).await, context.elapsed());
            }
            CompletionStep::WaitUntil(at) => {
                context.wait_until(MOMENT, at).await.unwrap_or_else(|error| plan.on_interrupted(error));
            }
            CompletionStep::Done => break,
        }
    }
    guard.ended();
    Ok(UploadResult::of(plan.finish()?, context.requests.wants_callback()).counted(&upload.id, stored))
}
